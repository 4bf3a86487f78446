"""Expressions over numbers in order of description length, one for each column of values.

Bottom-up enumeration with observational equivalence, whole layers at a time.

Source:
    Albarghouthi, Gulwani & Kincaid, Recursive program synthesis, CAV 2013; Udupa et al., TRANSIT, PLDI 2013.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from abduce.reasoning.learning.columns import COMPUTE, NOTHING, Column, call, evaluate
from abduce.reasoning.learning.primitives import CLOSED_FORMS, SETS, Primitive
from abduce.reasoning.learning.programs import Call, Definition, Term, Use, Var, subterms
from abduce.values import Basic

CELLS = 1 << 21
"""How many values are computed at a time."""
SCALARS = (Basic.INT, Basic.BOOL)
KNOWN = {(p.name, p.compute) for p in (*SETS["arithmetic"], *SETS["peano"], *CLOSED_FORMS.primitives)}


@dataclass(frozen=True, slots=True)
class Leaf:
    """An expression to begin with: its term, type, values and bits."""

    term: Term
    kind: Basic
    values: Column
    bits: int


@dataclass(frozen=True, slots=True)
class Operation:
    """A way to make an expression from others.

    Attributes:
        arguments: Types of the expressions it takes.
        result: Type of the one it makes.
        bits: Its own description length.
        commutative: Whether the order of two arguments does not matter.
        compute: From their columns to the column of the one it makes.
        build: From their terms to its term.
    """

    arguments: tuple[Basic, ...]
    result: Basic
    bits: int
    commutative: bool
    compute: Callable[..., Column]
    build: Callable[[tuple[Term, ...]], Term]


def is_known(primitive: Primitive) -> bool:
    """Whether a primitive is one of ours that columns can compute."""
    return (primitive.name, primitive.compute) in KNOWN and primitive.name in (*COMPUTE, "if")


def of_primitive(primitive: Primitive) -> Operation | None:
    """Return a primitive as an operation, where it is one of ours on numbers and truth values."""
    name, result = primitive.name, primitive.result
    kinds = tuple(kind for kind in primitive.arguments if kind in SCALARS and isinstance(kind, Basic))
    if primitive.higher or not is_known(primitive):
        return None
    if len(kinds) < len(primitive.arguments) or not isinstance(result, Basic) or result not in SCALARS:
        return None
    return Operation(
        kinds,
        result,
        round(primitive.bits),
        primitive.commutative,
        lambda *columns: call(name, *columns),
        lambda terms: Call(name, terms),
    )


def of_definition(definition: Definition, bits: int) -> Operation:
    """Return a defined program over numbers as an operation."""
    whole: Term = Use(definition, tuple(map(Var, range(definition.arity))))
    if (
        definition.closed is not None
        and len(set(subterms(definition.closed)) & set(subterms(whole))) == definition.arity
    ):
        whole = definition.closed  # it has no value where an argument has none
    return Operation(
        (Basic.INT,) * definition.arity,
        Basic.INT,
        bits,
        False,
        lambda *columns: evaluate(whole, columns),
        lambda terms: Use(definition, terms),
    )


Origin: TypeAlias = tuple[Operation | Term, tuple[int, ...]]
"""How an expression was made: an operation and the numbers of what it took, or a leaf's term."""


class Pool:
    """Expressions over the same points, the shorter ones first, those with equal columns once.

    Args:
        leaves: What to begin with.
        operations: How to go on.
        most_bits: Description length of the longest.
        most: Once there are so many of one type, no more are made.
    """

    def __init__(
        self, leaves: Sequence[Leaf], operations: Sequence[Operation], *, most_bits: int, most: int = 3000
    ) -> None:
        points = int(leaves[0].values.shape[-1])
        self._weights = np.random.default_rng(7).integers(1, 2**63, points, dtype=np.uint64) | np.uint64(1)
        self._shelves = {kind: _Shelf(points) for kind in SCALARS}
        for bits in range(most_bits + 1):
            for leaf in leaves:
                if leaf.bits == bits:
                    self._add(leaf.kind, leaf.values[None, :], [(leaf.term, ())])
            for operation in operations:
                if len(self._shelves[operation.result].origins) < most:
                    self._apply(operation, bits)
            for shelf in self._shelves.values():
                shelf.close_layer(bits)

    def values(self, kind: Basic) -> Column:
        """Return the columns of all expressions of a type, `(expression, point)`, in their order."""
        return self._shelves[kind].values

    def bits(self, kind: Basic) -> list[int]:
        """Return the description lengths of all expressions of a type, in their order."""
        return self._shelves[kind].bits

    def term(self, kind: Basic, index: int) -> Term:
        """Return an expression as a term."""
        origin, parts = self._shelves[kind].origins[index]
        if not isinstance(origin, Operation):
            return origin
        return origin.build(tuple(self.term(k, part) for k, part in zip(origin.arguments, parts, strict=True)))

    def _apply(self, operation: Operation, bits: int) -> None:
        """Add all that an operation makes with exactly that description length."""
        for split in splits(bits - operation.bits, len(operation.arguments)):
            if operation.commutative and len(split) == 2 and split[0] > split[1]:
                continue
            layers = [self._shelves[k].layers.get(b) for k, b in zip(operation.arguments, split, strict=True)]
            if all(layer is not None for layer in layers):
                self._combine(operation, [layer for layer in layers if layer is not None])

    def _combine(self, operation: Operation, layers: list[tuple[int, Column]]) -> None:
        """Add all that an operation makes of expressions of some layers, as many at a time as memory allows."""
        sizes = [len(rows) for _, rows in layers]
        count = int(np.prod(sizes))
        chunk = max(1, CELLS // len(self._weights))
        for first in range(0, count, chunk):
            chosen = np.unravel_index(np.arange(first, min(count, first + chunk)), sizes)
            columns = [rows[index] for (_, rows), index in zip(layers, chosen, strict=True)]
            parts = np.stack([index + start for (start, _), index in zip(layers, chosen, strict=True)], axis=1)
            origins: list[Origin] = [(operation, tuple(row)) for row in parts.tolist()]
            self._add(operation.result, operation.compute(*columns), origins)

    def _add(self, kind: Basic, values: Column, origins: Sequence[Origin]) -> None:
        """Keep the rows that are new and have a value at half of the points at least."""
        shelf = self._shelves[kind]
        hashes = (values.astype(np.uint64) * self._weights).sum(axis=1)
        _, rows = np.unique(hashes, return_index=True)
        for row in np.sort(rows).tolist():
            key = int(hashes[row])
            if key not in shelf.seen:
                shelf.seen.add(key)
                if 2 * np.count_nonzero(values[row] == NOTHING) <= values.shape[1]:
                    shelf.pending.append(values[row])
                    shelf.origins.append(origins[row])


class _Shelf:
    """The expressions of one type.

    Attributes:
        layers: For each description length the number of the first expression that has it, and all their columns.
        pending: Columns of the layer that is being made.
    """

    def __init__(self, points: int) -> None:
        self.values = np.empty((0, points), dtype=np.int64)
        self.bits: list[int] = []
        self.origins: list[Origin] = []
        self.seen: set[int] = set()
        self.pending: list[Column] = []
        self.layers: dict[int, tuple[int, Column]] = {}

    def close_layer(self, bits: int) -> None:
        """Put what was made under its description length."""
        if self.pending:
            rows = np.stack(self.pending)
            self.layers[bits] = (len(self.values), rows)
            self.values = np.concatenate((self.values, rows))
            self.bits.extend([bits] * len(rows))
            self.pending = []


def splits(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Yield the ways to write a number as a sum of at least 2 for each part."""
    if parts == 1:
        yield (total,)
        return
    for first in range(2, total - 2 * (parts - 1) + 1):
        for rest in splits(total - first, parts - 1):
            yield (first, *rest)
