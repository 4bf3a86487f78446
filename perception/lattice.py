"""Lattices: for each position of an input a distribution over symbols."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from abduce.errors import UsageError
from abduce.perception.symbols import Vocabulary

LogProbs: TypeAlias = NDArray[np.floating]

TOLERANCE = 1e-3
"""How far a position's probabilities may be from a sum of 1, since a network computes in single precision."""


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """What perception makes of one input.

    Attributes:
        log_probs: Log-probabilities in nats, shape (positions, symbols); a position whose symbol is
            unknown is -inf throughout.
        vocabulary: The symbols, in the order of the columns.

    Raises:
        UsageError: The array has another shape, or a row of it is not a distribution.
    """

    log_probs: LogProbs
    vocabulary: Vocabulary

    def __post_init__(self) -> None:
        rows = np.asarray(self.log_probs)
        if not np.issubdtype(rows.dtype, np.floating):
            raise UsageError(f"log_probs must hold floating-point numbers in nats; got {rows.dtype}")
        if rows.ndim != 2 or rows.shape[1] != len(self.vocabulary):
            raise UsageError(
                f"log_probs must be (positions, symbols) with {len(self.vocabulary)} symbols, "
                f"the length of the vocabulary; got {rows.shape}"
            )
        totals = np.exp(rows.astype(np.float64)).sum(axis=1)
        known = ~np.isneginf(rows).all(axis=1) if rows.size else np.zeros(len(rows), dtype=bool)
        wrong = np.flatnonzero(known & ~(np.abs(totals - 1.0) <= TOLERANCE))
        if wrong.size:
            place = int(wrong[0])
            raise UsageError(
                f"position {place} of a lattice has probabilities that sum to {totals[place]:.6g}, not 1: "
                "give natural logarithms of probabilities, such as a log-softmax returns"
            )
        object.__setattr__(self, "log_probs", rows)

    def __len__(self) -> int:
        return int(self.log_probs.shape[0])

    def best(self) -> tuple[str | None, ...]:
        """Return the likeliest symbol of each position by itself, None where the symbol is unknown."""
        if not len(self.vocabulary):
            return (None,) * len(self)
        places = self.log_probs.argmax(axis=1)
        return tuple(
            None if np.isneginf(row[place]) else self.vocabulary.symbols[place]
            for row, place in zip(self.log_probs, places.tolist(), strict=True)
        )

    def likely(self, position: int, *, count: int) -> tuple[tuple[str, float], ...]:
        """Return a position's likeliest symbols with their log-probabilities in nats, best first."""
        row = self.log_probs[position]
        order = np.argsort(-row, kind="stable")[:count].tolist()
        return tuple((self.vocabulary.symbols[place], float(row[place])) for place in order if row[place] > -np.inf)
