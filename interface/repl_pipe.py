"""The entries of a session that come through a pipe."""

from __future__ import annotations

from typing import BinaryIO, Final

from abduce.errors import DataError
from abduce.repl_input import is_whole

LONG: Final = 2_000
"""Length of an entry, in letters, beyond which it is not read again where its last line shows that it goes on."""


class Piped:
    """Entries from a pipe or a file: lines, until a statement is whole or the input ends."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._line = 0
        self.place = 0
        """Line on which the last entry begins, from 1."""

    def entry(self) -> str:
        """Return the next entry.

        Raises:
            EOFError: There is none.
            DataError: A line is not UTF-8; the next entry begins after it.
        """
        lines: list[str] = []
        length = 0
        while content := self._stream.readline():
            self._line += 1
            if not lines:
                self.place = self._line
            try:
                lines.append(content.decode("utf-8-sig" if self._line == 1 else "utf-8"))
            except UnicodeDecodeError as error:
                byte = content[error.start]
                raise DataError(f"line {self._line} is not UTF-8 (byte 0x{byte:02x}); it was left out") from error
            length += len(lines[-1])
            if length > LONG and _goes_on(lines):
                continue
            if is_whole("".join(lines)):
                return "".join(lines)
        if lines:
            return "".join(lines)
        raise EOFError


def _goes_on(lines: list[str]) -> bool:
    """Tell whether an entry is not complete, going by its last line: that ends with a sign, or in a comment."""
    last = lines[-1].rstrip()
    if "%" not in last and last.endswith((",", ";", "(", "{", "&", "|", "∧", "∨", "->", "→", ":-")):
        return True
    text = "".join(lines)
    return text.rfind("/*") > text.rfind("*/")
