"""What `abduce ask` can be asked for."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from abduce.errors import UsageError
from abduce.query_files import FORMATS

if TYPE_CHECKING:
    from abduce.solvers.base import Limits

READINGS: Final = ("auto", "classical", "rules", "closed")
CHECKS: Final = ("none", "fast", "full")
EXPORTS: Final = ("tptp", "smtlib")
DEFAULT_ANSWERS: Final = 100
"""How many answers are given unless `--all` or `--limit-answers` says otherwise."""
DEFAULT_TIMEOUT_S: Final = 5.0
DEFAULT_MEMORY_MB: Final = 2048
_WEIGHTED: Final = re.compile(r"(.*\S)\s*@\s*([0-9]+(?:\.[0-9]+)?)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class QueryOptions:
    """What was asked for on the command line.

    Attributes:
        files: Names of files; `-` is standard input.
        queries: Questions.
        format: What the files are written in; `auto` tells by what they hold.
        include: Folders below which included files may lie, beside a file's own.
        reading: How clauses are understood; `auto` takes rules where there are clauses alone.
        timeout_s: Time for each question, in seconds.
        memory_mb: Memory for each question, in megabytes.
        check: How evidence is checked.
        assume: Formulas that are assumed for the questions; the hypotheses to choose from where `why_not` is set.
        why_not: Whether to find what would have to be assumed.
        explain: Whether to show all reasons.
        compare: Whether to answer in all readings.
        all_answers: Whether to give all answers.
        limit_answers: How many answers to give at most.
        lint: Whether to say what looks like a slip.
        repair: Whether to mend what is clear.
        export: Write everything in this language instead of answering.
        as_json: Whether to print JSON.
    """

    files: Sequence[str] = ()
    queries: Sequence[str] = ()
    format: str = "auto"
    include: Sequence[Path] = ()
    reading: str = "auto"
    timeout_s: float = DEFAULT_TIMEOUT_S
    memory_mb: int = DEFAULT_MEMORY_MB
    check: str = "fast"
    assume: Sequence[str] = ()
    why_not: bool = False
    explain: bool = False
    compare: bool = False
    all_answers: bool = False
    limit_answers: int | None = None
    lint: bool = False
    repair: bool = False
    export: str | None = None
    as_json: bool = False

    @property
    def limits(self) -> Limits:
        """The bounds on one question."""
        from abduce.solvers.base import Limits

        return Limits(self.timeout_s, self.memory_mb)

    @property
    def most_answers(self) -> int | None:
        """How many answers to give at most; None for all."""
        if self.all_answers:
            return None
        return DEFAULT_ANSWERS if self.limit_answers is None else self.limit_answers

    def check_values(self) -> None:
        """Make sure that the options are what they can be, and go together.

        Raises:
            UsageError: They are not; says what was expected.
        """
        for name, given, choices in (
            ("--format", self.format, FORMATS),
            ("--reading", self.reading, READINGS),
            ("--check", self.check, CHECKS),
            ("--export", self.export or EXPORTS[0], EXPORTS),
        ):
            if given not in choices:
                raise UsageError(f"{name} {given}: expected one of {', '.join(choices)}")
        if not 0 < self.timeout_s < math.inf:
            raise UsageError(f"--timeout {self.timeout_s:g}: a number of seconds, above 0")
        if self.memory_mb < 1:
            raise UsageError(f"--memory {self.memory_mb}: a number of megabytes, at least 1")
        if self.limit_answers is not None and self.limit_answers < 1:
            raise UsageError(f"--limit-answers {self.limit_answers}: a number of answers, at least 1")
        if self.limit_answers is not None and self.all_answers:
            raise UsageError("--all and --limit-answers contradict each other; give one of them")
        if not self.files and not self.queries:
            raise UsageError("nothing to ask: give a file, - for standard input, or a question with -q")
        for folder in self.include:
            if not folder.is_dir():
                raise UsageError(f"--include {folder}: there is no such folder")


def weighted(texts: Sequence[str]) -> dict[str, float]:
    """Return hypotheses with their weights, 1 where none is written.

    Example:
        >>> weighted(["rain", "sprinkler @ 2.5"])
        {'rain': 1, 'sprinkler': 2.5}
    """
    found: dict[str, float] = {}
    for text in texts:
        parts = _WEIGHTED.fullmatch(text)
        weight = parts[2] if parts else "1"
        found[parts[1] if parts else text] = float(weight) if "." in weight else int(weight)
    return found
