"""What lint finds, and what it repairs."""

from __future__ import annotations

import pytest

from abduce.parser.lint import Finding, lint, safe_repairs
from abduce.parser.surface import read_all


def findings(text: str) -> list[Finding]:
    statements, errors = read_all(text, file="f")
    return lint(statements, errors)


@pytest.mark.parametrize(
    ("text", "kind", "place", "message", "repair"),
    [
        (
            "∀x (Meeting(x) → Here(x))\n∀x (Lunch(x) → Meetings(x))",
            "near-duplicate",
            (2, 16),
            "Meetings is close to Meeting (f:1); if they are one, write Meeting",
            "∀x (Lunch(x) → Meeting(x))",
        ),
        (
            "likes(bonnie, tom) & likes(bonnie, ann)\nlikes(bonne, jim)",
            "near-duplicate",
            (2, 7),
            "bonne is close to bonnie (f:1); if they are one, write bonnie",
            "likes(bonnie, jim)",
        ),
        (
            "age(ann, 3).\nage(bob).",
            "arity",
            (2, 1),
            "age is a predicate with one argument here and a predicate with 2 arguments in `age` (f:1)",
            None,
        ),
        (
            "∀x Human(x) → Mortal(x)",
            "free-variable",
            (1, 22),
            "x stands outside the reach of the quantifier that binds x, and is a constant here",
            "∀x (Human(x) → Mortal(x))",
        ),
        ("Human(y) → q", "free-variable", (1, 7), "y is bound by no quantifier, and is a constant here", None),
        (
            "likes(Ann, bob).",
            "capitalised",
            (1, 7),
            "Ann is a variable in this fact, which says something about everyone; a name is written ann or 'Ann'",
            "likes('Ann', bob).",
        ),
        (
            "parent(ann, bob).\nold(X) :- parnt(X, Y).",
            "never-concluded",
            (2, 11),
            "parnt is used, but no fact, rule or formula concludes it; did you mean parent?",
            "old(X) :- parent(X, Y).",
        ),
        ("p(a))", "brackets", (1, 5), "this `)` closes no bracket", "p(a)"),
        ("∀x (P(x) → Q(x)", "brackets", (1, 4), "this bracket is never closed", "∀x (P(x) → Q(x))"),
    ],
)
def test_each_kind(text: str, kind: str, place: tuple[int, int], message: str, repair: str | None) -> None:
    (found,) = [one for one in findings(text) if one.kind == kind]
    assert (found.line, found.column, found.message, found.repair) == (*place, message, repair)
    assert str(found).startswith(f"f:{place[0]}:{place[1]}: {kind}: ")


@pytest.mark.parametrize(
    "text",
    [
        "lives(tom, tower-a). lives(jim, tower-b). room(r1). room(r2). p(year2001). p(year2011).",
        "male(tom). female(ann).",
        "cat(tom). bat(jim).",
        "p(X, Y) :- q(Y, X). q(a, b).",
        "x: Int. x > 2",
        "∀x ∀y (P(x, y) → Q(y))",
        "p(X). q(Y1).",
    ],
)
def test_silence_where_nothing_is_odd(text: str) -> None:
    assert findings(text) == []


def test_safe_repairs_are_made_and_listed() -> None:
    text = "∀x (Meeting(x) → Here(x))\n∀x (Lunch(x) → Meetings(x)\n¬Tired(mary))\nAmerican(captain america)\n"
    repaired, repairs = safe_repairs(text, file="f")
    assert repaired == (
        "∀x (Meeting(x) → Here(x))\n∀x (Lunch(x) → Meeting(x))\n¬Tired(mary)\nAmerican(captain_america)\n"
    )
    assert [(one.file, one.line, one.before, one.after) for one in repairs] == [
        ("f", 2, "∀x (Lunch(x) → Meetings(x)", "∀x (Lunch(x) → Meetings(x))"),
        ("f", 3, "¬Tired(mary))", "¬Tired(mary)"),
        ("f", 4, "American(captain america)", "American(captain_america)"),
        ("f", 2, "∀x (Lunch(x) → Meetings(x))", "∀x (Lunch(x) → Meeting(x))"),
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("forall x y. p(x).", ["y"]),
        ("exists x. p(a)?", ["x"]),
        ("forall x. p(x) -> (exists x. q(x)).", []),
        ("forall x. q(a) -> (exists x. q(x)).", ["x"]),
        ("forall _x. p(a).", []),
        ("p(_)?", []),
    ],
)
def test_variables_that_nothing_speaks_of(text: str, names: list[str]) -> None:
    found = [one for one in findings(text) if one.kind == "unused-variable"]
    assert [one.message.split()[2].rstrip(",") for one in found] == names


@pytest.mark.parametrize(
    "text",
    ["likes(Ann, bob).\n", "likes(bonnie, bonne)\n", "p(a) & (q(b) | r(c)\n& s(d) | t(e)\n", "Cat(x) & Cats(x)\n"],
)
def test_what_is_not_clear_is_left_alone(text: str) -> None:
    assert safe_repairs(text) == (text, [])
