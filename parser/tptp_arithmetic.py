"""The arithmetic of TPTP as terms.

Rationals are read as reals. What TPTP leaves unspecified, division by zero, is a function of its own for each kind of
division, so that nothing follows about it. Source: the arithmetic system of TPTP's TFF, as given in the TPTP's
technical report; quotients and remainders come in three kinds: `e` (the remainder is not negative), `t` (towards zero)
and `f` (downwards).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from abduce.errors import SortError
from abduce.parser.source_text import Delegated
from abduce.parser.tptp_types import Declarations
from abduce.solvers.terms import (
    INT,
    REAL,
    TRUE,
    Number,
    Op,
    Operate,
    Symbol,
    Term,
    conjunction,
    equal,
    number,
    operate,
    subterms,
    to_real,
)

Arguments = tuple[Term, ...]
Builder = Callable[[Declarations, Arguments], Term]


def is_numeral(term: Term) -> bool:
    """Tell whether a term is made of numbers alone and divides by none, so that its value is a known rational."""
    return all(
        isinstance(part, Number) or (isinstance(part, Operate) and part.op is not Op.DIVIDE) for part in subterms(term)
    )


def _simple(op: Op) -> Builder:
    return lambda _, arguments: operate(op, *arguments)


def _negative(term: Term) -> Term:
    return Number(-term.value, term.sort) if isinstance(term, Number) else operate(Op.NEGATE, term)


def _zero(sort: object) -> Number:
    return number(Fraction(0), INT if sort == INT else REAL)


def _not_by_zero(name: str, value: Term, over: Term, under: Term) -> Term:
    """Return a value where the divisor is not zero, and there what TPTP leaves unspecified."""
    if isinstance(under, Number) and under.value:
        return value
    unspecified = Symbol(name, (over.sort, under.sort), value.sort)(over, under)
    return operate(Op.ITE, equal(under, _zero(under.sort)), unspecified, value)


def _quotient(known: Declarations, arguments: Arguments) -> Term:
    over, under = map(to_real, arguments)
    if arguments[0].sort == INT:
        known.rational = True
    if isinstance(over, Number) and isinstance(under, Number) and under.value:
        return number(over.value / under.value, REAL)
    return operate(Op.DIVIDE, over, under)


def floor(term: Term) -> Term:
    """Return the greatest whole number that is not greater, in the term's own sort."""
    return term if term.sort == INT else to_real(operate(Op.TO_INT, term))


def _ceiling(term: Term) -> Term:
    return term if term.sort == INT else _negative(floor(_negative(term)))


def _truncated(term: Term) -> Term:
    if term.sort == INT:
        return term
    return operate(Op.ITE, operate(Op.GREATER_EQUAL, term, _zero(REAL)), floor(term), _ceiling(term))


def _rounded(term: Term) -> Term:
    """Round to the nearest whole number, and to the even one of two."""
    if term.sort == INT:
        return term
    moved = operate(Op.ADD, term, number(Fraction(1, 2)))
    above = operate(Op.TO_INT, moved)
    odd = equal(operate(Op.MOD, above, number(2)), number(1))
    tie = conjunction((operate(Op.IS_INT, moved), odd))
    return to_real(operate(Op.ITE, tie, operate(Op.SUBTRACT, above, number(1)), above))


def _divided(kind: str, over: Term, under: Term) -> Term:
    """Return the whole quotient of one kind, for a divisor that is not zero."""
    if over.sort == INT:
        if kind == "e":
            return operate(Op.DIV, over, under)
        opposite = operate(Op.DIV, _negative(over), under if kind == "t" else _negative(under))
        plain = operate(Op.DIV, over, under)
        if kind == "t":
            return operate(Op.ITE, operate(Op.GREATER_EQUAL, over, number(0)), plain, _negative(opposite))
        return operate(Op.ITE, operate(Op.GREATER, under, number(0)), plain, opposite)
    exact = operate(Op.DIVIDE, over, under)
    if kind == "e":
        return operate(Op.ITE, operate(Op.GREATER, under, _zero(REAL)), floor(exact), _ceiling(exact))
    return _truncated(exact) if kind == "t" else floor(exact)


def _whole_quotient(kind: str) -> Builder:
    def build(_: Declarations, arguments: Arguments) -> Term:
        over, under = arguments
        return _not_by_zero(f"$quotient_{kind}", _divided(kind, over, under), over, under)

    return build


def _remainder(kind: str) -> Builder:
    def build(_: Declarations, arguments: Arguments) -> Term:
        over, under = arguments
        if over.sort == INT and kind == "e":
            value = operate(Op.MOD, over, under)
        else:
            value = operate(Op.SUBTRACT, over, operate(Op.MULTIPLY, under, _divided(kind, over, under)))
        return _not_by_zero(f"$remainder_{kind}", value, over, under)

    return build


def _on_one(build: Callable[[Term], Term]) -> Builder:
    return lambda _, arguments: build(arguments[0])


def _is_rational(known: Declarations, arguments: Arguments) -> Term:
    if known.real and not is_numeral(arguments[0]) and arguments[0].sort == REAL:
        raise Delegated("whether a real number is rational")
    return TRUE


def _to_rational(known: Declarations, arguments: Arguments) -> Term:
    _is_rational(known, arguments)
    return to_real(arguments[0])


def _to_int(term: Term) -> Term:
    return term if term.sort == INT else operate(Op.TO_INT, term)


def _is_int(term: Term) -> Term:
    return TRUE if term.sort == INT else operate(Op.IS_INT, term)


FUNCTIONS: dict[str, tuple[int, Builder]] = {
    "$less": (2, _simple(Op.LESS)),
    "$lesseq": (2, _simple(Op.LESS_EQUAL)),
    "$greater": (2, _simple(Op.GREATER)),
    "$greatereq": (2, _simple(Op.GREATER_EQUAL)),
    "$sum": (2, _simple(Op.ADD)),
    "$difference": (2, _simple(Op.SUBTRACT)),
    "$product": (2, _simple(Op.MULTIPLY)),
    "$uminus": (1, _on_one(_negative)),
    "$abs": (1, _simple(Op.ABS)),
    "$quotient": (2, _quotient),
    **{f"$quotient_{kind}": (2, _whole_quotient(kind)) for kind in "etf"},
    **{f"$remainder_{kind}": (2, _remainder(kind)) for kind in "etf"},
    "$floor": (1, _on_one(floor)),
    "$ceiling": (1, _on_one(_ceiling)),
    "$truncate": (1, _on_one(_truncated)),
    "$round": (1, _on_one(_rounded)),
    "$is_int": (1, _on_one(_is_int)),
    "$is_rat": (1, _is_rational),
    "$to_int": (1, _on_one(_to_int)),
    "$to_rat": (1, _to_rational),
    "$to_real": (1, _on_one(to_real)),
}
"""For each defined function or predicate how many arguments it takes, and how it is built."""


def build(known: Declarations, name: str, arguments: Arguments) -> Term:
    """Apply a defined function or predicate of arithmetic.

    Raises:
        SortError: The arguments are not as many numbers of one sort as it takes.
        Delegated: Our terms cannot say it.
    """
    count, builder = FUNCTIONS[name]
    if len(arguments) != count:
        raise SortError(f"{name} takes {count} arguments; got {len(arguments)}")
    for argument in arguments:
        if argument.sort not in (INT, REAL) or argument.sort != arguments[0].sort:
            raise SortError(f"{name} takes numbers of one type, not {' and '.join(str(a.sort) for a in arguments)}")
    return builder(known, arguments)
