"""Measures the engine on published sets, item by item: each is asked as a user would, and judged by the file's word."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from logic_readers import folio, logicaldeduction, programs, prontoqa, proofwriter
from logic_readers.questions import Choice, Question, Unread

from abduce.errors import AbduceError
from abduce.parser.lint import lint, safe_repairs
from abduce.parser.statements import Formula, Statement
from abduce.parser.surface import read_formula
from abduce.reasoning.queries.engine import Engine
from abduce.reasoning.queries.verdicts import Result

RIGHT, WRONG, GAVE_UP, UNREAD = "right", "wrong", "gave_up", "unread"
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Item:
    """What became of one problem.

    Attributes:
        name: Where it stands, below the folder that was read.
        expected: The file's own word.
        got: Our verdict.
        seconds: Wall time.
        outcome: `right`, `wrong`, `gave_up` or `unread`.
        delegated: Whether a solver's own reader read it.
        more: What else is to be said of it.
    """

    name: str
    expected: str
    got: str
    seconds: float
    outcome: str
    delegated: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "name": self.name,
            "expected": self.expected,
            "got": self.got,
            "seconds": round(self.seconds, 4),
            "delegated": self.delegated,
            "outcome": self.outcome,
            **self.more,
        }


@dataclass(frozen=True, slots=True)
class Settings:
    """How to ask.

    Attributes:
        timeout_s: Most wall time for a problem.
        repair: Whether safe repairs are made before reading.
    """

    timeout_s: float = 5.0
    repair: bool = False


@dataclass(slots=True)
class Measured:
    """What was measured on a set.

    Attributes:
        items: Its problems.
        more: What else is to be said of the set.
    """

    items: list[Item] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)


def questions(found: Iterable[Question | Choice | Unread], settings: Settings) -> Iterator[Item]:
    """Ask questions and yield what became of them."""
    for one in found:
        if isinstance(one, Unread):
            yield Item(one.name, one.expected, UNREAD, 0.0, UNREAD, more={"error": one.error})
        elif isinstance(one, Question):
            yield timed(one.name, one.expected, lambda one=one: _asked(one, settings))  # type: ignore[misc]
        else:
            yield timed(one.name, one.expected, lambda one=one: _chosen(one, settings))  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class Answered:
    """What one problem was answered with."""

    got: str
    outcome: str
    delegated: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)


def timed(name: str, expected: str, answer: Callable[[], Answered]) -> Item:
    """Return the item that an answer makes; what cannot be read is `unread`."""
    started = time.perf_counter()
    try:
        found = answer()
    except (AbduceError, UnicodeDecodeError) as error:
        message = str(error)[:LONGEST]
        return Item(name, expected, UNREAD, time.perf_counter() - started, UNREAD, more={"error": message})
    seconds = time.perf_counter() - started
    return Item(name, expected, found.got, seconds, found.outcome, found.delegated, found.more)


def _engine(settings: Settings, reading: str) -> Engine:
    return Engine(reading=reading, timeout_s=settings.timeout_s)


def shown_verdict(found: Result) -> str:
    """Return a verdict in a word; `not_entailed` where no more than that was shown."""
    return "not_entailed" if str(found.verdict) == "gave_up" and found.not_entailed else str(found.verdict)


def judged(got: str, wanted: str) -> str:
    """Return what a verdict is where another was expected; one that says less than that is no error."""
    if got == wanted:
        return RIGHT
    if got == GAVE_UP or (got == "not_entailed" and wanted in ("refuted", "undetermined")):
        return GAVE_UP
    return WRONG


def _asked(one: Question, settings: Settings) -> Answered:
    with _engine(settings, one.reading) as engine:
        engine.tell("\n".join(one.premises))
        found = engine.ask(f"{one.query}?")
        got = shown_verdict(found)
        more: dict[str, Any] = {}
        if one.gold is not None and got in ("entailed", "refuted"):
            core = sorted(item.line - 1 for item in found.core)
            more = {"core_is_gold": core == sorted(one.gold), "core": core}
        return Answered(got, judged(got, one.verdict), more=more)


def _chosen(one: Choice, settings: Settings) -> Answered:
    with _engine(settings, "classical") as engine:
        engine.tell("\n".join(one.premises))
        holding, undecided = [], []
        for option in one.options:
            held: bool | None = True
            for formula, mode in ((option.formula, option.mode), *option.more):
                got = shown_verdict(engine.ask(f"({formula})?"))
                if got == "inconsistent":
                    return Answered("inconsistent", WRONG)
                held = _both(held, _holds(got, mode))
            if held is None:
                undecided.append(option.label)
            elif held:
                holding.append(option.label)
        shown = ", ".join(holding) or "none"
        if undecided:
            return Answered(GAVE_UP, GAVE_UP, more={"undecided": undecided, "holding": holding})
        return Answered(shown, RIGHT if shown == one.expected else WRONG)


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _holds(got: str, mode: str) -> bool | None:
    """Tell whether an option of a mode is chosen by a verdict; None where the verdict leaves that open."""
    if got == GAVE_UP or (got == "not_entailed" and mode in ("possible", "excluded")):
        return None
    return {
        "entailed": got == "entailed",
        "possible": got != "refuted",
        "excluded": got == "refuted",
        "not entailed": got != "entailed",
    }[mode]


# sets of questions --------------------------------------------------------------------------------------------


def measure_proofwriter(folder: Path, settings: Settings) -> Measured:
    """Measure ProofWriter."""
    return Measured(list(questions(proofwriter.read(folder), settings)))


def measure_prontoqa(folder: Path, settings: Settings) -> Measured:
    """Measure PrOntoQA; how many cores are the gold premises is told beside."""
    items = list(questions(prontoqa.read(folder), settings))
    with_gold = [item for item in items if "core_is_gold" in item.more]
    equal = sum(item.more["core_is_gold"] for item in with_gold)
    return Measured(items, {"cores": {"count": len(with_gold), "equal_to_gold": equal}})


def measure_logicaldeduction(folder: Path, settings: Settings) -> Measured:
    """Measure LogicalDeduction."""
    return Measured(list(questions(logicaldeduction.read(folder), settings)))


def measure_programs(folder: Path, settings: Settings) -> Measured:
    """Measure stored programs; the outcomes are told for each file beside, as are the errors of ill-formed ones."""
    items = list(questions(programs.read(folder), settings))
    by_file: dict[str, dict[str, int]] = {}
    for item in items:
        file = item.name.split("#", 1)[0]
        counts = by_file.setdefault(file, dict.fromkeys((RIGHT, WRONG, GAVE_UP, UNREAD), 0))
        counts[item.outcome] += 1
    return Measured(items, {"files": by_file})


def measure_folio(folder: Path, settings: Settings) -> Measured:
    """Measure FOLIO; of rows without a conclusion in logic, how many formulas can be read is told beside."""
    items: list[Item] = []
    count, unread = 0, []
    for one in folio.read(folder):
        if isinstance(one, Question):
            items.append(timed(one.name, one.expected, lambda one=one: _argued(one, settings)))  # type: ignore[misc]
            continue
        for number, text in enumerate(one.formulas, start=1):
            count += 1
            error = _unreadable(text, settings)
            if error:
                unread.append({"name": f"{one.name}:{number}", "formula": text, "error": error})
    formulas = {"count": count, "read": count - len(unread), "unread": unread}
    return Measured(items, {"formulas": formulas} if count else {})


def _unreadable(text: str, settings: Settings) -> str:
    try:
        _formula(safe_repairs(text)[0] if settings.repair else text)
    except AbduceError as error:
        return str(error)[:LONGEST]
    return ""


def _formula(text: str) -> Formula:
    return read_formula(text.strip().rstrip("."))


def _argued(one: Question, settings: Settings) -> Answered:
    """Ask whether a conclusion follows; formulas stand one a line, the conclusion last."""
    lines = [re.sub(r"\s+", " ", text) for text in (*one.premises, one.query)]
    repairs: list[str] = []
    if settings.repair:
        text, made = safe_repairs("\n".join(lines))
        repairs = [f"{repair.before} -> {repair.after}" for repair in made]
        lines = text.split("\n")
    *premises, conclusion = (_formula(line) for line in lines)
    spoken = sorted({finding.kind for finding in lint([*premises, conclusion])})
    with _engine(settings, "classical") as engine:
        engine.tell([_numbered(one, line) for line, one in enumerate(premises, start=1)])
        found = engine.ask(conclusion)
        got = shown_verdict(found)
        outcome = judged(got, one.verdict)
        more: dict[str, Any] = {"repairs": repairs} if settings.repair else {}
        if spoken:
            more["lint"] = spoken
        if outcome == WRONG:
            more["core"] = [item.text for item in found.core]
            more["models"] = [str(model) for model in found.models]
        return Answered(got, outcome, more=more)


def _numbered(statement: Statement, line: int) -> Statement:
    """Return a premise that says on which line it stands."""
    from dataclasses import replace

    return replace(statement, source=replace(statement.source, line=line))
