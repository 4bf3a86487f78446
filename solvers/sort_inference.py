"""Sorts split as far as the clauses allow: values that never meet may be renamed independently of each other.

Source:
    K. Claessen, N. Sörensson, "New techniques that improve MACE-style finite model finding", 2003. Which sorts can
    be enlarged: K. Claessen, A. Lillieström, N. Smallbone, "Sort it out with monotonicity", CADE 2011.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeVar

from abduce.solvers.flattening import Flattening, Literal, SplitPart
from abduce.solvers.terms import BOOL, Sort, Symbol

MOST_CLOSED_TERMS = 1_000


@dataclass(frozen=True, slots=True)
class FlatClause:
    """A disjunction of literals, for all values of its variables.

    Attributes:
        literals: The literals.
        sorts: For each variable its inferred sort, by number.
    """

    literals: tuple[Literal, ...]
    sorts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class InferredSort:
    """A part of a sort.

    Attributes:
        origin: The sort that it is a part of.
        bound: If there is a model, then there is one with no more elements; None where that is not known.
        extendable: Whether each model stays one if an element is doubled.
    """

    origin: Sort
    bound: int | None
    extendable: bool


_Place = TypeVar("_Place", bound=Hashable)


def closed_terms(functions: Iterable[tuple[tuple[_Place, ...], _Place]]) -> dict[_Place, int | None]:
    """Count the closed terms of each sort, at least one; None where they are infinitely or very many.

    Args:
        functions: For each function the sorts of its arguments and of its value.
    """
    into: dict[_Place, list[tuple[_Place, ...]]] = {}
    for arguments, result in functions:
        into.setdefault(result, []).append(arguments)
    counts: dict[_Place, int | None] = dict.fromkeys(into)
    changed = True
    while changed:
        changed = False
        for sort, signatures in into.items():
            inner = [[counts.get(argument, 1) for argument in arguments] for arguments in signatures]
            if counts[sort] is None and not any(None in sizes for sizes in inner):
                total = max(1, sum(prod(size for size in sizes if size is not None) for sizes in inner))
                changed = total <= MOST_CLOSED_TERMS
                counts[sort] = total if changed else None
                if changed:
                    break
    return counts


class SortInference:
    """Splits sorts into the classes of places between which values can move.

    A place is an argument or the value of a symbol, or a variable of a clause.
    """

    def __init__(self, clauses: Sequence[Flattening]) -> None:
        self._parent: dict[object, object] = {}
        self._origin: dict[object, Sort] = {}
        self._symbols: dict[Symbol, None] = {}
        for clause in clauses:
            for literal in clause.literals:
                self._meet(clause, literal)
        classes = dict.fromkeys(self._root(place) for place in self._origin)
        self._numbers = {root: number for number, root in enumerate(classes)}
        self._naked = {self._root((id(clause), v)) for clause in clauses for v in clause.naked}
        self._clauses = clauses  # keeps them alive, so that their ids stay theirs

    def _meet(self, clause: Flattening, literal: Literal) -> None:
        places: list[object] = [(id(clause), variable) for variable in literal.arguments]
        for place, variable in zip(places, literal.arguments, strict=True):
            self._origin.setdefault(place, clause.variables[variable])
        if literal.symbol is None:
            self._join(*places)
            return
        self._symbols[literal.symbol] = None
        for number, place in enumerate(places):
            own = (literal.symbol, number)
            self._origin.setdefault(own, self._origin[place])
            self._join(own, place)

    def _root(self, place: object) -> object:
        while (above := self._parent.get(place, place)) != place:
            self._parent[place] = self._parent.get(above, above)
            place = above
        return place

    def _join(self, left: object, right: object) -> None:
        a, b = self._root(left), self._root(right)
        if a != b:
            self._parent[a] = b

    def sort_of(self, place: object) -> int:
        return self._numbers[self._root(place)]

    def sorts(self) -> tuple[InferredSort, ...]:
        """Return the inferred sorts, by number."""
        functions = []
        for symbol in self._symbols:
            if symbol.result != BOOL:
                *arguments, value = (self.sort_of((symbol, place)) for place in range(len(symbol.arguments) + 1))
                functions.append((tuple(arguments), value))
        bounds = closed_terms(functions)
        return tuple(
            InferredSort(origin=self._origin[root], bound=bounds.get(number, 1), extendable=root not in self._naked)
            for root, number in self._numbers.items()
        )

    def signature(self) -> dict[Symbol, tuple[int, ...]]:
        """Return the inferred sorts of the arguments of each symbol, then of its value."""
        found = {}
        for symbol in self._symbols:
            count = len(symbol.arguments) + (symbol.result != BOOL)
            found[symbol] = tuple(self.sort_of((symbol, number)) for number in range(count))
        return found

    def clause(self, part: SplitPart) -> FlatClause:
        """Return a part of a split clause with its variables numbered anew, and note its new predicates."""
        literals, variables, whole = part
        numbers = {variable: number for number, variable in enumerate(variables)}
        made = []
        for literal in literals:
            renumbered = tuple(numbers[variable] for variable in literal.arguments)
            made.append(Literal(literal.positive, literal.symbol, renumbered))
            if literal.symbol is not None and literal.symbol not in self._symbols:
                self._symbols[literal.symbol] = None
                for number, variable in enumerate(literal.arguments):
                    place, own = (id(whole), variable), (literal.symbol, number)
                    self._origin[own] = self._origin[place]
                    self._join(own, place)
        return FlatClause(tuple(made), tuple(self.sort_of((id(whole), variable)) for variable in variables))
