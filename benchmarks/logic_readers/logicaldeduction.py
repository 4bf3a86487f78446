"""Reads LogicalDeduction's templated English: objects in a row, and what is known of their places."""

from __future__ import annotations

import re
from pathlib import Path

from logic_readers.questions import Choice, EnglishError, Option, Unread, rows, sentences, word

_NUMBERS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
ORDINALS = {text: number for number, text in enumerate(_NUMBERS, start=1)}
_ORDINAL = "|".join(_NUMBERS)
LOW_ENDS = {"leftmost", "oldest", "cheapest", "left"}
HIGH_ENDS = {"rightmost", "newest", "most expensive", "right"}
_ENDS = "leftmost|rightmost|oldest|newest|cheapest|most expensive"
BEFORE = {"to the left of", "older than", "less expensive than", "cheaper than", "above"}
AFTER = {"to the right of", "newer than", "more expensive than", "below"}
_PAIR = re.compile(rf"(.+?) (?:is|are|finished) ({'|'.join(sorted(BEFORE | AFTER))}) (.+)", re.IGNORECASE)
_PLACE = (
    re.compile(rf"(.+?) (?:is|are) the (?:({_ORDINAL})[- ])?({_ENDS})", re.IGNORECASE),
    re.compile(rf"(.+?) (?:is|are) the ({_ORDINAL}) from the (left|right)", re.IGNORECASE),
)
_FINISHED = re.compile(rf"(.+?) finished (?:({_ORDINAL})(-to-last)?|(last))", re.IGNORECASE)
_LETTER = re.compile(r"\s*([A-Z])\)\s*(.+)")


def read(folder: Path) -> list[Choice | Unread]:
    """Read all rows with a context, options and an answer."""
    found: list[Choice | Unread] = []
    for row in rows(folder, ("context", "options", "answer")):
        expected = str(row.fields["answer"])
        try:
            found.append(_choice(row.name, row.fields["context"], row.fields["options"], expected))
        except EnglishError as error:
            found.append(Unread(row.name, expected, str(error)))
    return found


def _choice(name: str, context: str, options: list[str], expected: str) -> Choice:
    told = sentences(context.rsplit("\n\n", 1)[-1])
    start = next((place for place, one in enumerate(told) if ":" in one), None)
    if start is None:
        raise EnglishError("no sentence lists the objects after a colon")
    listed = told[start].split(":", 1)[1]
    objects = [word(one) for one in re.split(r",\s*(?:and\s+)?|\s+and\s+", listed) if one.strip()]
    premises = [f"{one}: Int." for one in objects]
    premises += [f"1 <= {one} and {one} <= {len(objects)}" for one in objects]
    premises += [f"{one} != {other}" for place, one in enumerate(objects) for other in objects[place + 1 :]]
    premises += [constraint(one, objects) for one in told[start + 1 :]]
    chosen = []
    for option in options:
        parts = _LETTER.fullmatch(option)
        if parts is None:
            raise EnglishError(f"an option begins with a letter and a bracket, not {option!r}")
        chosen.append(Option(parts[1], constraint(parts[2].rstrip(". "), objects)))
    return Choice(name, tuple(premises), tuple(chosen), expected)


def constraint(sentence: str, objects: list[str]) -> str:
    """Return what a sentence says of the places of objects, counted from 1.

    Example:
        >>> constraint("The owl is the second from the right", ["owl", "crow", "jay"])
        'owl = 2'
    """
    pair = _PAIR.fullmatch(sentence)
    if pair:
        sign = "<" if pair[2].lower() in BEFORE else ">"
        return f"{_object(pair[1], objects)} {sign} {_object(pair[3], objects)}"
    finished = _FINISHED.fullmatch(sentence)
    if finished:
        rank = ORDINALS[(finished[2] or "first").lower()]
        from_end = bool(finished[3] or finished[4])
        return f"{_object(finished[1], objects)} = {len(objects) + 1 - rank if from_end else rank}"
    for pattern in _PLACE:
        place = pattern.fullmatch(sentence)
        if place:
            rank = ORDINALS[(place[2] or "first").lower()]
            from_end = place[3].lower() in HIGH_ENDS
            return f"{_object(place[1], objects)} = {len(objects) + 1 - rank if from_end else rank}"
    raise EnglishError(f"not understood: {sentence!r}")


def _object(text: str, objects: list[str]) -> str:
    named = word(text)
    if named not in objects:
        raise EnglishError(f"{text!r} is none of {', '.join(objects)}")
    return named
