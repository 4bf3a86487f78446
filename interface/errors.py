"""Every error that abduce raises on purpose; each says where, what was expected, and how to mend it."""

from __future__ import annotations


class AbduceError(Exception):
    """Base of all errors that a user can mend; the command line prints it and ends with code 2."""


class DataError(AbduceError, ValueError):
    """Data that cannot be read: names the file and line, what was expected, and the repair."""


class UsageError(AbduceError, ValueError):
    """Arguments that contradict each other or name something that does not exist."""


class RunError(AbduceError, ValueError):
    """A run folder that is missing, truncated, or written by a newer version."""


class TooLongError(AbduceError, ValueError):
    """An input longer than the parser's memory bound allows."""


class TellingInterrupted(AbduceError):
    """Somebody interrupted while premises were told: nothing of them was taken in."""


class SortError(AbduceError, TypeError):
    """A term put together from parts of sorts that do not fit.

    Attributes:
        message: What does not fit, in one line.
        place: File, line and column, where it was read from a text.
        excerpt: The line there with a caret below it.
    """

    def __init__(self, message: str, *, place: str = "", excerpt: str = "") -> None:
        self.message, self.place, self.excerpt = message, place, excerpt
        said = f"{place}: {message}" if place else message
        super().__init__(f"{said}\n{excerpt}" if excerpt else said)


class ParseError(AbduceError, ValueError):
    """Text that cannot be read: says where, what was expected, and how to mend it.

    Attributes:
        message: What is wrong, in one line.
        file: Name of the file, or of what stands for one (`standard input`, `query 1`).
        line: Line, from 1.
        column: Column, from 1.
        excerpt: The line itself, for the caret.
        expected: What could have stood there.
        repairs: Suggested texts for the whole statement, the likeliest first.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str = "",
        line: int = 1,
        column: int = 1,
        excerpt: str = "",
        expected: tuple[str, ...] = (),
        repairs: tuple[str, ...] = (),
    ) -> None:
        self.message, self.file, self.line, self.column = message, file, line, column
        self.excerpt, self.expected, self.repairs = excerpt, expected, repairs
        super().__init__(self._shown())

    def _shown(self) -> str:
        lines = [f"{self.file or 'input'}:{self.line}:{self.column}: {self.message}"]
        if self.excerpt:
            lines += [f"  {self.excerpt}", f"  {' ' * (self.column - 1)}^"]
        if self.expected:
            lines.append(f"  expected: {'  '.join(self.expected)}")
        lines += [f"  did you mean: {repair}" for repair in self.repairs[:3]]
        return "\n".join(lines)
