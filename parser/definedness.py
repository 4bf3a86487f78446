"""When the terms of an atom have values: no divisor is zero.

The atom is unsatisfied where one has none, as a literal is in the rule readings: `1/x = 2` says that `x` is not zero,
and so does `1/x != 2`.
"""

from __future__ import annotations

from collections.abc import Iterable

from abduce.solvers.terms import BOOL, Apply, Number, Op, Operate, Term, conjunction, equal, implies, negation, number

_DIVISIONS = frozenset({Op.DIVIDE, Op.DIV, Op.MOD})


def defined(terms: Iterable[Term]) -> list[Term]:
    """Return what must hold for terms to have values; a branch of `ite` must have one where it is taken.

    Example:
        >>> from abduce.solvers.terms import INT, Op, constant, number, operate
        >>> x = constant("x", INT)
        >>> [quotient, half] = [operate(Op.DIVIDE, number(1), x), operate(Op.DIVIDE, x, number(2))]
        >>> len(defined([quotient])), len(defined([half]))
        (1, 0)
    """
    found: dict[Term, None] = {}
    pending: list[tuple[Term, tuple[Term, ...]]] = [(term, ()) for term in terms]
    while pending:
        term, where = pending.pop()
        if not isinstance(term, Apply | Operate) or term.sort == BOOL:
            continue
        if isinstance(term, Operate) and term.op is Op.ITE:
            condition, yes, no = term.arguments
            pending += [(yes, (*where, condition)), (no, (*where, negation(condition)))]
            continue
        pending.extend((part, where) for part in term.arguments)
        if isinstance(term, Operate) and term.op in _DIVISIONS:
            for divisor in term.arguments[1:]:
                if not (isinstance(divisor, Number) and divisor.value):
                    is_not_zero = negation(equal(divisor, number(0, divisor.sort)))
                    found.setdefault(implies(conjunction(where), is_not_zero) if where else is_not_zero)
    return list(found)


def guarded(atom: Term, terms: Iterable[Term]) -> Term:
    """Return an atom together with what its terms need to have values."""
    conditions = defined(terms)
    return conjunction([*conditions, atom]) if conditions else atom
