"""From what a user gives to statements: texts, files, tuples, data frames, terms, sympy expressions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, get_args

from abduce.errors import DataError, UsageError
from abduce.parser.lexing import COMMANDS
from abduce.parser.pausing import LOOK, pause
from abduce.parser.source_text import read_text
from abduce.parser.statements import Algebra, Clause, Declaration, Expression, Formula, Query, Source, Statement
from abduce.parser.surface import read, read_formula, read_query, read_statement
from abduce.parser.term_printing import expression_of, term_text
from abduce.reasoning.queries.facts import Facts, as_fact, plain
from abduce.reasoning.queries.premises import Entry
from abduce.reasoning.rules.ground import Value, value_of
from abduce.reasoning.rules.programs import Table
from abduce.solvers.terms import BOOL, THING, Term, free_variables, symbols

if TYPE_CHECKING:
    from abduce.parser.lint import Finding

Given: TypeAlias = "str | Path | tuple[object, ...] | Statement | Term | Iterable[Given] | Any"
"""A text, a path, a tuple such as `("parent", "ann", "bob")`, a statement, a term, a sympy expression, or many."""
_TERMS: Final = get_args(Term)
REMEMBERED: Final = 1024
"""How many queries are remembered as they were read."""
PYTHON: Final = "python"
"""Where statements are said to stand that were given as Python objects."""


@dataclass(frozen=True, slots=True)
class Told:
    """What telling did.

    Attributes:
        statements: What was taken in.
        queries: Queries and commands of algebra that stood in the text; they are not answered by telling.
        warnings: What was passed over, in words.
    """

    statements: tuple[Entry, ...]
    queries: tuple[Query | Algebra, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def lint(self) -> list[Finding]:
        """What is odd about the statements taken by themselves."""
        from abduce.parser.lint import lint

        return lint([*plain(self.statements), *self.queries])

    def __len__(self) -> int:
        return len(self.statements)


def statements_of(
    given: Iterable[Given],
    tables: Mapping[str, Any],
    *,
    file: str = "",
    constants: Collection[str] = (),
    as_facts: bool = False,
) -> list[Statement | Table]:
    """Return what was given as statements.

    Args:
        given: Texts, paths, tuples, statements, terms, sympy expressions, or many of these.
        tables: Data frames by the name of their predicate.
        file: Name of where a text comes from.
        constants: Capitalised names that queries take as constants.
        as_facts: Whether an atom that stands alone is a fact without a dot too.

    Raises:
        ParseError: A text cannot be read.
        DataError: A file or a data frame cannot be read.
        UsageError: Something is none of what can be told.
    """
    found: list[Statement | Table] = []
    facts = Facts()
    pending: list[Given] = list(given)[::-1]
    while pending:
        one = pending.pop()
        if type(one) is tuple and one and isinstance(one[0], str):
            found.append(facts.clause(one[0], one[1:], file or PYTHON))
            if not len(found) % LOOK:
                pause()
            continue
        if isinstance(one, str):
            told = read(one, file=file, constants=constants)
            found.extend(map(as_fact, told) if as_facts else told)
        elif isinstance(one, Path):
            found.extend(read(read_text(one), file=str(one), constants=constants))
        elif isinstance(one, Clause | Formula | Declaration | Query | Algebra | Table):
            found.append(as_fact(one, is_read=False) if as_facts and isinstance(one, Formula) else one)
        elif isinstance(one, _TERMS):
            told = _of_term(one, file or PYTHON)
            found.extend(as_fact(each, is_read=False) for each in told) if as_facts else found.extend(told)
        elif _is_sympy(one):
            found.extend(_of_sympy(one, file or PYTHON))
        elif isinstance(one, Iterable) and not isinstance(one, bytes | Mapping):
            pending.extend(list(one)[::-1])
        else:
            raise UsageError(
                f'a {type(one).__name__} cannot be told: give a text, a Path, a tuple ("parent", "ann", "bob"), '
                "a term, a sympy expression, or a data frame as name=frame"
            )
    for name, frame in tables.items():
        found.append(_table(name, frame))
    return found


def question_of(query: object, constants: Collection[str] = ()) -> Query | Algebra:
    """Return what is asked.

    Raises:
        ParseError: A text cannot be read.
        UsageError: It is nothing that can be asked.
    """
    if isinstance(query, Query | Algebra):
        return query
    if isinstance(query, Formula):
        return Query(query.expression, (), query.source)
    if isinstance(query, _TERMS):
        return _term_query(query)
    if _is_sympy(query):
        expression = read_formula(_sympy_text(query), file=PYTHON).expression
        return Query(expression, (), Source(f"{_sympy_text(query)}?", PYTHON))
    if not isinstance(query, str):
        raise UsageError(f"a {type(query).__name__} cannot be asked: give a text, a query or a term")
    return _read_question(query, frozenset(constants))


@lru_cache(maxsize=REMEMBERED)
def _read_question(text: str, constants: frozenset[str]) -> Query | Algebra:
    """Read a query; texts that are asked again are not read again."""
    first = text.split(None, 1)
    if first and first[0] in COMMANDS:
        statement = read_statement(text, file="query", constants=constants)
        if isinstance(statement, Query | Algebra):
            return statement
    return read_query(text, file="query", constants=constants)


# Python objects ----------------------------------------------------------------------------------------------------


def _of_term(formula: Term, file: str) -> list[Statement]:
    """Return a term as a formula, after declarations of its names where they are not about things."""
    if formula.sort != BOOL:
        raise UsageError(f"only formulas can be told, and this is a term of {formula.sort}: {term_text(formula)}")
    free = sorted(variable.name for variable in free_variables(formula))
    if free:
        raise UsageError(f"only closed formulas can be told; {', '.join(free)} must be bound by a quantifier")
    found: list[Statement] = []
    for symbol in sorted(symbols(formula), key=lambda one: one.name):
        sorts = (*symbol.arguments, symbol.result)
        if any(sort.name == "Array" for sort in sorts):
            raise UsageError(f"{symbol.name} is an array, for which the query language has no word")
        if any(sort not in (THING, BOOL) for sort in sorts):
            names = tuple(str(sort) for sort in symbol.arguments)
            found.append(Declaration(symbol.name, names, str(symbol.result), Source(f"{symbol.name}: …", file)))
    found.append(Formula(expression_of(formula), Source(term_text(formula), file)))
    return found


def _term_query(formula: Term) -> Query:
    from abduce.parser.clauses import free_variables as free_names

    expression: Expression = expression_of(formula)
    return Query(expression, free_names(expression), Source(f"{term_text(formula)}?", PYTHON))


def _is_sympy(given: object) -> bool:
    return type(given).__module__.partition(".")[0] == "sympy"


def _sympy_text(given: object) -> str:
    from abduce.solvers.sympy_expressions import text

    return text(given)


def _of_sympy(given: Any, file: str) -> list[Statement]:
    """Return a relation or truth function of sympy's as a formula about integers and reals, by its assumptions."""
    if not getattr(given, "is_Boolean", False) and not getattr(given, "is_Relational", False):
        raise UsageError(f"only equations, inequalities and what is made of them can be told, not {given}")
    text = _sympy_text(given)
    found: list[Statement] = []
    for symbol in sorted(given.free_symbols, key=str):
        sort = "Bool" if getattr(symbol, "is_Boolean", False) else "Int" if symbol.is_integer else "Real"
        if sort != "Bool":
            found.append(Declaration(str(symbol), (), sort, Source(f"{symbol}: {sort}.", file)))
    found.append(read_formula(text, file=file))
    return found


def _table(name: str, frame: Any) -> Table:
    """Return the rows of a data frame, or of anything that yields tuples."""
    columns = [str(column) for column in getattr(frame, "columns", ())]
    rows = tuple(
        tuple(_cell(cell, name, number, columns, place) for place, cell in enumerate(row))
        for number, row in enumerate(_rows(name, frame), start=1)
    )
    about = f" ({', '.join(columns)})" if columns else ""
    return Table(name, rows, Source(f"{name}: {len(rows)} rows{about}", name))


def _rows(name: str, frame: Any) -> Iterable[tuple[object, ...]]:
    for method, options in (("itertuples", {"index": False, "name": None}), ("iter_rows", {})):
        found: Callable[..., Iterable[tuple[object, ...]]] | None = getattr(frame, method, None)
        if found is not None:
            return found(**options)
    if isinstance(frame, Iterable) and not isinstance(frame, str | bytes | Mapping):
        return (tuple(row) if isinstance(row, tuple | list) else (row,) for row in frame)
    raise UsageError(f"{name} is to be a data frame or rows of values; got a {type(frame).__name__}")


def _cell(cell: object, name: str, number: int, columns: list[str], place: int) -> Value:
    """Return a value of a data frame; its scalars become Python's."""
    given = cell.item() if hasattr(cell, "item") and not isinstance(cell, Fraction) else cell
    try:
        return value_of(given)
    except UsageError as error:
        column = columns[place] if place < len(columns) else str(place + 1)
        raise DataError(f"{name}, row {number}, column {column}: {error}") from error
