"""What compiles, and what the errors say of what does not."""

from __future__ import annotations

from fractions import Fraction

import pytest

from abduce.errors import ParseError
from abduce.parser.statements import Clause, Operation
from abduce.parser.surface import read
from abduce.reasoning.rules.ground import Compound, Name, Predicate, Value, expression_of, ground, shown, text
from abduce.reasoning.rules.programs import Program, compile_program


def compiled(text: str) -> Program:
    return compile_program([s for s in read(text, file="kb") if isinstance(s, Clause)])


def error(text: str) -> ParseError:
    with pytest.raises(ParseError) as caught:
        compiled(text)
    return caught.value


def test_an_unbound_variable_in_a_head() -> None:
    assert str(error("q(a).\np(X, Y) :- q(X).")) == (
        "kb:2:6: Y in the head is a variable that nothing in the body binds\n"
        "  p(X, Y) :- q(X).\n"
        "       ^\n"
        "  expected: an atom of the body that binds Y\n"
        "  did you mean: p(X, y) :- q(X)."
    )


def test_an_unbound_variable_in_a_negation() -> None:
    found = error("  p(X) :- q(X), not r(X, Y).")
    assert str(found) == (
        "kb:1:26: Y in a default negation is a variable that no atom of the body binds\n"
        "    p(X) :- q(X), not r(X, Y).\n"
        "                           ^\n"
        "  expected: an atom of the body that binds Y  _ for any value\n"
        "  did you mean: p(X) :- q(X), not r(X, _)."
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("p(X) :- q(X), Y > X.", "Y in a comparison"),
        ("p(Y) :- q(X), Y + Z = X.", "in a calculation"),
        ("p(X, N) :- N = count { Y : q(X, Y) }.", "X in an aggregate"),
        ("p(N) :- N = count { Y, Z : q(Y) }.", "Z in the head"),
        (":- not q(X).", "X in a default negation"),
        ("p(f(X)) :- q(Y).", "X in a term"),
    ],
)
def test_other_places_of_unbound_variables(text: str, says: str) -> None:
    assert says in str(error(text))


@pytest.mark.parametrize(
    "text",
    [
        "p(X) :- q(X), not r(X, _).",
        "p(X) :- q(Y), X = Y + 1.",
        "p(X) :- q(Y), Y = X + 1.",
        "p(X) :- X = 3.",
        "p(X) :- q(f(X, _)).",
        "p(X) :- q(X), (r(X, Y), Y > 2 or X < 1).",
        "p(N) :- N = count { X : q(X), not r(X, _) }.",
        "p :- not q(_).",
    ],
)
def test_range_restricted_rules_compile(text: str) -> None:
    assert len(compiled(text).rules) >= 1


def test_one_name_has_one_arity_and_both_places_are_named() -> None:
    assert str(error("likes(ann, bob).\nhappy(X) :- likes(X).")) == (
        "kb:2:13: likes has 1 argument here, but 2 at kb:1: likes(ann, bob).\n"
        "  happy(X) :- likes(X).\n"
        "              ^\n"
        "  expected: likes with 2 arguments  another name"
    )


def test_negation_in_a_cycle_is_shown_step_by_step() -> None:
    found = error("n(a).\np(X) :- n(X), not q(X).\nq(X) :- r(X).\nr(X) :- p(X).")
    assert found.message == ("p depends on its own absence: p needs not q (kb:2); q needs r (kb:3); r needs p (kb:4)")
    assert found.line == 2 and found.column == 15


def test_an_aggregate_in_a_cycle_is_shown() -> None:
    found = error("p(N) :- N = count { X : p(X) }.")
    assert found.message == "p depends on its own absence: p needs an aggregate over p (kb:1)"


def test_strong_negation_is_another_predicate() -> None:
    assert compiled("p(X) :- n(X), not -p(X). n(a).").level[Predicate("p", 1)] == 1


def test_strata_are_counted_by_negations() -> None:
    program = compiled("a(X) :- e(X). b(X) :- e(X), not a(X). c(X) :- b(X). d(X) :- e(X), not c(X).")
    assert [program.level[Predicate(name, 1)] for name in "abcd"] == [0, 1, 1, 2]


def test_what_is_no_rule_is_named() -> None:
    clause = compiled("p(X) :- q(X).").rules[0].clause
    wrong = Clause(clause.head, (Operation("->", clause.body * 2, (8, 12)),), clause.source)
    with pytest.raises(ParseError, match="`q\\(X\\)` cannot stand in the body of a clause") as caught:
        compile_program([wrong])
    assert caught.value.column == 9


def test_a_program_is_not_changed_by_extending_it() -> None:
    first = compiled("p(a).")
    second = first.extended([s for s in read("p(b). q(X) :- p(X).") if isinstance(s, Clause)])
    assert len(first.facts[Predicate("p", 1)]) == 1 and not first.rules
    assert len(second.facts[Predicate("p", 1)]) == 2 and len(second.rules) == 1


def test_too_many_alternatives_are_refused() -> None:
    body = ", ".join(f"(q{i}(X) or r{i}(X))" for i in range(12))
    assert "multiplying out `or` and `ite` gives more than 1024 rules" in str(error(f"p(X) :- n(X), {body}."))


def test_bodies_may_be_long_but_not_without_bound() -> None:
    assert len(compiled(f"p(X0) :- {', '.join(f'e(X{i}, X{i + 1})' for i in range(300))}.").rules[0].shape.body) == 300
    assert "more than 1000" in str(error(f"p :- {', '.join(f'q{i}' for i in range(1001))}."))


@pytest.mark.parametrize(
    "value", [Name("a"), 3, Fraction(-1, 2), text("two words"), Compound("f", (1, Compound("g", (Name("a"),))))]
)
def test_values_become_expressions_and_come_back(value: Value) -> None:
    assert ground(expression_of(value)) == value


def test_values_are_written_as_they_are_read() -> None:
    assert shown(Compound("f", (1, Compound("g", (Name("a"), text("b c")))))) == 'f(1, g(a, "b c"))'
    assert shown(Fraction(1, 2)) == "1/2" and shown(10**5000) == "1" + "0" * 5000
