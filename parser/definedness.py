"""When the terms of an atom have values: no divisor is zero, and no power is imaginary or infinite.

The atom is unsatisfied where one has none, as a literal is in the rule readings: `1/x = 2` says that `x` is not zero,
and so does `1/x != 2`.
"""

from __future__ import annotations

from collections.abc import Iterable

from abduce.solvers.terms import (
    BOOL,
    INT,
    TRUE,
    Apply,
    Number,
    Op,
    Operate,
    Term,
    conjunction,
    disjunction,
    equal,
    implies,
    negation,
    number,
    operate,
)

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
        for needed in _needed(term):
            found.setdefault(implies(conjunction(where), needed) if where else needed)
    return list(found)


def _needed(term: Term) -> list[Term]:
    """Return what an operation needs of its arguments to have a value."""
    if not isinstance(term, Operate):
        return []
    if term.op is Op.POWER:
        needed = _power(*term.arguments)
        return [] if needed == TRUE else [needed]
    if term.op not in _DIVISIONS:
        return []
    divisors = [one for one in term.arguments[1:] if not (isinstance(one, Number) and one.value)]
    return [negation(equal(one, number(0, one.sort))) for one in divisors]


def _power(base: Term, exponent: Term) -> Term:
    """Return when a power is a real number: zero to no negative power, what is negative to integers alone."""
    if isinstance(base, Number) and base.value > 0:
        return TRUE
    positive, zero, negative = (operate(op, base, number(0, base.sort)) for op in (Op.GREATER, Op.EQUAL, Op.LESS))
    if not isinstance(exponent, Number):
        not_negative = operate(Op.GREATER_EQUAL, exponent, number(0, exponent.sort))
        whole = TRUE if _is_whole(exponent) else operate(Op.IS_INT, exponent)
        return disjunction([positive, conjunction([zero, not_negative]), conjunction([negative, whole])])
    if exponent.value.denominator == 1:
        return TRUE if exponent.value >= 0 else negation(zero)
    return positive if exponent.value < 0 else operate(Op.GREATER_EQUAL, base, number(0, base.sort))


def _is_whole(term: Term) -> bool:
    return term.sort == INT or (isinstance(term, Operate) and term.op is Op.TO_REAL)


def guarded(atom: Term, terms: Iterable[Term]) -> Term:
    """Return an atom together with what its terms need to have values."""
    conditions = defined(terms)
    return conjunction([*conditions, atom]) if conditions else atom
