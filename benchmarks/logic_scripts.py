"""Measures problems in TPTP and SMT-LIB 2, and on the same files, in the same run, the z3 binary."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from logic_measuring import GAVE_UP, RIGHT, WRONG, Answered, Item, Measured, Settings, shown_verdict, timed

from abduce.errors import UsageError
from abduce.parser.smtlib import read_smtlib
from abduce.parser.tptp import read_tptp
from abduce.reasoning.queries.problems import answer, whole_text
from abduce.reasoning.queries.scripts import run_smtlib
from abduce.reasoning.queries.verdicts import Consistency
from abduce.solvers.base import Limits

_STATUS = re.compile(r"^%\s*Status\s*:\s*(\w+)", re.MULTILINE)
_SAID = re.compile(r"SZS status (\w+)|^(sat|unsat|unknown)$", re.MULTILINE)
_ANSWER = re.compile(r"^\s*(sat|unsat|unknown|timeout)\s*$", re.MULTILINE)
_OWN_STATUS = re.compile(r"\(set-info\s+:status\s+(sat|unsat|unknown)\s*\)")
SPARE_S = 5.0
"""How much longer than its own limit the z3 binary may take before it is killed."""
_MEANS = {
    "Theorem": {"entailed", "inconsistent"},
    "ContradictoryAxioms": {"inconsistent", "entailed"},
    "CounterSatisfiable": {"refuted", "undetermined", "not_entailed"},
    "CounterTheorem": {"refuted"},
    "Satisfiable": {"consistent"},
    "Unsatisfiable": {"inconsistent"},
}
"""The verdicts that answer a status."""
_Z3_MEANS = {
    "Theorem": {"Theorem", "ContradictoryAxioms"},
    "ContradictoryAxioms": {"Theorem", "ContradictoryAxioms", "Unsatisfiable"},
    "CounterSatisfiable": {"CounterSatisfiable"},
    "CounterTheorem": {"CounterTheorem"},
    "Satisfiable": {"Satisfiable"},
    "Unsatisfiable": {"Unsatisfiable"},
}


def measure_tptp(folder: Path, settings: Settings) -> Measured:
    """Measure all `*.p` below a folder that state a status that can be checked."""
    return Measured([_tptp(path, folder, settings) for path, _ in _problems(folder)])


def _problems(folder: Path) -> list[tuple[Path, str]]:
    found = []
    for path in sorted(folder.rglob("*.p")):
        status = _STATUS.search(path.read_text(encoding="utf-8", errors="replace"))
        if status and status[1] in _MEANS:
            found.append((path, status[1]))
    return found


def _tptp(path: Path, folder: Path, settings: Settings) -> Item:
    status = _STATUS.search(path.read_text(encoding="utf-8", errors="replace"))
    assert status is not None
    name = path.relative_to(folder).as_posix()

    def answered() -> Answered:
        started = time.perf_counter()
        problem = read_tptp(path)
        text = "" if problem.delegated is None else whole_text(path.read_text(encoding="utf-8"), name, path)
        left_s = max(settings.timeout_s - (time.perf_counter() - started), 0.01)
        found = answer(problem, Limits(timeout_s=left_s), text=text)
        got = str(found.verdict) if isinstance(found, Consistency) else shown_verdict(found)
        outcome = RIGHT if got in _MEANS[status[1]] else GAVE_UP if got == GAVE_UP else WRONG
        more = {"delegated_for": str(problem.delegated)} if problem.delegated is not None else {}
        return Answered(got, outcome, problem.delegated is not None, more)

    return timed(name, status[1], answered)


def measure_smtlib(folder: Path, settings: Settings) -> Measured:
    """Measure all `*.smt2` below a folder that have an expected answer."""
    return Measured([_script(path, folder, settings) for path in _scripts(folder)])


def _scripts(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.smt2")) if _expected(path)]


def _expected(path: Path) -> list[str]:
    """Return the answers in the `.expected.out` beside a script, else the script's own `:status`."""
    beside = path.with_name(f"{path.stem}.expected.out")
    if beside.is_file():
        return _ANSWER.findall(beside.read_text(encoding="utf-8", errors="replace"))
    return _OWN_STATUS.findall(path.read_text(encoding="utf-8", errors="replace"))


def _agreement(got: list[str], expected: list[str]) -> str:
    """Return `right` where all answers are the expected ones, `wrong` where one contradicts its own."""
    for one, other in zip(got, expected, strict=False):
        if {one, other} == {"sat", "unsat"}:
            return WRONG
    if len(got) != len(expected) or any(one != other for one, other in zip(got, expected, strict=True)):
        return GAVE_UP
    return RIGHT


def _script(path: Path, folder: Path, settings: Settings) -> Item:
    expected = _expected(path)

    def answered() -> Answered:
        from abduce.solvers.z3_backend import Z3Session
        from abduce.solvers.z3_delegation import run_script

        started = time.perf_counter()
        text = path.read_text(encoding="utf-8")
        script = read_smtlib(text, path.name)
        limits = Limits(timeout_s=max(settings.timeout_s - (time.perf_counter() - started), 0.01))
        delegated = script.delegated is not None
        output = run_script(text, limits) if delegated else run_smtlib(script, Z3Session, limits)
        got = list(output.answers)
        more = {"delegated_for": str(script.delegated)} if delegated else {}
        return Answered(" ".join(got), _agreement(got, expected), delegated, more)

    return timed(path.relative_to(folder).as_posix(), " ".join(expected), answered)


# the z3 binary ------------------------------------------------------------------------------------------------


def z3_program() -> Path:
    """Return the z3 binary that ships with z3-solver.

    Raises:
        UsageError: There is none.
    """
    import z3

    home = Path(z3.__file__).parent
    for place in (Path(sys.executable).parent / "z3", home / "bin" / "z3", home.parent / "bin" / "z3"):
        if place.is_file():
            return place
    raise UsageError("the z3 binary of z3-solver is not beside this Python; leave out --z3")


def z3_on_tptp(folder: Path, settings: Settings) -> list[Item]:
    """Run the z3 binary on the problems of a folder."""

    def judge(output: str, status: str) -> tuple[str, str]:
        said = _SAID.search(output)
        got = (said[1] or said[2]) if said else "unknown"
        if got in _Z3_MEANS[status]:
            return got, RIGHT
        known = {word for words in _Z3_MEANS.values() for word in words}
        return got, WRONG if got in known else GAVE_UP

    return [
        _by_z3(path, folder, status, ["-tptp"], settings, lambda out, status=status: judge(out, status))  # type: ignore[misc]
        for path, status in _problems(folder)
    ]


def z3_on_smtlib(folder: Path, settings: Settings) -> list[Item]:
    """Run the z3 binary on the scripts of a folder."""

    def judge(output: str, expected: list[str]) -> tuple[str, str]:
        got = _ANSWER.findall(output)
        got = ["unknown" if one == "timeout" else one for one in got]
        return " ".join(got) or "unknown", _agreement(got, expected)

    found = []
    for path in _scripts(folder):
        expected = _expected(path)
        found.append(
            _by_z3(path, folder, " ".join(expected), ["-smt2"], settings, lambda out, e=expected: judge(out, e))  # type: ignore[misc]
        )
    return found


def _by_z3(
    path: Path,
    folder: Path,
    expected: str,
    flags: list[str],
    settings: Settings,
    judge: Callable[[str], tuple[str, str]],
) -> Item:
    command = [str(z3_program()), *flags, f"-T:{max(1, round(settings.timeout_s))}", str(path)]
    started = time.perf_counter()
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, timeout=settings.timeout_s + SPARE_S
        )
        output = done.stdout
    except subprocess.TimeoutExpired:
        output = ""
    seconds = time.perf_counter() - started
    got, outcome = judge(output)
    return Item(path.relative_to(folder).as_posix(), expected, got, seconds, outcome)
