"""Reads lists of integrals in Maxima's form: `[integrand, variable, steps, antiderivative]`, … in `*.mac` files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from abduce.errors import DataError

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_NAMES = {"%e": "e", "%pi": "pi", "inf": "oo"}
_NAME = re.compile(r"%?[A-Za-z_][A-Za-z_0-9]*")
_LEAST = 3


@dataclass(frozen=True, slots=True)
class Integral:
    """One integral.

    Attributes:
        name: The file and the number in it.
        integrand: The integrand in the query language.
        variable: By what.
        known: The antiderivative that the file gives, in the query language.
    """

    name: str
    integrand: str
    variable: str
    known: str


def read(folder: Path) -> list[Integral]:
    """Read all `*.mac` files below a folder.

    Raises:
        DataError: An entry is no list of at least three parts.
    """
    found: list[Integral] = []
    for path in sorted(folder.rglob("*.mac")):
        text = _COMMENT.sub(" ", path.read_text(encoding="utf-8", errors="replace"))
        for number, entry in enumerate(_entries(text), start=1):
            parts = [part.strip() for part in _split(entry)]
            if len(parts) < _LEAST:
                raise DataError(f"{path}: entry {number}: expected [integrand, variable, steps, result]; got [{entry}]")
            known = _translated(parts[3]) if len(parts) > _LEAST else ""
            where = f"{path.relative_to(folder).as_posix()}#{number}"
            found.append(Integral(where, _translated(parts[0]), _translated(parts[1]), known))
    return found


def _translated(text: str) -> str:
    return " ".join(_NAME.sub(lambda name: _NAMES.get(name.group(), name.group()), text).split())


def _entries(text: str) -> Iterator[str]:
    """Yield what stands in the brackets of the second level."""
    depth, start = 0, 0
    for place, character in enumerate(text):
        if character == "[":
            depth += 1
            start = place + 1 if depth == 2 else start
        elif character == "]":
            depth -= 1
            if depth == 1:
                yield text[start:place]


def _split(entry: str) -> list[str]:
    """Split at the commas that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(entry):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and not depth:
            parts.append(entry[start:place])
            start = place + 1
    return [*parts, entry[start:]]
