"""From a query to a result: the reading is chosen, the query judged, its evidence prepared."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from abduce.errors import AbduceError, UsageError
from abduce.parser.elaboration import Question
from abduce.parser.pausing import unhurried, watched
from abduce.parser.statements import Algebra, Query
from abduce.reasoning.queries import judging
from abduce.reasoning.queries.answer_streams import FoundRows
from abduce.reasoning.queries.answers import ClassicalAnswers, are_unknowns, at_row
from abduce.reasoning.queries.budgets import Budget
from abduce.reasoning.queries.classical import Classical
from abduce.reasoning.queries.evidence_classical import ClassicalEvidence, Deferred, SolutionsEvidence
from abduce.reasoning.queries.evidence_rules import RulesEvidence
from abduce.reasoning.queries.judging import Judgement
from abduce.reasoning.queries.reading_rules import RuleJudgement
from abduce.reasoning.queries.readings import chosen, difference_in_query
from abduce.reasoning.queries.stopping import Stopping
from abduce.reasoning.queries.verdicts import (
    NO_EVIDENCE,
    AnswerValue,
    Consistency,
    Evidence,
    Premises,
    Reading,
    Result,
    Verdict,
)
from abduce.reasoning.queries.workspace import Workspace
from abduce.reasoning.rules.bounds import OutOfBounds
from abduce.solvers.base import Limits, Reason, Status
from abduce.solvers.terms import Term, conjunction, exists, symbols

LEAST_S = 0.01
MOST_INSTANCES = 1_000
"""For how many answers of the classical reading evidence is made at most."""
Row = Mapping[str, AnswerValue]
Rows = Iterator[Row]


@dataclass(frozen=True, slots=True)
class Asker:
    """One query to premises within limits.

    Attributes:
        workspace: The premises.
        limits: On the query.
        stopping: The wish to stop.
        check: How evidence is checked.
        began: When its time began, by the performance counter.
    """

    workspace: Workspace
    limits: Limits
    stopping: Stopping
    check: str = "fast"
    began: float = field(default_factory=time.perf_counter)

    def interrupted(self) -> bool:
        """Tell whether to stop."""
        return self.stopping.requested()

    def used_s(self) -> float:
        """Return how much of its time is gone."""
        return time.perf_counter() - self.began

    def look(self) -> None:
        """Go on where there is time.

        Raises:
            OutOfBounds: There is none, or somebody wishes to stop.
        """
        if self.interrupted():
            raise OutOfBounds(Reason.INTERRUPTED)
        if self.used_s() >= self.limits.timeout_s:
            raise OutOfBounds(Reason.TIMEOUT)

    def _left(self) -> Limits:
        """Return the limits on what is left to do of a query."""
        return Limits(max(self.limits.timeout_s - self.used_s(), LEAST_S), self.limits.memory_mb)

    def gave_up(self, question: Query | Algebra, wanted: Reading | None, reason: Reason) -> Result:
        """Return the result where a limit was reached before anything was found out."""
        reading = Reading.CLASSICAL
        if isinstance(question, Query):
            reading = chosen(self.workspace.knowledge, question, wanted)
        is_open = isinstance(question, Query) and bool(question.free)
        return Result(
            question.source.text, Verdict.GAVE_UP, reason, reading=reading, complete=False, is_open=is_open,
        )  # fmt: skip

    def result(
        self, question: Query | Algebra, wanted: Reading | None, *, limit_answers: int | None, compare: bool
    ) -> Result:
        """Answer a query; see `Engine.ask`."""
        if isinstance(question, Algebra):
            from abduce.reasoning.queries.algebra import algebra_result

            return algebra_result(question, self._left(), self.interrupted)
        reading = chosen(self.workspace.knowledge, question, wanted)
        if reading is Reading.CLASSICAL:
            found = self._classical(question, limit_answers)
        else:
            found = self._rules(question, reading, limit_answers)
        return self._noted(found, question, compare=compare)

    def _noted(self, found: Result, question: Query, *, compare: bool) -> Result:
        """Add what the user should know: names taken for constants, and how readings differ."""
        notes = [found.note] if found.note else []
        if question.taken_as_constants:
            names = ", ".join(question.taken_as_constants)
            notes.append(f"{names}: read as constants of the premises; ?{question.taken_as_constants[0]} is a variable")
        if compare:
            return self._compared(found, question, notes)
        knowledge = self.workspace.knowledge
        if not knowledge.clause_count or self.workspace.has_formulas:
            return replace(found, readings_differ=False, note="; ".join(notes))
        try:
            why = self.workspace.difference or difference_in_query(question)
        except OutOfBounds:
            return replace(found, note="; ".join(notes))
        if why:
            notes.append(f"the classical and the rule reading could differ: {why}")
        differ = None
        if not why and found.verdict is Verdict.ENTAILED and found.premises is Premises.CONSISTENT:
            differ = False
        elif (
            found.verdict is Verdict.UNDETERMINED
            and not found.is_open
            and not (why and found.reading is Reading.CLASSICAL)
        ):
            differ = True
            notes.append("the closed reading refutes it")
        return replace(found, readings_differ=differ, note="; ".join(notes))

    def _compared(self, found: Result, question: Query, notes: list[str]) -> Result:
        verdicts = {found.reading.value: found.verdict}
        rows = {found.reading.value: _as_set(found)}
        for reading in Reading:
            if reading is found.reading:
                continue
            left = self._left()
            if left.timeout_s <= LEAST_S:
                notes.append(f"there was no time left for the {reading.value} reading")
                continue
            try:
                asker = replace(self, limits=Limits(left.timeout_s / 2, left.memory_mb), began=time.perf_counter())
                with watched(asker.look):
                    other = asker.result(question, reading, limit_answers=None, compare=False)
            except OutOfBounds as stop:
                other = self.gave_up(question, reading, stop.reason)
            except AbduceError as error:
                notes.append(f"the {reading.value} reading does not apply: {str(error).splitlines()[0]}")
                continue
            verdicts[reading.value], rows[reading.value] = other.verdict, _as_set(other)
        differ = len(set(rows.values() if question.free else verdicts.values())) > 1
        if differ:
            notes.append("readings differ: " + ", ".join(f"{name} {said}" for name, said in verdicts.items()))
        return replace(found, readings_differ=differ, compared=verdicts, note="; ".join(notes))

    # classical ---------------------------------------------------------------------------------------------------

    def _classical(self, query: Query, limit_answers: int | None) -> Result:
        classical, question = self.workspace.classical().question(query)
        if question.objective is not None:
            return self._best(query, classical, question)
        if question.variables:
            return self._open(query, classical, question, limit_answers)
        judgement = judging.judge(classical, question.formula, self._left(), self.interrupted)
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

    def _evidence(self, query: Query, classical: Classical, goal: Term, found: Judgement) -> ClassicalEvidence:
        return ClassicalEvidence(
            classical.premises,
            classical.axioms(goal),
            goal,
            found.verdict,
            query=query.source.text,
            budget=self._budget(),
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
        answers = ClassicalAnswers(classical, question, self._left(), self.stopping)
        rows = tuple(answers.until(limit, self.look))
        if limit is not None and len(rows) == limit and next(answers, None) is not None:
            answers.close()
            complete, reason = False, None
        else:
            complete, reason = bool(answers.complete), answers.reason
        verdict, not_entailed, evidence = Verdict.ENTAILED, False, self._of_rows(query, classical, question, rows)
        are_solutions = answers.are_solutions and bool(symbols(question.formula))
        if not rows or are_solutions:
            closed = exists(question.variables, question.formula)
            judgement = self._judged(classical, closed, reason)
            if judgement.verdict is Verdict.GAVE_UP and (rows or complete):
                judgement = replace(judgement, verdict=Verdict.UNDETERMINED)
            verdict, not_entailed = judgement.verdict, judgement.not_entailed
            if not rows:
                evidence = self._evidence(query, classical, closed, judgement)
        return Result(
            query.source.text, verdict, reason, classical.known, not_entailed, Reading.CLASSICAL, rows, complete,
            solver="z3", evidence=evidence, is_open=True,
        )  # fmt: skip

    def _of_rows(self, query: Query, classical: Classical, question: Question, rows: Sequence[Row]) -> Evidence:
        """Return the evidence for answers; nothing is made before somebody looks."""
        if len(rows) > MOST_INSTANCES or not rows:
            return NO_EVIDENCE
        budget, premises = self._budget(), tuple(classical.premises)
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
        if self._left().timeout_s <= LEAST_S:
            return Judgement(Verdict.GAVE_UP, classical.known, reason=reason or Reason.TIMEOUT)
        return judging.judge(classical, goal, self._left(), self.interrupted)

    def _contradiction(self, query: Query, classical: Classical, question: Question) -> Result | None:
        """Return the result where the premises contradict each other: everything would be an answer."""
        if classical.known is Premises.NOT_ESTABLISHED and classical.premises:
            left = self._left()
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
        from abduce.reasoning.queries.optima import best_of_rows, best_solution

        broken = self._contradiction(query, classical, question)
        if broken is not None:
            return broken
        if are_unknowns(question):
            found = best_solution(
                query, classical, question, self._left(), self.stopping, self._budget if self.check != "none" else None
            )
        else:
            answers = ClassicalAnswers(classical, replace(question, objective=None), self._left(), self.stopping)
            rows = tuple(answers.until(None, self.look))
            found = best_of_rows(query, rows, complete=bool(answers.complete), reason=answers.reason)
        return replace(found, premises=classical.known, reading=Reading.CLASSICAL)

    # rules -------------------------------------------------------------------------------------------------------

    def _rules(self, query: Query, reading: Reading, limit: int | None) -> Result:
        rules = self.workspace.rules()
        judgement = rules.judge(query, reading, self._left(), self.interrupted)
        rows, complete = judgement.rows, judgement.complete
        if judgement.verdict is Verdict.INCONSISTENT:
            complete = not query.free
        if query.objective is not None and judgement.verdict is not Verdict.INCONSISTENT:
            from abduce.reasoning.queries.optima import best_of_rows

            found = best_of_rows(query, rows, complete=complete, reason=judgement.reason)
            return replace(found, premises=judgement.premises, reading=reading, solver=judgement.solver)
        if limit is not None and len(rows) > limit:
            rows, complete = rows[:limit], False
        return Result(
            query.source.text,
            judgement.verdict,
            judgement.reason,
            judgement.premises,
            judgement.not_entailed,
            reading,
            rows,
            complete,
            judgement.solver,
            evidence=self._rule_evidence(judgement, reading, query),
            is_open=bool(query.free),
        )

    def _rule_evidence(self, judgement: RuleJudgement, reading: Reading, query: Query | None) -> RulesEvidence:
        program, budget = self.workspace.rules().program, self._budget()
        return RulesEvidence(program, judgement, reading, query=query, budget=budget, check=self.check != "none")

    def _budget(self) -> Budget:
        """Return what is left for the evidence."""
        return Budget(self.limits, self.used_s(), self.stopping)

    # answers one at a time ---------------------------------------------------------------------------------------

    def answers(self, question: Query | Algebra, wanted: Reading | None) -> Rows:
        """Yield the answers to a query; see `Engine.solve`."""
        if isinstance(question, Algebra):
            from abduce.reasoning.queries.algebra import algebra_answers

            return algebra_answers(question, self._left(), self.interrupted)
        reading = chosen(self.workspace.knowledge, question, wanted)
        if reading is Reading.CLASSICAL and question.free and question.objective is None:
            classical, terms = self.workspace.classical().question(question)
            broken = self._contradiction(question, classical, terms)
            if broken is None:
                return ClassicalAnswers(classical, terms, self._left(), self.stopping)
            found = broken
        else:
            found = self.result(question, reading, limit_answers=None, compare=False)
        if found.verdict is Verdict.INCONSISTENT:
            raise UsageError("the premises contradict each other, so everything would be an answer; explain says why")
        if not question.free and found.verdict is Verdict.ENTAILED:
            found = replace(found, answers=({},))
        return FoundRows(found)

    # premises ----------------------------------------------------------------------------------------------------

    def consistency(self, wanted: Reading | None) -> Consistency:
        """Say whether the premises have a model; see `Engine.check_consistency`."""
        reading = chosen(self.workspace.knowledge, None, wanted)
        if reading is not Reading.CLASSICAL:
            return self._rules_consistency(reading)
        classical = self.workspace.classical()
        outcome = judging.consistency(classical, self._left(), self.interrupted)
        verdict = {Status.SAT: Verdict.CONSISTENT, Status.UNSAT: Verdict.INCONSISTENT}.get(
            outcome.status, Verdict.GAVE_UP
        )
        evidence = ClassicalEvidence(
            classical.premises, classical.axioms(), None, verdict, query="", budget=self._budget(),
            check=self.check != "none",
        )  # fmt: skip
        reason = (outcome.reason or Reason.INCOMPLETE) if verdict is Verdict.GAVE_UP else None
        return Consistency(verdict, reason, Reading.CLASSICAL, outcome.solver, self.used_s(), evidence)

    def _rules_consistency(self, reading: Reading) -> Consistency:
        rules = self.workspace.rules()
        model = rules.model(self._left(), self.interrupted)
        if model.inconsistent:
            verdict, reason = Verdict.INCONSISTENT, None
        elif model.complete or not rules.may_conflict:
            verdict, reason = Verdict.CONSISTENT, None
        else:
            verdict, reason = Verdict.GAVE_UP, model.reason
        known = Premises.INCONSISTENT if verdict is Verdict.INCONSISTENT else Premises.NOT_ESTABLISHED
        judgement = RuleJudgement(verdict, known, reason)
        evidence = self._rule_evidence(judgement, reading, None)
        return Consistency(verdict, reason, reading, "rules", self.used_s(), evidence)


def _as_set(found: Result) -> frozenset[tuple[tuple[str, str], ...]]:
    return frozenset(tuple((name, str(value)) for name, value in row.items()) for row in found.answers)


def look(found: Result, *, explain: bool) -> None:
    """Make the evidence of a result now."""
    if found.verdict is Verdict.GAVE_UP and not found.not_entailed:
        return
    if explain:
        _ = found.explanation
    _ = found.core, found.models, found.checked


def exported(workspace: Workspace, target: str, goal: Query | Algebra | None) -> str:
    """Return premises and a goal in another language; see `Engine.export`."""
    from abduce.parser.export import to_smtlib, to_tptp
    from abduce.parser.tptp import Named

    if target not in ("tptp", "smtlib"):
        raise UsageError(f"export to tptp or smtlib; got {target!r}")
    if isinstance(goal, Algebra):
        raise UsageError("a command of algebra cannot be exported")
    classical = workspace.classical()
    wanted: Term | None = None
    if goal is not None:
        classical, question = classical.question(goal)
        wanted = exists(question.variables, question.formula)
    named = [
        Named(one.source.text.strip(), "axiom", one.formula, one.source.line, one.source.text, one.source.file)
        for one in classical.premises
    ]
    axioms = classical.axioms(*(() if wanted is None else (wanted,)))
    named += [Named("texts are distinct", "axiom", axiom) for axiom in axioms]
    return to_tptp(named, wanted) if target == "tptp" else to_smtlib(named, wanted)
