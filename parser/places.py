"""Places in statements: a piece as it is written, with the brackets it needs, and errors that point at one."""

from __future__ import annotations

from typing import Final

from abduce.errors import SortError
from abduce.parser.source_text import LONGEST_EXCERPT
from abduce.parser.statements import Source, Span

LONGEST_PIECE: Final = 60


def written(source: Source, span: Span) -> str:
    """Return a piece of a statement, shortened where it is long; all of it where the span is empty.

    Example:
        >>> written(Source("((1/3) * (5)) mod 2 = 1"), (2, 11))
        '(1/3) * (5)'
    """
    start, end = _balanced(source.text, span)
    piece = source.text[start:end] or source.text
    return piece if len(piece) <= LONGEST_PIECE else piece[: LONGEST_PIECE - 3] + "..."


def _balanced(text: str, span: Span) -> Span:
    """Return a span that takes in the brackets around its first and last parts; the same where these are not there."""
    closing, opening = 0, 0
    for letter in text[slice(*span)]:
        if letter == "(":
            opening += 1
        elif letter == ")":
            closing, opening = (closing, opening - 1) if opening else (closing + 1, opening)
    start, end = span
    for _ in range(closing):
        start = len(text[:start].rstrip()) - 1
    for _ in range(opening):
        end = len(text) - len(text[end:].lstrip()) + 1
    return (start, end) if start >= 0 and end <= len(text) else span


def sort_error(message: str, source: Source, span: Span) -> SortError:
    """Return an error that says where it is, with the line there and a caret below the piece."""
    start, _ = _balanced(source.text, span)
    line_start = source.text.rfind("\n", 0, start) + 1
    before = source.text.count("\n", 0, start)
    column = start - line_start + (source.column if before == 0 else 1)
    line = source.text[line_start:].split("\n", 1)[0].replace("\t", " ")
    place = f"{source.file or 'input'}:{source.line + before}:{column}"
    excerpt = f"  {line}\n  {' ' * (start - line_start)}^" if line and len(line) <= LONGEST_EXCERPT else ""
    return SortError(message, place=place, excerpt=excerpt)
