"""The posterior over trees given the answer: what abduction makes of an example under the current machine.

A tree carries its labels, so that it settles symbols, meanings and values as well. Where the chart of values can hold
all trees that yield the answer, the posterior is exact. Where it cannot (long inputs, or uncertain symbols), trees are
offered best first until one of them yields the answer; that one is the most probable explanation all the same, and
what has not been looked at is bounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, fsum

import torch

from abduce.parser.model import NeuralParser, Parse, Sentence
from abduce.reasoning.learning.abduction import explanations
from abduce.reasoning.learning.answering import answer_of
from abduce.reasoning.learning.deduction import Chart
from abduce.reasoning.learning.lexicon import Entry
from abduce.reasoning.learning.training import LONGEST_ENUMERATED, as_parses
from abduce.values import Basic, Value, same_value

FIRST_LOOK = 8
MOST_TREES = 1024


@dataclass(frozen=True, slots=True)
class Posterior:
    """The trees that yield an answer, most probable first.

    Attributes:
        trees: The trees with their scores in nats; the first is the most probable explanation (MAP).
        probabilities: Their probabilities given the answer, among the trees listed here.
        exact: Whether these are all trees that yield the answer.
        bound: No tree left out has a score above this, in nats; minus infinity where none is left out.
    """

    trees: tuple[Parse, ...]
    probabilities: tuple[float, ...]
    exact: bool
    bound: float


def posterior(
    sentence: Sentence, target: Value, parser: NeuralParser, entries: Sequence[Entry], kind: Basic, chart: Chart
) -> Posterior:
    """Return the posterior over the trees of a sentence that yield an answer.

    Args:
        sentence: Per position a symbol, or the symbols it may be with their log-probabilities.
        target: The answer.
        parser: The parser, over the labels of `entries`.
        entries: The labels with the means to compute values.
        kind: Type of the answer.
        chart: Values of spans under the same entries.
    """
    tokens = tuple(item for item in sentence if isinstance(item, str))
    if len(tokens) == len(sentence) <= LONGEST_ENUMERATED:
        found = explanations(tokens, kind, target, chart)
        if found.exact:
            trees = as_parses(tokens, found.trees, chart.entries, parser.inventory)
            return _ranked(sentence, trees, parser)
    return _best_first(sentence, target, parser, entries, kind)


def _ranked(sentence: Sentence, trees: Sequence[Parse], parser: NeuralParser) -> Posterior:
    if not trees:
        return Posterior((), (), True, -float("inf"))
    with torch.no_grad():
        scores = parser.tree_scores(sentence, trees).tolist()
    ranked = sorted(
        (Parse(tree.labels, tree.heads, tree.slots, score) for tree, score in zip(trees, scores, strict=True)),
        key=lambda tree: (-tree.score, tree.heads, tree.labels),
    )
    return _normalised(ranked, exact=True, bound=-float("inf"))


def _best_first(
    sentence: Sentence, target: Value, parser: NeuralParser, entries: Sequence[Entry], kind: Basic
) -> Posterior:
    offered = parser.k_best([sentence], FIRST_LOOK, kind)[0]
    count = FIRST_LOOK
    while True:
        found = [tree for tree in offered if same_value(answer_of(tree, entries), target)]
        everything = len(offered) < count
        if everything or found or count >= MOST_TREES:
            break
        count *= 4
        offered = parser.k_best([sentence], count, kind)[0]
    return _normalised(found, exact=everything, bound=-float("inf") if everything else offered[-1].score)


def _normalised(trees: Sequence[Parse], *, exact: bool, bound: float) -> Posterior:
    top = trees[0].score if trees else 0.0
    weights = [exp(tree.score - top) for tree in trees]
    total = fsum(weights)
    return Posterior(tuple(trees), tuple(weight / total for weight in weights), exact, bound)
