"""Which reading a session has, and whether another one could say something else."""

from __future__ import annotations

from collections.abc import Iterable

from abduce.errors import UsageError
from abduce.parser.clauses import aggregates, free_variables
from abduce.parser.statements import App, Clause, Expression, Formula, Operation, Quantifier, Query, Text, Var
from abduce.reasoning.queries.premises import Entry, Knowledge
from abduce.reasoning.queries.verdicts import Reading
from abduce.reasoning.rules.ground import Name, is_absolute
from abduce.reasoning.rules.programs import Table
from abduce.reasoning.rules.shapes import parts

_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_CONNECTIVES = frozenset({"not", "and", "or", "xor", "->", "<->", "strong", "true", "false"})


def chosen(knowledge: Knowledge, query: Query | None, wanted: Reading | None) -> Reading:
    """Return the reading for a query.

    Args:
        knowledge: What was told; clauses alone are rules, anything else is classical.
        query: The query; one that speaks of numbers alone is classical, as rules could not bind its variables.
        wanted: The reading that was asked for; None for the session's own.
    """
    if wanted is not None:
        return wanted
    if not knowledge.is_rules:
        return Reading.CLASSICAL
    if query is not None and (query.free or query.objective) and not has_atom(query):
        return Reading.CLASSICAL
    return Reading.RULES


def has_atom(query: Query) -> bool:
    """Tell whether a query speaks of a predicate: in an atom, or inside an aggregate."""
    pending = [query.expression]
    while pending:
        part = pending.pop()
        if isinstance(part, App) or next(aggregates(part), None) is not None:
            return True
        if isinstance(part, Quantifier):
            pending.append(part.body)
        elif isinstance(part, Operation) and part.op in _CONNECTIVES:
            pending.extend(part.arguments)
    return query.objective is not None and next(aggregates(query.objective[1]), None) is not None


def difference_in_premises(entries: Iterable[Entry]) -> str:
    """Return why the classical reading and the rule reading could disagree; empty if it is not for the premises.

    Where all clauses are definite and a query is made of atoms with `and`, `or` and `exists`, what is derivable is
    what is entailed; neither refutes anything then. The closed reading refutes all that is not derivable in any case.
    """
    for entry in entries:
        if isinstance(entry, Formula):
            return "there are formulas that are no clauses"
        if isinstance(entry, Clause):
            why = _in_clause(entry)
            if why:
                return f"{why} ({entry.source})"
    return ""


def difference_in_query(query: Query) -> str:
    """Return the same for a query."""
    return _in_body((query.expression,), "the query")


def are_definite(entries: Iterable[Entry]) -> bool:
    """Tell whether premises are definite clauses over names and terms alone.

    These have a model, that in which every predicate holds everywhere; and they entail a query made of atoms with
    `and`, `or` and `exists` exactly where their least model has it. Numbers and texts have sorts of their own, which
    the classical reading checks; they are left to it.
    """
    for entry in entries:
        if isinstance(entry, Table):
            if not all(type(value) is Name for row in entry.rows for value in row):
                return False
        elif (
            not isinstance(entry, Clause)
            or not isinstance(entry.head, App)
            or not _is_positive((entry.head, *entry.body))
        ):
            return False
    return True


def is_positive(query: Query) -> bool:
    """Tell whether a query is made of atoms over names and terms with `and`, `or` and `exists`."""
    return query.objective is None and _is_positive((query.expression,))


def _is_positive(expressions: Iterable[Expression]) -> bool:
    for part in parts(expressions):
        if isinstance(part, Operation):
            if part.op not in ("and", "or"):
                return False
        elif isinstance(part, Quantifier):
            if part.kind != "exists" or any(one.sort for one in part.variables):
                return False
        elif is_absolute(part) or (not isinstance(part, App) and not (isinstance(part, Var) and part.sort is None)):
            return False
    return True


def _in_clause(clause: Clause) -> str:
    if clause.head is None:
        return "there is a constraint"
    if not clause.body and isinstance(clause.head, App):
        plain = all(type(one) is App and not one.arguments for one in clause.head.arguments)
        return "a fact is about everything" if not plain and free_variables(clause.head) else ""
    if isinstance(clause.head, Operation):
        return "there is a strong negation"
    return _in_body((clause.head, *clause.body), "a clause")


def _in_body(body: Iterable[Expression], where: str) -> str:
    for part in parts(body):
        if isinstance(part, Operation):
            if part.op == "strong":
                return f"{where} has a strong negation"
            if part.op in ("not", "->", "<->", "xor"):
                return f"{where} has a negation"
            if part.op in _COMPARISONS:
                return f"{where} has a comparison"
            if part.op in ("ite", "^"):
                return f"{where} has {'a power' if part.op == '^' else 'an `ite`'}"
        elif isinstance(part, Quantifier) and part.kind == "forall":
            return f"{where} has a universal quantifier"
        elif isinstance(part, Text):
            return f"{where} has a text"
        elif next(aggregates(part), None) is not None:
            return f"{where} has an aggregate"
    return ""


def reading_named(reading: str | Reading | None) -> Reading | None:
    """Return a reading by its name.

    Raises:
        UsageError: There is none of this name.
    """
    if reading is None or isinstance(reading, Reading):
        return reading
    try:
        return Reading(reading)
    except ValueError:
        names = ", ".join(one.value for one in Reading)
        raise UsageError(f"reading is one of {names}; got {reading!r}") from None
