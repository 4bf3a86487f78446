"""What an engine was told: statements and tables in their order, each with its place; nothing is changed in place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import TypeAlias

from abduce.errors import UsageError
from abduce.parser.printing import statement_text
from abduce.parser.statements import App, Clause, Declaration, Expression, Formula, Operation, Source
from abduce.reasoning.rules.ground import expression_of, value_of
from abduce.reasoning.rules.programs import Table

Entry: TypeAlias = Clause | Formula | Declaration | Table
"""One thing that was told."""
MOST_CLOSE = 3
MOST_COMPARED = 5_000


@dataclass(frozen=True, slots=True)
class Premise:
    """A statement that was told, for showing."""

    text: str
    file: str
    line: int

    def __str__(self) -> str:
        return self.text


class Knowledge:
    """The statements that were told; adding to them or removing some makes a new object.

    Knowledge that grows shares its list with what it grew from, so that telling is cheap.
    """

    __slots__ = ("_count", "_entries", "clause_count", "formula_count")

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries: list[Entry] = list(entries)
        self._count = len(self._entries)
        self.formula_count = sum(isinstance(entry, Formula) for entry in self._entries)
        self.clause_count = sum(map(_clauses, self._entries))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Entry]:
        return islice(self._entries, self._count)

    def since(self, start: int) -> list[Entry]:
        """Return the entries from a place on."""
        return self._entries[start : self._count]

    @property
    def is_rules(self) -> bool:
        """Whether these are clauses alone."""
        return not self.formula_count and self.clause_count > 0

    def extended(self, entries: Sequence[Entry]) -> Knowledge:
        """Return this with more at its end."""
        made = Knowledge()
        if self._count == len(self._entries):
            made._entries = self._entries
            made._entries.extend(entries)
        else:
            made._entries = [*islice(self._entries, self._count), *entries]
        made._count = self._count + len(entries)
        made.formula_count = self.formula_count + sum(isinstance(entry, Formula) for entry in entries)
        made.clause_count = self.clause_count + sum(map(_clauses, entries))
        return made

    def without_last(self) -> Knowledge:
        """Return this without what was told last.

        Raises:
            UsageError: Nothing was told.
        """
        if not self._count:
            raise UsageError("there is nothing to undo: nothing was told")
        return Knowledge(islice(self._entries, self._count - 1))

    def without(self, statement: Entry) -> Knowledge:
        """Return this without all statements that say the same as one.

        Raises:
            UsageError: There is none; names those that are close.
        """
        kept: list[Entry] = []
        found = False
        for entry in self:
            if isinstance(entry, Table) and isinstance(statement, Clause):
                smaller = _without_row(entry, statement)
                found = found or smaller is not entry
                if smaller.rows:
                    kept.append(smaller)
            elif same(entry, statement):
                found = True
            else:
                kept.append(entry)
        if not found:
            raise UsageError(self._not_told(statement))
        return Knowledge(kept)

    def _not_told(self, statement: Entry) -> str:
        wanted = entry_text(statement)
        texts = [entry_text(entry) for entry in self] if self._count <= MOST_COMPARED else []
        close = get_close_matches(wanted, texts, n=MOST_CLOSE)
        also = f"; did you mean: {'   '.join(close)}" if close else ""
        return f"{wanted} was not told, so it cannot be retracted{also}"

    def premises(self) -> list[Premise]:
        """Return what was told as texts with their places."""
        return [Premise(source.text, source.file, source.line) for source in map(source_of, self)]


def _clauses(entry: Entry) -> int:
    """Return how many clauses an entry stands for; a table for one at least."""
    return max(len(entry.rows), 1) if isinstance(entry, Table) else int(isinstance(entry, Clause))


def source_of(entry: Entry) -> Source:
    """Return where something that was told stands."""
    return entry.source


def entry_text(entry: Entry) -> str:
    """Return something that was told as a text."""
    return entry.source.text.strip() if isinstance(entry, Table) else statement_text(entry)


def same(one: Entry, other: Entry) -> bool:
    """Tell whether two statements say the same, wherever they stand."""
    if isinstance(one, Clause) and isinstance(other, Clause):
        return one.head == other.head and one.body == other.body
    if isinstance(one, Formula) and isinstance(other, Formula):
        return one.expression == other.expression
    if isinstance(one, Declaration) and isinstance(other, Declaration):
        return (one.name, one.arguments, one.result) == (other.name, other.arguments, other.result)
    if isinstance(one, Formula) and isinstance(other, Clause):
        return not other.body and one.expression == other.head
    if isinstance(one, Clause) and isinstance(other, Formula):
        return same(other, one)
    return one is other


def _without_row(table: Table, fact: Clause) -> Table:
    head = fact.head
    if fact.body or not isinstance(head, App) or head.name != table.predicate:
        return table
    kept = tuple(row for row in table.rows if tuple(expression_of(value_of(one)) for one in row) != head.arguments)
    return table if len(kept) == len(table.rows) else Table(table.predicate, kept, table.source)


def capitalised_constants(entries: Iterable[Entry]) -> set[str]:
    """Return the constants of entries whose names begin with a capital: queries take them as constants too."""
    found: set[str] = set()
    for entry in entries:
        if isinstance(entry, Table):
            found.update(one for row in entry.rows for one in row if isinstance(one, str) and one[:1].isupper())
        elif isinstance(entry, Formula):
            _collect((entry.expression,), found)
        elif isinstance(entry, Declaration):
            if not entry.arguments and entry.name[:1].isupper():
                found.add(entry.name)
        elif "'" in entry.source.text:
            _collect((*(() if entry.head is None else (entry.head,)), *entry.body), found)
    return found


def _collect(expressions: Iterable[Expression], found: set[str]) -> None:
    """Note the capitalised constants in expressions, arguments of atoms only."""
    pending: list[tuple[Expression, bool]] = [(expression, False) for expression in expressions]
    while pending:
        part, inside = pending.pop()
        if isinstance(part, App):
            if inside and not part.arguments and part.name[:1].isupper():
                found.add(part.name)
            pending.extend((one, True) for one in part.arguments)
        elif isinstance(part, Operation):
            deeper = inside or part.op not in _LOGICAL
            pending.extend((one, deeper) for one in part.arguments)
        else:
            pending.extend((one, False) for one in getattr(part, "body", ()) and _bodies(part))


_LOGICAL = frozenset({"not", "and", "or", "xor", "->", "<->", "strong"})


def _bodies(part: Expression) -> tuple[Expression, ...]:
    body = getattr(part, "body", ())
    return body if isinstance(body, tuple) else (body,)
