"""Loops run on tables, against loops run one step at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from abduce.reasoning.learning.columns import NOTHING
from abduce.reasoning.learning.loops import Minima, iterated, tabled

STATES = 6
small = st.integers(-1, STATES + 1)
bodies = st.lists(st.lists(st.lists(small, min_size=STATES, max_size=STATES), min_size=2, max_size=2), min_size=1)
rows = st.lists(st.integers(0, STATES - 1), min_size=2, max_size=2)


def run(body: list[int], count: int, state: int) -> int:
    for _ in range(count):
        state = body[state]
        if not 0 <= state < STATES:
            return NOTHING
    return state


@given(bodies, rows, rows)
def test_iteration(bodies: list[list[list[int]]], counts: list[int], starts: list[int]) -> None:
    values = np.array(bodies)
    found = iterated(tabled(values), np.array(counts), np.array(starts))
    expected = [[run(body[row], counts[row], starts[row]) for row in range(2)] for body in bodies]
    assert found.tolist() == expected


def minimum(test: list[int], start: int, limit: int) -> int:
    """Count up from the start until the test is 0, at most to the limit; nothing where it has no value before."""
    state = start
    while state < limit:
        if state >= len(test) or test[state] < 0:
            return NOTHING
        if test[state] == 0:
            return state
        state += 1
    return state


signs = st.lists(
    st.lists(st.lists(st.integers(-1, 1), min_size=STATES, max_size=STATES), min_size=2, max_size=2), min_size=1
)


@given(signs, rows, st.lists(st.integers(0, 4), min_size=2, max_size=2))
def test_minimisation(tests: list[list[list[int]]], starts: list[int], more: list[int]) -> None:
    limits = np.array(starts) + np.array(more)
    values = np.array(tests, dtype=np.int8)
    found = Minima.of(values, np.array(starts)).within(limits, STATES)
    for number, test in enumerate(tests):
        for row in range(2):
            limit = int(limits[row])
            expected = minimum(test[row], starts[row], limit)
            # a state beyond the table is unknown: nothing is said of it
            assert found[number, row] == expected or (limit >= STATES and found[number, row] == NOTHING)
