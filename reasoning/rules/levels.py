"""The rules of a stratum, and what new rows set each of them off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

from abduce.reasoning.rules.ground import Predicate, Row
from abduce.reasoning.rules.shapes import Rule, Shape
from abduce.reasoning.rules.strata import negative_slots

Rows: TypeAlias = dict[Row, int]
"""Rows, each with the round in which it was derived."""


@lru_cache(maxsize=4096)
def drivers(shape: Shape) -> tuple[tuple[int, int], ...]:
    """Return the plain atoms of a body: the number of the literal and the predicate's slot."""
    return tuple((number, literal[1]) for number, literal in enumerate(shape.body) if literal[0] == "p")


class Variant:
    """A rule driven by the new rows of one of its atoms."""

    __slots__ = ("driver", "rule", "run")

    def __init__(self, rule: Rule, driver: int | None) -> None:
        self.rule, self.driver = rule, driver
        self.run: Callable[[Iterable[Row], Rows, int], None] | None = None


class Level:
    """The rules of one stratum, by what may set them off."""

    __slots__ = ("before", "heads", "negative", "rules", "variants", "within")

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self.heads = {rule.head for rule in rules}
        self.before: dict[Predicate, list[Variant]] = {}
        self.within: dict[Predicate, list[Variant]] = {}
        self.negative: set[Predicate] = set()
        self.variants: dict[Rule, list[Variant]] = {}
        for rule in rules:
            self._enter(rule)

    def _enter(self, rule: Rule) -> None:
        seen = set()
        variants = self.variants[rule] = []
        for literal, slot in drivers(rule.shape):
            predicate = rule.predicates[slot]
            variant = Variant(rule, literal)
            variants.append(variant)
            # the first atom of a predicate meets the others' old rows, the further ones meet the new rows as well
            (self.within if predicate in seen else self.before).setdefault(predicate, []).append(variant)
            seen.add(predicate)
        if len(variants) < len(rule.predicates):
            self.negative.update(rule.predicates[slot] for slot in negative_slots(rule.shape.body))

    @property
    def positive(self) -> set[Predicate]:
        """The predicates of plain atoms."""
        return set(self.before)

    def forget(self) -> None:
        """Drop the compiled functions: what they remember of aggregates is out of date."""
        for variants in self.variants.values():
            for variant in variants:
                variant.run = None
