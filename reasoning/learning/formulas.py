"""Closed forms as terms that solvers take, each with the condition under which it has a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from abduce.reasoning.learning.primitives import DIVISIONS
from abduce.reasoning.learning.programs import Call, Const, Term, Var
from abduce.solvers import terms as solver
from abduce.solvers.terms import FALSE, INT, TRUE, Op, Symbol, Variable, conjunction, implies, negation, number, operate

POWER = Symbol("^", (INT, INT), INT)
"""Powers, of which nothing is said but that equal ones are equal."""
ZERO, ONE = number(0), number(1)


@dataclass(frozen=True, slots=True)
class Formula:
    """What a closed form is to a solver.

    Attributes:
        value: Its value where it has one.
        defined: The formula that says where that is.
    """

    value: solver.Term
    defined: solver.Term


def variable(index: int) -> Variable:
    """Return the solver's variable for a program's."""
    return Variable(f"x{index}", INT)


def formula(term: Term, known: Mapping[Term, solver.Term] | None = None) -> Formula:
    """Return a closed form as a solver's term; variables are taken to be natural numbers.

    Args:
        term: The closed form.
        known: Parts that are something else to the solver.

    Raises:
        KeyError: It calls what no closed form calls.
    """
    if known and term in known:
        return Formula(known[term], TRUE)
    match term:
        case Var(index):
            return Formula(variable(index), TRUE)
        case Const(bool(value)):
            return Formula(TRUE if value else FALSE, TRUE)
        case Const(value):
            return Formula(number(value), TRUE)
        case Call("if", (condition, first, second)):
            return _conditional(*(formula(part, known) for part in (condition, first, second)))
        case Call(name, parts):
            below = [formula(part, known) for part in parts]
            values = [part.value for part in below]
            conditions = [part.defined for part in below]
            if name in DIVISIONS:
                conditions.append(operate(Op.GREATER, values[1], ZERO))
            return Formula(VALUES[name](*values), _all(conditions))
    raise KeyError(f"no closed form: {term}")


def _conditional(condition: Formula, first: Formula, second: Formula) -> Formula:
    branches = [
        implies(*pair) if pair[1] != TRUE else TRUE
        for pair in ((condition.value, first.defined), (negation(condition.value), second.defined))
    ]
    value = operate(Op.ITE, condition.value, first.value, second.value)
    return Formula(value, _all([condition.defined, *branches]))


def _all(conditions: Sequence[solver.Term]) -> solver.Term:
    return conjunction(part for part in conditions if part != TRUE)


def _truncated(left: solver.Term, right: solver.Term) -> solver.Term:
    return operate(Op.ITE, operate(Op.GREATER_EQUAL, left, right), operate(Op.SUBTRACT, left, right), ZERO)


def _larger(left: solver.Term, right: solver.Term) -> solver.Term:
    return operate(Op.ITE, operate(Op.GREATER_EQUAL, left, right), left, right)


def _smaller(left: solver.Term, right: solver.Term) -> solver.Term:
    return operate(Op.ITE, operate(Op.LESS_EQUAL, left, right), left, right)


def _rounded_up(left: solver.Term, right: solver.Term) -> solver.Term:
    return operate(Op.DIV, operate(Op.SUBTRACT, operate(Op.ADD, left, right), ONE), right)


def _of(op: Op) -> Callable[..., solver.Term]:
    return lambda *parts: operate(op, *parts)


VALUES: Mapping[str, Callable[..., solver.Term]] = {
    "+": _of(Op.ADD),
    "∸": _truncated,
    "*": _of(Op.MULTIPLY),
    "^": POWER,
    "max": _larger,
    "min": _smaller,
    "div": _of(Op.DIV),
    "cdiv": _rounded_up,
    "mod": _of(Op.MOD),
    "==": solver.equal,
    "<": _of(Op.LESS),
    "<=": _of(Op.LESS_EQUAL),
    "not": negation,
    "and": _of(Op.AND),
    "or": _of(Op.OR),
    "xor": _of(Op.XOR),
}
"""What each primitive of closed forms is to a solver, on natural numbers, and divisors that are not 0."""
