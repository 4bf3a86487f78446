"""Exact inference over labelled projective dependency trees with given valencies, batched.

Every position of a sentence takes one of its labels; a label takes a fixed number of dependents on each side. A
constituent is a head with its dependents, and is contiguous. Left and right halves of a head are independent given
its label (split-head), and dependents are attached from the head outwards:

    half[t](h, e)  =  (+) over m of  half[t-1](h, m) (x) argument(h, slot t-1, the e - m positions beyond)
    argument(h, s, i, j)  =  (+) over d, label of  arc(h, s, d) (x) node(d) (x) left(d, i) (x) right(d, j)

computed by increasing width, for all starts, heads and labels of a batch at once.

Source:
    Split-head bilexical parsing: Eisner, Bilexical Grammars and Their Cubic-Time Parsing Algorithms, 2000.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from abduce.parser.semirings import IMPOSSIBLE, Semiring


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


class _Halves:
    """Half constituents of one side, by how many dependents they have and how far they reach."""

    def __init__(self, counts: Tensor, most: int, semiring: Semiring) -> None:
        self.most = most
        self.semiring = semiring
        blank = torch.full(counts.shape, IMPOSSIBLE)
        self.blank = semiring.lift(blank)
        self.has = [counts == t for t in range(most + 1)]
        self.full = [semiring.lift(torch.where(self.has[0], 0.0, IMPOSSIBLE))]
        self.partial: list[list[Tensor]] = [[semiring.lift(torch.zeros(counts.shape))]]
        self.partial += [[self.blank] for _ in range(most)]

    def extend(self, options: list[list[Tensor]]) -> None:
        """Add the next distance; `options[t]` holds the ways to reach it with t dependents."""
        self.partial[0].append(self.blank)
        whole = self.blank
        for count in range(1, self.most + 1):
            ways = options[count]
            found = self.semiring.plus(torch.stack(ways, dim=-2)) if ways else self.blank
            self.partial[count].append(found)
            whole = torch.where(self.has[count].unsqueeze(-1), found, whole)
        self.full.append(whole)


def total(scores: Scores, semiring: Semiring) -> Tensor:
    """Return the sum over all trees of the product of their scores, `(batch, semiring.width)`."""
    batch, length, labels = scores.node.shape
    most = scores.arc.shape[3] // 2
    node = semiring.lift(scores.node)
    left = _Halves(scores.left, most, semiring)
    right = _Halves(scores.right, most, semiring)
    near: list[tuple[Tensor | None, Tensor | None]] = [(None, None)]
    far: list[Tensor | None] = [None]
    pad = semiring.lift(torch.full((batch, length, labels), IMPOSSIBLE))
    for width in range(1, length):
        inner = _constituents(width, length, node, left, right, semiring)
        near.append(_near_arguments(width, length, scores.arc, inner, semiring))
        far.append(_far_arguments(width, length, scores.arc, inner, semiring) if most > 1 else None)
        for side, halves in ((0, left), (1, right)):
            halves.extend(_reaches(width, length, side, halves, near, far, pad, semiring))
    spans = torch.arange(length)
    lefts = torch.stack(left.full, dim=1)[:, spans, spans]
    rights = torch.stack(right.full, dim=1)[:, length - 1 - spans, spans]
    whole = semiring.times(semiring.times(lefts, rights), semiring.times(node, semiring.lift(scores.root)))
    return semiring.plus(whole.flatten(1, 2)) + 0.0 * scores.arc.sum()  # in every gradient, for one-token sentences


def _constituents(width: int, length: int, node: Tensor, left: _Halves, right: _Halves, semiring: Semiring) -> Tensor:
    """Return whole constituents of one width: `(batch, starts, offset of the head, labels, semiring)`."""
    starts = length - width + 1
    found = []
    for offset in range(width):
        heads = slice(offset, offset + starts)
        sides = semiring.times(left.full[offset][:, heads], right.full[width - 1 - offset][:, heads])
        found.append(semiring.times(sides, node[:, heads]))
    return torch.stack(found, dim=2)


def _near_arguments(width: int, length: int, arc: Tensor, inner: Tensor, semiring: Semiring) -> tuple[Tensor, Tensor]:
    """Return arguments in the first slot of a head that touches them: head at the end, head before the start.

    Shapes `(batch, starts, labels, semiring)`: for the first kind the starts whose span ends before the last
    position, for the second the starts from 1 on.
    """
    most = arc.shape[3] // 2
    starts = torch.arange(length - width + 1)
    offsets = torch.arange(width)
    found = []
    for slot, heads, chosen in ((0, starts + width, starts < length - width), (most, starts - 1, starts > 0)):
        h, s = heads[chosen], starts[chosen]
        dependents = s[:, None] + offsets[None, :]
        arcs = arc[:, h[:, None], :, slot, dependents]  # (starts, width, batch, head label, dependent label)
        arcs = arcs.permute(2, 0, 3, 1, 4).flatten(3)
        below = inner[:, chosen].flatten(2, 3).unsqueeze(2)
        found.append(semiring.plus(semiring.times(semiring.lift(arcs), below)))
    return found[0], found[1]


def _far_arguments(width: int, length: int, arc: Tensor, inner: Tensor, semiring: Semiring) -> Tensor:
    """Return arguments in further slots, for all heads: `(batch, starts, n, labels, slots, semiring)`."""
    starts = torch.arange(length - width + 1)
    dependents = starts[:, None] + torch.arange(width)[None, :]
    arcs = arc[:, :, :, :, dependents]  # (batch, n, labels, slots, starts, width, labels)
    arcs = arcs.permute(0, 4, 1, 2, 3, 5, 6).flatten(5)
    below = inner.flatten(2, 3)[:, :, None, None, None]
    return semiring.plus(semiring.times(semiring.lift(arcs), below))


def _reaches(
    width: int,
    length: int,
    side: int,
    halves: _Halves,
    near: list[tuple[Tensor | None, Tensor | None]],
    far: list[Tensor | None],
    pad: Tensor,
    semiring: Semiring,
) -> list[list[Tensor]]:
    """Return for each number of dependents the ways in which a half can cover `width` positions."""
    most = halves.most
    options: list[list[Tensor]] = [[] for _ in range(most + 1)]
    first = near[width][side]
    assert first is not None
    room = pad[:, :width]
    options[1].append(torch.cat([room, first] if side == 0 else [first, room], dim=1))
    for count in range(2, most + 1):
        slot = count - 1 + side * most
        for reached in range(1, width):
            beyond = far[width - reached]
            assert beyond is not None
            heads = torch.arange(width, length) if side == 0 else torch.arange(length - width)
            starts = heads - width if side == 0 else heads + 1 + reached
            argument = beyond.select(4, slot)[:, starts, heads]
            part = semiring.times(halves.partial[count - 1][reached][:, heads], argument)
            options[count].append(torch.cat([room, part] if side == 0 else [part, room], dim=1))
    return options
