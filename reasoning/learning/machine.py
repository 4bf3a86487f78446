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
from abduce.perception.lattice import Lattice
from abduce.reasoning.learning.answering import Prediction, answer_of, values_of
from abduce.reasoning.learning.corpus import Corpus
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
from abduce.reasoning.learning.reporting import Progress, Report, Stopped, Watch
from abduce.values import UNDEFINED, Basic, Example, Tokens, Value, as_tokens, same_value, show_value, type_of

FORMAT = 1
LEAST_CALIBRATED = 200
MOSTLY_RIGHT = 0.5
SYMBOLS_PER_POSITION = 4

Perception: TypeAlias = Callable[[Any], Lattice]

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
        pairs = self._pairs(examples)
        kept, held_out = hold_out(pairs, self.seed)
        corpus = Corpus.of(kept)
        watch = Watch(progress, should_stop, save_state, len(pairs), len(corpus.vocabulary))
        watch.curve.extend((state or {}).get("curve", ()))
        given, extra = given_meanings(self.knowledge, corpus.kind)
        if extra:
            self.library = Library((*library(self.primitives).primitives, *extra))
        try:
            lexicon = learn_lexicon(corpus, self.library, given, watch, state)
            unseen = {symbol: meanings for symbol, meanings in given.items() if symbol not in corpus.by_symbol}
            grounding = Grounding.of({**lexicon, **unseen}, self.library, corpus.kind, self.seed)
            train_parser(grounding, corpus, self.seed, watch, state)
        except Stopped as stop:
            return self._stopped(stop, corpus, held_out, watch)
        return self._finish(grounding, corpus, held_out, watch)

    def _pairs(self, examples: Iterable[Example]) -> Pairs:
        pairs = [(self._tokens(example.inputs), example.target) for example in examples]
        if not pairs:
            raise DataError("there are no training examples: at least one pair of input and answer is needed")
        try:
            kinds = {type_of(target) for _, target in pairs}
        except TypeError as error:
            raise DataError(f"a training example cannot be learned from: {error}") from error
        if len(kinds) > 1:
            raise DataError(f"the answers are of different types ({', '.join(sorted(map(str, kinds)))}); give one type")
        if any(not tokens for tokens, _ in pairs):
            raise DataError("a training example has an empty input")
        return pairs

    def _tokens(self, inputs: Any) -> Tokens:
        if self.perception is None:
            return as_tokens(inputs)
        return tuple(symbol or "" for symbol in self.perception(inputs).best())

    def _stopped(self, stop: Stopped, corpus: Corpus, held_out: Pairs, watch: Watch) -> Report:
        """Make what can be made of a lexicon that was still being learned."""
        lexicon = stop.lexicon
        grounding = Grounding.of(lexicon, self.library, corpus.kind, self.seed)
        if grounding.entries:
            train_briefly(grounding, corpus, self.seed)
        unhurried = Watch(None, None, None, watch.total, watch.words)
        unhurried.curve.extend(watch.curve)
        report = self._finish(grounding, corpus, held_out, unhurried)
        return replace(report, finished=False, stopped=str(stop), learned=False)

    def _finish(self, grounding: Grounding, corpus: Corpus, held_out: Pairs, watch: Watch) -> Report:
        if not grounding.entries:
            return Report(
                True,
                not_learned=corpus.vocabulary,
                noise=None,
                train_count=watch.total,
                curve=tuple(watch.curve),
            )
        verdict = check(grounding, corpus)
        right = grounding.right(held_out) if held_out else []
        accuracy = sum(right) / len(right) if right else None
        lexicon = with_evidence(grounding, corpus, verdict.shares)
        self.grounding = replace(grounding, lexicon=lexicon)
        self.reliability = dict.fromkeys(lexicon, 1.0) | {
            symbol: reliability(share, n, verdict.noise) for symbol, (share, n) in verdict.shares.items()
        }
        self.support = {
            symbol: min(support(meaning.evidence, verdict.noise) for meaning in meanings)
            for symbol, meanings in lexicon.items()
            if symbol in corpus.by_symbol
        }
        self._calibrate(corpus, held_out, verdict.noise)
        missing = [s for s in corpus.vocabulary if s not in lexicon]
        not_learned = tuple(sorted({*missing, *verdict.suspects}))
        learned = not not_learned and learned_from(corpus, verdict, accuracy, len(right))
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
            train_count=watch.total,
            parameters=sum(p.numel() for p in grounding.parser.parameters()),
            curve=tuple(watch.curve),
        )

    def _calibrate(self, corpus: Corpus, held_out: Pairs, noise: float) -> None:
        """Fit the calibration on the held-out pairs; where these are few, on training pairs beside them."""
        missing = max(0, LEAST_CALIBRATED - len(held_out))
        seen = corpus.pairs[:: max(1, -(-len(corpus.pairs) // missing))] if missing else ()
        sample = [*held_out, *((pair.tokens, pair.target) for pair in seen)]
        sample = [(tokens, target) for tokens, target in sample if self._trained().parser.fits(tokens)]
        self.calibration = Calibration()
        found = self._answers([(tokens, self._unknown(tokens)) for tokens, _ in sample])
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
        return self._answers([self._sentence(item) for item in inputs], top)

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

    def _sentence(self, item: Any) -> tuple[Any, tuple[str, ...]]:
        """Return an input as the parser takes it, and its unknown tokens."""
        grounding = self._trained()
        if self.perception is None:
            tokens = as_tokens(item)
            return tokens, self._unknown(tokens)
        lattice = self.perception(item)
        rows = [
            [(s, p) for s, p in lattice.likely(i, count=SYMBOLS_PER_POSITION) if s in grounding.lexicon]
            for i in range(len(lattice.log_probs))
        ]
        missing = tuple(f"position {i}" for i, row in enumerate(rows) if not row)
        return rows, missing

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
                shown[f"{node.symbol} : {meaning.signature}   {meaning.show()}"] = None
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
        sentence, unknown = self._sentence(inputs)
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
        """Return one row for each meaning: symbol, signature, program, evidence, share."""
        return [
            {
                "symbol": symbol if symbol != SILENT else "(side by side)",
                "signature": str(meaning.signature),
                "program": meaning.show(),
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
            f"{row['symbol']:<{width}}  =  {row['program']}   [{row['signature']}; {row['evidence']} examples]\n"
            for row in rows
        )

    # measuring ----------------------------------------------------------------------------------------------

    def evaluate(self, examples: Iterable[Example]) -> float:
        """Return the share of examples whose answer the machine gives, by exact match."""
        return _share(self.right(examples))

    def right(self, examples: Iterable[Example]) -> list[bool]:
        """Return for each example whether the machine gives its answer."""
        listed = list(examples)
        if self.perception is None:
            return self._trained().right([(as_tokens(e.inputs), e.target) for e in listed])
        found = self.predict([e.inputs for e in listed])
        return [same_value(p.value, e.target) for p, e in zip(found, listed, strict=True)]

    def accuracy_random_parser(self, examples: Iterable[Example], *, repeats: int = 10) -> float:
        """Return the accuracy with an untrained parser over the same lexicon, the mean over some initial weights."""
        grounding = self._trained()
        pairs = self._pairs(examples)
        untrained = [
            replace(grounding, parser=grounding.parser.with_random_weights(self.seed * 1000 + 17 + n))
            for n in range(repeats)
        ]
        return sum(_share(one.right(pairs)) for one in untrained) / repeats

    def accuracy_parser_only(self, examples: Iterable[Example]) -> float:
        """Return the accuracy of the parser's best tree, no type or value being looked at in choosing it."""
        return _share(self._trained().right(self._pairs(examples), typed=False))

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
            "support": self.support,
            "own_perception": self.perception is not None,
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


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right) if right else 0.0
