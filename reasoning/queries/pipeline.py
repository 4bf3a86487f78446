"""Pipelines: engines, machines and plain functions chained, with conditions between them that a solver checks.

Each stage takes the value of the one before. A condition is a formula of the query language about `x`, the value that
goes in, and `y`, the one that comes out: `x >= 0`, `y = 2*x`, `y > x | x = 0`. The run is a record that shows what
went through which stage, and which condition was checked by whom with which verdict.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from abduce.errors import AbduceError, UsageError
from abduce.parser.printing import expression_text, number_text
from abduce.parser.statements import App, Text
from abduce.reasoning.queries.answer_values import shown_answer
from abduce.reasoning.queries.engine import Engine
from abduce.reasoning.queries.pictures import svg
from abduce.reasoning.queries.verdicts import Result, Verdict
from abduce.values import UNDEFINED, show_value

if TYPE_CHECKING:
    from networkx import DiGraph

Step: TypeAlias = Callable[[Any], Any]
Conditions: TypeAlias = "str | Sequence[str]"


class ConditionError(AbduceError, ValueError):
    """A condition between stages does not hold, or could not be shown to.

    Attributes:
        run: What was done up to there.
    """

    def __init__(self, message: str, run: Run) -> None:
        super().__init__(message)
        self.run = run


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a pipeline.

    Attributes:
        name: Its name.
        step: What it does with a value.
        kind: `function`, `machine` or `engine`.
        requires: Conditions on `x` that must hold before.
        ensures: Conditions on `x` and `y` that must hold after.
    """

    name: str
    step: Step
    kind: str = "function"
    requires: tuple[str, ...] = ()
    ensures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """A condition that was checked.

    Attributes:
        condition: Its text.
        verdict: What it is at the values.
        solver: Who said so.
    """

    condition: str
    verdict: Verdict
    solver: str

    def __str__(self) -> str:
        return f"{self.condition}: {self.verdict.value} ({self.solver})"


@dataclass(frozen=True, slots=True)
class Passed:
    """What went through a stage.

    Attributes:
        stage: Its name.
        kind: Its kind.
        given: The value that went in.
        made: The value that came out; None where it did not get so far.
        checks: The conditions with their verdicts.
        solver: Which solver worked in the stage, where one did.
        verdict: What it said, where it did.
        seconds: Wall time, without the checks.
    """

    stage: str
    kind: str
    given: Any
    made: Any
    checks: tuple[Check, ...] = ()
    solver: str = ""
    verdict: Verdict | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Run:
    """What a pipeline did with one value.

    Attributes:
        stages: What went through each stage, in order.
    """

    stages: tuple[Passed, ...]

    @property
    def value(self) -> Any:
        """The value at the end."""
        return self.stages[-1].made

    def as_graph(self) -> DiGraph:
        """Return a networkx graph: values are joined by the stages they go through."""
        from networkx import DiGraph

        graph: DiGraph = DiGraph()
        for number, passed in enumerate(self.stages):
            value, stage, after = f"value {number}", f"stage {number}", f"value {number + 1}"
            graph.add_node(value, kind="value", statement=_shown(passed.given), value=passed.given)
            graph.add_node(
                stage,
                kind="stage",
                statement="\n".join([_headline(passed), *map(str, passed.checks)]),
                stage=passed.stage,
                input=passed.given,
                output=passed.made,
                solver=passed.solver,
                verdict=passed.verdict.value if passed.verdict else None,
                checks=[(one.condition, one.verdict.value, one.solver) for one in passed.checks],
            )
            graph.add_node(after, kind="value", statement=_shown(passed.made), value=passed.made)
            graph.add_edges_from([(value, stage), (stage, after)])
        return graph

    def as_text(self) -> str:
        """Write the run for a person."""
        lines: list[str] = []
        for passed in self.stages:
            lines.append(f"{_headline(passed)}: {_shown(passed.given)} -> {_shown(passed.made)}")
            lines += [f"  {check}" for check in passed.checks]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.as_text()

    def as_svg(self) -> str:
        """Return a drawing of the graph as an SVG document."""
        return svg(self.as_graph())

    def _repr_svg_(self) -> str:
        """Return the drawing for a notebook."""
        return self.as_svg()


def _headline(passed: Passed) -> str:
    said = f" {passed.verdict.value}" if passed.verdict else ""
    by = f" by {passed.solver}" if passed.solver else ""
    return f"{passed.stage} ({passed.kind}{said}{by})"


def _shown(value: Any) -> str:
    if isinstance(value, Result):
        return "; ".join(map(shown_answer, value.answers)) or value.verdict.value
    return "nothing" if value is None else str(show_value(value))


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Stages one after another.

    Attributes:
        stages: The stages.
        engine: Checks the conditions; what it is told they may use.

    Example:
        >>> double = Pipeline().then(lambda n: 2 * n, name="double", requires="x >= 0", ensures="y >= x")
        >>> run = double.run(4)
        >>> run.value
        8
        >>> print(run)
        double (function): 4 -> 8
          4 >= 0: entailed (z3)
          8 >= 4: entailed (z3)
    """

    stages: tuple[Stage, ...] = ()
    engine: Engine = field(default_factory=lambda: Engine(reading="classical"))

    def then(
        self,
        step: Step | Engine,
        *,
        query: str | None = None,
        name: str | None = None,
        requires: Conditions = (),
        ensures: Conditions = (),
    ) -> Pipeline:
        """Return the pipeline with one more stage.

        Args:
            step: A function of one value; a machine, whose prediction's value goes on; or an engine.
            query: For an engine, what to ask it: `{x}` stands for the value that goes in. Where the query has one
                free variable, the values of all answers go on, as a list, or the one value where there is but one;
                where it has none, whether it is entailed goes on.
            name: Name of the stage.
            requires: Conditions on `x`.
            ensures: Conditions on `x` and `y`.

        Raises:
            UsageError: An engine without a query, or a query without an engine.
        """
        if isinstance(step, Engine) != (query is not None):
            raise UsageError("a query goes with an engine: then(engine, query='price({x}, Y)?')")
        if isinstance(step, Engine):
            assert query is not None
            stage = Stage(name or "ask", _Asking(step, query), "engine", _many(requires), _many(ensures))
        else:
            kind = "machine" if hasattr(step, "fit") and hasattr(step, "explain") else "function"
            known = name or str(getattr(step, "__name__", type(step).__name__))
            stage = Stage(known, step, kind, _many(requires), _many(ensures))
        return Pipeline((*self.stages, stage), self.engine)

    def __call__(self, value: Any) -> Any:
        """Return what becomes of a value."""
        return self.run(value).value

    def run(self, value: Any) -> Run:
        """Return what becomes of a value, with how.

        Raises:
            ConditionError: A condition does not hold, or could not be shown to.
            UsageError: There are no stages.
        """
        if not self.stages:
            raise UsageError("a pipeline without stages does nothing: add one with then")
        passed: list[Passed] = []
        for stage in self.stages:
            before = self._checked(stage, stage.requires, {"x": value}, passed, value, None)
            started = time.perf_counter()
            made, solver, verdict = _taken(stage.step(value))
            seconds = time.perf_counter() - started
            after = self._checked(stage, stage.ensures, {"x": value, "y": made}, passed, value, made)
            passed.append(Passed(stage.name, stage.kind, value, made, (*before, *after), solver, verdict, seconds))
            value = made
        return Run(tuple(passed))

    def _checked(
        self,
        stage: Stage,
        conditions: Sequence[str],
        values: Mapping[str, Any],
        passed: Sequence[Passed],
        given: Any,
        made: Any,
    ) -> tuple[Check, ...]:
        checks: list[Check] = []
        for condition in conditions:
            filled = _filled(condition, values)
            found = self.engine.ask(f"{filled}?")
            checks.append(Check(filled, found.verdict, found.solver))
            if found.verdict is not Verdict.ENTAILED:
                run = Run((*passed, Passed(stage.name, stage.kind, given, made, tuple(checks))))
                raise ConditionError(
                    f"stage {stage.name}: {condition} must hold, and at {_at(values)} it is {found.verdict.value}", run
                )
        return tuple(checks)


def _many(conditions: Conditions) -> tuple[str, ...]:
    return (conditions,) if isinstance(conditions, str) else tuple(conditions)


def _at(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {_shown(value)}" for name, value in values.items())


class _Asking:
    """Asks an engine about a value."""

    def __init__(self, engine: Engine, query: str) -> None:
        self.engine, self.query = engine, query

    def __call__(self, value: Any) -> Result:
        return self.engine.ask(self.query.replace("{x}", _literal(value)))


def _taken(made: Any) -> tuple[Any, str, Verdict | None]:
    """Return the value that goes on from what a step returned, with the solver and its verdict.

    Raises:
        UsageError: An engine had no answer, or a machine none.
    """
    if isinstance(made, Result):
        if not made.is_open:
            return made.verdict is Verdict.ENTAILED, made.solver, made.verdict
        columns = {tuple(row) for row in made.answers}
        if not made.answers or not all(len(column) == 1 for column in columns):
            raise UsageError(f"{made.query.strip()} is to have answers for one variable; got {made}")
        values = [next(iter(row.values())) for row in made.answers]
        return values[0] if len(values) == 1 else values, made.solver, made.verdict
    if hasattr(made, "value") and hasattr(made, "confidence"):
        if made.value is UNDEFINED:
            raise UsageError("the machine has no value for its input")
        return made.value, "", None
    return made, "", None


def _literal(value: Any) -> str:
    """Return a value as a text of the query language.

    Raises:
        UsageError: The language has no word for it.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Fraction):
        return f"({number_text(value)})" if value < 0 else number_text(value)
    if isinstance(value, float):
        return _literal(Fraction(value))
    if isinstance(value, Text):
        return expression_text(value)
    if isinstance(value, str):
        return expression_text(App(str(value)), mode="query")
    raise UsageError(f"a condition or query cannot speak of a {type(value).__name__}: {value!r}")


def _filled(condition: str, values: Mapping[str, Any]) -> str:
    """Return a condition with the values in place of `x` and `y`."""
    names = "|".join(map(re.escape, values))
    return re.sub(rf"(?<![\w'\"])({names})(?![\w'\"(])", lambda found: _literal(values[found[1]]), condition)
