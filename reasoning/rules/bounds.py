"""Bounds on the evaluation of rules: wall time, memory, and a wish to stop."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from abduce.reasoning.rules.emission import BUDGET
from abduce.reasoning.rules.relations import ROW_BYTES
from abduce.solvers.base import Limits, Reason


def never() -> bool:
    """Nobody wishes to stop."""
    return False


class OutOfBounds(Exception):
    """An evaluation reached a bound: the caller reports it.

    Attributes:
        reason: Which bound.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"rules were not evaluated to the end: {reason.value}")
        self.reason = reason


class Meter:
    """Counts work, and looks at the clock, the memory and the wish to stop now and then.

    Attributes:
        stored: About how many bytes are held.
    """

    def __init__(self, limits: Limits, interrupted: Callable[[], bool] = never) -> None:
        self.interrupted = interrupted
        self.stored = 0
        self._deadline = monotonic() + limits.timeout_s
        self._memory = limits.memory_mb * 1_000_000
        self._left = BUDGET
        self._paused = 0.0

    def check(self, pending: int = 0) -> int:
        """Look at the bounds; returns how many rows may be looked at before the next look.

        Args:
            pending: Rows that are derived but not stored.

        Raises:
            OutOfBounds: One is reached.
        """
        if monotonic() > self._deadline:
            raise OutOfBounds(Reason.TIMEOUT)
        if self.interrupted():
            raise OutOfBounds(Reason.INTERRUPTED)
        if self.stored + pending * ROW_BYTES > self._memory:
            raise OutOfBounds(Reason.MEMORY)
        return BUDGET

    def charge(self, amount: int) -> None:
        """Count some work; looks at the bounds when enough has come together."""
        self._left -= amount
        if self._left < 0:
            self._left = self.check()

    def pause(self) -> None:
        """Stop the clock."""
        self._paused = monotonic()

    def resume(self) -> None:
        """Let the clock run again."""
        self._deadline += monotonic() - self._paused
