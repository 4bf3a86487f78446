"""First-order formulas as flat clauses whose variables have inferred sorts: what finite model search works on.

A flat clause holds predicates applied to variables, functions in the form f(x, y) = z, and equations of variables.
Sorts are split as far as the clauses allow: values that never meet may be renamed independently of each other,
and each part has its own bound on its size.

Source:
    K. Claessen, N. Sörensson, "New techniques that improve MACE-style finite model finding", 2003. Which sorts can
    be enlarged: K. Claessen, A. Lillieström, N. Smallbone, "Sort it out with monotonicity", CADE 2011.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from abduce.solvers.clauses import Clause, clauses_of
from abduce.solvers.flattening import flattened, split
from abduce.solvers.normal_forms import FreshNames, unsuitable
from abduce.solvers.sort_inference import FlatClause, InferredSort, SortInference, closed_terms
from abduce.solvers.terms import (
    BOOL,
    THING,
    Apply,
    Sort,
    Symbol,
    Term,
    children,
    free_variables,
    negation,
    symbols,
)


class UnsuitableError(ValueError):
    """Formulas that are not first-order logic with equality over uninterpreted sorts; says what is in the way."""


@dataclass(frozen=True, slots=True)
class ClausalForm:
    """Clauses that have a model of given sizes if and only if the formulas have.

    Attributes:
        clauses: The clauses.
        sorts: The inferred sorts.
        signature: For each symbol of the clauses the inferred sorts of its arguments and, for a function, its value.
        constant: Predicates that may be taken to hold everywhere or nowhere; they occur in no clause.
        functional: Functions that must have one value only; for others any of several will do.
        original: The symbols of the formulas.
        bounds: For each sort of the formulas, if there is a model there is one with no more elements of it, and of
            all others at the same time; None where that is not known.
    """

    clauses: tuple[FlatClause, ...]
    sorts: tuple[InferredSort, ...]
    signature: Mapping[Symbol, tuple[int, ...]]
    constant: Mapping[Symbol, bool]
    functional: frozenset[Symbol]
    original: frozenset[Symbol]
    bounds: Mapping[Sort, int | None]


def clausify(formulas: Sequence[Term], stop: Callable[[], bool] | None = None) -> ClausalForm:
    """Return flat clauses that are satisfiable in the same sizes as closed formulas.

    Args:
        formulas: The formulas.
        stop: Asked now and then whether to stop.

    Raises:
        UnsuitableError: The formulas use numbers or something else that has a fixed meaning; or one is not closed.
        TooManyClausesError: The clauses would be too many.
        StoppedError: `stop` said so.

    Example:
        >>> from abduce.solvers.terms import THING, Symbol, Variable, equal, exists, forall
        >>> x, y, p = Variable("x"), Variable("y"), Symbol("p", (THING, THING), BOOL)
        >>> form = clausify([forall([x], exists([y], p(x, y)))])
        >>> [[literal.symbol.name for literal in clause.literals] for clause in form.clauses]
        []
        >>> form.constant[p]
        True
    """
    foreign = unsuitable(formulas)
    if foreign:
        raise UnsuitableError(f"finite models are searched for formulas over uninterpreted sorts, not {foreign}")
    if any(free_variables(formula) for formula in formulas):
        raise UnsuitableError("a formula has free variables; close it with a quantifier")
    original = frozenset(symbol for formula in formulas for symbol in symbols(formula))
    sorts = _sorts_of(formulas)
    names = FreshNames({symbol.name for symbol in original})
    clauses, constant = _without_pure(clauses_of(formulas, names, stop))
    flat = [flattened(clause) for clause in clauses]
    inference = SortInference(flat)
    parts = [part for clause in flat for part in split(clause, names)]
    return ClausalForm(
        clauses=tuple(inference.clause(part) for part in parts),
        sorts=inference.sorts(),
        signature=inference.signature(),
        constant=constant,
        functional=frozenset(
            literal.symbol
            for clause in flat
            for literal in clause.literals
            if literal.positive and literal.symbol is not None and literal.symbol.result != BOOL
        ),
        original=original,
        bounds=_bounds(sorts, clauses, inference.sorts()),
    )


def _sorts_of(formulas: Iterable[Term]) -> frozenset[Sort]:
    found: set[Sort] = set()
    pending, seen = list(formulas), set[int]()
    while pending:
        part = pending.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        found.add(part.sort)
        if isinstance(part, Apply):
            found.update(part.symbol.arguments)
        found.update(variable.sort for variable in getattr(part, "variables", ()))
        pending.extend(children(part))
    found.discard(BOOL)
    return frozenset(found or {THING})


def _bounds(
    sorts: Iterable[Sort], clauses: Iterable[Clause], inferred: Sequence[InferredSort]
) -> dict[Sort, int | None]:
    """Bound the sorts of the formulas.

    A model can be restricted to the values of closed terms. That bounds a sort where those are finitely many; and its
    inferred parts, where each of them can then be enlarged again to the size of the largest.
    """
    used = {symbol for clause in clauses for literal in clause for symbol in symbols(literal)}
    bounds = closed_terms({s: (s.arguments, s.result) for s in used if s.result != BOOL}.values())
    found: dict[Sort, int | None] = {}
    for sort in sorts:
        own = bounds.get(sort, 1)
        parts = [part for part in inferred if part.origin == sort]
        if own is None and all(part.extendable for part in parts):
            sizes = [part.bound for part in parts]
            own = None if None in sizes else max(size for size in sizes if size is not None)
        found[sort] = own
    return found


def _without_pure(clauses: Iterable[Clause]) -> tuple[list[Clause], dict[Symbol, bool]]:
    """Drop the clauses that a predicate of one sign makes true, until none is left."""
    left, constant = list(clauses), dict[Symbol, bool]()
    while True:
        signs: dict[Symbol, set[bool]] = {}
        for clause in left:
            for literal in clause:
                symbol, positive = _predicate(literal)
                if symbol is not None:
                    signs.setdefault(symbol, set()).add(positive)
        pure = {symbol: next(iter(found)) for symbol, found in signs.items() if len(found) == 1}
        if not pure:
            return left, constant
        constant.update(pure)
        left = [clause for clause in left if not any(_predicate(literal)[0] in pure for literal in clause)]


def _predicate(literal: Term) -> tuple[Symbol | None, bool]:
    atom = negation(literal)
    if isinstance(literal, Apply):
        return literal.symbol, True
    return (atom.symbol, False) if isinstance(atom, Apply) else (None, False)
