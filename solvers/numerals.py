"""Numbers of models said as formulas: that a term has such a value, or lies above or below it."""

from __future__ import annotations

from fractions import Fraction

from abduce.solvers import algebraic
from abduce.solvers.algebraic import Root
from abduce.solvers.base import Algebraic
from abduce.solvers.terms import Op, Term, conjunction, disjunction, negation, number, operate

NARROW = Fraction(1, 2**20)


def equals(term: Term, value: int | Fraction | Algebraic) -> Term:
    """Return the formula that a number has a value.

    Raises:
        CannotTell: The value is a root of a polynomial of too high a degree.
    """
    found = _isolated(value)
    if isinstance(found, Fraction):
        return operate(Op.EQUAL, term, number(found, term.sort))
    return conjunction((_inside(term, found), operate(Op.EQUAL, _polynomial(term, found), number(Fraction(0)))))


def above(term: Term, value: int | Fraction | Algebraic) -> Term:
    """Return the formula that a number is greater than a value.

    Raises:
        CannotTell: The value is a root of a polynomial of too high a degree.
    """
    found = _isolated(value)
    if isinstance(found, Fraction):
        return operate(Op.GREATER, term, number(found, term.sort))
    # Right of its only root the polynomial keeps, up to the end of the interval, the sign that it has there.
    rising = algebraic.at(found.polynomial, found.high) > 0
    beyond = operate(Op.GREATER if rising else Op.LESS, _polynomial(term, found), number(Fraction(0)))
    return disjunction((operate(Op.GREATER, term, number(found.high)), conjunction((_inside(term, found), beyond))))


def below(term: Term, value: int | Fraction | Algebraic) -> Term:
    """Return the formula that a number is less than a value.

    Raises:
        CannotTell: The value is a root of a polynomial of too high a degree.
    """
    if not isinstance(value, Algebraic):
        return operate(Op.LESS, term, number(Fraction(value), term.sort))
    return conjunction((negation(above(term, value)), negation(equals(term, value))))


def _isolated(value: int | Fraction | Algebraic) -> Fraction | Root:
    """A number that is rational after all, or a root with an interval that ends beyond it."""
    exact = algebraic.exact(value)
    if isinstance(exact, Fraction):
        return exact
    root = exact.root
    while root.high - root.low > NARROW:
        root.halve()
    return root.high if algebraic.at(root.polynomial, root.high) == 0 else root


def _inside(term: Term, root: Root) -> Term:
    low, high = number(root.low), number(root.high)
    return conjunction((operate(Op.LESS, low, term), operate(Op.LESS_EQUAL, term, high)))


def _polynomial(term: Term, root: Root) -> Term:
    total: Term = number(root.polynomial[-1])
    for coefficient in reversed(root.polynomial[:-1]):
        total = operate(Op.ADD, operate(Op.MULTIPLY, total, term), number(coefficient))
    return total


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """Return the number of smallest denominator between two (both included), by continued fractions."""
    terms: list[int] = []
    while True:
        whole = low.numerator // low.denominator
        if low == whole or whole + 1 <= high:
            terms.append(whole if low == whole else whole + 1)
            break
        terms.append(whole)
        low, high = 1 / (high - whole), 1 / (low - whole)
    found = Fraction(terms.pop())
    while terms:
        found = terms.pop() + 1 / found
    return found
