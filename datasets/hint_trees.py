"""Random arithmetic expressions: many prefix trees at once, their values, and how one is written in infix.

A tree is a row of codes in prefix order: the operands' places in the notation first, then the operations'.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from abduce.datasets.hint_notation import CLOSE, OPEN, Ints, Notation
from abduce.values import Tokens

Codes: TypeAlias = NDArray[np.int8]

LARGEST = 10**6
"""Values are cut off here, far above all that is asked for, so that products stay within 64 bits."""
TIGHTEST = 99


@dataclass(frozen=True, slots=True)
class Trees:
    """Expressions of one size, with what they come to.

    Attributes:
        codes: Prefix codes `(count, 2 * operators + 1)`.
        values: Value of each `(count,)`.
        peaks: Largest value that occurs in each `(count,)`.
        defined: Which of them never divide by 0 `(count,)`.
    """

    codes: Codes
    values: Ints
    peaks: Ints
    defined: NDArray[np.bool_]


def random_trees(notation: Notation, operators: int, count: int, generator: np.random.Generator) -> Trees:
    """Draw trees: operators and operands uniform, the remaining operators split uniformly between the two sides."""
    rows, width = np.arange(count), 2 * operators + 1
    leaves = generator.integers(len(notation.operands), size=(count, width), dtype=np.int8)
    inner = generator.integers(len(notation.operations), size=(count, width), dtype=np.int8)
    inner += np.int8(len(notation.operands))
    splits = generator.random((count, width))
    codes = np.empty((count, width), dtype=np.int8)
    pending = np.zeros((count, operators + 3), dtype=np.int64)  # a stack of operators that subtrees are still to hold
    pending[:, 0] = operators
    top = np.zeros(count, dtype=np.int64)
    for step in range(width):
        held = pending[rows, top]
        leaf = held == 0
        codes[:, step] = np.where(leaf, leaves[:, step], inner[:, step])
        left = (splits[:, step] * held).astype(np.int64)
        pending[rows, top] = held - 1 - left
        top += np.where(leaf, -1, 1)
        pending[rows, top] = np.where(leaf, pending[rows, top], left)
    return evaluated(notation, codes)


def all_trees(notation: Notation, operators: int) -> Trees:
    """Return every tree with so many operators."""
    operands, operations = len(notation.operands), len(notation.operations)
    blocks = []
    for shape in _shapes(operators):
        choices = [range(operations) if inner else range(operands) for inner in shape]
        block = np.array(list(product(*choices)), dtype=np.int8)
        blocks.append(block + np.array(shape, dtype=np.int8) * np.int8(operands))
    return evaluated(notation, np.concatenate(blocks))


def _shapes(operators: int) -> Iterator[tuple[bool, ...]]:
    """Yield the shapes of trees in prefix order: whether each node is an operator."""
    if operators == 0:
        yield (False,)
    for left in range(operators):
        for first, second in product(list(_shapes(left)), list(_shapes(operators - 1 - left))):
            yield (True, *first, *second)


def evaluated(notation: Notation, codes: Codes) -> Trees:
    """Work out the values of trees, from the last code to the first."""
    count, width = codes.shape
    rows = np.arange(count)
    numbers = np.array([value for _, value in notation.operands] + [0] * len(notation.operations), dtype=np.int64)
    stack = np.zeros((count, width // 2 + 3), dtype=np.int64)
    top = np.full(count, -1)
    peaks = np.zeros(count, dtype=np.int64)
    defined = np.ones(count, dtype=np.bool_)
    for step in reversed(range(width)):
        code = codes[:, step].astype(np.int64)
        value = numbers[code]
        left, right = stack[rows, top], stack[rows, top - 1]
        for place, operation in enumerate(notation.operations, start=len(notation.operands)):
            here = np.flatnonzero(code == place)
            value[here] = np.minimum(operation.apply(left[here], right[here]), LARGEST)
            if operation.divides:
                defined[here] &= right[here] > 0
        top += np.where(code < len(notation.operands), 1, -1)
        stack[rows, top] = value
        np.maximum(peaks, value, out=peaks)
    return Trees(codes, stack[:, 0], peaks, defined)


def infix(notation: Notation, codes: Codes) -> Tokens:
    """Write one tree `(width,)`, with brackets only where precedence and associativity ask for them."""
    operands = len(notation.operands)
    stack: list[tuple[Tokens, int]] = []
    for code in reversed(codes.tolist()):
        if code < operands:
            stack.append(((notation.operands[code][0],), TIGHTEST))
            continue
        operation = notation.operations[code - operands]
        (left, left_binding), (right, right_binding) = stack.pop(), stack.pop()
        if left_binding < operation.binding:
            left = (OPEN, *left, CLOSE)
        if right_binding <= operation.binding:
            right = (OPEN, *right, CLOSE)
        stack.append(((*left, operation.symbol, *right), operation.binding))
    return stack[0][0]
