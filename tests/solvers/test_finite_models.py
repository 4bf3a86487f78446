"""Finite models are found in the sizes that brute force finds them in, and are models."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from itertools import combinations

import pytest
from finite_theories import OTHER, formulas, structures, value
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from abduce.solvers.base import Limits, Outcome, Reason, Status
from abduce.solvers.clausal import clausify
from abduce.solvers.evaluation import holds
from abduce.solvers.finite_evaluation import satisfies
from abduce.solvers.finite_models import FiniteModelSearch
from abduce.solvers.grounding import Grounding
from abduce.solvers.terms import (
    BOOL,
    INT,
    THING,
    Sort,
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
    symbols,
)
from abduce.solvers.z3_grounding import ClauseSolver

X, Y, Z = Variable("x"), Variable("y"), Variable("z")
TIMES, INVERSE, ONE = Symbol("times", (THING, THING)), Symbol("inverse", (THING,)), constant("one")
GROUP = [
    forall([X, Y, Z], equal(TIMES(TIMES(X, Y), Z), TIMES(X, TIMES(Y, Z)))),
    forall([X], equal(TIMES(ONE, X), X)),
    forall([X], equal(TIMES(INVERSE(X), X), ONE)),
]


def search(given_formulas: Sequence[Term], timeout_s: float = 120.0) -> Outcome:
    return FiniteModelSearch(given_formulas).check(Limits(timeout_s=timeout_s))


def brute_force(given_formulas: Sequence[Term], sizes: dict[Sort, int]) -> bool | None:
    """Whether there is a model in given sizes; None where there are too many structures to try."""
    used = sorted({symbol for formula in given_formulas for symbol in symbols(formula)}, key=lambda s: s.name)
    count = 1
    for symbol in used:
        places = 1
        for sort in symbol.arguments:
            places *= sizes[sort]
        count *= (2 if symbol.result == BOOL else sizes[symbol.result]) ** places
    if count > 3_000:
        return None
    return any(all(value(f, found, {}) for f in given_formulas) for found in structures(used, sizes))


@settings(max_examples=60, deadline=None)
@given(st.lists(formulas(), min_size=1, max_size=3), st.integers(1, 3), st.integers(1, 2))
def test_satisfiable_in_a_size_exactly_if_brute_force_says_so(theory: list[Term], things: int, others: int) -> None:
    """The clauses keep satisfiability in domains of each size, sorts split and renamed elements left out."""
    sizes = {THING: things, OTHER: others}
    expected = brute_force(theory, sizes)
    assume(expected is not None)
    assert in_size(theory, sizes) is (Status.SAT if expected else Status.UNSAT)


def in_size(theory: Sequence[Term], sizes: dict[Sort, int]) -> Status:
    """Whether there is a model in given sizes, as the clauses have it; a model is checked twice."""
    form = clausify(theory)
    grounding = Grounding(form, {**{sort: 1 for sort in form.bounds}, **sizes})
    found = ClauseSolver().decide(grounding.dimacs(), grounding.atom_count, Limits())
    if found.values is not None:
        model = grounding.model(found.values)
        assert satisfies(model, theory)
        assert all(holds(formula, model) is True for formula in theory)
    return found.status


def test_functions_have_one_value() -> None:
    f, c, d = Symbol("f", (THING,)), constant("c"), constant("d")
    theory = [forall([X], equal(f(X), c)), forall([X], equal(f(X), d)), exists([X], negation(equal(f(X), X)))]
    assert in_size(theory, {THING: 2}) is Status.SAT
    assert in_size([*theory, negation(equal(c, d))], {THING: 2}) is Status.UNSAT


@pytest.mark.parametrize("length", [2, 3, 5])
def test_cycles_of_prime_length_have_that_many_elements(length: int) -> None:
    f = Symbol("f", (THING,))
    end: Term = X
    for _ in range(length):
        end = f(end)
    outcome = search([forall([X], equal(end, X)), forall([X], negation(equal(f(X), X)))])
    assert outcome.solver == f"finite models (size {length})"


def test_constants_that_are_equal_in_a_domain_for_different_ones() -> None:
    a, b, c = (constant(name) for name in "abc")
    for size, expected in [(1, Status.UNSAT), (2, Status.SAT), (3, Status.SAT), (4, Status.SAT)]:
        assert in_size([equal(a, b), negation(equal(a, c))], {THING: size}) is expected


@settings(max_examples=25, deadline=None)
@given(st.lists(formulas(), min_size=1, max_size=4))
def test_no_model_is_said_only_where_small_domains_have_none(theory: list[Term]) -> None:
    found = search(theory, timeout_s=0.3)
    if found.status is not Status.UNSAT:
        return
    for things in (1, 2, 3):
        for others in (1, 2):
            expected = brute_force(theory, {THING: things, OTHER: others})
            assert not expected


def test_groups_that_do_not_commute_have_six_elements() -> None:
    outcome = search([*GROUP, exists([X, Y], negation(equal(TIMES(X, Y), TIMES(Y, X))))])
    assert outcome.status is Status.SAT
    assert outcome.solver == "finite models (size 6)"
    assert outcome.model is not None
    assert len(outcome.model.domains[THING]) == 6


def pigeons(count: int, holes: int) -> list[Term]:
    inside = Symbol("inside", (Sort("Pigeon"), Sort("Hole")), BOOL)
    birds = [constant(f"pigeon{i}", Sort("Pigeon")) for i in range(count)]
    places = [constant(f"hole{i}", Sort("Hole")) for i in range(holes)]
    return [
        *(disjunction(inside(bird, place) for place in places) for bird in birds),
        *(negation(conjunction((inside(a, p), inside(b, p)))) for a, b in combinations(birds, 2) for p in places),
    ]


def test_pigeons_in_holes() -> None:
    assert search(pigeons(4, 4)).status is Status.SAT
    assert search(pigeons(5, 4)).status is Status.UNSAT


def test_sorts_of_different_exact_sizes() -> None:
    """Three things and two others exactly: all sizes are combined."""
    u = Variable("u", OTHER)
    things, others = [constant(f"t{i}") for i in range(3)], [constant(f"o{i}", OTHER) for i in range(2)]
    theory = [
        *(negation(equal(a, b)) for group in (things, others) for a, b in combinations(group, 2)),
        forall([X], disjunction(equal(X, t) for t in things)),
        forall([u], disjunction(equal(u, o) for o in others)),
    ]
    outcome = search(theory)
    assert outcome.model is not None
    assert {sort: len(domain) for sort, domain in outcome.model.domains.items()} == {THING: 3, OTHER: 2}
    assert search([*theory, forall([X], equal(X, things[0]))]).status is Status.UNSAT


def test_many_sorts_of_fixed_sizes_are_not_combined_for_ever() -> None:
    """Each of eight sorts needs two elements: all combinations of sizes up to two are 256."""
    sorts = [Sort(f"Sort{number}") for number in range(8)]
    theory = []
    for sort in sorts:
        u, one, other = Variable("u", sort), constant("one", sort), constant("other", sort)
        theory.append(negation(equal(one, other)))
        theory.append(forall([u], disjunction((equal(u, one), equal(u, other)))))
    outcome = search(theory)
    assert outcome.model is not None
    assert all(len(outcome.model.domains[sort]) == 2 for sort in sorts)


def test_infinite_models_are_never_taken_for_none() -> None:
    less = Symbol("less", (THING, THING), BOOL)
    order = [
        forall([X, Y, Z], implies(conjunction((less(X, Y), less(Y, Z))), less(X, Z))),
        forall([X], negation(less(X, X))),
        forall([X], exists([Y], less(X, Y))),
    ]
    outcome = search(order, timeout_s=0.5)
    assert outcome.status is Status.UNKNOWN
    assert outcome.reason in (Reason.TIMEOUT, Reason.MEMORY)


def test_functions_between_sorts_without_a_cycle_are_bounded() -> None:
    """Every closed term of THING is c; of OTHER, g(c) and e."""
    g, p, c = Symbol("g", (THING,), OTHER), Symbol("p", (OTHER,), BOOL), constant("c")
    assert search([forall([X], p(g(X))), negation(p(g(c)))]).status is Status.UNSAT


def test_numbers_are_not_for_finite_models() -> None:
    n = constant("n", INT)
    outcome = search([equal(n, number(3))])
    assert (outcome.status, outcome.reason) == (Status.UNKNOWN, Reason.INCOMPLETE)


def test_no_formulas_have_a_model() -> None:
    outcome = search([])
    assert outcome.status is Status.SAT


def test_memory_is_bounded() -> None:
    wide = Symbol("wide", (THING,) * 6)
    xs = [Variable(f"x{i}") for i in range(6)]
    less = Symbol("less", (THING, THING), BOOL)
    theory = [
        forall(xs, less(xs[0], wide(*xs))),
        forall([X], negation(less(X, X))),
        forall([X, Y, Z], implies(conjunction((less(X, Y), less(Y, Z))), less(X, Z))),
    ]
    outcome = FiniteModelSearch(theory).check(Limits(timeout_s=120, memory_mb=5))
    assert (outcome.status, outcome.reason) == (Status.UNKNOWN, Reason.MEMORY)


@pytest.mark.parametrize("timeout_s", [0.0, 0.3])
def test_the_time_limit_holds(timeout_s: float) -> None:
    started = time.monotonic()
    outcome = search([*GROUP, exists([X, Y], negation(equal(TIMES(X, Y), TIMES(Y, X))))], timeout_s=timeout_s)
    assert outcome.status is Status.SAT or outcome.reason is Reason.TIMEOUT
    assert time.monotonic() - started < 60.0


def test_an_interrupt_stops_the_search() -> None:
    less = Symbol("less", (THING, THING), BOOL)
    order = [
        forall([X, Y, Z], implies(conjunction((less(X, Y), less(Y, Z))), less(X, Z))),
        forall([X], negation(less(X, X))),
        forall([X], exists([Y], less(X, Y))),
    ]
    running = FiniteModelSearch(order)
    timer = threading.Timer(0.3, running.interrupt)
    timer.start()
    outcome = running.check(Limits(timeout_s=120))
    timer.join()
    assert (outcome.status, outcome.reason) == (Status.UNKNOWN, Reason.INTERRUPTED)
