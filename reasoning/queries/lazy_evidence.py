"""What all evidence has in common that is made when it is looked at first: one lock, one budget, one check."""

from __future__ import annotations

import threading

from abduce.reasoning.queries.budgets import Budget
from abduce.reasoning.queries.verdicts import Checked
from abduce.reasoning.rules.bounds import OutOfBounds


class LazyEvidence:
    """Evidence that is checked once, within what is left of a query's time.

    Args:
        budget: What is left of it.
        check: Whether to check.
        checked: How it was checked already.
    """

    def __init__(self, budget: Budget, *, check: bool, checked: Checked | None = None) -> None:
        self._budget, self._check, self._checked = budget, check, checked
        self._lock = threading.RLock()
        self._unmade = ""

    def checked(self) -> Checked:
        """Return how the evidence was checked."""
        with self._lock, self._budget:
            if self._checked is None:
                try:
                    self._checked = self._found_checked() if self._check else Checked.UNCHECKED
                except OutOfBounds:
                    self._checked = Checked.UNCHECKED
            return self._checked

    def unmade(self) -> str:
        """Say what was not made within the limits."""
        return self._unmade

    def _found_checked(self) -> Checked:
        """Check the evidence; raises `OutOfBounds` where there is no time."""
        raise NotImplementedError
