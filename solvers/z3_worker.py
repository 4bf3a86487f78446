"""A thread of its own for calls into Z3, so that whoever waits for them keeps the limits, whatever Z3 does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

from z3 import z3core

from abduce.solvers.base import Limits, Reason

T = TypeVar("T")

POLL_S = 0.02
"""How often memory and interrupts are looked at, in seconds."""
INSIST_S = 0.01
"""How often an interrupt is repeated until it is heard, in seconds."""
PATIENCE_S = 0.15
"""How long an interrupted call may take to end before it is left behind, in seconds."""
STACK_BYTES = 512 * 2**20
"""Z3 recurses on some of what it is given: address space, taken only as it is used."""


class Job(Generic[T]):
    """One call: what it gave, once it is done."""

    def __init__(self, call: Callable[[], T]) -> None:
        self.call = call
        self.done = threading.Lock()
        self.done.acquire()
        self.stopping: Reason | None = None
        self.result: T | None = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self.call()
        except BaseException as error:  # handed to the one who waits, who raises it
            self.error = error
        finally:
            del self.call
            self.done.release()


class Left(Exception):
    """The call did not end in time and was left behind; nothing that it uses may be touched again."""


class Worker:
    """A thread that does one job at a time."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Job[object] | None] = SimpleQueue()
        previous = threading.stack_size(STACK_BYTES)
        try:
            threading.Thread(target=_serve, args=(self._jobs,), daemon=True, name="z3").start()
        finally:
            threading.stack_size(previous)

    def run(self, job: Job[T], interrupt: Callable[[], None], limits: Limits, base_bytes: int) -> T:
        """Do a job within limits.

        Args:
            job: The job; its `stopping` is set to why it was told to stop, where it was.
            interrupt: Tells it to stop; called again and again until it does.
            limits: Time and memory.
            base_bytes: What Z3 held before, in bytes.

        Raises:
            Left: It went on after it was told to stop.
        """
        self._jobs.put(job)  # type: ignore[arg-type]
        try:
            self._wait(job, interrupt, limits, base_bytes)
        except BaseException:
            # A signal handler raised in the wait: the call must end before anyone goes on.
            job.stopping = job.stopping or Reason.INTERRUPTED
            _insist(job, interrupt)
            raise
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[return-value]

    def close(self) -> None:
        """Let the thread end when its job does."""
        self._jobs.put(None)

    @staticmethod
    def _wait(job: Job[T], interrupt: Callable[[], None], limits: Limits, base_bytes: int) -> None:
        deadline = time.monotonic() + limits.timeout_s
        most_bytes = base_bytes + limits.memory_mb * 2**20
        left_s = limits.timeout_s
        while not job.done.acquire(timeout=max(min(left_s, POLL_S), 0)):
            left_s = deadline - time.monotonic()
            if left_s <= 0 and job.stopping is None:
                job.stopping = Reason.TIMEOUT
            if job.stopping is None and z3core.Z3_get_estimated_alloc_size() > most_bytes:
                job.stopping = Reason.MEMORY
            if job.stopping is not None:
                if not _insist(job, interrupt):
                    raise Left
                return


def _insist(job: Job[T], interrupt: Callable[[], None]) -> bool:
    """Interrupt a job until it ends; False where it does not in `PATIENCE_S`."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if job.done.acquire(timeout=0):
            return True
        interrupt()
        if job.done.acquire(timeout=INSIST_S):
            return True
    return False


def _serve(jobs: SimpleQueue[Job[object] | None]) -> None:
    while (job := jobs.get()) is not None:
        job.run()
        del job
