"""Reads Soufflé programs with their facts and expected relations, and writes them as clauses of the query language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from logic_readers.calls import Names
from logic_readers.souffle_syntax import COMPARISONS
from logic_readers.souffle_trees import (
    Aggregate,
    Applied,
    Conjunction,
    Constant,
    Expression,
    Literal,
    MissingError,
    Source,
    Variable,
)

NUMBERS = {"number", "unsigned", "float"}
_ARITHMETIC = {"+": "+", "-": "-", "*": "*", "/": "div", "%": "mod", "^": "^"}
CHOICE = "\x00"
"""Marks, between literals, one for the smaller or larger of several expressions."""
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Case:
    """A program with one set of facts, and the relations that it must give.

    Attributes:
        facts: The folder with the facts.
        expected: For each relation the file that holds it.
    """

    facts: Path
    expected: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Program:
    """A program.

    Attributes:
        name: Its folder below the folder that was read.
        path: Its file.
        cases: What is to be computed; none where nothing is expected.
    """

    name: str
    path: Path
    cases: tuple[Case, ...]


def read(folder: Path) -> list[Program]:
    """Return the programs in all folders that hold a `.dl`."""
    found = []
    for path in sorted(folder.rglob("*.dl")):
        home = path.parent
        places = sorted({csv.parent for csv in home.rglob("*.csv")}, key=lambda place: (len(place.parts), place))
        cases = [
            Case(place if any(place.glob("*.facts")) else home, {csv.stem: csv for csv in sorted(place.glob("*.csv"))})
            for place in places
        ]
        found.append(Program(path.relative_to(folder).as_posix(), path, tuple(cases)))
    return found


class Translation:
    """A program as clauses.

    Args:
        source: The program.

    Raises:
        MissingError: It has a construct that clauses cannot say.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.names = Names()
        self.clauses: list[str] = []
        self._ranges: dict[tuple[str, ...], str] = {}
        for relation in source.relations.values():
            if relation.is_equivalence:
                self._equivalence(self.names(relation.name))
        for clause in source.clauses:
            for head in clause.heads:
                for body in clause.body:
                    self.clauses += _Rule(self, head, body).texts()

    def _equivalence(self, name: str) -> None:
        self.clauses += [
            f"{name}(Y, X) :- {name}(X, Y).",
            f"{name}(X, Z) :- {name}(X, Y), {name}(Y, Z).",
            f"{name}(X, X) :- {name}(X, _).",
        ]

    def range(self, bounds: Sequence[str]) -> str:
        """Return a predicate that holds of the numbers of a range with constant bounds."""
        key = tuple(bounds)
        if key not in self._ranges:
            name = self._ranges[key] = self.names(f"range {' '.join(key)}")
            low, high, step = int(key[0]), int(key[1]), int(key[2]) if len(key) > 2 else 1
            self.clauses += [f"{name}({value})." for value in range(low, high, step)]
        return self._ranges[key]

    def facts(self, folder: Path) -> Iterator[str]:
        """Yield the facts of the relations that are read, from files in or below a folder."""
        for name, options in self.source.inputs.items():
            wanted = options.get("filename", f"{name}.facts")
            paths = [folder / wanted, *sorted(folder.rglob(Path(wanted).name))]
            path = next((one for one in paths if one.is_file()), None)
            if path is None:
                continue
            types = [self._base(one) for one in self.source.relations[name].types]
            separator = options.get("delimiter", "\t").replace("\\t", "\t")
            for line in path.read_text(encoding="utf-8").splitlines():
                fields = line.split(separator) if types else []
                if types and len(fields) != len(types):
                    raise MissingError(f"a line of {path.name} with {len(fields)} fields for {len(types)}")
                shown = [f if t in NUMBERS else quoted(f) for f, t in zip(fields, types, strict=True)]
                yield f"{self.names(name)}({', '.join(shown)})." if shown else f"{self.names(name)}."

    def _base(self, name: str) -> str:
        for _ in range(20):
            if name not in self.source.types:
                return name
            name = self.source.types[name]
        raise MissingError(f"the type {name}, made from itself")

    def rows(self, relation: str, path: Path) -> set[tuple[str, ...]]:
        """Return the rows that a file says a relation has."""
        width = len(self.source.relations[relation].types)
        lines = path.read_text(encoding="utf-8").splitlines()
        return {tuple(line.split("\t")) if width else () for line in lines if line or width == 1}


def quoted(text: str) -> str:
    """Return a text of the query language."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass(slots=True)
class _Rule:
    """One head with one conjunction, on the way to clauses.

    Attributes:
        home: The translation.
        head: The head.
        body: The conjunction.
        fresh: Numbers for new variables.
        more: Literals that expressions need.
    """

    home: Translation
    head: Literal
    body: Conjunction
    fresh: Iterator[int] = field(default_factory=lambda: count(1))
    more: list[str] = field(default_factory=list)
    names: Names = field(default_factory=Names)

    def texts(self) -> list[str]:
        """Return the clauses; a `min` or `max` of two makes two of them."""
        outside = _bound(self.body)
        literals = [self.literal(one, outside) for one in self.body]
        head = self.atom(self.head, outside)
        body = [*literals, *self.more]
        return list(_choices(head, body))

    def atom(self, literal: Literal, outside: set[str]) -> str:
        name = self.home.names(literal.name)
        if literal.name not in self.home.source.relations:
            raise MissingError(f"the relation or functor {literal.name}")
        shown = [self.expression(one, outside) for one in literal.arguments]
        return f"{name}({', '.join(shown)})" if shown else name

    def literal(self, literal: Literal, outside: set[str]) -> str:
        if literal.name not in COMPARISONS:
            return f"{'' if literal.holds else 'not '}{self.atom(literal, outside)}"
        left, right = literal.arguments
        if literal.name == "=" and isinstance(right, Applied) and right.name == "range":
            left, right = right, left
        if literal.name == "=" and isinstance(left, Applied) and left.name == "range":
            return f"{self.ranged(left)}({self.expression(right, outside)})"
        if literal.name == "=" and isinstance(right, Aggregate) and isinstance(left, Variable):
            return f"{self.expression(left, outside)} = {self.aggregate(right, outside)}"
        return f"{self.expression(left, outside)} {literal.name} {self.expression(right, outside)}"

    def ranged(self, call: Applied) -> str:
        bounds = []
        for one in call.arguments:
            negative = isinstance(one, Applied) and one.name == "neg"
            inner = one.arguments[0] if isinstance(one, Applied) and negative else one
            if not isinstance(inner, Constant):
                raise MissingError("range with bounds that are not constant")
            bounds.append(f"-{inner.text}" if negative else inner.text)
        return self.home.range(bounds)

    def new(self) -> str:
        return f"New{next(self.fresh)}"

    def variable(self, name: str) -> str:
        return "_" if name == "_" else f"V{self.names(name)}"

    def expression(self, one: Expression, outside: set[str]) -> str:
        if isinstance(one, Variable):
            return self.variable(one.name)
        if isinstance(one, Constant):
            if one.text.startswith('"'):
                return quoted(_ESCAPED.sub(r"\1", one.text[1:-1]))
            return one.text
        if isinstance(one, Aggregate):
            name = self.new()
            self.more.append(f"{name} = {self.aggregate(one, outside)}")
            return name
        return self.applied(one, outside)

    def applied(self, one: Applied, outside: set[str]) -> str:
        if one.name == "range":
            name = self.new()
            self.more.append(f"{self.ranged(one)}({name})")
            return name
        parts = [self.expression(part, outside) for part in one.arguments]
        if one.name == "[":
            return f"record({', '.join(parts)})"
        if one.name == "nil":
            return "nil"
        if one.name == "neg":
            return f"(-{parts[0]})"
        if one.name in _ARITHMETIC and len(parts) == 2:
            return f"({parts[0]} {_ARITHMETIC[one.name]} {parts[1]})"
        if one.name in ("max", "min") and parts:
            name = self.new()
            self.more.append(f"{CHOICE}{name}{CHOICE}{one.name}{CHOICE}{CHOICE.join(parts)}")
            return name
        raise MissingError(f"the functor {one.name}")

    def aggregate(self, one: Aggregate, outside: set[str]) -> str:
        """Write an aggregate; its variables that nothing outside binds are its own, and so get names of their own."""
        if len(one.body) != 1:
            raise MissingError("an aggregate over a disjunction")
        if one.kind == "mean":
            raise MissingError("the aggregate mean")
        (body,) = one.body
        naming = _Naming(self, outside)
        renamed = tuple(replace(one, arguments=tuple(map(naming, one.arguments))) for one in body)
        inner = replace(self, body=renamed, more=[])
        visible = outside | _bound(renamed)
        texts = [inner.literal(literal, visible) for literal in renamed]
        term = "" if one.term is None else inner.expression(naming(one.term), visible)
        texts += inner.more
        if any(CHOICE in text for text in texts):
            raise MissingError("min or max of two inside an aggregate")
        own = [self.variable(name) for name in naming.own.values()]
        listed = [term] if one.kind in ("min", "max") else [*([term] if term else []), *own]
        return f"{one.kind} {{ {', '.join(dict.fromkeys(listed)) or '0'} : {', '.join(texts)} }}"


class _Naming:
    """Gives variables of an aggregate names of their own, but for those that something outside binds."""

    def __init__(self, rule: _Rule, outside: set[str]) -> None:
        self.rule, self.outside = rule, outside
        self.own: dict[str, str] = {}

    def __call__(self, one: Expression) -> Expression:
        if isinstance(one, Variable):
            return Variable(self.name(one.name))
        if isinstance(one, Applied):
            return replace(one, arguments=tuple(map(self, one.arguments)))
        if isinstance(one, Aggregate):
            raise MissingError("an aggregate inside an aggregate")
        return one

    def name(self, name: str) -> str:
        if name in self.outside:
            return name
        key = f"_{len(self.own)}" if name == "_" else name
        return self.own.setdefault(key, f"own {key} {next(self.rule.fresh)}")


def _bound(body: Conjunction) -> set[str]:
    """Return the variables that atoms bind, or equations with what is bound."""
    found = {
        name
        for one in body
        if one.holds and one.name not in COMPARISONS
        for part in one.arguments
        for name in _plain(part)
    }
    while True:
        more = set(found)
        for one in body:
            if one.name == "=":
                for left, right in (one.arguments, one.arguments[::-1]):
                    names = _names(right)
                    if isinstance(left, Variable) and names is not None and names <= found:
                        more.add(left.name)
        if more == found:
            return found - {"_"}
        found = more


def _plain(one: Expression) -> Iterator[str]:
    """Yield the variables that an argument binds where it is matched."""
    if isinstance(one, Variable):
        yield one.name
    elif isinstance(one, Applied) and one.name == "[":
        for part in one.arguments:
            yield from _plain(part)


def _names(one: Expression) -> set[str] | None:
    """Return all variables of an expression; None where it has an aggregate, which is computed last."""
    if isinstance(one, Variable):
        return {one.name}
    if isinstance(one, Constant):
        return set()
    if isinstance(one, Aggregate):
        return None
    if one.name == "range":
        return set()
    found: set[str] = set()
    for part in one.arguments:
        names = _names(part)
        if names is None:
            return None
        found |= names
    return found


def _choices(head: str, body: Sequence[str]) -> Iterator[str]:
    """Yield a clause for each way in which the smaller or larger of several parts can be chosen."""
    marked = next((one for one in body if one.startswith(CHOICE)), None)
    if marked is None:
        yield f"{head} :- {', '.join(body)}." if body else f"{head}."
        return
    _, name, kind, *parts = marked.split(CHOICE)
    sign = ">=" if kind == "max" else "<="
    rest = [one for one in body if one is not marked]
    for chosen in dict.fromkeys(parts):
        others = [f"{chosen} {sign} {part}" for part in parts if part != chosen]
        yield from _choices(head, [*rest, f"{name} = {chosen}", *others])
