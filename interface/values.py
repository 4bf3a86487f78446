"""Examples, values and their types: what every folder may speak of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

Tokens: TypeAlias = tuple[str, ...]
Value: TypeAlias = Any
"""An int, a bool, a tuple of output tokens, a sympy expression, or a function between such values.

A bool is never equal to an int here: compare with `same_value`, which looks at the types as well.
"""


class Undefined(Enum):
    """The type of `UNDEFINED`, the absence of a value (a division by zero, a budget run out)."""

    UNDEFINED = "undefined"

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED = Undefined.UNDEFINED


class Basic(Enum):
    """The types of values that an answer can have."""

    TOKENS = "tokens"
    INT = "int"
    BOOL = "bool"

    def __repr__(self) -> str:
        return self.value

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class FunctionType:
    """The type of a function value, for symbols that take a function as an argument."""

    arguments: tuple[Type, ...]
    result: Type

    def __str__(self) -> str:
        return f"({' '.join(map(str, self.arguments))} -> {self.result})"


@dataclass(frozen=True, slots=True)
class MarkType:
    """The type of a mark: a symbol without arguments whose value is itself."""

    symbol: str

    def __str__(self) -> str:
        return f"'{self.symbol}'"


Type: TypeAlias = Basic | FunctionType | MarkType


@dataclass(frozen=True, slots=True)
class Example:
    """One pair that a machine learns from.

    Attributes:
        inputs: A tuple of tokens, or an array of images `(n, h, w)`.
        target: The answer, a value.
    """

    inputs: Any
    target: Value


def as_tokens(inputs: Any) -> Tokens:
    """Return an input of text as its tokens: a text is split at white space, a sequence is taken as it is."""
    return tuple(inputs.split()) if isinstance(inputs, str) else tuple(inputs)


def type_of(value: Value) -> Basic:
    """Return the type of an answer.

    Raises:
        TypeError: The value is none of int, bool and tuple of tokens.
    """
    if isinstance(value, bool):
        return Basic.BOOL
    if isinstance(value, int):
        return Basic.INT
    if isinstance(value, tuple):
        return Basic.TOKENS
    raise TypeError(f"an answer is an int, a bool or a tuple of tokens, not {value!r}")


def same_value(left: Value, right: Value) -> bool:
    """Return whether two values are the same, a truth value never being a number."""
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def show_value(value: Value) -> str:
    """Return a value as a person writes it: tokens joined by spaces, `true` and `false`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return " ".join(value) if value else "(nothing)"
    return str(value)
