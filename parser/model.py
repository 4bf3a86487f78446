"""The neural parser: from lattices to the best trees, k best, marginals, samples, and its loss."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor, nn

from abduce.errors import TooLongError
from abduce.parser.chart import IMPOSSIBLE, Scores, fill, log_partition
from abduce.parser.condensing import Condensed, condensed, together, useful
from abduce.parser.kbest import k_best
from abduce.parser.readout import Chosen, read
from abduce.parser.scorers import Inventory, Scorer
from abduce.parser.signatures import Label
from abduce.values import Type

ARRAYS = 8
MOST_FLOATS = 24_000_000
HIGHEST_FLOATS = 200_000_000

Sentence: TypeAlias = Sequence[str | Sequence[tuple[str, float]]]
"""Per position a symbol, or the symbols it may be with their log-probabilities in nats."""


@dataclass(frozen=True, slots=True)
class Parse:
    """A labelled dependency tree.

    Attributes:
        labels: Number of each position's label in the inventory.
        heads: Position of each position's head, -1 for the root.
        slots: Which of the head's arguments it is, in sentence order; -1 for the root.
        score: In nats.
    """

    labels: tuple[int, ...]
    heads: tuple[int, ...]
    slots: tuple[int, ...]
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Sentences of one length as tensors `(batch, n, k)`, with their numbers in the caller's list."""

    members: tuple[int, ...]
    labels: Tensor
    present: Tensor
    log_probs: Tensor


class NeuralParser(nn.Module):
    """A network that scores trees over a lattice, with exact inference.

    Args:
        labels: Every way in which every symbol may stand in a tree.
        width: Length of the vectors inside.
        seed: Seed of the initial weights and of the dropout.
    """

    def __init__(self, labels: Sequence[Label], *, width: int = 24, seed: int = 0) -> None:
        super().__init__()
        self.inventory = Inventory(labels)
        self.width = width
        self.scorer = Scorer(self.inventory, width, seed)

    def with_random_weights(self, seed: int) -> NeuralParser:
        """Return a parser over the same labels that has learned nothing."""
        return NeuralParser(self.inventory.labels, width=self.width, seed=seed)

    # inference ----------------------------------------------------------------------------------------------

    def best(self, sentences: Sequence[Sentence], root_type: Type | None) -> list[Parse | None]:
        """Return each sentence's best tree, None where it has none.

        Args:
            sentences: The sentences.
            root_type: Type of the value wanted; None leaves all types out of account.

        Raises:
            TooLongError: A sentence needs more memory than is allowed.
        """
        found: list[Parse | None] = [None] * len(sentences)
        with torch.no_grad():
            for part in together(self._condensed(sentences, root_type)):
                length, width = part.labels.shape[1:]
                for some in part.split(self._size(length, width)):
                    scores = self.scorer.attached(some.labels, some.node, root_type)
                    self._put(some.members.tolist(), some.labels, scores, None, found)
        return found

    def _condensed(self, sentences: Sequence[Sentence], root_type: Type | None) -> Iterator[Condensed]:
        """Yield the sentences with the labels that can be in their best trees, scored by themselves."""
        kept = useful(self.inventory, root_type)
        for batch in self.batches(sentences):
            node = self.scorer.nodes(batch.labels, batch.present, batch.log_probs)
            yield from condensed(torch.tensor(batch.members), batch.labels, node, self.inventory, kept)

    def sample(self, sentences: Sequence[Sentence], root_type: Type | None, seed: int) -> list[Parse | None]:
        """Return one tree for each sentence, drawn from the parser's distribution."""
        generator = torch.Generator().manual_seed(seed)
        found: list[Parse | None] = [None] * len(sentences)
        with torch.no_grad():
            for batch in self.batches(sentences):
                self._put(batch.members, batch.labels, self._scores(batch, root_type), generator, found)
        return found

    def k_best(self, sentences: Sequence[Sentence], k: int, root_type: Type | None) -> list[list[Parse]]:
        """Return each sentence's k best trees, best first."""
        found: list[list[Parse]] = [[] for _ in sentences]
        with torch.no_grad():
            for batch in self.batches(sentences):
                scores = self._scores(batch, root_type)
                chart = fill(scores, best=True)
                for row, member in enumerate(batch.members):
                    trees = k_best(chart, row, k)
                    rows = torch.full((len(trees.labels),), row)
                    parses = self._parses(batch.labels[rows], trees, trees.score(scores, rows))
                    found[member] = sorted(parses, key=lambda parse: -parse.score)
        return found

    def log_partition(self, sentences: Sequence[Sentence], root_type: Type | None) -> Tensor:
        """Return the logarithm of the sum of all trees' exponentiated scores, `(sentences,)` nats."""
        result = torch.full((len(sentences),), IMPOSSIBLE)
        for batch in self.batches(sentences):
            scores = self._scores(batch, root_type)
            result = result.index_copy(0, torch.tensor(batch.members), log_partition(scores))
        return result

    def best_with_partition(
        self, sentences: Sequence[Sentence], root_type: Type | None
    ) -> tuple[list[Parse | None], list[float]]:
        """Return what `best` and `log_partition` do, scoring each sentence once."""
        found: list[Parse | None] = [None] * len(sentences)
        totals = [IMPOSSIBLE] * len(sentences)
        with torch.no_grad():
            for batch in self.batches(sentences):
                scores = self._scores(batch, root_type)
                self._put(batch.members, batch.labels, scores, None, found)
                for member, total in zip(batch.members, log_partition(scores).tolist(), strict=True):
                    totals[member] = total
        return found, totals

    def marginals(self, sentence: Sentence, root_type: Type | None) -> tuple[Tensor, Tensor]:
        """Return the probabilities of labels `(n, k)` and of arcs `(n, k, slots, n, k)` of a sentence."""
        batch = next(iter(self.batches([sentence])))
        scores = _leaves(self._scores(batch, root_type))
        node, arc = torch.autograd.grad(log_partition(scores).sum(), [scores.node, scores.arc])
        return node[0], arc[0]

    def _put(
        self,
        numbers: Sequence[int],
        labels: Tensor,
        scores: Scores,
        generator: torch.Generator | None,
        found: list[Parse | None],
    ) -> None:
        """Put each sentence's best tree, or with a generator one drawn, where it belongs."""
        chart = fill(scores, best=generator is None)
        members = (chart.total > IMPOSSIBLE / 2).nonzero()[:, 0]
        if len(members):
            trees = read(chart, members, generator=generator)
            parses = self._parses(labels[members], trees, trees.score(scores, members))
            for member, parse in zip(members.tolist(), parses, strict=True):
                found[numbers[member]] = parse

    def _parses(self, candidates: Tensor, trees: Chosen, scores: Tensor) -> list[Parse]:
        labels = candidates.gather(2, trees.labels.unsqueeze(2)).squeeze(2)
        heads = trees.heads.clamp(min=0)
        slots = self.inventory.inward(labels.gather(1, heads), trees.places)
        slots = torch.where(trees.heads < 0, -1, slots)
        rows = zip(labels.tolist(), trees.heads.tolist(), slots.tolist(), scores.tolist(), strict=True)
        return [Parse(tuple(label), tuple(head), tuple(slot), score) for label, head, slot, score in rows]

    # training -----------------------------------------------------------------------------------------------

    def tree_scores(self, sentence: Sentence, trees: Sequence[Parse]) -> Tensor:
        """Return the scores of some trees of a sentence, `(trees,)` nats."""
        batch = next(iter(self.batches([sentence])))
        return self._listed(batch, self._scores(batch, None), [list(trees)])[0]

    def tree_shares(self, sentences: Sequence[Sentence], trees: Sequence[Sequence[Parse]]) -> list[list[float]]:
        """Return for each sentence the probabilities of its listed trees, among these."""
        found: list[list[float]] = [[] for _ in sentences]
        with torch.no_grad():
            for batch in self.batches(sentences):
                listed = self._listed(batch, self._scores(batch, None), [trees[member] for member in batch.members])
                for member, shares in zip(batch.members, torch.softmax(listed, dim=1).tolist(), strict=True):
                    found[member] = shares[: len(trees[member])]
        return found

    def loss(self, sentences: Sequence[Sentence], trees: Sequence[Sequence[Parse]]) -> Tensor:
        """Return the mean over sentences of minus the log-probability of their trees, in nats.

        Args:
            sentences: The sentences.
            trees: For each the trees that explain its answer; all other trees, of whatever types, count as wrong.
        """
        losses = []
        for batch in self.batches(sentences):
            scores = self._scores(batch, None)
            listed = self._listed(batch, scores, [trees[member] for member in batch.members])
            losses.append(log_partition(scores) - torch.logsumexp(listed, dim=1))
        return torch.cat(losses).mean()

    def _listed(self, batch: Batch, scores: Scores, trees: Sequence[Sequence[Parse]]) -> Tensor:
        """Return the scores of listed trees, `(batch, most trees)`; `IMPOSSIBLE` where there are fewer."""
        most = max(map(len, trees))
        length = batch.labels.shape[1]
        index = torch.zeros(len(trees), most, length, 4, dtype=torch.long)
        for row, found in enumerate(trees):
            index[row, : len(found)] = self._indexed(batch.labels[row].tolist(), found)
        rows = torch.arange(len(trees))[:, None, None]
        label, head, slot, head_label = index.unbind(-1)
        places = torch.arange(length)
        is_root = slot < 0
        arcs = scores.arc[rows, head, head_label, slot.clamp(min=0), places, label]
        roots = scores.root[rows, places, label]
        sums = (scores.node[rows, places, label] + torch.where(is_root, roots, arcs)).sum(-1)
        real = torch.arange(most)[None] < torch.tensor([len(found) for found in trees])[:, None]
        return torch.where(real, sums, IMPOSSIBLE)

    def _indexed(self, candidates: list[list[int]], trees: Sequence[Parse]) -> Tensor:
        rows = []
        for tree in trees:
            ranks = [row.index(label) for row, label in zip(candidates, tree.labels, strict=True)]
            rows.append(
                [
                    (rank, 0, -1, 0)
                    if head < 0
                    else (rank, head, self.inventory.outward(tree.labels[head], slot), ranks[head])
                    for rank, head, slot in zip(ranks, tree.heads, tree.slots, strict=True)
                ]
            )
        return torch.tensor(rows)

    # batches ------------------------------------------------------------------------------------------------

    def _scores(self, batch: Batch, root_type: Type | None) -> Scores:
        scores: Scores = self.scorer(batch.labels, batch.present, batch.log_probs, root_type)
        return scores

    def batches(self, sentences: Iterable[Sentence]) -> Iterator[Batch]:
        """Yield the sentences in batches of one length that keep within the memory bound."""
        by_shape: dict[tuple[int, int], list[tuple[int, list[list[tuple[int, float]]]]]] = {}
        for number, sentence in enumerate(sentences):
            rows = [self._candidates(item) for item in sentence]
            by_shape.setdefault((len(rows), max(map(len, rows))), []).append((number, rows))
        for (length, width), members in sorted(by_shape.items()):
            size = self._size(length, width)
            for start in range(0, len(members), size):
                yield _batch(members[start : start + size], width)

    def _candidates(self, item: str | Sequence[tuple[str, float]]) -> list[tuple[int, float]]:
        symbols = [(item, 0.0)] if isinstance(item, str) else item
        return [(label, p) for symbol, p in symbols for label in self.inventory.of_symbol.get(symbol, ())] or [
            (0, IMPOSSIBLE)
        ]

    def fits(self, sentence: Sentence) -> bool:
        """Return whether a sentence keeps within the memory bound."""
        width = max((len(self._candidates(item)) for item in sentence), default=0)
        return self._floats(len(sentence), width) <= HIGHEST_FLOATS

    def _floats(self, length: int, width: int) -> int:
        """Return how many numbers the charts of one sentence hold."""
        arcs: int = (length * width) ** 2 * 2 * self.inventory.most
        return ARRAYS * arcs

    def _size(self, length: int, width: int) -> int:
        """Return how many sentences fit into one batch."""
        one = self._floats(length, width)
        if one > HIGHEST_FLOATS:
            raise TooLongError(
                f"a sentence of {length} tokens needs more memory than the parser may use; cut it into shorter ones"
            )
        return max(1, min(512, MOST_FLOATS // max(one, 1)))


def _batch(members: list[tuple[int, list[list[tuple[int, float]]]]], width: int) -> Batch:
    filled = [[[*row, *[(0, IMPOSSIBLE)] * (width - len(row))] for row in rows] for _, rows in members]
    table = torch.tensor(filled, dtype=torch.float64)
    log_probs = table[..., 1].to(torch.float32)
    present = log_probs > IMPOSSIBLE / 2
    return Batch(
        tuple(number for number, _ in members),
        table[..., 0].to(torch.long),
        present,
        log_probs.clamp(min=IMPOSSIBLE),
    )


def _leaves(scores: Scores) -> Scores:
    """Return the scores cut off from the network, ready to collect gradients."""
    detach: Callable[[Tensor], Tensor] = lambda tensor: tensor.detach().requires_grad_()  # noqa: E731
    return Scores(detach(scores.node), detach(scores.arc), detach(scores.root), scores.left, scores.right)
