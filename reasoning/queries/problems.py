"""TPTP problems: their own conjecture asked of their own premises, answered with a verdict and its evidence."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from abduce.parser.source_text import SourceText
from abduce.parser.statements import Source
from abduce.parser.term_printing import term_text
from abduce.parser.tptp import TptpProblem
from abduce.parser.tptp_statements import Folders, statements
from abduce.reasoning.queries.budgets import Budget
from abduce.reasoning.queries.classical import Labelled
from abduce.reasoning.queries.evidence_classical import ClassicalEvidence
from abduce.reasoning.queries.judging import Judgement, judged
from abduce.reasoning.queries.verdicts import NO_EVIDENCE, Consistency, Premises, Result, Verdict
from abduce.reasoning.rules.bounds import never
from abduce.solvers import portfolio
from abduce.solvers.base import Limits, Reason, Status

OWN_READER = "z3 (its own reader)"
_VERDICTS = {
    "Theorem": Verdict.ENTAILED,
    "CounterSatisfiable": Verdict.GAVE_UP,
    "CounterTheorem": Verdict.REFUTED,
    "ContradictoryAxioms": Verdict.INCONSISTENT,
    "Unsatisfiable": Verdict.INCONSISTENT,
    "Satisfiable": Verdict.CONSISTENT,
}
"""What an answer of Z3's reader comes to. That a conjecture does not follow leaves open whether it is refuted."""


def answer(
    problem: TptpProblem,
    limits: Limits,
    *,
    text: str = "",
    check: str = "fast",
    explain: bool = False,
    interrupted: Callable[[], bool] = never,
) -> Result | Consistency:
    """Answer a problem: whether its conjecture follows, or where it has none, whether its premises have a model.

    Args:
        problem: The problem.
        limits: Bounds on all of it.
        text: All of it without includes, for Z3's own reader, where our terms cannot say it; see `whole_text`.
        check: `none` leaves the evidence unchecked.
        explain: Whether the explanation is part of the JSON.
        interrupted: Asked every few milliseconds whether to stop.

    Raises:
        UsageError: Neither we nor Z3 can read it.
    """
    if problem.delegated is not None:
        return _delegated(text, limits, explain=explain)
    started = time.perf_counter()
    premises = [
        Labelled(named.formula, Source(named.text or named.name, named.file, named.line)) for named in problem.premises
    ]
    formulas = [premise.formula for premise in premises]
    if problem.conjecture is None:
        return _consistency(premises, limits, check, interrupted)
    found = portfolio.entailment(
        formulas, problem.conjecture, limits, interrupted=interrupted, want_model=False, want_core=False
    )
    what = judged(found, Premises(found.consistency.value))
    seconds = time.perf_counter() - started
    query = term_text(problem.conjecture)
    evidence = ClassicalEvidence(
        premises, (), problem.conjecture, what.verdict, query=query, budget=Budget(limits, seconds),
        check=check != "none", not_entailed=what.not_entailed,
    )  # fmt: skip
    return replace(_result(query, what), seconds=seconds, evidence=evidence, explain=explain)


def _result(query: str, what: Judgement) -> Result:
    return Result(query, what.verdict, what.reason, what.premises, what.not_entailed, solver=what.solver)


def _consistency(premises: list[Labelled], limits: Limits, check: str, interrupted: Callable[[], bool]) -> Consistency:
    started = time.perf_counter()
    found = portfolio.decide(
        [premise.formula for premise in premises], limits, interrupted=interrupted, want_model=False
    )
    verdict = {Status.SAT: Verdict.CONSISTENT, Status.UNSAT: Verdict.INCONSISTENT}.get(found.status, Verdict.GAVE_UP)
    seconds = time.perf_counter() - started
    evidence = ClassicalEvidence(
        premises, (), None, verdict, query="", budget=Budget(limits, seconds), check=check != "none"
    )
    return Consistency(verdict, found.reason, solver=found.solver, seconds=seconds, evidence=evidence)


def _delegated(text: str, limits: Limits, *, explain: bool) -> Result | Consistency:
    from abduce.solvers.z3_problems import run_problem

    output = run_problem(text, limits)
    verdict = _VERDICTS.get(output.status or "", Verdict.GAVE_UP)
    reason = output.reason or (Reason.INCOMPLETE if verdict is Verdict.GAVE_UP else None)
    if verdict is Verdict.CONSISTENT or (verdict is Verdict.INCONSISTENT and output.status == "Unsatisfiable"):
        return Consistency(verdict, reason, solver=OWN_READER, seconds=output.seconds)
    return Result(
        "the conjecture", verdict, reason, _premises(verdict, output.status),
        verdict is Verdict.REFUTED or output.status == "CounterSatisfiable", solver=OWN_READER, delegated=True,
        seconds=output.seconds, evidence=NO_EVIDENCE, explain=explain,
    )  # fmt: skip


def _premises(verdict: Verdict, status: str | None) -> Premises:
    if verdict is Verdict.INCONSISTENT:
        return Premises.INCONSISTENT
    return Premises.CONSISTENT if status == "CounterSatisfiable" else Premises.NOT_ESTABLISHED


def whole_text(text: str, file: str, path: Path | None, include_dirs: Iterable[Path] = ()) -> str:
    """Return the text of a problem with that of all files that it includes, in the place of the includes.

    Raises:
        ParseError: A statement is ill-formed.
        UsageError: An include leads outside the allowed folders.
        DataError: An included file is not there, or is not UTF-8.
    """
    folders = Folders(path.parent if path is not None else None, tuple(include_dirs))
    found = statements(SourceText(text, file), folders)
    return "\n".join(statement.tokens.written(statement.start, statement.end) for statement in found) + "\n"
