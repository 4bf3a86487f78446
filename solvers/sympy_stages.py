"""Stages of a computation that each may take a share of the time; what takes longer is abandoned."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")
FAILURES = (
    ArithmeticError, ValueError, TypeError, NotImplementedError, AttributeError, LookupError, RecursionError,
    AssertionError, RuntimeError,
)  # fmt: skip
"""What sympy raises where a way does not work out, bugs of its own among them: another way is tried."""
AGAIN_S = 0.05


class _StageOverError(BaseException):
    """A stage took too long; not an `Exception`, as sympy catches those here and there."""


class Clock:
    """The time of one problem, in the main thread of a process of its own.

    Args:
        limit_s: Seconds from now.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._until = time.monotonic() + limit_s
        self._armed = False
        self.short_of_time = False
        """Whether a stage needed more time than it had."""
        self.short_of_memory = False
        """Whether a stage needed more memory than there is."""

    @property
    def left_s(self) -> float:
        """Seconds that are left."""
        return max(0.0, self._until - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether no time is left that is worth a try."""
        return self.left_s < 2 * AGAIN_S

    @property
    def was_too_short(self) -> bool:
        """Whether more time may have helped: a stage was cut short, and half of the time is gone."""
        return self.short_of_time and self.left_s < self._limit_s / 2

    def stage(self, action: Callable[[], T], share: float = 1.0) -> T | None:
        """Return what an action returns; None where it does not work, or takes too much time or memory.

        Args:
            action: What to do.
            share: Which share of the time left it may take.
        """
        if self.over:
            self.short_of_time = True
            return None
        before = signal.signal(signal.SIGALRM, self._ring)
        try:
            self._armed = True
            # again and again, as code that runs while something is torn down swallows what is raised in it
            signal.setitimer(signal.ITIMER_REAL, max(self.left_s * share, AGAIN_S), AGAIN_S)
            try:
                return action()
            finally:
                self._armed = False
        except MemoryError:
            self.short_of_memory = True
            return None
        except _StageOverError:
            self.short_of_time = True
            return None
        except FAILURES:
            return None
        finally:
            self._armed = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def _ring(self, _: int, __: FrameType | None) -> Any:
        if self._armed:
            raise _StageOverError
