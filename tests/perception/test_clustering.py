"""Clusters of drawn signs: one sign each, found without labels, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_signs import SIGNS, many

from abduce.perception import clustering
from abduce.perception.clustering import Clustering, cluster
from abduce.perception.images import normalised

PICTURES, LABELS = many(600, seed=0)
IMAGES = normalised(PICTURES)


def purity(found: Clustering, labels: np.ndarray) -> float:
    """Return the share of images that are of their cluster's most frequent sign."""
    parts = [labels[found.labels == part] for part in range(found.posteriors.shape[1])]
    return sum(int(np.bincount(part).max()) for part in parts if part.size) / len(labels)


@pytest.fixture(scope="module")
def found() -> Clustering:
    return cluster(IMAGES, seed=1)


def test_a_cluster_holds_one_sign(found: Clustering) -> None:
    assert purity(found, LABELS) > 0.98
    assert len({int(np.bincount(LABELS[found.labels == part]).argmax()) for part in set(found.labels)}) == len(SIGNS)


def test_posteriors_are_distributions_and_confident_ones_are_right(found: Clustering) -> None:
    assert found.posteriors.dtype == np.float32
    assert np.allclose(found.posteriors.sum(axis=1), 1, atol=1e-5) and (found.posteriors >= 0).all()
    confidences = found.posteriors.max(axis=1)
    sure = confidences >= np.median(confidences)
    assert purity(Clustering(found.posteriors[sure]), LABELS[sure]) > 0.99


def test_there_are_no_more_clusters_than_may_be(found: Clustering) -> None:
    assert len(SIGNS) <= found.posteriors.shape[1] <= 32
    assert cluster(IMAGES, most=3).posteriors.shape[1] == 3


def test_one_seed_is_one_result(found: Clustering) -> None:
    assert np.array_equal(cluster(IMAGES, seed=1).posteriors, found.posteriors)


def test_where_there_are_too_many_images_a_part_of_them_speaks_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustering, "MOST_COMPARED", 300)
    part = cluster(IMAGES, seed=1)
    assert len(part.posteriors) == len(IMAGES) and np.allclose(part.posteriors.sum(axis=1), 1, atol=1e-5)
    assert purity(part, LABELS) > 0.95


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_few_images_are_no_trouble(count: int) -> None:
    few = cluster(IMAGES[:count])
    assert len(few.posteriors) == count and np.allclose(few.posteriors.sum(axis=1), 1, atol=1e-5)


def test_images_all_alike_are_no_trouble() -> None:
    assert np.isfinite(cluster(np.repeat(IMAGES[:1], 40, axis=0)).posteriors).all()
    assert np.isfinite(cluster(np.zeros_like(IMAGES[:40])).posteriors).all()
