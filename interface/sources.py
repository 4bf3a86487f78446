"""Where the pairs of a run come from; kept in the run, so that it can be tested again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from abduce.datasets import (
    INPUTS,
    TASKS,
    Task,
    corrupted,
    load_image_pairs,
    load_pairs,
    load_task,
    read_examples,
    read_image_examples,
)
from abduce.errors import RunError, UsageError
from abduce.values import Basic, Example


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A task by name, or two files of pairs, and what is done to its training pairs.

    Attributes:
        task: Name of a task, None for own pairs.
        split: Its split, None for the usual one.
        data: Its published files, or images of its symbols.
        input: Whether inputs are tokens (`symbol`) or images (`image`).
        glyphs: Which class of images stands for which symbol of the task.
        concept: A new symbol of the task, which every example is to hold.
        train: File of pairs to learn from.
        test: File of pairs to be tested on.
        cell: Width in pixels of each symbol's place in own strips, None to cut them at empty columns.
        answer: Type of the answers of own pairs, or `auto`.
        limit: How many training pairs to draw.
        corrupt: Share of the training answers to make wrong.
        corrupt_kind: How, see `abduce.datasets.corruption`.
        seed: Seed of these draws.
    """

    task: str | None = None
    split: str | None = None
    data: str | None = None
    input: str = "symbol"
    glyphs: str | None = None
    concept: str | None = None
    train: str | None = None
    test: str | None = None
    cell: int | None = None
    answer: str = "auto"
    limit: int | None = None
    corrupt: float = 0.0
    corrupt_kind: str = "swap"
    seed: int = 0

    def load(self) -> Task:
        """Read or generate the task.

        Raises:
            UsageError: The options contradict each other or are out of range.
            DataError: The data cannot be read.
        """
        if self.task is not None:
            if self.train or self.test:
                raise UsageError("give a task or --train FILE --test FILE, not both")
            if self.cell is not None:
                raise UsageError("--cell is for own strips of images (--train, --test)")
            if self.answer != "auto":
                raise UsageError("--answer is for own pairs (--train, --test); a task knows the type of its answers")
            task = self._task(self.data)
        else:
            if not self.train or not self.test:
                raise UsageError(
                    f"give a task ({', '.join(TASKS)}), or both --train FILE and --test FILE; "
                    "abduce train --help has examples"
                )
            if self.split or self.data or self.glyphs or self.concept:
                raise UsageError(
                    "--split, --data, --glyphs and --concept belong to a task; own pairs are named by --train, --test"
                )
            task = self._pairs(self.train, self.test)
        return corrupted(task, self.corrupt, self.corrupt_kind, self.seed) if self.corrupt else task

    def test_examples(self, data: str | None, kind: str) -> tuple[Task, tuple[Example, ...]]:
        """Return the task and its test examples, or those of another file or folder.

        Args:
            data: A file of pairs, a folder of the task's published files, or None for the run's own test.
            kind: Type of the answers.

        Raises:
            RunError: The run's own files are no longer there.
            UsageError: A folder is given for own pairs.
        """
        if data is None:
            missing = [path for path in (self.train, self.test, self.data) if path and not Path(path).exists()]
            if missing:
                raise RunError(f"{missing[0]}: the data of this run is no longer there; name some with --data")
            task = self.load()
            return task, task.test
        if Path(data).is_dir() or (self.task is not None and self.input == "image"):
            if self.task is None:
                raise UsageError(f"--data {data}: a folder; this run was trained on own pairs, name a file of pairs")
            task = self._task(data)
            return task, task.test
        examples, warnings = (
            read_image_examples(data, kind, cell=self.cell) if self.input == "image" else read_examples(data, kind)
        )
        return Task(Path(data).stem, "", (), examples, Basic(kind), warnings=warnings), examples

    def _pairs(self, train: str, test: str) -> Task:
        if self.input not in INPUTS:
            raise UsageError(f"--input {self.input}: expected {' or '.join(INPUTS)}")
        if self.input == "image":
            return load_image_pairs(train, test, answer=self.answer, cell=self.cell, limit=self.limit, seed=self.seed)
        if self.cell is not None:
            raise UsageError("--cell says how strips of images are cut; add --input image")
        return load_pairs(train, test, answer=self.answer, limit=self.limit, seed=self.seed)

    def _task(self, data: str | None) -> Task:
        assert self.task is not None
        return load_task(
            self.task,
            self.split,
            data=data,
            limit=self.limit,
            seed=self.seed,
            input=self.input,
            glyphs=self.glyphs,
            concept=self.concept,
        )

    def to_plain(self) -> dict[str, Any]:
        """Return the source as plain data, with absolute paths."""
        plain = asdict(self)
        for name in ("data", "train", "test"):
            if plain[name]:
                plain[name] = str(Path(plain[name]).absolute())
        return plain

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Source:
        """Read back what `to_plain` wrote.

        Raises:
            RunError: It was written by another version.
        """
        try:
            return cls(**plain)
        except TypeError as error:
            raise RunError(f"the run's record of its data was written by another version ({error})") from error
