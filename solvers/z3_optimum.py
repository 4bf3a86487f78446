"""Z3's own optimiser, as one who proposes: what it says is checked by others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import z3
from z3 import z3core, z3types

from abduce.solvers.base import Limits
from abduce.solvers.optimisation import Proposal
from abduce.solvers.terms import Term
from abduce.solvers.z3_translation import Stopped, Translation, read_numeral
from abduce.solvers.z3_worker import Job, Left, Worker


def propose(formulas: Sequence[Term], objective: Term, limits: Limits) -> Proposal | None:
    """Return what Z3 takes for the supremum of an objective; None where it does not say, or not in time."""
    context = z3.Context()
    worker = Worker()
    job: Job[Proposal | None] = Job(lambda: _optimise(context, formulas, objective, lambda: job.stopping is not None))
    base_bytes = z3core.Z3_get_estimated_alloc_size()
    try:
        found = worker.run(job, lambda: z3core.Z3_interrupt(context.ref()), limits, base_bytes)
    except (Left, Stopped, z3types.Z3Exception):
        return None
    finally:
        worker.close()
    return found if job.stopping is None else None


def _optimise(
    context: z3.Context, formulas: Sequence[Term], objective: Term, stop: Callable[[], bool]
) -> Proposal | None:
    translation = Translation(context)
    optimiser = z3.Optimize(ctx=context)
    optimiser.set(ctrl_c=False)
    try:
        for formula in formulas:
            z3core.Z3_optimize_assert(context.ref(), optimiser.optimize, translation.formula(formula, stop))
        goal = translation.term(objective, stop)
        if translation.quantified:  # Z3 says on the screen that it cannot do that
            return None
        handle = z3core.Z3_optimize_maximize(context.ref(), optimiser.optimize, goal)
        if optimiser.check() != z3.sat:
            return None
        infinite, finite, infinitesimal = optimiser.upper_values(z3.OptimizeObjective(optimiser, handle, True))
        numbers = [_rational(part) for part in (infinite, finite, infinitesimal)]
    finally:
        translation.release()
    endless, value, below = numbers
    if endless is None or value is None or below is None:
        return None
    if endless:
        return Proposal(None, attained=False) if endless > 0 else None
    return Proposal(value, attained=not below)


def _rational(value: z3.ArithRef) -> Fraction | None:
    return read_numeral(value.as_string()) if z3.is_int_value(value) or z3.is_rational_value(value) else None
