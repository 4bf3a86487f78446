"""Exact arithmetic with a root of a polynomial: enough to tell whether a model that holds one is a model.

A number is a Fraction or an element of the field that one root generates, a polynomial in that root. Signs come from
rational intervals around the root that are halved until they tell; whether an element is zero is told by common
divisors. What would take a field of two roots is not attempted: `CannotTell`.

Source: isolation and counting of real roots by Sturm's sequence; B. Mishra, Algorithmic Algebra, 1993, chapter 8.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import floor, lcm
from typing import TypeAlias

from abduce.solvers.base import Algebraic

Polynomial: TypeAlias = tuple[Fraction, ...]
"""Coefficients, that of the constant term first; the last is not zero, and zero is `()`."""

LARGEST_DEGREE = 64
MOST_HALVINGS = 4096


class CannotTell(ArithmeticError):
    """The result needs a field of two roots, or more halvings or a higher degree than allowed."""


class Root:
    """A real root of a polynomial, between rational bounds that can be narrowed.

    Attributes:
        polynomial: A square-free polynomial that it is a root of.
        low, high: Bounds; the only root in the half-open interval from `low` (not included) to `high`.
    """

    __slots__ = ("_chain", "high", "low", "polynomial")

    def __init__(self, polynomial: Polynomial, low: Fraction, high: Fraction) -> None:
        self.polynomial, self.low, self.high = polynomial, low, high
        self._chain = sturm_chain(polynomial)

    def halve(self) -> None:
        middle = (self.low + self.high) / 2
        if roots_between(self._chain, self.low, middle):
            self.high = middle
        else:
            self.low = middle

    def is_root_of(self, other: Polynomial) -> bool:
        """Whether it is a root of another polynomial too."""
        common = greatest_common_divisor(self.polynomial, other)
        return len(common) > 1 and roots_between(sturm_chain(common), self.low, self.high) > 0

    def sheds(self, divisor: Polynomial) -> None:
        """Divide the polynomial by a divisor that it is not a root of."""
        self.polynomial = divide(self.polynomial, divisor)[0]
        self._chain = sturm_chain(self.polynomial)


class Irrational:
    """An element of the field of a root: a polynomial in it, of lower degree than its polynomial."""

    __slots__ = ("element", "root")

    def __init__(self, root: Root, element: Polynomial) -> None:
        self.root, self.element = root, element

    def bounds(self) -> tuple[Fraction, Fraction]:
        """Return rational bounds from those of the root, by Horner's scheme on intervals."""
        low = high = Fraction(0)
        for coefficient in reversed(self.element):
            corners = [a * b for a in (low, high) for b in (self.root.low, self.root.high)]
            low, high = min(corners) + coefficient, max(corners) + coefficient
        return low, high


Exact: TypeAlias = Fraction | Irrational


def exact(value: int | Fraction | Algebraic) -> Exact:
    """Return a model's number for exact arithmetic.

    Raises:
        CannotTell: The polynomial's degree is above `LARGEST_DEGREE`.
        ValueError: It has not so many real roots.
    """
    if not isinstance(value, Algebraic):
        return Fraction(value)
    polynomial = square_free(trimmed([Fraction(c) for c in value.coefficients]))
    if len(polynomial) - 1 > LARGEST_DEGREE:
        raise CannotTell(f"a root of a polynomial of degree {len(polynomial) - 1}")
    if len(polynomial) == 2:
        return -polynomial[0] / polynomial[1]
    return _normal(_isolated(polynomial, value.index), (Fraction(0), Fraction(1)))


def algebraic(value: Exact) -> Fraction | Algebraic:
    """Return a number as a model holds it: a Fraction, or a root by its polynomial and its place among the roots."""
    if isinstance(value, Fraction):
        return value
    polynomial = _polynomial_of(value)
    chain = sturm_chain(polynomial)
    _, high = _separated(value, chain)
    if len(polynomial) == 2:
        return -polynomial[0] / polynomial[1]
    index = roots_between(chain, -_bound(polynomial), high) - 1
    scale = lcm(*(coefficient.denominator for coefficient in polynomial))
    return Algebraic(tuple(int(coefficient * scale) for coefficient in polynomial), index)


def add(left: Exact, right: Exact) -> Exact:
    """Return the sum."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left + right
    root, (a, b) = _in_one_field(left, right)
    return _normal(root, plus(a, b))


def multiply(left: Exact, right: Exact) -> Exact:
    """Return the product."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left * right
    root, (a, b) = _in_one_field(left, right)
    return _normal(root, times(a, b))


def inverse(value: Exact) -> Exact:
    """Return one divided by a number other than zero."""
    if isinstance(value, Fraction):
        return 1 / value
    root = value.root
    common = greatest_common_divisor(root.polynomial, value.element)
    if len(common) > 1:
        root.sheds(common)
    old, new = root.polynomial, value.element
    x: Polynomial = ()
    y: Polynomial = (Fraction(1),)
    while new:
        quotient, rest = divide(old, new)
        old, new = new, rest
        x, y = y, plus(x, scaled(times(quotient, y), Fraction(-1)))
    return _normal(root, scaled(x, 1 / old[0]))


def sign(value: Exact) -> int:
    """Return -1, 0 or 1.

    Raises:
        CannotTell: Too many halvings were needed.
    """
    if isinstance(value, Fraction):
        return (value > 0) - (value < 0)
    if value.root.is_root_of(value.element):
        return 0
    for _ in range(MOST_HALVINGS):
        low, high = value.bounds()
        if low > 0 or high < 0:
            return 1 if low > 0 else -1
        value.root.halve()
    raise CannotTell("the sign of a number very near zero")


def compare(left: Exact, right: Exact) -> int:
    """Return the sign of the difference; numbers of different fields can be compared too."""
    try:
        return sign(add(left, multiply(Fraction(-1), right)))
    except CannotTell:
        if isinstance(left, Fraction) or isinstance(right, Fraction):
            raise
    if _same_number(left, right):
        return 0
    for _ in range(MOST_HALVINGS):
        (low, high), (other_low, other_high) = left.bounds(), right.bounds()
        if high < other_low or other_high < low:
            return -1 if high < other_low else 1
        left.root.halve()
        right.root.halve()
    raise CannotTell("the order of two numbers very near each other")


def whole_part(value: Exact) -> int:
    """Return the greatest integer that is not greater."""
    if isinstance(value, Fraction):
        return floor(value)
    for _ in range(MOST_HALVINGS):
        low, high = map(floor, value.bounds())
        if low == high:
            return low
        if high == low + 1:
            return high if compare(value, Fraction(high)) >= 0 else low
        value.root.halve()
    raise CannotTell("the whole part of a number")


def rational_bounds(value: Exact, width: Fraction) -> tuple[Fraction, Fraction]:
    """Return rational bounds that are no further apart than `width`."""
    if isinstance(value, Fraction):
        return value, value
    for _ in range(MOST_HALVINGS):
        low, high = value.bounds()
        if high - low <= width:
            return low, high
        value.root.halve()
    raise CannotTell("narrow bounds of a number")


# fields -----------------------------------------------------------------------------------------------------


def _normal(root: Root, element: Polynomial) -> Exact:
    rest = divide(element, root.polynomial)[1] if len(element) >= len(root.polynomial) else element
    if len(rest) <= 1:
        return rest[0] if rest else Fraction(0)
    return Irrational(root, rest)


def _in_one_field(left: Exact, right: Exact) -> tuple[Root, tuple[Polynomial, Polynomial]]:
    if isinstance(left, Fraction):
        assert isinstance(right, Irrational)
        return right.root, (trimmed([left]), right.element)
    if isinstance(right, Fraction):
        return left.root, (left.element, trimmed([right]))
    if left.root is right.root or _same_root(left.root, right.root):
        return left.root, (left.element, right.element)
    raise CannotTell("arithmetic with roots of different polynomials")


def _same_root(left: Root, right: Root) -> bool:
    common = greatest_common_divisor(left.polynomial, right.polynomial)
    if len(common) <= 1:
        return False
    low, high = max(left.low, right.low), min(left.high, right.high)
    return low < high and roots_between(sturm_chain(common), low, high) > 0


def _same_number(left: Irrational, right: Irrational) -> bool:
    roots = []
    for value in (left, right):
        polynomial = _polynomial_of(value)
        roots.append(Root(polynomial, *_separated(value, sturm_chain(polynomial))))
    return _same_root(*roots)


def _separated(value: Irrational, chain: Sequence[Polynomial]) -> tuple[Fraction, Fraction]:
    """Narrow bounds until they hold one root of a polynomial; the lower bound is not that root."""
    for _ in range(MOST_HALVINGS):
        low, high = value.bounds()
        low -= (high - low) / 2**8
        if roots_between(chain, low, high) == 1:
            return low, high
        value.root.halve()
    raise CannotTell("which of several roots a number is")


def _polynomial_of(value: Irrational) -> Polynomial:
    """Return a square-free polynomial that an element is a root of: the first linear dependence of its powers."""
    degree = len(value.root.polynomial) - 1
    power: Polynomial = (Fraction(1),)
    rows: list[tuple[list[Fraction], list[Fraction]]] = []
    for exponent in range(degree + 1):
        vector = list(power) + [Fraction(0)] * (degree - len(power))
        made_of = [Fraction(0)] * (degree + 1)
        made_of[exponent] = Fraction(1)
        for row, origin in rows:
            pivot = next(at for at, entry in enumerate(row) if entry)
            if vector[pivot]:
                factor = vector[pivot] / row[pivot]
                vector = [a - factor * b for a, b in zip(vector, row, strict=True)]
                made_of = [a - factor * b for a, b in zip(made_of, origin, strict=True)]
        if not any(vector):
            return square_free(trimmed(made_of))
        rows.append((vector, made_of))
        power = divide(times(power, value.element), value.root.polynomial)[1]
    raise AssertionError("more powers than the field has dimensions are dependent")


def _isolated(polynomial: Polynomial, index: int) -> Root:
    chain = sturm_chain(polynomial)
    low, high = -_bound(polynomial), _bound(polynomial)
    if not 0 <= index < roots_between(chain, low, high):
        raise ValueError(f"root {index} of a polynomial with {roots_between(chain, low, high)} real roots")
    start = low
    while roots_between(chain, low, high) > 1:
        middle = (low + high) / 2
        if roots_between(chain, start, middle) > index:
            high = middle
        else:
            low = middle
    return Root(polynomial, low, high)


def _bound(polynomial: Polynomial) -> Fraction:
    """Cauchy's bound on the absolute values of the roots, and one more."""
    return 2 + max(abs(coefficient / polynomial[-1]) for coefficient in polynomial)


# polynomials ------------------------------------------------------------------------------------------------


def trimmed(coefficients: Sequence[Fraction]) -> Polynomial:
    """Return a polynomial without leading zeros."""
    size = len(coefficients)
    while size and not coefficients[size - 1]:
        size -= 1
    return tuple(coefficients[:size])


def plus(left: Polynomial, right: Polynomial) -> Polynomial:
    """Return the sum."""
    size = max(len(left), len(right))
    zero = Fraction(0)
    pairs = zip((*left, *[zero] * (size - len(left))), (*right, *[zero] * (size - len(right))), strict=True)
    return trimmed([a + b for a, b in pairs])


def scaled(polynomial: Polynomial, factor: Fraction) -> Polynomial:
    """Return a multiple."""
    return trimmed([factor * coefficient for coefficient in polynomial])


def times(left: Polynomial, right: Polynomial) -> Polynomial:
    """Return the product."""
    if not left or not right:
        return ()
    found = [Fraction(0)] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            found[i + j] += a * b
    return trimmed(found)


def divide(left: Polynomial, right: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Return quotient and remainder."""
    rest, quotient = list(left), [Fraction(0)] * max(len(left) - len(right) + 1, 0)
    for at in range(len(quotient) - 1, -1, -1):
        factor = rest[at + len(right) - 1] / right[-1]
        quotient[at] = factor
        for place, coefficient in enumerate(right):
            rest[at + place] -= factor * coefficient
    return trimmed(quotient), trimmed(rest)


def greatest_common_divisor(left: Polynomial, right: Polynomial) -> Polynomial:
    """Return the monic greatest common divisor."""
    while right:
        left, right = right, divide(left, right)[1]
    return scaled(left, 1 / left[-1]) if left else ()


def derivative(polynomial: Polynomial) -> Polynomial:
    """Return the derivative."""
    return trimmed([degree * coefficient for degree, coefficient in enumerate(polynomial)][1:])


def square_free(polynomial: Polynomial) -> Polynomial:
    """Return the polynomial of the same roots, each once."""
    common = greatest_common_divisor(polynomial, derivative(polynomial))
    return divide(polynomial, common)[0] if len(common) > 1 else polynomial


def at(polynomial: Polynomial, place: Fraction) -> Fraction:
    """Return the value at a place."""
    value = Fraction(0)
    for coefficient in reversed(polynomial):
        value = value * place + coefficient
    return value


def sturm_chain(polynomial: Polynomial) -> list[Polynomial]:
    """Return Sturm's sequence."""
    chain = [polynomial, derivative(polynomial)]
    while chain[-1]:
        chain.append(scaled(divide(chain[-2], chain[-1])[1], Fraction(-1)))
    return chain[:-1]


def roots_between(chain: Sequence[Polynomial], low: Fraction, high: Fraction) -> int:
    """Return how many roots of a square-free polynomial are above `low` and not above `high`."""
    return _changes(chain, low) - _changes(chain, high)


def _changes(chain: Sequence[Polynomial], place: Fraction) -> int:
    signs = [value > 0 for polynomial in chain if (value := at(polynomial, place))]
    return sum(a != b for a, b in pairwise(signs))
