"""Synonyms: symbols that a lexicon cannot tell apart, and the lexicon without them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import TypeAlias

from abduce.parser.signatures import Signature
from abduce.reasoning.learning.lexicon import SILENT, Lexicon, Meaning
from abduce.reasoning.learning.programs import Term
from abduce.values import MarkType, Type

Faces: TypeAlias = dict[str, frozenset[tuple[Signature, Term]]]


def synonyms(lexicon: Lexicon) -> dict[str, str]:
    """Return for each symbol the first one that it may be exchanged with, itself where there is none.

    Two symbols are synonyms where exchanging them, wherever they occur, marks included, leaves the lexicon as it is.
    """
    faces = {symbol: _face(meanings, {}) for symbol, meanings in lexicon.items()}
    found = {symbol: symbol for symbol in lexicon}
    for first, second in combinations(sorted(symbol for symbol in lexicon if symbol != SILENT), 2):
        if found[second] == second and _exchangeable(first, second, lexicon, faces):
            found[second] = found[first]
    return found


def _exchangeable(first: str, second: str, lexicon: Lexicon, faces: Faces) -> bool:
    if len(lexicon[first]) != len(lexicon[second]):
        return False
    exchange = {first: second, second: first}
    return all(_face(meanings, exchange) == faces[exchange.get(symbol, symbol)] for symbol, meanings in lexicon.items())


def _face(meanings: tuple[Meaning, ...], names: Mapping[str, str]) -> frozenset[tuple[Signature, Term]]:
    return frozenset((_renamed(meaning.signature, names), meaning.program) for meaning in meanings)


def _renamed(signature: Signature, names: Mapping[str, str]) -> Signature:
    def kind(of: Type) -> Type:
        return MarkType(names.get(of.symbol, of.symbol)) if isinstance(of, MarkType) else of

    return Signature(tuple(map(kind, signature.left)), tuple(map(kind, signature.right)), kind(signature.result))


def merged(lexicon: Lexicon, names: Mapping[str, str]) -> dict[str, tuple[Meaning, ...]]:
    """Return a lexicon in which each symbol goes by its new name, what became the same being there once."""
    found: dict[str, dict[tuple[Signature, Term], Meaning]] = {}
    for symbol, meanings in lexicon.items():
        held = found.setdefault(names.get(symbol, symbol), {})
        for meaning in meanings:
            signature = _renamed(meaning.signature, names)
            held.setdefault((signature, meaning.program), Meaning(signature, meaning.program))
    return {symbol: tuple(held.values()) for symbol, held in found.items()}
