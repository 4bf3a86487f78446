"""The checks refute what is wrong: they, and not sympy, stand between a wrong result and the user."""

from __future__ import annotations

import pytest
import sympy

from abduce.solvers.sympy_checking import derivative_agrees, same, solves
from abduce.solvers.sympy_integration import antiderivative
from abduce.solvers.sympy_measuring import approaches, quadrature_agrees
from abduce.solvers.sympy_solving import _same_truth
from abduce.solvers.sympy_stages import Clock

x, a, n = sympy.symbols("x a n")


@pytest.mark.parametrize(
    ("found", "given", "held"),
    [
        (x**3 / 3, x**2, True),
        (x**3 / 3 + x / 10**15, x**2, False),
        (sympy.log(x), 1 / x, True),
        (x * sympy.sqrt(x**2) / 2, sympy.sqrt(x**2), True),
        (x**2 / 2, sympy.sqrt(x**2), False),  # right for positive numbers only
        (sympy.asin(x / a), 1 / sympy.sqrt(a**2 - x**2), False),  # right for positive parameters only
        (sympy.atan(x / sympy.sqrt(a**2 - x**2)), 1 / sympy.sqrt(a**2 - x**2), True),
        (sympy.Integral(x, x), x, None),
    ],
)
def test_derivatives(found: sympy.Expr, given: sympy.Expr, held: bool | None) -> None:
    assert derivative_agrees(found, given, x) is held


def test_an_antiderivative_for_positive_parameters_is_mended_or_another_is_found() -> None:
    given = 1 / sympy.sqrt(a**2 - x**2)
    found = antiderivative(given, x, Clock(10))
    assert derivative_agrees(found.value, given, x)


def test_values() -> None:
    assert same(sympy.sin(x) ** 2, 1 - sympy.cos(x) ** 2) is True
    assert same(sympy.sqrt(x**2), x) is False
    assert same(sympy.log(x * a), sympy.log(x) + sympy.log(a)) is False


def test_solutions() -> None:
    assert solves([sympy.Eq(x**2, 2)], {x: sympy.sqrt(2)}) is True
    assert solves([sympy.Eq(x**2, 2)], {x: sympy.Rational(14142135623731, 10**13)}) is False
    assert solves([sympy.Eq((x**2 - 1) / (x - 1), 0)], {x: sympy.Integer(1)}) is None
    assert solves([sympy.Eq(x * a, n)], {x: n / a}) is True
    assert solves([sympy.Eq(x * a, n)], {x: a / n}) is False
    assert solves([sympy.Ne(x, 0)], {x: sympy.Integer(0)}) is False


def test_definite_integrals() -> None:
    y = sympy.Dummy("y", real=True)
    assert quadrature_agrees(y**2, (y, sympy.S.Zero, sympy.S.One), sympy.Rational(1, 3))
    assert not quadrature_agrees(y**2, (y, sympy.S.Zero, sympy.S.One), sympy.Rational(1, 3) + sympy.Rational(1, 10**6))
    assert not quadrature_agrees(y**-2, (y, -sympy.S.One, sympy.S.One), sympy.Integer(-2))


def test_limits() -> None:
    assert approaches(sympy.sin(x) / x, x, sympy.S.Zero, "+", sympy.S.One)
    assert not approaches(sympy.sin(x) / x, x, sympy.S.Zero, "+", sympy.Rational(101, 100))
    assert approaches(1 / x, x, sympy.S.Zero, "-", -sympy.oo)
    assert not approaches(1 / x, x, sympy.S.Zero, "-", sympy.oo)
    assert not approaches(sympy.sin(x), x, sympy.oo, "-", sympy.S.Zero)


def test_inequalities() -> None:
    y = sympy.Dummy("y", real=True)
    assert _same_truth([y**2 < 4], sympy.And(y > -2, y < 2), y)
    assert not _same_truth([y**2 < 4], sympy.And(y >= -2, y < 2), y)
    assert not _same_truth([y**2 < 4], sympy.And(y > -2, y < sympy.Rational(201, 100)), y)
