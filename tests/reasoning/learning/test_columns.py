"""Programs on columns give what they give one value at a time."""

from __future__ import annotations

import numpy as np
from arithmetic import FOUR, X, Y, closed_terms, loop, programs
from hypothesis import given, settings

from abduce.reasoning.learning.columns import COMPUTE, LARGEST, NOTHING, evaluate
from abduce.reasoning.learning.execution import evaluate as one_value
from abduce.reasoning.learning.primitives import CLOSED_FORMS, Library, library
from abduce.reasoning.learning.programs import Bound, Call, Const, Term, Use
from abduce.values import UNDEFINED

SIDE = 5
GRID = np.indices((SIDE, SIDE)).reshape(2, -1).astype(np.int64)
TWO = sorted(name for name in COMPUTE if name in CLOSED_FORMS.by_name and name not in ("not", "and", "or", "xor"))
NUMBERS = [name for name in TWO if name not in ("==", "<", "<=", "^")]


def agree(term: Term, among: Library) -> None:
    found = np.broadcast_to(evaluate(term, list(GRID)), SIDE * SIDE)
    for point, value in zip(GRID.T.tolist(), found.tolist(), strict=True):
        expected = one_value(term, tuple(point), among)
        if expected is UNDEFINED or expected > LARGEST:
            assert value == NOTHING
        elif value != NOTHING:  # within a program values may be larger than a column holds
            assert value == expected


@given(closed_terms(NUMBERS))
def test_terms_of_primitives(term: Term) -> None:
    agree(term, CLOSED_FORMS)


@settings(max_examples=60, deadline=None)
@given(programs())
def test_loops(term: Term) -> None:
    agree(term, library("peano"))


def test_every_operation_has_the_value_of_its_primitive() -> None:
    for name in TWO:
        agree(Call(name, (X, Y)), CLOSED_FORMS)


def test_loops_in_loops() -> None:
    term = loop(loop(Call("inc", (Bound(0),)), X, Bound(0)), Y, Const(0))
    found = evaluate(term, list(GRID))
    assert found.tolist() == (GRID[0] * GRID[1]).tolist()


def test_only_the_branch_that_is_chosen_need_have_a_value() -> None:
    term = Call("if", (Call("==", (Y, Const(0))), Const(7), Use(FOUR[3], (X, Y))))
    found = evaluate(term, [np.array([6, 6]), np.array([0, 4])])
    assert found.tolist() == [7, 2]
    assert one_value(term, (6, 0), library("peano")) == 7


def test_there_is_a_bound_on_steps() -> None:
    forever = loop(Call("inc", (Bound(0),)), X, Const(0))
    assert evaluate(forever, [np.array([10**6])], steps=100).tolist() == [NOTHING]
    assert evaluate(forever, [np.array([50])], steps=100).tolist() == [50]


def test_values_beyond_a_column_are_nothing() -> None:
    assert evaluate(Call("*", (X, X)), [np.array([LARGEST, 2])]).tolist() == [NOTHING, 4]
