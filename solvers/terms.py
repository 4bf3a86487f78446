"""Sorts and terms: what every language reads into, and every solver works on.

A term is a variable, a number, an uninterpreted symbol applied to terms, an operation, or a quantified formula; a
formula is a term of sort `BOOL`. Terms are immutable and may share parts; nothing here recurses, so they may be
deeper than Python's recursion limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

from abduce.errors import SortError
from abduce.solvers.term_types import (
    BOOL,
    INT,
    REAL,
    THING,
    Apply,
    Kind,
    Number,
    Op,
    Operate,
    Quantified,
    Sort,
    Symbol,
    Term,
    Variable,
    apply,
    array,
    children,
)

__all__ = [
    "ARITHMETIC",
    "BOOL",
    "COMPARISONS",
    "CONNECTIVES",
    "FALSE",
    "INT",
    "REAL",
    "THING",
    "TRUE",
    "Apply",
    "Kind",
    "Number",
    "Op",
    "Operate",
    "Quantified",
    "Sort",
    "Symbol",
    "Term",
    "Variable",
    "apply",
    "array",
    "children",
    "conjunction",
    "constant",
    "disjunction",
    "equal",
    "exists",
    "fold",
    "forall",
    "free_variables",
    "implies",
    "negation",
    "number",
    "operate",
    "substitute",
    "subterms",
    "symbols",
    "to_real",
    "unused_name",
    "with_children",
    "with_variables",
]

T = TypeVar("T")

# building ---------------------------------------------------------------------------------------------------

TRUE = Operate(Op.TRUE, (), BOOL)
FALSE = Operate(Op.FALSE, (), BOOL)
ARITHMETIC = {INT, REAL}
CONNECTIVES = {Op.NOT, Op.AND, Op.OR, Op.XOR, Op.IMPLIES, Op.IFF}
COMPARISONS = {Op.LESS, Op.LESS_EQUAL, Op.GREATER, Op.GREATER_EQUAL}


def number(value: int | Fraction, sort: Sort | None = None) -> Number:
    """Return a number: an integer where the value is an int, else a real, unless the sort is given."""
    return Number(Fraction(value), sort or (INT if isinstance(value, int) else REAL))


def constant(name: str, sort: Sort = THING) -> Apply:
    """Return an uninterpreted constant."""
    return Apply(Symbol(name, (), sort))


def operate(op: Op, *arguments: Term) -> Term:
    """Apply an operation; integers beside reals are converted.

    Raises:
        SortError: The arguments are of sorts that the operation does not take.
    """
    if op in (Op.TRUE, Op.FALSE):
        return TRUE if op is Op.TRUE else FALSE
    if op in CONNECTIVES:
        return Operate(op, _all_of(op, arguments, BOOL), BOOL)
    if op in (Op.EQUAL, Op.DISTINCT):
        return Operate(op, _alike(op, _widened(arguments)), BOOL)
    if op is Op.ITE:
        condition, *branches = arguments
        _all_of(op, (condition,), BOOL)
        found = _alike(op, _widened(branches))
        return Operate(op, (condition, *found), found[0].sort)
    if op in (Op.SELECT, Op.STORE):
        return _on_array(op, arguments)
    return _arithmetic(op, arguments)


def _arithmetic(op: Op, arguments: Sequence[Term]) -> Term:
    for argument in arguments:
        if argument.sort not in ARITHMETIC:
            raise SortError(f"{op.value} takes numbers, not {argument.sort}")
    if op is Op.TO_REAL:
        return to_real(arguments[0])
    if op in (Op.TO_INT, Op.IS_INT):
        return Operate(op, (to_real(arguments[0]),), INT if op is Op.TO_INT else BOOL)
    if op is Op.DIVIDE:
        return Operate(op, tuple(map(to_real, arguments)), REAL)
    if op in (Op.DIV, Op.MOD):
        return Operate(op, _all_of(op, arguments, INT), INT)
    found = _widened(arguments)
    return Operate(op, found, BOOL if op in COMPARISONS else found[0].sort)


def _on_array(op: Op, arguments: Sequence[Term]) -> Term:
    sort = arguments[0].sort
    if sort.name != "Array":
        raise SortError(f"{op.value} takes an array, not {sort}")
    wanted = sort.arguments if op is Op.STORE else sort.arguments[:1]
    for argument, expected in zip(arguments[1:], wanted, strict=True):
        if argument.sort != expected:
            raise SortError(f"{op.value} on {sort} takes {expected}, not {argument.sort}")
    return Operate(op, tuple(arguments), sort if op is Op.STORE else sort.arguments[1])


def _all_of(op: Op, arguments: Sequence[Term], sort: Sort) -> tuple[Term, ...]:
    for argument in arguments:
        if argument.sort != sort:
            raise SortError(f"{op.value} takes {sort}, not {argument.sort}")
    return tuple(arguments)


def _alike(op: Op, arguments: Sequence[Term]) -> tuple[Term, ...]:
    for argument in arguments[1:]:
        if argument.sort != arguments[0].sort:
            raise SortError(f"{op.value} is between terms of one sort, not {arguments[0].sort} and {argument.sort}")
    return tuple(arguments)


def _widened(arguments: Sequence[Term]) -> tuple[Term, ...]:
    mixed = {argument.sort for argument in arguments}
    return tuple(map(to_real, arguments)) if mixed == ARITHMETIC else tuple(arguments)


def to_real(term: Term) -> Term:
    """Return a number as a real."""
    if term.sort == REAL:
        return term
    return Number(term.value, REAL) if isinstance(term, Number) else Operate(Op.TO_REAL, (term,), REAL)


def negation(formula: Term) -> Term:
    """Return the negation, without a double one."""
    if isinstance(formula, Operate) and formula.op is Op.NOT:
        return formula.arguments[0]
    return operate(Op.NOT, formula)


def conjunction(formulas: Iterable[Term]) -> Term:
    """Return what holds where all formulas do."""
    parts = tuple(formulas)
    return parts[0] if len(parts) == 1 else operate(Op.AND, *parts) if parts else TRUE


def disjunction(formulas: Iterable[Term]) -> Term:
    """Return what holds where one of the formulas does."""
    parts = tuple(formulas)
    return parts[0] if len(parts) == 1 else operate(Op.OR, *parts) if parts else FALSE


def implies(premise: Term, conclusion: Term) -> Term:
    """Return an implication."""
    return operate(Op.IMPLIES, premise, conclusion)


def equal(left: Term, right: Term) -> Term:
    """Return an equation; between formulas, an equivalence."""
    return operate(Op.IFF if left.sort == right.sort == BOOL else Op.EQUAL, left, right)


def forall(variables: Sequence[Variable], body: Term) -> Term:
    """Return a universally quantified formula; the body itself where no variable is given."""
    return _quantified(Kind.FORALL, variables, body)


def exists(variables: Sequence[Variable], body: Term) -> Term:
    """Return an existentially quantified formula; the body itself where no variable is given."""
    return _quantified(Kind.EXISTS, variables, body)


def _quantified(kind: Kind, variables: Sequence[Variable], body: Term) -> Term:
    if body.sort != BOOL:
        raise SortError(f"{kind.value} takes a formula, not a term of {body.sort}")
    return Quantified(kind, tuple(variables), body) if variables else body


# looking and changing ---------------------------------------------------------------------------------------


def subterms(term: Term) -> Iterator[Term]:
    """Yield a term and everything inside it, shared parts once, parts before wholes."""
    done: set[int] = set()
    pending: list[tuple[Term, bool]] = [(term, False)]
    while pending:
        current, ready = pending.pop()
        if ready:
            yield current
        elif id(current) not in done:
            done.add(id(current))
            pending.append((current, True))
            pending.extend((part, False) for part in reversed(children(current)))


def fold(term: Term, combine: Callable[[Term, tuple[T, ...]], T]) -> T:
    """Compute something bottom-up, shared parts once.

    Args:
        term: The term.
        combine: From a term and what was computed for its parts to what is computed for it.
    """
    found: dict[int, T] = {}
    for part in subterms(term):
        found[id(part)] = combine(part, tuple(found[id(child)] for child in children(part)))
    return found[id(term)]


def with_children(term: Term, parts: tuple[Term, ...]) -> Term:
    """Return a term with other parts, the same one where they are the same."""
    if all(a is b for a, b in zip(parts, children(term), strict=True)):
        return term
    if isinstance(term, Apply):
        return apply(term.symbol, *parts)
    if isinstance(term, Operate):
        return operate(term.op, *parts)
    assert isinstance(term, Quantified)
    return Quantified(term.kind, term.variables, parts[0])


def free_variables(term: Term) -> frozenset[Variable]:
    """Return the variables that no quantifier binds."""

    def combine(part: Term, below: tuple[frozenset[Variable], ...]) -> frozenset[Variable]:
        if isinstance(part, Variable):
            return frozenset((part,))
        found: frozenset[Variable] = frozenset().union(*below)
        return found.difference(part.variables) if isinstance(part, Quantified) else found

    return fold(term, combine)


def symbols(term: Term) -> frozenset[Symbol]:
    """Return the uninterpreted symbols that occur."""
    return frozenset(part.symbol for part in subterms(term) if isinstance(part, Apply))


def substitute(term: Term, values: Mapping[Variable, Term]) -> Term:
    """Replace free variables; bound ones that would capture a variable of the values are renamed.

    Raises:
        SortError: A value is not of its variable's sort.
    """
    for variable, value in values.items():
        if variable.sort != value.sort:
            raise SortError(f"{variable.name} is {variable.sort}; it cannot become a term of {value.sort}")
    taken = {v.name for value in values.values() for v in free_variables(value)}
    if not any(isinstance(part, Quantified) for part in subterms(term)):
        return fold(term, lambda part, below: _replaced(part, below, values))
    names = {part.name for part in subterms(term) if isinstance(part, Variable)}
    return _substituted(term, dict(values), taken, names | taken)


def _replaced(part: Term, below: tuple[Term, ...], values: Mapping[Variable, Term]) -> Term:
    return values.get(part, part) if isinstance(part, Variable) else with_children(part, below)


def _substituted(term: Term, values: dict[Variable, Term], taken: set[str], names: set[str]) -> Term:
    """Substitute below quantifiers: an explicit stack of (term, what is replaced there)."""
    results: list[Term] = []
    pending: list[tuple[Term, dict[Variable, Term], tuple[Variable, ...] | None]] = [(term, values, None)]
    while pending:
        part, scope, ready = pending.pop()
        if ready is not None:
            count = len(children(part))
            parts = tuple(results[len(results) - count :])
            del results[len(results) - count :]
            results.append(
                Quantified(part.kind, ready, parts[0]) if isinstance(part, Quantified) else with_children(part, parts)
            )
        elif isinstance(part, Variable):
            results.append(scope.get(part, part))
        elif isinstance(part, Quantified):
            inner = {v: t for v, t in scope.items() if v not in part.variables}
            renamed = {v: Variable(_fresh(v.name, names), v.sort) for v in part.variables if v.name in taken}
            pending.append((part, scope, tuple(renamed.get(v, v) for v in part.variables)))
            pending.append((part.body, {**inner, **renamed}, None))
        elif children(part):
            pending.append((part, scope, ()))
            pending.extend((child, scope, None) for child in reversed(children(part)))
        else:
            results.append(part)
    return results[0]


def _fresh(name: str, taken: set[str]) -> str:
    number = 1
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def unused_name(stem: str, terms: Iterable[Term]) -> str:
    """Return a name that no symbol and no variable of some terms has."""
    parts = (part for term in terms for part in subterms(term))
    taken = {part.symbol.name if isinstance(part, Apply) else part.name for part in parts if isinstance(part, _NAMED)}
    while stem in taken:
        stem += "'"
    return stem


_NAMED = (Apply, Variable)


def with_variables(term: Term, names: Mapping[Symbol, Variable]) -> Term:
    """Return a term with variables in place of all its constants; it has no other symbols."""
    return fold(term, lambda part, below: names[part.symbol] if isinstance(part, Apply) else with_children(part, below))
