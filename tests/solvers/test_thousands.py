"""Thousands of random theories put to both solvers."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_theories import first_order, integer_arithmetic, propositional, real_arithmetic
from second_solver import SecondSession

from abduce.solvers.base import Limits, Status
from abduce.solvers.terms import Term
from abduce.solvers.z3_backend import Z3Session

AT_ONCE = 20
KINDS = {
    "propositions": (propositional, 1200),
    "integers": (integer_arithmetic, 200),
    "reals": (real_arithmetic, 500),
    "first order": (first_order, 200),
}


@pytest.mark.parametrize("kind", KINDS)
def test_both_solvers_say_the_same(kind: str) -> None:
    theories, count = KINDS[kind]
    decided = 0

    @settings(
        max_examples=count // AT_ONCE, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.lists(theories, min_size=AT_ONCE, max_size=AT_ONCE))
    def compare(some: list[list[Term]]) -> None:
        nonlocal decided
        with Z3Session() as first, SecondSession() as second:
            for formulas in some:
                one = first.check(formulas, limits=Limits(timeout_s=0.3), want_model=False).status
                other = second.check(formulas, limits=Limits(timeout_s=0.3)).status
                assert Status.UNKNOWN in (one, other) or one is other
                decided += Status.UNKNOWN not in (one, other)

    compare()
    assert decided > 0.5 * count
