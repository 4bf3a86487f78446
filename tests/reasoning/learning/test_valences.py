"""Arities by counting: of random trees in any order, with wrong symbols, and of brackets."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from abduce.reasoning.learning.valences import arities, brackets
from abduce.values import Tokens

TAKES = {"f": 2, "g": 2, "h": 1, "k": 3, "a": 0, "b": 0, "c": 0}


def tree(draw: random.Random, depth: int) -> Tokens:
    """Return a random tree in prefix order."""
    symbol = draw.choice("abc" if not depth else "fghkabc")
    return (symbol, *(token for _ in range(TAKES[symbol]) for token in tree(draw, depth - 1)))


@given(st.integers(0, 10_000))
def test_arities_are_found_in_any_order_of_words(seed: int) -> None:
    draw = random.Random(seed)
    sentences = [tree(draw, 4) for _ in range(80)]
    shuffled = [tuple(draw.sample(tokens, len(tokens))) for tokens in sentences]
    found, share = arities(shuffled)
    assert share == 1.0 and found == {symbol: TAKES[symbol] for symbol in found}


def test_a_wrong_symbol_here_and_there_does_no_harm() -> None:
    draw = random.Random(0)
    sentences = [tree(draw, 4) for _ in range(300)]
    spoilt = [
        tuple(draw.choice("fghkabc") if draw.random() < 0.04 else token for token in tokens) for tokens in sentences
    ]
    found, share = arities(spoilt)
    assert found == TAKES and 0.5 < share < 1.0


def test_few_sentences_tell_nothing() -> None:
    assert arities([("a",), ("f", "a", "b")]) == ({}, 0.0)
    assert arities([]) == ({}, 0.0)


def test_brackets_are_what_comes_in_nested_pairs() -> None:
    assert brackets([("(", "a", ")"), ("(", "(", "b", ")", "a", ")")]) == {"(", ")"}
    assert brackets([(")", "(", "(", ")"), ("a", ")")]) == set()
    assert brackets([]) == set()
