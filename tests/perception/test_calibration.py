"""Calibration: rising, true to the outcomes, and silent about what too few outcomes show."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from abduce.perception.calibration import LEAST_POOL, Calibration, fitting_temperature

SCORES = st.integers(0, 1000).map(lambda n: n / 1000)
OUTCOMES = st.lists(st.tuples(SCORES, st.booleans()), max_size=120)


def test_without_outcomes_scores_are_taken_as_they_are() -> None:
    for calibration in (Calibration(), Calibration.fit([], [])):
        assert [calibration(score) for score in (0.0, 0.25, 1.0)] == [0.0, 0.25, 1.0]


@given(OUTCOMES)
def test_probabilities_rise_with_the_score(outcomes: list[tuple[float, bool]]) -> None:
    calibration = Calibration.fit([score for score, _ in outcomes], [right for _, right in outcomes])
    values = [calibration(n / 50) for n in range(51)]
    assert values == sorted(values) and values[0] >= 0.0 and values[-1] <= 1.0


def test_overconfident_scores_are_corrected() -> None:
    rng = random.Random(0)
    scores = [rng.choice((0.6, 0.99)) for _ in range(2000)]
    right = [rng.random() < (0.3 if score == 0.6 else 0.9) for score in scores]
    calibration = Calibration.fit(scores, right)
    assert abs(calibration(0.6) - 0.3) < 0.05 and abs(calibration(0.99) - 0.9) < 0.05


def test_noise_in_the_answers_is_allowed_for() -> None:
    rng = random.Random(0)
    right = [rng.random() < 0.9 for _ in range(1000)]
    assert Calibration.fit([0.8] * 1000, right, noise=0.1)(0.8) > 0.97


def test_one_wrong_answer_among_few_does_not_make_a_step() -> None:
    scores = [n / 40 for n in range(40)]
    right = [n != 0 for n in range(40)]
    assert len(Calibration.fit(scores, right).thresholds) * LEAST_POOL <= 40


@given(st.sampled_from((0.25, 0.5, 1.0, 2.0, 5.0)), st.integers(0, 5))
def test_the_temperature_undoes_an_exaggeration(factor: float, seed: int) -> None:
    """Outcomes that follow some logits exactly are predicted best by those logits."""
    logits = np.random.default_rng(seed).normal(0, 2, (50, 4))
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert abs(fitting_temperature(factor * logits, expected) - factor) < 1e-3 * factor


def test_no_outcomes_leave_the_temperature_as_it_is() -> None:
    assert fitting_temperature(np.zeros((0, 3)), np.zeros((0, 3))) == 1.0
