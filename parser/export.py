"""Premises and a goal written in TPTP and in SMT-LIB 2, as far as they can say it.

A name that the target cannot write, or to which it gives a meaning, is written as one like it, and a comment says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from abduce.errors import UsageError
from abduce.parser.numerals import LONGEST_NUMERAL
from abduce.parser.smtlib_writing import TermWriter, sorts_of, symbols_of
from abduce.parser.tptp import Named
from abduce.parser.tptp_tokens import quoted
from abduce.parser.tptp_writing import FormulaWriter
from abduce.parser.writing import plain
from abduce.solvers.terms import (
    BOOL,
    INT,
    THING,
    Apply,
    Number,
    Op,
    Operate,
    Quantified,
    Sort,
    Term,
    free_variables,
    subterms,
)

S = TypeVar("S")
R = TypeVar("R")

GOAL = "the goal"
_ROLES = {"axiom", "hypothesis", "definition", "assumption", "lemma", "theorem", "corollary", "negated_conjecture"}


def to_tptp(premises: Sequence[Named], conjecture: Term | None = None) -> str:
    """Return a problem in TPTP: FOF where everything is a thing, else TFF.

    Args:
        premises: What is assumed.
        conjecture: What is asked to follow, if anything.

    Raises:
        UsageError: TPTP cannot say something (arrays, powers, truth values as arguments, numbers of thousands of
            digits); names the premise.

    Example:
        >>> from abduce.solvers.terms import THING, Variable, forall, Symbol, BOOL
        >>> x = Variable("x")
        >>> print(to_tptp([Named("all", "axiom", forall([x], Symbol("Mortal", (THING,), BOOL)(x)))]), end="")
        fof(all,axiom,
            ! [X] : ('Mortal'(X)) ).
    """
    terms = _plain(premises, conjecture, "TPTP")
    typed = not all(map(_is_untyped, terms))
    writer = FormulaWriter(typed=typed)
    language = "tff" if typed else "fof"
    body: list[str] = []
    if typed:
        for sort in sorts_of(terms):
            if sort != THING:
                name = writer.sort(sort)
                body.append(f"tff({quoted(f'type of {sort}')},type,\n    {name}: $tType ).")
        for symbol in symbols_of(terms):
            declared = _told(_mentioning(premises, conjecture, terms, symbol), "TPTP", writer.declaration, symbol)
            body.append(f"tff({quoted(f'type of {symbol.name}')},type,\n    {declared} ).")
    for premise, term in zip(premises, terms, strict=False):
        role = premise.role if premise.role in _ROLES else "axiom"
        name = quoted(_one_line(premise.name))
        body.append(f"{language}({name},{role},\n    {_told(_shown(premise), 'TPTP', writer.formula, term)} ).")
    if conjecture is not None:
        body.append(f"{language}(goal,conjecture,\n    {_told(GOAL, 'TPTP', writer.formula, terms[-1])} ).")
    return _with_notes("%", {**writer.names.changed, **writer.sorts.changed}, body)


def to_smtlib(premises: Sequence[Named], goal: Term | None = None) -> str:
    """Return a script in SMT-LIB 2 that asserts the premises and the negation of the goal, and checks them.

    So `unsat` says that the goal follows; without a goal, that the premises contradict each other.

    Raises:
        UsageError: SMT-LIB cannot say something (powers but small whole ones); names the premise.
    """
    terms = _plain(premises, goal, "SMT-LIB")
    writer = TermWriter()
    body = ["(set-logic ALL)"]
    for sort in sorts_of(terms):
        body.append(f"(declare-sort {writer.sort(sort)} 0)")
    for symbol in symbols_of(terms):
        where = _mentioning(premises, goal, terms, symbol)
        arguments = " ".join(_told(where, "SMT-LIB", writer.sort, sort) for sort in symbol.arguments)
        result = _told(where, "SMT-LIB", writer.sort, symbol.result)
        body.append(f"(declare-fun {writer.symbol(symbol)} ({arguments}) {result})")
    for premise, term in zip(premises, terms, strict=False):
        if premise.name:
            body.append(f"; {_one_line(premise.name)}")
        body.append(f"(assert {_told(_shown(premise), 'SMT-LIB', writer.term, term)})")
    if goal is not None:
        body.append(f"; {GOAL}, negated")
        body.append(f"(assert (not {_told(GOAL, 'SMT-LIB', writer.term, terms[-1])}))")
    body.append("(check-sat)")
    return _with_notes(";", {**writer.names.changed, **writer.sorts.changed}, body)


def _plain(premises: Sequence[Named], goal: Term | None, target: str) -> list[Term]:
    """Return the formulas without what no target has, that of the goal last."""
    named = [(_shown(premise), premise.formula) for premise in premises]
    if goal is not None:
        named.append((GOAL, goal))
    terms: list[Term] = []
    for name, formula in named:
        if formula.sort != BOOL:
            raise UsageError(f"{name}: a formula is wanted, not a term of {formula.sort}")
        open_names = sorted(variable.name for variable in free_variables(formula))
        if open_names:
            raise UsageError(f"{name}: {', '.join(open_names)} must be bound by a quantifier")
        terms.append(_told(name, target, plain, formula))
        _told(name, target, _check_numbers, terms[-1])
    return terms


def _check_numbers(term: Term) -> None:
    bits = LONGEST_NUMERAL * 3
    for part in subterms(term):
        if (
            isinstance(part, Number)
            and max(part.value.numerator.bit_length(), part.value.denominator.bit_length()) > bits
        ):
            raise UsageError(f"a number of more than {LONGEST_NUMERAL} digits")


def _told(name: str, target: str, write: Callable[[S], R], thing: S) -> R:
    try:
        return write(thing)
    except UsageError as error:
        raise UsageError(f"{name}: {target} cannot say {error}; leave it out of the export") from error


def _shown(premise: Named) -> str:
    place = f"{premise.file or 'line'}:{premise.line}" if premise.line else ""
    return " ".join(part for part in (place, _one_line(premise.name)) if part) or "a premise"


def _mentioning(premises: Sequence[Named], goal: Term | None, terms: Sequence[Term], symbol: object) -> str:
    """Return the name of the first formula in which a symbol occurs."""
    for premise, term in zip(premises, terms, strict=False):
        if any(isinstance(part, Apply) and part.symbol == symbol for part in subterms(term)):
            return _shown(premise)
    return GOAL


def _is_untyped(term: Term) -> bool:
    """Tell whether FOF can say a formula: its terms are things, and none is a choice."""
    for part in subterms(term):
        if isinstance(part, Apply):
            sorts: Iterable[Sort] = (*part.symbol.arguments, part.sort if part.sort != BOOL else THING)
        elif isinstance(part, Quantified):
            sorts = [variable.sort for variable in part.variables]
        elif isinstance(part, Operate):
            sorts = () if part.op not in (Op.ITE, Op.DISTINCT) and part.sort == BOOL else (INT,)
        else:
            sorts = (part.sort,)
        if any(sort != THING for sort in sorts):
            return False
    return True


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _with_notes(mark: str, changed: dict[str, str], body: Sequence[str]) -> str:
    notes = [f"{mark} {_one_line(name)!r} is written as {written}" for name, written in changed.items()]
    return "\n".join([*notes, *body]) + "\n"
