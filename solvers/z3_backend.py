"""Z3 as a session: incremental, in a context of its own, within limits of time and memory."""

from __future__ import annotations

import time
import weakref
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from z3 import z3core, z3types

from abduce.errors import SortError, UsageError
from abduce.solvers.base import Limits, Outcome, Reason, Status
from abduce.solvers.terms import BOOL, Term
from abduce.solvers.z3_engine import Assertion, Engine, Request, Verdict
from abduce.solvers.z3_translation import Stopped
from abduce.solvers.z3_worker import Job, Left, Worker

NAME = "z3"


class Z3Session:
    """A conversation with Z3; see `base.Session`.

    Assertions are translated once and kept. A check that was stopped costs the next one a new context: Z3 was seen to
    answer with wrong models after an interrupt that came a moment too late. Different sessions may be used in
    different threads at the same time; Z3 counts its memory for the whole process, so a limit counts together what
    they take.

    Args:
        seed: Seed of Z3's choices.
        tactic: A tactic of Z3's that decides instead of its default solver (`qfnra-nlsat`, `smt`, …).
        parameters: Parameters of Z3's solvers (`{"smt.arith.solver": 2}`).
        name: What the outcomes name as their solver.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        tactic: str | None = None,
        parameters: Mapping[str, int | bool | str] | None = None,
        name: str = NAME,
    ) -> None:
        self.name = name
        self._settings = (seed, tactic, dict(parameters or {}))
        self._scopes: list[list[Assertion]] = [[]]
        self._labelled = 0
        self._engine: Engine | None = None
        self._worker: Worker | None = None
        self._job: Job[Verdict] | None = None
        self._base_bytes = 0
        self._closed = False
        self._finish: weakref.finalize[..., Z3Session] | None = None

    def add(self, formula: Term, label: int | None = None) -> None:
        """Assert a closed formula; with a label, it can be part of a core.

        Raises:
            SortError: It is not a closed formula.
        """
        if formula.sort != BOOL:
            raise SortError(f"a formula was expected, not a term of {formula.sort}")
        assertion = Assertion(formula, label)
        assertion.translate(self._living().translation)
        self._scopes[-1].append(assertion)
        self._labelled += label is not None

    def push(self) -> None:
        """Open a scope."""
        self._scopes.append([])

    def pop(self) -> None:
        """Close the innermost scope and forget what was asserted in it.

        Raises:
            UsageError: No scope is open.
        """
        if len(self._scopes) == 1:
            raise UsageError("pop: no scope is open")
        self._labelled -= sum(one.label is not None for one in self._scopes.pop())
        if self._engine is not None:
            self._engine.close_scopes(len(self._scopes))

    def check(
        self, formulas: Sequence[Term] = (), *, limits: Limits, want_model: bool = True, want_core: bool = True
    ) -> Outcome:
        """Decide whether all that was asserted, and the given formulas, have a model.

        Args:
            formulas: Closed formulas, asserted for this check alone.
            limits: Bounds on time and memory.
            want_model: Whether to give a model.
            want_core: Whether to give a core where assertions have labels; it takes a second check.

        Raises:
            SortError: One is not a closed formula.
        """
        started = time.perf_counter()
        if self._engine is not None and self._engine.is_stale(sum(map(len, self._scopes))):
            self._drop_engine()
        engine = self._living()
        request = Request(
            scopes=self._scopes,
            formulas=tuple(formulas),
            want_model=want_model,
            want_core=want_core and self._labelled > 0,
        )
        job: Job[Verdict] = Job(lambda: engine.decide(request, lambda: job.stopping is not None))
        verdict = self._run(job, engine, limits)
        return Outcome(
            status=verdict.status,
            reason=verdict.reason,
            model=verdict.model,
            core=verdict.core,
            solver=self.name,
            seconds=time.perf_counter() - started,
        )

    def interrupt(self) -> None:
        """Stop a running check, from another thread or a signal handler; it answers `INTERRUPTED`."""
        job = self._job
        if job is not None and job.stopping is None:
            job.stopping = Reason.INTERRUPTED

    def close(self) -> None:
        """Give everything back."""
        self._closed = True
        self._drop_engine()
        self._drop_worker()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, job: Job[Verdict], engine: Engine, limits: Limits) -> Verdict:
        if self._worker is None:
            self._worker = Worker()
            self._finish = weakref.finalize(self, self._worker.close)
        self._job = job
        sound = False
        try:
            verdict = self._worker.run(job, engine.interrupt, limits, self._base_bytes)
            sound = job.stopping is None
        except (Left, Stopped):
            verdict = Verdict(Status.UNKNOWN)
        except SortError:
            sound = True
            raise
        except (z3types.Z3Exception, MemoryError) as error:
            if job.stopping is None and not _speaks_of_memory(error):
                raise
            verdict = Verdict(Status.UNKNOWN, Reason.MEMORY)
        finally:
            self._job = None
            if not sound:
                self._drop_engine()
                self._drop_worker()
        if job.stopping is not None:
            return Verdict(Status.UNKNOWN, job.stopping)
        return verdict

    def _living(self) -> Engine:
        if self._closed:
            raise UsageError("this session is closed")
        if self._engine is None:
            self._base_bytes = z3core.Z3_get_estimated_alloc_size()
            seed, tactic, parameters = self._settings
            self._engine = Engine(seed=seed, tactic=tactic, parameters=parameters)
        return self._engine

    def _drop_engine(self) -> None:
        self._engine = None

    def _drop_worker(self) -> None:
        if self._finish is not None:
            self._finish()
        self._worker = self._finish = None


def _speaks_of_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or "memory" in str(error)


def other_session() -> Z3Session:
    """Return a session that decides by other procedures than is usual; see `reprove`."""
    _, seed, tactic, parameters = _SECOND_OPINIONS[0]
    return Z3Session(seed=seed, tactic=tactic, parameters=parameters, name=f"z3 (seed {seed})")


def reprove(formulas: Sequence[Term], limits: Limits, *, want_model: bool = False) -> Outcome:
    """Decide formulas again: in a fresh context, with other procedures and another seed than a session's.

    First without Z3's choice of a strategy and most of its preprocessing, with its older simplex and other choices in
    the search; where that does not decide, by its own strategy with another seed in what time is left.

    Raises:
        SortError: One is not a closed formula.
    """
    started = time.perf_counter()
    outcome = Outcome(Status.UNKNOWN, Reason.TIMEOUT)
    for share, seed, tactic, parameters in _SECOND_OPINIONS:
        left_s = limits.timeout_s - (time.perf_counter() - started)
        if left_s <= 0:
            break
        with Z3Session(seed=seed, tactic=tactic, parameters=parameters, name=f"z3 (seed {seed})") as session:
            bounds = Limits(timeout_s=left_s * share, memory_mb=limits.memory_mb)
            outcome = session.check(formulas, limits=bounds, want_model=want_model)
        if outcome.status is not Status.UNKNOWN or outcome.reason is Reason.INTERRUPTED:
            break
    seconds = time.perf_counter() - started
    return Outcome(outcome.status, outcome.reason, outcome.model, (), outcome.solver, seconds)


_SECOND_OPINIONS: tuple[tuple[float, int, str | None, Mapping[str, int | bool | str]], ...] = (
    (0.5, 7919, "smt", {"arith.solver": 2, "phase_selection": 5}),
    (1.0, 104729, None, {}),
)
"""Share of the time that is left, seed, tactic, parameters."""
