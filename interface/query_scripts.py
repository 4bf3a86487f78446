"""Scripts in SMT-LIB 2 on the command line and in a session: they print their own answers."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from abduce.errors import UsageError
from abduce.parser.export import to_smtlib, to_tptp
from abduce.parser.smtlib import read_smtlib
from abduce.parser.smtlib_commands import Assert, CheckSat, Pop, Push, Reset, SmtScript
from abduce.parser.tptp import Named
from abduce.reasoning.queries.scripts import run_smtlib
from abduce.solvers.base import Limits
from abduce.solvers.terms import conjunction
from abduce.solvers.z3_delegation import ScriptOutput, run_script

_MISREAD = re.compile(
    r'\(error "line \d+ column \d+: (?!.*(?:not available|no longer available|is unsupported))', re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a script.

    Attributes:
        output: What it printed.
        delegated: What in it our terms cannot say, so that Z3's own reader ran it; None where we ran it.
        seconds: Wall time, reading included.
    """

    output: ScriptOutput
    delegated: str | None
    seconds: float

    @property
    def misread(self) -> tuple[str, ...]:
        """What Z3's own reader could not read."""
        return tuple(line for line in self.output.printed if self.delegated and _MISREAD.match(line))

    @property
    def exit_code(self) -> int:
        """What a command ends with: 0 where every check was decided, 2 where something could not be read, else 3."""
        if self.misread:
            return 2
        return 3 if "unknown" in self.output.answers else 0


def answer_script(text: str, file: str, limits: Limits) -> Answered:
    """Read and run a script.

    Raises:
        AbduceError: It cannot be read.
    """
    started = time.monotonic()
    script = read_smtlib(text, file)
    if script.delegated is not None:
        output = run_script(text, limits)
    else:
        from abduce.solvers.z3_backend import Z3Session

        output = run_smtlib(script, Z3Session, limits)
    return Answered(output, script.delegated, time.monotonic() - started)


def script_text(answered: Answered) -> str:
    """Return what a script printed, and a comment where it was delegated."""
    lines = list(answered.output.printed)
    if answered.delegated is not None:
        lines.append(f"; delegated to Z3's own reader: {answered.delegated}")
    return "\n".join(lines)


def exported_script(text: str, file: str, target: str) -> str:
    """Return what a script asserts in `tptp` or `smtlib`.

    Raises:
        AbduceError: It cannot be read, asks several things, or cannot be said.
    """
    premises = script_premises(read_smtlib(text, file))
    return to_tptp(premises) if target == "tptp" else to_smtlib(premises)


def script_premises(script: SmtScript) -> tuple[Named, ...]:
    """Return what a script asserts, for writing it in another language.

    Raises:
        UsageError: It says something that is not a single list of assertions.
    """
    if script.delegated is not None:
        raise UsageError(f"{script.file}: cannot be exported, as our terms cannot say {script.delegated}")
    premises: list[Named] = []
    checked = False
    for command in script.commands:
        if isinstance(command, Push | Pop | Reset) or (checked and isinstance(command, Assert | CheckSat)):
            raise UsageError(
                f"{script.file}: a script that asks several things (push, pop, reset, several check-sat) cannot be "
                "exported as one; cut it into scripts that ask one each"
            )
        if isinstance(command, CheckSat):
            checked = True
            if command.assumptions:
                premises.append(Named("assumed", "axiom", conjunction(command.assumptions)))
        elif isinstance(command, Assert):
            name = command.name or f"a{len(premises) + 1}"
            premises.append(Named(name, "axiom", command.term, command.line, file=script.file))
    return tuple(premises)
