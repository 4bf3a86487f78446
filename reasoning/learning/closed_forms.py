"""Closed forms: terms without loops that agree with a program over natural numbers on all small arguments.

They are conjectures until they are proved (see `proofs`). A closed form that divides has no value where it divides by
zero, and says nothing about the program there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np

from abduce.reasoning.learning.columns import COMPUTE, NOTHING, Column, evaluate
from abduce.reasoning.learning.pool import Leaf, Pool, of_primitive
from abduce.reasoning.learning.primitives import CLOSED_FORMS
from abduce.reasoning.learning.programs import (
    Bound,
    Call,
    Const,
    Definition,
    Function,
    Term,
    Use,
    Var,
    subterms,
    with_variables,
)
from abduce.values import Basic

SIDES = {1: 40, 2: 13, 3: 7}
"""For a number of variables how many values each takes, from 0."""
MOST_BITS = {1: 20, 2: 17, 3: 14}
MOST_TERMS = 6000
LEAST_DEFINED = 0.7
SILENCE_BITS = 6.0
SMALL = (0, 1, 2)


class NoClosedForm(Exception):
    """None was found, or it could not be proved."""


class Table:
    """All short closed forms over some variables, looked up by their values on a grid of small arguments.

    Args:
        variables: How many variables.

    Attributes:
        grid: Values of the variables, `(variable, point)`.
    """

    def __init__(self, variables: int) -> None:
        self._side = side = SIDES[variables]
        self.grid: Column = np.indices((side,) * variables).reshape(variables, -1).astype(np.int64)
        leaves = [Leaf(Var(i), Basic.INT, column, 2) for i, column in enumerate(self.grid)]
        points = self.grid.shape[1]
        leaves += [Leaf(Const(n), Basic.INT, np.full(points, n), 2 + 2 * (n > 0) + (n > 1)) for n in SMALL]
        operations = [o for o in map(of_primitive, CLOSED_FORMS.primitives) if o is not None]
        self._pool = Pool(leaves, operations, most_bits=MOST_BITS[variables], most=MOST_TERMS)
        self._groups = {kind: list(self._grouped(kind)) for kind in (Basic.INT, Basic.BOOL)}

    def _grouped(self, kind: Basic) -> Iterator[tuple[Column, dict[bytes, int]]]:
        """Yield for each set of points on which some terms have values, their numbers by these values."""
        values = self._pool.values(kind)
        domains: dict[bytes, list[int]] = {}
        for number, row in enumerate(values != NOTHING):
            domains.setdefault(row.tobytes(), []).append(number)
        for domain, numbers in domains.items():
            where = np.flatnonzero(np.frombuffer(domain, dtype=bool))
            if len(where) >= LEAST_DEFINED * values.shape[1]:
                yield where, {values[n, where].tobytes(): n for n in reversed(numbers)}

    def find(self, values: Column, kind: Basic) -> Term | None:
        """Return the shortest term that has these values wherever it has one; None where there is none.

        To have no value where there should be one costs `SILENCE_BITS` for as many points as a divisor of 0 leaves out.
        """
        bits, valued = self._pool.bits(kind), np.count_nonzero(values != NOTHING)
        best: tuple[float, int] | None = None
        for where, found in self._groups[kind]:
            number = found.get(values[where].tobytes())
            if number is not None:
                silent = (valued - len(where)) / len(values) * self._side
                rank = bits[number] + SILENCE_BITS * silent, number
                best = rank if best is None else min(best, rank)
        return None if best is None else self._pool.term(kind, best[1])


@lru_cache(maxsize=3)
def table(variables: int) -> Table:
    """Return the table for a number of variables, from 1 to 3; made once."""
    return Table(variables)


@lru_cache(maxsize=8192)
def closed_form(program: Term, kind: Basic) -> Term | None:
    """Return a closed form that agrees with a program on all small arguments; None where none is found.

    Args:
        program: A program over natural numbers.
        kind: Type of its value.
    """
    used = sorted({part.index for part in subterms(program) if isinstance(part, Var)})
    if not used:
        return None
    general, back = generalised(with_variables(program, {index: Var(n) for n, index in enumerate(used)}), len(used))
    if not runs_on_columns(general):
        return None
    back |= {n: Var(index) for n, index in enumerate(used)}
    if len(back) in SIDES:
        known = table(len(back))
        found = known.find(np.ascontiguousarray(evaluate(general, list(known.grid))), kind)
        if found is not None:
            return with_variables(found, back)
    if isinstance(program, Call) and program.primitive == "iterate":
        return None
    try:
        return without_loops(program, _closed_loop, _closed_definition)
    except NoClosedForm:
        return None


def generalised(program: Term, variables: int) -> tuple[Term, dict[int, Term]]:
    """Return a program with further variables in the place of its larger constants, and what these stand for."""
    constants = dict.fromkeys(part for part in subterms(program) if isinstance(part, Const) and part.value not in SMALL)
    names = {constant: Var(variables + n) for n, constant in enumerate(constants)}
    return replaced(program, names), {variable.index: constant for constant, variable in names.items()}


def replaced(term: Term, names: dict[Const, Var]) -> Term:
    """Return a term with variables in the place of constants."""
    match term:
        case Const():
            return names.get(term, term)
        case Call(name, arguments):
            return Call(name, tuple(replaced(part, names) for part in arguments))
        case Use(definition, arguments):
            return Use(definition, tuple(replaced(part, names) for part in arguments))
        case Function(body):
            return Function(replaced(body, names))
    return term


def runs_on_columns(program: Term) -> bool:
    """Whether a program can be run on columns."""
    return all(
        not isinstance(part, Call)
        or part.primitive in (*COMPUTE, "if")
        or (part.primitive == "iterate" and isinstance(part.arguments[0], Function))
        for part in subterms(program)
    )


def has_loops(program: Term) -> bool:
    """Whether a program iterates anything, itself or in a program that it uses."""
    return any(
        isinstance(part, Use) or (isinstance(part, Call) and part.primitive == "iterate") for part in subterms(program)
    )


def without_loops(
    term: Term, close_loop: Callable[[Call], Term], close_definition: Callable[[Definition], Term]
) -> Term:
    """Return a program with closed forms in the place of its loops, and of the programs it uses.

    Args:
        term: The program, its variables natural numbers.
        close_loop: From a loop to its closed form.
        close_definition: From a program that is used to its closed form.

    Raises:
        NoClosedForm: It is no program over numbers, or one of these has none.
    """

    def inner(part: Term) -> Term:
        return without_loops(part, close_loop, close_definition)

    match term:
        case Call("inc", (part,)):
            return _plus(inner(part), 1)
        case Call("dec", (part,)):
            return Call("∸", (inner(part), Const(1)))
        case Call("iterate", _):
            return close_loop(term)
        case Call(name, parts) if name in CLOSED_FORMS.by_name:
            return Call(name, tuple(map(inner, parts)))
        case Use(definition, parts):
            return with_variables(close_definition(definition), dict(enumerate(map(inner, parts))))
        case Var():
            return term
        case Const(value) if value >= 0:
            return term
    raise NoClosedForm


def _plus(term: Term, more: int) -> Term:
    """Return a term plus a number, in as few parts as show at a glance."""
    match term:
        case Const(value):
            return Const(value + more)
        case Call("+", (part, Const(value))):
            return _plus(part, value + more)
    return Call("+", (term, Const(more)))


def _closed_loop(loop: Call) -> Term:
    found = None if _is_open(loop) else closed_form(loop, Basic.INT)
    if found is None:
        raise NoClosedForm
    return found


def _closed_definition(definition: Definition) -> Term:
    if definition.closed is None:
        raise NoClosedForm
    return definition.closed


def _is_open(term: Term, depth: int = 0) -> bool:
    """Whether a term mentions parameters of functions around it."""
    match term:
        case Bound(level):
            return level >= depth
        case Function(body):
            return _is_open(body, depth + 1)
        case Call(_, parts) | Use(_, parts):
            return any(_is_open(part, depth) for part in parts)
    return False
