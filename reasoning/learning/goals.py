"""What a program over numbers is wanted to give, as columns; and programs scored by how many examples they explain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abduce.reasoning.learning.columns import LARGEST, NOTHING, Column, evaluate
from abduce.reasoning.learning.evidence import Evidence, Option
from abduce.reasoning.learning.programs import Term
from abduce.values import Value

TARGETS = 4
"""How many of an option's values are looked at."""


LOOKED_AT, MOST_FOUND = 64, 12
MOST_STEPS = 2000
"""How many steps one program may take on all options together."""


@dataclass(frozen=True, slots=True)
class Found:
    """A program, and how good it is: in how many examples it is right, its description length."""

    right: int
    bits: int
    term: Term


class Goal:
    """Options as rows, those of one example together.

    Args:
        rows: The options; their arguments and values natural numbers or truth values.
        plain: Which arguments are numbers.
        largest: Larger numbers are not wanted.

    Attributes:
        arguments: For each index in `plain` the argument's values, `(row,)`.
        columns: The same for all indexes up to the last of these, 0 for other arguments.
        examples: How many examples there are.
    """

    def __init__(self, rows: Sequence[Option], plain: Sequence[int], largest: int = LARGEST) -> None:
        self.rows = sorted(rows, key=lambda row: row.index)
        self.plain, self._largest = tuple(plain), largest
        self.arguments = {i: np.array([int(row.arguments[i]) for row in self.rows]) for i in plain}
        zeros = np.zeros(len(self.rows), dtype=np.int64)
        self.columns = [self.arguments.get(i, zeros) for i in range(1 + max(plain))]
        self._wanted = np.full((len(self.rows), TARGETS), NOTHING - 1)
        for number, row in enumerate(self.rows):
            targets = [int(value) for value in row.values if 0 <= value <= largest][:TARGETS]
            self._wanted[number, : len(targets)] = targets
        indexes = np.array([row.index for row in self.rows])
        self._starts = np.flatnonzero(np.r_[True, indexes[1:] != indexes[:-1]])
        self.examples = len(self._starts)

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def score(self, values: Column) -> NDArray[np.int64]:
        """Return in how many examples programs give a value that is wanted, `(program,)`.

        Args:
            values: What the programs give, `(program, row)`.
        """
        return self.count(self.right(values))

    def right(self, values: Column) -> NDArray[np.bool_]:
        """Return which values are wanted, `(program, row)`."""
        right: NDArray[np.bool_] = values == self._wanted[:, 0]
        for column in self._wanted[:, 1:].T:
            if column.max() >= 0:
                right |= values == column
        return right

    def count(self, right: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return for how many examples programs have a row that is right, `(program,)`."""
        scores: NDArray[np.int64] = np.logical_or.reduceat(right, self._starts, axis=1).sum(axis=1)
        return scores

    def foremost(
        self, values: Column, bits: Sequence[int] | NDArray[np.int64], term: Callable[[int], Term]
    ) -> list[Found]:
        """Return the programs that are right in most examples, the shorter ones first among equals.

        Args:
            values: What the programs give, `(program, row)`.
            bits: Their description lengths.
            term: From a program's number to the program.
        """
        scores = self.score(values)
        found: dict[bytes, Found] = {}
        for n in np.lexsort((np.asarray(bits), -scores))[:LOOKED_AT].tolist():
            if scores[n] > 0 and len(found) < MOST_FOUND:
                found.setdefault(values[n].tobytes(), Found(int(scores[n]), int(bits[n]), term(n)))
        return list(found.values())

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

    def part(self, examples: NDArray[np.int64]) -> tuple[Goal, NDArray[np.int64]]:
        """Return the goal of some examples, and which rows are theirs.

        Args:
            examples: Their places among the examples, in rising order.
        """
        ends = np.append(self._starts, self.size)
        rows = np.concatenate([np.arange(ends[n], ends[n + 1]) for n in examples])
        return Goal([self.rows[n] for n in rows], self.plain, self._largest), rows

    def by_example(self, column: Column) -> Column:
        """Return the largest number in a column for each example, `(example,)`."""
        return np.maximum.reduceat(column, self._starts)


def chosen(evidence: Evidence, plain: Sequence[int], *, examples: int, rows: int, largest: int) -> Goal | None:
    """Return the options of examples of all sizes, of those with few options; None where none will do.

    Args:
        evidence: The examples.
        plain: Which arguments are numbers.
        examples: How many examples to return at most.
        rows: How many rows to return at most.
        largest: The largest number that may occur in them.
    """
    able = [
        (len(fitting), _size(fitting[0], plain), index, fitting)
        for index, options in evidence
        if (fitting := [option for option in options if _fits(option, plain, largest)])
    ]
    able.sort(key=lambda one: one[:3])
    kept = able[: 2 * examples]  # among these, sizes are spread evenly
    kept.sort(key=lambda one: one[1:3])
    step = max(1.0, len(kept) / examples, sum(one[0] for one in kept) / rows)
    found: list[Option] = []
    for place in np.arange(0.0, len(kept), step):
        found.extend(kept[int(place)][3][: rows - len(found)])
    return Goal(found, plain, largest) if found else None


def _fits(option: Option, plain: Sequence[int], largest: int) -> bool:
    numbers: list[Value] = [option.arguments[i] for i in plain]
    return all(0 <= n <= largest for n in numbers) and any(0 <= value <= largest for value in option.values)


def _size(option: Option, plain: Sequence[int]) -> int:
    return max(int(option.arguments[i]) for i in plain)


class Options:
    """All options of some examples, for programs to be tried on.

    Args:
        evidence: The examples; their arguments natural numbers, truth values or marks.
    """

    def __init__(self, evidence: Evidence) -> None:
        self._options = [option for _, found in evidence for option in found]
        width = len(self._options[0].arguments)
        self._columns = [np.array([_small(option.arguments[i]) for option in self._options]) for i in range(width)]

    def explained(self, program: Term) -> frozenset[int]:
        """Return the numbers of the examples of which a program over numbers gives a value that is wanted."""
        values = evaluate(program, self._columns, steps=MOST_STEPS)
        found = zip(self._options, np.broadcast_to(values, len(self._options)).tolist(), strict=True)
        return frozenset(option.index for option, value in found if value >= 0 and value in option.accepted)


def _small(value: Value) -> int:
    return value if isinstance(value, int) and 0 <= value <= LARGEST else NOTHING
