"""Terms of SMT-LIB 2: tokens into terms, on a stack of our own, so that they may be of any depth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ParamSpec, TypeVar

from abduce.errors import SortError
from abduce.parser.numerals import exact
from abduce.parser.smtlib_operations import CONSTANTS, OPERATIONS, as_sort, divisible
from abduce.parser.smtlib_scope import Macro, Scope, foreign, read_sort
from abduce.parser.smtlib_tokens import DECIMAL, NUMERAL, Tokens, symbol_of
from abduce.parser.source_text import Delegated
from abduce.solvers.terms import (
    INT,
    REAL,
    Apply,
    Sort,
    Symbol,
    Term,
    Variable,
    equal,
    exists,
    forall,
    free_variables,
    number,
)

P = ParamSpec("P")
R = TypeVar("R")

APPLY, LET, BINDING, QUANTIFY, NOTE = range(5)


@dataclass(slots=True)
class _Frame:
    """An expression whose closing bracket has not been reached.

    Attributes:
        kind: What it is.
        index: The token that says what it is.
        name: What is applied, bound or quantified.
        parts: What has been read in it.
        variables: What a quantifier binds.
        bound: The names that it binds.
        in_body: Whether the bindings of a `let` are read.
        divisor: For `(_ divisible n)`, the n.
        member: For `(_ is c)`, the c.
    """

    kind: int
    index: int
    name: str = ""
    parts: list[Term] = field(default_factory=list)
    variables: tuple[Variable, ...] = ()
    bound: list[str] = field(default_factory=list)
    in_body: bool = False
    divisor: int = 0
    member: Symbol | None = None


class TermReader:
    """Reads the terms of one script.

    A quantified variable gets another name where one of its name is bound around it. So nothing is captured when
    what `let` binds, or an argument of a macro, is put below a quantifier.
    """

    def __init__(self, tokens: Tokens, scope: Scope) -> None:
        self._tokens, self._scope = tokens, scope
        self._locals: dict[str, list[Term]] = {}
        self._taken: dict[str, int] = {}
        self._reserved: set[str] = set()
        self._in_macro = False
        self._renamed = 0
        self.named: str | None = None

    # names ----------------------------------------------------------------------------------------------------

    def _variable(self, name: str, sort: Sort) -> Variable:
        """Return a variable whose name no variable around it has; in a macro, one that no other variable has."""
        fresh = name
        while fresh in self._taken or fresh in self._reserved or (self._in_macro and fresh == name):
            self._renamed += 1
            fresh = f"{name}!{self._renamed}"
        if self._in_macro:
            self._reserved.add(fresh)
        return Variable(fresh, sort)

    def _bind(self, name: str, meaning: Term) -> None:
        self._locals.setdefault(name, []).append(meaning)
        if isinstance(meaning, Variable):
            self._taken[meaning.name] = self._taken.get(meaning.name, 0) + 1

    def _unbind(self, name: str) -> None:
        meanings = self._locals[name]
        meaning = meanings.pop()
        if not meanings:
            del self._locals[name]
        if isinstance(meaning, Variable):
            self._taken[meaning.name] -= 1
            if not self._taken[meaning.name]:
                del self._taken[meaning.name]

    def variables(self, index: int) -> tuple[list[str], tuple[Variable, ...], int]:
        """Read `((x Sort) …)` and bind the names; they are given with the variables and the index after it."""
        tokens, names, found = self._tokens, list[str](), list[Variable]()
        index = tokens.expect(index, "(")
        sorts: list[Sort] = []
        while tokens.texts[index] != ")":
            index = tokens.expect(index, "(")
            name = tokens.symbol(index)
            if name in names:
                raise tokens.error(index, f"{name} is bound twice in one list")
            sort, index = read_sort(tokens, index + 1, self._scope)
            index = tokens.expect(index, ")")
            names.append(name)
            sorts.append(sort)
        for name, sort in zip(names, sorts, strict=True):
            found.append(self._variable(name, sort))
            self._bind(name, found[-1])
        return names, tuple(found), index + 1

    def macro(self, index: int) -> tuple[Macro, int]:
        """Read `((x Sort) …) Sort term`, the rest of a definition.

        Returns:
            What it defines, and the index after it.
        """
        self._in_macro = self._tokens.texts[index : index + 2] != ["(", ")"]
        try:
            names, parameters, index = self.variables(index)
            macro, after = self.definition(index)
            for name in names:
                self._unbind(name)
        finally:
            self._in_macro = False
        return Macro(parameters, macro.body), after

    def definition(self, index: int) -> tuple[Macro, int]:
        """Read `Sort term`, the rest of the definition of a constant, as `macro` does."""
        sort, index = read_sort(self._tokens, index, self._scope)
        body, after = self.read(index)
        return Macro((), self.checked(index, as_sort, body, sort)), after

    # reading --------------------------------------------------------------------------------------------------

    def read(self, index: int) -> tuple[Term, int]:
        """Read the term that begins at a token; `named` is the name that `:named` gives the whole of it.

        Returns:
            The term and the index after it.

        Raises:
            ParseError: No well-sorted term over declared names stands there.
            Delegated: Our terms cannot say it.
        """
        texts = self._tokens.texts
        stack: list[_Frame] = []
        self.named = None
        while True:
            text = texts[index]
            if text == "(" and texts[index + 1] == "as":
                value, index = self._ascribed(index)
            elif text == "(":
                index = self._open(index, stack)
                continue
            elif text == ")":
                closed, index = self._close(stack, index)
                if closed is None:
                    continue
                value = closed
            else:
                value, index = self._atom(text, index), index + 1
            while stack and stack[-1].kind == NOTE:
                index, self.named = self._annotations(stack.pop().index, value, index)
            if not stack:
                return value, index
            self.named = None
            stack[-1].parts.append(value)

    def formula(self, index: int) -> tuple[Term, int]:
        """Read a term that must be a truth value, as `read` does."""
        term, after = self.read(index)
        if term.sort.name != "Bool":
            raise self._tokens.error(index, f"a formula is wanted here, not a term of {term.sort}")
        return term, after

    def _atom(self, text: str, index: int) -> Term:
        name = symbol_of(text)
        if name is not None:
            return self._constant(name, index)
        if NUMERAL.fullmatch(text) or DECIMAL.fullmatch(text):
            return number(self._number(text, index), REAL if "." in text else INT)
        if text.startswith("#"):
            raise Delegated("bit-vectors")
        if text.startswith('"'):
            raise Delegated("strings")
        raise self._tokens.error(index, f"a term should stand before {self._tokens.shown(index)}", expected=("a term",))

    def _number(self, text: str, index: int) -> Fraction:
        try:
            return exact(text)
        except ValueError as error:
            raise self._tokens.error(index, str(error)) from error

    def _constant(self, name: str, index: int) -> Term:
        meanings = self._locals.get(name)
        if meanings:
            return meanings[-1]
        meaning = self._scope.functions.get(name)
        if meaning is None:
            if name in CONSTANTS:
                return CONSTANTS[name]
            raise self._missing(name, index)
        if meaning.arguments:
            raise self._tokens.error(index, f"{name} takes {len(meaning.arguments)} arguments, and has none here")
        return Apply(meaning) if isinstance(meaning, Symbol) else meaning.body

    def _missing(self, name: str, index: int) -> Exception:
        theory = foreign(name)
        if theory:
            return Delegated(theory)
        if name in OPERATIONS:
            return self._tokens.error(index, f"{name} needs arguments")
        return self._scope.unknown(self._tokens, index, name)

    def _open(self, index: int, stack: list[_Frame]) -> int:
        """Begin the expression whose opening bracket stands at a token; return the index of its first part."""
        tokens, head = self._tokens, index + 1
        if stack and stack[-1].kind == LET and not stack[-1].in_body:
            stack.append(_Frame(BINDING, head, tokens.symbol(head)))
            return head + 1
        text = tokens.texts[head]
        if text == "let":
            stack.append(_Frame(LET, head))
            return tokens.expect(head + 1, "(")
        if text in ("forall", "exists"):
            names, variables, after = self.variables(head + 1)
            stack.append(_Frame(QUANTIFY, head, text, variables=variables, bound=names))
            return after
        if text == "!":
            stack.append(_Frame(NOTE, head))
            return head + 1
        if text in ("(", "_"):
            return self._indexed(index, stack)
        name = tokens.symbol(head)
        if name in self._locals:
            raise tokens.error(head, f"{name} is a variable here, and takes no arguments")
        if name not in self._scope.functions and name not in OPERATIONS:
            raise self._missing(name, head)
        stack.append(_Frame(APPLY, head, name))
        return head + 1

    def _indexed(self, index: int, stack: list[_Frame]) -> int:
        """Begin `((_ divisible n) …)`, `((_ is c) …)` or `((as f Sort) …)`; nothing else is applied in brackets."""
        tokens = self._tokens
        head = index + 2 if tokens.texts[index + 1] == "(" else index + 1
        if tokens.texts[head] == "as":
            after = self._ascription(head)[1]
            stack.append(_Frame(APPLY, head + 1, tokens.symbol(head + 1)))
            return after
        if tokens.texts[head] != "_":
            raise tokens.error(head, "a name, (as …) or (_ …) should stand here", expected=("a name",))
        name, place = symbol_of(tokens.texts[head + 1]) or "", head + 2
        if head == index + 2 and name == "is":
            stack.append(_Frame(APPLY, head + 1, name, member=self._scope.member(tokens.symbol(place))))
            return tokens.expect(place + 1, ")")
        if head == index + 1 or name != "divisible" or not NUMERAL.fullmatch(tokens.texts[place]):
            raise Delegated(foreign(name) or f"(_ {name} …)")
        divisor = int(self._number(tokens.texts[place], place))
        if divisor < 1:
            raise tokens.error(place, "divisible takes a positive number")
        stack.append(_Frame(APPLY, head + 1, name, divisor=divisor))
        return tokens.expect(place + 1, ")")

    def _ascription(self, index: int) -> tuple[Symbol, int]:
        """Read `as f Sort)`, which says the sort of what is declared; the symbol, and the index after it."""
        tokens = self._tokens
        name = tokens.symbol(index + 1)
        symbol = self._scope.functions.get(name)
        sort, after = read_sort(tokens, index + 2, self._scope)
        if not isinstance(symbol, Symbol):
            raise self._missing(name, index + 1) if symbol is None else Delegated(f"(as {name} …)")
        if symbol.result != sort:
            raise tokens.error(index + 1, f"{name} is of sort {symbol.result}, not {sort}")
        return symbol, tokens.expect(after, ")")

    def _ascribed(self, index: int) -> tuple[Term, int]:
        """Read `(as x Sort)`."""
        symbol, after = self._ascription(index + 1)
        return self._constant(symbol.name, index + 2), after

    def _close(self, stack: list[_Frame], index: int) -> tuple[Term | None, int]:
        """End the innermost expression at its closing bracket.

        Returns:
            Its value, None where the bracket ends bindings only; and the index after the bracket.
        """
        tokens = self._tokens
        if not stack:
            raise tokens.error(index, "this bracket closes nothing", expected=("a term",))
        frame = stack[-1]
        if frame.kind == LET and not frame.in_body:
            self._begin_body(frame, index)
            return None, index + 1
        stack.pop()
        if frame.kind == APPLY:
            return self._applied(frame), index + 1
        if len(frame.parts) != 1:
            raise tokens.error(index, f"one term is wanted before this bracket; got {len(frame.parts)}")
        (term,) = frame.parts
        if frame.kind == BINDING:
            stack[-1].parts.append(term)
            stack[-1].bound.append(frame.name)
            return None, index + 1
        for name in frame.bound:
            self._unbind(name)
        if frame.kind == QUANTIFY:
            build = forall if frame.name == "forall" else exists
            term = self.checked(frame.index, build, frame.variables, term)
        return term, index + 1

    def _begin_body(self, frame: _Frame, index: int) -> None:
        """Bind the names of a `let`, whose terms have all been read outside their scope."""
        if len(set(frame.bound)) < len(frame.bound) or len(frame.parts) != len(frame.bound) or not frame.parts:
            raise self._tokens.error(index, "let binds each name once, and one at least", expected=("((name term) …)",))
        for name, term in zip(frame.bound, frame.parts, strict=True):
            self._bind(name, term)
        frame.in_body, frame.parts = True, []

    def _applied(self, frame: _Frame) -> Term:
        name, arguments = frame.name, tuple(frame.parts)
        if frame.member is not None:
            self._count(frame, 1, 1)
            return equal(Apply(frame.member), self.checked(frame.index, as_sort, arguments[0], frame.member.result))
        meaning = self._scope.functions.get(name)
        if meaning is not None:
            wanted = meaning.arguments
            self._count(frame, len(wanted), len(wanted))
            if any(argument.sort != sort for argument, sort in zip(arguments, wanted, strict=True)):
                arguments = self.checked(frame.index, _converted, arguments, wanted)
            return Apply(meaning, arguments) if isinstance(meaning, Symbol) else meaning.applied(arguments)
        if frame.divisor:
            self._count(frame, 1, 1)
            return self.checked(frame.index, divisible, frame.divisor, arguments[0])
        fewest, most, build = OPERATIONS[name]
        self._count(frame, fewest, most)
        return self.checked(frame.index, build, arguments)

    def _count(self, frame: _Frame, fewest: int, most: int) -> None:
        got = len(frame.parts)
        if not fewest <= got <= most or not got:
            wanted = f"{fewest}" if fewest == most else f"at least {fewest}"
            raise self._tokens.error(frame.index, f"{frame.name} takes {wanted} arguments; got {got}")

    def _annotations(self, index: int, term: Term, place: int) -> tuple[int, str | None]:
        """Read `:key value …)` after the term of a `!`, and give the term the name of a `:named`.

        Args:
            index: The token of the `!`.
            term: What is annotated.
            place: The first token after it.

        Returns:
            The index after the closing bracket, and the name.
        """
        tokens, name = self._tokens, None
        while tokens.texts[place] != ")":
            key = tokens.texts[place]
            if not key.startswith(":"):
                raise tokens.error(place, "an attribute or ) should stand here", expected=(":named", ":pattern", ")"))
            place += 1
            if key == ":named":
                name = tokens.symbol(place)
                if self._taken and free_variables(term):
                    raise tokens.error(index, f"{name} names a term with variables that are bound outside it")
                self._scope.define(tokens, place, name, Macro((), term))
                place += 1
            elif tokens.texts[place] != ")" and not tokens.texts[place].startswith(":"):
                place = tokens.after(place)
        return place + 1, name

    def checked(self, index: int, build: Callable[P, R], *arguments: P.args, **options: P.kwargs) -> R:
        """Build something from terms; where they do not fit, the error says the place."""
        try:
            return build(*arguments, **options)
        except SortError as error:
            raise self._tokens.error(index, str(error)) from error


def _converted(arguments: tuple[Term, ...], sorts: tuple[Sort, ...]) -> tuple[Term, ...]:
    return tuple(as_sort(argument, sort) for argument, sort in zip(arguments, sorts, strict=True))
