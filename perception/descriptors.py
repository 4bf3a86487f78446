"""Descriptors of images: which way the strokes run where, without any learning."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from abduce.perception.images import Images

DIRECTIONS = 12
CELL, REACH, SPREAD = 4, 4, 2.0
"""Pixels between the places where directions are counted; how far a pixel counts, and with what deviation."""
SMOOTHING = (1.0, 4.0, 6.0, 4.0, 1.0)
AT_ONCE = 1024


def stroke_descriptors(images: Images) -> NDArray[np.float32]:
    """Return histograms of the brightness gradients' directions around the points of a grid, of unit length.

    Args:
        images: Normalised images, `(images, side, side)`.

    Returns:
        `(images, DIRECTIONS * points)`. Square roots of the counts are taken, so that Euclidean distances are
        Hellinger distances of the histograms. An image without ink is 0.

    Source:
        Dalal & Triggs, Histograms of oriented gradients, CVPR 2005; square roots after Arandjelovic & Zisserman,
        CVPR 2012.
    """
    rows = [_described(part) for part in _parts(images)]
    return torch.cat(rows).numpy() if rows else np.zeros((0, 0), dtype=np.float32)


def _parts(images: Images) -> Iterator[Tensor]:
    for start in range(0, len(images), AT_ONCE):
        yield torch.from_numpy(np.ascontiguousarray(images[start : start + AT_ONCE], dtype=np.float32))[:, None]


def _described(images: Tensor) -> Tensor:
    smooth = _separable(images, torch.tensor(SMOOTHING) / sum(SMOOTHING))
    padded = functional.pad(smooth, (1, 1, 1, 1))
    across = padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]
    down = padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]
    direction = torch.atan2(down, across) * (DIRECTIONS / (2 * math.pi))
    bins = torch.arange(DIRECTIONS).view(1, -1, 1, 1)
    apart = (direction - bins + DIRECTIONS / 2) % DIRECTIONS - DIRECTIONS / 2
    votes = torch.hypot(across, down) * (1 - apart.abs()).clamp(min=0)
    bell = torch.exp(-((torch.arange(2 * REACH + 1) - REACH) ** 2) / (2 * SPREAD**2))
    counts = _separable(votes, bell / bell.sum(), stride=CELL).flatten(1).clamp(min=0).sqrt()
    found: Tensor = counts / counts.norm(dim=1, keepdim=True).clamp(min=1e-6)
    return found


def _separable(images: Tensor, kernel: Tensor, stride: int = 1) -> Tensor:
    """Return images `(n, channels, h, w)` convolved with one kernel along each axis."""
    channels, half = images.shape[1], len(kernel) // 2
    flat = kernel.view(1, 1, 1, -1).repeat(channels, 1, 1, 1)
    wide = functional.conv2d(images, flat, padding=(0, half), stride=(1, stride), groups=channels)
    upright = flat.transpose(2, 3)
    return functional.conv2d(wide, upright, padding=(half, 0), stride=(stride, 1), groups=channels)
