"""Facts given as Python values, as the rows of tables, or as atoms without a dot, as clauses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from abduce.parser.printing import expression_text, is_bare
from abduce.parser.statements import App, Clause, Expression, Formula, Num, Operation, Source, Statement
from abduce.parser.surface import read_statement
from abduce.reasoning.rules.ground import expression_of, value_of
from abduce.reasoning.rules.programs import Table


class Facts:
    """Writes facts; what was written once is kept for the next one."""

    def __init__(self) -> None:
        self._values: dict[object, tuple[Expression, str]] = {}
        self._predicates: dict[str, str] = {}

    def clause(self, predicate: str, row: tuple[object, ...], file: str, line: int = 1) -> Clause:
        """Return a fact with its own text.

        Raises:
            UsageError: A value cannot be an argument.
        """
        pairs = [self._value(one) for one in row]
        head = App(predicate, tuple([expression for expression, _ in pairs]))
        arguments = f"({', '.join([text for _, text in pairs])})" if pairs else ""
        return Clause(head, (), Source(f"{self._predicate(predicate)}{arguments}.", file, line))

    def _value(self, given: object) -> tuple[Expression, str]:
        key = given if type(given) is str else (type(given), given)
        found = self._values.get(key)
        if found is None:
            found = self._values[key] = _written(given)
        return found

    def _predicate(self, name: str) -> str:
        found = self._predicates.get(name)
        if found is None:
            written = expression_text(App(name, (Num(0),)), mode="clause").removesuffix("(0)")
            found = self._predicates[name] = written
        return found


def _written(given: object) -> tuple[Expression, str]:
    """Return a value as an expression and as its text in a clause."""
    if type(given) is str and is_bare(given):
        return App(given), given
    expression = expression_of(value_of(given))
    return expression, expression_text(expression, mode="clause")


def table_clauses(table: Table) -> list[Clause]:
    """Return the rows of a table as facts, each with its own text."""
    facts, source = Facts(), table.source
    return [facts.clause(table.predicate, tuple(row), source.file, source.line) for row in table.rows]


def as_fact(statement: Statement, *, is_read: bool = True) -> Statement:
    """Return an atom that stands alone, or its strong negation, as the fact that it is with a dot; others as they are.

    Args:
        statement: The statement.
        is_read: Whether its text was read; capitalised names in it are then variables, as in any fact.
    """
    if not isinstance(statement, Formula):
        return statement
    head, source = statement.expression, statement.source
    strong = isinstance(head, Operation) and head.op == "strong"
    if not isinstance(head, App) and not strong:
        return statement
    if is_read:
        fact = read_statement(f"{source.text}.", file=source.file)
        return replace(fact, source=source) if isinstance(fact, Clause) else statement
    return Clause(head, (), source)


def plain(entries: Iterable[Statement | Table]) -> list[Statement]:
    """Return entries as statements, tables as their facts."""
    found: list[Statement] = []
    for entry in entries:
        if isinstance(entry, Table):
            found.extend(table_clauses(entry))
        else:
            found.append(entry)
    return found
