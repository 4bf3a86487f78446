"""What a trained machine is asked: texts or images, on the command line or in a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abduce.datasets import read_input
from abduce.datasets.files import decoded, read_inputs, tokens_of
from abduce.errors import DataError
from abduce.values import ImageInput, Tokens


@dataclass(frozen=True, slots=True)
class Asked:
    """One input, and where it was given.

    Attributes:
        inputs: Tokens, or images.
        given: What was given: the tokens, or the names of the image files.
        text: The same as a person reads it.
        place: Where it was given.
    """

    inputs: Tokens | ImageInput
    given: tuple[str, ...]
    text: str
    place: str


def texts(inputs: Sequence[str], file: str | None) -> Iterator[Asked]:
    """Yield inputs of text: a text to split at white space, a JSON list of texts, or a JSON object with such an input.

    Raises:
        DataError: The file or an input cannot be read.
    """
    for text, place in _lines(inputs, file):
        tokens = tokens_of(_plain(text, place), place)
        yield Asked(tokens, tokens, text.strip(), place)


def images(inputs: Sequence[str], file: str | None, cell: int | None) -> Iterator[Asked]:
    """Yield inputs of images.

    Args:
        inputs: Names of image files: one for each symbol of a single input, or one of a strip.
        file: A file with one input a line: the name of a strip, a JSON list of names, or a JSON object with either.
            Names are relative to it, or absolute. `-` is standard input.
        cell: Width in pixels of each symbol's place in a strip, None to cut it at empty columns.

    Raises:
        DataError: A file cannot be read.
        UsageError: `cell` is out of range.
    """
    if inputs:
        yield _of_images(inputs if len(inputs) > 1 else inputs[0], Path(), cell, "input")
    folder = Path() if file in (None, "-") else Path(str(file)).parent
    for text, place in _lines((), file):
        yield _of_images(_plain(text, place), folder, cell, place)


def _of_images(value: Any, folder: Path, cell: int | None, place: str) -> Asked:
    strip = isinstance(value, str)
    names = [value.strip()] if strip else value
    if not isinstance(names, list | tuple) or not names or not all(isinstance(n, str) and n for n in names):
        raise DataError(f"{place}: expected the name of a strip, or a list of names of images, got {value!r}")
    found = read_input([folder / name for name in names], strip=strip, cell=cell, place=place)
    return Asked(found, tuple(names), " ".join(names), place)


def _lines(inputs: Sequence[str], file: str | None) -> Iterator[tuple[str, str]]:
    """Yield each input as it was written, and where."""
    for number, text in enumerate(inputs, start=1):
        yield text, f"input {number}"
    if file == "-":
        text = decoded(sys.stdin.buffer.read(), "standard input")
        lines: Iterable[tuple[int, str]] = enumerate(text.removesuffix("\n").split("\n") if text else (), start=1)
    elif file is not None:
        lines = read_inputs(Path(file))
    else:
        return
    name = "standard input" if file == "-" else file
    for number, line in lines:
        yield line, f"{name}:{number}"


def _plain(text: str, place: str) -> Any:
    """Return what a line holds: a JSON list or the input of a JSON object, else the line."""
    value: Any = text
    if text.lstrip().startswith(("[", "{")):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = text
    if isinstance(value, dict):
        if "input" not in value:
            raise DataError(f'{place}: an object without the key "input"')
        value = value["input"]
    return value
