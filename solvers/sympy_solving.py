"""Solving equations, systems and inequalities; each solution is substituted before it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import mpmath  # type: ignore[import-untyped]
import sympy

from abduce.solvers.sympy_checking import numeric, solves
from abduce.solvers.sympy_divisors import defined, not_zero
from abduce.solvers.sympy_stages import Clock

MOST = 200
"""How many solutions are given at most."""
FAMILY = (-7, -2, -1, 0, 1, 2, 5)
"""Members of an infinite family of solutions that are substituted."""
PROBES = 40


@dataclass(frozen=True, slots=True)
class Solved:
    """What was found.

    Attributes:
        solutions: Values of the unknowns.
        sets: What holds of the one unknown where it has no list of values.
        complete: Whether there are no others; None where that is not known.
        refuted: Whether something was found that was not confirmed.
        found: Whether anything at all was found, if only that there is no solution.
        checked_by: How it was checked; nothing where there is no solution and nothing but sympy says so.
        note: What else is to be said.
    """

    solutions: tuple[Mapping[Any, Any], ...] = ()
    sets: tuple[Any, ...] = ()
    complete: bool | None = None
    refuted: bool = False
    found: bool = True
    checked_by: str = ""
    note: str = ""

    @property
    def verified(self) -> bool:
        """Whether what is given was checked."""
        return bool(self.checked_by)


SUBSTITUTION = "substitution"
REAL = "real solutions only"


def family_name(unknown: Any) -> str:
    """Return the name of the integer that numbers a family of values of an unknown."""
    return "k" if str(unknown) == "n" else "n"


def solve(equations: Sequence[Any], unknowns: Sequence[Any], clock: Clock, divided_by: Sequence[Any] = ()) -> Solved:
    """Solve equations (expressions that must be zero, or conditions) for unknowns; by default for all symbols.

    Args:
        equations: The equations.
        unknowns: What to solve for.
        clock: The time.
        divided_by: What must not be zero besides, where sympy may have cancelled it.
    """
    conditions = not_zero(divided_by)
    found = _solve(equations, unknowns, clock, conditions)
    if not conditions or not found.solutions:
        return found
    kept, provided, certain = defined(found.solutions, conditions, clock)
    note = "; ".join(part for part in (found.note, provided) if part)
    return replace(found, solutions=tuple(kept), note=note, complete=found.complete if certain else None)


def _solve(equations: Sequence[Any], unknowns: Sequence[Any], clock: Clock, conditions: Sequence[Any]) -> Solved:
    constant = [bool(one) for one in equations if one in (True, False)]
    equations = [one for one in equations if one not in (True, False)]
    if not all(constant):
        return Solved(complete=True, checked_by="it is false")
    chosen = list(unknowns) or sorted(set().union(*(one.free_symbols for one in equations)), key=str)
    if not equations or not chosen:
        return Solved(({},), complete=True, checked_by="it is true") if not equations else _closed(equations)
    if any(isinstance(one, sympy.Rel) and not isinstance(one, sympy.Eq) for one in equations):
        return _inequalities([*conditions, *equations], chosen, clock)
    zeros = [_zero(one) for one in equations]
    if len(zeros) == 1 and len(chosen) == 1:
        return _one(equations, zeros[0], chosen[0], clock, conditions)
    return _system(equations, zeros, chosen, clock)


def _closed(equations: Sequence[Any]) -> Solved:
    holds = solves(equations, {})
    if holds is None:
        return Solved(found=False)
    return Solved(({},) if holds else (), complete=True, checked_by="values in many digits")


def _one(given: Sequence[Any], zero: Any, unknown: Any, clock: Clock, conditions: Sequence[Any]) -> Solved:
    polynomial = clock.stage(lambda: _polynomial(zero, unknown), 0.5)
    if polynomial is not None:
        return _kept(given, [unknown], [{unknown: root} for root in polynomial], True, clock)
    found = clock.stage(lambda: sympy.solveset(zero, unknown, sympy.S.Complexes), 0.3)
    family = None if found is None else _families([*given, *conditions], found, unknown, clock)
    if family is not None:
        return family
    note = ""
    if not _is_listed(found):
        # absolute values and their like: the reals alone
        found = clock.stage(lambda: sympy.solveset(zero, unknown, sympy.S.Reals), 0.3)
        note = REAL
    if found is not None and _is_listed(found):
        if not found:
            return Solved(complete=True, note=note)
        listed = [{unknown: value} for value in sorted(found, key=sympy.default_sort_key)]
        return replace(_kept(given, [unknown], listed, True, clock), note=note)
    values = clock.stage(lambda: sympy.solve(zero, unknown, dict=True), 0.8)
    return Solved(found=False) if not values else _kept(given, [unknown], values, None, clock)


def _is_listed(found: Any) -> bool:
    return found is not None and (isinstance(found, sympy.FiniteSet) or found is sympy.S.EmptySet)


def _polynomial(zero: Any, unknown: Any) -> list[Any] | None:
    """Return all roots of a polynomial with numbers for coefficients, as radicals where there are short ones."""
    if not zero.is_polynomial(unknown) or zero.free_symbols != {unknown}:
        return None
    polynomial = sympy.Poly(zero, unknown)
    if polynomial.degree() < 1 or not all(value.is_rational for value in polynomial.all_coeffs()):
        return None
    roots = sympy.roots(polynomial, cubics=False, quartics=False)
    if sum(roots.values()) != polynomial.degree():
        roots = dict.fromkeys(polynomial.all_roots(), 1)
    return sorted(roots, key=_in_order)


def _in_order(root: Any) -> tuple[bool, float, float]:
    value = complex(root.evalf(15))
    return not root.is_real, value.real, value.imag


def _families(given: Sequence[Any], found: Any, unknown: Any, clock: Clock) -> Solved | None:
    """Return infinite families `{f(n) : n an integer}` where all of a set is such, each tried at some members."""
    parts = found.args if isinstance(found, sympy.Union) else (found,)
    if not all(isinstance(part, sympy.ImageSet) and len(part.lamda.variables) == 1 for part in parts):
        return None
    if not all(part.base_sets == (sympy.S.Integers,) for part in parts):
        return None
    texts = []
    for part in parts:
        (number,), value = part.lamda.variables, part.lamda.expr
        members = [{unknown: value.subs(number, member)} for member in FAMILY]
        held = [clock.stage(partial(solves, given, member), 0.5) for member in members]
        if not all(held):
            return Solved(refuted=True, found=False)
        texts.append((unknown, value.xreplace({number: sympy.Symbol(family_name(unknown))})))
    real = clock.stage(lambda: sympy.solveset(_zero(given[0]), unknown, sympy.S.Reals), 0.3)
    listed = [{unknown: value} for value in real] if isinstance(real, sympy.FiniteSet) else []
    kept = _kept(given, [unknown], listed, True, clock).solutions if listed else ()
    return Solved(kept, tuple(texts), complete=True, checked_by=SUBSTITUTION)


def _zero(given: Any) -> Any:
    return given.lhs - given.rhs if isinstance(given, sympy.Eq) else given


def _system(given: Sequence[Any], zeros: Sequence[Any], unknowns: Sequence[Any], clock: Clock) -> Solved:
    linear = clock.stage(lambda: sympy.linsolve(list(zeros), *unknowns), 0.3)
    if linear is not None:
        if linear.is_empty:
            return _none_of(zeros, unknowns, clock)
        values = [{name: value for name, value in zip(unknowns, one, strict=True) if name != value} for one in linear]
        return _kept(given, unknowns, values, True, clock)
    found = clock.stage(lambda: sympy.solve(list(zeros), list(unknowns), dict=True), 0.8)
    if found is None:
        return Solved(found=False)
    if not found:
        return _none_of(zeros, unknowns, clock)
    polynomial = all(zero.is_polynomial(*unknowns) for zero in zeros)
    closed = all(set(one) >= set(unknowns) and not any(v.free_symbols for v in one.values()) for one in found)
    return _kept(given, unknowns, found, True if polynomial and closed else None, clock)


def _none_of(zeros: Sequence[Any], unknowns: Sequence[Any], clock: Clock) -> Solved:
    """Return that polynomials have no common zero where 1 is in their ideal (Hilbert), else that nothing was found."""
    if all(zero.is_polynomial(*unknowns) for zero in zeros):
        basis = clock.stage(lambda: sympy.groebner(list(zeros), *unknowns))
        if basis is not None and list(basis.exprs) == [1]:
            return Solved(complete=True, checked_by="1 is in their ideal")
    return Solved(found=False)


def _parameters(given: Sequence[Any], unknowns: Sequence[Any]) -> bool:
    """Tell whether equations have symbols that are not to be solved for."""
    return bool(set().union(*(one.free_symbols for one in given)) - set(unknowns))


def _kept(
    given: Sequence[Any],
    unknowns: Sequence[Any],
    found: Sequence[Mapping[Any, Any]],
    complete: bool | None,
    clock: Clock,
) -> Solved:
    """Return the solutions that substitution confirms; if it refutes one, the others are not known to be all."""
    if _parameters(given, unknowns):
        complete = None  # for some of their values there may be other solutions, or none
    kept = []
    for one in found[:MOST]:
        held = clock.stage(partial(solves, given, one), 0.5)
        if held:
            kept.append(one)
        elif held is None:
            complete = None
    whole = len(found) <= MOST
    if not kept and found:
        return Solved(refuted=True, found=False)
    return Solved(
        tuple(kept),
        complete=complete if whole else False,
        refuted=len(kept) < len(found[:MOST]),
        checked_by=SUBSTITUTION,
    )


def _inequalities(given: Sequence[Any], unknowns: Sequence[Any], clock: Clock) -> Solved:
    if len(unknowns) > 1:
        return Solved(found=False)
    real = sympy.Dummy(unknowns[0].name, real=True)
    there = [_at_real(one, unknowns[0], real) for one in given]
    found = clock.stage(lambda: sympy.reduce_inequalities(there, [real]))
    if found is None:
        return Solved(found=False)
    held = clock.stage(lambda: _same_truth(there, found, real))
    if not held:
        return Solved(refuted=True, found=False)
    sets = () if found == False else ((unknowns[0], found.xreplace({real: unknowns[0]})),)  # noqa: E712 - sympy's truth
    return Solved(sets=sets, complete=True, checked_by="truth at and around its borders")


def _at_real(given: Any, unknown: Any, real: Any) -> Any:
    """Return a condition on a real number, unevaluated: what is left of it is probed."""
    if not isinstance(given, sympy.Rel):
        given = sympy.Eq(given, 0, evaluate=False)
    return given.func(given.lhs.xreplace({unknown: real}), given.rhs.xreplace({unknown: real}), evaluate=False)


def _same_truth(conditions: Sequence[Any], found: Any, name: Any) -> bool:
    """Tell whether what was found has the truth value of the conditions beside, on and between its own borders."""
    borders = {
        side
        for relation in found.atoms(sympy.Rel)
        for side in (relation.lhs, relation.rhs)
        if side.is_number and side.is_finite
    }
    places = sorted((mpmath.mpmathify(sympy.re(border.evalf(40))) for border in borders), key=float)
    step = mpmath.mpf(1) / 7
    probes = {mpmath.mpf(number) * step * 3 for number in range(-PROBES, PROBES)}
    probes |= {place + sign * size for place in places for sign in (-1, 1) for size in (step, step**8)}
    told = [numeric(one.lhs - one.rhs, [name]) for one in conditions]
    if any(value is None for value in told):
        return False
    return all(_agrees_at(conditions, told, found, name, probe) for probe in probes) and all(
        _agrees_on(conditions, found, name, border) for border in borders
    )


def _agrees_on(conditions: Sequence[Any], found: Any, name: Any, border: Any) -> bool:
    """Tell whether the truth values are the same on a border itself, computed exactly."""
    given = sympy.true
    for one in conditions:  # those that no divisor is zero come first
        given = sympy.And(given, one.subs(name, border))
        if given == False:  # noqa: E712 - sympy's truth
            break
    shown = found.subs(name, border)
    return given in (True, False) and shown in (True, False) and bool(given) == bool(shown)


def _agrees_at(conditions: Sequence[Any], told: Sequence[Any], found: Any, name: Any, place: Any) -> bool:
    values = [value([place]) for value in told]
    if any(value is None or mpmath.im(value) for value in values):
        held = False
    else:
        held = all(_sign_fits(one.rel_op, value) for one, value in zip(conditions, values, strict=True))
    return bool(found.subs(name, sympy.Rational(str(place)))) == held


def _sign_fits(relation: str, value: Any) -> bool:
    fits = {"<": value < 0, "<=": value <= 0, ">": value > 0, ">=": value >= 0, "==": value == 0, "!=": value != 0}
    return bool(fits[relation])
