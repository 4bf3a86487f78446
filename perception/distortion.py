"""Distortion of images: the same symbol in another hand, for training."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

COARSE = 5
"""Points a side of the grid on which elastic displacements are drawn."""


@dataclass(frozen=True, slots=True)
class Distortion:
    """How strongly images are distorted; each figure is the standard deviation of a normal distribution.

    Attributes:
        turn: Rotation in radians.
        slant: Shear.
        stretch: Logarithm of the scale of each axis.
        shift: Translation, in halves of the image's side.
        elastic: Displacement of the points of a coarse grid, in halves of the image's side.
        weight: Logarithm of the exponent of the brightness, which makes strokes heavier or lighter.
    """

    turn: float = 0.10
    slant: float = 0.12
    stretch: float = 0.08
    shift: float = 0.05
    elastic: float = 0.06
    weight: float = 0.25

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Return images `(images, 1, h, w)` distorted, each in its own way."""
        count, _, height, width = images.shape

        def drawn(*shape: int) -> Tensor:
            return torch.randn(*shape, generator=generator)

        turn, slant = self.turn * drawn(count), self.slant * drawn(count)
        across, down = (self.stretch * drawn(count)).exp(), (self.stretch * drawn(count)).exp()
        rows = [
            torch.stack([across * turn.cos(), down * (slant * turn.cos() - turn.sin())], dim=1),
            torch.stack([across * turn.sin(), down * (slant * turn.sin() + turn.cos())], dim=1),
        ]
        matrix = torch.cat([torch.stack(rows, dim=1), self.shift * drawn(count, 2, 1)], dim=2)
        grid = functional.affine_grid(matrix, [count, 1, height, width], align_corners=False)
        bumps = self.elastic * drawn(count, 2, COARSE, COARSE)
        bumps = functional.interpolate(bumps, (height, width), mode="bicubic", align_corners=True)
        warped = functional.grid_sample(images, grid + bumps.permute(0, 2, 3, 1), align_corners=False)
        exponent = (self.weight * drawn(count, 1, 1, 1)).exp()
        return warped.clamp(1e-6, 1).pow(exponent)
