"""The k best trees, by the chart's recurrence over lists of scores; the trees are read off as its gradient.

The recurrence is that of `abduce.parser.chart`, an element being the k best scores in falling order. Positions are
those of the sentence on side 0 and of its mirror image on side 1.

Source:
    Semirings of lists: J. Goodman, Semiring Parsing, Computational Linguistics 25(4), 1999. Gradients as arg-max:
    J. Eisner, Inside-Outside and Forward-Backward Algorithms Are Just Backprop, 2016.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from abduce.parser.chart import IMPOSSIBLE, Scores


def k_best_scores(scores: Scores, k: int) -> Tensor:
    """Return the scores of the k best trees of each sentence, `(batch, k)` nats, falling; `IMPOSSIBLE` beyond them.

    The gradient of one of them is 1 at the nodes and arcs of its tree, and 0 elsewhere.
    """
    length = scores.node.shape[1]
    arcs = _by_distance(scores.arc)
    valencies = torch.stack([scores.left, scores.right.flip(1)]).permute(0, 2, 3, 1)  # (side, n, label, batch)
    node = scores.node.permute(1, 2, 0)
    half = [_first(torch.stack([node, torch.zeros_like(node)]), scores.arc.shape[3] // 2, k)]
    full = [_complete(half[0], valencies)]
    hook: list[Tensor] = []
    for width in range(1, length):
        rest = length - width
        ways = [
            _times(
                full[j].flip(0, 1)[:, :rest].transpose(1, 2)[:, :, None, :, None],
                half[width - 1 - j][:, None, :-1, j + 1 : j + 1 + rest],
            )
            for j in range(width)
        ]
        hook.append(_plus(ways) + arcs[width].unsqueeze(-1))
        ways = [
            _times(hook[d - 1][:, m, :, width - d :], full[width - d][:, None, :rest, None, m])
            for d in range(1, width + 1)
            for m in range(node.shape[1])
        ]
        reached = _plus(ways)
        half.append(torch.cat([torch.full_like(reached[:, :1], IMPOSSIBLE), reached], dim=1))
        full.append(_complete(half[width], valencies[:, width:]))
    roots = [
        _times(full[p][0, 0], full[length - 1 - p][1, 0]) + scores.root[:, p].T.unsqueeze(-1) for p in range(length)
    ]
    found = _plus([root[m] for root in roots for m in range(node.shape[1])])
    return found + 0.0 * scores.arc.sum()  # in every gradient, for one-token sentences


def _by_distance(arc: Tensor) -> list[Tensor]:
    """Return the arcs over each distance: (side, dependent label, argument, head, head label, batch)."""
    steps, length = arc.shape[3] // 2, arc.shape[1]
    found = []
    for width in range(length):
        left = arc[:, :, :, :steps].diagonal(-width, 1, 4)  # (batch, label, argument, label, first)
        right = arc[:, :, :, steps:].diagonal(width, 1, 4).flip(-1)
        found.append(torch.stack([left, right]).permute(0, 4, 3, 5, 2, 1))
    return found


def _first(ones: Tensor, steps: int, k: int) -> Tensor:
    """Return the halves that are a head alone: (side, arguments, head, label, batch, k)."""
    lifted = torch.cat([ones.unsqueeze(-1), ones.new_full((*ones.shape, k - 1), IMPOSSIBLE)], dim=-1).unsqueeze(1)
    return torch.cat([lifted, lifted.new_full((2, steps, *lifted.shape[2:]), IMPOSSIBLE)], dim=1)


def _complete(half: Tensor, valencies: Tensor) -> Tensor:
    """Return the halves that have all their arguments: (side, first position, label, batch, k)."""
    index = valencies[:, None, :, :, :, None].expand(-1, -1, -1, -1, -1, half.shape[-1])
    return half.gather(1, index).squeeze(1)


def _times(left: Tensor, right: Tensor) -> Tensor:
    k = left.shape[-1]
    i, j = contenders(k)
    return torch.topk(left[..., i] + right[..., j], k, dim=-1).values


@lru_cache(maxsize=64)
def contenders(k: int) -> tuple[Tensor, Tensor]:
    """Return the pairs (i, j) that can be among the k best sums of two falling lists: (i + 1)(j + 1) of k at most."""
    pairs = torch.tensor([(i, j) for i in range(k) for j in range(k // (i + 1))])
    return pairs[:, 0], pairs[:, 1]


def _plus(ways: list[Tensor]) -> Tensor:
    if len(ways) == 1:
        return ways[0]
    return torch.topk(torch.cat(ways, dim=-1), ways[0].shape[-1], dim=-1).values
