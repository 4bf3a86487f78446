"""Learning: from pairs of input and answer to a lexicon and a trained parser."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

from abduce.parser.model import NeuralParser, Parse, Sentence
from abduce.reasoning.learning.answering import answer_of
from abduce.reasoning.learning.composition import Parsed, composed
from abduce.reasoning.learning.conventions import conventions
from abduce.reasoning.learning.corpus import Corpus, Pair
from abduce.reasoning.learning.deduction import Chart
from abduce.reasoning.learning.lexicon import Entry, Lexicon, Meaning, entries
from abduce.reasoning.learning.noise import uneven
from abduce.reasoning.learning.primitives import Library
from abduce.reasoning.learning.reporting import MOST_NOISE, Stopped, Watch
from abduce.reasoning.learning.schedule import SearchState, search
from abduce.reasoning.learning.search import Searcher
from abduce.reasoning.learning.training import (
    EPOCHS,
    LONGEST_ENUMERATED,
    Explained,
    Trainer,
    chosen,
    explain_all,
    restricted,
)
from abduce.values import UNDEFINED, Basic, Tokens, Value, same_value

HELD_OUT = 0.05
MOST_HELD_OUT = 500
MOST_CHECKED = 3000
CHECKED_EACH_EPOCH = 200
FREE_EPOCHS = 3
LEAST_EPOCHS = 4
FEW_EPOCHS = 3
FEW_SENTENCES = 200
TREES_SEARCHED = 8
MOST_LONG = 200
LEARNED = 0.98
AGREED = 0.995
MATERIAL = 0.005
MOST_COMPOSED = 600
LEAST_COMPOSED = 20
MOST_LEFT = 0.5
MOST_DOUBT = 0.1

Pairs = list[tuple[Tokens, Value]]


@dataclass(frozen=True, slots=True)
class Grounding:
    """A lexicon and a parser over its labels: all that prediction needs.

    Attributes:
        lexicon: The meanings.
        library: The primitives that their programs call.
        parser: Scores and builds trees.
        entries: The parser's labels, in its order, with the means to compute values.
        kind: Type of the answers.
    """

    lexicon: Lexicon
    library: Library
    parser: NeuralParser
    entries: tuple[Entry, ...]
    kind: Basic

    @classmethod
    def of(cls, lexicon: Lexicon, library: Library, kind: Basic, seed: int) -> Grounding:
        """Return a lexicon with an untrained parser."""
        found = tuple(e for symbol in sorted(lexicon) if symbol for e in entries(symbol, lexicon, library))
        return cls(lexicon, library, NeuralParser([e.label for e in found], seed=seed), found, kind)

    def chart(self) -> Chart:
        """Return a chart of values whose entries are those of the parser."""
        by_symbol: dict[str, tuple[Entry, ...]] = {}
        for entry in self.entries:
            by_symbol[entry.label.symbol] = (*by_symbol.get(entry.label.symbol, ()), entry)
        return Chart(by_symbol)

    def knows(self, sentence: Sentence) -> bool:
        """Return whether every symbol that a sentence's positions may be has a meaning."""
        return all(s in self.lexicon for item in sentence for s in ([item] if isinstance(item, str) else dict(item)))

    def parses(self, sentences: Sequence[Sentence], *, typed: bool = True) -> list[Parse | None]:
        """Return each sentence's best tree, None where a symbol is unknown, it is too long, or there is none.

        Sentences must be hashable.
        """
        distinct = [s for s in dict.fromkeys(sentences) if s and self.knows(s) and self.parser.fits(s)]
        found = dict(zip(distinct, self.parser.best(distinct, self.kind if typed else None), strict=True))
        return [found.get(sentence) for sentence in sentences]

    def answers(self, sentences: Sequence[Sentence], *, typed: bool = True) -> list[Value]:
        """Return the value of each sentence's best tree that has one; without types, of its best tree."""
        parses = self.parses(sentences, typed=typed)
        values = [UNDEFINED if p is None else answer_of(p, self.entries, typed=typed) for p in parses]
        if typed:
            missing = [i for i, value in enumerate(values) if value is UNDEFINED]
            for i, parse in [(i, parses[i]) for i in missing]:
                if parse is not None:
                    other = self.with_value(sentences[i], parse)
                    values[i] = UNDEFINED if other is None else answer_of(other, self.entries)
        return values

    def with_value(self, sentence: Sentence, parse: Parse) -> Parse | None:
        """Return a good tree that has a value, where the best one has none.

        Where symbols are uncertain, each is first taken not to be what the best tree has it be, all else being open,
        which takes much less than a list of trees.
        """
        changed = []
        for place, (item, label) in enumerate(zip(sentence, parse.labels, strict=True)):
            left = () if isinstance(item, str) else tuple(o for o in item if o[0] != self.entries[label].label.symbol)
            if left:
                changed.append((*sentence[:place], left, *sentence[place + 1 :]))
        others = [found for found in self.parser.best(changed, self.kind) if found is not None]
        others.sort(key=lambda found: -found.score)
        if not others and self.parser.fits(sentence):
            others = self.parser.k_best([sentence], TREES_SEARCHED, self.kind)[0]
        return next((found for found in others if answer_of(found, self.entries) is not UNDEFINED), None)

    def right(self, pairs: Sequence[tuple[Sentence, Value]], *, typed: bool = True) -> list[bool]:
        """Return for each pair whether the answer is the one given."""
        values = self.answers([sentence for sentence, _ in pairs], typed=typed)
        return [same_value(value, target) for value, (_, target) in zip(values, pairs, strict=True)]


def hold_out(pairs: Pairs, seed: int) -> tuple[Pairs, Pairs]:
    """Return the pairs to learn from and those held out, half of these from the longest tenth.

    The choice depends on the pairs and the seed, not on their order. A symbol's last pair is never held out.
    """
    distinct = sorted(set(pairs), key=lambda pair: _digest(pair, seed))
    wanted = min(MOST_HELD_OUT, round(HELD_OUT * len(distinct)))
    longest = sorted(distinct, key=lambda pair: -len(pair[0]))[: max(1, len(distinct) // 10)]
    left = Counter(token for tokens, _ in distinct for token in set(tokens))
    out: dict[tuple[Tokens, Value], None] = {}
    for group, size in ((longest, wanted // 2), (distinct, wanted)):
        for pair in group:
            if len(out) >= size:
                break
            if pair not in out and all(left[token] > 3 for token in pair[0]):
                out[pair] = None
                left.subtract(set(pair[0]))
    return [pair for pair in pairs if pair not in out], list(out)


def _digest(pair: tuple[Tokens, Value], seed: int) -> bytes:
    return hashlib.sha256(f"{seed}|{pair!r}".encode()).digest()


def learn_lexicon(
    corpus: Corpus,
    library: Library,
    given: Mapping[str, Sequence[Meaning]],
    watch: Watch,
    state: dict[str, Any] | None,
    held: Mapping[str, tuple[Meaning, ...]] | None = None,
) -> dict[str, tuple[Meaning, ...]]:
    """Return the lexicon of least description length that was found; some meanings may be held as they are.

    Raises:
        Stopped: The watch said so.
    """
    found = SearchState.from_plain(state["search"]) if state else SearchState()
    searcher = Searcher(corpus, library, given=given, held=held)

    def poll() -> None:
        watch.poll()
        known = len(searcher.corpus.vocabulary) - len(searcher.unknown)
        watch.tell("words", found.step, known, None, f"{found.phase}: {known} of {len(corpus.vocabulary)} words")

    searcher.watch = poll
    try:
        for reached in search(searcher, found):
            found = reached
            explained = searcher.explained()
            watch.point("words", len(found.lexicon), explained)
            watch.tell("words", found.step, len(found.lexicon), explained, found.phase)
            watch.save({"stage": "words", "search": found.to_plain()})
    except Stopped as stop:
        stop.lexicon = found.lexicon or dict(searcher.lexicon)
        raise
    return found.lexicon


def train_parser(
    grounding: Grounding,
    corpus: Corpus,
    seed: int,
    watch: Watch,
    state: dict[str, Any] | None,
) -> None:
    """Train a grounding's parser on the trees that explain the answers, in place.

    Raises:
        Stopped: The watch said so.
    """
    try:
        _train_parser(grounding, corpus, seed, watch, state)
    except Stopped as stop:
        stop.lexicon = grounding.lexicon
        raise


def _train_parser(grounding: Grounding, corpus: Corpus, seed: int, watch: Watch, state: dict[str, Any] | None) -> None:
    parser = grounding.parser
    searched = {"search": SearchState("done", lexicon={**grounding.lexicon}).to_plain()}
    watch.save({"stage": "words", **searched})
    explained = explain_all(corpus, chosen(corpus), grounding.chart(), parser.inventory, watch.poll)
    if not explained:
        return
    trainer = Trainer(parser, explained, seed)
    first, kept = 0, None
    if state and state["stage"] == "parser":
        parser.load_state_dict(state["parser"])
        trainer.optimiser.load_state_dict(state["optimiser"])
        first, kept = state["epoch"], state["kept"]
        trainer.explained = restricted(explained, kept) if kept else explained
    step = max(1, len(explained) // CHECKED_EACH_EPOCH)
    check = [(e.tokens, e.target) for e in explained[::step]]
    perfect = state["perfect"] if state and first else 0
    # trees chosen among several came late: what they prefer needs the low rates at the end to stand out
    least = LEAST_EPOCHS if all(len(one.trees) == 1 for one in explained) else EPOCHS
    for epoch in range(first, EPOCHS):
        watch.poll()
        if epoch >= FREE_EPOCHS:
            kept = kept or conventions(explained, parser)
            trainer.explained = restricted(explained, kept)
        loss = trainer.epoch(epoch)
        right = grounding.right(check)
        perfect = perfect + 1 if all(right) else 0
        share = sum(right) / len(right)
        watch.point("parser", len(grounding.lexicon), share)
        watch.tell("parser", epoch + 1, len(grounding.lexicon), share, f"epoch {epoch + 1}, loss {loss:.4f}")
        if perfect >= 2 and epoch + 1 >= least:
            break
        reached = {"epoch": epoch + 1, "perfect": perfect, "kept": kept}
        watch.save({"stage": "parser", **searched, **reached, **_weights(trainer)})
    _train_on_long(grounding, corpus, trainer, watch)


def _weights(trainer: Trainer) -> dict[str, Any]:
    return {
        "parser": deepcopy(trainer.parser.state_dict()),
        "optimiser": deepcopy(trainer.optimiser.state_dict()),
    }


def train_briefly(grounding: Grounding, corpus: Corpus, seed: int) -> None:
    """Train a grounding's parser on a few sentences, so that a machine stopped early can be tested."""
    inventory = grounding.parser.inventory
    found = explain_all(corpus, chosen(corpus, FEW_SENTENCES), grounding.chart(), inventory)
    if found:
        trainer = Trainer(grounding.parser, found, seed)
        for epoch in range(FEW_EPOCHS):
            trainer.epoch(epoch)


def _train_on_long(grounding: Grounding, corpus: Corpus, trainer: Trainer, watch: Watch) -> None:
    """Go on with sentences too long to enumerate, on the likeliest of their trees that yields the answer."""
    long = [pair for pair in corpus.pairs if len(pair.tokens) > LONGEST_ENUMERATED]
    long = long[:: max(1, len(long) // MOST_LONG)]
    wrong = [p for p, ok in zip(long, grounding.right([(p.tokens, p.target) for p in long]), strict=True) if not ok]
    found = []
    for pair in wrong:
        watch.poll()
        if not grounding.parser.fits(pair.tokens):
            continue
        for parse in grounding.parser.k_best([pair.tokens], TREES_SEARCHED, grounding.kind)[0]:
            if same_value(answer_of(parse, grounding.entries), pair.target):
                found.append(Explained(pair.tokens, pair.target, (parse,), False))
                break
    if found:
        trainer.explained = [*trainer.explained, *found]
        for epoch in range(EPOCHS - 2, EPOCHS):
            watch.poll()
            trainer.epoch(epoch)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking the machine on its training pairs shows.

    Attributes:
        explained: Share of pairs whose answer it gives.
        noise: Estimated share of wrong answers.
        suspects: Symbols whose pairs go wrong much more often than others.
        agreement: Share of longer sentences, made of those it has learned from, that it reads as they were made.
        shares: For each symbol the share of its pairs that come out right, and their number.
    """

    explained: float
    noise: float
    suspects: tuple[str, ...]
    agreement: float
    shares: Mapping[str, tuple[float, int]]


def check(grounding: Grounding, corpus: Corpus) -> Verdict:
    """Run a machine on its training pairs, at most `MOST_CHECKED` of them, spread over all lengths.

    Wrong answers in the data strike sentences of every length and every symbol alike. What goes wrong more often
    among long sentences than among short ones, or with one symbol, is the machine's failing and not noise.
    """
    pairs = corpus.pairs[:: max(1, -(-len(corpus.pairs) // MOST_CHECKED))]
    right = grounding.right([(pair.tokens, pair.target) for pair in pairs])
    total = sum(pair.count for pair in pairs)
    good = sum(pair.count for pair, ok in zip(pairs, right, strict=True) if ok)
    tally: dict[str, list[int]] = {symbol: [0, 0] for symbol in corpus.vocabulary}
    for pair, ok in zip(pairs, right, strict=True):
        for symbol in set(pair.tokens):
            tally[symbol][0] += ok
            tally[symbol][1] += 1
    shares = {s: (wins / max(1, n), n) for s, (wins, n) in tally.items()}
    quarters = (
        [right[i * len(right) // 4 : (i + 1) * len(right) // 4] for i in range(4)] if len(right) >= 80 else [right]
    )
    rates = [1.0 - sum(q) / len(q) for q in quarters]
    wrong = 1.0 - good / total
    low = min(rates)
    noise = wrong if max(rates) <= low + 3.0 * _deviation(low, len(right) // 4) + 0.01 else low
    suspects = {s for s, (share, n) in shares.items() if n and 1.0 - share > noise + 4.0 * _deviation(noise, n) + 0.1}
    suspects.update(s for group in uneven([pair.tokens for pair in pairs], right, MATERIAL) for s in group)
    agreement, concerned = agrees_on_longer(grounding, pairs)
    suspects.update(concerned)
    return Verdict(good / total, noise, tuple(sorted(suspects)), agreement, shares)


def agrees_on_longer(grounding: Grounding, pairs: Sequence[Pair]) -> tuple[float, set[str]]:
    """Return the share of composed longer sentences that the parser reads as they were made, and the words concerned.

    Args:
        grounding: The lexicon and the parser.
        pairs: Pairs of which sentences are made, where the parser has them right.
    """
    sentences = [pair.tokens for pair in pairs[:: max(1, -(-len(pairs) // MOST_COMPOSED))]]
    targets = {pair.tokens: pair.target for pair in pairs}
    parsed = [
        Parsed(tokens, parse)
        for tokens, parse in zip(sentences, grounding.parses(sentences), strict=True)
        if parse is not None and same_value(answer_of(parse, grounding.entries), targets[tokens])
    ]
    made = composed(parsed, grounding.parser.inventory, seed=0)
    made = [one for one in made if grounding.parser.fits(one.tokens)]
    values = [answer_of(one.tree, grounding.entries) for one in made]
    defined = [(one.tokens, value) for one, value in zip(made, values, strict=True) if value is not UNDEFINED]
    if len(defined) < LEAST_COMPOSED:
        return 1.0, set()
    right = grounding.right(defined)
    concerned = uneven([tokens for tokens, _ in defined], right) if sum(right) < AGREED * len(right) else []
    return sum(right) / len(right), {symbol for group in concerned for symbol in group}


def _deviation(rate: float, count: int) -> float:
    """Return the standard deviation of a share among so many cases."""
    return sqrt(max(rate * (1.0 - rate), 0.25 / max(count, 1)) / max(count, 1))


def learned_from(corpus: Corpus, verdict: Verdict, accuracy: float | None, count: int, *, doubt: float = 0.0) -> bool:
    """Return whether what was learned is confirmed: by the training pairs, by those held out, against mere guessing.

    Args:
        corpus: The training pairs.
        verdict: What checking on them shows.
        accuracy: Share of the held-out pairs that are right, None where there are none.
        count: How many were held out.
        doubt: How likely an input is misread, by perception's own word; up to `MOST_DOUBT` is allowed for as noise is.
    """
    if accuracy is None:  # nothing but the training pairs themselves can speak for it
        return verdict.explained == 1.0
    frequencies: Counter[Value] = Counter()
    for pair in corpus.pairs:
        frequencies[pair.target] += pair.count
    guessed = max(frequencies.values()) / sum(frequencies.values())
    if verdict.noise > MOST_NOISE or 1.0 - verdict.explained > MOST_LEFT * (1.0 - guessed):
        return False
    # of truth values a wrong lexicon gets so many right that what it misses looks like noise
    noise = 0.0 if corpus.kind is Basic.BOOL else verdict.noise
    allowed = 1.0 - (1.0 - noise) * (1.0 - min(doubt, MOST_DOUBT))
    checked = min(MOST_CHECKED, len(corpus.pairs))
    return (
        verdict.agreement >= AGREED
        and confirmed(accuracy, count, allowed)
        and confirmed(verdict.explained, checked, noise)
    )


def confirmed(accuracy: float, count: int, noise: float) -> bool:
    """Return whether an accuracy is what a machine that is right `LEARNED` of the time would show."""
    expected = LEARNED * (1.0 - noise)
    slack = 2.0 * sqrt(noise * (1.0 - noise) / max(count, 1)) if noise > 1.0 - LEARNED else 0.0
    return accuracy >= expected - slack


def with_evidence(grounding: Grounding, corpus: Corpus, shares: Mapping[str, tuple[float, int]]) -> Lexicon:
    """Return the lexicon with, for each meaning, how many training pairs come out right with it."""
    pairs = corpus.pairs[:: max(1, -(-len(corpus.pairs) // MOST_CHECKED))]
    used: Counter[tuple[str, int]] = Counter()
    sentences = [pair.tokens for pair in pairs]
    for pair, parse in zip(pairs, grounding.parses(sentences), strict=True):
        if parse is not None and same_value(answer_of(parse, grounding.entries), pair.target):
            labels = {(grounding.entries[n].label.symbol, grounding.entries[n].label.sense) for n in parse.labels}
            used.update(labels)
    return {
        symbol: tuple(
            replace(meaning, evidence=used[symbol, sense], share=shares.get(symbol, (0.0, 0))[0])
            for sense, meaning in enumerate(meanings)
        )
        for symbol, meanings in grounding.lexicon.items()
    }
