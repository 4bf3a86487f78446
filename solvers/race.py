"""Attempts at one question at the same time: the first sound answer counts.

Z3 begins alone, as it decides most questions in a fraction of a second. Then a second lane gives it clauses instead of
the formulas, which finds other proofs, and goes on with a search for finite models, as Z3 gives up on many formulas
that have one; a third, later, runs Z3 with other choices. Lanes are threads: solvers do their work outside Python.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from abduce.solvers.base import Limits, Model, Outcome, Reason, Session, Status
from abduce.solvers.clauses import StoppedError, TooManyClausesError, clause_formulas
from abduce.solvers.normal_forms import unsuitable
from abduce.solvers.terms import Term, symbols

SessionFactory = Callable[[], Session]

HEAD_START_S = 0.25
"""How long Z3 runs alone, in seconds."""
THIRD_LANE = 0.2
"""When the third lane starts, as a share of the time."""


class Attempt(Protocol):
    """One solver at one question."""

    def check(self, limits: Limits) -> Outcome:
        """Decide it."""
        ...

    def interrupt(self) -> None:
        """Stop, from another thread."""
        ...


class _ByModels:
    """Finite model search."""

    def __init__(self, formulas: Sequence[Term]) -> None:
        from abduce.solvers.finite_models import FiniteModelSearch

        self._search = FiniteModelSearch(formulas)

    def check(self, limits: Limits) -> Outcome:
        return self._search.check(limits)

    def interrupt(self) -> None:
        self._search.interrupt()


class _BySession:
    """A session that the formulas, or clauses made of them, are told to.

    Args:
        session: The session; closed afterwards.
        formulas: The formulas.
        as_clauses: Whether to make clauses of them.
        share: The share of the time that is left which it may take.
        want_model: Whether to give a model.
    """

    def __init__(
        self, session: Session, formulas: Sequence[Term], *, as_clauses: bool, share: float, want_model: bool
    ) -> None:
        self._session, self._formulas, self._as_clauses = session, formulas, as_clauses
        self._share, self._want_model = share, want_model
        self._interrupted = False

    def check(self, limits: Limits) -> Outcome:
        started = time.monotonic()
        until = started + limits.timeout_s * self._share

        def stop() -> bool:
            return self._interrupted or time.monotonic() >= until

        with self._session as session:
            try:
                formulas = clause_formulas(self._formulas, stop) if self._as_clauses else self._formulas
            except TooManyClausesError:
                return Outcome(Status.UNKNOWN, Reason.INCOMPLETE)
            except StoppedError:
                return Outcome(Status.UNKNOWN, Reason.TIMEOUT)
            for formula in formulas:
                if stop():
                    return Outcome(Status.UNKNOWN, Reason.TIMEOUT)
                session.add(formula)
            bounds = replace(limits, timeout_s=max(0.0, until - time.monotonic()))
            found = session.check(limits=bounds, want_model=self._want_model)
        return replace(found, model=_restricted(found.model, self._formulas)) if self._as_clauses else found

    def interrupt(self) -> None:
        self._interrupted = True
        self._session.interrupt()


def _restricted(model: Model | None, formulas: Sequence[Term]) -> Model | None:
    """Leave out what a model says about symbols that were made on the way to clauses."""
    if model is None:
        return None
    known = {symbol for formula in formulas for symbol in symbols(formula)}
    return Model(model.domains, {s: table for s, table in model.interpretations.items() if s in known})


@dataclass(frozen=True, slots=True)
class Choices:
    """Choices that Z3 is given, and the share of the time that is left which it may take with them."""

    name: str
    share: float
    seed: int = 0
    tactic: str | None = "smt"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    as_clauses: bool = False

    def session(self) -> Session:
        from abduce.solvers.z3_backend import Z3Session

        return Z3Session(name=self.name, seed=self.seed, tactic=self.tactic, parameters=self.parameters)


_INSTANCES = {"mbqi": False}
_EAGER = {"mbqi": False, "qi.eager_threshold": 3.0}
_SOON = (
    Choices("z3 (clauses)", 0.08, parameters=_INSTANCES, as_clauses=True),
    Choices("z3 (clauses, few instances)", 0.1, parameters=_EAGER, as_clauses=True),
)
"""Choices for formulas over uninterpreted sorts that find many proofs at once, or not at all."""
_LATE = (
    Choices("z3 (seed 3)", 0.2, seed=3),
    Choices("z3 (clauses, seed 5)", 0.2, seed=5, as_clauses=True),
    Choices("z3 (few instances)", 0.2, parameters={**_EAGER, "auto_config": False}),
    Choices("z3 (old arithmetic)", 0.4, seed=11, parameters={"arith.solver": 2}),
    Choices("z3 (seed 13)", 1.0, seed=13, tactic=None),
)


class Race:
    """Attempts at one question at the same time, in up to three lanes.

    Args:
        formulas: Closed formulas; the question is whether they have a model.
        limits: Bounds on the whole race.
        session_factory: Makes the session that begins; Z3's if None.
        want_model: Whether to give a model.
    """

    def __init__(
        self,
        formulas: Sequence[Term],
        limits: Limits,
        *,
        session_factory: SessionFactory | None = None,
        want_model: bool = True,
    ) -> None:
        self.formulas, self._limits = tuple(formulas), limits
        self._first = session_factory or Choices("z3", 1.0, tactic=None).session
        self._want_model = want_model
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self._waiting = self._attempts()
        self._running: set[Attempt] = set()
        self._reasons: list[Reason] = []
        self._stopped = False
        self._error: BaseException | None = None
        self._lanes: list[threading.Thread] = []
        self.answer: Outcome | None = None
        self.over = threading.Event()
        """Set when there is an answer, or no attempt is left."""

    def start(self) -> None:
        """Begin."""
        self._started = time.monotonic()
        self._lanes = [threading.Thread(target=self._lane, args=(delay_s,), daemon=True) for delay_s in self._delays()]
        for lane in self._lanes:
            lane.start()

    def _delays(self) -> tuple[float, ...]:
        return 0.0, min(HEAD_START_S, self._limits.timeout_s / 4), self._limits.timeout_s * THIRD_LANE

    def _attempts(self) -> list[Callable[[], Attempt]]:
        pure = unsuitable(self.formulas) is None

        def by(make: SessionFactory, share: float, as_clauses: bool) -> Callable[[], Attempt]:
            return lambda: _BySession(
                make(), self.formulas, as_clauses=as_clauses, share=share, want_model=self._want_model
            )

        attempts = [by(self._first, 1.0, False)]
        if pure:
            attempts.extend(by(choices.session, choices.share, True) for choices in _SOON)
            attempts.append(lambda: _ByModels(self.formulas))
        late = [choices for choices in _LATE if pure or not choices.as_clauses]
        return attempts + [by(choices.session, choices.share, choices.as_clauses) for choices in late]

    def _lane(self, delay_s: float) -> None:
        if delay_s and self.over.wait(delay_s):
            return
        try:
            while (attempt := self._next()) is not None:
                left_s = self._limits.timeout_s - (time.monotonic() - self._started)
                if left_s <= 0:
                    self._finish(attempt, Outcome(Status.UNKNOWN, Reason.TIMEOUT))
                    break
                self._finish(attempt, attempt.check(replace(self._limits, timeout_s=left_s)))
        except BaseException as error:  # handed to the one who waits, who raises it
            self._error = error
            self.over.set()

    def _next(self) -> Attempt | None:
        with self._lock:
            if self._stopped or self.answer is not None:
                return None
            if not self._waiting:
                if not self._running:
                    self.over.set()
                return None
            attempt = self._waiting.pop(0)()
            self._running.add(attempt)
            return attempt

    def _finish(self, attempt: Attempt, outcome: Outcome) -> None:
        with self._lock:
            self._running.discard(attempt)
            if outcome.status is not Status.UNKNOWN:
                self.answer = self.answer or outcome
                self.over.set()
            elif outcome.reason is not None:
                self._reasons.append(outcome.reason)

    @property
    def refutes(self) -> bool:
        """Whether it was found that there is no model."""
        return self.answer is not None and self.answer.status is Status.UNSAT

    def stop(self) -> None:
        """Tell all attempts to stop."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        self.over.set()
        for attempt in running:
            attempt.interrupt()

    def join(self, until: float) -> None:
        """Wait for stopped attempts to end, but not beyond a time of the monotonic clock."""
        for lane in self._lanes:
            lane.join(max(0.0, until - time.monotonic()))

    def outcome(self, *, interrupted: bool = False) -> Outcome:
        """Return what is known now.

        Raises:
            Exception: What an attempt raised.
        """
        seconds = time.monotonic() - self._started
        if self.answer is not None:
            return replace(self.answer, seconds=seconds)
        if self._error is not None:
            raise self._error
        if interrupted:
            reason = Reason.INTERRUPTED
        elif Reason.TIMEOUT in self._reasons or seconds >= self._limits.timeout_s or self._running:
            reason = Reason.TIMEOUT
        else:
            reason = Reason.MEMORY if Reason.MEMORY in self._reasons else Reason.INCOMPLETE
        return Outcome(Status.UNKNOWN, reason, solver="portfolio", seconds=seconds)
