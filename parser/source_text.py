"""A text with its name: lines, columns and errors from offsets."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from abduce.errors import DataError, ParseError

LONGEST_EXCERPT = 200


class Delegated(Exception):
    """Our terms cannot say what is read: the message says what it is."""


@dataclass(frozen=True)
class SourceText:
    """A text and the name of where it comes from.

    Attributes:
        text: All of it.
        file: Name of the file, or of what stands for one.
    """

    text: str = field(repr=False)
    file: str = ""

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [0], self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    def line(self, offset: int) -> int:
        """Return the line, from 1, that an offset is on."""
        return bisect_right(self._starts, offset)

    def error(self, offset: int, message: str, *, expected: tuple[str, ...] = ()) -> ParseError:
        """Return an error at an offset, with its line as excerpt unless that is very long."""
        line = self.line(offset)
        start = self._starts[line - 1]
        end = self.text.find("\n", start)
        whole = self.text[start : len(self.text) if end < 0 else end].rstrip("\r").replace("\t", " ")
        if len(whole) > LONGEST_EXCERPT:
            near = self.text[offset : offset + 40].split("\n", 1)[0]
            message, whole = f"{message}, near {near!r}", ""
        return ParseError(
            message, file=self.file, line=line, column=offset - start + 1, excerpt=whole, expected=expected
        )


@dataclass(frozen=True)
class TokenList:
    """The tokens of a text.

    Attributes:
        source: The text.
        texts: Each token as it is written; an empty one stands for the end.
        offsets: Where each begins.
    """

    source: SourceText
    texts: list[str]
    offsets: list[int]

    def error(self, index: int, message: str, *, expected: tuple[str, ...] = ()) -> ParseError:
        """Return an error at a token."""
        return self.source.error(self.offsets[index], message, expected=expected)

    def expect(self, index: int, text: str) -> int:
        """Return the index after a token that must be the one given."""
        if self.texts[index] != text:
            raise self.error(index, f"{text} is missing before {self.shown(index)}", expected=(text,))
        return index + 1

    def shown(self, index: int) -> str:
        """Return a token for a message."""
        return self.texts[index][:40] or "the end of the text"

    def line(self, index: int) -> int:
        """Return the line, from 1, that a token begins on."""
        return self.source.line(self.offsets[index])

    def written(self, first: int, last: int) -> str:
        """Return the text from one token up to before another."""
        return self.source.text[self.offsets[first] : self.offsets[last - 1] + len(self.texts[last - 1])]


def read_text(path: Path) -> str:
    """Return what a file holds.

    Raises:
        DataError: The file cannot be opened, or is not UTF-8: names the line and the byte.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path}:{line}: byte 0x{content[error.start]:02x} is not UTF-8; save the file as UTF-8"
        ) from error
