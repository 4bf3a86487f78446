"""The commands of a session: `:load`, `:facts`, `:why-not`, …, and what each does."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from abduce.errors import UsageError

if TYPE_CHECKING:
    from abduce.repl_session import Conversation

READINGS: Final = ("auto", "classical", "rules", "closed")
CHECKS: Final = ("none", "fast", "full")
MOST_FACTS: Final = 200
"""How many premises `:facts` lists unless it is given a name."""

HELP: Final = """\
statements are told, questions are answered:
  parent(ann, bob).                         a fact
  ancestor(X, Y) :- parent(X, Y).           a rule; capitalised names are variables
  forall x. human(x) -> mortal(x)           a formula; also ∀x (Human(x) → Mortal(x))
  mortal(socrates)?                         a closed question: entailed, refuted, undetermined, …
  ?- ancestor(ann, X).                      an open one: one answer at a time; ; for the next, q to stop
  maximize 3*X + Y subject to X + 2*Y <= 14, X >= 0, Y >= 0?
  solve x^2 - 5*x + 6 = 0                   exact algebra; also simplify, integrate, factor, …
an entry goes on until a statement is complete; Ctrl-C throws it away, or stops what is running.
commands (:help COMMAND says more):"""


@dataclass(frozen=True, slots=True)
class Command:
    """A command.

    Attributes:
        run: Does it, given what follows the command.
        takes: What follows it, for people.
        about: What it does, in a line.
        more: What else there is to know.
        choices: What may follow it, for completion; `FILE` for the name of a file.
    """

    run: Callable[[Conversation, str], None]
    takes: str
    about: str
    more: str = ""
    choices: tuple[str, ...] = ()


def run_command(session: Conversation, entry: str) -> None:
    """Do what a command says.

    Raises:
        UsageError: There is no such command, or it is given what it cannot take.
        EOFError: It was `:quit`.
    """
    name, _, rest = entry.strip().partition(" ")
    name, rest = name.rstrip().lower(), rest.strip()
    command = COMMANDS.get(name) or COMMANDS.get(SHORT.get(name, ""))
    if command is None:
        near = difflib.get_close_matches(name, [*COMMANDS, *SHORT], n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        raise UsageError(f"{name}: there is no such command; {meant}:help lists them")
    command.run(session, rest)


# files --------------------------------------------------------------------------------------------------------------


def _load(session: Conversation, rest: str) -> None:
    session.load(_file(":load", rest))


def _save(session: Conversation, rest: str) -> None:
    path = Path(_file(":save", rest)).expanduser()
    try:
        session.engine.save(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror or error}); the session goes on") from error
    session.screen.show(f"saved {session.counted()} in {path}")


def _file(command: str, rest: str) -> str:
    if not rest:
        raise UsageError(f"{command} needs the name of a file: {command} FILE")
    if len(rest) > 1 and rest[0] == rest[-1] and rest[0] in "\"'":
        return rest[1:-1]
    return rest


# what is known ------------------------------------------------------------------------------------------------------


def _facts(session: Conversation, rest: str) -> None:
    wanted = re.compile(rf"(?<!\w){re.escape(rest)}(?!\w)" if rest else "")
    found = [premise for premise in session.engine.premises if wanted.search(premise.text)]
    shown = found if rest else found[:MOST_FACTS]
    for premise in shown:
        place = f"   % {premise.file}:{premise.line}" if premise.file else ""
        session.screen.show(f"{premise.text.strip()}{place}")
    for formula in session.assumed:
        session.screen.show(f"{formula}   % assumed")
    if len(found) > len(shown):
        session.screen.note(f"and {len(found) - len(shown)} more; :facts NAME lists those that hold NAME")
    elif not found and not session.assumed:
        session.screen.note(f"nothing that was told holds {rest}" if rest else "nothing was told yet")


def _retract(session: Conversation, rest: str) -> None:
    if not rest:
        raise UsageError(":retract needs what is to be taken back: :retract parent(ann, bob).")
    if session.forget_assumed(rest):
        session.screen.show(f"no longer assumed: {rest}")
        return
    session.retract(rest)
    session.screen.show(f"taken back: {rest}")


def _undo(session: Conversation, rest: str) -> None:
    _none(":undo", rest)
    session.screen.show(f"taken back: {session.undo()}")


def _assume(session: Conversation, rest: str) -> None:
    if rest:
        session.assume(rest)
        session.screen.show(f"assumed until it is retracted: {rest}")
    elif session.assumed:
        for formula in session.assumed:
            session.screen.show(formula)
    else:
        session.screen.note("nothing is assumed; :assume FORMULA adds something for the questions that follow")


# asking -------------------------------------------------------------------------------------------------------------


def _explain(session: Conversation, rest: str) -> None:
    session.explain(session.question(":explain", rest))


def _why_not(session: Conversation, rest: str) -> None:
    session.why_not(session.question(":why-not", rest))


def _compare(session: Conversation, rest: str) -> None:
    session.compare(session.question(":compare", rest))


def _check(session: Conversation, rest: str) -> None:
    if rest:
        session.checking = _one_of(":check", rest, CHECKS)
        session.screen.show(f"evidence is checked: {session.checking}")
    else:
        session.check()


# settings -----------------------------------------------------------------------------------------------------------


def _reading(session: Conversation, rest: str) -> None:
    if rest:
        session.reading = _one_of(":reading", rest, READINGS)
    session.screen.show(f"reading: {session.reading}")


def _timeout(session: Conversation, rest: str) -> None:
    if rest:
        try:
            seconds = float(rest.removesuffix("s"))
        except ValueError:
            seconds = -1.0
        if not 0 < seconds < float("inf"):
            raise UsageError(f":timeout {rest}: a number of seconds above 0, such as :timeout 10")
        session.timeout_s = seconds
    session.screen.show(f"a question may take {session.timeout_s:g} s")


def _one_of(command: str, given: str, choices: tuple[str, ...]) -> str:
    if given not in choices:
        raise UsageError(f"{command} {given}: expected one of {', '.join(choices)}")
    return given


def _none(command: str, rest: str) -> None:
    if rest:
        raise UsageError(f"{command} takes nothing behind it, and was given {rest!r}")


def _help(session: Conversation, rest: str) -> None:
    if not rest:
        session.screen.show(HELP)
        width = max(len(_used(name)) for name in COMMANDS)
        for name, command in COMMANDS.items():
            session.screen.show(f"  {_used(name):{width}}  {command.about}")
        return
    name = rest if rest.startswith(":") else f":{rest}"
    name = SHORT.get(name, name)
    if name not in COMMANDS:
        raise UsageError(f"{rest}: there is no such command; :help lists them")
    command = COMMANDS[name]
    session.screen.show(f"{_used(name)}\n  {command.about}" + (f"\n  {command.more}" if command.more else ""))


def _used(name: str) -> str:
    return f"{name} {COMMANDS[name].takes}".rstrip()


def _quit(session: Conversation, rest: str) -> None:
    _none(":quit", rest)
    raise EOFError


COMMANDS: Final[Mapping[str, Command]] = {
    ":load": Command(_load, "FILE", "tell what a file holds, and answer its questions", choices=("FILE",),
        more="The language of abduce, TPTP or SMT-LIB, by what the file holds. Scripts print their own answers."),
    ":save": Command(_save, "FILE", "write what was told to a file that :load reads", choices=("FILE",)),
    ":facts": Command(_facts, "[NAME]", "list what was told, or that which holds NAME"),
    ":explain": Command(_explain, "[QUESTION]", "say why: of QUESTION, or of the last one"),
    ":why-not": Command(_why_not, "[GOAL [from HYPOTHESES]]", "what would have to be assumed for GOAL to follow",
        more="HYPOTHESES are separated by commas, each with its weight if it has one: "
        ":why-not wet(grass) from rain @ 2, sprinkler"),
    ":assume": Command(_assume, "[FORMULA]", "add FORMULA for the questions that follow; alone, list what is assumed",
        more=":retract FORMULA, or :undo, ends it."),
    ":retract": Command(_retract, "STATEMENT", "take back a statement, or something assumed"),
    ":undo": Command(_undo, "", "take back the last statement told (never a question)"),
    ":check": Command(_check, "[none|fast|full]", "whether what was told is consistent, and what looks like a slip",
        more="With a word: how the evidence of answers is checked.", choices=CHECKS),
    ":compare": Command(_compare, "[QUESTION]", "answer QUESTION, or the last one, in all readings"),
    ":reading": Command(_reading, "[auto|classical|rules|closed]", "how clauses are understood", choices=READINGS,
        more="classical: what holds in every model; rules: what can be derived; closed: the rest is false; auto: rules "
        "where there are clauses alone, else classical."),
    ":timeout": Command(_timeout, "[S]", "how many seconds a question may take"),
    ":help": Command(_help, "[COMMAND]", "this, or more about a command"),
    ":quit": Command(_quit, "", "end; so does Ctrl-D"),
}  # fmt: skip
SHORT: Final = {":q": ":quit", ":exit": ":quit", ":h": ":help", ":?": ":help", ":l": ":load", ":w": ":save",
    ":whynot": ":why-not", ":why": ":explain"}  # fmt: skip
