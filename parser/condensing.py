"""Which labels of a position can stand in a best tree at all: charts shrink to these, and best trees stay the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from abduce.parser.chart import IMPOSSIBLE
from abduce.parser.scorers import Inventory
from abduce.values import Type


@dataclass(frozen=True, slots=True)
class Condensed:
    """Sentences of one length whose positions have few labels left.

    Attributes:
        members: Their numbers in the caller's list.
        labels: `(batch, n, k)` numbers of the labels.
        node: `(batch, n, k)` nats, the labels' own scores; `IMPOSSIBLE` pads.
    """

    members: Tensor
    labels: Tensor
    node: Tensor

    def split(self, size: int) -> Iterator[Condensed]:
        """Yield parts of at most so many sentences."""
        for start in range(0, len(self.members), size):
            some = slice(start, start + size)
            yield Condensed(self.members[some], self.labels[some], self.node[some])


def useful(inventory: Inventory, root_type: Type | None) -> Tensor:
    """Return which labels may stand in a tree whose root has a type, `(labels,)`; all where types do not matter.

    These are the root's, and those of a type that such a label takes as an argument.
    """
    if root_type is None:
        return torch.ones(len(inventory.labels), dtype=torch.bool)
    reached, pending = {root_type}, [root_type]
    while pending:
        kind = pending.pop()
        for label in inventory.labels:
            if label.signature.result == kind:
                found = {*label.signature.left, *label.signature.right} - reached
                reached |= found
                pending.extend(found)
    return torch.tensor([label.signature.result in reached for label in inventory.labels])


def condensed(members: Tensor, labels: Tensor, node: Tensor, inventory: Inventory, kept: Tensor) -> Iterator[Condensed]:
    """Yield sentences with the labels that can be in their best trees, those with as many labels together.

    Of the labels of one unit, whose arcs and roots score alike, only the one with the best score of its own can be.

    Args:
        members: `(batch,)` numbers of the sentences.
        labels: `(batch, n, k)` numbers of the labels.
        node: `(batch, n, k)` nats, `IMPOSSIBLE` where there is no label.
        inventory: The labels.
        kept: `(labels,)` those that may stand in a tree.
    """
    node = node.masked_fill(~kept[labels], IMPOSSIBLE)
    units, places = inventory.unit_of[labels], torch.arange(labels.shape[2])
    same = units.unsqueeze(-1) == units.unsqueeze(-2)
    better = node.unsqueeze(-2) > node.unsqueeze(-1)
    equal = (node.unsqueeze(-2) == node.unsqueeze(-1)) & (places < places[:, None])
    alive = (node > IMPOSSIBLE / 2) & ~(same & (better | equal)).any(-1)
    node = node.masked_fill(~alive, IMPOSSIBLE)
    order = torch.argsort(alive.int(), dim=-1, descending=True, stable=True)
    widths = alive.sum(-1).amax(1).clamp(min=1)
    for width in sorted(set(widths.tolist())):
        rows = (widths == width).nonzero()[:, 0]
        chosen = order[rows, :, :width]
        yield Condensed(members[rows], labels[rows].gather(2, chosen), node[rows].gather(2, chosen))


def together(parts: Iterable[Condensed]) -> Iterator[Condensed]:
    """Yield one for each length and number of labels."""
    by_shape: dict[tuple[int, ...], list[Condensed]] = {}
    for part in parts:
        by_shape.setdefault(tuple(part.labels.shape[1:]), []).append(part)
    for found in by_shape.values():
        yield Condensed(
            torch.cat([part.members for part in found]),
            torch.cat([part.labels for part in found]),
            torch.cat([part.node for part in found]),
        )
