"""Where statements end: a text is cut into statements, each as a list of tokens ready for the grammar.

A statement ends at a dot before white space or the end of the text, at the `?` of a query, and at the end of a line
on which it is complete, unless the next line starts with an operator. Brackets are watched but not required to
match: a line that cannot go on ends its statement, so that one lost bracket spoils one statement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from abduce.parser.lexing import (
    AGGREGATES,
    COMMANDS,
    KEYWORDS,
    LETTER,
    OBJECTIVES,
    SIMPLE,
    TOKEN,
    Token,
    fault,
    refuse_character,
    token_of,
)

ENDERS: Final = frozenset({"NAME", "NUMBER", "TEXT", "QVAR", "TRUTH", "RPAR", "RBRACE"})
"""What a complete statement can end with."""
STARTERS: Final = frozenset({"NAME", "NUMBER", "TEXT", "QVAR", "TRUTH", "LPAR", "QUANT", "NOT", "ASK", "COMMAND"})
"""What can start a statement, and cannot follow a complete one."""
BUILT_IN_SORTS: Final = frozenset({"Int", "Real", "Bool", "Thing"})
_SPACE: Final = re.compile(r"(?:\s+|%[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)*")
_LETTER_VARIABLE: Final = re.compile(r"[^\W\d_]\d*'*")
_GOES_ON: Final = re.compile(rf"(?:(?<='){LETTER}|[\-'’]{LETTER})")
"""What makes a name longer than the variable of a quantifier can be."""
_OPERAND: Final = re.compile(r"[\w'\"(?¬~∀∃−-]")
_RESUME: Final = re.compile(r"\n|[.?](?=\s|\Z)")
_SUBJECT: Final = re.compile(r"subject\s+to(?!\w)|such\s+that(?!\w)")


@dataclass(slots=True)
class Chunk:
    """A statement's tokens, and what is known about them before they are parsed.

    Attributes:
        tokens: Its tokens, without the dot or question mark that ends it.
        start: Offset of its first character in the text.
        end: Offset after its last one, the dot or question mark included.
        ending: `dot`, `query`, `line` or `end` (of the text).
        open: Opening brackets that are never closed.
        surplus: Closing brackets that close nothing, or something of another kind.
        partner: For each opening bracket its closing one, by index in `tokens`.
    """

    tokens: list[Token]
    start: int
    end: int
    ending: str = "end"
    open: list[Token] = field(default_factory=list)
    surplus: list[Token] = field(default_factory=list)
    partner: dict[int, int] = field(default_factory=dict)
    has_neck: bool = False


class Splitter:
    """Reads one statement after the other from a text."""

    def __init__(self, text: str, *, file: str = "", position: int = 0) -> None:
        self.text, self.file, self.position = text, file, position
        self._brackets: list[tuple[int, str]] = []
        self._chunk = Chunk([], 0, 0)
        self._in_objective = False
        self.is_inside = False
        """Whether the last statement was broken off by an error."""

    def skip_space(self) -> int:
        """Go on to the next statement's first character and return its offset."""
        found = _SPACE.match(self.text, self.position)
        assert found is not None
        self.position = found.end()
        return self.position

    def next_chunk(self) -> Chunk | None:
        """Return the next statement, or None at the end of the text.

        Raises:
            ParseError: At a character or quote that is not part of the language; `recover` goes on behind it.
        """
        start = self.skip_space()
        if start >= len(self.text):
            return None
        self._brackets, self._in_objective, self.is_inside = [], False, True
        chunk = self._chunk = Chunk([], start, start)
        text, match = self.text, TOKEN.match
        new_line = False
        while self.position < len(text):
            found = match(text, self.position)
            if found is None or found.lastgroup == "open":
                refuse_character(text, self.position, file=self.file)
            if found.lastgroup == "space":
                new_line = new_line or "\n" in found[0]
                self.position = found.end()
                continue
            token = token_of(found)
            if new_line and chunk.tokens and self._ends_before(token):
                chunk.ending = "line"
                break
            new_line = False
            self.position = token.end
            if self._take(token):
                break
        self.is_inside = False
        chunk.open = [chunk.tokens[index] for index, _ in self._brackets]
        return chunk

    def recover(self) -> None:
        """Go on behind an error: at the next line, or after the next dot before white space."""
        found = _RESUME.search(self.text, self.position)
        self.position = found.end() if found else len(self.text)

    def _ends_before(self, token: Token) -> bool:
        """Tell whether what was read so far ends before a token that starts a later line."""
        tokens = self._chunk.tokens
        last = tokens[-1]
        if last.type not in ENDERS:
            return False
        if self._in_objective and _SUBJECT.match(self.text, token.start):
            return False
        if token.type in STARTERS:
            return True
        if token.type == "MINUS":
            following = self.text[token.end : token.end + 1]
            return not self._brackets and not following.isspace()
        if token.type == "_NECK":
            return self._chunk.has_neck or not is_atom(self._chunk)
        return False

    def _take(self, token: Token) -> bool:
        """Add a token to the statement; return whether it ended it."""
        chunk, kind = self._chunk, token.type
        tokens = chunk.tokens
        if kind == "DOT" and self._is_full_stop(token.end):
            chunk.end, chunk.ending = token.end, "dot"
            return True
        if kind == "QMARK":
            chunk.end, chunk.ending = token.end, "query"
            return True
        chunk.end = token.end
        if kind == "NAME":
            self._name(token)
        elif kind in ("LPAR", "LBRACE"):
            self._open(token)
        elif kind in ("RPAR", "RBRACE"):
            self._close(token)
        elif kind == "COMMA":
            inside = self._brackets[-1][1] if self._brackets else ""
            token.type = "_COMMA" if inside in ("arguments", "terms") else "CONJ"
        elif kind == "_COLON" and self._brackets and self._brackets[-1][1] == "terms":
            self._brackets[-1] = (self._brackets[-1][0], "body")
        elif kind == "_NECK":
            chunk.has_neck = True
        tokens.append(token)
        if kind == "QUANT":
            self._binder()
        return False

    def _is_full_stop(self, end: int) -> bool:
        following = self.text[end : end + 1]
        return not following or following.isspace() or following == "%" or self.text.startswith("/*", end)

    def _open(self, token: Token) -> None:
        tokens = self._chunk.tokens
        before = tokens[-1] if tokens else None
        kind = "group"
        if before is not None and before.type == "NAME" and token.type == "LPAR":
            kind = "arguments"
            if before.value == "ite" and not before.quoted:
                before.type = "ITE"
        elif before is not None and before.type == "NAME" and before.value in AGGREGATES:
            before.type, kind = "AGG", "terms"
        if token.type == "LPAR":
            token.type = "_LPAR"
        else:
            token.type = "_LBRACE"
        self._brackets.append((len(tokens), kind))

    def _close(self, token: Token) -> None:
        wanted = "_LPAR" if token.type == "RPAR" else "_LBRACE"
        if not self._brackets or self._chunk.tokens[self._brackets[-1][0]].type != wanted:
            self._chunk.surplus.append(token)
            return
        index, _ = self._brackets.pop()
        self._chunk.partner[index] = len(self._chunk.tokens)

    def _name(self, token: Token) -> None:
        """Recognise the words that mean something at the start of a statement, and `subject to`."""
        tokens = self._chunk.tokens
        first = not tokens or (len(tokens) == 1 and tokens[0].type == "ASK")
        if token.quoted:
            return
        if first and token.value in OBJECTIVES and self._operand_follows(token.end):
            token.type, self._in_objective = "OBJECTIVE", True
        elif not tokens and token.value in COMMANDS and self._operand_follows(token.end):
            token.type = "COMMAND"
        elif self._in_objective and token.value in ("subject", "such"):
            found = _SUBJECT.match(self.text, token.start)
            if found:
                token.type, token.end = "_SUBJECT", found.end()
                self.position = self._chunk.end = found.end()

    def _operand_follows(self, position: int) -> bool:
        """Tell whether, after spaces on the same line, something stands that an expression can start with."""
        start = position
        while self.text[position : position + 1] in (" ", "\t"):
            position += 1
        found = TOKEN.match(self.text, position)
        if position == start or found is None or found.lastgroup in ("open", "space"):
            return False
        return token_of(found).type in {"NAME", "NUMBER", "QVAR", "LPAR", "MINUS", "TRUTH", "NOT", "TEXT"}

    # variables of quantifiers ------------------------------------------------------------------------------------

    def _binder(self) -> None:
        """Read the variables after a quantifier, and the dot or colon that gives it its reach."""
        position, first = self._after_space(self.position), True
        while True:
            found = SIMPLE.match(self.text, position)
            if found is not None and found[0] == "in" and not first:
                self._refuse_membership(position, found.end())
            if found is None or found[0] in KEYWORDS or (not first and not self._is_variable(found[0], found.end())):
                break
            self._add("BOUND", position, found.end())
            position = self._sort(self._after_space(found.end()))
            following = self._after_space(position)
            if self.text[following : following + 1] == ",":
                following = self._after_space(following + 1)
            position, first = following, False
        if first:
            return
        char = self.text[position : position + 1]
        if char == "." or (char == ":" and self.text[position + 1 : position + 2] != "-"):
            self._add("REACH", position, position + 1)

    def _refuse_membership(self, position: int, end: int) -> None:
        """Refuse `forall x in s.`, which would bind three variables.

        Raises:
            ParseError: At the `in`, where blanks stand before it, and behind it a name, or a brace or square bracket.
        """
        following = self._after_space(end)
        found = SIMPLE.match(self.text, following)
        if self.text[self._chunk.tokens[-1].end : position].strip() or (found is not None and found[0] in KEYWORDS):
            return
        if found is None and self.text[following : following + 1] not in ("{", "["):
            return
        quantifier = next(token for token in reversed(self._chunk.tokens) if token.type == "QUANT").value
        name = found[0] if found else "s"
        variable = next(token for token in reversed(self._chunk.tokens) if token.type == "BOUND").value
        joined = "->" if quantifier == "forall" else "and"
        shape = f"{quantifier} {variable}. {name}({variable}) {joined} …"
        raise fault(self.text, position, f"`in` does not say what {variable} is; write `{shape}`", file=self.file)

    def _add(self, kind: str, start: int, end: int) -> None:
        self._chunk.tokens.append(Token(kind, self.text[start:end], start, end))
        self.position = self._chunk.end = end

    def _after_space(self, position: int) -> int:
        found = _SPACE.match(self.text, position)
        assert found is not None
        return found.end()

    def _is_variable(self, name: str, end: int) -> bool:
        """Tell whether a further name after a quantifier is one more variable, by what follows it."""
        if _GOES_ON.match(self.text, end):
            return False
        following = self._after_space(end)
        char = self.text[following : following + 1]
        if char in (".", ":", ","):
            return True
        if char == "(":
            return following > end and _LETTER_VARIABLE.fullmatch(name) is not None
        return self._starts_operand(following)

    def _starts_operand(self, position: int) -> bool:
        if not _OPERAND.match(self.text, position) or self.text[position] in "-−?":
            return False
        word = SIMPLE.match(self.text, position)
        return word is None or KEYWORDS.get(word[0], "NOT") in ("NOT", "QUANT", "TRUTH")

    def _sort(self, position: int) -> int:
        """Read `: Sort` where it stands here and return where it ends; else the position itself."""
        if self.text[position : position + 1] != ":":
            return position
        start = self._after_space(position + 1)
        found = SIMPLE.match(self.text, start)
        if found is None or found[0] in KEYWORDS:
            return position
        name, end = found[0], found.end()
        following = self._after_space(end)
        char = self.text[following : following + 1]
        if char == "(":
            named = following > end and name in BUILT_IN_SORTS
        elif char in (".", ",", ":"):
            named = not self.text.startswith(":-", following)
        else:
            named = name[0].isupper() and self._starts_operand(following)
        if not named:
            return position
        self._add("SORT", start, end)
        return end


def is_atom(chunk: Chunk) -> bool:
    """Tell whether a statement is one name, possibly with arguments and a minus before it."""
    tokens = chunk.tokens
    first = 1 if tokens and tokens[0].type == "MINUS" else 0
    if len(tokens) <= first or tokens[first].type != "NAME":
        return False
    return len(tokens) == first + 1 or chunk.partner.get(first + 1) == len(tokens) - 1


def check_brackets(text: str, chunk: Chunk, *, file: str = "") -> None:
    """Raise where a bracket of a statement has no partner.

    Raises:
        ParseError: At the bracket.
    """
    if chunk.surplus:
        token = chunk.surplus[0]
        raise fault(text, token.start, f"this `{token.value}` closes no bracket", file=file)
    if chunk.open:
        token = chunk.open[-1]
        closing = ")" if token.type == "_LPAR" else "}"
        raise fault(text, token.start, "this bracket is never closed", file=file, expected=(f"a closing `{closing}`",))
