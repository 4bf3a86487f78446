"""Symbols that a lexicon cannot tell apart go by one name."""

from __future__ import annotations

from abduce.parser.signatures import Signature
from abduce.reasoning.learning.lexicon import Meaning, mark
from abduce.reasoning.learning.programs import Const, Var
from abduce.reasoning.learning.synonyms import merged, synonyms, unmixed
from abduce.values import Basic, MarkType

INT = Basic.INT


def number(value: int) -> tuple[Meaning, ...]:
    return (Meaning(Signature((), (), INT), Const(value)),)


def bracket(*closing: str) -> tuple[Meaning, ...]:
    return tuple(Meaning(Signature((), (INT, MarkType(symbol)), INT), Var(0)) for symbol in closing)


def test_equal_constants_are_synonyms_and_different_ones_are_not() -> None:
    assert synonyms({"a": number(1), "b": number(2), "c": number(1)}) == {"a": "a", "b": "b", "c": "a"}


def test_marks_are_synonyms_where_the_same_symbols_take_both() -> None:
    lexicon = {"(": bracket("]", "}"), "]": (mark("]"),), "}": (mark("}"),)}
    names = synonyms(lexicon)
    assert names["}"] == "]"
    assert merged(lexicon, names) == {"(": bracket("]"), "]": (mark("]"),)}


def test_marks_of_different_symbols_are_none() -> None:
    lexicon = {"(": bracket(")"), "[": bracket("]"), ")": (mark(")"),), "]": (mark("]"),)}
    assert synonyms(lexicon) == {symbol: symbol for symbol in lexicon}


def test_a_symbol_whose_first_meaning_is_anothers_is_a_mixture() -> None:
    pure = {"a": number(1), "b": number(2)}
    mixed = {"c": (*number(2), *number(1)), "d": (*number(2), *number(3))}
    assert unmixed({**pure, **mixed}) == (pure, {"c": ("b", "a"), "d": ("b",)})


def test_a_later_meaning_that_is_anothers_is_left_out() -> None:
    lexicon = {"a": number(1), "b": (*number(2), *number(1), *number(3))}
    assert unmixed(lexicon) == ({"a": number(1), "b": (*number(2), *number(3))}, {})


def test_a_symbol_with_several_meanings_of_its_own_is_no_mixture() -> None:
    lexicon = {"a": number(1), "b": (*number(2), *number(3))}
    assert unmixed(lexicon) == (lexicon, {})
