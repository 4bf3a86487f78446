"""Parts of the space of all values, with the answers that were given in them, and how such a part is cut in two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cmp_to_key
from typing import TypeAlias

from abduce.solvers.algebraic import compare, exact
from abduce.solvers.base import Algebraic, ModelValue
from abduce.solvers.numerals import above
from abduce.solvers.terms import ARITHMETIC, BOOL, Term, equal, negation

Answer: TypeAlias = tuple[ModelValue, ...]
"""Values of the terms. Elements of uninterpreted sorts are numbered in the order in which the terms show them: they
say which terms are equal, and nothing else."""


@dataclass(frozen=True, slots=True)
class Given:
    """Answers that were given: one, or along the axis all from its value there to `last`."""

    answer: Answer
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """Part of the space.

    Attributes:
        bounds: What holds in it.
        given: Answers in it that were given already.
        low, high: The integers along the axis that it is between, where it is.
    """

    bounds: tuple[Term, ...] = ()
    given: tuple[Given, ...] = ()
    low: int | None = None
    high: int | None = None


def cut(terms: Sequence[Term], axis: int | None, region: Region, given: Sequence[Given]) -> tuple[Region, ...]:
    """Cut a region in two so that each half has some of the answers given; nothing where none is seen.

    Args:
        terms: Whose values the answers are.
        axis: Which of them is gone along in blocks.
        region: The region.
        given: The answers that were given in it.
    """
    best: tuple[int, int] | None = None
    for place, term in enumerate(terms):
        kinds = len({one.answer[place] for one in given})
        if (term.sort in ARITHMETIC or term.sort == BOOL) and kinds > 1 and (best is None or kinds > best[0]):
            best = (kinds, place)
    if best is None:
        return _cut_by_equality(terms, region, given)
    place = best[1]
    if terms[place].sort == BOOL:
        holds = [one for one in given if one.answer[place] is True]
        fails = [one for one in given if one.answer[place] is False]
        return (
            _half(region, terms[place], holds),
            _half(region, negation(terms[place]), fails),
        )
    return _cut_at_value(terms, axis, region, given, place)


def _cut_at_value(
    terms: Sequence[Term], axis: int | None, region: Region, given: Sequence[Given], place: int
) -> tuple[Region, ...]:
    def by_value(one: Given, two: Given) -> int:
        return _order(one.answer[place], two.answer[place])

    ordered = sorted(given, key=cmp_to_key(by_value))
    middle = (len(ordered) - 1) // 2
    while middle and _order(ordered[middle].answer[place], ordered[-1].answer[place]) == 0:
        middle -= 1
    value = ordered[middle].answer[place]
    assert isinstance(value, int | Fraction | Algebraic)
    along = place == axis
    if along:
        last = ordered[middle].last
        value = value if last is None else last
    lower = [one for one in ordered if _order(one.answer[place], value) <= 0]
    upper = ordered[len(lower) :]
    beyond = above(terms[place], value)
    below = _half(region, negation(beyond), lower)
    over = _half(region, beyond, upper)
    if along:
        assert isinstance(value, int)
        return replace(below, high=value), replace(over, low=value + 1)
    return below, over


def _cut_by_equality(terms: Sequence[Term], region: Region, given: Sequence[Given]) -> tuple[Region, ...]:
    for place, term in enumerate(terms):
        for other in range(place):
            if terms[other].sort != term.sort:
                continue
            alike = [one for one in given if one.answer[place] == one.answer[other]]
            if 0 < len(alike) < len(given):
                apart = [one for one in given if one.answer[place] != one.answer[other]]
                equation = equal(term, terms[other])
                return _half(region, equation, alike), _half(region, negation(equation), apart)
    return ()


def _half(region: Region, bound: Term, given: Sequence[Given]) -> Region:
    return Region((*region.bounds, bound), tuple(given), region.low, region.high)


def _order(left: ModelValue, right: ModelValue) -> int:
    assert isinstance(left, int | Fraction | Algebraic) and isinstance(right, int | Fraction | Algebraic)
    return compare(exact(left), exact(right))
