"""Pools of images: the different ones among many sequences, each normalised and read once."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abduce.perception.images import Images, normalised
from abduce.values import ImageInput


def pooled(inputs: Sequence[Any]) -> tuple[Images, list[NDArray[np.int64]]]:
    """Return the different images of some sequences, normalised, and the places of each sequence's images.

    The order of the images depends on nothing but what is on them.

    Args:
        inputs: Sequences of images: arrays, or what takes its images from a pool of its own.

    Raises:
        DataError: An image has no size or type that can be read.
    """
    digests: list[list[bytes]] = []
    pictures: dict[bytes, Any] = {}
    known: dict[tuple[int, int], bytes] = {}
    for sequence in inputs:
        shared = (id(sequence.images), sequence.indexes.tolist()) if isinstance(sequence, ImageInput) else None
        found = []
        for number, picture in enumerate(sequence if shared is None else [None] * len(sequence)):
            key = (shared[0], shared[1][number]) if shared else None
            digest = known.get(key) if key else None
            if digest is None:
                picture = sequence[number] if picture is None else np.asarray(picture)
                digest = _digest(picture)
                pictures.setdefault(digest, picture)
                if key:
                    known[key] = digest
            found.append(digest)
        digests.append(found)
    ordered = sorted(pictures)
    place = {digest: n for n, digest in enumerate(ordered)}
    images = normalised([pictures[digest] for digest in ordered])
    return images, [np.array([place[digest] for digest in found], dtype=np.int64) for found in digests]


def _digest(picture: NDArray[Any]) -> bytes:
    return blake2b(repr((picture.shape, picture.dtype)).encode() + picture.tobytes(), digest_size=16).digest()
