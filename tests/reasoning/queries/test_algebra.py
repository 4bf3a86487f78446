"""Commands of algebra asked of an engine, as queries."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest

from abduce.errors import UsageError
from abduce.reasoning.queries.engine import Engine
from abduce.reasoning.queries.verdicts import Result
from abduce.solvers.base import Reason


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(timeout_s=60) as engine:
        yield engine


def told(found: Result) -> tuple[str, str, list[dict[str, object]], bool]:
    return str(found.verdict), str(found.checked), [dict(row) for row in found.answers], found.complete


def test_solutions_are_answers_that_were_substituted(engine: Engine) -> None:
    found = engine.ask("solve 2*x^2 - 5*x + 2 = 0")
    assert told(found) == ("entailed", "verified", [{"x": Fraction(1, 2)}, {"x": 2}], True)
    assert found.exit_code == 0 and found.solver == "sympy"


def test_expressions_are_texts_of_the_language(engine: Engine) -> None:
    found = engine.ask("solve x^2 = 2")
    assert [row["x"] for row in found.answers] == ["-sqrt(2)", "sqrt(2)"]


def test_no_solution_is_refuted(engine: Engine) -> None:
    assert told(engine.ask("solve x = x + 1"))[::3] == ("refuted", True)
    assert engine.ask("solve x = x + 1").exit_code == 1


def test_families_say_for_which_numbers(engine: Engine) -> None:
    found = engine.ask("solve sin(x) = 0")
    assert [row["x"] for row in found.answers] == ["2*pi*n", "2*pi*n + pi"]
    assert found.note.startswith("for every integer n; checked: ")


def test_what_parameters_must_fulfil_is_said(engine: Engine) -> None:
    found = engine.ask("integrate x^n, x")
    assert told(found)[2] == [{"result": "x^(n + 1)/(n + 1)"}]
    assert found.note.startswith("provided n != -1; checked: its derivative at random points")


def test_a_result_can_be_asked_about_again(engine: Engine) -> None:
    inside = engine.ask("integrate x*exp(x), x").answers[0]["result"]
    assert engine.ask(f"simplify {inside} - (x - 1)*exp(x)").answers == ({"result": 0},)


def test_what_is_not_found_is_given_up(engine: Engine) -> None:
    found = engine.ask("integrate sin(sin(x)), x", timeout_s=2)
    assert str(found.verdict) == "gave_up" and found.reason in (Reason.INCOMPLETE, Reason.TIMEOUT)
    assert found.exit_code == 3 and not found.complete


def test_answers_one_at_a_time(engine: Engine) -> None:
    assert [row["x"] for row in engine.solve("solve x^3 = x")] == [-1, 0, 1]


def test_unknown_functions_are_named(engine: Engine) -> None:
    with pytest.raises(UsageError, match="did you mean sin"):
        engine.ask("simplify sine(x)")


def test_as_json(engine: Engine) -> None:
    found = engine.ask("solve 2*x = 1").to_json()
    assert found["answers"] == [{"x": "0.5"}] or found["answers"] == [{"x": "1/2"}]
    assert (found["verdict"], found["checked"], found["complete"], found["solver"]) == (
        "entailed", "verified", True, "sympy",
    )  # fmt: skip


@pytest.mark.parametrize("command", ["x > 3 and x < 2", "x^2/x = 0", "x*(x - 1)/(x - 1) = 1", "x^2/x = 0, y = 1"])
def test_what_no_value_satisfies_has_no_answers(engine: Engine, command: str) -> None:
    found = engine.ask(f"solve {command}")
    assert told(found) == ("refuted", "verified", [], True)
    assert found.exit_code == 1 and str(found).startswith("no answers")


@pytest.mark.parametrize(
    "command",
    ["simplify 1/0", "simplify x/0", "simplify oo - oo", "simplify tan(pi/2)", "factor 1/0", "expand (x + 1)/0",
     "integrate 1/0, x", "differentiate x/(x - x), x", "limit x^0/0, x, 1", "solve 1/0 = x", "solve x/(x - x) = 1"],
)  # fmt: skip
def test_what_has_no_value_is_undefined(engine: Engine, command: str) -> None:
    found = engine.ask(command)
    assert told(found) == ("refuted", "unchecked", [], True)
    assert found.exit_code == 1 and found.note.startswith("undefined: ")


@pytest.mark.parametrize(
    ("command", "answers", "provided"),
    [
        ("solve x/x = 1", [{}], "provided x != 0; "),
        ("solve x*x^-1 = 1", [{}], "provided x != 0; "),
        ("solve a*x/a = 1, x", [{"x": 1}], "provided a != 0; "),
        ("solve x*exp(x)/exp(x) = 1", [{"x": 1}], ""),
        ("solve x^2/x >= 0", [{"result": "0 < x"}], ""),
        ("solve 1/x > 0", [{"result": "(0 < x) and (x != 0)"}], ""),
        ("solve x^2 >= 0", [{"result": "True"}], ""),
        ("solve (x^2 - 1)/(x - 1) = 0", [{"x": -1}], ""),
    ],
)
def test_solutions_make_no_divisor_zero(
    engine: Engine, command: str, answers: list[dict[str, object]], provided: str
) -> None:
    found = engine.ask(command)
    assert told(found) == ("entailed", "verified", answers, True)
    assert found.note.startswith(f"{provided}checked: ")
