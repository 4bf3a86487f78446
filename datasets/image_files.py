"""Image files read into pixels, and what is said about those that cannot be."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from abduce.datasets.images import Candidate, Unusable, candidate
from abduce.errors import DataError

Read = TypeVar("Read")

ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm"})
MOST_PIXELS = 2**24
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
"""What is read; some others start programs."""
TOLERATED = 0.01
NAMED = 3


def read_pixels(path: Path) -> NDArray[np.uint8]:
    """Read an image file of any kind: grey `(h, w)`, colour `(h, w, 3)`.

    Raises:
        Unusable: It is missing, empty, no image, or huge.
    """
    try:
        if path.stat().st_size == 0:
            raise Unusable("an empty file")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Unusable(f"{image.width} x {image.height} pixels, where at most {MOST_PIXELS:,} are read")
                return _pixels(image)
    except FileNotFoundError as error:
        raise Unusable("no such file") from error
    except Image.DecompressionBombError as error:
        raise Unusable(f"more pixels than the {MOST_PIXELS:,} that are read") from error
    except Unusable:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, OverflowError) as error:
        raise Unusable(f"no readable image ({_first_line(error)})") from error


def read_candidate(path: Path) -> Candidate:
    """Read an image file of one symbol.

    Raises:
        Unusable: It cannot be read, or is blank.
    """
    return candidate(read_pixels(path))


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    turned = ImageOps.exif_transpose(image)
    if turned.mode.startswith("I") or turned.mode == "F":
        values = np.asarray(turned, dtype=np.float64)
        spread = float(np.ptp(values)) or 1.0
        return np.asarray(np.rint((values - values.min()) * (255.0 / spread)), dtype=np.uint8)
    if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
        return _on_ground(turned.convert("RGBA"))
    return np.asarray(turned.convert("L" if turned.mode in ("1", "L") else "RGB"), dtype=np.uint8)


def _on_ground(image: Image.Image) -> NDArray[np.uint8]:
    """Lay a transparent image on white, or on black where what is drawn is light."""
    pixels = np.asarray(image, dtype=np.float64)
    cover = pixels[:, :, 3:] / 255.0
    drawn = pixels[:, :, :3].mean(axis=2)[cover[:, :, 0] > 0.5]
    ground = 0.0 if drawn.size and drawn.mean() > 127.5 and bool((cover < 0.5).any()) else 255.0
    return np.asarray(np.rint(pixels[:, :, :3] * cover + ground * (1.0 - cover)), dtype=np.uint8)


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:120]


@dataclass(frozen=True, slots=True)
class Fault:
    """A picture that could not be used.

    Attributes:
        name: Its file, or its place in one.
        reason: Why.
    """

    name: str
    reason: str


def read_all(paths: Iterable[Path], read: Callable[[Path], Read], faults: list[Fault]) -> Mapping[Path, Read]:
    """Read each file once; those that cannot be used are left out and added to the faults."""
    found: dict[Path, Read] = {}
    for path in dict.fromkeys(paths):
        try:
            found[path] = read(path)
        except Unusable as error:
            faults.append(Fault(str(path), str(error)))
    return found


def tolerated(faults: list[Fault], total: int, where: str) -> tuple[str, ...]:
    """Return a warning about images that are missing or cannot be used.

    Args:
        faults: Those that could not be used.
        total: How many there are together with the others.
        where: What they belong to.

    Raises:
        DataError: They are more than one in a hundred.
    """
    if not faults:
        return ()
    listed = "; ".join(f"{fault.name}: {fault.reason}" for fault in faults[:NAMED])
    more = f"; and {len(faults) - NAMED} more" if len(faults) > NAMED else ""
    said = f"{where}: {len(faults)} of {total} images cannot be used ({listed}{more})"
    if len(faults) > TOLERATED * total:
        raise DataError(f"{said}; at most 1% may be left out: mend or remove them")
    return (f"{said}; what holds them is left out",)
