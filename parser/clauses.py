"""What the parts of a clause may be, and what to say where one is something else."""

from __future__ import annotations

from collections.abc import Iterator

from abduce.parser.building import COMPARISONS, Misplaced, conjuncts
from abduce.parser.statements import Aggregate, App, Expression, Operation, Quantifier, Var

_INSTEAD = "write it as a formula (`body -> head`, without `:-`), or name it by a rule of its own"


def clause_head(expression: Expression) -> Expression:
    """Return the head of a clause.

    Raises:
        Misplaced: It is no atom and no strong negation of one.
    """
    if isinstance(expression, App) or (isinstance(expression, Operation) and expression.op == "strong"):
        return expression
    if isinstance(expression, Operation) and expression.op == "not":
        raise Misplaced(
            expression.span, "a head cannot hold `not`, which is no claim; write `-` for strong negation", expected="-"
        )
    if isinstance(expression, Operation) and expression.op == "and":
        raise Misplaced(expression.span, "a clause has one head; write a clause for each", expected="`:-`")
    raise Misplaced(expression.span, f"the head of a clause is an atom; {_INSTEAD}", expected="an atom")


def clause_body(expression: Expression) -> tuple[Expression, ...]:
    """Return the literals of a body.

    Raises:
        Misplaced: A part is neither a literal, a comparison, nor an `or` of conjunctions of such.
    """
    literals = conjuncts(expression)
    pending = list(literals)
    while pending:
        part = pending.pop()
        if isinstance(part, Operation) and part.op in ("and", "or"):
            pending.extend(part.arguments)
        else:
            _check_literal(part)
    return literals


def _check_literal(part: Expression) -> None:
    if isinstance(part, App):
        return
    if isinstance(part, Quantifier):
        raise Misplaced(part.span, f"a quantifier cannot stand in the body of a clause; {_INSTEAD}")
    assert isinstance(part, Operation)
    if part.op == "not":
        (inner,) = part.arguments
        if isinstance(inner, App) or (isinstance(inner, Operation) and inner.op == "strong"):
            return
        if isinstance(inner, Operation) and inner.op in COMPARISONS:
            return
        raise Misplaced(part.span, f"in a body `not` stands before one atom or comparison; {_INSTEAD}")
    if part.op not in COMPARISONS and part.op not in ("strong", "true", "false"):
        raise Misplaced(part.span, f"`{part.op}` cannot stand in the body of a clause; {_INSTEAD}")


def quantifiers(expression: Expression) -> Iterator[Quantifier]:
    """Yield the quantifiers of an expression, the outer ones first, in the order of the text."""
    pending: list[Expression] = [expression]
    while pending:
        part = pending.pop()
        if isinstance(part, Quantifier):
            yield part
            pending.append(part.body)
        elif isinstance(part, App | Operation):
            pending.extend(reversed(part.arguments))


def free_variables(expression: Expression) -> tuple[Var, ...]:
    """Return the variables that no quantifier binds, in the order of their first occurrence.

    Those that occur inside an aggregate only belong to it and are left out.
    """
    found: dict[str, Var] = {}
    for variable, _ in free_occurrences(expression):
        found.setdefault(variable.name, variable)
    return tuple(found.values())


def free_occurrences(expression: Expression) -> Iterator[tuple[Var, frozenset[str]]]:
    """Yield the free occurrences of variables from left to right, each with the names bound around it."""
    pending: list[tuple[Expression, frozenset[str]]] = [(expression, frozenset())]
    while pending:
        part, bound = pending.pop()
        if isinstance(part, Var):
            if part.name not in bound:
                yield part, bound
        elif isinstance(part, Quantifier):
            pending.append((part.body, bound.union(variable.name for variable in part.variables)))
        elif isinstance(part, App | Operation):
            pending.extend((argument, bound) for argument in reversed(part.arguments))


def aggregates(expression: Expression) -> Iterator[Aggregate]:
    """Yield the aggregates in an expression."""
    pending = [expression]
    while pending:
        part = pending.pop()
        if isinstance(part, Aggregate):
            yield part
        elif isinstance(part, Quantifier):
            pending.append(part.body)
        elif isinstance(part, App | Operation):
            pending.extend(reversed(part.arguments))
