"""Growing: trees of old labels keep their scores, whatever is new, trained or not."""

from __future__ import annotations

import pytest
import torch

from abduce.parser.growing import grown, likened, train_only
from abduce.parser.model import NeuralParser
from abduce.parser.signatures import Form, Label, Signature
from abduce.values import Basic

INT = Basic.INT


def label(symbol: str, left: int = 0, right: int = 0) -> Label:
    return Label(symbol, 0, Form.PLAIN, Signature((INT,) * left, (INT,) * right, INT))


OLD = [label("1"), label("2"), label("plus", 1, 1), label("neg", 0, 1)]
NEW = [label("0"), label("times", 1, 1), label("triple", 0, 3)]
SENTENCES = [("1",), ("1", "plus", "2"), ("neg", "1", "plus", "2", "plus", "neg", "2")]


def scrambled() -> NeuralParser:
    parser = NeuralParser(OLD, seed=3)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in parser.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator))
    return parser.eval()


def larger(parser: NeuralParser) -> NeuralParser:
    return grown(parser, sorted([*OLD, *NEW], key=lambda one: one.symbol), seed=5)


def same_trees(first: NeuralParser, second: NeuralParser) -> bool:
    lists = [parser.k_best(SENTENCES, 5, INT) for parser in (first, second)]
    return all(
        [(p.heads, p.slots) for p in a] == [(p.heads, p.slots) for p in b]
        and torch.allclose(torch.tensor([p.score for p in a]), torch.tensor([p.score for p in b]), atol=1e-4)
        for a, b in zip(*lists, strict=True)
    )


def test_trees_of_old_labels_keep_their_scores() -> None:
    parser = scrambled()
    assert same_trees(parser, larger(parser))


def test_a_label_stands_as_the_one_it_is_likened_to() -> None:
    other = larger(scrambled())
    likened(other, NEW[1], OLD[2])
    pairs = [(("1", "plus", "neg", "2"), ("1", "times", "neg", "2"))]
    for first, second in pairs:
        a, b = (other.k_best([sentence], 5, INT)[0] for sentence in (first, second))
        assert [p.heads for p in a] == [p.heads for p in b]
        assert [p.score for p in a] == pytest.approx([p.score for p in b], abs=1e-4)


def test_training_the_new_labels_leaves_the_old_ones_alone() -> None:
    parser = scrambled()
    other = larger(parser)
    train_only(other, NEW)
    optimiser = torch.optim.AdamW(other.parameters(), lr=0.1, weight_decay=0.0)
    sentence = ("1", "times", "2", "plus", "0")
    tree = other.k_best([sentence], 9, INT)[0][-1]
    first = float(other.loss([sentence], [[tree]]).detach())
    other.train()
    for _ in range(20):
        loss = other.loss([sentence], [[tree]])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    other.eval()
    assert float(other.loss([sentence], [[tree]]).detach()) < first
    assert same_trees(parser, other)


def test_all_old_labels_are_needed() -> None:
    with pytest.raises(ValueError, match="all the labels of the old one"):
        grown(scrambled(), OLD[1:], seed=0)
