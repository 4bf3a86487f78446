"""Answers as people read them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from rich.console import Console

    from abduce.reasoning.queries.verdicts import Consistency, CoreItem, Result

MOST_SHOWN: Final = 12
"""How many premises of a core are written out."""
_STYLES: Final = (
    (re.compile(r"^(?:entailed|consistent|sat|unsat)\b", re.MULTILINE), "bold green"),
    (re.compile(r"^(?:refuted|inconsistent)\b", re.MULTILINE), "bold red"),
    (re.compile(r"^(?:undetermined|gave up|unknown)\b", re.MULTILINE), "bold yellow"),
    (re.compile(r"^no answers\b|^\d+ (?:possible )?answers?\b", re.MULTILINE), "bold"),
    (re.compile(r"^error:", re.MULTILINE), "bold red"),
    (re.compile(r"^note:|^did you mean:", re.MULTILINE), "yellow"),
    (re.compile(r"   (?:\([^()]*\)|% .*)$", re.MULTILINE), "bright_black"),
)


def result_text(result: Result, *, explain: bool = False, limit: int | None = None) -> str:
    """Write what a query was answered with, and why: the premises it rests on, or all there is where `explain` is set.

    Evidence is made when it is looked at, so this may take as long as the query itself.

    Args:
        result: What it was answered with.
        explain: Whether to write all reasons.
        limit: How many answers were asked for at most.
    """
    said = str(result)
    if result.is_open and result.answers:
        more = "; there may be more (incomplete)"
        if result.complete:
            said = said.replace("\n", ", all there are\n", 1)
        elif result.reason is None and result.optimum is not None and result.note:
            said = said.replace(more, "", 1)
        elif result.reason is None and len(result.answers) == limit:
            said = said.replace(more, f"; there may be more (the first {limit}; --all gives all)", 1)
    lines = [said]
    if explain:
        lines += explanation_lines(result)
    elif not result.is_open or not result.answers:
        lines += _core_lines(result.core)
        lines += _indented(result.unmade)
    if result.optimum is not None:
        lines += _optimum_lines(result)
    if result.delegated:
        lines.append("  delegated: a solver's own reader read this")
    return "\n".join(lines)


def explanation_lines(result: Result) -> list[str]:
    """Return all reasons: the explanation, or the core and the models where there is none."""
    explanation = result.explanation
    if explanation is not None:
        return _indented(explanation.as_text())
    models = [line for model in result.models for line in _indented(model.as_text())]
    return [*_core_lines(result.core), *models, *_indented(result.unmade)]


def _core_lines(core: Sequence[CoreItem]) -> list[str]:
    if not core:
        return []
    more = [f"    … and {len(core) - MOST_SHOWN} more"] if len(core) > MOST_SHOWN else []
    return ["  from", *(f"    {_one_line(str(item))}" for item in core[:MOST_SHOWN]), *more]


def _one_line(text: str) -> str:
    """Return a text with white space set to one blank, but for that before its place."""
    body, gap, place = text.rpartition("   (")
    return " ".join(body.split()) + gap + place if gap else " ".join(text.split())


def _optimum_lines(result: Result) -> list[str]:
    from abduce.reasoning.queries.answer_values import shown_value

    optimum = result.optimum
    assert optimum is not None
    if optimum.lower == optimum.upper == optimum.value:
        return []
    low, high = ("no bound" if bound is None else shown_value(bound) for bound in (optimum.lower, optimum.upper))
    return [f"  bounds: {low} to {high}"]


def consistency_text(found: Consistency, *, explain: bool = False) -> str:
    """Write whether premises have a model, and which or why not."""
    explanation = found.explanation if explain else None
    if explanation is None:
        return str(found)
    return "\n".join([str(found).split("\n", 1)[0], *_indented(explanation.as_text())])


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]


class Printer:
    """Prints answers: in colours on a terminal, as they are elsewhere.

    Args:
        stream: Where to; standard output if None.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._console: Console | None = None

    def show(self, text: str, *, end: str = "\n") -> None:
        """Print a text."""
        if not self._stream.isatty():
            print(text, end=end, file=self._stream, flush=True)
            return
        from rich.console import Console
        from rich.text import Text

        self._console = self._console or Console(file=self._stream, highlight=False)
        styled = Text(text)
        for pattern, style in _STYLES:
            for found in pattern.finditer(text):
                styled.stylize(style, *found.span())
        self._console.print(styled, soft_wrap=True, end=end)
        self._stream.flush()

    def lines(self, texts: Iterable[str]) -> None:
        """Print texts, each on a line of its own."""
        for text in texts:
            self.show(text)
