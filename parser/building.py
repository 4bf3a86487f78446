"""What the grammar's rules build: expressions, with each name resolved to a variable or a constant in its place."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, TypeAlias

from lark import Transformer

from abduce.parser.lexing import Token
from abduce.parser.statements import Aggregate, App, Expression, Num, Operation, Quantifier, Span, Text, Var

Part: TypeAlias = Expression | Token
"""An expression, or a single name whose parent decides what it is."""

CONNECTIVES: Final = frozenset({"not", "and", "or", "xor", "->", "<->", "true", "false", "strong"})
COMPARISONS: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})
ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "^", "div", "mod", "neg"})
LONGEST_NUMBER: Final = 3_000
"""Digits that a number may have, those of one with an exponent counted out."""


class Misplaced(Exception):
    """Something that the grammar lets through stands where it has no meaning."""

    def __init__(self, span: Span, message: str, *, expected: str = "", edit: tuple[Span, str] | None = None) -> None:
        self.span, self.message, self.expected, self.edit = span, message, expected, edit
        super().__init__(message)


@dataclass(slots=True)
class Context:
    """What the names of one statement mean.

    Attributes:
        base: Offset of the statement; spans count from it.
        capitals: Whether capitalised names are variables, as in clauses and queries.
        commas: Whether commas may join formulas.
        constants: Capitalised names that a query takes as constants.
    """

    base: int
    capitals: bool
    commas: bool
    constants: Collection[str] = ()
    taken: dict[str, None] = field(default_factory=dict)
    mentioned: set[str] = field(default_factory=set)
    names: frozenset[str] = frozenset()
    scope: dict[str, str | None] = field(default_factory=dict)
    outer: list[tuple[str, bool, str | None]] = field(default_factory=list)
    anonymous: dict[str, None] = field(default_factory=dict)

    def enter(self, variables: tuple[Var, ...]) -> None:
        """Make names variables until `leave`."""
        for variable in variables:
            self.outer.append((variable.name, variable.name in self.scope, self.scope.get(variable.name)))
            self.scope[variable.name] = variable.sort

    def leave(self, variables: tuple[Var, ...]) -> None:
        """Give the names back what they meant before."""
        for _ in variables:
            name, bound, sort = self.outer.pop()
            if bound:
                self.scope[name] = sort
            else:
                del self.scope[name]

    def fresh(self) -> str:
        """Return a name for an anonymous variable that the statement does not use."""
        number = len(self.anonymous) + 1
        while f"_{number}" in self.names or f"_{number}" in self.anonymous:
            number += 1
        self.anonymous[f"_{number}"] = None
        return f"_{number}"


def is_capitalised(name: str) -> bool:
    """Tell whether a name is a variable by its looks, as in Prolog."""
    return name[:1].isupper() or name[:1] == "_"


def _context(token: Token) -> Context:
    assert isinstance(token.context, Context)
    return token.context


def span_of(part: Part) -> Span:
    """Return where a part stands in its statement."""
    if isinstance(part, Token):
        base = _context(part).base
        return part.start - base, part.end - base
    return part.span


def _across(first: Part, last: Part) -> Span:
    return span_of(first)[0], span_of(last)[1]


def _named(token: Token) -> Expression:
    """Return what a single name is as a term."""
    context, name, span = _context(token), token.value, span_of(token)
    if token.quoted:
        return App(name, (), span)
    if name in context.scope:
        return Var(name, context.scope[name], span)
    if is_capitalised(name):
        if not context.capitals:
            context.mentioned.add(name)
        elif name == "_":
            return Var(context.fresh(), None, span)
        elif name in context.constants:
            context.taken[name] = None
        else:
            return Var(name, None, span)
    return App(name, (), span)


def term(part: Part) -> Expression:
    """Return a part as a term.

    Raises:
        Misplaced: It is a formula.
    """
    if type(part) is Token:
        return _named(part)
    if type(part) is Operation:
        if part.op == "neg":
            inner: Part = part.arguments[0]
            return Operation("neg", (term(inner),), part.span) if isinstance(inner, Token) else part
        if part.op in CONNECTIVES or part.op in COMPARISONS:
            raise Misplaced(part.span, "a formula stands where a term is wanted", expected="a name, number or variable")
    elif type(part) is Quantifier:
        raise Misplaced(part.span, "a formula stands where a term is wanted", expected="a name, number or variable")
    assert not isinstance(part, Token)
    return part


def claim(part: Part) -> Expression:
    """Return a part as a formula; `-p` is strong negation.

    Raises:
        Misplaced: It is a term.
    """
    if type(part) is Token:
        context = _context(part)
        if not part.quoted and part.value in context.scope:
            raise Misplaced(span_of(part), f"{part.value} is a variable, not a formula", expected="a formula")
        return App(part.value, (), span_of(part))
    assert not isinstance(part, Token)
    if type(part) is Operation:
        if part.op == "neg":
            inner: Part = part.arguments[0]
            if isinstance(inner, Token | App):
                return Operation("strong", (claim(inner),), part.span)
        if part.op == "^" and all(type(side) is App for side in part.arguments):
            sides = part.arguments
            raise Misplaced(
                (sides[0].span[1], sides[1].span[0]),
                "`^` is the power of numbers; between formulas write `&` or `∧`",
                edit=((sides[0].span[1], sides[1].span[0]), " ∧ "),
            )
        if part.op in ARITHMETIC or part.op == "ite":
            raise Misplaced(part.span, "a number stands where a formula is wanted", expected="a comparison (= < > …)")
    elif type(part) in (Num, Text, Var, Aggregate):
        kind = {Num: "a number", Text: "a text", Var: "a variable", Aggregate: "a number"}[type(part)]
        raise Misplaced(part.span, f"{kind} stands where a formula is wanted", expected="a comparison (= < > …)")
    return part


def number_value(written: str, span: Span = (0, 0)) -> int | Fraction:
    """Return the value of a written number.

    Raises:
        Misplaced: It has too many digits.
    """
    mantissa, _, exponent = written.lower().partition("e")
    digits = len(mantissa.replace(".", ""))
    if len(exponent) > 5 or digits + abs(int(exponent or 0)) > LONGEST_NUMBER:
        raise Misplaced(span, f"a number may have {LONGEST_NUMBER:,} digits at most")
    return int(written) if written.isdigit() else Fraction(written)


class Builder(Transformer[Token, Any]):
    """The callbacks of the grammar, one a rule; those of formulas take claims, those of arithmetic terms."""

    def _joined(self, op: str, parts: list[Part]) -> Operation:
        return Operation(op, tuple(map(claim, parts)), _across(parts[0], parts[-1]))

    def conjunction(self, parts: list[Part]) -> Operation:
        return self._joined("and", parts)

    def disjunction(self, parts: list[Part]) -> Operation:
        return self._joined("or", parts)

    def exclusive(self, parts: list[Part]) -> Operation:
        return self._joined("xor", parts)

    def equivalence(self, parts: list[Part]) -> Operation:
        return self._joined("<->", parts)

    def implies(self, parts: list[Part]) -> Operation:
        return self._joined("->", parts)

    def negated(self, parts: list[Part]) -> Operation:
        return Operation("not", (claim(parts[1]),), _across(parts[0], parts[1]))

    def goals_together(self, parts: list[Part]) -> Operation:
        self._check_comma(parts[1])
        return self._joined("and", parts[::2])

    def choice(self, parts: list[Part]) -> Operation:
        self._check_comma(parts[1])
        return self._joined("or", parts[::2])

    @staticmethod
    def _check_comma(token: Part) -> None:
        assert isinstance(token, Token)
        if not _context(token).commas:
            word = "and" if token.value == "," else "or"
            raise Misplaced(
                span_of(token),
                f"`{token.value}` joins the goals of clauses and queries; in a formula write `{word}`",
                edit=(span_of(token), f" {word}"),
            )

    def bound(self, tokens: list[Token]) -> Var:
        sort = tokens[1].value if len(tokens) > 1 else None
        return Var(tokens[0].value, sort, span_of(tokens[0]))

    def binder(self, parts: list[Any]) -> tuple[Token, tuple[Var, ...]]:
        token, *variables = parts
        names = [variable.name for variable in variables]
        for place, name in enumerate(names):
            if name in names[:place]:
                raise Misplaced(variables[place].span, f"the variable {name} is bound twice by one quantifier")
        _context(token).enter(tuple(variables))
        return token, tuple(variables)

    def quantified(self, parts: list[Any]) -> Quantifier:
        (token, variables), body = parts[0], claim(parts[-1])
        _context(token).leave(variables)
        kind = "forall" if token.value == "forall" else "exists"
        return Quantifier(kind, variables, body, (span_of(token)[0], body.span[1]))

    def compared(self, parts: list[Any]) -> Operation:
        if len(parts) > 3:
            middle = parts[3]
            raise Misplaced(
                span_of(middle),
                "comparisons cannot be chained; join two of them with `and`",
                edit=(span_of(parts[2]), "\0and\0"),
            )
        left, operator, right = parts
        return Operation(operator.value, (term(left), term(right)), _across(left, right))

    def added(self, parts: list[Any]) -> Operation:
        """Sums of any length are one operation; a difference has two sides."""
        sides: list[Expression] = [term(parts[0])]
        for operator, part in zip(parts[1::2], parts[2::2], strict=True):
            span = _across(parts[0], part)
            if operator.type == "PLUS":
                sides.append(term(part))
            else:
                left = sides[0] if len(sides) == 1 else Operation("+", tuple(sides), (span[0], span_of(operator)[0]))
                sides = [Operation("-", (left, term(part)), span)]
        if len(sides) == 1:
            assert isinstance(sides[0], Operation)
            return sides[0]
        return Operation("+", tuple(sides), _across(parts[0], parts[-1]))

    def multiplied(self, parts: list[Any]) -> Operation:
        """Products of any length are one operation; a quotient has two sides."""
        sides: list[Expression] = [term(parts[0])]
        for operator, part in zip(parts[1::2], parts[2::2], strict=True):
            span = _across(parts[0], part)
            if operator.value == "*":
                sides.append(term(part))
            else:
                left = sides[0] if len(sides) == 1 else Operation("*", tuple(sides), (span[0], span_of(operator)[0]))
                sides = [Operation(operator.value, (left, term(part)), span)]
        if len(sides) == 1:
            assert isinstance(sides[0], Operation)
            return sides[0]
        return Operation("*", tuple(sides), _across(parts[0], parts[-1]))

    def opposite(self, parts: list[Any]) -> Expression:
        sign, part = parts
        if type(part) is Num and part.value > 0 and part.span[0] == span_of(sign)[1]:
            return Num(-part.value, _across(sign, part))
        if type(part) is not Token and type(part) is not App:
            part = term(part)
        return Operation("neg", (part,), _across(sign, part))

    def raised(self, parts: list[Any]) -> Operation:
        return Operation("^", (term(parts[0]), term(parts[2])), _across(parts[0], parts[2]))

    def arguments(self, parts: list[Part]) -> list[Expression]:
        return [term(part) for part in parts]

    def applied(self, parts: list[Any]) -> App:
        name, *arguments, closing = parts
        context = _context(name)
        if not name.quoted and name.value in context.scope:
            raise Misplaced(
                span_of(name), f"{name.value} is a variable here; it takes no arguments", expected="a predicate's name"
            )
        return App(name.value, tuple(arguments[0]) if arguments else (), _across(name, closing))

    def number(self, tokens: list[Token]) -> Num:
        span = span_of(tokens[0])
        return Num(number_value(tokens[0].value, span), span)

    def text(self, tokens: list[Token]) -> Text:
        return Text(tokens[0].value, span_of(tokens[0]))

    def asked(self, tokens: list[Token]) -> Var:
        (token,) = tokens
        context = _context(token)
        if not (context.capitals and context.commas):
            raise Misplaced(span_of(token), "`?x` is a variable of queries; end a query with `?`")
        if token.value in context.scope:
            raise Misplaced(span_of(token), f"`?{token.value}` has the name of a variable that a quantifier binds")
        return Var(token.value, None, span_of(token))

    def truth(self, tokens: list[Token]) -> Operation:
        return Operation(tokens[0].value, (), span_of(tokens[0]))

    def group(self, parts: list[Part]) -> Part:
        return parts[0]

    def conditional(self, parts: list[Any]) -> Operation:
        token, condition, yes, no, closing = parts
        return Operation("ite", (claim(condition), term(yes), term(no)), _across(token, closing))

    def aggregate(self, parts: list[Any]) -> Aggregate:
        token, terms, body, closing = parts
        return Aggregate(token.value, tuple(terms), conjuncts(claim(body)), _across(token, closing))


def conjuncts(expression: Expression) -> tuple[Expression, ...]:
    """Return the parts of a conjunction, of conjunctions inside it as well."""
    found: list[Expression] = []
    pending = [expression]
    while pending:
        part = pending.pop()
        if isinstance(part, Operation) and part.op == "and":
            pending.extend(reversed(part.arguments))
        else:
            found.append(part)
    return tuple(found)
