"""Answers to queries with free variables: all of them, and a truthful word on whether they are all."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abduce.errors import SortError, UsageError
from abduce.query_output import result_text
from abduce.reasoning.queries.engine import Engine
from abduce.reasoning.queries.verdicts import Checked, Optimum, Result, Verdict
from abduce.solvers.base import Algebraic, Reason


def told(text: str, reading: str | None = None) -> Engine:
    engine = Engine(reading=reading)
    engine.tell(text)
    return engine


def test_constants_that_are_entailed_are_answers() -> None:
    engine = told("forall x. man(x) -> mortal(x)\nman(plato)\nman(socrates)\ngod(zeus)\nmortal(zeus) | mortal(hera)\n")
    found = engine.ask("mortal(X)?")
    assert {row["X"] for row in found.answers} == {"plato", "socrates"}
    assert found.complete is True
    assert found.verdict is Verdict.ENTAILED
    assert found.exit_code == 0


def test_no_answers_of_what_exists_without_a_name() -> None:
    engine = told("exists x. man(x)\ngod(zeus)\n")
    found = engine.ask("man(X)?")
    assert (found.answers, found.complete, found.verdict) == ((), True, Verdict.ENTAILED)
    assert found.exit_code == 1
    none = engine.ask("man(X), not man(X)?")
    assert (none.answers, none.verdict) == ((), Verdict.REFUTED)


def test_values_of_functions_may_be_answers_without_a_name() -> None:
    engine = told("forall x. loves(x, father(x))\nloves(ann, bob)\n")
    found = engine.ask("loves(ann, X)?")
    assert (found.answers, found.complete, found.reason) == (({"X": "bob"},), False, Reason.INCOMPLETE)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), min_size=1, max_size=6),
    st.booleans(),
)
def test_pairs_are_those_of_the_closure(edges: list[tuple[str, str]], through_rules: bool) -> None:
    closure = set(edges)
    while True:
        more = {(a, d) for (a, b), (c, d) in product(closure, repeat=2) if b == c} - closure
        if not more:
            break
        closure |= more
    facts = "".join(f"edge({a}, {b}). " for a, b in edges)
    text = facts + "path(X, Y) :- edge(X, Y). path(X, Z) :- path(X, Y), path(Y, Z).\n"
    with told(text, None if through_rules else "classical") as engine:
        found = engine.ask("path(X, Y)?")
    assert {(row["X"], row["Y"]) for row in found.answers} == closure
    assert len(found.answers) == len(closure)
    assert found.complete is True


def test_values_of_functions_are_found_where_they_are_determined() -> None:
    engine = told("age(ann) = 42\nage(bob) + 2 = age(ann)\nage(cid) > 3\n")
    found = engine.ask("age(X) = N?")
    assert {(row["X"], row["N"]) for row in found.answers} == {("ann", 42), ("bob", 40)}
    assert found.complete is True
    assert list(islice((row["N"] for row in engine.solve("N < age(cid), N > 0?")), 9)) in ([1, 2, 3], [3, 2, 1])


def test_unknowns_are_solved() -> None:
    engine = told("x: Int. y: Int.\nx + y = 10. x > y. y > 0.\n")
    found = engine.ask("x = X, y = Y?")
    assert {(row["X"], row["Y"]) for row in found.answers} == {(9, 1), (8, 2), (7, 3), (6, 4)}
    assert found.complete is True


@pytest.mark.parametrize(
    ("query", "count", "complete"),
    [
        ("1 <= X, X <= 1000?", 1000, True),
        ("X*X = 49?", 2, True),
        ("X*X = 50?", 0, True),
        ("X + Y = 3, X >= 0, Y >= 0?", 4, True),
    ],
)
def test_how_many_integers(query: str, count: int, complete: bool) -> None:
    found = Engine().ask(query)
    assert len(found.answers) == count
    assert found.complete is complete
    assert len({tuple(row.items()) for row in found.answers}) == count


def test_infinitely_many_answers_come_one_at_a_time() -> None:
    engine = Engine()
    found = engine.ask("X > 5?", limit_answers=20)
    assert len(found.answers) == 20
    assert found.complete is False
    assert found.exit_code == 0
    values = [row["X"] for row in islice(engine.solve("X > 5?"), 50)]
    assert len(set(values)) == 50
    assert min(values) > 5
    assert engine.ask("3 > 2?").verdict is Verdict.ENTAILED


def test_a_closed_query_has_all_its_answers_at_the_end() -> None:
    found = told("p(a).").solve("p(a)?")
    assert (list(found), found.complete) == ([{}], True)


def test_reals_may_be_irrational() -> None:
    engine = told("r: Real.\nr^2 = 2. r > 0.\n")
    (row,) = engine.ask("r = X?").answers
    assert isinstance(row["X"], Algebraic)
    assert "1.414213562" in str(engine.ask("r = X?"))


def test_limits_of_answers_in_rules() -> None:
    engine = told("p(a). p(b). p(c).")
    assert engine.ask("p(X)?", limit_answers=2).complete is False
    assert engine.ask("p(X)?", limit_answers=3).complete is True
    assert [row["X"] for row in engine.solve("p(X)?")] == ["a", "b", "c"]


def test_answers_of_endless_rules_come_one_at_a_time() -> None:
    engine = Engine(timeout_s=1_000)
    engine.tell("n(0). n(X + 1) :- n(X).")
    answers = engine.solve("n(X)?")
    assert [row["X"] for row in islice(answers, 2_000)] == list(range(2_000))
    assert answers.complete is None
    engine.tell("n(-5).")
    with pytest.raises(UsageError, match="ask again"):
        list(answers)


def test_many_answers_of_rules_come_each_once() -> None:
    engine = told("".join(f"n({i}). " for i in range(50)))
    answers = engine.solve("n(X), n(Y)?")
    assert len(set(map(str, answers))) == 2_500 and answers.complete is True
    few = Engine(timeout_s=0.5)
    few.tell("n(0). n(X + 1) :- n(X).")
    answers = few.solve("n(X)?")
    values = [row["X"] for row in answers]
    assert values == list(range(len(values))) and values
    assert (answers.complete, answers.reason) == (False, Reason.TIMEOUT)


def test_the_best_solution_with_its_bounds() -> None:
    engine = told("x: Int. y: Int.\nx + 2*y <= 14. 3*x >= y. x - y <= 2.\n")
    found = engine.ask("maximize x + y?")
    assert found.optimum is not None
    assert (found.optimum.value, found.optimum.lower, found.optimum.upper) == (10, 10, 10)
    assert found.answers == ({"x": 6, "y": 4},)
    assert found.checked is Checked.REPROVED
    unbounded = engine.ask("minimize X subject to X < 3?")
    assert unbounded.optimum is not None
    assert (unbounded.optimum.value, unbounded.optimum.lower) == (None, None)
    assert "as small as one likes" in str(unbounded)
    assert unbounded.checked is Checked.UNCHECKED
    assert engine.ask("maximize X subject to X < 3, X > 5?").verdict is Verdict.REFUTED


def test_the_objective_has_a_say_in_the_sorts_of_its_variables_alone() -> None:
    engine = told("x >= 0\nx <= 10\n")
    assert engine.ask("maximize 0.5 * x subject to x < 8.5?").optimum == Optimum(4, 4, 4)
    for found in (
        Engine().ask("maximize 0.5 * X subject to X >= 0, X < 8.5?"),
        told("x: Real.\nx >= 0\nx <= 10\n").ask("maximize 0.5 * x subject to x < 8.5?"),
    ):
        assert found.optimum is not None
        assert (found.optimum.upper, found.optimum.attained) == (Fraction(17, 4), False)


@pytest.mark.parametrize("reading", ["classical", "rules"])
@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("2^-2 = 0.25?", True),
        ("2^-1 = 0?", False),
        ("1/0 = 1/0?", False),
        ("1/0 != 1?", False),
        ("5 mod 0 = 5?", False),
        ("0^-1 = 0?", False),
    ],
)
def test_what_has_no_value_satisfies_nothing(reading: str, query: str, holds: bool) -> None:
    found = told("p(a).").ask(query, reading=reading)
    assert (found.verdict is Verdict.ENTAILED) == holds


def test_the_best_answer_of_rules() -> None:
    engine = told("price(figs, 3). price(tea, 10). price(wine, 2.5).")
    found = engine.ask("minimize P subject to price(X, P)?")
    assert found.answers == ({"P": Fraction(5, 2), "X": "wine"},) or dict(found.answers[0]) == {
        "X": "wine",
        "P": Fraction(5, 2),
    }
    assert found.optimum is not None
    assert found.optimum.value == Fraction(5, 2)
    with pytest.raises(UsageError, match="takes a number"):
        engine.ask("minimize X subject to price(X, P)?")


def test_contradictory_premises_have_no_answers() -> None:
    engine = told("p(a)\nnot p(a)\nq(b)\n")
    found = engine.ask("q(X)?")
    assert found.verdict is Verdict.INCONSISTENT
    assert found.answers == ()
    assert found.exit_code == 1
    with pytest.raises(UsageError, match="contradict"):
        list(engine.solve("q(X)?"))


def test_capitalised_names_of_premises_are_constants() -> None:
    engine = told("Human(Ann)\nforall x. Human(x) -> Mortal(x)\n")
    found = engine.ask("Mortal(Ann)?")
    assert found.verdict is Verdict.ENTAILED
    assert "Ann: read as constants of the premises" in found.note
    assert engine.ask("Mortal(?Ann)?").answers == ({"Ann": "Ann"},)


def test_algebra() -> None:
    found = Engine().ask("solve x^2 - 5*x + 6 = 0")
    assert [row["x"] for row in found.answers] == [2, 3]
    assert found.complete is True
    assert found.checked is Checked.VERIFIED
    assert found.solver == "sympy"
    assert Engine().ask("integrate x^2, x").answers[0]["result"] == "x^3/3"


# numbers that predicates hold of, and objectives that are functions -------------------------------------------------


@pytest.mark.parametrize("facts", ["p(a, 1). p(b, 3). p(c, 2).", "p(a, 1). p(b, 3). p(c, 2.7)."])
@pytest.mark.parametrize("query", ["p(_, X)?", "p(_, X), X > 2.5?", "p(Y, X), X > 1?", "exists y. p(y, X) & X >= 2?"])
def test_numbers_of_facts_are_all_found_in_both_readings(facts: str, query: str) -> None:
    engine = Engine()
    engine.tell(facts)
    rules, classical = engine.ask(query), engine.ask(query, reading="classical")
    assert rules.complete and classical.complete
    assert rules.answers and as_set(rules) == as_set(classical)


def as_set(found: Result) -> set[tuple[tuple[str, object], ...]]:
    return {tuple(sorted(row.items())) for row in found.answers}


def test_the_best_value_of_a_function_over_answers() -> None:
    engine = Engine()
    engine.tell("age: Thing -> Int.\nage(carl) = 3\nage(dan) = 7\nage(eve) = 9\nperson(carl). person(dan).")
    found = engine.ask("maximize age(X) subject to person(X)?")
    assert found.optimum is not None and found.optimum.value == found.optimum.upper == 7
    assert found.answers == ({"X": "dan"},) and found.complete
    assert engine.ask("minimize age(X)?").optimum == Optimum(3, 3, 3)


def test_a_value_that_is_not_determined_leaves_the_bound_open() -> None:
    engine = Engine()
    engine.tell("age: Thing -> Int.\nage(carl) = 3\nage(dan) <= 7\nperson(carl). person(dan).")
    found = engine.ask("maximize age(X) subject to person(X)?")
    assert found.optimum == Optimum(3, 3, None) and not found.complete
    assert found.note == "for X = dan the premises do not determine the value"
    assert engine.ask("maximize age(dan)?").optimum == Optimum(7, 7, 7)


def test_an_objective_that_is_a_predicate_is_an_error_that_says_what_may_be_meant() -> None:
    engine = Engine()
    engine.tell("age(carl, 3). age(dan, 7).")
    with pytest.raises(SortError, match=r"did you mean: maximize N subject to age\(X, N\)\?"):
        engine.ask("maximize age(X)?")
    with pytest.raises(UsageError, match=r"age\(X\) is age\(carl\) for X = carl; did you mean: maximize N subject to"):
        engine.ask("maximize age(X) subject to age(X, _)?")
    assert engine.ask("maximize N subject to age(X, N)?").optimum == Optimum(7, 7, 7)


def test_all_of_the_best_answers_are_given() -> None:
    engine = told("cost(a, 3). cost(b, 2). cost(c, 2).")
    found = engine.ask("minimize C subject to cost(X, C)?")
    assert [row["X"] for row in found.answers] == ["b", "c"]
    assert found.complete and found.optimum == Optimum(2, 2, 2)
    first = engine.ask("minimize C subject to cost(X, C)?", limit_answers=1)
    assert [row["X"] for row in first.answers] == ["b"] and not first.complete and first.optimum == Optimum(2, 2, 2)


@pytest.mark.parametrize(
    ("question", "only"),
    [
        ("maximize X + Y subject to X >= 0, Y >= 0, X + Y <= 1?", False),
        ("maximize 3*X + Y subject to X + 2*Y <= 14, X <= 4, X >= 0, Y >= 0?", True),
        ("minimize X*X subject to X*X = 4?", False),
        ("maximize X*Y subject to X + Y = 1.0?", True),
        ("maximize X subject to X*X <= 2, X > 0.0?", True),
    ],
)
def test_an_optimum_says_whether_others_are_as_good(question: str, only: bool) -> None:
    found = Engine().ask(question)
    assert found.complete is only and len(found.answers) == 1 and found.exit_code == 0
    assert ("other solutions are as good" in found.note) is not only
    assert result_text(found).startswith("1 answer, all there are" if only else "1 answer\n")


def test_what_only_comes_near_the_best_is_not_all_the_answers() -> None:
    found = Engine().ask("maximize X subject to X < 1.0?")
    assert found.optimum is not None and not found.optimum.attained and not found.complete
    assert result_text(found).startswith("1 answer\n")


def test_the_best_that_was_found_is_a_value_that_is_taken() -> None:
    engine = told("x: Real. x*x < 2. x > 0.")
    found = engine.ask("maximize x?")
    assert found.verdict is Verdict.GAVE_UP and found.optimum is not None
    assert found.optimum.attained and found.answers[0]["x"] == found.optimum.value
    assert "approached" not in str(found)


@pytest.mark.parametrize("reading", ["rules", "closed"])
@pytest.mark.parametrize(
    ("question", "checked"),
    [
        ("n(2)?", "reproved"),
        ("n(3)?", "reproved"),
        ("n(N)?", "reproved"),
        ("above(carl, ann)?", "reproved"),
        ("above(X, ann)?", "reproved"),
        ("maximize N subject to n(N)?", "reproved"),
        ("above(ann, carl)?", "verified"),
    ],
)
def test_what_rules_say_is_checked(reading: str, question: str, checked: str) -> None:
    with Engine(reading=reading, check="full") as engine:
        engine.tell(
            "parent(ann, bob). parent(bob, carl). n(N) :- N = count { X : parent(X, _) }. "
            "above(X, Y) :- parent(X, Y). above(X, Z) :- parent(X, Y), above(Y, Z)."
        )
        assert str(engine.ask(question).checked) == checked
        engine.check = "none"
        assert str(engine.ask(question).checked) == "unchecked"
