"""Commands of algebra as terms: all their names are real variables."""

from __future__ import annotations

from typing import Final

from abduce.errors import SortError
from abduce.parser.operating import operation
from abduce.parser.places import sort_error, written
from abduce.parser.statements import Algebra, App, Expression, Num, Operation, Source
from abduce.solvers.terms import REAL, Symbol, Term, Variable, apply, constant, number, to_real

_ALGEBRAIC_CONSTANTS: Final = frozenset({"pi", "e", "oo"})


def algebra_terms(statement: Algebra) -> tuple[Term, ...]:
    """Return the arguments of an algebra command: its names are real variables, but for pi, e and oo.

    Raises:
        SortError: Something in them has no meaning in algebra; says where.
    """
    return tuple(_algebraic(argument, statement.source) for argument in statement.arguments)


def _algebraic(expression: Expression, source: Source) -> Term:
    results: list[Term] = []
    pending: list[tuple[Expression, bool]] = [(expression, False)]
    while pending:
        part, ready = pending.pop()
        if isinstance(part, Num):
            results.append(number(part.value))
        elif isinstance(part, App) and not part.arguments:
            named = part.name in _ALGEBRAIC_CONSTANTS
            results.append(constant(part.name, REAL) if named else Variable(part.name, REAL))
        elif isinstance(part, App | Operation) and ready:
            count = len(part.arguments)
            parts = results[len(results) - count :]
            del results[len(results) - count :]
            if isinstance(part, App):
                results.append(apply(Symbol(part.name, (REAL,) * count, REAL), *map(to_real, parts)))
            else:
                results.append(_operation(part, parts, source))
        elif isinstance(part, App | Operation):
            pending.append((part, True))
            pending.extend((argument, False) for argument in reversed(part.arguments))
        else:
            raise sort_error(f"a {type(part).__name__.lower()} has no meaning in algebra", source, part.span)
    return results[0]


def _operation(part: Operation, parts: list[Term], source: Source) -> Term:
    if part.op in ("mod", "div"):
        raise sort_error(
            f"`{written(source, part.span)}` has no meaning in algebra, whose names are real numbers, and {part.op} "
            f"takes integers; ask for integers with a question: ?n {part.op} 3 = 1?",
            source,
            part.span,
        )
    try:
        return operation(part.op, parts)
    except SortError as error:
        raise sort_error(error.message, source, part.span) from None
