"""Quantifiers with small scopes, and functions in place of existential quantifiers.

Both work on formulas in negation normal form. A model of what comes out is, restricted to the symbols of what went in,
a model of it, and each model of what went in can be extended. Nothing recurses.

Source: W. Bibel, Automated Theorem Proving, 1987; A. Nonnengart, C. Weidenbach, "Computing small clause normal forms",
Handbook of Automated Reasoning, 2001.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from abduce.solvers.normal_forms import FreshNames, in_order, junction
from abduce.solvers.terms import (
    Kind,
    Op,
    Operate,
    Quantified,
    Symbol,
    Term,
    Variable,
    apply,
    children,
    fold,
    free_variables,
    operate,
    substitute,
)

# small scopes -----------------------------------------------------------------------------------------------


class _Scopes:
    """Moves quantifiers inwards; remembers the free variables of what it has seen."""

    def __init__(self) -> None:
        self._free: dict[Term, frozenset[Variable]] = {}

    def free(self, part: Term) -> frozenset[Variable]:
        """Return the free variables of a part."""
        pending = [part]
        while pending:
            current = pending[-1]
            below = children(current)
            missing = [child for child in below if child not in self._free]
            if current in self._free:
                pending.pop()
            elif missing:
                pending.extend(missing)
            else:
                pending.pop()
                self._free[current] = self._joined(current, [self._free[child] for child in below])
        return self._free[part]

    @staticmethod
    def _joined(part: Term, below: Sequence[frozenset[Variable]]) -> frozenset[Variable]:
        if isinstance(part, Variable):
            return frozenset((part,))
        found = below[0] if len(below) == 1 else frozenset[Variable]().union(*below)
        return found.difference(part.variables) if isinstance(part, Quantified) else found

    def narrowed(self, part: Term, below: tuple[Term, ...]) -> Term:
        """Return a part whose own parts have small scopes with small scopes itself."""
        if isinstance(part, Quantified):
            return self._quantified(part.kind, part.variables, below[0])
        return junction(part.op, below) if isinstance(part, Operate) and part.op in (Op.AND, Op.OR) else part

    def _quantified(self, kind: Kind, variables: Sequence[Variable], body: Term) -> Term:
        results: list[Term] = []
        pending: list[tuple[Sequence[Variable], Term | tuple[Op, int]]] = [(variables, body)]
        while pending:
            bound, part = pending.pop()
            if isinstance(part, tuple):
                op, count = part
                joined = junction(op, results[len(results) - count :])
                del results[len(results) - count :]
                results.append(joined)
                continue
            found = self._step(kind, [v for v in dict.fromkeys(bound) if v in self.free(part)], part)
            if isinstance(found, tuple):
                op, inner = found
                pending.append(((), (op, len(inner))))
                pending.extend(reversed(inner))
            else:
                results.append(found)
        return results[0]

    def _step(
        self, kind: Kind, bound: Sequence[Variable], body: Term
    ) -> Term | tuple[Op, list[tuple[Sequence[Variable], Term]]]:
        """Return what is finished, or an operation and the parts that are still to be quantified."""
        if not bound:
            return body
        if isinstance(body, Operate) and body.op in (Op.AND, Op.OR):
            if (body.op is Op.AND) == (kind is Kind.EXISTS):
                groups = _groups([(self.free(part).intersection(bound), part) for part in body.arguments])
                if len(groups) > 1 or len(groups[0][1]) == 1:
                    return body.op, [self._group(kind, bound, body.op, *group) for group in groups]
            elif kind is Kind.FORALL or self._differ(bound, body.arguments):
                return body.op, [(bound, part) for part in body.arguments]
        return Quantified(kind, tuple(bound), body)

    def _group(
        self, kind: Kind, bound: Sequence[Variable], op: Op, shared: set[Variable], members: list[Term]
    ) -> tuple[Sequence[Variable], Term]:
        inner = tuple(variable for variable in bound if variable in shared)
        if len(members) == 1 or not inner:
            return inner, junction(op, members)
        return (), Quantified(kind, inner, junction(op, members))

    def _differ(self, bound: Sequence[Variable], parts: Sequence[Term]) -> bool:
        """Say whether some part depends on fewer outer variables than all do together."""
        return len({self.free(part).difference(bound) for part in parts}) > 1


def _groups(parts: Iterable[tuple[frozenset[Variable], Term]]) -> list[tuple[set[Variable], list[Term]]]:
    """Join parts that share a variable, directly or through others; a part with none stays alone."""
    groups: list[tuple[set[Variable], list[Term]]] = []
    for shared, part in parts:
        joined, members = set(shared), [part]
        for group in [group for group in groups if not group[0].isdisjoint(shared)]:
            groups.remove(group)
            joined |= group[0]
            members = group[1] + members
        groups.append((joined, members))
    return groups


def with_small_scopes(formula: Term) -> Term:
    """Move each quantifier of a formula in negation normal form inwards as far as it goes.

    An existential quantifier moves over a disjunction only where one side then depends on fewer variables.
    """
    scopes = _Scopes()
    return fold(formula, scopes.narrowed)


# functions in place of existential quantifiers --------------------------------------------------------------


def skolemised(formula: Term, names: FreshNames) -> Term:
    """Replace existential quantifiers of a formula in negation normal form by new functions.

    A function takes the universal variables that its formula depends on; or what its formula depends on as it
    stands, where that is less. All remaining variables are renamed so that no two quantifiers share one.
    """
    results: list[Term] = []
    pending: list[tuple[Term, dict[Variable, Term], tuple[Variable, ...] | None]] = [(formula, {}, None)]
    scopes = _Scopes()
    while pending:
        part, scope, ready = pending.pop()
        scope = {v: scope[v] for v in scopes.free(part)}
        if ready is not None:
            results.append(_rebuilt(part, ready, results))
        elif isinstance(part, Quantified) and part.kind is Kind.FORALL:
            fresh = {v: names.variable(v.sort) for v in part.variables}
            pending.append((part, scope, tuple(fresh.values())))
            pending.append((part.body, {**scope, **fresh}, None))
        elif isinstance(part, Quantified):
            arguments = _dependence([scope[v] for v in in_order(scopes.free(part))])
            made = {v: apply(_skolem(v, arguments, names), *arguments) for v in part.variables}
            pending.append((part.body, {**scope, **made}, None))
        elif isinstance(part, Operate) and part.op in (Op.AND, Op.OR):
            pending.append((part, scope, ()))
            pending.extend((child, scope, None) for child in reversed(part.arguments))
        else:
            results.append(substitute(part, scope))
    return results[0]


def _rebuilt(part: Term, variables: tuple[Variable, ...], results: list[Term]) -> Term:
    """Take the finished parts of a term off the stack and put them together."""
    if isinstance(part, Quantified):
        return Quantified(part.kind, variables, results.pop())
    assert isinstance(part, Operate)
    count = len(part.arguments)
    parts = results[len(results) - count :]
    del results[len(results) - count :]
    return operate(part.op, *parts)


def _dependence(values: Sequence[Term]) -> tuple[Term, ...]:
    universal = in_order({variable for value in values for variable in free_variables(value)})
    depending = tuple(dict.fromkeys(value for value in values if free_variables(value)))
    return universal if len(universal) <= len(depending) else depending


def _skolem(variable: Variable, arguments: Sequence[Term], names: FreshNames) -> Symbol:
    return names.symbol("skolem", (argument.sort for argument in arguments), variable.sort)
