"""The search for a lexicon goes on from what is saved of it to the same end."""

from __future__ import annotations

import random

import pytest

from abduce.reasoning.learning import schedule
from abduce.reasoning.learning.corpus import Corpus
from abduce.reasoning.learning.primitives import library
from abduce.reasoning.learning.schedule import SearchState, search
from abduce.reasoning.learning.search import Searcher

NUMBERS = {"a": 2, "b": 3, "c": 5}


def partly_without_rule(seed: int) -> Corpus:
    """Return sums, and pairs whose answers are drawn at random, so that the search goes through all its phases."""
    rng = random.Random(seed)
    pairs = [((x, "p", y), NUMBERS[x] + NUMBERS[y]) for x in "ab" for y in "abc"]
    return Corpus.of([*pairs, *(((x, y, "q"), rng.randrange(1, 40)) for x in "zy" for y in "ab")])


@pytest.mark.parametrize("seed", [9])
def test_every_phase_begins_from_what_is_saved_alone(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(schedule, "RESTARTS", 2)
    corpus = partly_without_rule(seed)
    whole = list(search(Searcher(corpus, library("arithmetic")), SearchState()))
    assert {"joiners", "meanings", "tidying", "rivals"} <= {reached.phase for reached in whole}
    for number, reached in enumerate(whole[:-1]):
        if reached.phase in ("joiners", "meanings"):
            saved = SearchState.from_plain(reached.to_plain())
            assert list(search(Searcher(corpus, library("arithmetic")), saved)) == whole[number + 1 :]
