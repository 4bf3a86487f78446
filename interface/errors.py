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
