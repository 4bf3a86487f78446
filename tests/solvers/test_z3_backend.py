"""Z3's verdicts, models, cores and limits; verdicts against brute force and a second solver."""

from __future__ import annotations

import signal
import threading
import time
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from random_theories import (
    box_models,
    boxed,
    finite_models,
    first_order,
    integer_arithmetic,
    presburger,
    propositional,
    real_arithmetic,
    truth_models,
)
from second_solver import SecondSession

from abduce.errors import SortError, UsageError
from abduce.solvers.base import Limits, Reason, Session, Status
from abduce.solvers.evaluation import Undecided, evaluate, holds
from abduce.solvers.terms import (
    BOOL,
    INT,
    REAL,
    THING,
    Op,
    Sort,
    Symbol,
    Term,
    Variable,
    array,
    constant,
    equal,
    exists,
    forall,
    implies,
    number,
    operate,
)
from abduce.solvers.z3_backend import Z3Session, reprove

LIMITS = Limits(timeout_s=5)
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
X, Y = constant("x", INT), constant("y", INT)
R, S = constant("r", REAL), constant("s", REAL)
M, N = Variable("m", INT), Variable("n", INT)
T, U = Variable("t"), Variable("u")
F = Symbol("f", (INT,), INT)


def verdict(*formulas: Term, timeout_s: float = 5) -> Status:
    with Z3Session() as session:
        outcome = session.check(formulas, limits=Limits(timeout_s=timeout_s))
    if outcome.model is not None:
        assert [holds(formula, outcome.model) for formula in formulas] == [True] * len(formulas)
    return outcome.status


def pigeons(count: int) -> list[Term]:
    """Formulas without a model that take exponential time: one pigeon more than there are holes."""
    at = [[constant(f"pigeon {i} in {j}", BOOL) for j in range(count)] for i in range(count + 1)]
    found = [operate(Op.OR, *row) for row in at]
    for hole in range(count):
        for i in range(count + 1):
            found += [operate(Op.NOT, operate(Op.AND, at[i][hole], at[k][hole])) for k in range(i)]
    return found


# models -----------------------------------------------------------------------------------------------------

THINGS = Symbol("R", (THING, THING), BOOL)
ARRAY, OTHER = constant("held", array(INT, INT)), constant("other", array(INT, INT))
MODELS: dict[str, list[Term]] = {
    "a table": [equal(F(number(2)), number(4)), equal(F(number(3)), X), operate(Op.LESS, X, number(0))],
    "a definition": [forall([M], implies(operate(Op.GREATER, M, number(5)), equal(F(M), operate(Op.ADD, M, M))))],
    "steps": [
        forall([M, N], implies(operate(Op.LESS_EQUAL, M, N), operate(Op.LESS_EQUAL, F(M), F(N)))),
        equal(F(number(2)), number(4)),
        equal(F(number(5)), number(7)),
    ],
    "a domain": [
        forall([T], exists([U], operate(Op.AND, THINGS(T, U), operate(Op.DISTINCT, T, U)))),
        operate(Op.DISTINCT, constant("a"), constant("b"), constant("c")),
    ],
    "roots": [
        equal(operate(Op.MULTIPLY, R, R), number(Fraction(2))),
        equal(S, operate(Op.ADD, operate(Op.MULTIPLY, R, R, R), number(Fraction(1)))),
        operate(Op.GREATER, S, R),
    ],
    "division by zero": [
        equal(operate(Op.DIV, X, Y), number(7)),
        equal(Y, number(0)),
        equal(operate(Op.MOD, X, Y), number(-2)),
        equal(operate(Op.DIVIDE, R, operate(Op.SUBTRACT, S, S)), number(Fraction(5))),
        equal(operate(Op.DIV, operate(Op.ADD, X, number(1)), Y), number(9)),
    ],
    "arrays": [
        equal(operate(Op.SELECT, ARRAY, X), number(3)),
        equal(operate(Op.SELECT, ARRAY, Y), number(4)),
        equal(OTHER, operate(Op.STORE, ARRAY, X, number(9))),
        operate(Op.DISTINCT, ARRAY, OTHER),
    ],
    "a root as an argument": [
        equal(Symbol("g", (REAL,), INT)(R), number(1)),
        equal(operate(Op.MULTIPLY, R, R), number(Fraction(3))),
        equal(Symbol("g", (REAL,), INT)(operate(Op.ADD, R, number(Fraction(1)))), number(2)),
    ],
}


@pytest.mark.parametrize("name", MODELS)
def test_models_hold_by_our_own_evaluator(name: str) -> None:
    with Z3Session() as session:
        outcome = session.check(MODELS[name], limits=LIMITS)
    assert outcome.status is Status.SAT
    assert outcome.model is not None
    assert [holds(formula, outcome.model) for formula in MODELS[name]] == [True] * len(MODELS[name])
    assert reprove(MODELS[name], LIMITS).status is Status.SAT


def test_an_array_that_only_a_formula_describes_is_sat_without_a_model() -> None:
    with Z3Session() as session:
        outcome = session.check([forall([M], equal(operate(Op.SELECT, ARRAY, M), M))], limits=LIMITS)
    assert outcome.status is Status.SAT
    assert outcome.model is None


def test_names_do_not_capture() -> None:
    """A constant and a bound variable of one name, and of one name and several sorts, are apart."""
    variable, same = Variable("c", INT), constant("c", INT)
    assert verdict(forall([variable], operate(Op.LESS_EQUAL, variable, same))) is Status.UNSAT
    shadow = forall([variable], exists([variable], equal(variable, same)))
    assert verdict(shadow) is Status.SAT
    assert verdict(equal(constant("c", REAL), number(Fraction(1, 2))), equal(same, number(1))) is Status.SAT
    sort = Sort("k!0")
    assert verdict(operate(Op.DISTINCT, constant("k!0", sort), constant("k!1", sort))) is Status.SAT


def test_numbers_of_any_length() -> None:
    value = 7**9001
    assert value.bit_length() > 20_000
    with Z3Session() as session:
        outcome = session.check([equal(X, operate(Op.ADD, number(value), number(-1)))], limits=LIMITS)
    assert outcome.model is not None
    assert evaluate(X, outcome.model) == value - 1


def test_formulas_deeper_than_the_recursion_limit() -> None:
    term: Term = X
    for at in range(20_000):
        term = operate(Op.ADD if at % 2 else Op.SUBTRACT, term, Y)
    assert verdict(equal(term, number(5)), operate(Op.GREATER, X, number(2))) is Status.SAT


# what a session does ----------------------------------------------------------------------------------------


def test_scopes_labels_and_cores() -> None:
    with Z3Session() as session:
        session.add(operate(Op.GREATER, X, number(3)), 10)
        session.add(operate(Op.LESS, Y, X), 11)
        session.push()
        session.add(operate(Op.LESS, X, number(2)), 12)
        outcome = session.check(limits=LIMITS)
        assert (outcome.status, outcome.core) == (Status.UNSAT, (10, 12))
        session.pop()
        assert session.check(limits=LIMITS).status is Status.SAT
        outcome = session.check([operate(Op.LESS, X, number(0))], limits=LIMITS)
        assert (outcome.status, outcome.core) == (Status.UNSAT, (10,))
        assert session.check([operate(Op.LESS, X, number(0))], limits=LIMITS, want_core=False).core == ()
        assert session.check([operate(Op.LESS, X, number(9))], limits=LIMITS).status is Status.SAT
        with pytest.raises(UsageError, match="no scope is open"):
            session.pop()
    with pytest.raises(UsageError, match="closed"):
        session.check(limits=LIMITS)


def test_what_is_not_a_closed_formula_is_refused() -> None:
    with Z3Session() as session:
        with pytest.raises(SortError, match="free in it: m"):
            session.add(operate(Op.LESS, M, X))
        with pytest.raises(SortError, match="not a term of Int"):
            session.add(X)
        with pytest.raises(SortError, match="free in it: m"):
            session.check([operate(Op.LESS, M, X)], limits=LIMITS)
        assert session.check([operate(Op.LESS, Y, X)], limits=LIMITS).status is Status.SAT


def test_the_second_session_is_a_session_too() -> None:
    sessions: list[Session] = [Z3Session(), SecondSession()]
    for session in sessions:
        with session:
            session.add(operate(Op.GREATER, X, number(3)), 1)
            session.push()
            session.add(operate(Op.LESS, X, number(3)), 2)
            assert session.check(limits=LIMITS).core == (1, 2)
            session.pop()
            assert session.check(limits=LIMITS).status is Status.SAT


# limits -----------------------------------------------------------------------------------------------------

NEVER = forall(
    [M], operate(Op.AND, operate(Op.GREATER, F(M), M), operate(Op.LESS, F(M), operate(Op.ADD, M, number(3))))
)


def test_timeouts_are_kept_and_the_session_goes_on() -> None:
    with Z3Session() as session:
        session.add(operate(Op.GREATER, X, number(3)))
        for formulas in (pigeons(12), [NEVER]):
            started = time.perf_counter()
            outcome = session.check(formulas, limits=Limits(timeout_s=0.4))
            assert time.perf_counter() - started < 60.0
            assert (outcome.status, outcome.reason) == (Status.UNKNOWN, Reason.TIMEOUT)
            outcome = session.check(limits=LIMITS)
            assert outcome.model is not None
            assert holds(operate(Op.GREATER, X, number(3)), outcome.model) is True


def test_a_power_that_cannot_be_interrupted_is_left_behind() -> None:
    huge = operate(Op.POWER, number(3), number(10**7))
    with Z3Session() as session:
        started = time.perf_counter()
        session.check([equal(operate(Op.MOD, huge, number(7)), X)], limits=Limits(timeout_s=0.3))
        assert time.perf_counter() - started < 60.0
        assert session.check([equal(X, Y)], limits=LIMITS).status is Status.SAT


def test_memory_is_bounded() -> None:
    with Z3Session() as session:
        outcome = session.check([NEVER, *pigeons(12)], limits=Limits(timeout_s=120, memory_mb=3))
    assert (outcome.status, outcome.reason) == (Status.UNKNOWN, Reason.MEMORY)


def test_what_cannot_be_decided_is_incomplete() -> None:
    product = operate(Op.MULTIPLY, X, X, X)
    with Z3Session(parameters={"arith.nl": False}) as session:
        session.add(operate(Op.EQUAL, operate(Op.ADD, product, number(1)), operate(Op.MULTIPLY, Y, Y)))
        session.add(forall([M], operate(Op.GREATER, F(operate(Op.MULTIPLY, M, F(M))), F(M))))
        outcome = session.check(limits=Limits(timeout_s=0.5))
    assert outcome.status is Status.UNKNOWN
    assert outcome.reason in (Reason.INCOMPLETE, Reason.TIMEOUT)


def test_interrupts_from_another_thread() -> None:
    with Z3Session() as session:
        threading.Timer(0.2, session.interrupt).start()
        outcome = session.check(pigeons(12), limits=Limits(timeout_s=120))
        assert (outcome.status, outcome.reason) == (Status.UNKNOWN, Reason.INTERRUPTED)
        session.interrupt()
        assert session.check([equal(X, Y)], limits=LIMITS).status is Status.SAT


def test_a_keyboard_interrupt_gets_through() -> None:
    def alarm(*_: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, alarm)
    try:
        with Z3Session() as session:
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            started = time.perf_counter()
            with pytest.raises(KeyboardInterrupt):
                session.check(pigeons(12), limits=Limits(timeout_s=120))
            assert time.perf_counter() - started < 60.0
            assert session.check([equal(X, Y)], limits=LIMITS).status is Status.SAT
    finally:
        signal.signal(signal.SIGALRM, previous)


def test_sessions_in_several_threads() -> None:
    found: dict[int, list[Status]] = {}

    def work(number_of: int) -> None:
        with Z3Session() as session:
            session.add(operate(Op.GREATER, X, number(number_of)))
            found[number_of] = [
                session.check([operate(Op.LESS, X, number(bound))], limits=LIMITS).status for bound in range(20)
            ]

    threads = [threading.Thread(target=work, args=(at,)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for at, statuses in found.items():
        assert statuses == [Status.SAT if bound > at + 1 else Status.UNSAT for bound in range(20)]
    assert len(found) == len(threads)


# against others ---------------------------------------------------------------------------------------------


@given(propositional)
@QUICK
def test_propositional_theories_against_truth_tables(formulas: list[Term]) -> None:
    has_model = any(all(holds(formula, model) is True for formula in formulas) for model in truth_models())
    assert verdict(*formulas) is (Status.SAT if has_model else Status.UNSAT)
    with SecondSession() as second:
        assert second.check(formulas, limits=LIMITS).status is (Status.SAT if has_model else Status.UNSAT)


SMALL = [model for size, step in ((1, 1), (2, 7)) for model in list(finite_models(size))[::step]]


@given(first_order)
@QUICK
def test_first_order_theories_against_small_models(formulas: list[Term]) -> None:
    found = verdict(*formulas, timeout_s=0.2)
    small = any(all(holds(formula, model) is True for formula in formulas) for model in SMALL)
    if small:
        assert found is not Status.UNSAT
    with SecondSession() as second:
        other = second.check(formulas, limits=Limits(timeout_s=0.2)).status
    assert Status.UNKNOWN in (found, other) or found is other


@given(integer_arithmetic)
@QUICK
def test_integer_theories_against_all_points_of_a_box(formulas: list[Term]) -> None:
    formulas = [*boxed(2), *formulas]
    has_model = any(all(holds(formula, model) is True for formula in formulas) for model in box_models(2))
    assert verdict(*formulas) is (Status.SAT if has_model else Status.UNSAT)


@given(integer_arithmetic, real_arithmetic)
@QUICK
def test_arithmetic_against_a_second_solver(integers: list[Term], reals: list[Term]) -> None:
    for formulas in (integers, reals):
        with SecondSession() as second:
            other = second.check(formulas, limits=LIMITS).status
        assert Status.UNKNOWN in (found := verdict(*formulas), other) or found is other
        assert reprove(formulas, LIMITS).status in (found, Status.UNKNOWN)


@given(presburger)
@QUICK
def test_quantified_arithmetic_against_a_second_solver(formula: Term) -> None:
    with Z3Session() as session, SecondSession() as second:
        outcome = session.check([formula], limits=Limits(timeout_s=0.5))
        other = second.check([formula], limits=Limits(timeout_s=0.2)).status
    assert Status.UNKNOWN in (outcome.status, other) or outcome.status is other
    if outcome.model is not None:
        truth = holds(formula, outcome.model)
        assert isinstance(truth, Undecided) or truth is True
