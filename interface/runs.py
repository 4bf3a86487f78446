"""Run folders: where a training run leaves what it learned; written whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from abduce.errors import RunError
from abduce.values import Example

METRICS, LEXICON, MACHINE, LOG, CHECKPOINT, CONFUSION = (
    "metrics.json",
    "lexicon.txt",
    "machine.pt",
    "log.jsonl",
    "checkpoint.pt",
    "confusion.svg",
)
NEEDED = {"source", "value_type", "seed", "train_cpu_s", "stopped"}


def fingerprint(examples: Iterable[Example], options: Mapping[str, Any]) -> str:
    """Return a digest of training data and options that does not depend on the order of the examples."""
    digest = hashlib.sha256(json.dumps(options, sort_keys=True).encode())
    for line in sorted(f"{example.inputs!r}\t{example.target!r}" for example in examples):
        digest.update(line.encode())
    return digest.hexdigest()


def partial(folder: Path) -> Path:
    """Return the name that a run folder has while it is being written."""
    return folder.with_name(f".{folder.name}.partial")


def free(folder: Path) -> Path:
    """Return the folder itself, or the first of folder.1, folder.2, ... that is not there yet."""
    number = 0
    candidate = folder
    while candidate.exists() or partial(candidate).exists():
        number += 1
        candidate = folder.with_name(f"{folder.name}.{number}")
    return candidate


def unfinished(folder: Path) -> Path | None:
    """Return the run to resume: the folder given, or the latest of its numbered kind, that is not finished."""
    for candidate in reversed([folder, *_numbered(folder)]):
        if (partial(candidate) / CHECKPOINT).is_file():
            return candidate
        if (candidate / CHECKPOINT).is_file() and _was_stopped(candidate):
            return candidate
    return None


def _was_stopped(folder: Path) -> bool:
    return not (folder / METRICS).is_file() or read_metrics(folder)["stopped"] is not None


def _numbered(folder: Path) -> list[Path]:
    names: list[Path] = []
    number = 1
    while (candidate := folder.with_name(f"{folder.name}.{number}")).exists() or partial(candidate).exists():
        names.append(candidate)
        number += 1
    return names


class RunWriter:
    """Writes a run under a temporary name, and gives it its own when all is there.

    Args:
        folder: The run's name.
        mark: Fingerprint of data and options.
        resume: Whether to go on from the checkpoint in it.

    Raises:
        RunError: The checkpoint belongs to other data or options.
    """

    def __init__(self, folder: Path, mark: str, *, resume: bool) -> None:
        self.folder = folder
        self.partial = partial(folder)
        self.mark = mark
        self.state: dict[str, Any] | None = self._resumed() if resume else None

    def begin(self) -> None:
        """Make the folder, with a checkpoint in it.

        Raises:
            OSError: It cannot be written; nothing is left of it.
        """
        self.partial.mkdir(parents=True, exist_ok=True)
        try:
            if self.state is not None and (self.folder / LOG).is_file() and not (self.partial / LOG).is_file():
                shutil.copyfile(self.folder / LOG, self.partial / LOG)
            self.checkpoint(self.state)
        except OSError:
            self.discard()
            raise

    def _resumed(self) -> dict[str, Any] | None:
        from abduce.reasoning.learning.files import read_plain

        source = self.partial if self.partial.is_dir() else self.folder
        data = read_plain(source / CHECKPOINT)
        if data.get("fingerprint") != self.mark:
            raise RunError(
                f"{source / CHECKPOINT}: made with other data, options or seed; repeat the command as it was, "
                "or leave out --resume"
            )
        state: dict[str, Any] | None = data["state"]
        return state

    def write(self, name: str, save: Callable[[Path], object]) -> None:
        """Write one file under a temporary name, then rename it."""
        target = self.partial / name
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.stem}.tmp{target.suffix}")
        try:
            save(temporary)
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)

    def text(self, name: str, text: str) -> None:
        """Write a text file."""
        self.write(name, lambda path: path.write_text(text, encoding="utf-8"))

    def checkpoint(self, state: dict[str, Any] | None) -> None:
        """Write a state to go on from."""
        import torch

        buffer = io.BytesIO()  # torch reports a full disk in words of its own, a file in those of the system
        torch.save({"format": 1, "fingerprint": self.mark, "state": state}, buffer)
        self.write(CHECKPOINT, lambda path: path.write_bytes(buffer.getvalue()))

    def discard(self) -> None:
        """Take away what was written, unless there is something to go on from."""
        if not (self.partial / CHECKPOINT).is_file():
            shutil.rmtree(self.partial, ignore_errors=True)

    def log(self, record: Mapping[str, Any]) -> None:
        """Add a line to the log."""
        with (self.partial / LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    def publish(self) -> Path:
        """Give the run its name; a stopped run of that name that it was resumed from is replaced."""
        if self.folder.exists():
            old = self.folder.with_name(f".{self.folder.name}.old")
            os.replace(self.folder, old)
            os.replace(self.partial, self.folder)
            shutil.rmtree(old)
        else:
            os.replace(self.partial, self.folder)
        return self.folder


def read_metrics(folder: Path) -> dict[str, Any]:
    """Read a run's metrics.

    Raises:
        RunError: The folder is no finished run.
    """
    path = folder / METRICS
    if not folder.is_dir():
        raise RunError(f"{folder}: no such run folder; `abduce train` makes one and says where")
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: missing or truncated; was the run stopped? go on with --resume") from error
    if not isinstance(data, dict) or not data.keys() >= NEEDED:
        raise RunError(f"{path}: not the metrics of a run of this version; train it again")
    return data


def machine_file(folder: Path) -> Path:
    """Return the file of a run's machine; a machine file itself is taken as it is.

    Raises:
        RunError: There is no such folder or file, or no machine in it.
    """
    if folder.is_file():
        return folder
    if not folder.is_dir():
        raise RunError(f"{folder}: no such run folder; `abduce train` makes one and says where")
    if not (folder / MACHINE).is_file():
        raise RunError(
            f"{folder}: no {MACHINE} in it: this is no run folder, or the run was stopped before anything was "
            "learned; go on with `abduce train … --resume`"
        )
    return folder / MACHINE


def draw_curve(curve: list[dict[str, Any]], title: str, path: Path) -> None:
    """Draw a learning curve: share explained and share of words known, by step."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.6))
    axes = figure.add_subplot()
    most = max((point["words_known"] for point in curve), default=1) or 1
    steps = [point["step"] for point in curve]
    axes.plot(steps, [p["explained"] if p["explained"] is not None else 0.0 for p in curve], "o-", label="explained")
    axes.plot(steps, [point["words_known"] / most for point in curve], "s--", label="words known (share)")
    held = [(p["step"], p["held_out"]) for p in curve if p["held_out"] is not None]
    if held:
        axes.plot(*zip(*held, strict=True), "^", label="held-out accuracy")
    axes.set(xlabel="step", ylabel="share", ylim=(-0.03, 1.05), title=title)
    axes.legend(loc="lower right")
    axes.grid(alpha=0.3)
    figure.savefig(path, bbox_inches="tight")
