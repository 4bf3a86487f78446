"""Sets of strips: expressions of other notations than HINT's, written with any signs, one picture each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from abduce.datasets.hint_notation import HINT
from abduce.datasets.hint_trees import random_trees

Picture = NDArray[np.uint8]

SYMBOLS = (*(name for name, _ in HINT.operands), *(operation.symbol for operation in HINT.operations))
FEWEST, MOST = 2, 6
"""Operators of an expression; there are at least three operands."""
HIGHEST = 100


def expressions(count: int, notation: str, seed: int) -> list[tuple[tuple[str, ...], int]]:
    """Return different expressions in `prefix` or `postfix` notation, with their values, which are up to 100."""
    generator = np.random.default_rng(seed)
    found: dict[tuple[str, ...], int] = {}
    while len(found) < count:
        trees = random_trees(HINT, int(generator.integers(FEWEST, MOST + 1)), 8, generator)
        fit = np.flatnonzero(trees.defined & (trees.peaks <= HIGHEST) & (trees.values > 0))
        for row in fit[: count - len(found)].tolist():
            prefix = [SYMBOLS[code] for code in trees.codes[row].tolist()]
            found[tuple(prefix if notation == "prefix" else postfix(prefix))] = int(trees.values[row])
    return list(found.items())


def postfix(prefix: Sequence[str]) -> list[str]:
    """Write a prefix expression with each operation behind its operands."""
    stack: list[list[str]] = []
    for symbol in reversed(prefix):
        stack.append([symbol] if symbol.isdigit() else [*stack.pop(), *stack.pop(), symbol])
    return stack[0]


def strip(images: Sequence[Picture], gap: int, *, light: bool) -> Picture:
    """Put images side by side, with so many empty columns before, between and after; `light` for a light ground."""
    empty = np.zeros((images[0].shape[0], gap), dtype=np.uint8)
    parts = [part for image in images for part in (empty, image)]
    drawn = np.concatenate([*parts, empty], axis=1)
    return 255 - drawn if light else drawn


def write_set(
    folder: Path,
    signs: Mapping[str, tuple[Sequence[Picture], Sequence[Picture]]],
    *,
    notation: str = "postfix",
    train: int = 900,
    test: int = 100,
    gap: int = 4,
    seed: int = 0,
) -> tuple[Path, Path]:
    """Write strips and the two files that name them with their values; return these.

    Args:
        folder: Where to write; it exists.
        signs: For each of `SYMBOLS` the images `(h, w)` of the sign that stands for it, for training and for the test.
        notation: `prefix` or `postfix`.
        train: How many to learn from.
        test: How many to be tested on.
        gap: Empty columns between signs.
        seed: Expressions, images and grounds depend on it.
    """
    generator = np.random.default_rng(seed + 1)
    drawn = expressions(train + test, notation, seed)
    files = []
    for side, (name, part) in enumerate((("train", drawn[:train]), ("test", drawn[train:]))):
        lines = []
        for number, (symbols, value) in enumerate(part):
            images = [signs[symbol][side][generator.integers(len(signs[symbol][side]))] for symbol in symbols]
            picture = strip(images, gap, light=bool(generator.integers(2)))
            Image.fromarray(picture).save(folder / f"{name}{number}.png")
            lines.append(json.dumps({"input": f"{name}{number}.png", "output": value}) + "\n")
        files.append(folder / f"{name}.jsonl")
        files[-1].write_text("".join(lines), encoding="utf-8")
    return files[0], files[1]
