"""One-shot questions put to several solvers at once, and entailment: both of its sides, and consistent premises.

Which solvers, and in which order, is the matter of `race`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from abduce.solvers.base import Limits, Outcome, Reason, Status
from abduce.solvers.race import Choices, Race, SessionFactory
from abduce.solvers.terms import Term, negation

POLL_S = 0.01
"""How often to ask whether to stop, in seconds."""
PATIENCE_S = 0.15
"""How long to wait for interrupted solvers to end, in seconds; they are left to end by themselves then."""
OTHER_SIDE = 0.3, 0.55
"""From when to when the other side of an entailment is tried beside the first, as shares of the time."""
CONSISTENCY_SHARE = 0.2
"""Share of the time that the consistency of premises from which the goal was derived may take at most."""


def decide(
    formulas: Sequence[Term],
    limits: Limits,
    *,
    session_factory: SessionFactory | None = None,
    interrupted: Callable[[], bool] | None = None,
    want_model: bool = True,
) -> Outcome:
    """Decide whether closed formulas have a model.

    Args:
        formulas: The formulas.
        limits: Bounds on all solvers together.
        session_factory: Makes the session that begins (and is closed here); Z3's if None.
        interrupted: Asked every few milliseconds whether to stop.
        want_model: Whether to give a model.

    Returns:
        The first sound answer with the solver that gave it, or why there is none.

    Example:
        >>> from abduce.solvers.terms import THING, BOOL, Symbol, Variable, constant, exists, forall
        >>> p, x = Symbol("p", (THING,), BOOL), Variable("x")
        >>> decide([forall([x], p(x)), negation(p(constant("c")))], Limits()).status
        <Status.UNSAT: 'unsat'>
    """
    race = Race(formulas, limits, session_factory=session_factory, want_model=want_model)
    return _run(race, limits.timeout_s, interrupted or _never)


def _never() -> bool:
    return False


def _run(race: Race, timeout_s: float, interrupted: Callable[[], bool]) -> Outcome:
    until = time.monotonic() + timeout_s
    stop = False
    race.start()
    try:
        while not race.over.wait(max(0.0, min(POLL_S, until - time.monotonic()))):
            stop = interrupted()
            if stop or time.monotonic() >= until:
                break
    finally:
        _end(race)
    return race.outcome(interrupted=stop)


def _end(*races: Race) -> None:
    for race in races:
        race.stop()
    until = time.monotonic() + PATIENCE_S
    for race in races:
        race.join(until)


class Consistency(Enum):
    """What is known about premises."""

    CONSISTENT = "consistent"
    INCONSISTENT = "inconsistent"
    NOT_ESTABLISHED = "not_established"


@dataclass(frozen=True, slots=True)
class Entailment:
    """What was found out about a goal.

    Attributes:
        denied: Whether the premises and the negation of the goal have a model; if not, they entail it. With a core
            of the numbers of premises, if asked for.
        affirmed: The same for the premises and the goal itself; if they have none, the goal is refuted.
        consistency: Whether the premises have a model.
        seconds: Wall time.
    """

    denied: Outcome
    affirmed: Outcome
    consistency: Consistency
    seconds: float


def entailment(
    premises: Sequence[Term],
    goal: Term,
    limits: Limits,
    *,
    session_factory: SessionFactory | None = None,
    interrupted: Callable[[], bool] | None = None,
    want_model: bool = True,
    want_core: bool = True,
) -> Entailment:
    """Decide whether a goal, its negation or neither follows from premises.

    The negated goal is tried first. While it is not decided, the goal itself is tried beside it for a while: where
    that has no model, the goal is refuted. Where the negated goal has no model, the premises alone are tried for
    a short time; where they have none either, their contradiction is what was found.

    Args:
        premises: Closed formulas.
        goal: A closed formula.
        limits: Bounds on everything together.
        session_factory: Makes the session that begins each race; Z3's if None.
        interrupted: Asked every few milliseconds whether to stop.
        want_model: Whether to give models.
        want_core: Whether to give cores; they take a further call to Z3.
    """
    started = time.monotonic()
    ask = interrupted or _never

    def race(formulas: Sequence[Term], timeout_s: float) -> Race:
        bounds = replace(limits, timeout_s=max(0.0, timeout_s))
        return Race(formulas, bounds, session_factory=session_factory, want_model=want_model)

    def left_s() -> float:
        return limits.timeout_s - (time.monotonic() - started)

    denying = race((*premises, negation(goal)), limits.timeout_s)
    denied, affirmed = _both_sides(denying, lambda t: race((*premises, goal), t), limits.timeout_s, ask)
    consistency = Consistency.NOT_ESTABLISHED
    if Status.SAT in (denied.status, affirmed.status):
        consistency = Consistency.CONSISTENT
    elif denied.status is affirmed.status is Status.UNSAT:
        consistency = Consistency.INCONSISTENT
    alone_s = min(left_s(), CONSISTENCY_SHARE * limits.timeout_s)
    one_sided = (denied.status is Status.UNSAT) != (affirmed.status is Status.UNSAT)
    if one_sided and consistency is Consistency.NOT_ESTABLISHED and alone_s > POLL_S and not ask():
        alone = _run(race(premises, alone_s), alone_s, ask)
        consistency = _CONSISTENCY[alone.status]
        if denied.status is Status.UNSAT:
            affirmed = alone  # the premises entail the goal: adding it changes nothing
        else:
            denied = alone
    if want_core:
        denied = _with_core(denied, premises, negation(goal), limits, left_s())
        affirmed = _with_core(affirmed, premises, goal, limits, left_s())
    return Entailment(denied, affirmed, consistency, time.monotonic() - started)


_CONSISTENCY = {
    Status.SAT: Consistency.CONSISTENT,
    Status.UNSAT: Consistency.INCONSISTENT,
    Status.UNKNOWN: Consistency.NOT_ESTABLISHED,
}


def _both_sides(
    denying: Race, affirm: Callable[[float], Race], timeout_s: float, interrupted: Callable[[], bool]
) -> tuple[Outcome, Outcome]:
    """Run a race, and after a while another one beside it; return the outcomes of both."""
    started = time.monotonic()
    begin_s, end_s = (share * timeout_s for share in OTHER_SIDE)
    affirming: Race | None = None
    stop = False
    denying.start()
    try:
        while not denying.over.wait(POLL_S):
            elapsed_s = time.monotonic() - started
            stop = interrupted()
            if stop or elapsed_s >= timeout_s or (affirming is not None and affirming.refutes):
                break
            if affirming is None and begin_s <= elapsed_s < end_s:
                affirming = affirm(end_s - elapsed_s)
                affirming.start()
            elif affirming is not None and elapsed_s >= end_s:
                affirming.stop()
    finally:
        _end(*(race for race in (denying, affirming) if race is not None))
    denied = denying.outcome(interrupted=stop)
    if affirming is not None and affirming.answer is not None:
        return denied, affirming.outcome()
    left_s = timeout_s - (time.monotonic() - started)
    if stop or denied.status is Status.UNSAT or left_s <= POLL_S:
        return denied, Outcome(Status.UNKNOWN, Reason.INTERRUPTED if stop else Reason.TIMEOUT, solver="portfolio")
    return denied, _run(affirm(left_s), left_s, interrupted)


def _with_core(outcome: Outcome, premises: Sequence[Term], other: Term, limits: Limits, left_s: float) -> Outcome:
    """Name the premises that have no model together with another formula; all where there is no time for fewer."""
    if outcome.status is not Status.UNSAT:
        return outcome
    everything = tuple(range(len(premises)))
    if left_s <= 0:
        return replace(outcome, core=everything)
    with Choices("z3", 1.0, tactic=None).session() as session:
        for label, premise in enumerate(premises):
            session.add(premise, label)
        session.add(other)
        found = session.check(limits=replace(limits, timeout_s=left_s), want_model=False)
    return replace(outcome, core=found.core if found.status is Status.UNSAT else everything)
