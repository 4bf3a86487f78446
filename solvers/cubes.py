"""The convex piece of a formula's solutions around one of them, and what it shows about an objective.

In a model, a formula without quantifiers holds on account of some of its literals. Where these are linear, they
describe a convex set around the model in which the formula holds. A direction in which that set goes on for ever
and the objective rises shows the objective to be unbounded; a point of the set's closure shows that the objective
comes as near to its value there as one likes, for the set holds the whole way to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import TypeAlias

from abduce.solvers.base import Element, Limits, Model, ModelValue, Session, Status
from abduce.solvers.evaluation import Evaluator
from abduce.solvers.terms import (
    ARITHMETIC,
    BOOL,
    INT,
    REAL,
    Apply,
    Number,
    Op,
    Operate,
    Symbol,
    Term,
    constant,
    number,
    operate,
    subterms,
)

Unknown: TypeAlias = tuple[Symbol, tuple[ModelValue, ...]]
"""A numeric symbol at the values of its arguments."""

DEEPEST = 200
MOST_LITERALS = 20_000
MOST_ALONE = 8


class Relation(Enum):
    """How a linear form is related to zero."""

    NOT_ABOVE = "<= 0"
    BELOW = "< 0"
    ZERO = "= 0"
    NOT_ZERO = "!= 0"


@dataclass(frozen=True, slots=True)
class Form:
    """A linear form.

    Attributes:
        coefficients: Coefficients of the unknowns, none of them zero.
        constant: What is added.
    """

    coefficients: Mapping[Unknown, Fraction]
    constant: Fraction = Fraction(0)

    def plus(self, other: Form, factor: Fraction = Fraction(1)) -> Form:
        """Return the sum with a multiple of another form."""
        found = dict(self.coefficients)
        for unknown, coefficient in other.coefficients.items():
            found[unknown] = found.get(unknown, Fraction(0)) + factor * coefficient
        return Form({u: c for u, c in found.items() if c}, self.constant + factor * other.constant)

    def at(self, point: Mapping[Unknown, Fraction], *, constant: bool = True) -> Fraction:
        """Return the value at a point, or of the part without the constant."""
        start = self.constant if constant else Fraction(0)
        return sum((c * point.get(u, Fraction(0)) for u, c in self.coefficients.items()), start)


class _NotLinear(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Cube:
    """A convex piece of the solutions.

    Attributes:
        constraints: What holds in it.
        objective: The objective.
        point: The solution around which it lies.
    """

    constraints: Sequence[tuple[Form, Relation]]
    objective: Form
    point: Mapping[Unknown, Fraction]


def cube_around(formulas: Sequence[Term], objective: Term, model: Model, *, moving: Apply | None = None) -> Cube | None:
    """Return the convex piece around a model; None where the formulas there are not linear, or not shown to hold.

    Args:
        formulas: Closed formulas that hold in the model.
        objective: A closed number.
        model: The model.
        moving: The only unknown that is to move, where not all are.
    """
    walk = _Walk(model)
    try:
        if moving is not None:
            walk.form(moving)
            (walk.alone,) = walk.unknowns
        for formula in formulas:
            walk.formula(formula)
        form = walk.form(objective)
        point = {unknown: walk.value_of(unknown) for unknown in walk.unknowns}
    except _NotLinear:
        return None
    cube = Cube(walk.constraints, form, point)
    return cube if _holds(cube.constraints, point) else None


def cubes_along_one(formulas: Sequence[Term], objective: Term, model: Model) -> Iterator[Cube]:
    """Yield pieces around a model in which one unknown moves alone: products with the others are linear there."""
    terms = (part for term in (*formulas, objective) for part in subterms(term))
    numeric = dict.fromkeys(part for part in terms if isinstance(part, Apply) and part.sort in ARITHMETIC)
    for term in list(numeric)[:MOST_ALONE]:
        cube = cube_around(formulas, objective, model, moving=term)
        if cube is not None and cube.objective.coefficients:
            yield cube


def rises_for_ever(cube: Cube, *, limits: Limits, session: Callable[[], Session]) -> bool:
    """Whether a direction was found, and checked, in which the piece has no end and the objective rises."""
    direction = _solve(
        cube,
        [(form, Relation.NOT_ABOVE if relation is Relation.BELOW else relation) for form, relation in cube.constraints],
        Form(cube.objective.coefficients),
        Fraction(1),
        fixed=False,
        limits=limits,
        session=session,
    )
    if direction is None or cube.objective.at(direction, constant=False) < 1:
        return False
    for form, relation in cube.constraints:
        slope = form.at(direction, constant=False)
        if (relation in (Relation.NOT_ABOVE, Relation.BELOW) and slope > 0) or (relation is Relation.ZERO and slope):
            return False
    return True


def comes_near(cube: Cube, value: Fraction, *, limits: Limits, session: Callable[[], Session]) -> bool:
    """Whether a point of the piece's closure was found, and checked, at which the objective has a value."""
    closed = [
        (form, Relation.NOT_ABOVE if relation is Relation.BELOW else relation) for form, relation in cube.constraints
    ]
    closed = [(form, relation) for form, relation in closed if relation is not Relation.NOT_ZERO]
    point = _solve(cube, closed, cube.objective, value, fixed=True, limits=limits, session=session)
    return point is not None and cube.objective.at(point) == value and _holds(closed, point)


def _solve(
    cube: Cube,
    constraints: Sequence[tuple[Form, Relation]],
    objective: Form,
    value: Fraction,
    *,
    fixed: bool,
    limits: Limits,
    session: Callable[[], Session],
) -> dict[Unknown, Fraction] | None:
    """A point at which linear constraints hold and the objective has a value.

    Args:
        fixed: Whether constants count and integers stay what they are in the cube's own point; otherwise a direction
            is sought, for which they do not.
    """
    names = {unknown: constant(f"u{at}", REAL) for at, unknown in enumerate(cube.point)}
    with session() as solver:
        for form, relation in constraints:
            if relation is not Relation.NOT_ZERO:
                sides = _term(form, names, constant_too=fixed), number(Fraction(0))
                solver.add(operate(Op.EQUAL if relation is Relation.ZERO else Op.LESS_EQUAL, *sides))
        solver.add(operate(Op.EQUAL, _term(objective, names, constant_too=fixed), number(value)))
        if fixed:
            for unknown, place in cube.point.items():
                if unknown[0].result == INT:
                    solver.add(operate(Op.EQUAL, names[unknown], number(place)))
        outcome = solver.check(limits=limits)
    if outcome.status is not Status.SAT or outcome.model is None:
        return None
    evaluator, found = Evaluator(outcome.model), dict[Unknown, Fraction]()
    for unknown, name in names.items():
        coordinate = evaluator.value(name)
        if not isinstance(coordinate, Fraction):
            return None
        found[unknown] = coordinate
    return found


def _term(form: Form, names: Mapping[Unknown, Term], *, constant_too: bool) -> Term:
    parts = [operate(Op.MULTIPLY, number(factor), names[unknown]) for unknown, factor in form.coefficients.items()]
    parts.append(number(form.constant if constant_too else Fraction(0)))
    return operate(Op.ADD, *parts)


def _holds(constraints: Sequence[tuple[Form, Relation]], point: Mapping[Unknown, Fraction]) -> bool:
    for form, relation in constraints:
        value = form.at(point)
        if not {
            Relation.NOT_ABOVE: value <= 0,
            Relation.BELOW: value < 0,
            Relation.ZERO: value == 0,
            Relation.NOT_ZERO: value != 0,
        }[relation]:
            return False
    return True


class _Walk:
    """From formulas that hold in a model to the literals that make them hold."""

    def __init__(self, model: Model) -> None:
        self.evaluator = Evaluator(model)
        self.constraints: list[tuple[Form, Relation]] = []
        self.unknowns: dict[Unknown, Term] = {}
        self.alone: Unknown | None = None
        self.depth = 0

    def value_of(self, unknown: Unknown) -> Fraction:
        return self._fraction(self.unknowns[unknown])

    def _fraction(self, term: Term) -> Fraction:
        value = self.evaluator.value(term)
        if isinstance(value, bool) or not isinstance(value, int | Fraction):
            raise _NotLinear
        return Fraction(value)

    def truth(self, formula: Term) -> bool:
        value = self.evaluator.value(formula)
        if not isinstance(value, bool):
            raise _NotLinear
        return value

    def formula(self, formula: Term) -> None:
        """Take up literals that imply a formula that holds."""
        pending = [(formula, True)]
        while pending:
            if len(self.constraints) > MOST_LITERALS:
                raise _NotLinear
            term, wanted = pending.pop()
            if self.truth(term) is not wanted:
                raise _NotLinear
            if isinstance(term, Operate) and _is_connective(term):
                pending.extend(self._reasons(term, wanted))
            else:
                self._literal(term, wanted)

    def _reasons(self, term: Operate, wanted: bool) -> list[tuple[Term, bool]]:
        parts = term.arguments
        if term.op is Op.NOT:
            return [(parts[0], not wanted)]
        if term.op is Op.ITE:
            chosen = self.truth(parts[0])
            return [(parts[0], chosen), (parts[1] if chosen else parts[2], wanted)]
        if term.op in (Op.XOR, Op.IFF, Op.EQUAL, Op.DISTINCT):
            return [(part, self.truth(part)) for part in parts]
        if term.op is Op.IMPLIES:
            return self._one_of([*((part, False) for part in parts[:-1]), (parts[-1], True)], wanted)
        if term.op is Op.OR:
            return self._one_of([(part, True) for part in parts], wanted)
        return self._one_of([(part, False) for part in parts], not wanted)

    def _one_of(self, choices: list[tuple[Term, bool]], wanted: bool) -> list[tuple[Term, bool]]:
        if not wanted:
            return [(part, not value) for part, value in choices]
        return [next((part, value) for part, value in choices if self.truth(part) is value)]

    def _literal(self, term: Term, wanted: bool) -> None:
        if isinstance(term, Operate) and term.op in _RELATIONS and term.arguments[0].sort in ARITHMETIC:
            forms = [self.form(argument) for argument in term.arguments]
            if len(forms) > 2 and not wanted:
                raise _NotLinear
            everywhere = term.op is Op.DISTINCT
            for at, right in enumerate(forms):
                for left in forms[:at] if everywhere else forms[at - 1 : at] if at else ():
                    self._related(term.op, left.plus(right, Fraction(-1)), wanted)
            return
        self._still(term)

    def _related(self, op: Op, difference: Form, wanted: bool) -> None:
        negative = Form({}).plus(difference, Fraction(-1))
        if op in (Op.EQUAL, Op.DISTINCT):
            same = (op is Op.EQUAL) is wanted
            self.constraints.append((difference, Relation.ZERO if same else Relation.NOT_ZERO))
            return
        below, strict = op in (Op.LESS, Op.LESS_EQUAL), op in (Op.LESS, Op.GREATER)
        if not wanted:
            below, strict = not below, not strict
        form = difference if below else negative
        self.constraints.append((form, Relation.BELOW if strict else Relation.NOT_ABOVE))

    def _still(self, term: Term) -> None:
        """Make sure that a term does not depend on any number that may move."""
        pending = [term]
        while pending:
            part = pending.pop()
            if isinstance(part, Number):
                continue
            if not isinstance(part, Apply) or part.sort in ARITHMETIC or part.sort.name == "Array":
                if isinstance(part, Operate) and part.sort == BOOL:
                    pending.extend(part.arguments)
                    continue
                raise _NotLinear
            pending.extend(part.arguments)

    def form(self, term: Term) -> Form:
        """Return a number as a linear form; conditions in it become constraints."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise _NotLinear
        found = self._form(term)
        self.depth -= 1
        return found

    def _form(self, term: Term) -> Form:
        if isinstance(term, Number):
            return Form({}, term.value)
        if isinstance(term, Apply):
            return self._unknown(term)
        if not isinstance(term, Operate):
            raise _NotLinear
        if term.op is Op.ITE:
            chosen = self.truth(term.arguments[0])
            self.formula(term.arguments[0] if chosen else operate(Op.NOT, term.arguments[0]))
            return self.form(term.arguments[1 if chosen else 2])
        parts = [self.form(argument) for argument in term.arguments]
        if term.op is Op.TO_REAL:
            return parts[0]
        if term.op is Op.NEGATE or (term.op is Op.SUBTRACT and len(parts) == 1):
            return Form({}).plus(parts[0], Fraction(-1))
        if term.op in (Op.ADD, Op.SUBTRACT):
            total = parts[0]
            for part in parts[1:]:
                total = total.plus(part, Fraction(1 if term.op is Op.ADD else -1))
            return total
        if term.op in (Op.MULTIPLY, Op.DIVIDE):
            return self._scaled(term.op, parts)
        raise _NotLinear

    @staticmethod
    def _scaled(op: Op, parts: list[Form]) -> Form:
        product = parts[0]
        for part in parts[1:]:
            if product.coefficients and part.coefficients:
                raise _NotLinear
            if op is Op.DIVIDE:
                if part.coefficients or not part.constant:
                    raise _NotLinear
                product = Form({}).plus(product, 1 / part.constant)
            elif part.coefficients:
                product = Form({}).plus(part, product.constant)
            else:
                product = Form({}).plus(product, part.constant)
        return product

    def _unknown(self, term: Apply) -> Form:
        values: list[ModelValue] = []
        for argument in term.arguments:
            if not isinstance(argument, Number):
                self._still(argument)
            value = self.evaluator.value(argument)
            if not isinstance(value, bool | int | Fraction | Element):
                raise _NotLinear
            values.append(value)
        unknown = (term.symbol, tuple(values))
        if self.alone is not None and unknown != self.alone:
            return Form({}, self._fraction(term))
        self.unknowns.setdefault(unknown, term)
        return Form({unknown: Fraction(1)})


_CONNECTED = {Op.ITE, Op.NOT, Op.AND, Op.OR, Op.XOR, Op.IMPLIES, Op.IFF}
_RELATIONS = {Op.EQUAL, Op.DISTINCT, Op.LESS, Op.LESS_EQUAL, Op.GREATER, Op.GREATER_EQUAL}


def _is_connective(term: Operate) -> bool:
    return term.op in _CONNECTED or (term.op in (Op.EQUAL, Op.DISTINCT) and term.arguments[0].sort == BOOL)
