"""Throws random and mutated texts at readers, lint, engine and sessions, and lists what breaks, hangs or is slow.

    python benchmarks/fuzz.py --seconds 600 --seed 0 --json

Items are numbered; each is made from the seed and its number alone, and can be done again by itself (`--first N
--items 1`). They are done in a process of their own: one that goes on for ever is killed, and where it stood is shown.
"""

from __future__ import annotations

import faulthandler
import json
import os
import random
import signal
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Annotated, Any, Final

import typer
from command_line import run_app
from fuzzing_items import KINDS, SESSION_S

from abduce.errors import AbduceError

app = typer.Typer(add_completion=False)
SLOW_S: Final = 4.0
"""How much time of the processor an item may take, in seconds: some put several questions of limited time."""
HANGS_S: Final = 60.0
"""After how long an item is killed, in seconds; sessions have a limit of their own."""


@dataclass
class Found:
    """What was found.

    Attributes:
        items: How many items were done.
        cpu_s: How much time of the processor they took, in seconds.
        kinds: How many of each kind.
        faults: What broke: number, kind, what.
        hangs: What did not end.
        slow: What took longer than `SLOW_S`: number, kind, seconds.
        refused: How many ended with an error that a user can mend.
    """

    items: int = 0
    cpu_s: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[int, str, str]] = field(default_factory=list)
    hangs: list[tuple[int, str, str]] = field(default_factory=list)
    slow: list[tuple[int, str, float]] = field(default_factory=list)
    refused: int = 0


@app.command()
def main(
    seconds: Annotated[float, typer.Option(help="how long to go on, in seconds of the processor")] = 60.0,
    seed: Annotated[int, typer.Option(help="of the texts")] = 0,
    first: Annotated[int, typer.Option(help="number of the first item")] = 0,
    items: Annotated[int, typer.Option(help="how many items at most; 0 for as many as there is time for")] = 0,
    only: Annotated[str, typer.Option(help=f"one kind alone: {', '.join(KINDS)}")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
    worker: Annotated[bool, typer.Option(hidden=True)] = False,
) -> int:
    """Throw random texts at the engine."""
    if worker:
        work(seed, first, items, only)
        return 0
    found = Found()
    place = first
    while found.cpu_s < seconds and (not items or place < first + items):
        left = first + items - place if items else 0
        place = _supervised(found, seed, place, left, only, seconds)
    if as_json:
        print(json.dumps(asdict(found)))
    else:
        _show(found)
    return 1 if found.faults or found.hangs else 0


def kind_of(seed: int, number: int, only: str) -> tuple[str, random.Random]:
    """Return what an item does, and what it draws from."""
    generator = random.Random(f"{seed}-{number}")
    kind = generator.choices(list(KINDS), [weight for _, weight in KINDS.values()])[0]
    return only or kind, generator


def work(seed: int, first: int, items: int, only: str) -> None:
    """Do items until there is no more, and say of each when it begins and how it ends."""
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    number = first
    while not items or number < first + items:
        kind, generator = kind_of(seed, number, only)
        _say({"begins": number, "kind": kind})
        started, ended = _cpu_s(), "done"
        what = ""
        try:
            KINDS[kind][0](generator)
        except AbduceError as error:
            ended, what = "refused", str(error)
        except BaseException:
            ended, what = "fault", traceback.format_exc()[-3000:]
        _say({"ends": number, "how": ended, "what": what, "cpu_s": _cpu_s() - started})
        number += 1


def _cpu_s() -> float:
    """Return the time of the processor that this process and those that it waited for took, in seconds."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _say(record: dict[str, Any]) -> None:
    print(json.dumps(record), flush=True)


def _supervised(found: Found, seed: int, first: int, items: int, only: str, seconds: float) -> int:
    """Have a process do items while there is time; return the number of the next one."""
    command = [sys.executable, str(Path(__file__)), "--worker", "--seed", str(seed), "--first", str(first)]
    command += ["--items", str(items), "--only", only]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines: SimpleQueue[str] = SimpleQueue()
    Thread(target=_hand_on, args=(process, lines), daemon=True).start()
    number, kind = first, ""
    try:
        for record in _records(lines, process):
            if record is None:
                found.hangs.append((number, kind, _where(process)))
                return number + 1
            if "begins" in record:
                number, kind = record["begins"], record["kind"]
                continue
            found.items += 1
            found.kinds[kind] += 1
            found.cpu_s += record["cpu_s"]
            found.refused += record["how"] == "refused"
            if record["how"] == "fault":
                found.faults.append((number, kind, record["what"]))
            if record["cpu_s"] > SLOW_S and kind not in ("pipe", "terminal"):
                found.slow.append((number, kind, round(record["cpu_s"], 2)))
            if found.cpu_s >= seconds:
                return number + 1
    finally:
        process.kill()
        process.wait()
    if process.returncode not in (0, -signal.SIGKILL):
        if not found.items:
            raise RuntimeError("the process that does the items does not start")
        found.faults.append((number, kind, f"the process ended with {process.returncode}"))
    return number + 1


def _hand_on(process: subprocess.Popen[str], lines: SimpleQueue[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put("")


def _records(lines: SimpleQueue[str], process: subprocess.Popen[str]) -> Iterator[dict[str, Any] | None]:
    """Yield what the process says; None where it says nothing for too long."""
    kind = ""
    while True:
        try:
            line = lines.get(timeout=HANGS_S + (SESSION_S if kind in ("pipe", "terminal") else 0.0))
        except Empty:
            yield None
            return
        if not line:
            process.wait()
            return
        record = json.loads(line)
        kind = record.get("kind", kind)
        yield record


def _where(process: subprocess.Popen[str]) -> str:
    """Return where a process stands, as far as it can say."""
    process.send_signal(signal.SIGUSR1)
    time.sleep(1.0)
    process.kill()
    return process.communicate()[1][-4000:]


def _show(found: Found) -> None:
    counts = ", ".join(f"{kind} {count}" for kind, count in sorted(found.kinds.items()))
    print(f"{found.items} items in {found.cpu_s:.0f} s of the processor ({counts}); {found.refused} refused")
    for name, listed in (("faults", found.faults), ("hangs", found.hangs), ("slow", found.slow)):
        print(f"{len(listed)} {name}")
        for number, kind, what in listed:
            print(f"  item {number} ({kind}): {what}")


if __name__ == "__main__":
    sys.exit(run_app(app, sys.argv[1:]))
