"""Small languages of every kind are learned from pairs alone, and carry over to longer sentences."""

from __future__ import annotations

import languages
import pytest

from abduce.reasoning.learning.machine import Machine


@pytest.mark.parametrize("name", languages.LANGUAGES)
def test_learned_from_pairs_alone(name: str) -> None:
    train, test = languages.pairs(name, 900, 80, seed=3)
    machine = Machine(seed=3)
    report = machine.fit(train)
    assert machine.evaluate(test) >= 0.95
    assert report.learned and not report.not_learned
    longest = max(len(example.inputs) for example in train)
    assert name == "numerals" or max(len(example.inputs) for example in test) > longest * 0.9
