"""Relations: rows in the order in which they came, and the indexes that joins ask for, kept up to date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from sys import getsizeof
from typing import Any

from abduce.reasoning.rules.ground import Row

Columns = tuple[int, ...]
ROW_BYTES, INDEX_BYTES = 170, 90
"""About what a row and an entry of an index take, values not counted."""


@lru_cache(maxsize=1024)
def _updater(arity: int, key: Columns, values: Columns) -> Callable[[Iterable[Row], Any], None]:
    """Return a function that enters rows into an index; its text is made of numbers only."""
    columns = [f"a{i}" if i in {*key, *values} else "_" for i in range(arity)]
    unpacked = f"({', '.join(columns)}{',' if arity == 1 else ''})"

    def part(positions: Columns) -> str:
        return f"a{positions[0]}" if len(positions) == 1 else f"({', '.join(f'a{i}' for i in positions)})"

    if not key or not values:
        statement = f"index[{part(key or values)}] = None"
    elif len({*key, *values}) == arity:
        statement = f"index[{part(key)}].append({part(values)})"
    else:
        statement = f"index[{part(key)}][{part(values)}] = None"
    space: dict[str, Any] = {"__builtins__": {}}
    text = f"def update(rows, index):\n    for {unpacked} in rows: {statement}"
    exec(compile(text, "<index>", "exec"), space)
    update: Callable[[Iterable[Row], Any], None] = space["update"]
    return update


class Relation:
    """The rows of one predicate.

    Attributes:
        rows: Each row with the round in which it was derived; 0 where it was told.
        arity: Number of columns.
        indexes: By looked-up and wanted columns; a table from keys to wanted parts, or a set of keys or parts.
        row_bytes: About how many bytes a row takes, judged by one of those measured last.
        waiting: Whether there are rows that the indexes have yet to be told of.
    """

    __slots__ = ("_late", "_updaters", "arity", "indexes", "row_bytes", "rows", "waiting")

    def __init__(self, arity: int, rows: Mapping[Row, int]) -> None:
        self.arity = arity
        self.rows: dict[Row, int] = dict(rows)
        self.indexes: dict[tuple[Columns, Columns], Any] = {}
        self.row_bytes = ROW_BYTES
        self.waiting = False
        self._updaters: list[tuple[Callable[[Iterable[Row], Any], None], Any]] = []
        self._late: list[tuple[Callable[[Iterable[Row], Any], None], Any]] = []

    def index(self, key: Columns, values: Columns) -> Any:
        """Return the index from some columns to others, building it when it is first wanted."""
        found = self.indexes.get((key, values))
        if found is None:
            covering = len({*key, *values}) == self.arity
            found = defaultdict(list if covering else dict) if key and values else {}
            update = _updater(self.arity, key, values)
            update(self.rows, found)
            self.indexes[key, values] = found
            (self._late if self.waiting else self._updaters).append((update, found))
        return found

    def enter(self, rows: Iterable[Row]) -> None:
        """Bring the indexes up to date with new rows."""
        for update, index in self._updaters:
            update(rows, index)
        self.waiting = False
        if self._late:
            self._updaters += self._late  # those were built from all rows, the new ones among them
            self._late.clear()

    def reset(self, rows: Mapping[Row, int]) -> None:
        """Start again from these rows, in the same tables."""
        self.rows.clear()
        self.rows.update(rows)
        self.enter(())
        for update, index in self._updaters:
            index.clear()
            update(self.rows, index)

    def measure(self, rows: Mapping[Row, int]) -> int:
        """Return about how many bytes some rows take, judged by the first of them."""
        for row in rows:
            held = sum(getsizeof(value) for value in row if not isinstance(value, str))
            self.row_bytes = ROW_BYTES + 8 * self.arity + held + INDEX_BYTES * len(self.indexes)
            break
        return len(rows) * self.row_bytes
