"""Programs over natural numbers at many points at once: a column holds a value for each point."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from abduce.reasoning.learning.programs import Bound, Call, Const, Function, Term, Use, Var

Column: TypeAlias = NDArray[np.int64]
"""Values at points (the last axis): natural numbers, truth values as 0 and 1, and `NOTHING`."""

NOTHING = -1
"""Stands in a column where there is no value, or one above `LARGEST`."""
LARGEST = 2**31 - 1
MOST_STEPS = 20_000
MOST_CELLS = 50_000_000


def _safe(divisor: Column) -> Column:
    return np.where(divisor > 0, divisor, 1)


def _divided(quotient: Column, divisor: Column) -> Column:
    return np.where(divisor > 0, quotient, NOTHING)


def _power(base: Column, exponent: Column) -> Column:
    bits = np.log2(np.maximum(base, 1)) * exponent
    fits = (bits <= 31) & (exponent >= 0)
    return np.where(fits, np.where(fits, base, 1) ** np.where(fits, exponent, 0), NOTHING)


COMPUTE: Mapping[str, Callable[..., Column]] = {
    "inc": lambda x: x + 1,
    "dec": lambda x: np.maximum(x - 1, 0),
    "+": np.add,
    "∸": lambda x, y: np.maximum(x - y, 0),
    "*": np.multiply,
    "^": _power,
    "max": np.maximum,
    "min": np.minimum,
    "div": lambda x, y: _divided(x // _safe(y), y),
    "cdiv": lambda x, y: _divided(-(-x // _safe(y)), y),
    "mod": lambda x, y: _divided(x % _safe(y), y),
    "==": lambda x, y: (x == y).astype(np.int64),
    "<": lambda x, y: (x < y).astype(np.int64),
    "<=": lambda x, y: (x <= y).astype(np.int64),
    "not": lambda x: 1 - x,
    "and": np.minimum,
    "or": np.maximum,
    "xor": lambda x, y: x ^ y,
}
"""Primitives on columns without `NOTHING`; conditionals are apart."""


GROWING = ("inc", "+", "*", "^")
"""Those that may give more than they take."""


def call(name: str, *columns: Column) -> Column:
    """Return a primitive's values; nothing where an argument is nothing, of a conditional the one that is chosen."""
    if name == "if":
        condition, first, second = columns
        return np.where(condition < 0, NOTHING, np.where(condition != 0, first, second))
    values = COMPUTE[name](*columns)
    missing = columns[0] < 0
    for column in columns[1:]:
        missing = missing | (column < 0)
    if name in GROWING:
        missing = missing | (values > LARGEST)
    return np.where(missing, NOTHING, values)


class _OutOfSteps(Exception):
    pass


@dataclass(slots=True)
class _Run:
    """What one evaluation may still do."""

    left: int

    def step(self, size: int) -> None:
        self.left -= 1 + size // 4096
        if self.left < 0:
            raise _OutOfSteps


def evaluate(term: Term, arguments: Sequence[Column], bound: Sequence[Column] = (), steps: int = MOST_STEPS) -> Column:
    """Return a program's values at all points.

    Args:
        term: A program over natural numbers and truth values, its primitives among `COMPUTE`, `if` and `iterate`.
        arguments: Values of its variables; shapes that go together.
        bound: Values of the parameters of enclosing functions, the innermost first.
        steps: Most steps to take, one for each operation on few points; nothing has a value where more are needed.

    Raises:
        KeyError: It calls another primitive.
    """
    shape = np.broadcast_shapes(*(column.shape for column in (*arguments, *bound)))
    try:
        return np.broadcast_to(_value(term, arguments, tuple(bound), _Run(steps)), shape)
    except _OutOfSteps:
        return np.full(shape, NOTHING)


def _value(term: Term, arguments: Sequence[Column], bound: tuple[Column, ...], run: _Run) -> Column:
    match term:
        case Var(index):
            return arguments[index]
        case Bound(depth):
            return bound[depth]
        case Const(value):
            return np.array(int(value) if 0 <= value <= LARGEST else NOTHING)
        case Call("iterate", (Function(body), count, start)):
            counts, state = (_value(part, arguments, bound, run) for part in (count, start))
            return _iterated(body, counts, state, arguments, bound, run)
        case Call(name, parts):
            columns = [_value(part, arguments, bound, run) for part in parts]
            run.step(max(column.size for column in columns))
            return call(name, *columns)
        case Use(definition, parts):
            columns = [_value(part, arguments, bound, run) for part in parts]
            found = _value(definition.closed or definition.program, columns, (), run)
            missing = np.logical_or.reduce(np.broadcast_arrays(*(column < 0 for column in columns)))
            return np.where(missing, NOTHING, found)
    raise KeyError(f"no program over numbers: {term}")


def _iterated(
    body: Term, counts: Column, start: Column, arguments: Sequence[Column], bound: tuple[Column, ...], run: _Run
) -> Column:
    shape = np.broadcast_shapes(counts.shape, start.shape, *(c.shape for c in (*arguments, *bound)))
    state = np.where(counts < 0, NOTHING, np.broadcast_to(start, shape))
    for turn in range(int(counts.max(initial=0))):
        active = (counts > turn) & (state >= 0)
        following = np.where(active, _value(body, arguments, (state, *bound), run), state)
        if np.array_equal(following, state):  # what does not change now will not change later
            break
        state = following
    return state
