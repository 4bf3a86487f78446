"""Loops run at once for many bodies, rows of arguments and states, by looking up what each state leads to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from abduce.reasoning.learning.columns import NOTHING, Column

MOST_STATES = 250
Table: TypeAlias = NDArray[np.uint8]
"""For bodies, rows and states the next state, `(body, row, state)`; one more state stands for no value."""
Signs: TypeAlias = NDArray[np.int8]
"""For tests, rows and states 0 where the test ends the search, 1 where not, -1 where it has no value."""


def tabled(values: Column) -> Table:
    """Return the table of bodies.

    Args:
        values: Their values, `(body, row, state)`, for states from 0; at most `MOST_STATES` of them.
    """
    states = values.shape[2]
    table = np.full((*values.shape[:2], states + 1), states, dtype=np.uint8)
    table[:, :, :states] = np.where((values >= 0) & (values < states), values, states)
    return table


def iterated(table: Table, counts: Column, start: Column) -> Column:
    """Return what loops give, `(body, row)`.

    Args:
        table: What their bodies do.
        counts: How often each row's loop runs, `(row,)`.
        start: The state each begins with, `(row,)`.
    """
    bodies, rows, width = table.shape
    order = np.argsort(-counts, kind="stable")
    longest = counts[order]
    flat = np.ascontiguousarray(table[:, order]).reshape(-1)
    offset = np.arange(bodies * rows).reshape(bodies, rows) * width
    begin = np.where((start >= 0) & (start < width), start, width - 1)[order]
    state = np.repeat(begin.astype(np.uint8)[None, :], bodies, axis=0)
    for turn in range(int(longest[0])):
        active = int(np.searchsorted(-longest, -turn, side="left"))
        following = flat[offset[:, :active] + state[:, :active]]
        if turn % 8 == 7 and np.array_equal(following, state[:, :active]):
            break
        state[:, :active] = following
    found = np.empty((bodies, rows), dtype=np.int64)
    found[:, order] = np.where(state == width - 1, NOTHING, state.astype(np.int64))
    return np.where(counts < 0, NOTHING, found)


@dataclass(frozen=True, slots=True)
class Minima:
    """The least states from a start on at which tests end the search, `(test, row)`.

    Attributes:
        first: These states; where a test never ends it, the number of states looked at.
        defined: Whether the test has a value there, and at all states before it.
    """

    first: Column
    defined: NDArray[np.bool_]

    @classmethod
    def of(cls, signs: Signs, start: Column) -> Minima:
        """Search for the ends that some tests have, each row from its own start, `(row,)`."""
        states = signs.shape[2]
        ended = (signs <= 0) & (np.arange(states) >= start[:, None])
        first = ended.argmax(axis=2)
        there = first[:, :, None]
        ends = np.take_along_axis(ended, there, axis=2)[:, :, 0]
        value = np.take_along_axis(signs, there, axis=2)[:, :, 0]
        return cls(np.where(ends, first, states), ~ends | (value == 0))

    def within(self, limits: Column, states: int) -> Column:
        """Return them, or the limit `(row,)` where it is smaller: what counting up for so long gives."""
        reached = (self.first < limits) & (self.first < states)
        found = np.where(reached, self.first, limits)
        known = np.where(reached, self.defined, limits <= states)
        return np.where(known & (limits >= 0), found, NOTHING)
