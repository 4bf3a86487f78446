"""Models shown to people: small tables in which elements bear the names of the constants that they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from abduce.parser.term_printing import term_text
from abduce.reasoning.queries.answer_values import plain_value, shown_value
from abduce.solvers.base import Element, Interpretation, Model, ModelValue
from abduce.solvers.terms import BOOL, Symbol

MOST_ROWS = 40


@dataclass(frozen=True, slots=True)
class ModelTable:
    """A model with what it shows.

    Attributes:
        shows: What is the case in it, in words: `the query holds`, `the query fails`, `the premises hold`.
        model: The model itself.
        symbols: The symbols to show, in order.
        is_verified: Whether an evaluator of our own confirmed what it shows.
    """

    shows: str
    model: Model
    symbols: tuple[Symbol, ...] = ()
    is_verified: bool = False

    def names(self) -> dict[Element, str]:
        """Return a name for each element: that of the first constant that is it, else its own."""
        found: dict[Element, str] = {}
        for symbol in self._shown():
            table = self.model.interpretations.get(symbol)
            value = _constant_value(symbol, table) if table is not None else None
            if isinstance(value, Element):
                found.setdefault(value, symbol.name)
        taken = set(found.values())
        for elements in self.model.domains.values():
            for element in elements:
                name = str(element)
                found.setdefault(element, f"{name}'" if name in taken else name)
        return found

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data: domains, and for each symbol the rows of its table."""
        names = self.names()
        return {
            "shows": self.shows,
            "domains": {str(sort): [names[one] for one in held] for sort, held in self.model.domains.items()},
            "symbols": {
                symbol.name: self._table_json(symbol, names)
                for symbol in self._shown()
                if symbol in self.model.interpretations
            },
            "verified": self.is_verified,
        }

    def _table_json(self, symbol: Symbol, names: Mapping[Element, str]) -> Any:
        table = self.model.interpretations[symbol]
        if not symbol.arguments:
            return _named(_constant_value(symbol, table), names, plain=True)
        rows = [
            [*(_named(one, names, plain=True) for one in row), _named(value, names, plain=True)]
            for row, value in table.entries.items()
        ]
        held: dict[str, Any] = {"rows": rows}
        if table.definition is not None:
            held["definition"] = term_text(table.definition)
        else:
            held["otherwise"] = _named(table.otherwise, names, plain=True)
        return held

    def as_text(self) -> str:
        """Write the tables."""
        names = self.names()
        lines = [f"{self.shows}:"]
        for sort, elements in self.model.domains.items():
            lines.append(f"  {sort}: {_some(names[one] for one in elements)}")
        for symbol in self._shown():
            table = self.model.interpretations.get(symbol)
            if table is None:
                continue
            if not symbol.arguments:
                value = _constant_value(symbol, table)
                said = _named(value, names)
                if said != symbol.name:
                    lines.append(f"  {symbol.name} = {said}")
            else:
                lines.append(f"  {_table_text(symbol, table, names)}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.as_text()

    def _shown(self) -> tuple[Symbol, ...]:
        return self.symbols or tuple(sorted(self.model.interpretations, key=lambda one: one.name))


def _constant_value(symbol: Symbol, table: Interpretation) -> ModelValue | None:
    return table.entries.get((), table.otherwise) if not symbol.arguments else None


def _named(value: ModelValue | None, names: Mapping[Element, str], *, plain: bool = False) -> Any:
    if isinstance(value, Element):
        return names.get(value, str(value))
    return plain_value(value) if plain else shown_value(value)


def _some(items: Iterable[str]) -> str:
    held = list(items)
    return ", ".join(held[:MOST_ROWS]) + (f", … ({len(held)})" if len(held) > MOST_ROWS else "")


def _table_text(symbol: Symbol, table: Interpretation, names: Mapping[Element, str]) -> str:
    """Write a predicate as the rows where it holds (or fails, if fewer are told so), a function as its values."""
    if symbol.result == BOOL and table.definition is None:
        usual = table.otherwise is True
        rows = [row for row, value in table.entries.items() if value is not usual]
        said = _some(f"{symbol.name}({', '.join(_named(one, names) for one in row)})" for row in rows)
        if usual:
            return f"{symbol.name} holds everywhere" + (f" but for {said}" if rows else "")
        return f"{symbol.name} holds for {said}" if rows else f"{symbol.name} holds nowhere"
    rows_said = _some(
        f"{symbol.name}({', '.join(_named(one, names) for one in row)}) = {_named(value, names)}"
        for row, value in table.entries.items()
    )
    if table.definition is not None:
        parameters = ", ".join(term_text(one) for one in table.parameters)
        rest = f"{symbol.name}({parameters}) = {term_text(table.definition)}"
    else:
        rest = f"{symbol.name} = {_named(table.otherwise, names)}"
    return f"{rows_said}; else {rest}" if table.entries else rest
