"""Between the variables of a query and terms: constants that stand for them, values that take their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from abduce.parser.elaboration import Question
from abduce.reasoning.queries.answer_values import AnswerValue
from abduce.reasoning.rules.ground import Name
from abduce.solvers.base import Algebraic, Model
from abduce.solvers.evaluation import Evaluator
from abduce.solvers.terms import (
    ARITHMETIC,
    BOOL,
    FALSE,
    INT,
    TRUE,
    Apply,
    Kind,
    Number,
    Op,
    Operate,
    Quantified,
    Term,
    Variable,
    conjunction,
    constant,
    exists,
    free_variables,
    number,
    substitute,
    symbols,
)  # fmt: skip

Row: TypeAlias = Mapping[str, AnswerValue]


def are_unknowns(question: Question) -> bool:
    """Tell whether all that a query speaks of are numbers and truth values without arguments: unknowns to be solved."""
    simple = {*ARITHMETIC, BOOL}
    if any(variable.sort not in simple for variable in question.variables):
        return False
    terms = [question.formula, *(question.objective or ("", TRUE))[1:]]
    named = {symbol for term in terms if not isinstance(term, str) for symbol in symbols(term)}
    return all(not symbol.arguments and symbol.result in ARITHMETIC for symbol in named)


def opened(question: Question) -> dict[Variable, Apply]:
    """Return a constant of its own for each free variable of a query."""
    found = sorted(free_variables(question.formula) | set(question.variables), key=lambda one: one.name)
    if question.objective:
        extra = free_variables(question.objective[1]).difference(found)
        found += sorted(extra, key=lambda one: one.name)
    return {variable: constant(f"{variable.name}?", variable.sort) for variable in found}


def at_row(question: Question, row: Row) -> Term | None:
    """Return a query at an answer; None where a value has no term of its own, as irrational numbers have not."""
    values: dict[Variable, Term] = {}
    for variable in question.variables:
        value = row[variable.name]
        if isinstance(value, bool):
            values[variable] = TRUE if value else FALSE
        elif isinstance(value, int | Fraction):
            values[variable] = number(value, variable.sort)
        elif isinstance(value, str):
            values[variable] = constant(value, variable.sort)
        else:
            return None
    formula = substitute(question.formula, values)
    return exists(sorted(free_variables(formula), key=lambda one: one.name), formula)


def named(variables: Sequence[Variable], chosen: Sequence[Term]) -> dict[str, AnswerValue]:
    found: dict[str, AnswerValue] = {}
    for variable, term in zip(variables, chosen, strict=True):
        if isinstance(term, Number):
            found[variable.name] = int(term.value) if term.sort == INT else term.value
        else:
            found[variable.name] = Name(term.symbol.name) if isinstance(term, Apply) else term == TRUE
    return found


def numbers_of(
    model: Model | None, values: Mapping[Variable, Apply]
) -> dict[Variable, int | Fraction | Algebraic] | None:
    if model is None:
        return None
    evaluator = Evaluator(model)
    found: dict[Variable, int | Fraction | Algebraic] = {}
    for variable, term in values.items():
        value = evaluator.value(term)
        if isinstance(value, bool) or not isinstance(value, int | Fraction | Algebraic):
            return None
        found[variable] = value
    return found


def without_arithmetic(formula: Term) -> Term:
    """Return a formula without what it says of numbers alone: it follows from the formula, and is easier to refute."""
    if isinstance(formula, Quantified) and formula.kind is Kind.EXISTS:
        return exists(formula.variables, without_arithmetic(formula.body))
    if isinstance(formula, Operate) and formula.op is Op.AND:
        kept = [without_arithmetic(one) for one in formula.arguments if symbols(one)]
        return conjunction(kept) if kept else formula
    return formula
