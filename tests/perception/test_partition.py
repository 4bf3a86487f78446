"""Graphs of neighbours and their parts, beside brute force."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from abduce.perception.neighbours import NeighbourGraph, nearest_of
from abduce.perception.partition import communities, flow_between, pieces, spectral_embedding


def points(count: int, seed: int, *, groups: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return points around some centres, and the centre of each."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % groups
    return (4.0 * np.eye(groups, 5)[labels] + 0.5 * rng.normal(size=(count, 5))).astype(np.float32), labels


def dense(graph: NeighbourGraph) -> np.ndarray:
    return graph.gathered(torch.eye(len(graph))).numpy()


def modularity(weights: np.ndarray, parts: np.ndarray) -> float:
    total, degrees = weights.sum(), weights.sum(axis=1)
    same = parts[:, None] == parts
    return float(((weights / total - np.outer(degrees, degrees) / total**2) * same).sum())


@given(st.integers(2, 40), st.integers(0, 9), st.integers(1, 6))
def test_the_nearest_are_those_of_brute_force(count: int, seed: int, wanted: int) -> None:
    vectors, _ = points(count, seed)
    places, distances = nearest_of(vectors, vectors, min(wanted, count - 1), skip_self=True)
    table = np.linalg.norm(vectors[:, None] - vectors, axis=2)
    np.fill_diagonal(table, np.inf)
    assert np.allclose(distances, np.sort(table, axis=1)[:, : places.shape[1]], atol=1e-2)
    assert (places != np.arange(count)[:, None]).all()


@given(st.integers(2, 40), st.integers(0, 9))
def test_a_graph_is_symmetric_and_joins_no_node_to_itself(count: int, seed: int) -> None:
    graph = NeighbourGraph.of(points(count, seed)[0], neighbours=4)
    weights = dense(graph)
    assert np.allclose(weights, weights.T, atol=1e-6) and not weights.diagonal().any()
    assert ((weights > 0).sum(axis=1) >= min(4, count - 1)).all()
    assert np.allclose(graph.degrees().numpy(), weights.sum(axis=1), atol=1e-5)


def test_the_embedding_spans_the_leading_eigenvectors() -> None:
    graph = NeighbourGraph.of(points(60, 0)[0], neighbours=5)
    weights = dense(graph).astype(np.float64)
    root = np.sqrt(weights.sum(axis=1))
    vectors = np.linalg.eigh(weights / root[:, None] / root)[1][:, ::-1][:, :3]
    expected = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    found = spectral_embedding(graph, 3, torch.Generator().manual_seed(0)).numpy()
    assert np.allclose(found @ found.T, expected @ expected.T, atol=1e-3)


def test_groups_apart_are_found() -> None:
    vectors, labels = points(90, 2)
    graph = NeighbourGraph.of(vectors, neighbours=8)
    generator = torch.Generator().manual_seed(0)
    fine = pieces(spectral_embedding(graph, 8, generator), 12, generator)
    parts = communities(graph, fine, 10)
    assert len(set(zip(parts.tolist(), labels.tolist(), strict=True))) == len(set(parts.tolist())) <= 10


@settings(max_examples=30)
@given(st.integers(6, 24), st.integers(0, 99), st.integers(1, 6))
def test_no_merging_of_two_communities_raises_the_modularity(count: int, seed: int, most: int) -> None:
    rng = np.random.default_rng(seed)
    graph = NeighbourGraph.of(rng.normal(size=(count, 3)).astype(np.float32), neighbours=3)
    weights, fine = dense(graph).astype(np.float64), rng.integers(0, 6, count)
    parts = communities(graph, fine, most)
    names = np.unique(parts).tolist()
    assert len(names) <= most
    assert all(len(set(parts[fine == piece].tolist())) <= 1 for piece in range(6))
    reached = modularity(weights, parts)
    for first in names:
        for second in names:
            assert modularity(weights, np.where(parts == second, first, parts)) <= reached + 1e-6
    if most >= 6:
        assert reached >= modularity(weights, fine) - 1e-6


def test_the_flow_between_parts_counts_every_edge() -> None:
    graph = NeighbourGraph.of(points(30, 1)[0], neighbours=4)
    parts = np.arange(30) % 4
    held = np.eye(4)[parts]
    assert np.allclose(flow_between(graph, parts), held.T @ dense(graph) @ held, atol=1e-4)
