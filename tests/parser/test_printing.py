"""What is printed reads back."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abduce.parser.elaboration import Elaborator, elaborate
from abduce.parser.printing import expression_text, program_text, statement_text
from abduce.parser.statements import (
    App,
    Clause,
    Expression,
    Formula,
    Num,
    Operation,
    Quantifier,
    Query,
    Source,
    Statement,
    Text,
    Var,
)
from abduce.parser.surface import read, read_formula, read_query, read_statement
from abduce.parser.term_printing import term_text

NAMES = ["a", "b2", "mr.smith", "lg-34", "la_liga", "o'brien", "Ann", "2008_games", "solve", "not", "a b", "x", "c++"]
PREDICATES = ["p", "Risk-averse", "Human", "it's", "ite", "count", "5", "forall", "Śniardwy", "a'"]
VARIABLES = ["x", "y", "z1", "Long"]
NUMBERS = [0, 3, -2, Fraction(5, 2), Fraction(2), Fraction(-1, 8)]


def _arguments(names: tuple[str, ...]) -> st.SearchStrategy[Expression]:
    leaves: st.SearchStrategy[Expression] = st.one_of(
        st.sampled_from([name for name in NAMES if name not in names]).map(App),
        st.sampled_from(NUMBERS).map(Num),
        st.sampled_from(["red", 'a "b" \\ c', "x\ny"]).map(Text),
        *([st.sampled_from(names).map(Var)] if names else []),
    )

    def grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        two = st.tuples(inner, inner)
        many = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.one_of(
            st.builds(Operation, st.sampled_from(["+", "*"]), many),
            st.builds(Operation, st.sampled_from(["-", "/", "^", "div", "mod"]), two),
            inner.map(lambda side: Operation("neg", (side,))),
            st.builds(App, st.sampled_from(["f", "g-h"]), two),
        )

    return st.recursive(leaves, grown, max_leaves=4)


@st.composite
def formulas(draw: st.DrawFn, names: tuple[str, ...] = (), depth: int = 3) -> Expression:
    kind = draw(st.sampled_from(["atom", "compare", "nary", "arrow", "not", "quantifier", "strong", "truth", "ite"]))
    terms = _arguments(names)
    if depth == 0 or kind == "atom":
        name = draw(st.sampled_from([name for name in PREDICATES if name not in names]))
        return App(name, tuple(draw(st.lists(terms, max_size=2))))
    if kind == "compare":
        op = draw(st.sampled_from(["=", "!=", "<", "<=", ">", ">="]))
        return Operation(op, (draw(terms), draw(terms)))
    if kind == "truth":
        return Operation(draw(st.sampled_from(["true", "false"])), ())
    if kind == "strong":
        return Operation("strong", (App(draw(st.sampled_from(PREDICATES)), (draw(terms),)),))
    inner = formulas(names, depth - 1)
    if kind == "ite":
        return Operation("=", (Operation("ite", (draw(inner), draw(terms), draw(terms))), draw(terms)))
    if kind == "not":
        return Operation("not", (draw(inner),))
    if kind == "arrow":
        return Operation("->", (draw(inner), draw(inner)))
    if kind == "nary":
        op = draw(st.sampled_from(["and", "or", "xor", "<->"]))
        return Operation(op, tuple(draw(st.lists(inner, min_size=2, max_size=3))))
    bound = draw(st.lists(st.sampled_from(VARIABLES), min_size=1, max_size=2, unique=True))
    sorts = {name: draw(st.sampled_from([None, "Int", "Colour"])) for name in bound}
    outer = tuple(name for name in names if name not in bound)
    body = draw(formulas((*outer, *bound), depth - 1))
    variables = tuple(Var(name, sorts[name]) for name in bound)
    return Quantifier(draw(st.sampled_from(["forall", "exists"])), variables, _sorted(body, sorts))


def _sorted(part: Expression, sorts: dict[str, str | None]) -> Expression:
    """Give the occurrences of variables the sort that their quantifier declares."""
    if isinstance(part, Var):
        return Var(part.name, sorts.get(part.name, part.sort))
    if isinstance(part, App):
        return App(part.name, tuple(_sorted(one, sorts) for one in part.arguments))
    if isinstance(part, Operation):
        return Operation(part.op, tuple(_sorted(one, sorts) for one in part.arguments))
    if isinstance(part, Quantifier):
        inner = {name: sort for name, sort in sorts.items() if name not in {v.name for v in part.variables}}
        return Quantifier(part.kind, part.variables, _sorted(part.body, inner))
    return part


@given(formulas(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_formulas_read_back(expression: Expression, unicode: bool) -> None:
    written = expression_text(expression, unicode=unicode)
    assert read_formula(written).expression == expression, written


@given(formulas())
@settings(max_examples=30, deadline=None)
def test_queries_read_back(expression: Expression) -> None:
    query = Query(expression, (), Source(""))
    assert read_query(statement_text(query)).expression == expression


TEXTS = [
    "parent(ann, bob).",
    "ancestor(X, Y) :- parent(X, Z), ancestor(Z, Y).",
    "p(X) :- q(X), not r(X, _1), -s(X), X > 2 * (Y + 1), a(Y) & b(Y) | c(Y).",
    "-p('Ann').",
    ":- p(X), q(X).",
    "n(X, C) :- q(X), C = count { Y, Z : r(X, Y), s(Y, Z) }.",
    "x: Int.",
    "age: Thing * Int -> Bool.",
    "maximize 3 * X + ?y subject to X + ?y <= 14, X >= 0?",
    "minimize cost?",
    "mortal(X), X != 'Ann'?",
    "solve x^2 - 5 * x + 6 = 0.",
    "integrate x^2, x, 0, 1.",
    "forall x. human(x) -> mortal(x).",
    "human('a b') & x = \"red\".",
    "human(socrates)",
]


@pytest.mark.parametrize("text", TEXTS)
def test_statements_print_as_people_write_them(text: str) -> None:
    assert statement_text(read_statement(text)) == text


def test_a_program_reads_back_where_an_atom_stands_before_a_constraint() -> None:
    statements: list[Statement] = [
        Formula(App("p", (App("a"),)), Source("")),
        Clause(None, (App("q"),), Source("")),
        Formula(App("p"), Source("")),
        Formula(Operation("strong", (App("p"),)), Source("")),
    ]
    text = program_text(statements)
    assert [(type(one), getattr(one, "expression", None)) for one in read(text)] == [
        (type(one), getattr(one, "expression", None)) for one in statements
    ], text


def test_unicode() -> None:
    read_one = read_statement("forall x. exists y. human(x) & not x = y -> likes(x, y) | x >= 2.")
    assert statement_text(read_one, unicode=True) == "∀x ∃y (human(x) ∧ ¬x = y → likes(x, y) ∨ x ≥ 2)."


def test_brackets_are_minimal() -> None:
    text = "(a -> b) -> c -> not (d & (e | f)) <-> (g xor h) & (forall x. p(x) -> q) | a - (b - c) * 2 > -(d + 1)^2."
    assert statement_text(read_statement(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "forall x. human(x) -> mortal(x).",
        "forall x: Int. exists y: Real. y > x & q(y, x / 3).",
        "exists x. (forall y: Int. y + 1 > y) & p(x) <-> q | not (r xor s).",
        "x = 2.5 & y = ite(x > 2, x, -x) & z mod 3 = 1 & abs(z) >= 2^z.",
        'c = "red" & d != "blue".',
    ],
)
def test_terms_read_back(text: str) -> None:
    elaborator = Elaborator()
    (term,) = elaborator.add([read_formula(text)])
    assert term is not None
    for unicode in (False, True):
        written = term_text(term, unicode=unicode)
        assert elaborator.add([read_formula(written)]) == [term], written


def test_variables_that_cannot_be_bound_are_renamed() -> None:
    from abduce.solvers.terms import BOOL, INT, THING, Symbol, Variable, exists, forall, operate
    from abduce.solvers.terms import Op as Operator

    odd, other = Variable("x!1", THING), Variable("x!1", INT)
    p, q = Symbol("p", (THING,), BOOL), Symbol("q", (INT,), BOOL)
    term = forall([odd], exists([other], operate(Operator.AND, p(odd), q(other))))
    assert term_text(term) == "forall x_1. exists x_1_1: Int. p(x_1) & q(x_1_1)"


def test_deep_terms_print() -> None:
    from abduce.solvers.terms import Op as Operator
    from abduce.solvers.terms import operate

    (term,) = elaborate([read_formula("p")])
    for _ in range(5_000):
        term = operate(Operator.NOT, term)
    assert term_text(term) == "not " * 5_000 + "p"
