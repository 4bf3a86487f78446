"""What the command lines of benchmarks have in common."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import typer
from records import Record

from abduce.cli import UsageFault
from abduce.errors import AbduceError, UsageError

BAD_INPUT, INTERRUPTED = 2, 130


def numbers(texts: Sequence[str], option: str) -> list[int]:
    """Return the numbers that an option names: single ones, ranges and lists of these.

    Raises:
        UsageError: A text is something else.

    Example:
        >>> numbers(["0-2", "7,9"], "--seeds")
        [0, 1, 2, 7, 9]
    """
    found: dict[int, None] = {}
    for part in (part for text in texts for part in text.split(",")):
        low, dash, high = part.strip().replace("_", "").partition("-")
        if not low.isdecimal() or (dash and not high.isdecimal()):
            raise UsageError(f"{option} {part}: expected numbers such as 3, 0-4 or 100,200,400")
        found.update(dict.fromkeys(range(int(low), int(high or low) + 1)))
    return list(found)


def read_earlier(paths: Sequence[Path]) -> list[Record]:
    """Return the records in files that --json printed, but for those of runs that broke down.

    Raises:
        UsageError: A file holds something else.
    """
    found: list[Record] = []
    for path in paths:
        try:
            runs = json.loads(path.read_text(encoding="utf-8"))["runs"]
            found += [run for run in runs if "failed" not in run]
        except (ValueError, TypeError, KeyError) as error:
            raise UsageError(
                f"--earlier {path}: not what an earlier run of this benchmark printed with --json"
            ) from error
    return found


def run_app(app: typer.Typer, arguments: list[str]) -> int:
    """Run a command and return its exit code; what a user can mend is said in one line on standard error."""
    try:
        return int(app(arguments, standalone_mode=False) or 0)
    except UsageFault as error:
        error.show()
    except (AbduceError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    return BAD_INPUT
