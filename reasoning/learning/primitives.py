"""The primitives that programs are built from, in sets that are chosen by name."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from abduce.errors import UsageError
from abduce.reasoning.learning.programs import NODE_BITS
from abduce.values import UNDEFINED, Basic, FunctionType, Type, Value

TOKENS, INT, BOOL = Basic.TOKENS, Basic.INT, Basic.BOOL
TOKEN_FUNCTION = FunctionType((TOKENS,), TOKENS)
INT_FUNCTION = FunctionType((INT,), INT)
LARGEST_BITS = 4096
LONGEST = 4096
ITERATE = "iterate"

Request = Generator[tuple[Value, tuple[Value, ...]], Value, Value]


@dataclass(frozen=True, slots=True)
class Primitive:
    """One building block of programs.

    Attributes:
        name: How it is written and stored.
        arguments: Types of its arguments.
        result: Type of its value.
        compute: From argument values to a value, or `UNDEFINED`; where `higher`, a generator that yields
            (function, arguments) for each call it wants made, and returns the value.
        bits: Its description length.
        higher: Whether it calls functions that it is given.
        commutative: Whether the order of two arguments does not matter.
        searched: Whether programs are looked for by trying it on all arguments; if not, only where it is solved for.
    """

    name: str
    arguments: tuple[Type, ...]
    result: Type
    compute: Callable[..., Any]
    bits: float = NODE_BITS
    higher: bool = False
    commutative: bool = False
    searched: bool = True


def guarded(function: Callable[..., Any]) -> Callable[..., Value]:
    """Return a user's function as one that has no value where it fails on its arguments."""

    def guarded_function(*values: Value) -> Value:
        try:
            return function(*values)
        except (ArithmeticError, ValueError, TypeError, LookupError):
            return UNDEFINED

    return guarded_function


def _bounded(value: int) -> Value:
    return value if value.bit_length() <= LARGEST_BITS else UNDEFINED


def _concatenate(left: Value, right: Value) -> Value:
    return left + right if len(left) + len(right) <= LONGEST else UNDEFINED


def _repeat(count: int, tokens: Value) -> Value:
    return tokens * count if count >= 0 and count * len(tokens) <= LONGEST else UNDEFINED


def _relabel(table: Value, tokens: Value) -> Value:
    images = dict(zip(table[::2], table[1::2], strict=True))
    return tuple(images.get(token, token) for token in tokens)


def _multiply(left: int, right: int) -> Value:
    if left.bit_length() + right.bit_length() > LARGEST_BITS:
        return UNDEFINED
    return left * right


def _power(base: int, exponent: int) -> Value:
    if exponent < 0 or (abs(base) > 1 and base.bit_length() * exponent > 2 * LARGEST_BITS):
        return UNDEFINED
    return _bounded(base**exponent)


def _map(function: Value, tokens: Value) -> Request:
    mapped: list[str] = []
    for token in tokens:
        part = yield function, ((token,),)
        if part is UNDEFINED or len(mapped) + len(part) > LONGEST:
            return UNDEFINED
        mapped.extend(part)
    return tuple(mapped)


def _apply(function: Value, *arguments: Value) -> Request:
    value = yield function, arguments
    return value


def _iterate(function: Value, count: int, start: Value) -> Request:
    value = start
    if count < 0:
        return UNDEFINED
    for _ in range(count):
        following = yield function, (value,)
        if following is UNDEFINED or following == value:  # what does not change now will not change later
            return following
        value = following
    return value


LISTS = (
    Primitive("++", (TOKENS, TOKENS), TOKENS, _concatenate, 2.0),
    Primitive("reverse", (TOKENS,), TOKENS, lambda x: x[::-1]),
    Primitive("head", (TOKENS,), TOKENS, lambda x: x[:1], 4.0),
    Primitive("tail", (TOKENS,), TOKENS, lambda x: x[1:], 4.0),
    Primitive("last", (TOKENS,), TOKENS, lambda x: x[-1:], 4.0),
    Primitive("init", (TOKENS,), TOKENS, lambda x: x[:-1], 4.0),
    Primitive("apply", (TOKEN_FUNCTION, TOKENS), TOKENS, _apply, 2.0, higher=True),
    Primitive("apply", (FunctionType((TOKENS, TOKENS), TOKENS), TOKENS, TOKENS), TOKENS, _apply, 2.0, higher=True),
    Primitive("map", (TOKEN_FUNCTION, TOKENS), TOKENS, _map, 3.0, higher=True),
    Primitive("repeat", (INT, TOKENS), TOKENS, _repeat, 3.0),
    Primitive("relabel", (TOKENS, TOKENS), TOKENS, _relabel, 3.0, searched=False),
)
ROUNDED_UP = Primitive("cdiv", (INT, INT), INT, lambda x, y: -(-x // y) if y else UNDEFINED, 4.0)
ARITHMETIC = (
    Primitive("+", (INT, INT), INT, lambda x, y: _bounded(x + y), 2.0, commutative=True),
    Primitive("∸", (INT, INT), INT, lambda x, y: max(x - y, 0), 3.0),
    Primitive("-", (INT, INT), INT, lambda x, y: _bounded(x - y), 3.0),
    Primitive("*", (INT, INT), INT, _multiply, 3.0, commutative=True),
    Primitive("max", (INT, INT), INT, max, 3.5, commutative=True),
    Primitive("min", (INT, INT), INT, min, 3.5, commutative=True),
    Primitive("div", (INT, INT), INT, lambda x, y: x // y if y else UNDEFINED, 4.0),
    ROUNDED_UP,
    Primitive("mod", (INT, INT), INT, lambda x, y: x % y if y else UNDEFINED, 4.0),
    Primitive("apply", (INT_FUNCTION, INT), INT, _apply, 2.0, higher=True),
    Primitive("apply", (FunctionType((INT, INT), INT), INT, INT), INT, _apply, 2.0, higher=True),
)
TRUTH = (
    Primitive("<", (INT, INT), BOOL, lambda x, y: x < y, 3.0),
    Primitive("<=", (INT, INT), BOOL, lambda x, y: x <= y, 3.0),
    Primitive("==", (INT, INT), BOOL, lambda x, y: x == y, 3.0, commutative=True),
    Primitive("not", (BOOL,), BOOL, lambda x: not x, 2.0),
    Primitive("and", (BOOL, BOOL), BOOL, lambda x, y: x and y, 2.5, commutative=True),
    Primitive("or", (BOOL, BOOL), BOOL, lambda x, y: x or y, 2.5, commutative=True),
    Primitive("xor", (BOOL, BOOL), BOOL, lambda x, y: x != y, 3.5, commutative=True),
    Primitive("apply", (FunctionType((BOOL,), BOOL), BOOL), BOOL, _apply, 2.0, higher=True),
)
CHOICE = tuple(
    Primitive("if", (BOOL, kind, kind), kind, lambda c, x, y: x if c else y, 3.0) for kind in (TOKENS, INT, BOOL)
)
PEANO = (
    Primitive("inc", (INT,), INT, lambda x: _bounded(x + 1), 2.0),
    Primitive("dec", (INT,), INT, lambda x: max(x - 1, 0), 2.0),
    Primitive("==", (INT, INT), BOOL, lambda x, y: x == y, 3.0, commutative=True),
    Primitive(ITERATE, (INT_FUNCTION, INT, INT), INT, _iterate, 3.0, higher=True),
    Primitive("apply", (INT_FUNCTION, INT), INT, _apply, 2.0, higher=True),
)
DIVISIONS = ("div", "cdiv", "mod")
"""Those that have no value where their second argument is 0."""
CONNECTIVES = tuple(primitive for primitive in TRUTH if BOOL in primitive.arguments or primitive.higher)
POWER = Primitive("^", (INT, INT), INT, _power, 8.0)
SETS: Mapping[str, tuple[Primitive, ...]] = {
    "arithmetic": (*LISTS, *ARITHMETIC, *TRUTH, *CHOICE),
    "peano": (*LISTS, *PEANO, *CONNECTIVES, *CHOICE),
}


class Library:
    """A fixed collection of primitives, looked up by name and argument types."""

    def __init__(self, primitives: Iterable[Primitive]) -> None:
        self.primitives = tuple(primitives)
        self.costs = {primitive.name: primitive.bits for primitive in self.primitives}
        self.by_name = {primitive.name: primitive for primitive in self.primitives}
        self.callable = {
            kind for primitive in self.primitives for kind in primitive.arguments if isinstance(kind, FunctionType)
        }


CLOSED_FORMS = Library(p for p in (*ARITHMETIC, *TRUTH, *CHOICE, POWER) if not p.higher and TOKENS not in p.arguments)
"""What closed forms of programs over natural numbers are built from: all without loops, on unbounded integers."""


def library(primitives: str | Sequence[str | Primitive]) -> Library:
    """Return the primitives of a set's name, or of a list of set names and own primitives.

    Raises:
        UsageError: A set has no such name.
    """
    parts: list[Primitive] = []
    for part in [primitives] if isinstance(primitives, str) else primitives:
        if isinstance(part, Primitive):
            parts.append(part if part.higher else replace(part, compute=guarded(part.compute)))
        elif part in SETS:
            parts.extend(SETS[part])
        else:
            raise UsageError(f"no set of primitives is called {part!r}; there are: {', '.join(SETS)}")
    if all(isinstance(part, Primitive) for part in primitives) and not isinstance(primitives, str):
        parts = [*SETS["arithmetic"], *parts]
    return Library(parts)
