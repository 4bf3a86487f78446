"""The oracle of the parser's tests: all trees of a short sentence, by plain enumeration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import pytest

Node = tuple[int, int, int, int]
"""Position, label, head (-1 for the root) and slot in sentence order (-1 for the root)."""
Nodes = tuple[Node, ...]
Enumerate = Callable[[Sequence[Sequence[tuple[int, int] | None]]], list[Nodes]]


def _cuts(start: int, end: int, parts: int) -> Iterator[list[tuple[int, int]]]:
    if parts == 0:
        if start == end:
            yield []
        return
    for middle in range(start + 1, end - parts + 2):
        for rest in _cuts(middle, end, parts - 1):
            yield [(start, middle), *rest]


def _constituents(
    valencies: Sequence[Sequence[tuple[int, int] | None]], start: int, end: int, head: int, slot: int
) -> Iterator[Nodes]:
    for position in range(start, end):
        for label, valency in enumerate(valencies[position]):
            if valency is None:
                continue
            left, right = valency
            for lefts in _cuts(start, position, left):
                for rights in _cuts(position + 1, end, right):
                    parts = [
                        list(_constituents(valencies, i, j, position, s)) for s, (i, j) in enumerate((*lefts, *rights))
                    ]
                    for choice in product(*parts):
                        own = ((position, label, head, slot),)
                        yield tuple(sorted(sum(choice, own)))


def enumerate_trees(valencies: Sequence[Sequence[tuple[int, int] | None]]) -> list[Nodes]:
    """Return all trees, given for each position and label its arguments left and right, None if absent."""
    return list(_constituents(valencies, 0, len(valencies), -1, -1))


@pytest.fixture(scope="session")
def all_trees() -> Enumerate:
    return enumerate_trees
