"""How HINT's expressions are read and what they come to: for reports that compare a learner's parts with the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abduce.datasets.hint_notation import CLOSE, OPEN, Notation
from abduce.parser.trees import Tree
from abduce.values import Value


@dataclass(frozen=True, slots=True)
class Reference:
    """The true trees of expressions in a notation, and the true meanings of its symbols.

    Attributes:
        notation: What the expressions are made of.

    Example:
        >>> from abduce.datasets.hint_notation import HINT
        >>> print(Reference(HINT).tree("(1+2)*3"))
        *
        ├─ +
        │  ├─ 1
        │  └─ 2
        └─ 3
    """

    notation: Notation

    def tree(self, symbols: Sequence[str | None]) -> Tree | None:
        """Return an expression's tree, its brackets left out; None where it is not well formed.

        Args:
            symbols: The expression; None stands for a symbol of no kind.

        Source:
            Two stacks: E. W. Dijkstra, ALGOL 60 translation, MR 35/61, 1961.
        """
        operands = {name for name, _ in self.notation.operands}
        bindings = {operation.symbol: operation.binding for operation in self.notation.operations}
        done: list[Tree] = []
        waiting: list[tuple[int, str]] = []
        ended = False  # whether the last symbol ends an operand
        for position, symbol in enumerate(symbols):
            if symbol == CLOSE or symbol in bindings:
                if not ended:
                    return None
                _reduce(done, waiting, bindings, bindings.get(symbol or "", 0))
                if symbol != CLOSE:
                    waiting.append((position, symbol or ""))
                elif not waiting:
                    return None
                else:
                    waiting.pop()
                ended = symbol == CLOSE
            elif ended or symbol is None or (symbol not in operands and symbol != OPEN):
                return None
            elif symbol == OPEN:
                waiting.append((position, OPEN))
            else:
                done.append(Tree(position, symbol))
                ended = True
        if not ended:
            return None
        _reduce(done, waiting, bindings, 0)
        return None if waiting else done[0]

    def apply(self, symbol: str, arguments: Sequence[Value | None]) -> Value | None:
        """Return what a symbol comes to with its arguments, None where that is nothing.

        A bracket comes to its only argument that has a value, so that trees may hold brackets or leave them out.
        """
        if symbol in (OPEN, CLOSE):
            found = [value for value in arguments if value is not None]
            return found[0] if len(found) == 1 else None
        if not arguments:
            return dict(self.notation.operands).get(symbol)
        operation = next((one for one in self.notation.operations if one.symbol == symbol), None)
        values = [value for value in arguments if value is not None]
        if operation is None or len(arguments) != 2 or len(values) != 2 or (operation.divides and values[1] == 0):
            return None
        left, right = (np.array([value], dtype=object) for value in values)
        return int(operation.apply(left, right)[0])


def _reduce(done: list[Tree], waiting: list[tuple[int, str]], bindings: dict[str, int], least: int) -> None:
    """Give the operations on top of the stack that bind at least so tightly their operands."""
    while waiting and bindings.get(waiting[-1][1], -1) >= least:
        position, symbol = waiting.pop()
        right, left = done.pop(), done.pop()
        done.append(Tree(position, symbol, (left, right)))
