"""Formulas of TPTP's CNF, FOF and TFF: tokens into terms, on a stack of our own, so that they may be of any depth."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from abduce.errors import SortError
from abduce.parser.numerals import exact
from abduce.parser.source_text import Delegated
from abduce.parser.tptp_arithmetic import FUNCTIONS, build
from abduce.parser.tptp_frames import (
    APPLY,
    BINARY,
    BRACKET,
    CHOICES,
    CONNECTIVES,
    CONSTANTS,
    DEEPEST_LETS,
    EQUATION,
    NOT,
    QUANTIFY,
    Frame,
    choice,
)
from abduce.parser.tptp_tokens import Tokens
from abduce.parser.tptp_types import Declarations
from abduce.solvers.terms import (
    BOOL,
    INT,
    REAL,
    THING,
    TRUE,
    Apply,
    Op,
    Sort,
    Symbol,
    Term,
    Variable,
    apply,
    equal,
    exists,
    forall,
    number,
    operate,
    substitute,
)

P = ParamSpec("P")
R = TypeVar("R")


class FormulaReader:
    """Reads the formulas of one text.

    Attributes:
        typed: Whether they are typed; where not, every variable is a thing, and there are no numbers.
        implicit: Whether names of variables need no quantifier, as in CNF.
    """

    def __init__(self, tokens: Tokens, known: Declarations) -> None:
        self.typed = self.implicit = False
        self._tokens, self._known = tokens, known
        self._scope: dict[str, Variable] = {}
        self._taken: set[str] = set()
        self._depths: dict[str, int] = {}
        self._lets: dict[str, tuple[tuple[Variable, ...], Term]] = {}
        self._let_depth = 0
        self._outer_term = False

    def read(self, index: int) -> tuple[Term, int]:
        """Read the formula that begins at a token.

        Returns:
            The formula, closed by quantifiers where they are implicit, and the index after it.

        Raises:
            ParseError: No well-typed formula stands there.
            Delegated: Our terms cannot say it.
        """
        self._scope, self._taken, self._depths = {}, set(), {}
        self._lets, self._let_depth, self._outer_term = {}, 0, False
        term, after = self._expression(index)
        if term.sort != BOOL:
            raise self._tokens.error(index, f"a formula is wanted here, not a term of {term.sort}")
        return forall(tuple(self._scope.values()), term) if self.implicit else term, after

    def _expression(self, index: int) -> tuple[Term, int]:
        stack: list[Frame] = []
        while True:
            opened = self._open(index, stack)
            if opened:
                index = opened
                continue
            value, index = self._operand(index, stack)
            result, index = self._after(value, index, stack)
            if result is not None:
                return result, index

    def _open(self, index: int, stack: list[Frame]) -> int:
        """Begin an expression that has parts; return the index of its first part, or 0 where none begins here."""
        tokens, text = self._tokens, self._tokens.texts[index]
        if text == "(":
            stack.append(Frame(BRACKET, index, as_term=self._wants_term(stack)))
            return index + 1
        if text == "~":
            stack.append(Frame(NOT, index))
            return index + 1
        if text in ("!", "?"):
            return self._quantifier(index, stack)
        if not text or text == "$let" or tokens.texts[index + 1] != "(" or not (text[0] in "$'" or text[0].islower()):
            return 0
        if text.startswith("$") and text not in FUNCTIONS and text not in (*CHOICES, "$distinct"):
            raise Delegated(f"the defined symbol {text}")
        stack.append(Frame(APPLY, index, text, as_term=self._wants_term(stack)))
        return index + 2

    def _quantifier(self, index: int, stack: list[Frame]) -> int:
        tokens = self._tokens
        frame = Frame(QUANTIFY, index, tokens.texts[index])
        place = tokens.expect(index + 1, "[")
        found: list[tuple[str, Sort]] = []
        while True:
            if not tokens.variable(place):
                raise tokens.error(place, f"{tokens.shown(place)} is not a variable", expected=("a capitalised name",))
            name, sort = tokens.texts[place], THING
            place += 1
            if tokens.texts[place] == ":":
                if tokens.texts[place + 1] == "$tType":
                    raise Delegated("polymorphic types")
                arguments, sort, place = self._known.read(tokens, place + 1)
                if arguments:
                    raise Delegated("variables for functions")
            found.append((name, sort))
            if tokens.texts[place] != ",":
                break
            place += 1
        self._bind(frame, found)
        stack.append(frame)
        return tokens.expect(tokens.expect(place, "]"), ":")

    def _bind(self, frame: Frame, found: list[tuple[str, Sort]]) -> None:
        for name, sort in found:
            variable = Variable(self._fresh(name), sort)
            self._taken.add(variable.name)
            self._depths[name] = self._depths.get(name, 0) + 1
            frame.hidden.append((name, self._scope.get(name)))
            frame.variables += (variable,)
            self._scope[name] = variable

    def _unbind(self, frame: Frame) -> None:
        for name, meaning in reversed(frame.hidden):
            self._taken.discard(self._scope[name].name)
            self._depths[name] -= 1
            if meaning is None:
                del self._scope[name]
            else:
                self._scope[name] = meaning

    def _fresh(self, name: str) -> str:
        """Return a name that no variable has here, from how often the wished one is bound here."""
        count = self._depths.get(name, 0)
        fresh = f"{name}_{count}" if count else name
        while fresh in self._taken:
            count += 1
            fresh = f"{name}_{count}"
        return fresh

    def _wants_term(self, stack: list[Frame]) -> bool:
        """Tell whether an undeclared name that stands here is a term's."""
        if not stack:
            return self._outer_term
        top = stack[-1]
        if top.kind == APPLY:
            return (top.as_term and bool(top.parts)) if top.name in CHOICES else True
        return top.kind == EQUATION or (top.kind == BRACKET and top.as_term)

    # operands -------------------------------------------------------------------------------------------------

    def _operand(self, index: int, stack: list[Frame]) -> tuple[Term, int]:
        tokens, text = self._tokens, self._tokens.texts[index]
        first = text[:1]
        if first == "'" or first.islower():
            return self._applied(index, index + 1, (), self._wants_term(stack)), index + 1
        if tokens.variable(index):
            return self._variable(index), index + 1
        if first.isdigit() or (first in "+-" and text[1:2].isdigit()):
            return self._number(index), index + 1
        if first == '"':
            symbol = self._known.objects.setdefault(text, Symbol(text, (), THING))
            return Apply(symbol), index + 1
        if text in CONSTANTS:
            return CONSTANTS[text], index + 1
        if text == "$let":
            return self._let(index, self._wants_term(stack))
        if first == "$":
            raise Delegated(f"the defined symbol {text}")
        if text in ("[", "{", "^", "!>", "!!", "??", "@"):
            raise Delegated("tuples, types as arguments, or modal and higher-order operators")
        raise tokens.error(
            index, f"a formula or term should stand before {tokens.shown(index)}", expected=("a formula", "a term")
        )

    def _variable(self, index: int) -> Variable:
        name = self._tokens.texts[index]
        variable = self._scope.get(name)
        if variable is None:
            if not self.implicit:
                raise self._tokens.error(
                    index, f"the variable {name} is not bound; put ! [{name}] : before the formula, or ? [{name}] :"
                )
            variable = self._scope[name] = Variable(name, THING)
            self._taken.add(name)
        return variable

    def _number(self, index: int) -> Term:
        text = self._tokens.texts[index]
        if not self.typed:
            raise Delegated("numbers in an untyped formula")
        try:
            return number(exact(text), INT if text.lstrip("+-").isdigit() else REAL)
        except ValueError as error:
            raise self._tokens.error(index, str(error)) from error

    # local definitions ----------------------------------------------------------------------------------------

    def _let(self, index: int, as_term: bool) -> tuple[Term, int]:
        """Read `$let(types, definitions, body)`; the definitions do not see each other."""
        tokens = self._tokens
        self._let_depth += 1
        if self._let_depth > DEEPEST_LETS:
            raise tokens.error(index, f"$let stands in itself more than {DEEPEST_LETS} deep")
        types: dict[str, Symbol] = {}
        index = self._listed(tokens.expect(index + 1, "("), lambda at: self._let_type(at, types))
        made: dict[str, tuple[tuple[Variable, ...], Term]] = {}
        index = self._listed(tokens.expect(index, ","), lambda at: self._definition(at, types, made))
        hidden, self._lets = self._lets, {**self._lets, **made}
        body, index = self._inner(tokens.expect(index, ","), as_term)
        self._lets = hidden
        self._let_depth -= 1
        return body, tokens.expect(index, ")")

    def _inner(self, index: int, as_term: bool) -> tuple[Term, int]:
        outer, self._outer_term = self._outer_term, as_term
        found = self._expression(index)
        self._outer_term = outer
        return found

    def _listed(self, index: int, read: Callable[[int], int]) -> int:
        """Read one thing, or several in square brackets."""
        if self._tokens.texts[index] != "[":
            return read(index)
        index = read(index + 1)
        while self._tokens.texts[index] == ",":
            index = read(index + 1)
        return self._tokens.expect(index, "]")

    def _let_type(self, index: int, types: dict[str, Symbol]) -> int:
        name = self._tokens.name(index)
        if name is None:
            raise Delegated("tuples in $let")
        arguments, result, after = self._known.read(self._tokens, self._tokens.expect(index + 1, ":"))
        types[name] = Symbol(name, arguments, result)
        return after

    def _definition(
        self, index: int, types: dict[str, Symbol], made: dict[str, tuple[tuple[Variable, ...], Term]]
    ) -> int:
        tokens, name, place = self._tokens, self._tokens.name(index), index
        if name is None or name not in types:
            raise tokens.error(index, f"{tokens.shown(index)} has no type in this $let", expected=tuple(types))
        names: list[str] = []
        index += 1
        while tokens.texts[index] == ("," if names else "("):
            if not tokens.variable(index + 1):
                raise tokens.error(index + 1, f"{tokens.shown(index + 1)} is not a variable")
            names.append(tokens.texts[index + 1])
            index += 2
        index = tokens.expect(index, ")") if names else index
        sorts = types[name].arguments
        if len(names) != len(sorts) or len(set(names)) < len(names):
            raise tokens.error(place, f"{name} takes {len(sorts)} different variables")
        frame = Frame(QUANTIFY, place)
        self._bind(frame, list(zip(names, sorts, strict=True)))
        body, after = self._inner(tokens.expect(index, ":="), types[name].result != BOOL)
        self._unbind(frame)
        if body.sort != types[name].result:
            raise tokens.error(index, f"{name} is {types[name].result}, not {body.sort}")
        made[name] = (frame.variables, body)
        return after

    # what follows an operand ----------------------------------------------------------------------------------

    def _after(self, value: Term, index: int, stack: list[Frame]) -> tuple[Term | None, int]:
        """End all expressions that end after a value.

        Returns:
            The value of the outermost one, None where another operand follows; and the index after it.
        """
        tokens, atomic = self._tokens, True
        while True:
            text = tokens.texts[index]
            top = stack[-1] if stack else None
            if text in ("=", "!=") and atomic:
                stack.append(Frame(EQUATION, index, text, [value]))
                return None, index + 1
            if top is not None and top.kind in (EQUATION, NOT, QUANTIFY):
                stack.pop()
                value, atomic = self._ended(top, value), False
            elif text in CONNECTIVES:
                self._connect(value, index, stack)
                return None, index + 1
            elif top is not None and top.kind == BINARY:
                stack.pop()
                top.parts.append(value)
                value, atomic = self._checked(top.index, CONNECTIVES[top.name], tuple(top.parts)), False
            elif top is None:
                return value, index
            elif text == ")":
                stack.pop()
                index, atomic = index + 1, True
                if top.kind == APPLY:
                    value = self._applied(top.index, index, (*top.parts, value), self._wants_term(stack))
            elif text == "," and top.kind == APPLY:
                top.parts.append(value)
                return None, index + 1
            else:
                closing = (",", ")") if top.kind == APPLY else (")",)
                raise tokens.error(
                    index, f"{tokens.shown(index)} is not expected here", expected=("&", "|", "=>", "=", *closing)
                )

    def _connect(self, value: Term, index: int, stack: list[Frame]) -> None:
        """Begin or go on with operands of a connective; two different ones need brackets."""
        text = self._tokens.texts[index]
        if not stack or stack[-1].kind != BINARY:
            stack.append(Frame(BINARY, index, text, [value]))
        elif stack[-1].name == text and text in "&|":
            stack[-1].parts.append(value)
        else:
            raise self._tokens.error(
                index,
                f"{text} after {stack[-1].name} without brackets; put brackets around one of them",
                expected=(")",),
            )

    def _ended(self, frame: Frame, value: Term) -> Term:
        if frame.kind == NOT:
            return self._checked(frame.index, operate, Op.NOT, value)
        if frame.kind == EQUATION:
            if value.sort != frame.parts[0].sort:
                raise self._tokens.error(
                    frame.index,
                    f"{frame.name} is between terms of one type, not {frame.parts[0].sort} and {value.sort}",
                )
            equation = equal(frame.parts[0], value)
            return equation if frame.name == "=" else operate(Op.NOT, equation)
        self._unbind(frame)
        return self._checked(frame.index, forall if frame.name == "!" else exists, frame.variables, value)

    def _applied(self, index: int, after: int, arguments: tuple[Term, ...], as_term: bool) -> Term:
        """Apply the symbol at a token; one that is not declared is a predicate unless a term must stand there."""
        text = self._tokens.texts[index]
        if text in CHOICES:
            return self._checked(index, choice, arguments)
        if text == "$distinct":
            return self._checked(index, operate, Op.DISTINCT, *arguments) if len(arguments) > 1 else TRUE
        if text in FUNCTIONS:
            if not self.typed:
                raise Delegated("arithmetic in an untyped formula")
            return self._checked(index, build, self._known, text, arguments)
        name = self._tokens.name(index) or ""
        if name in self._lets:
            parameters, body = self._lets[name]
            if [argument.sort for argument in arguments] != [parameter.sort for parameter in parameters]:
                wanted = ", ".join(str(parameter.sort) for parameter in parameters) or "none"
                raise self._tokens.error(index, f"{name} is defined here for other arguments: {wanted}")
            return substitute(body, dict(zip(parameters, arguments, strict=True))) if parameters else body
        symbol = self._known.symbols.get(name)
        if symbol is None:
            term = as_term or self._tokens.texts[after] in ("=", "!=")
            symbol = Symbol(name, (THING,) * len(arguments), THING if term else BOOL)
        return self._checked(index, apply, symbol, *arguments)

    def _checked(self, index: int, make: Callable[P, R], *arguments: P.args, **options: P.kwargs) -> R:
        """Build something from terms; where they do not fit, the error says the place."""
        try:
            return make(*arguments, **options)
        except SortError as error:
            raise self._tokens.error(index, str(error)) from error
