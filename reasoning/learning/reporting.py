"""What a training run has to say: progress while it runs, a report at its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MOST_NOISE = 0.15
"""Share of answers that seem wrong beyond which nobody can tell whether they are, or what was learned is."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far learning has come.

    Attributes:
        stage: What is going on: `clusters` and `symbols` for images, `words`, `parser`, `checking`.
        step: Number of the step within the stage.
        words_known: How many symbols have a meaning.
        words_total: How many symbols occur in training.
        explained: Share of the training pairs that are explained, None where not yet measured.
        total: How many training pairs there are.
        detail: One line on what was done last.
    """

    stage: str
    step: int
    words_known: int
    words_total: int
    explained: float | None
    total: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of learning.

    Attributes:
        finished: Whether learning came to its end.
        stopped: Why it did not, where it did not.
        learned: Whether the held-out pairs confirm what was learned, and every symbol has a meaning.
        not_learned: Symbols without a meaning, or whose examples are explained much less often than others.
        explained: Share of the training pairs whose answer the machine gives, of those that were checked.
        held_out_accuracy: Share of the held-out pairs whose answer it gives; None where none were held out.
        noise: Estimated share of wrong answers among the training pairs; None where nothing was learned.
        doubt: How likely, by perception's own word, some symbol of a held-out sequence of images is misread; up to a
            tenth is allowed for as noise is. None for text.
        train_count: How many pairs there were.
        parameters: How many weights the parser has, and the networks that read images.
        curve: Points of the learning curve, in order.
    """

    finished: bool
    stopped: str | None = None
    learned: bool = False
    not_learned: tuple[str, ...] = ()
    explained: float = 0.0
    held_out_accuracy: float | None = None
    noise: float | None = 0.0
    doubt: float | None = None
    train_count: int = 0
    parameters: int = 0
    curve: tuple[dict[str, Any], ...] = ()


class Stopped(Exception):
    """Learning was asked to stop; carries the reason, and the best lexicon so far where there is one."""

    lexicon: Any = None


class Watch:
    """Passes progress on, and stops learning when asked to.

    Args:
        progress: Called with each progress report.
        should_stop: Polled often; a text it returns is the reason to stop.
        save_state: Called with a state to go on from, after each step.
        total: Number of training pairs.
        words: Number of symbols.
    """

    def __init__(
        self,
        progress: Callable[[Progress], None] | None,
        should_stop: Callable[[], str | None] | None,
        save_state: Callable[[dict[str, Any]], None] | None,
        total: int,
        words: int,
    ) -> None:
        self._progress = progress
        self._should_stop = should_stop
        self._save_state = save_state
        self.total = total
        self.words = words
        self.curve: list[dict[str, Any]] = []
        self.context: dict[str, Any] = {}

    def unsaved(self) -> Watch:
        """Return a watch that reports the same way and shares the curve, but saves nothing."""
        other = Watch(self._progress, self._should_stop, None, self.total, self.words)
        other.curve = self.curve
        return other

    def poll(self) -> None:
        """Raise `Stopped` if learning is to stop.

        Raises:
            Stopped: With the reason.
        """
        reason = self._should_stop() if self._should_stop else None
        if reason:
            raise Stopped(reason)

    def tell(self, stage: str, step: int, known: int, explained: float | None, detail: str = "") -> None:
        """Report progress."""
        if self._progress:
            self._progress(Progress(stage, step, known, self.words, explained, self.total, detail))

    def point(self, stage: str, known: int, explained: float | None, held_out: float | None = None) -> None:
        """Add a point to the learning curve."""
        step = len(self.curve)
        self.curve.append(
            {"step": step, "stage": stage, "words_known": known, "explained": explained, "held_out": held_out}
        )

    def save(self, state: dict[str, Any]) -> None:
        """Hand over a state to go on from, with what `context` holds."""
        if self._save_state:
            self._save_state({**self.context, **state, "format": 1, "curve": list(self.curve)})


def as_proved(row: Mapping[str, Any]) -> str:
    """Return a program of a lexicon's table with its closed form, and how that is known."""
    closed = f"  = {row['closed_form']}" if row["closed_form"] else ""
    where = f" for {row['condition']}" if row["condition"] else ""
    return f"{row['program']}{closed}{where}" + (f", {row['proof']}" if row["proof"] else "")
