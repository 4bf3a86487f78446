"""Where the truth of a formula can change along one numeric variable, so that finitely many values decide it.

Where a variable occurs only in linear terms with numbers as coefficients, compared with terms without it, used as
an argument of functions that a table gives, or divided by whole numbers, the truth of a formula is the same (or, over
the integers, periodic) between neighbouring thresholds. Trying each threshold and values between them is then
exhaustive. The argument is that of virtual substitution.

Source: R. Loos and V. Weispfenning, Applying linear quantifier elimination, The Computer Journal 36(5), 1993.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

from abduce.solvers.base import ArrayValue, Interpretation, Model
from abduce.solvers.linear_forms import Elsewhere, Linear, literal, number_term, scaled, total
from abduce.solvers.terms import (
    ARITHMETIC,
    COMPARISONS,
    CONNECTIVES,
    INT,
    Apply,
    Number,
    Op,
    Operate,
    Quantified,
    Term,
    Variable,
    free_variables,
    number,
    substitute,
    to_real,
)

MOST_ALTERNATIVES = 64
MOST_THRESHOLDS = 4096
LARGEST_PERIOD = 1024
MOST_PARTS = 4096
MOST_NESTED = 4
DEEPEST = 100
"""How deep a number is looked into: by recursion, so well below Python's limit."""
ZERO = number(Fraction(0))


@dataclass(slots=True)
class Regions:
    """What is known of a formula along one variable.

    Attributes:
        thresholds: Real terms without the variable, at whose values the truth may change.
        period: For an integer, how many neighbouring values must be tried in each region.
        exhaustive: Whether it changes nowhere else.
        levels: Terms without the variable whose sign the truth depends on, where the variable cancelled out.
        whole: Whether every threshold is an integer where the terms in it are.
        lower, upper: Terms of the variable's sort between which it must lie, where the formula says so.
    """

    thresholds: list[Term] = field(default_factory=list)
    period: int = 1
    exhaustive: bool = True
    levels: list[Term] = field(default_factory=list)
    whole: bool = True
    lower: Term | None = None
    upper: Term | None = None


def regions(
    variable: Variable, body: Term, model: Model, *, outer: frozenset[Variable], negated: bool, nested: int = 0
) -> Regions:
    """Look at a formula along one variable.

    Args:
        variable: An integer or real variable.
        body: The formula.
        model: What its symbols mean.
        outer: Variables that have values where the formula is evaluated.
        negated: Whether bounds are sought on where the formula is false instead of true.
        nested: How many quantifiers around it are being looked at.
    """
    found = Regions()
    finder = _Finder(variable, model, outer, found, nested)
    try:
        finder.formula(body)
    except Elsewhere:
        found.exhaustive = False
        found.thresholds.clear()
    found.lower, found.upper = finder.bounds(body, negated)
    return found


class _Finder:
    """One walk."""

    def __init__(
        self, variable: Variable, model: Model, outer: frozenset[Variable], found: Regions, nested: int
    ) -> None:
        self.variable, self.model, self.outer, self.found, self.nested = variable, model, outer, found, nested
        self.inner: set[Variable] = set()
        self.free: dict[Term, frozenset[Variable]] = {}
        self.parts = self.depth = 0

    def formula(self, body: Term) -> None:
        """Note the thresholds of a formula and of the definitions it uses."""
        pending, seen = [body], set[Term]()
        while pending:
            term = pending.pop()
            if term in seen or not self._moves(term):
                continue
            seen.add(term)
            self.parts += 1
            if self.parts > MOST_PARTS:
                raise Elsewhere
            if isinstance(term, Operate) and term.op in COMPARISONS | {Op.EQUAL, Op.DISTINCT}:
                pending.extend(self._compared(term.arguments))
            elif isinstance(term, Operate) and (term.op in CONNECTIVES or term.op is Op.ITE):
                pending.extend(term.arguments)
            elif isinstance(term, Quantified):
                pending.extend(self._quantified(term))
            elif isinstance(term, Apply):
                pending.extend(self._applied(term))
            elif isinstance(term, Operate) and term.op is Op.SELECT and term.sort not in ARITHMETIC:
                pending.extend(self._selected(term)[0])
            else:
                raise Elsewhere

    def _quantified(self, term: Quantified) -> list[Term]:
        """Note where the thresholds of a variable bound inside meet: between, what is true of it stays the same.

        Its thresholds are linear in the variable looked along. As long as their order stays the same, and over
        integers the distances up to the period, so does the set of regions that the inner variable has to choose from.
        """
        term = one_variable(term)
        (inner,) = term.variables
        if inner == self.variable or inner in self.outer or inner in self.inner or self.nested >= MOST_NESTED:
            raise Elsewhere
        if inner.sort not in ARITHMETIC:
            return [term.body]
        if inner.sort == INT and self.variable.sort != INT:
            raise Elsewhere
        outer = self.outer | self.inner | {self.variable}
        found = regions(inner, term.body, self.model, outer=outer, negated=False, nested=self.nested + 1)
        if not found.exhaustive or (inner.sort == INT and not found.whole):
            raise Elsewhere
        self.inner.add(inner)
        self.found.period = lcm(self.found.period, found.period)
        if self.found.period > LARGEST_PERIOD:
            raise Elsewhere
        inside: list[Term] = [term.body]
        places = [self.alternatives(place, inside) for place in dict.fromkeys(found.thresholds)]
        gaps = range(-found.period - 1, found.period + 2) if inner.sort == INT else range(1)
        for at, place in enumerate(places):
            for other in places[:at]:
                self._meet(place, other, gaps)
        for level in dict.fromkeys(found.levels):
            for form in self.alternatives(level, inside):
                self._threshold(*form)
        return inside

    def _meet(self, place: Sequence[Linear], other: Sequence[Linear], gaps: range) -> None:
        for form in place:
            for following in other:
                for gap in gaps:
                    a, rest = total(form, scaled(following, Fraction(-1)))
                    self._threshold(*total((a, rest), (Fraction(0), number(Fraction(gap)))))

    def _moves(self, term: Term) -> bool:
        if term not in self.free:
            self.free[term] = free_variables(term)
        return self.variable in self.free[term]

    def _compared(self, arguments: Sequence[Term]) -> list[Term]:
        """Note where compared numbers cross; return formulas inside that are to be looked at."""
        if arguments[0].sort not in ARITHMETIC:
            return list(arguments)
        inside: list[Term] = []
        sides = [self.alternatives(argument, inside) for argument in arguments]
        for place, left in enumerate(sides):
            for right in sides[:place]:
                for a, rest in left:
                    for b, other in right:
                        self._threshold(*total((a, rest), scaled((b, other), Fraction(-1))))
        return inside

    def _threshold(self, coefficient: Fraction, rest: Term) -> None:
        """Note where `coefficient * variable + rest` is zero."""
        if not coefficient:
            if not isinstance(rest, Number):
                self.found.levels.append(rest)
            return
        free = free_variables(rest)
        if free & self.inner:
            # Noted among the thresholds of the inner variable, or its levels, and met from there.
            return
        if not free <= self.outer:
            raise Elsewhere
        self.found.whole = self.found.whole and abs(coefficient) == 1
        if len(self.found.thresholds) >= MOST_THRESHOLDS:
            raise Elsewhere
        self.found.thresholds.append(scaled((coefficient, rest), -1 / coefficient)[1])

    def alternatives(self, term: Term, inside: list[Term]) -> list[Linear]:
        """Return linear terms one of which a number equals in each region; formulas inside are put into a list."""
        if not self._moves(term):
            return [(Fraction(0), to_real(term))]
        self.parts += 1
        self.depth += 1
        if self.parts > MOST_PARTS or self.depth > DEEPEST:
            raise Elsewhere
        found = self._alternatives(term, inside)
        self.depth -= 1
        return found

    def _alternatives(self, term: Term, inside: list[Term]) -> list[Linear]:
        if isinstance(term, Variable):
            return [(Fraction(1), ZERO)]
        if isinstance(term, Apply):
            inside.extend(self._applied(term))
            return self._values_of(term, inside)
        assert isinstance(term, Operate)
        if term.op is Op.ITE:
            inside.append(term.arguments[0])
            branches = [self.alternatives(branch, inside) for branch in term.arguments[1:]]
            return self._capped([form for branch in branches for form in branch])
        if term.op is Op.SELECT:
            formulas, values = self._selected(term)
            inside.extend(formulas)
            return values
        parts = [self.alternatives(part, inside) for part in term.arguments]
        return self._capped(self._combined(term, parts))

    def _combined(self, term: Operate, parts: list[list[Linear]]) -> list[Linear]:
        if term.op is Op.TO_REAL:
            return parts[0]
        if term.op is Op.NEGATE or (term.op is Op.SUBTRACT and len(parts) == 1):
            return [scaled(form, Fraction(-1)) for form in parts[0]]
        if term.op in (Op.ADD, Op.SUBTRACT):
            factor = Fraction(1 if term.op is Op.ADD else -1)
            forms = parts[0]
            for part in parts[1:]:
                forms = self._capped([total(form, scaled(other, factor)) for form in forms for other in part])
            return forms
        if term.op is Op.MULTIPLY:
            return self._product(term, parts)
        if term.op is Op.ABS:
            for form in parts[0]:
                self._threshold(*form)
            return [scaled(form, Fraction(factor)) for form in parts[0] for factor in (1, -1)]
        if term.op in (Op.DIV, Op.MOD, Op.DIVIDE) and len(parts) == 2:
            return self._quotient(term, parts[0])
        raise Elsewhere

    def _product(self, term: Operate, parts: list[list[Linear]]) -> list[Linear]:
        moving = [at for at, argument in enumerate(term.arguments) if self._moves(argument)]
        if len(moving) > 1:
            raise Elsewhere
        factor = Fraction(1)
        for at, argument in enumerate(term.arguments):
            if at not in moving:
                factor *= literal(argument)
        return [scaled(form, factor) for form in parts[moving[0]]]

    def _quotient(self, term: Operate, forms: list[Linear]) -> list[Linear]:
        divisor = literal(term.arguments[1])
        if not divisor:
            raise Elsewhere
        if term.op is Op.DIVIDE:
            return [scaled(form, 1 / divisor) for form in forms]
        size = abs(int(divisor))
        if any(coefficient.denominator != 1 for coefficient, _ in forms):
            raise Elsewhere
        self.found.period = lcm(self.found.period, size)
        if self.found.period > LARGEST_PERIOD:
            raise Elsewhere
        rests: list[Linear] = [(Fraction(0), number(Fraction(rest))) for rest in range(size)]
        if term.op is Op.MOD:
            return rests
        differences = [total(form, scaled(rest, Fraction(-1))) for form in forms for rest in rests]
        return [scaled(difference, 1 / divisor) for difference in differences]

    def _applied(self, term: Apply) -> list[Term]:
        """Note the thresholds in the arguments of a function; return formulas that are to be looked at."""
        inside: list[Term] = []
        table = self.model.interpretations.get(term.symbol)
        for place, argument in enumerate(term.arguments):
            if not self._moves(argument):
                continue
            if argument.sort not in ARITHMETIC:
                inside.append(argument)
                continue
            keys = {key[place] for key in table.entries} if table is not None else set()
            for form in self.alternatives(argument, inside):
                for key in keys:
                    self._threshold(form[0], total(form, scaled((Fraction(0), number_term(key)), Fraction(-1)))[1])
        if table is not None and table.definition is not None and term.sort not in ARITHMETIC:
            inside.append(_inlined(table, term))
        return inside

    def _values_of(self, term: Apply, inside: list[Term]) -> list[Linear]:
        table = self.model.interpretations.get(term.symbol)
        if table is None:
            return [(Fraction(0), ZERO)]
        values = set(table.entries.values())
        if table.otherwise is not None:
            values.add(table.otherwise)
        elif table.definition is None:
            values.add(0)
        forms: list[Linear] = [(Fraction(0), number_term(value)) for value in values]
        if table.definition is not None:
            forms += self.alternatives(_inlined(table, term), inside)
        return self._capped(forms)

    def _selected(self, term: Operate) -> tuple[list[Term], list[Linear]]:
        """An array that a constant names is a function that a table gives."""
        holder, index = term.arguments
        table = self.model.interpretations.get(holder.symbol) if isinstance(holder, Apply) else None
        value = table.entries.get(()) if table is not None else None
        if self._moves(holder) or not isinstance(value, ArrayValue):
            raise Elsewhere
        inside: list[Term] = []
        if index.sort in ARITHMETIC:
            for form in self.alternatives(index, inside):
                for key, _ in value.entries:
                    self._threshold(form[0], total(form, scaled((Fraction(0), number_term(key)), Fraction(-1)))[1])
        else:
            inside.append(index)
        if term.sort not in ARITHMETIC:
            return inside, []
        held = {held for _, held in value.entries} | {value.otherwise}
        return inside, self._capped([(Fraction(0), number_term(one)) for one in held])

    def _capped(self, forms: list[Linear]) -> list[Linear]:
        found = list(dict.fromkeys(forms))
        if len(found) > MOST_ALTERNATIVES:
            raise Elsewhere
        return found

    def bounds(self, body: Term, negated: bool) -> tuple[Term | None, Term | None]:
        """Return bounds on the integer variable that follow at once from a formula (or its negation)."""
        lower: list[Term] = []
        upper: list[Term] = []
        pending = [(body, negated)]
        while pending:
            term, flip = pending.pop()
            if not isinstance(term, Operate):
                continue
            if term.op is Op.NOT:
                pending.append((term.arguments[0], not flip))
            elif term.op is (Op.OR if flip else Op.AND):
                pending.extend((part, flip) for part in term.arguments)
            elif term.op is Op.IMPLIES and flip and len(term.arguments) == 2:
                pending += [(term.arguments[0], False), (term.arguments[1], True)]
            elif term.op in COMPARISONS and len(term.arguments) == 2:
                self._bound(term, flip, lower, upper)
            elif term.op is Op.EQUAL and not flip and len(term.arguments) == 2:
                self._bound(term, False, lower, upper)
                self._bound(term, True, lower, upper)
        return (lower[0] if lower else None), (upper[0] if upper else None)

    def _bound(self, term: Operate, flip: bool, lower: list[Term], upper: list[Term]) -> None:
        left, right = term.arguments
        above = term.op in (Op.GREATER, Op.GREATER_EQUAL)
        if left != self.variable:
            left, right, above = right, left, not above
        if left == self.variable and free_variables(right) <= self.outer and right.sort == self.variable.sort:
            # Strictness is left out: one value too many is tried, and found not to matter.
            (lower if above != flip else upper).append(right)


def _inlined(table: Interpretation, term: Apply) -> Term:
    assert table.definition is not None
    values = dict(zip(table.parameters, term.arguments, strict=True))
    return substitute(table.definition, values)  # type: ignore[arg-type]


def one_variable(term: Quantified) -> Quantified:
    """Return a formula that binds one variable at a time: finite domains outside, integers next, reals inside."""
    variables = sorted(dict.fromkeys(term.variables), key=_difficulty)
    if len(variables) == 1:
        return Quantified(term.kind, tuple(variables), term.body)
    return Quantified(term.kind, (variables[0],), Quantified(term.kind, tuple(variables[1:]), term.body))


def _difficulty(variable: Variable) -> int:
    return (1 if variable.sort == INT else 2) if variable.sort in ARITHMETIC else 0
