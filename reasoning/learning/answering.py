"""Deduction on parsed sentences: from a parse to the tree of values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from abduce.parser.model import Parse
from abduce.parser.trees import Tree
from abduce.reasoning.learning.execution import Closure
from abduce.reasoning.learning.lexicon import Entry
from abduce.values import UNDEFINED, FunctionType, MarkType, Value


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a machine makes of one input.

    Attributes:
        value: The answer, `UNDEFINED` where there is none.
        confidence: Calibrated probability that the answer is right.
        tree: The tree that gives it, None where there is none.
        unknown_tokens: Tokens that the machine has no meaning for.
        alternatives: Further answers with their confidences, most confident first.
    """

    value: Value
    confidence: float
    tree: Tree | None
    unknown_tokens: tuple[str, ...] = ()
    alternatives: tuple[tuple[Value, float], ...] = ()


def values_of(parse: Parse, entries: Sequence[Entry], *, typed: bool = True) -> list[Value]:
    """Return the value of each position's constituent, from the leaves up.

    Args:
        parse: The parse; its labels count `entries`.
        entries: The parser's labels with the means to compute their values.
        typed: Whether the parse is known to be well typed; if not, what is not has no value.
    """
    labels = parse.labels
    arguments: list[list[tuple[int, int]]] = [[] for _ in labels]
    root = 0
    for position, (head, slot) in enumerate(zip(parse.heads, parse.slots, strict=True)):
        if head < 0:
            root = position
        else:
            arguments[head].append((slot, position))
    order = [root]
    for position in order:
        order.extend([child for _, child in arguments[position]])
    values: list[Value] = [UNDEFINED] * len(labels)
    for position in reversed(order):
        entry, below = entries[labels[position]], arguments[position]
        if len(below) > 1:
            below.sort()
        taken = tuple([values[child] for _, child in below])
        if UNDEFINED not in taken and (typed or well_typed(entry, taken)):
            values[position] = entry.apply(taken)
    return values


def well_typed(entry: Entry, values: Sequence[Value]) -> bool:
    """Return whether values are of the kinds that a label's arguments must be."""
    signature = entry.label.signature
    return all(_is_of(kind, value) for kind, value in zip((*signature.left, *signature.right), values, strict=True))


def _is_of(kind: object, value: Value) -> bool:
    if isinstance(kind, MarkType):
        return bool(value == kind.symbol)
    if isinstance(kind, FunctionType):
        return isinstance(value, Closure) and value.kind == kind
    wanted = {"tokens": tuple, "int": int, "bool": bool}[str(kind)]
    return isinstance(value, wanted) and (wanted is not int or not isinstance(value, bool))


def answer_of(parse: Parse, entries: Sequence[Entry], *, typed: bool = True) -> Value:
    """Return the value at the root of a parse."""
    return values_of(parse, entries, typed=typed)[parse.heads.index(-1)]
