"""Problems of exact algebra and their answers, apart from whoever solves them.

The arguments are terms over the reals. They cross to another process as a flat list of marks, parts before wholes, so
that nothing here recurses and nothing that is received is evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, TypeAlias

from abduce.errors import UsageError
from abduce.solvers.base import Limits, Reason
from abduce.solvers.terms import Apply, Number, Op, Operate, Term, Variable, children, subterms

Mark: TypeAlias = "tuple[str, str, int]"
"""`n`umber, `v`ariable, `f`unction or `o`peration; its name; how many of the marks' results before it are its parts."""

COMMANDS: Final = ("solve", "simplify", "integrate", "differentiate", "limit", "factor", "expand")
CONSTANTS: Final = ("pi", "e", "oo")
FUNCTIONS: Final[Mapping[str, tuple[int, ...]]] = {
    **dict.fromkeys(("sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "acot", "asec", "acsc"), (1,)),
    **dict.fromkeys(("sinh", "cosh", "tanh", "coth", "sech", "csch"), (1,)),
    **dict.fromkeys(("asinh", "acosh", "atanh", "acoth", "asech", "acsch"), (1,)),
    **dict.fromkeys(("exp", "sqrt", "cbrt", "ln", "abs", "sign", "floor", "ceiling", "factorial", "gamma"), (1,)),
    **dict.fromkeys(("erf", "erfc", "Ei", "li", "Si", "Ci"), (1,)),
    "log": (1, 2),
    **dict.fromkeys(("binomial", "polylog", "atan2"), (2,)),
    **dict.fromkeys(("min", "max"), (1, 2, 3, 4, 5, 6, 7, 8)),
}
"""The functions that algebra knows, with how many arguments they take; the second argument of `log` is its base."""
_OPERATIONS: Final = {
    Op.ADD, Op.SUBTRACT, Op.NEGATE, Op.MULTIPLY, Op.DIVIDE, Op.POWER, Op.ABS, Op.ITE,
    Op.EQUAL, Op.DISTINCT, Op.LESS, Op.LESS_EQUAL, Op.GREATER, Op.GREATER_EQUAL, Op.AND, Op.OR, Op.NOT,
}  # fmt: skip
_RELATIONS: Final = {Op.EQUAL, Op.LESS, Op.LESS_EQUAL, Op.GREATER, Op.GREATER_EQUAL, Op.DISTINCT}
_USAGE: Final = {
    "solve": "solve EQUATION, …, [UNKNOWN, …]: solve x^2 - 5*x + 6 = 0",
    "simplify": "simplify EXPRESSION: simplify (x^2 - 1)/(x - 1)",
    "integrate": "integrate EXPRESSION, VARIABLE or integrate EXPRESSION, VARIABLE, FROM, TO: integrate x^2, x, 0, 1",
    "differentiate": "differentiate EXPRESSION, VARIABLE, [TIMES]: differentiate x^3, x, 2",
    "limit": "limit EXPRESSION, VARIABLE, PLACE: limit sin(x)/x, x, 0",
    "factor": "factor EXPRESSION: factor x^2 - 1",
    "expand": "expand EXPRESSION: expand (x + 1)^3",
}
_COUNTS: Final = {
    "simplify": (1,), "factor": (1,), "expand": (1,), "integrate": (1, 2, 3, 4), "differentiate": (1, 2, 3),
    "limit": (2, 3),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """What algebra is asked to do.

    Attributes:
        command: One of `COMMANDS`.
        arguments: Its arguments; where a variable may be left out, it is there.
        unknowns: What to solve for, or the variable of an integral, a derivative or a limit.
    """

    command: str
    arguments: tuple[Term, ...]
    unknowns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlgebraOutcome:
    """What algebra found.

    Attributes:
        results: Texts in the query language: the result; of a limit both where the two sides differ; of inequalities
            what holds of the unknown.
        solutions: For `solve`, the value of each unknown in each solution.
        note: What else the result depends on: `provided n != -1`, `for every integer n`; or that it is undefined, where
            there is neither a result nor a reason.
        complete: For `solve`, whether these are all solutions, over the complex numbers unless `note` says otherwise;
            None where that is not known, or depends on parameters. Of polynomials it is counted, else sympy's word.
        verified: Whether something other than what produced it confirmed the result; only such results are given.
        reason: Why there is no result, where there is none.
        refuted: Whether there was a result, and its check refuted or could not confirm it.
        method: Which way led to the result, in a word or two.
        checked_by: How it was checked.
        seconds: Wall time.
    """

    results: tuple[str, ...] = ()
    solutions: tuple[Mapping[str, str], ...] = ()
    note: str = ""
    complete: bool | None = None
    verified: bool = False
    reason: Reason | None = None
    refuted: bool = False
    method: str = ""
    checked_by: str = ""
    seconds: float = 0.0


def problem(command: str, arguments: Sequence[Term]) -> Problem:
    """Return the problem that a command with arguments states.

    Raises:
        UsageError: The command takes other arguments, or a function is unknown.

    Example:
        >>> from abduce.solvers.terms import REAL, Variable
        >>> problem("integrate", [Variable("x", REAL)]).unknowns
        ('x',)
    """
    if command not in COMMANDS:
        raise UsageError(f"{command} is no command of algebra; expected {', '.join(COMMANDS)}")
    for argument in arguments:
        _check_names(argument)
    if command == "solve":
        return _equations(arguments)
    if len(arguments) not in _COUNTS[command]:
        raise UsageError(f"{command} takes other arguments: {_USAGE[command]}")
    for argument in arguments:
        if argument.sort.name == "Bool":
            raise UsageError(f"{command} takes expressions, not equations or conditions: {_USAGE[command]}")
    return _over_variable(command, tuple(arguments))


def _equations(arguments: Sequence[Term]) -> Problem:
    unknowns: list[str] = []
    equations: list[Term] = list(arguments)
    while len(equations) > 1 and isinstance(last := equations[-1], Variable):
        unknowns.insert(0, last.name)
        equations.pop()
    flat: list[Term] = []
    while equations:
        one = equations.pop(0)
        if isinstance(one, Operate) and one.op is Op.AND:
            equations[:0] = one.arguments
        elif one.sort.name == "Bool" and not (isinstance(one, Operate) and one.op in _RELATIONS):
            raise UsageError(f"solve takes equations and inequalities, joined by commas or and: {_USAGE['solve']}")
        else:
            flat.append(one)
    if not flat:
        raise UsageError(f"there is nothing to solve: {_USAGE['solve']}")
    return Problem("solve", tuple(flat), tuple(unknowns))


def _over_variable(command: str, arguments: tuple[Term, ...]) -> Problem:
    if command in ("simplify", "factor", "expand"):
        return Problem(command, arguments)
    named = variables(arguments[:1])
    rest = arguments[1:]
    if rest and isinstance(rest[0], Variable) and (len(rest) != 2 or command != "integrate"):
        return Problem(command, (arguments[0], *rest[1:]), (rest[0].name,))
    if command != "limit" and len(named) == 1 and not rest:
        return Problem(command, arguments, named)
    if len(rest) == 2 and command == "integrate" and len(named) == 1 and not isinstance(rest[0], Variable):
        return Problem(command, arguments, named)
    if command == "limit" and len(rest) == 1 and len(named) == 1:
        return Problem(command, arguments, named)
    raise UsageError(f"the variable is missing: {_USAGE[command]}")


def variables(terms: Sequence[Term]) -> tuple[str, ...]:
    """Return the names of the variables that occur, sorted."""
    return tuple(sorted({part.name for term in terms for part in subterms(term) if isinstance(part, Variable)}))


def _check_names(term: Term) -> None:
    for part in subterms(term):
        if isinstance(part, Apply):
            _check_function(part)
        elif not isinstance(part, Variable | Number | Operate) or (
            isinstance(part, Operate) and part.op not in _OPERATIONS and part.op is not Op.TO_REAL
        ):
            shown = part.op.value if isinstance(part, Operate) else type(part).__name__.lower()
            raise UsageError(f"{shown} has no meaning in algebra")


def _check_function(part: Apply) -> None:
    name, count = part.symbol.name, len(part.arguments)
    if count == 0:
        if name not in CONSTANTS:
            raise UsageError(f"{name} is no constant of algebra; expected {', '.join(CONSTANTS)}")
        return
    arities = FUNCTIONS.get(name)
    if arities is None:
        near = get_close_matches(name, FUNCTIONS, 1)
        meant = f"; did you mean {near[0]}?" if near else f" (for a product, write {name}*(…))"
        raise UsageError(f"{name} is no function that algebra knows{meant}")
    if count not in arities:
        raise UsageError(f"{name} takes {' or '.join(map(str, arities[:2]))} arguments; got {count}")


def marks(term: Term) -> list[Mark]:
    """Return a term as marks; parts that are shared are written out once for each place."""
    found: list[Mark] = []
    pending: list[tuple[Term, bool]] = [(term, False)]
    while pending:
        part, ready = pending.pop()
        if isinstance(part, Number):
            found.append(("n", str(part.value), 0))
        elif isinstance(part, Variable):
            found.append(("v", part.name, 0))
        elif ready:
            parts = children(part)
            name = part.symbol.name if isinstance(part, Apply) else part.op.value if isinstance(part, Operate) else ""
            found.append(("f" if isinstance(part, Apply) else "o", name, len(parts)))
        elif isinstance(part, Operate) and part.op is Op.TO_REAL:
            pending.append((part.arguments[0], False))
        else:
            pending.append((part, True))
            pending.extend((child, False) for child in reversed(children(part)))
    return found


DEFAULT_LIMITS: Final = Limits(timeout_s=5.0, memory_mb=2048)
