"""Reads expressions as in Python, of calls, lists, comparisons, into plain trees; nothing is ever evaluated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from abduce.errors import DataError

DEEPEST = 40
_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?(?![\w]))|([^\W\d][\w.']*|\$\w+)|(==|!=|<=|>=|->|[-+*/%<>()\[\],:=|&]))")
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"or"}),
    frozenset({"and"}),
    frozenset({"==", "!=", "<", "<=", ">", ">=", "=", "in"}),
    frozenset({"+", "-"}),
    frozenset({"*", "/", "%"}),
)
_COMPARISONS = _LEVELS[2]


class ProgramError(DataError):
    """A program that is ill-formed: it cannot be read, or uses what it does not declare."""


@dataclass(frozen=True, slots=True)
class Named:
    """A name."""

    name: str


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number."""

    value: str


@dataclass(frozen=True, slots=True)
class Call:
    """A name, or an operator, with arguments."""

    name: str
    arguments: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Several:
    """A list, or where `is_tuple`, what stands in round brackets with commas."""

    items: tuple[Tree, ...]
    is_tuple: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """`variable:sort`."""

    variable: str
    sort: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """`[sorts] -> [sorts]`."""

    domain: Tree
    range: Tree


Tree: TypeAlias = Named | Numeral | Call | Several | Bound | Arrow


def parse(text: str) -> Tree:
    """Return the expression that a text is.

    Raises:
        ProgramError: It is none.

    Example:
        >>> parse("f(a) == 1").arguments[0]
        Call(name='f', arguments=(Named(name='a'),))
    """
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.place, self.depth = text, _tokens(text), 0, 0

    def whole(self) -> Tree:
        found = self.level(0)
        if self.peek():
            raise self.fault("an operator or the end")
        return found

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        found = self.peek()
        if not found or (wanted and found != wanted):
            raise self.fault(repr(wanted) if wanted else "an expression")
        self.place += 1
        return found

    def fault(self, wanted: str) -> ProgramError:
        return ProgramError(f"expected {wanted}, not {self.peek() or 'the end'!r}, in: {self.text}")

    def level(self, number: int) -> Tree:
        self.depth += 1
        if self.depth > DEEPEST * len(_LEVELS):
            raise ProgramError(f"nested deeper than {DEEPEST}: {self.text[:80]}…")
        found = self.lower(number)
        parts = [found]
        while self.peek() in _LEVELS[number]:
            op = self.take()
            parts.append(self.lower(number))
            right = Call("==" if op == "=" else op, (parts[-2] if op in _COMPARISONS else found, parts[-1]))
            found = Call("and", (found, right)) if op in _COMPARISONS and len(parts) > 2 else right
        self.depth -= 1
        return found

    def lower(self, number: int) -> Tree:
        if number == 1 and self.peek() == "not":  # binds as in Python: looser than comparisons
            self.take()
            return Call("not", (self.lower(number),))
        return self.level(number + 1) if number + 1 < len(_LEVELS) else self.single()

    def single(self) -> Tree:
        token = self.take()
        if token == "-":
            return Call("neg", (self.single(),))
        if token in "([":
            return self.bracket(token)
        if token[0].isdigit():
            return Numeral(token)
        if not (token[0].isalpha() or token[0] in "_$"):
            self.place -= 1
            raise self.fault("an expression")
        if self.peek() == "(":
            self.take()
            return self.indexed(Call(token, self.items(")")))
        if self.peek() == ":" and self.place + 1 < len(self.tokens):
            self.take()
            return Bound(token, self.take())
        return Named(token)

    def indexed(self, found: Tree) -> Tree:
        while self.peek() == "[":
            self.take()
            found = Call("[]", (found, *self.items("]")))
        return found

    def bracket(self, opening: str) -> Tree:
        items = self.items(")" if opening == "(" else "]")
        if opening == "(" and len(items) == 1:
            return items[0]
        found = Several(items, opening == "(")
        if opening == "[" and self.peek() == "->":
            self.take()
            return Arrow(found, self.single())
        return found

    def items(self, closing: str) -> tuple[Tree, ...]:
        found: list[Tree] = []
        while self.peek() != closing:
            found.append(self.level(0))
            if self.peek() != closing:
                self.take(",")
        self.take(closing)
        return tuple(found)


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        token = _TOKEN.match(text, place)
        if token is None:
            raise ProgramError(f"not understood from {text[place : place + 20].strip()!r} on, in: {text}")
        found.append(token.group().strip())
        place = token.end()
    return found


class Names:
    """Names of the query language for the names of a program: one for each, whatever characters and case it has."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}
        self._taken: set[str] = set()

    def __call__(self, name: str) -> str:
        if name not in self._given:
            bare = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
            bare = bare if bare[:1].isalpha() else f"n{bare}"
            bare = f"{bare}_" if bare in RESERVED else bare
            chosen, number = bare, 1
            while chosen in self._taken:
                number += 1
                chosen = f"{bare}_{number}"
            self._taken.add(chosen)
            self._given[name] = chosen
        return self._given[name]


RESERVED = frozenset(
    """forall exists all some not and or xor implies iff true false div mod ite count sum min max subject such
    maximize minimize solve simplify integrate differentiate limit factor expand""".split()  # noqa: SIM905 - plainer
)
