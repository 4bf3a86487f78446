"""Of several right trees one kind is kept throughout; longer sentences are made of such trees."""

from __future__ import annotations

import random

from abduce.parser.signatures import Signature
from abduce.reasoning.learning.answering import answer_of
from abduce.reasoning.learning.composition import LONGER, Parsed, composed, grafted
from abduce.reasoning.learning.conventions import conventions, grammar_bits
from abduce.reasoning.learning.corpus import Corpus
from abduce.reasoning.learning.lexicon import Meaning
from abduce.reasoning.learning.loop import Grounding
from abduce.reasoning.learning.primitives import library
from abduce.reasoning.learning.programs import Call, Const, Term, Var
from abduce.reasoning.learning.training import Explained, explain_all, restricted
from abduce.values import UNDEFINED, Basic, Tokens, Value

INT = Basic.INT
LIBRARY = library("arithmetic")
X, Y = Var(0), Var(1)


def meaning(left: int, right: int, program: Term) -> tuple[Meaning, ...]:
    return (Meaning(Signature((INT,) * left, (INT,) * right, INT), program),)


LEXICON = {
    **{str(n): meaning(0, 0, Const(n)) for n in range(1, 6)},
    "+": meaning(1, 1, Call("+", (X, Y))),
    "neg": meaning(0, 1, Call("-", (Const(0), X))),
}
GROUNDING = Grounding.of(LEXICON, LIBRARY, INT, 0)
INVENTORY = GROUNDING.parser.inventory


def sums(count: int, seed: int = 0) -> list[tuple[Tokens, Value]]:
    rng = random.Random(seed)
    found: dict[Tokens, Value] = {}
    while len(found) < count:
        tokens: list[str] = []
        value = 0
        for place in range(rng.randint(1, 4)):
            number, negative = rng.randint(1, 5), rng.random() < 0.3
            tokens += ["+"] * (place > 0) + ["neg"] * negative + [str(number)]
            value += -number if negative else number
        found[tuple(tokens)] = value
    return list(found.items())


CORPUS = Corpus.of(sums(150))
EXPLAINED = explain_all(CORPUS, range(len(CORPUS.pairs)), GROUNDING.chart(), INVENTORY)
KEPT = restricted(EXPLAINED, conventions(EXPLAINED, GROUNDING.parser))
PARSED = [Parsed(one.tokens, one.trees[0]) for one in KEPT]


def heads_of(one: Explained) -> list[tuple[str, int, str]]:
    """Return (head, slot, dependent) for all arcs of a sentence's trees between sums."""
    return [
        (one.tokens[head], slot, token)
        for tree in one.trees
        for token, head, slot in zip(one.tokens, tree.heads, tree.slots, strict=True)
        if head >= 0 and token == one.tokens[head] == "+"
    ]


def test_sums_are_all_taken_to_one_side() -> None:
    assert any(len(one.trees) > 4 for one in EXPLAINED)
    assert all(len(one.trees) == 1 for one in KEPT)
    assert len({arc for one in KEPT for arc in heads_of(one)}) == 1


def test_what_leaves_no_choice_decides() -> None:
    forced = [one for one in EXPLAINED if one.tokens.count("+") < 2]
    free = [one for one in EXPLAINED if one.tokens.count("+") >= 2]
    right = [
        Explained(one.tokens, one.target, (tree,), True)
        for one in free[: len(free) // 2]
        for tree in one.trees
        if all(slot == 1 for _, slot, _ in heads_of(Explained(one.tokens, one.target, (tree,), True)))
    ]
    mixed = [*forced, *right, *free[len(free) // 2 :]]
    kept = restricted(mixed, conventions(mixed, GROUNDING.parser))
    assert {slot for one in kept for _, slot, _ in heads_of(one)} == {1}


def test_sentences_of_fewer_kinds_of_arc_take_fewer_bits() -> None:
    rng = random.Random(1)
    anyhow = [Explained(one.tokens, one.target, (rng.choice(one.trees),), True) for one in EXPLAINED]
    assert 0.0 < grammar_bits(KEPT, INVENTORY) < grammar_bits(anyhow, INVENTORY)
    assert grammar_bits([], INVENTORY) == 0.0


def test_a_constituent_gives_way_to_another() -> None:
    one = next(p for p in PARSED if len(p.tokens) == 3)
    other = next(p for p in PARSED if p.tokens.count("+") == 1 and p.tokens[-2] == "neg")
    made = grafted(one, 2, other, other.tokens.index("+"))
    assert made.tokens == (*one.tokens[:2], *other.tokens)
    first, second = (answer_of(p.tree, GROUNDING.entries) for p in (one, other))
    assert answer_of(made.tree, GROUNDING.entries) == first - int(one.tokens[2]) + second


def test_longer_sentences_are_trees_of_their_own_value() -> None:
    made = composed(PARSED, INVENTORY, seed=3)
    longest = max(len(one.tokens) for one in PARSED)
    assert len(made) > 50
    for one in made:
        assert longest < len(one.tokens) <= LONGER * longest
        value = answer_of(one.tree, GROUNDING.entries)
        assert value is not UNDEFINED
        assert value == sum(
            -int(token) if one.tokens[n - 1 : n] == ("neg",) else int(token)
            for n, token in enumerate(one.tokens)
            if token.isdigit()
        )


def test_nothing_comes_of_nothing() -> None:
    assert composed([], INVENTORY, seed=0) == []
