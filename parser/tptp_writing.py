"""Formulas as TPTP writes them: FOF where everything is a thing, else TFF."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import reduce
from itertools import pairwise

from abduce.errors import UsageError
from abduce.parser.numerals import decimal
from abduce.parser.tptp_tokens import quoted
from abduce.parser.writing import Names
from abduce.solvers.terms import (
    BOOL,
    INT,
    REAL,
    THING,
    Apply,
    Kind,
    Number,
    Op,
    Operate,
    Quantified,
    Sort,
    Symbol,
    Term,
    Variable,
)

LONGEST = 50_000_000
_SORTS = {BOOL: "$o", INT: "$int", REAL: "$real", THING: "$i"}
_INFIX = {Op.AND: "&", Op.OR: "|", Op.XOR: "<~>", Op.IMPLIES: "=>", Op.IFF: "<=>", Op.EQUAL: "="}
_PREFIX = {
    Op.DISTINCT: "$distinct",
    Op.ITE: "$ite",
    Op.ADD: "$sum",
    Op.SUBTRACT: "$difference",
    Op.NEGATE: "$uminus",
    Op.MULTIPLY: "$product",
    Op.DIVIDE: "$quotient",
    Op.DIV: "$quotient_e",
    Op.MOD: "$remainder_e",
    Op.LESS: "$less",
    Op.LESS_EQUAL: "$lesseq",
    Op.GREATER: "$greater",
    Op.GREATER_EQUAL: "$greatereq",
    Op.TO_REAL: "$to_real",
    Op.TO_INT: "$to_int",
    Op.IS_INT: "$is_int",
}
_FROM_THE_LEFT = {Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE, Op.DIV, Op.MOD, Op.XOR}
_CHAINED = {Op.EQUAL, Op.IFF, Op.LESS, Op.LESS_EQUAL, Op.GREATER, Op.GREATER_EQUAL}
Piece = str | Term


class FormulaWriter:
    """Writes formulas of one problem, each symbol and type under a name of its own.

    Attributes:
        typed: Whether variables are written with their types.
    """

    def __init__(self, *, typed: bool) -> None:
        self.typed = typed
        self.names = Names(_printable, lambda _: False)
        self.sorts = Names(_printable, lambda _: False)
        self._variables = Names(_capitalised, lambda _: False)

    def sort(self, sort: Sort) -> str:
        """Return a type.

        Raises:
            UsageError: TPTP has none for the sort.
        """
        if sort in _SORTS:
            return _SORTS[sort]
        if sort.arguments:
            raise UsageError(f"the sort {sort}")
        return quoted(self.sorts.of(sort, sort.name))

    def declaration(self, symbol: Symbol) -> str:
        """Return `name: type`.

        Raises:
            UsageError: TPTP has no type for it.
        """
        if BOOL in symbol.arguments:
            raise UsageError(f"{symbol.name}, which takes a truth value as an argument")
        arguments = " * ".join(map(self.sort, symbol.arguments))
        if len(symbol.arguments) > 1:
            arguments = f"( {arguments} )"
        result = self.sort(symbol.result)
        return f"{self.symbol(symbol)}: {arguments} > {result}" if arguments else f"{self.symbol(symbol)}: {result}"

    def symbol(self, symbol: Symbol) -> str:
        """Return the name of a symbol."""
        return quoted(self.names.of(symbol, symbol.name))

    def formula(self, formula: Term) -> str:
        """Return a formula.

        Raises:
            UsageError: TPTP cannot say it, or it is too long without sharing.
        """
        out: list[str] = []
        length = 0
        pending: list[Piece] = [formula]
        while pending:
            item = pending.pop()
            if isinstance(item, str):
                out.append(item)
                length += len(item)
                if length > LONGEST:
                    raise UsageError(f"more than {LONGEST} characters, since TPTP cannot share parts")
            else:
                pending.extend(reversed(self._pieces(item)))
        return "".join(out)

    def _pieces(self, term: Term) -> list[Piece]:
        if isinstance(term, Variable):
            if term.sort == BOOL:
                raise UsageError(f"{term.name}, a variable over truth values")
            return [self._variables.of(term, term.name)]
        if isinstance(term, Number):
            return [_number(term.value, term.sort)]
        if isinstance(term, Apply):
            name = self.symbol(term.symbol)
            return [name, "(", *_joined(",", term.arguments), ")"] if term.arguments else [name]
        if isinstance(term, Quantified):
            return self._quantified(term)
        return self._operation(term)

    def _quantified(self, term: Quantified) -> list[Piece]:
        bound = []
        for variable in dict.fromkeys(term.variables):
            name = "".join(map(str, self._pieces(variable)))
            bound.append(f"{name}: {self.sort(variable.sort)}" if self.typed else name)
        return ["! [" if term.kind is Kind.FORALL else "? [", ",".join(bound), "] : (", term.body, ")"]

    def _operation(self, term: Operate) -> list[Piece]:
        op, parts = term.op, term.arguments
        if op is Op.NOT:
            return ["~ (", *parts, ")"]
        if op in (Op.TRUE, Op.FALSE) or (op in (Op.AND, Op.OR) and not parts):
            return ["$true" if op in (Op.TRUE, Op.AND) else "$false"]
        if op in (Op.AND, Op.OR):
            return ["(", *_joined(f" {_INFIX[op]} ", parts), ")"] if len(parts) > 1 else list(parts)
        if op not in _INFIX and op not in _PREFIX:
            raise UsageError(f"the operation {op.value}")
        if op is Op.DISTINCT:
            return self._distinct(parts)
        if op is Op.SUBTRACT and len(parts) == 1:
            return ["$uminus(", *parts, ")"]
        if op in _CHAINED and len(parts) > 2:
            links = [Operate(op, pair, BOOL) for pair in pairwise(parts)]
            return ["(", *_joined(" & ", tuple(links)), ")"]
        if op in _FROM_THE_LEFT and len(parts) > 2:
            return [reduce(lambda left, right: Operate(op, (left, right), term.sort), parts)]
        if op is Op.IMPLIES and len(parts) > 2:
            return [reduce(lambda right, left: Operate(op, (left, right), BOOL), reversed(parts))]
        return self._binary(op, parts)

    @staticmethod
    def _binary(op: Op, parts: tuple[Term, ...]) -> list[Piece]:
        if len(parts) == 1 and op in _FROM_THE_LEFT:
            return list(parts)
        if op is Op.EQUAL and parts[0].sort == BOOL:
            op = Op.IFF
        if op in _INFIX:
            return ["(", *_joined(f" {_INFIX[op]} ", parts), ")"]
        return [f"{_PREFIX[op]}(", *_joined(",", parts), ")"]

    @staticmethod
    def _distinct(parts: tuple[Term, ...]) -> list[Piece]:
        """TPTP's `$distinct` is for constants; other terms are set unequal in pairs."""
        if len(parts) > 2 and all(isinstance(part, Apply) and not part.arguments for part in parts):
            return ["$distinct(", *_joined(",", parts), ")"]
        if len(parts) < 2:
            return ["$true"]
        pieces: list[Piece] = ["("]
        for index, left in enumerate(parts):
            for right in parts[index + 1 :]:
                unequal = ["(", left, " <~> " if left.sort == BOOL else " != ", right, ")"]
                pieces.extend(unequal if len(pieces) == 1 else [" & ", *unequal])
        return [*pieces, ")"]


def _joined(separator: str, parts: tuple[Term, ...]) -> list[Piece]:
    pieces: list[Piece] = []
    for part in parts:
        pieces.extend((separator, part) if pieces else (part,))
    return pieces


def _number(value: Fraction, sort: Sort) -> str:
    if sort == INT:
        return str(value.numerator)
    return decimal(value) or f"$quotient({value.numerator}.0,{value.denominator}.0)"


def _printable(name: str) -> str:
    return re.sub(r"[^ -~]", "_", name) or "_"


def _capitalised(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return plain[:1].upper() + plain[1:] if plain[:1].isalpha() else f"X{plain}"
