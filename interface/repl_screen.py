"""What a session needs of whoever shows it, and how it takes apart what is typed behind `:why-not`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Screen(Protocol):
    """Where a session prints, and whom it asks."""

    @property
    def is_interactive(self) -> bool:
        """Whether somebody can be asked."""
        ...

    def show(self, text: str, *, end: str = "\n") -> None:
        """Print something."""
        ...

    def note(self, text: str) -> None:
        """Print something by the way."""
        ...

    def wants_next(self) -> bool:
        """Ask whether to show the next answer."""
        ...

    def run(self, call: Callable[[], T], stop: Callable[[], None]) -> T:
        """Do what may take long; Ctrl-C stops it and raises `Interrupted`."""
        ...


def split_goal(text: str) -> tuple[str, dict[str, float] | None]:
    """Cut what `:why-not` is given into the goal and the hypotheses with their weights; None where none are named.

    Example:
        >>> split_goal("wet(grass) from rain(now, here) @ 2, sprinkler")
        ('wet(grass)', {'rain(now, here)': 2, 'sprinkler': 1})
        >>> split_goal("wet(grass)?")
        ('wet(grass)?', None)
    """
    from abduce.query_options import weighted

    goal, found, rest = text.partition(" from ")
    if not found:
        return text, None
    pieces, depth, start = [], 0, 0
    for place, letter in enumerate(rest):
        depth += (letter in "({") - (letter in ")}")
        if letter == "," and depth == 0:
            pieces.append(rest[start:place])
            start = place + 1
    pieces.append(rest[start:])
    return goal.strip(), weighted([piece.strip() for piece in pieces if piece.strip()])
