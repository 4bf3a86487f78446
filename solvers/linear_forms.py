"""Numbers as linear forms along one variable: its coefficient, and a term without it."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

from abduce.solvers.terms import REAL, Number, Op, Operate, Term, children, number, operate

Linear: TypeAlias = tuple[Fraction, Term]
"""Coefficient of the variable, and the rest, a real term without it."""


class Elsewhere(Exception):
    """The variable occurs in a way that the argument does not cover."""


def literal(term: Term) -> Fraction:
    factor = Fraction(1)
    while isinstance(term, Operate) and term.op in (Op.NEGATE, Op.TO_REAL):
        factor = -factor if term.op is Op.NEGATE else factor
        (term,) = children(term)
    if not isinstance(term, Number):
        raise Elsewhere
    return factor * term.value


def number_term(value: object) -> Term:
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        raise Elsewhere
    return number(Fraction(value))


def scaled(form: Linear, factor: Fraction) -> Linear:
    coefficient, rest = form
    if isinstance(rest, Number):
        return coefficient * factor, Number(rest.value * factor, REAL)
    return coefficient * factor, rest if factor == 1 else operate(Op.MULTIPLY, number(factor), rest)


def total(left: Linear, right: Linear) -> Linear:
    if isinstance(left[1], Number) and isinstance(right[1], Number):
        return left[0] + right[0], Number(left[1].value + right[1].value, REAL)
    return left[0] + right[0], operate(Op.ADD, left[1], right[1])
