"""Whole scripts in SMT-LIB 2 run by Z3's own reader, in a process of its own: for what our terms cannot say."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from abduce.errors import UsageError
from abduce.solvers.base import Limits, Reason

_WRITES = re.compile(r":\S*(file|log|dump|channel|trace|smt\.proof)\S*", re.IGNORECASE)
_PIECE = re.compile(r""""(?:[^"]|"")*"|\|[^|]*\||;[^\n]*|[()]|[^\s()";|]+|["|]""")
_ANSWERS = ("sat", "unsat", "unknown")


@dataclass(frozen=True, slots=True)
class ScriptOutput:
    """What a script printed.

    Attributes:
        printed: What its commands printed, in order: answers, models, values, echoes and complaints.
        reason: Why the last undecided check was not decided; None where all were.
        seconds: Wall time.
    """

    printed: tuple[str, ...]
    reason: Reason | None = None
    seconds: float = 0.0

    @property
    def answers(self) -> tuple[str, ...]:
        """The answers alone: `sat`, `unsat` and `unknown`."""
        return tuple(line for line in self.printed if line in _ANSWERS)

    @property
    def complaints(self) -> tuple[str, ...]:
        """What was not understood or could not be done: `(error "…")`, with line and column where it was read."""
        return tuple(line for line in self.printed if line.startswith("(error "))


def run_script(text: str, limits: Limits) -> ScriptOutput:
    """Run a script with Z3's own reader.

    The process is given the script on its standard input, in an empty folder that is removed afterwards; options that
    make Z3 write files are not passed on. It is killed when its time is over, and when the caller is interrupted.

    Args:
        text: The script.
        limits: Bounds on all of it together.

    Returns:
        What it printed; a check that was not reached or not decided in time counts as one `unknown` at the end.

    Raises:
        UsageError: The script includes a file, or Z3's program is not installed.
    """
    program, started = z3_program(), time.perf_counter()
    script = _harmless(text)
    command = [program, "-in", "-smt2", f"-memory:{limits.memory_mb}"]
    with tempfile.TemporaryDirectory(prefix="abduce-") as folder:
        try:
            done = subprocess.run(
                command, input=script, capture_output=True, text=True, encoding="utf-8", errors="replace",
                cwd=folder, timeout=limits.timeout_s, check=False,
            )  # fmt: skip
            output, reason = done.stdout, _failure(done.returncode, done.stdout + done.stderr)
        except subprocess.TimeoutExpired as late:
            found = late.stdout or b""
            output = found.decode("utf-8", "replace") if isinstance(found, bytes) else found
            reason = Reason.TIMEOUT
    printed = [item for item in _items(output) if item != "timeout"]
    if reason is not None:
        printed.append("unknown")
    elif "unknown" in printed:
        reason = Reason.INCOMPLETE
    return ScriptOutput(tuple(printed), reason, time.perf_counter() - started)


def _failure(code: int, output: str) -> Reason | None:
    """Return why Z3's program ended too early, None where it did not: it ends with 1 after complaints, too."""
    if "out of memory" in output or code == 101:
        return Reason.MEMORY
    return Reason.INCOMPLETE if code not in (0, 1) else None


def z3_program() -> str:
    """Return the path of the program that comes with Z3's package, or else of one on the path."""
    name = "z3.exe" if sys.platform == "win32" else "z3"
    try:
        files = metadata.files("z3-solver") or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == name and Path(str(file.locate())).is_file():
            return str(Path(str(file.locate())).resolve())
    found = shutil.which(name, path=str(Path(sys.prefix) / "bin")) or shutil.which(name)
    if found is None:
        raise UsageError(
            "this script is for Z3's own reader, but the program z3 is not installed; pip install z3-solver"
        )
    return found


def _harmless(text: str) -> str:
    """Leave out the options of a script that make Z3 write files.

    Raises:
        UsageError: It includes a file.
    """
    kept: list[str] = []
    last = 0
    for start, end, words in _commands(text):
        if words[:1] == ["include"]:
            raise UsageError("(include …) is not followed; put the text of the other file in its place")
        if words[:1] == ["set-option"] and len(words) > 1 and _WRITES.fullmatch(words[1]):
            kept.append(text[last:start])
            last = end
    return "".join([*kept, text[last:]])


def _commands(text: str) -> Iterator[tuple[int, int, list[str]]]:
    """Yield for each top-level command where it begins and ends, and its first two words without bars."""
    depth, start = 0, 0
    words: list[str] = []
    for match in _PIECE.finditer(text):
        piece = match.group()
        if piece.startswith(";"):
            continue
        if piece == "(":
            if depth == 0:
                start, words = match.start(), []
            depth += 1
        elif piece == ")":
            depth -= 1
            if depth == 0:
                yield start, match.end(), words
            depth = max(depth, 0)
        elif depth == 1 and len(words) < 2:
            words.append(piece.strip("|"))


def _items(output: str) -> list[str]:
    """Cut what Z3 printed into lines, those of one bracketed expression together."""
    items: list[str] = []
    open_lines: list[str] = []
    depth = 0
    for line in output.splitlines():
        plain = re.sub(r'"(?:[^"]|"")*"|\|[^|]*\|', "", line)
        depth += plain.count("(") - plain.count(")")
        open_lines.append(line)
        if depth <= 0:
            item = "\n".join(open_lines).strip()
            if item:
                items.append(item)
            open_lines, depth = [], 0
    return items + (["\n".join(open_lines)] if open_lines else [])
