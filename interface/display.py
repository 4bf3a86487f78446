"""What a person sees: progress while learning, tables at the end."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from abduce.datasets import TASKS
from abduce.reasoning.learning.reporting import Progress, as_proved

STAGES = {
    "clusters": "grouping images",
    "symbols": "learning to see",
    "words": "learning words",
    "parser": "training the parser",
    "checking": "checking",
}
WIDE = 120
PLAIN_EVERY_S = 5.0
REDRAWN_EVERY_S = 0.1


class Display:
    """Shows progress: live on a terminal, as plain lines elsewhere, not at all where quiet. Warnings and results are
    always printed. All on stderr.

    Args:
        quiet: Whether to show no progress.
    """

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.console = Console(stderr=True)
        self.started = self.shown = time.monotonic()
        self.live: Live | None = None

    def __enter__(self) -> Display:
        if not self.quiet and self.console.is_terminal:
            self.live = Live(console=self.console, refresh_per_second=8, transient=True)
            self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live:
            self.live.stop()

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if self.live and now - self.shown >= REDRAWN_EVERY_S:
            self.shown = now
            self.live.update(self._table(progress))
        elif not self.quiet and not self.live and now - self.shown >= PLAIN_EVERY_S:
            self.shown = now
            print(
                f"[{now - self.started:5.0f} s] {STAGES.get(progress.stage, progress.stage)}: "
                f"{progress.words_known} of {progress.words_total} words known, "
                f"{_percent(progress.explained)} explained; {progress.detail}",
                file=sys.stderr,
                flush=True,
            )

    def _table(self, progress: Progress) -> Table:
        table = Table.grid(padding=(0, 2))
        for name, value in (
            (
                "stage",
                f"{STAGES.get(progress.stage, progress.stage)} ({time.monotonic() - self.started:.0f} s)",
            ),
            ("words known", f"{progress.words_known} of {progress.words_total}"),
            ("explained", f"{_percent(progress.explained)} of {progress.total} training pairs"),
            ("now", progress.detail),
        ):
            table.add_row(f"[bold]{name}[/bold]", value)
        return table

    def testing(self, done: int, total: int) -> None:
        """Report how much of the test is done."""
        if self.live:
            self.live.update(f"testing: {done} of {total}")

    def warn(self, text: str) -> None:
        """Print a warning on stderr."""
        self.say(f"note: {text}")

    def error(self, text: str) -> None:
        """Print an error on stderr."""
        print(f"error: {text}", file=sys.stderr)

    def say(self, text: str) -> None:
        """Print a line on stderr."""
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)


def print_table(table: Table) -> None:
    """Print a table on standard output, as wide as the terminal, or as it needs where there is none."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    console.print(table)


def show_tasks(*, json_wanted: bool) -> None:
    """Print the tasks that are known by name."""
    if json_wanted:
        rows = [
            {"task": name, "about": task.about, "splits": list(task.splits), "default": task.split}
            for name, task in TASKS.items()
        ]
        print(json.dumps({"tasks": rows}))
        return
    table = Table(title="tasks known by name")
    for name in ("task", "what it is", "splits without files", "from published files, with --data"):
        table.add_column(name)
    for name, task in TASKS.items():
        table.add_row(name, task.about, ", ".join(task.splits), task.files)
    print_table(table)
    print("Anything else: abduce train --train FILE --test FILE (input<TAB>output, one pair a line)")


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}%"


def summary(metrics: Mapping[str, Any]) -> Table:
    """Return the table at the end of a run."""
    table = Table(title=f"{metrics['task']}{' / ' + metrics['split'] if metrics['split'] else ''}")
    table.add_column("measured")
    table.add_column("value", justify="right")
    rows = [
        ("test accuracy", _percent(metrics["accuracy"])),
        *((f"  {name} ({part['count']})", _percent(part["accuracy"])) for name, part in metrics["subsets"].items()),
        *_of_images(metrics),
        ("learned", "yes" if metrics["learned"] else "no"),
        ("training pairs explained", _percent(metrics["explained"])),
        ("held-out accuracy", _percent(metrics["held_out_accuracy"])),
        ("estimated noise", _percent(metrics["noise"])),
        ("  with an untrained parser", _percent(metrics["accuracy_random_parser"])),
        ("  parser alone, no types", _percent(metrics["accuracy_parser_only"])),
        *_error_budget(metrics),
        ("training / test pairs", f"{metrics['train_count']} / {metrics['test_count']}"),
        ("learning, CPU seconds", _seconds(metrics["train_cpu_s"])),
        ("testing, CPU seconds", _seconds(metrics["eval_cpu_s"])),
    ]
    for name, value in rows:
        table.add_row(name, value)
    return table


def _of_images(metrics: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what is said of images where inputs are images; runs of older versions have none of it."""
    if metrics.get("accuracy_symbol_by_symbol") is None:
        return []
    parts = metrics["subsets_symbol_by_symbol"]
    return [
        ("  each symbol by itself", _percent(metrics["accuracy_symbol_by_symbol"])),
        *((f"    {name}", _percent(part["accuracy"])) for name, part in parts.items()),
        *(
            [("symbols read right, unseen images", _percent(metrics["symbol_accuracy"]))]
            if metrics["symbol_accuracy"] is not None
            else []
        ),
    ]


def _error_budget(metrics: Mapping[str, Any]) -> list[tuple[str, str]]:
    budget = metrics.get("error_budget")
    if budget is None:
        return []
    return [(f"errors of {part} alone", _percent(share)) for part, share in budget.items() if share is not None]


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def lexicon_table(rows: list[dict[str, Any]]) -> Table:
    """Return a lexicon as a table."""
    table = Table(title="what each word was learned to mean")
    for name in ("word", "means", "arguments : value", "examples", "right"):
        table.add_column(name, justify="right" if name in ("examples", "right") else "left")
    for row in rows:
        table.add_row(row["symbol"], as_proved(row), row["signature"], str(row["evidence"]), _percent(row["share"]))
    return table
