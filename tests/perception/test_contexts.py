"""Contexts tell apart what looks alike, and leave alone what keeps one kind of company."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abduce.errors import UsageError
from abduce.perception.contexts import Contexts, divided, settled

PER_SYMBOL = 60
SYMBOLS = 4
LABELS = np.repeat(np.arange(SYMBOLS), PER_SYMBOL)


def sentences(count: int, seed: int) -> list[np.ndarray]:
    """Return sequences like `0 2 1 2 0 3`: symbols 0 and 1 at even places, 2 between them, 3 at some ends."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        length = int(rng.integers(1, 5))
        symbols = [int(rng.integers(2)) if place % 2 == 0 else 2 for place in range(2 * length - 1)]
        symbols += [3] * int(rng.integers(2))
        found.append(np.array([symbol * PER_SYMBOL + rng.integers(PER_SYMBOL) for symbol in symbols]))
    return found


SEQUENCES = sentences(800, seed=0)
CONTEXTS = Contexts.of(SEQUENCES, len(LABELS))
TRUTH = np.eye(SYMBOLS)[LABELS]
ALIKE = np.stack([TRUTH[:, 0] + TRUTH[:, 3], TRUTH[:, 1], TRUTH[:, 2]], axis=1)
"""Looks by which symbols 0 and 3 are one."""


@given(st.lists(st.lists(st.integers(0, 4), max_size=5), max_size=6))
def test_counts_are_those_of_a_plain_loop(sequences: list[list[int]]) -> None:
    belief = np.random.default_rng(0).dirichlet(np.ones(3), 5)
    expected = np.zeros((5, 2, 4))
    for sequence in sequences:
        for place, image in enumerate(sequence):
            before = np.r_[belief[sequence[place - 1]], 0] if place else np.eye(4)[3]
            after = np.r_[belief[sequence[place + 1]], 0] if place + 1 < len(sequence) else np.eye(4)[3]
            expected[image] += np.stack([before, after])
    arrays = [np.array(sequence, dtype=int) for sequence in sequences]
    assert np.allclose(Contexts.of(arrays, 5).counts(belief), expected, atol=1e-5)


def test_what_looks_alike_is_told_apart_by_its_company() -> None:
    found = divided(ALIKE, CONTEXTS, most=8)
    assert found.shape == (len(LABELS), 4) and np.allclose(found.sum(axis=1), 1)
    assert ((found[:, 0] > found[:, 3]) == (LABELS == 0))[(LABELS == 0) | (LABELS == 3)].mean() > 0.98


def test_what_keeps_one_kind_of_company_stays_one() -> None:
    assert divided(TRUTH, CONTEXTS, most=8).shape == TRUTH.shape
    one = np.stack([TRUTH[:, 0] + TRUTH[:, 1], TRUTH[:, 2], TRUTH[:, 3]], axis=1)
    assert divided(one, CONTEXTS, most=8).shape == one.shape


def test_there_are_no_more_symbols_than_may_be() -> None:
    assert np.array_equal(divided(ALIKE, CONTEXTS, most=3), ALIKE)


def test_contexts_mend_misleading_looks_and_confirm_others() -> None:
    looks = 0.9 * TRUTH + 0.1 / SYMBOLS
    misled = np.flatnonzero(LABELS == 3)[:6]
    looks[misled] = 0.9 * TRUTH[0] + 0.1 / SYMBOLS
    found = settled(looks, CONTEXTS)
    assert np.allclose(found.sum(axis=1), 1)
    assert (found.argmax(axis=1) == LABELS).all()


def test_without_sequences_looks_alone_count() -> None:
    looks = 0.7 * TRUTH + 0.3 / SYMBOLS
    nothing = Contexts.of([], len(LABELS))
    assert np.allclose(divided(looks, nothing, most=8), looks)
    assert np.array_equal(settled(looks, nothing).argmax(axis=1), LABELS)


def test_a_number_of_no_image_is_refused() -> None:
    with pytest.raises(UsageError, match=r"sequence 1 .*0 to 2; got 1 to 3"):
        Contexts.of([np.array([2]), np.array([1, 3])], 3)


def test_the_order_of_the_sequences_does_not_matter() -> None:
    turned = Contexts.of(SEQUENCES[::-1], len(LABELS))
    assert np.array_equal(settled(ALIKE, turned), settled(ALIKE, CONTEXTS))
