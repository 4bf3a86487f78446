"""Where images of symbols come from, class by class: a folder of folders, an .npz file, or our own pen."""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abduce.datasets.image_files import ENDINGS, Fault, read_all, read_candidate, tolerated
from abduce.datasets.images import Candidate, Plane, Unusable, candidate, settled
from abduce.datasets.pen_strokes import DRAWN, written
from abduce.errors import DataError

RENDERED_EACH = 1_000
ARRAYS = "images (N, h, w) uint8, labels (N,) integers, classes (C,) texts"

UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    MemoryError,
    SyntaxError,
    NotImplementedError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading a damaged archive of arrays may end in."""


@dataclass(frozen=True, slots=True)
class ImageClasses:
    """Images in classes, which are read when they are asked for.

    Attributes:
        name: Where they are, for messages.
        classes: Names of the classes.
        read: Returns the images of some classes in one form, each `(28, 28)`, and warnings.
    """

    name: str
    classes: tuple[str, ...]
    read: Callable[[Sequence[str]], tuple[Mapping[str, list[Plane]], tuple[str, ...]]]


def image_classes(path: Path | None, seed: int) -> ImageClasses:
    """Open a source of images.

    Args:
        path: A folder with one folder for each class, or an .npz file; None for symbols written by our own pen.
        seed: Seed of our own pen.

    Raises:
        DataError: It is neither.
    """
    if path is None:
        return ImageClasses("our own pen", tuple(DRAWN), lambda classes: (_drawn(classes, seed), ()))
    if path.is_dir():
        return _folder(path)
    if not path.exists():
        raise DataError(f"{path}: no such file or folder")
    if not zipfile.is_zipfile(path):
        raise DataError(f"{path}: expected a folder with one folder for each class, or an .npz file of {ARRAYS}")
    return _npz(path)


def _drawn(classes: Sequence[str], seed: int) -> Mapping[str, list[Plane]]:
    return {name: written(name, RENDERED_EACH, seed) for name in classes}


def _folder(path: Path) -> ImageClasses:
    folders = {found.name: found for found in sorted(path.iterdir()) if found.is_dir() and found.name[0] != "."}
    if not folders:
        raise DataError(f"{path}: no folders in it; expected one for each class, with its images in it")

    def read(classes: Sequence[str]) -> tuple[Mapping[str, list[Plane]], tuple[str, ...]]:
        faults: list[Fault] = []
        files = {name: [file for file in sorted(folders[name].iterdir()) if _is_image(file)] for name in classes}
        readable = read_all([file for found in files.values() for file in found], read_candidate, faults)
        notes = tolerated(faults, sum(map(len, files.values())), str(path))
        return _in_classes(
            {name: [readable[file] for file in files[name] if file in readable] for name in files}
        ), notes

    return ImageClasses(str(path), tuple(folders), read)


def _is_image(file: Path) -> bool:
    return file.suffix.lower() in ENDINGS and file.name[0] != "."


def _in_classes(candidates: Mapping[str, Sequence[Candidate]]) -> Mapping[str, list[Plane]]:
    """Settle all together which is the ground."""
    forms = iter(settled(one for found in candidates.values() for one in found))
    return {name: [next(forms) for _ in found] for name, found in candidates.items()}


def _npz(path: Path) -> ImageClasses:
    images, labels, classes = _arrays(path)

    def read(wanted: Sequence[str]) -> tuple[Mapping[str, list[Plane]], tuple[str, ...]]:
        faults: list[Fault] = []
        found: dict[str, list[Candidate]] = {name: [] for name in wanted}
        total = 0
        for name in wanted:
            for index in np.flatnonzero(labels == classes.index(name)).tolist():
                total += 1
                try:
                    found[name].append(candidate(images[index]))
                except Unusable as error:
                    faults.append(Fault(f"image {index}", str(error)))
        return _in_classes(found), tolerated(faults, total, str(path))

    return ImageClasses(str(path), classes, read)


def _arrays(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64], tuple[str, ...]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            missing = [name for name in ("images", "labels", "classes") if name not in file]
            if missing:
                raise DataError(f"{path}: no array {missing[0]!r} in it; expected {ARRAYS}")
            images, labels, classes = file["images"], file["labels"], file["classes"]
    except DataError:
        raise
    except UNREADABLE as error:
        raise DataError(f"{path}: cannot be read ({error}); expected {ARRAYS}, saved with numpy.savez") from error
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or 0 in images.shape:
        raise DataError(f"{path}: images is {_shape(images)}; expected (N, h, w) uint8")
    if labels.shape != images.shape[:1] or labels.dtype.kind not in "iu":
        raise DataError(f"{path}: labels is {_shape(labels)}; expected an integer for each of {len(images)} images")
    if classes.ndim != 1 or classes.dtype.kind != "U" or len(set(classes.tolist())) != len(classes):
        raise DataError(f"{path}: classes is {_shape(classes)}; expected a text for each class, all different")
    wrong = np.flatnonzero((labels < 0) | (labels >= len(classes)))
    if len(wrong):
        raise DataError(
            f"{path}: {len(wrong)} labels out of range, the first is {labels[wrong[0]]} at image {wrong[0]}; "
            f"expected 0 to {len(classes) - 1}, for there are {len(classes)} classes"
        )
    return images, labels.astype(np.int64), tuple(classes.tolist())


def _shape(array: NDArray[np.generic]) -> str:
    return f"{array.shape} {array.dtype}"
