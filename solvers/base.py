"""What every solver offers, and what it answers with: outcomes, models, cores, limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from types import TracebackType
from typing import Protocol, Self, TypeAlias

from abduce.solvers.terms import Sort, Symbol, Term


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one call.

    Attributes:
        timeout_s: Wall time in seconds; a call ends within 10% or 0.2 s of it, whichever is more.
        memory_mb: Memory in megabytes that the solver may take.
    """

    timeout_s: float = 5.0
    memory_mb: int = 2048


class Status(Enum):
    """Whether formulas have a model."""

    SAT = "sat"
    UNSAT = "unsat"
    UNKNOWN = "unknown"


class Reason(Enum):
    """Why something was not decided."""

    TIMEOUT = "timeout"
    MEMORY = "memory"
    INCOMPLETE = "incomplete"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Element:
    """An element of the domain of an uninterpreted sort, by number from 0."""

    sort: Sort
    index: int

    def __str__(self) -> str:
        return f"{self.sort.name.lower()}{self.index}"


@dataclass(frozen=True, slots=True)
class Algebraic:
    """A real root of a polynomial: the only irrational values that a model may hold.

    Attributes:
        coefficients: Integer coefficients, that of the constant term first.
        index: Which of the real roots, in rising order from 0.
    """

    coefficients: tuple[int, ...]
    index: int


@dataclass(frozen=True, slots=True)
class ArrayValue:
    """An array: what it holds at some indexes, and everywhere else."""

    entries: tuple[tuple[ModelValue, ModelValue], ...]
    otherwise: ModelValue


ModelValue: TypeAlias = bool | int | Fraction | Element | Algebraic | ArrayValue
"""Truth values are bools, integers ints, reals Fractions (or `Algebraic`)."""


@dataclass(frozen=True, slots=True)
class Interpretation:
    """The meaning of a symbol in a model, as a table.

    Attributes:
        entries: Values at some arguments; for a constant, at `()`.
        otherwise: Value at all other arguments.
        definition: Where a table cannot say it: a term over `parameters` that gives the value at all other arguments.
        parameters: The variables of the definition.
    """

    entries: Mapping[tuple[ModelValue, ...], ModelValue]
    otherwise: ModelValue | None = None
    definition: Term | None = None
    parameters: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """A model: plain data that outlives the solver.

    Attributes:
        domains: For each uninterpreted sort its elements, at least one; a sort that is absent has one element.
        interpretations: For each symbol its table; a symbol that is absent may mean anything.
    """

    domains: Mapping[Sort, tuple[Element, ...]] = field(default_factory=dict)
    interpretations: Mapping[Symbol, Interpretation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a solver found out about formulas.

    Attributes:
        status: Whether they have a model.
        reason: Why that is unknown, where it is.
        model: A model, where there is one and it can be told.
        core: Labels of assertions that have no model together, where asked for.
        solver: Which solver answered, in a word or two.
        seconds: Wall time.
    """

    status: Status
    reason: Reason | None = None
    model: Model | None = None
    core: tuple[int, ...] = ()
    solver: str = ""
    seconds: float = 0.0


class Session(Protocol):
    """An incremental conversation with one solver, in a context of its own; not shared between threads."""

    def add(self, formula: Term, label: int | None = None) -> None:
        """Assert a closed formula; with a label, it can be part of a core."""
        ...

    def push(self) -> None:
        """Open a scope."""
        ...

    def pop(self) -> None:
        """Close the innermost scope and forget what was asserted in it."""
        ...

    def check(self, formulas: Sequence[Term] = (), *, limits: Limits, want_model: bool = True) -> Outcome:
        """Decide whether all that was asserted, and the given formulas, have a model."""
        ...

    def interrupt(self) -> None:
        """Stop a running check, from another thread or a signal handler; it answers `INTERRUPTED`."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
