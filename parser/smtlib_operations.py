"""The functions of SMT-LIB 2 that our terms have, under the names that scripts use."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from itertools import pairwise

from abduce.errors import SortError
from abduce.parser.source_text import Delegated
from abduce.solvers.terms import (
    BOOL,
    FALSE,
    INT,
    REAL,
    TRUE,
    Number,
    Op,
    Sort,
    Term,
    conjunction,
    disjunction,
    equal,
    implies,
    number,
    operate,
    to_real,
)

Arguments = tuple[Term, ...]


def as_sort(term: Term, sort: Sort) -> Term:
    """Return a term as one of a sort: a number of the other numeric sort is converted, as Z3 reads it.

    Raises:
        SortError: It is of a sort that cannot become this one.
    """
    if term.sort == sort:
        return term
    if term.sort == INT and sort == REAL:
        return to_real(term)
    if term.sort == REAL and sort == INT:
        return operate(Op.TO_INT, term)
    raise SortError(f"{sort} is wanted here, not {term.sort}")


def _chained(relate: Callable[[Term, Term], Term]) -> Callable[[Arguments], Term]:
    def build(arguments: Arguments) -> Term:
        return conjunction(relate(a, b) for a, b in pairwise(arguments))

    return build


def _left(op: Op) -> Callable[[Arguments], Term]:
    return lambda arguments: reduce(lambda a, b: operate(op, a, b), arguments)


def _equation(left: Term, right: Term) -> Term:
    if {left.sort, right.sort} == {INT, REAL}:
        left, right = to_real(left), to_real(right)
    return equal(left, right)


def _minus(arguments: Arguments) -> Term:
    if len(arguments) > 1:
        return _left(Op.SUBTRACT)(arguments)
    (term,) = arguments
    return Number(-term.value, term.sort) if isinstance(term, Number) else operate(Op.NEGATE, term)


def _divided(arguments: Arguments) -> Term:
    """Divide from the left; a number by a number is a number."""
    result, *rest = map(to_real, _numbers(arguments))
    for divisor in rest:
        if isinstance(result, Number) and isinstance(divisor, Number) and divisor.value:
            result = number(result.value / divisor.value, REAL)
        else:
            result = operate(Op.DIVIDE, result, divisor)
    return result


def _numbers(arguments: Arguments) -> Arguments:
    for argument in arguments:
        if argument.sort not in (INT, REAL):
            raise SortError(f"numbers are wanted here, not {argument.sort}")
    return arguments


def _whole(op: Op) -> Callable[[Arguments], Term]:
    return lambda arguments: _left(op)(tuple(as_sort(term, INT) for term in _numbers(arguments)))


def _power(arguments: Arguments) -> Term:
    base, exponent = arguments
    if not isinstance(exponent, Number) or exponent.value.denominator != 1 or exponent.value < 1:
        raise Delegated("powers whose exponent is not a positive whole number")
    return operate(Op.POWER, base, number(exponent.value, base.sort))


def _distinct(arguments: Arguments) -> Term:
    return operate(Op.DISTINCT, *arguments) if len(arguments) > 1 else TRUE


def _select(arguments: Arguments) -> Term:
    held, index = arguments
    return operate(Op.SELECT, held, as_sort(index, _array(held)[0]))


def _store(arguments: Arguments) -> Term:
    held, index, element = arguments
    of, to = _array(held)
    return operate(Op.STORE, held, as_sort(index, of), as_sort(element, to))


def _array(term: Term) -> tuple[Sort, ...]:
    if term.sort.name != "Array":
        raise SortError(f"an array is wanted here, not {term.sort}")
    return term.sort.arguments


def divisible(divisor: int, term: Term) -> Term:
    """Return that a whole number is a multiple of a positive one."""
    return equal(operate(Op.MOD, as_sort(term, INT), number(divisor)), number(0))


def _of_truths(op: Callable[[Arguments], Term]) -> Callable[[Arguments], Term]:
    """Check that the arguments are truth values even where one alone is passed on."""

    def build(arguments: Arguments) -> Term:
        for argument in arguments:
            if argument.sort != BOOL:
                raise SortError(f"truth values are wanted here, not {argument.sort}")
        return op(arguments)

    return build


def _of_numbers(op: Op) -> Callable[[Arguments], Term]:
    return lambda arguments: operate(op, *arguments) if len(arguments) > 1 else _numbers(arguments)[0]


def _implied(arguments: Arguments) -> Term:
    return reduce(lambda conclusion, premise: implies(premise, conclusion), reversed(arguments))


ANY = 1_000_000_000
_IMPLIED = (2, ANY, _of_truths(_implied))
_CHOICE = (3, 3, lambda arguments: operate(Op.ITE, *arguments))

OPERATIONS: dict[str, tuple[int, int, Callable[[Arguments], Term]]] = {
    "not": (1, 1, lambda arguments: operate(Op.NOT, *arguments)),
    "and": (1, ANY, _of_truths(conjunction)),
    "or": (1, ANY, _of_truths(disjunction)),
    "xor": (1, ANY, _of_truths(_left(Op.XOR))),
    "=>": _IMPLIED,
    "implies": _IMPLIED,
    "=": (2, ANY, _chained(_equation)),
    "iff": (2, ANY, _of_truths(_chained(equal))),
    "distinct": (1, ANY, _distinct),
    "ite": _CHOICE,
    "if": _CHOICE,
    "+": (1, ANY, _of_numbers(Op.ADD)),
    "*": (1, ANY, _of_numbers(Op.MULTIPLY)),
    "-": (1, ANY, _minus),
    "~": (1, 1, _minus),
    "/": (2, ANY, _divided),
    "div": (2, ANY, _whole(Op.DIV)),
    "mod": (2, 2, _whole(Op.MOD)),
    "^": (2, 2, _power),
    "abs": (1, 1, lambda arguments: operate(Op.ABS, *arguments)),
    "to_real": (1, 1, lambda arguments: to_real(_numbers(arguments)[0])),
    "to_int": (1, 1, lambda arguments: as_sort(_numbers(arguments)[0], INT)),
    "is_int": (1, 1, lambda arguments: operate(Op.IS_INT, *arguments)),
    "select": (2, 2, _select),
    "store": (3, 3, _store),
    **{
        op.value: (2, ANY, _chained(lambda a, b, op=op: operate(op, a, b)))  # type: ignore[misc]
        for op in (Op.LESS, Op.LESS_EQUAL, Op.GREATER, Op.GREATER_EQUAL)
    },
}
"""For each name how few and how many arguments it takes, and how it is built."""
CONSTANTS = {"true": TRUE, "false": FALSE}
