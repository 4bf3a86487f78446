"""Measures learning SCAN: accuracy, time, memory, beside a bound and a rival; with changed data, few data, wrong data.

python benchmarks/scan.py --help says how.
"""

from __future__ import annotations

import itertools
import json
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Optional

import typer
from command_line import INTERRUPTED, numbers, read_earlier, run_app
from costs import FailedError, fresh, surroundings
from measuring import Figures, measure
from records import Record, comparison, draw_learning_curve, name_of, outcome, ratios, remarks, sweep
from rich.console import Console
from transforms import TRANSFORMS

from abduce import Task, load_task
from abduce.datasets import corrupted
from abduce.errors import UsageError

DONE, BROKEN = 0, 1
GENERATED = ("length", "addprim_jump", "template_around_right")
RIVAL_SAMPLE = 1000
WIDE = 140
DRAWN = (".svg", ".png", ".pdf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run: which data, what is done to them, and the seed of everything drawn."""

    split: str
    data: str | None = None
    transform: str | None = None
    limit: int | None = None
    corrupt: float = 0.0
    corrupt_kind: str = "swap"
    seed: int = 0

    def load(self) -> Task:
        """Return the task, its training pairs drawn and made wrong as `abduce train` does, then changed."""
        task = load_task("scan", self.split, data=self.data, limit=self.limit, seed=self.seed)
        if self.corrupt:
            task = corrupted(task, self.corrupt, self.corrupt_kind, self.seed)
        return TRANSFORMS[self.transform](task, self.seed) if self.transform else task

    @property
    def is_unchanged(self) -> bool:
        """Whether nothing is done to the data."""
        return not (self.transform or self.limit or self.corrupt)

    def plain(self) -> dict[str, Any]:
        """Return what was varied as plain data; of the folder only whether there was one."""
        return {**asdict(self), "data": "published" if self.data else "generated"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How each run is measured."""

    rival_seconds: float | None = None
    rival_sample: int = RIVAL_SAMPLE
    figures: bool = False
    time_limit: float | None = None
    quiet: bool = False


def ours(run: Run, options: Options) -> Figures:
    """Measure our machine on a run, in this process."""
    return measure(run.load(), run.seed, figures=options.figures, time_limit=options.time_limit, quiet=options.quiet)


def theirs(run: Run, cpu_s: float, sample: int) -> dict[str, Any]:
    """Measure the rival on a run, in this process."""
    from rival import compete

    task = run.load()
    train, test = ([(example.inputs, example.target) for example in part] for part in (task.train, task.test))
    return compete(train, test, cpu_s, sample=sample, seed=run.seed).plain()


def measured(run: Run, options: Options) -> Record:
    """Return the record of a run, of which ours and the rival's part are each measured in a fresh process.

    Raises:
        AbduceError: The data cannot be read, or the options do not fit them.
    """
    varied = run.plain()
    try:
        found = fresh(ours, run, options).plain()
        wanted = options.rival_seconds
        if wanted is None and run.is_unchanged:
            wanted = found["train_cpu_s"]
        rival = fresh(theirs, run, wanted, options.rival_sample) if wanted else None
    except FailedError as error:
        return {**varied, "failed": str(error)}
    return {**varied, **found, **ratios(found), "rival": rival}


def splits_in(data: str | None) -> list[str]:
    """Return the splits to measure where none is named: all in the folder, or those that need no files.

    Raises:
        UsageError: The folder holds none.
    """
    if data is None:
        return list(GENERATED)
    parts = ("train", "test")
    named = [
        {path.stem.removeprefix(f"tasks_{part}_") for path in Path(data).rglob(f"tasks_{part}_*.txt")} for part in parts
    ]
    if not (found := sorted(named[0] & named[1])):
        raise UsageError(f"--data {data}: no tasks_train_SPLIT.txt with its tasks_test_SPLIT.txt in or below it")
    return found


def planned(
    splits: Sequence[str],
    data: str | None,
    transforms: Sequence[str],
    limits: Sequence[int],
    corrupt: Sequence[float],
    kinds: Sequence[str],
    seeds: Sequence[int],
) -> Iterator[Run]:
    """Return every run that the options ask for, those of one setting together.

    Raises:
        UsageError: There is no such transform.
    """
    names = list(TRANSFORMS) if "all" in transforms else list(dict.fromkeys(transforms))
    if unknown := [name for name in names if name not in TRANSFORMS]:
        raise UsageError(f"--transform {unknown[0]}: expected {', '.join(TRANSFORMS)} or all")
    changes: list[str | None] = [*names] or [None]
    counts: list[int | None] = [*limits] or [None]
    for split, transform, limit, share in itertools.product(splits, changes, counts, corrupt or [0.0]):
        for kind in dict.fromkeys(kinds) if share else kinds[:1]:
            one = Run(split=split, data=data, transform=transform, limit=limit, corrupt=share, corrupt_kind=kind)
            yield from (replace(one, seed=seed) for seed in seeds)


def measure_all(
    runs: Sequence[Run], options: Options, say: Console, *, earlier: Sequence[Record] = ()
) -> tuple[list[Record], bool]:
    """Measure runs one after the other, saying how far this is.

    Args:
        runs: The runs.
        options: How to measure them.
        say: Where to say how far this is.
        earlier: Records that there are already: all are taken over, and their runs not measured again.

    Returns:
        The earlier and the new records in order, and whether a Ctrl-C (or a request to end) came before the last.
    """
    records = list(earlier)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for number, run in enumerate(runs, start=1):
            if any(run.plain().items() <= record.items() for record in earlier):
                continue
            record = measured(run, options)
            records.append(record)
            say.print(f"{number} of {len(runs)}: {name_of(record)}: {outcome(record)}", highlight=False, soft_wrap=True)
    except KeyboardInterrupt:
        say.print(f"interrupted: {len(records) - len(earlier)} of {len(runs)} runs were measured")
        return records, True
    finally:
        signal.signal(signal.SIGTERM, before)
    return records, False


def show(records: Sequence[Record]) -> None:
    """Print the tables of what was measured, and what is remarkable in them, on standard output."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    compared = [record for record in records if record.get("rival")]
    others = [record for record in records if not record.get("rival")]
    if compared:
        console.print(comparison(compared, "SCAN: learning from pairs alone, on one core"))
        console.print("the rival's test is that of a sample, its time scaled to the whole", style="dim")
    if others:
        console.print(sweep(others, "SCAN: over seeds"))
    for line in remarks(records):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def report(records: Sequence[Record], *, interrupted: bool) -> dict[str, Any]:
    """Return all that was measured as one object for JSON."""
    return {
        "benchmark": "scan",
        "interrupted": interrupted,
        "surroundings": surroundings(),
        "runs": records,
    }


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

Splits = Annotated[
    Optional[list[str]],
    typer.Option(
        "--split", metavar="S", help="A split, repeatable.  [default: those in --data, else the three generated ones]"
    ),
]
Data = Annotated[Optional[str], typer.Option(metavar="DIR", help="Folder of the published files.")]
Transforms = Annotated[
    Optional[list[str]],
    typer.Option(
        "--transform",
        metavar="rename|reverse|outputs|shuffle|all",
        help="Change the data first, repeatable, each change on its own: new names for the words, every sentence "
        "turned round, new names for the actions, training lines in another order.",
    ),
]
Limits = Annotated[
    Optional[list[str]],
    typer.Option("--limit", metavar="N", help="Learn from N training pairs; repeatable, or as 100,200,400."),
]
Corrupt = Annotated[
    Optional[list[float]],
    typer.Option("--corrupt", metavar="P", help="Make this share of the training answers wrong; repeatable."),
]
Kinds = Annotated[
    Optional[list[str]],
    typer.Option("--corrupt-kind", metavar="swap|edit", help="Wrong how; repeatable.  [default: swap]"),
]
Seeds = Annotated[
    Optional[list[str]], typer.Option("--seeds", metavar="N", help="Seeds, as 3, 0-4 or 0,2.  [default: 0]")
]
RivalSeconds = Annotated[
    Optional[float],
    typer.Option(
        metavar="S",
        help="CPU seconds of the rival's training, in every run; 0 leaves it out.  [default: as long as our learning "
        "took, in runs on unchanged data]",
    ),
]
RivalSample = Annotated[int, typer.Option(metavar="N", min=1, help="Test pairs that the rival is tested on.")]
WithFigures = Annotated[
    bool, typer.Option("--figures", help="Measure also: the parser untrained, and its best tree without types.")
]
TimeLimit = Annotated[
    Optional[float], typer.Option(metavar="S", help="CPU seconds after which learning is stopped, in each run.")
]
Plot = Annotated[Optional[Path], typer.Option(metavar="FILE.svg", help="Draw accuracy by number of training pairs.")]
Earlier = Annotated[
    Optional[list[Path]],
    typer.Option(
        metavar="FILE",
        help="What an earlier --json printed, repeatable: shown along, its runs not measured again.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output, and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]


@app.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 measured, 1 a run broke down, 2 bad input, 130 interrupted (what was done is printed).",
)
def main(
    split: Splits = None,
    data: Data = None,
    transform: Transforms = None,
    limit: Limits = None,
    corrupt: Corrupt = None,
    corrupt_kind: Kinds = None,
    seeds: Seeds = None,
    rival_seconds: RivalSeconds = None,
    rival_sample: RivalSample = RIVAL_SAMPLE,
    figures: WithFigures = False,
    time_limit: TimeLimit = None,
    earlier: Earlier = None,
    plot: Plot = None,
    json_wanted: Json = False,
    quiet: Quiet = False,
) -> int:
    """Measure learning SCAN, and print in the same run a bound and a rival.

    The bound is one pass of a tokenizer over the same files; the rival an LSTM with attention that learns from the
    same pairs for the same CPU time. Everything runs on one core, each run in a process of its own; importing torch
    is not counted in seconds, and is in memory.

    python benchmarks/scan.py

    python benchmarks/scan.py --split length --transform all --seeds 0-4

    python benchmarks/scan.py --data DIR --split simple --limit 100,400,836,16728 --seeds 0-4 --plot curve.svg

    python benchmarks/scan.py --data DIR --split simple --corrupt 0.05 --corrupt-kind swap --corrupt-kind edit
    """
    options = Options(
        rival_seconds=rival_seconds, rival_sample=rival_sample, figures=figures, time_limit=time_limit, quiet=quiet
    )
    drawn, seeded = numbers(limit or [], "--limit"), numbers(seeds or ["0"], "--seeds")
    named = list(dict.fromkeys(split or splits_in(data)))
    runs = list(planned(named, data, transform or [], drawn, corrupt or [], corrupt_kind or ["swap"], seeded))
    return perform(runs, options, read_earlier(earlier or []), plot, json_wanted=json_wanted)


def perform(
    runs: Sequence[Run], options: Options, earlier: Sequence[Record], plot: Path | None, *, json_wanted: bool
) -> int:
    """Measure runs, print and draw what came of them, and return the exit code.

    Raises:
        AbduceError: The data cannot be read or the options do not fit them, which is said before anything is measured.
    """
    if plot is not None and plot.suffix not in DRAWN:
        raise UsageError(f"--plot {plot}: expected a file that ends in {', '.join(DRAWN)}")
    for one in {(run.split, run.limit, run.corrupt, run.corrupt_kind): run for run in runs}.values():
        one.load()
    records, interrupted = measure_all(runs, options, Console(stderr=True, quiet=options.quiet), earlier=earlier)
    if json_wanted:
        print(json.dumps(report(records, interrupted=interrupted)))
    else:
        show(records)
    if plot is not None and records:
        draw_learning_curve(records, "SCAN: accuracy by number of training pairs", plot)
    if interrupted:
        return INTERRUPTED
    return BROKEN if any("failed" in record for record in records) else DONE


def run_command(arguments: list[str]) -> int:
    """Run the command and return its exit code."""
    return run_app(app, arguments)


if __name__ == "__main__":
    sys.exit(run_command(sys.argv[1:]))
