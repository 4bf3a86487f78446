"""The three readings, how one is chosen, and whether they could differ."""

from __future__ import annotations

import pytest

from abduce.errors import ParseError, SortError
from abduce.reasoning.queries.engine import Engine
from abduce.reasoning.queries.verdicts import Checked, Reading, Verdict


def told(text: str) -> Engine:
    engine = Engine()
    engine.tell(text)
    return engine


def test_clauses_alone_are_rules_and_anything_else_is_classical() -> None:
    assert told("p(a). q(X) :- p(X).").ask("q(a)?").reading is Reading.RULES
    assert told("p(a). q(X) :- p(X). p(b) | p(c)").ask("q(a)?").reading is Reading.CLASSICAL
    assert Engine().ask("2 + 2 = 4?").verdict is Verdict.ENTAILED
    assert told("p(a).").ask("X > 2, X < 4?").reading is Reading.CLASSICAL


@pytest.mark.parametrize(
    ("query", "rules", "closed"),
    [
        ("p(a)?", "entailed", "entailed"),
        ("-p(a)?", "refuted", "refuted"),
        ("-p(b)?", "entailed", "entailed"),
        ("p(b)?", "refuted", "refuted"),
        ("p(c)?", "undetermined", "refuted"),
        ("not p(c)?", "entailed", "entailed"),
        ("not p(a)?", "refuted", "refuted"),
        ("p(a), q(a)?", "entailed", "entailed"),
        ("p(a), p(b)?", "refuted", "refuted"),
        ("p(b) | q(a)?", "entailed", "entailed"),
        ("p(a) -> q(a)?", "entailed", "entailed"),
        ("exists x. p(x)?", "entailed", "entailed"),
        ("exists x. p(x) & r(x)?", "undetermined", "refuted"),
        ("forall x. p(x) -> q(x)?", "entailed", "entailed"),
        ("forall x. q(x) -> p(x)?", "entailed", "entailed"),
        ("2 < 3?", "entailed", "entailed"),
        ("2 > 3?", "refuted", "refuted"),
        ("unheard(a)?", "undetermined", "refuted"),
    ],
)
def test_closed_queries_in_the_rule_readings(query: str, rules: str, closed: str) -> None:
    engine = told("p(a). -p(b). q(X) :- p(X).")
    assert engine.ask(query).verdict.value == rules
    assert engine.ask(query, reading="closed").verdict.value == closed


def test_the_classical_reading_uses_contrapositives_and_the_rule_reading_does_not() -> None:
    engine = told("-q(a). q(X) :- p(X).")
    found = engine.ask("p(a)?", compare=True)
    assert found.compared == {
        "rules": Verdict.UNDETERMINED,
        "classical": Verdict.REFUTED,
        "closed": Verdict.REFUTED,
    }
    assert found.readings_differ is True
    assert "readings differ" in found.note


def test_definite_clauses_are_read_alike() -> None:
    engine = told("p(a). q(X) :- p(X).")
    entailed = engine.ask("q(a)?")
    assert entailed.readings_differ is False
    assert engine.ask("q(a)?", compare=True).readings_differ is False
    open_one = engine.ask("q(b)?")
    assert open_one.readings_differ is True
    assert "the closed reading refutes it" in open_one.note


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("p(a). -q(X) :- p(X).", "there is a strong negation (line 1)"),
        ("p(a). q(X) :- p(X), not r(X).", "a clause has a negation"),
        ("p(a). :- q(a).", "there is a constraint"),
        ("p(3). q(X) :- p(X), X > 2.", "a clause has a comparison"),
        ("p(3). q(N) :- N = count { X : p(X) }.", "a clause has a comparison"),
    ],
)
def test_the_cheap_test_says_why_readings_could_differ(text: str, why: str) -> None:
    assert f"the classical and the rule reading could differ: {why}" in told(text).ask("p(b)?").note


def test_a_session_of_formulas_has_one_reading() -> None:
    found = told("p(a) | p(b)\n").ask("p(a)?", compare=True)
    assert found.compared == {"classical": Verdict.UNDETERMINED}
    assert "the rules reading does not apply" in found.note


def test_universal_queries_that_rules_cannot_bind_range_over_what_is_named() -> None:
    engine = told("p(a). p(b). q(a).")
    assert engine.ask("forall x. p(x)?", reading="closed").verdict is Verdict.ENTAILED
    assert engine.ask("forall x. q(x)?", reading="closed").verdict is Verdict.REFUTED


READINGS = ("rules", "closed", "classical")


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize(
    "query", ["p(a, b)?", "p(X, Y)?", "exists x. p(x, x)?", "p(X), p(X, X)?", "not p(a, b)?", "-p(a, b)?", "q(X), p?"]
)
def test_another_number_of_arguments_is_an_error_in_every_reading(reading: str, query: str) -> None:
    engine = Engine(reading=reading)
    engine.tell("p(a).\nq(X) :- p(X).", file="kb")
    with pytest.raises((ParseError, SortError)) as caught:
        engine.ask(query)
    assert "kb:1" in str(caught.value) and "argument" in str(caught.value)
    assert "another name" in str(caught.value)
    assert engine.ask("q(a)?").verdict is Verdict.ENTAILED


def test_the_place_of_an_arity_clash_is_shown() -> None:
    engine = told("p(a).")
    with pytest.raises(ParseError) as caught:
        engine.ask("q(X), p(X, b)?")
    assert str(caught.value) == (
        "query:1:7: p has 2 arguments here, but 1 at line 1: p(a).\n"
        "  q(X), p(X, b)?\n"
        "        ^\n"
        "  expected: p with 1 argument  another name"
    )
    with pytest.raises(ParseError, match="p has 2 arguments here, but 1"):
        engine.why_not("p(b)?", ["p(a, b)"])


@pytest.mark.parametrize("reading", READINGS)
def test_a_fact_with_a_variable_is_about_everything_that_is_named(reading: str) -> None:
    engine = Engine(reading=reading)
    engine.tell("likes(Ann, bob). likes(carl, dan). happy(X) :- likes(X, bob). q(_, _, a).")
    for query in ("likes(carl, bob)?", "likes(zed, bob)?", "happy(zed)?", "forall x. happy(x)?", "q(carl, dan, a)?"):
        assert engine.ask(query).verdict is Verdict.ENTAILED, query
    assert engine.ask("likes(zed, dan)?").verdict is not Verdict.ENTAILED
    assert {row["X"] for row in engine.ask("happy(X)?").answers} == {"a", "bob", "carl", "dan"}
    engine.tell("likes(eve, fred).")
    assert {row["X"] for row in engine.ask("happy(X)?").answers} == {"a", "bob", "carl", "dan", "eve", "fred"}
    found = engine.ask("happy(carl)?")
    assert [item.text for item in found.core] == ["likes(Ann, bob).", "happy(X) :- likes(X, bob)."]
    assert found.checked is not Checked.UNCHECKED and "about everything" in found.note


def test_what_a_fact_about_everything_denies_contradicts() -> None:
    assert told("-evil(X). good(ann).").ask("evil(ann)?").verdict is Verdict.REFUTED
    assert told("-evil(X). evil(ann).").check_consistency().verdict is Verdict.INCONSISTENT


def test_a_derivation_from_a_fact_about_everything_shows_the_fact_alone() -> None:
    engine = told("likes(Ann, bob). q(_, _).")
    assert engine.explain("likes(zed, bob)?").as_text().startswith("likes(zed, bob)   by line 1: likes(Ann, bob).\n(")
    assert engine.explain("q(bob, zed)?").as_text().splitlines()[-1] == "(verified)"
