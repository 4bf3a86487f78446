"""Terms in the query language."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from abduce.parser.printing import expression_text, variable_name
from abduce.parser.statements import App, Expression, Num, Operation, Quantifier, Text, Var
from abduce.solvers.terms import REAL, THING, Apply, Number, Op, Operate, Quantified, Term, Variable, children

_OPERATIONS: Final = {
    Op.NOT: "not",
    Op.AND: "and",
    Op.OR: "or",
    Op.XOR: "xor",
    Op.IMPLIES: "->",
    Op.IFF: "<->",
    Op.EQUAL: "=",
    Op.ITE: "ite",
    Op.ADD: "+",
    Op.SUBTRACT: "-",
    Op.NEGATE: "neg",
    Op.MULTIPLY: "*",
    Op.DIVIDE: "/",
    Op.DIV: "div",
    Op.MOD: "mod",
    Op.POWER: "^",
    Op.LESS: "<",
    Op.LESS_EQUAL: "<=",
    Op.GREATER: ">",
    Op.GREATER_EQUAL: ">=",
    Op.TRUE: "true",
    Op.FALSE: "false",
}
_FLAT: Final = frozenset({"and", "or", "xor", "<->", "+", "*"})


def term_text(term: Term, *, unicode: bool = False) -> str:
    """Return a term in the query language.

    Arrays and conversions between integers and reals, for which the language has no words, are written as functions
    or left out; all else reads back to the same term, given the sorts of its names.
    """
    return expression_text(expression_of(term), unicode=unicode)


def expression_of(term: Term) -> Expression:
    """Return a term as an untyped expression; variables whose names the language cannot bind are renamed."""
    results: list[Expression] = []
    pending: list[tuple[Term, Mapping[Variable, str], tuple[Var, ...] | None, bool]] = [(term, {}, None, False)]
    while pending:
        part, names, bound, ready = pending.pop()
        if ready:
            count = len(children(part))
            parts = tuple(results[len(results) - count :])
            del results[len(results) - count :]
            results.append(_whole(part, parts, bound or ()))
        elif isinstance(part, Quantified):
            inner = dict(names)
            for variable in part.variables:
                inner[variable] = _free_name(variable, inner)
            variables = tuple(Var(inner[v], None if v.sort == THING else str(v.sort)) for v in part.variables)
            pending += [(part, names, variables, True), (part.body, inner, None, False)]
        elif isinstance(part, Variable):
            sort = None if part.sort == THING or part not in names else str(part.sort)
            results.append(Var(names.get(part, part.name), sort))
        elif isinstance(part, Number):
            integral = part.sort != REAL and part.value.denominator == 1
            results.append(Num(int(part.value) if integral else part.value))
        else:
            pending.append((part, names, None, True))
            pending.extend((child, names, None, False) for child in reversed(children(part)))
    return results[0]


def _free_name(variable: Variable, names: Mapping[Variable, str]) -> str:
    """Return a name for a bound variable that no variable of another sort has around it."""
    name = variable_name(variable.name)
    taken = {used for other, used in names.items() if other != variable}
    number = 1
    found = name
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found


def _whole(part: Term, parts: tuple[Expression, ...], bound: tuple[Var, ...]) -> Expression:
    if isinstance(part, Quantified):
        return Quantifier(part.kind.value, bound, parts[0])
    if isinstance(part, Apply):
        name = part.symbol.name
        if not parts and len(name) > 1 and name[0] == name[-1] == '"':
            return Text(name[1:-1])
        return App(name, parts)
    assert isinstance(part, Operate)
    if part.op is Op.TO_REAL:
        return parts[0]
    if part.op is Op.DISTINCT:
        return _pairwise(parts)
    if part.op is Op.NOT and isinstance(parts[0], Operation) and parts[0].op == "=":
        return Operation("!=", parts[0].arguments)
    op = _OPERATIONS.get(part.op)
    if op is None:
        return App(part.op.value, parts)
    if len(parts) == 1 and op in _FLAT:
        return parts[0]
    return _chained(op, parts) if len(parts) > 2 and op not in _FLAT and op != "ite" else Operation(op, parts)


def _chained(op: str, parts: tuple[Expression, ...]) -> Expression:
    """Return an operation on two sides, applied to more of them as SMT-LIB does."""
    if op == "->":
        found = parts[-1]
        for part in reversed(parts[:-1]):
            found = Operation(op, (part, found))
        return found
    if op in ("-", "/", "div", "mod", "^"):
        found = parts[0]
        for part in parts[1:]:
            found = Operation(op, (found, part))
        return found
    return Operation("and", tuple(Operation(op, pair) for pair in pairwise(parts)))


def _pairwise(parts: tuple[Expression, ...]) -> Expression:
    pairs = [Operation("!=", (a, b)) for place, a in enumerate(parts) for b in parts[place + 1 :]]
    return pairs[0] if len(pairs) == 1 else Operation("and", tuple(pairs)) if pairs else Operation("true", ())
