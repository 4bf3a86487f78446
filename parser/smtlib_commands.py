"""What a script in SMT-LIB 2 says: commands over terms."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from abduce.solvers.terms import Symbol, Term


@dataclass(frozen=True, slots=True)
class Assert:
    """`(assert term)`.

    Attributes:
        term: A closed formula.
        name: The name that `:named` gives it.
        line: Line on which the command begins, from 1.
    """

    term: Term
    name: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class AssertSoft:
    """`(assert-soft term)`: a wish, which has no bearing on whether there is a model."""

    term: Term
    weight: Fraction
    group: str = ""


@dataclass(frozen=True, slots=True)
class Objective:
    """`(minimize term)` or `(maximize term)`, which has no bearing on whether there is a model."""

    kind: str
    term: Term


@dataclass(frozen=True, slots=True)
class CheckSat:
    """`(check-sat)`, `(check-sat-assuming (…))`, and `(check-sat-using …)`, whose tactic is dropped."""

    assumptions: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Push:
    """`(push n)`."""

    levels: int = 1


@dataclass(frozen=True, slots=True)
class Pop:
    """`(pop n)`; the script has opened that many levels."""

    levels: int = 1


@dataclass(frozen=True, slots=True)
class GetModel:
    """`(get-model)`.

    Attributes:
        symbols: What is declared at this point, in the order of the declarations.
    """

    symbols: tuple[Symbol, ...] = ()


@dataclass(frozen=True, slots=True)
class GetValue:
    """`(get-value (…))`.

    Attributes:
        terms: Closed terms.
        texts: The same as the script writes them.
    """

    terms: tuple[Term, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GetUnsatCore:
    """`(get-unsat-core)`."""


@dataclass(frozen=True, slots=True)
class GetInfo:
    """`(get-info :key)`."""

    key: str


@dataclass(frozen=True, slots=True)
class SetLogic:
    """`(set-logic NAME)`."""

    name: str


@dataclass(frozen=True, slots=True)
class SetOption:
    """`(set-option :key value)`."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class SetInfo:
    """`(set-info :key value)`."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Echo:
    """`(echo "text")`."""

    text: str


@dataclass(frozen=True, slots=True)
class Reset:
    """`(reset)`: forget everything; `(reset-assertions)`: forget what was asserted and every level."""

    assertions_only: bool = False


@dataclass(frozen=True, slots=True)
class Exit:
    """`(exit)`; nothing after it is read."""


Command: TypeAlias = (
    Assert
    | AssertSoft
    | Objective
    | CheckSat
    | Push
    | Pop
    | GetModel
    | GetValue
    | GetUnsatCore
    | GetInfo
    | SetLogic
    | SetOption
    | SetInfo
    | Echo
    | Reset
    | Exit
)


@dataclass(frozen=True, slots=True)
class SmtScript:
    """A script.

    Attributes:
        commands: What it says, in order; declarations and definitions are in the terms already. None where `delegated`.
        delegated: What in it our terms cannot say, so that the solver's own reader must run the whole; None where
            they can.
        text: The script as it was written.
        file: Name of the file, or of what stands for one.
    """

    commands: tuple[Command, ...]
    delegated: str | None = None
    text: str = field(default="", repr=False)
    file: str = ""
