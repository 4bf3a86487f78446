"""Files of premises and questions: what each is written in, and what it says."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from abduce.errors import DataError, UsageError

FORMATS: Final = ("auto", "abduce", "tptp", "smtlib")
STANDARD_INPUT: Final = "standard input"

_BY_ENDING: Final = {
    ".smt2": "smtlib",
    ".smt": "smtlib",
    ".p": "tptp",
    ".ax": "tptp",
    ".tptp": "tptp",
}
_SAVED = re.compile(r'\s*\{\s*"format"\s*:\s*"abduce session"')
_SPACE = re.compile(r"(?:\s+|%[^\n]*|;[^\n]*|/\*.*?\*/)*", re.DOTALL)
_TPTP = re.compile(
    r"""(?:cnf|fof|tff|tcf|thf|txf|tpi)\s*\(\s*(?:'(?:[^'\\]|\\.)*'|\w+)\s*,\s*[a-z_]+\s*[,\-]|include\s*\(\s*'""",
    re.ASCII,
)
_SMTLIB = re.compile(
    r"\(\s*(?:(?:set|get|check|declare|define)-[a-z]|(?:assert|push|pop|echo|exit|reset|minimize|maximize)\b)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class QueryFile:
    """A file that was read.

    Attributes:
        name: Its name, or `standard input`.
        text: What it holds.
        format: What it is written in: `abduce`, `tptp` or `smtlib`.
        path: Where it lies; None for standard input.
    """

    name: str
    text: str = field(repr=False)
    format: str
    path: Path | None

    @property
    def is_saved(self) -> bool:
        """Whether it is a session that was saved."""
        return self.format == "abduce" and _SAVED.match(self.text) is not None


def read_files(names: Sequence[str], format_wanted: str = "auto") -> list[QueryFile]:
    """Read files, in their order.

    Args:
        names: Paths; `-` is standard input.
        format_wanted: What they are written in; `auto` tells by what they hold, then by how their names end.

    Raises:
        DataError: A file cannot be opened, or is not UTF-8; names the line and the byte.
        UsageError: `-` is given twice, or there is no such format.
    """
    if format_wanted not in FORMATS:
        raise UsageError(f"--format {format_wanted}: expected one of {', '.join(FORMATS)}")
    if list(names).count("-") > 1:
        raise UsageError("- is standard input, and can be read once only")
    return [_read(name, format_wanted) for name in names]


def _read(name: str, format_wanted: str) -> QueryFile:
    if name == "-":
        text, shown, path = decoded(sys.stdin.buffer.read(), STANDARD_INPUT), STANDARD_INPUT, None
    else:
        shown, path = name, Path(name).expanduser()
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DataError(f"{name}: cannot be read ({error.strerror or error})") from error
        except ValueError as error:  # a NUL in the name
            raise DataError(f"{name!r}: cannot be the name of a file ({error})") from error
        text = decoded(content, name)
    return QueryFile(shown, text, format_of(text, name) if format_wanted == "auto" else format_wanted, path)


def decoded(content: bytes, name: str) -> str:
    """Return bytes as text, without a byte order mark.

    Raises:
        DataError: They are not UTF-8; names the line and the byte.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{name}:{line}: byte 0x{content[error.start]:02x} is not UTF-8; save the file as UTF-8"
        ) from error


def format_of(text: str, name: str) -> str:
    """Tell what a text is written in: by its first statement, else by its name, else it is our own language.

    Example:
        >>> format_of("% a comment\\nfof(a, axiom, p(c)).", "a.txt"), format_of("fof(a, b).", "a.pl")
        ('tptp', 'abduce')
        >>> format_of("; a comment\\n(set-logic QF_LIA)", "-"), format_of("", "empty.smt2")
        ('smtlib', 'smtlib')
    """
    space = _SPACE.match(text)
    start = space.end() if space else 0
    if _TPTP.match(text, start):
        return "tptp"
    if _SMTLIB.match(text, start):
        return "smtlib"
    return _BY_ENDING.get(Path(name).suffix.lower(), "abduce")
