"""Second thoughts of the search: what several symbols have two meanings for is one more meaning of their neighbour."""

from __future__ import annotations

from functools import reduce

import pytest

from abduce.parser.signatures import Signature
from abduce.reasoning.learning.corpus import Corpus
from abduce.reasoning.learning.footholds import Meanings, constant
from abduce.reasoning.learning.lexicon import Meaning, mark
from abduce.reasoning.learning.primitives import library
from abduce.reasoning.learning.programs import Call, Const, Term, Var
from abduce.reasoning.learning.search import Searcher
from abduce.reasoning.learning.second_thoughts import reconsider
from abduce.values import Basic, MarkType, Tokens, Type

T = Basic.TOKENS
VERBS = {"walk": ("W",), "run": ("U",), "look": ("L",)}
TIMES = {"twice": 2, "thrice": 3}


def corpus() -> Corpus:
    pairs: list[tuple[Tokens, Tokens]] = [((verb,), value) for verb, value in VERBS.items()]
    for verb, value in VERBS.items():
        pairs.append(((verb, "opposite", "right"), ("R", "R", *value)))
        for word, n in TIMES.items():
            pairs += [((verb, word), value * n), ((verb, "right", word), ("R", *value) * n)]
            pairs.append(((verb, "opposite", "right", word), ("R", "R", *value) * n))
    return Corpus.of(pairs)


def joined(*parts: Term) -> Term:
    return reduce(lambda left, right: Call("++", (left, right)), parts)


def meaning(left: tuple[Type, ...], program: Term, right: tuple[Type, ...] = ()) -> Meaning:
    return Meaning(Signature(left, right, T), program)


def with_a_mark() -> Meanings:
    x, turn = Var(0), Const(("R",))
    found: Meanings = {
        word: (meaning((T,), joined(*[x] * n)), meaning((T, MarkType("right")), joined(*[turn, x] * n)))
        for word, n in TIMES.items()
    }
    return {
        **found,
        "opposite": (meaning((T,), joined(turn, turn, x), (MarkType("right"),)),),
        "right": (mark("right"),),
    }


def with_a_constant() -> Meanings:
    x, y = Var(0), Var(1)
    found: Meanings = {
        word: (meaning((T,), joined(*[x] * n)), meaning((T, T), joined(*[y, x] * n))) for word, n in TIMES.items()
    }
    return {
        **found,
        "opposite": (meaning((T,), joined(y, y, x), (T,)),),
        "right": (constant(("R",), T),),
    }


@pytest.mark.parametrize("found", [with_a_mark(), with_a_constant()], ids=["mark", "constant"])
def test_further_meanings_of_several_symbols_become_one_of_their_neighbour(found: Meanings) -> None:
    searcher = Searcher(corpus(), library("arithmetic"))
    searcher.replace({**{verb: (constant(value, T),) for verb, value in VERBS.items()}, **found})
    before = searcher.lexicon_bits()
    assert searcher.explained() == 1.0
    reconsider(searcher)
    assert searcher.explained() == 1.0 and searcher.lexicon_bits() < before
    assert all(len(searcher.lexicon[word]) == 1 for word in TIMES)
    assert "λx. [R] ++ x" in {m.show() for m in searcher.lexicon["right"]}
