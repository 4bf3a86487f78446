"""Calibration: from raw scores to probabilities that mean what they say."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PRIOR_RIGHT = 1.0
PRIOR_WRONG = 0.5
TIED_DIGITS = 4
LEAST_POOL = 25.0
"""Outcomes below which the share of right ones says too little."""
COOLEST, HOTTEST, NARROWINGS = 0.05, 20.0, 32
GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True, slots=True)
class Calibration:
    """A rising step function from raw scores to probabilities; as it is made, the scores are taken as they are.

    Attributes:
        thresholds: Lower ends of the steps, rising; what is below the first falls to 0 in proportion.
        probabilities: Probability on each step.
    """

    thresholds: tuple[float, ...] = (1.0,)
    probabilities: tuple[float, ...] = (1.0,)

    def __call__(self, score: float) -> float:
        """Return the probability for a raw score; below all scores seen it falls to 0 in proportion."""
        score = round(score, TIED_DIGITS)
        if self.thresholds and 0.0 <= score < self.thresholds[0]:
            return self.probabilities[0] * score / self.thresholds[0]
        return self.probabilities[max(0, bisect_right(self.thresholds, score) - 1)]

    @classmethod
    def fit(cls, scores: Sequence[float], right: Sequence[bool], *, noise: float = 0.0) -> Calibration:
        """Return the calibration that fits some outcomes best, by isotonic regression.

        Args:
            scores: Raw scores.
            right: Whether the prediction with that score agreed with the answer at hand.
            noise: Share of the answers at hand that are themselves wrong; allowed for in the result.

        Source:
            Pool adjacent violators: Ayer et al., Annals of Mathematical Statistics 26(4), 1955; as a calibration
            Zadrozny & Elkan, KDD 2002.
        """
        tied: dict[float, list[float]] = {}
        for score, good in zip(scores, right, strict=True):
            tally = tied.setdefault(round(score, TIED_DIGITS), [0.0, 0.0])
            tally[0] += good
            tally[1] += 1.0
        pools: list[list[float]] = []  # threshold, weight of right ones, weight of all
        for score, tally in sorted(tied.items()):
            pools.append([score, *tally])
            while len(pools) > 1 and pools[-2][1] * pools[-1][2] >= pools[-1][1] * pools[-2][2]:
                _, wins, weight = pools.pop()
                pools[-1][1] += wins
                pools[-1][2] += weight
        if not pools:
            return cls()
        pools = _sizeable(pools)
        thresholds = tuple(pool[0] for pool in pools)
        prior = PRIOR_RIGHT + PRIOR_WRONG
        shares = [(wins + PRIOR_RIGHT) / (weight + prior) for _, wins, weight in pools]
        probabilities: list[float] = []
        for share in shares:  # the prior may have broken the order of small pools
            corrected = min(1.0, share / max(1.0 - noise, 1e-6))
            probabilities.append(max(corrected, probabilities[-1]) if probabilities else corrected)
        return cls(thresholds, tuple(probabilities))


def _sizeable(pools: list[list[float]]) -> list[list[float]]:
    """Return pools of which each holds enough outcomes, small ones being joined with the next above."""
    found: list[list[float]] = []
    for threshold, wins, weight in pools:
        if found and found[-1][2] < LEAST_POOL:
            found[-1][1] += wins
            found[-1][2] += weight
        else:
            found.append([threshold, wins, weight])
    if len(found) > 1 and found[-1][2] < LEAST_POOL:
        _, wins, weight = found.pop()
        found[-1][1] += wins
        found[-1][2] += weight
    return found


def fitting_temperature(logits: NDArray[np.floating], counts: NDArray[np.floating]) -> float:
    """Return the temperature by which logits are to be divided to predict some outcomes best.

    Args:
        logits: Scores, `(items, symbols)`.
        counts: How much each item counts as each symbol, of the same shape; not negative.

    Returns:
        The temperature of least cross-entropy between `COOLEST` and `HOTTEST`; 1 where nothing counts.

    Source:
        Guo et al., On calibration of modern neural networks, ICML 2017.
    """
    scores, wanted = np.asarray(logits, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    if not wanted.sum() > 0:
        return 1.0
    scores = scores - scores.max(axis=1, keepdims=True)

    def cross_entropy(log_temperature: float) -> float:
        cooled = scores / np.exp(log_temperature)
        return float((wanted * (np.log(np.exp(cooled).sum(axis=1, keepdims=True)) - cooled)).sum())

    low, high = np.log(COOLEST), np.log(HOTTEST)
    for _ in range(NARROWINGS):  # the cross-entropy is convex in 1 / temperature, hence has one valley
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        if cross_entropy(left) <= cross_entropy(right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))
