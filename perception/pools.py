"""Pools of images: the different ones among many sequences, each to be read once."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abduce.perception.images import Picture
from abduce.values import ImageInput


def content_of(inputs: Any) -> bytes:
    """Return a digest of a sequence of images that depends on nothing but what is on them, in their order."""
    whole = blake2b(digest_size=16)
    for picture in inputs:
        whole.update(_digest(np.asarray(picture)))
    return whole.digest()


def pooled(inputs: Sequence[Any]) -> tuple[list[Picture], list[NDArray[np.int64]]]:
    """Return the different images of some sequences, and the places of each sequence's images.

    The order of the images depends on nothing but what is on them.

    Args:
        inputs: Sequences of images: arrays, or what takes its images from a pool of its own.
    """
    pictures: dict[bytes, Any] = {}
    shared: dict[tuple[int, int], bytes] = {}

    def taken(picture: NDArray[Any]) -> bytes:
        digest = _digest(picture)
        pictures.setdefault(digest, picture)
        return digest

    def known(sequence: ImageInput, number: int) -> bytes:
        key = (id(sequence.images), int(sequence.indexes[number]))
        if key not in shared:
            shared[key] = taken(sequence[number])
        return shared[key]

    digests = [
        [known(sequence, number) for number in range(len(sequence))]
        if isinstance(sequence, ImageInput)
        else [taken(np.asarray(picture)) for picture in sequence]
        for sequence in inputs
    ]
    ordered = sorted(pictures)
    place = {digest: n for n, digest in enumerate(ordered)}
    return [pictures[digest] for digest in ordered], [
        np.array([place[digest] for digest in found], dtype=np.int64) for found in digests
    ]


def _digest(picture: NDArray[Any]) -> bytes:
    return blake2b(repr((picture.shape, picture.dtype)).encode() + picture.tobytes(), digest_size=16).digest()
