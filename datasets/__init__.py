"""Tasks: loaders of published formats, generators, and the user's own pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

if __name__ == "datasets":  # the folder of a checkout, found instead of another package of that name
    raise ImportError("this is abduce's folder `datasets`, not a package of that name: run python with -P")

from abduce.datasets import scan
from abduce.datasets.corruption import corrupted
from abduce.datasets.pairs import load_pairs, read_examples
from abduce.datasets.task import Task
from abduce.errors import UsageError

__all__ = ["TASKS", "Known", "Task", "corrupted", "load_pairs", "load_task", "read_examples"]


class Loader(Protocol):
    """Loads a split of a task, from a folder of published files where one is given."""

    def __call__(self, split: str, folder: Path | None) -> Task: ...


@dataclass(frozen=True, slots=True)
class Known:
    """A task that is known by name.

    Attributes:
        about: What it is, in one line.
        load: Loads a split of it.
        split: The split used when none is named.
        splits: The splits that need no files.
        files: What else its published files hold, in words.
    """

    about: str
    load: Loader
    split: str
    splits: tuple[str, ...]
    files: str


TASKS: Mapping[str, Known] = {
    "scan": Known(
        "navigation commands to actions: jump around left twice",
        scan.load,
        "length",
        tuple(scan.DERIVED),
        "simple, mcd1, and every other published split",
    )
}


def load_task(
    name: str,
    split: str | None = None,
    *,
    data: str | Path | None = None,
    limit: int | None = None,
    seed: int = 0,
) -> Task:
    """Load a task by name.

    Args:
        name: One of `TASKS`.
        split: Which division into training and test; the task's usual one without it.
        data: Folder of the published files; without it the examples are generated.
        limit: How many training examples to draw; all without it.
        seed: Seed of the draw.

    Raises:
        UsageError: There is no such task or split.
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
    return known.load(split or known.split, Path(data) if data is not None else None).limited(limit, seed)
