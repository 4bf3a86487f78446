"""A user's own pairs of images and answers: a file for each symbol, or a strip to be cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from abduce.datasets.answers import value_of, value_type
from abduce.datasets.files import LONGEST_INPUT, Raw, answer_of, read_pairs
from abduce.datasets.image_files import Fault, read_all, read_candidate, read_pixels, tolerated
from abduce.datasets.image_pools import Pool, overlap
from abduce.datasets.images import Plane, cut, settled
from abduce.datasets.task import Task, checked
from abduce.errors import DataError, UsageError
from abduce.values import Basic, Example, ImageInput

FORMATS = """one pair a line, as
  {"input": ["first.png", "second.png"], "output": …}
  {"input": "strip.png", "output": …}"""


@dataclass(frozen=True, slots=True)
class Pictures:
    """The image files of one input.

    Attributes:
        paths: A file for each symbol, or the strip alone.
        strip: Whether it is a strip of several symbols.
    """

    paths: tuple[Path, ...]
    strip: bool


def load_image_pairs(
    train: str | Path,
    test: str | Path,
    *,
    answer: str = "auto",
    cell: int | None = None,
    limit: int | None = None,
    seed: int = 0,
) -> Task:
    """Read two files of pairs of images and answers as a task.

    Args:
        train: Pairs to learn from, in JSON lines; names of images are relative to the file, or absolute.
        test: Pairs to be tested on.
        answer: `tokens`, `int`, `bool`, or `auto` to find out.
        cell: Width of each symbol's place in a strip, in pixels; without it strips are cut at empty columns.
        limit: How many training pairs to draw; all without it.
        seed: Seed of the draw.

    Raises:
        DataError: A file cannot be read, or more than one image in a hundred.
        UsageError: `answer`, `cell` or `limit` is out of range.
    """
    pairs, warnings = _read(Path(train))
    test_pairs, more = _read(Path(test))
    kind, truths, said = value_type(pairs, answer)
    images, notes = _images([*pairs, *test_pairs], cell, f"{train}, {test}")
    learned, training_pool = _examples(pairs, images, kind, truths)
    tested, test_pool = _examples(test_pairs, images, kind, truths)
    found = (*warnings, *more, *notes, *overlap(training_pool, test_pool), *((said,) if answer == "auto" else ()))
    task = Task(Path(train).stem, "", learned, tested, kind, warnings=found)
    return checked(task.limited(limit, seed))


def read_image_examples(
    path: str | Path, answer: str, *, cell: int | None = None
) -> tuple[tuple[Example, ...], tuple[str, ...]]:
    """Read the pairs of one file, with answers of a known type; return them, and warnings.

    Raises:
        DataError: The file cannot be read, more than one image in a hundred, or an answer is of another type.
        UsageError: `cell` is out of range.
    """
    pairs, warnings = _read(Path(path))
    kind, truths, _ = value_type(pairs, answer)
    images, notes = _images(pairs, cell, str(path))
    examples, _ = _examples(pairs, images, kind, truths)
    return examples, (*warnings, *notes)


def read_input(
    paths: Sequence[Path], *, strip: bool = False, cell: int | None = None, place: str = "input"
) -> ImageInput:
    """Read one input: a file for each symbol, or one strip; `place` says where it was given.

    Raises:
        DataError: A file cannot be used; says why.
        UsageError: `cell` is out of range.
    """
    pictures = Pictures(tuple(paths), strip)
    images, _ = _images([Raw(pictures, 0, "")], cell, place)
    found = images[pictures]
    return Pool.of(found).sequence(found)


def _read(path: Path) -> tuple[list[Raw[Pictures]], list[str]]:
    return read_pairs(path, partial(_interpreted, path.parent), FORMATS)


def _interpreted(folder: Path, inputs: Any, answer: Any, place: str) -> Raw[Pictures]:
    strip = isinstance(inputs, str)
    names = [inputs] if strip else inputs
    if not isinstance(names, list) or not all(isinstance(name, str) and name.strip() for name in names) or not names:
        raise DataError(f"{place}: the input is {inputs!r}; expected the name of a strip, or a list of names of images")
    if len(names) > LONGEST_INPUT:
        raise DataError(f"{place}: an input of {len(names)} images, where at most {LONGEST_INPUT} are read")
    return Raw(Pictures(tuple(folder / name for name in names), strip), answer_of(answer, place), place)


def _images(
    pairs: Iterable[Raw[Pictures]], cell: int | None, where: str
) -> tuple[Mapping[Pictures, Sequence[Plane]], tuple[str, ...]]:
    """Read the images of all inputs; leave out the inputs of which one cannot be used."""
    if cell is not None and cell < 1:
        raise UsageError(f"--cell {cell}: the width of a symbol's place in pixels, at least 1")
    inputs = list(dict.fromkeys(pair.inputs for pair in pairs))
    strips = dict.fromkeys(path for pictures in inputs if pictures.strip for path in pictures.paths)
    singles = dict.fromkeys(path for pictures in inputs if not pictures.strip for path in pictures.paths)
    faults: list[Fault] = []
    pieces = read_all(strips, lambda path: cut(read_pixels(path), cell), faults)
    candidates = read_all(singles, read_candidate, faults)
    notes = tolerated(faults, len(strips) + len(singles), where)
    symbols = dict(zip(candidates, settled(candidates.values()), strict=True))
    found: dict[Pictures, Sequence[Plane]] = {}
    for pictures in inputs:
        if pictures.strip and pictures.paths[0] in pieces:
            found[pictures] = pieces[pictures.paths[0]]
        elif not pictures.strip and symbols.keys() >= set(pictures.paths):
            found[pictures] = [symbols[path] for path in pictures.paths]
    return found, notes


def _examples(
    pairs: Sequence[Raw[Pictures]], images: Mapping[Pictures, Sequence[Plane]], kind: Basic, truths: dict[str, bool]
) -> tuple[tuple[Example, ...], Pool]:
    usable = [pair for pair in pairs if pair.inputs in images]
    pool = Pool.of(image for pair in usable for image in images[pair.inputs])
    return tuple(Example(pool.sequence(images[pair.inputs]), value_of(pair, kind, truths)) for pair in usable), pool
