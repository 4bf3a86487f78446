"""Exact arithmetic on the values of rules: what is undefined raises, and the literal is then not satisfied.

Division by zero, a `div` or `mod` of something not integral, a power without an exact value, and arithmetic on names
are undefined. `div` and `mod` are Euclidean as in SMT-LIB: the remainder is never negative.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

Number: TypeAlias = int | Fraction
UNDEFINED = (TypeError, ZeroDivisionError)
"""What the functions here raise where there is no value."""
MAXIMUM_BITS = 1 << 16
"""Numbers longer than this are not computed with: they would take the time and memory of everything else."""


class NumberTooLarge(Exception):
    """A number outgrew `MAXIMUM_BITS`: the search that needed it has run out of memory."""


def settle(value: Any) -> Number:
    """Return a number in its one form: an int where it is integral, else a Fraction.

    Raises:
        TypeError: It is not a number.
    """
    if isinstance(value, int):
        return value
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else value
    raise TypeError("not a number")


def _bits(value: Any) -> int:
    """Return about how many bits a number takes."""
    if isinstance(value, int):
        return value.bit_length()
    if isinstance(value, Fraction):
        return 8 * (value.numerator.bit_length() + value.denominator.bit_length())  # reducing them costs that much
    raise TypeError("not a number")


def add(left: Any, right: Any) -> Number:
    """Return the sum."""
    return settle(left + right)


def subtract(left: Any, right: Any) -> Number:
    """Return the difference."""
    return settle(left - right)


def multiply(left: Any, right: Any) -> Number:
    """Return the product.

    Raises:
        NumberTooLarge: It would be longer than `MAXIMUM_BITS`.
    """
    if _bits(left) + _bits(right) > MAXIMUM_BITS:
        raise NumberTooLarge
    return settle(left * right)


def divide(left: Any, right: Any) -> Number:
    """Return the exact quotient."""
    if _bits(left) + _bits(right) > MAXIMUM_BITS:
        raise NumberTooLarge
    return settle(Fraction(left, right))


def _integers(left: Any, right: Any) -> tuple[int, int]:
    if isinstance(left, int) and isinstance(right, int):
        return left, right
    raise TypeError("div and mod are of integers")


def euclidean_div(left: Any, right: Any) -> int:
    """Return the quotient that leaves a remainder of at least zero."""
    dividend, divisor = _integers(left, right)
    return (dividend - dividend % abs(divisor)) // divisor


def euclidean_mod(left: Any, right: Any) -> int:
    """Return the remainder, at least zero and less than the divisor's size."""
    dividend, divisor = _integers(left, right)
    return dividend % abs(divisor)


def power(left: Any, right: Any) -> Number:
    """Return the power with an integral exponent.

    Raises:
        NumberTooLarge: It would be longer than `MAXIMUM_BITS`.
    """
    size = _bits(left)
    if not isinstance(right, int):
        raise TypeError("an exponent must be an integer")
    if left in (0, 1, -1):  # no size bound: these do not grow
        return settle(Fraction(left) ** (right if left == 0 else right % 2))
    if size * abs(right) > MAXIMUM_BITS:
        raise NumberTooLarge
    return settle(Fraction(left) ** right)


OPERATIONS: dict[str, Callable[[Any, Any], Number]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "div": euclidean_div,
    "mod": euclidean_mod,
    "^": power,
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
"""`<` and its like compare two numbers, or two names or texts by their characters; anything else raises TypeError."""
NEGATED = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def total(values: Any) -> Number:
    """Return the sum of numbers."""
    result: Number = 0
    for value in values:
        result = add(result, value)
    return result


def least(values: Any) -> Any:
    """Return the least value.

    Raises:
        TypeError: There is none, or the values cannot be compared.
    """
    items = list(values)
    if not items:
        raise TypeError("nothing has no least value")
    return min(items)


def greatest(values: Any) -> Any:
    """Return the greatest value.

    Raises:
        TypeError: There is none, or the values cannot be compared.
    """
    items = list(values)
    if not items:
        raise TypeError("nothing has no greatest value")
    return max(items)


AGGREGATES: dict[str, Callable[[Any], Any]] = {"count": len, "sum": total, "min": least, "max": greatest}
