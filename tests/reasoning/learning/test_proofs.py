"""Closed forms are proved, or not used: no proof of anything false, no value that the program has not."""

from __future__ import annotations

import pytest
from arithmetic import FOUR, INT, MINUS, OVER, PLUS, TIMES, A, X, Y, call, loop, programs
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from abduce.parser.signatures import Signature
from abduce.reasoning.learning import proofs
from abduce.reasoning.learning.execution import evaluate
from abduce.reasoning.learning.lexicon import Meaning
from abduce.reasoning.learning.primitives import CLOSED_FORMS, library
from abduce.reasoning.learning.programs import Const, Definition, Term, Use, Var, show_term
from abduce.reasoning.learning.proofs import PROVED, UNPROVED, proved, proved_form, with_proof
from abduce.values import UNDEFINED

PEANO = library("peano")
SIGNATURE = Signature((INT,), (INT,), INT)
UPWARDS = call("inc", A)
ROOT = loop(call("if", call("==", Use(MINUS, (X, Use(TIMES, (A, A)))), Const(0)), A, UPWARDS), X, Const(0))


def unaided(term: Term) -> Term:
    """Return a program with no closed form for any that it uses."""
    match term:
        case Use(definition, parts):
            plain = Definition(definition.name, definition.left, definition.arity, unaided(definition.program))
            return Use(plain, tuple(map(unaided, parts)))
        case _ if hasattr(term, "arguments"):
            return call(term.primitive, *map(unaided, term.arguments))  # type: ignore[union-attr]
        case _ if hasattr(term, "body"):
            return type(term)(unaided(term.body))  # type: ignore[call-arg, union-attr]
    return term


@pytest.mark.parametrize(
    ("program", "shown"),
    [
        *zip((one.program for one in FOUR), ("x + y", "x ∸ y", "x * y", "⌈x / y⌉"), strict=True),
        (Use(PLUS, (X, Use(MINUS, (Y, X)))), "x max y"),
        (loop(UPWARDS, Use(MINUS, (Y, X)), X), "x max y"),
        (call("dec", Use(OVER, (call("inc", X), Y))), "x div y"),
        (loop(call("if", call("==", Y, UPWARDS), Const(0), UPWARDS), X, Const(0)), "x mod y"),
        (loop(Use(TIMES, (X, A)), Y, Const(1)), "x ^ y"),
        (loop(loop(UPWARDS, X, A), Y, Const(0)), "x * y"),
        (loop(UPWARDS, Const(1000), X), "x + 1000"),
    ],
)
def test_what_is_proved(program: Term, shown: str) -> None:
    found = proved_form(program, INT)
    assert found is not None and show_term(found) == shown


def test_a_false_conjecture_is_not_proved() -> None:
    holds = proofs._holds
    body, state, turns = call("+", Var(2), Const(1)), Var(2), Var(3)
    assert holds(call("+", X, Var(3)), body, state, turns, X)
    assert not holds(call("+", X, call("*", Var(3), Var(3))), body, state, turns, X)
    assert not holds(call("max", X, Var(3)), body, state, turns, X)
    assert not holds(call("min", call("+", X, Var(3)), Const(1000)), body, state, turns, X)  # false for large numbers


def test_a_loop_without_a_closed_form_is_left_as_it_is() -> None:
    meaning = with_proof(Meaning(Signature((), (INT,), INT), ROOT))
    assert meaning.proof == UNPROVED and meaning.closed is None and meaning.running is meaning.program
    assert evaluate(meaning.running, (50,), PEANO) == 8


def test_an_unproved_conjecture_is_taken_away() -> None:
    wrong = Meaning(SIGNATURE, ROOT, closed=call("min", X, Const(3)))
    assert with_proof(wrong).closed is None
    liar = Definition("+", 1, 2, PLUS.program, call("*", X, Y))
    (mended,) = proved({"twice": (Meaning(SIGNATURE, Use(liar, (X, X))),)})["twice"]
    assert mended.closed == call("+", X, X) and mended.proof == PROVED
    assert evaluate(mended.program, (5, 0), PEANO) == 10


def test_what_has_no_loops_needs_no_proof() -> None:
    meaning = Meaning(SIGNATURE, call("inc", X))
    assert with_proof(meaning) is meaning


@settings(max_examples=40, deadline=None)
@given(programs(), st.integers(0, 7), st.integers(0, 7))
def test_a_proved_form_has_the_value_of_the_program_wherever_it_has_one(program: Term, x: int, y: int) -> None:
    """Against the program run as the loops it is, in all that it uses."""
    found = proved_form(program, INT)
    assume(found is not None)
    assert found is not None
    value = evaluate(found, (x, y), CLOSED_FORMS)
    expected = evaluate(unaided(program), (x, y), PEANO, budget=300_000)
    assert value is UNDEFINED or expected is UNDEFINED or value == expected
