"""The machine: perception, parser and lexicon, learned together from pairs of input and answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from abduce.errors import DataError, RunError, UsageError
from abduce.parser.trees import Tree
from abduce.perception.images import common_ground, normalised
from abduce.perception.pools import pooled
from abduce.perception.reading import ImagePerception
from abduce.reasoning.learning.answering import Prediction
from abduce.reasoning.learning.assessing import MOSTLY_RIGHT, assessed
from abduce.reasoning.learning.closed_forms import has_loops
from abduce.reasoning.learning.corpus import Corpus
from abduce.reasoning.learning.extending import new_symbols, with_symbols
from abduce.reasoning.learning.files import predictor_of, read_machine_data, write_predictor
from abduce.reasoning.learning.knowledge import given_meanings
from abduce.reasoning.learning.lexicon import SILENT, Meaning, described
from abduce.reasoning.learning.loop import (
    Grounding,
    Pairs,
    hold_out,
    learn_lexicon,
    train_briefly,
    train_parser,
)
from abduce.reasoning.learning.posterior import posterior
from abduce.reasoning.learning.predicting import SYMBOLS_PER_POSITION, Perception, Predictor
from abduce.reasoning.learning.primitives import Library, Primitive, library
from abduce.reasoning.learning.reporting import Progress, Report, Stopped, Watch, as_proved
from abduce.reasoning.learning.seeing import Sequences, divided, see
from abduce.values import Example, Tokens, Value, as_tokens, type_of

MOST_CHECKED_SEEN = 500

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
        self.seed = seed
        self.predictor: Predictor | None = None

    @property
    def grounding(self) -> Grounding | None:
        """Lexicon and parser, once they are learned."""
        return self.predictor.grounding if self.predictor else None

    @property
    def seen(self) -> ImagePerception | None:
        """The perception of images, where one was learned."""
        learned = self.predictor.perception if self.predictor and self.perception is None else None
        return learned if isinstance(learned, ImagePerception) else None

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
        listed = self._checked(examples)
        self.predictor = None
        watch = Watch(progress, should_stop, save_state, len(listed), 0)
        watch.curve.extend((state or {}).get("curve", ()))
        perception = self.perception
        if perception is None and not _are_tokens(listed[0].inputs):
            listed, held_out = divided(listed, self.seed)
            try:
                perception, kept = self._see(listed, watch, state)
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
            return self._stopped(stop, perception, corpus, held_out, watch)
        report = self._assess(Predictor(grounding, perception), corpus, held_out, watch)
        if self.seen is None:
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
        before = self._trained()
        old = before.grounding
        listed = self._checked(examples)
        if before.perception is not None or not _are_tokens(listed[0].inputs):
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
        outside = [Example(tokens, target) for tokens, target in held_out]
        report = self._assess(Predictor(grounding), corpus, outside, watch)
        grown = self._trained()
        self.predictor = replace(
            grown,
            grounding=replace(grown.grounding, lexicon={**grown.grounding.lexicon, **old.lexicon}),
            calibration=before.calibration,
            reliability={**grown.reliability, **before.reliability},
            support={**grown.support, **before.support},
        )
        return report

    def _see(
        self, examples: Sequence[Example], watch: Watch, state: dict[str, Any] | None
    ) -> tuple[ImagePerception, Pairs]:
        """Learn to read images; return with that what can be read with certainty, as symbols with their answers."""
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
        watch.context = {"perception": perception.state(), "pairs": pairs}
        return perception, pairs

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

    def _tokens(self, inputs: Any) -> Tokens:
        if self.perception is None:
            return as_tokens(inputs)
        return tuple(symbol or "" for symbol in self.perception(inputs).best())

    def _stopped(
        self, stop: Stopped, perception: Perception | None, corpus: Corpus, held_out: Sequence[Example], watch: Watch
    ) -> Report:
        """Make what can be made of a lexicon that was still being learned."""
        grounding = Grounding.of(_proved(stop.lexicon or {}), self.library, corpus.kind, self.seed)
        if grounding.entries:
            train_briefly(grounding, corpus, self.seed)
        unhurried = Watch(None, None, None, watch.total, watch.words)
        unhurried.curve.extend(watch.curve)
        report = self._assess(Predictor(grounding, perception), corpus, held_out, unhurried)
        return replace(report, finished=False, stopped=str(stop), learned=False)

    def _assess(self, predictor: Predictor, corpus: Corpus, held_out: Sequence[Example], watch: Watch) -> Report:
        """Find out how sure a predictor may be, and keep it if it can answer anything."""
        found, report = assessed(predictor, corpus, held_out, watch)
        if found.grounding.entries:
            self.predictor = found
        return report

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
        predictor = self._trained()
        return predictor.answers(predictor.read(inputs), top)

    def explain(self, inputs: Any) -> str:
        """Return the answer to one input, the tree with each node's value, and the meaning of each word."""
        return self.explained(self.predict([inputs])[0])

    def explained(self, found: Prediction) -> str:
        """Return a prediction as text: the answer, the tree with each node's value, the meaning of each word."""
        return self._trained().explained(found)

    def abduce(self, inputs: Any, target: Value) -> Abduced:
        """Return the trees of an input that would yield an answer, most probable first.

        Args:
            inputs: A sequence of tokens, or what the perception takes.
            target: The answer.

        Raises:
            UsageError: The machine has not been trained, or a token has no meaning.
        """
        predictor = self._trained()
        grounding = predictor.grounding
        ((sentence, unknown),) = predictor.read([inputs])
        if unknown or not sentence:
            raise UsageError(f"no meaning is known for {', '.join(unknown)}" if unknown else "an empty input")
        found = posterior(sentence, target, grounding.parser, grounding.entries, grounding.kind, grounding.chart())
        trees = tuple(predictor.prediction(parse, 1.0).tree for parse in found.trees)
        return Abduced(tuple(tree for tree in trees if tree), found.probabilities, found.exact, found.bound)

    # what was learned ---------------------------------------------------------------------------------------

    @property
    def lexicon(self) -> Mapping[str, tuple[Meaning, ...]]:
        """What each symbol means; the empty symbol is the silent connective between neighbours."""
        return self._trained().grounding.lexicon

    def lexicon_table(self) -> list[dict[str, Any]]:
        """Return one row for each meaning: symbol, signature, program, closed form, proof, evidence, share."""
        return [
            {
                "symbol": symbol if symbol != SILENT else "(side by side)",
                "signature": str(meaning.signature),
                **described(meaning),
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
        predictor = self._trained()
        sentences = predictor.sentences(examples, SYMBOLS_PER_POSITION if jointly else 1)
        return predictor.grounding.right(sentences)

    def accuracy_random_parser(self, examples: Iterable[Example], *, repeats: int = 10) -> float:
        """Return the accuracy with an untrained parser over the same lexicon, the mean over some initial weights."""
        predictor = self._trained()
        grounding, pairs = predictor.grounding, predictor.sentences(examples)
        untrained = [
            replace(grounding, parser=grounding.parser.with_random_weights(self.seed * 1000 + 17 + n))
            for n in range(repeats)
        ]
        return sum(_share(one.right(pairs)) for one in untrained) / repeats

    def accuracy_parser_only(self, examples: Iterable[Example]) -> float:
        """Return the accuracy of the parser's best tree, no type or value being looked at in choosing it."""
        predictor = self._trained()
        return _share(predictor.grounding.right(predictor.sentences(examples), typed=False))

    def _trained(self) -> Predictor:
        if self.predictor is None:
            raise UsageError("this machine has not been trained: call fit(examples), or load a trained one")
        return self.predictor

    # files --------------------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> None:
        """Write the machine to a file of tensors and plain data.

        Raises:
            UsageError: It holds what cannot be written: own primitives, or Python functions as knowledge.
        """
        predictor = self._trained()
        names = (
            [self.primitives]
            if isinstance(self.primitives, str)
            else [p for p in self.primitives if isinstance(p, str)]
        )
        own = not isinstance(self.primitives, str) and len(names) < len(self.primitives)
        if own or any(name.startswith("given:") for name in self.library.by_name):
            raise UsageError(
                "a machine with own primitives or given functions cannot be saved, since a file holds no code; "
                "keep the code that builds it, and train it again"
            )
        write_predictor(path, predictor, seen=self.seen is not None, primitives=names, seed=self.seed)

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
        data = read_machine_data(path)
        try:
            machine = cls(primitives=data["primitives"], seed=data["seed"], perception=perception)
            machine.predictor = predictor_of(path, data, machine.library, perception)
            if data.get("seen"):
                machine.perception = None
        except UsageError:
            raise
        except (KeyError, ValueError, TypeError, RuntimeError) as error:
            reason = str(error).splitlines()[-1].strip()
            raise RunError(f"{path}: not a complete machine of this version ({reason}); train it again") from error
        return machine


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
