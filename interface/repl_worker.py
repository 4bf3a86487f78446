"""Runs what may take long beside the prompt, so that Ctrl-C stops it and leaves everything else as it was."""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from types import FrameType
from typing import Final, Generic, TypeVar

T = TypeVar("T")

POLL_S: Final = 0.02
"""How often to look whether Ctrl-C was pressed, in seconds."""
PATIENCE_S: Final = 2.0
"""How long a call may take to stop when it is told to, in seconds, before an exception is raised in its midst."""
GIVEN_UP_S: Final = 10.0
"""How long a call may take to stop altogether, in seconds, before it is left behind."""


class Interrupted(Exception):
    """Ctrl-C was pressed, and the call has stopped.

    Attributes:
        is_left_behind: Whether it has not, and still runs somewhere.
    """

    def __init__(self, *, is_left_behind: bool = False) -> None:
        super().__init__("interrupted")
        self.is_left_behind = is_left_behind


class _Job(Generic[T]):
    """A call, and what came of it."""

    def __init__(self, call: Callable[[], T]) -> None:
        self.call = call
        self.results: list[T] = []
        self.error: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()

    def run(self) -> None:
        try:
            self.results.append(self.call())
        except BaseException as error:  # handed to the one who waits, who raises it
            self.error = error
        finally:
            self.done.release()


class Worker:
    """A thread that does one call at a time, all of them the same thread: answers that come one by one go on in it.

    Attributes:
        is_pressed: Whether Ctrl-C was pressed; to be forgotten when the next entry begins.
    """

    def __init__(self) -> None:
        self.is_pressed = False
        self._jobs: SimpleQueue[_Job[object]] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def run(self, call: Callable[[], T], stop: Callable[[], None]) -> T:
        """Do a call and return what it returns; to be called in the main thread.

        Args:
            call: What is to be done.
            stop: Tells it to stop, from another thread; called again and again until it does.

        Raises:
            Interrupted: Ctrl-C was pressed in the meantime.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=_serve, args=(self._jobs,), daemon=True, name="queries")
            self._thread.start()
        job = _Job(call)
        previous = signal.signal(signal.SIGINT, self.press)
        try:
            if self.is_pressed:
                raise Interrupted
            self._jobs.put(job)  # type: ignore[arg-type]
            while not job.done.acquire(timeout=POLL_S):
                if self.is_pressed:
                    self._insist(job, stop)
                    raise Interrupted
        finally:
            signal.signal(signal.SIGINT, previous)
        if self.is_pressed:
            raise Interrupted
        if job.error is not None:
            raise job.error
        return job.results[0]

    def press(self, number: int = signal.SIGINT, frame: FrameType | None = None) -> None:
        """Note that Ctrl-C was pressed; may handle the signal."""
        self.is_pressed = True

    def _insist(self, job: _Job[T], stop: Callable[[], None]) -> None:
        """Tell a call to stop until it does.

        Raises:
            Interrupted: It does not; it is left behind, and the next call gets a thread of its own.
        """
        started = time.monotonic()
        raised_s = PATIENCE_S
        while (waited_s := time.monotonic() - started) < GIVEN_UP_S:
            stop()
            if job.done.acquire(timeout=POLL_S):
                return
            if waited_s >= raised_s:
                self._raise_inside()
                raised_s += PATIENCE_S
        self._jobs, self._thread = SimpleQueue(), None
        raise Interrupted(is_left_behind=True)

    def _raise_inside(self) -> None:
        """Raise an exception in the thread, for calls that never look whether to stop."""
        if self._thread is not None and self._thread.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self._thread.ident), ctypes.py_object(KeyboardInterrupt)
            )


def _serve(jobs: SimpleQueue[_Job[object]]) -> None:
    while True:
        try:
            jobs.get().run()
        except KeyboardInterrupt:  # raised for a call that had just ended
            continue
