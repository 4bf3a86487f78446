"""Witness functions: what one argument of a program must be for its value to be a given one.

Source:
    The idea of inverse semantics for deduction from outputs: Polozov & Gulwani, FlashMeta, OOPSLA 2015.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

from abduce.reasoning.learning.execution import Closure, evaluate
from abduce.reasoning.learning.primitives import CLOSED_FORMS, Library
from abduce.reasoning.learning.programs import Bound, Call, Const, Term, Use, Var, subterms, with_variables
from abduce.values import UNDEFINED, Basic, Type, Value, same_value

DOMAIN = sorted(range(-24, 41), key=abs)
MOST = 400
MOST_STEPS = 4000
SPREAD = 50
"""How many operands are proposed where many give the same result."""


@dataclass(slots=True)
class _Run:
    """What one search backwards may still do: functions of functions branch without end."""

    library: Library
    left: int = MOST_STEPS


def witnesses(
    program: Term,
    arguments: Sequence[Value],
    hole: int,
    kind: Type,
    target: Value,
    library: Library,
) -> list[Value]:
    """Return values of one argument for which a program gives the target.

    Every value returned has been checked by running the program. For tokens the search is complete where the
    argument's value is a part of the target, or of its reversal, or shows through `++`, `reverse` and known
    functions, within `MOST_STEPS`; for ints where it can be solved for, or lies in `DOMAIN`; for truth values always.

    Args:
        program: The program.
        arguments: Its arguments; the one at `hole` is ignored.
        hole: Index of the argument that is looked for.
        kind: Its type. For functions nothing is returned.
        target: The value that the program is to have.
        library: The primitives.
    """
    if not isinstance(kind, Basic):
        return []
    backwards, among = program, library
    if isinstance(program, Use) and program.definition.closed is not None:
        backwards, among = with_variables(program.definition.closed, dict(enumerate(program.arguments))), CLOSED_FORMS
    found: list[Value] = []
    seen: set[Value] = set()
    for value in _proposals(backwards, tuple(arguments), hole, kind, target, among):
        if value in seen:
            continue
        if len(seen) > MOST:
            break
        seen.add(value)
        filled = (*arguments[:hole], value, *arguments[hole + 1 :])
        if same_value(evaluate(program, filled, library), target):
            found.append(value)
    return found


def _proposals(
    term: Term, arguments: tuple[Value, ...], hole: int, kind: Basic, target: Value, library: Library
) -> Iterator[Value]:
    if kind is Basic.BOOL:
        yield from (False, True)
        return
    yield from _solve(term, arguments, hole, target, _Run(library))
    if kind is Basic.INT:
        yield from DOMAIN
    elif isinstance(target, tuple) and not _sees_through(term, hole):
        yield from parts_of(target)
        yield from parts_of(target[::-1])


def parts_of(tokens: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the contiguous parts of a token list, the empty one first, then by length."""
    yield ()
    for length in range(1, len(tokens) + 1):
        for start in range(len(tokens) - length + 1):
            yield tokens[start : start + length]


def _mentions(term: Term, hole: int) -> bool:
    return any(isinstance(part, Var) and part.index == hole for part in subterms(term))


def _sees_through(term: Term, hole: int) -> bool:
    """Whether `_solve` alone finds every witness: the argument shows through `++`, `reverse` and tables only."""
    return all(
        part.primitive in {"++", "reverse", "relabel"}
        for part in subterms(term)
        if isinstance(part, Call) and _mentions(part, hole)
    ) and not any(isinstance(part, Bound) for part in subterms(term))


def _solve(term: Term, arguments: tuple[Value, ...], hole: int, target: Value, run: _Run) -> Iterator[Value]:
    """Propose values by running the program backwards from the target, while steps are left."""
    run.left -= 1
    if run.left < 0:
        return
    if isinstance(term, Var) and term.index == hole:
        yield target
    if not isinstance(term, Call) or not _mentions(term, hole):
        return
    if term.primitive == "++":
        yield from _solve_concatenation(term, arguments, hole, target, run)
    elif term.primitive == "reverse":
        yield from _solve(term.arguments[0], arguments, hole, target[::-1], run)
    elif term.primitive == "relabel":
        for value in islice(_preimages(term, target), MOST):
            yield from _solve(term.arguments[1], arguments, hole, value, run)
    elif term.primitive == "apply":
        yield from _solve_application(term, arguments, hole, target, run)
    elif term.primitive == "if":
        for branch in term.arguments[1:]:
            yield from _solve(branch, arguments, hole, target, run)
    elif term.primitive in {"inc", "dec", "not"}:
        step = {"inc": -1, "dec": 1, "not": 0}[term.primitive]
        yield from _solve(term.arguments[0], arguments, hole, target + step, run)
    elif len(term.arguments) == 2:
        yield from _solve_pair(term, arguments, hole, target, run)


def _preimages(term: Call, target: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the token lists that a table turns into the target."""
    table = term.arguments[0]
    if not isinstance(table, Const):
        return
    images = dict(zip(table.value[::2], table.value[1::2], strict=True))
    sources = [
        [*([] if token in images else [token]), *(old for old, new in images.items() if new == token)]
        for token in target
    ]
    yield from product(*sources)


def _value(term: Term, arguments: tuple[Value, ...], hole: int, library: Library) -> Value:
    return UNDEFINED if _mentions(term, hole) else evaluate(term, arguments, library)


def _solve_concatenation(
    term: Call, arguments: tuple[Value, ...], hole: int, target: Value, run: _Run
) -> Iterator[Value]:
    first, second = term.arguments
    head, tail = (_value(part, arguments, hole, run.library) for part in term.arguments)
    if head is not UNDEFINED:
        if target[: len(head)] == head:
            yield from _solve(second, arguments, hole, target[len(head) :], run)
    elif tail is not UNDEFINED:
        kept = len(target) - len(tail)
        if kept >= 0 and target[kept:] == tail:
            yield from _solve(first, arguments, hole, target[:kept], run)
    else:
        for cut in range(len(target) + 1):
            yield from _solve(first, arguments, hole, target[:cut], run)


def _solve_application(
    term: Call, arguments: tuple[Value, ...], hole: int, target: Value, run: _Run
) -> Iterator[Value]:
    function = term.arguments[0]
    closure = arguments[function.index] if isinstance(function, Var) else getattr(function, "value", None)
    if isinstance(closure, Closure) and closure.captured is None and len(term.arguments) == 2:
        for inner in _solve(closure.body, (UNDEFINED,), 0, target, run):
            yield from _solve(term.arguments[1], arguments, hole, inner, run)


def _solve_pair(term: Call, arguments: tuple[Value, ...], hole: int, target: Value, run: _Run) -> Iterator[Value]:
    first, second = term.arguments
    left, right = (_value(part, arguments, hole, run.library) for part in term.arguments)
    if left is UNDEFINED and right is UNDEFINED:
        return
    known, other = (right, first) if left is UNDEFINED else (left, second)
    if isinstance(known, int) and isinstance(target, int) and not isinstance(target, bool):
        for value in _arithmetic(term.primitive, known, target, left is UNDEFINED):
            yield from _solve(other, arguments, hole, value, run)


def _arithmetic(primitive: str, known: int, target: int, hole_first: bool) -> Iterable[int]:
    """Return candidates for the missing operand of an arithmetic primitive."""
    match primitive:
        case "+":
            return (target - known,)
        case "-" | "∸":
            below = range(known, -1, -1) if primitive == "∸" and target == 0 and hole_first else ()
            return (target + known, *below) if hole_first else (known - target,)
        case "*":
            return (target // known,) if known and target % known == 0 else ()
        case "div" if hole_first:
            return range(target * known, target * known + min(abs(known), SPREAD))
        case "cdiv" if hole_first:
            return range(target * known, target * known - min(abs(known), SPREAD), -1)
        case "div" | "cdiv":
            return _divisors(known, target, rounded_up=primitive == "cdiv")
        case "mod" if hole_first:
            return range(target, SPREAD * max(known, 1), max(known, 1)) if known else ()
        case "max" | "min":
            return (target, *range(known, -1, -1)) if primitive == "max" else (target, *range(known, known + SPREAD))
        case _:
            return (target, known)


def _divisors(dividend: int, quotient: int, *, rounded_up: bool) -> Iterable[int]:
    """Return the positive divisors of a number that give a quotient, or the first of them."""
    if dividend < 0 or quotient < 0:
        return ()
    if rounded_up:
        least = -(-dividend // quotient) if quotient else 1
        most = -(-dividend // (quotient - 1)) - 1 if quotient > 1 else least + SPREAD
    else:
        least = dividend // (quotient + 1) + 1
        most = dividend // quotient if quotient else least + SPREAD
    return range(max(least, 1), min(most, least + SPREAD) + 1)
