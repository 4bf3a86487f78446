"""A script in SMT-LIB 2 cut into tokens with their places."""

from __future__ import annotations

import re

from abduce.parser.source_text import SourceText, TokenList

_TOKEN = re.compile(
    r"""[()]                        # brackets
      | "(?:[^"]|"")*"              # a string
      | \|[^|\\]*\|                 # a quoted symbol
      | [^\s()";|]+                 # a symbol, keyword or number
      | (?P<rest>;[^\n]*|\S)        # a comment, or the beginning of a string or quoted symbol that never ends
    """,
    re.VERBOSE,
)
NUMERAL = re.compile(r"\d+")
DECIMAL = re.compile(r"\d+\.\d*")


class Tokens(TokenList):
    """The tokens of a script."""

    def symbol(self, index: int) -> str:
        """Return the name that a token is, without its bars.

        Raises:
            ParseError: It is a bracket, keyword, number or string, or the text ends.
        """
        name = symbol_of(self.texts[index])
        if name is None:
            raise self.error(index, f"a name should stand here, not {self.shown(index)}", expected=("a name",))
        return name

    def after(self, index: int) -> int:
        """Return the index after the expression that begins at a token."""
        depth = 0
        while True:
            text = self.texts[index]
            if not text:
                raise self.error(index, "the text ends before its brackets are closed", expected=(")",))
            depth += (text == "(") - (text == ")")
            if depth < 0:
                raise self.error(index, "an expression is missing before )", expected=("an expression",))
            index += 1
            if depth == 0:
                return index


def symbol_of(text: str) -> str | None:
    """Return the name that a token is, None where it is none."""
    if text[:1] == "|":
        return text[1:-1]
    if not text or text[0] in '()":#0123456789':
        return None
    return text


def tokenize(source: SourceText) -> Tokens:
    """Cut a script into tokens.

    Raises:
        ParseError: A string or a quoted symbol does not end.
    """
    texts: list[str] = []
    offsets: list[int] = []
    for match in _TOKEN.finditer(source.text):
        text = match.group()
        if match.lastgroup:
            if text[0] == ";":
                continue
            kind = "string" if text == '"' else "quoted name"
            raise source.error(match.start(), f"this {kind} does not end", expected=(text,))
        texts.append(text)
        offsets.append(match.start())
    return Tokens(source, [*texts, ""], [*offsets, len(source.text)])
