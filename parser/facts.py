"""The short way for plain facts: `name(argument, …).` without brackets, quotes or operators inside."""

from __future__ import annotations

import re
from typing import Final

from abduce.parser.building import is_capitalised
from abduce.parser.lexing import KEYWORDS, PLAIN
from abduce.parser.pausing import LOOK, pause
from abduce.parser.statements import App, Clause, Expression, Num, Source, Statement, Var

_FACT: Final = re.compile(r"[ \t\r\n]*+(\w++)\(([\w ,]++)\)\.(?=\s|\Z)")
"""Letters, digits, underscores, commas and spaces: whatever is odder takes the long way."""
_SPECIAL: Final = frozenset(KEYWORDS) | {"", "_"}
_LONGEST = 1000


class Facts:
    """Reads runs of plain facts; what it reads is what the grammar would, but for the places inside a fact."""

    def __init__(self, text: str, *, file: str = "") -> None:
        self._text, self._file = text, file
        self._line, self._counted, self._begun = 1, 0, 0
        self._terms: dict[str, Expression | None] = {}
        self._names: dict[str, bool] = {}

    def read_from(self, position: int, found: list[Statement]) -> int:
        """Append the facts that stand from a position on, and return where they end."""
        text, file, terms, names, match = self._text, self._file, self._terms, self._names, _FACT.match
        line, counted, begun, append = self._line, self._counted, self._begun, found.append
        until = len(found) + LOOK
        while (fact := match(text, position)) is not None:
            name, inner = fact.groups()
            arguments = []
            for piece in inner.split(","):
                known = terms[piece] if piece in terms else self._term(piece)
                if known is None:
                    break
                arguments.append(known)
            if known is None or not (names[name] if name in names else self._is_name(name)):
                break
            start, end = fact.start(1), fact.end()
            if start == counted + 1 and text[counted] == "\n":
                line, begun = line + 1, start
            elif (last := text.rfind("\n", counted, start)) >= 0:
                line += text.count("\n", counted, start)
                begun = last + 1
            counted = position = end
            source = Source(text[start:end], file, line, start - begun + 1)
            append(Clause(App(name, tuple(arguments)), (), source))
            if len(found) >= until:
                pause()
                until = len(found) + LOOK
        self._line, self._counted, self._begun = line, counted, begun
        return position

    def _is_name(self, name: str) -> bool:
        known = self._names[name] = name != "ite" and name not in KEYWORDS and PLAIN.fullmatch(name) is not None
        return known

    def _term(self, piece: str) -> Expression | None:
        """Return an argument as a term, None where the grammar has to look at it."""
        name = piece.strip()
        found: Expression | None = None
        if name.isdecimal() and name.isascii() and len(name) < _LONGEST:
            found = Num(int(name))
        elif (
            name
            and " " not in name
            and name != "_"
            and name not in KEYWORDS
            and (name[0].isalpha() or PLAIN.fullmatch(name))
        ):
            found = Var(name) if is_capitalised(name) else App(name)
        self._terms[piece] = found
        return found
