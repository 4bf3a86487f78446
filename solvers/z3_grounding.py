"""Propositional clauses, decided by Z3's SAT solver in a context of its own."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import z3
from numpy.typing import NDArray
from z3 import z3consts, z3core

from abduce.solvers.base import Limits, Reason, Status
from abduce.solvers.z3_translation import Stopped
from abduce.solvers.z3_worker import Job, Left, Worker


@dataclass(frozen=True, slots=True)
class Truths:
    """What was found out about propositional clauses.

    Attributes:
        status: Whether they have a model.
        reason: Why that is unknown, where it is.
        values: The truth of each atom by number, number 0 being none; an atom that does not matter is false.
    """

    status: Status
    reason: Reason | None = None
    values: NDArray[np.bool_] | None = None


class ClauseSolver:
    """Decides sets of propositional clauses, one after another; can be interrupted from another thread.

    Attributes:
        interrupted: Whether it was.
    """

    def __init__(self) -> None:
        self._job: Job[Truths] | None = None
        self.interrupted = False

    def interrupt(self) -> None:
        """Stop a running decision, and refuse all later ones; they answer `INTERRUPTED`."""
        self.interrupted = True
        job = self._job
        if job is not None and job.stopping is None:
            job.stopping = Reason.INTERRUPTED

    def decide(self, clauses: Iterable[str], atom_count: int, limits: Limits) -> Truths:
        """Decide clauses.

        Args:
            clauses: Lines of DIMACS without the header, in pieces; made while the time already runs.
            atom_count: How many atoms there are; they have numbers from 1.
            limits: Bounds on time and memory.
        """
        context = z3.Context()
        deadline = time.monotonic() + limits.timeout_s
        job: Job[Truths] = Job(
            lambda: _decide(context, _unless_stopped(clauses, job, deadline), atom_count),
        )
        self._job = job
        worker = Worker()
        base_bytes = z3core.Z3_get_estimated_alloc_size()
        try:
            if self.interrupted:
                job.stopping = Reason.INTERRUPTED
            found = worker.run(job, lambda: z3core.Z3_interrupt(context.ref()), limits, base_bytes)
        except (Left, Stopped):
            found = Truths(Status.UNKNOWN, Reason.TIMEOUT)
        except (z3.Z3Exception, MemoryError):
            found = Truths(Status.UNKNOWN, Reason.MEMORY)
        finally:
            self._job = None
            worker.close()
        return Truths(Status.UNKNOWN, job.stopping) if job.stopping is not None else found


def _unless_stopped(clauses: Iterable[str], job: Job[Truths], deadline: float) -> Iterable[str]:
    for piece in clauses:
        if job.stopping is not None or time.monotonic() > deadline:
            raise Stopped
        yield piece


def _decide(context: z3.Context, clauses: Iterable[str], atom_count: int) -> Truths:
    text = f"p cnf {atom_count} 1\n{''.join(clauses)}"
    solver = z3.Tactic("sat", ctx=context).solver()
    solver.from_string(text)
    del text
    found = solver.check()
    if found == z3.unsat:
        return Truths(Status.UNSAT)
    if found != z3.sat:
        return Truths(Status.UNKNOWN, Reason.INCOMPLETE)
    return Truths(Status.SAT, values=_values(solver.model(), atom_count))


def _values(model: z3.ModelRef, atom_count: int) -> NDArray[np.bool_]:
    """Read the truths of the atoms, which Z3 names by their numbers."""
    values = np.zeros(atom_count + 1, dtype=np.bool_)
    context, raw = model.ctx.ref(), model.model
    for place in range(z3core.Z3_model_get_num_consts(context, raw)):
        declaration = z3core.Z3_model_get_const_decl(context, raw, place)
        name = z3core.Z3_get_decl_name(context, declaration)
        value = z3core.Z3_model_get_const_interp(context, raw, declaration)
        if z3core.Z3_get_bool_value(context, value) == z3consts.Z3_L_TRUE:
            values[z3core.Z3_get_symbol_int(context, name)] = True
    return values
