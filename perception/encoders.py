"""Encoders of images: a small convolutional network from a symbol's image to what symbol it may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from abduce.errors import UsageError
from abduce.perception.calibration import fitting_temperature
from abduce.perception.distortion import Distortion
from abduce.perception.images import SIDE, Images

WIDTHS = (16, 32, 64)
HIDDEN = 128
DROPOUT = 0.2
READ_AT_ONCE = 256
LEAST_MASS = 1e-9

Posteriors = NDArray[np.floating]
"""How much each image counts as each symbol, `(images, symbols)`, not negative."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How an encoder is trained.

    Attributes:
        epochs: Passes over the images.
        batch: Images a step.
        rate: Highest learning rate; it rises to it at the start and falls to nothing.
        decay: Weight decay.
    """

    epochs: int = 12
    batch: int = 64
    rate: float = 4e-3
    decay: float = 1e-2


class SymbolNetwork(nn.Module):
    """Three convolutions, each halving the sides, and two full layers: images `(n, 1, h, w)` to logits.

    Args:
        symbols: How many symbols there may be.
        seed: Seed of the initial weights.
    """

    def __init__(self, symbols: int, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            layers: list[nn.Module] = []
            for inner, outer in zip((1, *WIDTHS), WIDTHS, strict=False):
                convolution = nn.Conv2d(inner, outer, 3, padding=1, bias=False)
                layers += [convolution, nn.BatchNorm2d(outer), nn.ReLU(), nn.MaxPool2d(2)]
            flat = WIDTHS[-1] * (SIDE // 2 ** len(WIDTHS)) ** 2
            self.features = nn.Sequential(*layers, nn.Flatten(), nn.Linear(flat, HIDDEN), nn.ReLU())
            self.logits = nn.Linear(HIDDEN, symbols)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # half again as fast on a CPU

    def forward(self, images: Tensor, kept: Tensor | None = None) -> Tensor:
        """Return logits `(n, symbols)`; `kept` masks and scales the hidden layer in training."""
        hidden = self.features(images)
        found: Tensor = self.logits(hidden if kept is None else hidden * kept)
        return found


class ImageEncoder:
    """From normalised images to log-probabilities of symbols, trained from how likely each is to be which.

    Args:
        symbols: How many symbols there may be.
        seed: Everything that is drawn is drawn from it.
    """

    def __init__(self, symbols: int, *, seed: int = 0) -> None:
        self.symbols = symbols
        self.seed = seed
        self.fits = 0
        self.temperature = 1.0
        self.network = SymbolNetwork(symbols, seed)

    @property
    def parameters(self) -> int:
        """How many weights are trained."""
        return sum(weight.numel() for weight in self.network.parameters())

    def fit_to_posteriors(
        self,
        images: Images,
        targets: Posteriors,
        weights: NDArray[np.floating] | None = None,
        *,
        schedule: Schedule | None = None,
        distortion: Distortion | None = None,
    ) -> float:
        """Train on, from where the last call ended.

        Args:
            images: Normalised images, `(images, side, side)`.
            targets: Expected counts, `(images, symbols)`: how often each image stands for each symbol. Rows need not
                sum to 1; an image whose row is 0 is left out.
            weights: How much each image's row counts beside, `(images,)`; 1 without.
            schedule: How long and how fast.
            distortion: How the images are distorted; a mild standard without.

        Returns:
            The mean cross-entropy of the last pass, in nats a count.

        Raises:
            UsageError: The shapes do not fit, a target is negative, or there is nothing to learn from.
        """
        schedule, distortion = schedule or Schedule(), distortion or Distortion()
        wanted = self._checked(images, targets, weights)
        used = np.flatnonzero(wanted.sum(axis=1) > LEAST_MASS)
        if not used.size:
            raise UsageError("no image counts for any symbol: give a target above 0 for one at least")
        wanted = wanted[used] / wanted[used].sum(axis=1).mean()
        pictures, counts = _as_tensor(images[used]), torch.from_numpy(wanted.astype(np.float32))
        generator = torch.Generator().manual_seed(self.seed * 1009 + self.fits)
        self.fits += 1
        optimiser = torch.optim.AdamW(self.network.parameters(), lr=schedule.rate, weight_decay=schedule.decay)
        steps = schedule.epochs * -(-len(used) // schedule.batch)
        rising = max(0.2, 2 / (steps + 1))  # torch divides by the steps of the rise but one
        pace = torch.optim.lr_scheduler.OneCycleLR(optimiser, schedule.rate, total_steps=steps + 1, pct_start=rising)
        loss = 0.0
        for _ in range(schedule.epochs):
            loss = self._epoch(pictures, counts, schedule.batch, distortion, generator, optimiser, pace)
        return loss

    def _checked(
        self, images: Images, targets: Posteriors, weights: NDArray[np.floating] | None
    ) -> NDArray[np.floating]:
        if images.ndim != 3 or targets.shape != (len(images), self.symbols):
            raise UsageError(
                f"targets must be (images, symbols) for {len(images)} images and {self.symbols} symbols; "
                f"got {targets.shape} for images {images.shape}"
            )
        if weights is not None and weights.shape != (len(images),):
            raise UsageError(f"weights must be one number for each of {len(images)} images; got {weights.shape}")
        wanted = targets if weights is None else targets * weights[:, None]
        if not np.isfinite(wanted).all() or (wanted < 0).any():
            raise UsageError("targets and weights must be finite and not negative")
        return wanted

    def _epoch(
        self,
        pictures: Tensor,
        counts: Tensor,
        batch: int,
        distortion: Distortion,
        generator: torch.Generator,
        optimiser: torch.optim.Optimizer,
        pace: torch.optim.lr_scheduler.LRScheduler,
    ) -> float:
        """Pass over the images once, in an order that is drawn; return the mean loss a count."""
        self.network.train()
        total = 0.0
        for chosen in torch.split(torch.randperm(len(pictures), generator=generator), batch):
            distorted = distortion(pictures[chosen], generator).contiguous(memory_format=torch.channels_last)
            kept = (torch.rand(len(chosen), HIDDEN, generator=generator) >= DROPOUT).float() / (1 - DROPOUT)
            logits = self.network(distorted, kept)
            loss = -(counts[chosen] * functional.log_softmax(logits, dim=1)).sum()
            optimiser.zero_grad()
            (loss / batch).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            pace.step()
            total += float(loss.detach())
        return total / float(counts.sum())

    # reading ------------------------------------------------------------------------------------------------

    def log_probs(self, images: Images) -> NDArray[np.float32]:
        """Return log-probabilities in nats, `(images, symbols)`, by the temperature that was fitted last."""
        logits = torch.from_numpy(self.logits(images)) / self.temperature
        found: NDArray[np.float32] = functional.log_softmax(logits, dim=1).numpy()
        return found

    def logits(self, images: Images) -> NDArray[np.float32]:
        """Return the network's scores before normalisation, `(images, symbols)`."""
        self.network.eval()
        with torch.no_grad():
            rows = [self.network(part) for part in _parts(images)]
        return torch.cat(rows).numpy() if rows else np.zeros((0, self.symbols), dtype=np.float32)

    def features(self, images: Images) -> NDArray[np.float32]:
        """Return the last hidden layer, `(images, HIDDEN)`: images alike to the network lie close together."""
        self.network.eval()
        with torch.no_grad():
            rows = [self.network.features(part) for part in _parts(images)]
        return torch.cat(rows).numpy() if rows else np.zeros((0, HIDDEN), dtype=np.float32)

    def calibrate(self, images: Images, targets: Posteriors, weights: NDArray[np.floating] | None = None) -> float:
        """Fit the temperature on images that were held out of training, and return it."""
        self.temperature = fitting_temperature(self.logits(images), self._checked(images, targets, weights))
        return self.temperature

    # state --------------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return tensors and plain data from which `from_state` makes the encoder again."""
        return {
            "symbols": self.symbols,
            "seed": self.seed,
            "fits": self.fits,
            "temperature": self.temperature,
            "network": self.network.state_dict(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> ImageEncoder:
        """Return the encoder that a state was taken from."""
        encoder = cls(state["symbols"], seed=state["seed"])
        encoder.fits, encoder.temperature = state["fits"], state["temperature"]
        encoder.network.load_state_dict(state["network"])
        return encoder


def _as_tensor(images: Images) -> Tensor:
    tensor = torch.from_numpy(np.ascontiguousarray(images, dtype=np.float32))[:, None]
    return tensor.contiguous(memory_format=torch.channels_last)


def _parts(images: Images) -> Iterator[Tensor]:
    return iter(torch.split(_as_tensor(images), READ_AT_ONCE)) if len(images) else iter(())
