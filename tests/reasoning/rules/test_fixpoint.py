"""Evaluation of rules against a naive fixpoint, its limits, and facts that are told later."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from rule_oracle import Fact, least_model, programs

from abduce.errors import ParseError, UsageError
from abduce.parser.statements import Clause, Source
from abduce.parser.surface import read
from abduce.reasoning.rules.bounds import OutOfBounds
from abduce.reasoning.rules.fixpoint import Evaluation, evaluate
from abduce.reasoning.rules.ground import Atom, Compound, Name, Predicate, TextValue
from abduce.reasoning.rules.programs import Table, compile_program
from abduce.solvers.base import Limits, Reason


def clauses(text: str) -> list[Clause]:
    found = read(text)
    assert all(isinstance(statement, Clause) for statement in found)
    return [statement for statement in found if isinstance(statement, Clause)]


def model_of(evaluation: Evaluation) -> set[Fact]:
    return {(p.strong, p.name, row) for p in evaluation.relations if p.name for row in evaluation.facts(p)}


def evaluated(text: str, **limits: float) -> Evaluation:
    return evaluate(compile_program(clauses(text)), Limits(**limits))  # type: ignore[arg-type]


def rows(text: str, predicate: str) -> list[tuple[object, ...]]:
    found = evaluated(text)
    assert found.complete
    return list(found.facts(predicate))


@settings(max_examples=40, deadline=None)
@given(programs())
def test_random_programs_have_the_model_of_a_naive_fixpoint(program: tuple[str, list[list[Clause]]]) -> None:
    text, strata = program
    assert model_of(evaluate(compile_program([c for level in strata for c in level]))) == least_model(strata), text


@settings(max_examples=20, deadline=None)
@given(programs(), programs())
def test_telling_facts_later_gives_the_model_of_telling_them_at_once(
    program: tuple[str, list[list[Clause]]], more: tuple[str, list[list[Clause]]]
) -> None:
    first = [c for level in program[1] for c in level]
    later = [c for level in more[1] for c in level if not c.body]
    found = evaluate(compile_program(first))
    for clause in later:
        found.extend([clause], limits=Limits())
    assert model_of(found) == model_of(evaluate(compile_program([*first, *later]))), program[0]
    # and rules that come later
    found.extend(more_rules := [c for c in more[1][0] if c.body], limits=Limits())
    assert model_of(found) == model_of(evaluate(compile_program([*first, *later, *more_rules])))


def test_closure_of_a_chain() -> None:
    chain = "".join(f"edge({i}, {i + 1}). " for i in range(40))
    found = evaluated(chain + "path(X, Y) :- edge(X, Y). path(X, Z) :- path(X, Y), path(Y, Z).")
    assert len(list(found.facts("path"))) == 40 * 41 // 2


def test_cycles_terminate() -> None:
    assert set(rows("e(a, b). e(b, a). r(X, Y) :- e(X, Y). r(X, Z) :- r(X, Y), r(Y, Z).", "r")) == {
        ("a", "a"), ("a", "b"), ("b", "a"), ("b", "b"),
    }  # fmt: skip


def test_arithmetic_is_exact_and_undefined_arithmetic_satisfies_nothing() -> None:
    text = "p(0). p(3). p(foo). half(X / 2) :- p(X). inverse(1 / X) :- p(X). odd(X) :- p(X), not 1 / X > 5."
    assert rows(text, "half") == [(0,), (Fraction(3, 2),)]
    assert rows(text, "inverse") == [(Fraction(1, 3),)]
    assert rows(text, "odd") == [(3,)]


def test_equations_are_solved_for_their_one_unknown() -> None:
    assert rows("v(7). w(X) :- v(Y), Y = X + 2. z(X) :- v(Y), 10 - X = Y. k(X) :- v(X + 1).", "w") == [(5,)]
    assert rows("v(7). z(X) :- v(Y), 10 - X = Y.", "z") == [(3,)]
    assert rows("v(7). k(X) :- v(X + 1).", "k") == [(6,)]


def test_a_name_is_no_number_and_a_text_is_no_name() -> None:
    found = evaluated('p(a). p("a"). q(X + X) :- p(X). r(X * 3) :- p(X). s :- "a" = a. t(X) :- p(X), X != a.')
    assert [list(found.facts(name)) for name in "qrs"] == [[], [], []]
    (text,) = next(found.facts("t"))
    assert isinstance(text, TextValue) and text.value == "a" and found.holds(Atom(Predicate("p", 1), (Name("a"),)))


def test_aggregates_count_the_distinct_and_have_no_least_of_nothing() -> None:
    text = "c(a, 3). c(b, 3). c(b, 4). g(a). g(b). g(e). "
    assert rows(text + "n(X, N) :- g(X), N = count { V : c(X, V) }.", "n") == [("a", 1), ("b", 2), ("e", 0)]
    assert rows(text + "n(N) :- N = sum { V : c(_, V) }.", "n") == [(7,)]
    assert rows(text + "n(N) :- N = sum { V, X : c(X, V) }.", "n") == [(10,)]
    assert rows(text + "n(X, N) :- g(X), N = min { V : c(X, V) }.", "n") == [("a", 3), ("b", 3)]
    assert rows(text + "n(X, N) :- g(X), N = max { V + 1 : c(X, V), V > 3 }.", "n") == [("b", 5)]
    assert rows(text + "n(X) :- g(X), count { V : c(X, V) } + 1 > 2.", "n") == [("b",)]


def test_an_aggregate_in_an_aggregate_sees_the_variables_around_it() -> None:
    text = "e(a, 1). e(a, 2). e(b, 1). g(a). g(b). "
    text += "n(M) :- M = max { N, X : g(X), N = count { Y : e(X, Y) } }."
    assert rows(text, "n") == [(2,)]


def test_strong_negation_is_a_predicate_of_its_own_and_a_clash_is_inconsistent() -> None:
    found = evaluated("bird(tim). -flies(X) :- bird(X). flies(tim).")
    assert found.inconsistent
    assert list(found.conflicts()) == [
        (Atom(Predicate("flies", 1), ("tim",)), Atom(Predicate("flies", 1, True), ("tim",)))
    ]
    assert not evaluated("bird(tim). -flies(X) :- bird(X).").inconsistent


def test_integrity_constraints() -> None:
    assert evaluated("p(1). p(2). :- p(X), p(Y), X + Y = 3.").inconsistent
    assert not evaluated("p(1). :- p(X), X > 1.").inconsistent


def test_compound_terms_are_data() -> None:
    text = "l(cons(a, cons(b, nil))). l(T) :- l(cons(_, T)). h(X) :- l(cons(X, _))."
    assert rows(text, "h") == [("a",), ("b",)]
    assert isinstance(rows(text, "l")[0][0], Compound)


@pytest.mark.parametrize("rule", ["n(s(X)) :- n(X).", "n(X + 1) :- n(X).", "n(X * 2 + 1) :- n(X)."])
def test_what_never_ends_stops_at_its_time_limit(rule: str) -> None:
    start = time.monotonic()
    found = evaluated(f"n(1). {rule}", timeout_s=0.3)
    assert not found.complete and found.reason in (Reason.TIMEOUT, Reason.MEMORY)
    assert time.monotonic() - start < 60.0


def test_one_long_join_stops_at_its_time_limit() -> None:
    start = time.monotonic()
    numbers = "".join(f"n({i}). " for i in range(3000))
    found = evaluated(numbers + "big(X) :- n(X), n(Y), n(Z), X + Y + Z < 0.", timeout_s=0.2)
    assert found.reason is Reason.TIMEOUT and time.monotonic() - start < 60.0


def test_memory_is_bounded() -> None:
    numbers = "".join(f"n({i}). " for i in range(1000))
    found = evaluate(compile_program(clauses(numbers + "p(X, Y) :- n(X), n(Y).")), Limits(120.0, 10))
    assert found.reason is Reason.MEMORY


def test_a_wish_to_stop_is_heard() -> None:
    found = evaluate(compile_program(clauses("n(0). n(X + 1) :- n(X).")), Limits(), lambda: True)
    assert found.reason is Reason.INTERRUPTED


def test_numbers_that_explode_are_reported_as_memory() -> None:
    assert evaluated("n(3). n(X * X) :- n(X).").reason is Reason.MEMORY
    assert evaluated("n(X) :- X = 10 ^ 10 ^ 10.").reason is Reason.MEMORY


def test_deep_terms_do_not_recurse() -> None:
    found = evaluated("n(z, 0). n(s(X), N + 1) :- n(X, N), N < 20000. last(X) :- n(X, 20000).", timeout_s=120)
    (row,) = found.facts("last")
    assert found.complete and len(str(row[0])) == 3 * 20000 + 1 and hash(row) and row == (row[0],)


def test_a_very_long_body_is_evaluated() -> None:
    body = ", ".join(f"e(X{i}, X{i + 1})" for i in range(299))
    assert rows(f"e(a, b). e(b, a). p(X0, X299) :- {body}.", "p") == [("a", "b"), ("b", "a")]


def test_many_loops_and_many_alternatives_in_one_rule() -> None:
    body = ", ".join(f"e(X{i}, X{i + 1})" for i in range(30))
    assert rows(f"e(a, b). e(b, a). p(X0, X30, X15) :- {body}.", "p") == [("a", "a", "b"), ("b", "b", "a")]
    either = ", ".join(f"(X = {i} or X > {i})" for i in range(6))
    assert rows(f"n(4). n(5). p(X) :- n(X), {either}.", "p") == [("5",)] or rows(
        f"n(5). p(X) :- n(X), {either}.", "p"
    ) == [(5,)]


def test_queries_give_answers_lazily_and_once() -> None:
    found = evaluated("e(a, b). e(a, c). e(b, c). n(1). n(2).")
    query = read("e(X, Y), not e(Y, _)?")[0]
    answers = found.query(query.expression, query.free)  # type: ignore[union-attr]
    assert next(answers) == {"X": "a", "Y": "c"} and list(answers) == [{"X": "b", "Y": "c"}]
    query = read("(n(X), X > 1) or X = 1?")[0]
    assert list(found.query(query.expression, query.free)) == [{"X": 2}, {"X": 1}]  # type: ignore[union-attr]
    assert list(found.query(read("e(a, b), not e(b, a)?")[0].expression, ())) == [{}]  # type: ignore[union-attr]


def test_answers_end_with_an_error_when_what_is_known_changes() -> None:
    found = evaluated("n(1). n(2).")
    answers = found.query(read("n(X)?")[0].expression, ["X"])  # type: ignore[union-attr]
    next(answers)
    found.extend(clauses("n(3)."), limits=Limits())
    with pytest.raises(UsageError, match="ask again"):
        next(answers)


def test_a_query_stops_at_its_limit() -> None:
    found = evaluated("".join(f"n({i}). " for i in range(2000)))
    query = read("n(X), n(Y), n(Z), X + Y + Z < 0?")[0]
    with pytest.raises(OutOfBounds):
        list(found.query(query.expression, query.free, limits=Limits(0.1)))  # type: ignore[union-attr]


def test_an_unbound_variable_in_a_query_is_an_error_with_its_place() -> None:
    query = read("not e(X, a)?")[0]
    with pytest.raises(ParseError, match="X in") as caught:
        list(evaluated("e(a, b).").query(query.expression, query.free, source=query.source))  # type: ignore[union-attr]
    assert caught.value.column == 7


def test_tables_are_facts() -> None:
    table = Table("age", [("ann", 41), ("bob", 0.5)], Source("ages.csv", "ages.csv"))
    found = evaluate(compile_program(clauses("old(X) :- age(X, A), A > 40."), [table]))
    assert list(found.facts("old")) == [("ann",)] and list(found.facts("age"))[1] == ("bob", Fraction(1, 2))


def test_the_order_of_facts_is_that_of_their_derivation() -> None:
    text = "e(b, c). e(a, b). e(c, d). p(X, Y) :- e(X, Y). p(X, Z) :- p(X, Y), e(Y, Z)."
    assert rows(text, "p") == [("b", "c"), ("a", "b"), ("c", "d"), ("b", "d"), ("a", "c"), ("a", "d")]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("p(abs(X)) :- q(X). q(-7). q(7). q(a). q(1/2).", [7, Fraction(1, 2)]),
        ("p(Y) :- q(X), Y = abs(X - 8) + abs(X). q(5).", [8]),
        ("p(f(abs(-3))).", [Compound("f", (3,))]),
        ("p(ite(X > 3, X, 1/0)) :- q(X). q(3). q(4). q(a).", [4]),
        ("p(ite(X < 2, low, ite(X < 4, middle, high))) :- q(X). q(1). q(3). q(5).", ["low", "middle", "high"]),
        ("p(X) :- q(X), X = ite(r(X), 1, 2). q(1). q(2). r(1).", [1, 2]),
        ("p(X) :- q(X), not r(ite(X = 1 or X = 2, 0, X)). q(1). q(2). q(3). q(4). r(0). r(3).", [4]),
        ("p(X) :- X = ite(1/0 = 1, 1, 2).", []),
        ("p(N) :- N = sum { ite(X > 2, X, 0), X : q(X) }. q(1). q(3). q(5).", [8]),
        ("p(N) :- N = count { X : q(ite(X = 1, 3, 1)), r(X) }. q(1). r(1). r(2).", [1]),
        ("p(X^0.5) :- q(X). q(4). q(9/16). q(0).", [2, Fraction(3, 4), 0]),
        ("p(X^(-2/3)) :- q(X). q(27/8). q(0). q(a).", [Fraction(4, 9)]),
        ("p(X) :- q(X), X^(1/3) != 5. q(-8). q(8).", [8]),
        ("p(Y) :- q(X), Y = 1^(1/X). q(100000000000).", [1]),
    ],
)
def test_absolute_values_choices_and_roots(text: str, values: list[object]) -> None:
    assert set(rows(text, "p")) == {(value,) for value in values}


@pytest.mark.parametrize("power", ["X^0.5", "X^(-1/3)", "(2/X)^(3/2)"])
def test_a_power_that_is_not_rational_is_refused_at_its_place(power: str) -> None:
    for text in (f"q(3).\np({power}) :- q(X).", f"q(3).\np(X) :- q(X), {power} != 2."):
        with pytest.raises(ParseError, match="is no rational number") as caught:
            evaluated(text)
        assert caught.value.line == 2 and caught.value.column is not None
        assert text.splitlines()[1].index(power) <= caught.value.column - 1 <= text.splitlines()[1].index("^")


def test_a_query_refuses_such_a_power_too() -> None:
    model = evaluated("q(2).")
    with pytest.raises(ParseError, match=r"2\^\(1/2\) is no rational number"):
        list(model.query(read("p :- q(X), X^0.5 > 1.")[0].body, ["X"]))  # type: ignore[union-attr]


def test_the_condition_of_a_choice_has_no_quantifier() -> None:
    with pytest.raises(ParseError, match="the condition of `ite` cannot have a quantifier"):
        evaluated("p(Y) :- q(X), Y = ite(exists z. r(z), X, 1). q(1).")


def test_variables_of_nested_quantifiers_are_told_apart() -> None:
    """The outer variable kept its name inside the inner quantifier, and in aggregates: it was another one there."""
    model = evaluated("p(a). q(b, c). q(b, d). r(b). s(X) :- q(X, _).")
    for text, holds in (
        ("exists x. (p(x) and (exists y. q(x, y)))?", False),
        ("exists x. (r(x) and (exists y. q(x, y)))?", True),
        ("exists x. (p(x) and 2 = count { Y : q(x, Y) })?", False),
        ("exists x. (r(x) and 2 = count { Y : q(x, Y) })?", True),
        ("exists x. (r(x) and (exists x. p(x)))?", True),
    ):
        query = read(text)[0]
        assert bool(list(model.query(query.expression, []))) is holds, text  # type: ignore[union-attr]
