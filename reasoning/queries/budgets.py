"""Time spent in pieces: evidence is made piece by piece, when it is looked at, and all pieces share one limit."""

from __future__ import annotations

import time
from contextlib import ExitStack
from types import TracebackType

from abduce.parser.pausing import watched
from abduce.reasoning.queries.stopping import Stopping
from abduce.reasoning.rules.bounds import OutOfBounds
from abduce.solvers.base import Limits, Reason

LEAST_S = 0.001
NOT_IN_TIME = "there was no time left to make the reasons"


class Budget:
    """What is left of a time limit; entered while something is done that counts, which it then stops at the end.

    Args:
        limits: Of the query.
        used_s: What of its time the query itself took.
        stopping: The wish to stop.
    """

    def __init__(self, limits: Limits, used_s: float = 0.0, stopping: Stopping | None = None) -> None:
        self.stopping = stopping or Stopping()
        self._left_s = limits.timeout_s - used_s
        self._memory_mb = limits.memory_mb
        self._entered: list[float] = []
        self._watch = ExitStack()

    def limits(self, share: float = 1.0) -> Limits:
        """Return the limits on what is to be done next: a share of what is left."""
        return Limits(max(self._now_left_s() * share, LEAST_S), self._memory_mb)

    def _now_left_s(self) -> float:
        return self._left_s - (time.monotonic() - self._entered[0] if self._entered else 0.0)

    def look(self) -> None:
        """Go on where there is time.

        Raises:
            OutOfBounds: There is none, or somebody wishes to stop.
        """
        if self.stopping.requested():
            raise OutOfBounds(Reason.INTERRUPTED)
        if self._now_left_s() <= 0:
            raise OutOfBounds(Reason.TIMEOUT)

    def __enter__(self) -> None:
        if not self._entered:
            self._watch.enter_context(self.stopping)
            self._watch.enter_context(watched(self.look))
        self._entered.append(time.monotonic())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        began = self._entered.pop()
        if not self._entered:
            self._left_s -= time.monotonic() - began
            self._watch.close()
