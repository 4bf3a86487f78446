"""What an answer says about uncertain symbols is what the list of all trees says."""

from __future__ import annotations

from collections import Counter
from math import exp, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abduce.reasoning.learning.answering import answer_of
from abduce.reasoning.learning.loop import Grounding
from abduce.reasoning.learning.machine import Machine
from abduce.reasoning.learning.uncertain import Abducer, Uncertain
from abduce.values import Basic, Example, Value, same_value

NUMBERS = {"one": 1, "two": 2, "five": 5}
ALL_TREES = 400


@pytest.fixture(scope="module")
def grounding() -> Grounding:
    """Return a machine's lexicon and parser: sums and products, the sum binding tighter."""
    pairs = [((a,), m) for a, m in NUMBERS.items()]
    pairs += [((a, "plus", b), m + n) for a, m in NUMBERS.items() for b, n in NUMBERS.items()]
    pairs += [((a, "times", b), m * n) for a, m in NUMBERS.items() for b, n in NUMBERS.items()]
    pairs += [
        ((a, "times", b, "plus", c), m * (n + o))
        for a, m in NUMBERS.items()
        for b, n in NUMBERS.items()
        for c, o in NUMBERS.items()
    ]
    machine = Machine()
    machine.fit([Example(tokens, target) for tokens, target in pairs])
    assert machine.grounding is not None
    return machine.grounding


def by_listing(sentence: Uncertain, target: Value, grounding: Grounding) -> list[dict[str, float]] | None:
    """Return each position's posterior from the list of all trees over all symbols."""
    trees = grounding.parser.k_best([sentence], ALL_TREES, Basic.INT)[0]
    assert len(trees) < ALL_TREES
    good = [tree for tree in trees if same_value(answer_of(tree, grounding.entries), target)]
    if not good:
        return None
    top = max(tree.score for tree in good)
    weights = [exp(tree.score - top) for tree in good]
    found: list[dict[str, float]] = []
    for position in range(len(sentence)):
        tally: Counter[str] = Counter()
        for tree, weight in zip(good, weights, strict=True):
            tally[grounding.entries[tree.labels[position]].label.symbol] += weight / sum(weights)
        found.append(tally)
    return found


@st.composite
def sentences(draw: st.DrawFn) -> list[list[tuple[str, float]]]:
    rows = []
    for _ in range(draw(st.sampled_from([1, 3, 5]))):
        symbols = draw(st.lists(st.sampled_from([*NUMBERS, "plus", "times"]), min_size=1, max_size=3, unique=True))
        weights = [draw(st.floats(0.05, 1.0)) for _ in symbols]
        rows.append([(s, log(w / sum(weights))) for s, w in zip(symbols, weights, strict=True)])
    return rows


@settings(max_examples=60, deadline=None)
@given(sentence=sentences(), target=st.sampled_from([1, 2, 3, 5, 6, 7, 10, 15]))
def test_beliefs_are_those_of_all_trees(
    grounding: Grounding, sentence: list[list[tuple[str, float]]], target: int
) -> None:
    (found,) = Abducer(grounding, items=1000).beliefs([sentence], [target])
    expected = by_listing(sentence, target, grounding)
    if expected is None or found is None:
        assert found is None
        assert expected is None
        return
    for row, shares, listed in zip(sentence, found.symbols, expected, strict=True):
        for (symbol, _), share in zip(row, shares, strict=True):
            assert share == pytest.approx(listed.get(symbol, 0.0), abs=1e-4)


def test_operators_that_reach_the_same_answer_share_it_as_the_parser_says(grounding: Grounding) -> None:
    """Arcs were once scaled by head, and what takes more arguments counted for less."""
    either = [[("one", log(0.5)), ("two", log(0.5))], [("plus", log(0.5)), ("times", log(0.5))], [("one", 0.0)]]
    (found,) = Abducer(grounding).beliefs([either], [2])
    expected = by_listing(either, 2, grounding)
    assert found is not None and expected is not None
    assert found.symbols[1][0] == pytest.approx(expected[1]["plus"], abs=1e-4)


def test_an_answer_settles_a_symbol(grounding: Grounding) -> None:
    either = [[("two", log(0.5)), ("five", log(0.5))], [("plus", 0.0)], [("one", 0.0)]]
    (found,) = Abducer(grounding).beliefs([either], [6])
    assert found is not None
    assert found.symbols[0][1] == pytest.approx(1.0)


def test_few_items_are_kept_and_the_share_says_what_was_looked_at(grounding: Grounding) -> None:
    everything = [[(symbol, log(1 / 3)) for symbol in NUMBERS] for _ in range(3)]
    everything[1] = [("plus", log(0.5)), ("times", log(0.5))]
    (found,) = Abducer(grounding, items=2).beliefs([everything], [2])
    assert found is None or 0.0 < found.share <= 1.0
