"""The best one-to-one match, beside trying all of them; accuracy under it; the picture."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abduce.errors import UsageError
from abduce.perception.matching import ConfusionMatrix, best_match, confusions, symbol_accuracy

SIDES = st.integers(1, 5)


@given(SIDES, SIDES, st.integers(0, 999))
def test_the_best_match_is_that_of_brute_force(learned: int, known: int, seed: int) -> None:
    counts = np.random.default_rng(seed).integers(0, 6, (learned, known))
    match = best_match(counts)
    used = [place for place in match if place is not None]
    assert len(used) == len(set(used)) == min(learned, known)
    reached = sum(int(counts[row, place]) for row, place in enumerate(match) if place is not None)
    small = counts if learned <= known else counts.T
    best = max(
        sum(int(small[row, place]) for row, place in enumerate(choice))
        for choice in permutations(range(small.shape[1]), small.shape[0])
    )
    assert reached == best


def test_a_match_fixed_on_some_images_is_kept_on_others() -> None:
    training = confusions(np.array([1, 1, 0, 2]), np.array([0, 0, 1, 1]), (3, 2))
    match = best_match(training)
    assert match[1] == 0 and sorted(match, key=str)[-1] is None
    unseen = confusions(np.array([1, 0, 1, 1]), np.array([0, 1, 1, 0]), (3, 2))
    assert symbol_accuracy(unseen, (1, 0, None)) == 0.75
    assert symbol_accuracy(np.zeros((3, 2), dtype=int), (1, 0, None)) == 0.0
    with pytest.raises(UsageError, match="2 symbols for counts of 3"):
        symbol_accuracy(unseen, (1, 0))


@pytest.mark.parametrize("shape", [(2, 3), (40, 20)])
def test_the_picture_is_written(tmp_path: Path, shape: tuple[int, int]) -> None:
    counts = np.random.default_rng(0).integers(0, 9, shape)
    names = [tuple(f"s{n}" for n in range(side)) for side in shape]
    path = tmp_path / "confusion.png"
    ConfusionMatrix(counts, *names).draw(path)
    assert path.read_bytes().startswith(b"\x89PNG")
