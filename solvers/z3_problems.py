"""Whole TPTP problems run by Z3's own reader, in a process of its own: for what our terms cannot say."""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from abduce.errors import UsageError
from abduce.solvers.base import Limits, Reason
from abduce.solvers.z3_delegation import z3_program

_STATUS = re.compile(r"^% SZS status (\w+)", re.MULTILINE)
_UNDECIDED = {"GaveUp", "Unknown", "Timeout", "ResourceOut", "MemoryOut", "Incomplete"}
_FAULTS = {"SyntaxError", "SemanticError", "TypeError", "InputError", "OSError", "Error", "Inappropriate"}


@dataclass(frozen=True, slots=True)
class ProblemOutput:
    """What Z3 found out about a problem.

    Attributes:
        status: In the words of the SZS ontology (`Theorem`, `CounterSatisfiable`, …); None where it was not decided,
            or where Z3 left a formula out.
        reason: Why it was not decided.
        seconds: Wall time.
    """

    status: str | None
    reason: Reason | None = None
    seconds: float = 0.0


def run_problem(text: str, limits: Limits) -> ProblemOutput:
    """Run a problem with Z3's own reader.

    The process is killed when its time is over, and when the caller is interrupted.

    Args:
        text: The problem, without includes.
        limits: Bounds on all of it.

    Raises:
        UsageError: Z3 cannot read it, or its program is not installed.
    """
    program, started = z3_program(), time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="abduce-") as folder:
        problem = Path(folder) / "problem.p"
        problem.write_text(text, encoding="utf-8")
        try:
            done = subprocess.run(
                [program, "-tptp", f"-memory:{limits.memory_mb}", str(problem)], stdin=subprocess.DEVNULL,
                capture_output=True, text=True, encoding="utf-8", errors="replace", cwd=folder,
                timeout=limits.timeout_s, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return ProblemOutput(None, Reason.TIMEOUT, time.perf_counter() - started)
    seconds = time.perf_counter() - started
    output = done.stdout + done.stderr
    found = _STATUS.search(output)
    status = found.group(1) if found else None
    if "WARNING: skipping" in output:
        return ProblemOutput(None, Reason.INCOMPLETE, seconds)
    if status is not None and status not in _UNDECIDED | _FAULTS:
        return ProblemOutput(status, None, seconds)
    if "out of memory" in output or status == "MemoryOut" or done.returncode == 101:
        return ProblemOutput(None, Reason.MEMORY, seconds)
    if status in _FAULTS or (status is None and done.returncode):
        raise UsageError(f"Z3's own reader cannot read this either: {output.strip()[:300]}")
    return ProblemOutput(None, Reason.INCOMPLETE, seconds)
