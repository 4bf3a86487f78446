"""Measures one machine on one task, and beside it the bound: one pass of a tokenizer over the same pairs in files."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costs import cpu_seconds, least_cpu_seconds, peak_mb, warm_torch

from abduce import Example, Task
from abduce.display import Display
from abduce.metrics import Measured
from abduce.training import prepare_torch
from abduce.values import same_value, show_value

if TYPE_CHECKING:
    from abduce import Machine, Report

OUT_OF_TIME = "time limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured of one run.

    Attributes:
        accuracy: Share of the whole test that is right by exact match; None where nothing at all was learned.
        learned: Whether the machine says that it has learned.
        not_learned: The words it says it has not.
        stopped: Why learning was stopped, where it was.
        explained: Share of the training pairs explained.
        held_out_accuracy: Share of the held-out training pairs that are right.
        noise: Estimated share of wrong answers in training.
        train_count: Number of training pairs.
        test_count: Number of test pairs.
        train_cpu_s: CPU seconds of learning.
        eval_cpu_s: CPU seconds of one pass over the test.
        sentences_per_s: Inputs answered in a batch per CPU second of one core, each with tree and confidence.
        accuracy_predicted: Share of these answers that are right.
        accuracy_parser_only: Accuracy of the parser's best tree with no filter of types, where asked for.
        accuracy_random_parser: Accuracy with an untrained parser, where asked for.
        peak_mb: Most memory held, torch and the task included.
        bound_train_s: CPU seconds of one pass of the tokenizer over the training file.
        bound_test_s: The same over the test file.
    """

    accuracy: float | None
    learned: bool
    not_learned: tuple[str, ...]
    stopped: str | None
    explained: float
    held_out_accuracy: float | None
    noise: float
    train_count: int
    test_count: int
    train_cpu_s: float
    eval_cpu_s: float | None
    sentences_per_s: float | None
    accuracy_predicted: float | None
    accuracy_parser_only: float | None
    accuracy_random_parser: float | None
    peak_mb: float
    bound_train_s: float
    bound_test_s: float

    def plain(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return asdict(self)


def measure(
    task: Task, seed: int, *, figures: bool = False, time_limit: float | None = None, quiet: bool = True
) -> Figures:
    """Train a machine on a task on one core, test it, and measure the bound.

    Args:
        task: The task.
        seed: The machine's seed.
        figures: Whether to measure the two figures about the parser as well.
        time_limit: CPU seconds after which learning is stopped; what was reached by then is tested.
        quiet: Whether to show no progress.
    """
    from abduce import Machine

    prepare_torch("cpu", 1)
    warm_torch()
    machine = Machine(seed=seed)
    with Display(quiet=quiet) as display:
        report, train_s = cpu_seconds(lambda: machine.fit(task.train, progress=display, should_stop=_clock(time_limit)))
    tested = _test(machine, task) if machine.grounding is not None else _UNTESTED
    parser = Measured()
    if figures and machine.grounding is not None:
        parser.figures(machine, task, seed, lambda: False)
    peak = peak_mb()
    return Figures(
        **tested,
        **_said(report),
        train_count=len(task.train),
        test_count=len(task.test),
        train_cpu_s=round(train_s, 3),
        accuracy_parser_only=parser.accuracy_parser_only,
        accuracy_random_parser=parser.accuracy_random_parser,
        peak_mb=peak,
        bound_train_s=tokenizing_s(task.train),
        bound_test_s=tokenizing_s(task.test),
    )


_UNTESTED: dict[str, Any] = dict.fromkeys(("accuracy", "eval_cpu_s", "sentences_per_s", "accuracy_predicted"))


def _clock(limit_s: float | None) -> Callable[[], str | None]:
    """Return what learning polls: it gives a reason to stop once so many CPU seconds are over."""
    if limit_s is None:
        return lambda: None
    until = time.process_time() + limit_s
    return lambda: OUT_OF_TIME if time.process_time() > until else None


def _test(machine: Machine, task: Task) -> dict[str, Any]:
    found, predict_s = cpu_seconds(lambda: machine.predict([example.inputs for example in task.test]))
    accuracy, eval_s = cpu_seconds(lambda: machine.evaluate(task.test))
    right = sum(same_value(p.value, e.target) for p, e in zip(found, task.test, strict=True))
    return {
        "accuracy": accuracy,
        "eval_cpu_s": round(eval_s, 3),
        "sentences_per_s": round(len(found) / predict_s, 1),
        "accuracy_predicted": right / len(found),
    }


def _said(report: Report) -> dict[str, Any]:
    return {
        name: getattr(report, name)
        for name in ("learned", "not_learned", "stopped", "explained", "held_out_accuracy", "noise")
    }


def tokenizing_s(examples: Sequence[Example]) -> float:
    """Return the CPU seconds in which a file of these pairs is read into tokens: no learner can be faster."""
    lines = (f"IN: {' '.join(example.inputs)} OUT: {show_value(example.target)}\n" for example in examples)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pairs.txt"
        path.write_text("".join(lines), encoding="utf-8")
        return round(least_cpu_seconds(lambda: _tokens(path)), 6)


def _tokens(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8") as file:
        return [line.split() for line in file]
