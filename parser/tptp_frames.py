"""What the reader of TPTP's formulas keeps on its stack, and the connectives that it builds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from abduce.errors import SortError
from abduce.solvers.terms import (
    FALSE,
    TRUE,
    Op,
    Term,
    Variable,
    conjunction,
    disjunction,
    implies,
    operate,
)

BRACKET, APPLY, NOT, QUANTIFY, BINARY, EQUATION = range(6)

CONNECTIVES: dict[str, Callable[[tuple[Term, ...]], Term]] = {
    "&": conjunction,
    "|": disjunction,
    "=>": lambda parts: implies(*parts),
    "<=": lambda parts: implies(parts[1], parts[0]),
    "<=>": lambda parts: operate(Op.IFF, *parts),
    "<~>": lambda parts: operate(Op.XOR, *parts),
    "~&": lambda parts: operate(Op.NOT, conjunction(parts)),
    "~|": lambda parts: operate(Op.NOT, disjunction(parts)),
}
"""How each binary connective is built."""
CONSTANTS = {"$true": TRUE, "$false": FALSE}
DEEPEST_LETS = 50
CHOICES = ("$ite", "$ite_t", "$ite_f")


@dataclass(slots=True)
class Frame:
    """An expression that has not ended.

    Attributes:
        kind: What it is.
        index: The token that says what it is.
        name: What is applied, or the connective or quantifier.
        parts: What has been read in it.
        variables: What a quantifier binds.
        hidden: What the names of these variables meant before.
        as_term: Whether an undeclared name that stands in it as it stands (brackets, choices) is a term's.
    """

    kind: int
    index: int
    name: str = ""
    parts: list[Term] = field(default_factory=list)
    variables: tuple[Variable, ...] = ()
    hidden: list[tuple[str, Variable | None]] = field(default_factory=list)
    as_term: bool = False


def choice(parts: tuple[Term, ...]) -> Term:
    """Return the term that a formula chooses of two."""
    if len(parts) != 3 or parts[1].sort != parts[2].sort:
        raise SortError("a choice takes a formula and two terms of one type")
    return operate(Op.ITE, *parts)
