"""Deduction: the values that a sentence's spans can have, by a chart over all trees of the lexicon.

Since a lexicon has no context, a span's values depend on its tokens alone: cells are kept by their tokens
and shared between all sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from abduce.reasoning.learning.lexicon import Entry
from abduce.values import UNDEFINED, MarkType, Tokens, Type, Value

VALUES_PER_CELL = 48

Cell = dict[Type, dict[Value, float]]
"""For each type the values that a span can have, each with the number of trees that give it."""
Filling = tuple[tuple[Value, ...], float]


class Chart:
    """Values of spans under a fixed lexicon.

    Args:
        entries: For each symbol the ways in which it may stand in a tree. A symbol that is absent is unknown:
            it may only be a mark.
        parent: A chart over a lexicon that differs in `changed` only; its cells are used where those symbols
            do not occur.
        changed: The symbols whose entries differ from the parent's.
        limit: How many values a cell keeps for each type, those with the most trees first. Where more were left out,
            `cut` says so from then on.
    """

    def __init__(
        self,
        entries: dict[str, tuple[Entry, ...]],
        *,
        parent: Chart | None = None,
        changed: frozenset[str] = frozenset(),
        limit: int = VALUES_PER_CELL,
    ) -> None:
        self.entries = entries
        self.parent = parent
        self.changed = changed
        self.limit = limit
        self.cells: dict[Tokens, Cell] = {}
        self.fillings: dict[tuple[Tokens, tuple[Type, ...]], list[Filling]] = {}
        self.cut = False

    def variant(self, changed: dict[str, tuple[Entry, ...]]) -> Chart:
        """Return a chart in which some symbols have other entries; it shares all cells it can."""
        return Chart({**self.entries, **changed}, parent=self, changed=frozenset(changed), limit=self.limit)

    def cell(self, tokens: Tokens) -> Cell:
        """Return the values of a span, computing those of its parts first."""
        found = self._known(tokens)
        if found is not None:
            return found
        for width in range(1, len(tokens) + 1):
            for start in range(len(tokens) - width + 1):
                part = tokens[start : start + width]
                if self._known(part) is None:
                    self.cells[part] = self._build(part)
        return self.cells[tokens]

    def _known(self, tokens: Tokens) -> Cell | None:
        if self.parent is not None and self.changed.isdisjoint(tokens):
            return self.parent.cell(tokens)
        return self.cells.get(tokens)

    def _build(self, tokens: Tokens) -> Cell:
        cell: Cell = {}
        length = len(tokens)
        for head, symbol in enumerate(tokens):
            known = self.entries.get(symbol)
            if known is None:
                if length == 1:
                    cell.setdefault(MarkType(symbol), {})[symbol] = 1.0
                continue
            after = length - head - 1
            for entry in known:
                signature = entry.label.signature
                if not _fits(len(signature.left), head) or not _fits(len(signature.right), after):
                    continue
                lefts = self.filled(tokens[:head], signature.left)
                if not lefts:
                    continue
                rights = self.filled(tokens[head + 1 :], signature.right)
                for left, left_count in lefts:
                    for right, right_count in rights:
                        value = entry.apply(left + right)
                        if value is not UNDEFINED:
                            values = cell.setdefault(signature.result, {})
                            values[value] = values.get(value, 0.0) + left_count * right_count
        for kind, values in cell.items():
            if len(values) > self.limit:
                self.cut = True
                best = sorted(values.items(), key=lambda item: -item[1])[: self.limit]
                cell[kind] = dict(best)
        return cell

    def filled(self, tokens: Tokens, types: tuple[Type, ...]) -> list[Filling]:
        """Return the ways to split a span into constituents of the given types: their values, and tree counts."""
        if not types:
            return [((), 1.0)] if not tokens else []
        if len(types) == 1:
            values = self.cell(tokens).get(types[0]) if tokens else None
            return [((value,), count) for value, count in values.items()] if values else []
        key = (tokens, types)
        known = self.fillings.get(key)
        if known is not None:
            return known
        found: dict[tuple[Value, ...], float] = {}
        for middle in range(1, len(tokens) - len(types) + 2):
            firsts = self.cell(tokens[:middle]).get(types[0])
            if not firsts:
                continue
            for (value, count), (rest, rest_count) in product(firsts.items(), self.filled(tokens[middle:], types[1:])):
                found[(value, *rest)] = found.get((value, *rest), 0.0) + count * rest_count
        if len(found) > 8 * self.limit:
            self.cut = True
        known = self.fillings[key] = list(found.items())[: 8 * self.limit]
        return known

    def probability(self, tokens: Tokens, kind: Type, target: Value) -> float:
        """Return the share of a sentence's trees whose value is the target; 0 where it has no tree."""
        values = self.cell(tokens).get(kind)
        if not values:
            return 0.0
        return values.get(target, 0.0) / sum(values.values())


def _fits(arguments: int, tokens: int) -> bool:
    return arguments <= tokens if arguments else tokens == 0


def segmentations(start: int, end: int, parts: int) -> Sequence[tuple[tuple[int, int], ...]]:
    """Return all ways to cut a range into that many non-empty pieces, as (start, end) pairs."""
    if parts == 0:
        return [()] if start == end else []
    if parts == 1:
        return [((start, end),)] if end > start else []
    return [
        ((start, middle), *rest)
        for middle in range(start + 1, end - parts + 2)
        for rest in segmentations(middle, end, parts - 1)
    ]
