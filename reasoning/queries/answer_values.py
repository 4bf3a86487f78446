"""Values of answers, and how they are written: for people, and as JSON holds them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from abduce.parser.printing import LONGEST_BITS, number_text, whole_text
from abduce.reasoning.rules.ground import Compound, shown
from abduce.solvers.base import Algebraic, ArrayValue

MOST_PARTS = 200
"""How many parts of a compound term are written in an answer; the value itself, and JSON, have all."""
AnswerValue: TypeAlias = Any
"""A name or text (a string), an int, a Fraction, a bool, a compound term, or a root of a polynomial."""


def shown_answer(answer: Mapping[str, AnswerValue]) -> str:
    """Write an answer for reading: `X = ann, N = 2`; `yes` where no variable is shown. Large terms are cut short."""
    return ", ".join(f"{name} = {_readable(value)}" for name, value in answer.items()) or "yes"


def _readable(value: AnswerValue) -> str:
    return shown(value, most=MOST_PARTS) if isinstance(value, Compound) else shown_value(value)


def shown_value(value: AnswerValue) -> str:
    """Write a value of an answer."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Algebraic):
        return _root_text(value)
    if isinstance(value, Fraction):
        return number_text(value)
    if isinstance(value, int | Compound):
        return shown(value)
    if isinstance(value, ArrayValue):
        held = [f"{shown_value(place)}: {shown_value(one)}" for place, one in value.entries]
        return "{" + ", ".join([*held, f"else: {shown_value(value.otherwise)}"]) + "}"
    return str(value)


def _root_text(value: Algebraic) -> str:
    """Write an irrational root: about what it is, and of which polynomial."""
    from abduce.solvers.algebraic import exact, rational_bounds

    low, _ = rational_bounds(exact(value), Fraction(1, 10**12))
    terms = [f"{whole_text(c)}*x^{power}" for power, c in enumerate(value.coefficients) if c]
    return f"about {float(low):.10g}, root {value.index + 1} of {' + '.join(reversed(terms))}"


def plain_value(value: AnswerValue) -> Any:
    """Return a value as JSON holds it: numbers that JSON cannot say exactly, and very long ones, are texts."""
    if value is None or isinstance(value, bool) or (isinstance(value, int) and value.bit_length() < LONGEST_BITS):
        return value
    return shown_value(value)
