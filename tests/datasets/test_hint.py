"""HINT's generator against an independent reading of its infix, and the numbers that the task is defined by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abduce.datasets import load_task
from abduce.datasets.hint_expressions import (
    FULL_SIZE,
    LARGER_VALUES,
    TRAINING_VALUES,
    Expression,
    Part,
    Stream,
    enumerated,
    hint_test,
    training_expressions,
)
from abduce.datasets.hint_notation import CONCEPTS, HINT, with_concept
from abduce.datasets.hint_trees import all_trees, infix, random_trees
from abduce.errors import UsageError
from abduce.values import Tokens


class Number:
    """A number whose operators are HINT's; Python's own parser reads the infix."""

    def __init__(self, value: int, peak: int = 0) -> None:
        self.value, self.peak = value, max(value, peak)

    def _with(self, other: Number, value: int) -> Number:
        return Number(value, max(self.peak, other.peak))

    def __add__(self, other: Number) -> Number:
        return self._with(other, self.value + other.value)

    def __sub__(self, other: Number) -> Number:
        return self._with(other, max(0, self.value - other.value))

    def __mul__(self, other: Number) -> Number:
        return self._with(other, self.value * other.value)

    def __truediv__(self, other: Number) -> Number:
        return self._with(other, sum(other.value * n < self.value for n in range(self.value)))

    def __floordiv__(self, other: Number) -> Number:
        return self._with(other, max(self.value, other.value))

    def __mod__(self, other: Number) -> Number:
        return self._with(other, min(self.value, other.value))

    def __matmul__(self, other: Number) -> Number:
        total = self.value + other.value
        return self._with(other, total // 2 + total % 2)


def read(tokens: Tokens) -> Number:
    """Read an expression with Python's parser; `max`, `min` and `mean` as operators that bind like `*`."""
    stands_for = {"max": "//", "min": "%", "mean": "@", "eleven": "N(11)", "twelve": "N(12)"}
    text = "".join(f"N({token})" if token.isdigit() else stands_for.get(token, token) for token in tokens)
    number: Number = eval(text, {"N": Number})
    return number


def operators(tokens: Tokens) -> int:
    return sum(token in ("+", "-", "*", "/", "max", "min", "mean", "harmonic") for token in tokens)


def bracketless(tokens: Tokens, opening: int) -> Tokens:
    """Take out one pair of brackets."""
    depth = 0
    for place in range(opening, len(tokens)):
        depth += (tokens[place] == "(") - (tokens[place] == ")")
        if depth == 0:
            return (*tokens[:opening], *tokens[opening + 1 : place], *tokens[place + 1 :])
    raise AssertionError("a bracket is never closed")


def tree(tokens: Tokens) -> str:
    """Return the tree of an expression by textbook precedence climbing, as bracketed prefix."""
    place = 0

    def operand() -> str:
        nonlocal place
        place += 1
        if tokens[place - 1] != "(":
            return tokens[place - 1]
        inner = climbing(1)
        place += 1
        return inner

    def climbing(lowest: int) -> str:
        nonlocal place
        left = operand()
        while place < len(tokens) and tokens[place] != ")" and (1 if tokens[place] in "+-" else 2) >= lowest:
            symbol = tokens[place]
            place += 1
            right = climbing(2 if symbol in "+-" else 3)
            left = f"({symbol} {left} {right})"
        return left

    return climbing(1)


@pytest.fixture(scope="module")
def training() -> list[Expression]:
    return training_expressions(20_000, 0)


@pytest.fixture(scope="module")
def tested() -> dict[str, list[Expression]]:
    return hint_test(0)


def test_there_are_as_many_short_expressions_as_the_task_says() -> None:
    assert [len(enumerated(n, TRAINING_VALUES)) for n in range(3)] == [10, 390, 29_230]
    assert len(enumerated(2, LARGER_VALUES)) == 740
    assert FULL_SIZE == 998_000


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 12), st.integers(0, 1000))
def test_values_and_peaks_are_those_of_the_infix(size: int, seed: int) -> None:
    trees = random_trees(HINT, size, 20, np.random.default_rng(seed))
    for row in np.flatnonzero(trees.defined & (trees.peaks < 10**6)).tolist():
        number = read(infix(HINT, trees.codes[row]))
        assert (number.value, number.peak) == (trees.values[row], trees.peaks[row])


def test_brackets_stand_exactly_where_the_tree_would_be_another_without() -> None:
    trees = random_trees(HINT, 5, 300, np.random.default_rng(1))
    for codes in trees.codes:
        tokens = infix(HINT, codes)
        for place, token in enumerate(tokens):
            if token == "(":
                assert tree(bracketless(tokens, place)) != tree(tokens)


def test_infix_keeps_the_tree() -> None:
    codes = all_trees(HINT, 2).codes
    names = [*(name for name, _ in HINT.operands), *(operation.symbol for operation in HINT.operations)]
    written = [infix(HINT, row) for row in codes[::7]]
    for row, tokens in zip(codes[::7], written, strict=True):
        assert re.sub("[() ]", "", tree(tokens)) == "".join(names[code] for code in row)
    assert len(set(written)) == len(written)


def test_division_by_zero_is_found_wherever_it_is() -> None:
    trees = all_trees(HINT, 2)
    names = [*(name for name, _ in HINT.operands), *(operation.symbol for operation in HINT.operations)]

    def divides_by_zero(prefix: list[str]) -> bool:
        found = False

        def value() -> int:
            nonlocal found
            symbol = prefix.pop(0)
            if symbol.isdigit():
                return int(symbol)
            left, right = value(), value()
            found |= symbol == "/" and right == 0
            return {"+": left + right, "-": max(0, left - right), "*": left * right}.get(
                symbol, -(-left // (right or 1))
            )

        value()
        return found

    assert [divides_by_zero([names[code] for code in row]) for row in trees.codes[::11]] == [
        not defined for defined in trees.defined[::11].tolist()
    ]


def test_random_trees_are_as_random_as_the_task_says() -> None:
    """The root's left side holds 0 to n - 1 operators, each equally often; operators and digits are uniform."""
    trees = random_trees(HINT, 4, 20_000, np.random.default_rng(3))
    lefts: Counter[int] = Counter()
    for row in trees.codes[:4000].tolist():
        needed, place = 1, 1
        while needed:
            needed += 1 if row[place] >= len(HINT.operands) else -1
            place += 1
        lefts[(place - 2) // 2] += 1
    assert all(abs(lefts[size] / 4000 - 0.25) < 0.03 for size in range(4))
    counts = np.bincount(trees.codes.ravel(), minlength=14) / trees.codes.size
    assert np.allclose(counts[:10], 5 / 9 / 10, atol=0.005) and np.allclose(counts[10:], 4 / 9 / 4, atol=0.005)


def test_training_expressions_are_those_of_the_task(training: list[Expression]) -> None:
    lengths = Counter(operators(tokens) for tokens, _ in training)
    shares = [20_000, 78_000, *[100_000] * 9]
    for size, share in enumerate(shares):
        expected = share / FULL_SIZE * len(training)
        assert abs(lengths[size] - expected) < 5 * expected**0.5
    for tokens, value in training[:4000]:
        number = read(tokens)
        assert number.value == value and number.peak <= 100


def test_no_result_takes_more_than_a_twentieth_of_a_length(training: list[Expression]) -> None:
    for size in range(3, 11):
        results = Counter(value for tokens, value in training if operators(tokens) == size)
        assert 0 not in results
        assert max(results.values()) <= results.total() / 20


def test_the_full_set_repeats_the_short_ones_evenly() -> None:
    found = Counter(training_expressions(FULL_SIZE // 20, 0))
    digits = [count for (tokens, _), count in found.items() if len(tokens) == 1]
    assert len(digits) == 10 and abs(sum(digits) - 1000) < 150
    assert len([tokens for tokens, _ in found if operators(tokens) == 1]) == 390


def test_the_test_has_the_published_sizes(tested: dict[str, list[Expression]]) -> None:
    assert {name: len(part) for name, part in tested.items()} == {
        "I": 9_980,
        "SS": 8_000,
        "LS": 10_000,
        "SL": 8_640,
        "LL": 10_000,
    }
    sizes = {name: Counter(operators(tokens) for tokens, _ in part) for name, part in tested.items()}
    assert sizes["I"] == {0: 200, 1: 780, **dict.fromkeys(range(2, 11), 1000)}
    assert sizes["SS"] == dict.fromkeys(range(3, 11), 1000)
    assert sizes["SL"] == {2: 640, **dict.fromkeys(range(3, 11), 1000)}
    assert sizes["LS"] == sizes["LL"] == dict.fromkeys(range(11, 21), 1000)


@pytest.mark.parametrize(("subset", "larger"), [("I", False), ("SS", False), ("LS", False), ("SL", True), ("LL", True)])
def test_values_of_the_test_are_in_range(tested: dict[str, list[Expression]], subset: str, larger: bool) -> None:
    for tokens, value in tested[subset][::7]:
        number = read(tokens)
        assert number.value == value
        assert 100 < number.peak <= 10_000 if larger else number.peak <= 100


def test_seen_are_seen_and_unseen_are_not(training: list[Expression], tested: dict[str, list[Expression]]) -> None:
    known = {tokens for tokens, _ in training}
    assert sum(tokens in known for tokens, _ in tested["I"]) >= 9_900
    for subset in ("SS", "LS", "SL", "LL"):
        inputs = [tokens for tokens, _ in tested[subset]]
        assert not known.intersection(inputs)
        assert len(set(inputs)) == len(inputs)


def test_a_larger_training_set_holds_no_unseen_one_either(tested: dict[str, list[Expression]]) -> None:
    known = {tokens for tokens, _ in training_expressions(60_000, 0)}
    assert not known.intersection(tokens for tokens, _ in tested["SS"])


def test_streams_of_a_length_begin_alike_whatever_their_use() -> None:
    first, again = (Stream(HINT, 6, TRAINING_VALUES, Part.TRAINING, 5) for _ in range(2))
    assert [x for x, _ in zip(first, range(50), strict=False)] == [x for x, _ in zip(again, range(50), strict=False)]


def test_the_seed_decides_and_the_limit_leaves_the_test_alone(tested: dict[str, list[Expression]]) -> None:
    task = load_task("hint", limit=500)
    assert [(example.inputs, example.target) for example in task.train] == training_expressions(500, 0)
    assert training_expressions(500, 0) != training_expressions(500, 1)
    for name, part in tested.items():
        assert [(task.test[i].inputs, task.test[i].target) for i in task.subsets[name]] == part
    assert len(task.test) == 46_620 and len(task.subsets) == 5


def test_without_a_limit_there_are_20000() -> None:
    task = load_task("hint", seed=-4)
    assert len(task.train) == 20_000 and task.split == "symbol"


@pytest.mark.parametrize("concept", CONCEPTS)
def test_every_example_of_a_concept_holds_it(concept: str) -> None:
    task = load_task("hint", concept=concept)
    assert len(task.train) == 100 and len(task.test) == 1_000
    assert all(concept in example.inputs for example in (*task.train, *task.test))
    assert not {example.inputs for example in task.train} & {example.inputs for example in task.test}
    if concept != "harmonic":
        for example in (*task.train, *task.test):
            assert read(example.inputs).value == example.target


@pytest.mark.parametrize(
    ("concept", "meaning"),
    [
        ("max", max),
        ("min", min),
        ("mean", lambda a, b: sum(2 * n < a + b for n in range(a + b))),
        ("harmonic", lambda a, b: 0 if a * b == 0 else sum(n * (a + b) < 2 * a * b for n in range(a + b))),
    ],
)
def test_concepts_mean_what_they_say(concept: str, meaning: Callable[[int, int], int]) -> None:
    apply = with_concept(concept).operations[-1].apply
    for left, right in product(range(25), repeat=2):
        found = apply(np.array([left]), np.array([right]))
        assert int(found[0]) == meaning(left, right)


def test_options_out_of_place_are_refused() -> None:
    with pytest.raises(UsageError, match="--limit 0"):
        load_task("hint", limit=0)
    with pytest.raises(UsageError, match=r"--concept median: expected one of eleven, twelve, max"):
        load_task("hint", concept="median")
    with pytest.raises(UsageError, match="--split length: hint has only one division"):
        load_task("hint", "length")
    with pytest.raises(UsageError, match="--input sound: expected symbol or image"):
        load_task("hint", input="sound")
    with pytest.raises(UsageError, match=r"--glyphs .*add --input image"):
        load_task("hint", glyphs="+=plus")
    with pytest.raises(UsageError, match="--input image: scan has no images"):
        load_task("scan", input="image")
    with pytest.raises(UsageError, match="--concept max: scan has no symbols"):
        load_task("scan", concept="max")
