"""Where statements end, and the short way for facts."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abduce.errors import ParseError
from abduce.parser.facts import Facts
from abduce.parser.printing import statement_text
from abduce.parser.splitting import Splitter
from abduce.parser.statements import Clause, Formula, Statement
from abduce.parser.surface import read, read_statement


def split(text: str) -> list[tuple[str, str]]:
    splitter = Splitter(text)
    found: list[tuple[str, str]] = []
    while (chunk := splitter.next_chunk()) is not None:
        found.append((text[chunk.start : chunk.end], chunk.ending))
    return found


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("p. q.", [("p.", "dot"), ("q.", "dot")]),
        ("p(2.5). q", [("p(2.5).", "dot"), ("q", "end")]),
        ("p\nq", [("p", "line"), ("q", "end")]),
        ("p &\nq\n| r", [("p &\nq\n| r", "end")]),
        ("p? q", [("p?", "query"), ("q", "end")]),
        ("forall x. p(x). q", [("forall x. p(x).", "dot"), ("q", "end")]),
        ("forall x: Int. p(x)\n∃y: q(y)", [("forall x: Int. p(x)", "line"), ("∃y: q(y)", "end")]),
        ("p(a,\nb)", [("p(a,\nb)", "end")]),
        ("p(a\nq(b)", [("p(a", "line"), ("q(b)", "end")]),
        ("p.% c\nq", [("p.", "dot"), ("q", "end")]),
        ("p('a. b'). q", [("p('a. b').", "dot"), ("q", "end")]),
        ("x\n- 1 = y\n-p", [("x\n- 1 = y", "line"), ("-p", "end")]),
    ],
)
def test_ends_of_statements(text: str, pieces: list[tuple[str, str]]) -> None:
    assert split(text) == pieces


ARGUMENTS = ["a", "Ann", "_x", "_", "12", "2008_games", "9a", "not", "é", "a b", " c ", "", "ite", "1_0", "٣", "solve"]
NAMES = ["p", "Q", "not", "ite", "9", "9p", "_q", "count", "solve", "é"]


@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.lists(st.sampled_from(ARGUMENTS), min_size=1, max_size=3)),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=200, deadline=None)
def test_the_short_way_reads_what_the_grammar_reads(facts: list[tuple[str, list[str]]]) -> None:
    text = "\n".join(f"{name}({','.join(arguments)})." for name, arguments in facts)
    found: list[Statement] = []
    Facts(text).read_from(0, found)
    for statement in found:
        again = read_statement(statement.source.text)
        assert isinstance(statement, Clause) and isinstance(again, Clause)
        assert (statement.head, statement.body) == (again.head, again.body)
    assert [one.source.line for one in found] == list(range(1, len(found) + 1))


def test_lines_and_columns_of_facts() -> None:
    found = read("p(a). p(b).\n\n  p(c).\n% comment\np(d).", file="f")
    assert [(one.source.line, one.source.column) for one in found] == [(1, 1), (1, 7), (3, 3), (5, 1)]


def test_a_hundred_thousand_facts() -> None:
    """They take a second; the bound is for machines of any speed."""
    text = "\n".join(f"edge(n{number}, n{number * 7 % 1000})." for number in range(100_000))
    start = time.process_time()
    assert len(read(text)) == 100_000
    assert time.process_time() - start < 30.0


@pytest.mark.parametrize(
    ("text", "column", "shape"),
    [
        ("forall x in s. p(x).", 10, "forall x. s(x) -> …"),
        ("∀x in s: p(x)", 4, "forall x. s(x) -> …"),
        ("exists y in People. p(y)", 10, "exists y. People(y) and …"),
        ("q(a) & (forall x y in s. p(x, y)).", 20, "forall y. s(y) -> …"),
        ("forall x: Int in s. p(x).", 15, "forall x. s(x) -> …"),
        ("forall x in {1, 2}. p(x).", 10, "forall x. s(x) -> …"),
    ],
)
def test_in_does_not_bind(text: str, column: int, shape: str) -> None:
    """It was read as a variable between two others."""
    with pytest.raises(ParseError) as caught:
        read(text)
    assert caught.value.column == column and f"write `{shape}`" in str(caught.value)


@pytest.mark.parametrize(
    "text", ["forall in out. f(in, out).", "forall x, in, y. f(x, in, y).", "forall x in. f(x, in)."]
)
def test_in_is_a_name_where_nothing_else_is_meant(text: str) -> None:
    (found,) = read(text)
    (again,) = read(statement_text(found))
    assert isinstance(found, Formula) and isinstance(again, Formula) and found.expression == again.expression
