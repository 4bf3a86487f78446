"""Perception of text: every token is its symbol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from abduce.perception.lattice import Lattice
from abduce.perception.symbols import Vocabulary


@dataclass(frozen=True, slots=True)
class TokenPerception:
    """The default perception, which is certain of every token.

    Attributes:
        vocabulary: The symbols that it knows.

    Example:
        >>> TokenPerception(Vocabulary(("a", "b")))(["b", "a"]).best()
        ('b', 'a')
    """

    vocabulary: Vocabulary

    def __call__(self, inputs: Sequence[str]) -> Lattice:
        """Return the lattice of one input, a sequence of tokens."""
        return Lattice.certain(inputs, self.vocabulary)
