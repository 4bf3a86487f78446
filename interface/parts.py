"""What a machine's parts do each by itself, measured against the truth: for reports alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abduce.datasets import Task
from abduce.parser.signatures import Form
from abduce.parser.trees import Tree, tree_from_heads
from abduce.perception.images import normalised
from abduce.perception.matching import ConfusionMatrix, best_match, confusions, symbol_accuracy
from abduce.reasoning.learning.answering import well_typed
from abduce.reasoning.learning.loop import Grounding
from abduce.reasoning.learning.machine import Machine
from abduce.values import UNDEFINED, Example, ImageInput, Value, same_value


@dataclass(frozen=True, slots=True)
class Matched:
    """The symbols that a machine learned against those that images stand for.

    Attributes:
        accuracy: Share of the test's images read as what they are, each by itself.
        matrix: How the test's images are read.
        known: The symbol that each learned one stands for; the match is fixed on training images.
        read: What each image of the test's pool is read as, in symbols that are known; None where in none.
    """

    accuracy: float
    matrix: ConfusionMatrix
    known: Mapping[str, str]
    read: tuple[str | None, ...]


def matched(machine: Machine, task: Task) -> Matched | None:
    """Match the symbols learned one-to-one to those known, so that most training images agree; None without images."""
    seen, gold = machine.seen, task.gold
    if seen is None or gold is None or not (any(gold.train) and any(gold.test)):
        return None
    learned = seen.vocabulary.symbols
    known = tuple(sorted({symbol for symbol in (*gold.train, *gold.test) if symbol}))

    def read(examples: Sequence[Example]) -> NDArray[np.int64]:
        places: NDArray[np.int64] = seen.log_probs(normalised(examples[0].inputs.images, ground=seen.ground)).argmax(1)
        return places

    def counted(places: NDArray[np.int64], truth: Sequence[str]) -> NDArray[np.int64]:
        said = [(place, known.index(symbol)) for place, symbol in zip(places.tolist(), truth, strict=True) if symbol]
        rows, columns = np.array(said, dtype=np.int64).T
        return confusions(rows, columns, (len(learned), len(known)))

    match = best_match(counted(read(task.train), gold.train))
    tested = read(task.test)
    counts = counted(tested, gold.test)
    names = {symbol: known[place] for symbol, place in zip(learned, match, strict=True) if place is not None}
    order = sorted(range(len(learned)), key=lambda row: (match[row] is None, match[row] or 0))
    matrix = ConfusionMatrix(counts[order], tuple(learned[row] for row in order), known)
    said = tuple(names.get(learned[place]) for place in tested.tolist())
    return Matched(symbol_accuracy(counts, match), matrix, names, said)


@dataclass(frozen=True, slots=True)
class Budget:
    """Where errors come from: the share of sentences that come out wrong where one part is learned, the others true.

    Attributes:
        perception: Each image is read by itself; trees and meanings are true. None where inputs are no images.
        syntax: The parser's best tree over the true symbols, with true meanings.
        semantics: The true tree of the true symbols, with the meanings learned.
    """

    perception: float | None
    syntax: float
    semantics: float


def budget(machine: Machine, task: Task, matching: Matched | None, examples: Sequence[Example]) -> Budget | None:
    """Measure each part alone; None where the truth, or what was learned of it, is not known.

    Args:
        machine: What was trained.
        task: What it was trained on.
        matching: Which symbols learned stand for which known, for images.
        examples: Examples of the test.
    """
    truth, grounding = task.reference, machine.grounding
    if truth is None or grounding is None or (machine.seen is not None) != (matching is not None):
        return None
    sentences = [_symbols(task, example) for example in examples]
    learned = {known: symbol for symbol, known in matching.known.items()} if matching else {}
    written = [tuple(learned.get(symbol, "" if matching else symbol) for symbol in part) for part in sentences]
    perceived = None
    if matching:
        readings = [[matching.read[place] for place in example.inputs.indexes.tolist()] for example in examples]
        perceived = _wrong([_come_to(truth.tree(said), truth.apply) for said in readings], examples)
    parsed = [
        None if parse is None else tree_from_heads(symbols, parse.heads, parse.slots)
        for symbols, parse in zip(sentences, grounding.parses(written), strict=True)
    ]
    meant = _meanings(grounding, learned)
    return Budget(
        perceived,
        _wrong([_come_to(tree, truth.apply) for tree in parsed], examples),
        _wrong([_come_to(truth.tree(symbols), meant) for symbols in sentences], examples),
    )


def _symbols(task: Task, example: Example) -> tuple[str, ...]:
    """Return the true symbols of an input."""
    if isinstance(example.inputs, ImageInput):
        assert task.gold is not None
        return tuple(task.gold.test[place] for place in example.inputs.indexes.tolist())
    return tuple(example.inputs)


def _come_to(tree: Tree | None, apply: Callable[[str, Sequence[Value | None]], Value | None]) -> Value | None:
    """Return the value of a tree, its symbols meaning what `apply` says."""
    if tree is None:
        return None
    values: dict[int, Value | None] = {}
    for node in reversed(list(tree.nodes())):
        values[node.position] = apply(node.symbol, [values[child.position] for child in node.children])
    return values[tree.position]


def _meanings(
    grounding: Grounding, learned: Mapping[str, str]
) -> Callable[[str, Sequence[Value | None]], Value | None]:
    """Return how the meanings learned apply, to symbols by their true names."""

    def apply(symbol: str, arguments: Sequence[Value | None]) -> Value | None:
        taken = tuple(value for value in arguments if value is not None)
        for entry in grounding.entries:
            label = entry.label
            fits = label.symbol == learned.get(symbol, symbol) and label.form is Form.PLAIN
            if fits and label.signature.arity == len(arguments) == len(taken) and well_typed(entry, taken):
                value = entry.apply(taken)
                if value is not UNDEFINED:
                    return value
        return None

    return apply


def _wrong(values: Sequence[Value | None], examples: Sequence[Example]) -> float:
    right = sum(
        value is not None and same_value(value, example.target) for value, example in zip(values, examples, strict=True)
    )
    return 1.0 - right / len(examples)
