"""From what the parser would have taken to words that a person understands."""

from __future__ import annotations

from collections.abc import Set
from typing import Final

from abduce.parser.lexing import Token

START: Final = frozenset({"NAME", "NUMBER", "TEXT", "QVAR", "TRUTH", "_LPAR", "ITE", "AGG"})
_CONNECTIVES: Final = frozenset({"_AND", "_OR", "_XOR", "_IMPLIES", "_IFF", "COMPARE", "NOT", "QUANT"})
_WORDS: Final = (
    ("BOUND", "the name of a variable"),
    ("NOT", "a formula"),
    ("RPAR", "`)`"),
    ("RBRACE", "`}`"),
    ("_COMMA", "`,`"),
    ("_COLON", "`:`"),
    ("_IMPLIES", "a connective (and or -> …)"),
    ("COMPARE", "a comparison (= < > …)"),
    ("_LBRACE", "`{`"),
    ("_NECK", "`:-`"),
    ("_SUBJECT", "`subject to`"),
    ("$END", "the end of the statement"),
)


def expected_words(accepted: Set[str]) -> tuple[str, ...]:
    """Return what could have stood there, the most telling first."""
    words = [word for kind, word in _WORDS if kind in accepted]
    if "a formula" not in words and accepted & START:
        words.insert(0, "a name or number")
    if "$END" in accepted and "a connective (and or -> …)" in words:
        words.append("a dot and the next statement")
        words.remove("the end of the statement")
    return tuple(words)


def unexpected(token: Token | None, before: Token | None, accepted: Set[str], text: str) -> str:
    """Return what is wrong, in one line.

    Args:
        token: What stands there; None at the end of the statement.
        before: What stands before it.
        accepted: Types of the tokens that could have stood there.
        text: The text that they are from.
    """
    here = text[token.start : token.end] if token else ""
    there = text[before.start : before.end] if before else ""
    if token is None:
        if before is None:
            return "there is nothing to read"
        if "REACH" in accepted or "BOUND" in accepted:
            return "a quantifier needs a variable and a formula after it"
        return f"the statement ends after `{there}`, where something is missing"
    if token.type == "DOT":
        return "a dot ends a statement only before white space; set a space behind it"
    if token.type == "ASK":
        return "`?-` stands at the start of a query only"
    if token.type == "_NECK":
        return "`:-` cannot stand here; a clause has one, between head and body"
    if token.type in _CONNECTIVES and accepted & {"_COMMA"}:
        return f"`{here}` joins formulas, and cannot stand among arguments; a bracket may be missing before it"
    if before is None:
        return f"a statement cannot start with `{here}`"
    if before.type in ("NAME", "NUMBER", "TEXT", "QVAR", "TRUTH", "RPAR") and token.type in START | {"QUANT", "NOT"}:
        return f"an operator or a bracket is missing between `{there}` and `{here}`"
    return f"`{here}` cannot stand after `{there}`"
