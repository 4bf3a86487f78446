"""From a query to a result: the reading is chosen, the query judged, its evidence prepared."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from abduce.errors import AbduceError, ParseError, UsageError
from abduce.parser.pausing import watched
from abduce.parser.statements import Algebra, Query
from abduce.reasoning.queries.answer_streams import FIRST, FoundRows, GrowingRows
from abduce.reasoning.queries.answer_values import AnswerValue, shown_value
from abduce.reasoning.queries.asking_classical import ClassicalTurn
from abduce.reasoning.queries.evidence_rules import BestEvidence, RulesEvidence
from abduce.reasoning.queries.reading_rules import MANY, RuleJudgement
from abduce.reasoning.queries.readings import chosen, difference_in_query, is_positive
from abduce.reasoning.queries.turns import LEAST_S, Turn
from abduce.reasoning.queries.verdicts import Consistency, Premises, Reading, Result, Verdict
from abduce.reasoning.queries.workspace import Workspace
from abduce.reasoning.rules.bounds import OutOfBounds
from abduce.solvers.base import Limits, Reason
from abduce.solvers.terms import Term, exists

Row = Mapping[str, AnswerValue]
Rows = Iterator[Row]


@dataclass(frozen=True, slots=True)
class Asker(Turn):
    """One query, in whatever reading."""

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

            return algebra_result(question, self.left(), self.interrupted)
        reading = chosen(self.workspace.knowledge, question, wanted)
        if reading is Reading.CLASSICAL:
            found = self._by_rules(question, limit_answers) or self._classically().result(question, limit_answers)
        else:
            found = self._rules(question, reading, limit_answers)
        return self._noted(found, question, compare=compare)

    def _by_rules(self, question: Query, limit: int | None) -> Result | None:
        """Return the classical result where the premises are many definite clauses: what follows is what they derive.

        Nothing is refuted by them: what they do not derive fails in their least model, and holds in that of everything.
        """
        workspace = self.workspace
        if not is_positive(question) or not self._has_many_definite_clauses():
            return None
        left = self.left()
        half = replace(self, limits=Limits(left.timeout_s / 2, left.memory_mb), began=time.perf_counter())
        try:
            if workspace.rules().program.about_everything:
                return None
            with watched(half.look):
                found = half._rules(question, Reading.RULES, limit)
        except (OutOfBounds, ParseError):  # no time, or a variable that no atom binds
            return None
        if found.verdict is Verdict.GAVE_UP:
            return None
        note = "definite clauses refute nothing, and do not derive it" if found.verdict is Verdict.UNDETERMINED else ""
        return replace(found, reading=Reading.CLASSICAL, premises=Premises.CONSISTENT, note=note)

    def _has_many_definite_clauses(self) -> bool:
        knowledge = self.workspace.knowledge
        return knowledge.is_rules and knowledge.clause_count > MANY and self.workspace.is_definite

    def _classically(self) -> ClassicalTurn:
        return ClassicalTurn(self.workspace, self.limits, self.stopping, self.check, self.began)

    def _noted(self, found: Result, question: Query, *, compare: bool) -> Result:
        """Add what the user should know: names taken for constants, and how readings differ."""
        notes = [found.note] if found.note else []
        if question.taken_as_constants:
            names = ", ".join(question.taken_as_constants)
            notes.append(f"{names}: read as constants of the premises; ?{question.taken_as_constants[0]} is a variable")
        if found.reading is Reading.CLASSICAL and "rules" not in found.solver and found.verdict is not Verdict.GAVE_UP:
            everywhere = found.verdict is Verdict.INCONSISTENT
            notes += filter(None, [self.workspace.classical().integers_by_default(question, everywhere=everywhere)])
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
            left = self.left()
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

    # rules -------------------------------------------------------------------------------------------------------

    def _rules(self, query: Query, reading: Reading, limit: int | None) -> Result:
        rules = self.workspace.rules()
        wanted = None if limit is None or query.objective is not None else max(limit, 1)
        judgement = rules.judge(query, reading, self.left(), self.interrupted, wanted)
        rows, complete = judgement.rows, judgement.complete
        if judgement.verdict is Verdict.INCONSISTENT:
            complete = not query.free
        if query.objective is not None and judgement.verdict is not Verdict.INCONSISTENT:
            from abduce.reasoning.queries.optima import best_of, scored_by

            found = best_of(query, scored_by(query, rows), complete=complete, reason=judgement.reason)
            if limit is not None and len(found.answers) > limit:
                found = replace(found, answers=found.answers[:limit], complete=False)
            evidence = BestEvidence(
                rules.program, judgement, query, budget=self.budget(), check=self.check != "none"
            )  # fmt: skip
            return replace(
                found, premises=judgement.premises, reading=reading, solver=judgement.solver, evidence=evidence,
                note=judgement.note or found.note,
            )  # fmt: skip
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
            note=judgement.note,
        )

    def _rule_evidence(self, judgement: RuleJudgement, reading: Reading, query: Query | None) -> RulesEvidence:
        program, budget = self.workspace.rules().program, self.budget()
        return RulesEvidence(program, judgement, reading, query=query, budget=budget, check=self.check != "none")

    # answers one at a time ---------------------------------------------------------------------------------------

    def answers(self, question: Query | Algebra, wanted: Reading | None) -> Rows:
        """Yield the answers to a query; see `Engine.solve`."""
        if isinstance(question, Algebra):
            from abduce.reasoning.queries.algebra import algebra_answers

            return algebra_answers(question, self.left(), self.interrupted)
        reading = chosen(self.workspace.knowledge, question, wanted)
        by_rules = self._by_rules(question, None) if reading is Reading.CLASSICAL else None
        if by_rules is not None:
            found = by_rules
        elif reading is Reading.CLASSICAL and question.free and question.objective is None:
            answers = self._classically().answers(question)
            if not isinstance(answers, Result):
                return answers
            found = answers
        else:
            in_portions = bool(question.free) and question.objective is None
            found = self.result(question, reading, limit_answers=FIRST if in_portions else None, compare=False)
        if found.verdict is Verdict.INCONSISTENT:
            raise UsageError("the premises contradict each other, so everything would be an answer; explain says why")
        if not question.free and found.verdict is Verdict.ENTAILED:
            found = replace(found, answers=({},))
        if len(found.answers) < FIRST or found.complete or found.reason is not None:
            return FoundRows(found)
        return GrowingRows(found, partial(self._again, question, reading), self.left().timeout_s)

    def _again(self, question: Query, reading: Reading, most: int, left_s: float) -> Result:
        """Find more answers in a time of their own."""
        limits = Limits(max(left_s, LEAST_S), self.limits.memory_mb)
        asker = replace(self, limits=limits, began=time.perf_counter())
        try:
            with watched(asker.look):
                return asker.result(question, reading, limit_answers=most, compare=False)
        except OutOfBounds as stop:
            return self.gave_up(question, reading, stop.reason)

    # premises ----------------------------------------------------------------------------------------------------

    def consistency(self, wanted: Reading | None) -> Consistency:
        """Say whether the premises have a model; see `Engine.check_consistency`."""
        reading = chosen(self.workspace.knowledge, None, wanted)
        if reading is not Reading.CLASSICAL:
            return self._rules_consistency(reading)
        if self._has_many_definite_clauses():  # a model: every predicate holds everywhere
            return Consistency(Verdict.CONSISTENT, None, Reading.CLASSICAL, "rules", self.used_s())
        return self._classically().consistency()

    def _rules_consistency(self, reading: Reading) -> Consistency:
        rules = self.workspace.rules()
        model = rules.model(self.left(), self.interrupted)
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
    return frozenset(tuple((name, shown_value(value)) for name, value in row.items()) for row in found.answers)


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
