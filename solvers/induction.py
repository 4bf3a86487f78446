"""Proof by induction over the natural numbers, of claims about sequences given by recurrences.

The base cases and the step are put to a solver. Where the step fails, claims about several numbers in a row are
assumed together (k-induction); a claim that fails at one of the first numbers is refuted, with the values that show
it. A claim may be true and none of this decide it: then it has to be strengthened.

Source:
    k-induction: Sheeran, Singh & Stålmarck, Checking safety properties using induction and a SAT-solver, FMCAD 2000.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from abduce.errors import SortError
from abduce.solvers.base import Limits, ModelValue, Outcome, Reason, Status
from abduce.solvers.evaluation import Undecided, evaluate
from abduce.solvers.terms import (
    BOOL,
    INT,
    Op,
    Term,
    Variable,
    constant,
    free_variables,
    negation,
    number,
    operate,
    substitute,
)
from abduce.solvers.z3_backend import Z3Session

DEPTHS = (1, 2, 3)
"""How many numbers in a row a claim is assumed for, in turn."""
FIRST = 8
"""At how many numbers a claim is looked at that cannot be proved."""

Decide = Callable[[Sequence[Term], Limits], Outcome]
"""Decides whether closed formulas have a model."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A sequence: its first element, and how each follows from the one before.

    Attributes:
        state: The variable that stands for an element.
        start: The element at 0.
        step: The next element, by `state`, the variable that counts and those that do not change.
    """

    state: Variable
    start: Term
    step: Term


class Verdict(Enum):
    """What became of a claim."""

    PROVED = "proved"
    REFUTED = "refuted"
    GAVE_UP = "gave_up"


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found out about a claim.

    Attributes:
        verdict: Whether it holds for all natural numbers.
        reason: Why that was not decided, where it was not.
        counterexample: Where it was refuted, values of the free variables, that of the number among them.
        depth: Where it was proved, how many numbers in a row the step assumes it for.
        seconds: Wall time.
    """

    verdict: Verdict
    reason: Reason | None = None
    counterexample: Mapping[Variable, ModelValue] = field(default_factory=dict)
    depth: int = 0
    seconds: float = 0.0


def prove_by_induction(
    claim: Term,
    count: Variable,
    limits: Limits,
    *,
    recurrences: Sequence[Recurrence] = (),
    conditions: Sequence[Term] = (),
    decide: Decide | None = None,
) -> Proof:
    """Prove a claim for all natural numbers, and for all values of the other variables that meet some conditions.

    Args:
        claim: A formula over `count`, the states at that number, and variables that do not change.
        count: The variable that stands for the number, an integer.
        limits: Bounds on everything together.
        recurrences: The sequences that the claim speaks of.
        conditions: What is assumed of the variables that do not change.
        decide: Decides formulas; Z3 if None.

    Raises:
        SortError: The claim or a condition is no formula, or `count` no integer, or a condition speaks of what changes.

    Example:
        The sum of the first numbers, `s(0) = 0`, `s(n + 1) = s(n) + n`, is `n (n - 1) / 2`:

        >>> from abduce.solvers.terms import equal
        >>> n, s = Variable("n", INT), Variable("s", INT)
        >>> total = Recurrence(s, number(0), operate(Op.ADD, s, n))
        >>> twice = operate(Op.MULTIPLY, number(2), s)
        >>> square = operate(Op.MULTIPLY, n, operate(Op.SUBTRACT, n, number(1)))
        >>> prove_by_induction(equal(twice, square), n, Limits(), recurrences=[total]).verdict
        <Verdict.PROVED: 'proved'>
    """
    _check(claim, count, recurrences, conditions)
    started = time.perf_counter()
    attempt = _Attempt(claim, count, tuple(recurrences), tuple(conditions), limits, decide or _by_z3, started)
    return replace(attempt.run(), seconds=time.perf_counter() - started)


def _check(claim: Term, count: Variable, recurrences: Sequence[Recurrence], conditions: Sequence[Term]) -> None:
    if count.sort != INT:
        raise SortError(f"induction runs over integers, not {count.sort}: give {count.name} the sort Int")
    changing = {count, *(recurrence.state for recurrence in recurrences)}
    for formula in (claim, *conditions):
        if formula.sort != BOOL:
            raise SortError(f"a formula was expected, not a term of {formula.sort}")
    for condition in conditions:
        found = sorted(variable.name for variable in free_variables(condition) & changing)
        if found:
            raise SortError(f"a condition must not speak of what changes: {', '.join(found)}")


def _by_z3(formulas: Sequence[Term], limits: Limits) -> Outcome:
    with Z3Session() as session:
        return session.check(formulas, limits=limits)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One attempt at a claim; see `prove_by_induction`."""

    claim: Term
    count: Variable
    recurrences: tuple[Recurrence, ...]
    conditions: tuple[Term, ...]
    limits: Limits
    decide: Decide
    started: float

    def run(self) -> Proof:
        reason: Reason = Reason.INCOMPLETE
        for depth in DEPTHS:
            base = self._base(depth - 1)
            if base.verdict is not Verdict.PROVED:
                return base
            outcome = self._ask(self._step(depth))
            if outcome.status is Status.UNSAT:
                return Proof(Verdict.PROVED, depth=depth)
            if outcome.status is Status.UNKNOWN:
                reason = outcome.reason or Reason.INCOMPLETE
                if reason is not Reason.INCOMPLETE:
                    return Proof(Verdict.GAVE_UP, reason)
        for at in range(DEPTHS[-1], FIRST):
            base = self._base(at)
            if base.verdict is not Verdict.PROVED:
                return base
        return Proof(Verdict.GAVE_UP, reason)

    def _base(self, at: int) -> Proof:
        """Decide the claim at one number."""
        values = self._begin()
        for turn in range(at):
            values = self._next(values, number(turn))
        claim = substitute(self.claim, {**values, self.count: number(at)})
        formulas = (*self.conditions, negation(claim))
        outcome = self._ask(formulas)
        if outcome.status is Status.UNSAT:
            return Proof(Verdict.PROVED)
        found = self._counterexample(formulas, outcome)
        if found is None:
            return Proof(Verdict.GAVE_UP, outcome.reason or Reason.INCOMPLETE)
        return Proof(Verdict.REFUTED, counterexample={**found, self.count: at})

    def _step(self, depth: int) -> tuple[Term, ...]:
        """Return what has no model if the claim follows from itself at the `depth` numbers before."""
        formulas = [*self.conditions, operate(Op.GREATER_EQUAL, self.count, number(0))]
        values: Mapping[Variable, Term] = {}
        at: Term = self.count
        for _ in range(depth):
            formulas.append(substitute(self.claim, {**values, self.count: at}))
            values = self._next(values, at)
            at = operate(Op.ADD, at, number(1))
        return (*formulas, negation(substitute(self.claim, {**values, self.count: at})))

    def _begin(self) -> Mapping[Variable, Term]:
        return {recurrence.state: recurrence.start for recurrence in self.recurrences}

    def _next(self, values: Mapping[Variable, Term], at: Term) -> Mapping[Variable, Term]:
        """Return the states after those with some values, at a number."""
        return {r.state: substitute(r.step, {**values, self.count: at}) for r in self.recurrences}

    def _ask(self, formulas: Sequence[Term]) -> Outcome:
        left_s = self.limits.timeout_s - (time.perf_counter() - self.started)
        if left_s <= 0:
            return Outcome(Status.UNKNOWN, Reason.TIMEOUT)
        return self.decide([_closed(formula) for formula in formulas], replace(self.limits, timeout_s=left_s))

    def _counterexample(self, formulas: Sequence[Term], outcome: Outcome) -> Mapping[Variable, ModelValue] | None:
        """Return the values of a model's variables, where our own evaluator finds that they make formulas true."""
        if outcome.status is not Status.SAT or outcome.model is None:
            return None
        found: dict[Variable, ModelValue] = {}
        for variable in sorted({v for formula in formulas for v in free_variables(formula)}, key=lambda v: v.name):
            value = evaluate(_closed(variable), outcome.model)
            if isinstance(value, Undecided):
                return None
            found[variable] = value
        holds = all(evaluate(formula, outcome.model, found) is True for formula in formulas)
        return found if holds else None


def _closed(term: Term) -> Term:
    """Return a term with constants in the place of its free variables, named as no symbol of a user's is."""
    return substitute(term, {v: constant(f"?{v.name}", v.sort) for v in free_variables(term)})
