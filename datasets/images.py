"""Pictures of symbols brought to one form, and strips of symbols cut.

The form: grey values from 0, the ground, to 255, the darkest or lightest ink; 28 pixels high and wide; the symbol's
ink in the middle, its longer side filling the square (24 pixels are enough, for no image is resampled without need),
but no symbol enlarged more than a mark that takes a quarter of its picture. So it does not matter how large a picture
is, how much margin it has, or which of ink and ground is the lighter; an image in this form stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Plane: TypeAlias = NDArray[np.uint8]
"""Grey values `(h, w)`."""

SIDE, LARGE_ENOUGH = 28, 24
INK, MOST_NOISE = 32, 128
"""Less than an eighth of the contrast is noise of the ground, and on a noisy ground up to half of it."""
NOISE_WIDTH = 4.5 * 1.48
"""So many median deviations from the ground keep out all but a few of a million pixels of it."""
LEAST_CONTRAST = 24
SMALLEST_SHARE = 4
CLEAR_BORDER, CLEAR_GROUND = 0.95, 0.7
SPECK_SHARE = 50
WIDEST_SYMBOL = 2
"""A strip without a gap that is more than twice as wide as its line is high holds several symbols."""


class Unusable(ValueError):
    """A picture that nothing can be read from; the message says why."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Which of ground and ink is the lighter.

    Attributes:
        light: Whether the ground is.
        sure: Whether the picture alone leaves no doubt.
    """

    light: bool
    sure: bool


def plane_of(pixels: NDArray[np.uint8]) -> Plane:
    """Return the one channel of a picture `(h, w)` or `(h, w, channels)` in which ink and ground differ most.

    Raises:
        Unusable: They hardly differ in any: the picture is blank.
    """
    channels = pixels if pixels.ndim == 3 else pixels[:, :, None]
    contrasts = np.ptp(channels.reshape(-1, channels.shape[2]).astype(np.int64), axis=0)
    if contrasts.max() < LEAST_CONTRAST:
        raise Unusable("it is blank")
    plane: Plane = channels[:, :, int(contrasts.argmax())]
    return plane


def ground_of(plane: Plane) -> Ground:
    """Guess which is the ground: what most pixels are, and most of those at the border."""
    lighter = plane > (int(plane.min()) + int(plane.max())) / 2
    border = np.concatenate([lighter[0], lighter[-1], lighter[:, 0], lighter[:, -1]])
    share, border_share = float(lighter.mean()), float(border.mean())
    light = share + border_share > 1.0
    if not light:
        share, border_share = 1.0 - share, 1.0 - border_share
    return Ground(light, border_share >= CLEAR_BORDER and share >= CLEAR_GROUND)


def ink_of(plane: Plane, *, light_ground: bool) -> Plane:
    """Return the ink of a picture, from 0 where there is none to 255."""
    values = 255 - plane if light_ground else plane
    middle = (int(values.min()) + int(values.max())) / 2
    below = values[values <= middle].astype(np.float32)
    ground = np.median(below)
    noise = NOISE_WIDTH * float(np.median(np.abs(below - ground)))
    height = np.maximum(values.astype(np.float32) - ground, 0.0)
    scale = 255.0 / float(height.max())
    ink: Plane = np.rint(height * scale).astype(np.uint8)
    ink[ink < min(max(INK, noise * scale), MOST_NOISE)] = 0
    return ink


def framed(ink: Plane, picture_side: int) -> Plane:
    """Return the ink of one symbol `(h, w)` in the middle of a square of 28 pixels.

    Args:
        ink: There is some.
        picture_side: Longer side of the picture that it stood in, or height of its line.
    """
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    cropped = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    side = max(*cropped.shape, picture_side // SMALLEST_SHARE)
    if ink.shape == (SIDE, SIDE) and side >= LARGE_ENOUGH:
        return ink
    if LARGE_ENOUGH <= side <= SIDE:
        side = SIDE
    square = np.zeros((side, side), dtype=np.uint8)
    top, left = (side - cropped.shape[0]) // 2, (side - cropped.shape[1]) // 2
    square[top : top + cropped.shape[0], left : left + cropped.shape[1]] = cropped
    if side == SIDE:
        return square
    small = np.asarray(Image.fromarray(square).resize((SIDE, SIDE), Image.Resampling.BILINEAR), dtype=np.float32)
    stretched: Plane = np.rint(small * (255.0 / max(1.0, small.max()))).astype(np.uint8)
    return stretched


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture of one symbol in both of the forms that it may have.

    Attributes:
        on_light: Its form if the ground is the lighter.
        on_dark: Its form if the ink is.
        ground: Which it seems to be.
    """

    on_light: Plane
    on_dark: Plane
    ground: Ground


def candidate(picture: NDArray[np.uint8]) -> Candidate:
    """Bring a picture of one symbol, `(h, w)` or `(h, w, channels)`, to the form, with the ground left open.

    Raises:
        Unusable: It is blank.
    """
    plane = plane_of(picture)
    on_light, on_dark = (framed(ink_of(plane, light_ground=light), max(plane.shape)) for light in (True, False))
    return Candidate(on_light, on_dark, ground_of(plane))


def settled(candidates: Iterable[Candidate]) -> list[Plane]:
    """Settle the ground of pictures that belong together: where one leaves a doubt, the majority decides."""
    found = list(candidates)
    usual = 2 * sum(one.ground.light for one in found) > len(found)
    lights = [one.ground.light if one.ground.sure else usual for one in found]
    return [one.on_light if light else one.on_dark for one, light in zip(found, lights, strict=True)]


def cut(picture: NDArray[np.uint8], cell: int | None = None) -> list[Plane]:
    """Cut a strip into its symbols, from left to right, and bring each to the form.

    Args:
        picture: `(h, w)` or `(h, w, channels)`, ink and ground either way round.
        cell: Width of each symbol's place in pixels; without it a cut is made wherever a column is empty.

    Raises:
        Unusable: It is blank, has no gap, or is not a whole number of cells wide.
    """
    plane = plane_of(picture)
    ink = ink_of(plane, light_ground=ground_of(plane).light)
    lines = np.flatnonzero(ink.any(axis=1))
    height = int(lines[-1] - lines[0] + 1)
    parts = _at_gaps(ink, height) if cell is None else _in_cells(ink, cell)
    return [framed(part, height) for part in parts]


def _at_gaps(ink: Plane, line_height: int) -> list[Plane]:
    filled = np.concatenate([[False], ink.any(axis=0), [False]])
    edges = np.flatnonzero(filled[1:] != filled[:-1]).reshape(-1, 2)
    parts = [ink[:, start:end] for start, end in edges.tolist()]
    if len(parts) == 1 and parts[0].shape[1] > WIDEST_SYMBOL * max(line_height, ink.shape[0] / 2):
        raise Unusable(
            f"it has no gap: ink in each of {parts[0].shape[1]} columns; leave an empty column between symbols, "
            "or say with --cell W how wide each symbol's place is"
        )
    masses = [int(part.sum()) for part in parts]
    least = float(np.median(masses)) / SPECK_SHARE
    return [part for part, mass in zip(parts, masses, strict=True) if mass >= least]


def _in_cells(ink: Plane, cell: int) -> list[Plane]:
    width = ink.shape[1]
    if ink[:, width - width % cell :].any():
        raise Unusable(f"it is {width} pixels wide, which is no whole number of cells of {cell} (--cell)")
    cells = [ink[:, start : start + cell] for start in range(0, width - width % cell, cell)]
    return [part for part in cells if part.any()]
