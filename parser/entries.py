"""The names of a session: what each is, and how messages speak of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from abduce.parser.places import written
from abduce.parser.sorting import Reason, Shape

PREDICATE, FUNCTION, TEXT = "predicate", "function", "text"
Key: TypeAlias = tuple[str, str]
"""A role and a name."""


@dataclass(slots=True)
class Entry:
    """A name of the session.

    Attributes:
        name: The name.
        role: `predicate`, `function` (also a constant) or `text`.
        arguments: For each argument its class, or its declared sort.
        result: Class of its value, or its sort.
        first: Where it first occurred.
        declared: Whether it was declared.
    """

    name: str
    role: str
    arguments: tuple[Shape, ...]
    result: Shape
    first: Reason
    declared: bool = False


def count_words(arity: int) -> str:
    """Return a number of arguments in words."""
    return {0: "no arguments", 1: "one argument"}.get(arity, f"{arity} arguments")


def role_words(role: str, arity: int) -> str:
    """Return what a name is, in words."""
    if role == PREDICATE:
        return "a predicate" if arity else "a proposition"
    return "a function" if arity else "a constant"


def spot(reason: Reason) -> str:
    """Return a place for a message: the piece of text and its line."""
    return f"`{written(reason.source, reason.span)}` ({reason.source})"
