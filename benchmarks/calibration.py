"""Measures whether a confidence means what it says: machines learn from few and partly wrong pairs, and are tested.

python benchmarks/calibration.py --limit 150,250 --corrupt 0.1 --seeds 0-2
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Optional

import typer
from command_line import numbers, run_app
from rich.console import Console
from rich.table import Table

from abduce import Machine, Task, load_task
from abduce.datasets import corrupted
from abduce.training import prepare_torch
from abduce.values import same_value

EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.0)
MOST_TESTED = 2000

Outcome = tuple[float, bool]
"""The confidence of a prediction, and whether it was right."""

app = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]})


def outcomes(task: Task, seed: int, most_cpu_s: float) -> tuple[list[Outcome], str | None]:
    """Return how a machine's predictions on the test turned out, and why learning was stopped, if it was."""
    machine = Machine(seed=seed)
    report = machine.fit(task.train, should_stop=_limit(most_cpu_s))
    if machine.grounding is None:
        return [], report.stopped
    test = task.test[:: max(1, len(task.test) // MOST_TESTED)]
    predictions = machine.predict([example.inputs for example in test])
    found = [(p.confidence, same_value(p.value, e.target)) for p, e in zip(predictions, test, strict=True)]
    return found, report.stopped


def _limit(most_cpu_s: float) -> Callable[[], str | None]:
    end = time.process_time() + most_cpu_s
    return lambda: "time limit" if time.process_time() > end else None


def bins(found: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return for each range of confidences how many predictions fell into it, their mean, and how many were right."""
    rows: list[dict[str, Any]] = []
    for low, high in itertools.pairwise(EDGES):
        inside = [(c, right) for c, right in found if low <= c < high or c == high == 1.0]
        count = len(inside)
        mean = sum(c for c, _ in inside) / count if count else None
        share = sum(right for _, right in inside) / count if count else None
        rows.append({"from": low, "to": high, "count": count, "confidence": mean, "right": share})
    return rows


@app.command()
def main(
    split: Annotated[str, typer.Option(help="Which split of SCAN.")] = "addprim_jump",
    data: Annotated[Optional[str], typer.Option(metavar="DIR", help="Folder of the published files.")] = None,
    limit: Annotated[str, typer.Option(metavar="N,N", help="Training pairs drawn.")] = "150,250",
    corrupt: Annotated[float, typer.Option(metavar="P", help="Share of the training answers made wrong.")] = 0.1,
    seeds: Annotated[str, typer.Option(help="Seeds, as 3, 0-4 or 0,2.")] = "0-2",
    most: Annotated[float, typer.Option("--time-limit", help="CPU seconds after which learning is stopped.")] = 600.0,
    json_wanted: Annotated[bool, typer.Option("--json", help="Print one JSON object, and nothing else.")] = False,
) -> int:
    """Measure how often predictions are right, by their confidence."""
    prepare_torch("cpu", 1)
    note = Console(stderr=True)
    found: list[Outcome] = []
    stopped = 0
    for size in numbers([limit], "--limit"):
        for seed in numbers([seeds], "--seeds"):
            task = corrupted(load_task("scan", split, data=data, limit=size, seed=seed), corrupt, "swap", seed)
            part, reason = outcomes(task, seed, most)
            right = sum(ok for _, ok in part)
            stopped += reason is not None
            note.print(f"{size} pairs, seed {seed}: {right} of {len(part)} right{' (stopped)' if reason else ''}")
            found.extend(part)
    rows = bins(found)
    if json_wanted:
        asked = {"split": split, "corrupt": corrupt, "limit": limit, "seeds": seeds}
        print(json.dumps({**asked, "stopped": stopped, "bins": rows}))
        return 0
    table = Table(
        "confidence", "predictions", "mean confidence", "right", title=f"{split}, {corrupt:.0%} wrong answers"
    )
    for row in rows:
        shown = ("-", "-") if row["confidence"] is None else (f"{row['confidence']:.2f}", f"{row['right']:.2f}")
        table.add_row(f"{row['from']:.2f} to {row['to']:.2f}", str(row["count"]), *shown)
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(run_app(app, sys.argv[1:]))
