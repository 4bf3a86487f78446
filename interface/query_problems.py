"""TPTP problems on the command line and in a session: they carry their own question."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from abduce.errors import UsageError
from abduce.parser.export import to_smtlib, to_tptp
from abduce.parser.tptp import TptpProblem, read_tptp
from abduce.query_files import QueryFile
from abduce.query_output import consistency_text, result_text
from abduce.reasoning.queries.problems import answer, whole_text
from abduce.reasoning.queries.verdicts import Consistency, Result
from abduce.solvers.base import Limits


@dataclasses.dataclass(frozen=True, slots=True)
class ReadProblem:
    """A problem that was read.

    Attributes:
        problem: The problem.
        text: All of it without includes, where our terms cannot say it; else empty.
    """

    problem: TptpProblem
    text: str = ""


def read_problem(file: QueryFile, include: Sequence[Path]) -> ReadProblem:
    """Read a problem, with what it includes from below its own folder and those given.

    Raises:
        AbduceError: It cannot be read, or an include leads elsewhere.
    """
    if file.path is not None:
        problem = read_tptp(file.path, include_dirs=include, file=file.name)
    else:
        problem = read_tptp(file.text, include_dirs=include, file=file.name)
    text = "" if problem.delegated is None else whole_text(file.text, file.name, file.path, include)
    return ReadProblem(problem, text)


def answer_problem(
    read: ReadProblem, limits: Limits, *, check: str = "fast", explain: bool = False
) -> Result | Consistency:
    """Answer a problem.

    Raises:
        UsageError: Neither we nor Z3 can read it.
    """
    try:
        return answer(read.problem, limits, text=read.text, check=check, explain=explain)
    except UsageError as error:
        if read.problem.delegated is None:
            raise
        raise UsageError(f"our terms cannot say {read.problem.delegated}; {error}") from error


def problem_text(found: Result | Consistency, *, explain: bool = False) -> str:
    """Write what a problem was answered with."""
    if isinstance(found, Consistency):
        return consistency_text(found, explain=explain)
    return result_text(found, explain=explain)


def exported_problem(read: ReadProblem, name: str, target: str) -> str:
    """Return a problem in `tptp` or `smtlib`.

    Raises:
        UsageError: Our terms or the target cannot say it.
    """
    if read.problem.delegated is not None:
        raise UsageError(f"{name}: cannot be exported, as our terms cannot say {read.problem.delegated}")
    write = to_tptp if target == "tptp" else to_smtlib
    return write(read.problem.premises, read.problem.conjecture)
