"""Meanings: what is run, what is printed, what is kept in files."""

from __future__ import annotations

import json

from arithmetic import FOUR, INT, OVER, A, X, Y, call, loop

from abduce.parser.signatures import Signature
from abduce.reasoning.learning.execution import evaluate
from abduce.reasoning.learning.lexicon import (
    Meaning,
    building_blocks,
    entries,
    lexicon_from_plain,
    lexicon_to_plain,
    meaning_bits,
)
from abduce.reasoning.learning.primitives import library
from abduce.reasoning.learning.programs import Const, Use, description_bits, from_plain, to_plain
from abduce.values import UNDEFINED, MarkType

PEANO = library("peano")
BETWEEN = Signature((INT,), (INT,), INT)
LEXICON = {
    **{one.name: (Meaning(BETWEEN, one.program, 5, 0.9, one.closed, "proved by induction"),) for one in FOUR},
    "7": (Meaning(Signature((), (), INT), Const(7)),),
}


def test_programs_print_by_the_names_of_what_they_use() -> None:
    (over,) = LEXICON["/"]
    assert over.show() == "λx y. iterate((λa. if (x - (a * y)) == 0 then a else inc(a)), x, 0)"
    assert over.show_closed() == "⌈x / y⌉" and over.show_condition() == "y > 0"
    assert LEXICON["*"][0].show_condition() == ""
    assert LEXICON["7"][0].show_closed() == ""


def test_files_hold_programs_whole() -> None:
    kept = json.loads(json.dumps(lexicon_to_plain(LEXICON)))
    back = lexicon_from_plain(kept)
    assert back == LEXICON
    for symbol, (meaning,) in LEXICON.items():
        assert (back[symbol][0].closed, back[symbol][0].proof) == (meaning.closed, meaning.proof)
    (over,) = back["/"]
    assert evaluate(over.program, (7, 2), PEANO) == 4  # nothing of the other entries is needed
    assert from_plain(to_plain(over.program)) == over.program


def test_files_from_before_there_were_closed_forms_are_read() -> None:
    kept = lexicon_to_plain({"7": LEXICON["7"]})
    for row in kept["7"]:
        del row["closed"], row["proof"]
    assert lexicon_from_plain(kept) == {"7": LEXICON["7"]}


def test_the_closed_form_is_what_is_run() -> None:
    (entry,) = entries("/", {"/": LEXICON["/"]}, PEANO)
    large = 10**30
    assert entry.apply((large + 1, 10)) == 10**29 + 1
    assert entry.apply((5, 0)) is UNDEFINED  # no value, and no error
    assert entry.apply((-5, 3)) is UNDEFINED


def test_without_one_the_loop_is_run_within_a_budget() -> None:
    slow = Meaning(BETWEEN, loop(call("inc", A), X, Y))
    (entry,) = entries("slow", {"slow": (slow,)}, PEANO)
    assert entry.apply((20, 3)) == 23
    assert entry.apply((10**9, 3)) is UNDEFINED


def test_using_a_program_costs_as_much_as_calling_a_primitive() -> None:
    cost = description_bits(Use(OVER, (X, Y)), 1, PEANO.costs)
    assert cost == description_bits(call("==", X, Y), 1, PEANO.costs)
    whole = meaning_bits(Meaning(BETWEEN, Use(OVER, (X, Y))), 1, PEANO)
    assert whole < meaning_bits(Meaning(BETWEEN, OVER.program), 1, PEANO)


def test_what_others_may_use() -> None:
    marked = Signature((INT,), (MarkType("to"), INT), INT)
    lexicon = {**LEXICON, "from": (Meaning(marked, FOUR[0].program, closed=FOUR[0].closed),)}
    assert [one.name for one in building_blocks(lexicon, "-")] == ["*", "+"]  # the division uses the subtraction
    assert all(one.closed is not None for one in building_blocks(lexicon, ""))
