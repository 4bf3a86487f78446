"""Few-shot: expressions that hold one symbol more than HINT has, which is to be learned from about a hundred."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np

from abduce.datasets.hint_expressions import (
    LARGER_VALUES,
    LONGEST,
    LONGEST_TRAINING,
    SIZES,
    TRAINING_VALUES,
    Expression,
    Part,
    Stream,
    distinct,
)
from abduce.datasets.hint_notation import Notation, with_concept
from abduce.datasets.seeding import seeded
from abduce.values import Tokens

USUAL_SIZE = 100
SHORTEST_TESTED = 2
TESTED = 1_000
"""How many examples the test has, a quarter in each of its subsets."""


def concept_training(concept: str, count: int | None, seed: int) -> list[Expression]:
    """Draw training expressions that hold a concept's symbol, with as many operators as training has them elsewhere.

    Args:
        concept: Name of the concept, which is its symbol.
        count: How many; 100 without it.
        seed: Seed of the draw.

    Raises:
        UsageError: There is no such concept.
    """
    notation = with_concept(concept)
    generator = seeded(seed, Part.DRAW)
    lengths = np.array(SIZES, dtype=np.float64)
    lengths[: shortest(notation)] = 0.0
    drawn = generator.multinomial(count or USUAL_SIZE, lengths / lengths.sum()).tolist()
    found: list[Expression] = []
    for operators, size in enumerate(drawn):
        found += islice(Stream(notation, operators, TRAINING_VALUES, Part.TRAINING, seed), size)
    return [found[place] for place in generator.permutation(len(found)).tolist()]


def concept_test(concept: str, training: Iterable[Expression], seed: int) -> dict[str, list[Expression]]:
    """Return expressions for the test that hold a concept's symbol, in subsets by length and by size of values.

    SS are as long and as large as those of the training, none of them among it; LS are longer, SL and LL have values
    from 101 to 10,000 (for which two operators and one of the new kind do not suffice).

    Raises:
        UsageError: There is no such concept.
    """
    notation = with_concept(concept)
    known = {inputs for inputs, _ in training}
    short = range(SHORTEST_TESTED, LONGEST_TRAINING + 1)
    longer = range(LONGEST_TRAINING + 1, LONGEST + 1)
    return {
        "SS": _drawn(notation, short, TRAINING_VALUES, known, seed),
        "LS": _drawn(notation, longer, TRAINING_VALUES, known, seed),
        "SL": _drawn(notation, short[1:], LARGER_VALUES, known, seed),
        "LL": _drawn(notation, longer, LARGER_VALUES, known, seed),
    }


def shortest(notation: Notation) -> int:
    """Return how many operators the shortest expression with the new symbol has."""
    return 0 if any(name == notation.novel for name, _ in notation.operands) else 1


def _drawn(
    notation: Notation, lengths: Sequence[int], peak: tuple[int, int], known: set[Tokens], seed: int
) -> list[Expression]:
    shares = [TESTED // 4 // len(lengths) + (place < TESTED // 4 % len(lengths)) for place in range(len(lengths))]
    found: list[Expression] = []
    for operators, size in zip(lengths, shares, strict=True):
        stream = distinct(Stream(notation, operators, peak, Part.TEST, seed))
        found += islice((expression for expression in stream if expression[0] not in known), size)
    return found
