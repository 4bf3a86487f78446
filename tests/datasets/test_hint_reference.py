"""The truth about expressions that reports use agrees with what the examples were made from."""

from __future__ import annotations

import pytest

from abduce.datasets import load_task
from abduce.datasets.hint_concepts import concept_training
from abduce.datasets.hint_notation import CONCEPTS, HINT, with_concept
from abduce.datasets.hint_reference import Reference
from abduce.parser.trees import Tree
from abduce.values import Value


def value(reference: Reference, tree: Tree | None) -> Value | None:
    if tree is None:
        return None
    return reference.apply(tree.symbol, [value(reference, child) for child in tree.children])


def test_the_test_expressions_come_to_their_values() -> None:
    task = load_task("hint", limit=10)
    assert isinstance(task.reference, Reference)
    for example in task.test[::97]:
        assert value(task.reference, task.reference.tree(example.inputs)) == example.target


@pytest.mark.parametrize("concept", CONCEPTS)
def test_so_do_those_of_new_symbols(concept: str) -> None:
    reference = Reference(with_concept(concept))
    for symbols, expected in concept_training(concept, 40, 0):
        assert value(reference, reference.tree(symbols)) == expected


@pytest.mark.parametrize("text", ["", "+", "1+", "12", "(1", "1)", ")1(", "()", "1(2)", "(1)2", "1+*2"])
def test_what_is_not_well_formed_has_no_tree(text: str) -> None:
    assert Reference(HINT).tree(text) is None


def test_a_symbol_of_no_kind_has_no_tree() -> None:
    assert Reference(HINT).tree(["1", None, "2"]) is None and Reference(HINT).tree(["1", "?", "2"]) is None


def test_brackets_in_a_tree_hand_their_argument_on() -> None:
    assert Reference(HINT).apply("(", [3, None]) == 3
    assert Reference(HINT).apply("/", [3, 0]) is None and Reference(HINT).apply("+", [3]) is None
    assert Reference(HINT).apply("*", [10**30, 10**30]) == 10**60
