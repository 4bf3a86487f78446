"""Independent random generators from one seed."""

from __future__ import annotations

import numpy as np


def seeded(seed: int, *purpose: int) -> np.random.Generator:
    """Return a generator that depends on a seed, which may be negative, and on what it is for."""
    return np.random.default_rng([seed % 2**64, *purpose])
