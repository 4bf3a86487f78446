"""Abduction over uncertain symbols: what each position is, given the answer and the parser.

A chart over spans whose items are (kind of head, value): all trees over all the symbols that perception allows, summed
by what they come to. Items are kept best first up to a bound for each span, so the sums are exact where nothing is cut
and lower bounds elsewhere.

Source:
    Inside-outside over weighted deductions: J. Goodman, Semiring Parsing, Computational Linguistics 25(4), 1999.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch

from abduce.reasoning.learning.deduction import segmentations
from abduce.reasoning.learning.loop import Grounding
from abduce.values import UNDEFINED, Value, same_value

ITEMS = 16
"""Items kept for each span."""

Uncertain: TypeAlias = Sequence[Sequence[tuple[str, float]]]
"""Per position the symbols it may be, with their log-probabilities in nats."""
Span: TypeAlias = tuple[int, int]
Key: TypeAlias = tuple[int, Value]
"""The unit of a constituent's head, and the constituent's value."""
Filling: TypeAlias = tuple[tuple[Value, ...], float, tuple[tuple[Span, Key], ...]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A label that a position may take.

    Attributes:
        option: Which of the position's symbols it belongs to.
        label: Its number in the parser's inventory.
        weight: Its own score, exponentiated; the position's best is 1.
    """

    option: int
    label: int
    weight: float


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What an answer says about the symbols.

    Attributes:
        symbols: For each position the probabilities of its options.
        share: Which share of the trees that were kept, by weight, yields the answer.
    """

    symbols: tuple[tuple[float, ...], ...]
    share: float


@dataclass(slots=True)
class _Cell:
    """Items of a span with their weights, and how each came about: (weight, head, candidate, parts)."""

    weights: dict[Key, float]
    ways: dict[Key, list[tuple[float, int, int, tuple[tuple[Span, Key], ...]]]]


class Abducer:
    """Finds out what the symbols of sentences are from their answers, under a fixed machine.

    Args:
        grounding: Lexicon and parser.
        items: How many items each span keeps.
    """

    def __init__(self, grounding: Grounding, *, items: int = ITEMS) -> None:
        self.grounding = grounding
        self.items = items
        inventory = grounding.parser.inventory
        with torch.no_grad():
            arcs, roots = grounding.parser.scorer.tables(grounding.kind)
            table = (arcs - arcs.max()).exp().tolist()  # a tree of n symbols has n - 1 arcs: all lose the same
            self.roots = (roots - roots.max()).exp().tolist()
        self.unit = inventory.unit_of.tolist()
        self.rooted = inventory.roots(grounding.kind).tolist()
        self.left = inventory.left.tolist()
        self.right = inventory.right.tolist()
        self.fits = [
            tuple(table[self.unit[n]][inventory.outward(n, slot)] for slot in range(self.left[n] + self.right[n]))
            for n in range(len(inventory.labels))
        ]

    def beliefs(self, sentences: Sequence[Uncertain], targets: Sequence[Value]) -> list[Beliefs | None]:
        """Return for each sentence what its answer says about its symbols; None where no tree yields it.

        Args:
            sentences: Per position the symbols it may be, with their log-probabilities in nats.
            targets: The answers.
        """
        found: list[Beliefs | None] = []
        candidates = self._candidates(sentences)
        for number, (sentence, target) in enumerate(zip(sentences, targets, strict=True)):
            chart = _Chart(self, candidates[number])
            found.append(chart.beliefs(target, [len(options) for options in sentence]))
        return found

    def _candidates(self, sentences: Sequence[Uncertain]) -> list[list[list[Candidate]]]:
        """Return each position's labels, weighted by perception and by what the parser sees beside it."""
        parser = self.grounding.parser
        options = [
            [
                [(o, label) for o, (symbol, _) in enumerate(item) for label in parser.inventory.of_symbol[symbol]]
                for item in sentence
            ]
            for sentence in sentences
        ]
        found: list[list[list[Candidate]]] = [[] for _ in sentences]
        with torch.no_grad():
            for batch in parser.batches(sentences):
                scores = parser.scorer.nodes(batch.labels, batch.present, batch.log_probs)
                weights = (scores - scores.amax(-1, keepdim=True)).exp().tolist()
                for row, member in zip(weights, batch.members, strict=True):
                    found[member] = [
                        [Candidate(o, label, w) for (o, label), w in zip(at, row_at, strict=False)]
                        for at, row_at in zip(options[member], row, strict=True)
                    ]
        return found


class _Chart:
    """The chart of one sentence."""

    def __init__(self, abducer: Abducer, candidates: list[list[Candidate]]) -> None:
        self.abducer = abducer
        self.candidates = candidates
        self.length = len(candidates)
        self.cells: dict[Span, _Cell] = {}
        for width in range(1, self.length + 1):
            for start in range(self.length - width + 1):
                self.cells[start, start + width] = self._cell(start, start + width)

    def _cell(self, start: int, end: int) -> _Cell:
        abducer = self.abducer
        cell = _Cell({}, {})
        for head in range(start, end):
            before, after = head - start, end - head - 1
            for number, candidate in enumerate(self.candidates[head]):
                label, weight = candidate.label, candidate.weight
                left, right = abducer.left[label], abducer.right[label]
                if weight <= 0.0 or not _fits(left, before) or not _fits(right, after):
                    continue
                fits = abducer.fits[label]
                lefts = list(self._filled(start, head, fits[:left]))
                rights = list(self._filled(head + 1, end, fits[left:])) if lefts else []
                apply, unit = abducer.grounding.entries[label].apply, abducer.unit[label]
                for left_values, left_weight, left_parts in lefts:
                    for right_values, right_weight, right_parts in rights:
                        value = apply(left_values + right_values)
                        if value is UNDEFINED:
                            continue
                        key, total = (unit, value), weight * left_weight * right_weight
                        cell.weights[key] = cell.weights.get(key, 0.0) + total
                        cell.ways.setdefault(key, []).append((total, head, number, left_parts + right_parts))
        if len(cell.weights) > abducer.items:
            kept = sorted(cell.weights.items(), key=lambda item: -item[1])[: abducer.items]
            cell = _Cell(dict(kept), {key: cell.ways[key] for key, _ in kept})
        return cell

    def _filled(self, start: int, end: int, fits: Sequence[Sequence[float]]) -> Iterator[Filling]:
        """Yield the ways in which a range can be arguments: values, weight, parts."""
        for cut in segmentations(start, end, len(fits)):
            options: list[Filling] = [((), 1.0, ())]
            for span, fit in zip(cut, fits, strict=True):
                options = [
                    ((*values, key[1]), weight * own * fit[key[0]], (*parts, (span, key)))
                    for values, weight, parts in options
                    for key, own in self.cells[span].weights.items()
                    if fit[key[0]] > 0.0
                ]
            yield from options

    def beliefs(self, target: Value, sizes: Sequence[int]) -> Beliefs | None:
        """Return the probabilities of each position's options given the answer."""
        whole = (0, self.length)
        ends = {key: w * self.abducer.roots[key[0]] for key, w in self.cells[whole].weights.items()}
        wanted = {key: w for key, w in ends.items() if w > 0.0 and same_value(key[1], target)}
        total = sum(wanted.values())
        if not total:
            return None
        outside: dict[Span, dict[Key, float]] = {whole: {key: w / total for key, w in wanted.items()}}
        symbols = [[0.0] * size for size in sizes]
        for width in range(self.length, 0, -1):
            for start in range(self.length - width + 1):
                span = (start, start + width)
                for key, mass in outside.get(span, {}).items():
                    self._descend(span, key, mass, outside, symbols)
        return Beliefs(tuple(map(tuple, symbols)), total / sum(ends.values()))

    def _descend(
        self, span: Span, key: Key, mass: float, outside: dict[Span, dict[Key, float]], symbols: list[list[float]]
    ) -> None:
        """Share an item's posterior mass out over the ways in which it came about."""
        cell = self.cells[span]
        scale = mass / cell.weights[key]
        for weight, head, number, parts in cell.ways[key]:
            share = weight * scale
            symbols[head][self.candidates[head][number].option] += share
            for part, part_key in parts:
                below = outside.setdefault(part, {})
                below[part_key] = below.get(part_key, 0.0) + share


def _fits(arguments: int, tokens: int) -> bool:
    return arguments <= tokens if arguments else tokens == 0
