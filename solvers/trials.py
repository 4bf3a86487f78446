"""Which values of a bound variable are tried, and how far that has come."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from math import ceil, floor

from abduce.solvers.operations import Undecided, Value


class Trial:
    """The values of a bound variable that are being tried."""

    __slots__ = ("doubt", "exhaustive", "last", "values")

    def __init__(self, values: Iterator[Value], *, exhaustive: bool) -> None:
        self.values, self.exhaustive = values, exhaustive
        self.doubt: Undecided | None = None
        self.last = False


def between(places: Sequence[Fraction]) -> list[Value]:
    """Places, a value between each two, and one beyond either end."""
    if not places:
        return [Fraction(0)]
    found: list[Value] = [places[0] - 1]
    for place, following in zip(places, [*places[1:], places[-1] + 2], strict=True):
        found += [place, (place + following) / 2]
    return found


def around(places: Collection[Fraction], period: int) -> Sequence[Value]:
    """All integers that are near a place, as many on each side as the period."""
    if not places:
        return list(range(period))
    return sorted({value for place in places for value in range(floor(place) - period, ceil(place) + period + 1)})
