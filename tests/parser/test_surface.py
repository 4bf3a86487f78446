"""The query language: what is read, and what is said where nothing can be."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abduce.errors import ParseError
from abduce.parser.printing import expression_text, statement_text
from abduce.parser.statements import Algebra, App, Clause, Declaration, Formula, Num, Operation, Query, Text, Var
from abduce.parser.surface import is_complete, read, read_all, read_formula, read_query, read_statement


def shown(text: str) -> str:
    """Return a formula with the brackets that its reading implies."""
    return expression_text(read_formula(text).expression)


@pytest.mark.parametrize(
    ("unicode", "ascii"),
    [
        ("∀x (Human(x) → Mortal(x))", "forall x. Human(x) -> Mortal(x)"),
        ("∃x ∃y (P(x, y) ∧ ¬Q(y))", "exists x. exists y. P(x, y) & ~Q(y)"),
        ("p ⊕ q ↔ ¬r ∨ s", "p xor q iff not r or s"),
        ("∀x: ∃y: x ≠ y", "forall x. exists y. x != y"),
        ("x ≤ 2 ∧ y ≥ 3", "x <= 2 and y >= 3"),
        ("a → b → c", "a implies (b implies c)"),
        ("⊤ ∨ ⊥", "true | false"),
    ],
)
def test_unicode_and_ascii_are_one_language(unicode: str, ascii: str) -> None:
    assert read_formula(unicode).expression == read_formula(ascii).expression


@pytest.mark.parametrize(
    ("text", "bracketed"),
    [
        ("a & b | c xor d -> e <-> f", "((((a & b) | c) xor d) -> e) <-> f"),
        ("~a & b", "(~a) & b"),
        ("~x = y", "~(x = y)"),
        ("forall x p(x) & q", "(forall x. p(x)) & q"),
        ("forall x. p(x) & q -> r", "forall x. ((p(x) & q) -> r)"),
        ("a & forall x: p(x) | q", "a & (forall x. (p(x) | q))"),
        ("~exists x. p(x) | q", "~(exists x. (p(x) | q))"),
        ("forall x.p(x) | q", "forall x. (p(x) | q)"),
        ("∀x ∀y p(x) ∧ q", "(forall x. (forall y. p(x))) & q"),
        ("1 + 2 * 3 ^ 2 ^ 2 = x", "(1 + (2 * (3 ^ (2 ^ 2)))) = x"),
        ("-2 ^ 2 - 3 - 4 = x", "(((-(2 ^ 2)) - 3) - 4) = x"),
        ("x mod 3 * 2 = y div 2", "((x mod 3) * 2) = (y div 2)"),
    ],
)
def test_precedence(text: str, bracketed: str) -> None:
    assert read_formula(text).expression == read_formula(bracketed).expression


def test_kinds_of_statements() -> None:
    text = """
    parent(ann, bob).  % a fact
    ancestor(X, Y) :- parent(X, Z), not enemy(X, Z), ancestor(Z, Y).
    -likes(bob, ann). :- parent(X, X). /* a comment
    of two lines */
    human(socrates)
    ∀x (Human(x) → Mortal(x)).
    age: Thing * Int -> Bool. n: Int.
    mortal(socrates)?
    ?- parent(X, bob), X != ann.
    maximize 3*X + ?y
        subject to X + ?y <= 14, X >= 0?
    solve x^2 - 5*x + 6 = 0
    integrate x^2, x, 0, 1
    """
    kinds = [Clause, Clause, Clause, Clause, Formula, Formula, Declaration, Declaration, Query, Query, Query]
    assert [type(one) for one in read(text)] == [*kinds, Algebra, Algebra]


def test_a_formula_goes_on_where_the_next_line_starts_with_an_operator() -> None:
    found = read("human(a)\n  & human(b)\n  -> mortal(a)\n-p(c).\n~q\nr(X)\n  :- s(X).\np(a).\n:- r(b).")
    assert [statement_text(one) for one in found] == [
        "human(a) & human(b) -> mortal(a).",
        "-p(c).",
        "not q.",
        "r(X) :- s(X).",
        "p(a).",
        ":- r(b).",
    ]


def test_capitalised_names() -> None:
    fact, formula, query = read("likes(Ann, bob). likes(Ann, bob) & p  likes(Ann, Bob)?".replace("p  ", "p\n"))
    assert isinstance(fact, Clause) and fact.head == App("likes", (Var("Ann"), App("bob")))
    assert isinstance(formula, Formula) and formula.expression.arguments[0] == App(  # type: ignore[union-attr]
        "likes", (App("Ann"), App("bob"))
    )
    assert isinstance(query, Query)
    assert query.free == (Var("Bob"),)
    assert query.taken_as_constants == ("Ann",)
    assert read_query("p(X, Ann)", constants=["Ann"]).free == (Var("X"),)
    assert read_query("p(?x) & exists y. q(?x, y)").free == (Var("x"),)


def test_anonymous_variables_of_queries_are_about_some_value() -> None:
    query = read_query("p(X), not q(X, _)")
    assert query.free == (Var("X"),)
    assert expression_text(query.expression, mode="query") == "p(X) & not exists _1. q(X, _1)"


@pytest.mark.parametrize(
    "name",
    ["mr.smith", "la_liga", "2008_games", "lg-34", "o'brien", "Companies’Stocks", "Świątek", "東京", "x'", "c++", "a+"],
)
def test_names_as_people_write_them(name: str) -> None:
    assert read_formula(f"P({name}, a)").expression == App("P", (App(name), App("a")))


def test_quoted_names_and_texts() -> None:
    assert read_formula("p('it''s a \\'name\\'', \"a \\\"text\\\"\")").expression == App(
        "p", (App("it's a 'name'"), Text('a "text"'))
    )


def test_hyphens_are_minus_signs_where_they_stand_in_arithmetic() -> None:
    two = (Var("N"), Num(1))
    clause = read_statement("f(N-1) :- g(N).")
    assert isinstance(clause, Clause) and clause.head == App("f", (Operation("-", two),))
    assert shown("forall x. p(x-y)") == "forall x. p(x - y)"
    assert shown("a-b > 3") == "a - b > 3"
    assert read_formula("Risk-averse(a-2)").expression == App("Risk-averse", (App("a-2"),))
    assert read_formula("n-1 = m").expression == Operation("=", (Operation("-", (App("n"), Num(1))), App("m")))


def test_numbers() -> None:
    (query,) = read("X = 2.50 + 1e3?")
    assert isinstance(query, Query)
    assert query.expression == Operation("=", (Var("X"), Operation("+", (Num(Fraction(5, 2)), Num(Fraction(1000))))))


def test_places_are_those_of_the_text() -> None:
    first, second = read("p(a).\n  q(b) &\n  r(c).", file="f.pl")
    assert (first.source.line, first.source.column) == (1, 1)
    assert (second.source.file, second.source.line, second.source.column) == ("f.pl", 2, 3)
    assert isinstance(second, Formula) and isinstance(second.expression, Operation)
    start, end = second.expression.arguments[1].span
    assert second.source.text[start:end] == "r(c)"


MISTAKES = [
    ("p(a) q(b)", 6, "an operator or a bracket is missing between `)` and `q`"),
    ("p(a, b", 2, "this bracket is never closed"),
    ("p(a))", 5, "this `)` closes no bracket"),
    ("a < b < c", 7, "comparisons cannot be chained; join two of them with `and`"),
    ("p(a), q(b)", 5, "`,` joins the goals of clauses and queries; in a formula write `and`"),
    ("p(a) & 3", 8, "a number stands where a formula is wanted"),
    ("p(q & r)", 5, "`&` joins formulas, and cannot stand among arguments"),
    ("(p & q) = r", 2, "a formula stands where a term is wanted"),
    ("p(a) ^ q(b)", 5, "`^` is the power of numbers; between formulas write `&` or `∧`"),
    ("forall x.", 10, "the statement ends after `.`, where something is missing"),
    ("p(a).q(b).", 5, "a dot ends a statement only before white space; set a space behind it"),
    ('p("x', 3, "this text in double quotes is not closed on its line"),
    ("p /* q", 3, "this comment is never closed"),
    ("p(X) :- forall Y. q(Y).", 9, "a quantifier cannot stand in the body of a clause"),
    ("p(X), q(X) :- r(X).", 1, "a clause has one head; write a clause for each"),
    ("not p(X) :- r(X).", 1, "a head cannot hold `not`"),
    ("p :- not (q, r).", 6, "in a body `not` stands before one atom or comparison"),
    ("p(X) :- q(X)\nr(X) :- s(X).", 13, "this clause is not ended by a dot before the next statement"),
    ("p(?x)", 3, "`?x` is a variable of queries; end a query with `?`"),
    ("forall p. p", 11, "p is a variable, not a formula"),
    ("forall x. x(a)", 11, "x is a variable here; it takes no arguments"),
    ("p & !q", 5, "`!` is not part of the language: write `not`"),
    ("p = [1]", 5, "`[` is not part of the language: lists and square brackets"),
    ("p(\x00)", 3, "character U+0000 is not part of the language"),
    ("x = 1e99999", 5, "a number may have"),
    ("", 1, "there is nothing to read"),
]


@pytest.mark.parametrize(("text", "column", "message"), MISTAKES)
def test_mistakes_are_named_in_their_place(text: str, column: int, message: str) -> None:
    with pytest.raises(ParseError) as found:
        read_statement(text)
    assert (found.value.line, found.value.column) == (1, column)
    assert message in found.value.message


def test_an_error_shows_the_line_and_the_repair() -> None:
    with pytest.raises(ParseError) as found:
        read("p(a).\nb < c < d.\n", file="f.pl")
    assert str(found.value) == (
        "f.pl:2:7: comparisons cannot be chained; join two of them with `and`\n"
        "  b < c < d.\n"
        "        ^\n"
        "  did you mean: b < c and c < d."
    )


def test_a_lost_bracket_is_put_back() -> None:
    with pytest.raises(ParseError) as found:
        read("∀x (Human(x) → Mortal(x)\nHuman(socrates)")
    assert (found.value.line, found.value.column) == (1, 4)
    assert found.value.repairs[0] == "∀x (Human(x) → Mortal(x))"


def test_reading_goes_on_after_errors() -> None:
    statements, errors = read_all("p(a).\nq(b\nr(c).\ns($).\nt(d).\n")
    assert [one.source.text for one in statements] == ["p(a).", "r(c).", "t(d)."]
    assert [error.line for error in errors] == [2, 4]
    statements, errors = read_all("import os\nprint(1)\nx = [1]\n")
    assert len(errors) == 2


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("", True),
        ("p(a)", True),
        ("p(a) &", False),
        ("p(a", False),
        ("forall x.", False),
        ("forall x", False),
        ("p(X) :- q(X)", False),
        ("p(X) :- q(X).", True),
        ("p(X) :-", False),
        ("p(a))", True),
        ("p(a) q(b)", True),
        ("p(a b", True),
        ("mortal(X)?", True),
        ("maximize x +", False),
        ("solve x = 3", True),
        ("/* a comment", False),
        ('p("a', True),
    ],
)
def test_multi_line_entry(text: str, complete: bool) -> None:
    assert is_complete(text) is complete


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000 + "p" + ")" * 5_000,
        " & ".join(f"p{number}(a)" for number in range(10_000)),
        "x = " + " + ".join("y" for _ in range(10_000)),
        "p :- " + ", ".join(f"q{number}" for number in range(2_000)) + ".",
    ],
)
def test_large_statements_are_read(text: str) -> None:
    (statement,) = read(text)
    assert statement == read(text)[0]
    assert isinstance(hash(statement), int)


@pytest.mark.parametrize(
    "text",
    [
        "~" * 5_000 + "p",
        "f(" * 5_000 + "a" + ")" * 5_000,
        "(a & " * 3_000 + "a" + ")" * 3_000,
        " -> ".join("p" for _ in range(5_000)),
        "∀x " * 3_000 + "p(x)",
        "x = " + " - ".join("y" for _ in range(2_000)),
        "(" * 5_000,
        ")" * 5_000,
    ],
)
def test_what_is_too_deep_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match=r"nested more than 500 deep|bracket"):
        read(text)


PIECES = ["(", ")", ".", ", ", " ", "\n", "?", "?-", ":-", ":", "{", "}", '"', "'", "∀x", "exists y", "and", "->"]
PIECES += ["-", "=", "2", "2.5", "p", "X", "_", "?x", "not ", "count", "ite(", "maximize ", "solve ", "%", "/*"]
PIECES += ["x-1", "a.b"]


@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=20).map("".join)))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_statements_or_errors(text: str) -> None:
    is_complete(text)
    statements, errors = read_all(text)
    for statement in statements:
        assert type(read_statement(statement_text(statement))) is type(statement)
    try:
        assert read(text) == statements
    except ParseError as error:
        assert str(error) == str(errors[0])


def test_a_formula_takes_milliseconds() -> None:
    text = "∀x (Student(x) ∧ Takes(x, logic) → ¬(Tired(x) ⊕ Happy(x)) ∨ ∃y (Friend(x, y) ∧ Helps(y, x)))"
    read_formula(text)
    start = time.process_time()
    for _ in range(50):
        read_formula(text)
    assert (time.process_time() - start) / 50 < 0.05
