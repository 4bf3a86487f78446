"""Repairs of texts with one slip: the text before the slip is found again."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abduce.errors import ParseError, SortError
from abduce.parser.elaboration import elaborate
from abduce.parser.lint import lint
from abduce.parser.statements import Formula
from abduce.parser.suggestions import bracket_repairs, renamed, safe_repair
from abduce.parser.surface import read_formula
from abduce.parser.vocabulary import are_variants, distance, may_be_typo, uses_of, vocabulary_of

THEORY = [
    "∀x (Drinks(x) → Dependent(x))",
    "∀x (Drinks(x) ⊕ Jokes(x))",
    "(Student(rina) ∧ Unaware(rina)) ⊕ ¬(Student(rina) ∨ Unaware(rina))",
    "¬(Dependent(rina) ∧ Student(rina)) → (Dependent(rina) ∧ Student(rina)) ⊕ ¬(Dependent(rina) ∨ Student(rina))",
    "∀x ∀y (Teaches(x, y) ∧ Student(y) → Knows(x, y) ∨ ∃z (Helps(z, x) ∧ Knows(z, y)))",
    "∃x (Drinks(x) ∧ ¬Jokes(x) ∧ Teaches(x, rina))",
    "Teaches(tom, rina) ∧ ¬Helps(rina, tom)",
    "∀x (Jokes(x) → ¬Unaware(x))",
]


def _formulas(without: int) -> list[Formula]:
    return [read_formula(text) for place, text in enumerate(THEORY) if place != without]


def test_lost_brackets() -> None:
    found = count = 0
    for place, text in enumerate(THEORY):
        known = vocabulary_of(_formulas(place))
        for index in (index for index, char in enumerate(text) if char in "()"):
            slip = text[:index] + text[index + 1 :]
            with pytest.raises(ParseError):
                read_formula(slip)
            count += 1
            found += text in bracket_repairs(slip, known=known)[:3]
    assert found / count >= 0.85, (found, count)


def test_lost_brackets_without_a_session() -> None:
    text = "∀x (Student(x) ∧ Tired(x) → Sleeps(x))"
    for index in (index for index, char in enumerate(text) if char in "()"):
        with pytest.raises(ParseError) as error:
            read_formula(text[:index] + text[index + 1 :])
        assert text in error.value.repairs


def test_misspelled_names() -> None:
    generator = random.Random(1)
    found = count = 0
    for place, text in enumerate(THEORY):
        known = vocabulary_of(_formulas(place))
        for use in uses_of(read_formula(text)):
            if use.is_claim and use.name in known.uses:
                cut = generator.randrange(1, len(use.name) - 1)
                letter = generator.choice("bdgklmv")
                slip = use.name[:cut] + generator.choice(["", letter, letter + use.name[cut]]) + use.name[cut + 1 :]
                start = use.span[0]
                mutated = read_formula(text[:start] + slip + text[start + len(use.name) :], file="slip")
                findings = lint([*_formulas(place), mutated])
                count += 1
                found += [one.repair for one in findings if one.file == "slip" and one.repair][:1] == [text]
    assert found / count >= 0.9, (found, count)


def test_a_lost_argument_clashes_with_both_places_named() -> None:
    formulas = [read_formula(text, file="f") for text in (*THEORY, "Teaches(tom) ∧ Drinks(tom)")]
    with pytest.raises(
        SortError, match=r"Teaches has 2 arguments in `Teaches\(x, y\)` .* and one argument in `Teaches\(tom\)`"
    ):
        elaborate(formulas)


@pytest.mark.parametrize(
    ("text", "repair"),
    [
        ("¬Tired(mary))", "¬Tired(mary)"),
        ("(A(k) ∧ B(k)) ∨ ¬A(k) ∧ ¬B(k))", "(A(k) ∧ B(k)) ∨ (¬A(k) ∧ ¬B(k))"),
        ("∀x ((O(x) ∨ M(x)) ∧ F(x)) → W(x))", "∀x (((O(x) ∨ M(x)) ∧ F(x)) → W(x))"),
        ("p(a) ^ q(b)", "p(a) ∧ q(b)"),
        ("Superhero(captain america)", "Superhero(captain_america)"),
        ("a < b < c", "a < b and b < c"),
        ("((", None),
        ("p(a) q(b) r(c)", None),
    ],
)
def test_safe_repairs(text: str, repair: str | None) -> None:
    assert safe_repair(text) == repair


def test_renaming_leaves_quotes_and_comments_alone() -> None:
    assert renamed("p(a, 'a', \"a\", aa). % a", "a", "b") == "p(b, 'a', \"a\", aa). % a"


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_distance_is_that_of_edits(left: str, right: str) -> None:
    """Optimal string alignment, by its recurrence."""
    table = {(i, 0): i for i in range(len(left) + 1)} | {(0, j): j for j in range(len(right) + 1)}
    for i in range(1, len(left) + 1):
        for j in range(1, len(right) + 1):
            same = left[i - 1] == right[j - 1]
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (not same))
            if i > 1 and j > 1 and left[i - 1] == right[j - 2] and left[i - 2] == right[j - 1]:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    exact = table[len(left), len(right)]
    assert distance(left, right, most=6) == exact
    assert distance(left, right, most=1) == min(exact, 2)


def test_likeness() -> None:
    assert are_variants("Meeting", "Meetings") and are_variants("la_liga", "LaLiga") and are_variants("city", "cities")
    assert not are_variants("room1", "room1s") and not are_variants("a", "as")
    assert may_be_typo("bonnie", "bonne") and may_be_typo("Recieved", "Received")
    assert not may_be_typo("male", "female") and not may_be_typo("y2001", "y2011") and not may_be_typo("cat", "bat")
