"""Meanings found jointly from whole answers: no sentence has fewer than three operands."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from abduce.reasoning.learning.corpus import Corpus
from abduce.reasoning.learning.equations import COMPUTED, Equations, climbed, jointly, operations, readings
from abduce.reasoning.learning.machine import Machine
from abduce.reasoning.learning.primitives import library
from abduce.values import Example, Tokens

NUMBERS = {"zu": 0, "un": 1, "du": 2, "tri": 3, "kva": 4, "kvin": 5, "dek": 17}
PROGRAMS: dict[str, Callable[[int, int], int]] = {
    "plu": lambda x, y: x + y,
    "min": lambda x, y: max(x - y, 0),
    "obl": lambda x, y: x * y,
}


def drawn(count: int, order: str, seed: int) -> list[tuple[Tokens, int]]:
    """Return expressions of three to five numbers with their values."""
    draw = random.Random(seed)

    def expression(size: int) -> tuple[Tokens, int]:
        if size == 1:
            name = draw.choice(sorted(NUMBERS))
            return (name,), NUMBERS[name]
        cut = draw.randint(1, size - 1)
        (left, x), (right, y) = expression(cut), expression(size - cut)
        name = draw.choice(sorted(PROGRAMS))
        written = {
            "before": (name, *left, *right),
            "behind": (*left, *right, name),
            "bracketed": ("[", *left, name, *right, "]"),
        }
        return written[order], PROGRAMS[name](x, y)

    return [expression(draw.randint(3, 5)) for _ in range(count)]


@pytest.mark.parametrize("primitives", ["arithmetic", "peano"])
@pytest.mark.parametrize("order", ["before", "behind", "bracketed"])
def test_meanings_are_found_where_no_sentence_tells_one_alone(order: str, primitives: str) -> None:
    found = jointly(Corpus.of(drawn(400, order, 1)), library(primitives), 0)
    assert {name: found[name][0].show() for name in NUMBERS} == {name: str(n) for name, n in NUMBERS.items()}
    closed = {name: found[name][0].show_closed() or found[name][0].show().split(". ")[1] for name in PROGRAMS}
    assert closed == {"plu": "x + y", "min": "x ∸ y", "obl": "x * y"}


def test_wrong_symbols_and_answers_here_and_there_do_no_harm() -> None:
    draw = random.Random(2)
    pairs = [
        (tuple(draw.choice(sorted(NUMBERS)) if draw.random() < 0.04 else token for token in tokens), value)
        for tokens, value in drawn(500, "behind", 2)
    ]
    found = jointly(Corpus.of(pairs), library("arithmetic"), 0)
    assert {name: found[name][0].show() for name in NUMBERS} == {name: str(n) for name, n in NUMBERS.items()}


def test_nothing_is_found_where_answers_follow_from_nothing() -> None:
    draw = random.Random(3)
    pairs = [(tokens, draw.randint(0, 500)) for tokens, _ in drawn(300, "behind", 3)]
    assert jointly(Corpus.of(pairs), library("arithmetic"), 0) == {}
    assert (
        jointly(Corpus.of([(tokens, value > 3) for tokens, value in drawn(300, "behind", 3)]), library("arithmetic"), 0)
        == {}
    )


def test_readings_are_all_trees_of_an_ambiguous_sentence() -> None:
    takes = {"+": 2, "a": 0}
    assert [len(list(readings(("a", "+") * n + ("a",), takes, "between"))) for n in range(4)] == [1, 1, 2, 5]
    assert list(readings(("+", "a", "a", "a"), takes, "before")) == []
    assert list(readings(("a", "a", "+"), takes, "behind")) == [[("a", -1, -1), ("a", -1, -1), ("+", 0, 1)]]


def test_a_climb_computes_what_the_programs_do() -> None:
    pairs = drawn(120, "behind", 4)
    takes = dict.fromkeys(NUMBERS, 0) | dict.fromkeys(PROGRAMS, 2)
    equations, known = Equations.of(pairs, takes, "behind"), operations(library("arithmetic"))
    names = [name for name in COMPUTED for _ in range(1 if name in ("+", "*", "max", "min") else 2)]
    truth = {**NUMBERS, "plu": names.index("+"), "min": names.index("∸"), "obl": names.index("*")}
    assigned = np.array([[truth[symbol]] for symbol in equations.symbols])
    values = equations.values(np.arange(len(pairs)), assigned, known)
    assert np.array_equal(values[:, 0], equations.targets)
    assert climbed(equations, known, np.random.default_rng(0)).score <= 3.0 * len(pairs)


def test_a_machine_learns_from_long_sentences_alone() -> None:
    machine = Machine()
    assert machine.fit([Example(tokens, value) for tokens, value in drawn(500, "before", 5)]).learned
    assert machine.evaluate([Example(tokens, value) for tokens, value in drawn(100, "before", 6)]) == 1.0
