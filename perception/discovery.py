"""Discovery of symbols: from images and the sequences they occur in to symbols, without labels and without answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abduce.errors import UsageError
from abduce.perception.clustering import MOST_SYMBOLS, cluster
from abduce.perception.contexts import Contexts, divided, require_numbers, settled
from abduce.perception.encoders import ImageEncoder, Schedule
from abduce.perception.images import Images

ROUNDS = 2
SEEN = 60_000
MOST_EPOCHS = 40
FIRST_RATE, LATER_RATE = 4e-3, 2e-3
LEAST_IMAGES = 2.0
"""Expected images under which a symbol is dropped."""


@dataclass(frozen=True, slots=True, eq=False)
class Discovery:
    """The symbols found.

    Attributes:
        encoder: A network that reads them.
        posteriors: How likely each image is which symbol by its looks and its contexts, `(images, symbols)`.
    """

    encoder: ImageEncoder
    posteriors: NDArray[np.float64]


def discover_symbols(
    images: Images,
    sequences: Sequence[NDArray[np.integer]],
    *,
    most: int = MOST_SYMBOLS,
    seed: int = 0,
    seen: int = SEEN,
) -> Discovery:
    """Return symbols as they are told apart by looks and by contexts; one symbol may have been found as several.

    Clusters of images alike are divided where they keep two kinds of company; then an encoder is trained on what
    each image is likely to be, and this is estimated anew from what the encoder sees and from the contexts, in turn.
    The result does not depend on the order of the images or of the sequences.

    Args:
        images: The distinct images, normalised, `(images, side, side)`.
        sequences: The sequences in which they occur, as numbers of images; may be empty.
        most: How many symbols there may be.
        seed: Everything that is drawn is drawn from it.
        seen: Images that the encoder is shown in a round, counting each as often as it is shown.

    Raises:
        UsageError: A number of an image is out of range, or there are no images.
    """
    if not len(images):
        raise UsageError("there is no image to discover a symbol in")
    require_numbers(sequences, len(images))
    order = np.array(sorted(range(len(images)), key=lambda place: images[place].tobytes()))
    rank = np.argsort(order)
    contexts = Contexts.of([rank[sequence] for sequence in sequences], len(images))
    found = _discovered(images[order], contexts, most, seed, seen)
    return Discovery(found.encoder, found.posteriors[rank])


def _discovered(images: Images, contexts: Contexts, most: int, seed: int, seen: int) -> Discovery:
    """Return the symbols in images that stand in an order of their own."""
    looks = cluster(images, most=most, seed=seed).posteriors
    belief = _inhabited(settled(divided(looks, contexts, most=most, seed=seed), contexts))
    encoder = ImageEncoder(belief.shape[1], seed=seed)
    epochs = min(MOST_EPOCHS, -(-seen // len(images)))
    for turn in range(ROUNDS):
        rate = FIRST_RATE if turn == 0 else LATER_RATE
        encoder.fit_to_posteriors(images, belief, schedule=Schedule(epochs=epochs, rate=rate))
        belief = settled(np.exp(encoder.log_probs(images)), contexts)
    return Discovery(encoder, belief)


def _inhabited(belief: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the posteriors without symbols that hardly any image is."""
    sizes = belief.sum(axis=0)
    kept = belief[:, sizes >= min(LEAST_IMAGES, sizes.max())]
    found: NDArray[np.float64] = kept / np.maximum(kept.sum(axis=1, keepdims=True), 1e-12)
    return found
