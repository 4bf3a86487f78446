"""Ctrl-C and time limits: turned into a reason to stop, so that what was done is kept."""

from __future__ import annotations

import signal
import sys
import threading
import time
from types import FrameType, TracebackType

INTERRUPTED = "interrupted"
TIME_LIMIT = "time limit"
RESERVED_SHARE = 0.3
LEAST_RESERVED_S = 1.0
MOST_RESERVED_S = 60.0
LAST_MOMENT_S = 0.4
AGAIN_S = 0.05


class OutOfTime(BaseException):
    """The whole time is over; not an `Exception`, so that nothing on the way catches it."""


class Stopper:
    """Says why to stop, once there is a reason; for a `with` statement.

    The first Ctrl-C is a reason to stop, a second one aborts. Of a time limit a part is reserved for testing and
    saving what was learned; when all but the last moment of it is over, `OutOfTime` is raised.

    Args:
        limit_s: Wall seconds for the whole command, None for no limit.
        started: When the command began, on the monotonic clock.
    """

    def __init__(self, limit_s: float | None, started: float) -> None:
        self.interrupted = False
        self.limit_s = limit_s
        self.started = started
        self.deadline = float("inf")
        if limit_s is not None:
            reserved = min(MOST_RESERVED_S, max(LEAST_RESERVED_S, RESERVED_SHARE * limit_s))
            self.deadline = started + max(0.0, limit_s - reserved)
        self._before: dict[int, object] = {}

    def __call__(self) -> str | None:
        """Return the reason to stop learning, None as long as there is none."""
        if self.interrupted:
            return INTERRUPTED
        return TIME_LIMIT if time.monotonic() > self.deadline else None

    def __enter__(self) -> Stopper:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._on_interrupt)
            if self.limit_s is not None:
                self._before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._on_alarm)
                left = self.started + self.limit_s - LAST_MOMENT_S - time.monotonic()
                signal.setitimer(signal.ITIMER_REAL, max(left, 0.001))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.rest()
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def rest(self) -> None:
        """Let the last moment pass without an alarm: what is under way is only to be written."""
        signal.setitimer(signal.ITIMER_REAL, 0.0)

    def _on_interrupt(self, number: int, frame: FrameType | None) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        self.interrupted = True
        print("\nstopping and keeping what was done; again to abort", file=sys.stderr, flush=True)

    def _on_alarm(self, number: int, frame: FrameType | None) -> None:
        if _importing(frame):  # not every library survives an exception while it is loaded
            signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
            return
        raise OutOfTime


def _importing(frame: FrameType | None) -> bool:
    """Return whether a module is being imported."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
