"""The evaluator with tables agrees with the plainest one."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from finite_theories import OTHER, as_model, formulas, structures, value
from hypothesis import given, settings
from hypothesis import strategies as st

from abduce.solvers.base import Element, Interpretation, Model
from abduce.solvers.finite_evaluation import TooLargeError, satisfies
from abduce.solvers.terms import (
    BOOL,
    THING,
    Op,
    Quantified,
    Symbol,
    Term,
    Variable,
    conjunction,
    exists,
    forall,
    operate,
    symbols,
)


@settings(max_examples=80, deadline=None)
@given(formulas(), st.integers(1, 3), st.integers(1, 2), st.integers())
def test_agrees_with_plain_recursion(formula: Term, things: int, others: int, seed: int) -> None:
    sizes, random = {THING: things, OTHER: others}, Random(seed)
    used = sorted(symbols(formula), key=lambda symbol: symbol.name)
    tables = {}
    for symbol in used:
        tables[symbol] = random.choice(list(structures([symbol], sizes)))[1][symbol]
    structure = (sizes, tables)
    assert satisfies(as_model(structure), [formula]) == bool(value(formula, structure, {}))


def test_many_variables_in_a_chain_need_small_tables_only() -> None:
    """Twenty variables over four elements are 4^20 combinations."""
    edge, count = Symbol("edge", (THING, THING), BOOL), 20
    path = [Variable(f"x{number}") for number in range(count)]
    formula = exists(path, conjunction(edge(a, b) for a, b in pairwise(path)))
    domain = tuple(Element(THING, number) for number in range(4))
    ring = {(domain[i], domain[(i + 1) % 4]): True for i in range(4)}
    line = {(domain[i], domain[i + 1]): True for i in range(3)}
    assert satisfies(Model({THING: domain}, {edge: Interpretation(ring, otherwise=False)}), [formula])
    assert not satisfies(Model({THING: domain}, {edge: Interpretation(line, otherwise=False)}), [formula])


def test_a_table_that_does_not_fit_is_refused() -> None:
    domain = tuple(Element(THING, number) for number in range(10))
    wide = Symbol("wide", (THING,) * 2, BOOL)
    variables = [Variable(f"x{number}") for number in range(12)]
    parts = [wide(a, b) for a in variables for b in variables if a != b]
    model = Model({THING: domain}, {wide: Interpretation({}, otherwise=True)})
    with pytest.raises(TooLargeError, match="a table of"):
        satisfies(model, [exists(variables, conjunction(parts))])


def test_what_the_model_does_not_say_is_an_error() -> None:
    p, x = Symbol("p", (THING,), BOOL), Variable("x")
    with pytest.raises(ValueError, match="no table for p"):
        satisfies(Model(), [forall([x], p(x))])
    with pytest.raises(ValueError, match="x is free"):
        satisfies(Model({}, {p: Interpretation({}, otherwise=True)}), [p(x)])
    two = {THING: (Element(THING, 0), Element(THING, 1))}
    half = Interpretation({(Element(THING, 0),): True})
    with pytest.raises(ValueError, match="all values of p"):
        satisfies(Model(two, {p: half}), [operate(Op.NOT, forall([x], p(x)))])


def test_deep_formulas_need_no_recursion() -> None:
    p, x = Symbol("p", (THING,), BOOL), Variable("x")
    formula: Term = p(x)
    for _ in range(5_000):
        formula = operate(Op.NOT, formula)
    model = Model({}, {p: Interpretation({}, otherwise=True)})
    assert satisfies(model, [forall([x], formula)])
    assert isinstance(forall([x], formula), Quantified)
