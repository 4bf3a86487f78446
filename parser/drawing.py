"""Drawings of trees, as SVG without any library and as PNG through matplotlib."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from abduce.values import UNDEFINED, show_value

if TYPE_CHECKING:
    from abduce.parser.trees import Tree

LONGEST_VALUE = 24
LETTER_PX = 7.5
GAP_PX = 22.0
LEVEL_PX = 78.0
MARGIN_PX = 16.0
BOX_PX = 40.0
INK, PAPER, ACCENT, LINE = "#1f2933", "#ffffff", "#0b6e4f", "#9aa5b1"


@dataclass(frozen=True, slots=True)
class Box:
    """A node's place in a drawing, in pixels, and what is written in it."""

    symbol: str
    value: str
    shown: str
    x: float
    y: float
    width: float
    head: int | None


def layout(tree: Tree) -> tuple[dict[int, Box], float, float]:
    """Place the nodes: one column for each position, one row for each distance from the root.

    Returns:
        The box of each position, and the drawing's width and height in pixels.
    """
    rows: list[tuple[Tree, int, int | None]] = []
    pending: list[tuple[Tree, int, int | None]] = [(tree, 0, None)]
    while pending:
        node, depth, head = pending.pop()
        rows.append((node, depth, head))
        pending.extend((child, depth + 1, node.position) for child in node.children)
    valued = any(node.value is not UNDEFINED for node, _, _ in rows)
    boxes: dict[int, Box] = {}
    left = MARGIN_PX
    for node, depth, head in sorted(rows, key=lambda row: row[0].position):
        value = _value_text(node) if valued else ""
        shown = value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 1] + "…"
        width = max(len(node.symbol), len(shown), 2) * LETTER_PX + 16.0
        y = MARGIN_PX + depth * LEVEL_PX + BOX_PX / 2
        boxes[node.position] = Box(node.symbol, value, shown, left + width / 2, y, width, head)
        left += width + GAP_PX
    height = 2 * MARGIN_PX + max(depth for _, depth, _ in rows) * LEVEL_PX + BOX_PX
    return boxes, left - GAP_PX + MARGIN_PX, height


def _value_text(node: Tree) -> str:
    own = isinstance(node.value, str) and node.value == node.symbol
    return "" if own else show_value(node.value)


def svg(tree: Tree) -> str:
    """Return a drawing of a tree as an SVG document; a value too long for its box is its tooltip."""
    boxes, width, height = layout(tree)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="ui-monospace, Menlo, Consolas, monospace" '
        'font-size="12" text-anchor="middle">',
        f'<rect width="100%" height="100%" fill="{PAPER}"/>',
    ]
    for box in boxes.values():
        if box.head is not None:
            head = boxes[box.head]
            top, bottom = head.y + BOX_PX / 2, box.y - BOX_PX / 2
            middle = (top + bottom) / 2
            parts.append(
                f'<path d="M{head.x:.1f} {top:.1f} C{head.x:.1f} {middle:.1f} {box.x:.1f} {middle:.1f} '
                f'{box.x:.1f} {bottom:.1f}" fill="none" stroke="{LINE}" stroke-width="1.5"/>'
            )
    parts.extend(_svg_box(box) for box in boxes.values())
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _svg_box(box: Box) -> str:
    title = _xml(f"{box.symbol} = {box.value}" if box.value else box.symbol)
    raised = 4.0 if not box.shown else -3.0
    lines = [
        f"<g><title>{title}</title>",
        f'<rect x="{box.x - box.width / 2:.1f}" y="{box.y - BOX_PX / 2:.1f}" width="{box.width:.1f}" '
        f'height="{BOX_PX:.0f}" rx="6" fill="{PAPER}" stroke="{INK}"/>',
        f'<text x="{box.x:.1f}" y="{box.y + raised:.1f}" fill="{INK}" font-weight="bold">{_xml(box.symbol)}</text>',
    ]
    if box.shown:
        lines.append(f'<text x="{box.x:.1f}" y="{box.y + 13:.1f}" fill="{ACCENT}">{_xml(box.shown)}</text>')
    return "".join(lines) + "</g>"


def _xml(text: str) -> str:
    # XML 1.0 has no way at all to write most control characters, so they are shown as a replacement.
    return escape("".join(letter if _allowed(letter) else "\ufffd" for letter in text), {'"': "&quot;"})


def _allowed(letter: str) -> bool:
    code = ord(letter)
    return code in (9, 10, 13) or 32 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def png(tree: Tree) -> bytes:
    """Return a drawing of a tree as the bytes of a PNG file."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    boxes, width, height = layout(tree)
    # A PNG has a size that must be bounded, whatever the sentence: 2 px for each unit, 20,000 px at most.
    figure = Figure(figsize=(width / 100, height / 100), dpi=min(200.0, 100 * 20_000 / max(width, height)))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    for box in boxes.values():
        if box.head is not None:
            head = boxes[box.head]
            axes.plot([head.x, box.x], [head.y, box.y], color=LINE, zorder=1)
    for box in boxes.values():
        frame: dict[str, Any] = {"boxstyle": "round,pad=0.5", "facecolor": PAPER, "edgecolor": INK}
        text = f"{box.symbol}\n{box.shown}" if box.shown else box.symbol
        axes.text(
            box.x,
            box.y,
            text,
            color=INK,
            fontsize=8,
            ha="center",
            va="center",
            family="monospace",
            parse_math=False,
            bbox=frame,
        )
    buffer = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(buffer, format="png", dpi=figure.dpi)
    return buffer.getvalue()
