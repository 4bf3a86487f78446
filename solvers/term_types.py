"""What terms are made of: sorts, symbols, operations, and the five kinds of terms, which compare without recursion."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from typing import TypeAlias

from abduce.errors import SortError


@dataclass(frozen=True, slots=True)
class Sort:
    """A set of values: truth values, integers, reals, things, arrays, or one that a user declared.

    Attributes:
        name: Its name.
        arguments: For an array the sorts of its indexes and elements.
    """

    name: str
    arguments: tuple[Sort, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.arguments))})" if self.arguments else self.name


BOOL, INT, REAL = Sort("Bool"), Sort("Int"), Sort("Real")
THING = Sort("Thing")
"""The sort of everything that nothing else is said about; its domain is not empty."""


def array(index: Sort, element: Sort) -> Sort:
    """Return the sort of arrays."""
    return Sort("Array", (index, element))


@dataclass(frozen=True, slots=True)
class Symbol:
    """An uninterpreted constant, function or predicate.

    Attributes:
        name: Its name as the user wrote it.
        arguments: Sorts of its arguments.
        result: Sort of its value; `BOOL` for a predicate.
    """

    name: str
    arguments: tuple[Sort, ...] = ()
    result: Sort = THING
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.name, self.arguments, self.result)))

    def __hash__(self) -> int:
        return self._hash

    def __call__(self, *arguments: Term) -> Apply:
        return apply(self, *arguments)


class Op(Enum):
    """The operations that have a fixed meaning.

    Division is that of SMT-LIB: `DIV` and `MOD` are Euclidean (the remainder is never negative), and division by
    zero has some value that is the same each time (an uninterpreted function of the dividend).
    """

    TRUE = "true"
    FALSE = "false"
    NOT = "not"
    AND = "and"
    OR = "or"
    XOR = "xor"
    IMPLIES = "=>"
    IFF = "<=>"
    EQUAL = "="
    DISTINCT = "distinct"
    ITE = "ite"
    ADD = "+"
    SUBTRACT = "-"
    NEGATE = "neg"
    MULTIPLY = "*"
    DIVIDE = "/"
    DIV = "div"
    MOD = "mod"
    POWER = "^"
    ABS = "abs"
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="
    TO_REAL = "to_real"
    TO_INT = "to_int"
    IS_INT = "is_int"
    SELECT = "select"
    STORE = "store"


class Kind(Enum):
    """The two quantifiers."""

    FORALL = "forall"
    EXISTS = "exists"


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that a quantifier binds, or that is free."""

    name: str
    sort: Sort = THING


@dataclass(frozen=True, slots=True)
class Number:
    """A number, exact."""

    value: Fraction
    sort: Sort
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.value, self.sort)))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True, eq=False)
class Apply:
    """An uninterpreted symbol applied to arguments; build it with `apply`, which checks the sorts."""

    symbol: Symbol
    arguments: tuple[Term, ...] = ()
    _hash: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.symbol, self.arguments)))

    @property
    def sort(self) -> Sort:
        return self.symbol.result

    def __eq__(self, other: object) -> bool:
        return _same(self, other)

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True, eq=False)
class Operate:
    """An operation on arguments; build it with `operate`, which checks the sorts."""

    op: Op
    arguments: tuple[Term, ...]
    sort: Sort
    _hash: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.op, self.arguments)))

    def __eq__(self, other: object) -> bool:
        return _same(self, other)

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True, eq=False)
class Quantified:
    """A formula under a quantifier; build it with `forall` and `exists`."""

    kind: Kind
    variables: tuple[Variable, ...]
    body: Term
    _hash: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.kind, self.variables, self.body)))

    @property
    def sort(self) -> Sort:
        return BOOL

    def __eq__(self, other: object) -> bool:
        return _same(self, other)

    def __hash__(self) -> int:
        return self._hash


Term: TypeAlias = Variable | Number | Apply | Operate | Quantified


def children(term: Term) -> tuple[Term, ...]:
    """Return the parts of a term from left to right."""
    if isinstance(term, Apply | Operate):
        return term.arguments
    return (term.body,) if isinstance(term, Quantified) else ()


def _head(term: Term) -> object:
    """Return what makes two terms with equal parts equal."""
    if isinstance(term, Apply):
        return term.symbol
    if isinstance(term, Operate):
        return term.op, term.sort
    if isinstance(term, Quantified):
        return term.kind, term.variables
    return term


def _same(left: object, right: object) -> bool:
    """Compare two terms without recursion, each pair of shared parts once."""
    if left is right:
        return True
    if type(left) is not type(right) or hash(left) != hash(right):
        return False
    seen: set[tuple[int, int]] = set()
    pending: list[tuple[Term, Term]] = [(left, right)]  # type: ignore[list-item]
    while pending:
        a, b = pending.pop()
        if a is b or (id(a), id(b)) in seen:
            continue
        if type(a) is not type(b) or hash(a) != hash(b):
            return False
        if isinstance(a, Variable | Number):
            if a != b:
                return False
            continue
        seen.add((id(a), id(b)))
        parts, others = children(a), children(b)
        if len(parts) != len(others) or _head(a) != _head(b):
            return False
        pending.extend(zip(parts, others, strict=True))
    return True


def apply(symbol: Symbol, *arguments: Term) -> Apply:
    """Apply a symbol.

    Raises:
        SortError: The number or the sorts of the arguments are not the symbol's.
    """
    if len(arguments) != len(symbol.arguments):
        raise SortError(f"{symbol.name} takes {len(symbol.arguments)} arguments; got {len(arguments)}")
    for place, (argument, sort) in enumerate(zip(arguments, symbol.arguments, strict=True), start=1):
        if argument.sort != sort:
            raise SortError(f"argument {place} of {symbol.name} must be {sort}, not {argument.sort}")
    return Apply(symbol, arguments)
