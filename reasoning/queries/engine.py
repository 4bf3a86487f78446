"""The query engine: premises are told, queries asked, and answered with verdicts and reasons."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from abduce.errors import TellingInterrupted, UsageError
from abduce.parser.pausing import watched, without_collections, without_full_collections
from abduce.parser.statements import Algebra, Formula, Query, Statement
from abduce.parser.surface import read_statement
from abduce.reasoning.queries import asking, telling
from abduce.reasoning.queries.answer_streams import AnswerStream, FoundRows
from abduce.reasoning.queries.explanations import Explanation
from abduce.reasoning.queries.facts import plain
from abduce.reasoning.queries.premises import Entry, Knowledge, Premise
from abduce.reasoning.queries.readings import chosen, reading_named
from abduce.reasoning.queries.stopping import Stopping
from abduce.reasoning.queries.verdicts import Consistency, Reading, Result, Verdict
from abduce.reasoning.queries.workspace import Workspace
from abduce.reasoning.rules.bounds import OutOfBounds
from abduce.solvers.base import Limits
from abduce.solvers.terms import Term

if TYPE_CHECKING:
    from abduce.parser.lint import Finding
    from abduce.reasoning.queries.hypotheses import Hypotheses

CHECKS = ("none", "fast", "full")
Question: TypeAlias = "str | Query | Formula | Algebra | Term"


class Engine:
    """A knowledge base and its solvers; may be used by several threads, one at a time.

    Args:
        reading: How clauses are understood: `classical`, `rules`, `closed`; by default clauses alone are rules, and
            anything else is classical.
        timeout_s: Most wall time for a query, in seconds.
        memory_mb: Most memory for a query, in megabytes.
        check: How evidence is checked: `none`; `fast`, when it is looked at; `full`, at once.

    Example:
        >>> engine = Engine()
        >>> _ = engine.tell("parent(ann, bob). parent(bob, carl). elder(X, Z) :- parent(X, Y), parent(Y, Z).")
        >>> str(engine.ask("elder(ann, carl)?").verdict)
        'entailed'
        >>> engine.ask("elder(X, carl)?").answers
        ({'X': Name('ann')},)
    """

    def __init__(
        self,
        *,
        reading: str | Reading | None = None,
        timeout_s: float = 5.0,
        memory_mb: int = 2048,
        check: str = "fast",
    ) -> None:
        if check not in CHECKS:
            raise UsageError(f"check is one of {', '.join(CHECKS)}; got {check!r}")
        self._lock = threading.RLock()
        self.reading = reading_named(reading)
        self.timeout_s, self.memory_mb, self.check = timeout_s, memory_mb, check
        self._workspace = Workspace(Knowledge())
        self._stopping = Stopping()
        self._limits()

    # telling -----------------------------------------------------------------------------------------------------

    def tell(self, *given: telling.Given, file: str = "", **tables: Any) -> telling.Told:
        """Take in premises.

        Args:
            given: Texts in the query language, paths of files in it, tuples `("parent", "ann", "bob")`, lists of
                such tuples, statements, terms, or sympy expressions.
            file: Name of where a text comes from, for messages.
            tables: Data frames by the name of their predicate.

        Raises:
            ParseError: A text cannot be read, or a clause does not fit the others.
            SortError: A formula does not fit the others.
            DataError: A file cannot be read.
            TellingInterrupted: `interrupt` was called.

        In each case nothing is taken in.
        """
        with self._lock, self._stopping, watched(self._look), without_collections():
            workspace = self._workspace
            found = telling.statements_of(given, tables, file=file, constants=workspace.constants)
            entries: list[Entry] = [one for one in found if not isinstance(one, Query | Algebra)]
            queries = [one for one in found if isinstance(one, Query | Algebra)]
            if entries:
                self._workspace = workspace.told(entries, self.reading)
            return telling.Told(tuple(entries), tuple(queries))

    def assumed(self, *formulas: telling.Given) -> list[Entry]:
        """Return formulas as what they are to be assumed as: among clauses, an atom is a fact, with or without a dot.

        Raises:
            ParseError, DataError: One cannot be read.
        """
        with self._lock:
            workspace = self._workspace
            found = telling.statements_of(
                formulas, {}, file="assumed", constants=workspace.constants,
                as_facts=not workspace.knowledge.formula_count,
            )  # fmt: skip
            return [one for one in found if not isinstance(one, Query | Algebra)]

    def _look(self) -> None:
        """Look up from telling."""
        if self._stopping.requested():
            raise TellingInterrupted("interrupted: nothing was told")

    def retract(self, text: str) -> None:
        """Take back a statement, wherever and however often it was told.

        Raises:
            ParseError: The text cannot be read.
            UsageError: It was not told; names what is close to it.
        """
        with self._lock:
            statement = read_statement(text, constants=self._workspace.constants)
            if isinstance(statement, Query | Algebra):
                raise UsageError(f"only statements can be retracted, and {text.strip()} is a query")
            self._replace(self._workspace.knowledge.without(statement))

    def undo(self) -> Premise:
        """Take back the statement that was told last, and return it.

        Raises:
            UsageError: Nothing was told.
        """
        with self._lock:
            knowledge = self._workspace.knowledge
            shorter = knowledge.without_last()
            last = knowledge.since(len(shorter))[0].source
            self._replace(shorter)
            return Premise(last.text, last.file, last.line)

    def _replace(self, knowledge: Knowledge) -> None:
        self._workspace.close()
        self._workspace = Workspace(knowledge)

    @contextmanager
    def assume(self, *formulas: telling.Given) -> Iterator[Engine]:
        """Open a scope with more premises; what is told inside ends with it too. Other threads wait for its end.

        Among clauses, an atom is a fact, with or without a dot.

        Example:
            >>> engine = Engine()
            >>> with engine.assume("rain. wet :- rain."):
            ...     str(engine.ask("wet?").verdict)
            'entailed'
            >>> len(engine.premises)
            0
        """
        with self._lock:  # kept all the time: other threads do not see what holds in the scope only
            before = self._workspace
            self._workspace = before.copy()
            try:
                self.tell(*self.assumed(*formulas))
                yield self
            finally:
                self._workspace.close()
                self._workspace = before

    @property
    def premises(self) -> list[Premise]:
        """What was told, in order."""
        with self._lock:
            return self._workspace.knowledge.premises()

    @property
    def statements(self) -> list[Statement]:
        """What was told, as statements; tables as their facts."""
        with self._lock:
            return plain(self._workspace.knowledge)

    def lint(self) -> list[Finding]:
        """Return what is odd about the premises, with both places and the repair."""
        from abduce.parser.lint import lint

        return lint(self.statements)

    # asking ------------------------------------------------------------------------------------------------------

    def ask(
        self,
        query: Question,
        *,
        reading: str | Reading | None = None,
        timeout_s: float | None = None,
        explain: bool = False,
        limit_answers: int | None = None,
        compare: bool = False,
        assume: Iterable[telling.Given] = (),
    ) -> Result:
        """Answer a query.

        Args:
            query: A text (`p(a)?`, `p(X), X > 3?`, `maximize x subject to …?`, `solve x^2 = 2`), a query that was
                read, or a term.
            reading: How clauses are understood, for this query.
            timeout_s: Most wall time, for this query.
            explain: Whether to make the explanation at once, and put it in the JSON.
            limit_answers: Most answers to give; among rules, no more is derived than tells whether there are more.
            compare: Whether to ask in all readings that apply and say where they differ.
            assume: Premises for this query alone.

        Raises:
            ParseError: The query cannot be read, or leaves a variable unbound in a rule reading.
            SortError: It does not fit the premises.
            UsageError: The reading does not apply.
        """
        assumed = tuple(assume)
        with self._lock, self._stopping, without_full_collections():
            question, wanted = self._question(query), self._reading(reading)
            asker = self._asker(timeout_s)
            try:
                with watched(asker.look), self.assume(*assumed) if assumed else nullcontext():
                    here, there = replace(asker, workspace=self._workspace), self._question(query)
                    found = here.result(there, wanted, limit_answers=limit_answers, compare=compare)
            except OutOfBounds as stop:
                found = asker.gave_up(question, wanted, stop.reason)
            found = replace(found, seconds=asker.used_s(), explain=explain)
            if explain or self.check == "full":
                asking.look(found, explain=explain)
            return found

    def prove(self, formula: Question, *, timeout_s: float | None = None) -> Result:
        """Say whether the premises entail a formula, in the classical reading, with its core at once."""
        return self.ask(formula, reading=Reading.CLASSICAL, timeout_s=timeout_s, explain=True)

    def solve(
        self, query: Question, *, reading: str | Reading | None = None, timeout_s: float | None = None
    ) -> AnswerStream:
        """Return the answers to a query one at a time, as they are found; at the end it says whether they were all.

        The time limit is on what the search takes, not on what is done between two answers.

        Raises:
            UsageError: The premises contradict each other, or what was told changed meanwhile.
        """
        with self._lock, self._stopping:
            question, workspace = self._question(query), self._workspace
            asker = self._asker(timeout_s)
            try:
                with watched(asker.look):
                    answers = asker.answers(question, self._reading(reading))
            except OutOfBounds as stop:
                answers = FoundRows(asker.gave_up(question, self._reading(reading), stop.reason))
        return AnswerStream(answers, self._lock, self._stopping, lambda: self._workspace is workspace)

    def explain(self, query: Question, *, reading: str | Reading | None = None) -> Explanation:
        """Return why a query has its verdict.

        Raises:
            UsageError: There is nothing to explain: the engine gave up.
        """
        found = self.ask(query, reading=reading, explain=True)
        explanation = found.explanation
        if explanation is None:
            raise UsageError(f"there is no explanation: {found}")
        return explanation

    def check_consistency(self, *, reading: str | Reading | None = None, timeout_s: float | None = None) -> Consistency:
        """Say whether the premises have a model."""
        with self._lock, self._stopping:
            asker = self._asker(timeout_s)
            try:
                with watched(asker.look):
                    return asker.consistency(self._reading(reading))
            except OutOfBounds as stop:
                return Consistency(Verdict.GAVE_UP, stop.reason, seconds=asker.used_s())

    def why_not(
        self,
        goal: Question,
        hypotheses: Iterable[str] | Mapping[str, float] | None = None,
        *,
        reading: str | Reading | None = None,
        timeout_s: float | None = None,
        limit: int | None = 10,
    ) -> Hypotheses:
        """Return the minimal sets of hypotheses that make a goal follow, in order of weight.

        Args:
            goal: What should follow.
            hypotheses: What may be assumed, with weights where given; by default, ground atoms that could help.
            reading: How clauses are understood.
            timeout_s: Most wall time.
            limit: Most sets to give; None for all.
        """
        from abduce.reasoning.queries.hypotheses import abduce

        with self._lock, self._stopping:
            question = self._question(goal)
            if isinstance(question, Algebra):
                raise UsageError("a command of algebra has no hypotheses")
            wanted = chosen(self._workspace.knowledge, question, self._reading(reading))
            return abduce(
                self._workspace, question, hypotheses, wanted,
                limits=self._limits(timeout_s), stopping=self._stopping, limit=limit,
            )  # fmt: skip

    def interrupt(self) -> None:
        """Stop the query that is running, from another thread or a signal handler: it gives up as interrupted."""
        self._stopping.request()
        self._workspace.interrupt()

    def _question(self, query: Question) -> Query | Algebra:
        return telling.question_of(query, self._workspace.constants)

    def _reading(self, reading: str | Reading | None) -> Reading | None:
        return reading_named(reading) or self.reading

    def _limits(self, timeout_s: float | None = None) -> Limits:
        limits = Limits(self.timeout_s if timeout_s is None else timeout_s, self.memory_mb)
        if not limits.timeout_s > 0 or limits.memory_mb <= 0:
            raise UsageError("limits must be positive: timeout_s in seconds, memory_mb in megabytes")
        return limits

    def _asker(self, timeout_s: float | None) -> asking.Asker:
        return asking.Asker(self._workspace, self._limits(timeout_s), self._stopping, check=self.check)

    # keeping -----------------------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> None:
        """Write the premises and settings to a file, as JSON with their texts."""
        from abduce.reasoning.queries.saving import save_session

        with self._lock:
            settings = {
                "reading": self.reading.value if self.reading else None,
                "timeout_s": self.timeout_s,
                "memory_mb": self.memory_mb,
                "check": self.check,
            }
            save_session(Path(path), self._workspace.knowledge, settings)

    @classmethod
    def load(cls, path: str | Path) -> Engine:
        """Read an engine from a file that `save` wrote; nothing in it is executed.

        Raises:
            DataError: The file cannot be read, or was written by a newer version.
        """
        from abduce.reasoning.queries.saving import load_session

        knowledge, settings = load_session(Path(path))
        engine = cls(**settings)
        engine._workspace = engine._workspace.told(list(knowledge), engine.reading)
        return engine

    def export(self, target: str, goal: Question | None = None) -> str:
        """Return the premises, and a goal, in `tptp` or `smtlib`.

        Raises:
            UsageError: The target cannot say something; names the premise.
        """
        with self._lock:
            return asking.exported(self._workspace, target, None if goal is None else self._question(goal))

    def successor(self) -> Engine:
        """Return an engine of the same premises and settings that waits for nothing that still runs in this one."""
        engine = Engine(reading=self.reading, timeout_s=self.timeout_s, memory_mb=self.memory_mb, check=self.check)
        engine._workspace = self._workspace.copy()
        return engine

    def close(self) -> None:
        """Give the solvers back; the engine can go on to be used, and takes new ones."""
        with self._lock:
            self._workspace.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._workspace.knowledge)

    def __repr__(self) -> str:
        return f"Engine({len(self)} premises, {chosen(self._workspace.knowledge, None, self.reading)} reading)"
