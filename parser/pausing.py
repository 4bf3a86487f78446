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
NEVER: Final = 1 << 30
"""After how many lesser collections of cycles all objects are looked at: practically never."""

_LOOK: ContextVar[Callable[[], None] | None] = ContextVar("look", default=None)


@contextmanager
def watched(look: Callable[[], None]) -> Iterator[None]:
    """Have what is done meanwhile look up now and then: what `look` raises stops it, between two statements.

    Who watches from further out is asked first. No full collection holds it up meanwhile.
    """
    outer = _LOOK.get()

    def both() -> None:
        if outer is not None:
            outer()
        look()

    token = _LOOK.set(both)
    try:
        with without_full_collections():
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
def without_full_collections() -> Iterator[None]:
    """Put off the collector's passes over all there is: over a million live objects they take a second, unstoppably.

    What is short-lived is still collected. Threads may overlap here: who put them off lets them be again.
    """
    young, middle, old = gc.get_threshold()
    if old == NEVER:
        yield
        return
    gc.set_threshold(young, middle, NEVER)
    try:
        yield
    finally:
        gc.set_threshold(young, middle, old)


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
