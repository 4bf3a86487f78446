"""A conversation with one engine: statements are told, questions answered, and what was told can be taken back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from abduce.errors import UsageError
from abduce.repl_screen import Screen, split_goal

if TYPE_CHECKING:
    from abduce.parser.lint import Finding
    from abduce.parser.statements import Algebra, Query
    from abduce.query_files import QueryFile
    from abduce.reasoning.queries.engine import Engine
    from abduce.reasoning.queries.telling import Told
    from abduce.solvers.base import Limits

T = TypeVar("T")

ANSWERS_AT_ONCE: Final = 100
"""How many answers are printed where nobody can be asked whether to go on."""
MOST_NAMES: Final = 5_000
"""How many premises are looked at for the names that completion offers."""
MOST_LINTED: Final = 500
"""How many premises a session may have for each new one to be compared with them."""
DEFAULT_TIMEOUT_S: Final = 5.0
_NAME: Final = re.compile(r"[^\W\d]\w*")
_QUIET: Final = frozenset({"never-concluded"})
"""What lint says of sessions that are still being told."""


class Conversation:
    """What was told and set, and what was asked last.

    Attributes:
        screen: Where is printed.
        reading: How clauses are understood; `auto` takes rules where there are clauses alone.
        timeout_s: How long a question may take, in seconds.
        assumed: Formulas that are assumed for the questions that follow.
        last: The question that was asked last.
    """

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.reading, self.timeout_s, self._checking = "auto", DEFAULT_TIMEOUT_S, "fast"
        self.assumed: list[str] = []
        self.last = ""
        self._engine: Engine | None = None
        self._asked: Engine | None = None
        self._entries = 0
        self._done: list[tuple[str, int]] = []
        self._named: tuple[int, frozenset[str]] = (0, frozenset())

    @property
    def engine(self) -> Engine:
        """The engine, made when it is needed first."""
        if self._engine is None:
            from abduce.reasoning.queries.engine import Engine

            self._engine = Engine(check=self._checking)
        return self._engine

    @property
    def checking(self) -> str:
        """How evidence is checked: `none`, `fast` or `full`."""
        return self._checking

    @checking.setter
    def checking(self, wanted: str) -> None:
        self._checking = wanted
        for engine in self._engines():
            engine.check = wanted

    def _engines(self) -> list[Engine]:
        return [engine for engine in (self._engine, self._asked) if engine is not None]

    def _changed(self) -> None:
        """What was told or is assumed is not what it was."""
        self._asked = None

    def asked(self) -> Engine:
        """Return the engine that questions are put to: where something is assumed, one that was told that as well."""
        if not self.assumed:
            return self.engine
        if self._asked is None:
            asked = self.engine.successor()
            asked.tell(*asked.assumed(*self.assumed))
            self._asked = asked
        return self._asked

    def names(self) -> frozenset[str]:
        """Return the names that what was told uses, for completion; none before anything was told."""
        if self._engine is None:
            return frozenset()
        count = len(self._engine)
        if self._named[0] != count:
            texts = (premise.text for premise in self._engine.premises[-MOST_NAMES:])
            self._named = count, frozenset(name for text in texts for name in _NAME.findall(text))
        return self._named[1]

    def counted(self) -> str:
        """Return how many statements were told, in words."""
        return _statements(len(self.engine))

    # telling ----------------------------------------------------------------------------------------------------------

    def take(self, entry: str) -> None:
        """Do what an entry says: tell its statements, and answer its questions.

        Raises:
            AbduceError: It cannot be read, or does not fit what was told; nothing of it is told then.
            Interrupted: Ctrl-C was pressed.
        """
        self._entries += 1
        place = f"entry {self._entries}"
        told = self._tell(entry, place)
        if told.statements:
            for finding in self._slips(place):
                repair = f"; did you mean: {finding.repair}" if finding.repair else ""
                self.screen.note(f"{finding.message}{repair}")
        for question in told.queries:
            self.answer(question)

    def _tell(self, text: str, place: str) -> Told:
        told = self._run(lambda: self.engine.tell(text, file=place))
        self._changed()
        if told.statements:
            self._done.append(("told", len(told.statements)))
        for warning in told.warnings:
            self.screen.note(warning)
        return told

    def _slips(self, place: str) -> list[Finding]:
        """Return what looks like a slip in what was just told; nothing where there is much to compare it with."""
        if len(self.engine) > MOST_LINTED:
            return []
        return [one for one in self.engine.lint() if one.file == place and one.kind not in _QUIET]

    def load(self, name: str) -> None:
        """Tell what a file holds, and answer its questions; scripts and TPTP problems are answered by themselves.

        Raises:
            AbduceError: It cannot be read, or does not fit what was told; nothing of it is told then.
        """
        from abduce.query_files import read_files

        (file,) = read_files([name])
        if file.format == "abduce":
            self._load_own(file)
            return
        if file.format == "smtlib":
            from abduce.query_scripts import answer_script, script_text

            answered = self._run(lambda: answer_script(file.text, file.name, self._limits()))
            self.screen.show(script_text(answered))
            return
        from abduce.query_problems import answer_problem, problem_text, read_problem

        problem = self._run(lambda: read_problem(file, ()))
        self.screen.note(f"{name} is a problem of its own: it is answered, and not told")
        self.screen.show(self._run(lambda: problem_text(answer_problem(problem, self._limits()))))

    def _load_own(self, file: QueryFile) -> None:
        from abduce.reasoning.queries.engine import Engine

        path = file.path
        if file.is_saved and path is not None:
            told = self._run(lambda: self.engine.tell(Engine.load(path).statements))
            self._changed()
            self._done.append(("told", len(told)))
        else:
            told = self._tell(file.text, file.name)
        self.screen.show(f"told {_statements(len(told))} from {file.name}")
        if slips := len(self._slips(file.name)):
            said = "1 thing looks" if slips == 1 else f"{slips} things look"
            self.screen.note(f"{said} like a slip; :check says what")
        for question in told.queries:
            self.answer(question)

    def retract(self, text: str) -> None:
        """Take back a statement.

        Raises:
            AbduceError: It cannot be read, or was not told.
        """
        self._run(lambda: self.engine.retract(text))
        self._changed()

    def move_on(self) -> None:
        """Go on with an engine of its own where a call does not stop: what that one does is of no account any more."""
        if self._engine is not None:
            self._engine = self._engine.successor()
        self._changed()

    def undo(self) -> str:
        """Take back the last statement that was told, or assumed after that, and return it.

        Raises:
            UsageError: There is none.
        """
        while self._done:
            kind, count = self._done.pop()
            if kind == "assumed":
                if self.assumed:
                    self._changed()
                    return self.assumed.pop()
                continue
            if count > 1:
                self._done.append((kind, count - 1))
            break
        undone = self._run(self.engine.undo)
        self._changed()
        return undone.text.strip()

    def assume(self, formula: str) -> None:
        """Assume a formula for the questions that follow.

        Raises:
            AbduceError: It cannot be read, or does not fit what was told.
        """
        given = [*self.assumed, formula]

        def tried() -> Engine:
            asked = self.engine.successor()
            asked.tell(*asked.assumed(*given))
            return asked

        self._asked = self._run(tried)
        self.assumed.append(formula)
        self._done.append(("assumed", 1))

    def forget_assumed(self, formula: str) -> bool:
        """Assume a formula no longer; tell whether it was assumed."""
        wanted = _bare(formula)
        kept = [one for one in self.assumed if _bare(one) != wanted]
        found = len(kept) < len(self.assumed)
        self.assumed = kept
        self._changed()
        return found

    # asking -----------------------------------------------------------------------------------------------------------

    def question(self, command: str, text: str) -> str:
        """Return the question that a command is about: the one given, or the last.

        Raises:
            UsageError: None was given or asked.
        """
        if not text and not self.last:
            raise UsageError(f"{command} is about a question, and none was asked yet: {command} QUESTION")
        return text or self.last

    def answer(self, question: Query | Algebra) -> None:
        """Answer a question: a verdict with its reasons, or answers one at a time."""
        from abduce.parser.statements import Query

        self.last = question.source.text.strip()
        if isinstance(question, Query) and question.free and question.objective is None:
            self._answer_one_by_one(question)
        else:
            self._show_result(question)

    def _answer_one_by_one(self, question: Query) -> None:
        """Show the answers to a question with free variables, each when it is asked for."""
        from abduce.reasoning.queries.answer_values import shown_answer
        from abduce.reasoning.queries.verdicts import counted_answers

        shown = 0
        answers = self._run(lambda: self.asked().solve(question, reading=self._reading(), timeout_s=self.timeout_s))
        answer = self._run(lambda: next(answers, None))
        while answer is not None:
            self.screen.show(f"  {shown_answer(answer)}")
            shown += 1
            following = self._run(lambda: next(answers, None))
            if following is not None and not self._goes_on(shown):
                counted = counted_answers(shown, possible=answers.possible)
                self.screen.show(f"{counted} shown, and there are more")
                return
            answer = following
        counted = counted_answers(shown, possible=answers.possible)
        if not shown:
            self._show_result(question)
        elif answers.complete:
            self.screen.show(f"{counted}, all there are")
        else:
            because = f" ({answers.reason.value})" if answers.reason else ""
            self.screen.show(f"{counted}; there may be more{because}")

    def _goes_on(self, shown: int) -> bool:
        if self.screen.is_interactive:
            return self.screen.wants_next()
        return shown < ANSWERS_AT_ONCE

    def why_not(self, goal: str) -> None:
        """Say what would have to be assumed for a goal to follow, from hypotheses where some are named."""
        from abduce.query_answers import why_not, why_not_text

        wanted, hypotheses = split_goal(goal)
        self.last = wanted

        def asked() -> str:
            found = why_not(self.asked(), wanted, hypotheses, reading=self._reading(), timeout_s=self.timeout_s)
            return why_not_text(*found)

        self.screen.show(self._run(asked))

    def _show_result(self, question: Query | Algebra | str, *, explain: bool = False, compare: bool = False) -> None:
        from abduce.query_output import result_text

        def asked() -> str:
            found = self.asked().ask(
                question, reading=self._reading(), timeout_s=self.timeout_s, explain=explain, compare=compare
            )
            return result_text(found, explain=explain)

        self.screen.show(self._run(asked))

    def explain(self, question: str) -> None:
        """Say why a question has its answer."""
        self.last = question
        self._show_result(question, explain=True)

    def compare(self, question: str) -> None:
        """Answer a question in all readings."""
        self.last = question
        self._show_result(question, compare=True)

    def check(self) -> None:
        """Say whether what was told is consistent, what looks like a slip, and whether readings differ."""
        from abduce.query_output import consistency_text

        def asked() -> str:
            found = self.asked().check_consistency(reading=self._reading(), timeout_s=self.timeout_s)
            return consistency_text(found)

        self.screen.show(self._run(asked))
        for finding in self._run(self.engine.lint):
            self.screen.show(str(finding))
        if self.last:
            self.screen.show(self.last)
            self._show_result(self.last, compare=True)

    def _limits(self) -> Limits:
        from abduce.solvers.base import Limits

        return Limits(self.timeout_s)

    def _reading(self) -> str | None:
        return None if self.reading == "auto" else self.reading

    def _run(self, call: Callable[[], T]) -> T:
        return self.screen.run(call, self._stop)

    def _stop(self) -> None:
        for engine in self._engines():
            engine.interrupt()


def _statements(count: int) -> str:
    return f"{count} statement{'s' * (count != 1)}"


def _bare(text: str) -> str:
    """Return a formula without blanks and its last dot, to be compared."""
    return "".join(text.split()).removesuffix(".")
