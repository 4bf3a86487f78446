"""Sessions in files: plain JSON with the texts of what was told; loading reads them again and executes nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from abduce.errors import AbduceError, DataError
from abduce.parser.printing import statement_text
from abduce.parser.source_text import read_text
from abduce.parser.statements import Algebra, Clause, Query, Source, Statement
from abduce.parser.surface import read
from abduce.reasoning.queries.facts import table_clauses
from abduce.reasoning.queries.premises import Entry, Knowledge, same
from abduce.reasoning.rules.ground import ground
from abduce.reasoning.rules.programs import Table

FORMAT: Final = "abduce session"
VERSION: Final = 1
_SETTINGS: Final[Mapping[str, tuple[type, ...]]] = {
    "reading": (str, type(None)),
    "timeout_s": (int, float),
    "memory_mb": (int,),
    "check": (str,),
}


def save_session(path: Path, knowledge: Knowledge, settings: Mapping[str, Any]) -> None:
    """Write a session; a file that is there is replaced in one step.

    Raises:
        DataError: The file cannot be written.
    """
    content = {
        "format": FORMAT,
        "version": VERSION,
        "settings": dict(settings),
        "premises": [_saved(entry) for entry in knowledge],
    }
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise DataError(f"{path}: cannot be written ({error.strerror})") from error


def load_session(path: Path) -> tuple[Knowledge, dict[str, Any]]:
    """Read a session.

    Raises:
        DataError: It cannot be read, is no session, or was written by a newer version.
    """
    try:
        content = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        if isinstance(error, AbduceError):
            raise
        raise DataError(f"{path}: is no JSON, so no session that abduce saved ({error})") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DataError(f'{path}: is no session that abduce saved; expected "format": "{FORMAT}"')
    version = content.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise DataError(f"{path}: was saved in format {version}, newer than {VERSION}; a newer abduce reads it")
    premises = content.get("premises")
    if not isinstance(premises, list):
        raise DataError(f'{path}: "premises" must be a list')
    entries = [_loaded(one, number, path) for number, one in enumerate(premises, start=1)]
    return Knowledge(entries), _settings(content.get("settings", {}), path)


def _settings(given: object, path: Path) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise DataError(f'{path}: "settings" must be an object')
    for name, value in given.items():
        if name not in _SETTINGS:
            raise DataError(f"{path}: unknown setting {name!r}; expected {', '.join(_SETTINGS)}")
        if isinstance(value, bool) or not isinstance(value, _SETTINGS[name]):
            raise DataError(f"{path}: setting {name!r} has a value of the wrong kind: {value!r}")
    return dict(given)


def _saved(entry: Entry) -> dict[str, Any]:
    source = entry.source
    saved: dict[str, Any] = {"file": source.file, "line": source.line, "column": source.column}
    if isinstance(entry, Table):
        rows = [clause.source.text for clause in table_clauses(entry)]
        return {"table": entry.predicate, "rows": rows, "text": source.text, **saved}
    # The canonical text reads back to the same statement, whatever was written; the user's own is for showing.
    return {"text": source.text, "statement": statement_text(entry), **saved}


def _loaded(given: object, number: int, path: Path) -> Entry:
    if not isinstance(given, dict):
        raise DataError(f"{path}: premise {number} must be an object")
    try:
        source = Source(str(given["text"]), str(given["file"]), int(given["line"]), int(given["column"]))
        if "table" in given:
            return _table(given, source)
        (statement,) = _read(str(given["statement"]))
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: premise {number} cannot be read: {error}") from error
    if isinstance(statement, Query | Algebra):
        raise DataError(f"{path}: premise {number} is a query")
    return _placed(statement, source)


def _read(text: str) -> list[Statement]:
    found = read(text)
    if len(found) != 1:
        raise ValueError(f"one statement was expected in {text!r}")
    return found


def _placed(statement: Entry, source: Source) -> Entry:
    """Return a statement with the place and the text that it had."""
    found = _read_as(source.text)
    if found is not None and type(found) is type(statement) and same(found, statement):
        return replace(found, source=source)
    return replace(statement, source=source)


def _read_as(text: str) -> Entry | None:
    """Return the statement that the user's own text reads as, for the places inside it; None where it is another."""
    try:
        found = read(text)
    except AbduceError:
        return None
    return found[0] if len(found) == 1 and not isinstance(found[0], Query | Algebra) else None


def _table(given: Mapping[str, Any], source: Source) -> Table:
    rows: list[tuple[object, ...]] = []
    for text in given["rows"]:
        (clause,) = _read(str(text))
        if not isinstance(clause, Clause) or clause.head is None or clause.body:
            raise ValueError(f"a fact was expected in {text!r}")
        row = tuple(ground(argument) for argument in getattr(clause.head, "arguments", ()))
        if None in row:
            raise ValueError(f"a fact without variables was expected in {text!r}")
        rows.append(row)
    return Table(str(given["table"]), tuple(rows), source)
