"""From text to tokens: names as people write them, operators in ASCII and Unicode, numbers, texts, comments."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from typing import Final, NoReturn

from abduce.errors import ParseError

MARKS: Final = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u0900-\u0963\u0966-\u0df3"
    "\u0e31-\u0e4e\u0eb1-\u0ecd\u0f18-\u0fbc\u102b-\u103e\u135d-\u135f\u1712-\u1715\u17b4-\u17dd\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20f0\u302a-\u302f\u3099\u309a\ufe20-\ufe2f"
)
"""Combining accents and vowel signs, which `\\w` leaves out."""
LETTER: Final = rf"[\w{MARKS}]"
INNER: Final = r"[.\-'’]"
"""What may stand between two letters of a name."""

KEYWORDS: Final = {
    "not": "NOT",
    "and": "_AND",
    "or": "_OR",
    "xor": "_XOR",
    "implies": "_IMPLIES",
    "iff": "_IFF",
    "forall": "QUANT",
    "exists": "QUANT",
    "mod": "TIMES",
    "div": "TIMES",
    "true": "TRUTH",
    "false": "TRUTH",
}
AGGREGATES: Final = frozenset({"count", "sum", "min", "max"})
COMMANDS: Final = frozenset({"solve", "simplify", "integrate", "differentiate", "limit", "factor", "expand"})
OBJECTIVES: Final = frozenset({"maximize", "minimize"})

OPERATORS: Final = {
    **dict.fromkeys(("¬", "~", "∼", "￢", "\\+"), ("NOT", "not")),
    **dict.fromkeys(("∧", "&", "&&", "⋀"), ("_AND", "and")),
    **dict.fromkeys(("∨", "|", "||", "⋁"), ("_OR", "or")),
    **dict.fromkeys(("⊕", "⊻"), ("_XOR", "xor")),
    **dict.fromkeys(("→", "->", "=>", "⇒", "⟶", "⟹", "⊃"), ("_IMPLIES", "->")),
    **dict.fromkeys(("↔", "<->", "<=>", "⇔", "⟷", "⟺", "≡"), ("_IFF", "<->")),
    "∀": ("QUANT", "forall"),
    "∃": ("QUANT", "exists"),
    **dict.fromkeys(("=", "=="), ("COMPARE", "=")),
    **dict.fromkeys(("!=", "≠", "\\="), ("COMPARE", "!=")),
    **dict.fromkeys(("<=", "≤", "=<", "⩽"), ("COMPARE", "<=")),
    **dict.fromkeys((">=", "≥", "⩾"), ("COMPARE", ">=")),
    "<": ("COMPARE", "<"),
    ">": ("COMPARE", ">"),
    "+": ("PLUS", "+"),
    **dict.fromkeys(("-", "−"), ("MINUS", "-")),
    **dict.fromkeys(("*", "×", "·"), ("TIMES", "*")),
    **dict.fromkeys(("/", "÷"), ("TIMES", "/")),
    "^": ("POWER", "^"),
    "**": ("POWER", "^"),
    "⊤": ("TRUTH", "true"),
    "⊥": ("TRUTH", "false"),
    "∞": ("NAME", "oo"),
    "(": ("LPAR", "("),
    ")": ("RPAR", ")"),
    "{": ("LBRACE", "{"),
    "}": ("RBRACE", "}"),
    ",": ("COMMA", ","),
    ";": ("DISJ", ";"),
    ":": ("_COLON", ":"),
    ":-": ("_NECK", ":-"),
    "?-": ("ASK", "?-"),
    "?": ("QMARK", "?"),
    ".": ("DOT", "."),
}
"""What is written, the token's type, and the operation's name."""

FOREIGN: Final = {
    "!": "write `not` or `¬` for negation, `!=` for what differs",
    "[": "lists and square brackets are no part of the language; use ( )",
    "]": "lists and square brackets are no part of the language; use ( )",
    "#": "a comment starts with `%`",
    "$": "a variable of a query is written `?x`",
    "∈": "membership is a predicate: write `s(x)` for `x ∈ s`",
    "@": "names hold letters, digits and underscores; put any other name in single quotes",
    "&&&": "write `&`",
}

_NUMBER = rf"(?>[0-9]+(?:\.[0-9]+)?(?:[eE][+\-]?[0-9]+)?)(?!{LETTER})"
_NAME = rf"{LETTER}+(?:{INNER}{LETTER}+)*(?:'+|[+\-]+(?=[ \t]*[,)]))?"
_SYMBOLS = "|".join(re.escape(symbol) for symbol in sorted(OPERATORS, key=len, reverse=True))
TOKEN: Final = re.compile(
    rf"(?P<space>\s+|%[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)"
    r"|(?P<open>/\*)"
    rf"|(?P<number>{_NUMBER})"
    rf"|(?P<name>{_NAME})"
    rf"|(?P<quoted>'(?:[^'\\\n]|''|\\.)*')"
    rf'|(?P<text>"(?:[^"\\\n]|\\.)*")'
    rf"|(?P<query>\?{LETTER}+'*)"
    rf"|(?P<symbol>{_SYMBOLS})"
)
SIMPLE: Final = re.compile(rf"{LETTER}+'*")
"""The name of a variable after a quantifier: no dots, so that `forall x.p(x)` needs no space."""
PLAIN: Final = re.compile(rf"(?!{_NUMBER}\Z){LETTER}+(?:{INNER}{LETTER}+)*'*")
"""A name that needs no quotes."""
_ESCAPES = {"n": "\n", "t": "\t"}
_ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)


class Token:
    """A token: the parser asks for its type; offsets are in the text that is read."""

    __slots__ = ("context", "end", "quoted", "start", "start_pos", "type", "value")
    line = column = end_line = end_column = end_pos = 0

    def __init__(self, kind: str, value: str, start: int, end: int) -> None:
        self.type, self.value, self.start, self.end = kind, value, start, end
        self.start_pos = start
        self.quoted = False
        self.context: object = None

    def __repr__(self) -> str:
        return f"{self.type}({self.value!r})"


def unescaped(quoted: str) -> str:
    """Return what a text or name in quotes stands for."""
    inner = quoted[1:-1]
    if "\\" not in inner and "''" not in inner:
        return inner
    pair = "''" if quoted[0] == "'" else None
    return _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]) if found[1] else "'" if pair else found[0], inner)


def escaped(text: str, quote: str) -> str:
    """Return a text or name in quotes, such that `unescaped` gives it back."""
    for plain, written in (("\\", "\\\\"), (quote, "\\" + quote), ("\n", "\\n"), ("\t", "\\t")):
        text = text.replace(plain, written)
    return f"{quote}{text}{quote}"


def token_of(found: re.Match[str]) -> Token:
    """Return the token that `TOKEN` matched."""
    written, start, end, kind = found[0], found.start(), found.end(), found.lastgroup
    if kind == "name":
        return Token(KEYWORDS.get(written, "NAME"), written, start, end)
    if kind == "symbol":
        name, value = OPERATORS[written]
        return Token(name, value, start, end)
    if kind == "quoted":
        token = Token("NAME", unescaped(written), start, end)
        token.quoted = True
        return token
    if kind == "text":
        return Token("TEXT", unescaped(written), start, end)
    if kind == "query":
        return Token("QVAR", written[1:], start, end)
    return Token("NUMBER", written, start, end)


@lru_cache(maxsize=1)
def _line_ends(text: str) -> list[int]:
    """Return the offsets of the line ends, kept for the next error in the same text."""
    return [found.start() for found in re.finditer("\n", text)]


def fault(
    text: str,
    offset: int,
    message: str,
    *,
    file: str = "",
    expected: tuple[str, ...] = (),
    repairs: tuple[str, ...] = (),
) -> ParseError:
    """Return the error at an offset of a text, with line, column and the line itself."""
    line = bisect_left(_line_ends(text), offset) + 1
    begin = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    excerpt = text[begin : len(text) if end < 0 else end].replace("\t", " ").rstrip("\r")
    if len(excerpt) > 160:
        message = f"{message} (near {text[max(begin, offset - 30) : offset + 30]!r})"
        excerpt = ""
    column = offset - begin + 1
    return ParseError(message, file=file, line=line, column=column, excerpt=excerpt, expected=expected, repairs=repairs)


def refuse_character(text: str, offset: int, *, file: str = "") -> NoReturn:
    """Say why no token starts here.

    Raises:
        ParseError: Always.
    """
    char = text[offset]
    if char in "'\"":
        kind = "name in single quotes" if char == "'" else "text in double quotes"
        raise fault(text, offset, f"this {kind} is not closed on its line", file=file, expected=(f"a closing {char}",))
    if text.startswith("/*", offset):
        raise fault(text, offset, "this comment is never closed", file=file, expected=("*/",))
    hint = FOREIGN.get(char, "put a name that holds it in single quotes")
    shown = f"`{char}`" if char.isprintable() else f"character U+{ord(char):04X}"
    raise fault(text, offset, f"{shown} is not part of the language: {hint}", file=file)
