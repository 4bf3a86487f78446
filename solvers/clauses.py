"""Clauses from formulas without existential quantifiers: distributed where that is short, named where it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from abduce.solvers.normal_forms import FreshNames, in_order, negation_normal
from abduce.solvers.scopes import skolemised, with_small_scopes
from abduce.solvers.terms import (
    BOOL,
    FALSE,
    TRUE,
    Op,
    Operate,
    Quantified,
    Term,
    Variable,
    children,
    disjunction,
    fold,
    forall,
    free_variables,
    negation,
    substitute,
    symbols,
)

Clause: TypeAlias = tuple[Term, ...]
"""Literals (atoms, equations and their negations), one of which holds, for all values of its variables."""

MOST_CLAUSES = 200_000
MOST_COPIES = 6
"""How many clauses a disjunction may be multiplied out to before its parts get names."""


class TooManyClausesError(ValueError):
    """Formulas whose clauses are more than can be worked with."""


def is_equation(literal: Term) -> bool:
    """Say whether a literal is a positive equation."""
    return isinstance(literal, Operate) and literal.op is Op.EQUAL


class StoppedError(Exception):
    """Whoever asked for clauses no longer wants them."""


def clauses_of(formulas: Sequence[Term], names: FreshNames, stop: Callable[[], bool] | None = None) -> list[Clause]:
    """Return clauses that have models of the same sizes as closed formulas over uninterpreted sorts.

    Args:
        formulas: The formulas.
        names: Where new names come from.
        stop: Asked now and then whether to stop.

    Raises:
        TooManyClausesError: They would be too many.
        StoppedError: `stop` said so.
    """
    found: dict[Clause, None] = {}
    for formula in formulas:
        for part in negation_normal(formula, names):
            _unless(stop)
            narrow = with_small_scopes(part)
            _unless(stop)
            free = skolemised(narrow, names)
            _unless(stop)
            found.update(dict.fromkeys(_distributed(free, names)))
        if len(found) > MOST_CLAUSES:
            raise TooManyClausesError(f"more than {MOST_CLAUSES} clauses")
    return list(found)


def _unless(stop: Callable[[], bool] | None) -> None:
    if stop is not None and stop():
        raise StoppedError


def clause_formulas(formulas: Sequence[Term], stop: Callable[[], bool] | None = None) -> list[Term]:
    """Return clauses as closed formulas: provers find some proofs sooner with them. Raises as `clauses_of`."""
    names = FreshNames({symbol.name for formula in formulas for symbol in symbols(formula)})
    bodies = map(disjunction, clauses_of(formulas, names, stop))
    return [forall(in_order(free_variables(body)), body) for body in bodies]


def _distributed(formula: Term, names: FreshNames) -> list[Clause]:
    """Return clauses for a Skolemised formula in negation normal form."""
    builder = _Builder(names)
    clauses, _ = fold(formula, builder.combine)
    simple = (simplified(clause) for clause in (*clauses, *builder.definitions))
    return [clause for clause in simple if clause is not None]


_Part: TypeAlias = tuple[list[Clause], frozenset[Variable]]
"""The clauses of a part of a formula, and its free variables."""


class _Builder:
    def __init__(self, names: FreshNames) -> None:
        self.names = names
        self.definitions: list[Clause] = []

    def combine(self, part: Term, below: tuple[_Part, ...]) -> _Part:
        if isinstance(part, Quantified):
            clauses, free = below[0]
            return clauses, free.difference(part.variables)
        free = frozenset((part,)) if isinstance(part, Variable) else frozenset().union(*(free for _, free in below))
        if part in (TRUE, FALSE):
            return ([] if part == TRUE else [()]), free
        if isinstance(part, Operate) and part.op is Op.AND:
            return self._bounded([clause for clauses, _ in below for clause in clauses]), free
        if isinstance(part, Operate) and part.op is Op.OR:
            return self._bounded(self._disjunction(below)), free
        return [(part,)], free

    def _bounded(self, clauses: list[Clause]) -> list[Clause]:
        if len(clauses) + len(self.definitions) > MOST_CLAUSES:
            raise TooManyClausesError(f"more than {MOST_CLAUSES} clauses")
        return clauses

    def _disjunction(self, parts: Sequence[_Part]) -> list[Clause]:
        product: list[Clause] = [()]
        for clauses, free in sorted(parts, key=lambda part: len(part[0])):
            chosen = clauses
            if len(clauses) > 1 and len(product) * len(clauses) > MOST_COPIES:
                chosen = [(self._named(clauses, free),)]
            product = [(*left, *right) for left in product for right in chosen]
        return product

    def _named(self, clauses: Iterable[Clause], free: Iterable[Variable]) -> Term:
        """Name a part; that the name implies the part is enough, as it occurs under no negation."""
        variables = in_order(free)
        name = self.names.symbol("part", (variable.sort for variable in variables), BOOL)(*variables)
        self.definitions.extend((negation(name), *clause) for clause in clauses)
        return name


def simplified(clause: Clause) -> Clause | None:
    """Return a clause without repetitions and without x ≠ t, which t then replaces; None where it is always true."""
    literals = dict.fromkeys(clause)
    while True:
        kept: dict[Term, None] = {}
        bound: tuple[Variable, Term] | None = None
        for literal in literals:
            atom = negation(literal)
            if literal in kept or (is_equation(atom) and len(set(children(atom))) == 1):
                continue
            if atom in literals or (is_equation(literal) and len(set(children(literal))) == 1):
                return None
            bound = bound or _binding(atom)
            kept[literal] = None
        if bound is None:
            return tuple(kept)
        values = dict((bound,))
        literals = dict.fromkeys(substitute(literal, values) for literal in kept)


def _binding(atom: Term) -> tuple[Variable, Term] | None:
    """Return the variable and the term of an equation whose negation stands in a clause, where one can replace it."""
    if not is_equation(atom):
        return None
    left, right = children(atom)
    for variable, value in ((left, right), (right, left)):
        if isinstance(variable, Variable) and variable not in free_variables(value):
            return variable, value
    return None
