"""The three readings, how one is chosen, and whether they could differ."""

from __future__ import annotations

import pytest

from abduce.reasoning.queries.engine import Engine
from abduce.reasoning.queries.verdicts import Reading, Verdict


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
