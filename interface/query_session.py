"""The premises of files in abduce's own language, and the questions put to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from abduce.errors import AbduceError, DataError, ParseError, UsageError
from abduce.parser.lexing import COMMANDS
from abduce.parser.lint import Repair, lint, safe_repairs
from abduce.parser.statements import Algebra, Query, Statement
from abduce.parser.suggestions import safe_repair
from abduce.parser.surface import read, read_all, read_query, read_statement
from abduce.parser.vocabulary import vocabulary_of
from abduce.query_answers import why_not
from abduce.query_files import QueryFile
from abduce.query_options import QueryOptions, weighted
from abduce.query_report import Report
from abduce.reasoning.queries.engine import Engine
from abduce.reasoning.queries.premises import capitalised_constants

MOST_LINTED: Final = 5_000
"""How many statements are looked at for slips where `--lint` does not ask for it."""


@dataclass
class _Texts:
    """What was read.

    Attributes:
        told: The premises.
        questions: The questions that stand among them.
        errors: What could not be read.
    """

    told: list[Statement] = field(default_factory=list)
    questions: list[Query | Algebra] = field(default_factory=list)
    errors: list[ParseError] = field(default_factory=list)

    def take(self, statements: Sequence[Statement]) -> None:
        for statement in statements:
            if isinstance(statement, Query | Algebra):
                self.questions.append(statement)
            else:
                self.told.append(statement)


def answer_session(files: Sequence[QueryFile], options: QueryOptions, report: Report) -> None:
    """Tell what files hold to an engine, and answer the questions in them and on the command line.

    Raises:
        AbduceError: A file cannot be read, or its statements do not fit together.
    """
    texts = _Texts()
    for file in files:
        _read(file, texts, options, report)
    if not texts.errors:
        constants = capitalised_constants(texts.told)  # type: ignore[arg-type]
        texts.questions = [_read_again(question, constants) for question in texts.questions]
        for number, query in enumerate(options.queries, start=1):
            texts.questions.append(_question(query, f"query {number}", texts, constants, options, report))
    _lint(texts, options, report)
    if texts.errors:
        for error in texts.errors:
            report.error(error)
        return
    reading = None if options.reading == "auto" else options.reading
    with Engine(
        reading=reading, timeout_s=options.timeout_s, memory_mb=options.memory_mb, check=options.check
    ) as engine:
        if texts.told:
            engine.tell(texts.told)
        _answer(engine, texts.questions, options, report)


# reading ------------------------------------------------------------------------------------------------------------


def _read(file: QueryFile, texts: _Texts, options: QueryOptions, report: Report) -> None:
    if file.is_saved:
        if file.path is None:
            raise UsageError("a saved session cannot be read from standard input; give its file")
        texts.take(Engine.load(file.path).statements)
        return
    text = file.text
    if options.repair:
        text, repairs = safe_repairs(text, file=file.name)
        report.repairs(repairs)
    if options.lint:
        statements, errors = read_all(text, file=file.name)
        texts.errors += errors
    else:
        statements = read(text, file=file.name)
    texts.take(statements)


def _read_again(question: Query | Algebra, constants: set[str]) -> Query | Algebra:
    """Return a question as it is read when all premises are known: their capitalised constants are constants in it."""
    if isinstance(question, Algebra) or constants.isdisjoint(variable.name for variable in question.free):
        return question
    return replace(read_query(question.source.text, constants=constants), source=question.source)


def _question(
    text: str, place: str, texts: _Texts, constants: set[str], options: QueryOptions, report: Report
) -> Query | Algebra:
    """Read a question from the command line.

    Raises:
        ParseError: It cannot be read.
        DataError: It is not UTF-8.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise DataError(f"{place} is not UTF-8") from error
    try:
        return _read_question(text, place, constants)
    except ParseError as error:
        mended = safe_repair(text, known=vocabulary_of(texts.told)) if options.repair else None
        if mended is None:
            raise
        report.repairs([Repair(place, 1, text, mended, error.message)])
        return _read_question(mended, place, constants)


def _read_question(text: str, place: str, constants: set[str]) -> Query | Algebra:
    words = text.split(None, 1)
    if words and words[0] in COMMANDS:
        found = read_statement(text, file=place, constants=constants)
        if isinstance(found, Algebra | Query):
            return found
    return read_query(text, file=place, constants=constants)


def _lint(texts: _Texts, options: QueryOptions, report: Report) -> None:
    """Say what looks like a slip; where nobody asked, only of as much as is looked at quickly."""
    statements = [*texts.told, *texts.questions]
    if options.lint or len(statements) <= MOST_LINTED:
        report.findings(lint(statements, texts.errors), shown=options.lint)


# answering ----------------------------------------------------------------------------------------------------------


def _answer(engine: Engine, questions: Sequence[Query | Algebra], options: QueryOptions, report: Report) -> None:
    if options.export is not None:
        _export(engine, questions, options, report)
        return
    if not questions:
        if options.why_not:
            raise UsageError("--why-not needs a goal: give one with -q")
        with engine.assume(*options.assume):
            report.consistency(engine.check_consistency(), explain=options.explain)
        return
    for question in questions:
        try:
            _ask(engine, question, options, report)
        except AbduceError as error:
            if len(questions) == 1:
                raise
            report.error(error)


def _ask(engine: Engine, question: Query | Algebra, options: QueryOptions, report: Report) -> None:
    if options.why_not:
        if isinstance(question, Algebra):
            raise UsageError(f"--why-not is about what follows, and {question.source.text.strip()} is algebra")
        report.why_not(*why_not(engine, question, weighted(options.assume) or None, explain=options.explain))
        return
    found = engine.ask(
        question, explain=options.explain, limit_answers=options.most_answers, compare=options.compare,
        assume=options.assume,
    )  # fmt: skip
    report.answer(found, explain=options.explain, limit=options.most_answers)


def _export(engine: Engine, questions: Sequence[Query | Algebra], options: QueryOptions, report: Report) -> None:
    """Write the premises, with what is assumed, and the question."""
    if len(questions) > 1:
        raise UsageError(f"--export writes one question, and {len(questions)} were asked")
    assert options.export is not None
    with engine.assume(*options.assume):
        report.exported(engine.export(options.export, *questions))
