"""Tasks: loaders of published formats, generators, and the user's own pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

if __name__ == "datasets":  # the folder of a checkout, found instead of another package of that name
    raise ImportError("this is abduce's folder `datasets`, not a package of that name: run python with -P")

from abduce.datasets import hint, scan
from abduce.datasets.corruption import corrupted
from abduce.datasets.hint_notation import CONCEPTS
from abduce.datasets.image_pairs import load_image_pairs, read_image_examples, read_input
from abduce.datasets.pairs import load_pairs, read_examples
from abduce.datasets.task import Gold, Reference, Request, Task
from abduce.errors import UsageError

__all__ = [
    "INPUTS",
    "TASKS",
    "Gold",
    "Known",
    "Reference",
    "Request",
    "Task",
    "corrupted",
    "load_image_pairs",
    "load_pairs",
    "load_task",
    "read_examples",
    "read_image_examples",
    "read_input",
]


INPUTS = ("symbol", "image")


class Loader(Protocol):
    """Loads a task as it is asked for, from published files where they are given."""

    def __call__(self, request: Request) -> Task: ...


@dataclass(frozen=True, slots=True)
class Known:
    """A task that is known by name.

    Attributes:
        about: What it is, in one line.
        load: Loads it.
        split: The split used when none is named; empty where it has no splits.
        splits: The splits that need no files.
        files: What else its published files hold, in words.
        images: Whether its symbols can come as images.
        concepts: Symbols that few examples may add to it.
        primitives: What programs over numbers may be built from, where nothing else is asked for.
    """

    about: str
    load: Loader
    split: str
    splits: tuple[str, ...]
    files: str
    images: bool = False
    concepts: tuple[str, ...] = ()
    primitives: str = "arithmetic"


TASKS: Mapping[str, Known] = {
    "scan": Known(
        "navigation commands to actions: jump around left twice",
        scan.load,
        "length",
        tuple(scan.DERIVED),
        "simple, mcd1, and every other published split",
    ),
    "hint": Known(
        "handwritten arithmetic to numbers: 2*(3+4)-5",
        hint.load,
        "",
        (),
        "the published expressions and their images",
        images=True,
        concepts=CONCEPTS,
        primitives="peano",
    ),
}


def load_task(
    name: str,
    split: str | None = None,
    *,
    data: str | Path | None = None,
    limit: int | None = None,
    seed: int = 0,
    input: str = "symbol",
    glyphs: str | None = None,
    concept: str | None = None,
) -> Task:
    """Load a task by name.

    Args:
        name: One of `TASKS`.
        split: Which division into training and test; the task's usual one without it.
        data: The published files, or images; without it the examples are generated.
        limit: How many training examples to draw; the usual number without it.
        seed: Seed of the draw.
        input: `symbol`, or `image` where the task has images.
        glyphs: Which class of images stands for which symbol, as `symbol=class,symbol=class`; the class of the
            symbol's own name for those that are left out.
        concept: A new symbol, which every example is to hold.

    Raises:
        UsageError: There is no such task or split, or it has no such option.
        DataError: A file is missing or cannot be read.

    Example:
        >>> task = load_task("scan", split="length")
        >>> len(task.train), len(task.test)
        (16990, 3920)
    """
    if name not in TASKS:
        raise UsageError(
            f"{name}: no task of that name; there are {', '.join(TASKS)}, and own pairs with --train FILE --test FILE"
        )
    known = TASKS[name]
    request = Request(
        split=split or known.split,
        data=Path(data) if data is not None else None,
        limit=limit,
        seed=seed,
        input=input,
        glyphs=glyphs,
        concept=concept,
    )
    _check(name, known, request)
    return known.load(request)


def _check(name: str, known: Known, request: Request) -> None:
    if request.input not in INPUTS:
        raise UsageError(f"--input {request.input}: expected {' or '.join(INPUTS)}")
    if request.split and not known.split:
        raise UsageError(f"--split {request.split}: {name} has only one division into training and test")
    if request.input == "image" and not known.images:
        raise UsageError(f"--input image: {name} has no images")
    if request.glyphs is not None and request.input != "image":
        raise UsageError("--glyphs says which images stand for which symbol; add --input image")
    if request.concept is not None and not known.concepts:
        raise UsageError(f"--concept {request.concept}: {name} has no symbols that few examples may add")
