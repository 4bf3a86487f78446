"""A text in TPTP cut into tokens with their places."""

from __future__ import annotations

import re

from abduce.parser.source_text import SourceText, TokenList

_TOKEN = re.compile(
    r"""(?P<comment>%[^\n]* | /\*.*?\*/)
      | '(?:[^'\\\n]|\\.)*'                                    # a name in quotes
      | "(?:[^"\\\n]|\\.)*"                                    # a distinct object
      | [+-]?\d+ (?: /\d+ | (?:\.\d+)? (?:[eE][+-]?\d+)? )(?!\w)
      | \${0,2}[^\W\d_]\w*                                     # a name or variable
      | <=> | <~> | => | <= | ~\| | ~& | != | -->? | - | <<? | :=? | !> | !! | \?\?
      | [()\[\]{},.~!?&|=>*@^]
      | (?P<rest>\S)
    """,
    re.VERBOSE | re.DOTALL,
)
_PLAIN = re.compile(r"[a-z][A-Za-z0-9_]*")


class Tokens(TokenList):
    """The tokens of a text."""

    def name(self, index: int) -> str | None:
        """Return the user's name that a token is, without its quotes; None where it is none."""
        text = self.texts[index]
        if text[:1] == "'":
            return _unescaped(text[1:-1])
        return text if text[:1].islower() else None

    def variable(self, index: int) -> bool:
        """Tell whether a token is a variable."""
        text = self.texts[index]
        return text[:1].isalpha() and not text[:1].islower()


def tokenize(source: SourceText) -> Tokens:
    """Cut a text into tokens.

    Raises:
        ParseError: It holds a character that stands nowhere in TPTP, or a quote that does not end on its line.
    """
    texts: list[str] = []
    offsets: list[int] = []
    for match in _TOKEN.finditer(source.text):
        kind = match.lastgroup
        if kind == "comment":
            continue
        text = match.group()
        if kind:
            trouble = f"{text} does not end on its line" if text in "'\"" else f"{text} has no meaning here"
            raise source.error(match.start(), trouble, expected=(text,) if text in "'\"" else ())
        texts.append(text)
        offsets.append(match.start())
    return Tokens(source, [*texts, ""], [*offsets, len(source.text)])


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text) if "\\" in text else text


def quoted(name: str) -> str:
    """Return a user's name as TPTP writes it: in quotes unless it is a word that begins with a small letter."""
    if _PLAIN.fullmatch(name):
        return name
    return "'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"
