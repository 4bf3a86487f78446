"""Measures a machine on its test: accuracy, the parts of the test, and the two figures about its parser."""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING, Any

import abduce
from abduce.datasets import Task
from abduce.values import Example

if TYPE_CHECKING:
    from abduce.reasoning.learning.machine import Machine, Report

CHUNK = 2000
FIGURE_EXAMPLES = 500


@dataclass(slots=True)
class Measured:
    """What has been measured of a run so far; what has not is None, for a run may be stopped at any point."""

    accuracy: float | None = None
    subsets: dict[str, dict[str, Any]] = field(default_factory=dict)
    accuracy_random_parser: float | None = None
    accuracy_parser_only: float | None = None
    eval_cpu_s: float | None = None
    figures_cpu_s: float | None = None

    def test(
        self,
        machine: Machine,
        task: Task,
        should_stop: Callable[[], bool],
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> None:
        """Test a machine, in pieces, so that it can be stopped between them."""
        started = time.process_time()
        right: list[bool] = []
        for start in range(0, len(task.test), CHUNK):
            if should_stop():
                return
            right += machine.right(task.test[start : start + CHUNK])
            progress(len(right), len(task.test))
        self.eval_cpu_s = time.process_time() - started
        self.accuracy = sum(right) / len(right)
        self.subsets = {
            name: {"accuracy": sum(right[i] for i in part) / len(part), "count": len(part)}
            for name, part in task.subsets.items()
        }

    def figures(self, machine: Machine, task: Task, seed: int, should_stop: Callable[[], bool]) -> None:
        """Measure the accuracy with untrained parsers, and of the parser without types."""
        started = time.process_time()
        sample = drawn(task, seed)
        if should_stop():
            return
        self.accuracy_parser_only = machine.accuracy_parser_only(sample)
        if should_stop():
            return
        self.accuracy_random_parser = machine.accuracy_random_parser(sample)
        self.figures_cpu_s = time.process_time() - started


def drawn(task: Task, seed: int, count: int = FIGURE_EXAMPLES) -> list[Example]:
    """Draw test examples from a seed, spread evenly over the named subsets."""
    parts: Sequence[Sequence[int]] = list(task.subsets.values()) or [range(len(task.test))]
    generator = random.Random(seed)
    share = max(1, count // len(parts))
    chosen = {i for part in parts for i in generator.sample(list(part), min(share, len(part)))}
    return [task.test[i] for i in sorted(chosen)]


def as_json(
    name: str, split: str, seed: int, task: Task | None, report: Report | None, measured: Measured
) -> dict[str, Any]:
    """Return the metrics of a run under their fixed names; None for what was not measured."""
    return {
        "task": name,
        "split": split,
        "seed": seed,
        "accuracy": measured.accuracy,
        "subsets": measured.subsets,
        "learned": report.learned if report else False,
        "not_learned": list(report.not_learned) if report else None,
        "explained": report.explained if report else None,
        "held_out_accuracy": report.held_out_accuracy if report else None,
        "noise": report.noise if report else None,
        "accuracy_random_parser": measured.accuracy_random_parser,
        "accuracy_parser_only": measured.accuracy_parser_only,
        "train_count": len(task.train) if task else None,
        "test_count": len(task.test) if task else None,
        "parameters": report.parameters if report else None,
        "stopped": report.stopped if report else None,
        "value_type": task.value_type.value if task else None,
        "warnings": list(task.warnings) if task else [],
    }


def costs(measured: Measured, train_cpu_s: float | None, started: float) -> Mapping[str, Any]:
    """Return the metrics that two runs with one seed may differ in."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "train_cpu_s": _rounded(train_cpu_s),
        "eval_cpu_s": _rounded(measured.eval_cpu_s),
        "figures_cpu_s": _rounded(measured.figures_cpu_s),
        "wall_s": _rounded(time.monotonic() - started),
        "peak_mb": round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1),
        "versions": {
            "abduce": abduce.__version__,
            "python": sys.version.split()[0],
            **{name: metadata.version(name) for name in ("torch", "numpy")},
        },
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
