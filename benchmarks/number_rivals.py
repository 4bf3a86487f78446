"""Rivals that know nothing of trees: a GRU or a Transformer reads the symbols, and says each digit of the number.

The number is written with a fixed number of decimal digits, each chosen by a layer of its own from the mean of the
reader's states. Images go through a small convolutional network first, trained along. Batches are of like length.

Source: sizes after the baselines of Q. Li et al., A minimalist dataset for systematic generalization of perception,
syntax, and semantics (HINT), ICLR 2023, scaled down to what two cores can train.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from costs import warm_torch
from torch import Tensor, nn

from abduce import Example
from abduce.values import ImageInput

READERS = ("gru", "transformer")
WIDTH, HEADS, LAYERS = 128, 4, 3
DIGITS = 5
BATCH, TEST_BATCH, POOL = 64, 256, 20
LEARNING_RATE = 1e-3
LONGEST = 128

Batch: TypeAlias = tuple[Tensor, Tensor]
"""Symbols `(batch, n)` or images `(batch, n, 1, h, w)`, and digits of the answers `(batch, DIGITS)`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rival came to.

    Attributes:
        right: For each tested example whether its number is right.
        train_cpu_s: CPU seconds of training.
        epochs: How often it has seen each training pair.
        parameters: How many weights it has.
    """

    right: tuple[bool, ...]
    train_cpu_s: float
    epochs: float
    parameters: int


def compete(reader: str, train: Sequence[Example], test: Sequence[Example], cpu_s: float, seed: int) -> Outcome:
    """Train a rival for so many CPU seconds on one thread, and test it.

    Args:
        reader: One of `READERS`.
        train: Examples to learn from; an answer with more than `DIGITS` digits is left out.
        test: Examples to be tested on.
        cpu_s: How long to train; no step is begun after it.
        seed: Of the weights and the batches.
    """
    torch.set_num_threads(1)
    warm_torch()
    torch.manual_seed(seed)
    generator = random.Random(seed)
    coder = Coder(train)
    model = Reader(reader, len(coder.numbers) + 1 if coder.numbers else None)
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    usable = [example for example in train if 0 <= example.target < 10**DIGITS]
    started, seen = time.process_time(), 0
    while time.process_time() < started + cpu_s:
        for members in _batches(usable, generator):
            if time.process_time() >= started + cpu_s:
                break
            symbols, digits = coder.batch(members)
            loss = nn.functional.cross_entropy(model(symbols).flatten(0, 1), digits.flatten())
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            seen += len(members)
    trained = time.process_time() - started
    weights = sum(weight.numel() for weight in model.parameters())
    return Outcome(_tested(model, coder, test), round(trained, 3), round(seen / len(train), 2), weights)


class Coder:
    """Examples as tensors; symbols are numbered, images are taken as they are."""

    def __init__(self, examples: Sequence[Example]) -> None:
        known = {symbol for e in examples if not isinstance(e.inputs, ImageInput) for symbol in e.inputs}
        self.numbers = {symbol: number for number, symbol in enumerate(sorted(known), start=1)}

    def batch(self, examples: Sequence[Example]) -> Batch:
        """Return examples with inputs of one length as tensors."""
        digits = [[int(digit) for digit in f"{max(e.target, 0):0{DIGITS}d}"[-DIGITS:]] for e in examples]
        return self._inputs(examples), torch.tensor(digits)

    def _inputs(self, examples: Sequence[Example]) -> Tensor:
        if isinstance(examples[0].inputs, ImageInput):
            images = np.stack([np.asarray(example.inputs) for example in examples])
            return torch.from_numpy(images).float()[:, :, None] / 255.0
        return torch.tensor([[self.numbers.get(symbol, 0) for symbol in example.inputs] for example in examples])


class Reader(nn.Module):
    """Reads a sequence and scores the digits of its number: `(batch, DIGITS, 10)`.

    Args:
        kind: One of `READERS`.
        symbols: How many symbols there are, None for images.
    """

    def __init__(self, kind: str, symbols: int | None) -> None:
        super().__init__()
        self.kind = kind
        self.entry: nn.Module = _looking() if symbols is None else nn.Embedding(symbols, WIDTH)
        self.places = nn.Embedding(LONGEST, WIDTH)
        if kind == "gru":
            self.body: Any = nn.GRU(WIDTH, WIDTH // 2, num_layers=2, batch_first=True, bidirectional=True)
        else:
            layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 2 * WIDTH, dropout=0.0, batch_first=True)
            self.body = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
        self.digits = nn.Linear(WIDTH, DIGITS * 10)

    def forward(self, inputs: Tensor) -> Tensor:
        if inputs.dtype == torch.long:
            states = self.entry(inputs)
        else:
            states = self.entry(inputs.flatten(0, 1)).unflatten(0, inputs.shape[:2])
        if self.kind == "gru":
            states, _ = self.body(states)
        else:
            states = self.body(states + self.places(torch.arange(inputs.shape[1]).clamp(max=LONGEST - 1)))
        found: Tensor = self.digits(states.mean(1)).unflatten(-1, (DIGITS, 10))
        return found


def _looking() -> nn.Module:
    """Return a small convolutional network from images `(n, 1, h, w)` to vectors."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 5, stride=2, padding=2),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(4),
        nn.Flatten(),
        nn.Linear(32 * 16, WIDTH),
    )


@torch.inference_mode()
def _tested(model: Reader, coder: Coder, test: Sequence[Example]) -> tuple[bool, ...]:
    model.eval()
    by_length: dict[int, list[int]] = {}
    for number, example in enumerate(test):
        by_length.setdefault(len(example.inputs), []).append(number)
    right = [False] * len(test)
    for members in by_length.values():
        for start in range(0, len(members), TEST_BATCH):
            group = members[start : start + TEST_BATCH]
            symbols, digits = coder.batch([test[number] for number in group])
            same = (model(symbols).argmax(-1) == digits).all(-1).tolist()
            for number, ok in zip(group, same, strict=True):
                right[number] = ok and test[number].target < 10**DIGITS
    return tuple(right)


def _batches(examples: Sequence[Example], generator: random.Random) -> Iterator[list[Example]]:
    """Yield one pass over the examples in random order, each batch of one length."""
    by_length: dict[int, list[Example]] = {}
    for example in generator.sample(list(examples), len(examples)):
        by_length.setdefault(len(example.inputs), []).append(example)
    batches = [group[n : n + BATCH] for group in by_length.values() for n in range(0, len(group), BATCH)]
    yield from generator.sample(batches, len(batches))
