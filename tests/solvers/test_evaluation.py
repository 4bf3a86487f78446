"""Our own evaluator: exact, lazy, and honest; numbers that are roots; quantifiers over numbers."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_theories import I1, M, finite_models, first_order, presburger

from abduce.solvers import algebraic
from abduce.solvers.base import Algebraic, ArrayValue, Element, Interpretation, Limits, Model, ModelValue, Status
from abduce.solvers.evaluation import BY_ZERO, Undecided, evaluate, holds
from abduce.solvers.numerals import above, below, equals
from abduce.solvers.terms import (
    BOOL,
    FALSE,
    INT,
    REAL,
    THING,
    TRUE,
    Apply,
    Kind,
    Number,
    Op,
    Operate,
    Quantified,
    Symbol,
    Term,
    Variable,
    array,
    constant,
    equal,
    exists,
    forall,
    implies,
    number,
    operate,
)
from abduce.solvers.z3_backend import Z3Session

EMPTY = Model()
X, Y = constant("x", INT), constant("y", INT)
R = constant("r", REAL)
F, G = Symbol("f", (INT,), INT), Symbol("g", (REAL,), BOOL)
N = Variable("n", INT)
S = Variable("s", REAL)
ROOT = Algebraic((-2, 0, 1), 1)


def at(term: Term, **values: ModelValue) -> ModelValue | Undecided:
    sorts = {"x": INT, "y": INT, "r": REAL}
    return evaluate(
        term, Model({}, {Symbol(name, (), sorts[name]): Interpretation({(): v}) for name, v in values.items()})
    )


@pytest.mark.parametrize("left", range(-7, 8))
@pytest.mark.parametrize("right", [-3, -2, -1, 1, 2, 3])
def test_division_is_euclidean(left: int, right: int) -> None:
    quotient, rest = at(operate(Op.DIV, X, Y), x=left, y=right), at(operate(Op.MOD, X, Y), x=left, y=right)
    assert isinstance(quotient, int) and isinstance(rest, int)
    assert left == right * quotient + rest
    assert 0 <= rest < abs(right)


def test_division_by_zero_is_a_function_of_the_dividend() -> None:
    zero = number(0)
    assert holds(equal(operate(Op.DIV, X, zero), operate(Op.DIV, X, zero)), EMPTY) is True
    model = Model({}, {BY_ZERO[Op.DIV]: Interpretation({(1,): 5}, 6)})
    assert evaluate(operate(Op.DIV, number(1), zero), model) == 5
    assert evaluate(operate(Op.DIV, number(2), zero), model) == 6
    assert evaluate(operate(Op.DIVIDE, number(1), zero), EMPTY) == 0


def test_powers() -> None:
    def power(base: int | Fraction, exponent: int | Fraction) -> ModelValue | Undecided:
        return evaluate(operate(Op.POWER, number(base), number(exponent)), EMPTY)

    assert power(3, 4) == 81
    assert power(Fraction(2, 3), Fraction(-2)) == Fraction(9, 4)
    assert power(Fraction(8, 27), Fraction(2, 3)) == Fraction(4, 9)
    assert power(Fraction(2), Fraction(1, 2)) == ROOT
    assert power(0, 0) == 1
    assert power(Fraction(0), Fraction(1, 2)) == 0
    for undecided in (
        power(Fraction(0), Fraction(-1, 2)),
        power(2, -1),
        power(Fraction(-1), Fraction(1, 2)),
        power(3, 10**9),
    ):
        assert isinstance(undecided, Undecided)


def test_an_undecided_value_is_not_used_as_a_truth_value_by_mistake() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(Undecided("why"))


def test_connectives_decide_where_one_part_does() -> None:
    unknown = equal(operate(Op.POWER, number(0), number(-1)), number(1))
    assert isinstance(holds(unknown, EMPTY), Undecided)
    assert holds(operate(Op.OR, unknown, TRUE), EMPTY) is True
    assert holds(operate(Op.AND, FALSE, unknown), EMPTY) is False
    assert holds(implies(unknown, TRUE), EMPTY) is True
    assert isinstance(holds(operate(Op.AND, TRUE, unknown), EMPTY), Undecided)
    assert evaluate(operate(Op.ITE, unknown, number(3), number(3)), EMPTY) == 3
    assert isinstance(evaluate(operate(Op.ITE, unknown, number(3), number(4)), EMPTY), Undecided)


def test_tables_and_definitions() -> None:
    place = Variable("place", INT)
    inner = Symbol("inner", (INT,), INT)
    model = Model(
        {},
        {
            F: Interpretation(
                {(2,): 9}, None, operate(Op.ADD, inner(operate(Op.ADD, place, number(1))), place), (place,)
            ),
            inner: Interpretation({(5,): 50}, None, operate(Op.MULTIPLY, place, number(2)), (place,)),
        },
    )
    assert evaluate(F(number(2)), model) == 9
    assert evaluate(F(number(4)), model) == 54
    assert evaluate(F(F(number(1))), model) == 17
    assert evaluate(operate(Op.ADD, F(number(1)), F(number(3)), F(number(1))), model) == 21
    looped = Model({}, {F: Interpretation({}, None, F(place), (place,))})
    assert isinstance(evaluate(F(number(1)), looped), Undecided)


def test_arrays_are_equal_where_their_elements_are() -> None:
    held, other = constant("held", array(INT, INT)), constant("other", array(INT, INT))
    model = Model(
        {},
        {
            held.symbol: Interpretation({(): ArrayValue(((1, 5), (2, 0)), 0)}),
            other.symbol: Interpretation({(): ArrayValue(((3, 0), (1, 5), (1, 7)), 0)}),
        },
    )
    assert holds(equal(held, other), model) is True
    stored = operate(Op.STORE, held, number(1), number(6))
    assert holds(equal(stored, held), model) is False
    assert evaluate(operate(Op.SELECT, stored, number(1)), model) == 6
    flags = constant("flags", array(BOOL, INT))
    value = ArrayValue(((True, 1), (False, 2)), 77)
    assert holds(
        equal(operate(Op.SELECT, flags, TRUE), number(1)), Model({}, {flags.symbol: Interpretation({(): value})})
    )


def test_free_variables_take_values() -> None:
    assert evaluate(operate(Op.ADD, N, number(1)), EMPTY, {N: 4}) == 5
    with pytest.raises(KeyError, match="n has no value"):
        evaluate(N, EMPTY)


def test_steps_are_bounded_and_the_evaluator_goes_on() -> None:
    domain = tuple(Element(THING, at) for at in range(30))
    variables = [Variable(name) for name in "abcdef"]
    related = Symbol("P", (THING,), BOOL)
    formula = forall(variables, operate(Op.OR, *[related(v) for v in variables], TRUE))
    model = Model({THING: domain}, {related: Interpretation({}, False)})
    assert holds(formula, model, steps=10_000) == Undecided("the budget of steps ran out")
    assert holds(forall(variables[:1], related(variables[0])), model, steps=10_000) is False


def test_deep_terms() -> None:
    term: Term = X
    for place in range(20_000):
        term = operate(Op.NEGATE, term) if place % 2 else operate(Op.ADD, term, number(1))
    assert at(term, x=3) == 3


# quantifiers ------------------------------------------------------------------------------------------------


def _naive(formula: Term, model: Model, values: dict[Variable, ModelValue]) -> bool:
    """Truth in a finite model, straight from the definition."""
    if isinstance(formula, Quantified):
        choices = product(*[model.domains[variable.sort] for variable in formula.variables])
        found = [
            _naive(formula.body, model, {**values, **dict(zip(formula.variables, choice, strict=True))})
            for choice in choices
        ]
        return all(found) if formula.kind is Kind.FORALL else any(found)

    def value(term: Term) -> ModelValue:
        if isinstance(term, Variable):
            return values[term]
        if isinstance(term, Apply):
            return model.interpretations[term.symbol].entries[tuple(value(part) for part in term.arguments)]
        return _naive(term, model, values)

    if isinstance(formula, Apply):
        return value(formula) is True
    assert isinstance(formula, Operate)
    parts = [value(part) for part in formula.arguments]
    return {
        Op.NOT: lambda: not parts[0],
        Op.AND: lambda: all(parts),
        Op.OR: lambda: any(parts),
        Op.XOR: lambda: parts[0] is not parts[1],
        Op.IMPLIES: lambda: not parts[0] or bool(parts[1]),
        Op.IFF: lambda: parts[0] == parts[1],
        Op.EQUAL: lambda: parts[0] == parts[1],
        Op.ITE: lambda: bool(parts[1] if parts[0] else parts[2]),
    }[formula.op]()


SOME_MODELS = [model for size in (1, 2) for model in list(finite_models(size))[:: 1 if size == 1 else 37]]


@given(first_order)
@settings(max_examples=20, deadline=None)
def test_finite_quantifiers_against_their_definition(formulas: list[Term]) -> None:
    for formula in formulas:
        for model in SOME_MODELS:
            assert holds(formula, model) is _naive(formula, model, {})


@given(presburger, st.integers(-3, 3))
@settings(max_examples=40, deadline=None)
def test_integer_quantifiers_against_a_solver(formula: Term, place: int) -> None:
    truth = holds(formula, Model({}, {I1.symbol: Interpretation({(): place})}), steps=100_000)  # type: ignore[attr-defined]
    if isinstance(truth, Undecided):
        return
    with Z3Session() as session:
        outcome = session.check([formula, equal(I1, number(place))], limits=Limits(timeout_s=1))
    assert outcome.status in (Status.UNKNOWN, Status.SAT if truth else Status.UNSAT)


DECIDED: list[tuple[Term, bool]] = [
    (forall([N], exists([M], operate(Op.GREATER, M, N))), True),
    (exists([M], forall([N], operate(Op.GREATER_EQUAL, M, N))), False),
    (forall([S], exists([Variable("t", REAL)], operate(Op.LESS, S, Variable("t", REAL)))), True),
    (forall([N], operate(Op.LESS, operate(Op.MOD, N, number(5)), number(5))), True),
    (
        exists(
            [N], operate(Op.AND, equal(operate(Op.MOD, N, number(7)), number(3)), operate(Op.GREATER, N, number(99)))
        ),
        True,
    ),
    (exists([S], operate(Op.AND, operate(Op.LESS, number(0), S), operate(Op.LESS, S, number(Fraction(1, 9))))), True),
    (exists([N], operate(Op.AND, operate(Op.LESS, number(0), N), operate(Op.LESS, N, number(1)))), False),
    (forall([N], equal(operate(Op.MULTIPLY, N, N), operate(Op.MULTIPLY, N, N, number(1)))), True),
    (forall([N], operate(Op.DISTINCT, operate(Op.MULTIPLY, N, N), number(1))), False),
    (
        forall(
            [N],
            implies(
                operate(Op.AND, operate(Op.LESS_EQUAL, number(0), N), operate(Op.LESS, N, number(50))),
                operate(Op.LESS, operate(Op.MULTIPLY, N, N), number(2500)),
            ),
        ),
        True,
    ),
]


@pytest.mark.parametrize("case", range(len(DECIDED)))
def test_quantifiers_over_numbers_that_are_decided(case: int) -> None:
    formula, truth = DECIDED[case]
    found = holds(formula, EMPTY)
    if case == 7:
        assert isinstance(found, Undecided), "nothing simple decides this one, so nothing is claimed"
    else:
        assert found is truth


def test_quantifiers_over_numbers_with_tables() -> None:
    model = Model({}, {F: Interpretation({(3,): -1, (8,): 4}, 2), G: Interpretation({(Fraction(1, 2),): True}, False)})
    assert holds(forall([N], operate(Op.GREATER_EQUAL, F(N), number(-1))), model) is True
    assert holds(forall([N], operate(Op.GREATER_EQUAL, F(N), number(0))), model) is False
    assert holds(exists([N], equal(F(N), number(3))), model) is False
    assert holds(exists([N], equal(F(operate(Op.ADD, N, N)), number(-1))), model) is False
    assert holds(exists([N], equal(F(operate(Op.ADD, N, N)), number(4))), model) is True
    assert holds(exists([S], G(operate(Op.MULTIPLY, S, number(Fraction(3))))), model) is True
    assert holds(forall([N], exists([M], operate(Op.LESS, F(N), M))), model) is True


# roots ------------------------------------------------------------------------------------------------------


def test_arithmetic_with_roots_is_exact() -> None:
    assert at(operate(Op.MULTIPLY, R, R), r=ROOT) == 2
    assert at(operate(Op.DIVIDE, number(1), R), r=ROOT) == Algebraic((-1, 0, 2), 1)
    assert at(operate(Op.TO_INT, operate(Op.MULTIPLY, number(1000), R)), r=ROOT) == 1414
    assert at(operate(Op.IS_INT, R), r=ROOT) is False
    assert at(operate(Op.ABS, operate(Op.SUBTRACT, R, number(2))), r=ROOT) == Algebraic((2, -4, 1), 0)
    assert at(operate(Op.POWER, R, number(Fraction(-4))), r=ROOT) == Fraction(1, 4)


def test_a_root_that_is_rational_after_all() -> None:
    reducible = Algebraic((-6, 1, 1), 1)
    assert at(equal(R, number(Fraction(2))), r=reducible) is True
    assert holds(equals(R, reducible), Model({}, {R.symbol: Interpretation({(): Fraction(2)})})) is True
    assert at(operate(Op.DIVIDE, number(1), operate(Op.ADD, R, number(Fraction(3)))), r=reducible) == Fraction(1, 5)


def test_what_takes_two_roots_is_not_claimed() -> None:
    q = constant("q", REAL)
    model = Model({}, {R.symbol: Interpretation({(): ROOT}), q.symbol: Interpretation({(): Algebraic((-3, 0, 1), 1)})})
    assert holds(operate(Op.LESS, R, q), model) is True
    assert holds(equal(R, q), model) is False
    total = operate(Op.ADD, R, q)
    assert isinstance(holds(operate(Op.LESS, total, number(Fraction(3))), model), Undecided | bool)
    assert isinstance(evaluate(total, model), Undecided)


_polynomials = st.lists(st.integers(-6, 6), min_size=3, max_size=5).filter(lambda found: found[-1] != 0)


@given(_polynomials, st.lists(st.integers(-4, 4), min_size=2, max_size=3), st.fractions(-3, 3, max_denominator=8))
@settings(max_examples=50, deadline=None)
def test_roots_against_floats(coefficients: list[int], element: list[int], place: Fraction) -> None:
    polynomial = algebraic.square_free(algebraic.trimmed([Fraction(c) for c in coefficients]))
    chain = algebraic.sturm_chain(polynomial)
    bound = Fraction(100)
    count = algebraic.roots_between(chain, -bound, bound)
    for index in range(count):
        root = algebraic.exact(Algebraic(tuple(coefficients), index))
        value = float(algebraic.rational_bounds(root, Fraction(1, 10**9))[0])
        assert abs(sum(c * value**degree for degree, c in enumerate(coefficients))) < 1e-3
        if abs(value - place) > 1e-6:
            assert algebraic.compare(root, place) == (1 if value > place else -1)
        total: algebraic.Exact = Fraction(0)
        for coefficient in reversed(element):
            total = algebraic.add(algebraic.multiply(total, root), Fraction(coefficient))
        expected = sum(c * value**degree for degree, c in enumerate(element))
        low, high = algebraic.rational_bounds(total, Fraction(1, 10**9))
        assert float(low) - 1e-3 <= expected <= float(high) + 1e-3
        again = algebraic.exact(algebraic.algebraic(total))
        assert algebraic.compare(again, total) == 0
        if algebraic.sign(total):
            assert algebraic.compare(algebraic.multiply(total, algebraic.inverse(total)), Fraction(1)) == 0


@given(_polynomials, st.fractions(-3, 3, max_denominator=8))
@settings(max_examples=25, deadline=None)
def test_numbers_said_as_formulas(coefficients: list[int], place: Fraction) -> None:
    chain = algebraic.sturm_chain(algebraic.square_free(algebraic.trimmed([Fraction(c) for c in coefficients])))
    for index in range(algebraic.roots_between(chain, Fraction(-100), Fraction(100))):
        root = Algebraic(tuple(coefficients), index)
        order = algebraic.compare(Fraction(place), algebraic.exact(root))
        model = Model({}, {R.symbol: Interpretation({(): place})})
        assert [holds(claim(R, root), model) for claim in (below, equals, above)] == [order < 0, order == 0, order > 0]
        there = Model({}, {R.symbol: Interpretation({(): root})})
        assert [holds(claim(R, root), there) for claim in (below, equals, above)] == [False, True, False]


def test_the_square_root_of_two() -> None:
    low, high = algebraic.rational_bounds(algebraic.exact(ROOT), Fraction(1, 10**12))
    assert float(low) <= sqrt(2) <= float(high)
    assert isinstance(number(2), Number)
