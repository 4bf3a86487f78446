"""The search for a lexicon: which symbol to learn next, from which examples, and what to take back.

The order is found in the data: short examples with one unknown symbol come first; where there are none, other
unknown symbols are tried as marks, and then as constants that keep company with parts of the answers. What was
taken on thin evidence is learned anew once the other symbols are known. A lexicon is judged by description
length: its own, and that of the answers under it, an answer being explained by its share of the trees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2

from abduce.reasoning.learning.corpus import Corpus, Pair
from abduce.reasoning.learning.deduction import Chart
from abduce.reasoning.learning.equations import jointly
from abduce.reasoning.learning.evidence import Case, gather
from abduce.reasoning.learning.footholds import company, comparisons, numbers
from abduce.reasoning.learning.induction import induce
from abduce.reasoning.learning.lexicon import (
    SILENT,
    Entry,
    Meaning,
    building_blocks,
    entries,
    mark,
    meaning_bits,
)
from abduce.reasoning.learning.noise import looks_random
from abduce.reasoning.learning.primitives import ITERATE, Library
from abduce.reasoning.learning.programs import Definition
from abduce.values import Basic, MarkType

NOISE = 0.05
FRONTIER = 24
LONGEST_EVIDENCE = 9
LONGEST_NEEDED = 14
CLEAN = 0.75
MOST_MEANINGS = 3
FINALISTS = 6
SAMPLE = 300
SWEEPS = 60
PATIENCE = 3
MOST_COMPARED = 2000
MOSTLY = 0.75

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
    """Search state over one corpus: the lexicon so far, and a chart under it.

    Args:
        corpus: The training pairs.
        library: What programs may be built from.
        given: Symbols whose program is known; for each the meanings among which the data decide.
        held: Meanings that stay as they are, whatever the data say.
        watch: Called before each proposal is worked out; may raise to stop the search.
    """

    def __init__(
        self,
        corpus: Corpus,
        library: Library,
        *,
        given: Mapping[str, Sequence[Meaning]] | None = None,
        held: Mapping[str, tuple[Meaning, ...]] | None = None,
        watch: Callable[[], None] = lambda: None,
    ) -> None:
        self.corpus = corpus
        self.library = library
        self.held = dict(held or {})
        self.lexicon: Meanings = dict(self.held)
        self.given = dict(given or {})
        self.chart = Chart(self._entries(self.lexicon))
        self.memory: dict[object, Proposal | None] = {}
        self.watch = watch
        self.begin(0)
        self.longest = {symbol: self._longest(symbol) for symbol in corpus.vocabulary}
        step = max(1, len(corpus.pairs) // SAMPLE)
        chosen = {*range(min(FRONTIER, len(corpus.pairs))), *range(0, len(corpus.pairs), step)}
        self.sample = [i for i in sorted(chosen) if self._short_enough(i)]

    def begin(self, attempt: int, barred: Iterable[str] = ()) -> None:
        """Begin a phase of the search, of which nothing before but the lexicon is to be remembered.

        Args:
            attempt: Number of the attempt: each takes other guesses.
            barred: Symbols that no guess may be made of.
        """
        self.attempt, self.barred = attempt, set(barred)
        self.footholds: set[str] = set()

    def _longest(self, symbol: str) -> int:
        """Return how long examples with a symbol may be: longer than most where there are few short ones."""
        shortest = self.corpus.by_symbol[symbol][:FRONTIER]
        needed = len(self.corpus.pairs[shortest[-1]].tokens)
        return min(LONGEST_NEEDED, max(LONGEST_EVIDENCE, needed))

    def _short_enough(self, index: int) -> bool:
        tokens = self.corpus.pairs[index].tokens
        return len(tokens) <= max(self.longest[token] for token in tokens)

    def _entries(self, lexicon: Mapping[str, tuple[Meaning, ...]]) -> dict[str, tuple[Entry, ...]]:
        return {symbol: entries(symbol, lexicon, self.library) for symbol in lexicon if symbol}

    def assign(self, changes: Mapping[str, tuple[Meaning, ...]]) -> None:
        """Give symbols other meanings; none at all makes a symbol unknown again."""
        for symbol, meanings in changes.items():
            self.lexicon.pop(symbol, None)
            if meanings:
                self.lexicon[symbol] = meanings
        self.chart = Chart(self._entries(self.lexicon))

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
            if len(tokens) > self.longest[symbol] or (len(found) >= FRONTIER and len(tokens) > length):
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
                joiners = self.lexicon.get(SILENT, ())
                found.append(
                    gather(index, pair.tokens, self.corpus.kind, pair.target, position, chart, self.library, joiners)
                )
        return found

    def propose(self, symbol: str, indexes: Sequence[int], most: int = 1, effort: int = 0) -> Proposal | None:
        """Return what `_propose` does, kept as long as the symbols around it keep their meanings."""
        around = {token for index in indexes for token in self.corpus.pairs[index].tokens} - {symbol}
        context = tuple((token, self.lexicon.get(token)) for token in (SILENT, *sorted(around)))
        key = (symbol, tuple(indexes), most, effort, context, self._building_blocks(symbol))
        if key not in self.memory:
            self.watch()
            self.memory[key] = self._propose(symbol, indexes, most, effort)
        return self.memory[key]

    def _propose(self, symbol: str, indexes: Sequence[int], most: int, effort: int) -> Proposal | None:
        """Return the best meanings for a symbol on some examples, or None where nothing explains any."""
        if not indexes:
            return None
        if symbol in self.given:
            options = [self._judge(symbol, (meaning,), indexes) for meaning in self.given[symbol]]
            return max(options, key=lambda p: p.saved)
        blank = self.chart.variant({symbol: ()})
        held: tuple[Meaning, ...] = ()
        marks: tuple[str, ...] = ()
        best: Proposal | None = None
        cases = self.cases(symbol, indexes, blank)
        while len(held) < most and cases:
            step = self._best(symbol, held, indexes, cases, effort=0)
            if effort and (step is None or step.share < CLEAN):
                deeper = self._best(symbol, held, indexes, cases, effort=1)
                step = max((p for p in (step, deeper) if p), key=lambda p: p.saved, default=None)
            if step is None:
                break
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

    def _best(
        self, symbol: str, held: tuple[Meaning, ...], indexes: Sequence[int], cases: list[Case], effort: int
    ) -> Proposal | None:
        """Return the best meaning to add to those already held."""
        blocks = self._building_blocks(symbol)
        candidates = induce(cases, self.library, self.corpus.alphabet, effort=effort, definitions=blocks)
        candidates.sort(key=lambda c: c.bits - sum(self.corpus.pairs[i].bits for i in c.explains))
        found = [self._judge(symbol, (*held, c.meaning), indexes) for c in candidates[:FINALISTS]]
        return max(found, key=lambda proposal: proposal.saved, default=None)

    def further(self, symbol: str, indexes: Sequence[int]) -> Proposal | None:
        """Return the best meaning to add to those a symbol has, from what is not explained of some examples."""
        left = [index for index in indexes if not self.saved([index], self.chart)[1]]
        cases = self.cases(symbol, left, self.chart.variant({symbol: ()}))
        return self._best(symbol, self.lexicon[symbol], left, cases, effort=0) if left else None

    def _building_blocks(self, symbol: str) -> tuple[Definition, ...]:
        """Return the programs that a symbol's may use, where programs are built from so little that they must."""
        return building_blocks(self.lexicon, symbol) if ITERATE in self.library.by_name else ()

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
        saved -= sum(map(self._meaning_bits, meanings)) + 2.0 * len(marks)
        return Proposal(symbol, meanings, marks, saved, explained / len(indexes), len(indexes))

    # the rounds ---------------------------------------------------------------------------------------------

    def round(self) -> list[Proposal]:
        """Learn one or more unknown symbols; return what was taken, nothing where nothing could be."""
        for others in range(4):
            found = [p for p in (self._remembered(s, others) for s in self.unknown) if p is not None]
            taken = self._choose(found, others)
            if taken:
                return self._take(taken)
        wider = [p for p in map(self._widened, self.unknown) if p is not None and p.saved > 0]
        return self._take(sorted(wider, key=lambda p: -p.saved)[:1])

    def _take(self, taken: list[Proposal]) -> list[Proposal]:
        """Assign what proposals say; of those that contradict each other the one with the rarer symbol.

        A symbol that others take as a mark occurs wherever they do, and so more often than each of them.
        """
        changes: Meanings = {}
        for proposal in sorted(taken, key=self._rarity):
            own = {proposal.symbol: proposal.meanings, **{m: (mark(m),) for m in proposal.marks}}
            if not any(changes.get(symbol, meanings) != meanings for symbol, meanings in own.items()):
                changes.update(own)
        if changes:
            self.assign(changes)
        return taken

    def _rarity(self, proposal: Proposal) -> int:
        return len(self.corpus.by_symbol[proposal.symbol])

    def _widened(self, unknown: str) -> Proposal | None:
        """Return the best further meaning of a known symbol that takes an unknown one as a mark."""
        indexes = self.frontier(unknown, 0)
        best: Proposal | None = None
        for symbol in sorted({t for i in indexes for t in self.corpus.pairs[i].tokens} - {unknown, *self.held}):
            held = self.lexicon[symbol]
            among = [i for i in indexes if symbol in self.corpus.pairs[i].tokens]
            if len(held) >= MOST_MEANINGS or len(among) < max(2.0, 0.2 * len(indexes)):
                continue
            cases = self.cases(symbol, among, self.chart.variant({symbol: ()}))
            found = self._best(symbol, () if held[0].is_mark else held, among, cases, effort=0)
            if found is not None and unknown in found.marks and (best is None or found.saved > best.saved):
                best = found
        return best

    def _remembered(self, symbol: str, others: int) -> Proposal | None:
        indexes = self.frontier(symbol, others)
        return self.propose(symbol, indexes) if indexes else None

    def _choose(self, found: list[Proposal], others: int) -> list[Proposal]:
        """Return the proposals to take: all clean ones, else the best that saves anything."""
        if others:
            good = [p for p in found if p.saved > 0]
            return sorted(good, key=lambda p: (-round(p.saved, 1), self._rarity(p)))[:1]
        good = sorted((p for p in found if p.saved > 0), key=lambda p: -p.saved)
        clean = [p for p in good if p.share >= CLEAN]
        return clean or [p for p in found if self._alone(p)] or good[:1]

    def _alone(self, proposal: Proposal) -> bool:
        """Whether a proposal says no more than that a one-symbol sentence means its answer."""
        return proposal.count <= 2 and all(not m.signature.arity for m in proposal.meanings)

    def thin(self, least: float) -> Proposal | None:
        """Take the likeliest meaning of one unknown symbol on evidence that does not yet pay for it.

        Args:
            least: Bits that it must save at least, a negative number.
        """
        found = [p for p in (self._remembered(s, 0) for s in self.unknown) if p is not None]
        best = max(found, key=lambda p: p.saved, default=None)
        if best is None or best.saved < least:
            return None
        self.assign({best.symbol: best.meanings, **{m: (mark(m),) for m in best.marks}})
        return best

    # tentative meanings -------------------------------------------------------------------------------------

    def anchor(self, least: float) -> bool:
        """Take for one unknown symbol a constant that its company in the answers suggests.

        Args:
            least: How much of the symbol's entropy the constant must tell, a share.
        """
        unknown = sorted(set(self.unknown) - self.barred)
        if self.corpus.kind is Basic.INT:
            guesses = numbers(self.corpus, unknown)
            guess = guesses[self.attempt % len(guesses)] if guesses and not self.footholds else None
        elif self.corpus.kind is Basic.TOKENS:
            used = {m.program for meanings in self.lexicon.values() for m in meanings}
            found = [g for g in company(self.corpus, unknown) if g[0] >= least and g[2].program not in used]
            guess = max(found, key=lambda g: g[0])[1:] if found else None
        else:
            orders = list(comparisons(self.corpus, unknown, self.library))
            if orders:
                order = orders[self.attempt % len(orders)]
                self.footholds.update(order)
                self.assign(order)
            return bool(orders)
        if guess is not None:
            self.footholds.add(guess[0])
            self.assign({guess[0]: (guess[1],)})
        return guess is not None

    def anchor_jointly(self) -> None:
        """Take what symbols would mean if whole answers are to come out right, where such meanings are found."""
        guess = {} if self.lexicon else jointly(self.corpus, self.library, self.attempt)
        self.footholds.update(guess)
        self.assign(guess)

    # the whole ----------------------------------------------------------------------------------------------

    def total_bits(self) -> float:
        """Return the description length of the lexicon and of the answers to a sample of examples."""
        return self.lexicon_bits() + sum(self.bits(self.corpus.pairs[i], self.chart) for i in self.sample)

    def settle(self, most: int, effort: int = 0, *, footholds: bool = True) -> None:
        """Learn, take back and learn anew until nothing changes; symbols get at most so many meanings."""
        least, waited = self.total_bits(), 0
        for _ in range(SWEEPS):
            while self.round():
                pass
            if waited < PATIENCE and self.refine(most, effort):
                bits = self.total_bits()
                waited = 0 if bits < least - 1.0 else waited + 1
                least = min(least, bits)
                continue
            least, waited = float("inf"), 0
            if not self.unknown or not footholds or not self._foothold():
                break

    def _foothold(self) -> bool:
        """Take one meaning that does not yet pay for itself, the most promising kind first."""
        return bool(self.thin(-5.0) or self.anchor(0.6) or self.thin(-99.0) or self.anchor(0.2))

    def explained(self) -> float:
        """Return the share of the sample that some tree explains."""
        return self.saved(self.sample, self.chart)[1] / max(1, len(self.sample))

    def looks_noisy(self) -> bool:
        """Whether what a whole lexicon leaves unexplained is spread as wrong answers are: nothing more can be found.

        Of truth values a wrong lexicon gets many right by chance, so that this shows nothing.
        """
        if self.unknown or self.corpus.kind is Basic.BOOL:
            return False
        longest = max(self.longest.values())
        pairs = [pair for pair in self.corpus.pairs if len(pair.tokens) <= longest]
        pairs = pairs[:: max(1, -(-len(pairs) // MOST_COMPARED))]
        right = [self.chart.probability(pair.tokens, self.corpus.kind, pair.target) > 0.0 for pair in pairs]
        return sum(right) >= MOSTLY * len(right) and looks_random([pair.tokens for pair in pairs], right)

    def replace(self, lexicon: Meanings) -> None:
        """Take another lexicon for the whole of the present one, but for what is held."""
        self.assign({**{symbol: () for symbol in self.lexicon}, **lexicon, **self.held})

    def doubtful(self) -> list[str]:
        """Return the symbols with several meanings, or many of whose examples are unexplained."""
        return [s for s in self.free() if len(self.lexicon[s]) > 1 or self._share(s)[0] < 0.8]

    def free(self) -> list[str]:
        """Return the known symbols whose meanings may change."""
        return [symbol for symbol in self.lexicon if symbol not in self.held]

    # second thoughts ----------------------------------------------------------------------------------------

    def refine(self, most: int, effort: int) -> list[Proposal]:
        """Learn anew each symbol whose examples are not all explained, the others as they are; one sweep."""
        taken: list[Proposal] = []
        for symbol in sorted(self.free(), key=lambda s: (self._share(s)[0], s)):
            share, indexes = self._share(symbol)
            if share >= 0.999 or not indexes:
                continue
            current = self._judge(symbol, self.lexicon[symbol], indexes)
            proposal = self.propose(symbol, indexes, most, effort)
            if proposal is not None and proposal.saved > current.saved + 0.01:
                self.assign({symbol: proposal.meanings, **{m: (mark(m),) for m in proposal.marks}})
                taken.append(proposal)
        return taken

    def tidy(self, effort: int) -> None:
        """Look once more at each symbol, the longest meanings first, for shorter ones now that all others are known."""
        longest = {s: sum(map(self._meaning_bits, self.lexicon[s])) for s in self.free() if s}
        for symbol in sorted(longest, key=lambda s: (-longest[s], s)):
            held = self.lexicon.get(symbol, ())
            indexes = self.reviewed(symbol)
            if not indexes or not held or held[0].is_mark:
                continue
            proposal = self.propose(symbol, indexes, len(held), effort)
            if proposal is None or proposal.meanings == held:
                continue
            before, bits = dict(self.lexicon), self.total_bits()
            self.assign({symbol: proposal.meanings, **{m: (mark(m),) for m in proposal.marks}})
            if self.total_bits() >= bits - 0.01:
                self.replace(before)

    def lexicon_bits(self) -> float:
        """Return the description length of the lexicon alone."""
        return sum(self._meaning_bits(m) for meanings in self.lexicon.values() for m in meanings)

    def _meaning_bits(self, meaning: Meaning) -> float:
        return meaning_bits(meaning, self.corpus.alphabet, self.library)

    def share(self, symbol: str) -> float:
        """Return the share explained of some examples with a symbol."""
        return self._share(symbol)[0]

    def _share(self, symbol: str) -> tuple[float, list[int]]:
        """Return the share explained of some examples with a symbol (all of whose symbols are known)."""
        indexes = self.reviewed(symbol)
        if not indexes:
            return 1.0, []
        return self.saved(indexes, self.chart)[1] / len(indexes), indexes

    def reviewed(self, symbol: str) -> list[int]:
        """Return examples for second thoughts: the shortest, and as many spread over those not too long."""
        known = [
            index
            for index in self.corpus.by_symbol.get(symbol, ())
            if len(self.corpus.pairs[index].tokens) <= self.longest[symbol]
            and all(token in self.lexicon for token in self.corpus.pairs[index].tokens)
        ]
        step = max(1, len(known) // FRONTIER)
        return sorted({*known[:FRONTIER], *known[::step][:FRONTIER]})
