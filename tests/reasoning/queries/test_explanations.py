"""Explanations: what they say, that they are minimal, and that they are checked."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from abduce.errors import UsageError
from abduce.reasoning.queries.engine import Engine
from abduce.reasoning.queries.verdicts import Checked, Verdict
from abduce.reasoning.rules.bounds import OutOfBounds
from abduce.solvers.base import Reason

RULES = "parent(ann, bob).\nparent(bob, carl).\nparent(bob, dora).\nelder(X, Z) :- parent(X, Y), parent(Y, Z).\n"
FORMULAS = "forall x. man(x) -> mortal(x)\nman(socrates)\nman(plato)\nforall x. god(x) -> not mortal(x)\n"


def told(text: str, **options: str) -> Engine:
    engine = Engine(**options)  # type: ignore[arg-type]
    engine.tell(text, file="kb")
    return engine


def test_a_derivation_in_words() -> None:
    found = told(RULES).explain("elder(ann, carl)?")
    assert str(found) == (
        "elder(ann, carl)   by kb:4: elder(X, Z) :- parent(X, Y), parent(Y, Z).\n"
        "  parent(ann, bob)   by kb:1\n"
        "  parent(bob, carl)   by kb:2\n"
        "(verified)"
    )
    assert [item.line for item in found.core] == [1, 2, 4]
    assert found.core_is_minimal is True


def test_a_core_in_the_users_own_words() -> None:
    found = told(FORMULAS).explain("god(socrates)?")
    assert str(found) == (
        "god(socrates) is contradicted by\n"
        "  forall x. man(x) -> mortal(x)   (kb:1)\n"
        "  man(socrates)   (kb:2)\n"
        "  forall x. god(x) -> not mortal(x)   (kb:4)\n"
        "(reproved)"
    )
    assert found.core_is_minimal is True


def test_countermodels_as_tables() -> None:
    found = told(FORMULAS).ask("god(zeus)?", explain=True)
    holds, fails = found.models
    assert holds.is_verified and fails.is_verified
    assert "god holds for god(zeus)" in str(holds)
    assert "god holds nowhere" in str(fails)
    assert found.checked is Checked.VERIFIED


@pytest.mark.parametrize("check", ["none", "fast", "full"])
def test_marks_are_by_how_much_is_checked(check: str) -> None:
    wanted = Checked.UNCHECKED if check == "none" else Checked.REPROVED
    assert told(FORMULAS, check=check).ask("mortal(plato)?").checked is wanted


def test_contradictions_are_explained() -> None:
    rules = told("p(a).\nq(a).\n-p(X) :- q(X).\n").ask("q(a)?", explain=True)
    assert rules.verdict is Verdict.INCONSISTENT
    assert [item.line for item in rules.core] == [1, 2, 3]
    assert "a contradiction" in str(rules.explanation)
    formulas = told(FORMULAS + "god(plato)\n").check_consistency()
    assert formulas.verdict is Verdict.INCONSISTENT
    assert [item.line for item in formulas.core] == [1, 3, 4, 5]
    constraint = told("p(a). q(a).\n:- p(X), q(X).").check_consistency()
    assert constraint.verdict is Verdict.INCONSISTENT
    assert len(constraint.core) == 3


def test_consistent_premises_have_a_model() -> None:
    found = told(FORMULAS).check_consistency()
    assert found.verdict is Verdict.CONSISTENT
    assert found.model is not None and found.model.is_verified
    assert found.to_json()["verdict"] == "consistent"


def test_what_is_not_derivable_is_said_to_be_so() -> None:
    engine = told(RULES)
    assert "neither elder(bob, ann) nor its opposite is derivable" in str(engine.explain("elder(bob, ann)?"))
    assert "false in the closed reading" in str(engine.explain("elder(bob, ann)?", reading="closed"))


def test_truths_of_logic_need_no_premises() -> None:
    assert "by logic alone" in str(told(FORMULAS).explain("man(plato) | not man(plato)?"))


def test_absences_in_a_derivation() -> None:
    found = told("bird(tom). fly(X) :- bird(X), not sick(X).").explain("fly(tom)?")
    assert "not sick(tom)   (not derivable)" in str(found)
    assert found.core_is_minimal is False


def test_explanations_as_json_graph_and_picture() -> None:
    for engine, query in ((told(RULES), "elder(ann, carl)?"), (told(FORMULAS), "mortal(plato)?")):
        found = engine.explain(query)
        assert json.loads(json.dumps(found.as_json()))["verdict"] == "entailed"
        graph = found.as_graph()
        assert graph.number_of_nodes() == 3
        assert graph.number_of_edges() == 2
        picture = ElementTree.fromstring(found.as_svg())
        assert "parent(ann, bob)" in found.as_svg() or "man(plato)" in found.as_svg()
        assert picture.tag.endswith("svg")


def test_nothing_to_explain_is_an_error() -> None:
    engine = Engine(timeout_s=0.2)
    engine.tell("x: Int. y: Int. z: Int.\nx^3 + y^3 + z^3 = 114. x > 1000. y < 0 - 1000.\n")
    with pytest.raises(UsageError, match="there is no explanation"):
        engine.explain("x = 5000 | y*y = 17*x?")


def test_evidence_is_that_of_the_premises_as_they_were() -> None:
    engine = told(RULES)
    before = engine.ask("elder(ann, carl)?")
    engine.retract("parent(ann, bob).")
    assert [item.line for item in before.core] == [1, 2, 4]
    formulas = told(FORMULAS)
    then = formulas.ask("mortal(plato)?")
    formulas.tell("mortal(plato)\n")
    assert [item.line for item in then.core] == [1, 3]


def test_reasons_of_endless_rules_are_made() -> None:
    engine = Engine(timeout_s=60)
    engine.tell("even(z). even(s(s(X))) :- even(X). odd(s(X)) :- even(X).")
    found = engine.ask("odd(X)?", limit_answers=4)
    assert found.checked is Checked.VERIFIED and [item.line for item in found.core] == [1, 1, 1]


def test_all_answers_are_checked() -> None:
    rules = told(RULES).ask("elder(X, Y)?", explain=True)
    assert len(rules.answers) == 2
    assert rules.checked is Checked.VERIFIED
    assert "elder(ann, dora)" in str(rules.explanation)
    formulas = told(FORMULAS).ask("mortal(X)?")
    assert formulas.checked is Checked.REPROVED
    assert [item.line for item in formulas.core] == [1, 2, 3]
    assert Engine().ask("X*X = 49?").checked is Checked.VERIFIED
    assert told("x: Int.\nx > 3. x < 6.\n").ask("x = X?").checked is Checked.VERIFIED


def test_absences_are_derived_from_again() -> None:
    engine = told("bird(tom). fly(X) :- bird(X), not sick(X). sick(X) :- ill(X).")
    assert engine.ask("fly(tom)?").checked is Checked.REPROVED


def test_a_universal_query_over_what_is_named_has_a_core() -> None:
    found = told("p(a). p(b). q(c).").ask("forall x. p(x) | q(x)?", reading="closed", explain=True)
    assert found.verdict is Verdict.ENTAILED
    assert found.explanation is not None


def test_absences_are_told_apart_by_what_they_are_and_not_by_how_they_are_written() -> None:
    """`q('1')` and `q(1)` are written alike in a derivation."""
    engine = told("p('1'). p('New York'). q(1). r(X) :- p(X), not q(X). s(X) :- p(X), not t(X, _).")
    for query in ("r('1')?", "r('New York')?", "s(X)?", "forall x. r(x) -> p(x)?"):
        found = engine.ask(query)
        assert found.verdict is Verdict.ENTAILED and found.checked is Checked.REPROVED, query
    assert "\0" not in str(engine.explain("forall x. r(x) -> p(x)?"))


def test_evidence_that_does_not_fit_in_the_time_is_said_to_be_lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_time(*_: object, **__: object) -> None:
        raise OutOfBounds(Reason.TIMEOUT)

    engine = told("n(0). n(Y) :- n(X), Y = X + 1, Y < 10.")
    found = engine.ask("n(X)?")
    monkeypatch.setattr("abduce.reasoning.queries.evidence_rules.evaluate", no_time)
    assert found.core == () and found.checked is Checked.UNCHECKED
    assert found.unmade == "no derivation was made within the limits"
    assert found.to_json()["unmade"] == found.unmade
