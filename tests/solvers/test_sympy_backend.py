"""Exact algebra by sympy in a process of its own: right, checked, bounded, and never in this process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abduce.errors import UsageError
from abduce.solvers.algebra import AlgebraOutcome, marks, problem
from abduce.solvers.base import Algebraic, Limits, Reason
from abduce.solvers.sympy_backend import SympyBackend
from abduce.solvers.terms import REAL, Op, Symbol, Term, Variable, apply, constant, equal, number, operate, to_real

X, Y, N = (Variable(name, REAL) for name in "xyn")
E, PI, OO = (constant(name, REAL) for name in ("e", "pi", "oo"))
LIMITS = Limits(timeout_s=60)


def f(name: str, *arguments: Term) -> Term:
    """A function of algebra."""
    return apply(Symbol(name, (REAL,) * len(arguments), REAL), *map(to_real, arguments))


def plus(*parts: Term) -> Term:
    return operate(Op.ADD, *parts)


def times(*parts: Term) -> Term:
    return operate(Op.MULTIPLY, *parts)


def power(base: Term, exponent: Term | int) -> Term:
    return operate(Op.POWER, base, number(exponent) if isinstance(exponent, int) else exponent)


def over(one: Term, other: Term) -> Term:
    return operate(Op.DIVIDE, one, other)


def is_(left: Term, right: Term | int) -> Term:
    right = number(right) if isinstance(right, int) else right
    return equal(to_real(left), to_real(right))


@pytest.fixture(scope="module")
def algebra() -> Iterator[SympyBackend]:
    with SympyBackend() as backend:
        yield backend


def values(found: AlgebraOutcome, name: str = "x") -> list[str]:
    return [row[name] for row in found.solutions]


@pytest.mark.parametrize(
    ("equation", "roots", "complete"),
    [
        (is_(plus(power(X, 2), times(number(-5), X), number(6)), 0), ["2", "3"], True),
        (is_(power(X, 2), 2), ["-sqrt(2)", "sqrt(2)"], True),
        (is_(power(X, 2), -1), ["-I", "I"], True),
        (is_(f("abs", X), 3), ["-3", "3"], True),
        (is_(over(plus(power(X, 2), number(-1)), plus(X, number(-1))), 0), ["-1"], True),
        (is_(f("sin", X), 0), ["2*pi*n", "2*pi*n + pi"], True),
        (plus(X, number(-4)), ["4"], True),
    ],
)
def test_equations_are_solved_and_substituted(
    algebra: SympyBackend, equation: Term, roots: list[str], complete: bool
) -> None:
    found = algebra.run(problem("solve", [equation]), LIMITS)
    assert values(found) == roots
    assert (found.complete, found.verified, found.checked_by) == (complete, True, "substitution")


def test_a_root_without_radicals_is_named_by_its_polynomial(algebra: SympyBackend) -> None:
    found = algebra.run(problem("solve", [is_(plus(power(X, 5), times(number(-1), X), number(1)), 0)]), LIMITS)
    assert values(found)[0] == "CRootOf(x^5 - x + 1, 0)"
    assert len(found.solutions) == 5 and found.complete and found.verified


def test_what_divides_by_zero_is_no_solution(algebra: SympyBackend) -> None:
    found = algebra.run(problem("solve", [is_(over(number(1), X), 0)]), LIMITS)
    assert not found.solutions and found.complete
    assert not found.verified, "that there is none is sympy's word alone"


def test_systems(algebra: SympyBackend) -> None:
    linear = algebra.run(problem("solve", [is_(plus(X, Y), 3), is_(operate(Op.SUBTRACT, X, Y), 1)]), LIMITS)
    assert linear.solutions == ({"x": "2", "y": "1"},)
    circle = [is_(plus(power(X, 2), power(Y, 2)), 5), is_(times(X, Y), 2)]
    found = algebra.run(problem("solve", circle), LIMITS)
    assert {(row["x"], row["y"]) for row in found.solutions} == {("-2", "-1"), ("-1", "-2"), ("1", "2"), ("2", "1")}
    assert found.complete
    none = algebra.run(problem("solve", [*circle, is_(plus(X, Y), 7)]), LIMITS)
    assert not none.solutions and none.complete and none.checked_by == "1 is in their ideal"


def test_the_unknown_can_be_named_and_others_stay_free(algebra: SympyBackend) -> None:
    found = algebra.run(problem("solve", [is_(times(X, Y), 6), Y]), LIMITS)
    assert found.solutions == ({"y": "6/x"},)


def test_inequalities_are_compared_with_what_was_found_at_many_places(algebra: SympyBackend) -> None:
    found = algebra.run(problem("solve", [operate(Op.LESS, power(X, 2), number(4))]), LIMITS)
    assert found.results == ("(-2 < x) and (x < 2)",)
    assert found.verified


@pytest.mark.parametrize(
    ("arguments", "result", "note"),
    [
        ([power(X, 2)], "x^3/3", ""),
        ([power(X, N), X], "x^(n + 1)/(n + 1)", "provided n != -1"),
        ([f("exp", power(X, 2)), X, number(0), number(0)], "0", ""),
        ([power(X, 2), X, number(0), number(1)], "1/3", ""),
        ([f("exp", times(number(-1), power(X, 2))), X, operate(Op.NEGATE, OO), OO], "sqrt(pi)", ""),
        ([f("abs", X), X, number(-1), number(2)], "5/2", ""),
        ([f("exp", times(number(-1), Y, X)), X, number(0), OO], "1/y", "provided y > 0"),
    ],
)
def test_integrals_are_confirmed(algebra: SympyBackend, arguments: list[Term], result: str, note: str) -> None:
    found = algebra.run(problem("integrate", arguments), LIMITS)
    assert (found.results, found.note, found.verified) == ((result,), note, True)


def test_an_integral_across_a_pole_is_not_given(algebra: SympyBackend) -> None:
    """The difference of the antiderivative's values is -2; the integral diverges."""
    pole = power(X, -2)
    found = algebra.run(problem("integrate", [pole, X, number(-1), number(1)]), LIMITS)
    assert found.reason is Reason.INCOMPLETE and not found.results


def test_an_integral_that_has_no_closed_form_is_given_up(algebra: SympyBackend) -> None:
    found = algebra.run(problem("integrate", [f("sin", f("sin", X))]), Limits(timeout_s=2))
    assert found.reason is not None and not found.results and not found.verified


@pytest.mark.parametrize(
    ("command", "arguments", "result"),
    [
        ("differentiate", [power(X, 3), X], "3*x^2"),
        ("differentiate", [power(X, 3), X, number(2)], "6*x"),
        ("differentiate", [f("abs", X)], "sign(x)"),
        ("limit", [over(f("sin", X), X), X, number(0)], "1"),
        ("limit", [power(plus(number(1), over(number(1), N)), N), N, OO], "e"),
        ("limit", [over(number(1), f("log", X)), X, OO], "0"),
        ("factor", [plus(power(X, 2), number(-1))], "(x - 1)*(x + 1)"),
        ("factor", [number(360)], "2^3*3^2*5"),
        ("expand", [power(plus(X, number(1)), 2)], "x^2 + 2*x + 1"),
        ("simplify", [plus(power(f("sin", X), 2), power(f("cos", X), 2))], "1"),
        ("simplify", [power(power(X, 2), over(number(1), number(2)))], "sqrt(x^2)"),
    ],
)
def test_other_commands(algebra: SympyBackend, command: str, arguments: list[Term], result: str) -> None:
    found = algebra.run(problem(command, arguments), LIMITS)
    assert (found.results, found.verified, found.reason) == ((result,), True, None)


def test_a_limit_with_two_sides_says_so(algebra: SympyBackend) -> None:
    found = algebra.run(problem("limit", [over(number(1), X), X, number(0)]), LIMITS)
    assert found.results == ("-oo from below", "oo from above")


coefficients = st.lists(st.integers(-9, 9), min_size=2, max_size=5).filter(lambda found: found[-1] != 0)


@settings(max_examples=8, deadline=None)
@given(roots=st.lists(st.fractions(-5, 5, max_denominator=4), min_size=1, max_size=4))
def test_all_roots_of_a_product_are_found(algebra: SympyBackend, roots: list[Fraction]) -> None:
    product = times(*(operate(Op.SUBTRACT, X, number(root)) for root in roots), number(1))
    found = algebra.run(problem("solve", [is_(product, 0)]), LIMITS)
    assert [Fraction(one) for one in values(found)] == sorted(set(roots))
    assert found.complete


@settings(max_examples=8, deadline=None)
@given(given_coefficients=coefficients)
def test_the_derivative_of_the_integral_is_the_integrand(algebra: SympyBackend, given_coefficients: list[int]) -> None:
    polynomial = plus(*(times(number(c), power(X, k)) for k, c in enumerate(given_coefficients)))
    found = algebra.run(problem("integrate", [polynomial, X, number(0), number(2)]), LIMITS)
    exact = sum(Fraction(c * 2 ** (k + 1), k + 1) for k, c in enumerate(given_coefficients))
    assert Fraction(found.results[0]) == exact


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Algebraic((-2, 0, 1), 1), "sqrt(2)"),
        (Algebraic((-2, 0, 1), 0), "-sqrt(2)"),
        (Algebraic((-1, -1, 1), 1), "1/2 + sqrt(5)/2"),
        (Algebraic((-2, 0, 0, 1), 0), "2^(1/3)"),
        (Algebraic((1, -1, 0, 0, 0, 1), 0), None),
    ],
)
def test_roots_in_radicals(algebra: SympyBackend, value: Algebraic, text: str | None) -> None:
    assert algebra.radicals(value, LIMITS) == text


# bounds -------------------------------------------------------------------------------------------------------

HARD = power(plus(X, Y, N, number(1)), 400)


def test_a_limit_of_time_is_kept_and_the_next_problem_is_answered(algebra: SympyBackend) -> None:
    started = time.monotonic()
    found = algebra.run(problem("expand", [HARD]), Limits(timeout_s=0.8))
    assert time.monotonic() - started < 60.0
    assert found.reason is Reason.TIMEOUT and not found.results
    assert algebra.run(problem("simplify", [plus(X, X)]), LIMITS).results == ("2*x",)


def test_a_limit_of_memory_is_kept(algebra: SympyBackend) -> None:
    found = algebra.run(problem("expand", [HARD]), Limits(timeout_s=120, memory_mb=220))
    assert found.reason is Reason.MEMORY


def test_a_running_problem_can_be_interrupted(algebra: SympyBackend) -> None:
    algebra.run(problem("simplify", [X]), LIMITS)
    threading.Timer(0.2, algebra.interrupt).start()
    found = algebra.run(problem("expand", [HARD]), Limits(timeout_s=120))
    assert found.reason is Reason.INTERRUPTED
    assert algebra.run(problem("expand", [HARD]), Limits(timeout_s=120), interrupted=lambda: True).reason is (
        Reason.INTERRUPTED
    )


def test_a_process_that_was_killed_is_started_again(algebra: SympyBackend) -> None:
    algebra.run(problem("simplify", [X]), LIMITS)
    assert algebra._process is not None
    algebra._process.kill()
    algebra._process.wait()
    assert algebra.run(problem("simplify", [plus(X, X)]), LIMITS).results == ("2*x",)


def test_terms_deeper_than_any_recursion_limit_are_no_trouble(algebra: SympyBackend) -> None:
    deep: Term = X
    for _ in range(3_000):
        deep = plus(deep, number(1))
    found = algebra.run(problem("simplify", [deep]), LIMITS)
    assert found.results == ("x + 3000",)
    for _ in range(20_000):
        deep = f("sin", deep)
    assert algebra.run(problem("simplify", [deep]), Limits(timeout_s=3)).reason is not None


def test_nothing_of_it_runs_here() -> None:
    code = (
        "import sys; from abduce.solvers.sympy_backend import SympyBackend;"
        "from abduce.solvers.algebra import problem; from abduce.solvers.terms import REAL, Variable;"
        "b = SympyBackend(); print(b.run(problem('simplify', [Variable('__import__', REAL)])).results);"
        "print('sympy' in sys.modules); print(b._process.pid)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    shown, loaded, process = done.stdout.split()
    assert (shown, loaded) == ("('__import__',)", "False")
    with pytest.raises(ProcessLookupError):  # it ended with its owner
        os.kill(int(process), 0)


# what it is asked -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        ("solve", [], "there is nothing to solve"),
        ("integrate", [times(X, Y)], "the variable is missing: integrate EXPRESSION, VARIABLE"),
        ("integrate", [is_(X, 1)], "integrate takes expressions, not equations"),
        ("limit", [X], "limit takes other arguments: limit EXPRESSION, VARIABLE, PLACE"),
        ("simplify", [f("sine", X)], "sine is no function that algebra knows; did you mean sin?"),
        ("simplify", [f("g", X)], "g is no function that algebra knows"),
        ("simplify", [f("sin", X, Y)], "sin takes 1 arguments; got 2"),
        ("simplify", [constant("i", REAL)], "i is no constant of algebra; expected pi, e, oo"),
        ("divide", [X], "divide is no command of algebra; expected solve"),
    ],
)
def test_what_makes_no_sense_is_said(command: str, arguments: list[Term], message: str) -> None:
    with pytest.raises(UsageError) as error:
        problem(command, arguments)
    assert message in str(error.value)


def test_how_often_must_be_a_number(algebra: SympyBackend) -> None:
    with pytest.raises(UsageError, match="a whole number from 1 to 50, not 0"):
        algebra.run(problem("differentiate", [X, X, number(0)]), LIMITS)


def test_marks_are_parts_before_wholes() -> None:
    assert marks(plus(X, number(Fraction(1, 2)))) == [("v", "x", 0), ("n", "1/2", 0), ("o", "+", 2)]
