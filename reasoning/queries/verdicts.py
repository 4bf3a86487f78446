"""What the engine answers with: verdicts, results and their evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

from abduce.parser.statements import Source
from abduce.reasoning.queries.answer_values import AnswerValue, plain_value, shown_answer, shown_value
from abduce.solvers.base import Reason

if TYPE_CHECKING:
    from abduce.reasoning.queries.explanations import Explanation
    from abduce.reasoning.queries.model_tables import ModelTable


class _Spoken(Enum):
    """Shown by its value."""

    def __str__(self) -> str:
        return str(self.value)


class Verdict(_Spoken):
    """What becomes of a closed query, or of premises that are asked nothing."""

    ENTAILED = "entailed"
    REFUTED = "refuted"
    UNDETERMINED = "undetermined"
    INCONSISTENT = "inconsistent"
    GAVE_UP = "gave_up"
    CONSISTENT = "consistent"


class Premises(_Spoken):
    """What is known about whether the premises have a model."""

    CONSISTENT = "consistent"
    INCONSISTENT = "inconsistent"
    NOT_ESTABLISHED = "not_established"


class Reading(_Spoken):
    """How clauses are understood."""

    CLASSICAL = "classical"
    RULES = "rules"
    CLOSED = "closed"


class Checked(_Spoken):
    """How evidence was checked: by something other than its producer, by a second proof, or not."""

    VERIFIED = "verified"
    REPROVED = "reproved"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class CoreItem:
    """A premise in a core: as the user wrote it, and where."""

    text: str
    file: str = ""
    line: int = 1

    @classmethod
    def of(cls, source: Source) -> CoreItem:
        """Return the item for a statement."""
        return cls(source.text.strip(), source.file, source.line)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"text": self.text, "file": self.file, "line": self.line}

    def __str__(self) -> str:
        return f"{self.text}   ({self.file}:{self.line})" if self.file else f"{self.text}   (line {self.line})"


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """Something that could be assumed, and what that costs."""

    add: str
    weight: int | float = 1

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"add": self.add, "weight": self.weight}


@dataclass(frozen=True, slots=True)
class Optimum:
    """The best value of an objective.

    Attributes:
        value: The best that was found; None where none was.
        lower: Nothing is below it; None where there is no bound.
        upper: Nothing is above it; None where there is no bound.
        attained: Whether the best is a value that is taken, and not only approached.
    """

    value: AnswerValue
    lower: AnswerValue
    upper: AnswerValue
    attained: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {key: plain_value(getattr(self, key)) for key in ("value", "lower", "upper")} | {
            "attained": self.attained
        }


class Evidence(Protocol):
    """Where a result's evidence comes from: made and checked when it is looked at first, and kept."""

    def core(self) -> tuple[CoreItem, ...]:
        """Return the premises that the verdict rests on."""
        ...

    def models(self) -> tuple[ModelTable, ...]:
        """Return models that show what does not follow."""
        ...

    def explanation(self) -> Explanation | None:
        """Return the reasons."""
        ...

    def checked(self) -> Checked:
        """Return how the evidence was checked."""
        ...

    def unmade(self) -> str:
        """Say what was not made within the limits; empty where all was, or nobody looked yet."""
        ...


class NoEvidence:
    """For what needs none or has none."""

    def core(self) -> tuple[CoreItem, ...]:
        """Return nothing."""
        return ()

    def models(self) -> tuple[ModelTable, ...]:
        """Return nothing."""
        return ()

    def explanation(self) -> Explanation | None:
        """Return nothing."""
        return None

    def checked(self) -> Checked:
        """Say that nothing was checked."""
        return Checked.UNCHECKED

    def unmade(self) -> str:
        """Say that nothing was to be made."""
        return ""


NO_EVIDENCE = NoEvidence()


class Evident:
    """What results have in common: evidence that is made when it is looked at first."""

    __slots__ = ()
    evidence: Evidence

    @property
    def core(self) -> tuple[CoreItem, ...]:
        """The premises that the verdict rests on; none of them can go, unless the explanation says otherwise."""
        return self.evidence.core()

    @property
    def explanation(self) -> Explanation | None:
        """The reasons, None where there are none."""
        return self.evidence.explanation()

    @property
    def checked(self) -> Checked:
        """How the evidence was checked."""
        return self.evidence.checked()

    @property
    def unmade(self) -> str:
        """What of the evidence was not made within the limits, in words; empty where all that was looked at was."""
        return self.evidence.unmade()

    def __rich__(self) -> str:
        return str(self).replace("[", r"\[")


@dataclass(frozen=True, slots=True)
class Result(Evident):
    """What a query is answered with.

    The evidence (`core`, `models`, `explanation`, `checked`) is made when it is looked at, within the limits of the
    query, from the premises as they were when it was asked.

    Attributes:
        query: The query's text.
        verdict: Of a closed query, or of a query with free variables closed by `exists`.
        reason: Why the engine gave up, or why `answers` may not be all.
        premises: Whether the premises are known to have a model.
        not_entailed: Whether it is known that the premises do not entail the query.
        reading: How clauses were understood.
        answers: Values of the free variables.
        complete: Whether `answers` are all there are.
        possible: Whether `answers` are values that unknowns of the premises leave possible, and not entailed by them.
        solver: Which solver answered.
        seconds: Wall time.
        evidence: Where the evidence comes from.
        is_open: Whether the query has free variables.
        explain: Whether the explanation is part of the JSON.
        hypotheses: Sets of hypotheses that would make the query follow, where asked for.
        optimum: The best value, where asked for.
        delegated: Whether a solver's own reader read the problem.
        readings_differ: Whether another reading gives another verdict: None where none was tried and none excluded.
        compared: The verdicts in all readings, where they were compared.
        note: What the user should know: names read as constants, how readings could differ.
    """

    query: str
    verdict: Verdict
    reason: Reason | None = None
    premises: Premises = Premises.NOT_ESTABLISHED
    not_entailed: bool = False
    reading: Reading = Reading.CLASSICAL
    answers: tuple[Mapping[str, AnswerValue], ...] = ()
    complete: bool = True
    solver: str = ""
    seconds: float = 0.0
    evidence: Evidence = field(default=NO_EVIDENCE, repr=False, compare=False)
    is_open: bool = False
    explain: bool = False
    hypotheses: tuple[tuple[Hypothesis, ...], ...] = ()
    optimum: Optimum | None = None
    delegated: bool = False
    readings_differ: bool | None = None
    compared: Mapping[str, Verdict] | None = None
    note: str = ""
    possible: bool = False

    @property
    def models(self) -> tuple[ModelTable, ...]:
        """For `undetermined` a model of each side; for `not_entailed` a countermodel."""
        return self.evidence.models()

    @property
    def exit_code(self) -> int:
        """What a command ends with: 0 entailed or an answer, 1 not so, 3 gave up."""
        if self.verdict is Verdict.INCONSISTENT:
            return 1
        if self.is_open and self.answers:
            return 0 if self.complete or self.reason is None else 3
        if self.verdict is Verdict.GAVE_UP:
            return 3
        if self.is_open:
            return 1 if self.complete else 3
        return 0 if self.verdict is Verdict.ENTAILED else 1

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain data, with the evidence."""
        explanation = self.explanation if self.explain else None
        return {
            "query": self.query,
            "verdict": self.verdict.value,
            "reason": self.reason.value if self.reason else None,
            "premises": self.premises.value,
            "not_entailed": self.not_entailed,
            "reading": self.reading.value,
            "checked": self.checked.value,
            "answers": [{name: plain_value(value) for name, value in answer.items()} for answer in self.answers],
            "complete": self.complete,
            "possible": self.possible,
            "core": [item.to_json() for item in self.core],
            "models": [model.to_json() for model in self.models],
            "explanation": explanation.as_json() if explanation else None,
            "hypotheses": [[one.to_json() for one in chosen] for chosen in self.hypotheses],
            "optimum": self.optimum.to_json() if self.optimum else None,
            "solver": self.solver,
            "delegated": self.delegated,
            "seconds": round(self.seconds, 6),
            "readings_differ": self.readings_differ,
            "compared": {name: verdict.value for name, verdict in self.compared.items()} if self.compared else None,
            "note": self.note or None,
            "unmade": self.unmade or None,
        }

    def __str__(self) -> str:
        lines = [self._headline()]
        lines += ["  " + shown_answer(answer) for answer in self.answers]
        if self.optimum is not None and self.optimum.value is not None:
            lines.append(f"  best: {shown_value(self.optimum.value)}{'' if self.optimum.attained else ' (approached)'}")
        if self.note:
            lines.append(f"  ({self.note})")
        return "\n".join(lines)

    def _headline(self) -> str:
        if self.is_open and (self.answers or self.verdict not in (Verdict.INCONSISTENT, Verdict.GAVE_UP)):
            found = counted_answers(len(self.answers), possible=self.possible)
            return found if self.complete else f"{found}; there may be more ({_because(self.reason)})"
        said = self.verdict.value
        if self.verdict is Verdict.GAVE_UP:
            said = f"gave up ({_because(self.reason)})"
            if self.not_entailed:
                said += "; it is not entailed"
        if self.premises is Premises.NOT_ESTABLISHED and self.verdict in (Verdict.ENTAILED, Verdict.REFUTED):
            said += " (whether the premises are consistent is not established)"
        return f"{said} ({self.reading} reading)"

    def _repr_html_(self) -> str:
        """Return it for a notebook."""
        rows = ""
        if self.answers:
            names = list(self.answers[0])
            head = "".join(f"<th>{escape(name)}</th>" for name in names)
            body = "".join(
                "<tr>" + "".join(f"<td>{escape(shown_value(answer[name]))}</td>" for name in names) + "</tr>"
                for answer in self.answers
            )
            rows = f"<table><tr>{head}</tr>{body}</table>" if names else ""
        explanation = self.explanation
        reasons = f"<pre>{escape(explanation.as_text())}</pre>" if explanation and not self.answers else ""
        return f"<p><b>{escape(self._headline())}</b> {escape(self.query)}</p>{rows}{reasons}"


@dataclass(frozen=True, slots=True)
class Consistency(Evident):
    """Whether premises have a model.

    Attributes:
        verdict: `CONSISTENT`, `INCONSISTENT` or `GAVE_UP`.
        reason: Why the engine gave up.
        reading: How clauses were understood.
        solver: Which solver answered.
        seconds: Wall time.
        evidence: Where core and model come from.
    """

    verdict: Verdict
    reason: Reason | None = None
    reading: Reading = Reading.CLASSICAL
    solver: str = ""
    seconds: float = 0.0
    evidence: Evidence = field(default=NO_EVIDENCE, repr=False, compare=False)

    @property
    def model(self) -> ModelTable | None:
        """A model of the premises."""
        return next(iter(self.evidence.models()), None)

    @property
    def exit_code(self) -> int:
        """What a command ends with."""
        return {Verdict.CONSISTENT: 0, Verdict.INCONSISTENT: 1}.get(self.verdict, 3)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        model = self.model
        return {
            "verdict": self.verdict.value,
            "reason": self.reason.value if self.reason else None,
            "core": [item.to_json() for item in self.core],
            "model": model.to_json() if model else None,
            "checked": self.checked.value,
            "reading": self.reading.value,
            "solver": self.solver,
            "seconds": round(self.seconds, 6),
        }

    def __str__(self) -> str:
        if self.verdict is Verdict.GAVE_UP:
            return f"gave up ({_because(self.reason)})"
        core = "".join(f"\n  {item}" for item in self.core)
        return f"{self.verdict.value}{core}"


def counted_answers(count: int, *, possible: bool = False) -> str:
    """Return how many answers there are, in words; those that are only possible are called so."""
    return f"{count or 'no'} {'possible ' * possible}answer{'s' * (count != 1)}"


def _because(reason: Reason | None) -> str:
    return reason.value if reason else Reason.INCOMPLETE.value
