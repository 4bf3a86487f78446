"""Ways to an antiderivative: sympy's own, and changes of the integrand and of the variable before them.

Each way only proposes; what it proposes counts once its derivative has been compared with the integrand. So a way
may be bold: take roots for positive, forget a branch. Where the derivative is off by a factor that does not change
with the variable on any interval, the factor mends it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import sympy
from sympy.integrals.heurisch import heurisch
from sympy.integrals.manualintegrate import manualintegrate

from abduce.solvers.sympy_checking import UNEVALUATED, derivative_agrees
from abduce.solvers.sympy_stages import FAILURES, Clock

Way = Callable[[Any, Any], Any]
_TRIGONOMETRIC: Final = (sympy.sin, sympy.cos, sympy.tan, sympy.cot, sympy.sec, sympy.csc)


@dataclass(frozen=True, slots=True)
class Antiderivative:
    """What was found.

    Attributes:
        value: The antiderivative; None where none was confirmed.
        provided: What its parameters must fulfil; true where nothing.
        way: How it was found.
        refuted: Whether something was found that was not confirmed.
    """

    value: Any = None
    provided: Any = sympy.true
    way: str = ""
    refuted: bool = False


def antiderivative(integrand: Any, variable: Any, clock: Clock) -> Antiderivative:
    """Return an antiderivative whose derivative was found to be the integrand.

    Args:
        integrand: What to integrate.
        variable: By what.
        clock: The time; each way gets a share of what is left.
    """
    refuted = False
    for name, share, way in WAYS:
        found = clock.stage(lambda way=way: way(integrand, variable), share)  # type: ignore[misc]
        for candidate, provided in _candidates(found):
            kept = clock.stage(lambda one=candidate: _mended(one, integrand, variable), 0.5)  # type: ignore[misc]
            if kept is not None:
                return Antiderivative(kept, provided, name)
            refuted = True
        if clock.over:
            break
    return Antiderivative(refuted=refuted)


def _candidates(found: Any) -> Iterator[tuple[Any, Any]]:
    """Yield what a way found; first, of several cases, each alone, as those for special values cannot be checked."""
    if found is None or found.has(*UNEVALUATED, sympy.nan, sympy.zoo):
        return
    if isinstance(found, sympy.Piecewise):
        before: Any = sympy.false
        for case in found.args:
            yield case.expr, sympy.And(case.cond, sympy.Not(before))
            before = sympy.Or(before, case.cond)
    yield found, sympy.true


def _mended(found: Any, integrand: Any, variable: Any) -> Any | None:
    if derivative_agrees(found, integrand, variable):
        return found
    slope = sympy.diff(found, variable)
    if slope == 0 or slope.has(*UNEVALUATED):
        return None
    factor = sympy.powsimp(integrand / sympy.factor_terms(slope))
    for one in (factor, sympy.simplify(factor)):
        mended = found * one
        if derivative_agrees(mended, integrand, variable):
            return mended
    return None


# ways -------------------------------------------------------------------------------------------------------


def _plain(integrand: Any, variable: Any) -> Any:
    return sympy.integrate(integrand, variable)


def _manual(integrand: Any, variable: Any) -> Any:
    return manualintegrate(integrand, variable)


def _guessed(integrand: Any, variable: Any) -> Any:
    return heurisch(integrand, variable, rewrite=True)


def _as_positive(way: Way) -> Way:
    """Take all symbols for positive numbers."""

    def positive(integrand: Any, variable: Any) -> Any:
        there = {symbol: sympy.Dummy(symbol.name, positive=True) for symbol in integrand.free_symbols}
        found = way(integrand.xreplace(there), there[variable])
        return found if found is None else found.xreplace({new: old for old, new in there.items()})

    return positive


def _after(change: Callable[[Any], Any], way: Way = _plain) -> Way:
    """Change the form of the integrand first."""

    def changed(integrand: Any, variable: Any) -> Any:
        other = change(integrand)
        return None if other == integrand else way(other, variable)

    return changed


def _with(inner: Callable[[Any, Any], Iterator[Any]]) -> Way:
    """Put a new variable in place of one part of the integrand after another."""

    def by_substitution(integrand: Any, variable: Any) -> Any:
        for part in inner(integrand, variable):
            found = _substituted(integrand, variable, part)
            if found is not None:
                return found
        return None

    return by_substitution


def _substituted(integrand: Any, variable: Any, part: Any) -> Any:
    """Integrate by t = part(x): dx = x'(t) dt where x can be told from t, else dt = part'(x) dx must fit."""
    new = sympy.Dummy("t", positive=True)
    for back in _inverses(part, variable, new):
        other = integrand.subs(part, new).subs(variable, back) * sympy.diff(back, new)
        other = sympy.powdenest(sympy.simplify(other), force=True)
        if other.has(variable):
            continue
        found = _simple(other, new)
        if found is not None:
            return found.subs(new, part)
    other = sympy.simplify(integrand / sympy.diff(part, variable)).subs(part, new)
    if other.has(variable):
        return None
    found = _simple(other, new)
    return None if found is None else found.subs(new, part)


def _inverses(part: Any, variable: Any, new: Any) -> list[Any]:
    try:
        return list(sympy.solve(part - new, variable))[:2]
    except FAILURES:
        return []


def _simple(integrand: Any, variable: Any) -> Any:
    found = manualintegrate(integrand, variable)
    if found.has(*UNEVALUATED):
        found = sympy.integrate(integrand, variable)
    return None if found.has(*UNEVALUATED) else found


def _roots(integrand: Any, variable: Any) -> Iterator[Any]:
    """Yield the roots in an integrand of which its other parts are powers."""
    by_base: dict[Any, int] = {}
    for power in integrand.atoms(sympy.Pow):
        if power.exp.is_Rational and power.exp.q > 1 and power.base.has(variable):
            by_base[power.base] = int(sympy.ilcm(by_base.get(power.base, 1), power.exp.q))
    for base, degree in sorted(by_base.items(), key=lambda item: sympy.count_ops(item[0])):
        yield sympy.Pow(base, sympy.Rational(1, degree))


def _inner_functions(integrand: Any, variable: Any) -> Iterator[Any]:
    found = {part for part in integrand.atoms(sympy.Function, sympy.Pow) if part.has(variable)}
    found |= {part.exp for part in integrand.atoms(sympy.Pow) if part.exp.has(variable)}
    found |= {part.args[0] for part in found if part.args and part.args[0].has(variable)}
    yield from sorted(found - {variable, integrand}, key=sympy.default_sort_key)


def _half_angle(integrand: Any, variable: Any) -> Any:
    """Rational functions of sine and cosine by t = tan(x/2)."""
    new = sympy.Dummy("t", real=True)
    changed = _in_sines(integrand)
    changed = changed.subs(
        {sympy.sin(variable): 2 * new / (1 + new**2), sympy.cos(variable): (1 - new**2) / (1 + new**2)}
    )
    if changed.has(variable):
        return None
    found = _rational(changed * 2 / (1 + new**2), new)
    return None if found is None else found.subs(new, sympy.tan(variable / 2))


def _whole_angle(integrand: Any, variable: Any) -> Any:
    """Rational functions of tangents and of even powers of sine and cosine by t = tan(x)."""
    new = sympy.Dummy("t", real=True)
    changed = sympy.cancel(sympy.together(_in_sines(integrand).subs(sympy.sin(variable), new * sympy.cos(variable))))
    cosine = sympy.Dummy("c")
    changed = sympy.cancel(changed.subs(sympy.cos(variable), cosine))
    changed = sympy.cancel(sympy.expand(changed).subs(cosine, 1 / sympy.sqrt(1 + new**2)))
    if changed.has(variable):
        return None
    found = _rational(sympy.simplify(changed / (1 + new**2)), new)
    return None if found is None else found.subs(new, sympy.tan(variable))


def _in_sines(integrand: Any) -> Any:
    def ratio(top: Any, bottom: Any) -> Callable[[Any], Any]:
        return lambda angle: top(angle) / bottom(angle)

    changed = integrand.replace(sympy.tan, ratio(sympy.sin, sympy.cos)).replace(sympy.cot, ratio(sympy.cos, sympy.sin))
    changed = changed.replace(sympy.sec, lambda a: 1 / sympy.cos(a)).replace(sympy.csc, lambda a: 1 / sympy.sin(a))
    return sympy.expand_trig(changed)


def _rational(integrand: Any, variable: Any) -> Any:
    integrand = sympy.cancel(sympy.together(integrand))
    if not integrand.is_rational_function(variable):
        return None
    return sympy.integrate(integrand, variable)


def _euler(integrand: Any, variable: Any) -> Any:
    """Rational functions of x and one root of a quadratic by the substitutions of Euler."""
    roots = {p.base for p in integrand.atoms(sympy.Pow) if p.exp.is_Rational and p.exp.q == 2 and p.base.has(variable)}
    if len(roots) != 1:
        return None
    radicand = sympy.expand(roots.pop())
    if not radicand.is_polynomial(variable) or sympy.degree(radicand, variable) != 2:
        return None
    square, linear, rest = sympy.Poly(radicand, variable).all_coeffs()
    new = sympy.Dummy("t")
    root = sympy.sqrt(radicand)
    for lead, back, there in _euler_forms(square, linear, rest, new, variable, root):
        changed = _radicals_of(integrand, radicand, lead, variable).subs(variable, back)
        found = _rational(changed * sympy.diff(back, new), new)
        if found is not None:
            return found.subs(new, there)
    return None


def _euler_forms(
    square: Any, linear: Any, rest: Any, new: Any, variable: Any, root: Any
) -> Iterator[tuple[Any, Any, Any]]:
    if rest != 0:
        # root = x t + sqrt(c)
        back = (linear - 2 * sympy.sqrt(rest) * new) / (new**2 - square)
        yield back * new + sympy.sqrt(rest), back, (root - sympy.sqrt(rest)) / variable
    # root = t - sqrt(a) x
    back = (new**2 - rest) / (linear + 2 * sympy.sqrt(square) * new)
    yield new - sympy.sqrt(square) * back, back, root + sympy.sqrt(square) * variable


def _radicals_of(integrand: Any, radicand: Any, root: Any, variable: Any) -> Any:
    def changed(power: Any) -> Any:
        return root ** (2 * power.exp)

    return integrand.replace(
        lambda part: part.is_Pow and part.exp.is_Rational and part.exp.q == 2 and part.base.has(variable), changed
    )


WAYS: Final[tuple[tuple[str, float, Way], ...]] = (
    ("rules", 0.15, _manual),
    ("integrate", 0.3, _plain),
    ("tan(x/2)", 0.15, _half_angle),
    ("tan(x)", 0.15, _whole_angle),
    ("roots", 0.2, _with(_roots)),
    ("Euler", 0.2, _euler),
    ("positive rules", 0.15, _as_positive(_manual)),
    ("substitution", 0.25, _with(_inner_functions)),
    ("expanded", 0.2, _after(sympy.expand)),
    ("simplified", 0.25, _after(sympy.simplify)),
    ("positive", 0.3, _as_positive(_plain)),
    ("exponentials", 0.3, _after(lambda one: sympy.simplify(one.rewrite(sympy.exp)))),
    ("guess", 0.6, _guessed),
)
"""Name, share of the time that is left, and how."""
