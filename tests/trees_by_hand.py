"""An oracle for deduction and abduction: all trees of a short sentence under a lexicon, by plain recursion."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from abduce.reasoning.learning.lexicon import Entry
from abduce.values import UNDEFINED, Type

Entries = dict[str, tuple[Entry, ...]]
Found = tuple[Type, Any, tuple[tuple[int, int, int, int], ...]]
"""Type and value of a constituent, and its nodes: position, entry, head (-1 at its root), slot."""


def constituents(tokens: tuple[str, ...], entries: Entries, start: int, end: int) -> Iterator[Found]:
    """Yield every constituent that covers a span and has a value."""
    for head in range(start, end):
        for number, entry in enumerate(entries.get(tokens[head], ())):
            signature = entry.label.signature
            for lefts in _fillings(tokens, entries, start, head, signature.left):
                for rights in _fillings(tokens, entries, head + 1, end, signature.right):
                    parts = (*lefts, *rights)
                    value = entry.apply(tuple(value for _, value, _ in parts))
                    if value is UNDEFINED:
                        continue
                    nodes = [(head, number, -1, -1)]
                    for slot, (_, _, below) in enumerate(parts):
                        nodes += [(p, n, head, slot) if h < 0 else (p, n, h, s) for p, n, h, s in below]
                    yield signature.result, value, tuple(sorted(nodes))


def _fillings(
    tokens: tuple[str, ...], entries: Entries, start: int, end: int, types: tuple[Type, ...]
) -> Iterator[tuple[Found, ...]]:
    if not types:
        if start == end:
            yield ()
        return
    for middle in range(start + 1, end + 1):
        firsts = [found for found in constituents(tokens, entries, start, middle) if found[0] == types[0]]
        if firsts:
            yield from ((first, *rest) for first, rest in product(firsts, _rest(tokens, entries, middle, end, types)))


def _rest(
    tokens: tuple[str, ...], entries: Entries, start: int, end: int, types: tuple[Type, ...]
) -> list[tuple[Found, ...]]:
    return list(_fillings(tokens, entries, start, end, types[1:]))
