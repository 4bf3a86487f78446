"""Lexicons that give the same answers: they do give the same, and the one that fits the sentences is taken."""

from __future__ import annotations

import random
from itertools import product

import pytest

from abduce.parser.signatures import Signature
from abduce.reasoning.learning.corpus import Corpus
from abduce.reasoning.learning.deduction import Chart
from abduce.reasoning.learning.lexicon import SILENT, Meaning, entries
from abduce.reasoning.learning.primitives import library
from abduce.reasoning.learning.programs import Call, Const, Term, Var
from abduce.reasoning.learning.rivals import Bench, exchanged, otherwise, preferred
from abduce.values import Basic, FunctionType, Tokens, Type, Value

INT = Basic.INT
TOKENS = Basic.TOKENS
LIBRARY = library("arithmetic")
X, Y = Var(0), Var(1)


def meaning(left: int, right: int, program: Term, kind: Type = INT) -> Meaning:
    return Meaning(Signature((kind,) * left, (kind,) * right, kind), program)


def times(number: int) -> Term:
    return Call("*", (X, Const(number)))


SUM = meaning(1, 1, Call("+", (X, Y)))
NUMBERS = {word: (meaning(0, 0, Const(n)),) for n, word in enumerate(("one", "two", "three", "four"), 1)}


def answers(lexicon: dict[str, tuple[Meaning, ...]], tokens: Tokens, kind: Basic = INT) -> set[Value]:
    chart = Chart({symbol: entries(symbol, lexicon, LIBRARY) for symbol in lexicon if symbol})
    return set(chart.cell(tokens).get(kind, ()))


@pytest.mark.parametrize(
    "own",
    [
        SUM,
        meaning(1, 1, Call("-", (X, Y))),
        meaning(1, 1, Call("-", (Y, X))),
        meaning(0, 1, Call("-", (Const(0), X))),
        meaning(1, 0, X),
        meaning(0, 0, Const(0)),
    ],
)
def test_a_word_that_takes_neighbours_otherwise_gives_the_same_between_two_phrases(own: Meaning) -> None:
    others = list(otherwise(own, SUM, LIBRARY))
    assert others
    for other, (a, b) in product(others, product(NUMBERS, repeat=2)):
        first, second = ({**NUMBERS, SILENT: (SUM,), "word": (one,)} for one in (own, other))
        assert answers(first, (a, "word", b)) & answers(second, (a, "word", b))


@pytest.mark.parametrize("own", [meaning(0, 0, Const(7)), meaning(1, 1, Call("*", (X, Y))), meaning(1, 2, X)])
def test_other_words_can_only_be_what_they_are(own: Meaning) -> None:
    assert list(otherwise(own, SUM, LIBRARY)) == []


def phrases(seed: int, count: int) -> list[tuple[Tokens, Value]]:
    """`three day four hour then two hour`: sums of quantities, side by side."""
    rng = random.Random(seed)
    found: dict[Tokens, Value] = {}
    while len(found) < count:
        words: list[str] = []
        value = 0
        for place in range(rng.randint(1, 3)):
            words += ["then"] if place else []
            for unit, size in rng.choice(([("day", 24)], [("hour", 1)], [("day", 24), ("hour", 1)])):
                number = rng.randint(1, 4)
                words += [list(NUMBERS)[number - 1], unit]
                value += number * size
        found[tuple(words)] = value
    return list(found.items())


UNITS = {"day": (meaning(1, 0, times(24)),), "hour": (meaning(1, 0, X),)}
TURNED = {
    **{word: (meaning(0, 1, times(n)),) for n, word in enumerate(NUMBERS, 1)},
    "day": (meaning(0, 0, Const(24)),),
    "hour": (meaning(0, 0, Const(1)),),
}


def test_numbers_and_units_are_exchanged_where_they_stand_only_beside_each_other() -> None:
    corpus = Corpus.of(phrases(0, 60))
    lexicon = {**TURNED, "then": (SUM,), SILENT: (SUM,)}
    found = {**lexicon, **exchanged(lexicon, corpus, LIBRARY)}
    assert found["day"] == UNITS["day"]
    assert found["three"] == NUMBERS["three"]
    alone = Corpus.of([*phrases(0, 60), (("day",), 24)])
    assert "day" not in exchanged(lexicon, alone, LIBRARY)


def test_of_lexicons_with_the_same_answers_the_one_is_taken_that_fits_the_sentences() -> None:
    bench = Bench(Corpus.of(phrases(0, 120)), LIBRARY)
    wanted = {**NUMBERS, **UNITS, "then": (SUM,), SILENT: (SUM,)}
    for symbol in ({}, {"then": (meaning(0, 0, Const(0)),)}, TURNED, {**TURNED, "then": (meaning(1, 0, X),)}):
        found = preferred({**wanted, **symbol}, bench)
        assert {s: found[s] for s in NUMBERS} == NUMBERS
        assert bench.standing(found).bits <= bench.standing(wanted).bits


def test_a_function_and_its_argument_that_are_taken_apart_can_be_a_phrase() -> None:
    bench = Bench(Corpus.of(phrases(0, 120)), LIBRARY)
    apart = Meaning(Signature((FunctionType((INT,), INT), INT), (), INT), Call("apply", (X, Y)))
    found = preferred({**TURNED, "then": (apart,), SILENT: (SUM,)}, bench)
    assert all(kind == INT for kind in (*found["then"][0].signature.left, *found["then"][0].signature.right))


def test_nothing_that_was_explained_is_given_up() -> None:
    lexicon = {**NUMBERS, SILENT: (SUM,), "minus": (meaning(0, 1, Call("-", (Const(0), X))),)}
    rng = random.Random(0)
    pairs: list[tuple[Tokens, Value]] = [(("minus", "one"), -1)]
    for _ in range(100):
        n, k = rng.randint(1, 4), rng.randint(1, 4)
        pairs.append(((list(NUMBERS)[n - 1], "minus", list(NUMBERS)[k - 1]), n - k))
    found = preferred(lexicon, Bench(Corpus.of(pairs), LIBRARY))
    assert -1 in answers(found, ("minus", "one"))
