"""Models that are kept: what they decide is what truth tables say, they go with what contradicts them, and it pays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abduce.reasoning.queries import known_models
from abduce.reasoning.queries.engine import Engine
from abduce.reasoning.queries.judging import KNOWN
from abduce.reasoning.queries.known_models import KnownModels
from abduce.reasoning.queries.verdicts import Checked, Verdict
from abduce.solvers.base import Interpretation, Model
from abduce.solvers.terms import BOOL, Apply, Symbol, Term, negation

P, Q = Apply(Symbol("p", (), BOOL)), Apply(Symbol("q", (), BOOL))
RANGES = ("x > {}", "x < {}", "x = {}", "x != {}", "x + y > {}", "x - y < {}", "x > y + {}")


def model(p: bool, q: bool) -> Model:
    return Model({}, {P.symbol: Interpretation({(): p}), Q.symbol: Interpretation({(): q})})


def kept(*models: Model, premises: list[Term]) -> KnownModels:
    found = KnownModels()
    for one in models:
        found.add(one, [], premises)
    return found


def test_both_sides_are_told_apart_by_models() -> None:
    assert kept(model(True, True), model(False, True), premises=[Q]).sides(P, [], [Q]) == (
        model(True, True),
        model(False, True),
    )
    assert kept(model(True, True), premises=[Q]).sides(P, [], [Q]) == (model(True, True), None)


def test_what_is_no_model_is_not_kept_and_what_contradicts_later_premises_goes() -> None:
    assert KnownModels().add(model(True, False), [], [Q]) is None
    found = kept(model(True, True), model(False, True), premises=[Q])
    assert found.sides(P, [], [Q, negation(P)]) == (None, model(False, True))


def test_looking_ends_where_it_does_not_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_models, "ADVANCE_S", 1e-9)
    found = kept(model(True, True), premises=[Q])
    assert not found.is_paying and found.sides(P, [], [Q]) == (None, None)
    found.earned(1.0)
    assert found.is_paying


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(RANGES), st.integers(-4, 8)), min_size=5, max_size=25),
    st.tuples(st.integers(-3, 0), st.integers(2, 5)),
)
def test_a_long_session_has_the_verdicts_of_trying_all_values(
    asked: list[tuple[str, int]], bounds: tuple[int, int]
) -> None:
    low, high = bounds
    with Engine(reading="classical") as engine:
        engine.tell(f"x: Int. y: Int.\n{low} <= x and x <= {high}\n0 <= y and y <= 3")
        worlds = [(x, y) for x in range(low, high + 1) for y in range(4)]
        for place, (form, number) in enumerate(asked):
            if place == len(asked) // 2:  # models that y = 1 contradicts must go
                engine.tell("y != 1")
                worlds = [(x, y) for x, y in worlds if y != 1]
            text = form.format(number)
            held = {eval(text.replace(" = ", " == "), {}, {"x": x, "y": y}) for x, y in worlds}
            wanted = "undetermined" if len(held) == 2 else "entailed" if True in held else "refuted"
            found = engine.ask(f"{text}?")
            assert found.verdict.value == wanted, text
            assert found.checked is not Checked.UNCHECKED


def test_what_known_models_decide_is_verified_without_further_work() -> None:
    engine = Engine(reading="classical")
    engine.tell("x: Int.\n0 <= x and x <= 9")
    for number in range(1, 9):
        found = engine.ask(f"x > {number}?")
        assert found.verdict is Verdict.UNDETERMINED and found.checked is Checked.VERIFIED
    assert found.solver == KNOWN
    assert engine.ask("x > 20?").verdict is Verdict.REFUTED
