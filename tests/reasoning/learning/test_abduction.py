"""Deduction and abduction against plain enumeration, and the best explanation against Z3's weighted MaxSMT."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pytest
import torch
import z3
from hypothesis import given, settings
from hypothesis import strategies as st
from trees_by_hand import constituents

from abduce.parser.model import NeuralParser
from abduce.parser.signatures import Signature
from abduce.reasoning.learning.abduction import explanations
from abduce.reasoning.learning.deduction import Chart
from abduce.reasoning.learning.lexicon import Meaning, mark
from abduce.reasoning.learning.loop import Grounding
from abduce.reasoning.learning.posterior import posterior
from abduce.reasoning.learning.primitives import library
from abduce.reasoning.learning.programs import Call, Const, Term, Var
from abduce.values import Basic, MarkType, Type

INT = Basic.INT
LIBRARY = library("arithmetic")
X, Y = Var(0), Var(1)


def meaning(left: tuple[Type, ...], right: tuple[Type, ...], program: Term) -> Meaning:
    return Meaning(Signature(left, right, INT), program)


LEXICON = {
    "1": (meaning((), (), Const(1)),),
    "2": (meaning((), (), Const(2)),),
    "+": (meaning((INT,), (INT,), Call("+", (X, Y))),),
    "-": (meaning((INT,), (INT,), Call("-", (X, Y))), meaning((), (INT,), Call("-", (Const(0), X)))),
    "!": (meaning((INT,), (), Call("*", (X, Const(3)))),),
    "(": (meaning((), (INT, MarkType(")")), X),),
    ")": (mark(")"),),
}
GROUNDING = Grounding.of(LEXICON, LIBRARY, INT, 3)
SENTENCES = st.lists(st.sampled_from(sorted(LEXICON)), min_size=1, max_size=6).map(tuple)


@settings(deadline=None, max_examples=150)
@given(SENTENCES)
def test_charts_hold_the_values_of_all_trees(tokens: tuple[str, ...]) -> None:
    chart = GROUNDING.chart()
    expected: dict[Type, Counter[Any]] = {}
    for kind, value, _ in constituents(tokens, chart.entries, 0, len(tokens)):
        expected.setdefault(kind, Counter())[value] += 1
    assert {kind: dict(values) for kind, values in chart.cell(tokens).items()} == expected


@settings(deadline=None, max_examples=100)
@given(SENTENCES, st.integers(-4, 9))
def test_explanations_are_all_trees_with_the_answer(tokens: tuple[str, ...], target: int) -> None:
    chart = GROUNDING.chart()
    expected = {
        nodes
        for kind, value, nodes in constituents(tokens, chart.entries, 0, len(tokens))
        if kind is INT and value == target
    }
    found = explanations(tokens, INT, target, chart, limit=1000)
    assert found.exact
    assert {tuple((a.position, a.label, a.head, a.slot) for a in tree) for tree in found.trees} == expected


def test_what_is_left_out_is_said() -> None:
    lexicon = {
        "1": (meaning((), (), Const(1)), meaning((), (), Const(1))),
        "f": (meaning((), (INT, INT), X),),
    }
    chart = Grounding.of(lexicon, LIBRARY, INT, 0).chart()
    assert not explanations(("f", "1", "1"), INT, 1, chart, limit=3).exact
    found = explanations(("f", "1", "1"), INT, 1, chart, limit=4)
    assert found.exact and len(found.trees) == 4


def trained_by_chance(seed: int) -> NeuralParser:
    """Return a parser whose scores are arbitrary but fixed."""
    parser = GROUNDING.parser.with_random_weights(seed).eval()
    with torch.no_grad():
        generator = torch.Generator().manual_seed(seed)
        for weight in parser.parameters():
            weight.copy_(torch.randn(weight.shape, generator=generator) * 0.5)
    return parser


AMBIGUOUS = [(("1", "+", "2", "-", "1"), 2), (("-", "1", "+", "2", "!"), 5), (("1", "-", "2", "-", "1"), 0)]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("tokens", "target"), AMBIGUOUS)
def test_the_posterior_is_the_share_of_exponentiated_scores(tokens: tuple[str, ...], target: int, seed: int) -> None:
    parser = trained_by_chance(seed)
    found = posterior(tokens, target, parser, GROUNDING.entries, INT, GROUNDING.chart())
    everything = parser.k_best([tokens], 50, INT)[0]
    listed = {(tree.heads, tree.labels): tree.score for tree in everything}
    assert found.exact and found.trees
    mass = sum(math.exp(tree.score) for tree in found.trees)
    for tree, probability in zip(found.trees, found.probabilities, strict=True):
        assert tree.score == pytest.approx(listed[tree.heads, tree.labels], abs=1e-3)
        assert probability == pytest.approx(math.exp(tree.score) / mass, abs=1e-3)
    assert list(found.probabilities) == sorted(found.probabilities, reverse=True)


def test_an_answer_that_no_tree_yields_has_an_empty_posterior() -> None:
    found = posterior(("1", "+", "2"), 99, GROUNDING.parser, GROUNDING.entries, INT, GROUNDING.chart())
    assert found.exact and not found.trees


def test_long_sentences_are_explained_best_first_with_a_bound() -> None:
    parser = trained_by_chance(0)
    tokens = ("1", *("+", "2") * 9)
    found = posterior(tokens, 19, parser, GROUNDING.entries, INT, GROUNDING.chart())
    best = parser.best([tokens], INT)[0]
    assert best is not None and found.trees[0].heads == best.heads and not found.exact
    assert all(found.bound <= tree.score + 1e-3 for tree in found.trees)
    missing = posterior(tokens, 20, parser, GROUNDING.entries, INT, GROUNDING.chart())
    assert not missing.trees and not missing.exact and missing.bound < best.score


def test_uncertain_symbols_are_settled_by_the_answer() -> None:
    lattice = [[("1", -0.1), ("2", -2.4)], "+", [("1", -0.1), ("2", -2.4)]]
    found = posterior(lattice, 4, GROUNDING.parser, GROUNDING.entries, INT, GROUNDING.chart())
    labels = [GROUNDING.entries[n].label.symbol for n in found.trees[0].labels]
    assert labels == ["2", "+", "2"] and found.exact


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("tokens", "target"), AMBIGUOUS)
def test_the_best_explanation_is_that_of_weighted_maxsmt(tokens: tuple[str, ...], target: int, seed: int) -> None:
    parser = trained_by_chance(seed)
    found = posterior(tokens, target, parser, GROUNDING.entries, INT, GROUNDING.chart())
    score = best_by_maxsmt(tokens, target, parser)
    assert found.trees[0].score == pytest.approx(score, abs=0.02)


def best_by_maxsmt(tokens: tuple[str, ...], target: int, parser: NeuralParser) -> float:
    """Return the score of the best tree with an answer: a tree as constraints, its scores as weights (Z3)."""
    batch = next(iter(parser.batches([tokens])))
    with torch.no_grad():
        scores = parser.scorer(batch.labels, batch.present, batch.log_probs, None)
    n = len(tokens)
    solver = z3.Optimize()
    value, low, high = (z3.IntVector(name, n) for name in ("value", "low", "high"))
    terms = []
    incoming: list[list[Any]] = [[] for _ in range(n)]
    roots = [z3.Bool(f"root{d}") for d in range(n)]
    operations = {"+": lambda a, b: a + b, "!": lambda a: a * 3, "(": lambda a, _: a}
    for h in range(n):
        options = []
        for k, label in enumerate(batch.labels[0, h].tolist()):
            if not bool(batch.present[0, h, k]):
                continue
            signature = parser.inventory.labels[label].signature
            chosen = z3.Bool(f"label{h}_{k}")
            options.append(chosen)
            terms.append((chosen, float(scores.node[0, h, k])))
            terms.append((z3.And(chosen, roots[h]), float(scores.root[0, h, k])))
            arguments = []
            edges = [low[h]] + [z3.Int(f"cut{h}_{k}_{s}") for s in range(signature.arity)]
            count = len(signature.left)
            for slot, kind in enumerate((*signature.left, *signature.right)):
                argument = z3.Int(f"argument{h}_{k}_{slot}")
                arguments.append(argument)
                arcs = []
                for d in range(n):
                    for m, below in enumerate(batch.labels[0, d].tolist()):
                        other = parser.inventory.labels[below].signature
                        if d == h or not bool(batch.present[0, d, m]) or other.result != kind:
                            continue
                        arc = z3.Bool(f"arc{h}_{k}_{slot}_{d}_{m}")
                        arcs.append(arc)
                        incoming[d].append(arc)
                        outward = parser.inventory.outward(label, slot)
                        terms.append((arc, float(scores.arc[0, h, k, outward, d, m])))
                        start = h + 1 if slot == count else low[h] if slot == 0 else edges[slot]
                        solver.add(z3.Implies(arc, z3.And(chosen, z3.Bool(f"label{d}_{m}"))))
                        solver.add(z3.Implies(arc, z3.And(low[d] == start, high[d] + 1 == edges[slot + 1])))
                        solver.add(z3.Implies(arc, argument == value[d]))
                solver.add(z3.Implies(chosen, z3.PbEq([(arc, 1) for arc in arcs], 1)) if arcs else z3.Not(chosen))
            left_end = edges[count] if count else low[h]
            right_end = edges[signature.arity] if signature.right else h + 1
            solver.add(z3.Implies(chosen, z3.And(left_end == h, high[h] + 1 == right_end)))
            solver.add(z3.Implies(chosen, value[h] == _computed(tokens[h], arguments, operations)))
        solver.add(z3.PbEq([(option, 1) for option in options], 1))
    for d in range(n):
        solver.add(z3.PbEq([(arc, 1) for arc in incoming[d]] + [(roots[d], 1)], 1))
        solver.add(low[d] >= 0, low[d] <= d, high[d] >= d, high[d] < n)
        solver.add(z3.Implies(roots[d], z3.And(low[d] == 0, high[d] == n - 1, value[d] == target)))
    solver.add(z3.PbEq([(root, 1) for root in roots], 1))
    possible = [(term, score) for term, score in terms if score > -1e8]
    for term, score in terms:
        if score <= -1e8:
            solver.add(z3.Not(term))
    total = z3.Sum([z3.If(term, round(1000 * score), 0) for term, score in possible])
    goal = solver.maximize(total)
    assert solver.check() == z3.sat
    return float(solver.upper(goal).as_long()) / 1000.0


def _computed(token: str, arguments: list[Any], operations: dict[str, Any]) -> Any:
    if token in "12":
        return z3.IntVal(int(token))
    if not arguments:  # a mark, or a word quoted as a function, which nothing here takes
        return z3.IntVal(0)
    if token == "-":
        return arguments[0] - arguments[1] if len(arguments) == 2 else -arguments[0]
    return operations[token](*arguments)


def test_a_chart_that_had_to_leave_values_out_says_that_it_is_not_exact() -> None:
    chart = Chart(GROUNDING.chart().entries, limit=1)
    found = explanations(("1", "-", "2", "-", "1"), INT, 0, chart)
    assert not found.exact
