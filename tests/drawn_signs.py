"""Images of simple signs, drawn for the tests."""

from __future__ import annotations

import numpy as np

from abduce.perception.images import Picture

SIGNS = ("ring", "bar", "pole", "cross", "corner")


def drawn(sign: int, rng: np.random.Generator, *, side: int = 20, thickness: float = 1.3) -> Picture:
    """Return one sign of `SIGNS`, light on dark, in a hand that varies, `(side, side)`."""
    down, across = np.mgrid[0:side, 0:side] - (side - 1) / 2 + rng.normal(0, 0.6, (2, 1, 1))
    turn, reach = rng.normal(0, 0.12), side * rng.uniform(0.32, 0.42)
    x, y = across * np.cos(turn) + down * np.sin(turn), down * np.cos(turn) - across * np.sin(turn)
    bar = np.maximum(np.abs(y), np.abs(x) - reach)
    pole = np.maximum(np.abs(x), np.abs(y) - reach)
    ring = np.abs(np.hypot(x, y * rng.uniform(0.8, 1.2)) - reach)
    corner = np.minimum(
        np.maximum(np.abs(y - reach), np.abs(x) - reach), np.maximum(np.abs(x + reach), np.abs(y) - reach)
    )
    distance = (ring, bar, pole, np.minimum(bar, pole), corner)[sign]
    ink = np.clip(thickness * rng.uniform(0.8, 1.3) + 0.5 - distance, 0, 1)
    return (255 * ink).astype(np.uint8)


def many(count: int, seed: int, *, signs: int = len(SIGNS)) -> tuple[Picture, np.ndarray]:
    """Return images `(count, side, side)` of signs that take turns, and which each is."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % signs
    return np.stack([drawn(int(sign), rng) for sign in labels]), labels
