"""Minimal cores against all subsets."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from random_theories import PROPOSITIONS, connected, truth_models

from abduce.solvers.base import Limits, Reason, Status
from abduce.solvers.cores import minimal_core
from abduce.solvers.evaluation import holds
from abduce.solvers.terms import INT, Op, Symbol, Term, Variable, constant, forall, number, operate
from abduce.solvers.z3_backend import Z3Session

LIMITS = Limits(timeout_s=60)
X = constant("x", INT)


def has_model(formulas: list[Term]) -> bool:
    return any(all(holds(formula, model) is True for formula in formulas) for model in truth_models())


@given(
    st.lists(connected(st.sampled_from(PROPOSITIONS)), min_size=2, max_size=6),
    st.lists(connected(st.sampled_from(PROPOSITIONS)), max_size=1),
)
@settings(max_examples=30, deadline=None)
def test_cores_are_minimal(formulas: list[Term], background: list[Term]) -> None:
    assertions = {10 * at: formula for at, formula in enumerate(formulas)}
    found = minimal_core(assertions, background, limits=LIMITS, session=Z3Session)
    if has_model([*formulas, *background]):
        assert (found.labels, found.status) == (None, Status.SAT)
        return
    assert found.labels is not None
    assert found.minimal
    assert found.needed == frozenset(found.labels)
    assert not has_model([*background, *(assertions[label] for label in found.labels)])
    for rest in combinations(found.labels, max(len(found.labels) - 1, 0)):
        if len(rest) < len(found.labels):
            assert has_model([*background, *(assertions[label] for label in rest)])


def test_what_does_not_matter_is_left_out() -> None:
    assertions = {at: operate(Op.GREATER, constant(f"y{at}", INT), number(at)) for at in range(200)}
    assertions[77] = operate(Op.GREATER, X, number(5))
    assertions[140] = operate(Op.LESS, X, number(5))
    found = minimal_core(assertions, limits=LIMITS, session=Z3Session)
    assert (found.labels, found.minimal, found.reason) == ((77, 140), True, None)


def test_a_core_that_is_not_shown_to_be_minimal_says_so() -> None:
    f, n = Symbol("f", (INT,), INT), Variable("n", INT)
    grows = operate(Op.AND, operate(Op.GREATER, f(n), n), operate(Op.LESS, f(n), operate(Op.ADD, n, number(3))))
    assertions: dict[int, Term] = {
        1: forall([n], grows),
        2: operate(Op.GREATER, X, number(5)),
        3: operate(Op.LESS, f(number(2)), number(1)),
    }
    found = minimal_core(assertions, limits=Limits(timeout_s=2.0), session=Z3Session)
    assert (found.labels, found.minimal, found.needed, found.reason) == ((1, 3), False, {1}, Reason.TIMEOUT)
    without = minimal_core({1: forall([n], grows), 2: assertions[2]}, limits=Limits(timeout_s=0.3), session=Z3Session)
    assert (without.labels, without.status, without.reason) == (None, Status.UNKNOWN, Reason.TIMEOUT)
