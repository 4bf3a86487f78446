"""Pausing Python's search for cycles while a large text is read."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
