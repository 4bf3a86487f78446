"""The rule reading and the closed one: clauses read forwards to the least model, and what queries are answered from.

A query is a body: `not` is default negation, `-` strong negation. In the rule reading a closed query that does not
hold is refuted where its opposite is derived (`-p` for `p`), and undetermined otherwise; in the closed reading it is
refuted. Premises are inconsistent where an atom and its strong negation are derived, or a constraint is violated.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from abduce.errors import ParseError, UsageError
from abduce.parser.pausing import LOOK, unhurried, without_collections
from abduce.parser.statements import App, Clause, Declaration, Expression, Formula, Operation, Quantifier, Query
from abduce.reasoning.queries.premises import Knowledge
from abduce.reasoning.queries.verdicts import Premises, Reading, Verdict
from abduce.reasoning.rules.bodies import Bodies, opposite
from abduce.reasoning.rules.bounds import OutOfBounds, never
from abduce.reasoning.rules.demand import ROW_S, Answers, ask
from abduce.reasoning.rules.domain import EVERYTHING, KNOWN, RANGE, names_in
from abduce.reasoning.rules.fixpoint import Evaluation, evaluate
from abduce.reasoning.rules.ground import Value, ground
from abduce.reasoning.rules.programs import EMPTY, QUERY, Program, Table
from abduce.reasoning.rules.shapes import parts
from abduce.solvers.base import Limits, Reason

FULL_SHARE = 0.3
"""Share of the time that a whole model may take before a query is answered on demand."""
MANY = 5_000
"""Facts from which on a bound query is answered on demand first, where nothing can be contradictory."""
LEAST_S = 0.001
OPEN_DOMAIN = "a quantifier that no atom binds ranges over all that is derived, and that is not all known"


@dataclass(frozen=True, slots=True)
class RuleJudgement:
    """What was found out about a query.

    Attributes:
        verdict: Of a closed query.
        premises: What is known of the premises.
        reason: Why something is not decided, or answers may not be all.
        rows: Values of the query's variables for which it holds.
        complete: Whether these are all.
        solver: How it was found.
        evaluation: The model, or what of it was derived, that it was read off.
        held: The body that holds: that of the query, or of its opposite; None where neither does.
        clauses: Clauses that stand for parts of the query.
        tables: What quantifiers of the query range over, where atoms do not bind them.
        not_entailed: Whether the query is known not to hold.
        note: What the user should know.
    """

    verdict: Verdict
    premises: Premises
    reason: Reason | None = None
    rows: tuple[Mapping[str, Value], ...] = ()
    complete: bool = True
    solver: str = "rules"
    evaluation: Evaluation | None = None
    held: Expression | None = None
    clauses: tuple[Clause, ...] = ()
    tables: tuple[Table, ...] = ()
    not_entailed: bool = False
    note: str = ""


class Rules:
    """The clauses of an engine as a program with its model; grows with what is told.

    Attributes:
        program: The program.
    """

    def __init__(self) -> None:
        self.program: Program = EMPTY
        self.seen = 0
        self._evaluation: Evaluation | None = None
        self._new: tuple[list[Clause], list[Table]] = ([], [])
        self._facts: tuple[Program, Evaluation] | None = None
        self._conflicts: tuple[Program, bool] | None = None

    def catch_up(self, knowledge: Knowledge) -> None:
        """Take in what was told since the last time.

        Raises:
            ParseError: A clause is no rule, or does not fit the others; nothing is taken in then.
            UsageError: There are formulas that are no clauses, or `abs` is declared.
        """
        new = knowledge.since(self.seen)
        for entry in new:
            if isinstance(entry, Formula):
                raise UsageError(
                    f"the rule readings take clauses alone, and {entry.source} is another formula: "
                    f"{entry.source.text.strip()}\n  ask in the classical reading, or write it as a clause"
                )
            if isinstance(entry, Declaration) and _takes_away_abs(entry):
                raise UsageError(
                    f"the rule readings take abs(x) for the absolute value, and {entry.source} declares another: "
                    f"{entry.source.text.strip()}\n  ask in the classical reading, or give the function another name"
                )
        clauses = [entry for entry in new if isinstance(entry, Clause)]
        tables = [entry for entry in new if isinstance(entry, Table)]
        if clauses or tables:
            self.program = self.program.extended(clauses, tables)
        self.seen = len(knowledge)
        if self._evaluation is not None:
            self._new[0].extend(clauses)
            self._new[1].extend(tables)

    @property
    def may_conflict(self) -> bool:
        """Whether anything could contradict anything: there are strong negations or constraints."""
        if self._conflicts is None or self._conflicts[0] is not self.program:
            found = bool(self.program.constraints) or any(one.strong for one in unhurried(self.program.mentioned()))
            self._conflicts = self.program, found
        return self._conflicts[1]

    @property
    def size(self) -> int:
        """How many facts and rules there are."""
        return sum(map(len, self.program.facts.values())) + len(self.program.rules)

    def model(self, limits: Limits, interrupted: Callable[[], bool] = never) -> Evaluation:
        """Return the least model, or what of it is derived within limits; one that is complete is kept."""
        found = self._evaluation
        clauses, tables = self._new
        try:
            if found is None or not found.complete:
                found = self._evaluation = None
                found = evaluate(self.program, limits, interrupted)
            elif clauses or tables:
                self._evaluation = None
                found.extend(clauses, tables, limits=limits, interrupted=interrupted)
                self.program = found.program
        finally:
            self._new = ([], [])
        self._evaluation = found if found.complete else None
        return found

    def told_facts(self, interrupted: Callable[[], bool] = never) -> Evaluation:
        """Return the told facts by themselves: evaluations on demand share their tables and indexes."""
        if self._facts is None or self._facts[0] is not self.program:
            alone = replace(self.program, rules=(), level={})
            self._facts = self.program, evaluate(alone, Limits(timeout_s=float("inf")), interrupted)
        return self._facts[1]

    @property
    def has_model(self) -> bool:
        """Whether the whole model is at hand."""
        return self._evaluation is not None and self._evaluation.complete and not any(self._new)

    # asking ------------------------------------------------------------------------------------------------------

    def judge(
        self,
        query: Query,
        reading: Reading,
        limits: Limits,
        interrupted: Callable[[], bool] = never,
        limit_answers: int | None = None,
    ) -> RuleJudgement:
        """Find the verdict about a query, or the answers to it, no more of them than are wanted.

        Raises:
            ParseError: The query leaves a variable unbound, or is no body.
        """
        judging = _Judging(self, query, reading, limits, interrupted, limit_answers if query.free else None)
        try:
            return judging.run()
        except ParseError:
            if not any(isinstance(part, Quantifier) for part in parts((query.expression,))):
                raise
            return judging.over_domain()  # atoms do not bind what a quantifier does

    def named(self) -> Iterator[Value]:
        """Yield the values in facts, and the names in rules, some repeatedly."""
        for rows in self.program.facts.values():
            for row in rows:
                yield from row
        yield from names_in(self.program.rules)


class _Judging:
    """One query."""

    def __init__(
        self,
        rules: Rules,
        query: Query,
        reading: Reading,
        limits: Limits,
        interrupted: Callable[[], bool],
        limit_answers: int | None,
    ) -> None:
        self.limit = limit_answers
        self.rules, self.query, self.reading = rules, query, reading
        self.limits, self.interrupted = limits, interrupted
        self.until = time.monotonic() + limits.timeout_s
        self.tables: tuple[Table, ...] = ()
        if rules.program.about_everything:
            known = rules.program.facts.get(EVERYTHING, {})
            self._know(value for value in self._own_names() if (value,) not in known)
        self._make(Bodies(query.source))

    def over_domain(self) -> RuleJudgement:
        """Judge with quantifiers that range over what is named in premises and query and what is derived.

        Raises:
            ParseError: A variable is bound by no atom and no quantifier.
        """
        query = self.query
        self._make(Bodies(query.source, over_domain=True))
        clause = Clause(App(QUERY, query.free), (self.body,), query.source)
        self.rules.program.extended(self.clauses).questions(clause)  # what is wrong with it is said first
        model = self.rules.model(self._left(), self.interrupted)
        if model.inconsistent:
            return self._inconsistent(model)
        if not model.complete:
            return RuleJudgement(
                Verdict.GAVE_UP, Premises.NOT_ESTABLISHED, model.reason, complete=False, note=OPEN_DOMAIN
            )
        values = [*self.rules.named(), *_values(model), *self._own_names()]
        self.tables += (Table(RANGE, _column(values), query.source),)
        return self.run()

    def _own_names(self) -> Iterator[Value]:
        """Yield what the query names."""
        for part in parts((self.query.expression,)):
            if not getattr(part, "arguments", ()) and not isinstance(part, Operation):
                value = ground(part)
                if value is not None:
                    yield value

    def _know(self, values: Iterable[Value]) -> None:
        rows = _column(values)
        self.tables = (Table(KNOWN, rows, self.query.source),) if rows else ()

    def _make(self, bodies: Bodies) -> None:
        query, reading = self.query, self.reading
        self.body = bodies.holds(query.expression)
        self.against: Expression | None = None
        if not query.free and reading is Reading.RULES:
            self.against = bodies.holds(opposite(query.expression))
        self.clauses = tuple(bodies.clauses)

    def run(self) -> RuleJudgement:
        many = self.rules.size > MANY or self.limit is not None  # a few answers do not need the whole model
        on_demand = many and not self.rules.may_conflict and not self.rules.has_model
        if on_demand or self.clauses or self.tables:
            found = self._by_demand(Premises.NOT_ESTABLISHED if self.rules.may_conflict else Premises.CONSISTENT)
            if not self.rules.may_conflict or found.verdict is Verdict.GAVE_UP:
                return found
            model = self.rules.model(self._left(), self.interrupted)
            if model.inconsistent:
                return self._inconsistent(model)
            premises = Premises.CONSISTENT if model.complete else Premises.NOT_ESTABLISHED
            return replace(found, premises=premises)
        return self._by_model()

    def _by_model(self) -> RuleJudgement:
        """Answer from the whole model; where that is not reached in a share of the time, on demand."""
        first = self.limits if self.rules.has_model else self._left(FULL_SHARE)
        model = self.rules.model(first, self.interrupted)
        if model.inconsistent:
            return self._inconsistent(model)
        if model.complete:
            return self._from(model, Premises.CONSISTENT)
        premises = Premises.NOT_ESTABLISHED if self.rules.may_conflict else Premises.CONSISTENT
        if model.reason is Reason.INTERRUPTED:
            return RuleJudgement(Verdict.GAVE_UP, premises, model.reason, complete=False)
        del model  # what was derived in vain must not take memory beside what is derived on demand
        return self._by_demand(premises)

    def _left(self, share: float = 1.0) -> Limits:
        left_s = min(self.until - time.monotonic(), share * self.limits.timeout_s)
        return Limits(max(left_s, LEAST_S), self.limits.memory_mb)

    def _inconsistent(self, model: Evaluation) -> RuleJudgement:
        return RuleJudgement(Verdict.INCONSISTENT, Premises.INCONSISTENT, evaluation=model)

    def _from(self, model: Evaluation, premises: Premises) -> RuleJudgement:
        """Read the answer off a complete model."""
        rows, complete, reason = self._rows(model, self.body)
        if self.query.free:
            return self._open(rows, complete, reason, premises, model)
        if rows:
            return RuleJudgement(Verdict.ENTAILED, premises, evaluation=model, held=self.body)
        if self.against is not None and complete:
            against, complete, reason = self._rows(model, self.against)
            if against:
                return RuleJudgement(Verdict.REFUTED, premises, evaluation=model, held=self.against, not_entailed=True)
        return self._neither(premises, complete, reason, model)

    def _rows(self, model: Evaluation, body: Expression) -> tuple[tuple[Mapping[str, Value], ...], bool, Reason | None]:
        found: list[Mapping[str, Value]] = []
        rows = model.query(
            body, self.query.free, limits=self._left(), interrupted=self.interrupted, source=self.query.source
        )
        try:
            with without_collections():
                for row in rows:
                    if len(found) == self.limit:
                        return tuple(found), False, None
                    found.append(row)
                    if not len(found) % LOOK and time.monotonic() + ROW_S * len(found) >= self.until:
                        return tuple(found), False, Reason.TIMEOUT
        except OutOfBounds as stop:
            return tuple(found), False, stop.reason
        return tuple(found), True, None

    def _neither(
        self, premises: Premises, complete: bool, reason: Reason | None, model: Evaluation | None
    ) -> RuleJudgement:
        if not complete:
            return RuleJudgement(Verdict.GAVE_UP, premises, reason, complete=False, evaluation=model)
        verdict = Verdict.REFUTED if self.reading is Reading.CLOSED else Verdict.UNDETERMINED
        return RuleJudgement(
            verdict, premises, evaluation=model, not_entailed=True, clauses=self.clauses, tables=self.tables
        )

    def _open(
        self,
        rows: tuple[Mapping[str, Value], ...],
        complete: bool,
        reason: Reason | None,
        premises: Premises,
        model: Evaluation | None,
    ) -> RuleJudgement:
        verdict = Verdict.ENTAILED
        if not rows:
            verdict = Verdict.REFUTED if self.reading is Reading.CLOSED else Verdict.UNDETERMINED
            verdict = verdict if complete else Verdict.GAVE_UP
        return RuleJudgement(
            verdict, premises, reason, rows, complete, evaluation=model, held=self.body if rows else None,
            clauses=self.clauses, tables=self.tables, not_entailed=complete and not rows,
        )  # fmt: skip

    def _by_demand(self, premises: Premises) -> RuleJudgement:
        """Evaluate what the query needs only."""
        program = self.rules.program
        if self.clauses or self.tables:
            program = program.extended(self.clauses, self.tables)
        free = self.query.free
        found = self._asked(program, self.body)
        if free:
            return _on_demand(self._open(found.rows, found.complete, found.reason, premises, None))
        if found.rows:
            return RuleJudgement(
                Verdict.ENTAILED,
                premises,
                solver="rules on demand",
                held=self.body,
                clauses=self.clauses,
                tables=self.tables,
            )
        complete, reason = found.complete, found.reason
        if self.against is not None and complete:
            against = self._asked(program, self.against)
            if against.rows:
                return RuleJudgement(
                    Verdict.REFUTED, premises, solver="rules on demand", held=self.against,
                    clauses=self.clauses, tables=self.tables, not_entailed=True,
                )  # fmt: skip
            complete, reason = against.complete, against.reason
        return _on_demand(self._neither(premises, complete, reason, None))

    def _asked(self, program: Program, body: Expression) -> Answers:
        return ask(
            program,
            body,
            self.query.free,
            limits=self._left(),
            interrupted=self.interrupted,
            shared=None if self.tables else self.rules.told_facts(self.interrupted),
            source=self.query.source,
            limit=self.limit,
        )


def _column(values: Iterable[Value]) -> tuple[tuple[Value], ...]:
    return tuple((value,) for value in dict.fromkeys(values))


def _values(model: Evaluation) -> Iterator[Value]:
    """Yield the values in what is derived, some repeatedly."""
    for predicate in model.relations:
        for row in model.facts(predicate):
            yield from row


def _takes_away_abs(declared: Declaration) -> bool:
    return declared.name == "abs" and len(declared.arguments) == 1 and declared.result != "Bool"


def _on_demand(found: RuleJudgement) -> RuleJudgement:
    return replace(found, solver="rules on demand")
