"""Charts that hold fewer labels give the same best trees."""

from __future__ import annotations

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from abduce.parser.condensing import condensed, useful
from abduce.parser.model import NeuralParser
from abduce.parser.signatures import Form, Label, Signature
from abduce.values import Basic, FunctionType, MarkType

INT, BOOL = Basic.INT, Basic.BOOL
CLOSE = MarkType("c")
LABELS = (
    *(Label(name, 0, Form.PLAIN, Signature((), (), INT)) for name in "xyz"),
    Label("p", 0, Form.PLAIN, Signature((INT,), (INT,), INT)),
    Label("p", 0, Form.QUOTED, Signature((), (), FunctionType((INT, INT), INT))),
    Label("m", 0, Form.PLAIN, Signature((INT,), (INT,), INT)),
    Label("o", 0, Form.PLAIN, Signature((), (INT, CLOSE), INT)),
    Label("c", 0, Form.PLAIN, Signature((), (), CLOSE)),
    Label("t", 0, Form.PLAIN, Signature((), (), BOOL)),
)
SYMBOLS = tuple(dict.fromkeys(label.symbol for label in LABELS))


def parser(seed: int) -> NeuralParser:
    """Return a parser whose every weight is drawn."""
    made = NeuralParser(LABELS, width=6, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in made.parameters():
            weight.copy_(torch.randn(weight.shape, generator=generator))
    return made.eval()


def test_labels_that_no_tree_can_hold_are_left_out() -> None:
    inventory = parser(0).inventory
    kept = dict(zip(LABELS, useful(inventory, INT).tolist(), strict=True))
    assert [label for label, found in kept.items() if not found] == [LABELS[4], LABELS[-1]]
    assert useful(inventory, None).all()
    assert useful(inventory, BOOL).tolist() == [label.signature.result is BOOL for label in LABELS]


def test_one_label_of_a_unit_is_left_at_each_position() -> None:
    made = parser(1)
    numbers = torch.arange(3)[None, None]
    (found,) = condensed(
        torch.tensor([5]), numbers, torch.tensor([[[0.1, 0.7, 0.7]]]), made.inventory, useful(made.inventory, INT)
    )
    assert found.members.tolist() == [5] and found.labels.tolist() == [[[1]]]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(
            st.lists(
                st.tuples(st.sampled_from(SYMBOLS), st.floats(0.05, 1.0)),
                min_size=1,
                max_size=4,
                unique_by=lambda option: option[0],
            ),
            min_size=1,
            max_size=6,
        ),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 20),
    st.sampled_from([INT, None]),
)
def test_the_best_trees_are_those_of_the_full_chart(
    lattices: list[list[list[tuple[str, float]]]], seed: int, kind: Basic | None
) -> None:
    made = parser(seed)
    sentences = [[[(symbol, math.log(p)) for symbol, p in item] for item in one] for one in lattices]
    full, _ = made.best_with_partition(sentences, kind)
    for found, expected in zip(made.best(sentences, kind), full, strict=True):
        assert (found is None) == (expected is None)
        if found is not None and expected is not None:
            assert math.isclose(found.score, expected.score, rel_tol=1e-4, abs_tol=1e-4)
