"""Scripts in SMT-LIB 2, run command by command over any solver's session."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from abduce.parser.smtlib_commands import (
    Assert,
    CheckSat,
    Command,
    Echo,
    Exit,
    GetInfo,
    GetModel,
    GetUnsatCore,
    GetValue,
    Pop,
    Push,
    Reset,
    SmtScript,
)
from abduce.parser.smtlib_writing import quoted
from abduce.reasoning.queries.script_models import model_text, value_text
from abduce.solvers.base import Limits, Outcome, Reason, Session, Status
from abduce.solvers.evaluation import Evaluator, Undecided
from abduce.solvers.terms import Term
from abduce.solvers.z3_delegation import ScriptOutput

SHORTEST_S = 0.001


def run_smtlib(script: SmtScript, session_factory: Callable[[], Session], limits: Limits) -> ScriptOutput:
    """Run a script that our reader has read.

    Args:
        script: The script; not a delegated one.
        session_factory: Gives a new session, for the beginning and after each reset.
        limits: Bounds on all its checks together.

    Returns:
        What it prints; a check that is not decided, or not reached in time, prints `unknown`.

    Raises:
        ValueError: The script is a delegated one.
    """
    if script.delegated is not None:
        raise ValueError(f"a script with {script.delegated} must be run by run_script")
    run = _Run(session_factory, limits)
    try:
        for index, command in enumerate(script.commands):
            if isinstance(command, Exit):
                break
            run.take(command, script.commands[index + 1 :] if isinstance(command, CheckSat) else ())
    finally:
        run.session.close()
    return ScriptOutput(tuple(run.printed), run.reason, time.perf_counter() - run.started)


@dataclass
class _Run:
    """A script that is being run.

    Attributes:
        factory: Gives a new session.
        limits: Bounds on the whole.
        printed: What was printed.
        reason: Why the last undecided check was not decided.
        names: The names of assertions, by label.
        levels: How many labels there were when each open level was opened.
        outcome: The outcome of the last check, None where something was told since.
    """

    factory: Callable[[], Session]
    limits: Limits
    printed: list[str] = field(default_factory=list)
    reason: Reason | None = None
    names: list[str] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)
    outcome: Outcome | None = None

    def __post_init__(self) -> None:
        self.session = self.factory()
        self.started = time.perf_counter()

    def take(self, command: Command, following: Sequence[Command]) -> None:
        """Carry out one command; a check is told what follows, to see whether a model will be asked for."""
        if isinstance(command, CheckSat):
            self._check(command, following)
        elif isinstance(command, GetModel | GetValue | GetUnsatCore):
            self.printed.append(self._told(command))
        elif isinstance(command, Echo):
            self.printed.append(command.text)
        elif isinstance(command, GetInfo):
            self.printed.append(self._info(command.key))
        else:
            self._change(command)

    def _change(self, command: Command) -> None:
        """Change what is asserted; settings, wishes and objectives change nothing that is answered here."""
        if isinstance(command, Assert):
            label = None
            if command.name is not None:
                label = len(self.names)
                self.names.append(command.name)
            self.session.add(command.term, label)
        elif isinstance(command, Push):
            for _ in range(command.levels):
                self.session.push()
                self.levels.append(len(self.names))
        elif isinstance(command, Pop):
            for _ in range(command.levels):
                self.session.pop()
                del self.names[self.levels.pop() :]
        elif isinstance(command, Reset):
            self.session.close()
            self.session = self.factory()
            self.names.clear()
            self.levels.clear()
        else:
            return
        self.outcome = None

    def _check(self, command: CheckSat, following: Sequence[Command]) -> None:
        left_s = self.limits.timeout_s - (time.perf_counter() - self.started)
        if left_s < SHORTEST_S:
            self.outcome = Outcome(Status.UNKNOWN, Reason.TIMEOUT)
        else:
            self.outcome = self.session.check(
                command.assumptions,
                limits=Limits(left_s, self.limits.memory_mb),
                want_model=any(isinstance(later, GetModel | GetValue) for later in _until_check(following)),
            )
        if self.outcome.status is Status.UNKNOWN:
            self.reason = self.outcome.reason or Reason.INCOMPLETE
        self.printed.append(self.outcome.status.value)

    def _told(self, command: GetModel | GetValue | GetUnsatCore) -> str:
        outcome = self.outcome
        if isinstance(command, GetUnsatCore):
            if outcome is None or outcome.status is not Status.UNSAT:
                return '(error "no core: the last check was not answered unsat")'
            return f"({' '.join(quoted(self.names[label]) for label in outcome.core)})"
        if outcome is None or outcome.status is not Status.SAT:
            return '(error "no model: the last check was not answered sat")'
        if outcome.model is None:
            return '(error "there is a model, but it cannot be told")'
        if isinstance(command, GetModel):
            return model_text(outcome.model, command.symbols)
        evaluator = Evaluator(outcome.model)
        pairs = zip(command.texts, command.terms, strict=True)
        return f"({' '.join(f'({text} {self._value(evaluator, term)})' for text, term in pairs)})"

    @staticmethod
    def _value(evaluator: Evaluator, term: Term) -> str:
        value = evaluator.value(term)
        if isinstance(value, Undecided):
            return f"|not told: {value.why}|"
        return value_text(value, term.sort)

    def _info(self, key: str) -> str:
        known = {
            ":name": '"abduce"',
            ":authors": '"the authors of abduce"',
            ":error-behavior": "immediate-exit",
            ":reason-unknown": self.reason.value if self.reason else "incomplete",
        }
        return f"({key} {known[key]})" if key in known else "unsupported"


def _until_check(following: Sequence[Command]) -> list[Command]:
    """Return the commands up to the next one after which there is another model or none."""
    found: list[Command] = []
    for command in following:
        if isinstance(command, CheckSat | Assert | Push | Pop | Reset | Exit):
            break
        found.append(command)
    return found
