"""Composition: longer sentences put together from parsed ones, and whether the parser reads them as they were made.

In a tree a constituent is replaced by one from another tree whose head behaves alike, so that every arc is one that
the parser has used on a sentence it got right. If it then reads the longer sentence otherwise, to another value, its
arcs do not carry over to sentences longer than those it has learned from.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from abduce.parser.model import Parse
from abduce.parser.scorers import Inventory
from abduce.values import Tokens

COMPOSED = 400
ATTEMPTS = 30
REPLACED = 6
LONGER = 2.1


@dataclass(frozen=True, slots=True)
class Parsed:
    """A sentence with a tree."""

    tokens: Tokens
    tree: Parse


def composed(parsed: Sequence[Parsed], inventory: Inventory, seed: int, count: int = COMPOSED) -> list[Parsed]:
    """Return sentences longer than all the given ones, at most `LONGER` times as long, made of their constituents."""
    generator = random.Random(seed)
    longest = max((len(one.tokens) for one in parsed), default=0)
    constituents: dict[int, list[tuple[int, int]]] = {}
    for number, one in enumerate(parsed):
        for position, label in enumerate(one.tree.labels):
            constituents.setdefault(int(inventory.unit_of[label]), []).append((number, position))
    found: dict[Tokens, Parsed] = {}
    for _ in range(ATTEMPTS * count if parsed else 0):
        one = generator.choice(parsed)
        for _ in range(REPLACED):
            place = generator.randrange(len(one.tokens))
            number, position = generator.choice(constituents[int(inventory.unit_of[one.tree.labels[place]])])
            one = grafted(one, place, parsed[number], position)
        if longest < len(one.tokens) <= LONGER * longest:
            found.setdefault(one.tokens, one)
        if len(found) == count:
            break
    return list(found.values())


def grafted(one: Parsed, place: int, other: Parsed, position: int) -> Parsed:
    """Return a sentence in which the constituent headed at a place is another sentence's, headed at a position."""
    start, end = _span(one.tree, place)
    first, last = _span(other.tree, position)
    shift = (last - first) - (end - start)

    def outer(head: int) -> int:
        return head if head < start else head + shift

    def outside(positions: range) -> Iterator[tuple[int, int, int]]:
        for n in positions:
            yield one.tree.labels[n], outer(one.tree.heads[n]), one.tree.slots[n]

    def inside() -> Iterator[tuple[int, int, int]]:
        for n in range(first, last):
            if n == position:
                yield other.tree.labels[n], outer(one.tree.heads[place]), one.tree.slots[place]
            else:
                yield other.tree.labels[n], other.tree.heads[n] - first + start, other.tree.slots[n]

    rows = [*outside(range(start)), *inside(), *outside(range(end, len(one.tokens)))]
    labels, heads, slots = zip(*rows, strict=True)
    tokens = (*one.tokens[:start], *other.tokens[first:last], *one.tokens[end:])
    return Parsed(tokens, Parse(labels, heads, slots))


def _span(tree: Parse, head: int) -> tuple[int, int]:
    """Return where a constituent begins and ends, from its head."""
    inside = {head}
    grown = True
    while grown:
        more = {n for n, above in enumerate(tree.heads) if above in inside} - inside
        inside |= more
        grown = bool(more)
    return min(inside), max(inside) + 1
