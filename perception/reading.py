"""Perception of images: a sequence of symbol images to a lattice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from abduce.errors import UsageError
from abduce.perception.encoders import ImageEncoder
from abduce.perception.images import Picture
from abduce.perception.lattice import Lattice
from abduce.perception.pools import pooled
from abduce.perception.symbols import Vocabulary


@dataclass(frozen=True, slots=True, eq=False)
class ImagePerception:
    """Reads sequences of images by a trained encoder.

    Attributes:
        vocabulary: The symbols, in the order of the encoder's columns.
        encoder: What was trained.

    Raises:
        UsageError: The vocabulary and the encoder differ in the number of symbols.
    """

    vocabulary: Vocabulary
    encoder: ImageEncoder

    def __post_init__(self) -> None:
        if len(self.vocabulary) != self.encoder.symbols:
            raise UsageError(
                f"the encoder tells {self.encoder.symbols} symbols apart, the vocabulary has {len(self.vocabulary)}"
            )

    def __call__(self, inputs: Sequence[Picture] | Picture) -> Lattice:
        """Return the lattice of one input, images of any size as `abduce.perception.images` takes them."""
        return self.lattices([inputs])[0]

    def lattices(self, inputs: Sequence[Sequence[Picture] | Picture]) -> list[Lattice]:
        """Return the lattices of many inputs, each different image being read once."""
        images, places = pooled(inputs)
        rows = self.encoder.log_probs(images)
        return [Lattice(rows[part], self.vocabulary) for part in places]

    def state(self) -> dict[str, Any]:
        """Return tensors and plain data from which `from_state` makes the perception again."""
        return {"symbols": list(self.vocabulary), "encoder": self.encoder.state()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> ImagePerception:
        """Return the perception that a state was taken from."""
        return cls(Vocabulary(tuple(state["symbols"])), ImageEncoder.from_state(state["encoder"]))
