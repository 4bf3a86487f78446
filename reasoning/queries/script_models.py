"""Models as SMT-LIB 2 prints them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from abduce.parser.smtlib_writing import TermWriter, number_text, quoted
from abduce.solvers.base import Algebraic, ArrayValue, Element, Interpretation, Model, ModelValue
from abduce.solvers.terms import BOOL, INT, REAL, Sort, Symbol, Variable


def value_text(value: ModelValue, sort: Sort) -> str:
    """Return a value as a term; elements of a declared sort as `(as @name Sort)`, irrational numbers as `root-obj`."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | Fraction):
        return number_text(Fraction(value), sort)
    if isinstance(value, Element):
        return f"(as {quoted(f'@{value.sort.name.lower()}{value.index}')} {quoted(value.sort.name)})"
    if isinstance(value, Algebraic):
        return _root(value)
    index, element = sort.arguments
    text = f"((as const {TermWriter().sort(sort)}) {value_text(value.otherwise, element)})"
    for place, held in reversed(value.entries):
        text = f"(store {text} {value_text(place, index)} {value_text(held, element)})"
    return text


def _root(value: Algebraic) -> str:
    """Return a root of a polynomial as Z3 prints it; roots are counted from 1 there."""
    powers = [
        f"(* {number_text(Fraction(factor), INT)} (^ x {power}))" if power else number_text(Fraction(factor), INT)
        for power, factor in reversed(list(enumerate(value.coefficients)))
        if factor
    ]
    return f"(root-obj (+ {' '.join(powers)}) {value.index + 1})"


def model_text(model: Model, symbols: Sequence[Symbol]) -> str:
    """Return definitions of symbols, those that a model does not interpret with some value."""
    writer = TermWriter()
    lines = ["("]
    for sort, elements in model.domains.items():
        lines.append(f"  ; {quoted(sort.name)} has {len(elements)} elements")
    for symbol in symbols:
        table = model.interpretations.get(symbol)
        lines.append(f"  {_definition(symbol, table, writer)}")
    return "\n".join([*lines, ")"])


def _definition(symbol: Symbol, table: Interpretation | None, writer: TermWriter) -> str:
    parameters = [Variable(f"x!{place}", sort) for place, sort in enumerate(symbol.arguments)]
    if table is not None and table.definition is not None:
        parameters = [part for part in table.parameters if isinstance(part, Variable)]
        text = writer.term(table.definition)
    elif table is not None and table.otherwise is not None:
        text = value_text(table.otherwise, symbol.result)
    elif table is not None and not symbol.arguments and () in table.entries:
        text = value_text(table.entries[()], symbol.result)
    else:
        text = value_text(_some(symbol.result), symbol.result)
    names = [writer.variable(parameter) for parameter in parameters]
    for arguments, value in reversed(list((table.entries if table is not None and symbol.arguments else {}).items())):
        tests = [
            f"(= {name} {value_text(argument, sort)})"
            for name, argument, sort in zip(names, arguments, symbol.arguments, strict=True)
        ]
        test = tests[0] if len(tests) == 1 else f"(and {' '.join(tests)})"
        text = f"(ite {test} {value_text(value, symbol.result)} {text})"
    bound = " ".join(f"({name} {writer.sort(p.sort)})" for name, p in zip(names, parameters, strict=True))
    return f"(define-fun {quoted(symbol.name)} ({bound}) {writer.sort(symbol.result)} {text})"


def _some(sort: Sort) -> ModelValue:
    """Return a value of a sort, where any will do."""
    if sort == BOOL:
        return False
    if sort == INT:
        return 0
    if sort == REAL:
        return Fraction(0)
    if sort.name == "Array":
        return ArrayValue((), _some(sort.arguments[1]))
    return Element(sort, 0)
