"""Calibration: from raw scores to probabilities that mean what they say."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

PRIOR_RIGHT = 1.0
PRIOR_WRONG = 0.5
TIED_DIGITS = 4
LEAST_POOL = 25.0
"""Outcomes below which the share of right ones says too little."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A rising step function from raw scores to probabilities; as it is made, the scores are taken as they are.

    Attributes:
        thresholds: Lower ends of the steps, rising; the first step reaches down to minus infinity.
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
