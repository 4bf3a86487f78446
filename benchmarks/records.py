"""What benchmarks print and draw: tables of measured runs beside the bound and the rival, learning curves.

A *record* is one run as plain data: what was varied (`data`, `split`, `transform`, `limit`, `corrupt`, `corrupt_kind`,
`seed`), the figures of `measuring.Figures`, and under `rival` those of `rival.Outcome`, or None; of a run that broke
down, what was varied and the reason under `failed`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

from rich.table import Table

Record = Mapping[str, Any]
VARIED = ("split", "transform", "limit", "corrupt", "corrupt_kind")
PARSER_FIGURES = {"accuracy_parser_only": "  parser without types", "accuracy_random_parser": "  parser untrained"}
MISSING = "-"


def ratios(record: Record) -> dict[str, float | None]:
    """Return what learning and testing cost in passes of the tokenizer over the same files."""
    tested = record["eval_cpu_s"]
    return {
        "train_per_bound": round(record["train_cpu_s"] / record["bound_train_s"], 1),
        "eval_per_bound": round(tested / record["bound_test_s"], 1) if tested is not None else None,
    }


def comparison(records: Sequence[Record], title: str) -> Table:
    """Return a table with three lines for each run: the bound, ours, and the rival where there was one."""
    table = Table(title=title)
    for name in ("split", "seed", "what", "accuracy", "learned", "learning CPU s", "× bound", "test CPU s", "× bound"):
        table.add_column(name, justify="left" if name in ("split", "what") else "right")
    table.add_column("inputs/s/core", justify="right")
    table.add_column("peak MB", justify="right")
    for record in records:
        table.add_section()
        if "failed" in record:
            table.add_row(record["split"], str(record["seed"]), f"failed: {record['failed']}")
            continue
        table.add_row(*_bound(record))
        table.add_row(*_ours(record))
        for name, what in PARSER_FIGURES.items():
            if record[name] is not None:
                table.add_row("", "", what, _share(record[name]))
        if record["rival"]:
            table.add_row(*_rival(record))
    return table


def _bound(record: Record) -> Iterable[str]:
    rate = record["test_count"] / record["bound_test_s"]
    costs = (_seconds(record["bound_train_s"], 3), "1", _seconds(record["bound_test_s"], 3), "1")
    return record["split"], str(record["seed"]), "tokenizer, one pass", MISSING, "", *costs, f"{rate:,.0f}", ""


def _ours(record: Record) -> Iterable[str]:
    costs = _seconds(record["train_cpu_s"]), _times(record["train_per_bound"])
    more = _seconds(record["eval_cpu_s"]), _times(record["eval_per_bound"])
    rate = f"{record['sentences_per_s']:,.0f}" if record["sentences_per_s"] is not None else MISSING
    return (
        "",
        "",
        "abduce",
        _share(record["accuracy"]),
        _verdict(record),
        *costs,
        *more,
        rate,
        f"{record['peak_mb']:.0f}",
    )


def _rival(record: Record) -> Iterable[str]:
    found = record["rival"]
    whole = found["test_cpu_s"] * record["test_count"] / found["tested"]
    costs = _seconds(found["train_cpu_s"]), _times(found["train_cpu_s"] / record["bound_train_s"])
    more = _seconds(whole), _times(whole / record["bound_test_s"])
    rate = f"{found['tested'] / found['test_cpu_s']:,.0f}"
    what = f"LSTM, {found['epochs']:.1f} epochs"
    return "", "", what, _share(found["accuracy"]), "", *costs, *more, rate, f"{found['peak_mb']:.0f}"


def sweep(records: Sequence[Record], title: str) -> Table:
    """Return a table with one line for each setting, over its seeds: means, and the worst where that matters."""
    table = Table(title=title)
    columns: dict[str, Callable[[Sequence[Record]], str]] = {
        "runs": lambda runs: str(len(runs)),
        "accuracy": lambda runs: _share(fmean(run["accuracy"] or 0.0 for run in runs)),
        "least": lambda runs: _share(min(run["accuracy"] or 0.0 for run in runs)),
        "learned": lambda runs: f"{sum(run['learned'] for run in runs)} of {len(runs)}",
        "noise found": lambda runs: _range([100 * run["noise"] for run in runs], "%", 1),
        "learning CPU s": lambda runs: _range([run["train_cpu_s"] for run in runs], "", 1),
        "× bound": lambda runs: _times(fmean(run["train_per_bound"] for run in runs)),
        "inputs/s/core": lambda runs: _range([run["sentences_per_s"] or 0.0 for run in runs], "", 0),
        "peak MB": lambda runs: f"{max(run['peak_mb'] for run in runs):.0f}",
    }
    for name, what in PARSER_FIGURES.items():
        if any(record.get(name) is not None for record in records):
            columns[what.strip()] = partial(_mean, name)
    varied = [name for name in VARIED if name == "split" or len({record[name] for record in records}) > 1]
    for name in varied:
        table.add_column({"corrupt": "made wrong", "corrupt_kind": "by"}.get(name, name))
    for name in columns:
        table.add_column(name, justify="right")
    for setting, runs in _grouped(records).items():
        chosen = [str(value or "all") for name, value in zip(VARIED, setting, strict=True) if name in varied]
        whole = [run for run in runs if "failed" not in run]
        cells = [tell(whole) for tell in columns.values()] if whole else ["failed"]
        table.add_row(*chosen, *cells)
    return table


def _mean(name: str, runs: Sequence[Record]) -> str:
    values = [run[name] for run in runs if run[name] is not None]
    return _share(fmean(values)) if values else MISSING


def _grouped(records: Iterable[Record]) -> dict[tuple[Any, ...], list[Record]]:
    found: dict[tuple[Any, ...], list[Record]] = {}
    for record in records:
        found.setdefault(tuple(record[name] for name in VARIED), []).append(record)
    return found


def remarks(records: Iterable[Record]) -> list[str]:
    """Return a line for each run that is less than perfect, and for each that was announced wrongly."""
    found = []
    for record in records:
        where = name_of(record)
        if "failed" in record:
            found.append(f"{where}: failed: {record['failed']}")
            continue
        share = _share(record["accuracy"])
        if record["accuracy"] != 1.0:
            words = ", ".join(record["not_learned"])
            found.append(f"{where}: accuracy {share}, {_verdict(record)}{': ' + words if words else ''}")
        elif not record["learned"]:
            found.append(f"{where}: accuracy {share}, yet announced as {_verdict(record)}")
        if record["accuracy_predicted"] != record["accuracy"]:
            found.append(f"{where}: accuracy {share} by evaluate, {_share(record['accuracy_predicted'])} by predict")
    return found


def name_of(record: Record) -> str:
    """Return in words which run a record is of."""
    wrong = f"{100 * record['corrupt']:g}% by {record['corrupt_kind']}" if record["corrupt"] else None
    pairs = f"{record['limit']} pairs" if record["limit"] else None
    parts = (record["split"], record["transform"], pairs, wrong, f"seed {record['seed']}")
    return ", ".join(part for part in parts if part)


def outcome(record: Record) -> str:
    """Return in words what came of a run."""
    if "failed" in record:
        return f"failed: {record['failed']}"
    return f"accuracy {_share(record['accuracy'])}, {_verdict(record)}, {record['train_cpu_s']:.1f} CPU s"


def draw_learning_curve(records: Iterable[Record], title: str, path: Path) -> None:
    """Draw accuracy by number of training pairs: the means as a line, each run as a mark, crosses if not learned.

    Args:
        records: The runs, of one or several splits.
        title: What stands above.
        path: Where to; its ending says in which format.
    """
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.ticker import NullLocator, ScalarFormatter

    runs = [record for record in records if "failed" not in record]
    figure = Figure(figsize=(7, 3.8))
    axes = figure.add_subplot()
    for number, split in enumerate(dict.fromkeys(run["split"] for run in runs)):
        _draw_split(axes, [run for run in runs if run["split"] == split], f"C{number}", split)
    axes.set(xscale="log", xlabel="training pairs", ylabel="accuracy on the test", ylim=(-0.04, 1.06), title=title)
    counts = sorted({run["train_count"] for run in runs})
    axes.set_xticks(counts, labels=[f"{count:,}" for count in counts])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(ScalarFormatter())
    axes.grid(alpha=0.3)
    if runs:
        axes.legend(loc="lower right", fontsize="small")
    with matplotlib.rc_context({"svg.hashsalt": title}):
        figure.savefig(path, bbox_inches="tight", metadata={"Date": None} if path.suffix == ".svg" else None)


def _draw_split(axes: Any, runs: Sequence[Record], colour: str, split: str) -> None:
    counts = sorted({run["train_count"] for run in runs})
    means = [fmean(run["accuracy"] or 0.0 for run in runs if run["train_count"] == count) for count in counts]
    axes.plot(counts, means, "-", color=colour, alpha=0.6, label=f"{split}: mean over seeds")
    kinds = (
        ("announced as learned", "o", colour, [run for run in runs if run["learned"]]),
        ("announced as not learned", "x", "black", [r for r in runs if not (r["learned"] or r["stopped"])]),
        ("stopped before the end", "+", "red", [run for run in runs if run["stopped"]]),
    )
    for name, mark, shade, chosen in kinds:
        if chosen:
            points = [run["train_count"] for run in chosen], [run["accuracy"] or 0.0 for run in chosen]
            axes.plot(*points, mark, color=shade, label=f"{split}: a seed, {name}", alpha=0.8)


def _verdict(record: Record) -> str:
    if record["stopped"]:
        return f"stopped ({record['stopped']})"
    return "learned" if record["learned"] else "not learned"


def _share(value: float | None) -> str:
    return MISSING if value is None else f"{100 * value:.2f}%"


def _seconds(value: float | None, digits: int = 2) -> str:
    return MISSING if value is None else f"{value:.{digits}f}"


def _times(value: float | None) -> str:
    return MISSING if value is None else f"{value:,.0f}"


def _range(values: Sequence[float], unit: str, digits: int) -> str:
    low, high = (f"{value:,.{digits}f}" for value in (min(values), max(values)))
    return f"{low}{unit}" if low == high else f"{low} – {high}{unit}"
