"""The chart: exact sums over all labelled projective trees with given valencies, and the best one, in O(n^3).

Every position of a sentence takes one of its labels; a label takes a fixed number of arguments on each side. A
constituent is a head with its arguments, and is contiguous. The two halves of a head are independent given its label
(split heads), and arguments are attached from the head outwards, the two halves of each one after the other, so that
no step looks at more than one boundary. For heads h and dependents d with labels k and m, and t arguments attached so
far:

    hook[h,k,t,d,m] = arc[h,k,t,d,m] + SUM over j of  half'[d,m,all,j] + half[h,k,t-1,j]
    half[h,k,t,i]   = SUM over d, m of  hook[h,k,t,d,m] + half[d,m,all,i]

where half[h,k,t,i] covers the positions from i to h, and half' is the same on the other side. The right side is the
left side of the mirrored sentence, so one call computes both; it computes all heads and labels of a width, too.
Positions are those of the sentence on side 0 and of its mirror image on side 1. The batch is the last axis, since
sums then run along contiguous memory; widths descend where a sum pairs them with ascending ones.

Source:
    Split heads: J. Eisner, Bilexical Grammars and Their Cubic-Time Parsing Algorithms, 2000.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

IMPOSSIBLE = -1e9
"""A score that stands for minus infinity; finite, so that gradients never become undefined."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of a batch of sentences of one length, in nats.

    Attributes:
        node: `(batch, n, labels)`; `IMPOSSIBLE` where a position has fewer labels.
        arc: `(batch, n, labels, slots, n, labels)`: head, its label, slot, dependent, its label. Slots 0..A-1 are
            those on the left counted from the head outwards, A..2A-1 those on the right, likewise.
        root: `(batch, n, labels)`.
        left: `(batch, n, labels)`, how many dependents the label takes on the left.
        right: `(batch, n, labels)`, likewise on the right.
    """

    node: Tensor
    arc: Tensor
    root: Tensor
    left: Tensor
    right: Tensor


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled chart.

    Attributes:
        valencies: (side, position, label, batch).
        half: (side, width descending, arguments, head, label, batch): a head with its nearest arguments.
        hook: (side, distance, dependent label, argument, head, label, batch): all from a dependent to its head.
        between: For each distance the hooks without their arcs.
        near: (side, width, dependent, label, batch): halves of the other side with all their arguments.
        far: (side, width descending, first position, label, batch): halves with all their arguments.
        root: (position, label, batch): whole trees by their root.
        total: (batch): all trees.
    """

    valencies: Tensor
    half: Tensor
    hook: Tensor
    between: tuple[Tensor, ...]
    near: Tensor
    far: Tensor
    root: Tensor
    total: Tensor


def log_partition(scores: Scores) -> Tensor:
    """Return the logarithm of the sum of all trees' exponentiated scores, `(batch,)`, with gradients.

    A sentence without any tree is below `IMPOSSIBLE / 2`, and has no gradient.
    """
    result: Tensor = _LogPartition.apply(  # type: ignore[no-untyped-call]
        scores.node, scores.arc, scores.root, scores.left, scores.right
    )
    return result


class _LogPartition(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, node: Tensor, arc: Tensor, root: Tensor, left: Tensor, right: Tensor) -> Tensor:
        scores = Scores(node.detach(), arc.detach(), root.detach(), left, right)
        chart = fill(scores, best=False)
        ctx.scores, ctx.chart = scores, chart
        return chart.total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        return (*_expected(ctx.scores, ctx.chart, gradients[0]), None, None)


def fill(scores: Scores, *, best: bool) -> Filled:
    """Fill a chart from the narrowest parts to the widest, with the sum over trees or with the best one."""
    node, root = scores.node.permute(1, 2, 0), scores.root.permute(1, 2, 0)
    left, right = scores.left.permute(1, 2, 0), scores.right.permute(1, 2, 0)
    valencies = torch.stack([left, right.flip(0)])
    length, labels, batch = node.shape
    steps = scores.arc.shape[3] // 2
    half = node.new_full((2, length, steps + 1, length, labels, batch), IMPOSSIBLE)
    hook = node.new_empty((2, length, labels, steps, length, labels, batch))
    near = node.new_full((2, length, length, labels, batch), IMPOSSIBLE)
    far = near.clone()
    between: list[Tensor] = []
    half[0, length - 1, 0] = node
    half[1, length - 1, 0] = 0.0
    for width in range(length):
        rest = length - width
        if width:
            dependent, head = _hook_parts(half, near, width)
            between.append(_plus(dependent + head, 1, best))
            torch.add(between[-1], _arcs(scores.arc, width), out=hook[:, width, :, :, width:])
            attached, beyond = _half_parts(hook, far, width)
            half[:, rest - 1, 1:, width:] = _plus(attached + beyond, (1, 2), best)
        filled = half[:, rest - 1, :, width:].gather(1, valencies[:, None, width:]).squeeze(1)
        far[:, rest - 1, :rest] = filled
        near[:, width, :rest] = filled.flip(0, 1)
    by_root = root + far[0, :, 0].flip(0) + far[1, :, 0]
    total = _plus(by_root.clone(), (0, 1), best)
    return Filled(valencies, half, hook, tuple(between), near, far, by_root, total)


def _plus(alternatives: Tensor, dim: int | tuple[int, ...], best: bool) -> Tensor:
    """Combine alternatives; overwrites them. A log-sum is never below any of its summands, not even by rounding."""
    if best:
        return alternatives.amax(dim)
    largest = alternatives.amax(dim, keepdim=True)
    shares = alternatives.sub_(largest).exp_().sum(dim, keepdim=True)
    return shares.log_().add_(largest).squeeze(dim)


def _hook_parts(half: Tensor, near: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Return the parts of the hooks over a distance: (side, split, dependent label, argument, head, label, batch)."""
    length = half.shape[1]
    dependent = near[:, :width, : length - width].transpose(2, 3)[:, :, :, None, :, None]
    head = half[:, length - width :, None, :-1, width:]
    return dependent, head


def _half_parts(hook: Tensor, far: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Return the parts of the halves of a width: (side, distance, dependent label, argument, head, label, batch)."""
    length = hook.shape[1]
    attached = hook[:, 1 : width + 1, :, :, width:]
    beyond = far[:, length - width :, : length - width].transpose(2, 3)[:, :, :, None, :, None]
    return attached, beyond


def _views(arc: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Return the arcs over a distance to the left and to the right: (batch, label, argument, label, first)."""
    steps = arc.shape[3] // 2
    return (
        arc[:, :, :, :steps].diagonal(-width, 1, 4),
        arc[:, :, :, steps:].diagonal(width, 1, 4),
    )


def _arcs(arc: Tensor, width: int) -> Tensor:
    """Return the arcs over a distance: (side, dependent label, argument, head, head label, batch)."""
    left, right = _views(arc, width)
    return torch.stack([left, right.flip(-1)]).permute(0, 4, 3, 5, 2, 1)


def _expected(scores: Scores, chart: Filled, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradient of the totals, each weighted, with respect to nodes, arcs and roots: the outside pass."""
    length = scores.node.shape[1]
    alive = torch.where(chart.total > IMPOSSIBLE / 2, weight, torch.zeros_like(weight))
    d_half, d_hook = torch.zeros_like(chart.half), torch.zeros_like(chart.hook)
    d_near, d_far = torch.zeros_like(chart.near), torch.zeros_like(chart.far)
    d_root = (chart.root - chart.total).exp_() * alive
    d_far[0, :, 0] = d_root.flip(0)
    d_far[1, :, 0] = d_root
    d_arc = torch.zeros_like(scores.arc)
    for width in range(length - 1, -1, -1):
        rest = length - width
        d_filled = d_far[:, rest - 1, :rest] + d_near[:, width, :rest].flip(0, 1)
        d_now = d_half[:, rest - 1, :, width:]
        d_now.scatter_add_(1, chart.valencies[:, None, width:], d_filled.unsqueeze(1))
        if not width:
            break
        attached, beyond = _half_parts(chart.hook, chart.far, width)
        share = (attached + beyond).sub_(chart.half[:, rest - 1, None, None, 1:, width:]).exp_()
        share.mul_(d_now[:, None, None, 1:])
        d_hook[:, 1 : width + 1, :, :, width:] += share
        d_far[:, rest:, :rest] += share.sum((3, 5)).transpose(2, 3)
        d_arcs = d_hook[:, width, :, :, width:]
        left, right = _views(d_arc, width)
        left.copy_(d_arcs[0].permute(4, 3, 1, 0, 2))
        right.copy_(d_arcs[1].permute(4, 3, 1, 0, 2).flip(-1))
        dependent, head = _hook_parts(chart.half, chart.near, width)
        share = (dependent + head).sub_(chart.between[width - 1].unsqueeze(1)).exp_().mul_(d_arcs.unsqueeze(1))
        d_near[:, :width, :rest] += share.sum((3, 5)).transpose(2, 3)
        d_half[:, rest:, :-1, width:] += share.sum(2)
    return d_half[0, length - 1, 0].permute(2, 0, 1), d_arc, d_root.permute(2, 0, 1)
