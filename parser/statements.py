"""What a text of the query language says: statements over untyped expressions, each with its place in the text."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement stands.

    Attributes:
        text: The statement as it was written, without surrounding white space.
        file: Name of the file, or of what stands for one.
        line: Line on which it begins, from 1.
        column: Column in which it begins, from 1.
    """

    text: str
    file: str = ""
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.file else f"line {self.line}"


Span: TypeAlias = tuple[int, int]
"""First offset and the one after the last, in the statement's text."""
NOWHERE: Span = (0, 0)


class _Whole:
    """Equality and hash of what has parts, without recursion: expressions may be deeper than Python's stack."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        pending: list[tuple[object, object]] = [(self, other)]
        while pending:
            left, right = pending.pop()
            if left is right:
                continue
            if type(left) is not type(right):
                return False
            if not isinstance(left, _Whole) or not isinstance(right, _Whole):
                if left != right:
                    return False
                continue
            head, parts = _opened(left)
            other_head, others = _opened(right)
            if head != other_head or len(parts) != len(others):
                return False
            pending.extend(zip(parts, others, strict=True))
        return True

    def __hash__(self) -> int:
        keys: list[object] = []
        pending: list[object] = [self]
        while pending:
            part = pending.pop()
            if isinstance(part, _Whole):
                head, parts = _opened(part)
                keys.append((type(part), head, len(parts)))
                pending.extend(parts)
            else:
                keys.append(part)
        return hash(tuple(keys))


def _opened(whole: object) -> tuple[object, tuple[Expression, ...]]:
    """Return what makes an expression with equal parts equal, and its parts."""
    if isinstance(whole, App):
        return whole.name, whole.arguments
    if isinstance(whole, Operation):
        return whole.op, whole.arguments
    if isinstance(whole, Quantifier):
        return (whole.kind, whole.variables), (whole.body,)
    assert isinstance(whole, Aggregate)
    return (whole.kind, len(whole.terms)), (*whole.terms, *whole.body)


@dataclass(frozen=True, slots=True)
class Var:
    """A variable: capitalised in a clause, bound by a quantifier in a formula, or free in a query.

    Attributes:
        name: Its name, without the `?` of a query's variables.
        sort: The sort it is declared with (`x: Int`), None where none is.
    """

    name: str
    sort: str | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Num:
    """A number, exact; `2.5` is a Fraction, `2` an int."""

    value: int | Fraction
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A text in double quotes: a constant that differs from every other text."""

    value: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class App(_Whole):
    """A name applied to arguments: an atom, a function term, or (without arguments) a constant or proposition."""

    name: str
    arguments: tuple[Expression, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Operation(_Whole):
    """A connective, comparison or arithmetic operation.

    Attributes:
        op: One of `not and or xor -> <-> = != < <= > >= + - * / ^ div mod neg true false ite`, or `strong` for the
            strong negation `-p` of a clause.
    """

    op: str
    arguments: tuple[Expression, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Quantifier(_Whole):
    """`forall` or `exists` over a body."""

    kind: str
    variables: tuple[Var, ...]
    body: Expression
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Aggregate(_Whole):
    """`count { X : body }`, `sum { X, Y : body }`, `min { … }`, `max { … }` in the body of a clause.

    The set holds the distinct values of the whole tuple of terms; `sum`, `min` and `max` are over the first term.
    Variables that occur outside the braces as well are fixed from there.
    """

    kind: str
    terms: tuple[Expression, ...]
    body: tuple[Expression, ...]
    span: Span = field(default=NOWHERE, compare=False)


Expression: TypeAlias = Var | Num | Text | App | Operation | Quantifier | Aggregate


@dataclass(frozen=True, slots=True)
class Clause:
    """`head :- body.`; a fact has no body, an integrity constraint no head.

    A head is an `App` or the `strong` negation of one. The parts of a body are such literals, `not` of one (default
    negation), comparisons (among them `X = expression` and `X = count {…}`), or a nested `or` of conjunctions.
    """

    head: Expression | None
    body: tuple[Expression, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that is told."""

    expression: Expression
    source: Source


@dataclass(frozen=True, slots=True)
class Declaration:
    """`x: Int.`: the sort of a constant; `age: Thing -> Int.` and `p: Thing * Int -> Bool.` of a function or predicate.

    Attributes:
        name: What is declared.
        arguments: Names of the sorts of its arguments.
        result: Name of the sort of its value.
    """

    name: str
    arguments: tuple[str, ...]
    result: str
    source: Source


@dataclass(frozen=True, slots=True)
class Query:
    """A question.

    Attributes:
        expression: What is asked; a conjunction where several goals were given with commas.
        free: Its free variables in the order of their first occurrence; none in a closed query.
        objective: `maximize` or `minimize` with the expression, where asked for.
        taken_as_constants: Capitalised names read as constants since the session has them.
    """

    expression: Expression
    free: tuple[Var, ...]
    source: Source
    objective: tuple[str, Expression] | None = None
    taken_as_constants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Algebra:
    """`solve x^2 = 4`, `simplify …`, `integrate f, x`, `integrate f, x, 0, 1`, `limit f, x, 0`, `factor …`,
    `differentiate f, x`, `expand …`: a command for exact algebra; its names are all variables of algebra.

    Attributes:
        command: The first word.
        arguments: What follows, at commas; an equation is an `=` operation.
    """

    command: str
    arguments: tuple[Expression, ...]
    source: Source


Statement: TypeAlias = Clause | Formula | Declaration | Query | Algebra
