"""Prediction: from an input to an answer with its tree, how sure it is, and why."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from abduce.parser.model import Parse
from abduce.parser.trees import tree_from_heads
from abduce.perception.calibration import Calibration
from abduce.perception.lattice import Lattice
from abduce.perception.reading import ImagePerception
from abduce.reasoning.learning.answering import Prediction, answer_of, values_of
from abduce.reasoning.learning.lexicon import described
from abduce.reasoning.learning.loop import Grounding
from abduce.reasoning.learning.reporting import as_proved
from abduce.values import UNDEFINED, Example, Tokens, Value, as_tokens, show_value

SYMBOLS_PER_POSITION = 4
LEAST_LOG_PROB = math.log(2e-3)
MOST_RANKED = 8
"""Trees looked at for each answer that is asked for: many of them come to the same."""

Perception: TypeAlias = Callable[[Any], Lattice]
Sentences: TypeAlias = list[tuple[Any, Value]]
"""Sentences as the parser takes them, with their answers."""
Item: TypeAlias = tuple[Any, tuple[str, ...]]
"""A sentence as the parser takes it, hashable, and what is unknown in it."""


@dataclass(frozen=True, slots=True)
class Predictor:
    """All that answering needs.

    Attributes:
        grounding: Lexicon and parser.
        perception: From an input to a lattice; None for tokens.
        sharpness: Factor on perception's log-probabilities, where parser and perception decide together.
        calibration: From how sure the parser is to how often that is right.
        reliability: For each symbol how often what it stands in is explained, noise aside.
        support: For each symbol how likely its meaning is more than noise.
    """

    grounding: Grounding
    perception: Perception | None = None
    sharpness: float = 1.0
    calibration: Calibration = field(default_factory=Calibration)
    reliability: Mapping[str, float] = field(default_factory=dict)
    support: Mapping[str, float] = field(default_factory=dict)

    # reading ------------------------------------------------------------------------------------------------

    def read(self, inputs: Sequence[Any], most: int = SYMBOLS_PER_POSITION) -> list[Item]:
        """Return inputs as the parser takes them, each with what is unknown in it.

        Args:
            inputs: The inputs.
            most: How many symbols each position may be.
        """
        if self.perception is None:
            return [(tokens, self._unknown(tokens)) for tokens in map(as_tokens, inputs)]
        if isinstance(self.perception, ImagePerception):
            return [self._options(lattice, most) for lattice in self.perception.lattices(inputs)]
        return [self._options(self.perception(one), most) for one in inputs]

    def sentences(self, examples: Iterable[Example], most: int = SYMBOLS_PER_POSITION) -> Sentences:
        """Return examples as the parser takes them, with their answers."""
        listed = list(examples)
        found = self.read([example.inputs for example in listed], most)
        return [(sentence, example.target) for (sentence, _), example in zip(found, listed, strict=True)]

    def _options(self, lattice: Lattice, most: int) -> Item:
        """Return for each position the likeliest symbols that have a meaning, and the positions without any."""
        known = self.grounding.lexicon
        rows = tuple(
            tuple(
                (s, p * self.sharpness) for s, p in lattice.likely(i, count=most) if s in known and p >= LEAST_LOG_PROB
            )
            for i in range(len(lattice.log_probs))
        )
        return rows, tuple(f"position {i}" for i, row in enumerate(rows) if not row)

    def _unknown(self, tokens: Tokens) -> tuple[str, ...]:
        lexicon = self.grounding.lexicon
        return tuple(dict.fromkeys(token for token in tokens if token not in lexicon or not token))

    # answering ----------------------------------------------------------------------------------------------

    def answers(self, items: Sequence[Item], top: int = 1) -> list[Prediction]:
        """Answer sentences.

        Args:
            items: The sentences, each with its unknown tokens.
            top: How many answers to give for each, the further ones as `alternatives`.

        Raises:
            TooLongError: A sentence is longer than the parser's memory allows.
        """
        grounding = self.grounding
        known = [i for i, (sentence, unknown) in enumerate(items) if sentence and not unknown]
        sentences = [items[i][0] for i in known]
        best, partition = grounding.parser.best_with_partition(sentences, grounding.kind)
        found = [Prediction(UNDEFINED, 0.0, None, unknown) for _, unknown in items]
        for i, parse, total in zip(known, best, partition, strict=True):
            if parse is None:
                continue
            found[i] = self._foremost(items[i][0], parse, total, top)
        return found

    def _foremost(self, sentence: Any, best: Parse, total: float, top: int) -> Prediction:
        """Return the answer of the best tree that has one, with the best trees of other answers beside it."""
        grounding = self.grounding
        defined = answer_of(best, grounding.entries) is not UNDEFINED
        first = best if defined else grounding.with_value(sentence, best)
        if first is None:
            return Prediction(UNDEFINED, 0.0, None)
        others = grounding.parser.k_best([sentence], MOST_RANKED * top, grounding.kind)[0] if top > 1 else []
        by_answer: dict[tuple[type, Value], Parse] = {}
        for parse in (first, *others):
            value = answer_of(parse, grounding.entries)
            if value is not UNDEFINED:
                by_answer.setdefault((type(value), value), parse)
        shown = list(by_answer.values())[:top]
        ranked = [self.prediction(parse, math.exp(min(0.0, parse.score - total))) for parse in shown]
        return replace(ranked[0], alternatives=tuple((p.value, p.confidence) for p in ranked[1:]))

    def prediction(self, parse: Parse, share: float) -> Prediction:
        """Return what a parse says.

        Args:
            parse: The parse.
            share: Its probability by the parser's word, to be calibrated.
        """
        entries = self.grounding.entries
        labels = [entries[n].label for n in parse.labels]
        symbols = [label.symbol for label in labels]
        tree = tree_from_heads(symbols, parse.heads, parse.slots, labels=labels, values=values_of(parse, entries))
        trust = min((self.reliability.get(symbol, 0.0) for symbol in symbols), default=0.0)
        held_up = min((self.support.get(symbol, 1.0) for symbol in symbols), default=1.0)
        return Prediction(tree.value, self.calibration(min(1.0, share) * trust) * held_up, tree)

    def explained(self, found: Prediction) -> str:
        """Return a prediction as text: the answer, the tree with each node's value, the meaning of each word."""
        if found.tree is None:
            unknown = ", ".join(found.unknown_tokens)
            return f"no answer: {'no meaning is known for ' + unknown if unknown else 'no tree fits'}"
        lines = [f"{show_value(found.value)}   (confidence {found.confidence:.2f})", "", found.tree.to_text(), ""]
        shown: dict[str, None] = {}
        for node in sorted(found.tree.nodes(), key=lambda node: node.position):
            if node.label is not None:
                meaning = self.grounding.lexicon[node.symbol][node.label.sense]
                shown[f"{node.symbol} : {meaning.signature}   {as_proved(described(meaning))}"] = None
        return "\n".join([*lines, *shown])
