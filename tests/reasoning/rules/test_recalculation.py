"""The calculations of checks agree with those of the evaluator, which are made by other means."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abduce.reasoning.rules import arithmetic, recalculation
from abduce.reasoning.rules.ground import Name, Value

VALUES: st.SearchStrategy[Value] = st.one_of(
    st.integers(-9, 9),
    st.builds(Fraction, st.integers(-30, 30), st.integers(1, 9)).map(arithmetic.settle),
    st.sampled_from([Name("a"), Fraction(1, 2), Fraction(1, 3), Fraction(-2, 3), 10**40, 8, 27, Fraction(16, 81)]),
)


def value(calculate: Callable[[], Value]) -> Value | None:
    try:
        return calculate()
    except (*recalculation.UNDEFINED, arithmetic.InexactPower):
        return None
    except arithmetic.NumberTooLarge:
        pytest.skip("too large for either")


@given(st.sampled_from(sorted(arithmetic.OPERATIONS)), VALUES, VALUES)
def test_operations(op: str, left: Value, right: Value) -> None:
    if op == "^" and isinstance(right, int) and abs(right) > 100:
        right = 7
    if op == "abs":
        expected = value(lambda: arithmetic.OPERATIONS[op](left, 0))
        found = value(lambda: recalculation.calculated(op, [left]))
    else:
        expected = value(lambda: arithmetic.OPERATIONS[op](left, right))
        found = value(lambda: recalculation.calculated(op, [left, right]))
    assert found == expected and type(found) is type(expected)


@given(st.integers(0, 10**30), st.integers(2, 70))
def test_roots(number: int, degree: int) -> None:
    root = arithmetic._whole_root(number, degree)
    assert root**degree <= number < (root + 1) ** degree
    assert recalculation._root(number, degree) == root


@given(st.sampled_from(sorted(arithmetic.AGGREGATES)), st.lists(VALUES, unique=True, max_size=5))
def test_aggregates(kind: str, values: list[Value]) -> None:
    expected = value(lambda: arithmetic.AGGREGATES[kind](values))
    assert value(lambda: recalculation.aggregated(kind, values)) == expected


@pytest.mark.parametrize("op", sorted(arithmetic.COMPARISONS))
def test_comparisons(op: str) -> None:
    assert recalculation.OPPOSITES[op] == arithmetic.NEGATED[op]
    for left, right in ((1, 2), (2, 2), (3, Fraction(5, 2)), (Name("a"), Name("b"))):
        assert recalculation.COMPARISONS[op](left, right) == arithmetic.COMPARISONS[op](left, right)
