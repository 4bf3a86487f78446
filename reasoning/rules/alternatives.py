"""Bodies multiplied out: what holds an `or`, a denied `and` or an `ite` becomes several conjunctions of literals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from abduce.errors import ParseError
from abduce.parser.statements import NOWHERE, Aggregate, App, Clause, Expression, Operation, Quantifier, Var
from abduce.reasoning.rules.shapes import fault, parts

MAXIMUM_ALTERNATIVES = 1024
Conjunctions: TypeAlias = "list[tuple[Expression, ...]]"


def alternatives(
    clause: Clause,
    body: Sequence[Expression],
    choices: Callable[[Expression], Conjunctions | None] | None = None,
) -> list[list[Expression]]:
    """Multiply out a body into conjunctions of literals: `or`, `exists`, and `not` of `or`, `and` and `not`.

    Args:
        clause: Where it stands, for errors.
        body: The body.
        choices: Returns the conjunctions of which one must hold for a part, None for a literal.

    Raises:
        ParseError: There are more than `MAXIMUM_ALTERNATIVES`.
    """
    split = choices or _choices
    finished: list[list[Expression]] = []
    open_ones: list[tuple[list[Expression], list[Expression]]] = [([], list(body)[::-1])]
    while open_ones:
        done, todo = open_ones.pop()
        while todo:
            item = todo.pop()
            found = split(item)
            if found is None:
                done.append(item)
            elif len(found) == 1:
                todo.extend(reversed(found[0]))
            else:
                open_ones.extend(([*done], [*todo, *reversed(choice)]) for choice in reversed(found))
                break
        else:
            finished.append(done)
        if len(finished) + len(open_ones) > MAXIMUM_ALTERNATIVES:
            raise _too_many(clause)
    return finished


def _choices(item: Expression) -> Conjunctions | None:
    """Return the conjunctions of which one must hold for a part of a body, None for a literal."""
    if isinstance(item, Quantifier) and item.kind == "exists":
        return [(_apart(item),)]
    if not isinstance(item, Operation):
        return None
    if item.op != "not":
        return _split(item.op, item.arguments)
    inner = item.arguments[0]
    if not isinstance(inner, Operation):
        return None
    if inner.op == "not":
        return [inner.arguments]
    denied = tuple(Operation("not", (part,), item.span) for part in inner.arguments)
    return _split({"and": "or", "or": "and", "true": "false", "false": "true"}.get(inner.op, ""), denied)


def _split(op: str, arguments: tuple[Expression, ...]) -> Conjunctions | None:
    if op == "or":
        return [(argument,) for argument in arguments]
    if op in ("and", "true"):
        return [arguments if op == "and" else ()]
    return [] if op == "false" else None


def _apart(quantified: Quantifier) -> Expression:
    """Return the body of an `exists` with variables that occur nowhere else."""
    marks = {v.name: f"{v.name}@{quantified.span[0]}" for v in quantified.variables if not v.name.startswith("_")}
    return _renamed(quantified.body, marks)


def _renamed(expression: Expression, marks: Mapping[str, str]) -> Expression:
    """Return an expression with its free variables renamed."""

    def changed(part: Expression) -> Expression | None:
        if isinstance(part, Var):
            return replace(part, name=marks.get(part.name, part.name))
        if isinstance(part, Quantifier) and any(variable.name in marks for variable in part.variables):
            bound = {variable.name for variable in part.variables}
            inner = {name: mark for name, mark in marks.items() if name not in bound}
            return replace(part, body=_renamed(part.body, inner))
        return None

    return rewritten(expression, changed) if marks else expression


# ite ---------------------------------------------------------------------------------------------------------


def cases(
    clause: Clause, shown: tuple[Expression, ...], body: Sequence[Expression]
) -> list[tuple[tuple[Expression, ...], list[Expression]]]:
    """Return the alternatives of a body without `ite`, each with what it concludes or collects.

    What holds an `ite` becomes two: with one branch where the condition holds, with the other where it does not. So
    a branch needs a value where it is taken only, and where the condition has none, there is no alternative.

    Args:
        clause: Where they stand, for errors.
        shown: The terms whose values the body gives: a head, or what an aggregate collects.
        body: The body.

    Raises:
        ParseError: There are more than `MAXIMUM_ALTERNATIVES`, or a condition holds a quantifier.
    """

    def choices(item: Expression) -> Conjunctions | None:
        found = _choices(item)
        return found if found is not None else _conditional(clause, (item,))

    finished: list[tuple[tuple[Expression, ...], list[Expression]]] = []
    pending = [(shown, tuple(body))]
    while pending:
        terms, literals = pending.pop()
        branches = _conditional(clause, terms)
        if branches is None:
            finished += [(terms, one) for one in alternatives(clause, literals, choices)]
        else:
            pending.extend((tuple(taken), (condition, *literals)) for condition, *taken in reversed(branches))
        if len(finished) + len(pending) > MAXIMUM_ALTERNATIVES:
            raise _too_many(clause)
    return finished


def _conditional(clause: Clause, items: tuple[Expression, ...]) -> Conjunctions | None:
    """Return what the first `ite` in some expressions makes of them: each time its condition, and they at a branch."""
    chosen = next((one for one in parts(items, inside=False) if isinstance(one, Operation) and one.op == "ite"), None)
    if chosen is None:
        return None
    condition, *branches = chosen.arguments
    quantified = next((one for one in parts((condition,)) if isinstance(one, Quantifier)), None)
    if quantified is not None:
        message = "the condition of `ite` cannot have a quantifier in a rule"
        raise fault(clause, quantified.span, message, expected=("a predicate that a rule of its own concludes",))
    denied = Operation("not", (condition,), condition.span)
    found: Conjunctions = []
    for holds, branch in zip((condition, denied), branches, strict=True):
        found.append((holds, *(_with_branch(one, chosen, branch) for one in items)))
    return found


def _with_branch(expression: Expression, chosen: Operation, branch: Expression) -> Expression:
    return rewritten(expression, lambda part: branch if part is chosen else None)


def rewritten(expression: Expression, changed: Callable[[Expression], Expression | None]) -> Expression:
    """Return an expression with some parts replaced; in what comes in for one, nothing more is.

    Args:
        expression: The expression.
        changed: Returns what comes in for a part, None where it stays.
    """
    done: list[Expression] = []
    pending: list[tuple[Expression, int]] = [(expression, -1)]
    while pending:
        item, count = pending.pop()
        if count >= 0:
            inner = tuple(done[len(done) - count :])
            del done[len(done) - count :]
            done.append(_with_parts(item, inner))
            continue
        new = changed(item)
        below = () if new is not None else _parts_of(item)
        if below:
            pending.append((item, len(below)))
            pending.extend((one, -1) for one in reversed(below))
        else:
            done.append(item if new is None else new)
    return done[0]


def _parts_of(item: Expression) -> tuple[Expression, ...]:
    if isinstance(item, App | Operation):
        return item.arguments
    if isinstance(item, Quantifier):
        return (item.body,)
    return (*item.terms, *item.body) if isinstance(item, Aggregate) else ()


def _with_parts(item: Expression, inner: tuple[Expression, ...]) -> Expression:
    if isinstance(item, App | Operation):
        return replace(item, arguments=inner)
    if isinstance(item, Quantifier):
        return replace(item, body=inner[0])
    assert isinstance(item, Aggregate)
    return replace(item, terms=inner[: len(item.terms)], body=inner[len(item.terms) :])


def _too_many(clause: Clause) -> ParseError:
    message = f"multiplying out `or` and `ite` gives more than {MAXIMUM_ALTERNATIVES} rules"
    return fault(clause, NOWHERE, message, expected=("alternatives as clauses of a predicate of their own",))
