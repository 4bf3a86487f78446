"""The process in which sympy works: reads problems as lines of JSON, writes answers as lines of JSON.

It ends at once when its input ends, even while it computes, so that nothing is left behind when its owner dies.
"""

from __future__ import annotations

import json
import os
import queue
import resource
import signal
import sys
import threading
from typing import Any, TextIO

MEGABYTE = 2**20
DEEPEST = 6000
"""Recursion limit: sympy recurses on the depth of expressions."""


def serve() -> None:
    """Answer problems until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the owner, who ends this process where it must
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer
    problems: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(problems,), daemon=True).start()
    sys.setrecursionlimit(DEEPEST)
    import abduce.solvers.sympy_commands  # noqa: F401 - so that the first problem finds it there

    while True:
        _tell(answers, _answer(json.loads(problems.get())))


def _read(problems: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        problems.put(line)
    os._exit(0)


def _tell(answers: TextIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _answer(problem: dict[str, Any]) -> dict[str, Any]:
    from abduce.solvers.sympy_commands import run, run_radicals
    from abduce.solvers.sympy_stages import Clock

    clock = Clock(problem["timeout_s"])
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = problem["memory_mb"] * MEGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    try:
        if problem["command"] == "radicals":
            return run_radicals(problem["coefficients"], problem["index"], clock)
        return run(problem["command"], problem["arguments"], problem["unknowns"], clock)
    except MemoryError:
        return {"reason": "memory"}
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
