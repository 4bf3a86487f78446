"""Numeric checks of definite integrals, by quadrature, and of limits, by values nearer and nearer."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import mpmath  # type: ignore[import-untyped]
import sympy

from abduce.solvers.sympy_checking import NO_VALUE, numeric, points
from abduce.solvers.sympy_stages import FAILURES

SEED: Final = 7
TRIES: Final = 12
ENOUGH: Final = 3
"""At how many values of parameters an integral or a limit must agree; without parameters, once."""
KINKS: Final = (sympy.Abs, sympy.sign, sympy.Max, sympy.Min, sympy.Heaviside)


def quadrature_agrees(given: Any, span: Sequence[Any], found: Any) -> bool:
    """Tell whether numeric integration gives the same; at random values of the parameters."""
    name, low, high = span
    parameters = sorted((given.free_symbols | low.free_symbols | high.free_symbols) - {name}, key=lambda s: s.name)
    inside, value = numeric(given, [name, *parameters]), numeric(found, parameters)
    ends = [numeric(bound, parameters) if bound.is_finite is not False else bound for bound in (low, high)]
    if inside is None or value is None or None in ends or not found.free_symbols <= set(parameters):
        return False
    agreed, enough = 0, ENOUGH if parameters else 1
    kinks = _kinks(given, name)
    with mpmath.workdps(30):
        positive = [one.is_positive for one in parameters]
        for tries, drawn in enumerate(points(len(parameters), random.Random(SEED))):
            point = [abs(value) if plus else value for value, plus in zip(drawn, positive, strict=True)]
            if tries == TRIES or agreed == enough:
                break
            expected = value(point)
            if expected is None:
                continue
            at = [end(point) if callable(end) else mpmath.mpf("inf") * (1 if end == sympy.oo else -1) for end in ends]
            if None in at:
                continue
            got = _by_quadrature(inside, at, point, kinks)
            if got is None or abs(got - expected) > mpmath.mpf(10) ** -8 * max(1, abs(expected)):
                return False
            agreed += 1
    return agreed >= enough


def _kinks(given: Any, name: Any) -> list[Any]:
    """Return where an integrand without parameters may have kinks, as quadrature wants them for borders."""
    edges = [one for part in given.atoms(*KINKS) for one in part.args]
    edges += [side.lhs - side.rhs for side in given.atoms(sympy.Rel)]
    found: list[Any] = []
    for edge in edges:
        try:
            roots = sympy.solve(edge, name)
        except FAILURES:
            continue
        found += [mpmath.mpmathify(root.evalf(30)) for root in roots if root.is_number and root.is_real]
    return found


def _by_quadrature(inside: Any, ends: Sequence[Any], point: Sequence[Any], kinks: Sequence[Any]) -> Any | None:
    def value(at: Any) -> Any:
        found = inside([at, *point])
        if found is None:
            raise ArithmeticError("no value")
        return found

    try:
        middle = [] if any(mpmath.isinf(end) for end in ends) else mpmath.linspace(*ends, 9)[1:-1]
        between = sorted({one for one in (*middle, *kinks) if min(ends) < one < max(ends)}, reverse=ends[0] > ends[1])
        places = [ends[0], *between, ends[1]]
        got, error = mpmath.quad(value, places, error=True, maxdegree=9)
    except NO_VALUE:
        return None
    return got if error < mpmath.mpf(10) ** -10 * max(1, abs(got)) else None


def approaches(given: Any, name: Any, place: Any, side: str, value: Any) -> bool:
    """Tell whether values come nearer and nearer to a limit, or grow beyond all bounds with its sign."""
    parameters = sorted((given.free_symbols | place.free_symbols) - {name}, key=lambda symbol: symbol.name)
    function = numeric(given, [name, *parameters])
    infinite = value in (sympy.oo, -sympy.oo)
    target = None if infinite else numeric(value, parameters)
    at = None if place in (sympy.oo, -sympy.oo) else numeric(place, parameters)
    if function is None or (target is None and not infinite) or (at is None and place.is_finite):
        return False
    agreed, enough = 0, ENOUGH if parameters else 1
    for tries, point in enumerate(points(len(parameters), random.Random(SEED))):
        if tries == TRIES or agreed == enough:
            break
        with mpmath.workdps(4000):
            middle = None if at is None else at(point)
            goal = None if target is None else target(point)
            gaps = _gaps(function, point, middle, side, place, goal)
        if gaps is None:
            continue
        if not _shrinks(gaps, value, infinite=infinite):
            return False
        agreed += 1
    return agreed >= enough


def _gaps(function: Any, point: Sequence[Any], middle: Any, side: str, place: Any, goal: Any) -> list[Any] | None:
    found: list[Any] = []
    for exponent in (1, 8, 60, 450):
        far = mpmath.mpf(10) ** exponent
        there = (far if place == sympy.oo else -far) if middle is None else middle + (1 if side == "+" else -1) / far
        got = function([there, *point])
        if got is None:
            if len(found) < 2:
                return None
            break  # too large to compute: the earlier ones must do
        found.append(got if goal is None else abs(got - goal))
    return found


def _shrinks(gaps: Sequence[Any], value: Any, *, infinite: bool) -> bool:
    if infinite:
        sign = 1 if value == sympy.oo else -1
        sizes = [sign * mpmath.re(gap) for gap in gaps]
        return all(after > 1.05 * before for before, after in pairwise(sizes[1:])) and sizes[-1] > 5
    return all(after <= before / 2 or after < mpmath.mpf(10) ** -100 for before, after in pairwise(gaps)) and (
        gaps[-1] < mpmath.mpf(10) ** -2
    )
