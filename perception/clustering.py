"""Clusters of images alike, found without labels and without knowing how many symbols there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from abduce.perception.descriptors import stroke_descriptors
from abduce.perception.images import Images
from abduce.perception.neighbours import NeighbourGraph, nearest_of
from abduce.perception.partition import communities, pieces, spectral_embedding

MOST_SYMBOLS = 32
DIMENSIONS, PIECES, PIECE = 40, 64, 4
"""Eigenvectors; the pieces that are merged to clusters, unless they would hold fewer than `PIECE` images."""
STEPS = 3
MOST_COMPARED = 16_000
NEAREST = 10


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """What belongs together.

    Attributes:
        posteriors: How likely each image belongs to each cluster, `(images, clusters)`; rows sum to 1.
    """

    posteriors: NDArray[np.float32]

    @property
    def labels(self) -> NDArray[np.int64]:
        """The likeliest cluster of each image, `(images,)`."""
        found: NDArray[np.int64] = self.posteriors.argmax(axis=1)
        return found


def cluster(images: Images, *, most: int = MOST_SYMBOLS, seed: int = 0) -> Clustering:
    """Return clusters of images alike.

    Images are compared by the directions of their strokes, and each is joined to its nearest. The graph is cut into
    pieces along its leading eigenvectors, and pieces are merged as long as the modularity rises. An image's
    posterior is where a walk of `STEPS` steps from it ends. A cluster rarely holds two symbols, but two clusters may
    hold one.

    Args:
        images: Normalised images, `(images, side, side)`.
        most: How many clusters there may be.
        seed: Everything that is drawn is drawn from it.
    """
    vectors = stroke_descriptors(images)
    if len(images) < 2:
        return Clustering(np.ones((len(images), 1), dtype=np.float32))
    generator = torch.Generator().manual_seed(seed)
    compared = torch.randperm(len(images), generator=generator)[:MOST_COMPARED].sort()[0].numpy()
    posteriors = _walked(vectors[compared], most, generator)
    if len(compared) == len(images):
        return Clustering(posteriors)
    nearest, _ = nearest_of(vectors, vectors[compared], NEAREST)
    spread = posteriors[nearest].mean(axis=1)
    spread[compared] = posteriors
    return Clustering(spread)


def _walked(vectors: NDArray[np.float32], most: int, generator: torch.Generator) -> NDArray[np.float32]:
    graph = NeighbourGraph.of(vectors)
    embedding = spectral_embedding(graph, DIMENSIONS, generator)
    fine = pieces(embedding, max(1, min(PIECES, len(vectors) // PIECE)), generator)
    parts = communities(graph, fine, most)
    belief = functional.one_hot(torch.from_numpy(parts)).float()
    degrees = graph.degrees()[:, None].clamp(min=1e-9)
    for _ in range(STEPS):
        belief = graph.gathered(belief) / degrees
    found: NDArray[np.float32] = (belief / belief.sum(1, keepdim=True)).numpy()
    return found
