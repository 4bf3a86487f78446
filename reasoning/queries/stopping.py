"""The wish to stop what is running, and the solvers that have to be told."""

from __future__ import annotations

import threading
import weakref
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from abduce.solvers.z3_backend import Z3Session


class Interruptible(Protocol):
    """What can be stopped from another thread."""

    def interrupt(self) -> None:
        """Stop what is running; nothing where nothing is."""
        ...


I = TypeVar("I", bound=Interruptible)  # noqa: E741


class Stopping:
    """A wish to stop the query that is running; it ends with that query.

    Where none is running, the wish is forgotten, so that an interrupt that comes late stops nothing else. Entered
    while a query runs; queries inside queries count as one.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._running: weakref.WeakSet[Interruptible] = weakref.WeakSet()

    def request(self) -> None:
        """Wish it."""
        if not self._depth:
            return
        self._wanted.set()
        # A signal handler may come while the lock is held by the thread it interrupts; solvers poll as well then.
        if self._lock.acquire(timeout=0.05):
            try:
                running = list(self._running)
            finally:
                self._lock.release()
            for one in running:
                one.interrupt()

    def requested(self) -> bool:
        """Tell whether it is wished."""
        return self._wanted.is_set()

    def watched(self, solver: I) -> I:
        """Return a solver that is told to stop when that is wished."""
        with self._lock:
            self._running.add(solver)
        return solver

    def session(self) -> Z3Session:
        """Return a new session of Z3's that is told to stop when that is wished."""
        from abduce.solvers.z3_backend import Z3Session

        return self.watched(Z3Session())

    def __enter__(self) -> None:
        with self._lock:
            if not self._depth:
                self._wanted.clear()
            self._depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._depth -= 1
            if not self._depth:
                self._wanted.clear()
