"""Examples, values and their types: what every folder may speak of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import DTypeLike, NDArray

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


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ImageInput:
    """A sequence of symbol images, taken from a pool that many inputs share.

    It stands wherever an array of images `(n, h, w)` may: it has a length and a shape, gives its images one by one,
    and `numpy.asarray` makes an array of it. Two are equal where their images are, whatever their pools.

    Attributes:
        images: The pool `(N, h, w)`, grey values from 0, the ground, to 255, the ink; not to be written to.
        indexes: Place in the pool of each image of the sequence `(n,)`.

    Example:
        >>> import numpy as np
        >>> pool = np.arange(3, dtype=np.uint8).reshape(3, 1, 1)
        >>> sequence = ImageInput(pool, np.array([2, 0, 2]))
        >>> len(sequence), sequence.shape, np.asarray(sequence).ravel().tolist()
        (3, (3, 1, 1), [2, 0, 2])
        >>> sequence == ImageInput(pool[::-1], np.array([0, 2, 0]))
        True
    """

    images: NDArray[np.uint8]
    indexes: NDArray[np.int64]

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        taken = self.images[self.indexes]
        return taken if dtype is None else taken.astype(dtype, copy=False)

    def __len__(self) -> int:
        return len(self.indexes)

    def __getitem__(self, place: int) -> NDArray[np.uint8]:
        image: NDArray[np.uint8] = self.images[self.indexes[place]]
        return image

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        return (self[place] for place in range(len(self)))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number, height and width of the images."""
        return (len(self.indexes), self.images.shape[1], self.images.shape[2])

    def digest(self) -> str:
        """Return a short text that is the same for the same images alone."""
        return blake2b(self.images[self.indexes].tobytes(), digest_size=12).hexdigest()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ImageInput):
            return NotImplemented
        if self.images is other.images and self.indexes.tobytes() == other.indexes.tobytes():
            return True
        return self.shape == other.shape and self.digest() == other.digest()

    def __hash__(self) -> int:
        return hash(self.digest())

    def __repr__(self) -> str:
        return f"<{len(self)} images {self.digest()}>"


@dataclass(frozen=True, slots=True)
class Example:
    """One pair that a machine learns from.

    Attributes:
        inputs: A tuple of tokens, or an array of images `(n, h, w)`, an `ImageInput` being one.
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
