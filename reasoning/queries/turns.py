"""One query to premises, within limits: what it has, how much time is left, and whether somebody wishes to stop."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from abduce.reasoning.queries.budgets import Budget
from abduce.reasoning.queries.stopping import Stopping
from abduce.reasoning.queries.workspace import Workspace
from abduce.reasoning.rules.bounds import OutOfBounds
from abduce.solvers.base import Limits, Reason

LEAST_S = 0.01


@dataclass(frozen=True, slots=True)
class Turn:
    """One query to premises within limits.

    Attributes:
        workspace: The premises.
        limits: On the query.
        stopping: The wish to stop.
        check: How evidence is checked.
        began: When its time began, by the performance counter.
    """

    workspace: Workspace
    limits: Limits
    stopping: Stopping
    check: str = "fast"
    began: float = field(default_factory=time.perf_counter)

    def interrupted(self) -> bool:
        """Tell whether to stop."""
        return self.stopping.requested()

    def used_s(self) -> float:
        """Return how much of its time is gone."""
        return time.perf_counter() - self.began

    def look(self) -> None:
        """Go on where there is time.

        Raises:
            OutOfBounds: There is none, or somebody wishes to stop.
        """
        if self.interrupted():
            raise OutOfBounds(Reason.INTERRUPTED)
        if self.used_s() >= self.limits.timeout_s:
            raise OutOfBounds(Reason.TIMEOUT)

    def left(self) -> Limits:
        """Return the limits on what is left to do of a query."""
        return Limits(max(self.limits.timeout_s - self.used_s(), LEAST_S), self.limits.memory_mb)

    def budget(self) -> Budget:
        """Return what is left for the evidence."""
        return Budget(self.limits, self.used_s(), self.stopping)
