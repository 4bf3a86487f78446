"""What a model of the premises says about numbers that are still open: a formula about numbers alone.

What follows from the premises holds in each of their models. So in a model, where all else has a value, a formula
narrows the numbers that may be answers: predicates and functions become tables, quantifiers over a finite domain
become what holds of its elements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from abduce.solvers.algebraic import CannotTell
from abduce.solvers.base import Algebraic, Element, Interpretation, ModelValue
from abduce.solvers.evaluation import Evaluator, Undecided
from abduce.solvers.numerals import equals
from abduce.solvers.terms import (
    ARITHMETIC,
    BOOL,
    FALSE,
    TRUE,
    Apply,
    Kind,
    Op,
    Quantified,
    Term,
    Variable,
    children,
    conjunction,
    disjunction,
    free_variables,
    negation,
    number,
    operate,
    with_children,
)

MOST_CASES = 512
"""How many values of quantified variables are gone through at most."""
Values = Mapping[Variable, ModelValue]


def narrowed(formula: Term, evaluator: Evaluator, unknowns: Mapping[Variable, Apply]) -> Term | None:
    """Return a formula about unknown numbers that says the same in a model; None where the model cannot tell.

    Args:
        formula: The formula; its free variables are numbers.
        evaluator: The model.
        unknowns: The constants that stand for the variables.
    """
    try:
        return _Narrowing(evaluator, unknowns).term(formula, {})
    except CannotTell:
        return None


class _Narrowing:
    def __init__(self, evaluator: Evaluator, unknowns: Mapping[Variable, Apply]) -> None:
        self.evaluator, self.unknowns = evaluator, unknowns

    def term(self, whole: Term, known: Values) -> Term | None:
        """Return what a term says where some of its variables have values."""
        done: dict[int, Term | None] = {}
        is_closed: dict[int, bool] = {}
        for part in _outside_quantifiers(whole):
            below = () if isinstance(part, Quantified) else children(part)
            if isinstance(part, Variable):
                is_closed[id(part)] = part in known
            elif isinstance(part, Quantified):
                is_closed[id(part)] = free_variables(part) <= known.keys()
            else:
                is_closed[id(part)] = all(is_closed[id(one)] for one in below)
            if is_closed[id(part)]:
                done[id(part)] = self._literal(part, known)
            else:
                done[id(part)] = self._open(part, [done[id(one)] for one in below], known)
        return done[id(whole)]

    def _literal(self, part: Term, known: Values) -> Term | None:
        """Return the value of a term as a literal."""
        value = self.evaluator.value(part, known or None)
        if isinstance(value, bool):
            return TRUE if value else FALSE
        return number(value, part.sort) if isinstance(value, int) or _is_fraction(value) else None  # type: ignore[arg-type]

    def _open(self, part: Term, below: Sequence[Term | None], known: Values) -> Term | None:
        if isinstance(part, Variable):
            return self.unknowns.get(part, part)
        if isinstance(part, Quantified):
            return self._quantified(part, known)
        if isinstance(part, Apply):
            return self._applied(part, below, known)
        if any(one is None for one in below) or not (part.sort in ARITHMETIC or part.sort == BOOL):
            return None
        return with_children(part, tuple(one for one in below if one is not None))

    def _quantified(self, part: Quantified, known: Values) -> Term | None:
        numbers = tuple(one for one in part.variables if one.sort in ARITHMETIC)
        others = [one for one in part.variables if one.sort not in ARITHMETIC]
        domains: list[Sequence[ModelValue]] = []
        for variable in others:
            bools: Sequence[ModelValue] = (False, True)
            one = (Element(variable.sort, 0),)
            domains.append(bools if variable.sort == BOOL else self.evaluator.model.domains.get(variable.sort, one))
        cases: list[Term] = []
        for place, values in enumerate(product(*domains)):
            case = self.term(part.body, {**known, **dict(zip(others, values, strict=True))})
            if case is None or place >= MOST_CASES:
                return None
            cases.append(case)
        body = disjunction(cases) if part.kind is Kind.EXISTS else conjunction(cases)
        return Quantified(part.kind, numbers, body) if numbers else body

    def _applied(self, part: Apply, below: Sequence[Term | None], known: Values) -> Term | None:
        """Return what the table of a predicate or function says at arguments some of which are open."""
        table = self.evaluator.model.interpretations.get(part.symbol)
        if table is None or table.definition is not None or not (part.sort in ARITHMETIC or part.sort == BOOL):
            return None
        places: list[Term | ModelValue] = []
        for argument, term in zip(part.arguments, below, strict=True):
            value = self.evaluator.value(argument, known or None) if free_variables(argument) <= known.keys() else term
            if value is None or isinstance(value, Undecided):
                return None
            places.append(value)
        return _claim(table, places) if part.sort == BOOL else _number(table, places, part)


def _is_fraction(value: object) -> bool:
    return hasattr(value, "denominator") and not isinstance(value, Algebraic)


def _outside_quantifiers(whole: Term) -> Iterator[Term]:
    """Yield a term and its parts, parts before wholes, without what is inside quantifiers."""
    pending: list[tuple[Term, bool]] = [(whole, False)]
    seen: set[int] = set()
    while pending:
        part, ready = pending.pop()
        if ready or isinstance(part, Quantified):
            yield part
        elif id(part) not in seen:
            seen.add(id(part))
            pending.append((part, True))
            pending.extend((one, False) for one in reversed(children(part)))


def _claim(table: Interpretation, places: Sequence[Term | ModelValue]) -> Term | None:
    """Return where a predicate holds: at the entries that say so, or everywhere but at those that say no."""
    listed = [_at(entry, places) for entry, value in table.entries.items() if value is not table.otherwise]
    found = disjunction([one for one in listed if one != FALSE])
    return negation(found) if table.otherwise is True else found


def _number(table: Interpretation, places: Sequence[Term | ModelValue], part: Apply) -> Term | None:
    """Return the value of a function, by cases."""
    values = [*table.entries.values(), table.otherwise]
    if not all(isinstance(value, int) or _is_fraction(value) for value in values):
        return None
    found: Term = number(table.otherwise, part.sort)  # type: ignore[arg-type]
    for entry, value in table.entries.items():
        condition = _at(entry, places)
        if condition != FALSE:
            found = operate(Op.ITE, condition, number(value, part.sort), found)  # type: ignore[arg-type]
    return found


def _at(entry: Sequence[ModelValue], places: Sequence[Term | ModelValue]) -> Term:
    """Return that arguments are those of an entry."""
    equations: list[Term] = []
    for value, place in zip(entry, places, strict=True):
        if isinstance(place, bool | int | Element | Algebraic) or _is_fraction(place):
            if place != value:
                return FALSE
        elif isinstance(value, bool):
            equations.append(place if value else negation(place))  # type: ignore[arg-type]
        else:
            equations.append(equals(place, value))  # type: ignore[arg-type]
    return conjunction(equations)
