"""What a query asks: its goal, its free variables, and what is to be made best."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from abduce.parser.building import Context, claim, term
from abduce.parser.clauses import free_variables
from abduce.parser.statements import Expression, Operation, Quantifier, Query, Source

_CONNECTIVES: Final = frozenset({"not", "and", "or", "xor", "->", "<->"})


def query_of(found: Any, context: Context, source: Source) -> Query:
    parts: list[Any] = found.children
    objective: tuple[str, Expression] | None = None
    expression: Expression = Operation("true", ())
    if found.data == "optimum":
        objective = parts[0].value, term(parts[1])
    if found.data == "goal" or len(parts) > 2:
        expression = _closed_over(claim(parts[-1]), context.anonymous)
    free = {variable.name: variable for variable in free_variables(expression)}
    if objective:
        free.update((variable.name, variable) for variable in free_variables(objective[1]))
    shown = tuple(variable for name, variable in free.items() if name not in context.anonymous)
    return Query(expression, shown, source, objective, tuple(context.taken))


def _closed_over(expression: Expression, anonymous: Collection[str]) -> Expression:
    """Bind the anonymous variables of a query's atoms right around the atom: `not p(_)` is about all values."""
    if not anonymous:
        return expression
    return _rebuilt(expression, anonymous)


def _rebuilt(expression: Expression, anonymous: Collection[str]) -> Expression:
    done: list[Expression] = []
    pending: list[tuple[Expression, bool]] = [(expression, False)]
    while pending:
        part, ready = pending.pop()
        inner = (
            part.arguments
            if isinstance(part, Operation) and part.op in _CONNECTIVES
            else (part.body,)
            if isinstance(part, Quantifier)
            else ()
        )
        if not inner:
            hidden = tuple(variable for variable in free_variables(part) if variable.name in anonymous)
            done.append(Quantifier("exists", hidden, part, part.span) if hidden else part)
        elif not ready:
            pending.append((part, True))
            pending.extend((one, False) for one in reversed(inner))
        else:
            parts = tuple(done[-len(inner) :])
            del done[-len(inner) :]
            if isinstance(part, Quantifier):
                done.append(Quantifier(part.kind, part.variables, parts[0], part.span))
            else:
                assert isinstance(part, Operation)
                done.append(Operation(part.op, parts, part.span))
    return done[0]
