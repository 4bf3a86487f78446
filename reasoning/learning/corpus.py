"""Training pairs as the learner sees them: distinct, counted, shortest first, indexed by symbol."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Any

from abduce.values import Basic, Tokens, Value, type_of


@dataclass(frozen=True, slots=True)
class Pair:
    """A distinct training pair.

    Attributes:
        tokens: The sentence.
        target: Its answer.
        count: How often it occurs.
        bits: Description length of the answer when nothing is known.
    """

    tokens: Tokens
    target: Value
    count: int
    bits: float


@dataclass(frozen=True, slots=True)
class Corpus:
    """Distinct pairs in an order that does not depend on the order of the file.

    Attributes:
        pairs: Sorted by length, then by their text.
        kind: Type of the answers.
        vocabulary: The symbols, sorted.
        by_symbol: For each symbol the indexes of the pairs that hold it, in order.
        alphabet: Number of different output tokens.
    """

    pairs: tuple[Pair, ...]
    kind: Basic
    vocabulary: tuple[str, ...]
    by_symbol: Mapping[str, tuple[int, ...]]
    alphabet: int

    @classmethod
    def of(cls, pairs: Iterable[tuple[Tokens, Value]]) -> Corpus:
        """Return the corpus of some (sentence, answer) pairs, given in any order."""
        counts = Counter(pairs)
        kind = type_of(next(iter(counts))[1])
        ordered = sorted(counts, key=lambda pair: (len(pair[0]), pair[0], repr(pair[1])))
        alphabet = {token for _, target in ordered if isinstance(target, tuple) for token in target}
        price = answer_bits(kind, [target for _, target in ordered], len(alphabet))
        found = tuple(Pair(tokens, target, counts[tokens, target], price(target)) for tokens, target in ordered)
        by_symbol: dict[str, list[int]] = defaultdict(list)
        for index, pair in enumerate(found):
            for symbol in dict.fromkeys(pair.tokens):
                by_symbol[symbol].append(index)
        vocabulary = tuple(sorted(by_symbol))
        return cls(found, kind, vocabulary, {s: tuple(by_symbol[s]) for s in vocabulary}, len(alphabet))


def answer_bits(kind: Basic, targets: Sequence[Value], alphabet: int) -> Any:
    """Return a function from an answer to its description length in bits when nothing is known."""
    if kind is Basic.TOKENS:
        return lambda target: 2.0 + len(target) * log2(alphabet + 1.0)
    frequencies = Counter(targets)
    total = len(targets) + len(frequencies)
    return lambda target: -log2((frequencies[target] + 1.0) / total)
