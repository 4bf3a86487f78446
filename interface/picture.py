"""An input of images drawn with what was made of it: each image above the symbol read, and the tree below."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from abduce.errors import UsageError
from abduce.parser.drawing import INK, PAPER, layout, svg
from abduce.parser.trees import Tree

CROP_PX, TOP_PX = 30.0, 62.0
LONGEST_GLOSS = 6


def save_picture(
    path: str | Path, tree: Tree, images: Sequence[NDArray[np.uint8]] = (), glosses: Mapping[str, str] | None = None
) -> None:
    """Draw a tree, and above it, where there are any, the images that its symbols were read from.

    Args:
        path: A file name that ends in .svg.
        tree: The tree; it has a node for each image.
        images: The images `(h, w)`, ink light on a dark ground, in sentence order.
        glosses: What symbols mean, in a few letters; the symbol itself is shown for others.

    Raises:
        UsageError: The name ends in something else.
    """
    target = Path(path)
    if target.suffix.lower() != ".svg":
        raise UsageError(f"--draw {target}: a drawing is written as .svg")
    target.write_text(_with_images(tree, images, glosses or {}) if len(images) else svg(tree), encoding="utf-8")


def _with_images(tree: Tree, images: Sequence[NDArray[np.uint8]], glosses: Mapping[str, str]) -> str:
    boxes, width, height = layout(tree)
    whole = height + TOP_PX
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{whole:.0f}" '
        f'viewBox="0 0 {width:.0f} {whole:.0f}" font-family="ui-monospace, Menlo, Consolas, monospace" '
        'font-size="12" text-anchor="middle">',
        f'<rect width="100%" height="100%" fill="{PAPER}"/>',
    ]
    for place, image in enumerate(images):
        box = boxes[place]
        gloss = glosses.get(box.symbol, "")
        shown = gloss if gloss and len(gloss) <= LONGEST_GLOSS else box.symbol
        parts.append(
            f'<image x="{box.x - CROP_PX / 2:.1f}" y="8" width="{CROP_PX:.0f}" height="{CROP_PX:.0f}" '
            f'href="data:image/png;base64,{_png(image)}"/>'
            f'<text x="{box.x:.1f}" y="{CROP_PX + 24:.0f}" fill="{INK}">{escape(shown)}</text>'
        )
    parts += [f'<g transform="translate(0 {TOP_PX:.0f})">', svg(tree), "</g>", "</svg>"]
    return "\n".join(parts) + "\n"


def _png(image: NDArray[np.uint8]) -> str:
    buffer = io.BytesIO()
    Image.fromarray(255 - image).save(buffer, format="PNG")
    return base64.b64encode(buffer.getvalue()).decode("ascii")
