"""Expressions over the arguments of programs: short ones, pairs joined by one operation, conditionals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from abduce.reasoning.learning.columns import call, evaluate
from abduce.reasoning.learning.goals import LOOKED_AT, Found, Goal
from abduce.reasoning.learning.pool import Leaf, Operation, Pool
from abduce.reasoning.learning.programs import Call, Const, Term, Var, constant_bits
from abduce.values import Basic

INT, BOOL = Basic.INT, Basic.BOOL
CONSTANTS = {0: 2, 1: 4, 2: 5}
"""The constants of expressions, with their description lengths."""
MOST_BITS, MOST_EXPRESSIONS = (15, 17), (1500, 4000)
MANY, FEW, NUMBERS = 1500, 40, 12
GLANCE, PROMISING = 10, 1000
CONDITIONS, MANY_CONDITIONS, BRANCHES = 40, 250, 10


def expressions(goal: Goal, operations: Sequence[Operation], effort: int) -> Pool:
    """Return the short expressions over a goal's arguments.

    Args:
        goal: What is wanted.
        operations: What they are made with.
        effort: How large ones to make, 0 or 1.
    """
    leaves = [Leaf(Var(index), INT, column, 2) for index, column in goal.arguments.items()]
    leaves += [Leaf(Const(n), INT, np.full(goal.size, n), bits) for n, bits in CONSTANTS.items()]
    return Pool(leaves, operations, most_bits=MOST_BITS[effort], most=MOST_EXPRESSIONS[effort])


def pairs(goal: Goal, pool: Pool, result: Basic, operations: Sequence[Operation]) -> Iterator[Found]:
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

            yield from goal.foremost(found, lengths[kept] + operation.bits, term)


def conditionals(goal: Goal, pool: Pool, result: Basic, found: Sequence[Found], most: int) -> list[Found]:
    """Return the best conditionals of which one branch is among the good programs found, the other short or good.

    Args:
        goal: What is wanted.
        pool: Short expressions.
        result: Type of the value.
        found: Programs that are right in some examples.
        most: How many conditions of each kind to try.
    """
    good = sorted(found, key=lambda one: (-one.right, one.bits))[:BRANCHES]
    short = [Found(0, bits, pool.term(result, n)) for n, bits in enumerate(pool.bits(result)[:BRANCHES])]
    branches = list({one.term: one for one in (*short, *good)}.values())
    tested = conditions(pool, most)
    if not good or not tested:
        return []
    values = np.stack([np.broadcast_to(evaluate(one.term, goal.columns), goal.size) for one in branches])
    tests, right = np.stack([one.values for one in tested]), goal.right(values)
    hits = np.where((tests > 0)[:, None, None], right[None, :, None], (tests == 0)[:, None, None] & right[None, None])
    bits = np.array([one.bits for one in branches])
    lengths = 3 + (np.array([one.bits for one in tested])[:, None, None] + bits[:, None] + bits).reshape(-1)
    kept = np.lexsort((lengths, -goal.count(hits.reshape(-1, goal.size))))[:LOOKED_AT]
    condition, first, second = np.unravel_index(kept, hits.shape[:3])

    def term(n: int) -> Term:
        return Call("if", (tested[condition[n]].term, branches[first[n]].term, branches[second[n]].term))

    return goal.foremost(call("if", tests[condition], values[first], values[second]), lengths[kept], term)


def conditions(pool: Pool, most: int) -> list[Leaf]:
    """Return so many of the shortest conditions of each kind: truth values, and whether a number is 0."""
    truths = [Leaf(pool.term(BOOL, n), BOOL, row, pool.bits(BOOL)[n]) for n, row in enumerate(pool.values(BOOL)[:most])]
    zeros = [
        Leaf(Call("==", (pool.term(INT, n), Const(0))), BOOL, call("==", row, np.array(0)), pool.bits(INT)[n] + 5)
        for n, row in enumerate(pool.values(INT)[:most])
    ]
    return sorted((*truths, *zeros), key=lambda one: one.bits)
