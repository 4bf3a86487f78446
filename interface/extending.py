"""`abduce train … --extend RUN`: the run to start from, and what its own test says before and after."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abduce.errors import AbduceError, DataError, UsageError
from abduce.metrics import drawn
from abduce.runs import machine_file, read_metrics
from abduce.sources import Source
from abduce.values import Basic

if TYPE_CHECKING:
    from abduce.reasoning.learning.machine import Machine

COMPARED = 1000
"""On how many of the run's own test examples the machine is measured before and after."""


@dataclass(frozen=True, slots=True)
class Base:
    """A run whose machine is to learn more.

    Attributes:
        folder: The run.
        metrics: What it measured, and where its data came from.
    """

    folder: Path
    metrics: dict[str, Any]

    @classmethod
    def of(cls, run: str, primitives: str | None = None) -> Base:
        """Find the run.

        Args:
            run: Its folder.
            primitives: What programs were asked to be built from; the run has settled that.

        Raises:
            RunError: There is no such run.
            UsageError: Primitives are asked for.
        """
        if primitives is not None:
            raise UsageError(f"--primitives {primitives}: with --extend programs are built from what the run's are")
        machine_file(Path(run))
        return cls(Path(run), read_metrics(Path(run)))

    def mark(self) -> str:
        """Return a digest of the run's machine."""
        return hashlib.sha256(machine_file(self.folder).read_bytes()).hexdigest()

    def machine(self, kind: Basic) -> Machine:
        """Return the run's machine.

        Raises:
            RunError: It cannot be read.
            DataError: Its answers are of another type than `kind`.
        """
        found = self._load()
        expected = Basic(self.metrics["value_type"])
        if kind is not expected:
            raise DataError(
                f"--extend {self.folder}: its answers are of type {expected}, those of these examples of type {kind}; "
                "name a run whose answers are of the same type"
            )
        return found

    def compared(self, machine: Machine, seed: int, should_stop: Callable[[], bool]) -> dict[str, Any]:
        """Return the accuracies of the run's machine and of another on some of the run's own test examples.

        They are None where these are no longer there.

        Args:
            machine: The machine that learned more.
            seed: Seed of the draw.
            should_stop: Polled between the measurements.
        """
        found: dict[str, Any] = {"extended": str(self.folder), "accuracy_before": None, "accuracy_after": None}
        if should_stop():
            return found
        try:
            task, _ = Source.from_plain(self.metrics["source"]).test_examples(None, self.metrics["value_type"])
        except (AbduceError, OSError):
            return found
        sample = drawn(task, seed, COMPARED)
        found["accuracy_before"] = self._load().evaluate(sample)
        if not should_stop():
            found["accuracy_after"] = machine.evaluate(sample)
        return found

    def _load(self) -> Machine:
        from abduce.reasoning.learning.machine import Machine

        return Machine.load(machine_file(self.folder))
