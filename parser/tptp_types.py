"""What a problem in TPTP has declared, and its types."""

from __future__ import annotations

from dataclasses import dataclass, field

from abduce.parser.source_text import Delegated
from abduce.parser.tptp_tokens import Tokens
from abduce.solvers.terms import BOOL, INT, REAL, THING, Sort, Symbol

DEEPEST_BRACKETS = 20
_DEFINED = {"$i": THING, "$o": BOOL, "$int": INT, "$rat": REAL, "$real": REAL}
_RESERVED = {"Bool", "Int", "Real", "Thing", "Array"}


@dataclass
class Declarations:
    """The types and typed symbols of one problem.

    Attributes:
        sorts: What each declared type is.
        symbols: What each declared symbol is.
        rational: Whether rationals occur, which are read as reals where that makes no difference.
        real: Whether reals occur as well.
        objects: The distinct objects that occur, in the order of their first occurrence.
    """

    sorts: dict[str, Sort] = field(default_factory=dict)
    symbols: dict[str, Symbol] = field(default_factory=dict)
    rational: bool = False
    real: bool = False
    objects: dict[str, Symbol] = field(default_factory=dict)

    def declare(self, tokens: Tokens, index: int, end: int) -> None:
        """Read `name: type`, in brackets or not, from a token up to before another."""
        while tokens.texts[index] == "(" and tokens.texts[end - 1] == ")":
            index, end = index + 1, end - 1
        name = tokens.name(index)
        if name is None:
            raise Delegated(f"a type for {tokens.shown(index)}")
        place = index
        index = tokens.expect(index + 1, ":")
        if tokens.texts[index] == "$tType":
            if index + 1 < end:
                raise Delegated("type constructors")
            sort = Sort(f"{name}'" if name in _RESERVED else name)
            self.sorts[name] = sort
            return
        arguments, result, after = self.read(tokens, index)
        if after != end:
            raise Delegated("curried types") if tokens.texts[after] == ">" else _unexpected(tokens, after)
        symbol = Symbol(name, arguments, result)
        if self.symbols.setdefault(name, symbol) != symbol:
            raise tokens.error(place, f"{name} is declared with two types")

    def read(self, tokens: Tokens, index: int, depth: int = 0) -> tuple[tuple[Sort, ...], Sort, int]:
        """Read a type.

        Returns:
            Sorts of the arguments, none where it is no function's; sort of the value; the index after it.

        Raises:
            ParseError: No type over declared ones stands there.
            Delegated: It is a type that our terms lack.
        """
        if depth > DEEPEST_BRACKETS:
            raise tokens.error(index, f"brackets stand in each other more than {DEEPEST_BRACKETS} deep in this type")
        if tokens.texts[index] != "(":
            first, index = self._atomic(tokens, index)
            return self._mapping((first,), tokens, index)
        arguments, first, index = self.read(tokens, index + 1, depth + 1)
        if arguments:
            return arguments, first, tokens.expect(index, ")")
        found = [first]
        while tokens.texts[index] == "*":
            sort, index = self._atomic(tokens, index + 1)
            found.append(sort)
        return self._mapping(tuple(found), tokens, tokens.expect(index, ")"))

    def _mapping(self, found: tuple[Sort, ...], tokens: Tokens, index: int) -> tuple[tuple[Sort, ...], Sort, int]:
        if tokens.texts[index] == ">":
            result, index = self._atomic(tokens, index + 1)
            return found, result, index
        if len(found) > 1:
            raise tokens.error(index, "a product of types says the arguments of a function", expected=(">",))
        return (), found[0], index

    def _atomic(self, tokens: Tokens, index: int) -> tuple[Sort, int]:
        text, name = tokens.texts[index], tokens.name(index)
        if text in _DEFINED:
            return _DEFINED[text], index + 1
        if name is not None and name in self.sorts and tokens.texts[index + 1] != "(":
            return self.sorts[name], index + 1
        if text in ("!>", "?*", "[", "(", "$tType") or tokens.variable(index) or tokens.texts[index + 1] == "(":
            raise Delegated("polymorphic types")
        if text.startswith("$"):
            raise Delegated(f"the type {text}")
        raise tokens.error(index, f"{text} is not a declared type", expected=(*_DEFINED, *list(self.sorts)[:5]))


def _unexpected(tokens: Tokens, index: int) -> Exception:
    return tokens.error(index, f"{tokens.shown(index)} is not expected after a type", expected=(">", "*", ")"))
