"""From statements to typed terms."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abduce.errors import SortError
from abduce.parser.algebra import algebra_terms
from abduce.parser.elaboration import Elaborator, elaborate
from abduce.parser.statements import Algebra, Query
from abduce.parser.surface import read, read_query, read_statement
from abduce.parser.term_printing import term_text
from abduce.solvers.terms import BOOL, INT, REAL, THING, Op, Operate, Sort, Symbol, free_variables


def claims(text: str) -> list[str]:
    return [term_text(term) for term in elaborate(read(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("p(X) :- q(X), not r(X), -s(X).", ["forall X. q(X) & not r(X) & not s(X) -> p(X)"]),
        (":- p(X).", ["forall X. p(X) -> false"]),
        ("likes(X, bob).", ["forall X. likes(X, bob)"]),
        ("-p(a).", ["not p(a)"]),
        ("ok(X) :- r(X), not s(X, _).", ["forall X. r(X) & not (exists _1. s(X, _1)) -> ok(X)"]),
        ("age(ann, 3). p(X) :- age(X, Y), Y > 2.", ["age(ann, 3)", "forall X Y: Int. age(X, Y) & Y > 2 -> p(X)"]),
        ("price(a, 2). price(b, 2.5).", ["price(a, 2.0)", "price(b, 2.5)"]),
        ("x: Int. x > 2.5", ["x > 2.5"]),
        ("y = 2.5. z = y + 1. w = 7", ["y = 2.5", "z = y + 1.0", "w = 7"]),
        ('p("a"). p("b").', ['p("a")', 'p("b")', '"a" != "b"']),
        ("a xor b xor c & (d <-> e <-> f)", ["(a xor b) xor c & ((d <-> e) <-> f)"]),
        ("m: Thing -> Bool. k: Thing -> Bool. m(a) = k(b)", ["m(a) <-> k(b)"]),
        ("x != y", ["x != y"]),
        ("x: Int. x^2 = 4. 2^-1 = x", ["x^2 = 4", "1.0 / 2.0 = x"]),
        ("x: Real. x^-2 = 4", ["x^2.0 != 0.0 & 1.0 / x^2.0 = 4.0"]),
        ("y = 1/x", ["x != 0.0 & y = 1.0 / x"]),
        ("a: Int. not p(3 mod a)", ["not (a != 0 & p(3 mod a))"]),
        ("q(10 div Y) :- p(Y), Y < 3.", ["forall Y: Int. p(Y) & Y < 3 & Y != 0 -> q(10 div Y)"]),
        ("a: Int. 1 = ite(a = 0, 2, 3 div a)", ["(a != 0 -> a != 0) & 1 = ite(a = 0, 2, 3 div a)"]),
        ("student(ann) & takes(ann, student)", ["student(ann) & takes(ann, student)"]),
    ],
)
def test_what_statements_claim(text: str, expected: list[str]) -> None:
    assert claims(text) == expected


def symbols(text: str) -> dict[str, Symbol]:
    elaborator = Elaborator()
    elaborator.add(read(text))
    return elaborator.symbols()


@pytest.mark.parametrize(
    ("text", "name", "arguments", "result"),
    [
        ("p(a).", "a", (), THING),
        ("p(3).", "p", (INT,), BOOL),
        ("p(3). p(2.5).", "p", (REAL,), BOOL),
        ("f(a) > 2", "f", (THING,), INT),
        ("f(a) + 0.5 > 2", "f", (THING,), REAL),
        ("forall x y. price(x, y) -> y > 0.5", "price", (THING, REAL), BOOL),
        ("forall x y. price(x, y) -> y > 5", "price", (THING, INT), BOOL),
        ("half(X, Y) :- n(X), X mod 2 = 0, Y = X / 2.", "half", (INT, REAL), BOOL),
        ("forall x: Real. q(x)", "q", (REAL,), BOOL),
        ("forall x: Colour. q(x)", "q", (Sort("Colour"),), BOOL),
        ("a = b. b = c. c = 2.5", "a", (), REAL),
        ("ite(x > 2, x, y) = 3", "y", (), INT),
        ("x: Int. y: Real. p(y). p(x).", "p", (REAL,), BOOL),
        ("f: Int -> Real. g(f(x)).", "g", (REAL,), BOOL),
        ("f: Int -> Real. g(f(x)).", "x", (), INT),
    ],
)
def test_inferred_sorts(text: str, name: str, arguments: tuple[Sort, ...], result: Sort) -> None:
    assert symbols(text)[name] == Symbol(name, arguments, result)


STATEMENTS = ["p(a, 3).", "q(X) :- p(Y, X).", "q(2.5).", "b = a", "r(c).", "forall x. r(x) -> p(x, f(x))", "f(b) < 9"]


@given(st.permutations(STATEMENTS))
@settings(max_examples=40, deadline=None)
def test_sorts_do_not_depend_on_the_order(order: list[str]) -> None:
    assert symbols("\n".join(order)) == symbols("\n".join(STATEMENTS))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("p(a).\np(a, b).", "p has one argument in `p(a).` (line 1) and 2 arguments in `p(a, b).` (line 2)"),
        ("f(a) = b.\nf = c.", "f has one argument in `f(a)` (line 1) and no arguments in `f` (line 2)"),
        ("p(q).\nq.", "q is a constant in `p(q).` (line 1) and a proposition in `q` (line 2); give one"),
        ("p(f(a)).\nf(a).", "f is a function in `f(a)` (line 1) and a predicate in `f(a).` (line 2)"),
        ('p("red").\np(3).', '`"red"` is a text (line 1), but `p(3).` is argument 1 of p (line 2)'),
        (
            "q(2.5).\nr(X) :- q(X), X mod 2 = 0.",
            "`X` is an operand of mod, which takes integers (line 2), but `2.5` is argument 1 of q (line 1)",
        ),
        (
            "f: Thing -> Int.\nf(a) = b. p(b).\np(red). x: Colour. p(x).",
            "`p(x).` is argument 1 of p (line 3), but `b` is computed",
        ),
        ("n(X, C) :- q(X), C = count { Y : p(X, Y) }.", "has a meaning in the rule readings only"),
        ("age: Thing -> Int. age(3) = 2", "which is declared Thing, not Int"),
    ],
)
def test_clashes_name_both_places(text: str, message: str) -> None:
    with pytest.raises(SortError) as found:
        elaborate(read(text))
    assert message in str(found.value)


def test_a_clash_leaves_no_trace() -> None:
    elaborator = Elaborator()
    elaborator.add(read("p(a). q(b)."))
    before = elaborator.symbols()
    with pytest.raises(SortError):
        elaborator.add(read("a = b. r(c). p(a, b)."))
    assert elaborator.symbols() == before
    assert [term_text(term) for term in elaborator.add(read("q(3).")) if term] == ["q(3)"]
    assert elaborator.symbols()["a"].result == THING


def test_a_session_says_when_earlier_terms_are_stale() -> None:
    elaborator = Elaborator()
    elaborator.add(read("price(a, 2)."))
    elaborator.add(read("price(b, 3). cheap(X) :- price(X, Y), Y < 3."))
    assert elaborator.generation == 0
    elaborator.add(read("price(c, 2.5)."))
    assert elaborator.generation == 1
    assert elaborator.symbols()["price"].arguments == (THING, REAL)


def test_queries_leave_the_session_alone() -> None:
    elaborator = Elaborator()
    elaborator.add(read("price(a, 2). n(x)."))
    question = elaborator.ask(read_query("price(Who, Y), Y > 1"))
    assert question.fits
    assert [variable.sort for variable in question.variables] == [THING, INT]
    assert free_variables(question.formula) == frozenset(question.variables)
    assert not elaborator.ask(read_query("price(a, 2.5)")).fits
    assert elaborator.ask(read_query("unheard_of(a)")).fits
    assert set(elaborator.symbols()) == {"price", "a", "n", "x"}
    (best,) = read("maximize X + Y subject to X < 3, Y <= 2?")
    assert isinstance(best, Query)
    objective = elaborator.ask(best).objective
    assert objective is not None and objective[0] == "maximize" and objective[1].sort == INT


def test_algebra() -> None:
    statement = read_statement("solve x^2 - 5*sin(x) = pi")
    assert isinstance(statement, Algebra)
    (equation,) = algebra_terms(statement)
    assert isinstance(equation, Operate) and equation.op is Op.EQUAL
    assert {variable.name for variable in free_variables(equation)} == {"x"}


def test_deep_formulas() -> None:
    assert len(claims("~" * 400 + "p")) == 1
    assert len(claims(" & ".join(f"p{number}(a)" for number in range(3_000)))) == 1


def test_twenty_thousand_facts() -> None:
    facts = read("\n".join(f"edge(n{number}, n{number * 7 % 1000})." for number in range(20_000)))
    start = time.process_time()
    assert len(Elaborator().add(facts)) == 20_000
    assert time.process_time() - start < 30.0


def test_all_orders_of_a_clash_clash() -> None:
    for order in itertools.permutations(["p(a).", 'p("red").', "a = b", "b > 2"]):
        with pytest.raises(SortError):
            elaborate(read("\n".join(order)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "p(a).\n  q(((1/3) * (5)) mod 2).",
            "story:2:6: sorts clash: `(1/3) * (5)` is an operand of mod, which takes integers (story:2), but it is "
            "Real\n  q(((1/3) * (5)) mod 2).\n     ^",
        ),
        (
            "r and\n  x mod 2.5 = 1.",
            "story:2:9: sorts clash: `2.5` is an operand of mod, which takes integers (story:1), but it is Real\n"
            "    x mod 2.5 = 1.\n          ^",
        ),
        ("f: Int -> Int.\nf(2, 3) = 1.", "story:2:1: f has one argument in"),
        ("x: Thing.\nx + 1 = 2.", "story:2:1: sorts clash: `x` is computed with as a number"),
        ('forall z. p(z) -> z > 2.\nq. p("red").', "story:2:6: sorts clash:"),
        ("x: Thing. x: Int.", "story:1:11: sorts clash:"),
    ],
)
def test_sort_errors_point_at_a_whole_term(text: str, message: str) -> None:
    with pytest.raises(SortError) as found:
        elaborate(read(text, file="story"))
    assert str(found.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("solve (x + 1) mod 3 = 1", "algebra:1:7: `(x + 1) mod 3` has no meaning in algebra"),
        ("simplify 7 div 2", "algebra:1:10: `7 div 2` has no meaning in algebra"),
        ("solve x and y", "algebra:1:7: and takes Bool, not Real"),
    ],
)
def test_what_has_no_meaning_in_algebra_is_pointed_at(text: str, message: str) -> None:
    command = read_statement(text, file="algebra")
    assert isinstance(command, Algebra)
    with pytest.raises(SortError) as found:
        algebra_terms(command)
    assert str(found.value).startswith(message)
    assert str(found.value).endswith("^")
