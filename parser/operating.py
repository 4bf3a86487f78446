"""The operations of the query language on terms."""

from __future__ import annotations

from typing import Final

from abduce.parser.inference import is_counted
from abduce.parser.statements import Expression
from abduce.solvers.terms import INT, REAL, Number, Op, Sort, Term, equal, negation, number, operate, to_real

_OPERATIONS: Final = {
    "and": Op.AND,
    "or": Op.OR,
    "->": Op.IMPLIES,
    "not": Op.NOT,
    "strong": Op.NOT,
    "true": Op.TRUE,
    "false": Op.FALSE,
    "<": Op.LESS,
    "<=": Op.LESS_EQUAL,
    ">": Op.GREATER,
    ">=": Op.GREATER_EQUAL,
    "+": Op.ADD,
    "-": Op.SUBTRACT,
    "*": Op.MULTIPLY,
    "/": Op.DIVIDE,
    "^": Op.POWER,
    "div": Op.DIV,
    "mod": Op.MOD,
    "neg": Op.NEGATE,
    "ite": Op.ITE,
}


def fitted(term: Term, sort: Sort) -> Term:
    """Return a term for a place of a sort: integers widen to reals."""
    return to_real(term) if sort == REAL and term.sort == INT else term


def power(written: Expression, base: Term, exponent: Term) -> Term:
    """Return a power; with a negative exponent it is a division, so that zero has none."""
    if is_counted(written):
        return operate(Op.POWER, base, exponent)
    if isinstance(exponent, Number) and exponent.value < 0:
        count = -exponent.value
        if count.denominator != 1:
            base = to_real(base)
        return operate(Op.DIVIDE, number(1), base if count == 1 else operate(Op.POWER, base, number(count, base.sort)))
    return operate(Op.POWER, to_real(base), to_real(exponent))


def operation(op: str, parts: list[Term]) -> Term:
    """Return what an operation of the language makes of terms.

    Raises:
        SortError: They are of sorts that it does not take.
    """
    if op == "=":
        return equal(*_alike(parts))
    if op == "!=":
        return negation(equal(*_alike(parts)))
    if op in ("xor", "<->"):
        found = parts[0]
        for part in parts[1:]:
            found = operate(Op.XOR if op == "xor" else Op.IFF, found, part)
        return found
    return operate(_OPERATIONS[op], *parts)


def _alike(parts: list[Term]) -> tuple[Term, Term]:
    left, right = parts
    return fitted(left, right.sort), fitted(right, left.sort)
