"""The chart against plain enumeration of all trees, for every semiring."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from abduce.parser.chart import IMPOSSIBLE, Scores, fill, log_partition
from abduce.parser.kbest import k_best
from abduce.parser.readout import read

MOST = 2
Valencies = list[list[tuple[int, int] | None]]
Nodes = tuple[tuple[int, int, int, int], ...]
Enumerate = Callable[[Valencies], list[Nodes]]


def test_the_oracle_counts_what_is_known(all_trees: Enumerate) -> None:
    """A chain of infix operators has as many trees as a Catalan number says."""
    infix: Valencies = [[(0, 0)] if i % 2 == 0 else [(1, 1)] for i in range(9)]
    assert len(all_trees(infix)) == 14


@st.composite
def problems(draw: st.DrawFn) -> tuple[Valencies, int]:
    length = draw(st.integers(1, 5))
    labels = draw(st.integers(1, 2))
    valency = st.one_of(st.none(), st.tuples(st.integers(0, MOST), st.integers(0, MOST)), st.just((0, 0)))
    row = st.lists(valency, min_size=labels, max_size=labels)
    rows = draw(st.lists(row, min_size=length, max_size=length))
    return rows, draw(st.integers(0, 2**20))


def scores_of(rows: Valencies, seed: int, *, flat: bool = False, forbidden: float = 0.0) -> Scores:
    """Return random scores in the chart's layout; a share of the arcs is forbidden, as by types."""
    generator = torch.Generator().manual_seed(seed)
    length, labels = len(rows), len(rows[0])

    def draw(*shape: int) -> Tensor:
        return torch.zeros(shape) if flat else torch.randn(shape, generator=generator)

    counts = torch.tensor([[valency or (0, 0) for valency in row] for row in rows])
    absent = torch.tensor([[valency is None for valency in row] for row in rows])
    node = draw(1, length, labels).masked_fill(absent, IMPOSSIBLE)
    arc = draw(1, length, labels, 2 * MOST, length, labels)
    arc = arc.masked_fill(torch.rand(arc.shape, generator=generator) < forbidden, IMPOSSIBLE)
    return Scores(node, arc, draw(1, length, labels), counts[None, ..., 0], counts[None, ..., 1])


def outward(valency: tuple[int, int], slot: int) -> int:
    left = valency[0]
    return left - 1 - slot if slot < left else MOST + slot - left


def tree_score(scores: Scores, rows: Valencies, tree: Sequence[tuple[int, int, int, int]]) -> float:
    score = 0.0
    label_of = {position: label for position, label, _, _ in tree}
    for position, label, head, slot in tree:
        score += float(scores.node[0, position, label])
        if head < 0:
            score += float(scores.root[0, position, label])
        else:
            valency = rows[head][label_of[head]]
            assert valency is not None
            place = outward(valency, slot)
            score += float(scores.arc[0, head, label_of[head], place, position, label])
    return score


def possible(found: list[float]) -> list[float]:
    return [score for score in found if score > IMPOSSIBLE / 2]


@settings(deadline=None, max_examples=60)
@given(problems())
def test_totals_are_those_of_all_trees(all_trees: Enumerate, problem: tuple[Valencies, int]) -> None:
    rows, seed = problem
    scores = scores_of(rows, seed, forbidden=0.2)
    found = possible([tree_score(scores, rows, tree) for tree in all_trees(rows)])
    log, best = log_partition(scores).item(), fill(scores, best=True).total.item()
    if not found:
        assert log < IMPOSSIBLE / 2 and best < IMPOSSIBLE / 2
        return
    assert log == pytest.approx(math.log(sum(map(math.exp, found))), abs=1e-4)
    assert best == pytest.approx(max(found), abs=1e-4)


@settings(deadline=None, max_examples=60)
@given(problems())
def test_flat_scores_count_the_trees(all_trees: Enumerate, problem: tuple[Valencies, int]) -> None:
    rows, seed = problem
    log = log_partition(scores_of(rows, seed, flat=True)).item()
    count = len(all_trees(rows))
    assert (round(math.exp(log)) if log > IMPOSSIBLE / 2 else 0) == count


@settings(deadline=None, max_examples=40)
@given(problems(), st.integers(1, 6))
def test_k_best_are_the_best_of_all_trees(all_trees: Enumerate, problem: tuple[Valencies, int], k: int) -> None:
    rows, seed = problem
    scores = scores_of(rows, seed, forbidden=0.1)
    found = sorted(possible([tree_score(scores, rows, tree) for tree in all_trees(rows)]), reverse=True)
    trees = k_best(fill(scores, best=True), 0, k)
    best = possible(trees.score(scores, torch.zeros(len(trees.labels), dtype=torch.long)).tolist())
    assert best == pytest.approx(found[:k], abs=1e-4)


@settings(deadline=None, max_examples=40)
@given(problems())
def test_gradients_of_the_log_total_are_marginals(all_trees: Enumerate, problem: tuple[Valencies, int]) -> None:
    rows, seed = problem
    scores = scores_of(rows, seed, forbidden=0.1)
    node, arc = torch.zeros_like(scores.node), torch.zeros_like(scores.arc)
    trees = [(tree, tree_score(scores, rows, tree)) for tree in all_trees(rows)]
    trees = [(tree, score) for tree, score in trees if score > IMPOSSIBLE / 2]
    if not trees:
        return
    leaves = Scores(scores.node.requires_grad_(), scores.arc.requires_grad_(), scores.root, scores.left, scores.right)
    partition = log_partition(leaves)
    found = torch.autograd.grad(partition.sum(), [leaves.node, leaves.arc])
    for tree, score in trees:
        share = math.exp(score - partition.item())
        label_of = {position: label for position, label, _, _ in tree}
        for position, label, head, slot in tree:
            node[0, position, label] += share
            if head >= 0:
                valency = rows[head][label_of[head]]
                assert valency is not None
                arc[0, head, label_of[head], outward(valency, slot), position, label] += share
    torch.testing.assert_close(found[0], node, atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(found[1], arc, atol=1e-4, rtol=1e-3)


def test_samples_come_as_often_as_their_probability_says(all_trees: Enumerate) -> None:
    rows: Valencies = [[(0, 0)], [(1, 1), (1, 0)], [(0, 0), (1, 0)], [(1, 1)], [(0, 0)]]
    rows = [row + [None] * (2 - len(row)) for row in rows]
    one = scores_of(rows, 3)
    draws = 6000
    members = torch.zeros(draws, dtype=torch.long)
    chosen = read(fill(one, best=False), members, generator=torch.Generator().manual_seed(0))
    columns = (chosen.labels.tolist(), chosen.heads.tolist(), chosen.places.tolist())
    drawn = Counter(tuple(zip(*row, strict=True)) for row in zip(*columns, strict=True))
    trees = [(tree, tree_score(one, rows, tree)) for tree in all_trees(rows)]
    partition = math.log(sum(math.exp(score) for _, score in trees))
    expected = Counter({_key(rows, tree): math.exp(score - partition) for tree, score in trees})
    assert len(expected) > 2 and sum(expected.values()) == pytest.approx(1.0)
    assert set(drawn) <= set(expected)
    for key, probability in expected.items():
        spread = math.sqrt(probability * (1 - probability) / draws)
        assert drawn[key] / draws == pytest.approx(probability, abs=5 * spread + 1e-3)


def _key(rows: Valencies, tree: Sequence[tuple[int, int, int, int]]) -> tuple[tuple[int, int, int], ...]:
    """Return a tree as the label, head and place of each position."""
    label_of = {position: label for position, label, _, _ in tree}
    found = []
    for _, label, head, slot in tree:
        valency = rows[head][label_of[head]] if head >= 0 else None
        found.append((label, head, outward(valency, slot) if valency else -1))
    return tuple(found)


@settings(deadline=None, max_examples=40)
@given(problems())
def test_the_tree_read_off_has_the_best_score(all_trees: Enumerate, problem: tuple[Valencies, int]) -> None:
    rows, seed = problem
    scores = scores_of(rows, seed, forbidden=0.1)
    chart = fill(scores, best=True)
    if chart.total.item() < IMPOSSIBLE / 2:
        return
    member = torch.zeros(1, dtype=torch.long)
    chosen = read(chart, member)
    assert chosen.score(scores, member).item() == pytest.approx(chart.total.item(), abs=1e-4)
    columns = (chosen.labels[0].tolist(), chosen.heads[0].tolist(), chosen.places[0].tolist())
    assert tuple(zip(*columns, strict=True)) in {_key(rows, tree) for tree in all_trees(rows)}
