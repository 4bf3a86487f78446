"""Images divided between training and test by what is on them, and drawn for sequences of symbols."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from abduce.datasets.images import Plane
from abduce.datasets.seeding import seeded
from abduce.errors import DataError
from abduce.values import ImageInput, Tokens

TRAINING_SHARE = 0.8
DIVISION, TRAINING_DRAW, TEST_DRAW = 10, 11, 12


def digest(image: Plane) -> bytes:
    """Return what tells an image from every other."""
    return blake2b(image.tobytes(), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Pool:
    """Different images, in an order that depends on nothing but what is on them.

    Attributes:
        images: The images `(N, h, w)`, ink light on a dark ground.
        places: Place of each image by its digest.
    """

    images: NDArray[np.uint8]
    places: Mapping[bytes, int]

    @classmethod
    def of(cls, images: Iterable[Plane]) -> Pool:
        """Make a pool of images, each of them once."""
        found = {digest(image): image for image in images}
        order = sorted(found)
        stacked = np.stack([found[key] for key in order]) if order else np.zeros((0, 1, 1), dtype=np.uint8)
        stacked.flags.writeable = False
        return cls(stacked, {key: place for place, key in enumerate(order)})

    def sequence(self, images: Iterable[Plane]) -> ImageInput:
        """Return a sequence of images that are in the pool."""
        return ImageInput(self.images, np.array([self.places[digest(image)] for image in images], dtype=np.int64))


def overlap(training: Pool, test: Pool) -> tuple[str, ...]:
    """Return a warning where images of the test also occur in training."""
    both = len(training.places.keys() & test.places.keys())
    if not both:
        return ()
    return (f"{both} of {len(test.places)} test images also occur in training: the test accuracy is in part memory",)


@dataclass(frozen=True, slots=True)
class SymbolPool:
    """A pool whose images stand for symbols.

    Attributes:
        pool: The images.
        places: For each symbol the places of its images in the pool, in order.
    """

    pool: Pool
    places: Mapping[str, NDArray[np.int64]]

    @classmethod
    def of(cls, images: Mapping[str, Sequence[Plane]]) -> SymbolPool:
        """Make a pool of the images of each symbol."""
        pool = Pool.of(image for found in images.values() for image in found)
        return cls(
            pool,
            {
                symbol: np.array(sorted({pool.places[digest(image)] for image in found}), dtype=np.int64)
                for symbol, found in images.items()
            },
        )

    def drawn(
        self, sentences: Sequence[Tokens], generator: np.random.Generator
    ) -> tuple[list[ImageInput], tuple[str, ...]]:
        """Draw an image for each symbol of each sentence, all images of a symbol being equally likely.

        Returns:
            The sentences in images, over one pool of those that were drawn; and the symbol of each image of that pool.
        """
        symbols = np.array([symbol for sentence in sentences for symbol in sentence])
        drawn = np.empty(len(symbols), dtype=np.int64)
        stands_for = np.empty(len(self.pool.images), dtype=symbols.dtype)
        for symbol, places in self.places.items():
            here = np.flatnonzero(symbols == symbol)
            drawn[here] = places[generator.integers(len(places), size=len(here))]
            stands_for[places] = symbol
        used, indexes = np.unique(drawn, return_inverse=True)
        images = self.pool.images[used]
        images.flags.writeable = False
        ends = np.cumsum([len(sentence) for sentence in sentences])
        parts = np.split(indexes.astype(np.int64), ends[:-1])
        return [ImageInput(images, part) for part in parts], tuple(stands_for[used].tolist())


def divided(images: Mapping[str, Sequence[Plane]], source: str, seed: int) -> tuple[SymbolPool, SymbolPool]:
    """Divide the images of each symbol between training and test, four fifths for training.

    Images that are alike go to the same side. The division depends on the seed, the symbols and the images, not on
    the names or the order of files.

    Args:
        images: Images of each symbol.
        source: Where they are, for messages.
        seed: Seed of the division.

    Raises:
        DataError: A symbol has fewer than two different images.
    """
    side: dict[bytes, bool] = {}
    for symbol, found in images.items():
        keys = sorted({digest(image) for image in found})
        wanted = min(len(keys) - 1, max(1, round(TRAINING_SHARE * len(keys))))
        wanted -= sum(side.get(key, False) for key in keys)
        free = [key for key in keys if key not in side]
        order = seeded(seed, DIVISION, *symbol.encode()).permutation(len(free)).tolist()
        side.update({free[place]: rank < wanted for rank, place in enumerate(order)})
    training, test = (
        {symbol: [image for image in found if side[digest(image)] is wanted] for symbol, found in images.items()}
        for wanted in (True, False)
    )
    lacking = [symbol for symbol in images if not training[symbol] or not test[symbol]]
    if lacking:
        raise DataError(
            f"{source}: too few different images for the symbol {lacking[0]!r}; expected at least 2, one to learn from "
            "and one for the test"
        )
    return SymbolPool.of(training), SymbolPool.of(test)
