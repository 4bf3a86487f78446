"""The classical reading: what holds in all models of the premises, by Z3 kept between queries and a portfolio beside.

Premises are elaborated and translated once. A query asks whether the premises and its negation have a model, then
whether the premises and the query have one; what Z3 alone does not decide quickly goes to the portfolio with the
time that is left.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from abduce.errors import SortError
from abduce.parser.clauses import free_variables
from abduce.parser.elaboration import Elaborator, Question
from abduce.parser.pausing import unhurried
from abduce.parser.statements import Expression, Formula, Operation, Quantifier, Query, Source, Statement
from abduce.reasoning.queries.facts import table_clauses
from abduce.reasoning.queries.premises import Entry, Knowledge
from abduce.reasoning.queries.verdicts import Premises, Verdict
from abduce.reasoning.rules.bounds import never
from abduce.reasoning.rules.programs import Table
from abduce.solvers import portfolio
from abduce.solvers.base import Limits, Model, Outcome, Reason, Status
from abduce.solvers.terms import Apply, Op, Sort, Symbol, Term, negation, operate, subterms
from abduce.solvers.z3_backend import Z3Session

ALONE_SHARE = 0.25
"""Share of the time that Z3 gets for a query before the portfolio is asked."""
CONSISTENCY_SHARE = 0.2
"""Share of the time that the consistency of premises may take beside a query."""
LEAST_S = 0.001
MOST_FOR_MANY = 10_000
"""Up to how many premises the portfolio is asked where Z3 does not decide."""
LOOK = 256
"""After how many premises to look at the clock."""
REMEMBERED = 1024
"""How many queries are remembered as terms."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found out about a goal.

    Attributes:
        verdict: The verdict.
        premises: What is known of the premises.
        solver: Who found out.
        reason: Why it is not decided.
        not_entailed: Whether a countermodel was found.
        denied, affirmed: Models of the premises with the negated goal and with the goal, where some solver gave them.
    """

    verdict: Verdict
    premises: Premises
    solver: str = "z3"
    reason: Reason | None = None
    not_entailed: bool = False
    denied: Model | None = None
    affirmed: Model | None = None


@dataclass(frozen=True, slots=True)
class Labelled:
    """A premise as a term, with the statement that says it."""

    formula: Term
    source: Source


class Classical:
    """The premises of an engine as terms, in a session of Z3's; grows with what is told.

    Attributes:
        premises: The premises that claim something.
        known: Whether they are known to have a model.
    """

    def __init__(self) -> None:
        self.elaborator = Elaborator()
        self.premises: list[Labelled] = []
        self.known = Premises.NOT_ESTABLISHED
        self.seen = 0
        self._why: Reason | None = None
        self._tried_s = 0.0
        self._statements: list[Statement] = []
        self._session: Z3Session | None = None
        self._told = 0
        self._texts: dict[Sort, set[Symbol]] = {}
        self._questions: dict[tuple[str, tuple[str, ...]], tuple[Query, Question]] = {}

    def catch_up(self, knowledge: Knowledge) -> None:
        """Take in what was told since the last time.

        Raises:
            SortError: It does not fit together or with the rest; nothing of it is taken in then.
        """
        try:
            new = statements_of(knowledge.since(self.seen))
            if new:
                self._add(new)
            self.seen = len(knowledge)
        except SortError:
            raise
        except BaseException:  # an interrupt in the middle: begin again the next time
            self._reset()
            raise

    def _add(self, new: list[Statement]) -> None:
        self._questions.clear()
        generation = self.elaborator.generation
        terms = self.elaborator.add(new)
        if self.elaborator.generation != generation and self._statements:
            fresh = Elaborator()
            terms = fresh.add([*self._statements, *new])
            self.elaborator = fresh
            self._statements += new
            self._forget()
            sources: Sequence[Statement] = self._statements
        else:
            self._statements += new
            sources = new
        for statement, term in zip(sources, terms, strict=True):
            if term is not None:
                self.premises.append(Labelled(term, statement.source))
                _note_texts(term, self._texts)
        if self.known is not Premises.INCONSISTENT:
            self.known, self._tried_s = Premises.NOT_ESTABLISHED, 0.0

    def _reset(self) -> None:
        self._forget()
        self.elaborator, self.seen = Elaborator(), 0
        self._statements = []

    def _forget(self) -> None:
        self.premises.clear()
        self._texts.clear()
        self.close()
        self.known = Premises.NOT_ESTABLISHED

    def close(self) -> None:
        """Give the session back."""
        if self._session is not None:
            self._session.close()
        self._session, self._told = None, 0

    def interrupt(self) -> None:
        """Stop a running check."""
        session = self._session
        if session is not None:
            session.interrupt()

    def session(self, until: float = float("inf"), interrupted: Callable[[], bool] = never) -> Z3Session | None:
        """Return the session with all premises asserted; None where there was no time to assert them all.

        What was asserted stays so, and the next time goes on from there.

        Args:
            until: When to stop, by the monotonic clock.
            interrupted: Asked now and then whether to stop.
        """
        if self._session is None:
            self._session, self._told = Z3Session(), 0
        while self._told < len(self.premises):
            self._session.add(self.premises[self._told].formula, self._told)
            self._told += 1
            if self._told % LOOK == 0 and (time.monotonic() >= until or interrupted()):
                return None
        return self._session

    # asking ------------------------------------------------------------------------------------------------------

    def question(self, query: Query) -> tuple[Classical, Question]:
        """Return a query as terms, with the premises as they are to be read for it.

        Where the query makes reals of names that were integers, the premises are elaborated again together with it.

        Raises:
            SortError: The query does not fit together or with the session.
        """
        key = query.source.text, query.taken_as_constants
        found = self._questions.get(key)
        if found is None or found[0] is not query:
            found = query, self.elaborator.ask(query)
            if len(self._questions) >= REMEMBERED:
                self._questions.clear()
            self._questions[key] = found
        if found[1].fits:
            return self, found[1]
        asked = query
        if query.objective is not None:  # it has a say in the sorts of its names
            equation = Operation("=", (query.objective[1],) * 2)
            asked = replace(query, expression=Operation("and", (query.expression, equation)))
        together, _ = self.together([Formula(closed(asked), query.source)])
        return together, together.elaborator.ask(query)

    def together(self, formulas: Sequence[Formula]) -> tuple[Classical, list[Term]]:
        """Return the premises elaborated anew, together with formulas that are no premises, and these as terms.

        Raises:
            SortError: They do not fit together.
        """
        found = Classical()
        terms = found.elaborator.add([*self._statements, *formulas])
        found._statements = list(self._statements)
        for statement, term in zip(self._statements, terms, strict=False):
            if term is not None:
                found.premises.append(Labelled(term, statement.source))
                _note_texts(term, found._texts)
        return found, [term for term in terms[len(self._statements) :] if term is not None]

    def axioms(self, *others: Term) -> list[Term]:
        """Return that the texts in premises and other terms are pairwise distinct."""
        if not self._texts and not any(map(_has_text, others)):
            return []
        texts = {sort: set(held) for sort, held in self._texts.items()}
        for term in others:
            _note_texts(term, texts)
        return [
            operate(Op.DISTINCT, *(Apply(one) for one in sorted(held, key=lambda text: text.name)))
            for held in texts.values()
            if len(held) > 1
        ]

    def formulas(self) -> list[Term]:
        """Return the premises as terms."""
        return [premise.formula for premise in self.premises]

    def judge(self, goal: Term, limits: Limits, interrupted: Callable[[], bool] = never) -> Judgement:
        """Find the verdict about a closed formula."""
        until = time.monotonic() + limits.timeout_s
        axioms = self.axioms(goal)
        share = ALONE_SHARE if self._is_for_many else 0.4
        if not self._is_for_many:
            verdict = self._by_few(goal, axioms, _left(limits, until, 0.2))
            if verdict is not None:
                return self._concluded(verdict, Outcome(Status.UNSAT, solver="z3"), limits, until, interrupted)
        quick = _left(limits, until, share)
        denied = self.check([*axioms, negation(goal)], quick, interrupted)
        if denied.status is Status.SAT:
            self.known = Premises.CONSISTENT
        if denied.status is Status.UNSAT:
            return self._concluded(Verdict.ENTAILED, denied, limits, until, interrupted)
        if denied.reason is Reason.INTERRUPTED or interrupted():
            return Judgement(Verdict.GAVE_UP, self.known, reason=Reason.INTERRUPTED)
        affirmed = self.check([*axioms, goal], _left(limits, until, share), interrupted)
        if affirmed.status is Status.UNSAT:
            return self._concluded(Verdict.REFUTED, affirmed, limits, until, interrupted)
        if denied.status is affirmed.status is Status.SAT:
            return Judgement(Verdict.UNDETERMINED, Premises.CONSISTENT, denied.solver, not_entailed=True)
        if affirmed.reason is Reason.INTERRUPTED or interrupted():
            not_entailed = denied.status is Status.SAT
            return Judgement(Verdict.GAVE_UP, self.known, reason=Reason.INTERRUPTED, not_entailed=not_entailed)
        if not self._is_for_many:
            reason = affirmed.reason or denied.reason or Reason.INCOMPLETE
            not_entailed = denied.status is Status.SAT
            return Judgement(Verdict.GAVE_UP, self.known, reason=reason, not_entailed=not_entailed)
        if denied.status is Status.SAT:
            return self._other_side(goal, axioms, limits, until, interrupted)
        return self._by_portfolio(goal, axioms, limits, until, interrupted)

    def _by_few(self, goal: Term, axioms: Sequence[Term], limits: Limits) -> Verdict | None:
        """Return whether the premises that are near a goal entail or refute it; None where that is not seen."""
        until = time.monotonic() + limits.timeout_s
        near = _near(self.formulas(), goal)
        if len(near) > MOST_FOR_MANY:
            return None
        with Z3Session() as session:
            for formula in unhurried((*near, *axioms)):
                session.add(formula)
            for verdict, tried in ((Verdict.ENTAILED, negation(goal)), (Verdict.REFUTED, goal)):
                found = session.check([tried], limits=_left(limits, until, 0.5), want_model=False, want_core=False)
                if found.status is Status.UNSAT:
                    return verdict
        return None

    @property
    def _is_for_many(self) -> bool:
        """Whether other solvers are worth trying: they begin anew with all premises each time."""
        return len(self.premises) <= MOST_FOR_MANY

    def check(
        self,
        formulas: Sequence[Term],
        limits: Limits,
        interrupted: Callable[[], bool] = never,
        *,
        want_model: bool = False,
    ) -> Outcome:
        """Decide whether the premises and some formulas have a model, by Z3 alone."""
        until = time.monotonic() + limits.timeout_s
        session = self.session(until, interrupted)
        if session is None:
            reason = Reason.INTERRUPTED if interrupted() else Reason.TIMEOUT
            return Outcome(Status.UNKNOWN, reason, solver="z3")
        return session.check(formulas, limits=_left(limits, until), want_model=want_model, want_core=False)

    def _concluded(
        self, verdict: Verdict, outcome: Outcome, limits: Limits, until: float, interrupted: Callable[[], bool]
    ) -> Judgement:
        """Return a verdict unless the premises contradict each other."""
        self.settle(_left(limits, until, CONSISTENCY_SHARE), interrupted)
        if self.known is Premises.INCONSISTENT:
            return Judgement(Verdict.INCONSISTENT, self.known, outcome.solver)
        not_entailed = verdict is Verdict.REFUTED and self.known is Premises.CONSISTENT
        return Judgement(verdict, self.known, outcome.solver, not_entailed=not_entailed)

    def settle(self, limits: Limits, interrupted: Callable[[], bool]) -> None:
        """Find out whether the premises have a model, unless as much time went into that in vain already."""
        if self.known is not Premises.NOT_ESTABLISHED or self._tried_s >= limits.timeout_s:
            return
        outcome = self.consistency(limits, interrupted)
        if outcome.status is Status.UNKNOWN and outcome.reason is not Reason.INTERRUPTED:
            self._tried_s = limits.timeout_s

    def consistency(self, limits: Limits, interrupted: Callable[[], bool] = never) -> Outcome:
        """Decide whether the premises have a model."""
        until = time.monotonic() + limits.timeout_s
        axioms = self.axioms()
        share = ALONE_SHARE if self._is_for_many else 1.0
        outcome = self.check(axioms, _left(limits, until, share), interrupted)
        if (
            self._is_for_many
            and outcome.status is Status.UNKNOWN
            and outcome.reason is not Reason.INTERRUPTED
            and not interrupted()
        ):
            formulas = [*self.formulas(), *axioms]
            outcome = portfolio.decide(formulas, _left(limits, until), interrupted=interrupted)
        if outcome.status is not Status.UNKNOWN:
            self.known = Premises.CONSISTENT if outcome.status is Status.SAT else Premises.INCONSISTENT
        return outcome

    def _other_side(
        self, goal: Term, axioms: Sequence[Term], limits: Limits, until: float, interrupted: Callable[[], bool]
    ) -> Judgement:
        """The goal is not entailed; find out whether it is refuted."""
        formulas = [*self.formulas(), *axioms, goal]
        found = portfolio.decide(formulas, _left(limits, until), interrupted=interrupted)
        if found.status is Status.UNKNOWN:
            return Judgement(Verdict.GAVE_UP, Premises.CONSISTENT, found.solver, found.reason, not_entailed=True)
        verdict = Verdict.REFUTED if found.status is Status.UNSAT else Verdict.UNDETERMINED
        affirmed = found.model
        return Judgement(verdict, Premises.CONSISTENT, found.solver, not_entailed=True, affirmed=affirmed)

    def _by_portfolio(
        self, goal: Term, axioms: Sequence[Term], limits: Limits, until: float, interrupted: Callable[[], bool]
    ) -> Judgement:
        found = portfolio.entailment(
            [*self.formulas(), *axioms], goal, _left(limits, until), interrupted=interrupted, want_core=False
        )
        if found.consistency is not portfolio.Consistency.NOT_ESTABLISHED:
            self.known = Premises(found.consistency.value)
        return judged(found, self.known)


def closed(query: Query) -> Expression:
    """Return that a query holds for some values of its variables."""
    variables = free_variables(query.expression)
    return Quantifier("exists", variables, query.expression) if variables else query.expression


def judged(found: portfolio.Entailment, known: Premises) -> Judgement:
    """Return what the portfolio's answer says about a goal."""
    denied, affirmed = found.denied, found.affirmed
    not_entailed = denied.status is Status.SAT
    if known is Premises.INCONSISTENT:
        return Judgement(Verdict.INCONSISTENT, known, denied.solver)
    if denied.status is Status.UNSAT:
        return Judgement(Verdict.ENTAILED, known, denied.solver)
    if affirmed.status is Status.UNSAT:
        return Judgement(Verdict.REFUTED, known, affirmed.solver, not_entailed=not_entailed)
    if denied.status is affirmed.status is Status.SAT:
        return Judgement(
            Verdict.UNDETERMINED, known, denied.solver, None, True, denied=denied.model, affirmed=affirmed.model
        )
    open_one = affirmed if not_entailed else denied
    reason = open_one.reason or Reason.INCOMPLETE
    return Judgement(Verdict.GAVE_UP, known, open_one.solver, reason, not_entailed, denied=denied.model)


def _left(limits: Limits, until: float, share: float = 1.0) -> Limits:
    """Return the limits for what is to be done next: a share of all the time, and no more than there is left."""
    left_s = min(until - time.monotonic(), share * limits.timeout_s)
    return Limits(max(left_s, LEAST_S), limits.memory_mb)


def _near(formulas: Iterable[Term], goal: Term) -> list[Term]:
    """Return the premises that are no plain facts, and the facts about constants of theirs or of the goal."""
    facts: list[Apply] = []
    found: list[Term] = []
    for formula in unhurried(formulas):
        if isinstance(formula, Apply) and all(
            isinstance(one, Apply) and not one.arguments for one in formula.arguments
        ):
            facts.append(formula)
        else:
            found.append(formula)
    named = {
        part for term in (goal, *found[:MOST_FOR_MANY]) for part in subterms(term)
        if isinstance(part, Apply) and not part.arguments
    }  # fmt: skip
    found.extend(fact for fact in unhurried(facts) if fact in named or not named.isdisjoint(fact.arguments))
    return found


def statements_of(entries: Iterable[Entry]) -> list[Statement]:
    """Return what was told as statements: tables become facts."""
    found: list[Statement] = []
    for entry in entries:
        if isinstance(entry, Table):
            found.extend(table_clauses(entry))
        else:
            found.append(entry)
    return found


def _note_texts(term: Term, texts: dict[Sort, set[Symbol]]) -> None:
    plain = isinstance(term, Apply) and all(isinstance(one, Apply) and not one.arguments for one in term.arguments)
    for part in (*term.arguments, term) if plain and isinstance(term, Apply) else subterms(term):
        if isinstance(part, Apply) and part.symbol.name[:1] == '"':
            texts.setdefault(part.symbol.result, set()).add(part.symbol)


def _has_text(term: Term) -> bool:
    return any(isinstance(part, Apply) and part.symbol.name[:1] == '"' for part in subterms(term))
