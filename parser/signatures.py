"""Signatures and labels: the ways in which a symbol may stand in a tree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from abduce.values import Type


@dataclass(frozen=True, slots=True)
class Signature:
    """Number, side and type of a symbol's arguments, and the type of its value.

    Attributes:
        left: Types of the arguments before the symbol, in sentence order.
        right: Types of the arguments after it, in sentence order.
        result: Type of the value of the whole constituent.
    """

    left: tuple[Type, ...]
    right: tuple[Type, ...]
    result: Type

    @property
    def arity(self) -> int:
        return len(self.left) + len(self.right)

    def __str__(self) -> str:
        before = "".join(f"{kind} " for kind in self.left)
        after = "".join(f" {kind}" for kind in self.right)
        return f"{before}_{after} : {self.result}"


class Form(Enum):
    """How a meaning is used in a tree.

    PLAIN: with all its arguments. QUOTED: with the functions that it takes and no other argument, as a function
    value. JOINED: with all its arguments and, last on the right, one further constituent that stands beside it
    without a connective.
    """

    PLAIN = "plain"
    QUOTED = "quoted"
    JOINED = "joined"


@dataclass(frozen=True, slots=True)
class Label:
    """One way in which one symbol may stand in a tree.

    Attributes:
        symbol: The symbol.
        sense: Which of the symbol's meanings, from 0.
        form: How the meaning is used.
        signature: The arguments that this label takes in a tree (fewer where quoted, one more where joined).
    """

    symbol: str
    sense: int
    form: Form
    signature: Signature
