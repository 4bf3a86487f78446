"""Witnesses of closed forms, against trying all small numbers."""

from __future__ import annotations

import pytest
from arithmetic import FOUR, INT, PLUS, X, Y, closed_terms
from hypothesis import example, given, settings
from hypothesis import strategies as st

from abduce.reasoning.learning.execution import evaluate
from abduce.reasoning.learning.primitives import CLOSED_FORMS, library
from abduce.reasoning.learning.programs import Call, Definition, Term, Use
from abduce.reasoning.learning.witness import witnesses

PEANO = library("peano")
FORMS = ["+", "∸", "*", "div", "cdiv", "mod", "max", "min"]


def used(closed: Term) -> Use:
    """Return a program of which only the closed form matters."""
    return Use(Definition("?", 1, 2, PLUS.program, closed), (X, Y))


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("hole", [0, 1])
def test_all_that_there_are_within_reach(name: str, hole: int) -> None:
    program = used(Call(name, (X, Y)))
    for known in range(8):
        for target in range(12):
            found = set(witnesses(program, (known, known), hole, INT, target, PEANO))
            pairs = {n: (n, known) if hole == 0 else (known, n) for n in range(30)}
            assert {n for n, pair in pairs.items() if evaluate(program, pair, PEANO) == target} <= found
            assert all(evaluate(program, (n, known) if hole == 0 else (known, n), PEANO) == target for n in found)
            assert min(found, default=0) >= 0


@pytest.mark.parametrize(
    ("operation", "arguments", "hole", "target", "expected"),
    [
        (0, (None, 7), 0, 5_000_007, 5_000_000),
        (1, (9_999, None), 1, 77, 9_922),
        (2, (None, 125), 0, 10_000, 80),
        (3, (9_001, None), 1, 9, 1_001),
        (3, (None, 1_000), 0, 9, 9_000),
    ],
)
def test_large_numbers_are_solved_for(
    operation: int, arguments: tuple[int | None, ...], hole: int, target: int, expected: int
) -> None:
    program = Use(FOUR[operation], (X, Y))
    assert expected in witnesses(program, arguments, hole, INT, target, PEANO)


@settings(max_examples=60, deadline=None)
@given(closed_terms(["+", "∸", "*", "cdiv"]), st.integers(0, 9), st.integers(0, 200))
def test_every_witness_is_one(term: Term, known: int, target: int) -> None:
    for value in witnesses(used(term), (None, known), 0, INT, target, PEANO):
        assert evaluate(term, (value, known), CLOSED_FORMS) == target


@settings(max_examples=100, deadline=None)
@given(closed_terms(["+", "-", *FORMS]), st.integers(-9, 9), st.integers(-50, 50), st.integers(0, 1))
@example(Call("div", (X, Y)), 5, -1, 1)
def test_every_witness_is_one_among_negative_numbers_as_well(term: Term, known: int, target: int, hole: int) -> None:
    for value in witnesses(term, (known, known), hole, INT, target, CLOSED_FORMS):
        assert evaluate(term, (value, known) if hole == 0 else (known, value), CLOSED_FORMS) == target
