"""Errors drawn at random are taken for noise; errors that keep to a word, a place or a length are not."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import pytest

from abduce.reasoning.learning.noise import TELLING, looks_random, uneven
from abduce.values import Tokens

WORDS = "abcdef"


def sentences(seed: int, count: int = 1500) -> list[Tokens]:
    rng = random.Random(seed)
    return [tuple(rng.choice(WORDS) for _ in range(rng.randint(2, 8))) for _ in range(count)]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("rate", [0.01, 0.05, 0.2])
def test_errors_at_random_have_no_cause(seed: int, rate: float) -> None:
    drawn, rng = sentences(seed), random.Random(seed)
    assert uneven(drawn, [rng.random() >= rate for _ in drawn]) == []


@pytest.mark.parametrize(
    ("fails", "concerned"),
    [
        (lambda tokens: "d" in tokens, ("d",)),
        (lambda tokens: "a" in tokens and "f" in tokens, ("a", "f")),
        (lambda tokens: tokens[0] == "c", ("c",)),
        (lambda tokens: ("b", "e") in pairwise(tokens), ("b", "e")),
        (lambda tokens: len(tokens) > 7, ()),
        (lambda tokens: len(tokens) < 4, ()),
    ],
)
def test_errors_with_a_cause_show_what_they_keep_to(
    fails: Callable[[Tokens], bool], concerned: tuple[str, ...]
) -> None:
    drawn, rng = sentences(1), random.Random(1)
    right = [not (fails(tokens) and rng.random() < 0.5) for tokens in drawn]
    assert concerned in uneven(drawn, right)


def test_a_few_errors_do_not_tell_how_errors_are_spread() -> None:
    """A lexicon that failed on the shortest sentences alone, of which there are few, once ended the search."""
    drawn, rng = sentences(4, 800), random.Random(4)
    few, many = (set(rng.sample(range(800), count)) for count in (TELLING // 2, 4 * TELLING))
    assert uneven(drawn, [n not in few for n in range(800)]) == []
    assert not looks_random(drawn, [n not in few for n in range(800)])
    assert looks_random(drawn, [n not in many for n in range(800)])
    assert not looks_random(drawn, ["d" not in tokens for tokens in drawn])


def test_what_hardly_matters_can_be_left_out() -> None:
    drawn = sentences(2)
    right = [tokens[:2] != ("a", "a") for tokens in drawn]
    assert uneven(drawn, right) != []
    assert uneven(drawn, right, least=0.05) == []


def test_where_all_or_nothing_is_right_there_is_nothing_to_compare() -> None:
    drawn = sentences(3, 20)
    assert uneven(drawn, [True] * 20) == uneven(drawn, [False] * 20) == []
