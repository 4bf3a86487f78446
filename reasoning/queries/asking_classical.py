"""Queries in the classical reading: judged, or their answers found, and their evidence prepared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from abduce.errors import SortError
from abduce.parser.elaboration import Question
from abduce.parser.pausing import unhurried
from abduce.parser.statements import Query
from abduce.reasoning.queries import judging
from abduce.reasoning.queries.answer_terms import Row, are_unknowns, at_row
from abduce.reasoning.queries.answer_values import shown_answer
from abduce.reasoning.queries.answers import ClassicalAnswers
from abduce.reasoning.queries.classical import Classical
from abduce.reasoning.queries.evidence_classical import ClassicalEvidence, Deferred, SolutionsEvidence
from abduce.reasoning.queries.judging import Judgement
from abduce.reasoning.queries.turns import LEAST_S, Turn
from abduce.reasoning.queries.verdicts import (  # fmt: skip)
    NO_EVIDENCE,
    Consistency,
    Evidence,
    Premises,
    Reading,
    Result,
    Verdict,
)
from abduce.solvers.base import Limits, Reason, Status
from abduce.solvers.terms import Term, conjunction, exists

MOST_INSTANCES = 1_000
"""For how many answers evidence is made at most."""


@dataclass(frozen=True, slots=True)
class ClassicalTurn(Turn):
    """One query in the classical reading."""

    def result(self, query: Query, limit_answers: int | None) -> Result:
        classical, question = self._elaborated(query)
        if question.objective is not None:
            return self._best(query, classical, question)
        if question.variables:
            return self._open(query, classical, question, limit_answers)
        judgement = judging.judge(classical, question.formula, self.left(), self.interrupted)
        evidence = self._evidence(query, classical, question.formula, judgement)
        return Result(
            query.source.text,
            judgement.verdict,
            judgement.reason,
            judgement.premises,
            judgement.not_entailed,
            Reading.CLASSICAL,
            solver=judgement.solver,
            evidence=evidence,
        )

    def _elaborated(self, query: Query) -> tuple[Classical, Question]:
        """Return a query as terms, with the premises to put it to.

        Raises:
            SortError: It does not fit them; where its objective is the name of a predicate, with what may be meant.
        """
        try:
            return self.workspace.classical().question(query)
        except SortError as error:
            if query.objective is None or "is a predicate" not in str(error):
                raise
            from abduce.reasoning.queries.optima import related

            meant = related(query)
            raise SortError(f"{error}; did you mean: {meant}" if meant else str(error)) from error

    def _evidence(self, query: Query, classical: Classical, goal: Term, found: Judgement) -> ClassicalEvidence:
        return ClassicalEvidence(
            classical.premises,
            classical.axioms(goal),
            goal,
            found.verdict,
            query=query.source.text,
            budget=self.budget(),
            check=self.check != "none",
            not_entailed=found.not_entailed,
            known=(found.affirmed, found.denied),
            are_right=found.are_right,
            second=classical.second,
        )

    def _open(self, query: Query, classical: Classical, question: Question, limit: int | None) -> Result:
        broken = self._contradiction(query, classical, question)
        if broken is not None:
            return broken
        answers = ClassicalAnswers(classical, question, self.left(), self.stopping)
        rows = tuple(answers.until(limit, self.look))
        if limit is not None and len(rows) == limit and next(answers, None) is not None:
            answers.close()
            complete, reason = False, None
        else:
            complete, reason = bool(answers.complete), answers.reason
        verdict, not_entailed, evidence = Verdict.ENTAILED, False, self._of_rows(query, classical, question, rows)
        are_solutions = answers.are_possible
        if not rows or are_solutions:
            closed = exists(question.variables, question.formula)
            judgement = self._judged(classical, closed, reason)
            verdict, not_entailed = judgement.verdict, judgement.not_entailed
            if complete or not rows:
                reason = reason or judgement.reason
            if not rows:
                complete = complete and verdict is not Verdict.GAVE_UP
                evidence = self._evidence(query, classical, closed, judgement)
        return Result(
            query.source.text, verdict, reason, classical.known, not_entailed, Reading.CLASSICAL, rows, complete,
            solver="z3", evidence=evidence, is_open=True, possible=are_solutions and bool(rows),
        )  # fmt: skip

    def _of_rows(self, query: Query, classical: Classical, question: Question, rows: Sequence[Row]) -> Evidence:
        """Return the evidence for answers; nothing is made before somebody looks."""
        if len(rows) > MOST_INSTANCES or not rows:
            return NO_EVIDENCE
        budget, premises = self.budget(), tuple(classical.premises)
        axioms = classical.axioms(question.formula)

        def made() -> Evidence:
            instances = [at_row(question, row) for row in unhurried(rows)]
            known = [one for one in instances if one is not None]
            if len(known) < len(rows):
                return NO_EVIDENCE
            if not are_unknowns(question):
                return ClassicalEvidence(
                    premises, classical.axioms(*known), conjunction(known), Verdict.ENTAILED,
                    query=query.source.text, budget=budget, check=self.check != "none",
                )  # fmt: skip
            if self.check == "none":
                return NO_EVIDENCE
            return SolutionsEvidence([*(one.formula for one in premises), *axioms], known, budget)

        return Deferred(made, budget)

    def _judged(self, classical: Classical, goal: Term, reason: Reason | None) -> Judgement:
        """Judge a goal in the time that is left; where none is, for the reason that is known."""
        if self.left().timeout_s <= LEAST_S:
            return Judgement(Verdict.GAVE_UP, classical.known, reason=reason or Reason.TIMEOUT)
        return judging.judge(classical, goal, self.left(), self.interrupted)

    def _contradiction(self, query: Query, classical: Classical, question: Question) -> Result | None:
        """Return the result where the premises contradict each other: everything would be an answer."""
        if classical.known is Premises.NOT_ESTABLISHED and classical.premises:
            left = self.left()
            judging.settle(classical, Limits(left.timeout_s / 4, left.memory_mb), self.interrupted)
        if classical.known is not Premises.INCONSISTENT:
            return None
        found = Judgement(Verdict.INCONSISTENT, Premises.INCONSISTENT)
        evidence = self._evidence(query, classical, question.formula, found)
        return Result(
            query.source.text, Verdict.INCONSISTENT, premises=Premises.INCONSISTENT, complete=False, solver="z3",
            evidence=evidence, is_open=True,
        )  # fmt: skip

    def _best(self, query: Query, classical: Classical, question: Question) -> Result:
        from abduce.reasoning.queries.optima import best_solution

        broken = self._contradiction(query, classical, question)
        if broken is not None:
            return broken
        if are_unknowns(question) or not question.variables:
            found = best_solution(
                query, classical, question, self.left(), self.stopping, self.budget if self.check != "none" else None
            )
        else:
            found = self._best_of_answers(query, classical, question)
        return replace(found, premises=classical.known, reading=Reading.CLASSICAL)

    def _best_of_answers(self, query: Query, classical: Classical, question: Question) -> Result:
        """Return the best of the answers for which the premises determine the value of the objective."""
        from abduce.reasoning.queries.optima import VALUE, best_of, with_value

        valued = ClassicalAnswers(classical, with_value(question), self.left(), self.stopping)
        scored = [
            (row[VALUE], {name: value for name, value in row.items() if name != VALUE})
            for row in valued.until(None, self.look)
        ]  # fmt: skip
        plain = ClassicalAnswers(classical, replace(question, objective=None), self.left(), self.stopping)
        left_out = [row for row in plain.until(None, self.look) if row not in [one for _, one in scored]]
        complete = bool(valued.complete and plain.complete) and not left_out
        reason = valued.reason or plain.reason or (Reason.INCOMPLETE if left_out else None)
        found = best_of(query, scored, complete=complete, reason=reason)
        if left_out:
            what = f"for {shown_answer(left_out[0])} the premises do not determine the value"
            found = replace(found, note=what)
        return replace(found, solver="z3")

    def answers(self, query: Query) -> ClassicalAnswers | Result:
        """Return the answers, to be found as they are asked for; or the result where the premises have no model."""
        classical, question = self._elaborated(query)
        broken = self._contradiction(query, classical, question)
        return ClassicalAnswers(classical, question, self.left(), self.stopping) if broken is None else broken

    def consistency(self) -> Consistency:
        """Say whether the premises have a model."""
        classical = self.workspace.classical()
        outcome = judging.consistency(classical, self.left(), self.interrupted)
        verdict = {Status.SAT: Verdict.CONSISTENT, Status.UNSAT: Verdict.INCONSISTENT}.get(
            outcome.status, Verdict.GAVE_UP
        )
        evidence = ClassicalEvidence(
            classical.premises, classical.axioms(), None, verdict, query="", budget=self.budget(),
            check=self.check != "none",
        )  # fmt: skip
        reason = (outcome.reason or Reason.INCOMPLETE) if verdict is Verdict.GAVE_UP else None
        return Consistency(verdict, reason, Reading.CLASSICAL, outcome.solver, self.used_s(), evidence)
