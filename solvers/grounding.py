"""Flat clauses over domains of given sizes as propositional clauses, and propositional models as first-order ones.

Elements of a domain may be renamed: the values of constants, and then of one function, are restricted so that fewer
of the renamed models are left. Source: K. Claessen, N. Sörensson, "New techniques that improve MACE-style finite
model finding", 2003.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from math import prod
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from abduce.solvers.base import Element, Interpretation, Model, ModelValue
from abduce.solvers.clausal import ClausalForm
from abduce.solvers.flattening import Literal
from abduce.solvers.sort_inference import FlatClause
from abduce.solvers.terms import BOOL, Sort, Symbol

Ints: TypeAlias = NDArray[np.int32]
Truths: TypeAlias = NDArray[np.bool_]
Rows: TypeAlias = list[list[int]]
"""Propositional clauses: atoms by number from 1, negative where negated."""


class Grounding:
    """The propositional clauses of a clausal form in domains of given sizes.

    Args:
        form: The clauses.
        sizes: Size of each sort of the formulas; an inferred sort that can be enlarged gets no more than its bound.

    Attributes:
        atom_count: How many atoms there are.
    """

    def __init__(self, form: ClausalForm, sizes: Mapping[Sort, int]) -> None:
        self.form, self._given = form, sizes
        self.sizes = effective_sizes(form, sizes)
        self._shapes = {s: tuple(self.sizes[part] for part in parts) for s, parts in form.signature.items()}
        self._first: dict[Symbol, int] = {}
        self.atom_count = 0
        for symbol, shape in self._shapes.items():
            self._first[symbol] = self.atom_count + 1
            self.atom_count += prod(shape)
        self._order = _Order(self)

    def clause_count(self) -> int:
        """Return about how many clauses there are, counting long ones more."""
        total = 0
        for clause in self.form.clauses:
            total += prod(self.sizes[sort] for sort in clause.sorts) * (2 + len(clause.literals)) // 4
        for symbol, shape in self._shapes.items():
            if symbol.result != BOOL:
                several = shape[-1] * (shape[-1] - 1) // 2 if symbol in self.form.functional else 0
                total += prod(shape[:-1]) * (1 + several)
        return total

    def atom(self, symbol: Symbol, *places: int) -> int:
        """Return the number of an atom."""
        number = 0
        for place, size in zip(places, self._shapes[symbol], strict=True):
            number = number * size + place
        return self._first[symbol] + number

    def dimacs(self) -> Iterator[str]:
        """Yield the clauses as lines of DIMACS, without the header."""
        yield _lines(self._order.rows)
        known = np.zeros(self.atom_count + 1, dtype=np.int8)
        for row in self._order.rows:
            if len(row) == 1:
                known[abs(row[0])] = 1 if row[0] > 0 else -1
        for clause in self.form.clauses:
            yield from self._instances(clause, known)
        for symbol, shape in self._shapes.items():
            if symbol.result != BOOL:
                yield from self._function(symbol, shape)

    def _instances(self, clause: FlatClause, known: NDArray[np.int8]) -> Iterator[str]:
        shape = tuple(self.sizes[sort] for sort in clause.sorts)
        # The literals stay small arrays over their own variables until they are put together.
        axes = np.ogrid[tuple(slice(size) for size in shape)]
        columns = [self._literal(literal, axes) for literal in clause.literals if literal.symbol is not None]
        wanted: Truths = np.ones(shape, dtype=np.bool_)
        for literal in clause.literals:
            if literal.symbol is None:
                left, right = (axes[variable] for variable in literal.arguments)
                wanted &= (left != right) if literal.positive else (left == right)
        for column in columns:
            wanted &= known[np.abs(column)] * np.sign(column) <= 0
        chosen = np.nonzero(wanted.reshape(-1))[0]
        for start in range(0, len(chosen), 100_000):
            rows = chosen[start : start + 100_000]
            table = [np.broadcast_to(column, shape).reshape(-1)[rows] for column in columns]
            yield _table_lines(np.stack(table, axis=1)) if table else "0\n" * len(rows)

    def _literal(self, literal: Literal, axes: Sequence[Ints]) -> Ints:
        assert literal.symbol is not None
        number: Ints = np.zeros((1,) * len(axes), dtype=np.int32)
        for variable, size in zip(literal.arguments, self._shapes[literal.symbol], strict=True):
            number = (number * size + axes[variable]).astype(np.int32)
        number = number + self._first[literal.symbol]
        return number if literal.positive else -number

    def _function(self, symbol: Symbol, shape: tuple[int, ...]) -> Iterator[str]:
        """A function has a value at all arguments, and not two where that matters."""
        first, size = self._first[symbol], shape[-1]
        starts = np.arange(first, first + prod(shape), size, dtype=np.int32)
        table: Ints = (starts[:, None] + np.arange(size)).astype(np.int32)
        yield _table_lines(table)
        if symbol in self.form.functional:
            for one, other in combinations(range(size), 2):
                yield _table_lines(-table[:, [one, other]])

    # models -------------------------------------------------------------------------------------------------

    def model(self, truths: Truths) -> Model:
        """Return the first-order model of a propositional one.

        Args:
            truths: For each atom, from number 0 that stands for none, whether it is true.
        """
        domains = {sort: tuple(Element(sort, i) for i in range(size)) for sort, size in self._given.items()}
        interpretations = {s: self._interpretation(s, truths, domains) for s in self.form.original}
        return Model(domains, interpretations)

    def _interpretation(
        self, symbol: Symbol, truths: Truths, domains: Mapping[Sort, tuple[Element, ...]]
    ) -> Interpretation:
        if symbol not in self._shapes:
            value = self.form.constant.get(symbol, False) if symbol.result == BOOL else domains[symbol.result][0]
            return Interpretation({}, otherwise=value) if symbol.arguments else Interpretation({(): value})
        shape = self._shapes[symbol]
        first = self._first[symbol]
        table = truths[first : first + prod(shape)].reshape(shape)
        values: NDArray[np.int_] = table.astype(np.int_) if symbol.result == BOOL else table.argmax(axis=-1)
        for axis, sort in enumerate(symbol.arguments):
            # Elements beyond an inferred sort are doubles of its first.
            places = [i if i < shape[axis] else 0 for i in range(len(domains[sort]))]
            values = np.take(values, places, axis=axis)
        return _tabulated(symbol, values, domains)


def _tabulated(symbol: Symbol, values: NDArray[np.int_], domains: Mapping[Sort, tuple[Element, ...]]) -> Interpretation:
    def named(value: int) -> ModelValue:
        return bool(value) if symbol.result == BOOL else domains[symbol.result][value]

    if not symbol.arguments:
        return Interpretation({(): named(int(values))})
    usual = int(np.bincount(values.reshape(-1)).argmax())
    unusual = np.argwhere(values != usual).tolist()
    entries: dict[tuple[ModelValue, ...], ModelValue] = {}
    for places in unusual:
        elements = (domains[sort][place] for sort, place in zip(symbol.arguments, places, strict=True))
        entries[tuple(elements)] = named(int(values[tuple(places)]))
    return Interpretation(entries, otherwise=named(usual))


def effective_sizes(form: ClausalForm, sizes: Mapping[Sort, int]) -> tuple[int, ...]:
    """Return the size of each inferred sort."""
    return tuple(
        min(sizes[part.origin], part.bound) if part.extendable and part.bound else sizes[part.origin]
        for part in form.sorts
    )


def _table_lines(table: Ints) -> str:
    """Return the rows of a table as clauses; a clause ends at its 0, not at the end of a line."""
    ended = np.pad(table, ((0, 0), (0, 1)))
    return " ".join(map(str, ended.reshape(-1).tolist())) + "\n"


def _lines(rows: Rows) -> str:
    return "".join([" ".join(map(str, row)) + " 0\n" for row in rows])


class _Order:
    """Clauses that hold in one of the renamed models of each model."""

    def __init__(self, grounding: Grounding) -> None:
        self._grounding = grounding
        self.rows: Rows = []
        form = grounding.form
        occurrences = Counter(literal.symbol for clause in form.clauses for literal in clause.literals)
        symbols = sorted(
            (symbol for symbol in form.signature if symbol.result != BOOL),
            key=lambda symbol: (len(symbol.arguments), -occurrences[symbol], symbol.name),
        )
        for sort, size in enumerate(grounding.sizes):
            if size > 1:
                inside = [s for s in symbols if all(place == sort for place in form.signature[s])]
                self._sort(sort, size, inside)

    def _sort(self, sort: int, size: int, symbols: Sequence[Symbol]) -> None:
        constants = [symbol for symbol in symbols if not symbol.arguments]
        functions = [symbol for symbol in symbols if symbol.arguments]
        form = self._grounding.form
        free = form.sorts[sort].extendable and not form.functional.intersection(constants)
        if free and size == len(constants) == form.sorts[sort].bound:
            # Nothing says that two of the constants are equal: doubles of elements make them all different.
            for place, constant in enumerate(constants):
                self._restrict(constant, (), {place}, size)
            return
        for place, constant in enumerate(constants):
            self._restrict(constant, (), set(range(min(place + 1, size))), size)
            self._in_turn(constant, constants[:place], size)
        if functions:
            self._function(functions[0], min(len(constants), size), size)

    def _in_turn(self, constant: Symbol, before: Sequence[Symbol], size: int) -> None:
        """An element is used only where the one before it is the value of an earlier constant."""
        atom = self._grounding.atom
        for value in range(1, min(len(before) + 1, size)):
            self.rows.append([-atom(constant, value), *(atom(other, value - 1) for other in before)])

    def _function(self, symbol: Symbol, used: int, size: int) -> None:
        """Restrict the values of a function, from arguments that are told apart already to those that are not.

        Elements from `used` on are alike. An argument among them tells apart those up to it; then the value is one
        of those told apart, or the next.
        """
        count = len(symbol.arguments)
        for highest in range(size):
            for places in product(range(highest + 1), repeat=count):
                if highest in places:
                    used = max(used, highest + 1)
                    if used >= size:
                        return
                    self._restrict(symbol, places, set(range(used + 1)), size)
                    used += 1

    def _restrict(self, symbol: Symbol, places: tuple[int, ...], values: set[int], size: int) -> None:
        if len(values) < size:
            atom = self._grounding.atom
            self.rows.extend([-atom(symbol, *places, value)] for value in range(size) if value not in values)
