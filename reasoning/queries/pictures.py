"""Drawings of explanations and runs: graphs without cycles in layers, as SVG without any library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from networkx import DiGraph

LETTER_PX: Final = 7.3
LINE_PX: Final = 16.0
PAD_PX: Final = 10.0
GAP_PX: Final = 24.0
LAYER_PX: Final = 46.0
LONGEST: Final = 60
MOST_LINES: Final = 12
INK, PAPER, LINE = "#1f2933", "#ffffff", "#9aa5b1"
FILLS: Final = {"told": "#eef6f2", "absent": "#f7f0e6", "conclusion": "#e8eefc", "model": "#f4f4f6"}


@dataclass(frozen=True, slots=True)
class Box:
    """A node's place, in pixels, its lines of text and its kind."""

    lines: tuple[str, ...]
    kind: str
    x: float
    y: float
    width: float
    height: float


def svg(graph: DiGraph) -> str:
    """Return a drawing of an acyclic graph whose nodes have a `statement`, those without predecessors on top.

    Raises:
        ValueError: The graph has a cycle.
    """
    boxes = layout(graph)
    width = max((box.x + box.width / 2 for box in boxes.values()), default=0.0) + PAD_PX
    height = max((box.y + box.height for box in boxes.values()), default=0.0) + PAD_PX
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="ui-monospace, Menlo, Consolas, monospace" '
        'font-size="12">',
        f'<rect width="100%" height="100%" fill="{PAPER}"/>',
    ]
    for upper, lower in graph.edges:
        a, b = boxes[upper], boxes[lower]
        parts.append(f'<path d="M{a.x:.1f} {a.y + a.height:.1f} L{b.x:.1f} {b.y:.1f}" fill="none" stroke="{LINE}"/>')
    parts.extend(map(_drawn, boxes.values()))
    return "\n".join([*parts, "</svg>"]) + "\n"


def layout(graph: DiGraph) -> dict[Any, Box]:
    """Place each node below all that it is below of."""
    import networkx

    try:
        order = list(networkx.topological_sort(graph))
    except networkx.NetworkXUnfeasible as error:
        raise ValueError("only graphs without cycles can be drawn in layers") from error
    depth: dict[Any, int] = {}
    for node in order:
        depth[node] = max((depth[above] + 1 for above in graph.predecessors(node)), default=0)
    layers: dict[int, list[Any]] = {}
    for node in order:
        layers.setdefault(depth[node], []).append(node)
    sizes = {node: _lines(graph.nodes[node]) for node in order}
    boxes: dict[Any, Box] = {}
    top = PAD_PX
    for number in sorted(layers):
        left, tallest = PAD_PX, 0.0
        for node in layers[number]:
            lines = sizes[node]
            width = max(map(len, lines)) * LETTER_PX + 2 * PAD_PX
            height = len(lines) * LINE_PX + PAD_PX
            kind = str(graph.nodes[node].get("kind", ""))
            boxes[node] = Box(lines, kind, left + width / 2, top, width, height)
            left += width + GAP_PX
            tallest = max(tallest, height)
        top += tallest + LAYER_PX
    return boxes


def _lines(node: dict[str, Any]) -> tuple[str, ...]:
    lines = str(node.get("statement", "")).split("\n")
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], "…"]
    return tuple(line if len(line) <= LONGEST else line[: LONGEST - 1] + "…" for line in lines)


def _drawn(box: Box) -> str:
    left = box.x - box.width / 2
    lines = [
        f'<rect x="{left:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="6" '
        f'fill="{FILLS.get(box.kind, PAPER)}" stroke="{INK}"/>'
    ]
    for number, line in enumerate(box.lines, start=1):
        y = box.y + number * LINE_PX
        lines.append(f'<text x="{left + PAD_PX:.1f}" y="{y:.1f}" fill="{INK}" xml:space="preserve">{_xml(line)}</text>')
    return "<g>" + "".join(lines) + "</g>"


def _xml(text: str) -> str:
    return escape("".join(letter if letter.isprintable() else "\ufffd" for letter in text))
