"""Clauses are satisfiable in the same sizes as the formulas they were made of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod

import pytest
from finite_theories import OTHER, formulas, structures, value
from hypothesis import assume, given, settings

from abduce.solvers.base import Limits, Status
from abduce.solvers.clausal import ClausalForm, UnsuitableError, clausify
from abduce.solvers.clauses import StoppedError, clause_formulas, simplified
from abduce.solvers.flattening import Literal
from abduce.solvers.normal_forms import FreshNames, negation_normal, unsuitable
from abduce.solvers.scopes import skolemised, with_small_scopes
from abduce.solvers.terms import (
    BOOL,
    INT,
    THING,
    Kind,
    Op,
    Operate,
    Quantified,
    Symbol,
    Term,
    Variable,
    conjunction,
    constant,
    disjunction,
    equal,
    exists,
    forall,
    implies,
    negation,
    number,
    operate,
    subterms,
    symbols,
)
from abduce.solvers.z3_backend import Z3Session

X, Y, Z, W = (Variable(name) for name in "xyzw")
P, Q = Symbol("p", (THING,), BOOL), Symbol("q", (THING, THING), BOOL)
F, C = Symbol("f", (THING,)), constant("c")
MOST_STRUCTURES = 2_000


def count(used: Sequence[Symbol], sizes: dict[object, int]) -> int:
    return prod((2 if s.result == BOOL else sizes[s.result]) ** prod(sizes[sort] for sort in s.arguments) for s in used)


def has_model(theory: Sequence[Term], sizes: dict[object, int]) -> bool:
    used = sorted({symbol for formula in theory for symbol in symbols(formula)}, key=lambda s: (s.name, s.arguments))
    assume(count(used, sizes) <= MOST_STRUCTURES)
    return any(all(value(f, found, {}) for f in theory) for found in structures(used, sizes))  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(formulas())
def test_clauses_are_equisatisfiable_in_each_size(formula: Term) -> None:
    for things in (1, 2):
        sizes: dict[object, int] = {THING: things, OTHER: 1}
        assert has_model([formula], sizes) == has_model(clause_formulas([formula]), sizes)


@settings(max_examples=40, deadline=None)
@given(formulas())
def test_small_scopes_keep_the_meaning(formula: Term) -> None:
    (first, *definitions) = negation_normal(formula, FreshNames({"p", "q"}))
    assume(not definitions)
    used, sizes = sorted(symbols(formula), key=lambda s: s.name), {THING: 2, OTHER: 1}
    assume(count(used, sizes) <= MOST_STRUCTURES)  # type: ignore[arg-type]
    narrow = with_small_scopes(first)
    for found in structures(used, sizes):
        assert value(formula, found, {}) == value(first, found, {}) == value(narrow, found, {})


@settings(max_examples=25, deadline=None)
@given(formulas())
def test_z3_says_the_same_of_formulas_and_of_their_clauses(formula: Term) -> None:
    found = []
    for theory in ([formula], clause_formulas([formula])):
        with Z3Session() as session:
            for part in theory:
                session.add(part)
            found.append(session.check(limits=Limits(timeout_s=1), want_model=False).status)
    assert Status.UNKNOWN in found or found[0] is found[1]


def connectives(formula: Term) -> set[Op]:
    return {part.op for part in subterms(formula) if isinstance(part, Operate)}


def test_negation_normal_form_has_negations_at_atoms_only() -> None:
    formula = negation(forall([X], implies(P(X), operate(Op.IFF, P(F(X)), exists([Y], Q(X, Y))))))
    (found,) = negation_normal(formula, FreshNames(set()))
    assert connectives(found) <= {Op.AND, Op.OR, Op.NOT}
    for part in subterms(found):
        if isinstance(part, Operate) and part.op is Op.NOT:
            assert not isinstance(part.arguments[0], Operate | Quantified)


def test_nested_equivalences_grow_linearly() -> None:
    chain: Term = P(C)
    for place in range(60):
        chain = operate(Op.IFF, chain, Symbol(f"p{place}", (), BOOL)())
    found = clause_formulas([chain])
    assert len(found) < 60 * 5


def test_long_disjunctions_of_conjunctions_grow_linearly() -> None:
    parts = [conjunction(Symbol(f"p{i}_{j}", (), BOOL)() for j in range(3)) for i in range(40)]
    assert len(clause_formulas([disjunction(parts)])) < 40 * 4 + 10


def test_functions_take_only_what_their_formula_depends_on() -> None:
    """∀x∀y∀z (q(x,y) → ∃w q(z,w)): w depends on z alone."""
    formula = forall([X, Y, Z], implies(Q(X, Y), exists([W], Q(Z, W))))
    (normal,) = negation_normal(formula, FreshNames(set()))
    names = FreshNames(set())
    skolemised(with_small_scopes(normal), names)
    assert [len(symbol.arguments) for symbol in names.made] == [1]


def test_existential_blocks_without_universals_become_constants() -> None:
    formula = exists([X, Y, Z], conjunction((Q(X, Y), Q(Y, Z), P(X))))
    names = FreshNames(set())
    found = skolemised(with_small_scopes(formula), names)
    assert {len(symbol.arguments) for symbol in names.made} == {0}
    assert not any(isinstance(part, Quantified) and part.kind is Kind.EXISTS for part in subterms(found))


def test_simplified_clauses() -> None:
    assert simplified((P(X), negation(P(X)))) is None
    assert simplified((equal(X, X),)) is None
    assert simplified((negation(equal(X, C)), P(X), P(X))) == (P(C),)
    assert simplified((negation(equal(X, F(X))),)) == (negation(equal(X, F(X))),)


def variables_of(form: ClausalForm) -> int:
    return max(len(clause.sorts) for clause in form.clauses)


def test_clauses_are_split_to_few_variables() -> None:
    """A path of ten variables: three at once are enough."""
    path = [Variable(f"x{i}") for i in range(10)]
    steps = conjunction(Q(a, b) for a, b in pairwise(path))
    form = clausify([forall(path, implies(steps, Q(path[0], path[-1]))), exists([X, Y], negation(Q(X, Y)))])
    assert variables_of(form) <= 3


def test_flat_literals() -> None:
    form = clausify([forall([X], equal(F(F(X)), X)), exists([X], negation(equal(F(X), X)))])
    functional = {literal.symbol for clause in form.clauses for literal in clause.literals if literal.positive}
    assert F in functional and form.functional == {F}
    assert all(isinstance(literal, Literal) for clause in form.clauses for literal in clause.literals)


def test_sorts_are_split_where_values_never_meet() -> None:
    """The first and the second arguments of q never meet."""
    a, b = constant("a"), constant("b")
    form = clausify([disjunction((Q(a, b), Q(b, a))), forall([X, Y], implies(Q(X, b), negation(Q(X, a))))])
    assert len(form.sorts) == 1
    form = clausify([Q(a, b), forall([X, Y], implies(Q(X, Y), Q(F(X), Y))), exists([X], negation(Q(F(a), X)))])
    assert len(form.sorts) == 2
    assert sorted(str(sort.bound) for sort in form.sorts) == ["2", "None"]


def test_bounds_of_formulas_without_functions() -> None:
    a, b = constant("a"), constant("b")
    form = clausify([negation(equal(a, b)), forall([X], disjunction((equal(X, a), equal(X, b))))])
    assert form.bounds == {THING: 2}
    assert not form.sorts[0].extendable
    assert clausify([P(F(a)), negation(P(a)), forall([X], implies(P(X), P(F(X))))]).bounds == {THING: None}


def test_predicates_of_one_sign_are_left_out() -> None:
    form = clausify([forall([X], implies(P(X), Q(X, X)))])
    assert form.clauses == ()
    assert form.constant in ({P: False}, {Q: True}, {P: False, Q: True})


def test_what_has_a_fixed_meaning_is_named() -> None:
    n = constant("n", INT)
    with pytest.raises(UnsuitableError, match="uninterpreted sorts, not the sort Int"):
        clausify([equal(n, n)])
    assert unsuitable([operate(Op.LESS, n, number(3))]) == "the sort Int"
    with pytest.raises(UnsuitableError, match="free variables; close it"):
        clausify([P(X)])


def test_making_clauses_can_be_stopped() -> None:
    with pytest.raises(StoppedError):
        clausify([P(C)], lambda: True)


def test_deep_formulas_need_no_recursion() -> None:
    formula: Term = P(X)
    for place in range(1_500):
        op = Op.AND if place % 2 else Op.OR
        formula = operate(op, P(C), forall([Y], operate(op, Q(X, Y), formula)) if place % 100 == 0 else formula)
    term: Term = C
    for _ in range(1_500):
        term = F(term)
    assert clausify([forall([X], formula), negation(P(term))]).clauses
