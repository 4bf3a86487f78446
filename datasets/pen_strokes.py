"""Symbols written by a pen of our own, so that everything runs without images at hand.

Every writing varies its slant, proportions, turn and width of pen, and its strokes are bent by smooth random waves (an
elastic distortion) and shaken a little.

Source: the elastic distortion after P. Simard et al., Best practices for convolutional neural networks, ICDAR 2003,
here applied to the path of the pen rather than to pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from abduce.datasets.images import SIDE, Plane
from abduce.datasets.seeding import seeded

Points: TypeAlias = NDArray[np.float64]
Writing: TypeAlias = tuple[Points, ...]

SLANT, TURN, STRETCH, SHAKE = 0.16, 0.09, 0.12, 0.007
WAVES, WAVE_HEIGHT, SLOWEST, FASTEST = 3, 0.028, 0.4, 1.3
LINE_STEPS, CURVE_STEPS, ELLIPSE_STEPS = 4, 5, 20
THIN, THICK = 0.06, 0.15


DRAWN: Mapping[str, tuple[str, ...]] = {
    "0": ("o 50,50 30,46 -25,78", "o 50,50 36,45 -20,80"),
    "1": ("l 30,28 55,5 55,95", "l 30,30 52,5 52,95; l 28,95 76,95"),
    "2": (
        "c 20,25 45,5 76,25 55,60 20,93 21,94; l 20,94 82,93",
        "c 22,22 50,5 75,25 45,70 22,88 35,80 60,93 85,88",
    ),
    "3": ("c 22,15 50,5 74,25 45,46 78,70 50,95 20,83", "l 22,7 76,7 46,40; c 46,40 78,62 60,93 20,87"),
    "4": ("l 58,5 18,65 85,65; l 64,35 62,95", "l 28,5 22,55 80,53; l 70,8 66,95"),
    "5": (
        "l 78,7 30,7 26,43; c 26,43 60,38 76,66 52,95 20,86",
        "c 28,8 25,42 65,42 74,75 45,95 20,84; l 28,8 80,6",
    ),
    "6": ("c 68,5 34,38 26,74 50,95 74,74 54,53 29,68",),
    "7": ("l 20,7 80,7 42,95", "l 20,9 80,7 45,95; l 36,50 78,48"),
    "8": (
        "c 68,18 48,5 28,22 50,46 74,72 50,95 26,74 50,47 70,24 62,10",
        "o 50,27 21,22 25,125; o 50,72 26,23 -25,78",
    ),
    "9": ("c 72,25 50,6 27,27 48,48 71,28 70,60 52,95", "o 48,28 22,23 0,100; l 70,25 68,95"),
    "+": ("l 10,50 90,50; l 50,10 50,90",),
    "-": ("l 8,50 92,50",),
    "*": ("l 14,14 86,86; l 86,14 14,86", "c 12,16 40,30 45,70 12,86; c 88,16 60,30 52,70 88,86"),
    "/": ("l 78,4 22,96",),
    "(": ("c 70,3 38,28 36,70 68,97",),
    ")": ("c 30,3 62,28 64,70 32,97",),
    "eleven": ("l 50,5 20,90; l 50,5 82,90; l 33,58 70,58",),
    "twelve": ("l 26,5 26,95; c 26,7 68,14 62,42 27,46; c 27,46 78,56 68,92 26,94",),
    "max": ("l 8,15 50,92 92,15",),
    "min": ("l 10,92 12,8 50,60 88,8 90,92",),
    "mean": ("l 8,36 92,36; l 8,66 92,66",),
    "harmonic": ("l 20,5 20,95; l 80,5 80,95; l 20,50 80,50",),
    "%": ("l 82,6 18,94; o 24,24 15,17 0,100; o 76,76 15,17 0,100",),
    "<": ("l 85,12 14,50 86,88",),
    ">": ("l 15,12 86,50 14,88",),
    "?": ("c 24,25 50,5 76,25 52,50 50,70; l 50,90 51,94",),
}
"""How each symbol is written (HINT's, its six concepts', a few more): one or several ways, each some strokes.

Points are in hundredths of the square. A stroke is a line from corner to corner (`l`), a smooth curve through points
(`c`), or a part of an ellipse (`o`: centre, radii, where it starts and ends in hundredths of a turn from the right).
"""


def _writing(text: str) -> Writing:
    strokes = []
    for stroke in text.split(";"):
        kind, *pairs = stroke.split()
        points = np.array([[float(number) for number in pair.split(",")] for pair in pairs]) / 100
        strokes.append({"l": _line, "c": _curve, "o": _ellipse}[kind](points))
    return tuple(strokes)


def _line(corners: Points) -> Points:
    share = np.linspace(0.0, 1.0, LINE_STEPS, endpoint=False)[:, None]
    legs = [start + share * (end - start) for start, end in pairwise(corners)]
    return np.concatenate([*legs, corners[-1:]])


def _curve(middle: Points) -> Points:
    """Return a Catmull-Rom spline through points."""
    known = np.concatenate([2 * middle[:1] - middle[1:2], middle, 2 * middle[-1:] - middle[-2:-1]])
    t = np.linspace(0.0, 1.0, CURVE_STEPS, endpoint=False)[:, None]
    legs = []
    for a, b, c, d in zip(known, known[1:], known[2:], known[3:], strict=False):
        legs.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.concatenate([*legs, middle[-1:]])


def _ellipse(description: Points) -> Points:
    centre, radii, (start, end) = description
    angles = 2 * np.pi * np.linspace(start, end, ELLIPSE_STEPS)
    return np.asarray(centre + radii * np.stack([np.cos(angles), np.sin(angles)], axis=1))


def written(symbol: str, count: int, seed: int) -> list[Plane]:
    """Write a symbol many times.

    Args:
        symbol: One of `DRAWN`.
        count: How many times.
        seed: The writings depend on it and on the symbol.

    Returns:
        Images `(28, 28)`, white on black, the ink as large as the image.
    """
    generator = seeded(seed, *symbol.encode())
    ways = [_writing(text) for text in DRAWN[symbol]]
    images = []
    for way in generator.integers(len(ways), size=count).tolist():
        width = float(generator.uniform(THIN, THICK)) * SIDE
        images.append(_inked(_varied(ways[way], SIDE - width, generator), width))
    return images


def _varied(writing: Writing, size: float, generator: np.random.Generator) -> list[Points]:
    """Return a variation of a writing, in pixels, its longer side of a size and in the middle of the image."""
    ends = np.cumsum([len(stroke) for stroke in writing])[:-1]
    points = np.concatenate(writing) - 0.5
    points += _waves(points, generator) + _shaken(len(points), generator)
    turn, slant = generator.normal((0.0, 0.05), (TURN, SLANT)).tolist()
    wide, high = np.exp(generator.normal(0.0, STRETCH, size=2)).tolist()
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = points @ (turned @ np.array([[wide, -slant * high], [0.0, high]])).T
    lowest, highest = points.min(axis=0), points.max(axis=0)
    points = (points - (lowest + highest) / 2) * (size / float((highest - lowest).max())) + (SIDE - 1) / 2
    return np.split(points, ends)


def _waves(points: Points, generator: np.random.Generator) -> Points:
    """Return a smooth random displacement of points: a sum of plane waves."""
    directions = generator.uniform(0.0, 2 * np.pi, size=WAVES)
    speeds = 2 * np.pi * generator.uniform(SLOWEST, FASTEST, size=WAVES)
    phases = generator.uniform(0.0, 2 * np.pi, size=WAVES)
    heights = generator.normal(0.0, WAVE_HEIGHT, size=(WAVES, 2))
    along = points @ np.stack([np.cos(directions), np.sin(directions)]) * speeds + phases
    displacement: Points = np.sin(along) @ heights
    return displacement


def _shaken(count: int, generator: np.random.Generator) -> Points:
    """Return the small trembling of a hand: noise, smoothed along the stroke."""
    noise = generator.normal(0.0, SHAKE, size=(count + 4, 2)).cumsum(axis=0)
    return np.asarray(noise[2:-2] - (noise[:-4] + noise[4:]) / 2)


def _inked(strokes: Sequence[Points], width: float) -> Plane:
    """Draw strokes with a round pen: a pixel is as dark as the pen covers it, by its distance from the path."""
    starts = np.concatenate([stroke[:-1] for stroke in strokes]).astype(np.float32)
    legs = np.concatenate([np.diff(stroke, axis=0) for stroke in strokes]).astype(np.float32)
    pixels = np.arange(SIDE, dtype=np.float32)
    across, down = pixels[None, :, None] - starts[:, 0], pixels[:, None, None] - starts[:, 1]
    share = (across * legs[:, 0] + down * legs[:, 1]) / np.maximum((legs**2).sum(axis=1), 1e-9)
    np.clip(share, 0.0, 1.0, out=share)
    distance = np.sqrt(((across - share * legs[:, 0]) ** 2 + (down - share * legs[:, 1]) ** 2).min(axis=2))
    ink: Plane = np.rint(255.0 * np.clip(width / 2 - distance + 0.5, 0.0, 1.0)).astype(np.uint8)
    return ink
