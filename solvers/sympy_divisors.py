"""Divisors: what must not be zero, even where sympy cancels it (`x/x` is 1 to it, and has no value at 0)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import sympy

from abduce.solvers.sympy_checking import NO_VALUE, real_symbols, solves
from abduce.solvers.sympy_expressions import combined, text
from abduce.solvers.sympy_stages import Clock


def divisors(marks: Sequence[Sequence[Any]]) -> list[Any]:
    """Return all that an expression divides by, in order; what stands in a branch of `ite` may not be needed."""
    found: list[tuple[Any, dict[Any, None]]] = []
    for kind, name, count in marks:
        parts = found[len(found) - count :] if count else []
        del found[len(found) - len(parts) :]
        value = combined(kind, name, [part for part, _ in parts])
        below = {one: None for _, inside in (parts[:1] if name == "ite" else parts) for one in inside}
        if kind == "o" and name == "/":
            below.update((part, None) for part, _ in parts[1:])
        if kind == "o" and name == "^" and parts[1][0].is_negative:
            below[parts[0][0]] = None
        found.append((value, below))
    return list(found[0][1])


def is_undefined(expression: Any, divided_by: Sequence[Any]) -> bool:
    """Tell whether an expression has no value, whatever its variables are."""
    return any(one.is_zero for one in divided_by) or expression.has(sympy.nan, sympy.zoo)


def not_zero(divided_by: Sequence[Any]) -> list[Any]:
    """Return the conditions that divisors are not zero, but for those that never are."""
    conditions = (sympy.Ne(one, 0) for one in divided_by)
    return [one for one in conditions if one != True]  # noqa: E712 - sympy's truth


def defined(
    solutions: Sequence[Mapping[Any, Any]], conditions: Sequence[Any], clock: Clock
) -> tuple[list[Mapping[Any, Any]], str, bool]:
    """Return the solutions that make no divisor zero, what must hold of their parameters, and whether that is certain.

    Example:
        >>> x = sympy.Symbol("x")
        >>> defined([{x: sympy.Integer(0)}, {x: sympy.Integer(2)}], [sympy.Ne(x, 0)], Clock(5))
        ([{x: 2}], '', True)
        >>> defined([{}], [sympy.Ne(x, 0)], Clock(5))
        ([{}], 'provided x != 0', True)
    """
    kept: list[Mapping[Any, Any]] = []
    provided: dict[str, None] = {}
    certain = True
    for solution in solutions:
        there = [_at(one, solution, clock) for one in conditions]
        if any(one == False for one in there):  # noqa: E712 - sympy's truth
            continue
        if any(one is None for one in there):
            certain = False
            continue
        kept.append(solution)
        provided.update((text(one), None) for one in there if one != True and not _is_sure(one))  # noqa: E712
    return kept, f"provided {' and '.join(provided)}" if provided else "", certain


def _at(condition: Any, solution: Mapping[Any, Any], clock: Clock) -> Any | None:
    """Return a condition at a solution: true, false, what remains of it, or None where that is not found out."""
    try:
        there = condition.subs(solution, simultaneous=True)
    except NO_VALUE:
        return None
    if there in (True, False) or there.free_symbols:
        return there if there in (True, False) or sympy.simplify(there.lhs) != 0 else sympy.false
    return clock.stage(partial(solves, [condition], solution), 0.3)


def _is_sure(condition: Any) -> bool:
    """Tell whether a condition holds for all real values of its names."""
    (there,) = real_symbols(condition)
    return bool(there == True)  # noqa: E712 - sympy's truth
