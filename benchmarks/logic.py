"""Measures the query engine on published sets of logic, and where asked for the z3 binary on the same files.

    python benchmarks/logic.py proofwriter DIR --timeout 5 --json

DIR is read whatever its files are called. `right` agree with the file's own word, `wrong` contradict it, `gave_up` were
not decided, `unread` could not be read; the four add up to `count`.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import logic_computing
import logic_measuring
import logic_scripts
import typer
from command_line import run_app
from logic_measuring import GAVE_UP, RIGHT, UNREAD, WRONG, Item, Measured, Settings

from abduce.errors import UsageError

app = typer.Typer(add_completion=False)
SHOWN = 40
_MEASURES: Mapping[str, Callable[[Path, Settings], Measured]] = {
    "tptp": logic_scripts.measure_tptp,
    "smtlib": logic_scripts.measure_smtlib,
    "folio": logic_measuring.measure_folio,
    "proofwriter": logic_measuring.measure_proofwriter,
    "prontoqa": logic_measuring.measure_prontoqa,
    "logicaldeduction": logic_measuring.measure_logicaldeduction,
    "programs": logic_measuring.measure_programs,
    "souffle": logic_computing.measure_souffle,
    "integrals": logic_computing.measure_integrals,
}
_BY_Z3: Mapping[str, Callable[[Path, Settings], list[Item]]] = {
    "tptp": logic_scripts.z3_on_tptp,
    "smtlib": logic_scripts.z3_on_smtlib,
}
Known = Enum("Known", {name: name for name in _MEASURES}, type=str)  # type: ignore[misc]


@app.command()
def main(
    which: Annotated[Known, typer.Argument(metavar="SET", help="which kind of set it is")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="where it lies")],
    timeout: Annotated[float, typer.Option(help="most wall time for a problem, in seconds")] = 5.0,
    z3: Annotated[bool, typer.Option("--z3", help="run the z3 binary on the same files")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="make safe repairs before reading (folio)")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> int:
    """Measure the engine on a set."""
    name = which.value
    if not folder.is_dir():
        raise UsageError(f"DIR {folder}: there is no such folder")
    if z3 and name not in _BY_Z3:
        raise UsageError(f"--z3 is for {' and '.join(_BY_Z3)}; the z3 binary does not read {name}")
    if timeout <= 0:
        raise UsageError(f"--timeout {timeout}: expected a positive number of seconds")
    found = measure(name, folder, Settings(timeout, repair), z3=z3)
    print(json.dumps(found, ensure_ascii=False) if as_json else shown(found))
    return 0


def measure(name: str, folder: Path, settings: Settings, *, z3: bool = False) -> dict[str, Any]:
    """Return what is printed of a set.

    Raises:
        UsageError: Nothing of its kind lies in the folder.
    """
    started = time.perf_counter()
    measured = _MEASURES[name](folder, settings)
    seconds = time.perf_counter() - started
    if not measured.items and not measured.more.get("formulas"):
        raise UsageError(f"DIR {folder}: nothing of the kind {name} lies there")
    counts = _counts(measured.items)
    found = {
        "set": name,
        "count": len(measured.items),
        RIGHT: counts[RIGHT],
        WRONG: counts[WRONG],
        GAVE_UP: counts[GAVE_UP],
        "delegated": sum(item.delegated for item in measured.items),
        UNREAD: counts[UNREAD],
        "seconds": round(seconds, 3),
        **measured.more,
        "items": [item.plain() for item in measured.items],
    }
    if z3:
        items = _BY_Z3[name](folder, settings)
        of_z3 = _counts(items)
        found["z3"] = {
            **{outcome: of_z3[outcome] for outcome in (RIGHT, WRONG, GAVE_UP)},
            "seconds": round(sum(item.seconds for item in items), 3),
            "items": [item.plain() for item in items],
        }
    return found


def _counts(items: Sequence[Item]) -> Counter[str]:
    return Counter(item.outcome for item in items)


def shown(found: Mapping[str, Any]) -> str:
    """Return a summary, with what was not right."""
    lines = [_line("abduce", found)]
    if "z3" in found:
        lines.append(_line("z3", found["z3"]))
    if "formulas" in found:
        formulas = found["formulas"]
        lines.append(f"formulas without a question: {formulas['read']} of {formulas['count']} read")
    if "cores" in found:
        lines.append(
            f"cores equal to the gold premises: {found['cores']['equal_to_gold']} of {found['cores']['count']}"
        )
    lines += [f"{file}: {_outcomes(counts)}" for file, counts in found.get("files", {}).items()]
    off = [item for item in found["items"] if item["outcome"] != RIGHT]
    for item in off[:SHOWN]:
        lines.append(f"  {item['outcome']}: {item['name']}: expected {item['expected'][:60]}, got {item['got']}"
                     f"{': ' + item['error'].splitlines()[0] if item.get('error') else ''}")  # fmt: skip
    if len(off) > SHOWN:
        lines.append(f"  … and {len(off) - SHOWN} more; --json lists all")
    return "\n".join(lines)


def _line(who: str, found: Mapping[str, Any]) -> str:
    return f"{who}: {_outcomes(found)}, {found['seconds']} s"


def _outcomes(counts: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{counts[key]} {key.replace('_', ' ')}" for key in (RIGHT, WRONG, GAVE_UP, UNREAD) if key in counts
    )


if __name__ == "__main__":
    sys.exit(run_app(app, sys.argv[1:]))
