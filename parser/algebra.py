"""Commands of algebra as terms: all their names are real variables."""

from __future__ import annotations

from typing import Final

from abduce.errors import SortError
from abduce.parser.elaboration import operation
from abduce.parser.statements import Algebra, App, Expression, Num, Operation
from abduce.solvers.terms import REAL, Symbol, Term, Variable, apply, constant, number, to_real

_ALGEBRAIC_CONSTANTS: Final = frozenset({"pi", "e", "oo"})


def algebra_terms(statement: Algebra) -> tuple[Term, ...]:
    """Return the arguments of an algebra command: its names are real variables, but for pi, e and oo."""
    return tuple(_algebraic(argument) for argument in statement.arguments)


def _algebraic(expression: Expression) -> Term:
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
                results.append(operation(part.op, parts))
        elif isinstance(part, App | Operation):
            pending.append((part, True))
            pending.extend((argument, False) for argument in reversed(part.arguments))
        else:
            raise SortError(f"{type(part).__name__.lower()} has no meaning in algebra")
    return results[0]
