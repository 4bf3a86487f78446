"""Graphs of neighbours: each item joined to those most like it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

ROWS_AT_ONCE = 512


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourGraph:
    """A weighted undirected graph, each edge listed from both of its ends.

    Attributes:
        starts: Where each node's edges begin in the two lists, `(nodes,)`.
        ends: The node at the other end of each edge, `(edges,)`.
        weights: Weight of each edge, `(edges,)`.
    """

    starts: Tensor
    ends: Tensor
    weights: Tensor

    def __len__(self) -> int:
        return len(self.starts)

    @classmethod
    def of(cls, vectors: NDArray[np.float32], *, neighbours: int = 15) -> NeighbourGraph:
        """Join each vector to its nearest ones, by their weights on a scale that is each vector's own.

        Args:
            vectors: `(items, features)`, at least two.
            neighbours: How many each chooses; it is joined as well to those that choose it.

        Source:
            Local scaling: Zelnik-Manor & Perona, Self-tuning spectral clustering, NIPS 2004.
        """
        count = len(vectors)
        chosen = min(neighbours, count - 1)
        nearest, distances = nearest_of(vectors, vectors, chosen, skip_self=True)
        scale = distances[:, min(chosen - 1, neighbours // 2)].clip(min=1e-6)
        affinity = np.exp(-(distances**2) / (scale[:, None] * scale[nearest]))
        origin = np.repeat(np.arange(count), chosen)
        places = np.concatenate([origin * count + nearest.ravel(), nearest.ravel() * count + origin])
        edges, where = np.unique(places, return_inverse=True)
        weights = np.bincount(where, weights=np.tile(affinity.ravel(), 2))
        starts = np.searchsorted(edges, np.arange(count) * count)
        return cls(torch.from_numpy(starts), torch.from_numpy(edges % count), torch.from_numpy(weights).float())

    def gathered(self, rows: Tensor) -> Tensor:
        """Return for each node the weighted sum of its neighbours' rows, `(nodes, k)` as `rows` is."""
        return functional.embedding_bag(
            self.ends, rows, self.starts, mode="sum", per_sample_weights=self.weights.to(rows.dtype)
        )

    def degrees(self) -> Tensor:
        """Return the sum of each node's weights, `(nodes,)`."""
        return self.gathered(torch.ones(len(self), 1))[:, 0]


def nearest_of(
    vectors: NDArray[np.float32], others: NDArray[np.float32], count: int, *, skip_self: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the places of the nearest of other vectors, and their Euclidean distances, nearest first.

    Args:
        vectors: `(items, features)`.
        others: `(candidates, features)`; with `skip_self` the same vectors, none being its own neighbour.
        count: How many to find for each.
        skip_self: Whether the two are the same.

    Returns:
        Two arrays `(items, count)`.
    """
    left, right = torch.from_numpy(vectors), torch.from_numpy(others)
    squares = (right**2).sum(1)
    places, distances = [], []
    for start in range(0, len(left), ROWS_AT_ONCE):
        part = left[start : start + ROWS_AT_ONCE]
        table = squares - 2 * part @ right.T
        if skip_self:
            table[torch.arange(len(part)), start + torch.arange(len(part))] = torch.inf
        near, place = table.topk(count, dim=1, largest=False)
        places.append(place)
        distances.append((near + (part**2).sum(1, keepdim=True)).clamp(min=0).sqrt())
    return torch.cat(places).numpy(), torch.cat(distances).numpy()
