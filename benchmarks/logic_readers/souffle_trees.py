"""What a Datalog program in Soufflé's notation says, as plain trees."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from abduce.errors import DataError


class MissingError(DataError):
    """A construct that the reader does not know."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable; `_` is one that occurs once."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, or a text in quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Applied:
    """An operation or functor on arguments; a record is the functor `[`, and `nil` one without arguments."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`count : body`, `sum term : { body }`, …"""

    kind: str
    term: Expression | None
    body: tuple[Conjunction, ...]


@dataclass(frozen=True, slots=True)
class Literal:
    """An atom, negated or not, or (where the name is a sign) a comparison."""

    name: str
    arguments: tuple[Expression, ...]
    holds: bool = True


Expression: TypeAlias = Variable | Constant | Applied | Aggregate
Conjunction: TypeAlias = "tuple[Literal, ...]"


@dataclass(frozen=True, slots=True)
class Clause:
    """Heads that follow from a disjunction of conjunctions."""

    heads: tuple[Literal, ...]
    body: tuple[Conjunction, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A declared relation: its types, what it is read from and what it is compared with."""

    name: str
    types: tuple[str, ...]
    is_equivalence: bool = False


@dataclass(slots=True)
class Source:
    """A program.

    Attributes:
        relations: Its relations.
        clauses: Its clauses.
        types: For each declared type the one that it is made from.
        inputs: For each relation that is read, the options of its directive.
        outputs: The relations that are written.
    """

    relations: dict[str, Relation] = field(default_factory=dict)
    clauses: list[Clause] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, dict[str, str]] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)
