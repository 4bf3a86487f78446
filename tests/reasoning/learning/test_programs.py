"""The language of meanings: what programs print as, store as, and compute."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abduce.errors import UsageError
from abduce.reasoning.learning.execution import Closure, Native, evaluate
from abduce.reasoning.learning.primitives import Primitive, library
from abduce.reasoning.learning.programs import (
    Bound,
    Call,
    Const,
    Function,
    Term,
    Var,
    description_bits,
    from_plain,
    show_program,
    to_plain,
)
from abduce.values import UNDEFINED, Basic, FunctionType

INT, TOKENS = Basic.INT, Basic.TOKENS
LIBRARY = library("arithmetic")
OPERATIONS = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "∸": lambda x, y: max(x - y, 0),
    "*": lambda x, y: x * y,
    "max": max,
    "min": min,
}


def terms() -> st.SearchStrategy[Term]:
    leaves: st.SearchStrategy[Term] = st.one_of(st.integers(-9, 9).map(Const), st.integers(0, 1).map(Var))
    return st.recursive(
        leaves,
        lambda inner: st.builds(
            lambda name, a, b: Call(name, (a, b)), st.sampled_from(sorted(OPERATIONS)), inner, inner
        ),
        max_leaves=20,
    )


def reference(term: Term, arguments: tuple[int, ...]) -> int:
    """A plain recursive evaluator."""
    match term:
        case Const(value):
            return int(value)
        case Var(index):
            return arguments[index]
        case Call(name, (first, second)):
            return OPERATIONS[name](reference(first, arguments), reference(second, arguments))
    raise AssertionError(term)


@given(terms(), st.integers(-20, 20), st.integers(-20, 20))
def test_evaluation_agrees_with_a_recursive_one(term: Term, x: int, y: int) -> None:
    assert evaluate(term, (x, y), LIBRARY) == reference(term, (x, y))


@given(terms())
def test_terms_survive_their_plain_form(term: Term) -> None:
    assert from_plain(to_plain(term)) == term


@pytest.mark.parametrize("data", [["var", "x"], [], ["call"], ["nothing", 1], "x"])
def test_what_is_no_term_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match="not a term"):
        from_plain(data)


X, Y = Var(0), Var(1)
FUNCTION = FunctionType((TOKENS,), TOKENS)


@pytest.mark.parametrize(
    ("term", "types", "shown"),
    [
        (Call("++", (X, X)), (TOKENS,), "λx. x ++ x"),
        (Call("apply", (Y, Call("apply", (Y, X)))), (TOKENS, FUNCTION), "λx f. f(f(x))"),
        (Call("*", (Call("+", (X, Const(1))), Y)), (INT, INT), "λx y. (x + 1) * y"),
        (Call("-", (X, Call("-", (Y, Const(2))))), (INT, INT), "λx y. x - (y - 2)"),
        (Call("if", (Call("<", (X, Y)), X, Y)), (INT, INT), "λx y. if x < y then x else y"),
        (Const(("I", "J")), (), "[I J]"),
        (Const(()), (), "[]"),
        (Const(True), (), "true"),
        (Call("map", (Function(Call("++", (Bound(0), Const(("!",))))), X)), (TOKENS,), "λx. map((λa. a ++ [!]), x)"),
    ],
)
def test_programs_read_as_a_person_would_write_them(term: Term, types: tuple[Any, ...], shown: str) -> None:
    assert show_program(term, types) == shown


def test_what_occurs_twice_is_paid_once() -> None:
    part = Call("++", (X, Const(("a", "b", "c"))))
    once = description_bits(part, 5, LIBRARY.costs)
    assert description_bits(Call("++", (part, part)), 5, LIBRARY.costs) < 2 * once


def test_functions_are_mapped_and_applied() -> None:
    shout = Closure(Call("++", (X, Const(("!",)))), None, "shout")
    assert evaluate(Call("map", (Y, X)), (("a", "b"), shout), LIBRARY) == ("a", "!", "b", "!")
    assert evaluate(Call("apply", (Y, X)), (("a", "b"), shout), LIBRARY) == ("a", "b", "!")
    assert evaluate(Call("apply", (Y, X)), (3, Native(lambda x: x * x)), LIBRARY) == 9
    inner = Function(Call("++", (Bound(0), X)))  # a function that sees an argument of the program
    assert evaluate(Call("map", (inner, Y)), (("z",), ("a", "b")), LIBRARY) == ("a", "z", "b", "z")


@pytest.mark.parametrize(
    "term",
    [
        Call("div", (Const(3), Const(0))),
        Call("+", (Call("mod", (X, Const(0))), X)),
        Call("repeat", (Const(-1), Const(()))),
    ],
)
def test_what_has_no_value_is_undefined(term: Term) -> None:
    assert evaluate(term, (1,), LIBRARY) is UNDEFINED


def test_deep_programs_need_no_recursion() -> None:
    term: Term = X
    for _ in range(5000):
        term = Call("+", (term, Const(1)))
    assert evaluate(term, (0,), LIBRARY) == 5000


def test_a_program_that_runs_too_long_has_no_value() -> None:
    peano = library("peano")
    add = Call("iterate", (Function(Call("inc", (Bound(0),))), X, Y))
    assert evaluate(add, (20, 22), peano) == 42
    assert evaluate(add, (10**9, 1), peano) is UNDEFINED


def test_values_too_large_are_undefined_and_cost_no_time() -> None:
    assert evaluate(Call("*", (X, X)), (2**3000,), LIBRARY) is UNDEFINED
    assert evaluate(Call("repeat", (X, Y)), (10**12, ("a",)), LIBRARY) is UNDEFINED


def test_sets_of_primitives_are_chosen_by_name() -> None:
    assert "+" not in library("peano").by_name and "iterate" in library("peano").by_name
    square = Primitive("square", (INT,), INT, lambda x: x * x)
    assert {"square", "+"} <= library([square]).by_name.keys()
    assert "+" not in library(["peano", square]).by_name
    with pytest.raises(UsageError, match="there are: arithmetic, peano"):
        library("algebra")
