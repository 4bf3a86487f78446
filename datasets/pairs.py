"""A user's own pairs as a task."""

from __future__ import annotations

from pathlib import Path

from abduce.datasets.answers import value_of, value_type
from abduce.datasets.files import read_raw
from abduce.datasets.task import Task, checked
from abduce.values import Example


def load_pairs(
    train: str | Path, test: str | Path, *, answer: str = "auto", limit: int | None = None, seed: int = 0
) -> Task:
    """Read two files of pairs as a task.

    Args:
        train: Pairs to learn from: tab-separated, SCAN's `IN: … OUT: …`, or JSON lines.
        test: Pairs to be tested on, in any of these formats.
        answer: `tokens`, `int`, `bool`, or `auto` to find out.
        limit: How many training pairs to draw; all without it.
        seed: Seed of the draw.

    Raises:
        DataError: A file cannot be read; names the line, what was expected and the repair.
        UsageError: `answer` or `limit` is out of range.
    """
    pairs, warnings = read_raw(Path(train))
    test_pairs, more = read_raw(Path(test))
    kind, truths, said = value_type(pairs, answer)
    learned = tuple(Example(raw.inputs, value_of(raw, kind, truths)) for raw in pairs)
    tested = tuple(Example(raw.inputs, value_of(raw, kind, truths)) for raw in test_pairs)
    notes = (*warnings, *more, said) if answer == "auto" else (*warnings, *more)
    task = Task(Path(train).stem, "", learned, tested, kind, warnings=notes)
    return checked(task.limited(limit, seed))


def read_examples(path: str | Path, answer: str) -> tuple[tuple[Example, ...], tuple[str, ...]]:
    """Read the pairs of one file, with answers of a known type; return them, and warnings.

    Raises:
        DataError: The file cannot be read, or an answer is of another type.
    """
    raws, warnings = read_raw(Path(path))
    kind, truths, _ = value_type(raws, answer)
    return tuple(Example(raw.inputs, value_of(raw, kind, truths)) for raw in raws), tuple(warnings)
