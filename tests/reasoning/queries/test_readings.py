"""The three readings, how one is chosen, and whether they could differ."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abduce.errors import ParseError, SortError, UsageError
from abduce.parser.pausing import watched
from abduce.reasoning.queries.engine import Engine
from abduce.reasoning.queries.verdicts import Checked, Reading, Verdict
from abduce.reasoning.rules.bounds import OutOfBounds
from abduce.solvers.base import Reason


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


# many definite clauses in the classical reading -------------------------------------------------------------------

MANY_EDGES = "\n".join(f"edge(n{n}, n{n + 1})." for n in range(6_000) if n % 50)
PATHS = "\npath(X, Y) :- edge(X, Y). path(X, Z) :- edge(X, Y), path(Y, Z).\n"


def test_many_definite_clauses_entail_classically_what_they_derive() -> None:
    with Engine(timeout_s=60) as engine:
        engine.tell(MANY_EDGES + PATHS)
        told = [engine.ask(query, reading="classical") for query in ("path(n101, n145)?", "path(n105, n101)?")]
        rows = engine.ask("path(n101, X)?", reading="classical")
        assert engine.check_consistency(reading="classical").verdict is Verdict.CONSISTENT
        assert engine.ask("exists x. edge(x, x) or path(n105, n101)?", reading="classical").verdict is (
            Verdict.UNDETERMINED
        )
        assert len(list(engine.solve("path(n101, X)?", reading="classical"))) == 49
    assert [one.verdict for one in told] == [Verdict.ENTAILED, Verdict.UNDETERMINED]
    assert {one.reading for one in (*told, rows)} == {Reading.CLASSICAL}
    assert {one.solver for one in (*told, rows)} == {"rules on demand"}
    assert told[1].note.startswith("definite clauses refute nothing")
    assert told[0].checked is Checked.VERIFIED and len(told[0].core) > 40
    assert len(rows.answers) == 49 and rows.complete


@pytest.mark.parametrize("more", ["age(ann, 3).", "p(X) :- not edge(X, n1), edge(X, _).", ":- edge(X, X).", "-p(n1)."])
@pytest.mark.parametrize("asked", ["edge(n1, n2)?", "not edge(n2, n1)?"])
def test_other_clauses_and_queries_are_left_to_the_solver(
    more: str, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("abduce.reasoning.queries.asking.MANY", 0)
    assert "rules" not in told("edge(n1, n2). edge(n2, n3). " + more).ask(asked, reading="classical").solver
    assert "rules" in told("edge(n1, n2). edge(n2, n3).").ask("edge(n1, n2)?", reading="classical").solver


def small_definite(draw: st.DrawFn) -> list[str]:
    terms = st.sampled_from(["a", "b", "f(a)"])
    facts = draw(st.lists(st.builds("{}({}, {}).".format, st.sampled_from("pq"), terms, terms), max_size=4))
    atoms = st.builds("{}({}, {})".format, st.sampled_from("pqr"), st.sampled_from("XYZ"), st.sampled_from("XYZ"))
    bodies = draw(st.lists(st.lists(atoms, min_size=1, max_size=2), max_size=3))
    return facts + [f"r({body[0][2]}, {body[-1][5]}) :- {', '.join(body)}." for body in bodies]


@settings(max_examples=25, deadline=None)
@given(st.composite(small_definite)(), st.sampled_from(["r(a, b)?", "exists x. r(x, x)?", "p(a, X) or r(X, a)?"]))
def test_definite_clauses_are_the_same_by_rules_and_by_the_solver(clauses: list[str], asked: str) -> None:
    found = []
    for most in (0, 5_000):
        with pytest.MonkeyPatch.context() as patch, Engine(timeout_s=60) as engine:
            patch.setattr("abduce.reasoning.queries.asking.MANY", most)
            engine.tell(" ".join([*clauses, "q(a, a)."]))
            one = engine.ask(asked, reading="classical")
            found.append((one.verdict, one.complete, {str(row) for row in one.answers}))
    (by_rules, all_there, rows), (by_solver, all_named, names) = found
    assert by_rules is by_solver and all_there and names <= rows
    assert names == rows or not all_named  # the solver's answers are names, and f(a) is none


def test_premises_that_are_not_elaborated_in_time_are_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """Integers turn out to be reals on the way, so that what was elaborated is so again."""
    monkeypatch.setattr("abduce.reasoning.queries.classical.AT_ONCE", 10)
    facts = [f"age(n{n}, {n})." for n in range(25)] + ["age(n25, 2.5).", "age(X, 3) :- age(X, 2)."]
    engine = told(" ".join(facts))
    times, left = 0, 3

    def look() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OutOfBounds(Reason.TIMEOUT)

    while True:
        times, left = times + 1, 2 + times
        try:
            with watched(look):
                classical = engine._workspace.classical()
            break
        except OutOfBounds:
            pass
    assert times > 1
    at_once = told(" ".join(facts))._workspace.classical()
    assert [str(term) for term in classical.terms] == [str(term) for term in at_once.terms]
    assert engine.ask("age(n2, 3)?", reading="classical").verdict is Verdict.ENTAILED


@pytest.mark.parametrize(
    ("premises", "query", "verdict"),
    [
        ("p(a). p(b).", "abs(-3) = 3?", Verdict.ENTAILED),
        ("q(-7). p(Y) :- q(X), Y = abs(X).", "p(7)?", Verdict.ENTAILED),
        ("q(-7). p(abs(X)) :- q(X).", "p(7)?", Verdict.ENTAILED),
        ("p(a).", "ite(1 < 2, 1, 2) = 1?", Verdict.ENTAILED),
        ("q(4). u(Y) :- q(X), Y = ite(X < 5, 1, 1/0).", "u(1)?", Verdict.ENTAILED),
        ("q(4). u :- q(X), X^0.5 = 2.", "u?", Verdict.ENTAILED),
    ],
)
def test_calculations_are_the_same_in_all_readings(premises: str, query: str, verdict: Verdict) -> None:
    """`abs` was a term among rules, and a root a literal that never held: refuted, and called verified."""
    engine = told(premises)
    assert {engine.ask(query, reading=reading).verdict for reading in Reading} == {verdict}
    assert engine.ask(query, reading="closed").checked is Checked.VERIFIED


def test_what_abs_gives_is_a_number_and_given_once() -> None:
    assert told("q(-7). q(7). p(abs(X)) :- q(X).").ask("p(Y)?").answers == ({"Y": 7},)


def test_a_function_abs_of_ones_own_is_not_for_rules() -> None:
    engine = Engine(reading="classical")
    engine.tell("abs: Thing -> Thing. p(abs(a)).")
    assert engine.ask("p(abs(a))?").verdict is Verdict.ENTAILED
    with pytest.raises(UsageError, match="line 1 declares another"):
        engine.ask("p(abs(a))?", reading="rules")


COUNTED = "n(0). n(Y) :- n(X), X < 3, Y = X + 1. q(0). q(1). q(3)."


@pytest.mark.parametrize(
    ("query", "verdict"),
    [
        ("forall x. q(x)?", Verdict.REFUTED),
        ("exists x. not q(x)?", Verdict.ENTAILED),
        ("n(2), not q(2)?", Verdict.ENTAILED),
        ("forall x. n(x)?", Verdict.ENTAILED),
        ("forall x. n(x) or q(7)?", Verdict.REFUTED),  # 7 is named, and not derived
        ("forall x. n(x) -> q(x)?", Verdict.REFUTED),
        ("exists x. n(x) and not q(x) and (forall y. y >= x or q(y))?", Verdict.ENTAILED),
    ],
)
def test_quantifiers_range_over_what_is_derived(query: str, verdict: Verdict) -> None:
    """They ranged over what is named alone: all was q, though n(2) was derived and q(2) was not."""
    assert told(COUNTED).ask(query, reading="closed").verdict is verdict


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 5)), st.integers(0, 5))
def test_a_quantified_query_agrees_with_the_answers_to_its_body(told_of: set[int], most: int) -> None:
    engine = told(f"n(0). n(Y) :- n(X), X < {most}, Y = X + 1." + "".join(f" q({one})." for one in told_of))
    counter = [row["X"] for row in engine.ask("n(X), not q(X)?", reading="closed").answers]
    assert set(counter) == set(range(most + 1)) - told_of
    assert (engine.ask("forall x. q(x)?", reading="closed").verdict is Verdict.ENTAILED) is (not counter)
    assert (engine.ask("exists x. not q(x)?", reading="closed").verdict is Verdict.ENTAILED) is bool(counter)


def test_what_a_quantifier_ranges_over_is_said_in_words() -> None:
    found = told(COUNTED).ask("exists x. not q(x)?", reading="closed", explain=True)
    assert found.explanation is not None
    lines = found.explanation.as_text().splitlines()
    assert lines[1:3] == ["  2 is named or derived", "  not q(2)   (not derivable)"]


def test_a_quantifier_over_an_endless_model_is_given_up() -> None:
    found = told("n(0). n(X + 1) :- n(X). q(0).").ask("forall x. q(x)?", reading="closed", timeout_s=0.3)
    assert (found.verdict, found.complete, found.exit_code) == (Verdict.GAVE_UP, False, 3)
    assert found.reason is not None and "ranges over all that is derived" in found.note


def test_what_is_wrong_with_a_quantified_query_is_said_before_its_domain_is_derived() -> None:
    with pytest.raises(ParseError, match="q has 2 arguments"):
        told("n(0). n(X + 1) :- n(X). q(0).").ask("forall x. q(x, x)?", timeout_s=20)


def test_a_query_of_an_aggregate_alone_is_for_the_rules() -> None:
    engine = told("p(a). p(b).")
    for query in ("N = count { X : p(X) }?", "?N = count { X : p(X) }?"):
        found = engine.ask(query)
        assert (found.reading, [tuple(row.values()) for row in found.answers]) == (Reading.RULES, [(2,)])
    assert engine.ask("2 = count { X : p(X) }?").verdict is Verdict.ENTAILED


def test_an_objective_of_rules_is_rational() -> None:
    engine = told("p(9). p(4). p(-1).")
    assert engine.ask("maximize X^0.5 subject to p(X)?").answers == ({"X": 9},)
    engine.tell("p(10).")
    with pytest.raises(UsageError, match=r"X\^0.5 is no rational number for X = 10"):
        engine.ask("maximize X^0.5 subject to p(X)?")
    assert engine.ask("minimize ite(X > 0, X, 100) subject to p(X)?").answers == ({"X": 4},)
