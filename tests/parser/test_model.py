"""The neural parser: types, lists of candidates, determinism, and that it learns orders of every kind."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch

from abduce.errors import TooLongError
from abduce.parser.chart import IMPOSSIBLE
from abduce.parser.model import NeuralParser, Parse
from abduce.parser.signatures import Form, Label, Signature
from abduce.values import Basic, FunctionType, MarkType, Type

INT, TOKENS = Basic.INT, Basic.TOKENS
Arc = tuple[str, int, int]
Gold = tuple[list[str], list[int], list[int]]
"""A sentence with the head and the slot of each position."""


def label(symbol: str, left: Sequence[Type] = (), right: Sequence[Type] = (), result: Type = INT) -> Label:
    return Label(symbol, 0, Form.PLAIN, Signature(tuple(left), tuple(right), result))


def attach(parts: Sequence[Gold | str], head: int) -> Gold:
    """Join constituents around a word, `parts[head]`; the others are its arguments in order."""
    words: list[str] = []
    heads: list[int] = []
    slots: list[int] = []
    starts: list[int] = []
    for part in parts:
        starts.append(len(words))
        inner = ([part], [-1], [-1]) if isinstance(part, str) else part
        words += inner[0]
        heads += [h + starts[-1] if h >= 0 else -1 for h in inner[1]]
        slots += inner[2]
    slot = 0
    for number, part in enumerate(parts):
        if number == head:
            continue
        root = starts[number] + (0 if isinstance(part, str) else part[1].index(-1))
        heads[root], slots[root] = starts[head], slot
        slot += 1
    return words, heads, slots


def prefix(rng: random.Random, depth: int) -> Gold | str:
    if not depth:
        return rng.choice("abcd")
    return attach(["f", prefix(rng, depth - 1), prefix(rng, rng.randrange(depth))], 0)


def postfix(rng: random.Random, depth: int) -> Gold | str:
    if not depth:
        return rng.choice("abcd")
    return attach([postfix(rng, depth - 1), postfix(rng, rng.randrange(depth)), "f"], 2)


def infix(rng: random.Random, depth: int) -> Gold | str:
    """`+` binds weaker than `*`, both associate to the left, and `( … )` holds a sum."""

    def factor(d: int) -> Gold | str:
        if d and rng.random() < 0.4:
            return attach(["(", total(d - 1), ")"], 0)
        return rng.choice("abcd")

    def chain(d: int, operator: str, part: Callable[[int], Gold | str], most: int) -> Gold | str:
        result = part(d)
        for _ in range(rng.randint(0, most)):
            result = attach([result, operator, part(d)], 1)
        return result

    def product(d: int) -> Gold | str:
        return chain(d, "*", factor, 2)

    def total(d: int) -> Gold | str:
        return chain(d, "+", product, 2)

    return total(depth)


def mixed(rng: random.Random, depth: int) -> Gold | str:
    """`twice` stands after its argument and binds tighter than `and`, which associates to the left."""

    def item() -> Gold | str:
        word: Gold | str = rng.choice("abcd")
        return attach([word, "twice"], 1) if rng.random() < 0.5 else word

    result = item()
    for _ in range(rng.randint(1, 2 * depth)):
        result = attach([result, "and", item()], 1)
    return result


WORDS = tuple(label(word) for word in "abcd")
GRAMMARS: dict[str, tuple[Callable[[random.Random, int], Gold | str], tuple[Label, ...]]] = {
    "head-initial": (prefix, (label("f", right=(INT, INT)),)),
    "head-final": (postfix, (label("f", left=(INT, INT)),)),
    "precedence and brackets": (
        infix,
        (
            label("+", (INT,), (INT,)),
            label("*", (INT,), (INT,)),
            label("(", (), (INT, MarkType(")"))),
            label(")", result=MarkType(")")),
        ),
    ),
    "mixed": (mixed, (label("and", (INT,), (INT,)), label("twice", (INT,)))),
}


def corpus(
    grammar: Callable[[random.Random, int], Gold | str],
    count: int,
    depth: int,
    shortest: int,
    longest: int,
    seed: int,
) -> list[Gold]:
    rng = random.Random(seed)
    found: list[Gold] = []
    while len(found) < count:
        tree = grammar(rng, depth)
        if isinstance(tree, tuple) and shortest <= len(tree[0]) <= longest:
            found.append(tree)
    return found


def as_parse(parser: NeuralParser, gold: Gold) -> Parse:
    labels = tuple(parser.inventory.of_symbol[word][0] for word in gold[0])
    return Parse(labels, tuple(gold[1]), tuple(gold[2]))


def trained(labels: Sequence[Label], golds: Sequence[Gold], steps: int) -> NeuralParser:
    """Train on batches in a fixed order; a sentence's length decides its batch, since charts have one length."""
    parser = NeuralParser(labels, seed=0)
    optimiser = torch.optim.Adam(parser.parameters(), lr=0.03)
    parser.train()
    golds = sorted(golds, key=lambda gold: len(gold[0]))
    for step in range(steps):
        start = (step * 24) % len(golds)
        batch = golds[start : start + 24]
        loss = parser.loss([gold[0] for gold in batch], [[as_parse(parser, gold)] for gold in batch])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return parser.eval()


def accuracy(parser: NeuralParser, golds: Sequence[Gold], root_type: Type | None) -> float:
    found = parser.best([gold[0] for gold in golds], root_type)
    right = sum(
        tree is not None and (tree.heads, tree.slots) == (tuple(gold[1]), tuple(gold[2]))
        for tree, gold in zip(found, golds, strict=True)
    )
    return right / len(golds)


@pytest.mark.parametrize("name", GRAMMARS)
def test_learns_from_gold_trees_and_carries_over_to_longer_sentences(name: str) -> None:
    grammar, own = GRAMMARS[name]
    labels = (*WORDS, *own)
    golds = corpus(grammar, 120, 2, 2, 9, seed=0)
    longer = corpus(grammar, 40, 3, 10, 15, seed=1)
    parser = trained(labels, golds, 60)
    untrained = accuracy(NeuralParser(labels, seed=5).eval(), longer, None)
    for root_type in (None, INT):
        assert accuracy(parser, longer, root_type) >= 0.9
    if name in ("precedence and brackets", "mixed"):  # the other two have one tree each
        assert untrained < 0.6


def test_words_seen_only_alone_are_parsed_as_their_kind() -> None:
    labels = (*WORDS, label("e"), *GRAMMARS["mixed"][1])
    parser = trained(labels, corpus(mixed, 120, 2, 2, 9, seed=0), 60)
    golds = [
        (["e" if word == "a" else word for word in words], heads, slots)
        for words, heads, slots in corpus(mixed, 40, 3, 4, 13, seed=2)
    ]
    assert accuracy(parser, golds, None) >= 0.9


def test_same_seed_same_result() -> None:
    golds = corpus(infix, 20, 2, 3, 9, seed=0)
    labels = (*WORDS, *GRAMMARS["precedence and brackets"][1])
    first, second = trained(labels, golds, 4), trained(labels, golds, 4)
    for name, weight in first.state_dict().items():
        assert torch.equal(weight, second.state_dict()[name]), name
    sentences = [gold[0] for gold in golds]
    assert first.best(sentences, INT) == second.best(sentences, INT)
    assert first.sample(sentences, INT, 3) == first.sample(sentences, INT, 3)


def test_results_do_not_depend_on_the_order_of_the_sentences() -> None:
    golds = corpus(infix, 20, 2, 3, 9, seed=0)
    parser = NeuralParser((*WORDS, *GRAMMARS["precedence and brackets"][1]), seed=1).eval()
    sentences = [gold[0] for gold in golds]
    forwards = parser.best(sentences, INT)
    assert forwards == list(reversed(parser.best(list(reversed(sentences)), INT)))


def test_random_weights_differ_by_seed_and_are_repeatable() -> None:
    parser = NeuralParser(WORDS, seed=0)
    again = parser.with_random_weights(7)
    assert again.inventory.labels == parser.inventory.labels
    weights = [p.state_dict()["scorer.category"] for p in (again, parser.with_random_weights(7), parser)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


UNARY = FunctionType((TOKENS,), TOKENS)
TYPED = (
    label("x", result=TOKENS),
    label("n", result=INT),
    label("do", (), (TOKENS,), TOKENS),
    Label("do", 0, Form.QUOTED, Signature((), (), UNARY)),
    label("map", (UNARY,), (TOKENS,), TOKENS),
    label("many", (), (INT,), TOKENS),
)


def test_types_forbid_arcs_and_roots() -> None:
    parser = NeuralParser(TYPED, seed=0).eval()
    found = parser.best([("do", "x"), ("do", "n"), ("many", "n"), ("n",), ("do", "map", "x")], TOKENS)
    assert [tree is not None for tree in found] == [True, False, True, False, True]
    assert found[4] is not None and parser.inventory.labels[found[4].labels[0]].form is Form.QUOTED
    untyped = parser.best([("do", "n"), ("n",)], None)
    assert all(tree is not None for tree in untyped)
    assert parser.best([("n",)], INT)[0] is not None


def test_sentences_without_a_tree_are_none_beside_others() -> None:
    parser = NeuralParser(TYPED, seed=0).eval()
    sentences = [("x", "x"), ("do", "x"), ("x", "unheard"), ("do", "do", "x")]
    assert [tree is None for tree in parser.best(sentences, TOKENS)] == [True, False, True, False]
    assert parser.k_best(sentences, 3, TOKENS)[0] == []
    assert [tree is None for tree in parser.sample(sentences, TOKENS, 0)] == [True, False, True, False]
    partitions = parser.log_partition(sentences, TOKENS).tolist()
    assert [p < IMPOSSIBLE / 2 for p in partitions] == [True, False, True, False]


def test_perception_decides_between_candidates() -> None:
    """The log-probabilities of a position's candidates are added to their scores."""
    parser = NeuralParser((label("a"), label("b")), seed=0).eval()
    tree = parser.best([[[("a", -5.0), ("b", -0.01)]], [[("a", -0.01), ("b", -5.0)]]], INT)
    assert [parser.inventory.labels[t.labels[0]].symbol for t in tree if t] == ["b", "a"]


def test_k_best_trees_are_distinct_and_fall_in_score_and_begin_with_the_best() -> None:
    parser = NeuralParser((*WORDS, *GRAMMARS["precedence and brackets"][1]), seed=1).eval()
    sentence = ("a", "+", "b", "*", "c", "+", "d")
    trees = parser.k_best([sentence], 10, INT)[0]
    assert len(trees) == 5 and len({tree.heads for tree in trees}) == 5  # the Catalan number of three operators
    scores = [tree.score for tree in trees]
    assert scores == sorted(scores, reverse=True)
    best = parser.best([sentence], INT)[0]
    assert best is not None and best.heads == trees[0].heads
    partition = parser.log_partition([sentence], INT).tolist()[0]
    assert partition == pytest.approx(float(torch.logsumexp(torch.tensor(scores), 0)), abs=1e-4)
    listed = parser.tree_scores(sentence, trees).tolist()
    assert listed == pytest.approx(scores, abs=1e-4)


def test_the_loss_of_all_trees_is_zero() -> None:
    parser = NeuralParser((*WORDS, *GRAMMARS["precedence and brackets"][1]), seed=1).eval()
    sentence = ("a", "+", "b", "*", "c")
    everything = parser.k_best([sentence], 10, None)[0]
    assert float(parser.loss([sentence], [everything]).detach()) == pytest.approx(0.0, abs=1e-4)
    assert float(parser.loss([sentence], [everything[:1]]).detach()) > 0.01


def test_a_sentence_that_is_too_long_says_so() -> None:
    parser = NeuralParser(TYPED, seed=0)
    with pytest.raises(TooLongError, match="40000 tokens"):
        parser.best([("x",) * 40000], TOKENS)


def test_marginals_of_labels_sum_to_one() -> None:
    parser = NeuralParser(TYPED, seed=0).eval()
    labels, arcs = parser.marginals(("do", "do", "map", "x"), TOKENS)
    assert labels.sum(1).tolist() == pytest.approx([1.0] * 4, abs=1e-4)
    assert float(arcs.sum()) == pytest.approx(3.0, abs=1e-4)


def test_weights_survive_a_file(tmp_path: Path) -> None:
    parser = NeuralParser(TYPED, seed=3)
    torch.save(parser.state_dict(), tmp_path / "weights.pt")
    other = NeuralParser(TYPED, seed=4)
    other.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    sentence = [("do", "do", "x")]
    assert parser.eval().best(sentence, TOKENS) == other.eval().best(sentence, TOKENS)
