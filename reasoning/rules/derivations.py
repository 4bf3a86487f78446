"""Why an atom is derived: trees of rule instances, rebuilt from the rounds in which facts came to be.

Every premise of a step was derived in an earlier round than its conclusion, so there are no cycles, and the tree is
as low as any within its stratum. Parts that are needed twice are one object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from abduce.errors import UsageError
from abduce.parser.statements import Clause, Expression, Source
from abduce.reasoning.rules.bounds import Meter, never
from abduce.reasoning.rules.fixpoint import Evaluation
from abduce.reasoning.rules.ground import Atom, Name, Predicate, Row, Value, atom, shown
from abduce.reasoning.rules.joins import ordered
from abduce.reasoning.rules.shapes import VIOLATED, Conjunction, Literal, Rule
from abduce.solvers.base import Limits

if TYPE_CHECKING:
    from networkx import DiGraph


class Absence(NamedTuple):
    """That an atom is not derivable, with None for arguments that may be anything."""

    predicate: Predicate
    row: tuple[Value | None, ...]

    def __str__(self) -> str:
        values = tuple(Name("_") if value is None else value for value in self.row)
        return f"not {Atom(self.predicate, values)}"


class Total(NamedTuple):
    """The value of an aggregate."""

    kind: str
    value: Value

    def __str__(self) -> str:
        return f"{self.kind} = {shown(self.value)}"


@dataclass(frozen=True, slots=True, eq=False)
class Derivation:
    """One step and what it rests on.

    Attributes:
        kind: `told`; `rule`; `absent` (something that is not derivable); `aggregate`.
        conclusion: The atom, for `told` and `rule`; its predicate is `VIOLATED` where a constraint is violated.
        text: What is stated, in the query language.
        clause: The clause (or source of a table) that states it, for `told` and `rule`.
        bindings: Values of the clause's variables, for `rule`.
        children: What it rests on: the atoms of the body in their order, then absences and aggregates.
        stated: What an `absent` or an `aggregate` step states.
    """

    kind: str
    conclusion: Atom | None
    text: str
    clause: Clause | Source | None = None
    bindings: tuple[tuple[str, Value], ...] = ()
    children: tuple[Derivation, ...] = ()
    stated: Absence | Total | None = None

    @property
    def source(self) -> Source | None:
        """Where the clause stands."""
        return self.clause.source if isinstance(self.clause, Clause) else self.clause

    def steps(self) -> Iterator[Derivation]:
        """Yield this and everything below it once, each after what it rests on."""
        return steps_of((self,))

    def clauses(self) -> tuple[Clause | Source, ...]:
        """Return the clauses it uses, each once, in the order of the tree's leaves."""
        found: dict[int, Clause | Source] = {}
        for step in self.steps():
            if step.clause is not None:
                found.setdefault(id(step.clause), step.clause)
        return tuple(found.values())

    @property
    def height(self) -> int:
        """How many rules are applied on the longest way from a told fact to the conclusion."""
        heights: dict[int, int] = {}
        for step in self.steps():
            below = max((heights[id(child)] for child in step.children), default=0)
            heights[id(step)] = below + (step.kind == "rule")
        return heights[id(self)]

    def __str__(self) -> str:
        return self.as_text()

    def as_text(self) -> str:
        """Write the tree with indentation; a part that was written before is only named."""
        lines: list[str] = []
        written: set[int] = set()
        pending = [(self, 0)]
        while pending:
            step, depth = pending.pop()
            known = id(step) in written and step.children
            lines.append(f"{'  ' * depth}{step.text}{'   (see above)' if known else _reason(step)}")
            if not known:
                written.add(id(step))
                pending.extend((child, depth + 1) for child in reversed(step.children))
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """Return the steps as plain data: `root`, and `nodes` that name their children by number."""
        numbers: dict[int, int] = {}
        nodes: list[dict[str, Any]] = []
        for step in self.steps():
            numbers[id(step)] = len(nodes)
            source = step.source
            node: dict[str, Any] = {"id": len(nodes), "kind": step.kind, "statement": step.text}
            if source is not None:
                node |= {"clause": source.text.strip(), "file": source.file, "line": source.line}
            if step.bindings:
                node["bindings"] = {name: shown(value) for name, value in step.bindings}
            nodes.append(node | {"children": [numbers[id(child)] for child in step.children]})
        return {"root": numbers[id(self)], "nodes": nodes}

    def as_graph(self) -> DiGraph:
        """Return a networkx graph with an edge from each step to each that it rests on."""
        from networkx import DiGraph

        graph: DiGraph = DiGraph()
        data = self.as_json()
        for node in data["nodes"]:
            graph.add_node(node["id"], **{key: value for key, value in node.items() if key not in ("id", "children")})
        for node in data["nodes"]:
            graph.add_edges_from((node["id"], child) for child in node["children"])
        return graph


def _reason(step: Derivation) -> str:
    """Say what a step rests on, after its statement."""
    if step.kind == "absent":
        return "   (not derivable)"
    if step.source is None:
        return ""
    text = " ".join(step.source.text.split())
    return f"   by {step.source}" if step.kind == "told" else f"   by {step.source}: {text}"


def steps_of(derivations: Sequence[Derivation]) -> Iterator[Derivation]:
    """Yield derivations and everything below them once, each after what it rests on."""
    seen: set[int] = set()
    pending: list[tuple[Derivation, bool]] = [(one, False) for one in reversed(derivations)]
    while pending:
        step, ready = pending.pop()
        if ready:
            yield step
        elif id(step) not in seen:
            seen.add(id(step))
            pending.append((step, True))
            pending.extend((child, False) for child in reversed(step.children))


# rebuilding -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Instance:
    """A rule at values: what a derived atom rests on."""

    rule: Rule
    values: Mapping[int, Value]
    premises: tuple[Atom, ...]

    def value(self, operand: int) -> Value:
        return self.values[operand] if operand >= 0 else self.rule.constants[-1 - operand]


def derivation(
    evaluation: Evaluation,
    wanted: Atom | Expression,
    *,
    limits: Limits | None = None,
    interrupted: Callable[[], bool] = never,
) -> Derivation:
    """Return why an atom is derived.

    Raises:
        UsageError: It is not.
        OutOfBounds: The time is up.
    """
    root = wanted if isinstance(wanted, Atom) else atom(wanted)
    (found,) = derivations(evaluation, [root], limits=limits, interrupted=interrupted)
    return found


def derivations(
    evaluation: Evaluation,
    wanted: Iterable[Atom],
    *,
    limits: Limits | None = None,
    interrupted: Callable[[], bool] = never,
) -> list[Derivation]:
    """Return why each of some atoms is derived; what several rest on is one object.

    Raises:
        UsageError: One is not.
        OutOfBounds: The time is up.
    """
    rebuilder = _Rebuilder(evaluation, Meter(limits or Limits(), interrupted))
    found: list[Derivation] = []
    for root in wanted:
        if evaluation.round(root) is None:
            raise UsageError(f"{root} is not derived: ask why_not instead")
        found.append(rebuilder.derive(root))
    return found


class _Rebuilder:
    """Finds instances of rules for atoms, each once."""

    def __init__(self, evaluation: Evaluation, meter: Meter) -> None:
        self.evaluation, self.meter = evaluation, meter
        self.done: dict[Atom, Derivation] = {}
        self.instances: dict[Atom, _Instance] = {}
        self.solvers: dict[Rule, tuple[tuple[int, ...], tuple[int, ...], Callable[..., Iterator[Row]]]] = {}
        self.by_head: dict[Predicate, list[Rule]] = {}
        for rule in evaluation.program.rules:
            self.by_head.setdefault(rule.head, []).append(rule)

    def derive(self, root: Atom) -> Derivation:
        """Build the tree from its leaves upwards."""
        pending = [root]
        while pending:
            self.meter.check()
            wanted = pending[-1]
            if wanted in self.done:
                pending.pop()
                continue
            told = self.evaluation.program.facts.get(wanted.predicate, {}).get(wanted.row)
            if told is not None:
                self.done[wanted] = Derivation("told", wanted, str(wanted), told)
                continue
            instance = self.instances.get(wanted)
            if instance is None:
                instance = self.instances[wanted] = self._instance(wanted)
            missing = [premise for premise in self._all_premises(instance) if premise not in self.done]
            if missing:
                pending.extend(reversed(missing))
            else:
                self.done[wanted] = self._step(wanted, instance)
        return self.done[root]

    def _instance(self, wanted: Atom) -> _Instance:
        """Find an instance of a rule whose premises were derived before the conclusion."""
        limit = self.evaluation.round(wanted)
        for rule in self.by_head.get(wanted.predicate, ()):
            start = _matched(rule, wanted.row)
            if start is None:
                continue
            given, emitted, solve = self._solver(rule)
            for row in solve(*(start[v] for v in given)):
                instance = _instance(rule, dict(zip(emitted, row, strict=True)))
                rounds = [self.evaluation.round(premise) for premise in instance.premises]
                if limit is not None and all(earlier is not None and earlier < limit for earlier in rounds):
                    return instance
        raise AssertionError(f"{wanted} was derived, but no rule derives it")

    def _solver(self, rule: Rule) -> tuple[tuple[int, ...], tuple[int, ...], Callable[..., Iterator[Row]]]:
        found = self.solvers.get(rule)
        if found is None:
            given = tuple(dict.fromkeys(operand for operand in rule.shape.head if operand >= 0))
            _, _, known = ordered(rule.shape.body, given, range(rule.shape.variables))
            emitted = tuple(sorted(known))
            found = given, emitted, self.evaluation.solutions(rule, given, emitted, self.meter)
            self.solvers[rule] = found
        return found

    def _all_premises(self, instance: _Instance) -> list[Atom]:
        """Return the atoms of the body and those that its aggregates are over."""
        found = list(instance.premises)
        for literal in instance.rule.shape.body:
            if literal[0] == "g":
                found += [p for solution in self._contributions(instance, literal) for p in solution.premises]
        return found

    def _contributions(self, instance: _Instance, literal: Literal) -> Iterator[_Instance]:
        """Yield the instances of an aggregate's body."""
        outer = literal[3]
        for _, body in literal[4]:
            _, _, known = ordered(body, outer, _visible(body))
            emitted = tuple(sorted(known))
            inner = _with_body(instance.rule, body)
            solve = self.evaluation.solutions(inner, outer, emitted, self.meter)
            for row in solve(*(instance.value(v) for v in outer)):
                yield _instance(inner, dict(zip(emitted, row, strict=True)))

    def _step(self, wanted: Atom, instance: _Instance) -> Derivation:
        """Return the step that an instance makes, once its premises are built."""
        rule = instance.rule
        children = [self.done[premise] for premise in instance.premises[rule.hidden :]]
        for literal in rule.shape.body:
            if literal[0] == "n":
                children.append(_absence(instance, literal))
            elif literal[0] == "g":
                children.append(self._aggregate(instance, literal))
        named = ((rule.names[v], value) for v, value in instance.values.items() if rule.names[v])
        text = "a contradiction" if wanted.predicate == VIOLATED else str(wanted)
        return Derivation("rule", wanted, text, rule.clause, tuple(named), tuple(children))

    def _aggregate(self, instance: _Instance, literal: Literal) -> Derivation:
        children: dict[int, Derivation] = {}
        for solution in self._contributions(instance, literal):
            for premise in solution.premises:
                children[id(self.done[premise])] = self.done[premise]
            for part in solution.rule.shape.body:
                if part[0] == "n":
                    absence = _absence(solution, part)
                    children[id(absence)] = absence
        total = Total(literal[1], instance.value(literal[2]))
        return Derivation("aggregate", None, str(total), None, (), tuple(children.values()), total)


def _visible(body: Conjunction) -> set[int]:
    """Return the variables that the atoms of a conjunction hold."""
    return {operand for literal in body if literal[0] == "p" for operand in literal[2] if operand >= 0}


def _with_body(rule: Rule, body: Conjunction) -> Rule:
    """Return a rule with another body over the same predicates and constants."""
    shape = rule.shape._replace(body=body, head=())
    return Rule(shape, rule.head, rule.predicates, rule.constants, rule.names, rule.clause)


def _matched(rule: Rule, row: Sequence[Value]) -> dict[int, Value] | None:
    """Return the values of a head's variables at a row, None where they do not fit."""
    found: dict[int, Value] = {}
    for operand, value in zip(rule.shape.head, row, strict=True):
        wanted = rule.constants[-1 - operand] if operand < 0 else found.setdefault(operand, value)
        if wanted != value:
            return None
    return found


def _instance(rule: Rule, values: dict[int, Value]) -> _Instance:
    bare = _Instance(rule, values, ())
    premises = []
    for literal in rule.shape.body:
        if literal[0] == "p":
            premises.append(Atom(rule.predicates[literal[1]], tuple(map(bare.value, literal[2]))))
    return _Instance(rule, values, tuple(premises))


def _absence(instance: _Instance, literal: Literal) -> Derivation:
    """Return the leaf for a default negation."""
    predicate: Predicate = instance.rule.predicates[literal[1]]
    absence = Absence(predicate, tuple(None if one is None else instance.value(one) for one in literal[2]))
    return Derivation("absent", None, str(absence), stated=absence)
