"""Vocabularies and lattices."""

from __future__ import annotations

import numpy as np
import pytest

from abduce.errors import UsageError
from abduce.perception.lattice import Lattice
from abduce.perception.symbols import Vocabulary

WORDS = Vocabulary(("a", "b", "c"))


def test_a_vocabulary_does_not_depend_on_the_order_of_what_is_read() -> None:
    assert Vocabulary.of(["b", "a", "b"]) == Vocabulary.of(["a", "b"])


def test_unknown_symbols_have_no_index_and_are_listed_once() -> None:
    assert WORDS.index("c") == 2 and WORDS.index("z") is None
    assert WORDS.unknown(["z", "a", "y", "z"]) == ("z", "y")


def test_a_symbol_listed_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="more than once: b"):
        Vocabulary(("a", "b", "b"))


def test_the_likeliest_symbols_come_best_first() -> None:
    lattice = Lattice(np.log(np.array([[0.2, 0.5, 0.3]])), WORDS)
    assert [symbol for symbol, _ in lattice.likely(0, count=2)] == ["b", "c"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (np.zeros((2, 4)), r"with 3 symbols.*got \(2, 4\)"),
        (np.zeros(3), r"got \(3,\)"),
        (np.zeros((1, 3), dtype=int), "floating-point"),
        (np.log(np.array([[0.2, 0.5, 0.3], [0.5, 0.4, 0.3]])), "position 1 .* sum to 1.2"),
        (np.full((1, 3), np.nan), "position 0"),
    ],
)
def test_what_is_no_lattice_is_refused_with_the_reason(rows: np.ndarray, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Lattice(rows, WORDS)
