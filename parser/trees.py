"""Trees: which constituent is whose argument, and the value of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abduce.errors import UsageError
from abduce.parser.signatures import Label
from abduce.values import UNDEFINED, Value, show_value

if TYPE_CHECKING:
    import networkx


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Tree:
    """A node of a dependency tree together with everything below it.

    Nothing here recurses, so a tree may be deeper than Python's recursion limit.

    Attributes:
        position: Place of the node's symbol in the sentence, from 0.
        symbol: The symbol that stands there.
        children: The arguments in slot order, which is the order of the sentence; one may lie left or
            right of the node's own position.
        value: The value of the constituent, `UNDEFINED` where it has none or was not computed.
        label: How the symbol is used, where that is known.

    Example:
        >>> tree = Tree(1, "plus", (Tree(0, "2", value=2), Tree(2, "3", value=3)), value=5)
        >>> print(tree)
        plus = 5
        ├─ 2 = 2
        └─ 3 = 3
    """

    position: int
    symbol: str
    children: tuple[Tree, ...] = ()
    value: Value = UNDEFINED
    label: Label | None = None

    def nodes(self) -> Iterator[Tree]:
        """Yield every node, a head before its arguments and these from left to right."""
        pending = [self]
        while pending:
            node = pending.pop()
            yield node
            pending.extend(reversed(node.children))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tree):
            return NotImplemented
        mine, theirs = list(self.nodes()), list(other.nodes())
        return len(mine) == len(theirs) and all(a._key() == b._key() for a, b in zip(mine, theirs, strict=True))

    def __hash__(self) -> int:
        # Values are left out: a function value need not be hashable.
        return hash(tuple((node.position, node.symbol, len(node.children)) for node in self.nodes()))

    def _key(self) -> tuple[Any, ...]:
        # The value's type as well, since True == 1 and the two are different answers.
        return self.position, self.symbol, len(self.children), type(self.value), self.value, self.label

    def __repr__(self) -> str:
        count = sum(1 for _ in self.nodes())
        return f"<Tree of {count} nodes, head {self.symbol!r} at {self.position}>"

    def __str__(self) -> str:
        return self.to_text()

    def to_networkx(self) -> networkx.DiGraph[int]:
        """Return the tree as a directed graph from heads to arguments.

        Returns:
            A graph whose nodes are positions with the attributes `symbol` and `value`; each edge has the
            attribute `slot`, the argument's place among its head's arguments, from 0.
        """
        import networkx

        graph: networkx.DiGraph[int] = networkx.DiGraph()
        for node in self.nodes():
            graph.add_node(node.position, symbol=node.symbol, value=node.value)
            for slot, child in enumerate(node.children):
                graph.add_edge(node.position, child.position, slot=slot)
        return graph

    def to_text(self) -> str:
        """Return the tree as indented lines, each with a symbol and the value of its constituent."""
        valued = any(node.value is not UNDEFINED for node in self.nodes())
        lines: list[str] = []
        pending = [(self, "", "")]
        while pending:
            node, first, rest = pending.pop()
            lines.append(first + node.caption(valued=valued))
            last = len(node.children) - 1
            for slot in range(last, -1, -1):
                branch, below = ("└─ ", "   ") if slot == last else ("├─ ", "│  ")
                pending.append((node.children[slot], rest + branch, rest + below))
        return "\n".join(lines)

    def caption(self, *, valued: bool = True) -> str:
        """Return `symbol = value`; the symbol alone where it is its own value or `valued` is false."""
        if not valued or (isinstance(self.value, str) and self.value == self.symbol):
            return self.symbol
        return f"{self.symbol} = {show_value(self.value)}"

    def to_svg(self) -> str:
        """Return a drawing: symbols in sentence order from left to right, heads above their arguments."""
        from abduce.parser.drawing import svg

        return svg(self)

    def save(self, path: str | Path) -> None:
        """Write a drawing of the tree.

        Args:
            path: A file name that ends in .svg or .png.

        Raises:
            UsageError: It ends in something else.
        """
        from abduce.parser.drawing import png, svg

        target = Path(path)
        suffix = target.suffix.lower()
        if suffix == ".svg":
            target.write_text(svg(self), encoding="utf-8")
        elif suffix == ".png":
            target.write_bytes(png(self))
        else:
            shown = suffix or "without a suffix"
            raise UsageError(f"{target}: a tree is saved as .svg or .png, not {shown}")


def tree_from_heads(
    symbols: Sequence[str],
    heads: Sequence[int],
    slots: Sequence[int],
    *,
    labels: Sequence[Label] | None = None,
    values: Sequence[Value] | None = None,
) -> Tree:
    """Build a tree from the head of each position.

    Args:
        symbols: The sentence.
        heads: For each position that of its head, -1 for the root.
        slots: For each position its place among its head's arguments, from 0; not looked at for the root.
        labels: For each position how its symbol is used.
        values: For each position the value of its constituent.

    Raises:
        UsageError: There is not exactly one root, or the heads form a cycle.
    """
    arguments: dict[int, list[int]] = {}
    for position, head in enumerate(heads):
        arguments.setdefault(head, []).append(position)
    roots = arguments.pop(-1, [])
    if len(roots) != 1:
        raise UsageError(f"a tree has one root, marked by the head -1; got {len(roots)} in {list(heads)}")
    order = list(roots)
    for position in order:
        order.extend(sorted(arguments.get(position, ()), key=lambda argument: slots[argument]))
    if len(order) != len(symbols):
        raise UsageError(f"the heads {list(heads)} do not reach all {len(symbols)} positions from the root")
    built: dict[int, Tree] = {}
    for position in reversed(order):
        children = sorted(arguments.get(position, ()), key=lambda argument: slots[argument])
        built[position] = Tree(
            position,
            symbols[position],
            tuple(built[child] for child in children),
            UNDEFINED if values is None else values[position],
            None if labels is None else labels[position],
        )
    return built[roots[0]]
