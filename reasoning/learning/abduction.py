"""Abduction: the trees of a sentence that yield its answer, under a lexicon.

The trees are enumerated exactly from the chart of values where they are few; beyond a limit some are left out, and
the result says so. Their posterior is the parser's: its scores over these trees, normalised.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from abduce.reasoning.learning.deduction import Chart, segmentations
from abduce.reasoning.learning.lexicon import Entry
from abduce.values import Tokens, Type, Value

TREES = 48


@dataclass(frozen=True, slots=True)
class Arc:
    """One node of a tree: its position, which label it takes, its head (-1 at the root) and its slot there."""

    position: int
    label: int
    head: int
    slot: int


Derivation = tuple[Arc, ...]
"""A tree as its arcs, in no particular order."""


@dataclass(frozen=True, slots=True)
class Explanations:
    """The trees of a sentence that yield its answer.

    Attributes:
        trees: The trees, each as its arcs sorted by position.
        exact: Whether these are all there are.
    """

    trees: tuple[Derivation, ...]
    exact: bool


class _Enumeration:
    """Enumerates the derivations of one sentence, each span, type and value once."""

    def __init__(self, tokens: Tokens, chart: Chart, limit: int) -> None:
        self.tokens = tokens
        self.chart = chart
        self.limit = limit
        self.exact = True
        self.memory: dict[tuple[int, int, Type, Value], list[tuple[int, Derivation]]] = {}

    def of(self, start: int, end: int, kind: Type, value: Value) -> list[tuple[int, Derivation]]:
        """Return (root position, arcs below it and its own label without a head) for each derivation."""
        key = (start, end, kind, value)
        if key not in self.memory:
            found: list[tuple[int, Derivation]] = []
            for derivation in self._roots(start, end, kind, value):
                if len(found) >= self.limit:
                    self.exact = False
                    break
                found.append(derivation)
            self.memory[key] = found
        return self.memory[key]

    def _roots(self, start: int, end: int, kind: Type, value: Value) -> Iterator[tuple[int, Derivation]]:
        for head in range(start, end):
            for index, entry in enumerate(self.chart.entries.get(self.tokens[head], ())):
                signature = entry.label.signature
                if signature.result != kind:
                    continue
                for left in segmentations(start, head, len(signature.left)):
                    for right in segmentations(head + 1, end, len(signature.right)):
                        for arcs in self._filled(head, entry, (*left, *right), value):
                            yield head, (Arc(head, index, -1, -1), *arcs)

    def _filled(
        self, head: int, entry: Entry, spans: tuple[tuple[int, int], ...], value: Value
    ) -> Iterator[Derivation]:
        """Yield the arcs below a head whose arguments lie on the spans, where its value is right."""
        types = (*entry.label.signature.left, *entry.label.signature.right)
        options: list[tuple[tuple[Value, ...], None]] = [((), None)]
        for (a, b), kind in zip(spans, types, strict=True):
            values = self.chart.cell(self.tokens[a:b]).get(kind)
            if not values:
                return
            options = [((*chosen, v), None) for chosen, _ in options for v in values]
        for arguments, _ in options:
            if entry.apply(arguments) != value:
                continue
            partial: list[Derivation] = [()]
            for slot, ((a, b), kind, argument) in enumerate(zip(spans, types, arguments, strict=True)):
                below = self.of(a, b, kind, argument)
                self.exact = self.exact and len(partial) <= self.limit
                partial = [
                    (*arcs, *(_under(arc, root, head, slot) for arc in inner))
                    for arcs in partial[: self.limit]
                    for root, inner in below
                ]
            yield from partial


def _under(arc: Arc, root: int, head: int, slot: int) -> Arc:
    return Arc(arc.position, arc.label, head, slot) if arc.position == root and arc.head < 0 else arc


def explanations(tokens: Tokens, kind: Type, target: Value, chart: Chart, *, limit: int = TREES) -> Explanations:
    """Return the trees of a sentence that yield its answer.

    Args:
        tokens: The sentence.
        kind: Type of the answer.
        target: The answer.
        chart: Values of all spans; `label` in the arcs counts its entries of the position's symbol.
        limit: How many trees to return at most.
    """
    if target not in chart.cell(tokens).get(kind, {}):
        return Explanations((), not chart.cut)
    search = _Enumeration(tokens, chart, limit)
    found = search.of(0, len(tokens), kind, target)
    trees = tuple(tuple(sorted(arcs, key=lambda arc: arc.position)) for _, arcs in found)
    return Explanations(trees, search.exact and not chart.cut)
