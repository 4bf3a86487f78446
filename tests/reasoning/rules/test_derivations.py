"""Derivations: each checks, is as low as it can be, and a spoiled one does not check."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from rule_oracle import programs

from abduce.errors import UsageError
from abduce.parser.statements import Clause
from abduce.parser.surface import read
from abduce.reasoning.rules.checking import check
from abduce.reasoning.rules.derivations import Derivation, derivation
from abduce.reasoning.rules.fixpoint import Evaluation, evaluate
from abduce.reasoning.rules.ground import Atom, Name, Predicate
from abduce.reasoning.rules.programs import compile_program
from abduce.solvers.base import Limits


def evaluated(text: str) -> Evaluation:
    return evaluate(compile_program([s for s in read(text, file="kb") if isinstance(s, Clause)]))


def goal(name: str, *row: object, strong: bool = False) -> Atom:
    return Atom(Predicate(name, len(row), strong), tuple(Name(v) if isinstance(v, str) else v for v in row))


@settings(max_examples=20, deadline=None)
@given(programs())
def test_every_derivation_checks(program: tuple[str, list[list[Clause]]]) -> None:
    found = evaluate(compile_program([clause for level in program[1] for clause in level]))
    for predicate in list(found.relations):
        for row in list(found.facts(predicate))[:8]:
            tree = derivation(found, Atom(predicate, row))
            assert check(tree, found.program).ok, f"{program[0]}\n{tree}\n{check(tree, found.program)}"


@settings(max_examples=12, deadline=None)
@given(programs(), programs())
def test_derivations_check_after_facts_are_told(
    program: tuple[str, list[list[Clause]]], more: tuple[str, list[list[Clause]]]
) -> None:
    found = evaluate(compile_program([clause for level in program[1] for clause in level]))
    found.extend([clause for level in more[1] for clause in level if not clause.body], limits=Limits())
    for predicate in list(found.relations):
        for row in list(found.facts(predicate))[:4]:
            assert check(derivation(found, Atom(predicate, row)), found.program).ok, program[0]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("p(a). q(X, ite(X = Y, X, b)) :- p(X), p(Y).", ("a", "a")),
        ("p(1). q(2, b) :- p(X), 1 = ite(X < 2, X, a).", (2, "b")),
        ("p(1). q(Y, Z) :- p(X), Y = ite(X < 2, X, a), Z = Y.", (1, 1)),
        ("p(1). p(0). q(N, b) :- p(X), N = count { Y : p(Y), Y = ite(X = Y, Y, 1) }.", (1, "b")),
        ("p(2). q(N, b) :- p(X), N = sum { ite(Y = X, 1/Y, 0), Y : p(Y) }.", (Fraction(1, 2), "b")),
    ],
)
def test_what_a_choice_equates_is_seen_by_who_checks(text: str, row: tuple[object, ...]) -> None:
    found = evaluated(text)
    tree = derivation(found, goal("q", *row))
    assert check(tree, found.program).ok, check(tree, found.program)


def test_a_derivation_is_as_low_as_it_can_be() -> None:
    found = evaluated("e(a, b). e(b, c). e(c, d). e(a, d). p(X, Y) :- e(X, Y). p(X, Z) :- p(X, Y), e(Y, Z).")
    assert derivation(found, goal("p", "a", "d")).height == 1
    assert derivation(found, goal("p", "a", "c")).height == 2


def test_the_text_shows_clauses_places_and_absences() -> None:
    found = evaluated("bird(tim).\nflies(X) :- bird(X), not -flies(X).\n-flies(X) :- penguin(X).")
    assert str(derivation(found, goal("flies", "tim"))) == (
        "flies(tim)   by kb:2: flies(X) :- bird(X), not -flies(X).\n"
        "  bird(tim)   by kb:1\n"
        "  not -flies(tim)   (not derivable)"
    )


def test_aggregates_list_what_contributes() -> None:
    found = evaluated("c(a, 3). c(a, 4). c(b, 9). n(X, S) :- c(X, _), S = sum { V : c(X, V) }.")
    tree = derivation(found, goal("n", "a", 7))
    assert [str(child.conclusion) for child in tree.children[1].children] == ["c(a, 3)", "c(a, 4)"]
    assert [one.text for one in check(tree, found.program).assumed] == ["sum = 7"]


def test_a_violated_constraint_and_a_clash_have_derivations() -> None:
    found = evaluated("p(a). q(X) :- p(X). :- q(X), not r(X). -q(a).")
    constraint, clash = found.conflicts()
    tree = derivation(found, constraint[0])
    assert check(tree, found.program).ok and tree.text == "a contradiction"
    assert [derivation(found, atom).text for atom in clash] == ["q(a)", "-q(a)"]


def test_json_and_graph_hold_each_step_once() -> None:
    found = evaluated("p(a). q(X) :- p(X). r(X) :- q(X), p(X).")
    tree = derivation(found, goal("r", "a"))
    data = tree.as_json()
    assert [node["statement"] for node in data["nodes"]] == ["p(a)", "q(a)", "r(a)"]
    assert data["nodes"][2] == {
        "id": 2, "kind": "rule", "statement": "r(a)", "clause": "r(X) :- q(X), p(X).", "file": "kb", "line": 1,
        "bindings": {"X": "a"}, "children": [1, 0],
    }  # fmt: skip
    graph = tree.as_graph()
    assert graph.number_of_nodes() == 3 and graph.number_of_edges() == 3
    assert [clause.text for clause in map(lambda c: c.source if isinstance(c, Clause) else c, tree.clauses())] == [
        "p(a).", "q(X) :- p(X).", "r(X) :- q(X), p(X).",
    ]  # fmt: skip


def test_deep_derivations_do_not_recurse() -> None:
    found = evaluated("n(0). n(X + 1) :- n(X), X < 5000.")
    tree = derivation(found, goal("n", 5000))
    assert tree.height == 5000 and check(tree, found.program).ok and len(str(tree).splitlines()) == 5001


def test_what_is_not_derived_has_no_derivation() -> None:
    with pytest.raises(UsageError, match="q\\(a\\) is not derived"):
        derivation(evaluated("p(a)."), goal("q", "a"))


TEXT = "e(a, b). e(b, c). e(c, c). p(X, Y) :- e(X, Y), not q(Y). p(X, Z) :- p(X, Y), e(Y, Z), X != Z. q(d)."


def spoiled(tree: Derivation) -> list[Derivation]:
    """Wrong variants of a derivation, each wrong in one place."""
    other = goal("p", "c", "a")
    return [
        replace(tree, conclusion=other, text=str(other)),
        replace(tree, children=tree.children[:-1]),
        replace(tree, children=tree.children[1:]),
        replace(tree, bindings=tuple((name, Name("c")) for name, _ in tree.bindings)),
        replace(tree, clause=read("p(X, Z) :- p(X, Y), e(Y, Z).")[0]),  # type: ignore[arg-type]
        replace(tree, children=(replace(tree.children[0], kind="told"), *tree.children[1:])),
        replace(tree, children=(replace(tree.children[0], children=()), *tree.children[1:])),
    ]


def test_a_wrong_derivation_does_not_check() -> None:
    found = evaluated(TEXT)
    tree = derivation(found, goal("p", "a", "c"))
    assert check(tree, found.program).ok
    for wrong in spoiled(tree):
        assert not check(wrong, found.program).ok, str(wrong)
