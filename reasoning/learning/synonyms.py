"""Synonyms: symbols that a lexicon cannot tell apart, and the lexicon without them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import TypeAlias

from abduce.parser.signatures import Signature
from abduce.reasoning.learning.lexicon import SILENT, Lexicon, Meaning
from abduce.reasoning.learning.programs import Call, Function, Term, Use, used_names
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


def unmixed(lexicon: Lexicon) -> tuple[dict[str, tuple[Meaning, ...]], dict[str, tuple[str, ...]]]:
    """Return a lexicon in which no symbol has what is the only meaning of another, and what mixtures are of.

    Where symbols were made by grouping what looks alike, one whose first meaning is another's only one is a group of
    several, and is left out; where a later meaning is, some of a group were misread, and that meaning is left out.
    """
    faces = {s: [_face((meaning,), {}) for meaning in meanings] for s, meanings in lexicon.items()}
    single = {own[0]: symbol for symbol, own in faces.items() if len(own) == 1 and symbol != SILENT}
    kept: dict[str, tuple[Meaning, ...]] = {}
    mixtures: dict[str, tuple[str, ...]] = {}
    for symbol, meanings in lexicon.items():
        others = [single.get(face) if len(meanings) > 1 else None for face in faces[symbol]]
        if others and others[0] is not None:
            mixtures[symbol] = tuple(other for other in others if other is not None)
        else:
            kept[symbol] = tuple(m for m, other in zip(meanings, others, strict=True) if other is None)
    return kept, mixtures


def _exchangeable(first: str, second: str, lexicon: Lexicon, faces: Faces) -> bool:
    if len(lexicon[first]) != len(lexicon[second]):
        return False
    exchange = {first: second, second: first}
    return all(_face(meanings, exchange) == faces[exchange.get(symbol, symbol)] for symbol, meanings in lexicon.items())


def _face(meanings: tuple[Meaning, ...], names: Mapping[str, str]) -> frozenset[tuple[Signature, Term]]:
    return frozenset((_renamed(meaning.signature, names), meaning.closed or meaning.program) for meaning in meanings)


def _renamed(signature: Signature, names: Mapping[str, str]) -> Signature:
    def kind(of: Type) -> Type:
        return MarkType(names.get(of.symbol, of.symbol)) if isinstance(of, MarkType) else of

    return Signature(tuple(map(kind, signature.left)), tuple(map(kind, signature.right)), kind(signature.result))


def merged(lexicon: Lexicon, names: Mapping[str, str]) -> dict[str, tuple[Meaning, ...]]:
    """Return a lexicon in which each symbol goes by its new name, what became the same being there once.

    Of programs that come to the same, one stays that uses no other symbol's where there is one.
    """
    found: dict[str, dict[tuple[Signature, Term], Meaning]] = {}
    plainest = sorted(lexicon.items(), key=lambda item: max((len(used_names(m.program)) for m in item[1]), default=0))
    for symbol, meanings in plainest:
        held = found.setdefault(names.get(symbol, symbol), {})
        for meaning in meanings:
            other = replace(
                meaning, signature=_renamed(meaning.signature, names), program=_with_names(meaning.program, names)
            )
            held.setdefault((other.signature, other.closed or other.program), other)
    return {symbol: tuple(held.values()) for symbol, held in found.items()}


def _with_names(term: Term, names: Mapping[str, str]) -> Term:
    """Return a term in which the programs that it uses go by their new names."""
    match term:
        case Use(definition, arguments):
            name = names.get(definition.name, definition.name)
            renamed = replace(definition, name=name, program=_with_names(definition.program, names))
            return Use(renamed, tuple(_with_names(argument, names) for argument in arguments))
        case Call(name, arguments):
            return Call(name, tuple(_with_names(argument, names) for argument in arguments))
        case Function(body):
            return Function(_with_names(body, names))
    return term
