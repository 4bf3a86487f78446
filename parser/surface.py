"""Reading the query language: from a text to statements, or to an error that says what to do.

`docs/language.md` describes the language.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from abduce.errors import ParseError
from abduce.parser.facts import Facts
from abduce.parser.lexing import fault
from abduce.parser.pausing import pause, without_collections
from abduce.parser.reading import Reader
from abduce.parser.splitting import Chunk, Splitter
from abduce.parser.statements import Formula, Query, Span, Statement
from abduce.parser.suggestions import with_repairs
from abduce.parser.vocabulary import Vocabulary, vocabulary_of

MOST_ERRORS: Final = 200
"""How many errors `read_all` collects before it stops reading."""
MOST_LOOKED_AT: Final = 5_000
"""Statements whose names are looked at for one error's repairs."""


def read(text: str, *, file: str = "", constants: Collection[str] = ()) -> list[Statement]:
    """Read the statements of a text.

    Args:
        text: The text.
        file: Its name, for messages.
        constants: Capitalised names that queries take as constants, since the session has them; those of formulas
            that stand before a query in the text are added.

    Raises:
        ParseError: A statement cannot be read; it names the place, what was expected, and repairs.
    """
    statements, failures = _read_on(text, file=file, constants=constants, most=1)
    for error, (start, end) in failures:
        raise with_repairs(error, text[start:end], known=_vocabulary(statements))
    return statements


def read_all(text: str, *, file: str = "", constants: Collection[str] = ()) -> tuple[list[Statement], list[ParseError]]:
    """Read what can be read of a text, and return it with the errors of what cannot, `MOST_ERRORS` at most."""
    statements, failures = read_with_places(text, file=file, constants=constants)
    return statements, [error for error, _ in failures]


def read_with_places(
    text: str, *, file: str = "", constants: Collection[str] = ()
) -> tuple[list[Statement], list[tuple[ParseError, Span]]]:
    """Read what can be read of a text; return with each error where the statement begins and ends that has it."""
    statements, failures = _read_on(text, file=file, constants=constants, most=MOST_ERRORS)
    if not failures:
        return statements, []
    known = _vocabulary(statements)
    return statements, [(with_repairs(error, text[a:b], known=known), (a, b)) for error, (a, b) in failures]


def _vocabulary(statements: list[Statement]) -> Vocabulary | None:
    """Return the names of statements, None where there are too many statements to look at for one error."""
    return vocabulary_of(statements) if len(statements) <= MOST_LOOKED_AT else None


def _read_on(
    text: str, *, file: str, constants: Collection[str], most: int
) -> tuple[list[Statement], list[tuple[ParseError, Span]]]:
    """Return the statements of a text, and the errors of others with their places, until there are so many."""
    found: list[Statement] = []
    failures: list[tuple[ParseError, Span]] = []
    reader, facts = Reader(text, file=file, constants=constants), Facts(text, file=file)
    splitter = reader.splitter
    with without_collections():
        while len(failures) < most:
            splitter.position = facts.read_from(splitter.position, found)
            start = splitter.skip_space()
            pause()
            try:
                chunk = splitter.next_chunk()
                if chunk is None:
                    break
                found.append(reader.statement(chunk))
            except ParseError as error:
                if splitter.is_inside:
                    splitter.recover()
                    failures.append((error, (start, splitter.position)))
                else:
                    assert chunk is not None
                    failures.append((error, (chunk.start, chunk.end)))
    return found, failures


def read_statement(text: str, *, file: str = "", constants: Collection[str] = ()) -> Statement:
    """Read a text that is one statement.

    Raises:
        ParseError: It is none, or more than one.
    """
    return _only(text, "", file=file, constants=constants)


def read_formula(text: str, *, file: str = "") -> Formula:
    """Read a text as one formula, whatever it looks like: a single atom before a dot is no clause here.

    Raises:
        ParseError: It is no formula.
    """
    found = _only(text, "formula", file=file)
    assert isinstance(found, Formula)
    return found


def read_query(text: str, *, file: str = "", constants: Collection[str] = ()) -> Query:
    """Read a text as one query; it needs no `?`.

    Raises:
        ParseError: It is no query.
    """
    found = _only(text, "query", file=file, constants=constants)
    assert isinstance(found, Query)
    return found


def _only(text: str, mode: str, *, file: str, constants: Collection[str] = ()) -> Statement:
    try:
        return _read_one(text, mode, file=file, constants=constants)
    except ParseError as error:
        raise with_repairs(error, text) from None


def _read_one(text: str, mode: str, *, file: str, constants: Collection[str]) -> Statement:
    reader = Reader(text, file=file, constants=constants)
    chunk = reader.splitter.next_chunk()
    if chunk is None:
        raise fault(text, 0, "there is nothing to read", file=file, expected=("a statement",))
    found = reader.statement(chunk, mode)
    if reader.splitter.skip_space() < len(text):
        raise fault(text, reader.splitter.position, "one statement was expected, and here a second begins", file=file)
    return found


def is_complete(text: str) -> bool:
    """Tell whether an entry needs no further line: its last statement is complete, or no line could make it right.

    A formula is complete at the end of a line, although an operator on the next line could carry it on; a clause is
    complete with its dot.
    """
    splitter, last = Splitter(text), None
    try:
        while (chunk := splitter.next_chunk()) is not None:
            last = chunk
    except ParseError as error:
        return not error.message.startswith("this comment")
    if last is None or last.ending != "end" or last.surplus or not last.tokens:
        return True
    if last.open:
        return not _could_go_on(last, text)
    if last.has_neck:
        return False
    return not _could_go_on(last, text)


def _could_go_on(chunk: Chunk, text: str) -> bool:
    """Tell whether a statement is the beginning of a longer one, and none itself."""
    reader = Reader(text)
    try:
        reader.statement(chunk, check=False)
    except ParseError as error:
        return reader.at_end and not chunk.surplus and bool(error)
    return False
