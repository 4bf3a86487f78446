"""Formulas in negation normal form, with names for parts that would be copied.

Every step keeps satisfiability in domains of each size: a model of what comes out is, restricted to the symbols of
what went in, a model of it, and each model of what went in can be extended. Nothing recurses.

Source:
    A. Nonnengart, C. Weidenbach, "Computing small clause normal forms", Handbook of Automated Reasoning, 2001.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from abduce.solvers.terms import (
    BOOL,
    FALSE,
    INT,
    REAL,
    TRUE,
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
    apply,
    conjunction,
    disjunction,
    equal,
    fold,
    forall,
    free_variables,
    implies,
    negation,
    operate,
    subterms,
    with_children,
)

LOGICAL = {Op.TRUE, Op.FALSE, Op.NOT, Op.AND, Op.OR, Op.XOR, Op.IMPLIES, Op.IFF, Op.EQUAL, Op.DISTINCT, Op.ITE}
TWO_SIDED = {Op.IFF, Op.XOR, Op.ITE}


def unsuitable(formulas: Iterable[Term]) -> str | None:
    """Say what keeps formulas outside pure first-order logic with equality; None where nothing does."""
    for formula in formulas:
        for part in subterms(formula):
            found = _foreign(part)
            if found:
                return found
    return None


def _foreign(part: Term) -> str | None:
    if isinstance(part, Number):
        return "numbers"
    if isinstance(part, Operate) and part.op not in LOGICAL:
        return f"the operation {part.op.value}"
    sorts: tuple[Sort, ...] = (part.sort,)
    if isinstance(part, Quantified):
        sorts = tuple(variable.sort for variable in part.variables)
        if BOOL in sorts:
            return "variables over truth values"
    if isinstance(part, Apply) and BOOL in part.symbol.arguments:
        return "truth values as arguments"
    foreign = next((sort for sort in sorts if sort in (INT, REAL) or sort.arguments), None)
    return f"the sort {foreign}" if foreign else None


@dataclass(slots=True)
class FreshNames:
    """Symbols that occur nowhere else.

    Attributes:
        taken: Names that are in use.
        made: The symbols made so far.
    """

    taken: set[str]
    made: set[Symbol] = field(default_factory=set)
    _count: int = 0

    def symbol(self, prefix: str, arguments: Iterable[Sort], result: Sort) -> Symbol:
        """Return a new symbol whose name starts with the prefix."""
        made = Symbol(self._name(prefix), tuple(arguments), result)
        self.made.add(made)
        return made

    def variable(self, sort: Sort) -> Variable:
        """Return a new variable."""
        return Variable(self._name("v"), sort)

    def _name(self, prefix: str) -> str:
        self._count += 1
        while f"{prefix}_{self._count}" in self.taken:
            self._count += 1
        return f"{prefix}_{self._count}"

    def named(self, prefix: str, part: Term) -> Apply:
        """Return a new symbol applied to the free variables of a part."""
        variables = in_order(free_variables(part))
        return apply(self.symbol(prefix, (v.sort for v in variables), part.sort), *variables)


def in_order(variables: Iterable[Variable]) -> tuple[Variable, ...]:
    """Return variables in an order that depends on nothing but their names."""
    return tuple(sorted(variables, key=lambda variable: (variable.name, variable.sort.name)))


# negation normal form ---------------------------------------------------------------------------------------


def negation_normal(formula: Term, names: FreshNames) -> list[Term]:
    """Return formulas made of literals, conjunctions, disjunctions and quantifiers that together say the same.

    The first stands for the formula itself; the others define the names given to its parts, so that nested
    equivalences grow linearly.
    """
    lifted, definitions = _without_conditional_terms(formula, names)
    pending, done = [lifted, *definitions], []
    while pending:
        named, more = _with_names(pending.pop(0), names)
        pending.extend(more)
        done.append(_negations_inside(named))
    return done


def _without_conditional_terms(formula: Term, names: FreshNames) -> tuple[Term, list[Term]]:
    """Name each `ite` that is not a formula by a function, defined by two implications."""
    definitions: list[Term] = []

    def combine(part: Term, below: tuple[Term, ...]) -> Term:
        part = with_children(part, below)
        if not isinstance(part, Operate) or part.op is not Op.ITE or part.sort == BOOL:
            return part
        condition, then, otherwise = part.arguments
        name = names.named("choice", part)
        definitions.append(_closed(implies(condition, equal(name, then))))
        definitions.append(_closed(operate(Op.OR, condition, equal(name, otherwise))))
        return name

    return fold(formula, combine), definitions


def _closed(formula: Term) -> Term:
    return forall(in_order(free_variables(formula)), formula)


def _with_names(formula: Term, names: FreshNames) -> tuple[Term, list[Term]]:
    """Name the parts of equivalences that hold equivalences: each would be copied, and copied again inside."""
    definitions: list[Term] = []
    two_sided: set[Term] = set()

    def named(part: Term) -> Term:
        if part not in two_sided:
            return part
        name = names.named("named", part)
        definitions.append(_closed(implies(name, part)))
        definitions.append(_closed(implies(part, name)))
        return name

    def combine(part: Term, below: tuple[Term, ...]) -> Term:
        part = with_children(part, below)
        holds = any(child in two_sided for child in below)
        if isinstance(part, Operate) and part.op in TWO_SIDED:
            part = with_children(part, tuple(map(named, part.arguments))) if holds else part
            holds = True
        if holds:
            two_sided.add(part)
        return part

    binary = fold(formula, lambda part, below: _binary(with_children(part, below)))
    return fold(binary, combine), definitions


def _binary(part: Term) -> Term:
    """Rewrite an operation on several arguments as SMT-LIB reads it: implications to the right, equations in chains."""
    if not isinstance(part, Operate):
        return part
    arguments = part.arguments
    on_formulas = bool(arguments) and arguments[0].sort == BOOL
    if part.op is Op.DISTINCT:
        pairs = combinations(arguments, 2)
        return conjunction(operate(Op.XOR, a, b) if on_formulas else negation(equal(a, b)) for a, b in pairs)
    if part.op in (Op.EQUAL, Op.IFF) and (len(arguments) != 2 or (on_formulas and part.op is Op.EQUAL)):
        return conjunction(equal(a, b) for a, b in pairwise(arguments))
    if part.op is Op.XOR and len(arguments) != 2:
        odd: Term = FALSE
        for argument in arguments:
            odd = operate(Op.XOR, odd, argument)
        return odd
    if part.op is Op.IMPLIES:
        return disjunction((*map(negation, arguments[:-1]), arguments[-1]))
    return part


def _negations_inside(formula: Term) -> Term:
    """Push negations down to the atoms; each part is done at most once under each sign."""
    done: dict[tuple[int, bool], Term] = {}
    pending: list[tuple[Term, bool]] = [(formula, True)]
    while pending:
        part, sign = pending[-1]
        if (id(part), sign) in done:
            pending.pop()
            continue
        needed = _signed_parts(part, sign)
        missing = [(child, s) for child, s in needed if (id(child), s) not in done]
        if missing:
            pending.extend(missing)
            continue
        pending.pop()
        done[id(part), sign] = _signed(part, sign, [done[id(child), s] for child, s in needed])
    return done[id(formula), True]


def _signed_parts(part: Term, sign: bool) -> list[tuple[Term, bool]]:
    """Return the parts, and under which signs they are needed, in the order that `_signed` takes them."""
    if isinstance(part, Quantified):
        return [(part.body, sign)]
    if not isinstance(part, Operate) or part.op in (Op.TRUE, Op.FALSE, Op.EQUAL):
        return []
    if part.op is Op.NOT:
        return [(part.arguments[0], not sign)]
    if part.op in (Op.AND, Op.OR):
        return [(argument, sign) for argument in part.arguments]
    if part.op is Op.ITE:
        condition, then, otherwise = part.arguments
        return [(condition, False), (then, sign), (condition, True), (otherwise, sign)]
    left, right = part.arguments
    alike = (part.op is Op.IFF) == sign
    return [(left, False), (right, alike), (left, True), (right, not alike)]


def _signed(part: Term, sign: bool, parts: list[Term]) -> Term:
    if isinstance(part, Quantified):
        kind = part.kind if sign else Kind.EXISTS if part.kind is Kind.FORALL else Kind.FORALL
        return parts[0] if parts[0] in (TRUE, FALSE) else Quantified(kind, part.variables, parts[0])
    if isinstance(part, Operate) and part.op in (Op.TRUE, Op.FALSE):
        return TRUE if (part.op is Op.TRUE) == sign else FALSE
    if not isinstance(part, Operate) or part.op is Op.EQUAL:
        return part if sign else negation(part)
    if part.op is Op.NOT:
        return parts[0]
    if part.op in (Op.AND, Op.OR):
        return junction(Op.AND if (part.op is Op.AND) == sign else Op.OR, parts)
    return junction(Op.AND, [junction(Op.OR, parts[:2]), junction(Op.OR, parts[2:])])


def junction(op: Op, parts: Iterable[Term]) -> Term:
    """Return the conjunction or disjunction of parts, flat, without repetitions and truth values."""
    neutral, absorbing = (TRUE, FALSE) if op is Op.AND else (FALSE, TRUE)
    flat: dict[Term, None] = {}
    for part in parts:
        inner = part.arguments if isinstance(part, Operate) and part.op is op else (part,)
        flat.update(dict.fromkeys(inner))
    flat.pop(neutral, None)
    if absorbing in flat:
        return absorbing
    return next(iter(flat)) if len(flat) == 1 else operate(op, *flat) if flat else neutral
