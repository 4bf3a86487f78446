"""The best value of an objective: over the solutions of constraints, or over the answers to a query."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final, TypeAlias

from abduce.errors import UsageError
from abduce.parser.elaboration import Question
from abduce.parser.printing import expression_text
from abduce.parser.statements import App, Operation, Query, Var
from abduce.reasoning.queries.answer_terms import Row, opened
from abduce.reasoning.queries.answer_values import AnswerValue, shown_answer
from abduce.reasoning.queries.budgets import Budget
from abduce.reasoning.queries.classical import Classical
from abduce.reasoning.queries.evidence_classical import satisfies
from abduce.reasoning.queries.stopping import Stopping
from abduce.reasoning.queries.turns import LEAST_S
from abduce.reasoning.queries.verdicts import Checked, Evidence, NoEvidence, Optimum, Result, Verdict
from abduce.reasoning.rules.arithmetic import UNDEFINED
from abduce.reasoning.rules.bounds import OutOfBounds
from abduce.reasoning.rules.checking import evaluated
from abduce.reasoning.rules.recalculation import Irrational
from abduce.solvers import numerals, optimisation, z3_optimum
from abduce.solvers.algebraic import CannotTell
from abduce.solvers.base import Algebraic, Limits, Model, Reason, Status
from abduce.solvers.evaluation import Evaluator, Undecided
from abduce.solvers.terms import (
    ARITHMETIC,
    REAL,
    Apply,
    Term,
    Variable,
    conjunction,
    disjunction,
    equal,
    negation,
    substitute,
    symbols,
)
from abduce.solvers.z3_backend import reprove

Kind = optimisation.Kind
Scored: TypeAlias = "tuple[int | Fraction, Row]"
TIED: Final = "other solutions are as good"
UNTOLD: Final = "whether other solutions are as good was not found out"
VALUE: Final = "\0value"
"""The variable that stands for the value of an objective; no user's variable has this name."""


class CheckedEvidence(NoEvidence):
    """Evidence that was checked when it was made."""

    def __init__(self, checked: Checked) -> None:
        self._checked = checked

    def checked(self) -> Checked:
        """Return how it was checked."""
        return self._checked


class OptimumEvidence(NoEvidence):
    """What shows that a value is the best, or that there is none: nothing better is found possible once more.

    Args:
        solution: The best solution; None where there is none.
        formulas: What it must satisfy.
        better: What has no model together with the formulas.
        budget: For the check.
    """

    def __init__(
        self, solution: Model | None, formulas: Sequence[Term], better: Sequence[Term], budget: Budget
    ) -> None:
        self._solution, self._formulas, self._better = solution, tuple(formulas), tuple(better)
        self._budget = budget
        self._checked: Checked | None = None

    def checked(self) -> Checked:
        """Return `REPROVED` where the solution is right and nothing better has a model in a fresh context either."""
        if self._checked is None:
            try:
                with self._budget:
                    self._checked = self._found()
            except OutOfBounds:
                self._checked = Checked.UNCHECKED
        return self._checked

    def _found(self) -> Checked:
        self._budget.look()
        if self._solution is not None and not satisfies(self._solution, self._formulas, self._budget.limits()):
            return Checked.UNCHECKED
        again = reprove([*self._formulas, *self._better], self._budget.limits())
        return Checked.REPROVED if again.status is Status.UNSAT else Checked.UNCHECKED


def _evidence(
    found: optimisation.Optimum, kind: str, objective: Term, formulas: Sequence[Term], budget: Budget
) -> Evidence:
    if found.kind is Kind.INFEASIBLE:
        return OptimumEvidence(None, formulas, (), budget)
    if found.kind is not Kind.OPTIMUM or found.value is None:
        return NoEvidence()
    beyond = numerals.above if kind == "maximize" else numerals.below
    try:
        better = beyond(objective, found.value)
    except CannotTell:
        return NoEvidence()
    return OptimumEvidence(found.model, formulas, (better,), budget)


def best_solution(
    query: Query,
    classical: Classical,
    question: Question,
    limits: Limits,
    stopping: Stopping,
    budget: Callable[[], Budget] | None,
) -> Result:
    """Return the greatest or least value of an objective over the solutions of a query and the premises.

    Args:
        query, classical, question: What is asked of what.
        limits: On the search.
        stopping: The wish to stop.
        budget: Returns what is left for a check of the evidence; None where none is wanted.
    """
    assert question.objective is not None
    until = time.monotonic() + limits.timeout_s
    kind, objective = question.objective
    values = opened(question)
    formulas: list[Term] = [*classical.terms, *classical.axioms(question.formula)]
    formulas.append(substitute(question.formula, values))
    best = optimisation.maximise if kind == "maximize" else optimisation.minimise
    propose = z3_optimum.propose if objective.sort == REAL else None
    aim = substitute(objective, values)
    found = best(formulas, aim, limits=limits, session=stopping.session, propose=propose)
    rows: tuple[Mapping[str, AnswerValue], ...] = ()
    shown: dict[str, Term] = {}
    evidence = _evidence(found, kind, aim, formulas, budget()) if budget else NoEvidence()
    if found.model is not None:
        evaluator = Evaluator(found.model)
        shown.update({v.name: values[v] for v in question.variables} or _unknowns(objective))
        row = {name: evaluator.value(term) for name, term in shown.items()}
        rows = (row,) if not any(isinstance(value, Undecided) for value in row.values()) else ()
    if found.kind is Kind.UNBOUNDED:
        found, rows = replace(found, value=None), ()
    optimum = Optimum(found.value, found.lower, found.upper, found.kind is not Kind.LIMIT)
    verdict, reason = Verdict.ENTAILED, found.reason
    complete, others = found.kind not in (Kind.UNDECIDED, Kind.LIMIT), ""
    if found.kind is Kind.OPTIMUM and found.value is not None and rows:
        left = Limits(max((until - time.monotonic()) / 4, LEAST_S), limits.memory_mb)
        others = _others(
            formulas, aim, found.value, {shown[name]: value for name, value in rows[0].items()}, left, stopping
        )
        complete = not others
    if found.kind is Kind.INFEASIBLE:
        verdict = Verdict.REFUTED
    elif found.kind is Kind.UNDECIDED:
        verdict, reason = Verdict.GAVE_UP, found.reason or Reason.INCOMPLETE
    note = {
        Kind.UNBOUNDED: "there is no best value: it can be made as large as one likes"
        if kind == "maximize"
        else "there is no best value: it can be made as small as one likes",
        Kind.LIMIT: "values come as near to the best one as one likes, and none reaches it",
        Kind.INFEASIBLE: "there is no solution",
    }.get(found.kind, others)
    return Result(
        query.source.text, verdict, reason, answers=rows, complete=complete, solver="z3", evidence=evidence,
        is_open=True, optimum=optimum, note=note,
    )  # fmt: skip


def _others(
    formulas: Sequence[Term],
    aim: Term,
    best: optimisation.Numeric,
    solution: Mapping[Term, AnswerValue],
    limits: Limits,
    stopping: Stopping,
) -> str:
    """Say whether there are other solutions that are as good as one; nothing where it is the only one."""
    if set(solution) == {aim}:
        return ""
    try:
        differs = [negation(numerals.equals(term, _numeric(value))) for term, value in solution.items()]
        conditions = (numerals.equals(aim, best), disjunction(differs))
    except CannotTell:
        return UNTOLD
    with stopping.session() as solver:
        found = solver.check((*formulas, *conditions), limits=limits, want_model=False)
    return {Status.UNSAT: "", Status.SAT: TIED}.get(found.status, UNTOLD)


def _numeric(value: AnswerValue) -> optimisation.Numeric:
    if isinstance(value, bool) or not isinstance(value, int | Fraction | Algebraic):
        raise CannotTell("whether other values of what is no number are as good")
    return value


def _unknowns(objective: Term) -> dict[str, Term]:
    """Return the constants of an objective by name: what is shown where a query has no variables."""
    named = sorted(symbols(objective), key=lambda one: one.name)
    return {one.name: Apply(one) for one in named if not one.arguments and one.result in ARITHMETIC}


def with_value(question: Question) -> Question:
    """Return a query whose answers show the value of its objective under the name `VALUE`."""
    assert question.objective is not None
    objective = question.objective[1]
    value = Variable(VALUE, objective.sort)
    formula = conjunction((question.formula, equal(objective, value)))
    return replace(question, formula=formula, variables=(*question.variables, value), objective=None)


def related(query: Query) -> str:
    """Return what may be meant where an objective is a term: the number that a predicate of its name relates to it."""
    assert query.objective is not None
    kind, objective = query.objective
    if not isinstance(objective, App):
        return ""
    atom = App(objective.name, (*objective.arguments, Var("N")))
    is_true = isinstance(query.expression, Operation) and query.expression.op == "true"
    others = "" if is_true else f", {expression_text(query.expression, mode='query')}"
    return f"{kind} N subject to {expression_text(atom, mode='query')}{others}?"


def scored_by(query: Query, rows: Iterable[Row]) -> list[Scored]:
    """Return answers with the values of an objective that is calculated from them, where it has a value.

    Raises:
        UsageError: The objective is no number, or no rational one, for one of them.
    """
    assert query.objective is not None
    kind, objective = query.objective
    scored: list[Scored] = []
    for row in rows:
        try:
            value = evaluated(objective, row)
        except UNDEFINED:
            continue
        except Irrational as error:
            written = expression_text(objective, mode="query")
            raise UsageError(
                f"{written} is no rational number for {shown_answer(row)}, and rules calculate with these alone"
            ) from error
        if isinstance(value, bool) or not isinstance(value, int | Fraction):
            written = expression_text(objective, mode="query")
            meant = related(query)
            raise UsageError(
                f"{kind} takes a number, and {written} is {value} for {shown_answer(row)}"
                + (f"; did you mean: {meant}" if meant else "")
            )
        scored.append((value, row))
    return scored


def best_of(query: Query, scored: Sequence[Scored], *, complete: bool, reason: Reason | None) -> Result:
    """Return the best of the answers to a query: all that are equally good."""
    assert query.objective is not None
    kind = query.objective[0]
    verdict = Verdict.ENTAILED if scored else Verdict.UNDETERMINED if complete else Verdict.GAVE_UP
    optimum = Optimum(None, None, None)
    best: tuple[Row, ...] = ()
    if scored:
        top = (max if kind == "maximize" else min)(value for value, _ in scored)
        bound = top if complete else None
        lower, upper = (top, bound) if kind == "maximize" else (bound, top)
        optimum, best = Optimum(top, lower, upper), tuple(row for value, row in scored if value == top)
    return Result(
        query.source.text, verdict, reason, answers=best, complete=complete, solver="rules", is_open=True,
        optimum=optimum,
    )  # fmt: skip
