"""Checks of what algebra found, apart from what found it: at random points, in many digits, by mpmath.

Points are real, of both signs and several sizes, as the variables of the query language are. A check confirms,
refutes, or cannot tell (`None`); where an expression has no value at a point, the point says nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import mpmath  # type: ignore[import-untyped]
import sympy

DIGITS: Final = 50
AGREE: Final = mpmath.mpf(10) ** -25
"""Largest relative difference of two values that are taken to be equal."""
POINTS: Final = 24
ENOUGH: Final = 5
"""How many points must have agreed."""
TRIES: Final = 96
SIZES: Final = ((0.05, 0.95), (1.05, 3.0), (3.0, 9.0))
SEED: Final = 20
NO_VALUE: Final = (ArithmeticError, ValueError, TypeError, NotImplementedError, AttributeError, NameError, KeyError)
"""What mpmath and sympy raise where an expression has no value, or cannot be computed there."""
UNEVALUATED: Final = (sympy.Derivative, sympy.Integral, sympy.Subs, sympy.Limit, sympy.Sum)


class Numeric:
    """An expression as a function of numbers.

    Args:
        expr: The expression.
        names: Its symbols, in the order in which values come.
    """

    def __init__(self, expr: Any, names: Sequence[Any]) -> None:
        # dummify: no name that a user wrote gets into the code that sympy generates
        expr = expr.replace(lambda part: isinstance(part, sympy.CRootOf), _in_digits)
        self._call = sympy.lambdify(names, expr, modules="mpmath", dummify=True, cse=True)

    def __call__(self, values: Sequence[Any]) -> Any | None:
        """Return the value, None where there is none."""
        try:
            value = mpmath.mpmathify(self._call(*values))
        except NO_VALUE:
            return None
        return value if mpmath.isfinite(value) else None


def _in_digits(root: Any) -> Any:
    """Return a root of a polynomial in many digits: sympy isolates it, Newton's steps do the rest."""
    with mpmath.workdps(2 * DIGITS + 20):
        start = mpmath.mpmathify(root.evalf(15))
        coefficients = [mpmath.mpf(int(value)) for value in root.poly.all_coeffs()]
        found = mpmath.findroot(lambda at: mpmath.polyval(coefficients, at), start, tol=mpmath.mpf(10) ** -(3 * DIGITS))
        return sympy.sympify(found)


def numeric(expr: Any, names: Sequence[Any]) -> Numeric | None:
    """Return an expression as a function, None where mpmath does not know all of it."""
    if expr.has(*UNEVALUATED, sympy.nan, sympy.zoo):
        return None
    try:
        return Numeric(expr, names)
    except NO_VALUE:
        return None


def points(count: int, generator: random.Random) -> Iterator[tuple[Any, ...]]:
    """Yield random real points of so many coordinates."""
    while True:
        yield tuple(
            mpmath.mpf(generator.choice((-1, 1)) * generator.uniform(*generator.choice(SIZES))) for _ in range(count)
        )


def equal(left: Any, right: Any) -> bool:
    """Tell whether two numbers agree in all but their last digits."""
    return bool(abs(left - right) <= AGREE * max(abs(left), abs(right), mpmath.mpf(10) ** -10))


def same(left: Any, right: Any, *, total: bool = False) -> bool | None:
    """Tell whether two expressions have the same values.

    Args:
        left: The one.
        right: The other.
        total: Whether the right one must have a value wherever the left one has.
    """
    names = sorted(left.free_symbols | right.free_symbols, key=lambda symbol: symbol.name)
    one, other = numeric(left, names), numeric(right, names)
    return None if one is None or other is None else agree(one, other, len(names), total=total)


def agree(
    one: Callable[[Sequence[Any]], Any],
    other: Callable[[Sequence[Any]], Any],
    coordinates: int,
    *,
    total: bool = True,
) -> bool | None:
    """Tell whether two functions agree at random points; with `total`, the second has values wherever the first has."""
    agreed, missing = 0, 0
    with mpmath.workdps(DIGITS):
        for tries, point in enumerate(points(coordinates, random.Random(SEED))):
            if tries == TRIES or agreed == POINTS or (not coordinates and tries):
                break
            left = one(point)
            if left is None:
                continue
            right = other(point)
            if right is None:
                missing += 1
            elif not equal(left, right):
                return False
            else:
                agreed += 1
    if missing and (total or missing > agreed):
        return None
    return True if agreed >= (ENOUGH if coordinates else 1) else None


def real_symbols(*exprs: Any) -> tuple[Any, ...]:
    """Return expressions with real symbols in place of those about which nothing is known."""
    names = sorted(set().union(*(expr.free_symbols for expr in exprs)), key=lambda symbol: symbol.name)
    real = {symbol: sympy.Dummy(symbol.name, real=True) for symbol in names}
    return tuple(expr.xreplace(real) for expr in exprs)


def derivative_agrees(found: Any, given: Any, variable: Any) -> bool | None:
    """Tell whether an expression's derivative is another expression, wherever that has a value."""
    if found.has(*UNEVALUATED):
        return None
    found, given, variable = real_symbols(found, given, variable)
    names = sorted(
        found.free_symbols | given.free_symbols | {variable}, key=lambda symbol: (symbol is not variable, symbol.name)
    )
    wanted = numeric(given, names)
    slope = _slope(found, variable, names)
    return None if wanted is None or slope is None else agree(wanted, slope, len(names))


def _slope(found: Any, variable: Any, names: Sequence[Any]) -> Callable[[Sequence[Any]], Any] | None:
    """Return the derivative by sympy's rules, or where these leave something open, by differences."""
    exact = sympy.diff(found, variable).replace(sympy.DiracDelta, lambda *_: sympy.S.Zero)
    slope = numeric(exact, names)
    if slope is not None and slope([mpmath.mpf(1) / 3] * len(names)) is not None:
        return slope
    value = numeric(found, names)
    return None if value is None and slope is None else slope if value is None else lambda at: difference(value, at)


def difference(function: Callable[[Sequence[Any]], Any], point: Sequence[Any]) -> Any | None:
    """Return the derivative by the first coordinate, from differences in twice as many digits."""
    with mpmath.workdps(2 * DIGITS + 10):
        step = mpmath.mpf(10) ** -(2 * DIGITS // 3)
        values = [function((point[0] + shift * step, *point[1:])) for shift in (-2, -1, 1, 2)]
        if any(value is None for value in values):
            return None
        far_left, left, right, far_right = values
        return (far_left - 8 * left + 8 * right - far_right) / (12 * step)


def shown_equal(left: Any, right: Any) -> bool:
    """Tell whether sympy's simplification, too, finds two expressions equal; False where it does not find out."""
    return bool(sympy.simplify(left - right) == 0)


def solves(equations: Sequence[Any], solution: Mapping[Any, Any]) -> bool | None:
    """Tell whether values solve equations: substituted exactly, at random values of what stays free.

    An equation is an expression that must be zero, or a condition that must hold.
    """
    certain = True
    for equation in equations:
        found = _holds(equation, solution)
        if found is False:
            return False
        certain = certain and bool(found)
    return True if certain else None


def _holds(equation: Any, solution: Mapping[Any, Any]) -> bool | None:
    left, right = (equation.lhs, equation.rhs) if isinstance(equation, sympy.Rel) else (equation, sympy.S.Zero)
    free = sorted(
        (left.free_symbols | right.free_symbols | _free(solution)) - set(solution), key=lambda symbol: symbol.name
    )
    names = [*solution, *free]
    one, other, values = (
        numeric(left, names),
        numeric(right, names),
        [numeric(value, free) for value in solution.values()],
    )
    if one is None or other is None or any(value is None for value in values):
        return None
    relation = equation.rel_op if isinstance(equation, sympy.Rel) else "=="
    agreed = 0
    with mpmath.workdps(2 * DIGITS):
        for tries, point in enumerate(points(len(free), random.Random(SEED))):
            if tries == TRIES or agreed == ENOUGH or (not free and tries):
                break
            at = [value(point) for value in values if value is not None]
            if any(value is None for value in at):
                continue
            both = one([*at, *point]), other([*at, *point])
            if None in both:
                continue
            if not _related(relation, *both, size=max(map(abs, (*at, *point)), default=mpmath.mpf(1))):
                return False
            agreed += 1
    return True if agreed >= (ENOUGH if free else 1) else None


def _free(solution: Mapping[Any, Any]) -> set[Any]:
    return set().union(*(value.free_symbols for value in solution.values())) if solution else set()


def _related(relation: str, left: Any, right: Any, *, size: Any) -> bool:
    near = abs(left - right) <= mpmath.mpf(10) ** -(DIGITS + 10) * max(abs(left), abs(right), size, 1)
    if relation in ("==", "!="):
        return bool(near) == (relation == "==")
    if mpmath.im(left) or mpmath.im(right):
        return False
    if near:
        return relation in ("<=", ">=")
    return bool(left < right) if relation.startswith("<") else bool(left > right)
