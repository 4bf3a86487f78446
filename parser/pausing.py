"""Long work that others share a machine with: the collector of cycles paused, and pauses in which it can be stopped."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypeVar

T = TypeVar("T")
LOOK: Final = 256
"""After how many items to look up."""

_LOOK: ContextVar[Callable[[], None] | None] = ContextVar("look", default=None)


@contextmanager
def watched(look: Callable[[], None]) -> Iterator[None]:
    """Have what is done meanwhile look up now and then: what `look` raises stops it, between two statements.

    Who watches from further out is asked first.
    """
    outer = _LOOK.get()

    def both() -> None:
        if outer is not None:
            outer()
        look()

    token = _LOOK.set(both)
    try:
        yield
    finally:
        _LOOK.reset(token)


def pause() -> None:
    """Look up from long work, where somebody watches it."""
    look = _LOOK.get()
    if look is not None:
        look()


def unhurried(items: Iterable[T]) -> Iterator[T]:
    """Yield items, with pauses."""
    for number, item in enumerate(items):
        if not number % LOOK:
            pause()
        yield item


@contextmanager
def without_collections() -> Iterator[None]:
    """Pause the collector of cycles; what is built meanwhile must hold none.

    Its passes over a hundred thousand live facts take up to half of the time. Threads may overlap here: whoever
    found it running sets it going again.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
