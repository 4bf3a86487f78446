"""Optima against all points of a box; limits, unbounded objectives, and bounds at a time limit."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from random_theories import I1, I2, I3, U, V, box_models, boxed, integer_arithmetic, real_arithmetic

from abduce.errors import SortError
from abduce.solvers.base import Algebraic, Limits, Reason, Status
from abduce.solvers.evaluation import evaluate, holds
from abduce.solvers.optimisation import Kind, Optimum, Proposal, maximise, minimise
from abduce.solvers.terms import BOOL, INT, REAL, Op, Symbol, Term, Variable, constant, equal, forall, number, operate
from abduce.solvers.z3_backend import Z3Session
from abduce.solvers.z3_optimum import propose

LIMITS = Limits(timeout_s=60)
X, Y = constant("x", INT), constant("y", INT)
R, S = constant("r", REAL), constant("s", REAL)
ROOT = Algebraic((-2, 0, 1), 1)


def at_most(term: Term, bound: int | Fraction) -> Term:
    return operate(Op.LESS_EQUAL, term, number(bound))


def below(term: Term, bound: int | Fraction) -> Term:
    return operate(Op.LESS, term, number(bound))


def times(*terms: Term) -> Term:
    return operate(Op.MULTIPLY, *terms)


def plus(*terms: Term) -> Term:
    return operate(Op.ADD, *terms)


def highest(*formulas: Term, objective: Term, proposing: bool = True) -> Optimum:
    found = maximise(formulas, objective, limits=LIMITS, session=Z3Session, propose=propose if proposing else None)
    if found.model is not None:
        assert all(holds(formula, found.model) is True for formula in formulas)
    return found


def test_integers() -> None:
    budget = [at_most(plus(times(number(3), X), times(number(5), Y)), 1000)]
    positive = [operate(Op.GREATER_EQUAL, X, number(0)), operate(Op.GREATER_EQUAL, Y, number(0))]
    found = highest(*budget, *positive, objective=plus(X, Y))
    assert (found.kind, found.value, found.lower, found.upper) == (Kind.OPTIMUM, 333, 333, 333)
    assert found.model is not None
    assert evaluate(plus(X, Y), found.model) == 333
    least = minimise([operate(Op.GREATER, X, number(5))], X, limits=LIMITS, session=Z3Session)
    assert (least.kind, least.value, least.lower, least.upper) == (Kind.OPTIMUM, 6, 6, 6)
    circle = at_most(plus(times(X, X), times(Y, Y)), 200)
    assert highest(circle, objective=plus(X, Y)).value == 20
    assert highest(below(X, 5), operate(Op.GREATER, X, number(5)), objective=X).kind is Kind.INFEASIBLE


@pytest.mark.parametrize("proposing", [True, False])
def test_reals(proposing: bool) -> None:
    third = highest(at_most(R, Fraction(1, 3)), objective=R, proposing=proposing)
    assert (third.kind, third.value) == (Kind.OPTIMUM, Fraction(1, 3))
    one = highest(below(R, Fraction(1)), objective=R, proposing=proposing)
    assert (one.kind, one.value) == (Kind.LIMIT, 1)
    root = highest(at_most(times(R, R), Fraction(2)), objective=R, proposing=proposing)
    assert (root.kind, root.value, root.upper) == (Kind.OPTIMUM, ROOT, ROOT)
    either = operate(Op.OR, below(R, Fraction(1)), equal(R, number(Fraction(3))))
    assert highest(either, objective=R, proposing=proposing).value == 3
    punched = operate(Op.AND, at_most(R, Fraction(1)), operate(Op.DISTINCT, R, number(Fraction(1))))
    assert highest(punched, objective=R, proposing=proposing).kind is Kind.LIMIT


def test_least_roots_are_negated() -> None:
    found = minimise([at_most(times(R, R), Fraction(2))], R, limits=LIMITS, session=Z3Session, propose=propose)
    assert (found.kind, found.value, found.lower) == (Kind.OPTIMUM, Algebraic((-2, 0, 1), 0), Algebraic((-2, 0, 1), 0))


def test_a_limit_of_several_unknowns() -> None:
    chain = [operate(Op.LESS, R, S), below(S, Fraction(4)), operate(Op.GREATER_EQUAL, X, number(0)), at_most(X, 3)]
    found = highest(*chain, below(plus(S, X), Fraction(5)), objective=plus(R, X))
    assert (found.kind, found.value) == (Kind.LIMIT, 5)


def test_unbounded() -> None:
    f = Symbol("f", (INT,), INT)
    positive = operate(Op.GREATER, X, number(5))
    cases: list[tuple[list[Term], Term]] = [
        ([positive], X),
        ([operate(Op.GREATER, R, number(Fraction(1)))], R),
        ([operate(Op.LESS_EQUAL, f(number(1)), plus(f(number(2)), number(1)))], f(number(1))),
        ([operate(Op.GREATER, times(X, Y), number(3))], times(X, Y)),
        ([at_most(times(R, S), Fraction(3)), operate(Op.GREATER, R, number(Fraction(0)))], S),
        ([operate(Op.OR, below(X, 3), operate(Op.GREATER, X, number(10**30)))], X),
    ]
    for formulas, objective in cases:
        found = highest(*formulas, objective=objective)
        assert (found.kind, found.upper) == (Kind.UNBOUNDED, None)
        assert found.lower is not None


def test_under_quantifiers() -> None:
    f, n = Symbol("f", (INT,), INT), Variable("n", INT)
    found = highest(forall([n], at_most(f(n), 7)), objective=f(number(3)))
    assert (found.kind, found.value) == (Kind.OPTIMUM, 7)


def test_what_is_proposed_is_not_believed() -> None:
    def false(value: Fraction | None, attained: bool) -> Optimum:
        return maximise(
            [at_most(R, Fraction(10))],
            R,
            limits=LIMITS,
            session=Z3Session,
            propose=lambda *_: Proposal(value, attained),
        )

    for value, attained in ((Fraction(9), True), (Fraction(11), True), (Fraction(10), False), (None, False)):
        found = false(value, attained)
        assert (found.kind, found.value) == (Kind.OPTIMUM, 10)


def test_at_a_limit_there_are_bounds() -> None:
    unknowns = [constant(f"k{at}", INT) for at in range(12)]
    formulas = [operate(Op.AND, at_most(t, 50), operate(Op.GREATER_EQUAL, t, number(-50))) for t in unknowns]
    for at, unknown in enumerate(unknowns[:-1]):
        formulas.append(equal(operate(Op.MOD, times(unknown, unknown, unknowns[at + 1]), number(97)), number(at)))
    objective = plus(*[times(number(at % 5 - 2), unknown, unknown) for at, unknown in enumerate(unknowns)])
    started = time.perf_counter()
    found = maximise(formulas, objective, limits=Limits(timeout_s=0.6), session=Z3Session)
    assert time.perf_counter() - started < 60.0
    assert found.kind in (Kind.UNDECIDED, Kind.OPTIMUM)
    if found.kind is Kind.UNDECIDED:
        assert found.reason is not None
        assert found.lower == found.value
    never = maximise(
        [below(R, Fraction(1)), equal(times(S, S, S), plus(R, S))], R, limits=Limits(timeout_s=0.01), session=Z3Session
    )
    assert never.kind in (Kind.UNDECIDED, Kind.LIMIT)
    assert never.kind is Kind.LIMIT or never.reason is Reason.TIMEOUT


def test_only_numbers_can_be_maximised() -> None:
    with pytest.raises(SortError, match="a term of Bool"):
        maximise([], constant("p", BOOL), limits=LIMITS, session=Z3Session)


@given(integer_arithmetic)
@settings(max_examples=15, deadline=None)
def test_integer_optima_against_all_points_of_a_box(formulas: list[Term]) -> None:
    formulas = [*boxed(2), *formulas]
    objective = plus(times(number(3), I1), times(number(-2), I2), I3)
    values = [
        evaluate(objective, model)
        for model in box_models(2)
        if all(holds(formula, model) is True for formula in formulas)
    ]
    found = highest(*formulas, objective=objective)
    if values:
        assert (found.kind, found.value) == (Kind.OPTIMUM, max(values))  # type: ignore[type-var]
    else:
        assert found.kind is Kind.INFEASIBLE


@given(real_arithmetic)
@settings(max_examples=15, deadline=None)
def test_real_optima_are_shown(formulas: list[Term]) -> None:
    """Nothing is better than what is found, whichever way it was found, and both ways agree."""
    objective = plus(U, times(number(Fraction(2)), V))
    found, alone = (highest(*formulas, objective=objective, proposing=proposing) for proposing in (True, False))
    assert Kind.UNDECIDED in (found.kind, alone.kind) or found.kind is alone.kind
    if found.kind in (Kind.OPTIMUM, Kind.LIMIT):
        assert isinstance(found.value, Fraction)
        better = operate(Op.GREATER if found.kind is Kind.OPTIMUM else Op.GREATER_EQUAL, objective, number(found.value))
        near = operate(Op.GREATER_EQUAL, objective, number(found.value - Fraction(1, 10**6)))
        with Z3Session() as session:
            assert session.check([*formulas, better], limits=LIMITS).status is Status.UNSAT
            assert session.check([*formulas, near], limits=LIMITS).status is Status.SAT
