"""Answers given one at a time, with word at the end whether they were all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager

from abduce.errors import UsageError
from abduce.reasoning.queries.answer_values import AnswerValue
from abduce.reasoning.queries.verdicts import Result
from abduce.solvers.base import Reason

Row = Mapping[str, AnswerValue]
FIRST, GROWTH = 100, 8
"""How many answers are found at first, and how many times more each time that these were not enough."""


class FoundRows:
    """Answers that were found at once.

    Attributes:
        complete: Whether they are all.
        reason: Why they may not be all.
    """

    def __init__(self, found: Result) -> None:
        self.complete: bool | None = found.complete
        self.reason: Reason | None = found.reason
        self._rows = iter(found.answers)

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        return next(self._rows)


class GrowingRows:
    """Answers found in portions, each `GROWTH` times as large as all before it, so that the first come soon.

    Args:
        first: The first portion, of `FIRST` answers.
        more: Called with how many answers are wanted and how many seconds are left; finds them all again.
        left_s: How many seconds are left for finding more.
    """

    def __init__(self, first: Result, more: Callable[[int, float], Result], left_s: float) -> None:
        self.complete: bool | None = None
        self.reason: Reason | None = None
        self._more, self._left_s, self._most = more, left_s, FIRST
        self._given: set[tuple[AnswerValue, ...]] = set()
        self._ready = self._new(first)

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        while True:
            for row in self._ready:
                return row
            if self.complete is not None:
                raise StopIteration
            self._most *= GROWTH
            began = time.monotonic()
            found = self._more(self._most, self._left_s)
            self._left_s -= time.monotonic() - began
            self._ready = self._new(found)
            if found.complete or found.reason is not None:
                self.complete, self.reason = found.complete, found.reason
            elif self._left_s <= 0:
                self.complete, self.reason = False, Reason.TIMEOUT

    def _new(self, found: Result) -> Iterator[Row]:
        for row in found.answers:
            values = tuple(row.values())
            if values not in self._given:
                self._given.add(values)
                yield row


class AnswerStream:
    """Answers to one query, each found when it is asked for.

    Args:
        rows: Where they come from; has `complete` and `reason` where it can tell.
        lock: Held while an answer is found.
        running: Entered while an answer is found.
        is_current: Tells whether the premises are still those that the query was put to.
    """

    def __init__(
        self,
        rows: Iterator[Row],
        lock: threading.RLock,
        running: AbstractContextManager[None],
        is_current: Callable[[], bool] = lambda: True,
    ) -> None:
        self._rows, self._lock, self._running, self._is_current = rows, lock, running, is_current

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        with self._lock, self._running:
            if not self._is_current() and not isinstance(self._rows, FoundRows):
                raise UsageError("what is known changed while answers were being read: ask again")
            return next(self._rows)

    @property
    def complete(self) -> bool | None:
        """Whether the answers given are all there are: None while there may be more."""
        return getattr(self._rows, "complete", None)

    @property
    def possible(self) -> bool:
        """Whether they are values that unknowns of the premises leave possible, and not entailed by them."""
        return getattr(self._rows, "are_possible", False)

    @property
    def reason(self) -> Reason | None:
        """Why the answers may not be all, where the search has ended."""
        return getattr(self._rows, "reason", None)
