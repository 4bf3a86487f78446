"""Whether formulas hold in a finite model, computed with tables over all values of their free variables.

Independent of how the model was found, and of any solver. A block of quantifiers over many variables is taken apart:
each variable is eliminated from those tables only that it occurs in, so that they stay small where `evaluation` would
go through all values of all variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from abduce.solvers.base import Element, Model, ModelValue
from abduce.solvers.terms import BOOL, Apply, Kind, Op, Operate, Quantified, Sort, Symbol, Term, Variable, fold

MOST_CELLS = 20_000_000


class TooLargeError(ValueError):
    """A table that would not fit."""


@dataclass(frozen=True, slots=True)
class Table:
    """The values of a term.

    Attributes:
        variables: Its axes.
        values: Truth values, or the numbers of elements.
    """

    variables: tuple[Variable, ...]
    values: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Product:
    """The truth of a formula: all of some tables hold, or not all of them do."""

    positive: bool
    factors: tuple[Table, ...]


_Meaning: TypeAlias = Table | Product


def satisfies(model: Model, formulas: Sequence[Term]) -> bool:
    """Say whether closed formulas over uninterpreted sorts hold in a finite model that is given by tables.

    Raises:
        TooLargeError: A part has too many free variables for a table.
        ValueError: A formula has a free variable or an operation on numbers, or the model does not interpret a symbol.
    """
    evaluation = _Evaluation(model)
    return all(evaluation.holds(formula) for formula in formulas)


class _Evaluation:
    def __init__(self, model: Model) -> None:
        self._model = model
        self._tables: dict[Symbol, NDArray[Any]] = {}

    def holds(self, formula: Term) -> bool:
        found = self._table(fold(formula, self._combine))
        if found.variables:
            raise ValueError(f"the variable {found.variables[0].name} is free")
        return bool(found.values)

    def _combine(self, part: Term, below: tuple[_Meaning, ...]) -> _Meaning:
        if isinstance(part, Variable):
            return Table((part,), np.arange(self._size(part.sort)))
        if isinstance(part, Quantified):
            return self._quantified(part, _product(below[0]))
        if isinstance(part, Apply):
            return self._applied(part.symbol, [self._table(value) for value in below])
        if isinstance(part, Operate):
            return self._operation(part, below)
        raise ValueError("a number in a finite model")

    def _operation(self, part: Operate, below: tuple[_Meaning, ...]) -> _Meaning:
        if part.op in (Op.TRUE, Op.FALSE):
            return Product(part.op is Op.TRUE, ())
        if part.op in (Op.NOT, Op.AND, Op.OR, Op.IMPLIES):
            formulas = [_product(value) for value in below]
            if part.op is Op.NOT:
                return _negated(formulas[0])
            if part.op is Op.AND:
                return self._all(formulas)
            *premises, last = formulas
            sides = map(_negated, premises) if part.op is Op.OR else premises
            return _negated(self._all([*sides, _negated(last)]))
        variables, values = self._aligned([self._table(value) for value in below])
        return Table(variables, _computed(part.op, values))

    def _all(self, formulas: Iterable[Product]) -> Product:
        factors: list[Table] = []
        for formula in formulas:
            factors.extend(formula.factors if formula.positive else (self._table(formula),))
        return Product(True, tuple(factors))

    def _quantified(self, part: Quantified, body: Product) -> Product:
        """Eliminate variables: from a conjunction step by step where they exist, else from each table alone."""
        if (part.kind is Kind.EXISTS) == body.positive:
            factors = list(body.factors)
            pending = set(part.variables)
            while pending:
                sizes = {v: self._cells(self._joined(factors, v)) for v in pending}
                variable = min(sizes, key=lambda v: (sizes[v], v.name))
                pending.remove(variable)
                factors = self._without(factors, variable)
            return Product(body.positive, tuple(factors))
        bound = set(part.variables)
        kept = []
        for table in body.factors:
            axes = tuple(axis for axis, variable in enumerate(table.variables) if variable in bound)
            left = tuple(variable for variable in table.variables if variable not in bound)
            kept.append(Table(left, np.asarray(table.values.all(axis=axes))))
        return Product(body.positive, tuple(kept))

    @staticmethod
    def _joined(factors: Sequence[Table], variable: Variable) -> set[Variable]:
        return {v for table in factors if variable in table.variables for v in table.variables}

    def _without(self, factors: Sequence[Table], variable: Variable) -> list[Table]:
        inside = [table for table in factors if variable in table.variables]
        outside = [table for table in factors if variable not in table.variables]
        if inside:
            whole = self._conjunction(inside)
            axis = whole.variables.index(variable)
            left = tuple(v for v in whole.variables if v != variable)
            outside.append(Table(left, np.asarray(whole.values.any(axis=axis))))
        return outside

    # tables -------------------------------------------------------------------------------------------------

    def _table(self, value: _Meaning) -> Table:
        if isinstance(value, Table):
            return value
        whole = self._conjunction(value.factors)
        return whole if value.positive else Table(whole.variables, ~whole.values)

    def _conjunction(self, factors: Sequence[Table]) -> Table:
        if len(factors) == 1:
            return factors[0]
        variables, values = self._aligned(factors)
        whole: NDArray[Any] = np.ones((1,) * len(variables), dtype=np.bool_)
        for factor in values:
            whole = whole & factor
        return Table(variables, whole)

    def _aligned(self, tables: Sequence[Table]) -> tuple[tuple[Variable, ...], list[NDArray[Any]]]:
        """Give tables the same axes, of length 1 where a table does not depend on a variable."""
        variables = tuple(dict.fromkeys(variable for table in tables for variable in table.variables))
        cells = self._cells(variables)
        if cells > MOST_CELLS:
            raise TooLargeError(f"a table of {cells} values")
        places = {variable: place for place, variable in enumerate(variables)}
        found = []
        for table in tables:
            order = sorted(range(len(table.variables)), key=lambda axis: places[table.variables[axis]])
            shape = [1] * len(variables)
            for variable, size in zip(table.variables, table.values.shape, strict=True):
                shape[places[variable]] = size
            found.append(table.values.transpose(order).reshape(shape))
        return variables, found

    def _cells(self, variables: Iterable[Variable]) -> int:
        return prod(self._size(variable.sort) for variable in variables)

    def _size(self, sort: Sort) -> int:
        return len(self._model.domains.get(sort, (None,)))

    def _applied(self, symbol: Symbol, arguments: Sequence[Table]) -> Table:
        if symbol not in self._tables:
            self._tables[symbol] = self._tabulated(symbol)
        variables, places = self._aligned(arguments)
        return Table(variables, self._tables[symbol][tuple(places)] if places else self._tables[symbol])

    def _tabulated(self, symbol: Symbol) -> NDArray[Any]:
        interpretation = self._model.interpretations.get(symbol)
        shape = tuple(self._size(sort) for sort in symbol.arguments)
        if interpretation is None or interpretation.definition is not None:
            raise ValueError(f"the model gives no table for {symbol.name}")
        kind = np.bool_ if symbol.result == BOOL else np.int32
        whole = len(interpretation.entries) == prod(shape)
        if interpretation.otherwise is None and not whole:
            raise ValueError(f"the model does not give all values of {symbol.name}")
        table: NDArray[Any] = np.full(shape, _number(interpretation.otherwise or False), dtype=kind)
        for arguments, value in interpretation.entries.items():
            table[tuple(map(_number, arguments))] = _number(value)
        return table


def _number(value: ModelValue) -> int:
    if isinstance(value, Element):
        return value.index
    if isinstance(value, bool):
        return value
    raise ValueError(f"{value} in a finite model")


def _product(value: _Meaning) -> Product:
    return value if isinstance(value, Product) else Product(True, (value,))


def _negated(formula: Product) -> Product:
    return Product(not formula.positive, formula.factors)


def _computed(op: Op, values: Sequence[NDArray[Any]]) -> NDArray[Any]:
    if op is Op.ITE:
        condition, then, otherwise = values
        return np.where(condition, then, otherwise)
    if op is Op.XOR:
        odd = values[0]
        for value in values[1:]:
            odd = odd ^ value
        return odd
    if op in (Op.EQUAL, Op.IFF, Op.DISTINCT):
        found: NDArray[Any] = np.ones((1,) * values[0].ndim, dtype=np.bool_)
        for left, right in combinations(values, 2) if op is Op.DISTINCT else pairwise(values):
            found = found & ((left != right) if op is Op.DISTINCT else (left == right))
        return found
    raise ValueError(f"the operation {op.value} in a finite model")
