"""What something costs: CPU seconds, peak memory, and a fresh process in which neither is mixed with anything else."""

from __future__ import annotations

import gc
import multiprocessing
import os
import platform
import resource
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from abduce.errors import AbduceError

Found = TypeVar("Found")
REPEATS = 3


class FailedError(Exception):
    """What ran in a process of its own ended without a result; says why."""


def cpu_seconds(action: Callable[[], Found]) -> tuple[Found, float]:
    """Return what an action returns, and the CPU seconds that this process spent on it."""
    started = time.process_time()
    found = action()
    return found, time.process_time() - started


def least_cpu_seconds(action: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the CPU seconds of the fastest of some passes, garbage collection left out: for lower bounds."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return min(cpu_seconds(action)[1] for _ in range(repeats))
    finally:
        if collecting:
            gc.enable()


def warm_torch() -> None:
    """Import what torch leaves until a first optimiser is made, as this is no part of anyone's learning."""
    import torch

    torch.optim.Adam([torch.zeros(1, requires_grad=True)])


def peak_mb() -> float:
    """Return the most memory that this process has held so far, in MB; it never falls again."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def surroundings() -> dict[str, Any]:
    """Return what to know about the machine when reading times: other work on it, for one, makes them longer."""
    return {
        "cores": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 2),
        "platform": platform.platform(),
        "python": platform.python_version(),
    }


def fresh(action: Callable[..., Found], *arguments: Any) -> Found:
    """Return what a function returns in a process of its own, where memory and caches of earlier work do not count.

    Args:
        action: A function that can be imported by name.
        arguments: What it takes; these and the result can be pickled.

    Raises:
        AbduceError: The function raised one, for the user to mend something.
        FailedError: It raised something else, or the process ended without a result.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(theirs, action, arguments), daemon=True)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches both; this side ends the other
    try:
        process.start()
    finally:
        signal.signal(signal.SIGINT, before)
    theirs.close()
    try:
        result, error = ours.recv()
    except EOFError:
        process.join()
        raise FailedError(f"the measuring process ended without a result (exit code {process.exitcode})") from None
    finally:
        process.terminate()
        process.join()
        ours.close()
    if isinstance(error, AbduceError):
        raise error
    if error is not None:
        raise FailedError(f"{type(error).__name__}: {error}") from error
    found: Found = result
    return found


def _answer(connection: Connection, action: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        connection.send((action(*arguments), None))
    except Exception as error:
        connection.send((None, error))
