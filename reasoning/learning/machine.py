"""The machine: perception, parser and lexicon, learned together from pairs of input and answer."""

from __future__ import annotations

import io
import math
import pickle
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import torch

from abduce.errors import DataError, RunError, UsageError
from abduce.parser.model import Parse
from abduce.parser.trees import Tree, tree_from_heads
from abduce.perception.calibration import Calibration
from abduce.perception.images import common_ground, normalised
from abduce.perception.lattice import Lattice
from abduce.perception.pools import pooled
from abduce.perception.reading import ImagePerception
from abduce.reasoning.learning.answering import Prediction, answer_of, values_of
from abduce.reasoning.learning.closed_forms import has_loops
from abduce.reasoning.learning.corpus import Corpus
from abduce.reasoning.learning.extending import new_symbols, with_symbols
from abduce.reasoning.learning.knowledge import given_meanings
from abduce.reasoning.learning.lexicon import SILENT, Meaning, lexicon_from_plain, lexicon_to_plain
from abduce.reasoning.learning.loop import (
    TREES_SEARCHED,
    Grounding,
    Pairs,
    check,
    hold_out,
    learn_lexicon,
    learned_from,
    train_briefly,
    train_parser,
    with_evidence,
)
from abduce.reasoning.learning.noise import reliability, support
from abduce.reasoning.learning.posterior import posterior
from abduce.reasoning.learning.primitives import Library, Primitive, library
from abduce.reasoning.learning.reporting import Progress, Report, Stopped, Watch, as_proved
from abduce.reasoning.learning.seeing import Sequences, divided, see
from abduce.values import UNDEFINED, Basic, Example, Tokens, Value, as_tokens, same_value, show_value, type_of

FORMAT = 1
LEAST_CALIBRATED = 200
MOSTLY_RIGHT = 0.5
SYMBOLS_PER_POSITION = 4
MOST_CHECKED_SEEN = 500
LEAST_LOG_PROB = math.log(2e-3)
SHARPNESSES = (1.0, 1.5, 2.0, 3.0)
"""How much more than the parser perception may count, where the two decide together."""

Perception: TypeAlias = Callable[[Any], Lattice]
Sentences: TypeAlias = list[tuple[Any, Value]]
"""Sentences as the parser takes them, with their answers."""

__all__ = ["Abduced", "Machine", "Prediction", "Progress", "Report"]


@dataclass(frozen=True, slots=True)
class Abduced:
    """The trees that explain an answer.

    Attributes:
        trees: Most probable first.
        probabilities: Given the answer, among these trees.
        exact: Whether these are all trees that yield the answer.
        bound: No tree left out has a score above this, in nats.
    """

    trees: tuple[Tree, ...]
    probabilities: tuple[float, ...]
    exact: bool
    bound: float


class Machine:
    """Learns what symbols mean and how they combine, then answers and explains.

    Args:
        primitives: What programs may be built from: the name of a set (`arithmetic`, `peano`), or a list of such
            names and own `Primitive`s (own ones alone are added to `arithmetic`).
        knowledge: Meanings that are known already, by symbol: constants, Python functions, sympy or Z3
            expressions, or terms.
        perception: From an input to a `Lattice`; without it an input is a sequence of tokens, each certain. Learning
            takes each position's likeliest symbol; answering weighs up to `SYMBOLS_PER_POSITION` of them.
        seed: Everything that is drawn is drawn from it.

    Example:
        >>> machine = Machine()
        >>> words = {"one": 1, "two": 2, "six": 6}
        >>> pairs = [Example((a,), m) for a, m in words.items()]
        >>> pairs += [Example((a, "plus", b), m + n) for a, m in words.items() for b, n in words.items()]
        >>> machine.fit(pairs).learned
        True
        >>> machine(("six", "plus", "six", "plus", "two")).value
        14
    """

    def __init__(
        self,
        *,
        primitives: str | Sequence[str | Primitive] = "arithmetic",
        knowledge: Mapping[str, Any] | None = None,
        perception: Perception | None = None,
        seed: int = 0,
    ) -> None:
        self.library: Library = library(primitives)
        self.primitives = primitives
        self.knowledge = dict(knowledge or {})
        self.perception = perception
        self.seen: ImagePerception | None = None
        self.sharpness = 1.0
        self.seed = seed
        self.grounding: Grounding | None = None
        self.calibration = Calibration()
        self.reliability: dict[str, float] = {}
        self.support: dict[str, float] = {}

    # learning -----------------------------------------------------------------------------------------------

    def fit(
        self,
        examples: Iterable[Example],
        *,
        progress: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], str | None] | None = None,
        state: dict[str, Any] | None = None,
        save_state: Callable[[dict[str, Any]], None] | None = None,
    ) -> Report:
        """Learn from examples; the result does not depend on their order.

        Args:
            examples: The examples; answers of one type.
            progress: Called now and then with how far learning has come.
            should_stop: Polled often; returns the reason to stop, None to go on.
            state: A state that `save_state` was given earlier, on the same examples, to go on from.
            save_state: Called with a state to go on from, after each step.

        Raises:
            DataError: There are no examples, or their answers are of different types.
            UsageError: Given knowledge is of no known form.
        """
        if self.seen is not None:  # what was seen before is learned anew
            self.perception, self.seen, self.sharpness = None, None, 1.0
        listed = self._checked(examples)
        watch = Watch(progress, should_stop, save_state, len(listed), 0)
        watch.curve.extend((state or {}).get("curve", ()))
        if self.perception is None and not _are_tokens(listed[0].inputs):
            listed, held_out = divided(listed, self.seed)
            try:
                kept = self._see(listed, watch, state)
            except Stopped as stop:
                return Report(False, stopped=str(stop), train_count=watch.total, curve=tuple(watch.curve))
            state = state if state and state["stage"] != "symbols" else None
        else:
            kept, left_out = hold_out(self._pairs(listed), self.seed)
            held_out = [Example(tokens, target) for tokens, target in left_out]
        corpus = Corpus.of(kept)
        watch.words = len(corpus.vocabulary)
        given, extra = given_meanings(self.knowledge, corpus.kind)
        if extra:
            self.library = Library((*library(self.primitives).primitives, *extra))
        try:
            lexicon = _proved(learn_lexicon(corpus, self.library, given, watch, state))
            unseen = {symbol: meanings for symbol, meanings in given.items() if symbol not in corpus.by_symbol}
            grounding = Grounding.of({**lexicon, **unseen}, self.library, corpus.kind, self.seed)
            train_parser(grounding, corpus, self.seed, watch, state)
        except Stopped as stop:
            return self._stopped(stop, corpus, held_out, watch)
        report = self._finish(grounding, corpus, held_out, watch)
        if self.seen is None or self.grounding is None:
            return report
        sample = listed[:: max(1, -(-len(listed) // MOST_CHECKED_SEEN))]
        explained = self.evaluate(sample)
        enough = explained == 1.0 if report.held_out_accuracy is None else explained >= MOSTLY_RIGHT
        return replace(report, explained=explained, learned=report.learned and enough)

    def extend(
        self,
        examples: Iterable[Example],
        *,
        progress: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], str | None] | None = None,
        state: dict[str, Any] | None = None,
        save_state: Callable[[dict[str, Any]], None] | None = None,
    ) -> Report:
        """Learn the symbols of some examples that are new, from a few of them; all that is known stays as it is.

        Arguments are as those of `fit`. A machine that was stopped is as it was before.

        Raises:
            DataError: There are no examples, or their answers are not of the type that the machine's are.
            UsageError: The machine has not been trained, takes no tokens, or knows all symbols of the examples.
        """
        old, reliable, supported, calibration = self._trained(), self.reliability, self.support, self.calibration
        listed = self._checked(examples)
        if self.perception is not None or not _are_tokens(listed[0].inputs):
            raise UsageError("new symbols can be learned from tokens alone, by a machine that was trained on tokens")
        watch = Watch(progress, should_stop, save_state, len(listed), 0)
        watch.curve.extend((state or {}).get("curve", ()))
        pairs = self._pairs(listed)
        new = new_symbols(old.lexicon, pairs, type_of(listed[0].target), old.kind)
        kept, held_out = hold_out(pairs, self.seed)
        corpus = Corpus.of(kept)
        watch.words = len(corpus.vocabulary)
        given, extra = given_meanings({s: self.knowledge[s] for s in new if s in self.knowledge}, corpus.kind)
        self.library = Library((*self.library.primitives, *extra)) if extra else self.library
        try:
            lexicon = _proved(learn_lexicon(corpus, self.library, given, watch, state, old.lexicon))
            grounding = with_symbols(old, {**lexicon, **old.lexicon}, self.library, corpus, self.seed, watch)
        except Stopped as stop:
            return Report(False, stopped=str(stop), train_count=watch.total, curve=tuple(watch.curve))
        report = self._finish(grounding, corpus, [Example(tokens, target) for tokens, target in held_out], watch)
        self.grounding = replace(self._trained(), lexicon={**self.lexicon, **old.lexicon})
        self.reliability = {**self.reliability, **reliable}
        self.support = {**self.support, **supported}
        self.calibration = calibration
        return report

    def _see(self, examples: Sequence[Example], watch: Watch, state: dict[str, Any] | None) -> Pairs:
        """Learn to read images, and return what can be read with certainty as symbols with their answers."""
        pictures, places = pooled([example.inputs for example in examples])
        ground = common_ground(pictures)
        images = normalised(pictures, ground=ground)
        sequences = Sequences(images, places, [example.target for example in examples], ground)
        kind = type_of(sequences.targets[0])
        if state and "perception" in state:
            perception = ImagePerception.from_state(state["perception"])
            pairs = [(tuple(tokens), target) for tokens, target in state["pairs"]]
        else:
            perception, pairs = see(sequences, kind, self.library, self.seed, watch, state)
        if not pairs:
            raise DataError("no sequence of images could be read beyond doubt: nothing can be learned from them")
        self.perception = self.seen = perception
        watch.context = {"perception": perception.state(), "pairs": pairs}
        return pairs

    def _checked(self, examples: Iterable[Example]) -> list[Example]:
        """Return the examples, all of which can be learned from.

        Raises:
            DataError: There are none, or some answers are of another type, or an input is empty.
        """
        listed = list(examples)
        if not listed:
            raise DataError("there are no training examples: at least one pair of input and answer is needed")
        try:
            kinds = {type_of(example.target) for example in listed}
        except TypeError as error:
            raise DataError(f"a training example cannot be learned from: {error}") from error
        if len(kinds) > 1:
            raise DataError(f"the answers are of different types ({', '.join(sorted(map(str, kinds)))}); give one type")
        if any(not len(example.inputs) for example in listed):
            raise DataError("a training example has an empty input")
        return listed

    def _pairs(self, examples: Iterable[Example]) -> Pairs:
        return [(self._tokens(example.inputs), example.target) for example in examples]

    def _sentences(self, examples: Iterable[Example], most: int = SYMBOLS_PER_POSITION) -> Sentences:
        """Return examples as the parser takes them, with their answers."""
        listed = list(examples)
        found = self._read([example.inputs for example in listed], most)
        return [(sentence, example.target) for (sentence, _), example in zip(found, listed, strict=True)]

    def _read(self, inputs: Sequence[Any], most: int = SYMBOLS_PER_POSITION) -> list[tuple[Any, tuple[str, ...]]]:
        """Return inputs as the parser takes them (hashable), each with what is unknown in it.

        Args:
            inputs: The inputs.
            most: How many symbols each position may be.
        """
        if self.perception is None:
            return [(tokens, self._unknown(tokens)) for tokens in map(as_tokens, inputs)]
        if isinstance(self.perception, ImagePerception):
            return [self._options(lattice, most) for lattice in self.perception.lattices(inputs)]
        return [self._options(self.perception(one), most) for one in inputs]

    def _options(self, lattice: Lattice, most: int) -> tuple[Any, tuple[str, ...]]:
        """Return for each position the likeliest symbols that have a meaning, and the positions without any."""
        known = self._trained().lexicon
        rows = tuple(
            tuple(
                (s, p * self.sharpness) for s, p in lattice.likely(i, count=most) if s in known and p >= LEAST_LOG_PROB
            )
            for i in range(len(lattice.log_probs))
        )
        return rows, tuple(f"position {i}" for i, row in enumerate(rows) if not row)

    def _tokens(self, inputs: Any) -> Tokens:
        if self.perception is None:
            return as_tokens(inputs)
        return tuple(symbol or "" for symbol in self.perception(inputs).best())

    def _stopped(self, stop: Stopped, corpus: Corpus, held_out: Sequence[Example], watch: Watch) -> Report:
        """Make what can be made of a lexicon that was still being learned."""
        lexicon = _proved(stop.lexicon or {})
        grounding = Grounding.of(lexicon, self.library, corpus.kind, self.seed)
        if grounding.entries:
            train_briefly(grounding, corpus, self.seed)
        unhurried = Watch(None, None, None, watch.total, watch.words)
        unhurried.curve.extend(watch.curve)
        report = self._finish(grounding, corpus, held_out, unhurried)
        return replace(report, finished=False, stopped=str(stop), learned=False)

    def _finish(self, grounding: Grounding, corpus: Corpus, held_out: Sequence[Example], watch: Watch) -> Report:
        if not grounding.entries:
            return Report(
                True,
                not_learned=corpus.vocabulary,
                noise=None,
                train_count=watch.total,
                curve=tuple(watch.curve),
            )
        self.grounding = grounding
        verdict = check(grounding, corpus)
        outside: Sentences = [(e.inputs, e.target) for e in held_out]
        doubt = 0.0
        if self.seen is not None:
            outside = self._sharpened(self._sentences(held_out))
            doubt = self._doubt(outside)
        right = grounding.right(outside) if outside else []
        accuracy = sum(right) / len(right) if right else None
        lexicon = with_evidence(grounding, corpus, verdict.shares)
        self.grounding = replace(grounding, lexicon=lexicon)
        self.reliability = dict.fromkeys(lexicon, 1.0) | {
            symbol: reliability(share, n, verdict.noise) for symbol, (share, n) in verdict.shares.items()
        }
        self.support = dict.fromkeys(lexicon, 1.0) | {
            symbol: min(support(meaning.evidence, verdict.noise) for meaning in meanings)
            for symbol, meanings in lexicon.items()
            if symbol in corpus.by_symbol
        }
        self._calibrate(corpus, outside, verdict.noise)
        missing = [s for s in corpus.vocabulary if s not in lexicon]
        not_learned = tuple(sorted({*missing, *verdict.suspects}))
        learned = not not_learned and learned_from(corpus, verdict, accuracy, len(right), doubt=doubt)
        if not learned:
            failing = {s for s, (share, n) in verdict.shares.items() if n and share < MOSTLY_RIGHT}
            not_learned = tuple(sorted({*not_learned, *failing}))
        watch.point("checking", len(lexicon), verdict.explained, accuracy)
        watch.tell("checking", 1, len(lexicon), verdict.explained, "checked on training and held-out pairs")
        return Report(
            True,
            learned=learned,
            not_learned=not_learned,
            explained=verdict.explained,
            held_out_accuracy=accuracy,
            noise=verdict.noise,
            doubt=doubt if self.seen else None,
            train_count=watch.total,
            parameters=sum(p.numel() for p in grounding.parser.parameters()),
            curve=tuple(watch.curve),
        )

    def _sharpened(self, sentences: Sentences) -> Sentences:
        """Choose how much perception counts by how many sentences come out right; return them with that."""

        def scaled(by: float) -> Sentences:
            return [(tuple(tuple((s, p * by) for s, p in row) for row in rows), target) for rows, target in sentences]

        right = {by: sum(self._trained().right(scaled(by))) for by in SHARPNESSES}
        self.sharpness = max(SHARPNESSES, key=lambda by: right[by])
        return scaled(self.sharpness)

    def _doubt(self, sentences: Sentences) -> float:
        """Return how likely some symbol is another than what it is taken for, the mean of sentences."""
        grounding = self._trained()
        shares = [
            0.0 if parse is None else math.exp(sum(map(_log_prob, sentence, self._symbols(parse))) / self.sharpness)
            for (sentence, _), parse in zip(sentences, grounding.parses([s for s, _ in sentences]), strict=True)
        ]
        return 1.0 - sum(shares) / max(1, len(shares))

    def _symbols(self, parse: Parse) -> list[str]:
        return [self._trained().entries[n].label.symbol for n in parse.labels]

    def _calibrate(self, corpus: Corpus, held_out: Sentences, noise: float) -> None:
        """Fit the calibration on the held-out pairs; where these are few, on training pairs beside them."""
        missing = max(0, LEAST_CALIBRATED - len(held_out))
        seen = corpus.pairs[:: max(1, -(-len(corpus.pairs) // missing))] if missing else ()
        sample = [*held_out, *((pair.tokens, pair.target) for pair in seen)]
        grounding = self._trained()
        sample = [
            (tokens, target) for tokens, target in sample if grounding.knows(tokens) and grounding.parser.fits(tokens)
        ]
        self.calibration = Calibration()
        found = self._answers([(tokens, ()) for tokens, _ in sample])
        scored = [(p.confidence, same_value(p.value, t)) for p, (_, t) in zip(found, sample, strict=True) if p.tree]
        self.calibration = Calibration.fit([s for s, _ in scored], [ok for _, ok in scored], noise=noise)

    # answering ----------------------------------------------------------------------------------------------

    def __call__(self, inputs: Any) -> Prediction | list[Prediction]:
        """Answer one input, or a list of inputs at once.

        A text, or a sequence of texts, is one input of tokens; any other list is a list of inputs.
        """
        several = isinstance(inputs, list) and not (
            self.perception is None and all(isinstance(item, str) for item in inputs)
        )
        return self.predict(inputs) if several else self.predict([inputs])[0]

    def predict(self, inputs: Sequence[Any], *, top: int = 1) -> list[Prediction]:
        """Answer inputs.

        Args:
            inputs: Each a sequence of tokens, a text to be split at white space, or what the perception takes.
            top: How many answers to give for each, the further ones as `alternatives`.

        Raises:
            UsageError: The machine has not been trained.
            TooLongError: An input is longer than the parser's memory allows.
        """
        return self._answers(self._read(inputs), top)

    def _answers(self, items: Sequence[tuple[Any, tuple[str, ...]]], top: int = 1) -> list[Prediction]:
        """Answer sentences as the parser takes them, each with its unknown tokens."""
        grounding = self._trained()
        known = [i for i, (sentence, unknown) in enumerate(items) if sentence and not unknown]
        sentences = [items[i][0] for i in known]
        best, partition = grounding.parser.best_with_partition(sentences, grounding.kind)
        found = [Prediction(UNDEFINED, 0.0, None, unknown) for _, unknown in items]
        for i, parse, total in zip(known, best, partition, strict=True):
            if parse is None:
                continue
            one = self._prediction(parse, math.exp(min(0.0, parse.score - total)))
            found[i] = self._ranked(items[i][0], total, top) if top > 1 or one.value is UNDEFINED else one
        return found

    def _unknown(self, tokens: Tokens) -> tuple[str, ...]:
        lexicon = self._trained().lexicon
        return tuple(dict.fromkeys(token for token in tokens if token not in lexicon or not token))

    def _ranked(self, sentence: Any, total: float, top: int) -> Prediction:
        grounding = self._trained()
        parses = grounding.parser.k_best([sentence], max(TREES_SEARCHED, 2 * top), grounding.kind)[0]
        groups: dict[tuple[type, Value], tuple[Parse, float]] = {}
        for parse in parses:
            value = answer_of(parse, grounding.entries)
            if value is not UNDEFINED:
                share = math.exp(min(0.0, parse.score - total))
                key = (type(value), value)
                first, mass = groups.get(key, (parse, 0.0))
                groups[key] = (first, mass + share)
        ranked = [self._prediction(parse, mass) for parse, mass in groups.values()]
        if not ranked:
            return Prediction(UNDEFINED, 0.0, None)
        others = tuple((p.value, p.confidence) for p in sorted(ranked[1:], key=lambda p: -p.confidence)[: top - 1])
        return replace(ranked[0], alternatives=others)

    def _prediction(self, parse: Parse, share: float) -> Prediction:
        grounding = self._trained()
        values = values_of(parse, grounding.entries)
        labels = [grounding.entries[n].label for n in parse.labels]
        symbols = [label.symbol for label in labels]
        tree = tree_from_heads(symbols, parse.heads, parse.slots, labels=labels, values=values)
        trust = min((self.reliability.get(symbol, 0.0) for symbol in symbols), default=0.0)
        held_up = min((self.support.get(symbol, 1.0) for symbol in symbols), default=1.0)
        return Prediction(tree.value, self.calibration(min(1.0, share) * trust) * held_up, tree)

    def explain(self, inputs: Any) -> str:
        """Return the answer to one input, the tree with each node's value, and the meaning of each word."""
        return self.explained(self.predict([inputs])[0])

    def explained(self, found: Prediction) -> str:
        """Return a prediction as text: the answer, the tree with each node's value, the meaning of each word."""
        grounding = self._trained()
        if found.tree is None:
            unknown = ", ".join(found.unknown_tokens)
            return f"no answer: {'no meaning is known for ' + unknown if unknown else 'no tree fits'}"
        lines = [f"{show_value(found.value)}   (confidence {found.confidence:.2f})", "", found.tree.to_text(), ""]
        shown: dict[str, None] = {}
        for node in sorted(found.tree.nodes(), key=lambda node: node.position):
            if node.label is not None:
                meaning = grounding.lexicon[node.symbol][node.label.sense]
                shown[f"{node.symbol} : {meaning.signature}   {as_proved(_described(meaning))}"] = None
        return "\n".join([*lines, *shown])

    def abduce(self, inputs: Any, target: Value) -> Abduced:
        """Return the trees of an input that would yield an answer, most probable first.

        Args:
            inputs: A sequence of tokens, or what the perception takes.
            target: The answer.

        Raises:
            UsageError: The machine has not been trained, or a token has no meaning.
        """
        grounding = self._trained()
        ((sentence, unknown),) = self._read([inputs])
        if unknown or not sentence:
            raise UsageError(f"no meaning is known for {', '.join(unknown)}" if unknown else "an empty input")
        found = posterior(sentence, target, grounding.parser, grounding.entries, grounding.kind, grounding.chart())
        trees = tuple(self._prediction(parse, 1.0).tree for parse in found.trees)
        return Abduced(tuple(tree for tree in trees if tree), found.probabilities, found.exact, found.bound)

    # what was learned ---------------------------------------------------------------------------------------

    @property
    def lexicon(self) -> Mapping[str, tuple[Meaning, ...]]:
        """What each symbol means; the empty symbol is the silent connective between neighbours."""
        return self._trained().lexicon

    def lexicon_table(self) -> list[dict[str, Any]]:
        """Return one row for each meaning: symbol, signature, program, closed form, proof, evidence, share."""
        return [
            {
                "symbol": symbol if symbol != SILENT else "(side by side)",
                "signature": str(meaning.signature),
                **_described(meaning),
                "evidence": meaning.evidence,
                "share": round(meaning.share, 4),
            }
            for symbol, meanings in sorted(self.lexicon.items())
            for meaning in meanings
        ]

    def lexicon_text(self) -> str:
        """Return the lexicon as lines a person can read."""
        rows = self.lexicon_table()
        width = max((len(row["symbol"]) for row in rows), default=0)
        return "".join(
            f"{row['symbol']:<{width}}  =  {as_proved(row)}   [{row['signature']}; {row['evidence']} examples]\n"
            for row in rows
        )

    # measuring ----------------------------------------------------------------------------------------------

    def evaluate(self, examples: Iterable[Example]) -> float:
        """Return the share of examples whose answer the machine gives, by exact match."""
        return _share(self.right(examples))

    def right(self, examples: Iterable[Example], *, jointly: bool = True) -> list[bool]:
        """Return for each example whether the machine gives its answer.

        Args:
            examples: The examples.
            jointly: Whether symbols and tree are chosen together; if not, each position's likeliest symbol is taken
                by itself.
        """
        return self._trained().right(self._sentences(examples, SYMBOLS_PER_POSITION if jointly else 1))

    def accuracy_random_parser(self, examples: Iterable[Example], *, repeats: int = 10) -> float:
        """Return the accuracy with an untrained parser over the same lexicon, the mean over some initial weights."""
        grounding = self._trained()
        pairs = self._sentences(examples)
        untrained = [
            replace(grounding, parser=grounding.parser.with_random_weights(self.seed * 1000 + 17 + n))
            for n in range(repeats)
        ]
        return sum(_share(one.right(pairs)) for one in untrained) / repeats

    def accuracy_parser_only(self, examples: Iterable[Example]) -> float:
        """Return the accuracy of the parser's best tree, no type or value being looked at in choosing it."""
        return _share(self._trained().right(self._sentences(examples), typed=False))

    def _trained(self) -> Grounding:
        if self.grounding is None:
            raise UsageError("this machine has not been trained: call fit(examples), or load a trained one")
        return self.grounding

    # files --------------------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> None:
        """Write the machine to a file of tensors and plain data.

        Raises:
            UsageError: It holds what cannot be written: own primitives, or Python functions as knowledge.
        """
        grounding = self._trained()
        names = [self.primitives] if isinstance(self.primitives, str) else list(self.primitives)
        if not all(isinstance(name, str) for name in names) or any(
            name.startswith("given:") for name in self.library.by_name
        ):
            raise UsageError(
                "a machine with own primitives or given functions cannot be saved, since a file holds no code; "
                "keep the code that builds it, and train it again"
            )
        data = {
            "format": FORMAT,
            "primitives": names,
            "seed": self.seed,
            "kind": grounding.kind.value,
            "lexicon": lexicon_to_plain(grounding.lexicon),
            "parser": grounding.parser.state_dict(),
            "calibration": [list(self.calibration.thresholds), list(self.calibration.probabilities)],
            "reliability": self.reliability,
            "own_perception": self.perception is not self.seen,
            "seen": self.seen.state() if self.seen else None,
            "sharpness": self.sharpness,
            "support": self.support,
        }
        buffer = io.BytesIO()  # torch reports a full disk in words of its own, a file in those of the system
        torch.save(data, buffer)
        Path(path).write_bytes(buffer.getvalue())

    @classmethod
    def load(cls, path: str | Path, *, perception: Perception | None = None) -> Machine:
        """Read a machine from a file; no code in it is run.

        Args:
            path: The file.
            perception: The perception that it was trained with, where that was not tokens: a file holds no code.

        Raises:
            RunError: The file is missing, truncated, no machine, or of a newer version.
            UsageError: It was trained with a perception of its own, and none is given.
        """
        data = read_plain(path)
        version = data.get("format")
        if not isinstance(version, int) or version > FORMAT:
            raise RunError(
                f"{path}: written by a newer version of abduce (format {version}, this one reads up to {FORMAT}); "
                "update abduce"
            )
        try:
            if data["own_perception"] and perception is None:
                raise UsageError(f"{path}: trained with a perception of its own; give it: load(path, perception=…)")
            machine = cls(primitives=data["primitives"], seed=data["seed"], perception=perception)
            lexicon = lexicon_from_plain(data["lexicon"])
            grounding = Grounding.of(lexicon, machine.library, Basic(data["kind"]), machine.seed)
            grounding.parser.load_state_dict(data["parser"])
            machine.grounding = grounding
            machine.calibration = Calibration(*(tuple(part) for part in data["calibration"]))
            machine.reliability = dict(data["reliability"])
            machine.sharpness = data.get("sharpness", 1.0)
            if data.get("seen"):
                machine.perception = machine.seen = ImagePerception.from_state(data["seen"])
            machine.support = dict(data.get("support", {}))
        except UsageError:
            raise
        except (KeyError, ValueError, TypeError, RuntimeError) as error:
            reason = str(error).splitlines()[-1].strip()
            raise RunError(f"{path}: not a complete machine of this version ({reason}); train it again") from error
        grounding.parser.eval()
        return machine


def read_plain(path: str | Path) -> dict[str, Any]:
    """Read a file of tensors and plain data, running no code in it.

    Raises:
        RunError: The file is missing, truncated or something else.
    """
    try:
        data = torch.load(path, weights_only=True, map_location="cpu")
    except FileNotFoundError as error:
        raise RunError(f"{path}: no such file; is this a run folder?") from error
    except (RuntimeError, EOFError, OSError, pickle.UnpicklingError, zipfile.BadZipFile, ValueError) as error:
        raise RunError(f"{path}: cannot be read, it is truncated or no file of abduce's; train it again") from error
    if not isinstance(data, dict):
        raise RunError(f"{path}: not a file of abduce's")
    return data


def _described(meaning: Meaning) -> dict[str, Any]:
    """Return a meaning's program, the closed form that it equals, where it does, and how that is known."""
    return {
        "program": meaning.show(),
        "closed_form": meaning.show_closed(),
        "condition": meaning.show_condition(),
        "proof": meaning.proof,
    }


def _log_prob(options: Sequence[tuple[str, float]], symbol: str) -> float:
    return dict(options)[symbol]


def _are_tokens(inputs: Any) -> bool:
    return isinstance(inputs, str) or all(isinstance(item, str) for item in inputs)


def _proved(lexicon: Mapping[str, tuple[Meaning, ...]]) -> Mapping[str, tuple[Meaning, ...]]:
    """Return a lexicon whose closed forms are proved; a solver is loaded only where there are any."""
    if not any(has_loops(meaning.program) for meanings in lexicon.values() for meaning in meanings):
        return lexicon
    from abduce.reasoning.learning.proofs import proved

    return proved(lexicon)


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right) if right else 0.0
