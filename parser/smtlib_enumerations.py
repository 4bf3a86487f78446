"""Datatypes of SMT-LIB 2 without fields: a sort, its members, and that it holds them and nothing else."""

from __future__ import annotations

from abduce.parser.smtlib_scope import Scope, SortMacro
from abduce.parser.smtlib_tokens import Tokens
from abduce.parser.source_text import Delegated
from abduce.solvers.terms import Apply, Op, Sort, Symbol, Term, Variable, disjunction, equal, forall, operate


def read_enumeration(tokens: Tokens, index: int, scope: Scope) -> tuple[list[Term], int]:
    """Read `T ((c) …)` and declare it.

    Returns:
        What holds of it, and the index after it.

    Raises:
        ParseError: A name is declared already, or a bracket is missing.
        Delegated: It is not an enumeration.
    """
    members, end = _members(tokens, tokens.expect(index + 1, "("))
    return _declared(tokens, index, members, scope), end + 1


def read_enumerations(tokens: Tokens, index: int, scope: Scope) -> tuple[list[Term], int]:
    """Read `((T 0) …) (((c) …) …)`, or the older `() ((T c …) …)`, and declare them, as `read_enumeration` does."""
    places: list[int] = []
    index = tokens.expect(index, "(")
    while tokens.texts[index] == "(":
        places.append(index + 1)
        if tokens.texts[index + 2 : index + 4] != ["0", ")"]:
            raise Delegated("datatypes")
        index += 4
    if tokens.texts[index] != ")":
        raise Delegated("datatypes")
    index, count, old = tokens.expect(index + 1, "("), 0, not places
    formulas: list[Term] = []
    while tokens.texts[index] == "(":
        if old:
            places.append(index + 1)
        elif count == len(places):
            raise tokens.error(index, "more datatypes than names for them", expected=(")",))
        members, index = _members(tokens, index + (2 if old else 1))
        formulas.extend(_declared(tokens, places[count], members, scope))
        index, count = index + 1, count + 1
    if count < len(places):
        raise tokens.error(index, "fewer datatypes than names for them", expected=("(",))
    return formulas, tokens.expect(index, ")")


def _members(tokens: Tokens, index: int) -> tuple[list[int], int]:
    """Read constructors without fields, `c` or `(c)` each, up to the bracket that closes their list.

    Returns:
        The token of each, and the index of the bracket.
    """
    found: list[int] = []
    while tokens.texts[index] != ")":
        bracket = tokens.texts[index] == "("
        place = index + bracket
        found.append(place)
        if tokens.texts[place] in ("_", "par") or (bracket and tokens.texts[place + 1 : place + 2] != [")"]):
            raise Delegated("datatypes")
        tokens.symbol(place)
        index += 3 if bracket else 1
    return found, index


def _declared(tokens: Tokens, place: int, members: list[int], scope: Scope) -> list[Term]:
    """Declare an enumeration whose name and members stand at tokens.

    Returns:
        That there are no other members, and that these differ.
    """
    name = tokens.symbol(place)
    if scope.keeps or not members:
        raise Delegated("datatypes")
    sort = Sort(name)
    symbols = tuple(Symbol(tokens.symbol(index), (), sort) for index in members)
    scope.define_sort(tokens, place, name, SortMacro(members=symbols))
    for index, symbol in zip(members, symbols, strict=True):
        scope.define(tokens, index, symbol.name, symbol)
    constants = [Apply(symbol) for symbol in symbols]
    anything = Variable("anything", sort)
    formulas = [forall([anything], disjunction(equal(anything, constant) for constant in constants))]
    if len(constants) > 1:
        formulas.append(operate(Op.DISTINCT, *constants))
    return formulas
