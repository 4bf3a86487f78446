"""Encoders of images: small convolutional networks from a symbol's image to what symbol it may be."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
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
RISING, LOWEST_PACE = 0.2, 0.04
READ_AT_ONCE = 256
APART = 7919
"""From the seed of one network to that of the next."""
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
    """Three pairs of convolutions, each halving the sides, and two full layers: images `(n, 1, h, w)` to logits.

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
                layers += [*_convolution(inner, outer), *_convolution(outer, outer), nn.MaxPool2d(2)]
            flat = WIDTHS[-1] * (SIDE // 2 ** len(WIDTHS)) ** 2
            self.features = nn.Sequential(*layers, nn.Flatten(), nn.Linear(flat, HIDDEN), nn.ReLU())
            self.logits = nn.Linear(HIDDEN, symbols)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # half again as fast on a CPU

    def forward(self, images: Tensor, kept: Tensor | None = None) -> Tensor:
        """Return logits `(n, symbols)`; `kept` masks and scales the hidden layer in training."""
        hidden = self.features(images)
        found: Tensor = self.logits(hidden if kept is None else hidden * kept)
        return found


def _convolution(inner: int, outer: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(inner, outer, 3, padding=1, bias=False), nn.BatchNorm2d(outer), nn.ReLU()


class ImageEncoder:
    """From normalised images to log-probabilities of symbols, trained from how likely each is to be which.

    Args:
        symbols: How many symbols there may be.
        seed: Everything that is drawn is drawn from it.
        members: How many networks are trained, each from weights of its own; their probabilities are averaged.
    """

    def __init__(self, symbols: int, *, seed: int = 0, members: int = 1) -> None:
        self.symbols = symbols
        self.seed = seed
        self.fits = 0
        self.temperature = 1.0
        self.networks = [SymbolNetwork(symbols, seed + APART * member) for member in range(members)]

    @property
    def parameters(self) -> int:
        """How many weights are trained."""
        return sum(weight.numel() for network in self.networks for weight in network.parameters())

    def fit_to_posteriors(
        self,
        images: Images,
        targets: Posteriors,
        *,
        schedule: Schedule | None = None,
        distortion: Distortion | None = None,
        after_epoch: Callable[[int, int], None] = lambda done, of: None,
    ) -> float:
        """Train on, from where the last call ended.

        Args:
            images: Normalised images, `(images, side, side)`.
            targets: Expected counts, `(images, symbols)`: how often each image stands for each symbol. Rows need not
                sum to 1; an image whose row is 0 is left out.
            schedule: How long and how fast.
            distortion: How the images are distorted; a mild standard without.
            after_epoch: Called with how many passes are done, and of how many; may raise to stop.

        Returns:
            The mean cross-entropy of the last passes, in nats a count.

        Raises:
            UsageError: The shapes do not fit, a target is negative, or there is nothing to learn from.
        """
        schedule, distortion = schedule or Schedule(), distortion or Distortion()
        wanted = self._checked(images, targets)
        used = np.flatnonzero(wanted.sum(axis=1) > LEAST_MASS)
        if not used.size:
            raise UsageError("no image counts for any symbol: give a target above 0 for one at least")
        wanted = wanted[used] / wanted[used].sum(axis=1).mean()
        pictures, counts = _as_tensor(images[used]), torch.from_numpy(wanted.astype(np.float32))
        steps = schedule.epochs * -(-len(used) // schedule.batch)
        loss = 0.0
        for member, network in enumerate(self.networks):
            generator = torch.Generator().manual_seed((self.seed + APART * member) * 1009 + self.fits)
            training = _Training(network, schedule, distortion, generator, steps)
            last = 0.0
            for epoch in range(schedule.epochs):
                last = training.epoch(pictures, counts)
                after_epoch(member * schedule.epochs + epoch + 1, len(self.networks) * schedule.epochs)
            loss += last / len(self.networks)
        self.fits += 1
        return loss

    def _checked(self, images: Images, targets: Posteriors) -> Posteriors:
        if images.ndim != 3 or targets.shape != (len(images), self.symbols):
            raise UsageError(
                f"targets must be (images, symbols) for {len(images)} images and {self.symbols} symbols; "
                f"got {targets.shape} for images {images.shape}"
            )
        if not np.isfinite(targets).all() or (targets < 0).any():
            raise UsageError("targets must be finite and not negative")
        return targets

    # reading ------------------------------------------------------------------------------------------------

    def log_probs(self, images: Images) -> NDArray[np.float32]:
        """Return log-probabilities in nats, `(images, symbols)`, by the temperature that was fitted last."""
        logits = torch.from_numpy(self.logits(images)) / self.temperature
        found: NDArray[np.float32] = functional.log_softmax(logits, dim=1).numpy()
        return found

    def logits(self, images: Images) -> NDArray[np.float32]:
        """Return scores of symbols, `(images, symbols)` nats, normalised only where several networks are averaged."""
        rows = [torch.stack([_read(network, part) for network in self.networks]) for part in _parts(images)]
        if not rows:
            return np.zeros((0, self.symbols), dtype=np.float32)
        scores = torch.cat(rows, dim=1)
        if len(scores) > 1:
            scores = functional.log_softmax(scores, dim=2).logsumexp(dim=0, keepdim=True) - math.log(len(scores))
        found: NDArray[np.float32] = scores[0].numpy()
        return found

    def calibrate(self, images: Images, targets: Posteriors) -> float:
        """Fit the temperature on images that were held out of training, and return it."""
        self.temperature = fitting_temperature(self.logits(images), self._checked(images, targets))
        return self.temperature

    # state --------------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return tensors and plain data from which `from_state` makes the encoder again."""
        return {
            "symbols": self.symbols,
            "seed": self.seed,
            "fits": self.fits,
            "temperature": self.temperature,
            "networks": [network.state_dict() for network in self.networks],
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> ImageEncoder:
        """Return the encoder that a state was taken from."""
        encoder = cls(state["symbols"], seed=state["seed"], members=len(state["networks"]))
        encoder.fits, encoder.temperature = state["fits"], state["temperature"]
        for network, weights in zip(encoder.networks, state["networks"], strict=True):
            network.load_state_dict(weights)
        return encoder


class _Training:
    """The training of one network, an epoch at a time, with images distorted anew each time."""

    def __init__(
        self,
        network: SymbolNetwork,
        schedule: Schedule,
        distortion: Distortion,
        generator: torch.Generator,
        steps: int,
    ) -> None:
        self.network, self.batch, self.distortion, self.generator = network, schedule.batch, distortion, generator
        self.optimiser = torch.optim.AdamW(network.parameters(), lr=schedule.rate, weight_decay=schedule.decay)
        self.pace = torch.optim.lr_scheduler.LambdaLR(self.optimiser, lambda step: _pace(step / steps))

    def epoch(self, pictures: Tensor, counts: Tensor) -> float:
        """Pass over the images once, in an order that is drawn; return the mean loss a count."""
        self.network.train()
        total = 0.0
        for chosen in torch.split(torch.randperm(len(pictures), generator=self.generator), self.batch):
            distorted = self.distortion(pictures[chosen], self.generator).contiguous(memory_format=torch.channels_last)
            kept = (torch.rand(len(chosen), HIDDEN, generator=self.generator) >= DROPOUT).float() / (1 - DROPOUT)
            logits = self.network(distorted, kept)
            loss = -(counts[chosen] * functional.log_softmax(logits, dim=1)).sum()
            self.optimiser.zero_grad()
            (loss / self.batch).backward()  # type: ignore[no-untyped-call]
            self.optimiser.step()
            self.pace.step()
            total += float(loss.detach())
        return total / float(counts.sum())


def _read(network: SymbolNetwork, images: Tensor) -> Tensor:
    network.eval()
    with torch.no_grad():
        found: Tensor = network(images)
    return found


def _pace(progress: float) -> float:
    """Return the share of the highest learning rate: it rises over the first fifth and falls along a cosine."""
    if progress < RISING:
        return LOWEST_PACE + (1 - LOWEST_PACE) * progress / RISING
    return 0.5 + 0.5 * math.cos(math.pi * min(1.0, (progress - RISING) / (1 - RISING)))


def _as_tensor(images: Images) -> Tensor:
    tensor = torch.from_numpy(np.ascontiguousarray(images, dtype=np.float32))[:, None]
    return tensor.contiguous(memory_format=torch.channels_last)


def _parts(images: Images) -> Iterator[Tensor]:
    return iter(torch.split(_as_tensor(images), READ_AT_ONCE)) if len(images) else iter(())
