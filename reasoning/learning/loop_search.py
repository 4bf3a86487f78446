"""The search for loops: bodies, counts and starts for which `iterate` gives what is wanted.

All bodies are run at once, on a table of what each makes of every state. A loop that counts up until a condition
holds is bounded minimisation; for it the table of the condition is enough.

Source:
    Minimisation: Kleene, General recursive functions of natural numbers, 1936.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from abduce.reasoning.learning.columns import NOTHING, Column
from abduce.reasoning.learning.expressions import BRANCHES, CONDITIONS, CONSTANTS, conditions
from abduce.reasoning.learning.goals import Found, Goal
from abduce.reasoning.learning.loops import Minima, Signs, Table, iterated, tabled
from abduce.reasoning.learning.pool import Leaf, Operation, Pool
from abduce.reasoning.learning.primitives import ITERATE
from abduce.reasoning.learning.programs import Bound, Call, Const, Function, Term, Var
from abduce.values import Basic

INT, BOOL = Basic.INT, Basic.BOOL
STATE = Bound(0)
MOST_BITS, MOST_BODIES = (12, 14), (900, 2500)
MOST_CELLS = 6_000_000
"""How many values the table of all bodies may have."""
FIRST_EXAMPLES = 6
LIMITS = 8


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
        self.pool = Pool(leaves, operations, most_bits=MOST_BITS[effort], most=most)
        shape = (-1, rows, self.states)
        self.bodies = self.pool.values(INT)[:most].reshape(shape)
        self.truths = self.pool.values(BOOL)[:most].reshape(shape)
        self.arguments = [Leaf(Var(i), INT, column, 2) for i, column in goal.arguments.items()]
        constants = [Leaf(Const(n), INT, np.full(rows, n), bits) for n, bits in CONSTANTS.items() if n < 2]
        self.starts = [*constants, *self.arguments]
        outside = Pool([*self.arguments, *constants], operations, most_bits=MOST_BITS[0], most=LIMITS)
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

                found += self.goal.foremost(values, lengths, term)
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

                yield from self.goal.foremost(values, lengths + start.bits + limit.bits + 13, term)

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
        tested = conditions(self.pool, CONDITIONS)[:CONDITIONS]
        branches = tabled(self.bodies[:BRANCHES])
        lengths = np.array(self.pool.bits(INT)[:BRANCHES])
        tests = np.stack([one.values.reshape(-1, self.states) for one in tested])
        tests = np.concatenate((tests, np.full((*tests.shape[:2], 1), NOTHING)), axis=2)[:, None, None]
        table = np.where(tests > 0, branches[None, :, None], branches[None, None])
        table = np.where(tests < 0, np.uint8(self.states), table)
        bits = 3 + np.array([one.bits for one in tested])[:, None, None] + lengths[:, None] + lengths
        shape = table.shape[:3]

        def body(number: int) -> Term:
            condition, first, second = np.unravel_index(number, shape)
            parts = (self.pool.term(INT, int(n)) for n in (first, second))
            return Call("if", (tested[condition].term, *parts))

        return self._best_loops(table.reshape(-1, *table.shape[3:]), bits.reshape(-1), body)


def _varies(values: Column) -> NDArray[np.bool_]:
    """Return which bodies or tests depend on the state."""
    changing: NDArray[np.bool_] = (values != values[:, :, :1]).any(axis=(1, 2))
    return changing


def _negated(signs: Signs) -> Signs:
    """Return tests that end the search where others do not."""
    return np.where(signs < 0, signs, 1 - signs).astype(np.int8)
