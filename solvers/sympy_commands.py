"""The commands of algebra, each with its check; run in a process of its own by `sympy_worker`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import sympy
from sympy.logic.boolalg import Boolean

from abduce.solvers.sympy_checking import (
    DIGITS,
    UNEVALUATED,
    agree,
    difference,
    numeric,
    real_symbols,
    same,
    shown_equal,
)
from abduce.solvers.sympy_divisors import divisors, is_undefined
from abduce.solvers.sympy_expressions import expression, text
from abduce.solvers.sympy_integration import antiderivative
from abduce.solvers.sympy_measuring import approaches, quadrature_agrees
from abduce.solvers.sympy_solving import family_name
from abduce.solvers.sympy_solving import solve as solve_equations
from abduce.solvers.sympy_stages import Clock

Answer = dict[str, Any]
"""The fields of `algebra.AlgebraOutcome` that are not their defaults, as plain data."""
MOST_TIMES: Final = 50
REFUTED: Final[Answer] = {"reason": "incomplete", "refuted": True}
NOTHING: Final[Answer] = {"reason": "incomplete"}
UNDEFINED: Final[Answer] = {
    "complete": True,
    "note": "undefined: something in it is divided by zero, or has no value for another reason",
}
AT_POINTS: Final = "values at random points"


def run(command: str, arguments: Sequence[Sequence[Sequence[Any]]], unknowns: Sequence[str], clock: Clock) -> Answer:
    """Return what a command gives."""
    read = clock.stage(lambda: [(expression(one), divisors(one)) for one in arguments])
    if read is None:
        return NOTHING
    given, names = [one for one, _ in read], [sympy.Symbol(name) for name in unknowns]
    if any(is_undefined(*one) for one in read):
        return UNDEFINED
    if command == "solve":
        answer = _solve(given, names, [one for _, inside in read for one in inside], clock)
    else:
        answer = _COMMANDS[command](given, names, clock)
    if answer.get("reason") == "incomplete" and (clock.was_too_short or clock.short_of_memory):
        answer = {**answer, "reason": "memory" if clock.short_of_memory else "timeout"}
    return answer


def _changed(change: Callable[[Any], Any]) -> Callable[[Sequence[Any], Sequence[Any], Clock], Answer]:
    """Return a command that changes the form of an expression and not its values."""

    def command(arguments: Sequence[Any], _: Sequence[Any], clock: Clock) -> Answer:
        (given,) = arguments
        found = clock.stage(lambda: change(given), 0.85)
        if found is None:
            return NOTHING
        if found == given:
            return {"results": [text(found)], "verified": True, "checked_by": "it is the same"}
        confirmed = clock.stage(lambda: same(*real_symbols_of(given, found), total=True), 0.8)
        return _given(found, confirmed, AT_POINTS, lambda: shown_equal(given, found), clock)

    return command


def real_symbols_of(left: Any, right: Any) -> tuple[Any, Any]:
    """Return two expressions with real symbols."""
    one, other = real_symbols(left, right) if left.free_symbols >= right.free_symbols else (left, right)
    return one, other


def _given(found: Any, confirmed: bool | None, by: str, proof: Callable[[], bool] | None, clock: Clock) -> Answer:
    if not confirmed:
        return REFUTED
    if proof is not None and clock.stage(proof, 0.1):
        by = f"{by}, and symbolically"
    return {"results": [text(found)], "verified": True, "checked_by": by}


def _factored(given: Any) -> Any:
    if given.is_Integer and abs(given) > 1:
        powers = (p if n == 1 else sympy.Pow(p, n, evaluate=False) for p, n in sympy.factorint(given).items())
        return sympy.Mul(*powers, evaluate=False)
    return sympy.factor(given)


def _expanded(given: Any) -> Any:
    return sympy.expand(given, trig=given.has(*(sympy.sin, sympy.cos, sympy.tan)))


def _differentiate(arguments: Sequence[Any], unknowns: Sequence[Any], clock: Clock) -> Answer:
    times = arguments[1] if len(arguments) > 1 else sympy.S.One
    if not (times.is_Integer and 0 < times <= MOST_TIMES):
        return {"problem": f"differentiate takes how often as a whole number from 1 to {MOST_TIMES}, not {text(times)}"}
    found, name = real_symbols(arguments[0], unknowns[0])
    for _ in range(int(times)):
        step = clock.stage(lambda one=found: sympy.diff(one, name))  # type: ignore[misc]
        if step is None or step.has(*UNEVALUATED):
            return NOTHING
        if not clock.stage(lambda one=found, slope=step: _is_slope(one, slope, name), 0.5):  # type: ignore[misc]
            return REFUTED
        found = step
    shorter = clock.stage(lambda: _shorter(found), 0.2)
    shown = (found if shorter is None else shorter).xreplace(
        {one: sympy.Symbol(one.name) for one in found.free_symbols}
    )
    return _given(shown, True, "differences at random points", None, clock)


def _shorter(found: Any) -> Any | None:
    other = sympy.simplify(found)
    if sympy.count_ops(other) < sympy.count_ops(found) and same(*real_symbols_of(found, other), total=True):
        return other
    return found


def _is_slope(given: Any, found: Any, name: Any) -> bool:
    found = found.replace(sympy.DiracDelta, lambda *_: sympy.S.Zero)
    names = sorted(given.free_symbols | {name}, key=lambda symbol: (symbol is not name, symbol.name))
    one, other = numeric(given, names), numeric(found, names)
    if one is None or other is None:
        return False
    return bool(agree(lambda at: difference(one, at), other, len(names)))


def _integrate(arguments: Sequence[Any], unknowns: Sequence[Any], clock: Clock) -> Answer:
    given, *bounds = arguments
    (name,) = unknowns
    if bounds:
        return _definite(given, name, bounds, clock)
    found = antiderivative(given, name, clock)
    if found.value is None:
        return REFUTED if found.refuted else NOTHING
    answer = _given(
        found.value,
        True,
        "its derivative at random points",
        lambda: shown_equal(sympy.diff(found.value, name), given),
        clock,
    )
    note = "" if found.provided == True else f"provided {text(found.provided)}"  # noqa: E712 - sympy's truth
    return {**answer, "method": found.way, "note": note}


def _definite(given: Any, name: Any, bounds: Sequence[Any], clock: Clock) -> Answer:
    refuted = False
    for positive in (False, True):
        there, span, back = _spanned(given, name, bounds, positive=positive)
        if positive and len(back) == 1:
            break  # there are no parameters that could be taken for positive
        for one in _definite_values(there, span, clock):
            held = clock.stage(partial(quadrature_agrees, there, span, one), 0.7)
            if held:
                answer = _given(one.xreplace(back), True, "quadrature", None, clock)
                parameters = sorted(
                    text(back[symbol]) for symbol in there.free_symbols & set(back) if symbol != span[0]
                )
                provided = " and ".join(f"{one} > 0" for one in parameters)
                return {**answer, "note": f"provided {provided}" if positive else ""}
            refuted = True
    return REFUTED if refuted else NOTHING


def _spanned(given: Any, name: Any, bounds: Sequence[Any], *, positive: bool) -> tuple[Any, Any, dict[Any, Any]]:
    """Return an integrand and its span in real symbols, and what these stand for."""
    names = set().union(given.free_symbols, *(bound.free_symbols for bound in bounds)) | {name}
    real = {one: sympy.Dummy(one.name, real=True, positive=True if positive and one != name else None) for one in names}
    span = (real[name], *(bound.xreplace(real) for bound in bounds))
    return given.xreplace(real), span, {new: old for old, new in real.items()}


def _definite_values(given: Any, span: Sequence[Any], clock: Clock) -> Iterator[Any]:
    """Yield values that a definite integral may have; one without bounds is none."""
    name, low, high = span
    found = clock.stage(lambda: sympy.integrate(given, (name, low, high)), 0.4)
    if found is not None:
        cases = [case.expr for case in found.args] if isinstance(found, sympy.Piecewise) else [found]
        yield from (one for one in cases if not one.has(*UNEVALUATED, sympy.nan, sympy.zoo, sympy.oo))
    inside = antiderivative(given, name, clock)
    if inside.value is not None:
        value = clock.stage(lambda: _between(inside.value, name, (low, high)), 0.5)
        if value is not None and not value.has(*UNEVALUATED, sympy.nan, sympy.zoo, sympy.oo):
            yield value


def _between(inside: Any, name: Any, bounds: Sequence[Any]) -> Any:
    low, high = (sympy.limit(inside, name, bound, side) for bound, side in zip(bounds, "+-", strict=True))
    return sympy.simplify(high - low)


def _limit(arguments: Sequence[Any], unknowns: Sequence[Any], clock: Clock) -> Answer:
    given, place = arguments
    (name,) = unknowns
    sides = ["-"] if place == sympy.oo else ["+"] if place == -sympy.oo else ["-", "+"]
    found: list[tuple[str, Any]] = []
    for side in sides:
        value = clock.stage(partial(sympy.limit, given, name, place, side), 0.5)
        if value is None or value.has(*UNEVALUATED, sympy.nan, sympy.zoo, sympy.AccumBounds):
            return NOTHING
        held = clock.stage(partial(approaches, given, name, place, side, value), 0.7)
        if not held:
            return REFUTED
        found.append((side, value))
    by = "values nearer and nearer"
    if len({value for _, value in found}) == 1:
        return _given(found[0][1], True, by, None, clock)
    told = [f"{text(value)} from {'below' if side == '-' else 'above'}" for side, value in found]
    return {"results": told, "verified": True, "checked_by": by}


def _solve(arguments: Sequence[Any], unknowns: Sequence[Any], divided_by: Sequence[Any], clock: Clock) -> Answer:
    solved = solve_equations(arguments, unknowns, clock, divided_by)
    if not solved.found:
        return REFUTED if solved.refuted else NOTHING
    listed = [{text(name): text(value) for name, value in one.items()} for one in solved.solutions]
    families = [(name, value) for name, value in solved.sets if not isinstance(value, Boolean)]
    listed += [{text(name): text(value)} for name, value in families]
    return {
        "solutions": listed,
        "results": [text(value) for _, value in solved.sets if isinstance(value, Boolean)],
        "note": f"for every integer {family_name(families[0][0])}" if families else solved.note,
        "complete": solved.complete,
        "verified": solved.verified,
        "checked_by": solved.checked_by,
    }


def radicals(coefficients: Sequence[int], index: int) -> Any | None:
    """Return a real root of a polynomial in radicals; None where it has none.

    Args:
        coefficients: Integers, that of the constant term first.
        index: Which of the real roots, in rising order from 0.
    """
    name = sympy.Symbol("x")
    polynomial = sympy.Poly(list(reversed(coefficients)), name)
    wanted = list(dict.fromkeys(polynomial.real_roots()))[index].evalf(DIGITS)
    for found in sympy.roots(polynomial):
        value = found.evalf(DIGITS)
        if abs(value - wanted) < sympy.Float(10, DIGITS) ** -30:
            return sympy.re(found) if found.is_real is None and not found.has(sympy.I) else found
    return None


def run_radicals(coefficients: Sequence[int], index: int, clock: Clock) -> Answer:
    """Return the text of a root in radicals, and its value in decimals for the caller to check."""
    found = clock.stage(lambda: radicals(coefficients, index))
    if found is None:
        return NOTHING
    decimals = clock.stage(lambda: str(sympy.re(found.evalf(DIGITS))))
    return {"results": [text(found), decimals]} if decimals else NOTHING


_COMMANDS: Final[Mapping[str, Callable[[Sequence[Any], Sequence[Any], Clock], Answer]]] = {
    "integrate": _integrate,
    "differentiate": _differentiate,
    "limit": _limit,
    "simplify": _changed(sympy.simplify),
    "factor": _changed(_factored),
    "expand": _changed(_expanded),
}
