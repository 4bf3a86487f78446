"""What holds in all models of the premises: by models that are known, by Z3, and by a portfolio beside.

A query asks whether the premises and its negation have a model, then whether the premises and the query have one;
what Z3 alone does not decide quickly goes to the portfolio with the time that is left.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from abduce.parser.pausing import unhurried
from abduce.reasoning.queries.classical import Classical, left
from abduce.reasoning.queries.verdicts import Premises, Verdict
from abduce.reasoning.rules.bounds import never
from abduce.solvers import portfolio
from abduce.solvers.base import Limits, Model, Outcome, Reason, Status
from abduce.solvers.terms import Apply, Term, negation, subterms
from abduce.solvers.z3_backend import Z3Session

ALONE_SHARE, ALONE_OF_MANY = 0.25, 0.4
"""Share of the time that Z3 gets for each side of a query before the portfolio is asked; and where that never is."""
CONSISTENCY_SHARE = 0.2
"""Share of the time that the consistency of premises may take beside a query."""
MOST_FOR_MANY = 10_000
"""Up to how many premises the portfolio is asked where Z3 does not decide."""
KNOWN = "known models"
"""What stands for the solver where models that are known decided."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found out about a goal.

    Attributes:
        verdict: The verdict.
        premises: What is known of the premises.
        solver: Who found out.
        reason: Why it is not decided.
        not_entailed: Whether a countermodel was found.
        denied, affirmed: Models of the premises with the negated goal and with the goal, where some solver gave them.
        are_right: Whether our own evaluator found both models right.
    """

    verdict: Verdict
    premises: Premises
    solver: str = "z3"
    reason: Reason | None = None
    not_entailed: bool = False
    denied: Model | None = None
    affirmed: Model | None = None
    are_right: bool = False


def judge(classical: Classical, goal: Term, limits: Limits, interrupted: Callable[[], bool] = never) -> Judgement:
    """Find the verdict about a closed formula."""
    return _Judging(classical, goal, limits, interrupted).run()


class _Judging:
    """One goal."""

    def __init__(self, classical: Classical, goal: Term, limits: Limits, interrupted: Callable[[], bool]) -> None:
        self.classical, self.goal, self.limits, self.interrupted = classical, goal, limits, interrupted
        self.until = time.monotonic() + limits.timeout_s
        self.axioms = classical.axioms(goal)

    def run(self) -> Judgement:
        classical, goal = self.classical, self.goal
        if not is_for_many(classical):
            verdict = self._by_few(left(self.limits, self.until, 0.2))
            if verdict is not None:
                return self._concluded(verdict, Outcome(Status.UNSAT, solver="z3"))
        holds, fails = classical.models.sides(goal, self.axioms, classical.terms)
        if holds is not None and fails is not None:
            classical.known = Premises.CONSISTENT
            return _undetermined(KNOWN, fails, holds, are_right=True)
        denied, fails = self._side(negation(goal), fails)
        if denied.status is Status.UNSAT:
            return self._concluded(Verdict.ENTAILED, denied)
        if self._is_stopped(denied):
            return Judgement(Verdict.GAVE_UP, classical.known, reason=Reason.INTERRUPTED)
        affirmed, holds = self._side(goal, holds)
        if affirmed.status is Status.UNSAT:
            return self._concluded(Verdict.REFUTED, affirmed)
        not_entailed = denied.status is Status.SAT
        if denied.status is affirmed.status is Status.SAT:
            are_right = holds is not None and fails is not None
            return _undetermined(denied.solver, fails, holds, are_right=are_right)
        if self._is_stopped(affirmed) or not is_for_many(classical):
            reason = Reason.INTERRUPTED if self._is_stopped(affirmed) else affirmed.reason or denied.reason
            return Judgement(Verdict.GAVE_UP, classical.known, "z3", reason or Reason.INCOMPLETE, not_entailed)
        return self._other_side() if not_entailed else self._by_portfolio()

    def _is_stopped(self, outcome: Outcome) -> bool:
        return outcome.reason is Reason.INTERRUPTED or self.interrupted()

    def _side(self, formula: Term, known: Model | None) -> tuple[Outcome, Model | None]:
        """Decide whether the premises and a formula have a model; return it where our evaluator found it right."""
        classical, models = self.classical, self.classical.models
        if known is not None:
            classical.known = Premises.CONSISTENT
            return Outcome(Status.SAT, solver=KNOWN), known
        share = ALONE_SHARE if is_for_many(classical) else ALONE_OF_MANY
        bounds = left(self.limits, self.until, share)
        formulas = [*self.axioms, formula]
        found = classical.check(formulas, bounds, self.interrupted, want_model=models.is_paying)
        models.earned(found.seconds)
        if found.status is not Status.SAT:
            return found, None
        classical.known = Premises.CONSISTENT
        return found, None if found.model is None else models.add(found.model, formulas, classical.terms)

    def _by_few(self, limits: Limits) -> Verdict | None:
        """Return whether the premises that are near a goal entail or refute it; None where that is not seen."""
        until = time.monotonic() + limits.timeout_s
        near = _near(self.classical.terms, self.goal)
        if len(near) > MOST_FOR_MANY:
            return None
        with Z3Session() as session:
            for formula in unhurried((*near, *self.axioms)):
                session.add(formula)
            for verdict, tried in ((Verdict.ENTAILED, negation(self.goal)), (Verdict.REFUTED, self.goal)):
                found = session.check([tried], limits=left(limits, until, 0.5), want_model=False, want_core=False)
                if found.status is Status.UNSAT:
                    return verdict
        return None

    def _concluded(self, verdict: Verdict, outcome: Outcome) -> Judgement:
        """Return a verdict unless the premises contradict each other."""
        classical = self.classical
        settle(classical, left(self.limits, self.until, CONSISTENCY_SHARE), self.interrupted)
        if classical.known is Premises.INCONSISTENT:
            return Judgement(Verdict.INCONSISTENT, classical.known, outcome.solver)
        not_entailed = verdict is Verdict.REFUTED and classical.known is Premises.CONSISTENT
        return Judgement(verdict, classical.known, outcome.solver, not_entailed=not_entailed)

    def _other_side(self) -> Judgement:
        """The goal is not entailed; find out whether it is refuted."""
        formulas = [*self.classical.terms, *self.axioms, self.goal]
        found = portfolio.decide(formulas, left(self.limits, self.until), interrupted=self.interrupted)
        if found.status is Status.UNKNOWN:
            return Judgement(Verdict.GAVE_UP, Premises.CONSISTENT, found.solver, found.reason, not_entailed=True)
        verdict = Verdict.REFUTED if found.status is Status.UNSAT else Verdict.UNDETERMINED
        return Judgement(verdict, Premises.CONSISTENT, found.solver, not_entailed=True, affirmed=found.model)

    def _by_portfolio(self) -> Judgement:
        found = portfolio.entailment(
            [*self.classical.terms, *self.axioms], self.goal, left(self.limits, self.until),
            interrupted=self.interrupted, want_core=False,
        )  # fmt: skip
        if found.consistency is not portfolio.Consistency.NOT_ESTABLISHED:
            self.classical.known = Premises(found.consistency.value)
        return judged(found, self.classical.known)


def _undetermined(solver: str, denied: Model | None, affirmed: Model | None, *, are_right: bool) -> Judgement:
    return Judgement(
        Verdict.UNDETERMINED, Premises.CONSISTENT, solver, None, True, denied=denied, affirmed=affirmed,
        are_right=are_right,
    )  # fmt: skip


def is_for_many(classical: Classical) -> bool:
    """Tell whether other solvers are worth trying: they begin anew with all premises each time."""
    return len(classical.terms) <= MOST_FOR_MANY


def settle(classical: Classical, limits: Limits, interrupted: Callable[[], bool]) -> None:
    """Find out whether the premises have a model, unless as much time went into that in vain already."""
    if classical.known is not Premises.NOT_ESTABLISHED or classical.tried_s >= limits.timeout_s:
        return
    outcome = consistency(classical, limits, interrupted)
    if outcome.status is Status.UNKNOWN and outcome.reason is not Reason.INTERRUPTED:
        classical.tried_s = limits.timeout_s


def consistency(classical: Classical, limits: Limits, interrupted: Callable[[], bool] = never) -> Outcome:
    """Decide whether the premises have a model."""
    until = time.monotonic() + limits.timeout_s
    axioms = classical.axioms()
    share = ALONE_SHARE if is_for_many(classical) else 1.0
    outcome = classical.check(axioms, left(limits, until, share), interrupted)
    stopped = outcome.reason is Reason.INTERRUPTED or interrupted()
    if is_for_many(classical) and outcome.status is Status.UNKNOWN and not stopped:
        formulas = [*classical.terms, *axioms]
        outcome = portfolio.decide(formulas, left(limits, until), interrupted=interrupted)
    if outcome.status is not Status.UNKNOWN:
        classical.known = Premises.CONSISTENT if outcome.status is Status.SAT else Premises.INCONSISTENT
    return outcome


def judged(found: portfolio.Entailment, known: Premises) -> Judgement:
    """Return what the portfolio's answer says about a goal."""
    denied, affirmed = found.denied, found.affirmed
    not_entailed = denied.status is Status.SAT
    if known is Premises.INCONSISTENT:
        return Judgement(Verdict.INCONSISTENT, known, denied.solver)
    if denied.status is Status.UNSAT:
        return Judgement(Verdict.ENTAILED, known, denied.solver)
    if affirmed.status is Status.UNSAT:
        return Judgement(Verdict.REFUTED, known, affirmed.solver, not_entailed=not_entailed)
    if denied.status is affirmed.status is Status.SAT:
        return Judgement(
            Verdict.UNDETERMINED, known, denied.solver, None, True, denied=denied.model, affirmed=affirmed.model
        )
    open_one = affirmed if not_entailed else denied
    reason = open_one.reason or Reason.INCOMPLETE
    return Judgement(Verdict.GAVE_UP, known, open_one.solver, reason, not_entailed, denied=denied.model)


def _near(formulas: Iterable[Term], goal: Term) -> list[Term]:
    """Return the premises that are no plain facts, and the facts about constants of theirs or of the goal."""
    facts: list[Apply] = []
    found: list[Term] = []
    for formula in unhurried(formulas):
        if isinstance(formula, Apply) and all(
            isinstance(one, Apply) and not one.arguments for one in formula.arguments
        ):
            facts.append(formula)
        else:
            found.append(formula)
    named = {
        part for term in (goal, *found[:MOST_FOR_MANY]) for part in subterms(term)
        if isinstance(part, Apply) and not part.arguments
    }  # fmt: skip
    found.extend(fact for fact in unhurried(facts) if fact in named or not named.isdisjoint(fact.arguments))
    return found
