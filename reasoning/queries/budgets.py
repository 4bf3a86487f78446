"""Time spent in pieces: evidence is made piece by piece, when it is looked at, and all pieces share one limit."""

from __future__ import annotations

import time
from types import TracebackType

from abduce.solvers.base import Limits

LEAST_SHARE = 0.1
"""Share of a query's time that its evidence gets at least."""
LEAST_S = 0.001


class Budget:
    """What is left of a time limit; entered while something is done that counts.

    Args:
        limits: Of the query.
        used_s: What of its time the query itself took.
    """

    def __init__(self, limits: Limits, used_s: float = 0.0) -> None:
        self._left_s = max(limits.timeout_s - used_s, LEAST_SHARE * limits.timeout_s)
        self._memory_mb = limits.memory_mb
        self._entered: list[float] = []

    def limits(self, share: float = 1.0) -> Limits:
        """Return the limits on what is to be done next: a share of what is left."""
        gone_s = time.monotonic() - self._entered[0] if self._entered else 0.0
        return Limits(max((self._left_s - gone_s) * share, LEAST_S), self._memory_mb)

    def __enter__(self) -> None:
        self._entered.append(time.monotonic())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        began = self._entered.pop()
        if not self._entered:
            self._left_s -= time.monotonic() - began
