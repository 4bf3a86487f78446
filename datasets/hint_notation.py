"""HINT's symbols: digits, four operations and brackets, and the six concepts that few examples may add."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from abduce.errors import UsageError

Ints: TypeAlias = NDArray[np.int64]

OPEN, CLOSE = "(", ")"
SUM, PRODUCT = 1, 2


@dataclass(frozen=True, slots=True)
class Operation:
    """An infix operation.

    Attributes:
        symbol: How it is written.
        binding: How tightly it binds; all associate to the left.
        apply: Its results for two arrays of numbers from 0; any number where it has none.
        divides: Whether it has no result where the second number is 0.
    """

    symbol: str
    binding: int
    apply: Callable[[Ints, Ints], Ints]
    divides: bool = False


@dataclass(frozen=True, slots=True)
class Notation:
    """What expressions are made of.

    Attributes:
        operands: Symbols that are numbers, with their values.
        operations: Infix operations.
        novel: The symbol that every expression has to hold, None where there is no such symbol.
    """

    operands: tuple[tuple[str, int], ...]
    operations: tuple[Operation, ...]
    novel: str | None = None

    @property
    def symbols(self) -> tuple[str, ...]:
        """All symbols, the brackets last."""
        return (*(name for name, _ in self.operands), *(op.symbol for op in self.operations), OPEN, CLOSE)


def _divided(left: Ints, right: Ints) -> Ints:
    return -(-left // np.maximum(right, 1))


def _mean(left: Ints, right: Ints) -> Ints:
    return _divided(left + right, np.full_like(left, 2))


def _harmonic(left: Ints, right: Ints) -> Ints:
    return _divided(2 * left * right, left + right)


HINT = Notation(
    operands=tuple((str(digit), digit) for digit in range(10)),
    operations=(
        Operation("+", SUM, lambda left, right: left + right),
        Operation("-", SUM, lambda left, right: np.maximum(left - right, 0)),
        Operation("*", PRODUCT, lambda left, right: left * right),
        Operation("/", PRODUCT, _divided, divides=True),
    ),
)

NUMBERS: Mapping[str, int] = {"eleven": 11, "twelve": 12}
OPERATIONS: Mapping[str, Callable[[Ints, Ints], Ints]] = {
    "max": np.maximum,
    "min": np.minimum,
    "mean": _mean,
    "harmonic": _harmonic,
}
CONCEPTS = (*NUMBERS, *OPERATIONS)


def with_concept(name: str | None) -> Notation:
    """Return HINT's notation, and with a concept the notation that has it as well.

    A number stands where a digit may; an operation is infix and binds like `*`. The means are rounded up, and the
    harmonic mean with a 0 is 0.

    Raises:
        UsageError: There is no such concept.
    """
    if name is None:
        return HINT
    if name in NUMBERS:
        return replace(HINT, operands=(*HINT.operands, (name, NUMBERS[name])), novel=name)
    if name in OPERATIONS:
        added = Operation(name, PRODUCT, OPERATIONS[name])
        return replace(HINT, operations=(*HINT.operations, added), novel=name)
    raise UsageError(f"--concept {name}: expected one of {', '.join(CONCEPTS)}")
