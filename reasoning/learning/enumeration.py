"""Enumeration of expressions, bottom-up in order of description length, for values of any type.

Of expressions that agree on all rows one is kept (observational equivalence).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from abduce.reasoning.learning.execution import evaluate
from abduce.reasoning.learning.pool import splits
from abduce.reasoning.learning.primitives import Library, Primitive
from abduce.reasoning.learning.programs import Bound, Call, Const, Function, Term, Var, constant_bits, description_bits
from abduce.values import UNDEFINED, Basic, MarkType, Type, Value

LARGEST_BITS = 17.0


@dataclass(frozen=True, slots=True)
class Expression:
    """A term with its values on all rows."""

    term: Term
    kind: Type
    values: tuple[Value, ...]
    bits: float


def expressions(
    types: tuple[Type, ...], rows: Sequence[tuple[Value, ...]], library: Library, *, most: int, longest: int
) -> list[Expression]:
    """Return expressions over the arguments in order of description length, one for each tuple of values.

    Args:
        types: Types of the arguments.
        rows: Values of the arguments.
        library: The primitives.
        most: How many expressions to return.
        longest: Length beyond which token lists are of no use.
    """
    pool: list[Expression] = []
    seen: set[tuple[Type, tuple[Value, ...]]] = set()
    layers: dict[int, list[Expression]] = {}

    def add(expression: Expression) -> None:
        key = (expression.kind, expression.values)
        if key not in seen and len(pool) < most and not _useless(expression, longest):
            seen.add(key)
            pool.append(expression)
            layers.setdefault(round(expression.bits), []).append(expression)

    for leaf in _leaves(types, rows, library):
        add(leaf)
    usable = _usable({e.kind for e in pool}, library)
    for total in range(4, round(LARGEST_BITS) + 1):
        for primitive in usable:
            for expression in _applications(primitive, total, layers, rows, library):
                add(expression)
                if len(pool) >= most:
                    return pool
    return pool


def _usable(kinds: set[Type], library: Library) -> list[Primitive]:
    """Return the primitives whose arguments can be had, starting from some types."""
    while True:
        usable = [p for p in library.primitives if p.searched and kinds.issuperset(p.arguments)]
        wider = kinds | {p.result for p in usable}
        if wider == kinds:
            return usable
        kinds = wider


def _useless(expression: Expression, longest: int) -> bool:
    """Whether an expression is a token list that is too long on all rows, or empty on most."""
    if expression.kind is not Basic.TOKENS:
        return False
    values = [value for value in expression.values if value is not UNDEFINED]
    return all(len(value) > longest for value in values) or 2 * sum(not value for value in values) > len(values)


def _leaves(types: tuple[Type, ...], rows: Sequence[tuple[Value, ...]], library: Library) -> Iterator[Expression]:
    for index, kind in enumerate(types):
        if not isinstance(kind, MarkType):
            yield Expression(Var(index), kind, tuple(row[index] for row in rows), 2.0)
    if any(kind is Basic.INT for kind in types):
        for number in (0, 1, 2):
            bits = constant_bits(number, 1)
            yield Expression(Const(number), Basic.INT, (number,) * len(rows), bits)
    if any(isinstance(kind, Basic) for kind in types) and Basic.TOKENS in types:
        double = Function(Call("++", (Bound(), Bound())))
        if "map" in library.by_name:
            yield from _mapped(double, types, rows, library)


def _mapped(
    function: Function, types: tuple[Type, ...], rows: Sequence[tuple[Value, ...]], library: Library
) -> Iterator[Expression]:
    for index, kind in enumerate(types):
        if kind is Basic.TOKENS:
            term = Call("map", (function, Var(index)))
            values = tuple(evaluate(term, row, library) for row in rows)
            yield Expression(term, Basic.TOKENS, values, description_bits(term, 1, library.costs))


def _applications(
    primitive: Primitive,
    total: int,
    layers: dict[int, list[Expression]],
    rows: Sequence[tuple[Value, ...]],
    library: Library,
) -> Iterator[Expression]:
    """Yield all calls of a primitive whose description length rounds to `total`."""
    budget = total - round(primitive.bits)
    for split in splits(budget, len(primitive.arguments)):
        if primitive.commutative and len(split) == 2 and split[0] > split[1]:
            continue
        options = [
            [e for e in layers.get(bits, ()) if e.kind == kind]
            for bits, kind in zip(split, primitive.arguments, strict=True)
        ]
        if not all(options):
            continue
        for choice in product(*options):
            values = _compute(primitive, choice, rows, library)
            if values is not None:
                term = Call(primitive.name, tuple(e.term for e in choice))
                yield Expression(term, primitive.result, values, float(total))


def _compute(
    primitive: Primitive, choice: Sequence[Expression], rows: Sequence[tuple[Value, ...]], library: Library
) -> tuple[Value, ...] | None:
    """Return a call's values on all rows; None where it is undefined on all of them."""
    if primitive.higher:
        term = Call(primitive.name, tuple(e.term for e in choice))
        values = tuple(evaluate(term, row, library) for row in rows)
    else:
        values = _applied(primitive.compute, [e.values for e in choice])
    return None if values.count(UNDEFINED) == len(values) else values


def _applied(compute: Callable[..., Value], columns: Sequence[Sequence[Value]]) -> tuple[Value, ...]:
    """Return what a function makes of each row of its arguments, undefined where one of them is."""
    if len(columns) == 1:
        return tuple([UNDEFINED if a is UNDEFINED else compute(a) for a in columns[0]])
    if len(columns) == 2:  # nearly all there are, and most of what induction computes
        rows = zip(*columns, strict=True)
        return tuple([UNDEFINED if a is UNDEFINED or b is UNDEFINED else compute(a, b) for a, b in rows])
    return tuple([UNDEFINED if UNDEFINED in row else compute(*row) for row in zip(*columns, strict=True)])
