"""Conventions: of the trees that explain an answer equally well, those that attach as trees elsewhere do.

Where an operation is associative or a silent connective stands between many neighbours, a sentence has several trees
with the right answer. A parser trained on all of them learns arcs that are right only by chance and go wrong in longer
sentences. Which arcs are needed everywhere shows in the sentences that leave little choice: a model of trees as arcs,
each drawn given its head and slot, is fitted to the trees of all sentences (expectation maximisation under a sparse
prior), and of each sentence's trees those are kept that it finds likeliest.

The same model says how many bits it takes to write down the sentences: fewer, the better the lexicon's categories are
those of the language. This tells lexicons apart that give the same answers.

Source:
    Variational Bayes for grammars, with which sparse priors prefer few rules: Kurihara & Sato, Variational Bayesian
    Grammar Induction for Natural Language, ICGI 2006.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from abduce.parser.model import NeuralParser, Parse
from abduce.parser.scorers import Inventory
from abduce.reasoning.learning.training import Explained

ITERATIONS = 30
SPARSE = 0.1
BACKED = 5.0
KEPT = 0.5
TILT = 0.01

Numbers: TypeAlias = NDArray[Any]
Indexes: TypeAlias = NDArray[Any]


@dataclass(frozen=True, slots=True)
class _Arcs:
    """All arcs of all trees of all sentences, flat.

    Attributes:
        first_arc: For each tree its first arc.
        first_tree: For each sentence its first tree.
        fine: For each arc the number of its kind: (unit of the head, slot, unit of the dependent).
        dependent: For each fine kind the unit of the dependent.
        coarse: For each fine kind the number of its coarse kind: the same of categories.
        place: For each fine kind the number of its (unit of the head, slot).
        coarse_place: For each coarse kind the number of its (category of the head, slot).
    """

    first_arc: Indexes
    first_tree: Indexes
    fine: Indexes
    dependent: Indexes
    coarse: Indexes
    place: Indexes
    coarse_place: Indexes


def conventions(explained: Sequence[Explained], parser: NeuralParser) -> list[list[int]]:
    """Return for each sentence which of its trees agree best with the trees of the others, by number.

    The fit begins from what the parser has learned so far from all trees.
    """
    several = [n for n, one in enumerate(explained) if len(one.trees) > 1]
    kept = [[0] for _ in explained]
    if not several:
        return kept
    ambiguous = [explained[n] for n in several]
    found = parser.tree_shares([one.tokens for one in ambiguous], [one.trees for one in ambiguous])
    shares = [[1.0] for _ in explained]
    for n, given in zip(several, found, strict=True):
        shares[n] = given
    arcs = _flat(explained, parser.inventory)
    posterior = _fitted(arcs, np.concatenate(shares))
    for n in several:
        start = int(arcs.first_tree[n])
        row = posterior[start : start + len(explained[n].trees)]
        kept[n] = np.flatnonzero(row >= KEPT * row.max()).tolist()
    return kept


def grammar_bits(explained: Sequence[Explained], inventory: Inventory) -> float:
    """Return how many bits it takes to write down the sentences, by the model of arcs that fits their trees.

    Each kind of arc is coded given its head and slot, adaptively, starting from what the categories suggest; a coarse
    kind costs its parameter; a word is one of those that behave alike.
    """
    if not explained:
        return 0.0
    arcs = _flat(explained, inventory)
    trees = np.diff(arcs.first_tree, append=len(arcs.first_arc))
    # the fewer trees a sentence has, the more it tells; and equally good conventions must not be mixed, so that the
    # first kinds of arc have a small lead
    tilt = TILT * np.linspace(1.0, 0.0, len(arcs.coarse))
    first = _normalised(np.add.reduceat(tilt[arcs.fine], arcs.first_arc), _sentence(trees), arcs.first_tree)
    posterior = _fitted(arcs, first / trees[_sentence(trees)])
    counts = _counts(posterior, arcs)
    members = np.bincount(inventory.unit_category.numpy(), minlength=len(inventory.categories))
    coarse = np.bincount(arcs.coarse, counts)
    totals = np.bincount(arcs.coarse_place, coarse)[arcs.coarse_place]
    shares = (coarse + SPARSE) / (totals + SPARSE * len(inventory.categories))
    prior = BACKED * shares[arcs.coarse] / members[inventory.unit_category.numpy()[arcs.dependent]]
    uses = np.bincount(arcs.place, counts)
    nats = (_log_gamma(uses + BACKED) - _log_gamma(np.full_like(uses, BACKED))).sum()
    nats -= (_log_gamma(prior + counts) - _log_gamma(prior)).sum()
    nats += 0.5 * log(1.0 + len(explained)) * len(coarse)
    nats += (counts * np.log(_words(inventory)[arcs.dependent])).sum()
    nats += (posterior * np.log(np.maximum(posterior, 1e-300))).sum()
    return float(nats) / log(2.0)


def _words(inventory: Inventory) -> Numbers:
    """Return for each unit how many symbols share it."""
    pairs = {(unit, label.symbol) for unit, label in zip(inventory.unit_of.tolist(), inventory.labels, strict=True)}
    return np.bincount([unit for unit, _ in pairs], minlength=len(inventory.unit_category)).astype(np.float64)


def _flat(explained: Sequence[Explained], inventory: Inventory) -> _Arcs:
    units, categories = inventory.unit_of.tolist(), inventory.category_of.tolist()
    fine: dict[tuple[int, int, int], int] = {}
    coarse: list[tuple[int, int, int]] = []
    kinds: list[int] = []
    first_arc: list[int] = []
    first_tree: list[int] = []
    for one in explained:
        first_tree.append(len(first_arc))
        for tree in one.trees:
            first_arc.append(len(kinds))
            for head, slot, label in _arcs_of(tree, inventory):
                key = (-1 if head < 0 else units[head], slot, units[label])
                if key not in fine:
                    fine[key] = len(fine)
                    coarse.append((-1 if head < 0 else categories[head], slot, categories[label]))
                kinds.append(fine[key])
    return _Arcs(
        first_arc=np.array(first_arc),
        first_tree=np.array(first_tree),
        fine=np.array(kinds),
        dependent=np.array([key[2] for key in fine]),
        coarse=_numbered(coarse),
        place=_numbered([key[:2] for key in fine]),
        coarse_place=_numbered([key[:2] for key in dict.fromkeys(coarse)]),
    )


def _arcs_of(tree: Parse, inventory: Inventory) -> list[tuple[int, int, int]]:
    """Return (label of the head, slot, label of the dependent) for each position; -1, -1 at the root."""
    return [
        (-1, -1, label) if head < 0 else (tree.labels[head], inventory.outward(tree.labels[head], slot), label)
        for label, head, slot in zip(tree.labels, tree.heads, tree.slots, strict=True)
    ]


def _numbered(keys: Sequence[Any]) -> Indexes:
    """Return for each key the number of its first like."""
    numbers = {key: n for n, key in enumerate(dict.fromkeys(keys))}
    return np.array([numbers[key] for key in keys])


def _sentence(trees: Indexes) -> Indexes:
    """Return for each tree its sentence, from how many trees each sentence has."""
    return np.repeat(np.arange(len(trees)), trees)


def _fitted(arcs: _Arcs, posterior: Numbers) -> Numbers:
    """Return each tree's probability among those of its sentence, under a model of arcs fitted to all of them."""
    sentence = _sentence(np.diff(arcs.first_tree, append=len(arcs.first_arc)))
    for _ in range(ITERATIONS):
        scores = np.add.reduceat(_log_probabilities(_counts(posterior, arcs), arcs)[arcs.fine], arcs.first_arc)
        posterior = _normalised(scores, sentence, arcs.first_tree)
    return posterior


def _counts(posterior: Numbers, arcs: _Arcs) -> Numbers:
    """Return how many arcs of each fine kind are expected."""
    lengths = np.diff(arcs.first_arc, append=len(arcs.fine))
    return np.bincount(arcs.fine, np.repeat(posterior, lengths), len(arcs.coarse))


def _log_probabilities(counts: Numbers, arcs: _Arcs) -> Numbers:
    """Return the expected log-probability of each kind of arc given its head and slot, backed by its categories."""
    coarse = np.bincount(arcs.coarse, counts)
    backing = np.exp(_expected_log(coarse + SPARSE, arcs.coarse_place))[arcs.coarse]
    return _expected_log(counts + SPARSE + BACKED * backing, arcs.place)


def _expected_log(weights: Numbers, place: Indexes) -> Numbers:
    """Return the expected log-probabilities under Dirichlet distributions, one for each place."""
    totals = np.bincount(place, weights)[place]
    return _digamma(weights) - _digamma(totals)


def _normalised(scores: Numbers, sentence: Indexes, first: Indexes) -> Numbers:
    weights = np.exp(scores - np.maximum.reduceat(scores, first)[sentence])
    found: Numbers = weights / np.add.reduceat(weights, first)[sentence]
    return found


def _digamma(values: Numbers) -> Numbers:
    return torch.digamma(torch.from_numpy(values)).numpy()


def _log_gamma(values: Numbers) -> Numbers:
    return torch.lgamma(torch.from_numpy(values)).numpy()
