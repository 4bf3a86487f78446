"""Exact arithmetic on the values of rules: what is undefined raises, and the literal is then not satisfied.

Division by zero, a `div` or `mod` of something not integral, a root of a negative number, and arithmetic on names are
undefined. A power that has a value, but no rational one, is refused: a literal with it would not be false, so nothing
may be concluded from it.
`div` and `mod` are Euclidean as in SMT-LIB: the remainder is never negative.
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


class InexactPower(Exception):
    """A power is no rational number: rules do not calculate with it.

    Args:
        base: The base, a positive number.
        exponent: The exponent, no integer.
    """

    def __init__(self, base: Number, exponent: Fraction) -> None:
        self.base, self.exponent = base, exponent
        super().__init__(base, exponent)


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
    """Return the power; where the exponent is a fraction, the root, if it is exact.

    Raises:
        NumberTooLarge: It would be longer than `MAXIMUM_BITS`.
        InexactPower: It is no rational number.
    """
    base, exponent = settle(left), settle(right)
    if isinstance(exponent, Fraction):
        base, exponent = _root(base, exponent), exponent.numerator
    if base in (0, 1, -1):  # no size bound: these do not grow
        return settle(Fraction(base) ** (exponent if base == 0 else exponent % 2))
    if _bits(base) * abs(exponent) > MAXIMUM_BITS:
        raise NumberTooLarge
    return settle(Fraction(base) ** exponent)


def _root(base: Number, exponent: Fraction) -> Number:
    """Return the number whose power with the exponent's numerator is the base to the exponent.

    Raises:
        InexactPower: There is none that is rational.
        TypeError: The base is negative, so that there is no real one.
    """
    if base < 0:
        raise TypeError("a root of a negative number")
    number, degree = Fraction(base), exponent.denominator
    above, below = _whole_root(number.numerator, degree), _whole_root(number.denominator, degree)
    if above**degree != number.numerator or below**degree != number.denominator:
        raise InexactPower(base, exponent)
    return settle(Fraction(above, below))


def _whole_root(number: int, degree: int) -> int:
    """Return the greatest integer whose power is at most a number that is not negative."""
    if number < 2 or degree >= number.bit_length():
        return min(number, 1)
    root = 1 << -(-number.bit_length() // degree)
    while (smaller := ((degree - 1) * root + number // root ** (degree - 1)) // degree) < root:  # Newton's, from above
        root = smaller
    return root


def distance(left: Any, right: Any) -> Number:
    """Return how far apart two numbers are: the absolute value of one is its distance from zero."""
    return settle(abs(left - right))


OPERATIONS: dict[str, Callable[[Any, Any], Number]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "div": euclidean_div,
    "mod": euclidean_mod,
    "^": power,
    "abs": distance,
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
