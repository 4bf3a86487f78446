"""What readers give: questions in the query language with the answers that the files state for them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from abduce.errors import DataError

TRUE_FALSE = {"A": "entailed", "B": "refuted", "C": "undetermined"}
"""What the letters of a question about truth stand for."""


@dataclass(frozen=True, slots=True)
class Question:
    """Premises and a closed query.

    Attributes:
        name: Where it stands.
        premises: Statements of the query language, one a line.
        query: A formula.
        expected: The file's own word for the answer.
        verdict: The verdict that this word stands for.
        reading: How the clauses are to be read.
        gold: The lines, from 0, of the premises that a minimal core must be, where the file says so.
    """

    name: str
    premises: tuple[str, ...]
    query: str
    expected: str
    verdict: str
    reading: str = "classical"
    gold: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice.

    Attributes:
        label: Its letter.
        formula: What it says.
        mode: When it is chosen: its formula is `entailed`, is `possible` with the premises, or `excluded` by them, or
            it is `not entailed`.
        more: Formulas with modes that must all fit as well.
    """

    label: str
    formula: str
    mode: str = "entailed"
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """Premises and options of which one is right.

    Attributes:
        name: Where it stands.
        premises: Statements of the query language, one a line.
        options: The options.
        expected: The letter of the right one.
    """

    name: str
    premises: tuple[str, ...]
    options: tuple[Option, ...]
    expected: str


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read.

    Attributes:
        name: Where it stands.
        expected: The file's own word for the answer.
        error: What is wrong with it.
    """

    name: str
    expected: str
    error: str


@dataclass(frozen=True, slots=True)
class Row:
    """One object of a JSON or JSON Lines file.

    Attributes:
        name: The file below the folder, and the row's own name, or its number from 1.
        fields: What it holds.
    """

    name: str
    fields: Mapping[str, Any] = field(hash=False)


def rows(folder: Path, keys: Collection[str]) -> Iterator[Row]:
    """Yield the objects with certain keys in all `*.json` and `*.jsonl` files below a folder.

    Raises:
        DataError: A file holds no JSON.
    """
    for path in sorted((*folder.rglob("*.json"), *folder.rglob("*.jsonl"))):
        place = path.relative_to(folder).as_posix()
        for number, fields in enumerate(_objects(path), start=1):
            if isinstance(fields, dict) and all(key in fields for key in keys):
                yield Row(f"{place}#{fields.get('id', number)}", fields)


def _objects(path: Path) -> list[Any]:
    text = path.read_text(encoding="utf-8")
    try:
        if path.suffix == ".jsonl":
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        found = json.loads(text)
    except ValueError as error:
        raise DataError(f"{path}: expected JSON: {error}") from error
    return found if isinstance(found, list) else [found]


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, without their full stops.

    Example:
        >>> sentences("Bob is big. All big people are kind.")
        ['Bob is big', 'All big people are kind']
    """
    parts = re.split(r"(?<=[.!?])\s+", text.strip())
    return [part.rstrip(".!? ") for part in parts if part.strip(" .!?")]


def word(text: str) -> str:
    """Return a name of the query language, in small letters, for words.

    Example:
        >>> word("The bald eagle")
        'bald_eagle'
    """
    bare = re.sub(r"^(?:the|an|a)\s+", "", text.strip(), flags=re.IGNORECASE).lower()
    return re.sub(r"[^a-z0-9]+", "_", bare).strip("_") or "thing"


class EnglishError(DataError):
    """A sentence that its reader does not know."""
