"""Induction of loops: programs over natural numbers that iterate a function, from argument values and results.

Tried in order of description length: expressions; then `iterate(λa. e, count, start)` for expressions e over the
arguments and the loop's state, run on a table of e's values at all states; then bounded minimisation, in which the
state is counted up until a condition holds; then loops with a general conditional. Expressions may use the programs
that other symbols were learned to mean, and iterations of a primitive, as if they were primitives.

Source:
    Minimisation: Kleene, General recursive functions of natural numbers, 1936.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from abduce.parser.signatures import Signature
from abduce.reasoning.learning.closed_forms import closed_form
from abduce.reasoning.learning.columns import NOTHING, Column, call, evaluate
from abduce.reasoning.learning.evidence import Evidence
from abduce.reasoning.learning.goals import Goal, Options, chosen
from abduce.reasoning.learning.loops import MOST_STATES, Minima, Signs, Table, iterated, tabled
from abduce.reasoning.learning.pool import Leaf, Operation, Pool, is_known, of_definition, of_primitive
from abduce.reasoning.learning.primitives import ITERATE, Library, Primitive
from abduce.reasoning.learning.programs import (
    NODE_BITS,
    Bound,
    Call,
    Const,
    Definition,
    Function,
    Term,
    Var,
    constant_bits,
)
from abduce.values import Basic, MarkType, Type

INT, BOOL = Basic.INT, Basic.BOOL
CONSTANTS = {0: 2, 1: 4, 2: 5}
"""The constants of expressions, with their description lengths."""
STATE = Bound(0)
FIRST_EXAMPLES = 6
LARGEST_FLAT = 10**6
FLAT_BITS = (15, 17)
LOOP_BITS = (12, 14)
MOST_FLAT = (1500, 4000)
MOST_BODIES = (900, 2500)
MANY, FEW, NUMBERS = 1500, 40, 12
GLANCE, PROMISING = 10, 1000
CONDITIONS, BRANCHES = 40, 10
LIMITS = 8
LOOKED_AT, MOST_FOUND, RESCORED, YIELDED = 64, 12, 40, 6
NEARLY_ALL = 0.97
MOST_CELLS = 6_000_000


@dataclass(frozen=True, slots=True)
class Found:
    """A program, and how good it is: in how many examples it is right, its description length."""

    right: int
    bits: int
    term: Term


def over_numbers(signature: Signature) -> bool:
    """Whether programs of a signature are from numbers, and marks, to a number or a truth value."""
    kinds = (*signature.left, *signature.right)
    return (
        signature.result in (INT, BOOL)
        and INT in kinds
        and all(kind is INT or isinstance(kind, MarkType) for kind in kinds)
    )


def own_primitives(library: Library) -> bool:
    """Whether a library has primitives over numbers that can only be run one value at a time."""
    return any(
        not primitive.higher and not is_known(primitive) and {*primitive.arguments, primitive.result} <= {INT, BOOL}
        for primitive in library.primitives
    )


def recursions(
    types: Sequence[Type],
    result: Basic,
    evidence: Evidence,
    library: Library,
    definitions: Sequence[Definition] = (),
    effort: int = 0,
) -> Iterator[Term]:
    """Yield programs over natural numbers that explain many of some examples, the simpler kinds first.

    It ends with the first kind of program that explains nearly all.

    Args:
        types: Types of the arguments.
        result: Type of the results, numbers or truth values.
        evidence: The examples.
        library: The primitives.
        definitions: Programs that may be used.
        effort: How large programs are looked at, 0 or 1.
    """
    plain = [index for index, kind in enumerate(types) if kind is INT]
    goal = chosen(evidence, plain, examples=40, rows=100, largest=LARGEST_FLAT)
    small = chosen(evidence, plain, examples=20, rows=48, largest=MOST_STATES - 2)
    if goal is None:
        return
    operations, whole = _operations(library, definitions), Options(evidence)
    for found in _kinds(goal, small if result is INT else None, result, operations, library, effort):
        best = sorted(found, key=lambda one: (-one.right, one.bits))[:RESCORED]
        rescored = [Found(len(whole.explained(one.term)), one.bits, one.term) for one in best]
        rescored.sort(key=lambda one: (-one.right, one.bits))
        yield from (one.term for one in rescored[:YIELDED])
        if rescored and rescored[0].right >= NEARLY_ALL * len(evidence):
            return


def _kinds(
    goal: Goal, small: Goal | None, result: Basic, operations: list[Operation], library: Library, effort: int
) -> Iterator[list[Found]]:
    """Yield the best programs of each kind, the simpler kinds first."""
    flat = _pool(goal, operations, effort)
    expressions = _foremost(goal, flat.values(result), flat.bits(result), lambda n: flat.term(result, n))
    yield expressions
    if small is not None and ITERATE in library.by_name:
        loops = LoopSearch(small, operations, effort)
        yield from loops.kinds(conditional="if" in library.by_name)
    pairs = list(_pairs(goal, flat, result, operations))
    yield pairs
    if "if" in library.by_name:
        yield _conditionals(goal, flat, result, [*expressions, *pairs])


def _operations(library: Library, definitions: Sequence[Definition]) -> list[Operation]:
    """Return what expressions are made with: primitives, their iterations, and programs that are known already."""
    operations = [o for o in map(of_primitive, library.primitives) if o is not None]
    found = [of_definition(definition, round(NODE_BITS)) for definition in definitions]
    if ITERATE in library.by_name:
        found += [_iteration(p, library) for p in library.primitives if p.arguments == (INT,) and p.result is INT]
    return [*operations, *found]


def _iteration(primitive: Primitive, library: Library) -> Operation:
    """Return the iteration of a primitive: how often, and from where, being its arguments."""
    body = Function(Call(primitive.name, (STATE,)))
    whole = Call(ITERATE, (body, Var(0), Var(1)))
    bits = round(library.by_name[ITERATE].bits + primitive.bits + 3.0)
    operation = of_definition(Definition(primitive.name, 0, 2, whole, closed_form(whole, INT)), bits)
    return replace(operation, build=lambda terms: Call(ITERATE, (body, *terms)))


def _pool(goal: Goal, operations: Sequence[Operation], effort: int) -> Pool:
    leaves = [Leaf(Var(index), INT, column, 2) for index, column in goal.arguments.items()]
    leaves += [Leaf(Const(n), INT, np.full(goal.size, n), bits) for n, bits in CONSTANTS.items()]
    return Pool(leaves, operations, most_bits=FLAT_BITS[effort], most=MOST_FLAT[effort])


def _foremost(
    goal: Goal, values: Column, bits: Sequence[int] | NDArray[np.int64], term: Callable[[int], Term]
) -> list[Found]:
    """Return the programs that are right in most examples, the shorter ones first among equals.

    Args:
        goal: What is wanted.
        values: What the programs give, `(program, row)`.
        bits: Their description lengths.
        term: From a program's number to the program.
    """
    scores = goal.score(values)
    found: dict[bytes, Found] = {}
    for n in np.lexsort((np.asarray(bits), -scores))[:LOOKED_AT].tolist():
        if scores[n] > 0 and len(found) < MOST_FOUND:
            found.setdefault(values[n].tobytes(), Found(int(scores[n]), int(bits[n]), term(n)))
    return list(found.values())


def _pairs(goal: Goal, pool: Pool, result: Basic, operations: Sequence[Operation]) -> Iterator[Found]:
    """Yield the best operations on one of many expressions and one of few, or a number that the examples suggest."""
    many = [Leaf(pool.term(INT, n), INT, row, pool.bits(INT)[n]) for n, row in enumerate(pool.values(INT)[:MANY])]
    numbers = [Leaf(Const(n), INT, np.full(goal.size, n), round(constant_bits(n, 1))) for n in goal.suggested(NUMBERS)]
    few = [*many[:FEW], *numbers]
    first, second = (np.stack([leaf.values for leaf in leaves]) for leaves in (many, few))
    lengths = np.add.outer([leaf.bits for leaf in many], [leaf.bits for leaf in few]).reshape(-1)
    glance, rows = goal.part(np.arange(0, goal.examples, -(-goal.examples // GLANCE)))
    for operation in operations:
        if operation.arguments != (INT, INT) or operation.result is not result:
            continue
        for swapped in (False,) if operation.commutative else (False, True):
            order = -1 if swapped else 1
            columns = (first[:, None, rows], second[None, :, rows])
            scores = glance.score(operation.compute(*columns[::order]).reshape(-1, len(rows)))
            kept = np.argsort(-scores, kind="stable")[:PROMISING]
            one, other = np.divmod(kept, len(few))
            found = operation.compute(*(first[one], second[other])[::order])

            def term(
                n: int, kept: NDArray[np.int64] = kept, operation: Operation = operation, order: int = order
            ) -> Term:
                one, other = divmod(int(kept[n]), len(few))
                return operation.build((many[one].term, few[other].term)[::order])

            yield from _foremost(goal, found, lengths[kept] + operation.bits, term)


def _conditionals(goal: Goal, pool: Pool, result: Basic, found: Sequence[Found]) -> list[Found]:
    """Return the best conditionals of which one branch is among the good programs found, the other short or good."""
    good = sorted(found, key=lambda one: (-one.right, one.bits))[:BRANCHES]
    lengths = pool.bits(result)[:BRANCHES]
    short = [Found(0, bits, pool.term(result, n)) for n, bits in enumerate(lengths)]
    branches = list({one.term: one for one in (*short, *good)}.values())
    values = np.stack([np.broadcast_to(evaluate(one.term, goal.columns), goal.size) for one in branches])
    bits = np.array([one.bits for one in branches])
    conditions = _conditions(pool)
    if not good or not conditions:
        return []
    tests = np.stack([one.values for one in conditions])
    whole = call("if", tests[:, None, None], values[None, :, None], values[None, None])
    lengths = 3 + np.array([one.bits for one in conditions])[:, None, None] + bits[:, None] + bits
    shape = whole.shape[:3]

    def term(number: int) -> Term:
        condition, first, second = np.unravel_index(number, shape)
        return Call("if", (conditions[condition].term, branches[first].term, branches[second].term))

    return _foremost(goal, whole.reshape(-1, goal.size), lengths.reshape(-1), term)


def _conditions(pool: Pool) -> list[Leaf]:
    """Return short conditions: truth values, and whether a number is 0."""
    truths = [
        Leaf(pool.term(BOOL, n), BOOL, row, pool.bits(BOOL)[n]) for n, row in enumerate(pool.values(BOOL)[:CONDITIONS])
    ]
    zeros = [
        Leaf(Call("==", (pool.term(INT, n), Const(0))), BOOL, call("==", row, np.array(0)), pool.bits(INT)[n] + 5)
        for n, row in enumerate(pool.values(INT)[:CONDITIONS])
    ]
    return sorted((*truths, *zeros), key=lambda one: one.bits)[:CONDITIONS]


class LoopSearch:
    """The search for loops that give what is wanted.

    Args:
        goal: What is wanted.
        operations: What loop bodies, counts and tests are made with.
        effort: How large ones are looked at, 0 or 1.
    """

    def __init__(self, goal: Goal, operations: Sequence[Operation], effort: int) -> None:
        self.goal = goal
        self.states = goal.largest() + 2
        rows, points = goal.size, goal.size * self.states
        leaves = [Leaf(Var(i), INT, np.repeat(column, self.states), 2) for i, column in goal.arguments.items()]
        leaves += [Leaf(STATE, INT, np.tile(np.arange(self.states), rows), 2)]
        leaves += [Leaf(Const(n), INT, np.full(points, n), bits) for n, bits in CONSTANTS.items()]
        most = min(MOST_BODIES[effort], MOST_CELLS // points)
        self.pool = Pool(leaves, operations, most_bits=LOOP_BITS[effort], most=most)
        shape = (-1, rows, self.states)
        self.bodies = self.pool.values(INT)[:most].reshape(shape)
        self.truths = self.pool.values(BOOL)[:most].reshape(shape)
        self.arguments = [Leaf(Var(i), INT, column, 2) for i, column in goal.arguments.items()]
        constants = [Leaf(Const(n), INT, np.full(rows, n), bits) for n, bits in CONSTANTS.items() if n < 2]
        self.starts = [*constants, *self.arguments]
        outside = Pool([*self.arguments, *constants], operations, most_bits=LOOP_BITS[0], most=LIMITS)
        self.limits = [
            Leaf(outside.term(INT, n), INT, row, outside.bits(INT)[n])
            for n, row in enumerate(outside.values(INT))
            if row.min() < row.max()
        ][:LIMITS]

    def kinds(self, *, conditional: bool) -> Iterator[list[Found]]:
        """Yield the best loops of each kind, the simpler kinds first.

        Args:
            conditional: Whether there are conditionals.
        """
        changing = np.flatnonzero(_varies(self.bodies))
        bits = np.array(self.pool.bits(INT))[changing]
        yield self._best_loops(tabled(self.bodies[changing]), bits, lambda n: self.pool.term(INT, int(changing[n])))
        if conditional:
            yield list(self._minimisations())
            yield self._conditional_loops()

    def _best_loops(self, table: Table, bits: NDArray[np.int64], body: Callable[[int], Term]) -> list[Found]:
        """Return the best loops with some bodies, counts and starts.

        Args:
            table: What the bodies do.
            bits: Their description lengths.
            body: From a body's number to its term.
        """
        found: list[Found] = []
        for count, start in product(self.arguments, self.starts):
            kept = self._promising(table, count.values, start.values)
            if len(kept):
                values = iterated(table[kept], count.values, start.values)
                lengths = bits[kept] + count.bits + start.bits + 4

                def term(n: int, kept: NDArray[np.int64] = kept, count: Leaf = count, start: Leaf = start) -> Term:
                    return Call(ITERATE, (Function(body(int(kept[n]))), count.term, start.term))

                found += _foremost(self.goal, values, lengths, term)
        return found

    def _promising(self, table: Table, counts: Column, start: Column) -> NDArray[np.int64]:
        """Return the bodies that are right in half of a few examples that take few turns."""
        turns = self.goal.by_example(counts)
        order = np.argsort(turns, kind="stable")
        few = np.sort(order[turns[order] > 0][:FIRST_EXAMPLES])
        if len(few) < FIRST_EXAMPLES:
            return np.arange(len(table))
        part, rows = self.goal.part(few)
        scores = part.score(iterated(table[:, rows], counts[rows], start[rows]))
        return np.flatnonzero(2 * scores >= part.examples)

    def _minimisations(self) -> Iterator[Found]:
        """Yield the best loops that count up until a condition holds."""
        signs, lengths, tests = self._tests()
        for start in self.starts:
            minima = Minima.of(signs, start.values)
            for limit in self.limits:
                values = minima.within(start.values + limit.values, self.states)

                def term(n: int, start: Leaf = start, limit: Leaf = limit) -> Term:
                    condition, ends = tests(n)
                    further: tuple[Term, Term] = (STATE, Call("inc", (STATE,)))
                    body = Call("if", (condition, *(further if ends else further[::-1])))
                    return Call(ITERATE, (Function(body), limit.term, start.term))

                yield from _foremost(self.goal, values, lengths + start.bits + limit.bits + 13, term)

    def _tests(self) -> tuple[Signs, NDArray[np.int64], Callable[[int], tuple[Term, bool]]]:
        """Return tests with their description lengths, and from a number a condition and whether it ends the search."""
        zeros, truths = (np.flatnonzero(_varies(np.sign(values))) for values in (self.bodies, self.truths))
        numbers = np.sign(self.bodies[zeros]).astype(np.int8)
        facts = self.truths[truths].astype(np.int8)
        signs = np.concatenate((numbers, _negated(numbers), _negated(facts), facts))
        ints, bools = (np.array(self.pool.bits(kind)) for kind in (INT, BOOL))
        bits = np.concatenate([ints[zeros] + 5] * 2 + [bools[truths]] * 2)

        def test(n: int) -> tuple[Term, bool]:
            if n < 2 * len(zeros):
                condition = Call("==", (self.pool.term(INT, int(zeros[n % len(zeros)])), Const(0)))
                return condition, n < len(zeros)
            n -= 2 * len(zeros)
            return self.pool.term(BOOL, int(truths[n % len(truths)])), n < len(truths)

        return signs, bits, test

    def _conditional_loops(self) -> list[Found]:
        """Return the best loops whose body is a conditional."""
        conditions = _conditions(self.pool)
        branches = tabled(self.bodies[:BRANCHES])
        lengths = np.array(self.pool.bits(INT)[:BRANCHES])
        tests = np.stack([one.values.reshape(-1, self.states) for one in conditions])
        tests = np.concatenate((tests, np.full((*tests.shape[:2], 1), NOTHING)), axis=2)[:, None, None]
        table = np.where(tests > 0, branches[None, :, None], branches[None, None])
        table = np.where(tests < 0, np.uint8(self.states), table)
        bits = 3 + np.array([one.bits for one in conditions])[:, None, None] + lengths[:, None] + lengths
        shape = table.shape[:3]

        def body(number: int) -> Term:
            condition, first, second = np.unravel_index(number, shape)
            parts = (self.pool.term(INT, int(n)) for n in (first, second))
            return Call("if", (conditions[condition].term, *parts))

        return self._best_loops(table.reshape(-1, *table.shape[3:]), bits.reshape(-1), body)


def _varies(values: Column) -> NDArray[np.bool_]:
    """Return which bodies or tests depend on the state."""
    changing: NDArray[np.bool_] = (values != values[:, :, :1]).any(axis=(1, 2))
    return changing


def _negated(signs: Signs) -> Signs:
    """Return tests that end the search where others do not."""
    return np.where(signs < 0, signs, 1 - signs).astype(np.int8)
