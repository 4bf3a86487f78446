"""Measures a machine on its test: accuracy, the parts of the test, and figures about the machine's own parts."""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING, Any

import abduce
from abduce.datasets import Task
from abduce.values import Example

if TYPE_CHECKING:
    from abduce.perception.matching import ConfusionMatrix
    from abduce.reasoning.learning.machine import Machine, Report

CHUNK = 2000
FIGURE_EXAMPLES = 500
IMAGE_FIGURES = ("symbol_accuracy", "accuracy_symbol_by_symbol", "subsets_symbol_by_symbol", "error_budget")


@dataclass(slots=True)
class Measured:
    """What has been measured of a run so far; what has not is None, for a run may be stopped at any point.

    Attributes:
        accuracy: Share of the test examples that come out right.
        subsets: Accuracy and count of each named part of the test.
        accuracy_random_parser: With an untrained parser, on some of them.
        accuracy_parser_only: By the best tree without types, on some of them.
        accuracy_symbol_by_symbol: With each image's likeliest symbol taken by itself.
        subsets_symbol_by_symbol: The same of each part.
        symbol_accuracy: Share of the test's images read as what they are, each by itself, under the best one-to-one
            match of symbols learned to symbols known.
        confusion: How the test's images are read.
        error_budget: Share of wrong answers where one part is learned and the others are true, see `abduce.parts`.
        eval_cpu_s: What the test took.
        figures_cpu_s: What everything else took.
    """

    accuracy: float | None = None
    subsets: dict[str, dict[str, Any]] = field(default_factory=dict)
    accuracy_symbol_by_symbol: float | None = None
    subsets_symbol_by_symbol: dict[str, dict[str, Any]] = field(default_factory=dict)
    symbol_accuracy: float | None = None
    confusion: ConfusionMatrix | None = None
    error_budget: dict[str, float | None] | None = None
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
        right = _right(machine, task, True, should_stop, progress)
        if right is None:
            return
        self.eval_cpu_s = time.process_time() - started
        self.accuracy = sum(right) / len(right)
        self.subsets = _by_subset(right, task)

    def figures(self, machine: Machine, task: Task, seed: int, should_stop: Callable[[], bool]) -> None:
        """Measure what the machine's parts do: parsers untrained or without types, symbols by themselves, each part."""
        started = time.process_time()
        sample = drawn(task, seed)
        if should_stop():
            return
        self.accuracy_parser_only = machine.accuracy_parser_only(sample)
        if should_stop():
            return
        self.accuracy_random_parser = machine.accuracy_random_parser(sample)
        if should_stop() or not self._symbol_by_symbol(machine, task, should_stop):
            return
        self._parts(machine, task, sample)
        self.figures_cpu_s = time.process_time() - started

    def _symbol_by_symbol(self, machine: Machine, task: Task, should_stop: Callable[[], bool]) -> bool:
        """Measure what comes of each image's likeliest symbol by itself; return whether that came to its end."""
        if machine.seen is None:
            return True
        right = _right(machine, task, False, should_stop)
        if right is None:
            return False
        self.accuracy_symbol_by_symbol = sum(right) / len(right)
        self.subsets_symbol_by_symbol = _by_subset(right, task)
        return True

    def _parts(self, machine: Machine, task: Task, sample: Sequence[Example]) -> None:
        from abduce.parts import budget, matched

        found = matched(machine, task)
        if found is not None:
            self.symbol_accuracy, self.confusion = found.accuracy, found.matrix
        parts = budget(machine, task, found, sample)
        self.error_budget = None if parts is None else asdict(parts)


def _right(
    machine: Machine,
    task: Task,
    jointly: bool,
    should_stop: Callable[[], bool],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[bool] | None:
    """Return which examples of the test come out right, None where that was stopped."""
    right: list[bool] = []
    for start in range(0, len(task.test), CHUNK):
        if should_stop():
            return None
        right += machine.right(task.test[start : start + CHUNK], jointly=jointly)
        progress(len(right), len(task.test))
    return right


def _by_subset(right: Sequence[bool], task: Task) -> dict[str, dict[str, Any]]:
    return {
        name: {"accuracy": sum(right[i] for i in part) / len(part), "count": len(part)}
        for name, part in task.subsets.items()
    }


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
        "doubt": report.doubt if report else None,
        "accuracy_random_parser": measured.accuracy_random_parser,
        "accuracy_parser_only": measured.accuracy_parser_only,
        **{name: getattr(measured, name) for name in IMAGE_FIGURES},
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
