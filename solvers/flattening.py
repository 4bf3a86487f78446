"""Clauses without nested terms, split so that each part has few variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import TypeAlias

from abduce.solvers.clauses import Clause, is_equation
from abduce.solvers.normal_forms import FreshNames
from abduce.solvers.terms import BOOL, Apply, Sort, Symbol, Term, Variable, children, negation


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal over the numbered variables of its clause.

    Attributes:
        positive: Whether it is not negated.
        symbol: A predicate, a function whose last argument is then its value, or None for an equation.
        arguments: The variables.
    """

    positive: bool
    symbol: Symbol | None
    arguments: tuple[int, ...]


@dataclass(slots=True)
class Flattening:
    """A clause being flattened.

    Attributes:
        literals: The flat literals.
        variables: The sort of each variable, as the formulas have it.
        naked: Variables of the clause itself that a positive equation is about: they keep a sort from being enlarged.
    """

    literals: dict[Literal, None] = field(default_factory=dict)
    variables: list[Sort] = field(default_factory=list)
    naked: set[int] = field(default_factory=set)
    numbers: dict[Term, int] = field(default_factory=dict)

    def new(self, sort: Sort) -> int:
        self.variables.append(sort)
        return len(self.variables) - 1

    def number(self, term: Term) -> int:
        """Return the variable that stands for a term; for a function its meaning is added as a literal."""
        pending = [term]
        while pending:
            part = pending[-1]
            missing = [child for child in children(part) if child not in self.numbers]
            if part in self.numbers:
                pending.pop()
            elif missing:
                pending.extend(missing)
            else:
                pending.pop()
                self.numbers[part] = self.new(part.sort)
                if isinstance(part, Apply):
                    self.literals[self.applied(part, self.numbers[part], positive=False)] = None
        return self.numbers[term]

    def applied(self, term: Apply, value: int, *, positive: bool) -> Literal:
        return Literal(positive, term.symbol, (*map(self.number, term.arguments), value))


SplitPart: TypeAlias = tuple[list[Literal], list[int], Flattening]
"""Literals of a part of a clause, its variables, and the whole that they belong to."""


def flattened(clause: Clause) -> Flattening:
    flat = Flattening()
    for literal in clause:
        positive = isinstance(literal, Apply) or is_equation(literal)
        atom = literal if positive else negation(literal)
        if isinstance(atom, Apply):
            made = Literal(positive, atom.symbol, tuple(map(flat.number, atom.arguments)))
        else:
            left, right = _oriented(*children(atom))
            if positive:
                flat.naked.update(flat.number(side) for side in (left, right) if isinstance(side, Variable))
            value = flat.number(right)
            if isinstance(left, Apply):
                made = flat.applied(left, value, positive=positive)
            else:
                made = Literal(positive, None, (flat.number(left), value))
        flat.literals[made] = None
    return flat


def _oriented(left: Term, right: Term) -> tuple[Term, Term]:
    """Put the side with more arguments first: it becomes a literal, the other a variable."""

    def weight(term: Term) -> int:
        return 1 + len(term.arguments) if isinstance(term, Apply) else 0

    return (left, right) if weight(left) >= weight(right) else (right, left)


def split(clause: Flattening, names: FreshNames) -> list[SplitPart]:
    """Split a clause so that its parts have fewer variables; new predicates connect them.

    The variable with the fewest neighbours goes first, into a part with all literals that it occurs in: no part then
    has more variables than an elimination of least degree meets at once.
    """
    occurrences: dict[int, dict[Literal, None]] = {}
    for literal in clause.literals:
        _enter(literal, occurrences)
    heap = [(len(_neighbours(v, occurrences)), v) for v in occurrences]
    heapify(heap)
    parts: list[SplitPart] = []
    left = dict.fromkeys(clause.literals)
    while heap:
        degree, variable = heappop(heap)
        if variable not in occurrences:
            continue
        neighbours = _neighbours(variable, occurrences)
        if len(neighbours) != degree:
            heappush(heap, (len(neighbours), variable))
            continue
        if degree == len(occurrences):
            break
        outer = sorted(neighbours - {variable})
        symbol = names.symbol("split", (clause.variables[v] for v in outer), BOOL)
        inside = list(occurrences.pop(variable))
        for literal in inside:
            del left[literal]
            for other in set(literal.arguments) - {variable}:
                del occurrences[other][literal]
        parts.append(([*inside, Literal(True, symbol, tuple(outer))], sorted(neighbours), clause))
        rest = Literal(False, symbol, tuple(outer))
        left[rest] = None
        _enter(rest, occurrences)
        for other in outer:
            heappush(heap, (len(_neighbours(other, occurrences)), other))
    parts.append((list(left), sorted({v for literal in left for v in literal.arguments}), clause))
    return parts


def _enter(literal: Literal, occurrences: dict[int, dict[Literal, None]]) -> None:
    for variable in literal.arguments:
        occurrences.setdefault(variable, {})[literal] = None


def _neighbours(variable: int, occurrences: Mapping[int, Mapping[Literal, None]]) -> set[int]:
    return {other for literal in occurrences[variable] for other in literal.arguments}
