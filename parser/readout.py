"""Reading trees off a filled chart: the best of each sentence of a batch, or one drawn by its probability."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from abduce.parser.chart import Filled, Scores


@dataclass(frozen=True, slots=True)
class Chosen:
    """One tree for each sentence, `(batch, position)` each.

    Attributes:
        labels: Which of its labels a position takes.
        heads: Position of its head, -1 for the root.
        places: Which argument of its head it is, counted outwards on its side; slots as in `Scores`, -1 for the root.
    """

    labels: Tensor
    heads: Tensor
    places: Tensor

    def score(self, scores: Scores, members: Tensor) -> Tensor:
        """Return the score of each tree, `(trees,)` nats, given which sentence of a batch it is of."""
        rows, places = members[:, None], torch.arange(self.heads.shape[1])
        is_root, head = self.heads < 0, self.heads.clamp(min=0)
        head_labels = self.labels.gather(1, head)
        arcs = scores.arc[rows, head, head_labels, self.places.clamp(min=0), places, self.labels]
        roots = scores.root[rows, places, self.labels]
        return (scores.node[rows, places, self.labels] + torch.where(is_root, roots, arcs)).sum(1)


@dataclass(frozen=True, slots=True)
class _Halves:
    """One half constituent of each sentence: side, head, label of the head, number of arguments, positions covered."""

    side: Tensor
    head: Tensor
    label: Tensor
    count: Tensor
    width: Tensor

    def packed(self) -> Tensor:
        return torch.stack([self.side, self.head, self.label, self.count, self.width], dim=-1)


def read(chart: Filled, members: Tensor, *, generator: torch.Generator | None = None) -> Chosen:
    """Read one tree for each member of a chart's batch that has any.

    Args:
        chart: Filled with the best tree, or, to draw one, with the sum over trees.
        members: (trees), which sentence of the batch each tree is of; a sentence may be named more than once.
        generator: Where given, trees are drawn with it; otherwise they are the best.
    """
    length, labels = chart.root.shape[:2]
    trees = members.shape[0]
    rows = torch.arange(trees)
    start = _pick(chart.root[:, :, members].reshape(length * labels, trees).T, generator)
    head, label = start // labels, start % labels
    chosen = Chosen(
        torch.zeros(trees, length, dtype=torch.long),
        torch.full((trees, length), -1),
        torch.full((trees, length), -1),
    )
    chosen.labels[rows, head] = label
    # Each pending half gives one arc, so that every tree is read in the same number of steps.
    pending = torch.zeros(trees, length + 2, 5, dtype=torch.long)
    height = torch.zeros(trees, dtype=torch.long)
    zero = torch.zeros_like(head)
    for side, at in ((0, head), (1, length - 1 - head)):
        count = chart.valencies[side, at, label, members]
        height = _push(pending, height, _Halves(zero + side, at, label, count, at))
    for _ in range(length - 1):
        height = height - 1
        part = _Halves(*pending[rows, height].unbind(-1))
        for half in _split(chart, members, part, chosen, generator):
            height = _push(pending, height, half)
    return chosen


def _push(pending: Tensor, height: Tensor, half: _Halves) -> Tensor:
    """Put a half on each tree's pile, unless it covers nothing but its head; return the piles' heights."""
    pending[torch.arange(len(height)), height] = half.packed()
    return height + (half.width > 0).long()


def _split(
    chart: Filled, members: Tensor, part: _Halves, chosen: Chosen, generator: torch.Generator | None
) -> tuple[_Halves, _Halves, _Halves]:
    """Choose the outermost argument of each half, note its arc, and return the three halves that are left over."""
    length, labels = chart.root.shape[:2]
    side, head, count, width = part.side, part.head, part.count, part.width
    column = [axis[:, None] for axis in (side, head, part.label, count, width, members)]
    c_side, c_head, c_label, c_count, c_width, c_member = column
    distances = torch.arange(1, length)
    attached = chart.hook[c_side, distances, :, c_count - 1, c_head, c_label, c_member]
    inner = (c_width - distances).clamp(min=0)
    beyond = chart.far[c_side, length - 1 - inner, (c_head - c_width), :, c_member]
    ways = torch.where((distances <= c_width).unsqueeze(-1), attached + beyond, -torch.inf)
    picked = _pick(ways.flatten(1), generator)
    distance, label = picked // labels + 1, picked % labels
    argument = head - distance
    splits = torch.arange(length - 1)
    left_over = (distance[:, None] - 1 - splits).clamp(min=0)
    towards = chart.near[c_side, splits, argument[:, None], label[:, None], c_member]
    rest = chart.half[c_side, length - 1 - left_over, c_count - 1, c_head, c_label, c_member]
    split = _pick(torch.where(splits < distance[:, None], towards + rest, -torch.inf), generator)

    rows = torch.arange(len(members))
    mirrored = length - 1 - argument
    at = torch.where(side == 0, argument, mirrored)
    steps = chart.hook.shape[3]
    chosen.labels[rows, at] = label
    chosen.heads[rows, at] = torch.where(side == 0, head, length - 1 - head)
    chosen.places[rows, at] = count - 1 + side * steps
    return (
        _Halves(side, head, part.label, count - 1, distance - 1 - split),
        _Halves(1 - side, mirrored, label, chart.valencies[1 - side, mirrored, label, members], split),
        _Halves(side, argument, label, chart.valencies[side, argument, label, members], width - distance),
    )


def _pick(scores: Tensor, generator: torch.Generator | None) -> Tensor:
    """Return the best column of each row, or one drawn in proportion to its exponential."""
    if generator is None:
        return scores.argmax(1)
    # The smallest of independent exponential times, at rates that are the weights, falls to each by its share.
    noise = torch.empty_like(scores).exponential_(generator=generator)
    return (scores - noise.log()).argmax(1)
