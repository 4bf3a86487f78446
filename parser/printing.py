"""Terms and statements back to the query language, with no more brackets than needed; what is printed reads back.

Printing does not recurse, so terms may be deeper than Python's stack.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeAlias

from abduce.parser.building import is_capitalised
from abduce.parser.lexing import AGGREGATES, COMMANDS, KEYWORDS, OBJECTIVES, PLAIN, SIMPLE, escaped
from abduce.parser.statements import (
    Aggregate,
    App,
    Clause,
    Declaration,
    Expression,
    Formula,
    Num,
    Operation,
    Quantifier,
    Query,
    Statement,
    Text,
    Var,
)

LONGEST_BITS: Final = 14_000
"""Integers longer than this are written otherwise: Python's `str` and `json` take no more than 4,300 digits."""
IFF, IMPLIES, XOR, OR, AND, UNARY, COMPARISON, SUM, PRODUCT, SIGNED, POWER, ATOM = range(12)
"""How tightly things bind."""
_LEVELS: Final = {
    "<->": IFF,
    "->": IMPLIES,
    "xor": XOR,
    "or": OR,
    "and": AND,
    "not": UNARY,
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">="), COMPARISON),
    "+": SUM,
    "-": SUM,
    **dict.fromkeys(("*", "/", "div", "mod"), PRODUCT),
    "neg": SIGNED,
    "strong": SIGNED,
    "^": POWER,
}
ASCII: Final = {
    "<->": " <-> ",
    "->": " -> ",
    "xor": " xor ",
    "or": " | ",
    "and": " & ",
    "not": "not ",
    "forall": "forall ",
    "exists": "exists ",
    **{op: f" {op} " for op in ("=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "div", "mod")},
    "^": "^",
}
UNICODE: Final = {
    **ASCII,
    "<->": " ↔ ",
    "->": " → ",
    "xor": " ⊕ ",
    "or": " ∨ ",
    "and": " ∧ ",
    "not": "¬",
    "forall": "∀",
    "exists": "∃",
    "!=": " ≠ ",
    "<=": " ≤ ",
    ">=": " ≥ ",
}
_RESERVED: Final = frozenset(KEYWORDS)
_WORDS: Final = COMMANDS | OBJECTIVES | {"subject", "such"}
_BARE: Final = re.compile(r"[a-z][a-z0-9_]*")
_NEVER_BARE: Final = _RESERVED | _WORDS | AGGREGATES | {"ite"}
_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "div", "mod", "neg", "^", "=", "!=", "<", "<=", ">", ">="})

Scope: TypeAlias = frozenset[str]
Item: TypeAlias = str | tuple[Expression, int, bool, Scope, bool]
"""Text, or an expression with how tightly it must bind, whether nothing follows it before the next closing bracket,
the names bound around it, and whether it stands in arithmetic."""


class Printer:
    """Prints the expressions of one statement.

    Args:
        unicode: Whether to write `∀ ∧ →` for `forall & ->`.
        mode: `formula`, `clause`, `query` or `algebra`: what names mean there.
    """

    def __init__(self, *, unicode: bool = False, mode: str = "formula") -> None:
        self._unicode, self._mode = unicode, mode
        self._signs = UNICODE if unicode else ASCII

    def text(self, expression: Expression, level: int = IFF) -> str:
        """Return an expression as text that binds at least as tightly as a level."""
        written: list[str] = []
        pending: list[Item] = [(expression, level, True, frozenset(), False)]
        while pending:
            item = pending.pop()
            if isinstance(item, str):
                written.append(item)
            else:
                pending.extend(reversed(self._items(*item)))
        return "".join(written)

    def _items(self, part: Expression, level: int, last: bool, scope: Scope, arithmetic: bool) -> list[Item]:
        own = self._level(part)
        reaches = isinstance(part, Quantifier) and self._reaches(part)
        if own < level or (reaches and not last):
            return ["(", *self._bare(part, True, scope, False), ")"]
        return self._bare(part, last, scope, arithmetic)

    def _level(self, part: Expression) -> int:
        if isinstance(part, Operation):
            return _LEVELS.get(part.op, ATOM)
        if isinstance(part, Quantifier):
            return UNARY
        if isinstance(part, Num):
            if _decimal(part.value) is None:
                return PRODUCT
            return SIGNED if part.value < 0 else ATOM
        return ATOM

    def _reaches(self, part: Quantifier) -> bool:
        """Tell whether a quantifier is written with a dot, which reaches as far right as it can."""
        return not self._unicode or len(part.variables) > 1 or part.variables[0].sort is not None

    def _bare(self, part: Expression, last: bool, scope: Scope, arithmetic: bool) -> list[Item]:
        if isinstance(part, Var):
            return [self._variable(part, scope)]
        if isinstance(part, Num):
            return [number_text(part.value)]
        if isinstance(part, Text):
            return [escaped(part.value, '"')]
        if isinstance(part, App):
            name = self._name(part, scope, arithmetic)
            return [name, "(", *self._list(part.arguments, scope), ")"] if part.arguments else [name]
        if isinstance(part, Quantifier):
            return self._quantifier(part, last, scope)
        if isinstance(part, Aggregate):
            terms, body = self._list(part.terms, scope), self._list(part.body, scope)
            return [part.kind, " { ", *terms, " : ", *body, " }"]
        return self._operation(part, last, scope)

    def _list(self, parts: Sequence[Expression], scope: Scope) -> list[Item]:
        items: list[Item] = []
        for place, part in enumerate(parts):
            if place:
                items.append(", ")
            items.append((part, IFF, True, scope, False))
        return items

    def _quantifier(self, part: Quantifier, last: bool, scope: Scope) -> list[Item]:
        inner = scope.union(variable.name for variable in part.variables)
        comma = "," * any(v.name == "in" for v in part.variables)  # without one, `in` is refused
        names = f"{comma} ".join(v.name if v.sort is None else f"{v.name}: {v.sort}" for v in part.variables)
        sign = self._signs[part.kind]
        if self._reaches(part):
            return [f"{sign}{names}. ", (part.body, IFF, True, inner, False)]
        return [f"{sign}{names} ", (part.body, UNARY, last, inner, False)]

    def _operation(self, part: Operation, last: bool, scope: Scope) -> list[Item]:
        op, sides = part.op, part.arguments
        if op in ("true", "false"):
            return [op]
        if op == "ite":
            return ["ite(", *self._list(sides, scope), ")"]
        if op == "not":
            return [self._signs[op], (sides[0], UNARY, last, scope, False)]
        if op == "strong":
            bare = isinstance(sides[0], App) and not sides[0].arguments
            return ["-", (sides[0], ATOM, last, scope, bare)]
        if op == "neg":
            tight = ATOM + 1 if isinstance(sides[0], Num) and sides[0].value >= 0 else SIGNED
            return ["-", (sides[0], tight, last, scope, True)]
        items: list[Item] = []
        for place, side in enumerate(sides):
            if place:
                items.append(self._signs[op])
            items.append((side, _wanted(op, place, side), last and place == len(sides) - 1, scope, op in _ARITHMETIC))
        return items

    # names -------------------------------------------------------------------------------------------------------

    def _variable(self, variable: Var, scope: Scope) -> str:
        if variable.name in scope or self._mode not in ("query", "clause") or is_capitalised(variable.name):
            return variable.name
        return f"?{variable.name}" if self._mode == "query" else variable.name[:1].upper() + variable.name[1:]

    def _name(self, part: App, scope: Scope, arithmetic: bool) -> str:
        name, applied = part.name, bool(part.arguments)
        quoted = not PLAIN.fullmatch(name) or name in _RESERVED
        quoted = quoted or name in scope or (name == "ite" if applied else name in _WORDS | AGGREGATES)
        if not applied and is_capitalised(name):
            quoted = quoted or self._mode in ("clause", "query")
        if "-" in name:
            first = name.partition("-")[0]
            quoted = quoted or arithmetic or first in scope or self._mode == "algebra"
        return escaped(name, "'") if quoted else name


def _wanted(op: str, place: int, side: Expression) -> int:
    """Return how tightly a side of an operation must bind to need no brackets."""
    level = _LEVELS[op]
    if op == "^":
        return SIGNED if place else ATOM
    if op == "->":
        return level if place else level + 1
    if level in (SUM, PRODUCT) and place == 0:
        same = isinstance(side, Operation) and side.op == op and op in ("+", "*")
        return level + 1 if same else level
    return level + 1


def whole_text(value: int) -> str:
    """Return an integer in decimal, however long it is."""
    return str(value) if value.bit_length() < LONGEST_BITS else format(Decimal(value), "f")


def number_text(value: int | Fraction) -> str:
    """Return a number as it is written: `2`, `2.5`, `2.0` for the real 2, and `1/3` where no decimal ends."""
    found = _decimal(value)
    if found is not None:
        return found
    assert isinstance(value, Fraction)
    return f"{whole_text(value.numerator)}/{whole_text(value.denominator)}"


def _decimal(value: int | Fraction) -> str | None:
    """Return a number with as many decimals as it has; None where they do not end."""
    if isinstance(value, int):
        return whole_text(value)
    twos = fives = 0
    rest = value.denominator
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return None
    places = max(twos, fives, 1)
    digits = whole_text(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def is_bare(name: str) -> bool:
    """Tell whether a constant of this name is written as it is wherever it stands; odder ones may be too."""
    return _BARE.fullmatch(name) is not None and name not in _NEVER_BARE


def expression_text(expression: Expression, *, unicode: bool = False, mode: str = "formula") -> str:
    """Return an expression as text; see `Printer`."""
    return Printer(unicode=unicode, mode=mode).text(expression)


def statement_text(statement: Statement, *, unicode: bool = False) -> str:
    """Return a statement as text that reads back to it.

    A formula that is one atom has no dot, since it would be a clause with one.
    """
    if isinstance(statement, Formula):
        written = expression_text(statement.expression, unicode=unicode)
        return written if is_single_atom(statement.expression) else f"{written}."
    if isinstance(statement, Clause):
        printer = Printer(unicode=unicode, mode="clause")
        head = "" if statement.head is None else printer.text(statement.head)
        body = ", ".join(printer.text(literal, IFF) for literal in statement.body)
        return f"{head}{' ' if head and body else ''}{':- ' if body else ''}{body}."
    if isinstance(statement, Declaration):
        printer = Printer()
        sorts = " * ".join(statement.arguments)
        return f"{printer.text(App(statement.name))}: {sorts}{' -> ' if sorts else ''}{statement.result}."
    if isinstance(statement, Query):
        return _query_text(statement, unicode=unicode)
    printer = Printer(unicode=unicode, mode="algebra")
    return f"{statement.command} {', '.join(printer.text(argument) for argument in statement.arguments)}."


def is_single_atom(expression: Expression) -> bool:
    """Tell whether a formula would be a fact if a dot stood behind it."""
    if isinstance(expression, Operation) and expression.op == "strong":
        expression = expression.arguments[0]
    return isinstance(expression, App)


def _query_text(query: Query, *, unicode: bool) -> str:
    printer = Printer(unicode=unicode, mode="query")
    asked = query.expression
    goals = asked.arguments if isinstance(asked, Operation) and asked.op == "and" else (asked,)
    goal = ", ".join(printer.text(part) for part in goals)
    if query.objective is None:
        return f"{goal}?"
    kind, best = query.objective
    condition = "" if query.expression == Operation("true", ()) else f" subject to {goal}"
    return f"{kind} {printer.text(best)}{condition}?"


def program_text(statements: Sequence[Statement], *, unicode: bool = False) -> str:
    """Return statements as a text, one a line."""
    lines: list[str] = []
    for place, statement in enumerate(statements):
        written = statement_text(statement, unicode=unicode)
        following = statements[place + 1] if place + 1 < len(statements) else None
        if isinstance(statement, Formula) and isinstance(following, Clause) and following.head is None:
            written = written if written.endswith(".") else f"({written})."
        lines.append(written)
    return "\n".join(lines)


def variable_name(name: str) -> str:
    """Return a name that a quantifier can bind, the same where it can already."""
    if SIMPLE.fullmatch(name) and name not in KEYWORDS:
        return name
    return re.sub(r"\W+", "_", name).strip("_") or "x"
