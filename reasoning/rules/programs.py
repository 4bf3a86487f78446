"""Programs of rules: clauses checked, flattened and put into strata; nothing is evaluated here.

A clause is range restricted when an atom of its body, or an equation from such atoms, binds every variable of its
head, of its comparisons and of its default negations (`_` in a negation means any value). Default negation and
aggregates must be stratified: no predicate depends on its own negation. A name has one arity. Variables of a fact
range over what is named.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TypeAlias

from abduce.errors import ParseError
from abduce.parser.pausing import unhurried
from abduce.parser.statements import NOWHERE, App, Clause, Expression, Num, Operation, Source, Span, Var
from abduce.reasoning.rules.domain import EVERYTHING, is_about_everything, names_in, over_everything
from abduce.reasoning.rules.flattening import flatten
from abduce.reasoning.rules.ground import Name, Predicate, Row, Value, ground, value_of
from abduce.reasoning.rules.joins import ordered, variables
from abduce.reasoning.rules.shapes import VIOLATED, Conjunction, Rule, Shape, fault, head_of, parts
from abduce.reasoning.rules.strata import Dependencies, levels

Told: TypeAlias = "dict[Predicate, dict[Row, Clause | Source]]"


@dataclass(frozen=True, slots=True)
class Table:
    """Facts given as rows rather than clauses.

    Attributes:
        predicate: Name of their predicate.
        rows: Their values, all of one length: strings (names), numbers, or values.
        source: Where they come from.
    """

    predicate: str
    rows: Collection[tuple[object, ...]]
    source: Source


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Checked rules and facts.

    Attributes:
        rules: All rules, integrity constraints among them.
        facts: What is told, by predicate and row, each with the clause (or source of the table) that says it.
        level: Stratum of each predicate that a rule concludes; others have 0.
        arities: For each name its arity, and the clause (or source) that mentioned it first.
        constraints: How many integrity constraints there are.
        about_everything: Whether a rule ranges over what is named, which is then among the facts.
    """

    rules: tuple[Rule, ...]
    facts: Told
    level: Mapping[Predicate, int]
    arities: Mapping[str, tuple[int, Clause | Source]]
    constraints: int = 0
    about_everything: bool = False

    def extended(self, clauses: Iterable[Clause], tables: Iterable[Table] = ()) -> Program:
        """Return the program with more clauses; this one stays as it is.

        Raises:
            ParseError: A clause is no rule, is not range restricted, or breaks stratification or arity.
        """
        return _Compiler(self).compiled(clauses, tables)

    def questions(self, query: Clause) -> list[Rule]:
        """Return a query, made the body of a clause, as rules; the program stays as it is.

        Raises:
            ParseError: It leaves a variable unbound, or a predicate has another arity in it.
        """
        return _Compiler(self).checked(query)

    @property
    def heads(self) -> frozenset[Predicate]:
        """The predicates that some rule concludes."""
        return frozenset(rule.head for rule in self.rules)

    def mentioned(self) -> Iterator[Predicate]:
        """Yield every predicate of the rules and facts, some repeatedly."""
        yield from self.facts
        for rule in self.rules:
            yield rule.head
            yield from rule.predicates


NOBODY = (-1, Source(""))
EMPTY = Program((), {}, {}, {})


def compile_program(clauses: Iterable[Clause], tables: Iterable[Table] = ()) -> Program:
    """Check clauses and prepare them for evaluation.

    Raises:
        ParseError: A clause is no rule, is not range restricted, or breaks stratification or arity.
    """
    return EMPTY.extended(clauses, tables)


class _Compiler:
    """Collects rules and facts on top of a program."""

    def __init__(self, base: Program) -> None:
        self.base = base
        self.facts = dict(base.facts)
        self.own: dict[tuple[str, int, bool], dict[Row, Clause | Source]] = {}
        self.names: dict[str, Name] = {}
        self.arities = dict(base.arities)
        self.constraints = base.constraints

    def compiled(self, clauses: Iterable[Clause], tables: Iterable[Table]) -> Program:
        added: list[Rule] = []
        for clause in unhurried(clauses):
            if clause.body or not self._fact(clause):
                added += self._rules(clause)
        for table in tables:
            self._table(table)
        rules, level = (*self.base.rules, *added), self.base.level
        if added:
            level = levels(Dependencies.of(rules))
        about_everything = self.base.about_everything or any(map(is_about_everything, added))
        if about_everything:
            self._know(self.base if self.base.about_everything else EMPTY, rules)
        return Program(rules, self.facts, level, self.arities, self.constraints, about_everything)

    def _know(self, before: Program, rules: tuple[Rule, ...]) -> None:
        """Enter what is named in facts and rules that a program did not have."""
        known = self._rows(*EVERYTHING)
        for predicate, rows in list(self.facts.items()):
            seen = before.facts.get(predicate, {})
            if rows is not seen and predicate != EVERYTHING:
                for row, teller in islice(rows.items(), len(seen), None):
                    for value in row:
                        known.setdefault((value,), teller)
        for rule in rules[len(before.rules) :]:
            for value in names_in((rule,)):
                known.setdefault((value,), rule.clause)

    def _fact(self, clause: Clause) -> bool:
        """Enter a clause that is a plain fact."""
        atom, strong = clause.head, False
        if type(atom) is not App:
            head = head_of(clause)
            if head is None:
                return False
            atom, strong = head
        values = []
        names = self.names
        for argument in atom.arguments:
            value: Value | None
            if type(argument) is App and not argument.arguments:
                value = names.get(argument.name) or self._name(argument.name)
            elif type(argument) is Num and type(argument.value) is int:
                value = argument.value
            else:
                value = ground(argument)
            if value is None:
                return False
            values.append(value)
        row = tuple(values)
        if self.arities.get(atom.name, NOBODY)[0] != len(row):
            self._mention(atom.name, len(row), clause)
        self._rows(atom.name, len(row), strong).setdefault(row, clause)
        return True

    def _name(self, name: str) -> Name:
        """Return a new name, to be the same object each time: rows then compare faster."""
        return self.names.setdefault(name, Name(name))

    def _rows(self, name: str, arity: int, strong: bool = False) -> dict[Row, Clause | Source]:
        """Return the told rows of a predicate, in a table that is not the base's."""
        rows = self.own.get((name, arity, strong))
        if rows is None:
            predicate = Predicate(name, arity, strong)
            rows = self.own[predicate] = self.facts[predicate] = dict(self.facts.get(predicate, ()))
        return rows

    def _table(self, table: Table) -> None:
        for given in table.rows:
            self._mention(table.predicate, len(given), table.source)
            self._rows(table.predicate, len(given)).setdefault(tuple(map(value_of, given)), table.source)

    def _mention(self, name: str, arity: int, clause: Clause | Source) -> None:
        known = self.arities.get(name)
        if known is None:
            self.arities[name] = arity, clause
        elif known[0] != arity:
            raise _arity_clash(name, arity, clause, known)

    def _rules(self, clause: Clause) -> list[Rule]:
        rules = self.checked(clause)
        self.constraints += clause.head is None
        return rules

    def checked(self, clause: Clause) -> list[Rule]:
        """Return what a clause says as rules, with its names taken in."""
        rules = flatten(clause, self.constraints)
        if not clause.body:
            rules = list(map(over_everything, rules))
        for rule in rules:
            if rule.head != VIOLATED:
                self._mention(rule.head.name, rule.head.arity, clause)
            for predicate in rule.predicates:
                self._mention(predicate.name, predicate.arity, clause)
            restrict(rule)
        return rules


def _arity_clash(name: str, arity: int, clause: Clause | Source, known: tuple[int, Clause | Source]) -> ParseError:
    first = known[1].source if isinstance(known[1], Clause) else known[1]
    message = f"{name} has {arity} argument{'s' * (arity != 1)} here, but {known[0]} at {first}: {first.text.strip()}"
    expected = (f"{name} with {known[0]} argument{'s' * (known[0] != 1)}", "another name")
    if isinstance(clause, Source):
        clause = Clause(None, (), clause)
    whole = clause.body if clause.head is None else (clause.head, *clause.body)
    places = [p.span for p in parts(whole) if isinstance(p, App) and p.name == name and len(p.arguments) == arity]
    return fault(clause, places[0] if places else NOWHERE, message, expected=expected)


# range restriction ------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _unbound(shape: Shape) -> tuple[tuple[str, int], ...]:
    """Return the unbound variables of a shape, each with the kind of what it stands in, the most telling first."""
    return tuple(unbound(shape.body, (), shape.head))


def unbound(body: Conjunction, given: Iterable[int], emitted: Iterable[int]) -> list[tuple[str, int]]:
    """Return the unbound variables of a conjunction with the kinds of their literals, `h` for the result."""
    emitted = tuple(emitted)
    _, leftover, known = ordered(body, given, emitted)
    found: list[tuple[str, int]] = []
    for literal in sorted(leftover, key=lambda item: "ncgof".index(item[0])):
        places = literal[3] if literal[0] == "g" else [*variables(literal)[1:], *variables(literal)[:1]]
        found += [(literal[0], v) for v in (places if literal[0] in "gof" else variables(literal)) if v not in known]
    found += [("h", v) for v in emitted if v >= 0 and v not in known]
    if not found:
        for literal in body:
            if literal[0] == "g":
                for terms, choice in literal[4]:
                    found += unbound(choice, literal[3], terms)
    return found


def restrict(rule: Rule) -> None:
    """Check that a rule, or a query made one, binds all its variables.

    Raises:
        ParseError: It does not; with the place, and texts that would do where they can be told.
    """
    found = _unbound(rule.shape)
    if found:
        kind, variable = next((place for place in found if rule.names[place[1]]), found[0])
        raise _unrestricted(rule.clause, kind, rule.names[variable])


_WHERE = {
    "h": "the head is a variable that nothing in the body binds",
    "n": "a default negation is a variable that no atom of the body binds",
    "c": "a comparison is a variable that no atom of the body binds",
    "o": "a calculation is a variable that no atom of the body binds",
    "f": "a term is a variable that no atom of the body binds",
    "g": "an aggregate is a variable that no atom outside the braces binds",
}
QUERY = "\0query"
"""Name of the head of queries that are made clauses."""


def _unrestricted(clause: Clause, kind: str, name: str) -> ParseError:
    """Return the error about a variable that is not bound."""
    shown = name.split("@", maxsplit=1)[0] or "a result"
    where = _WHERE[kind]
    if kind == "h" and isinstance(clause.head, App) and clause.head.name == QUERY:
        where = "the query is a variable that none of its atoms binds"
    spans = _spans(clause, kind, name)
    expected: tuple[str, ...] = (f"an atom of the body that binds {shown}",)
    repairs: tuple[str, ...] = ()
    if spans:
        text = clause.source.text
        if kind == "n":
            repairs = (f"{text[: spans[0][0]]}_{text[spans[0][1] :]}",)
            expected = (*expected, "_ for any value")
        elif name[:1].isupper():
            repairs = (_lowered(clause, name),)
    return fault(clause, spans[0] if spans else NOWHERE, f"{shown} in {where}", expected=expected, repairs=repairs)


def _spans(clause: Clause, kind: str, name: str) -> list[Span]:
    """Return where a variable occurs, the part of the clause that is at fault first."""
    head = () if clause.head is None else (clause.head,)
    at_fault: Iterable[Expression] = head if kind == "h" else clause.body
    if kind == "n":
        at_fault = [p for p in parts(clause.body) if isinstance(p, Operation) and p.op == "not"]
    found = [
        part.span
        for expressions in (at_fault, (*head, *clause.body))
        for part in parts(expressions)
        if isinstance(part, Var) and part.name == name and part.span != NOWHERE
    ]
    if found or not name:
        return found
    return [match.span() for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", clause.source.text)]


def _lowered(clause: Clause, name: str) -> str:
    """Return the clause with a variable made a constant."""
    text = clause.source.text
    spans = set(_spans(clause, "h", name))
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]}{name[0].lower()}{name[1:]}{text[end:]}"
    return text
