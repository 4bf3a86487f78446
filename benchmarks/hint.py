"""HINT: a machine beside a GRU and a Transformer on the same examples and for the same time, in one table.

python benchmarks/hint.py --input symbol --limit 20000 --seeds 0-4
python benchmarks/hint.py --input image --data symbols.npz --glyphs '+=plus,-=minus,*=x,/=slash,(=w,)=z'
python benchmarks/hint.py --limit 1000 --limit 2000 --limit 5000 --limit 20000      # the curve
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Optional

import typer
from command_line import numbers, run_app
from costs import peak_mb
from number_rivals import READERS, compete
from rich.table import Table

from abduce import load_task
from abduce.datasets import Task
from abduce.display import print_table
from abduce.training import prepare_torch

app = typer.Typer(add_completion=False)


@app.command()
def measure(
    input_kind: Annotated[str, typer.Option("--input", metavar="symbol|image")] = "symbol",
    data: Annotated[Optional[str], typer.Option(metavar="FILE|DIR", help="Images of the symbols.")] = None,
    glyphs: Annotated[Optional[str], typer.Option(help="Which class of images stands for which symbol.")] = None,
    limit: Annotated[Optional[list[int]], typer.Option(help="Training examples; may be given several times.")] = None,
    seeds: Annotated[str, typer.Option(help="Such as 0-4 or 0,3.")] = "0",
    sample: Annotated[int, typer.Option(help="Test examples of each subset; 0 for the full test.")] = 500,
    rivals: Annotated[bool, typer.Option(help="Train the rivals too, each as long as the machine.")] = True,
    json_wanted: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> int:
    """Measure; exit with 0."""
    rows: list[dict[str, Any]] = []
    for count in limit or [20_000]:
        for seed in numbers([seeds], "--seeds"):
            task = load_task("hint", data=data, limit=count, seed=seed, input=input_kind, glyphs=glyphs)
            rows += run(task, seed, sample, rivals=rivals)
            print(f"{rows[-1]['learner']}: {count} examples, seed {seed} done", file=sys.stderr)
    if json_wanted:
        print(json.dumps({"input": input_kind, "data": data, "glyphs": glyphs, "runs": rows}))
    else:
        print_table(table(rows))
    return 0


def run(task: Task, seed: int, sample: int, *, rivals: bool) -> list[dict[str, Any]]:
    """Return one row for the machine, and one for each rival that was given the same time."""
    from abduce import Machine

    prepare_torch("cpu", 1)
    subsets = task.subsets or {"all": tuple(range(len(task.test)))}
    chosen = drawn(subsets, sample, seed)
    test = [task.test[i] for part in chosen.values() for i in part]
    machine = Machine(primitives="peano", seed=seed)
    started = time.process_time()
    report = machine.fit(task.train)
    trained = time.process_time() - started
    right = machine.right(test) if machine.grounding is not None else [False] * len(test)
    tested = time.process_time() - started - trained
    shared = {"examples": len(task.train), "seed": seed}
    rows = [
        {
            "learner": "abduce",
            **shared,
            **accuracies(right, chosen, subsets),
            "learned": report.learned,
            "train_cpu_s": round(trained, 2),
            "test_cpu_s": round(tested, 2),
            "tested": len(test),
            "peak_mb": peak_mb(),
        }
    ]
    for reader in READERS if rivals else ():
        found = compete(reader, task.train, test, trained, seed)
        figures = {"train_cpu_s": found.train_cpu_s, "epochs": found.epochs, "parameters": found.parameters}
        rows.append({"learner": reader, **shared, **accuracies(found.right, chosen, subsets), **figures})
    return rows


def drawn(subsets: Mapping[str, Sequence[int]], sample: int, seed: int) -> dict[str, list[int]]:
    """Draw test examples of each subset from a seed; all of them where `sample` is 0."""
    generator = random.Random(seed)
    return {
        name: sorted(generator.sample(list(part), min(sample, len(part)))) if sample else list(part)
        for name, part in subsets.items()
    }


def accuracies(
    right: Sequence[bool], chosen: Mapping[str, Sequence[int]], subsets: Mapping[str, Sequence[int]]
) -> dict[str, Any]:
    """Return the accuracy on each subset, and their average weighted by how many examples the full test has of each."""
    found: dict[str, float] = {}
    start = 0
    for name, part in chosen.items():
        found[name] = sum(right[start : start + len(part)]) / len(part)
        start += len(part)
    total = sum(map(len, subsets.values()))
    return {"accuracy": sum(found[name] * len(subsets[name]) for name in found) / total, "subsets": found}


def table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return the rows as a table, accuracies in percent."""
    made = Table(title="HINT")
    names = list(rows[0]["subsets"])
    for name in ("learner", "examples", "seed", "average", *names, "training, CPU s"):
        made.add_column(name, justify="left" if name == "learner" else "right")
    for row in rows:
        shares = [row["accuracy"], *(row["subsets"][name] for name in names)]
        shown = [f"{100 * share:.1f}" for share in shares]
        made.add_row(row["learner"], str(row["examples"]), str(row["seed"]), *shown, f"{row['train_cpu_s']:.1f}")
    return made


if __name__ == "__main__":
    sys.exit(run_app(app, sys.argv[1:]))
