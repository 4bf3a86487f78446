"""HINT's expressions: the 998,000 to learn from, or a draw of them, and the 46,620 of the test.

Expressions with three or more operators come from endless streams, one for each length and range of values, which
depend on the seed alone. A training set takes the beginning of each, so a larger one holds a smaller one of the same
lengths, and the test is the same whatever the size of the training set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from abduce.datasets.hint_notation import HINT, Notation
from abduce.datasets.hint_trees import Codes, Trees, all_trees, infix, random_trees
from abduce.datasets.seeding import seeded
from abduce.errors import DataError
from abduce.values import Tokens

Expression: TypeAlias = tuple[Tokens, int]
"""An expression's symbols, and its value."""

TRAINING_VALUES, LARGER_VALUES = (0, 100), (101, 10_000)
"""The smallest and the largest that the largest value in an expression may be."""
ENUMERATED = (20_000, 78_000, 100_000)
"""How many training examples there are with no, one and two operators: each expression again and again."""
SAMPLED = 100_000
LONGEST_TRAINING, LONGEST = 10, 20
SIZES = (*ENUMERATED, *[SAMPLED] * (LONGEST_TRAINING + 1 - len(ENUMERATED)))
FULL_SIZE = sum(SIZES)

EACH = 1_000
LARGER_WITH_TWO = 640
BATCH = 4096
RARE = 20
"""A result is at most every twentieth of its stream, at any point."""
MOST_BARREN = 200
"""After so many batches without an expression that fits, there are taken to be none."""


class Part(IntEnum):
    """What a stream of expressions is for; streams of different parts have nothing to do with each other."""

    TRAINING = 0
    UNSEEN = 1
    DRAW = 2
    TEST = 3


@dataclass(frozen=True, slots=True)
class Stream:
    """An endless sequence of random expressions of one length.

    Attributes:
        notation: What they are made of.
        operators: How many operators each has.
        peak: The smallest and the largest that the largest value in an expression may be.
        part: What they are for.
        seed: The stream depends on it.
    """

    notation: Notation
    operators: int
    peak: tuple[int, int]
    part: Part
    seed: int

    def __iter__(self) -> Iterator[Expression]:
        generator = seeded(self.seed, self.part, self.operators, self.peak[0])
        results: Counter[int] = Counter()
        given = barren = 0
        while barren < MOST_BARREN:
            barren += 1
            trees = random_trees(self.notation, self.operators, BATCH, generator)
            for index in np.flatnonzero(self._fit(trees)).tolist():
                value = int(trees.values[index])
                if self.is_short or results[value] < max(1, (given + 1) // RARE):
                    results[value] += 1
                    given += 1
                    barren = 0
                    yield infix(self.notation, trees.codes[index]), value
        raise DataError(f"no more expressions of {self.operators} operators with values in {self.peak} were found")

    @property
    def is_short(self) -> bool:
        """Whether the expressions are so short that HINT has them all: none are kept back, and any may be 0."""
        return self.operators < len(ENUMERATED)

    def _fit(self, trees: Trees) -> NDArray[np.bool_]:
        smallest, largest = self.peak
        fit: NDArray[np.bool_] = trees.defined & (trees.peaks >= smallest) & (trees.peaks <= largest)
        if not self.is_short:
            fit &= trees.values != 0
            if self.part in (Part.TRAINING, Part.UNSEEN):
                fit &= reserved(trees.codes, self.seed) == (self.part is Part.UNSEEN)
        if self.notation.novel is not None:
            fit &= (trees.codes == novel_code(self.notation)).any(axis=1)
        return fit


def reserved(codes: Codes, seed: int) -> NDArray[np.bool_]:
    """Return which trees are of the eighth that no training set holds, so that some are unseen whatever its size."""
    weights = seeded(seed, len(Part)).integers(2**64, size=codes.shape[1], dtype=np.uint64)
    mixed = (codes.astype(np.uint64) + np.uint64(1)) @ weights
    kept_back: NDArray[np.bool_] = (mixed >> np.uint64(61)) == 0
    return kept_back


def novel_code(notation: Notation) -> int:
    """Return the code that the notation's new symbol has in a tree."""
    names = [*(name for name, _ in notation.operands), *(op.symbol for op in notation.operations)]
    return names.index(notation.novel or "")


def training_expressions(count: int, seed: int) -> list[Expression]:
    """Draw training expressions uniformly, without replacement, from the full set; no more than these are made.

    Args:
        count: How many, at most `FULL_SIZE`.
        seed: Seed of the full set and of the draw.
    """
    generator = seeded(seed, Part.DRAW)
    lengths = generator.multivariate_hypergeometric(SIZES, count).tolist()
    found: list[Expression] = []
    for operators, size in enumerate(lengths):
        if operators < len(ENUMERATED):
            found += islice(_repeated(operators, seed), size)
        else:
            found += islice(Stream(HINT, operators, TRAINING_VALUES, Part.TRAINING, seed), size)
    return [found[place] for place in generator.permutation(len(found)).tolist()]


def _repeated(operators: int, seed: int) -> Iterator[Expression]:
    """Yield the training examples with so few operators, every expression about equally often, in random order."""
    known = enumerated(operators, TRAINING_VALUES)
    order = seeded(seed, Part.TRAINING, operators).permutation(ENUMERATED[operators])
    return (known[place % len(known)] for place in order.tolist())


def enumerated(operators: int, peak: tuple[int, int]) -> list[Expression]:
    """Return all expressions with so many operators whose largest value is in a range."""
    trees = all_trees(HINT, operators)
    fit = np.flatnonzero(trees.defined & (trees.peaks >= peak[0]) & (trees.peaks <= peak[1]))
    return [(infix(HINT, trees.codes[place]), int(trees.values[place])) for place in fit.tolist()]


def hint_test(seed: int) -> dict[str, list[Expression]]:
    """Return the expressions of the test: I, seen in training; SS and LS, unseen and long; SL and LL, larger."""
    lengths, longer = range(len(ENUMERATED), LONGEST_TRAINING + 1), range(LONGEST_TRAINING + 1, LONGEST + 1)
    seen = [*enumerated(0, TRAINING_VALUES) * 20, *enumerated(1, TRAINING_VALUES) * 2]
    seen += islice(distinct(_repeated(2, seed)), EACH)
    for operators in lengths:
        seen += islice(Stream(HINT, operators, TRAINING_VALUES, Part.TRAINING, seed), EACH)
    larger = enumerated(2, LARGER_VALUES)
    drawn = seeded(seed, Part.TEST).choice(len(larger), LARGER_WITH_TWO, replace=False)
    larger_with_two = [larger[place] for place in drawn.tolist()]
    return {
        "I": seen,
        "SS": _unseen(lengths, TRAINING_VALUES, Part.UNSEEN, seed),
        "LS": _unseen(longer, TRAINING_VALUES, Part.TEST, seed),
        "SL": [*larger_with_two, *_unseen(lengths, LARGER_VALUES, Part.TEST, seed)],
        "LL": _unseen(longer, LARGER_VALUES, Part.TEST, seed),
    }


def _unseen(lengths: Sequence[int], peak: tuple[int, int], part: Part, seed: int) -> list[Expression]:
    found: list[Expression] = []
    for operators in lengths:
        found += islice(distinct(Stream(HINT, operators, peak, part, seed)), EACH)
    return found


def distinct(expressions: Iterator[Expression] | Stream) -> Iterator[Expression]:
    """Leave out what has occurred before."""
    seen: set[Tokens] = set()
    for expression in expressions:
        if expression[0] not in seen:
            seen.add(expression[0])
            yield expression
