"""Abduction: minimal sets, in order of weight, all of them, against brute force."""

from __future__ import annotations

from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abduce.errors import UsageError
from abduce.reasoning.queries.engine import Engine
from abduce.reasoning.queries.verdicts import Verdict

LETTERS = "abcdef"
Rule = tuple[str, tuple[str, ...]]


@st.composite
def theories(draw: st.DrawFn) -> tuple[list[Rule], list[tuple[str, ...]]]:
    heads = st.sampled_from("cdefg")
    bodies = st.lists(st.sampled_from(LETTERS), min_size=1, max_size=3, unique=True).map(tuple)
    rules = draw(st.lists(st.tuples(heads, bodies), min_size=1, max_size=6))
    barred = draw(st.lists(bodies, max_size=2))
    return rules, barred


def closure(rules: list[Rule], given_ones: set[str]) -> set[str]:
    found = set(given_ones)
    while True:
        new = {head for head, body in rules if found.issuperset(body)}
        if new <= found:
            return found
        found |= new


def brute_force(
    rules: list[Rule], barred: list[tuple[str, ...]], weights: dict[str, int]
) -> list[tuple[int, frozenset[str]]]:
    solutions = []
    names = sorted(weights)
    for chosen in chain.from_iterable(combinations(names, size) for size in range(len(names) + 1)):
        model = closure(rules, set(chosen))
        if "g" in model and not any(model.issuperset(body) for body in barred):
            solutions.append(frozenset(chosen))
    least = [one for one in solutions if not any(other < one for other in solutions)]
    return sorted((sum(weights[name] for name in one), one) for one in least)  # type: ignore[type-var]


@pytest.mark.parametrize("reading", ["rules", "classical"])
@settings(max_examples=25, deadline=None)
@given(theories(), st.lists(st.integers(1, 4), min_size=6, max_size=6))
def test_sets_are_those_of_brute_force(
    reading: str, theory: tuple[list[Rule], list[tuple[str, ...]]], numbers: list[int]
) -> None:
    rules, barred = theory
    weights = dict(zip(LETTERS, numbers, strict=True))
    with Engine(reading=reading) as engine:
        engine.tell("\n".join(f"{head} :- {', '.join(body)}." for head, body in rules))
        engine.tell("\n".join(f":- {', '.join(body)}." for body in barred))
        found = engine.why_not("g?", weights, limit=None)
    wanted = brute_force(rules, barred, weights)
    assert found.complete is True
    assert [sum(one.weight for one in chosen) for chosen in found] == [weight for weight, _ in wanted]
    assert {frozenset(one.add for one in chosen) for chosen in found} == {names for _, names in wanted}


def test_default_hypotheses_in_rules() -> None:
    engine = Engine()
    engine.tell("wet(X) :- rain(X). wet(X) :- sprinkler(X), on(X). on(garden).")
    found = engine.why_not("wet(garden)?")
    assert [[one.add for one in chosen] for chosen in found] == [["rain(garden)."], ["sprinkler(garden)."]]
    assert found.complete is True
    assert str(found).startswith("wet(garden) would follow with\n  rain(garden).   (weight 1)")


def test_default_hypotheses_in_formulas() -> None:
    engine = Engine()
    engine.tell("forall x. man(x) & not god(x) -> mortal(x)\nman(plato)\n")
    found = engine.why_not("mortal(plato)?")
    assert [[one.add for one in chosen] for chosen in found] == [["not god(plato)"]]
    with engine.assume("god(plato)"):
        assert engine.why_not("mortal(plato)?").sets == ()


def test_what_follows_already_needs_nothing() -> None:
    engine = Engine()
    engine.tell("p(a).")
    assert engine.why_not("p(a)?", ["q(a)"]).sets == ((),)


def test_hypotheses_are_shown_consistent() -> None:
    engine = Engine()
    engine.tell("p :- a. p :- b, c. :- a, d. d.")
    found = engine.why_not("p?", ["a", "b", "c"])
    assert [[one.add for one in chosen] for chosen in found] == [["b", "c"]]


def test_default_negation_is_searched_one_by_one() -> None:
    engine = Engine()
    engine.tell("fly(X) :- bird(X), not sick(X). bird(X) :- penguin(X). sick(X) :- penguin(X).")
    found = engine.why_not("fly(tom)?", {"penguin(tom)": 1, "bird(tom)": 2, "sick(tom)": 1}, limit=None)
    assert [[one.add for one in chosen] for chosen in found] == [["bird(tom)"]]
    assert found.complete is True


def test_the_result_of_assuming_a_set_is_the_goal() -> None:
    engine = Engine()
    engine.tell("forall x. (p(x) & q(x)) -> r(x)\nforall x. s(x) -> q(x)\n")
    for chosen in engine.why_not("r(a)?"):
        with engine.assume(*(one.add + "\n" for one in chosen)):
            assert engine.ask("r(a)?").verdict is Verdict.ENTAILED


def test_weights_must_be_positive() -> None:
    with pytest.raises(UsageError, match="positive"):
        Engine().why_not("p?", {"q": 0})


def test_a_limit_is_reported() -> None:
    engine = Engine()
    engine.tell("p :- a. p :- b.")
    found = engine.why_not("p?", ["a", "b"], limit=1)
    assert len(found) == 1
    assert found.complete is False
    assert "more were not asked for" in str(found)


def test_a_name_has_one_sort_in_goal_and_hypotheses() -> None:
    """`n` was an integer in the hypothesis and a real in the goal: another name, and nothing was found."""
    found = Engine().why_not("n > 3.5?", ["n = 5", "n = 2"])
    assert [[one.add for one in chosen] for chosen in found] == [["n = 5"]]


def test_numbers_of_the_goal_are_allowed_as_arguments() -> None:
    engine = Engine()
    engine.tell("big(X) :- size(X), X > 3.")
    assert [[one.add for one in chosen] for chosen in engine.why_not("big(5)?")] == [["size(5)."]]


@pytest.mark.parametrize("premises", ["p. -p. q :- r.", "p. not p. r -> q."])
def test_premises_that_contradict_each_other_are_said_to(premises: str) -> None:
    engine = Engine()
    engine.tell(premises)
    for hypotheses in (None, ["r."]):
        found = engine.why_not("q?", hypotheses)
        assert found.inconsistent and not found.sets and found.to_json()["inconsistent"]
        assert str(found) == "the premises contradict each other, so anything follows already; explain says why"
    engine.retract(premises.split(maxsplit=1)[0])
    assert not engine.why_not("q?", ["r."]).inconsistent


def test_a_choice_may_give_way_when_more_is_known() -> None:
    """With `b` the condition of the `ite` holds, and the goal follows no longer: supersets do not say it does."""
    engine = Engine()
    engine.tell("n(1). goal :- n(X), a, X = ite(b, 2, 1).")
    assert [[one.add for one in chosen] for chosen in engine.why_not("goal?", ["a", "b"])] == [["a"]]
    assert len(engine.why_not("goal?", ["b"])) == 0
