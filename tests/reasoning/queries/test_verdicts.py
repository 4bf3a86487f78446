"""Results: their JSON, exit codes and words."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from abduce.reasoning.queries.answer_values import plain_value, shown_value
from abduce.reasoning.queries.engine import Engine
from abduce.reasoning.queries.verdicts import Reading, Result, Verdict
from abduce.solvers.base import Algebraic, Reason

KEYS = [
    "query",
    "verdict",
    "reason",
    "premises",
    "not_entailed",
    "reading",
    "checked",
    "answers",
    "complete",
    "core",
    "models",
    "explanation",
    "hypotheses",
    "optimum",
    "solver",
    "delegated",
    "seconds",
]


def test_the_json_has_the_keys_of_the_design() -> None:
    engine = Engine()
    engine.tell("p(a). q(X) :- p(X).")
    for query in ("q(a)?", "q(X)?", "q(b)?"):
        found = json.loads(json.dumps(engine.ask(query, explain=True).to_json()))
        assert set(KEYS) <= set(found)
    assert found["core"] == []
    first = engine.ask("q(a)?").to_json()
    assert first["core"][0] == {"text": "p(a).", "file": "", "line": 1}
    assert first["explanation"] is None
    assert set(engine.check_consistency().to_json()) >= {"verdict", "core", "model"}


@pytest.mark.parametrize(
    ("verdict", "is_open", "answers", "complete", "code"),
    [
        (Verdict.ENTAILED, False, (), True, 0),
        (Verdict.REFUTED, False, (), True, 1),
        (Verdict.UNDETERMINED, False, (), True, 1),
        (Verdict.INCONSISTENT, False, (), True, 1),
        (Verdict.INCONSISTENT, True, (), False, 1),
        (Verdict.GAVE_UP, False, (), True, 3),
        (Verdict.ENTAILED, True, ({"X": 1},), True, 0),
        (Verdict.UNDETERMINED, True, (), True, 1),
        (Verdict.GAVE_UP, True, (), False, 3),
        (Verdict.ENTAILED, True, (), False, 3),  # there is one, and it was not found
        (Verdict.GAVE_UP, True, ({"X": 1},), True, 0),
    ],
)
def test_exit_codes(
    verdict: Verdict, is_open: bool, answers: tuple[dict[str, int], ...], complete: bool, code: int
) -> None:
    assert Result("q?", verdict, answers=answers, complete=complete, is_open=is_open).exit_code == code


def test_results_say_what_is_not_known() -> None:
    gave_up = Result("q?", Verdict.GAVE_UP, Reason.TIMEOUT, not_entailed=True)
    assert str(gave_up) == "gave up (timeout); it is not entailed (classical reading)"
    entailed = Result("q?", Verdict.ENTAILED, reading=Reading.CLASSICAL)
    assert "whether the premises are consistent is not established" in str(entailed)
    some = Result("q?", Verdict.ENTAILED, Reason.TIMEOUT, answers=({"X": 1},), complete=False, is_open=True)
    assert str(some) == "1 answer; there may be more (timeout)\n  X = 1"
    assert some.exit_code == 3


@pytest.mark.parametrize(
    ("value", "shown", "plain"),
    [
        (True, "true", True),
        (3, "3", 3),
        (Fraction(1, 3), "1/3", "1/3"),
        (Fraction(5, 2), "2.5", "2.5"),
        ("ann", "ann", "ann"),
        (None, "none", None),
    ],
)
def test_values_are_shown(value: object, shown: str, plain: object) -> None:
    assert shown_value(value) == shown
    assert plain_value(value) == plain


def test_irrational_values_are_shown_with_their_polynomial() -> None:
    assert shown_value(Algebraic((-2, 0, 1), 1)) == "about 1.414213562, root 2 of 1*x^2 + -2*x^0"


def test_large_terms_are_cut_short() -> None:
    """Answers that are deeper and deeper terms were written out in full, gigabytes of them."""
    engine = Engine(timeout_s=120.0)
    engine.tell("even(z). even(s(s(X))) :- even(X).")
    found = engine.ask("even(X)?", limit_answers=1_000)
    assert max(map(len, str(found).splitlines())) < 1_000
    assert plain_value(found.answers[999]["X"]).count("s(") == 1_998
    assert (found.complete, found.reason) == (False, None)


def test_notebooks_show_tables() -> None:
    engine = Engine()
    engine.tell("p(a, 1). p(b, 2).")
    shown = engine.ask("p(X, N)?")._repr_html_()
    assert "<th>X</th><th>N</th>" in shown
    assert "<td>b</td><td>2</td>" in shown


def test_an_open_query_that_is_not_decided_is_given_up_like_a_closed_one() -> None:
    """It was called undetermined, without a reason, and all its answers were said to be there."""
    engine = Engine(timeout_s=0.5)
    engine.tell("s: Thing -> Bool.")
    unknown = "(exists a: Int, b: Int, c: Int. a > 0 and b > 0 and c > 0 and a^3 + b^3 = c^3)"
    for query in (f"s(X) and {unknown}?", f"s(a) and {unknown}?"):
        found = engine.ask(query)
        assert (found.verdict, found.reason, found.exit_code) == (Verdict.GAVE_UP, Reason.TIMEOUT, 3), query
    assert found.is_open is False and engine.ask(f"s(X) and {unknown}?").complete is False


def test_no_answers_that_are_not_all_are_no_refusal() -> None:
    found = Engine().ask("?x = 2^20000?")
    assert found.answers or (found.complete, found.exit_code) == (False, 3)


def test_solutions_about_unknowns_are_called_possible() -> None:
    engine = Engine()
    engine.tell("n: Int. n > 3 and n < 6.")
    found = engine.ask("n = ?x?")
    assert found.possible and str(found).startswith("2 possible answers\n") and found.to_json()["possible"]
    assert not engine.ask("?x > 3, ?x < 6, ?x = ?x + 0?").possible  # nothing is left open there
    stream = engine.solve("n = ?x?")
    assert len(list(stream)) == 2 and stream.possible
    entailed = Engine()
    entailed.tell("age(ann) > 3. age(ann) < 6.")
    assert (entailed.ask("age(ann) = ?x?").answers, entailed.ask("age(ann) = ?x?").possible) == ((), False)


@pytest.mark.parametrize("digits", [4_299, 5_001, 12_000])
def test_long_numbers_are_written_in_decimal(digits: int) -> None:
    """`json` and `str` refuse what is longer than 4,300 digits; the rules wrote such numbers in hexadecimal."""
    engine = Engine()
    engine.tell(f"n(1). q(Y) :- n(X), Y = 10^{digits - 1}. r(Y) :- q(X), Y = 1/(X + X). s(f(X)) :- q(X).")
    found = json.loads(json.dumps(engine.ask("q(X)?").to_json()))["answers"][0]["X"]
    assert (str(found) if digits < 4_300 else found) == "1" + "0" * (digits - 1)
    assert f"X = 1{'0' * (digits - 1)}" in str(engine.ask("q(X)?"))
    assert json.dumps(engine.ask("r(X)?").to_json()) and "X = 0.000" in str(engine.ask("r(X)?"))
    assert f"X = f(1{'0' * (digits - 1)})" in str(engine.ask("s(X)?", compare=True, explain=True))
    assert json.dumps(engine.ask("q(X), r(Y)?", compare=True, explain=True).to_json())
