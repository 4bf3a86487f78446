"""Powers: verdicts on random ground formulas against exact arithmetic of the tests' own."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction

import pytest

from abduce import Engine
from abduce.solvers.base import Model
from abduce.solvers.evaluation import Undecided, evaluate
from abduce.solvers.terms import Op, number, operate

BASES = [
    Fraction(*pair) for pair in ((-9, 1), (-8, 1), (-1, 1), (-1, 4), (0, 1), (1, 4), (1, 1), (2, 1), (4, 1), (9, 1))
]
EXPONENTS = [
    Fraction(*pair) for pair in ((-2, 1), (-1, 1), (-1, 2), (0, 1), (1, 3), (1, 2), (1, 1), (3, 2), (2, 1), (3, 1))
]
ORDERS = {
    "=": lambda sign: sign == 0,
    "!=": lambda sign: sign != 0,
    "<": lambda sign: sign < 0,
    "<=": lambda sign: sign <= 0,
    ">": lambda sign: sign > 0,
    ">=": lambda sign: sign >= 0,
}


@dataclass(frozen=True)
class Rooted:
    """A real number whose `degree`-th power is `size`, up to its sign."""

    sign: int
    size: Fraction
    degree: int


def power(base: Fraction, exponent: Fraction) -> Rooted | None:
    """Return a power exactly, None where it is no real number."""
    if (base == 0 and exponent < 0) or (base < 0 and exponent.denominator != 1):
        return None
    size = abs(base) ** exponent.numerator
    sign = 0 if size == 0 else -1 if base < 0 and exponent.numerator % 2 else 1
    return Rooted(sign, size, exponent.denominator)


def order(left: Rooted, right: Rooted) -> int:
    """Return a number that is negative, zero or positive as the left one is less, equal or greater."""
    if left.sign != right.sign:
        return left.sign - right.sign
    a, b = left.size**right.degree, right.size**left.degree
    return left.sign * ((a > b) - (a < b))


def written(value: Fraction) -> str:
    return str(value) if value >= 0 and value.denominator == 1 else f"({value})"


@dataclass
class Drawn:
    """Random atoms on two powers; numbers may stand behind names that are told to be equal to them."""

    generator: random.Random
    told: list[str]

    def number(self, value: Fraction) -> str:
        if self.generator.random() < 0.6:
            if value.denominator == 2 and self.generator.random() < 0.5:
                return f"({float(value)})"
            return written(value)
        name = f"c{len(self.told)}"
        sort = "Int" if value.denominator == 1 and self.generator.random() < 0.5 else "Real"
        self.told.append(f"{name}: {sort}.\n{name} = {written(value)}.")
        return name

    def atom(self) -> tuple[str, bool]:
        pairs = [(self.generator.choice(BASES), self.generator.choice(EXPONENTS)) for _ in range(2)]
        symbol = self.generator.choice(list(ORDERS))
        sides = [f"{self.number(base)}^{self.number(exponent)}" for base, exponent in pairs]
        left, right = (power(*pair) for pair in pairs)
        holds = left is not None and right is not None and ORDERS[symbol](order(left, right))
        return f"{sides[0]} {symbol} {sides[1]}", holds

    def formula(self) -> tuple[str, bool]:
        (first, one), (second, other) = self.atom(), self.atom()
        return self.generator.choice(
            [
                (first, one),
                (f"not {first}", not one),
                (f"({first}) and ({second})", one and other),
                (f"({first}) -> ({second})", not one or other),
            ]
        )


def test_verdicts_on_ground_powers_are_those_of_exact_arithmetic() -> None:
    generator, decided = random.Random(5), 0
    for _ in range(120):
        drawn = Drawn(generator, [])
        formula, holds = drawn.formula()
        engine = Engine(timeout_s=5)
        engine.tell("\n".join(drawn.told))
        found = str(engine.ask(f"{formula}?").verdict)
        assert found in ("entailed" if holds else "refuted", "gave_up"), (drawn.told, formula)
        decided += found != "gave_up"
    assert decided >= 110


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("exponent", EXPONENTS)
def test_evaluator_has_a_value_where_a_power_is_a_real_number(base: Fraction, exponent: Fraction) -> None:
    value = evaluate(operate(Op.POWER, number(base), number(exponent)), Model({}, {}))
    expected = power(base, exponent)
    assert isinstance(value, Undecided) is (expected is None)
    if expected is not None:
        again = evaluate(operate(Op.POWER, number(base), number(exponent)), Model({}, {}))
        assert again == value
        if isinstance(value, Fraction):
            assert order(Rooted((value > 0) - (value < 0), abs(value), 1), expected) == 0


@pytest.mark.parametrize(
    ("premises", "question", "verdict"),
    [
        ("", "(-1)^0.5 = 0?", "refuted"),
        ("", "(-1)^0.5 != 0?", "refuted"),
        ("", "not (-1)^0.5 = 0?", "entailed"),
        ("", "(-4)^0.5 = (-9)^0.5?", "refuted"),
        ("", "0^0 = 1?", "entailed"),
        ("", "2^-0.5 > 0?", "entailed"),
        ("", "exists x: Real. x < 0 and x^0.5 = x^0.5?", "refuted"),
        ("", "exists x: Real. x < 0 and x^0.5 != 5?", "refuted"),
        ("x: Int. y: Int. x = -1. y = 0.", "y^x = 0?", "refuted"),
        ("x: Int. y: Int. x = -1. y = 0.", "y^x = y^x?", "refuted"),
        ("x: Int. y: Int. x = -1. y = -2.", "y^x = -1/2?", "entailed"),
    ],
)
def test_powers_that_are_no_real_numbers_satisfy_nothing(premises: str, question: str, verdict: str) -> None:
    engine = Engine(check="full")
    engine.tell(premises)
    assert str(engine.ask(question).verdict) == verdict
