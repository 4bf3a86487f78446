"""Bottom-up enumeration: what is made has the values it says, in order of length, and nothing is made twice."""

from __future__ import annotations

import numpy as np
from arithmetic import FOUR, INT, X, Y, call

from abduce.reasoning.learning.columns import NOTHING, evaluate
from abduce.reasoning.learning.pool import Leaf, Pool, is_known, of_definition, of_primitive
from abduce.reasoning.learning.primitives import CLOSED_FORMS, Primitive, library
from abduce.reasoning.learning.programs import Const
from abduce.values import Basic

GRID = np.indices((5, 5)).reshape(2, -1).astype(np.int64)
LEAVES = [Leaf(X, INT, GRID[0], 2), Leaf(Y, INT, GRID[1], 2), Leaf(Const(0), INT, np.zeros(25, dtype=np.int64), 2)]
OPERATIONS = [o for o in map(of_primitive, CLOSED_FORMS.primitives) if o is not None]


def pool(most_bits: int = 14, most: int = 3000) -> Pool:
    return Pool(LEAVES, [*OPERATIONS, *(of_definition(d, 3) for d in FOUR)], most_bits=most_bits, most=most)


def test_columns_are_those_of_the_terms() -> None:
    made = pool(12)
    for kind in (INT, Basic.BOOL):
        for n, column in enumerate(made.values(kind)):
            assert np.broadcast_to(evaluate(made.term(kind, n), list(GRID)), 25).tolist() == column.tolist()


def test_no_two_are_equal_and_the_shorter_come_first() -> None:
    made = pool()
    assert len({column.tobytes() for column in made.values(INT)}) == len(made.values(INT)) > 100
    assert made.bits(INT) == sorted(made.bits(INT)) and len(made.bits(INT)) == len(made.values(INT))


def test_all_that_two_operations_can_make_is_made() -> None:
    """Against plain enumeration of terms x op y and (x op y) op z."""
    made = {column.tobytes() for column in pool().values(INT)}
    names = ["+", "∸", "*"]
    flat = [call(n, a, b) for n in names for a in (X, Y) for b in (X, Y)]
    deep = [call(n, a, b) for n in names for a in flat for b in (X, Y)]
    for term in (*flat, *deep):
        assert np.ascontiguousarray(evaluate(term, list(GRID))).tobytes() in made


def test_what_mostly_has_no_value_is_left_out() -> None:
    share = (pool().values(INT) == NOTHING).mean(axis=1)
    assert share.max() <= 0.5


def test_there_is_a_bound_on_how_many() -> None:
    assert len(pool(14, most=50).values(INT)) < len(pool(14).values(INT))


def test_a_primitive_of_the_users_own_is_not_taken_for_one_of_ours() -> None:
    own = Primitive("+", (INT, INT), INT, lambda x, y: x - y)
    assert not is_known(own) and of_primitive(own) is None
    assert all(is_known(p) for p in library("peano").primitives if p.name in ("inc", "dec", "=="))
