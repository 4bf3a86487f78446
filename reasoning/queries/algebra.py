"""Commands of exact algebra as queries: `solve`, `simplify`, `integrate` and the like, each result checked."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from abduce.parser.algebra import algebra_terms
from abduce.parser.statements import Algebra
from abduce.reasoning.queries.answer_values import AnswerValue
from abduce.reasoning.queries.optima import CheckedEvidence
from abduce.reasoning.queries.verdicts import Checked, NoEvidence, Premises, Result, Verdict
from abduce.solvers.algebra import AlgebraOutcome, problem
from abduce.solvers.base import Limits

if TYPE_CHECKING:
    from abduce.solvers.sympy_backend import SympyBackend

RESULT: Final = "result"
"""The name under which a command gives its result, where it does not give values of unknowns."""
_STARTING = threading.Lock()
_NUMBER: Final = re.compile(r"-?\d+(?:/\d+)?")


@lru_cache(maxsize=1)
def _started() -> SympyBackend:
    from abduce.solvers.sympy_backend import SympyBackend

    return SympyBackend()


def backend() -> SympyBackend:
    """Return the process for algebra that all engines share; it starts with its first problem."""
    with _STARTING:
        return _started()


def algebra_result(command: Algebra, limits: Limits, interrupted: Callable[[], bool] | None = None) -> Result:
    """Carry out a command: `solve` has one answer for each solution, the others have one under `result`.

    Only what was checked is given as a result. That there are no solutions is `refuted`; where nothing was found, or
    a check refuted or could not confirm what was found, the verdict is `gave_up`.

    Args:
        command: The command.
        limits: Bounds on time and memory.
        interrupted: Asked every few hundredths of a second whether to stop.

    Raises:
        SortError, UsageError: It makes no sense.
    """
    found = backend().run(problem(command.command, algebra_terms(command)), limits, interrupted=interrupted)
    text, rows = command.source.text.strip(), tuple(_rows(found))
    if found.reason is not None:
        note = "a result was found, and its check did not confirm it" if found.refuted else ""
        return Result(
            text, Verdict.GAVE_UP, found.reason, Premises.CONSISTENT, complete=False, solver="sympy",
            is_open=True, seconds=found.seconds, readings_differ=False, note=note,
        )  # fmt: skip
    return Result(
        text,
        Verdict.ENTAILED if rows else Verdict.REFUTED,
        None,
        Premises.CONSISTENT,
        answers=rows,
        complete=command.command != "solve" or found.complete is True,
        solver="sympy",
        evidence=CheckedEvidence(Checked.VERIFIED) if found.verified else NoEvidence(),
        is_open=True,
        seconds=found.seconds,
        readings_differ=False,
        note=_note(found),
    )


def algebra_answers(
    command: Algebra, limits: Limits, interrupted: Callable[[], bool] | None = None
) -> Iterator[Mapping[str, AnswerValue]]:
    """Yield the solutions, or the one result under the name `result`."""
    return iter(algebra_result(command, limits, interrupted).answers)


def _note(found: AlgebraOutcome) -> str:
    """Return what a result depends on, and how it was checked."""
    dropped = "; others that were found did not solve it" if found.refuted else ""
    checked = f"checked: {found.checked_by}{dropped}" if found.checked_by else ""
    return "; ".join(part for part in (found.note, checked) if part)


def _rows(found: AlgebraOutcome) -> Iterator[Mapping[str, AnswerValue]]:
    for solution in found.solutions:
        yield {name: _value(text) for name, text in solution.items()}
    for text in found.results:
        yield {RESULT: _value(text)}


def _value(text: str) -> AnswerValue:
    """Return a number for a text that is one, else the text: an expression of the query language."""
    if not _NUMBER.fullmatch(text):
        return text
    value = Fraction(text)
    return int(value) if value.denominator == 1 else value
