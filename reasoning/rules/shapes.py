"""Clauses in flat form: each rule a shape, which many rules share, and the predicates and constants that fill it.

In a shape everything is a number. An operand is a variable (from 0) or a constant (from -1 downwards, by slot).
A literal is a tuple that begins with its kind:

    ("p", predicate slot, operands)             an atom
    ("n", predicate slot, operands or None)     default negation; None stands for any value
    ("c", comparison, operand, operand)
    ("o", operation, result, operand, operand)  arithmetic, one operation each; `abs` is a distance
    ("f", result, constant slot of the name, operands)   a compound term
    ("g", kind, result, outer variables, operands of the set's terms, alternatives)   an aggregate

so nothing in a shape is nested but the alternatives of an aggregate. Plans and code are made for shapes, not rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from abduce.errors import ParseError
from abduce.parser.source_text import LONGEST_EXCERPT
from abduce.parser.statements import (
    NOWHERE,
    Aggregate,
    App,
    Clause,
    Expression,
    Operation,
    Quantifier,
    Span,
)
from abduce.reasoning.rules.arithmetic import InexactPower
from abduce.reasoning.rules.ground import Predicate, Value, shown

Literal: TypeAlias = tuple[Any, ...]
Conjunction: TypeAlias = tuple[Literal, ...]
VIOLATED = Predicate("", 1)
"""The head of integrity constraints, at the number of the constraint; no user's predicate has this name."""


class Shape(NamedTuple):
    """What rules that differ only in names and constants have in common.

    Attributes:
        head: Operands of the head.
        body: The literals, flat.
        variables: How many variables there are.
    """

    head: tuple[int, ...]
    body: Conjunction
    variables: int


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One rule; a clause whose body has an `or` makes several.

    Attributes:
        shape: Its shape.
        head: The predicate it concludes.
        predicates: Of the atoms of its body, by slot.
        constants: By slot.
        names: What its variables are called, by number; empty for those that have no name.
        clause: Where it comes from.
        hidden: How many atoms at the front of the body are not the clause's own.
    """

    shape: Shape
    head: Predicate
    predicates: tuple[Predicate, ...]
    constants: tuple[Value, ...]
    names: tuple[str, ...]
    clause: Clause
    hidden: int = 0


def fault(
    clause: Clause, span: Span, message: str, *, expected: tuple[str, ...] = (), repairs: tuple[str, ...] = ()
) -> ParseError:
    """Return the error about a part of a clause, with its place."""
    text, source = clause.source.text, clause.source
    before = text[: span[0]]
    line = before.count("\n")
    start = before.rfind("\n") + 1
    excerpt = text[start:].split("\n", 1)[0]
    indent = source.column - 1 if line == 0 else 0
    if len(excerpt) + indent > LONGEST_EXCERPT:
        near = text[span[0] : span[0] + 40].split("\n", 1)[0]
        message, excerpt = f"{message}, near {near!r}", ""
    return ParseError(
        message,
        file=source.file,
        line=source.line + line,
        column=span[0] - start + indent + 1,
        excerpt=excerpt and " " * indent + excerpt,
        expected=expected,
        repairs=repairs,
    )


def inexact(clause: Clause, power: InexactPower) -> ParseError:
    """Return the error about a power that rules do not calculate with, at its place."""
    head = () if clause.head is None else (clause.head,)
    powers = (one for one in parts((*head, *clause.body)) if isinstance(one, Operation) and one.op == "^")
    span = next((one.span for one in powers), NOWHERE)
    base = shown(power.base) if isinstance(power.base, int) else f"({shown(power.base)})"
    message = f"{base}^({shown(power.exponent)}) is no rational number, and rules calculate with these alone"
    return fault(clause, span, message, expected=("an integer as exponent", "an exact root", "the classical reading"))


def parts(expressions: Iterable[Expression], *, inside: bool = True) -> Iterator[Expression]:
    """Yield expressions and all their parts from left to right; those of aggregates only if asked for."""
    pending = list(expressions)[::-1]
    while pending:
        item = pending.pop()
        yield item
        if isinstance(item, App | Operation):
            pending.extend(reversed(item.arguments))
        elif isinstance(item, Quantifier):
            pending.append(item.body)
        elif isinstance(item, Aggregate) and inside:
            pending.extend(reversed((*item.terms, *item.body)))


def excerpt(clause: Clause, expression: Expression) -> str:
    """Return the text of a part of a clause, empty where its place is not known."""
    return clause.source.text[slice(*expression.span)] if expression.span != NOWHERE else ""


def head_of(clause: Clause) -> tuple[App, bool] | None:
    """Return the atom that a clause concludes and whether it is strongly negated, None for a constraint."""
    head = clause.head
    if head is None:
        return None
    strong = isinstance(head, Operation) and head.op == "strong"
    inner = head.arguments[0] if isinstance(head, Operation) and strong else head
    if not isinstance(inner, App):
        expected = ("p(X)", "-p(X)")
        raise fault(clause, head.span, "the head of a clause must be an atom or its strong negation", expected=expected)
    return inner, strong
