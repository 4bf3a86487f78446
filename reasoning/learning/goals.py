"""What a program over numbers is wanted to give, as columns; and programs scored by how many examples they explain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from abduce.reasoning.learning.columns import LARGEST, NOTHING, Column
from abduce.reasoning.learning.evidence import Evidence, Option
from abduce.values import Value

TARGETS = 4
"""How many of an option's values are looked at."""


class Goal:
    """Options as rows, those of one example together.

    Args:
        rows: The options; their arguments and values natural numbers or truth values.
        plain: Which arguments are numbers.

    Attributes:
        arguments: For each index in `plain` the argument's values, `(row,)`.
        columns: The same for all indexes up to the last of these, 0 for other arguments.
        examples: How many examples there are.
    """

    def __init__(self, rows: Sequence[Option], plain: Sequence[int]) -> None:
        self.rows = sorted(rows, key=lambda row: row.index)
        self.plain = tuple(plain)
        self.arguments = {i: np.array([int(row.arguments[i]) for row in self.rows]) for i in plain}
        zeros = np.zeros(len(self.rows), dtype=np.int64)
        self.columns = [self.arguments.get(i, zeros) for i in range(1 + max(plain))]
        self._wanted = np.full((len(self.rows), TARGETS), NOTHING - 1)
        for number, row in enumerate(self.rows):
            targets = [int(value) for value in row.values if 0 <= value <= LARGEST][:TARGETS]
            self._wanted[number, : len(targets)] = targets
        indexes = np.array([row.index for row in self.rows])
        self._starts = np.flatnonzero(np.r_[True, indexes[1:] != indexes[:-1]])
        self.examples = len(self._starts)

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def score(self, values: Column) -> NDArray[np.int64]:
        """Return in how many examples programs give a value that is wanted.

        Args:
            values: What the programs give, `(program, row)`.
        """
        right = values == self._wanted[:, 0]
        for column in self._wanted[:, 1:].T:
            if column.max() >= 0:
                right |= values == column
        scores: NDArray[np.int64] = np.logical_or.reduceat(right, self._starts, axis=1).sum(axis=1)
        return scores

    def suggested(self, most: int) -> list[int]:
        """Return the larger numbers that lead from most arguments, or from nothing, to what is wanted."""
        votes: Counter[int] = Counter()
        for row in self.rows:
            target = int(row.values[0])
            numbers = [0, *(int(row.arguments[i]) for i in self.plain)]
            votes.update({abs(target - n) for n in numbers} | {target // n for n in numbers if n})
        return [n for n, _ in sorted(votes.items(), key=lambda one: (-one[1], one[0])) if n > 2][:most]

    def largest(self) -> int:
        """Return the largest number that occurs."""
        return int(max(self._wanted.max(), *(column.max() for column in self.arguments.values())))

    def part(self, numbers: Sequence[int]) -> Goal:
        """Return the goal of some of the rows."""
        return Goal([self.rows[n] for n in numbers], self.plain)


def chosen(evidence: Evidence, plain: Sequence[int], most: int, largest: int) -> Goal | None:
    """Return rows of examples of all sizes, those with few options first; None where none will do.

    Args:
        evidence: The examples.
        plain: Which arguments are numbers.
        most: How many rows to return.
        largest: The largest number that may occur in them.
    """
    able = [
        (len(fitting), _size(fitting[0], plain), index, fitting)
        for index, options in evidence
        if (fitting := [option for option in options if _fits(option, plain, largest)])
    ]
    able.sort(key=lambda one: one[:3])
    kept = able[: 2 * most]  # among examples with few options, sizes are spread evenly
    kept.sort(key=lambda one: one[1:3])
    step = max(1.0, sum(one[0] for one in kept) / most)
    rows: list[Option] = []
    for place in np.arange(0.0, len(kept), step):
        rows.extend(kept[int(place)][3][: most - len(rows)])
    return Goal(rows, plain) if rows else None


def _fits(option: Option, plain: Sequence[int], largest: int) -> bool:
    numbers: list[Value] = [option.arguments[i] for i in plain]
    return all(0 <= n <= largest for n in numbers) and any(0 <= value <= largest for value in option.values)


def _size(option: Option, plain: Sequence[int]) -> int:
    return max(int(option.arguments[i]) for i in plain)
