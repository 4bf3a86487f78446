"""Programs of numbers are found from examples, some of them wrong, with nothing but 0, inc, dec, if, == and loops."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import pytest
from arithmetic import FOUR, INT, MINUS, PLUS, TIMES, examples

from abduce.parser.signatures import Signature
from abduce.reasoning.learning.closed_forms import has_loops
from abduce.reasoning.learning.evidence import Case
from abduce.reasoning.learning.execution import evaluate
from abduce.reasoning.learning.induction import Candidate, induce
from abduce.reasoning.learning.primitives import Primitive, library
from abduce.reasoning.learning.programs import Definition
from abduce.values import Basic, MarkType

PEANO = library("peano")
WORTH = 8.0
"""How many bits it is taken to save to explain one example more."""


def best(cases: Sequence[Case], definitions: Sequence[Definition] = (), effort: int = 0) -> Candidate:
    found = induce(cases, PEANO, 1, definitions=definitions, effort=effort)
    return min(found, key=lambda candidate: candidate.bits - WORTH * len(candidate.explains))


def right(candidate: Candidate, function: Callable[..., int | None], arity: int, side: int) -> float:
    """Return on what share of unseen arguments a candidate has a function's value."""
    points = [(x, y)[:arity] for x in range(side) for y in range(side if arity == 2 else 1)]
    known = [(point, value) for point in points if (value := function(*point)) is not None]
    return sum(evaluate(candidate.meaning.running, p, PEANO) == value for p, value in known) / len(known)


def rounded_up(x: int, y: int) -> int | None:
    return -(-x // y) if y else None


BINARY: dict[str, tuple[Callable[[int, int], int | None], tuple[Definition, ...]]] = {
    "addition": (lambda x, y: x + y, ()),
    "truncated subtraction": (lambda x, y: max(x - y, 0), ()),
    "multiplication, from nothing": (lambda x, y: x * y, ()),
    "multiplication, from addition": (lambda x, y: x * y, (PLUS,)),
    "division rounded up": (rounded_up, (PLUS, MINUS, TIMES)),
    "division": (lambda x, y: x // y if y else None, FOUR),
    "remainder": (lambda x, y: x % y if y else None, FOUR),
    "remainder, from nothing": (lambda x, y: x % y if y else None, ()),
    "maximum": (max, FOUR),
    "maximum, from nothing": (max, ()),
    "minimum": (min, FOUR),
    "mean": (lambda x, y: -(-(x + y) // 2), FOUR),
    "harmonic mean": (lambda x, y: -(-2 * x * y // (x + y)) if x + y else None, FOUR),
    "difference": (lambda x, y: abs(x - y), FOUR),
    "equality as a number": (lambda x, y: int(x == y), FOUR),
    "power": (lambda x, y: x**y if x**y < 10_000 else None, FOUR),
}
UNARY: dict[str, Callable[[int], int]] = {
    "double": lambda x: 2 * x,
    "square": lambda x: x * x,
    "half": lambda x: x // 2,
    "successor of the triple": lambda x: 3 * x + 1,
    "more by a large number": lambda x: x + 23,
    "triangle": lambda x: x * (x + 1) // 2,
}


@pytest.mark.parametrize("name", BINARY)
def test_operations_on_two_numbers(name: str) -> None:
    function, definitions = BINARY[name]
    found = best(examples(function, 2), definitions)
    assert right(found, function, 2, 16 if name != "power" else 5) == 1.0
    assert found.meaning.closed is not None or not has_loops(found.meaning.program)


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_number(name: str) -> None:
    function = UNARY[name]
    assert right(best(examples(function, 1, largest=20), FOUR), function, 1, 60) == 1.0


@pytest.mark.parametrize(
    ("name", "wrong", "options"),
    [
        *((name, 0.3, 1) for name in ("addition", "truncated subtraction", "division rounded up", "mean")),
        *((name, 0.0, 5) for name in ("multiplication, from addition", "division rounded up", "harmonic mean")),
        ("addition", 0.1, 4),
    ],
)
def test_wrong_examples_and_wrong_readings(name: str, wrong: float, options: int) -> None:
    function, definitions = BINARY[name]
    found = best(examples(function, 2, count=80, wrong=wrong, options=options, seed=1), definitions)
    assert right(found, function, 2, 16) == 1.0


def test_a_condition_on_numbers() -> None:
    signature = Signature((INT,), (INT,), Basic.BOOL)
    cases = [Case(7 * x + y, {signature: (((x, y), x <= y),)}) for x in range(7) for y in range(7)]
    found = best(cases)
    assert all(evaluate(found.meaning.running, (x, y), PEANO) is (x <= y) for x in range(12) for y in range(12))


def test_a_choice_between_numbers() -> None:
    signature = Signature((INT,), (INT, INT, INT), INT)
    rows = [((case, (5 * case + 3) % 9, case % 5, (case * case) % 7)) for case in range(9)] * 4
    cases = [Case(n, {signature: ((row, row[2] if row[0] > row[1] else row[3]),)}) for n, row in enumerate(rows)]
    found = best(cases)
    assert len(found.explains) == len(cases)


def test_marks_stand_aside() -> None:
    signature = Signature((INT,), (MarkType("to"), INT), INT)
    cases = [Case(9 * x + y, {signature: (((x, "to", y), x + y),)}) for x in range(5) for y in range(5)]
    found = best(cases)
    assert evaluate(found.meaning.running, (30, "to", 4), PEANO) == 34


def test_what_cannot_be_explained_is_given_up_soon() -> None:
    cases = examples(lambda x, y: (x * 7919 + y * y * 104729 + 13) % 97, 2, largest=12)
    started = time.process_time()
    found = induce(cases, PEANO, 1, definitions=FOUR)
    assert time.process_time() - started < 6.0  # about 0.5 on the machine where it was written
    assert all(len(candidate.explains) < 12 for candidate in found)


def test_numbers_below_zero_and_beyond_bounds_are_no_evidence() -> None:
    signature = Signature((INT,), (INT,), INT)
    odd = Case(1000, {signature: (((-3, 4), 7),)}), Case(1001, {signature: (((10**30, 4), 10**30 + 4),)})
    found = best([*examples(lambda x, y: x + y, 2), *odd])
    assert evaluate(found.meaning.running, (10**30, 4), PEANO) == 10**30 + 4
    assert 1001 in found.explains and 1000 not in found.explains


def test_examples_that_are_all_out_of_bounds() -> None:
    signature = Signature((INT,), (INT,), INT)
    assert induce([Case(0, {signature: (((-3, 4), -7),)})], PEANO, 1) == []


def test_the_order_of_the_examples_does_not_matter_for_what_is_found() -> None:
    cases = examples(rounded_up, 2)
    first, second = best(cases, FOUR[:3]), best(cases[::-1], FOUR[:3])
    assert first.meaning.closed == second.meaning.closed


def test_own_primitives_are_used_as_well() -> None:
    own = library(["peano", Primitive("cube", (INT,), INT, lambda x: x**3)])
    found = induce(examples(lambda x: x**3 + 1, 1, largest=6), own, 1)
    assert max(len(candidate.explains) for candidate in found) == 48
