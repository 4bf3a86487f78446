"""Closed forms agree with the programs they stand for, wherever they have a value."""

from __future__ import annotations

import pytest
from arithmetic import FOUR, INT, MINUS, OVER, PLUS, TIMES, A, X, Y, call, loop, programs
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from abduce.reasoning.learning.closed_forms import closed_form, has_loops, table, without_loops
from abduce.reasoning.learning.execution import evaluate
from abduce.reasoning.learning.primitives import CLOSED_FORMS, library
from abduce.reasoning.learning.programs import Bound, Const, Term, Use, Var, show_term
from abduce.values import UNDEFINED, Basic

PEANO = library("peano")
MODULO = loop(call("if", call("==", Y, call("inc", A)), Const(0), call("inc", A)), X, Const(0))


@pytest.mark.parametrize(
    ("program", "shown"),
    [
        (PLUS.program, "x + y"),
        (MINUS.program, "x ∸ y"),
        (TIMES.program, "x * y"),
        (loop(loop(call("inc", Bound(0)), X, Bound(0)), Y, Const(0)), "x * y"),
        (OVER.program, "⌈x / y⌉"),
        (Use(PLUS, (X, Use(MINUS, (Y, X)))), "x max y"),
        (Use(MINUS, (X, Use(MINUS, (X, Y)))), "x min y"),
        (Use(OVER, (Use(PLUS, (X, Y)), Const(2))), "⌈(x + y) / 2⌉"),
        (call("dec", Use(OVER, (call("inc", X), Y))), "x div y"),
        (MODULO, "x mod y"),
        (loop(Use(TIMES, (X, A)), Y, Const(1)), "x ^ y"),
        (loop(call("inc", A), Const(7), X), "x + 7"),
        (loop(call("inc", A), X, Const(120)), "x + 120"),
    ],
)
def test_closed_forms_of_well_known_programs(program: Term, shown: str) -> None:
    found = closed_form(program, INT)
    assert found is not None and show_term(found) == shown


def test_of_a_condition() -> None:
    found = closed_form(call("==", Use(MINUS, (X, Y)), Const(0)), Basic.BOOL)
    assert found is not None and show_term(found) == "x <= y"


@settings(max_examples=80, deadline=None)
@given(programs(), st.integers(0, 30), st.integers(0, 30))
def test_a_closed_form_has_the_value_of_the_program_on_small_arguments(program: Term, x: int, y: int) -> None:
    """Conjectures are made from small arguments; there they are never wrong (and where they divide by 0, silent)."""
    found = closed_form(program, INT)
    assume(found is not None)
    assert found is not None and not has_loops(found)
    small = (x % 6, y % 6)
    value = evaluate(found, small, CLOSED_FORMS)
    assert value is UNDEFINED or value == evaluate(program, small, PEANO)


def test_what_has_no_closed_form_has_none() -> None:
    root = loop(call("if", call("==", Use(MINUS, (X, Use(TIMES, (A, A)))), Const(0)), A, call("inc", A)), X, Const(0))
    assert closed_form(root, INT) is None
    assert closed_form(loop(call("head", A), X, Y), INT) is None


def test_large_constants_are_taken_to_be_any_number() -> None:
    found = closed_form(Use(TIMES, (Const(365), Use(PLUS, (X, Const(41))))), INT)
    assert found is not None and evaluate(found, (3,), CLOSED_FORMS) == 365 * 44


def test_marks_among_the_arguments_do_not_matter() -> None:
    found = closed_form(loop(call("inc", A), Var(4), Var(2)), INT)
    assert found == call("+", Var(2), Var(4))


def test_numbers_beyond_any_machine_word_are_exact() -> None:
    large = 10**40 + 7
    for definition, expected in zip(FOUR, (large + 3, large - 3, large * 3, -(-large // 3)), strict=True):
        assert evaluate(Use(definition, (X, Y)), (large, 3), PEANO) == expected
    assert evaluate(Use(OVER, (X, Y)), (large, 0), PEANO) is UNDEFINED


def test_tables_are_made_once_and_find_the_shortest() -> None:
    assert table(2) is table(2)
    assert without_loops(call("inc", call("inc", call("inc", X))), None, None) == call("+", X, Const(3))  # type: ignore[arg-type]
