"""The premises of the classical reading: as terms, and in a session of Z3's that is kept between queries.

Premises are elaborated and translated once. How a query is decided is the matter of `judging`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from abduce.errors import SortError
from abduce.parser.clauses import free_variables
from abduce.parser.elaboration import Elaborator, Question
from abduce.parser.statements import Expression, Formula, Operation, Quantifier, Query, Source, Statement
from abduce.reasoning.queries.facts import plain
from abduce.reasoning.queries.known_models import KnownModels
from abduce.reasoning.queries.premises import Knowledge
from abduce.reasoning.queries.second_opinions import SecondOpinion
from abduce.reasoning.queries.verdicts import Premises
from abduce.reasoning.rules.bounds import OutOfBounds, never
from abduce.solvers.base import Limits, Outcome, Reason, Status
from abduce.solvers.terms import Apply, Op, Sort, Symbol, Term, operate, subterms
from abduce.solvers.z3_backend import Z3Session

LEAST_S = 0.001
AT_ONCE = 4_000
"""How many entries are elaborated at once; where there is no time for all, the next time goes on behind them."""
LOOK = 256
"""After how many premises to look at the clock."""
MOST_NAMED = 3
"""How many names a note lists."""
REMEMBERED = 1024
"""How many queries are remembered as terms."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A premise as a term, with the statement that says it."""

    formula: Term
    source: Source


class Classical:
    """The premises of an engine as terms, in a session of Z3's; grows with what is told.

    Attributes:
        premises: The premises that claim something.
        terms: They as terms.
        known: Whether they are known to have a model.
        models: Models of theirs that were found right.
        second: What concludes again what was concluded from them.
        tried_s: For how long it was tried in vain to find that out.
    """

    def __init__(self) -> None:
        self.elaborator = Elaborator()
        self.premises: list[Labelled] = []
        self.terms: list[Term] = []
        self.known = Premises.NOT_ESTABLISHED
        self.seen = 0
        self.models, self.second = KnownModels(), SecondOpinion()
        self.tried_s = 0.0
        self._statements: list[Statement] = []
        self._session: Z3Session | None = None
        self._told = 0
        self._texts: dict[Sort, set[Symbol]] = {}
        self._questions: dict[tuple[str, tuple[str, ...]], tuple[Query, Question]] = {}

    def catch_up(self, knowledge: Knowledge) -> None:
        """Take in what was told since the last time.

        Raises:
            SortError: It does not fit together or with the rest; `seen` tells how far it came.
            OutOfBounds: There was no time for all; the next time goes on from there.
        """
        while self.seen < len(knowledge):
            entries = knowledge.since(self.seen)[:AT_ONCE]
            try:
                self._add(plain(entries))
                self.seen += len(entries)
            except (SortError, OutOfBounds):  # nothing of these entries is taken in
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
            try:
                terms = fresh.add([*self._statements, *new])
            except (SortError, OutOfBounds):  # the old one knows the new statements already
                self._reset()
                raise
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
                self.terms.append(term)
                _note_texts(term, self._texts)
        if self.known is not Premises.INCONSISTENT:
            self.known, self.tried_s = Premises.NOT_ESTABLISHED, 0.0

    def _reset(self) -> None:
        self._forget()
        self.elaborator, self.seen = Elaborator(), 0
        self._statements = []

    def _forget(self) -> None:
        self.premises.clear()
        self.terms.clear()
        self._texts.clear()
        self.close()
        self.models, self.second = KnownModels(), SecondOpinion()
        self.known = Premises.NOT_ESTABLISHED

    def close(self) -> None:
        """Give the session back."""
        if self._session is not None:
            self._session.close()
        self._session, self._told = None, 0
        self.second.close()

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

        Where the query makes numbers of names that were none, or puts reals where there were integers, the premises
        are elaborated again together with it.

        Raises:
            SortError: The query does not fit together or with the session.
        """
        found = self._question(query)
        if found.fits:
            return self, found
        asked = query
        if query.objective is not None:  # it has a say in the sorts of its names
            equation = Operation("=", (query.objective[1],) * 2)
            asked = replace(query, expression=Operation("and", (query.expression, equation)))
        together, _ = self.together([Formula(closed(asked), query.source)])
        return together, together.elaborator.ask(query)

    def _question(self, query: Query) -> Question:
        """Return a query as terms beside the premises as they are; remembered, as people ask again."""
        key = query.source.text, query.taken_as_constants
        found = self._questions.get(key)
        if found is None or found[0] is not query:
            found = query, self.elaborator.ask(query)
            if len(self._questions) >= REMEMBERED:
                self._questions.clear()
            self._questions[key] = found
        return found[1]

    def integers_by_default(self, query: Query, *, everywhere: bool) -> str:
        """Say what in a query, or `everywhere` in the premises, is taken to be integers as nobody declared it."""
        question = self._question(query)
        constants = self.elaborator.integers() if everywhere else question.integers
        notes = [f"{_are_integers(constants)}; `{constants[0]}: Real.` makes it real"] if constants else []
        if names := question.integer_variables:
            notes.append(f"{_are_integers(names)}; reals are asked for with a decimal, such as `1.0` for `1`")
        return "; ".join(notes)

    def together(self, formulas: Sequence[Formula]) -> tuple[Classical, list[Term]]:
        """Return the premises elaborated anew, together with formulas that are no premises, and these as terms.

        Raises:
            SortError: They do not fit together.
        """
        found = Classical()
        terms = found.elaborator.add([*self._statements, *formulas], len(self._statements))
        found._statements = list(self._statements)
        for statement, term in zip(self._statements, terms, strict=False):
            if term is not None:
                found.premises.append(Labelled(term, statement.source))
                found.terms.append(term)
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
        return session.check(formulas, limits=left(limits, until), want_model=want_model, want_core=False)


def _are_integers(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    shown = ", ".join(names[:MOST_NAMED]) + more
    return f"{shown} {'are' if len(names) > 1 else 'is'} taken to be {'integers' if len(names) > 1 else 'an integer'}"


def closed(query: Query) -> Expression:
    """Return that a query holds for some values of its variables."""
    variables = free_variables(query.expression)
    return Quantifier("exists", variables, query.expression) if variables else query.expression


def left(limits: Limits, until: float, share: float = 1.0) -> Limits:
    """Return the limits for what is to be done next: a share of all the time, and no more than there is left."""
    left_s = min(until - time.monotonic(), share * limits.timeout_s)
    return Limits(max(left_s, LEAST_S), limits.memory_mb)


def _note_texts(term: Term, texts: dict[Sort, set[Symbol]]) -> None:
    plain = isinstance(term, Apply) and all(isinstance(one, Apply) and not one.arguments for one in term.arguments)
    for part in (*term.arguments, term) if plain and isinstance(term, Apply) else subterms(term):
        if isinstance(part, Apply) and part.symbol.name[:1] == '"':
            texts.setdefault(part.symbol.result, set()).add(part.symbol)


def _has_text(term: Term) -> bool:
    return any(isinstance(part, Apply) and part.symbol.name[:1] == '"' for part in subterms(term))
