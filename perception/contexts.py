"""Contexts: which symbols stand beside an image wherever it occurs; they tell apart symbols that look alike.

Images of one symbol keep the same company: digits stand beside operators, a closing bracket does not stand where a
digit can. Nothing is assumed on which symbols there are, only that a symbol's neighbours have a distribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from abduce.errors import UsageError

Floats = NDArray[np.float64]

SWEEPS, STARTS = 30, 3
MARGIN = 2.0
"""How many times over the description of a second symbol must be saved by it."""
LEAST = 20
"""Expected images of a symbol found by its contexts."""
FLOOR = 1e-3
"""Share of an image's looks that may be misleading altogether."""
PRIOR_COUNT = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Contexts:
    """Where each image occurs.

    Attributes:
        starts: Where each image's occurrences begin in the two lists, `(images,)`.
        left: The image before each occurrence, `(occurrences,)`; `images` at the start of a sequence.
        right: The image after it; `images` at the end.
    """

    starts: Tensor
    left: Tensor
    right: Tensor

    @classmethod
    def of(cls, sequences: Sequence[NDArray[np.integer]], images: int) -> Contexts:
        """Return the contexts in some sequences of numbers of images, below `images`.

        Raises:
            UsageError: A number is out of range.
        """
        require_numbers(sequences, images)
        empty = np.zeros(0, dtype=np.int64)
        bounded = [np.r_[images, sequence, images] for sequence in sequences]
        here, left, right = (
            np.concatenate([empty, *(one[a : len(one) + b] for one in bounded)]) for a, b in ((1, -1), (0, -2), (2, 0))
        )
        order = np.lexsort((right, left, here))  # sums then do not depend on the order of the sequences
        starts = np.searchsorted(here[order], np.arange(images))
        return cls(*(torch.from_numpy(part.astype(np.int64)) for part in (starts, left[order], right[order])))

    def counts(self, posteriors: NDArray[np.floating]) -> Floats:
        """Return how often each symbol is expected before and after each image, `(images, 2, symbols + 1)`.

        Args:
            posteriors: How likely each image is which symbol, `(images, symbols)`; the last column of the counts is
                for the ends of sequences.
        """
        images, symbols = posteriors.shape
        rows = torch.zeros(images + 1, symbols + 1)
        rows[:images, :symbols] = torch.from_numpy(np.asarray(posteriors, dtype=np.float32))
        rows[images, symbols] = 1
        sides = [functional.embedding_bag(side, rows, self.starts, mode="sum") for side in (self.left, self.right)]
        found: Floats = torch.stack(sides, dim=1).double().numpy()
        return found


def require_numbers(sequences: Sequence[NDArray[np.integer]], images: int) -> None:
    """Refuse sequences that hold anything but numbers of images, from 0.

    Raises:
        UsageError: A number is out of range.
    """
    for place, sequence in enumerate(sequences):
        if len(sequence) and not 0 <= np.min(sequence) <= np.max(sequence) < images:
            raise UsageError(
                f"sequence {place} must hold numbers of images, 0 to {images - 1}; got {np.min(sequence)} to "
                f"{np.max(sequence)}"
            )


def divided(posteriors: NDArray[np.floating], contexts: Contexts, *, most: int, seed: int = 0) -> Floats:
    """Return posteriors in which a symbol whose images keep two kinds of company has become two.

    A symbol is divided where a mixture of two distributions of neighbours explains its images' contexts better than
    one does, by the Bayesian information criterion with a margin; what comes of it may be divided again.

    Args:
        posteriors: How likely each image is which symbol, `(images, symbols)`.
        contexts: Where the images occur.
        most: How many symbols there may be.
        seed: Everything that is drawn is drawn from it.

    Returns:
        `(images, symbols or more)`; the new symbols come last.
    """
    rng = np.random.default_rng(seed)
    belief = np.asarray(posteriors, dtype=np.float64)
    waiting = list(range(belief.shape[1]))
    while waiting and belief.shape[1] < most:
        symbol = waiting.pop(0)
        members = np.flatnonzero(belief.argmax(axis=1) == symbol)
        if len(members) < 2 * LEAST:
            continue
        counts = contexts.counts(belief)[members]
        shares, gain = _two_kinds(counts, rng)
        apart = shares[:, int(shares.mean(axis=0).argmin())]
        cost = counts[0].size / 2 * np.log(len(members))
        if gain > MARGIN * cost and apart.sum() >= LEAST:
            moved = np.zeros(len(belief))
            moved[members] = belief[members, symbol] * apart
            belief[:, symbol] -= moved
            waiting += [symbol, belief.shape[1]]
            belief = np.concatenate([belief, moved[:, None]], axis=1)
    return belief


def settled(looks: NDArray[np.floating], contexts: Contexts, *, sweeps: int = 5) -> Floats:
    """Return how likely each image is which symbol, by its looks and all its contexts together.

    Each symbol has a distribution of the symbols before it and one of those after; all occurrences of an image are
    of one symbol. Distributions and posteriors are estimated in turn, by mean-field expectation maximisation.

    Args:
        looks: How likely each image is which symbol by itself, `(images, symbols)`.
        contexts: Where the images occur.
        sweeps: How often to estimate both.
    """
    alone: Floats = np.asarray(looks, dtype=np.float64)
    belief = alone
    for _ in range(sweeps):
        counts = contexts.counts(belief)
        fitting = _fit(counts, _log_distributions(counts, belief))
        prior = belief.mean(axis=0)
        belief, _ = _normalised(np.log((1 - FLOOR) * alone + FLOOR * prior + 1e-12) + fitting)
    return belief


def _two_kinds(counts: Floats, rng: np.random.Generator) -> tuple[Floats, float]:
    """Return how likely each image is of which of two kinds, `(images, 2)`, and the gain in nats over one kind."""
    alone = float(_fit(counts, _log_distributions(counts, np.ones((len(counts), 1)))).sum())
    best, most = np.full((len(counts), 2), 0.5), alone
    for start in range(STARTS):
        first = _by_principal_axis(counts) if start == 0 else rng.random(len(counts))
        shares = np.stack([first, 1 - first], axis=1)
        for _ in range(SWEEPS):
            fitting = _fit(counts, _log_distributions(counts, shares))
            shares, total = _normalised(fitting + np.log(shares.mean(axis=0) + 1e-9))
        if total > most:
            best, most = shares, total
    return best, most - alone


def _by_principal_axis(counts: Floats) -> Floats:
    """Return 0.95 for the images on one side of the axis along which contexts vary most, 0.05 for the others."""
    flat = counts.reshape(len(counts), -1)
    roots = np.sqrt(flat / np.maximum(flat.sum(axis=1, keepdims=True), 1e-9))
    roots -= roots.mean(axis=0)
    axis = np.linalg.eigh(roots.T @ roots)[1][:, -1]
    return np.where(roots @ axis > 0, 0.95, 0.05)


def _log_distributions(counts: Floats, shares: Floats) -> Floats:
    """Return logarithms of each kind's distributions of neighbours, `(kinds, 2, symbols + 1)`, smoothed."""
    overall = counts.sum(axis=0) + PRIOR_COUNT
    expected = np.einsum("ik,isn->ksn", shares, counts)
    smoothed = expected + PRIOR_COUNT * overall / overall.sum(axis=1, keepdims=True) + 1e-3
    logs: Floats = np.log(smoothed / smoothed.sum(axis=2, keepdims=True))
    return logs


def _fit(counts: Floats, log_distributions: Floats) -> Floats:
    """Return the log-likelihood of each image's contexts under each kind, `(images, kinds)` nats."""
    kinds = len(log_distributions)
    found: Floats = counts.reshape(len(counts), -1) @ log_distributions.reshape(kinds, -1).T
    return found


def _normalised(scores: Floats) -> tuple[Floats, float]:
    """Return rows of scores in nats as probabilities, and the sum of their log-totals."""
    highest = scores.max(axis=1, keepdims=True)
    weights = np.exp(scores - highest)
    totals = weights.sum(axis=1, keepdims=True)
    return weights / totals, float((highest + np.log(totals)).sum())
