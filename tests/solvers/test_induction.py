"""Proof by induction: claims that hold are proved, false ones refuted with values that show it, others given up."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abduce.errors import SortError
from abduce.solvers.base import Limits, Outcome, Reason, Status
from abduce.solvers.induction import Recurrence, Verdict, prove_by_induction
from abduce.solvers.terms import INT, REAL, Op, Term, Variable, equal, number, operate

N, S, T, X = (Variable(name, INT) for name in "nstx")
LIMITS = Limits(timeout_s=5.0)


def plus(*parts: Term) -> Term:
    return operate(Op.ADD, *parts)


def times(*parts: Term) -> Term:
    return operate(Op.MULTIPLY, *parts)


def at_least(left: Term, right: int) -> Term:
    return operate(Op.GREATER_EQUAL, left, number(right))


ADDING = Recurrence(S, number(0), plus(S, X))


def test_repeated_addition_is_multiplication() -> None:
    proof = prove_by_induction(equal(S, times(N, X)), N, LIMITS, recurrences=[ADDING])
    assert proof.verdict is Verdict.PROVED and proof.depth == 1


def test_a_claim_without_a_sequence() -> None:
    even = equal(operate(Op.MOD, times(N, plus(N, number(1))), number(2)), number(0))
    assert prove_by_induction(even, N, LIMITS).verdict is Verdict.PROVED


def test_a_false_claim_comes_with_the_values_that_show_it() -> None:
    proof = prove_by_induction(equal(S, times(N, number(3))), N, LIMITS, recurrences=[ADDING])
    assert proof.verdict is Verdict.REFUTED
    n, x = proof.counterexample[N], proof.counterexample[X]
    assert isinstance(n, int) and isinstance(x, int) and n * x != 3 * n


def test_conditions_are_assumed() -> None:
    claim = at_least(S, 0)
    assert prove_by_induction(claim, N, LIMITS, recurrences=[ADDING]).verdict is Verdict.REFUTED
    proof = prove_by_induction(claim, N, LIMITS, recurrences=[ADDING], conditions=[at_least(X, 0)])
    assert proof.verdict is Verdict.PROVED


def test_claims_that_follow_from_two_numbers_in_a_row() -> None:
    turning = [Recurrence(S, number(0), T), Recurrence(T, number(1), S)]
    proof = prove_by_induction(operate(Op.LESS_EQUAL, S, number(1)), N, LIMITS, recurrences=turning)
    assert proof.verdict is Verdict.PROVED and proof.depth == 2


def test_a_claim_that_fails_late_is_not_proved() -> None:
    counting = Recurrence(S, number(0), plus(S, number(1)))
    late = operate(Op.LESS, S, number(1000))
    proof = prove_by_induction(late, N, LIMITS, recurrences=[counting])
    assert proof.verdict is Verdict.GAVE_UP and proof.reason is Reason.INCOMPLETE
    soon = operate(Op.LESS, S, number(6))
    assert prove_by_induction(soon, N, LIMITS, recurrences=[counting]).counterexample == {N: 6}


def test_running_out_of_time_is_said() -> None:
    proof = prove_by_induction(equal(S, times(N, X)), N, Limits(timeout_s=0.0), recurrences=[ADDING])
    assert proof.verdict is Verdict.GAVE_UP and proof.reason is Reason.TIMEOUT


def test_a_model_that_our_evaluator_does_not_confirm_refutes_nothing() -> None:
    def liar(formulas: object, limits: Limits) -> Outcome:
        return Outcome(Status.SAT)

    assert prove_by_induction(equal(N, N), N, LIMITS, decide=liar).verdict is Verdict.GAVE_UP


def test_what_is_no_claim_is_refused() -> None:
    with pytest.raises(SortError, match="a formula was expected"):
        prove_by_induction(S, N, LIMITS)
    with pytest.raises(SortError, match="induction runs over integers"):
        prove_by_induction(equal(S, S), Variable("r", REAL), LIMITS)
    with pytest.raises(SortError, match="must not speak of what changes: s"):
        prove_by_induction(equal(S, S), N, LIMITS, recurrences=[ADDING], conditions=[at_least(S, 0)])


@settings(max_examples=15, deadline=None)
@given(st.integers(-3, 3), st.integers(-3, 3), st.integers(-3, 3), st.integers(-3, 3))
def test_linear_claims_agree_with_running_the_sequence(start: int, step: int, factor: int, offset: int) -> None:
    sequence = Recurrence(S, number(start), plus(S, number(step)))
    claim = equal(S, plus(times(number(factor), N), number(offset)))
    holds = all(start + step * n == factor * n + offset for n in range(3))
    verdict = prove_by_induction(claim, N, LIMITS, recurrences=[sequence]).verdict
    assert verdict is (Verdict.PROVED if holds else Verdict.REFUTED)
