"""Perception of images: a sequence of symbol images to a lattice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abduce.errors import UsageError
from abduce.perception.encoders import ImageEncoder
from abduce.perception.images import Images, Picture, normalised
from abduce.perception.lattice import Lattice
from abduce.perception.pools import pooled
from abduce.perception.symbols import Vocabulary


@dataclass(frozen=True, slots=True, eq=False)
class ImagePerception:
    """Reads sequences of images by a trained encoder.

    Attributes:
        encoder: What was trained.
        names: The symbol that each of the encoder's columns stands for. Several may stand for one: a 7 with a bar
            and one without look different and are the same.
        ground: Grey level of the ground that the images it was trained on share, if they do.
        vocabulary: The symbols, in the order in which the names name them first.

    Raises:
        UsageError: The names and the encoder differ in number.
    """

    encoder: ImageEncoder
    names: tuple[str, ...]
    ground: float | None = None
    vocabulary: Vocabulary = field(init=False)

    def __post_init__(self) -> None:
        if len(self.names) != self.encoder.symbols:
            raise UsageError(f"the encoder tells {self.encoder.symbols} symbols apart; {len(self.names)} have a name")
        object.__setattr__(self, "vocabulary", Vocabulary(tuple(dict.fromkeys(self.names))))

    def __call__(self, inputs: Sequence[Picture] | Picture) -> Lattice:
        """Return the lattice of one input, images of any size as `abduce.perception.images` takes them."""
        return self.lattices([inputs])[0]

    def lattices(self, inputs: Sequence[Sequence[Picture] | Picture]) -> list[Lattice]:
        """Return the lattices of many inputs, each different image being read once, and all in batches."""
        pictures, places = pooled(inputs)
        rows = self.log_probs(normalised(pictures, ground=self.ground))
        return [Lattice(rows[part], self.vocabulary) for part in places]

    def log_probs(self, images: Images) -> NDArray[np.floating]:
        """Return log-probabilities of the vocabulary's symbols in nats, `(images, symbols)`."""
        columns = self.encoder.log_probs(images)
        if len(self.vocabulary) == len(self.names):
            return columns
        sums = np.exp(columns.astype(np.float64)) @ self._membership()
        return np.log(np.maximum(sums, np.finfo(np.float64).tiny))

    def _membership(self) -> NDArray[np.float64]:
        """Return 1 where a column stands for a symbol, `(columns, symbols)`."""
        return np.array([[float(name == symbol) for symbol in self.vocabulary] for name in self.names])

    def state(self) -> dict[str, Any]:
        """Return tensors and plain data from which `from_state` makes the perception again."""
        return {"names": list(self.names), "ground": self.ground, "encoder": self.encoder.state()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> ImagePerception:
        """Return the perception that a state was taken from."""
        return cls(ImageEncoder.from_state(state["encoder"]), tuple(state["names"]), state["ground"])
