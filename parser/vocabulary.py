"""The names of a session and how alike two names are: what suggestions and lint go by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from abduce.parser.clauses import quantifiers
from abduce.parser.statements import (
    Aggregate,
    Algebra,
    App,
    Clause,
    Declaration,
    Expression,
    Formula,
    Operation,
    Quantifier,
    Query,
    Source,
    Span,
    Statement,
    Var,
)

_DIVIDERS: Final = re.compile(r"[\s_.\-'’]+")


@dataclass(frozen=True, slots=True)
class Use:
    """One occurrence of a name.

    Attributes:
        name: The name.
        arity: How many arguments it has there.
        is_claim: Whether it stands as a formula, not as a term.
        source: The statement.
        span: Where in the statement; `(0, 0)` where only the statement is known.
        concludes: Whether the occurrence is what a statement concludes: a head, a fact, or any place in a formula.
    """

    name: str
    arity: int
    is_claim: bool
    source: Source
    span: Span
    concludes: bool = False

    @property
    def role(self) -> tuple[bool, int]:
        """What names must share to be taken for one another."""
        return self.is_claim, self.arity


@dataclass(slots=True)
class Vocabulary:
    """The names of some statements, with their uses in order."""

    uses: dict[str, list[Use]] = field(default_factory=dict)

    def add(self, statements: Iterable[Statement]) -> None:
        """Take in the names of statements."""
        for statement in statements:
            for use in uses_of(statement):
                self.uses.setdefault(use.name, []).append(use)

    def roles(self) -> dict[str, Counter[tuple[bool, int]]]:
        """Return for each name how often it is used as what."""
        return {name: Counter(use.role for use in uses) for name, uses in self.uses.items()}


def vocabulary_of(statements: Iterable[Statement]) -> Vocabulary:
    """Return the names of statements."""
    found = Vocabulary()
    found.add(statements)
    return found


def uses_of(statement: Statement) -> Iterator[Use]:
    """Yield the occurrences of names in a statement, from left to right."""
    source = statement.source
    if isinstance(statement, Declaration):
        yield Use(statement.name, len(statement.arguments), statement.result == "Bool", source, (0, 0), True)
    elif isinstance(statement, Formula):
        yield from _uses(statement.expression, True, source, True)
    elif isinstance(statement, Query):
        yield from _uses(statement.expression, True, source, False)
        if statement.objective:
            yield from _uses(statement.objective[1], False, source, False)
    elif isinstance(statement, Clause):
        if statement.head is not None:
            yield from _uses(statement.head, True, source, True)
        for literal in statement.body:
            yield from _uses(literal, True, source, False)
    else:
        assert isinstance(statement, Algebra)


def _uses(expression: Expression, is_claim: bool, source: Source, concludes: bool) -> Iterator[Use]:
    pending: list[tuple[Expression, bool]] = [(expression, is_claim)]
    while pending:
        part, claims = pending.pop()
        if isinstance(part, App):
            yield Use(part.name, len(part.arguments), claims, source, part.span, concludes and claims)
            pending.extend((argument, False) for argument in reversed(part.arguments))
        elif isinstance(part, Operation):
            inner = part.op in ("not", "and", "or", "xor", "->", "<->", "strong")
            pending.extend((argument, inner) for argument in reversed(part.arguments))
        elif isinstance(part, Quantifier):
            pending.append((part.body, True))
        elif isinstance(part, Aggregate):
            pending.extend((literal, True) for literal in reversed(part.body))
            pending.extend((term, False) for term in reversed(part.terms))


def bound_names(expression: Expression) -> Iterator[Var]:
    """Yield the variables that quantifiers bind in an expression."""
    for quantifier in quantifiers(expression):
        yield from quantifier.variables


# likeness -----------------------------------------------------------------------------------------------------------


def distance(left: str, right: str, *, most: int) -> int:
    """Return how many letters must be changed, added, dropped or swapped with a neighbour; `most + 1` where more."""
    if abs(len(left) - len(right)) > most:
        return most + 1
    before: list[int] = []
    above = list(range(len(right) + 1))
    for row, letter in enumerate(left, start=1):
        current = [row]
        for column, other in enumerate(right, start=1):
            cost = min(above[column] + 1, current[-1] + 1, above[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == right[column - 2] and left[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > most and min(above) >= most:  # a swap reaches back two rows
            return most + 1
        before, above = above, current
    return min(above[-1], most + 1)


def folded(name: str) -> str:
    """Return a name without case and dividers."""
    return _DIVIDERS.sub("", name).casefold()


def are_variants(left: str, right: str) -> bool:
    """Tell whether two names differ by case, dividers, or a plural only."""
    a, b = sorted((folded(left), folded(right)), key=len)
    if a == b:
        return True
    if len(a) < 3 or a[-1].isdigit():
        return False
    return b in (a + "s", a + "es") or (a.endswith("y") and b == a[:-1] + "ies")


def may_be_typo(left: str, right: str) -> bool:
    """Tell whether one of two names looks like the other misspelled.

    Names that differ in digits, or in a single letter that stands alone, are told apart on purpose.
    """
    if re.sub(r"\D", "", left) != re.sub(r"\D", "", right):
        return False
    shorter = min(len(left), len(right))
    most = 2 if shorter >= 9 else 1
    if shorter < 4 or (shorter < 5 and len(left) != len(right)):
        return False
    if [len(piece) for piece in _DIVIDERS.split(left)][-1] == 1 or [len(p) for p in _DIVIDERS.split(right)][-1] == 1:
        return False
    return 0 < distance(left.casefold(), right.casefold(), most=most) <= most
