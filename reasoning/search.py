"""The search for a lexicon: which symbol to learn next, from which examples, and what to take back.

The order is found in the data: short examples with one unknown symbol come first; where there are none, other
unknown symbols are tried as marks, and then as constants that keep company with parts of the answers. What was
taken on thin evidence is learned anew once the other symbols are known. A lexicon is judged by description
length: its own, and that of the answers under it, an answer being explained by its share of the trees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2

from abduce.reasoning.corpus import Corpus, Pair
from abduce.reasoning.deduction import Chart
from abduce.reasoning.evidence import Case, gather
from abduce.reasoning.induction import Candidate, induce
from abduce.reasoning.lexicon import Entry, Meaning, entries, mark, meaning_bits
from abduce.reasoning.primitives import Library
from abduce.reasoning.programs import Const
from abduce.values import MarkType, Tokens

NOISE = 0.05
FRONTIER = 24
LONGEST_EVIDENCE = 9
CLEAN = 0.75
MOST_MEANINGS = 3
FINALISTS = 6

Meanings = dict[str, tuple[Meaning, ...]]


@dataclass(frozen=True, slots=True)
class Proposal:
    """New meanings for a symbol (and the marks they need), with what they save.

    Attributes:
        symbol: The symbol.
        meanings: All meanings that it would have.
        marks: Unknown symbols that would become marks.
        saved: Bits saved on the examples looked at, less the meanings' own.
        share: Share of those examples that they explain.
        count: How many examples were looked at.
    """

    symbol: str
    meanings: tuple[Meaning, ...]
    marks: tuple[str, ...]
    saved: float
    share: float
    count: int


class Searcher:
    """Search state over one corpus: the lexicon so far, and a chart under it."""

    def __init__(self, corpus: Corpus, library: Library, lexicon: Meanings | None = None) -> None:
        self.corpus = corpus
        self.library = library
        self.lexicon: Meanings = dict(lexicon or {})
        self.chart = Chart(self._entries(self.lexicon))
        self.memory: dict[tuple[str, tuple[int, ...], bool], Proposal | None] = {}

    def _entries(self, lexicon: Mapping[str, tuple[Meaning, ...]]) -> dict[str, tuple[Entry, ...]]:
        return {symbol: entries(symbol, lexicon, self.library) for symbol in lexicon if symbol}

    def assign(self, changes: Mapping[str, tuple[Meaning, ...]]) -> None:
        """Give symbols other meanings; none at all makes a symbol unknown again."""
        for symbol, meanings in changes.items():
            self.lexicon.pop(symbol, None)
            if meanings:
                self.lexicon[symbol] = meanings
        self.chart = Chart(self._entries(self.lexicon))
        self.memory.clear()

    @property
    def unknown(self) -> tuple[str, ...]:
        return tuple(symbol for symbol in self.corpus.vocabulary if symbol not in self.lexicon)

    # what an example is worth -------------------------------------------------------------------------------

    def bits(self, pair: Pair, chart: Chart) -> float:
        """Return the description length of an answer under a chart's lexicon."""
        share = chart.probability(pair.tokens, self.corpus.kind, pair.target)
        return -log2((1.0 - NOISE) * share + NOISE * 2.0**-pair.bits)

    def saved(self, indexes: Sequence[int], chart: Chart) -> tuple[float, int]:
        """Return the bits saved on some examples against knowing nothing, and how many are explained."""
        total, explained = 0.0, 0
        for index in indexes:
            pair = self.corpus.pairs[index]
            total += pair.bits - self.bits(pair, chart)
            explained += chart.probability(pair.tokens, self.corpus.kind, pair.target) > 0.0
        return total, explained

    # learning one symbol ------------------------------------------------------------------------------------

    def frontier(self, symbol: str, others: int) -> list[int]:
        """Return the shortest examples with the symbol and exactly that many other unknown symbols."""
        found: list[int] = []
        length = 0
        for index in self.corpus.by_symbol[symbol]:
            tokens = self.corpus.pairs[index].tokens
            if len(tokens) > LONGEST_EVIDENCE or (len(found) >= FRONTIER and len(tokens) > length):
                break
            unknown = {token for token in tokens if token not in self.lexicon} - {symbol}
            if len(unknown) == others:
                length = len(tokens)
                found.append(index)
                if len(found) >= 2 * FRONTIER:
                    break
        return found[: 2 * FRONTIER]

    def cases(self, symbol: str, indexes: Sequence[int], chart: Chart) -> list[Case]:
        """Return what the symbol might be in each example that holds it once."""
        found = []
        for index in indexes:
            pair = self.corpus.pairs[index]
            if pair.tokens.count(symbol) == 1:
                position = pair.tokens.index(symbol)
                found.append(
                    gather(index, pair.tokens, self.corpus.kind, pair.target, position, chart, self.library)
                )
        return found

    def propose(self, symbol: str, indexes: Sequence[int]) -> Proposal | None:
        """Return the best meanings for a symbol on some examples, or None where nothing explains any."""
        if not indexes:
            return None
        blank = self.chart.variant({symbol: ()})
        held: tuple[Meaning, ...] = ()
        marks: tuple[str, ...] = ()
        best: Proposal | None = None
        cases = self.cases(symbol, indexes, blank)
        while len(held) < MOST_MEANINGS and cases:
            candidates = induce(cases, self.library, self.corpus.alphabet)
            candidates.sort(key=lambda c: c.bits - sum(self.corpus.pairs[i].bits for i in c.explains))
            found = [
                self._judge(symbol, (*held, candidate.meaning), indexes) for candidate in candidates[:FINALISTS]
            ]
            if not found:
                break
            step = max(found, key=lambda proposal: proposal.saved)
            if best is not None and step.saved <= best.saved:
                break
            best, held, marks = step, step.meanings, step.marks
            chart = self._with(symbol, held, marks)
            left = [
                i
                for i in indexes
                if chart.probability(self.corpus.pairs[i].tokens, self.corpus.kind, self.corpus.pairs[i].target) == 0
            ]
            cases = self.cases(symbol, left, blank)
            if len(left) < max(2.0, 0.05 * len(indexes)):
                break
        return best

    def _with(self, symbol: str, meanings: tuple[Meaning, ...], marks: tuple[str, ...]) -> Chart:
        lexicon = {**self.lexicon, symbol: meanings, **{m: (mark(m),) for m in marks}}
        changed = {s: entries(s, lexicon, self.library) for s in (symbol, *marks)}
        return self.chart.variant(changed)

    def _judge(self, symbol: str, meanings: tuple[Meaning, ...], indexes: Sequence[int]) -> Proposal:
        marks = tuple(
            dict.fromkeys(
                kind.symbol
                for meaning in meanings
                for kind in (*meaning.signature.left, *meaning.signature.right)
                if isinstance(kind, MarkType) and kind.symbol not in self.lexicon
            )
        )
        chart = self._with(symbol, meanings, marks)
        saved, explained = self.saved(indexes, chart)
        saved -= sum(meaning_bits(m, self.corpus.alphabet, self.library) for m in meanings) + 2.0 * len(marks)
        return Proposal(symbol, meanings, marks, saved, explained / len(indexes), len(indexes))

    # the rounds ---------------------------------------------------------------------------------------------

    def round(self) -> list[Proposal]:
        """Learn one or more unknown symbols; return what was taken, nothing where nothing could be."""
        for others in range(4):
            found = [p for p in (self._remembered(s, others) for s in self.unknown) if p is not None]
            taken = self._choose(found, others)
            if taken:
                changes = {p.symbol: p.meanings for p in taken}
                changes.update({m: (mark(m),) for p in taken for m in p.marks})
                self.assign(changes)
                return taken
        return []

    def _remembered(self, symbol: str, others: int) -> Proposal | None:
        indexes = self.frontier(symbol, others)
        return self.propose(symbol, indexes) if indexes else None

    def _choose(self, found: list[Proposal], others: int) -> list[Proposal]:
        """Return the proposals to take: all clean ones, else the best that saves anything."""
        if others:
            good = [p for p in found if p.saved > 0]
            return sorted(good, key=lambda p: -p.saved)[:1]
        clean = [p for p in found if p.share >= CLEAN and (p.saved > 0 or p.count <= 2)]
        if clean:
            worth = [p for p in clean if p.saved > 0]
            return worth or clean
        good = [p for p in found if p.saved > 0]
        return sorted(good, key=lambda p: -p.saved)[:1]
