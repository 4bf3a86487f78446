"""Symbols are discovered from images and sequences alone, and unseen images are read as them."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_signs import SIGNS, many

from abduce.errors import UsageError
from abduce.perception.discovery import discover_symbols
from abduce.perception.images import normalised

PICTURES, LABELS = many(500, seed=0)
IMAGES = normalised(PICTURES)


def sequences(count: int) -> list[np.ndarray]:
    """Return sequences in which the first two signs stand between the others."""
    rng = np.random.default_rng(0)
    inner, outer = np.flatnonzero(LABELS < 2), np.flatnonzero(LABELS >= 2)
    return [np.array([rng.choice(outer if place % 2 else inner) for place in range(5)]) for _ in range(count)]


def test_unseen_images_are_read_as_symbols_of_one_sign_each() -> None:
    found = discover_symbols(IMAGES, sequences(300), seed=1, seen=2000)
    assert found.posteriors.shape == (len(IMAGES), found.encoder.symbols)
    read = found.posteriors.argmax(axis=1)
    stands_for = {symbol: int(np.bincount(LABELS[read == symbol]).argmax()) for symbol in set(read.tolist())}
    assert set(stands_for.values()) == set(range(len(SIGNS)))
    unseen, labels = many(200, seed=1)
    seen_as = found.encoder.log_probs(normalised(unseen)).argmax(axis=1)
    assert np.mean([stands_for.get(int(symbol)) == label for symbol, label in zip(seen_as, labels, strict=True)]) > 0.95


def test_the_order_of_images_and_sequences_does_not_matter() -> None:
    images, told = IMAGES[:120], [sequence[sequence < 120] for sequence in sequences(60)]
    order = np.random.default_rng(1).permutation(len(images))
    place = np.argsort(order)
    found = discover_symbols(images, told, seen=200)
    turned = discover_symbols(images[order], [place[sequence] for sequence in told[::-1]], seen=200)
    assert np.array_equal(turned.posteriors, found.posteriors[order])
    assert np.array_equal(turned.encoder.logits(images), found.encoder.logits(images))


def test_no_images_are_refused() -> None:
    with pytest.raises(UsageError, match="no image"):
        discover_symbols(IMAGES[:0], [])
