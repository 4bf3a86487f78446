"""Derivations checked step by step, from the clauses as they were read.

Evaluation, flattened rules and arithmetic are not used: values are calculated a second time, by `recalculation`. Shared
are how `or` is multiplied out (`alternatives`) and what a constant stands for (`ground`). What a tree cannot show is
taken from the model and listed: that something is not derivable, and that nothing beyond what is listed contributes to
an aggregate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from abduce.parser.pausing import pause
from abduce.parser.statements import Aggregate, App, Clause, Expression, Operation, Quantifier, Source, Var
from abduce.reasoning.rules.alternatives import alternatives
from abduce.reasoning.rules.derivations import Absence, Derivation, Total, steps_of
from abduce.reasoning.rules.ground import Atom, Compound, Name, Predicate, Value, expression_of, ground, is_absolute
from abduce.reasoning.rules.programs import Program
from abduce.reasoning.rules.recalculation import COMPARISONS, OPPOSITES, UNDEFINED, aggregated, calculated
from abduce.reasoning.rules.shapes import VIOLATED, head_of, parts

Bindings = dict[str, Value]
Truth: TypeAlias = "Callable[[Expression, Mapping[str, Value]], bool | None]"
"""Whether a condition holds at bindings; None where it has no truth value, or it is not known."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found.

    Attributes:
        problems: Steps that do not follow, in words; none where the derivation is right.
        assumed: What it takes from the model: absences and the completeness of aggregates.
    """

    problems: tuple[str, ...]
    assumed: tuple[Derivation, ...]

    @property
    def ok(self) -> bool:
        """Whether every step follows."""
        return not self.problems


def check(derivation: Derivation, program: Program) -> Checked:
    """Check a derivation against the clauses and facts of a program."""
    return check_all((derivation,), program)


def check_all(derivations: Sequence[Derivation], program: Program) -> Checked:
    """Check derivations, the parts that they share once."""
    problems: list[str] = []
    assumed: list[Derivation] = []
    stated: set[Absence | Total | None] = set()
    clauses = {id(rule.clause) for rule in program.rules}
    place: dict[int, int] = {}
    for number, step in enumerate(steps_of(derivations)):
        pause()
        place[id(step)] = number
        if any(place.get(id(child), number) >= number for child in step.children):
            problems.append(f"{step.text} rests on itself")
        if step.kind == "told":
            if step.conclusion is None or not _is_told(step.conclusion, program):
                problems.append(f"{step.text} is not told")
        elif step.kind == "rule":
            if id(step.clause) not in clauses or not isinstance(step.clause, Clause):
                problems.append(f"{step.text} is concluded by a clause that is not in the program")
            elif not _Step(step.clause, step.children).follows(step):
                problems.append(f"{step.text} does not follow by {step.clause.source}")
        else:
            if step.stated not in stated:
                assumed.append(step)
            stated.add(step.stated)
    return Checked(tuple(problems), tuple(assumed))


def _is_told(conclusion: Atom, program: Program) -> bool:
    return conclusion.row in program.facts.get(conclusion.predicate, {})


class _Step:
    """What one application of a clause may rest on."""

    def __init__(self, clause: Clause, children: Iterable[Derivation]) -> None:
        self.clause = clause
        below = tuple(children)
        self.atoms = {child.conclusion for child in below if child.kind in ("told", "rule")}
        self.absent = {child.stated for child in below if child.kind == "absent"}
        self.aggregates = [child for child in below if child.kind == "aggregate"]

    def follows(self, step: Derivation) -> bool:
        """Say whether head and body hold at the bindings, for one alternative of the body."""
        return any(self._holds(body, step) for body in alternatives(self.clause, self.clause.body))

    def _holds(self, body: Sequence[Expression], step: Derivation) -> bool:
        bindings = self._completed(body, dict(step.bindings))
        head = head_of(self.clause)
        if head is None:
            if step.conclusion is None or step.conclusion.predicate != VIOLATED:
                return False
        elif not self._concludes(*head, bindings, step.conclusion):
            return False
        return all(self._literal(literal, bindings) for literal in body)

    def _concludes(self, atom: App, strong: bool, bindings: Bindings, conclusion: Atom | None) -> bool:
        """Say whether the head is the conclusion; `_` in a fact stands for anything."""
        if self.clause.body or Var("_") not in atom.arguments:
            return self._instance(atom, strong, bindings) == conclusion
        if conclusion is None or conclusion.predicate != Predicate(atom.name, len(atom.arguments), strong):
            return False
        pairs = zip(atom.arguments, conclusion.row, strict=True)
        return all(one == Var("_") or _quietly(one, bindings, self._truth) == value for one, value in pairs)

    def _literal(self, literal: Expression, bindings: Bindings) -> bool:
        negated = isinstance(literal, Operation) and literal.op == "not"
        inner = literal.arguments[0] if isinstance(literal, Operation) and negated else literal
        if isinstance(inner, Quantifier):
            inner = inner.body
        strong = isinstance(inner, Operation) and inner.op == "strong"
        atom = inner.arguments[0] if isinstance(inner, Operation) and strong else inner
        if isinstance(atom, App):
            if negated:
                absence = self._absence(atom, strong, bindings)
                return absence is not None and absence in self.absent
            return self._instance(atom, strong, bindings) in self.atoms
        if not isinstance(inner, Operation) or inner.op not in COMPARISONS:
            return False
        op = OPPOSITES[inner.op] if negated else inner.op
        return self._compared(op, inner.arguments, bindings) is True

    def _compared(self, op: str, sides: Sequence[Expression], bindings: Mapping[str, Value]) -> bool | None:
        try:
            values = [evaluated(side, bindings, self._aggregate, self._truth) for side in sides]
            return None if None in values else COMPARISONS[op](*values)
        except UNDEFINED:
            return None

    def _truth(self, condition: Expression, bindings: Mapping[str, Value]) -> bool | None:
        """Say whether the condition of an `ite` holds: an atom by the steps below, a comparison by calculation."""
        if isinstance(condition, Operation) and condition.op in COMPARISONS:
            return self._compared(condition.op, condition.arguments, bindings)
        if isinstance(condition, Operation) and condition.op != "strong":
            return _connected(condition.op, [self._truth(one, bindings) for one in condition.arguments])
        known = dict(bindings)
        return (
            True
            if self._literal(condition, known)
            else False
            if self._literal(Operation("not", (condition,)), known)
            else None
        )

    def _instance(self, atom: App, strong: bool, bindings: Mapping[str, Value]) -> Atom | None:
        """Return an atom at bindings, None where that is undefined or a variable has no value."""
        row = tuple(_quietly(argument, bindings, self._truth) for argument in atom.arguments)
        return None if None in row else Atom(Predicate(atom.name, len(row), strong), row)

    def _absence(self, atom: App, strong: bool, bindings: Mapping[str, Value]) -> Absence | None:
        """Return that an atom is not derivable, with None for variables without value; None where a term has none."""
        row = tuple(_quietly(argument, bindings, self._truth) for argument in atom.arguments)
        if any(v is None and not isinstance(a, Var) for a, v in zip(atom.arguments, row, strict=True)):
            return None
        return Absence(Predicate(atom.name, len(row), strong), row)

    def _aggregate(self, item: Aggregate, bindings: Bindings) -> Value | None:
        """Return the value of an aggregate over the facts that one of the listed steps names."""
        for child in self.aggregates:
            inner = _Step(self.clause, child.children)
            rows: dict[tuple[Value | None, ...], None] = {}
            for body in alternatives(self.clause, item.body):
                for found in inner.solutions(body, bindings):
                    row = tuple(_quietly(term, found, inner._truth) for term in item.terms)
                    rows.update({} if None in row else {row: None})
            value = aggregated(item.kind, [row[0] for row in rows if row[0] is not None])
            if child.stated == (item.kind, value):
                return value
        return None

    def solutions(self, body: Sequence[Expression], bindings: Bindings) -> Iterator[Bindings]:
        """Yield the bindings at which the body of an aggregate holds, by plain search."""
        pending: list[tuple[list[Expression], Bindings]] = [(list(body), bindings)]
        while pending:
            todo, known = pending.pop()
            atom = next((item for item in todo if _is_atom(item)), None)
            if atom is None:
                found = self._completed(todo, dict(known))
                if all(self._literal(literal, found) for literal in todo):
                    yield found
                continue
            rest = [item for item in todo if item is not atom]
            for fact in self.atoms:
                matched = None if fact is None else _matched(atom, fact, known)
                if matched is not None:
                    pending.append(([*rest, *matched[1]], matched[0]))

    def _completed(self, body: Iterable[Expression], bindings: Bindings) -> Bindings:
        """Add the variables that equations only give another name."""
        equations = [e.arguments for e in body if isinstance(e, Operation) and e.op == "="]
        changed = True
        while changed:
            changed = False
            for left, right in equations:
                for side, other in ((left, right), (right, left)):
                    if isinstance(side, Var) and side.name not in bindings and not _aggregating(other):
                        value = _quietly(other, bindings, self._truth)
                        if value is not None:
                            bindings[side.name] = value
                            changed = True
        return bindings


def _connected(op: str, sides: Sequence[bool | None]) -> bool | None:
    """Return the truth of a connective where some sides have none."""
    if op == "not":
        return None if sides[0] is None else not sides[0]
    if op in ("and", "true"):
        return False if False in sides else None if None in sides else True
    if op in ("or", "false"):
        return True if True in sides else None if None in sides else False
    return None


def _aggregating(expression: Expression) -> bool:
    return any(isinstance(part, Aggregate) for part in parts([expression]))


def _quietly(expression: Expression, bindings: Mapping[str, Value], truth: Truth | None = None) -> Value | None:
    try:
        return evaluated(expression, bindings, None, truth)
    except UNDEFINED:
        return None


def evaluated(
    expression: Expression, bindings: Mapping[str, Value], aggregate: object = None, truth: Truth | None = None
) -> Value | None:
    """Return the value of a term at bindings, None where a variable has none, or the condition of an `ite`.

    Args:
        expression: The term.
        bindings: Values of its variables.
        aggregate: Returns the value of an aggregate.
        truth: Says whether the condition of an `ite` holds; without it, only comparisons do.

    Raises:
        TypeError, ZeroDivisionError: Arithmetic is undefined.
        Irrational: It gives no rational number.
    """
    decided = truth or _Step(Clause(None, (), Source("")), ())._truth
    done: list[Value] = []
    pending: list[tuple[Expression, bool]] = [(expression, False)]
    while pending:
        item, ready = pending.pop()
        value: Value | None
        if isinstance(item, Operation) and item.op == "ite":
            holds = decided(item.arguments[0], bindings)
            if holds is None:
                return None
            pending.append((item.arguments[1 if holds else 2], False))
            continue
        if isinstance(item, App | Operation) and item.arguments:
            if not ready:
                pending.append((item, True))
                pending.extend((argument, False) for argument in reversed(item.arguments))
                continue
            arguments = tuple(done[-len(item.arguments) :])
            del done[-len(arguments) :]
            value = _applied(item, arguments)
        elif isinstance(item, Var):
            value = bindings.get(item.name)
        elif isinstance(item, Aggregate):
            value = aggregate(item, dict(bindings)) if callable(aggregate) else None
        else:
            value = ground(item)
        if value is None:
            return None
        done.append(value)
    return done[0]


def _applied(item: App | Operation, arguments: tuple[Value, ...]) -> Value:
    if isinstance(item, Operation) or is_absolute(item):
        return calculated("abs" if isinstance(item, App) else item.op, arguments)
    return Compound(Name(item.name), arguments)


def _is_atom(item: Expression) -> bool:
    return isinstance(item, App) or (isinstance(item, Operation) and item.op == "strong")


def _matched(item: Expression, fact: Atom, known: Bindings) -> tuple[Bindings, list[Expression]] | None:
    """Return the bindings under which an atom is a fact, if what is calculated in it has the values listed."""
    strong = isinstance(item, Operation)
    atom = item.arguments[0] if isinstance(item, Operation) else item
    if not isinstance(atom, App) or fact.predicate != Predicate(atom.name, len(atom.arguments), strong):
        return None
    found, equations = dict(known), list[Expression]()
    pending: list[tuple[Expression, Value]] = list(zip(atom.arguments, fact.row, strict=True))
    while pending:
        pattern, value = pending.pop()
        if isinstance(pattern, Var):
            if found.setdefault(pattern.name, value) != value:
                return None
        elif (constant := ground(pattern)) is not None:
            if constant != value:
                return None
        elif isinstance(pattern, App) and not is_absolute(pattern):
            if not isinstance(value, Compound) or value.name != pattern.name:
                return None
            if len(value.arguments) != len(pattern.arguments):
                return None
            pending.extend(zip(pattern.arguments, value.arguments, strict=True))
        else:
            equations.append(Operation("=", (pattern, expression_of(value))))
    return found, equations
