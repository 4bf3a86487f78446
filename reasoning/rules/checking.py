"""Derivations checked step by step, from the clauses as they were read; nothing of the evaluator is used.

What a tree cannot show is taken from the model and listed: that something is not derivable, and that nothing beyond
what is listed contributes to an aggregate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from abduce.parser.pausing import pause
from abduce.parser.statements import Aggregate, App, Clause, Expression, Num, Operation, Quantifier, Var
from abduce.reasoning.rules.arithmetic import AGGREGATES, COMPARISONS, NEGATED, OPERATIONS, UNDEFINED
from abduce.reasoning.rules.derivations import Absence, Derivation, Total, steps_of
from abduce.reasoning.rules.flattening import alternatives
from abduce.reasoning.rules.ground import Atom, Compound, Name, Predicate, Value, ground
from abduce.reasoning.rules.programs import Program
from abduce.reasoning.rules.shapes import VIOLATED, head_of, parts

Bindings = dict[str, Value]


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
            elif not _Step(step, step.clause).follows():
                problems.append(f"{step.text} does not follow by {step.clause.source}")
        else:
            if step.stated not in stated:
                assumed.append(step)
            stated.add(step.stated)
    return Checked(tuple(problems), tuple(assumed))


def _is_told(conclusion: Atom, program: Program) -> bool:
    return conclusion.row in program.facts.get(conclusion.predicate, {})


class _Step:
    """One application of a clause."""

    def __init__(self, step: Derivation, clause: Clause) -> None:
        self.step, self.clause = step, clause
        self.atoms = {child.conclusion for child in step.children if child.kind in ("told", "rule")}
        self.absent = {child.stated for child in step.children if child.kind == "absent"}
        self.aggregates = [child for child in step.children if child.kind == "aggregate"]

    def follows(self) -> bool:
        """Say whether head and body hold at the bindings, for one alternative of the body."""
        return any(self._holds(body) for body in alternatives(self.clause, self.clause.body))

    def _holds(self, body: Sequence[Expression]) -> bool:
        bindings = _completed(body, dict(self.step.bindings))
        head = head_of(self.clause)
        if head is None:
            if self.step.conclusion is None or self.step.conclusion.predicate != VIOLATED:
                return False
        elif not self._concludes(*head, bindings):
            return False
        return all(self._literal(literal, bindings) for literal in body)

    def _concludes(self, atom: App, strong: bool, bindings: Bindings) -> bool:
        """Say whether the head is the conclusion; `_` in a fact stands for anything."""
        conclusion = self.step.conclusion
        if self.clause.body or Var("_") not in atom.arguments:
            return _instance(atom, strong, bindings) == conclusion
        if conclusion is None or conclusion.predicate != Predicate(atom.name, len(atom.arguments), strong):
            return False
        pairs = zip(atom.arguments, conclusion.row, strict=True)
        return all(one == Var("_") or evaluated(one, bindings) == value for one, value in pairs)

    def _literal(self, literal: Expression, bindings: Bindings) -> bool:
        negated = isinstance(literal, Operation) and literal.op == "not"
        inner = literal.arguments[0] if isinstance(literal, Operation) and negated else literal
        if isinstance(inner, Quantifier):
            inner = inner.body
        strong = isinstance(inner, Operation) and inner.op == "strong"
        atom = inner.arguments[0] if isinstance(inner, Operation) and strong else inner
        if isinstance(atom, App):
            if negated:
                absence = _absence(atom, strong, bindings)
                return absence is not None and absence in self.absent
            return _instance(atom, strong, bindings) in self.atoms
        if not isinstance(inner, Operation) or inner.op not in COMPARISONS:
            return False
        op = NEGATED[inner.op] if negated else inner.op
        return self._compared(op, inner.arguments, bindings)

    def _compared(self, op: str, sides: Sequence[Expression], bindings: Bindings) -> bool:
        try:
            values = [evaluated(side, bindings, self._aggregate) for side in sides]
            return None not in values and COMPARISONS[op](*values)
        except UNDEFINED:
            return False

    def _aggregate(self, item: Aggregate, bindings: Bindings) -> Value | None:
        """Return the value of an aggregate over the facts that one of the listed steps names."""
        for child in self.aggregates:
            facts = [c.conclusion for c in child.children if c.conclusion is not None]
            absent = {c.stated for c in child.children if c.kind == "absent"}
            tuples: dict[tuple[Value, ...], None] = {}
            for body in alternatives(self.clause, item.body):
                for found in _solutions(list(body), bindings, facts, absent):
                    row = [evaluated(term, found) for term in item.terms]
                    tuples[tuple(v for v in row if v is not None)] = None
            value = AGGREGATES[item.kind](tuples if item.kind == "count" else [row[0] for row in tuples])
            if child.stated == (item.kind, value):
                return value  # type: ignore[no-any-return]
        return None


def _completed(body: Iterable[Expression], bindings: Bindings) -> Bindings:
    """Add the variables that equations only give another name."""
    equations = [e.arguments for e in body if isinstance(e, Operation) and e.op == "="]
    changed = True
    while changed:
        changed = False
        for left, right in equations:
            for side, other in ((left, right), (right, left)):
                if isinstance(side, Var) and side.name not in bindings and not _aggregating(other):
                    value = _quietly(other, bindings)
                    if value is not None:
                        bindings[side.name] = value
                        changed = True
    return bindings


def _aggregating(expression: Expression) -> bool:
    return any(isinstance(part, Aggregate) for part in parts([expression]))


def _quietly(expression: Expression, bindings: Bindings) -> Value | None:
    try:
        return evaluated(expression, bindings)
    except UNDEFINED:
        return None


def evaluated(expression: Expression, bindings: Mapping[str, Value], aggregate: object = None) -> Value | None:
    """Return the value of a term at bindings, None where a variable has none.

    Raises:
        TypeError: Arithmetic is undefined.
        ZeroDivisionError: So it is.
    """
    done: list[Value] = []
    pending: list[tuple[Expression, bool]] = [(expression, False)]
    while pending:
        item, ready = pending.pop()
        value: Value | None
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
    if isinstance(item, App):
        return Compound(Name(item.name), arguments)
    if item.op == "neg":
        return OPERATIONS["-"](0, arguments[0])
    return reduce(OPERATIONS[item.op], arguments)


def _instance(atom: App, strong: bool, bindings: Bindings) -> Atom | None:
    """Return an atom at bindings, None where that is undefined or a variable has no value."""
    try:
        row = tuple(evaluated(argument, bindings) for argument in atom.arguments)
    except UNDEFINED:
        return None
    return None if None in row else Atom(Predicate(atom.name, len(row), strong), row)


def _absence(atom: App, strong: bool, bindings: Bindings) -> Absence | None:
    """Return that an atom is not derivable, with None for variables without value; None where a term has no value."""
    row = tuple(_quietly(argument, bindings) for argument in atom.arguments)
    if any(v is None and not isinstance(a, Var) for a, v in zip(atom.arguments, row, strict=True)):
        return None
    return Absence(Predicate(atom.name, len(row), strong), row)


# the bodies of aggregates -----------------------------------------------------------------------------------


def _solutions(
    body: list[Expression], bindings: Bindings, facts: Sequence[Atom], absent: set[Absence | Total | None]
) -> Iterator[Bindings]:
    """Yield the bindings at which the body of an aggregate holds in some facts, by plain search."""
    pending: list[tuple[list[Expression], Bindings]] = [(body, bindings)]
    while pending:
        todo, known = pending.pop()
        atom = next((item for item in todo if isinstance(item, App) or _is_strong(item)), None)
        if atom is None:
            found = _completed(todo, dict(known))
            checker = _Step(Derivation("rule", None, "", None), Clause(None, (), None))  # type: ignore[arg-type]
            checker.absent = absent
            if all(checker._literal(literal, found) for literal in todo):
                yield found
            continue
        rest = [item for item in todo if item is not atom]
        for fact in facts:
            for extended in _matches(atom, fact, known):
                pending.append((rest, extended))


def _is_strong(item: Expression) -> bool:
    return isinstance(item, Operation) and item.op == "strong"


def _matches(item: Expression, fact: Atom, known: Bindings) -> Iterator[Bindings]:
    """Yield the bindings under which an atom is a fact; at most one."""
    atom = item.arguments[0] if isinstance(item, Operation) else item
    if not isinstance(atom, App) or fact.predicate != Predicate(atom.name, len(atom.arguments), _is_strong(item)):
        return
    found = dict(known)
    pending: list[tuple[Expression, Value]] = list(zip(atom.arguments, fact.row, strict=True))
    while pending:
        pattern, value = pending.pop()
        if isinstance(pattern, Var):
            if found.setdefault(pattern.name, value) != value:
                return
        elif isinstance(pattern, App) and pattern.arguments:
            if not isinstance(value, Compound) or value.name != pattern.name:
                return
            if len(value.arguments) != len(pattern.arguments):
                return
            pending.extend(zip(pattern.arguments, value.arguments, strict=True))
        elif isinstance(pattern, Num) or not isinstance(pattern, Operation):
            if ground(pattern) != value:
                return
        elif _quietly(pattern, found) not in (None, value):
            return
    yield found
