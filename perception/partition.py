"""Partitions of a graph of neighbours: spectral embedding, pieces by k-means, communities by merging pieces."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from abduce.perception.neighbours import NeighbourGraph

ROUNDS, ROUNDS_BETWEEN = 100, 4
SURPLUS = 8
PASSES, STARTS, TRIALS = 60, 3, 4

Partition = NDArray[np.int64]
"""Number of each item's part, `(items,)`."""


def spectral_embedding(graph: NeighbourGraph, dimensions: int, generator: torch.Generator) -> Tensor:
    """Return the leading eigenvectors of the normalised adjacency, each row brought to unit length.

    Source:
        Ng, Jordan & Weiss, On spectral clustering, NIPS 2001; by orthogonal iteration.
    """
    root = graph.degrees().clamp(min=1e-9).sqrt()[:, None]
    wanted = min(dimensions, len(graph))
    found = torch.randn(len(graph), min(dimensions + SURPLUS, len(graph)), generator=generator)
    for turn in range(ROUNDS):  # of (I + A) / 2, whose eigenvalues are not negative
        found = (found + graph.gathered(found / root) / root) / 2
        if turn % ROUNDS_BETWEEN == 0 or turn == ROUNDS - 1:
            found = torch.linalg.qr(found)[0]
    inner = found.T @ (graph.gathered(found / root) / root)
    vectors = torch.linalg.eigh((inner + inner.T) / 2)[1].flip(1)[:, :wanted]
    rows = found @ vectors
    unit: Tensor = rows / rows.norm(dim=1, keepdim=True).clamp(min=1e-9)
    return unit


def pieces(points: Tensor, count: int, generator: torch.Generator) -> Partition:
    """Return the best of several partitions by k-means, `(points,)`; some pieces may be empty.

    Source:
        Greedy k-means++: Arthur & Vassilvitskii, SODA 2007.
    """
    best, least = torch.zeros(len(points), dtype=torch.long), float("inf")
    for _ in range(STARTS):
        centres = _spread(points, count, generator)
        for _ in range(PASSES):
            chosen = torch.cdist(points, centres).argmin(1)
            sums = torch.zeros_like(centres).index_add_(0, chosen, points)
            sizes = torch.bincount(chosen, minlength=count)[:, None]
            moved = torch.where(sizes > 0, sums / sizes.clamp(min=1), centres)
            if torch.equal(moved, centres):
                break
            centres = moved
        distances, chosen = torch.cdist(points, centres).min(1)
        cost = float((distances**2).sum())
        if cost < least:
            best, least = chosen, cost
    return best.numpy()


def _spread(points: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Return points far apart to start from: each the best of some drawn by their squared distance to the others."""
    centres = points[torch.randint(len(points), (1,), generator=generator)]
    nearest = ((points - centres) ** 2).sum(1)
    while len(centres) < count:
        drawn = torch.multinomial(nearest + 1e-12, TRIALS, replacement=True, generator=generator)
        apart = torch.minimum(nearest, torch.cdist(points[drawn], points) ** 2)
        best = int(apart.sum(1).argmin())
        centres, nearest = torch.cat([centres, points[drawn[best : best + 1]]]), apart[best]
    return centres


def communities(graph: NeighbourGraph, parts: Partition, most: int) -> Partition:
    """Return a partition whose modularity no merging of two parts raises, and that has few enough parts.

    Args:
        graph: The graph.
        parts: A finer partition.
        most: How many parts there may be in the end.

    Source:
        Clauset, Newman & Moore, Finding community structure in very large networks, Physical Review E 70, 2004.
    """
    flow = flow_between(graph, parts)
    total = flow.sum()
    label = np.arange(len(flow))
    alive = np.flatnonzero(flow.sum(axis=1) > 0)
    while len(alive) > 1:
        shares = flow[np.ix_(alive, alive)] / total
        degrees = shares.sum(axis=1)
        gain = shares - degrees[:, None] * degrees
        np.fill_diagonal(gain, -np.inf)
        first, second = divmod(int(gain.argmax()), len(alive))
        if gain[first, second] <= 0 and len(alive) <= most:
            break
        kept, gone = alive[first], alive[second]
        flow[kept] += flow[gone]
        flow[:, kept] += flow[:, gone]
        label[label == gone] = kept
        alive = np.delete(alive, second)
    merged: Partition = np.unique(label[parts], return_inverse=True)[1]
    return merged


def flow_between(graph: NeighbourGraph, parts: Partition) -> NDArray[np.float64]:
    """Return the weight of the edges from each part to each, `(parts, parts)`, symmetric."""
    count = int(parts.max()) + 1
    held = torch.nn.functional.one_hot(torch.from_numpy(parts), count).float()
    table: NDArray[np.float64] = (held.T @ graph.gathered(held)).double().numpy()
    return (table + table.T) / 2
