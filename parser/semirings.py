"""Semirings: what a chart adds and multiplies decides which question it answers.

One recurrence gives the log-partition, the best tree, the k best or a sample; which trees they are is read off as
the gradient of the chart's total with respect to its scores.

Source:
    Goodman, Semiring Parsing, Computational Linguistics 25(4), 1999. Gradients as marginals, arg-max and samples:
    Eisner, Inside-Outside and Forward-Backward Algorithms Are Just Backprop, 2016.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor

IMPOSSIBLE = -1e9
"""A score that stands for minus infinity; finite, so that gradients never become undefined."""


class Semiring(Protocol):
    """Operations on scores in nats; a score's value is the last axis, of size `width`."""

    width: int

    def lift(self, scores: Tensor) -> Tensor:
        """Return plain scores `(...)` as elements `(..., width)`."""

    def times(self, left: Tensor, right: Tensor) -> Tensor:
        """Multiply elements; the axes before the last are broadcast."""

    def plus(self, elements: Tensor) -> Tensor:
        """Add up elements `(..., m, width)` over m, giving `(..., width)`."""


class LogSemiring:
    """Sums of probabilities: the total is the log-partition."""

    width = 1

    def lift(self, scores: Tensor) -> Tensor:
        return scores.unsqueeze(-1)

    def times(self, left: Tensor, right: Tensor) -> Tensor:
        return left + right

    def plus(self, elements: Tensor) -> Tensor:
        return torch.logsumexp(elements, dim=-2)


class MaxSemiring(LogSemiring):
    """The best tree: the total is its score, the gradient its arcs."""

    def plus(self, elements: Tensor) -> Tensor:
        return torch.max(elements, dim=-2).values


class SampleSemiring(LogSemiring):
    """Exact samples: forward as for sums, backward along one summand drawn by its share."""

    def __init__(self, generator: torch.Generator) -> None:
        self.generator = generator

    def plus(self, elements: Tensor) -> Tensor:
        result: Tensor = _Sampled.apply(elements, self.generator)  # type: ignore[no-untyped-call]
        return result


class _Sampled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, elements: Tensor, generator: torch.Generator) -> Tensor:
        ctx.save_for_backward(elements)
        ctx.generator = generator
        return torch.logsumexp(elements, dim=-2)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (elements,) = ctx.saved_tensors
        shares = torch.softmax(elements, dim=-2).movedim(-2, -1)
        flat = shares.reshape(-1, shares.shape[-1])
        drawn = torch.multinomial(flat, 1, generator=ctx.generator)
        one_hot = torch.zeros_like(flat).scatter_(1, drawn, 1.0).reshape(shares.shape).movedim(-1, -2)
        return one_hot * gradients[0].unsqueeze(-2), None


class KBestSemiring:
    """The k best trees: the total is their scores in falling order."""

    def __init__(self, k: int) -> None:
        self.width = k

    def lift(self, scores: Tensor) -> Tensor:
        filler = torch.full((*scores.shape, self.width - 1), IMPOSSIBLE, dtype=scores.dtype)
        return torch.cat([scores.unsqueeze(-1), filler], dim=-1)

    def times(self, left: Tensor, right: Tensor) -> Tensor:
        both = left.unsqueeze(-1) + right.unsqueeze(-2)
        return torch.topk(both.flatten(-2), self.width, dim=-1).values

    def plus(self, elements: Tensor) -> Tensor:
        return torch.topk(elements.flatten(-2), self.width, dim=-1).values
