"""Demand transformation against full evaluation, and that it does less."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_oracle import ARITIES, CONSTANTS, programs

from abduce.errors import ParseError
from abduce.parser.statements import Clause
from abduce.parser.surface import read
from abduce.reasoning.rules.demand import ask, demanded
from abduce.reasoning.rules.fixpoint import evaluate
from abduce.reasoning.rules.programs import Program, compile_program
from abduce.solvers.base import Limits, Reason


def compiled(text: str) -> Program:
    return compile_program([statement for statement in read(text) if isinstance(statement, Clause)])


def query(text: str) -> Any:
    return read(text)[0]


@st.composite
def queries(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(sorted(ARITIES)))
    terms = [draw(st.sampled_from([*CONSTANTS, "X", "Y"])) for _ in range(ARITIES[name])]
    asked = f"{draw(st.sampled_from(['', '-']))}{name}({', '.join(terms)})"
    if draw(st.booleans()):
        asked += f", not {draw(st.sampled_from(['p', 'r', 't']))}({terms[0]})"
    return asked + "?"


@settings(max_examples=40, deadline=None)
@given(programs(), queries())
def test_demand_gives_the_answers_of_full_evaluation(program: tuple[str, list[list[Clause]]], text: str) -> None:
    rules = compile_program([clause for level in program[1] for clause in level])
    asked = query(text)
    whole = evaluate(rules)
    expected = {tuple(sorted(row.items())) for row in whole.query(asked.expression, asked.free)}
    for shared in (None, whole):
        found = ask(rules, asked.expression, asked.free, shared=shared)
        assert found.complete
        assert {tuple(sorted(row.items())) for row in found.rows} == expected, program[0]


@settings(max_examples=40, deadline=None)
@given(programs(), queries(), st.integers(1, 4))
def test_no_more_answers_are_given_than_wanted(program: tuple[str, list[list[Clause]]], text: str, most: int) -> None:
    rules = compile_program([clause for level in program[1] for clause in level])
    asked = query(text)
    every = {tuple(sorted(row.items())) for row in ask(rules, asked.expression, asked.free).rows}
    found = ask(rules, asked.expression, asked.free, limit=most)
    some = {tuple(sorted(row.items())) for row in found.rows}
    assert some <= every and len(found.rows) == len(some) == min(most, len(every))
    assert found.complete is (len(every) <= most) and found.reason is None


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("n(z). n(s(X)) :- n(X).", "n(X)?"),
        ("n(0). n(X + 1) :- n(X).", "n(X), X > 100?"),
        ("".join(f"n({i}). " for i in range(3_000)), "n(X), n(Y), n(Z), X + Y < Z?"),
    ],
)
def test_no_more_is_derived_than_a_few_answers_need(text: str, asked: str) -> None:
    """Endless relations, and a round of nine billion rows."""
    wanted = query(asked)
    found = ask(compiled(text), wanted.expression, wanted.free, limits=Limits(1000.0), limit=10)
    assert len(found.rows) == 10 and not found.complete and found.reason is None


def test_a_closed_query_is_answered_where_the_model_is_endless() -> None:
    found = ask(compiled("n(z). n(s(X)) :- n(X). m(Y) :- n(Y)."), query("m(s(s(z)))?").expression)
    assert found.complete and found.rows == ({},) and found.reason is None


def test_what_was_derived_when_time_ran_out_is_given() -> None:
    wanted = query("n(X), n(Y), n(Z)?")
    rules = compiled("".join(f"n({i}). " for i in range(3_000)))
    found = ask(rules, wanted.expression, wanted.free, limits=Limits(1.0))
    assert found.rows and not found.complete and found.reason in (Reason.TIMEOUT, Reason.MEMORY)


def test_a_bound_query_looks_at_its_part_of_the_graph_only() -> None:
    edges = "".join(f"e({i}, {i + 1}). e({1000 + i}, {1001 + i}). " for i in range(100))
    rules = compiled(edges + "p(X, Y) :- e(X, Y). p(X, Z) :- e(X, Y), p(Y, Z).")
    asked = query("p(1095, X)?")
    found = ask(rules, asked.expression, asked.free)
    assert len(found.rows) == 5
    derived = sum(len(r.rows) for p, r in found.evaluation.relations.items() if p.name != "e")
    assert derived < 50


def test_negation_is_demanded_where_that_is_stratified() -> None:
    rules = compiled("e(a, b). e(b, c). p(X, Y) :- e(X, Y). p(X, Z) :- e(X, Y), p(Y, Z). q(X) :- e(X, _), not p(b, X).")
    asked = query("q(a)?")
    names = {p.name for rule in demanded(rules, asked.expression, ()).program.rules for p in rule.predicates}
    assert "p\0bb" in names and ask(rules, asked.expression).rows == ({},)


def test_negation_is_evaluated_in_full_where_demand_would_not_be_stratified() -> None:
    text = "m(a, b). m(b, c). m(c, a). n(a). n(b). n(c). s(X) :- n(X), not t(X), m(X, Y), s(Y). s(a). t(X) :- m(X, X)."
    text += " u(X) :- m(X, Y), not s(Y), v(Y). v(X) :- m(X, Y), not s(X). w(X) :- u(X), s(X)."
    rules = compiled(text)
    for goal in ("s(b)?", "w(b)?", "u(X)?"):
        asked = query(goal)
        full = list(evaluate(rules).query(asked.expression, asked.free))
        assert list(ask(rules, asked.expression, asked.free).rows) == full


def test_demand_ends_where_the_model_is_finite() -> None:
    """A demand that grows by arithmetic would never end, though the model is small."""
    rules = compiled("seed(3). p(X) :- seed(X). p(X) :- p(X + 1), ok(X). p(X) :- p(Y), Y = X + 10. ok(2).")
    assert ask(rules, query("p(-27)?").expression, limits=Limits(60.0)).complete
    assert not ask(rules, query("p(-29)?").expression, limits=Limits(0.5)).complete  # no end: p(-7), p(-17), ...
    finite = compiled("seed(3). ok(2). ok(1). p(X) :- seed(X). p(X) :- p(X + 1), ok(X).")
    found = ask(finite, query("p(1)?").expression, limits=Limits(60.0))
    assert found.complete and found.rows == ({},)


def test_an_unbound_query_is_an_error() -> None:
    asked = query("not e(X, a)?")
    with pytest.raises(ParseError, match="X in"):
        demanded(compiled("e(a, b)."), asked.expression, asked.free, asked.source)
