"""The first sound answer counts, limits hold, and each answer says who gave it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import combinations

import pytest

from abduce.errors import SortError
from abduce.solvers.base import Limits, Outcome, Reason, Session, Status
from abduce.solvers.finite_evaluation import satisfies
from abduce.solvers.portfolio import Consistency, decide, entailment
from abduce.solvers.terms import (
    BOOL,
    INT,
    THING,
    Op,
    Symbol,
    Term,
    Variable,
    conjunction,
    constant,
    disjunction,
    equal,
    exists,
    forall,
    implies,
    negation,
    number,
    operate,
)
from abduce.solvers.z3_backend import Z3Session

X, Y, Z = Variable("x"), Variable("y"), Variable("z")
HUMAN, MORTAL, LESS = (
    Symbol(name, (THING,) * count, BOOL) for name, count in [("human", 1), ("mortal", 1), ("less", 2)]
)
SOCRATES = constant("socrates")
ALL_MORTAL, A_HUMAN = forall([X], implies(HUMAN(X), MORTAL(X))), HUMAN(SOCRATES)
ORDER = [
    forall([X, Y, Z], implies(conjunction((LESS(X, Y), LESS(Y, Z))), LESS(X, Z))),
    forall([X], negation(LESS(X, X))),
    forall([X], exists([Y], LESS(X, Y))),
]
"""Only infinite models."""


def test_a_model_and_none() -> None:
    found = decide([ALL_MORTAL, A_HUMAN], Limits())
    assert found.status is Status.SAT
    assert found.solver == "z3"
    assert decide([ALL_MORTAL, A_HUMAN, negation(MORTAL(SOCRATES))], Limits()).status is Status.UNSAT


class GivesUp(Z3Session):
    """A session that can never tell."""

    def check(self, formulas: Sequence[Term] = (), **options: object) -> Outcome:  # type: ignore[override]
        return Outcome(Status.UNKNOWN, Reason.INCOMPLETE)


def test_finite_models_take_over_and_say_so() -> None:
    """A group that does not commute, where the first solver gives up and Z3's quick choices find nothing."""
    times, inverse, one = Symbol("times", (THING, THING)), Symbol("inverse", (THING,)), constant("one")
    theory = [
        forall([X, Y, Z], equal(times(times(X, Y), Z), times(X, times(Y, Z)))),
        forall([X], equal(times(one, X), X)),
        forall([X], equal(times(inverse(X), X), one)),
        exists([X, Y], negation(equal(times(X, Y), times(Y, X)))),
    ]
    found = decide(theory, Limits(timeout_s=120), session_factory=GivesUp)
    assert found.status is Status.SAT
    assert found.solver == "finite models (size 6)"
    assert found.model is not None
    assert satisfies(found.model, theory)


def test_models_of_clauses_speak_of_the_formulas_symbols_only() -> None:
    found = decide([forall([X], exists([Y], LESS(X, Y)))], Limits(), session_factory=GivesUp)
    assert found.model is not None
    assert set(found.model.interpretations) == {LESS}


def test_numbers_are_decided_by_z3() -> None:
    n = constant("n", INT)
    assert decide([operate(Op.LESS, number(2), n), operate(Op.LESS, n, number(3))], Limits()).status is Status.UNSAT


@pytest.mark.parametrize("timeout_s", [0.05, 0.6])
def test_the_limit_holds(timeout_s: float) -> None:
    started = time.monotonic()
    found = decide(ORDER, Limits(timeout_s=timeout_s))
    assert time.monotonic() - started < 60.0
    assert (found.status, found.reason) == (Status.UNKNOWN, Reason.TIMEOUT)
    started = time.monotonic()
    result = entailment(ORDER, A_HUMAN, Limits(timeout_s=timeout_s))
    assert time.monotonic() - started < 60.0
    assert result.denied.reason is result.affirmed.reason is Reason.TIMEOUT
    assert result.consistency is Consistency.NOT_ESTABLISHED


def test_an_interrupt_is_heard() -> None:
    started = time.monotonic()
    found = decide(ORDER, Limits(timeout_s=120), interrupted=lambda: time.monotonic() - started > 0.4)
    assert (found.status, found.reason) == (Status.UNKNOWN, Reason.INTERRUPTED)
    result = entailment(ORDER, A_HUMAN, Limits(timeout_s=120), interrupted=lambda: True)
    assert result.denied.reason is Reason.INTERRUPTED


def test_errors_of_a_solver_are_raised() -> None:
    with pytest.raises(SortError):
        decide([LESS(X, X)], Limits())


def test_sessions_are_closed() -> None:
    made: list[Session] = []

    def factory() -> Session:
        made.append(Z3Session())
        return made[-1]

    decide([A_HUMAN], Limits(), session_factory=factory)
    assert len(made) == 1
    with pytest.raises(Exception, match="closed"):
        made[0].check(limits=Limits())


def test_entailed_with_its_core() -> None:
    result = entailment([MORTAL(constant("plato")), ALL_MORTAL, A_HUMAN], MORTAL(SOCRATES), Limits())
    assert (result.denied.status, result.affirmed.status) == (Status.UNSAT, Status.SAT)
    assert result.denied.core == (1, 2)
    assert result.consistency is Consistency.CONSISTENT


def test_refuted_undetermined_and_inconsistent() -> None:
    refuted = entailment([ALL_MORTAL, A_HUMAN], negation(MORTAL(SOCRATES)), Limits())
    assert (refuted.denied.status, refuted.affirmed.status) == (Status.SAT, Status.UNSAT)
    assert refuted.affirmed.core == (0, 1)
    open_question = entailment([ALL_MORTAL], MORTAL(SOCRATES), Limits())
    assert (open_question.denied.status, open_question.affirmed.status) == (Status.SAT, Status.SAT)
    assert open_question.denied.model is not None and open_question.affirmed.model is not None
    both = entailment([A_HUMAN, negation(A_HUMAN)], MORTAL(SOCRATES), Limits())
    assert both.consistency is Consistency.INCONSISTENT
    assert both.denied.status is both.affirmed.status is Status.UNSAT
    assert both.denied.core == both.affirmed.core == (0, 1)


def test_premises_without_finite_models_are_not_established() -> None:
    """The goal follows at once; whether the premises have a model is not found out."""
    result = entailment([*ORDER, A_HUMAN], A_HUMAN, Limits(timeout_s=2.0))
    assert result.denied.status is Status.UNSAT
    assert result.consistency is Consistency.NOT_ESTABLISHED


def test_the_other_side_is_tried_while_the_first_is_open() -> None:
    """The premises have infinite models alone, so that the negated goal is not decided; the goal contradicts them."""
    result = entailment(ORDER, forall([X, Y], negation(LESS(X, Y))), Limits(timeout_s=4.0), want_core=False)
    assert result.denied.status is Status.UNKNOWN
    assert result.affirmed.status is Status.UNSAT


def test_pigeons_beyond_the_holes() -> None:
    inside = [[Symbol(f"p{i}_{j}", (), BOOL)() for j in range(6)] for i in range(7)]
    theory = [disjunction(row) for row in inside]
    theory += [negation(conjunction((a[j], b[j]))) for a, b in combinations(inside, 2) for j in range(6)]
    assert decide(theory, Limits(timeout_s=120)).status is Status.UNSAT
    assert decide(theory[1:], Limits(timeout_s=120)).status is Status.SAT
