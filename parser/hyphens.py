"""Whether `a-b` is one name or a difference: names hold hyphens in published texts, and so do sums."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from abduce.parser.building import is_capitalised
from abduce.parser.lexing import Token

_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_ARITHMETIC: Final = frozenset({"PLUS", "MINUS", "TIMES", "POWER"})
_ENDERS: Final = frozenset({"NAME", "NUMBER", "QVAR", "RPAR"})
_ORDER: Final = frozenset({"<", "<=", ">", ">="})


def split_hyphens(tokens: list[Token], *, capitals: bool, always: bool, known: Collection[str]) -> list[Token]:
    """Return the tokens with each name that is really a difference cut at its hyphens.

    `a-b` is a difference where `a` is a variable or a name that is known (and `a-b` is not), where it stands beside
    other arithmetic or an order, and in algebra; otherwise it is a name.

    Args:
        tokens: The tokens of a statement.
        capitals: Whether capitalised names are variables.
        always: Whether every hyphen is a minus.
        known: Names that are declared.
    """
    if not any(token.type == "NAME" and "-" in token.value and not token.quoted for token in tokens):
        return tokens
    bound = {token.value for token in tokens if token.type == "BOUND"}
    found: list[Token] = []
    for place, token in enumerate(tokens):
        if token.type != "NAME" or token.quoted or "-" not in token.value:
            found.append(token)
            continue
        before = tokens[place - 1] if place else None
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        first = token.value.partition("-")[0]
        applied = after is not None and after.type == "_LPAR"
        if (
            always
            or first in bound
            or (capitals and is_capitalised(first) and not applied)
            or (first in known and token.value not in known)
            or (_is_arithmetic(before) and not (applied and _is_prefix(tokens, place - 1)))
            or (not applied and _is_arithmetic(after))
            or (_is_equation(before, after) and re.fullmatch(r"[^\W\d_]-(?:\d+|[^\W\d_])", token.value))
        ):
            found.extend(_cut(token))
        else:
            found.append(token)
    return found


def _is_arithmetic(token: Token | None) -> bool:
    return token is not None and (token.type in _ARITHMETIC or (token.type == "COMPARE" and token.value in _ORDER))


def _is_prefix(tokens: list[Token], place: int) -> bool:
    """Tell whether a minus stands before one operand and not between two."""
    return tokens[place].type == "MINUS" and (place == 0 or tokens[place - 1].type not in _ENDERS)


def _is_equation(before: Token | None, after: Token | None) -> bool:
    return any(token is not None and token.type == "COMPARE" for token in (before, after))


def _cut(token: Token) -> list[Token]:
    """Return names, numbers and minus signs; a hyphen at the end stays with its name."""
    parts: list[Token] = []
    start = token.start
    for place, piece in enumerate(token.value.split("-")):
        if place:
            parts.append(Token("MINUS", "-", start - 1, start))
        if piece:
            kind = "NUMBER" if _NUMBER.fullmatch(piece) else "NAME"
            parts.append(Token(kind, piece, start, start + len(piece)))
        start += len(piece) + 1
    return parts
