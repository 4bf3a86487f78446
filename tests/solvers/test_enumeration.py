"""All answers, once each, and a truthful word on whether they are all."""

from __future__ import annotations

import time
from fractions import Fraction
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_theories import I1, I2, I3, PROPOSITIONS, box_models, boxed, integer_arithmetic, propositional, truth_models
from second_solver import SecondSession

from abduce.errors import UsageError
from abduce.solvers.base import Algebraic, Limits, ModelValue, Reason
from abduce.solvers.enumeration import Answers, Completeness
from abduce.solvers.evaluation import evaluate, holds
from abduce.solvers.terms import (
    BOOL,
    INT,
    REAL,
    Op,
    Symbol,
    Term,
    Variable,
    array,
    constant,
    equal,
    forall,
    number,
    operate,
)
from abduce.solvers.z3_backend import Z3Session

LIMITS = Limits(timeout_s=60)
X, Y = constant("x", INT), constant("y", INT)
R = constant("r", REAL)
THINGS = [constant(name) for name in "abcd"]
ALL, INTERRUPTED = Completeness(True), Completeness(False, Reason.INTERRUPTED)


def between(low: int, term: Term, high: int) -> Term:
    return operate(Op.AND, operate(Op.LESS_EQUAL, number(low), term), operate(Op.LESS_EQUAL, term, number(high)))


def answers(formulas: list[Term], terms: list[Term], limits: Limits = LIMITS) -> list[tuple[ModelValue, ...]]:
    """All answers, which must be shown to be all."""
    with Answers(formulas, terms, limits=limits, session=Z3Session) as found:
        listed = list(found)
    assert found.completeness == ALL
    assert len(set(listed)) == len(listed)
    return listed


@given(propositional, st.sets(st.sampled_from(PROPOSITIONS)))
@settings(max_examples=10, deadline=None)
def test_truth_values_against_truth_tables(formulas: list[Term], chosen: set[Term]) -> None:
    terms = sorted(chosen, key=repr)
    models = [model for model in truth_models() if all(holds(formula, model) is True for formula in formulas)]
    assert set(answers(formulas, terms)) == {tuple(evaluate(term, model) for term in terms) for model in models}


@given(integer_arithmetic, st.sampled_from([(I1,), (I1, I2), (I1, I2, I3), (operate(Op.ADD, I1, I2), I3)]))
@settings(max_examples=10, deadline=None)
def test_integers_against_all_points_of_a_box(formulas: list[Term], terms: tuple[Term, ...]) -> None:
    formulas = [*boxed(2), *formulas]
    models = [model for model in box_models(2) if all(holds(formula, model) is True for formula in formulas)]
    assert set(answers(formulas, list(terms))) == {tuple(evaluate(term, model) for term in terms) for model in models}


def test_blocks_and_regions() -> None:
    """Many answers, with and without blocks, with holes, in two dimensions, and through a function."""
    square = operate(Op.MULTIPLY, Y, Y)
    assert sorted(answers([between(1, X, 3000)], [X])) == [(value,) for value in range(1, 3001)]
    holes = [between(0, X, 600), operate(Op.DISTINCT, operate(Op.MOD, X, number(7)), number(3))]
    assert sorted(answers(holes, [X])) == [(value,) for value in range(601) if value % 7 != 3]
    doubled = [between(1, X, 300), equal(Y, operate(Op.MULTIPLY, number(2), X))]
    assert sorted(answers(doubled, [X])) == [(value,) for value in range(1, 301)]
    assert sorted(answers(doubled, [Y])) == [(2 * value,) for value in range(1, 301)]
    triangle = [between(0, X, 20), between(0, Y, 20), operate(Op.LESS, X, Y)]
    assert sorted(answers(triangle, [X, Y])) == [(x, y) for x in range(21) for y in range(x + 1, 21)]
    f = Symbol("f", (INT,), INT)
    table = [
        between(0, X, 60),
        forall([Variable("n", INT)], equal(f(Variable("n", INT)), operate(Op.ADD, X, Variable("n", INT)))),
    ]
    assert sorted(answers(table, [f(number(1))])) == [(value + 1,) for value in range(61)]
    assert sorted(answers([between(-12, Y, 12), equal(X, square)], [X])) == [(value * value,) for value in range(13)]


def test_ten_times_as_many_answers_do_not_take_a_hundred_times_as_long() -> None:
    seconds = []
    for most in (1_000, 10_000):
        started = time.process_time()
        assert len(answers([between(1, X, most)], [X])) == most
        seconds.append(time.process_time() - started)
    assert seconds[1] < 40 * seconds[0]


def test_things_are_told_apart_by_which_are_equal() -> None:
    bell = [1, 1, 2, 5, 15]
    for count in range(1, 5):
        assert len(answers([], list(THINGS[:count]))) == bell[count]
    a, b, c, _ = THINGS
    found = answers([operate(Op.DISTINCT, a, b), operate(Op.OR, equal(c, a), equal(c, b))], [a, b, c])
    assert [[value.index for value in one] for one in sorted(found, key=repr)] == [[0, 1, 0], [0, 1, 1]]  # type: ignore[union-attr]


def test_real_answers() -> None:
    square = equal(operate(Op.MULTIPLY, R, R), number(Fraction(2)))
    found = answers([square], [R])
    assert set(found) == {(Algebraic((-2, 0, 1), 0),), (Algebraic((-2, 0, 1), 1),)}
    with Answers([between(0, R, 1)], [R], limits=LIMITS, session=Z3Session) as many:
        listed = list(islice(many, 120))
        assert many.completeness is None
    assert len(set(listed)) == 120
    assert all(isinstance(value, Fraction | Algebraic) for (value,) in listed)
    assert many.completeness == INTERRUPTED


def test_no_end_of_answers_is_given_lazily() -> None:
    for formula in (operate(Op.GREATER, X, number(5)), operate(Op.DISTINCT, X, number(5))):
        with Answers([formula], [X], limits=LIMITS, session=Z3Session) as found:
            listed = list(islice(found, 2000))
        assert len(set(listed)) == 2000
        assert found.completeness == INTERRUPTED
        assert list(found) == []


def test_the_time_limit_ends_a_search_truthfully() -> None:
    cubes = equal(operate(Op.MULTIPLY, X, X, X), operate(Op.ADD, operate(Op.MULTIPLY, Y, Y), number(7)))
    started = time.perf_counter()
    with Answers([cubes], [X, Y], limits=Limits(timeout_s=0.5), session=Z3Session) as found:
        listed = list(found)
    assert time.perf_counter() - started < 60.0
    assert found.completeness is not None
    assert not found.completeness.complete
    assert found.completeness.reason in (Reason.TIMEOUT, Reason.INCOMPLETE)
    assert all(x**3 == y**2 + 7 for x, y in listed)  # type: ignore[operator]


def test_what_the_caller_does_between_answers_is_not_counted() -> None:
    with Answers([between(1, X, 3), equal(Y, X)], [Y], limits=Limits(timeout_s=2.0), session=Z3Session) as found:
        listed = []
        for one in found:
            time.sleep(0.8)
            listed.append(one)
    assert len(listed) == 3
    assert found.completeness == ALL


def test_interrupted_from_within() -> None:
    with Answers([operate(Op.GREATER, X, number(5))], [X], limits=LIMITS, session=Z3Session) as found:
        next(found)
        found.interrupt()
        list(found)
    assert found.completeness == INTERRUPTED


def test_no_terms_and_no_answers() -> None:
    assert answers([equal(X, number(1))], []) == [()]
    assert answers([operate(Op.LESS, X, X)], [X]) == []


def test_arrays_are_refused() -> None:
    with pytest.raises(UsageError, match="select its elements"):
        Answers([], [constant("held", array(INT, BOOL))], limits=LIMITS, session=Z3Session)


def test_a_solver_without_models_gives_no_answers_and_says_so() -> None:
    with Answers([between(1, X, 3)], [X], limits=LIMITS, session=SecondSession) as found:
        assert list(found) == []
    assert found.completeness == Completeness(False, Reason.INCOMPLETE)


def test_eight_queens() -> None:
    queens = [constant(f"q{row}", INT) for row in range(8)]
    formulas = [*(between(1, queen, 8) for queen in queens), operate(Op.DISTINCT, *queens)]
    for row in range(8):
        for other in range(row):
            difference = operate(Op.SUBTRACT, queens[row], queens[other])
            formulas += [operate(Op.DISTINCT, difference, number(way * (row - other))) for way in (1, -1)]
    assert len(answers(formulas, list(queens))) == 92
