"""Calculations for checks: the same operations as the evaluator's, written a second time, by other means."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any, Final

from abduce.reasoning.rules.ground import Value


class Irrational(Exception):
    """There is a value, but no rational one."""


UNDEFINED: Final = (TypeError, ZeroDivisionError, Irrational)
"""What the functions here raise where there is no value that rules have."""
COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
OPPOSITES: Final = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def calculated(op: str, values: Sequence[Value]) -> Value:
    """Return what an operation makes of values, from left to right where they are many.

    Raises:
        TypeError, ZeroDivisionError: There is no value.
        Irrational: There is no rational one.
    """
    first, *others = map(_fraction, values)
    if op == "abs":
        return _value(max(first, -first))
    if op == "neg":
        return _value(-first)
    for other in others:
        first = _CALCULATIONS[op](first, other)
    return _value(first)


def aggregated(kind: str, values: Iterable[Value]) -> Value:
    """Return the count, sum, least or greatest of values.

    Raises:
        TypeError: There is none.
    """
    listed: list[Any] = list(values)
    if kind == "count":
        return len(listed)
    if kind == "sum":
        return _value(sum(map(_fraction, listed), Fraction(0)))
    return sorted(listed)[0 if kind == "min" else -1] if listed else _fraction(None)


def _fraction(value: object) -> Fraction:
    if isinstance(value, int | Fraction):
        return Fraction(value)
    raise TypeError("not a number")


def _value(number: Fraction) -> Value:
    return number.numerator if number.denominator == 1 else number


def _divided(left: Fraction, right: Fraction) -> Fraction:
    """Return the quotient in integers that leaves the remainder `_remainder`."""
    return (left - _remainder(left, right)) / right


def _remainder(left: Fraction, right: Fraction) -> Fraction:
    if left.denominator > 1 or right.denominator > 1:
        raise TypeError("div and mod are of integers")
    return left - abs(right) * (left // abs(right))


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator > 1:
        if base < 0:
            raise TypeError("a root of a negative number")
        root = Fraction(*(_root(part, exponent.denominator) for part in (base.numerator, base.denominator)))
        if root**exponent.denominator != base:
            raise Irrational("an irrational root")
        base = root
    if base in (1, -1):
        return base ** (exponent.numerator % 2)
    return base**exponent.numerator


def _root(number: int, degree: int) -> int:
    """Return the integer part of a root, found bit by bit."""
    root = 0
    for place in range(number.bit_length() // degree, -1, -1):
        longer = root | 1 << place
        if longer**degree <= number:
            root = longer
    return root


_CALCULATIONS: Final[dict[str, Callable[[Fraction, Fraction], Fraction]]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "div": _divided, "mod": _remainder, "^": _power,
}  # fmt: skip
