"""In which order the literals of a rule are worked through: cheap tests first, then the most bound atom.

The order depends on the shape alone, not on the sizes of relations, so it is found once for all rules of a shape.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from abduce.reasoning.rules.shapes import Conjunction, Literal


def variables(literal: Literal) -> list[int]:
    """Return the variables of a literal that its rule sees, with repetitions."""
    kind = literal[0]
    if kind in "pn":
        return [operand for operand in literal[2] if operand is not None and operand >= 0]
    if kind == "c":
        found: Iterable[Any] = literal[2:]
    elif kind == "o":
        found = literal[2:]
    elif kind == "f":
        found = (literal[1], *literal[3])
    else:
        found = (literal[2], *literal[3])
    return [operand for operand in found if operand >= 0]


def needed_variables(body: Conjunction, emitted: Iterable[int]) -> set[int]:
    """Return the variables that occur twice or are part of the result; the others stand for any value."""
    counts = Counter(variable for literal in body for variable in variables(literal))
    return {variable for variable, count in counts.items() if count > 1} | {v for v in emitted if v >= 0}


def solvable(literal: Literal, bound: set[int]) -> int | None:
    """Return the one operand of an arithmetic literal that the others determine, None where there is no such one."""
    _, op, result, left, right = literal
    unknown = [operand for operand in (result, left, right) if operand >= 0 and operand not in bound]
    if len(unknown) != 1:
        return None
    only: int = unknown[0]
    return only if only == result or op in "+-" else None


def ready(literal: Literal, bound: set[int], needed: set[int]) -> bool:
    """Say whether a literal can be decided, or gives its variables at most one value, once some are bound."""
    kind = literal[0]
    if kind in "pn":
        return all(v in bound or (kind == "p" and v not in needed) for v in variables(literal))
    if kind == "c":
        missing = [v for v in variables(literal) if v not in bound]
        return not missing or (literal[1] == "=" and len(missing) == 1)
    if kind == "o":
        return all(v in bound for v in variables(literal)) or solvable(literal, bound) is not None
    if kind == "f":
        return literal[1] < 0 or literal[1] in bound or all(v < 0 or v in bound for v in literal[3])
    return all(v in bound for v in literal[3])


def ordered(
    body: Conjunction, bound: Iterable[int], emitted: Iterable[int], first: int | None = None
) -> tuple[list[Literal], list[Literal], set[int]]:
    """Order the literals of a conjunction.

    Args:
        body: The literals.
        bound: Variables whose values are given.
        emitted: Operands of the result.
        first: Number of the literal that drives the evaluation, if one does.

    Returns:
        The literals in order; those left over because some variable of theirs stays unbound; the bound variables.
    """
    needed, known = needed_variables(body, emitted), set(bound)
    steps: list[Literal] = []
    pending = list(body)
    if first is not None:
        steps.append(pending.pop(first))
        known.update(variables(steps[0]))
    while pending:
        chosen = _choice(pending, known, needed)
        if chosen is None:
            break
        step = pending.pop(chosen)
        steps.append(step)
        if step[0] != "n":
            known.update(v for v in variables(step))
    return steps, pending, known


def _choice(pending: Sequence[Literal], known: set[int], needed: set[int]) -> int | None:
    """Return which literal comes next: a ready one, else the most bound atom, else a ready aggregate."""
    best, best_score = None, (2, 0, 0)
    late = None
    for number, literal in enumerate(pending):
        if ready(literal, known, needed):
            if literal[0] != "g":
                return number
            late = number if late is None else late
        elif literal[0] == "p":
            free = {v for v in variables(literal) if v not in known and v in needed}
            fixed = sum(operand < 0 or operand in known for operand in literal[2])
            score = (0 if fixed else 1, len(free), -fixed)
            if score < best_score:
                best, best_score = number, score
    return late if best is None else best
