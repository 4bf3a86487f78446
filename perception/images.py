"""Images of symbols as a network takes them: one size, light ink on dark, centred.

The convention, whatever the size and the colours of what comes in: the ground is the median of the border and
becomes 0, the strongest ink becomes 1 (where images are cut close, a stroke may fill the border: see
`common_ground`). The box around the ink is scaled, its proportions kept, until its longer side measures `INK` pixels,
and stands in the middle of a square of `SIDE` pixels. An image without ink is 0 throughout.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from abduce.errors import DataError

Images: TypeAlias = NDArray[np.float32]
"""Normalised images, `(images, SIDE, SIDE)` in [0, 1]."""
Picture: TypeAlias = NDArray[np.uint8]
"""One image as it comes: grey `(h, w)`, or in colour `(h, w, 3)`, `(h, w, 4)` with opacity, 0-255."""

SIDE, INK = 28, 24
MOST_SIDE = 4096
FAINTEST = 16
"""Grey levels out of 255 that ink must stand out from the ground; less is an empty image."""
AGREEING, ALIKE = 0.7, 64
"""Share of the images whose ground must be within so many grey levels of a common one."""
INK_SHARE = 0.25
"""Share of the strongest ink from which a pixel counts for the box around the ink."""
LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)
PIXELS_AT_ONCE = 4_000_000


def normalised(pictures: Sequence[Picture] | Picture, *, ground: float | None = None) -> Images:
    """Return images of any size by the convention above, `(images, SIDE, SIDE)`.

    Args:
        pictures: Images of one shape as one array `(images, h, w)`, or a sequence of arrays of any shapes.
        ground: Grey level of the ground that most images share; it takes the place of the border's where the border
            is nearer to what differs most from it.

    Raises:
        DataError: An image has no two dimensions, no pixel, a side over 4,096 pixels, or is not of type uint8.
    """
    result = np.zeros((len(pictures), SIDE, SIDE), dtype=np.float32)
    for some, batch in _batches(pictures):
        result[some] = _framed(_ink(_grey(batch), ground))
    return result


def common_ground(pictures: Sequence[Picture] | Picture) -> float | None:
    """Return the grey level of the ground of most images; None where dark and light grounds are mixed.

    Raises:
        DataError: As `normalised`.
    """
    levels = np.zeros(len(pictures), dtype=np.float32)
    for some, batch in _batches(pictures):
        levels[some] = _border(_grey(batch))
    if not levels.size:
        return None
    middle = float(np.median(levels))
    return middle if (np.abs(levels - middle) <= ALIKE).mean() >= AGREEING else None


def _batches(pictures: Sequence[Picture] | Picture) -> Iterator[tuple[list[int], Picture]]:
    """Yield images of one shape at a time, as one array, with their places."""
    by_shape: dict[tuple[int, ...], list[int]] = {}
    for place, picture in enumerate(pictures):
        by_shape.setdefault(_checked(picture, place), []).append(place)
    for shape, places in by_shape.items():
        step = max(1, PIXELS_AT_ONCE // (shape[0] * shape[1]))
        for start in range(0, len(places), step):
            some = places[start : start + step]
            yield some, np.stack([pictures[place] for place in some])


def _checked(picture: Picture, place: int) -> tuple[int, ...]:
    """Return the shape of an image, or refuse it."""
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8:
        raise DataError(f"image {place}: expected an array of type uint8, 0-255; got {getattr(picture, 'dtype', None)}")
    if picture.ndim != 2 and (picture.ndim != 3 or picture.shape[2] not in (3, 4)):
        raise DataError(f"image {place}: expected (h, w), (h, w, 3) or (h, w, 4); got {picture.shape}")
    if not picture.size or max(picture.shape[:2]) > MOST_SIDE:
        raise DataError(
            f"image {place}: {picture.shape[0]} x {picture.shape[1]} pixels; sides of 1 to {MOST_SIDE} can be read: "
            "cut or scale it"
        )
    return picture.shape


def _grey(pictures: Picture) -> Images:
    """Return the brightness of images of one shape on white paper, 0-255, `(images, h, w)`."""
    grey = pictures.astype(np.float32)
    if grey.ndim == 3:
        return grey
    opacity = grey[..., 3] / 255 if grey.shape[3] == 4 else np.float32(1.0)
    found: Images = ((grey[..., :3] @ LUMINANCE) * opacity + 255 * (1 - opacity)).astype(np.float32)
    return found


def _border(grey: Images) -> NDArray[np.float32]:
    """Return the median brightness of each image's outermost pixels, `(images,)`."""
    border = np.concatenate([grey[:, 0], grey[:, -1], grey[:, :, 0], grey[:, :, -1]], axis=1)
    found: NDArray[np.float32] = np.median(border, axis=1).astype(np.float32)
    return found


def _ink(grey: Images, common: float | None) -> Images:
    """Return how much ink each pixel of some images of one shape holds, in [0, 1], `(images, h, w)`."""
    ground = _border(grey)
    if common is not None:
        flat = grey.reshape(len(grey), -1)
        farthest = flat[np.arange(len(flat)), np.abs(flat - common).argmax(axis=1)]
        ground = np.where(np.abs(ground - common) > np.abs(ground - farthest), np.float32(common), ground)
    ink = np.abs(grey - ground[:, None, None])
    strongest = ink.max(axis=(1, 2), keepdims=True)
    return np.where(strongest >= FAINTEST, ink / np.maximum(strongest, 1), 0).astype(np.float32)


def _framed(ink: Images) -> Images:
    """Return images of one shape with their ink scaled and put into the middle of a square."""
    present = ink >= INK_SHARE
    top, height = _extent(np.any(present, axis=2, keepdims=True)[:, :, 0])
    left, width = _extent(np.any(present, axis=1, keepdims=True)[:, 0])
    zoom = (INK / np.maximum(height, width)).astype(np.float32)
    down = _resampling(ink.shape[1], top + height / np.float32(2), zoom)
    across = _resampling(ink.shape[2], left + width / np.float32(2), zoom)
    return np.clip(down @ ink @ across.transpose(0, 2, 1), 0, 1)


def _extent(present: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return where the first true value of each row is, and how many places it is to the last."""
    first = present.argmax(axis=1)
    last = present.shape[1] - 1 - present[:, ::-1].argmax(axis=1)
    return first.astype(np.float32), (last - first + 1).astype(np.float32)


def _resampling(length: int, middle: NDArray[np.float32], zoom: NDArray[np.float32]) -> Images:
    """Return the weights of old pixels in new ones along one axis, `(images, SIDE, length)`.

    Tents as wide as the wider of an old and a new pixel, so that fine strokes survive a large reduction.
    """
    centres = middle[:, None] + (np.arange(SIDE, dtype=np.float32) + 0.5 - SIDE / 2) / zoom[:, None]
    reach = np.maximum(1.0, 1.0 / zoom)[:, None, None]
    distance = np.abs(centres[:, :, None] - (np.arange(length, dtype=np.float32) + 0.5))
    weights: Images = (np.maximum(0.0, 1.0 - distance / reach) / reach).astype(np.float32)
    return weights
