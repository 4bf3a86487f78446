"""Measures programs of rules by the relations that they give, and integrals by what is shown as verified."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import mpmath  # type: ignore[import-untyped]
from logic_measuring import GAVE_UP, RIGHT, UNREAD, WRONG, Answered, Item, Measured, Settings, timed
from logic_readers import integrals, souffle
from logic_readers.souffle_syntax import read as read_source
from logic_readers.souffle_trees import MissingError

from abduce.errors import ParseError
from abduce.parser.algebra import algebra_terms
from abduce.parser.statements import Algebra
from abduce.parser.surface import read_statement
from abduce.reasoning.queries.engine import Engine
from abduce.solvers.terms import Apply, Number, Op, Operate, Term, Variable, fold

SHOWN: Final = 3

# relations ----------------------------------------------------------------------------------------------------


def measure_souffle(folder: Path, settings: Settings) -> Measured:
    """Measure the programs with expected relations; those without are named beside."""
    programs = souffle.read(folder)
    items = [_program(one, settings) for one in programs if one.cases]
    missing: dict[str, list[str]] = {}
    for item in items:
        if item.outcome == UNREAD:
            missing.setdefault(str(item.more["error"]), []).append(item.name)
    return Measured(items, {"missing": missing, "not_counted": [one.name for one in programs if not one.cases]})


def _program(program: souffle.Program, settings: Settings) -> Item:
    expected = ", ".join(dict.fromkeys(name for case in program.cases for name in case.expected))
    return timed(program.name, expected, lambda: _run(program, settings))


def _run(program: souffle.Program, settings: Settings) -> Answered:
    started = time.perf_counter()
    source = read_source(program.path.read_text(encoding="utf-8"))
    translation = souffle.Translation(source)
    for case in program.cases:
        left_s = max(settings.timeout_s - (time.perf_counter() - started), 0.05)
        with Engine(reading="rules", timeout_s=left_s) as engine:
            engine.tell("\n".join([*translation.clauses, *translation.facts(case.facts)]))
            for relation, path in case.expected.items():
                if relation not in source.relations:
                    raise MissingError(f"the relation {relation} is not declared")
                rows = _rows(engine, translation, relation)
                if rows is None:
                    return Answered(GAVE_UP, GAVE_UP, more={"relation": relation})
                wanted = translation.rows(relation, path)
                if rows != wanted:
                    more = {
                        "relation": relation,
                        "surplus": sorted(rows - wanted)[:3],
                        "lost": sorted(wanted - rows)[:3],
                    }
                    return Answered("other rows", WRONG, more=more)
    return Answered("the same rows", RIGHT)


def _rows(engine: Engine, translation: souffle.Translation, relation: str) -> set[tuple[str, ...]] | None:
    """Return the rows of a relation as its file would write them; None where they may not be all."""
    width, name = len(translation.source.relations[relation].types), translation.names(relation)
    if not width:
        found = engine.ask(f"{name}?")
        verdict = str(found.verdict)
        return None if verdict == GAVE_UP else {()} if verdict == "entailed" else set()
    found = engine.ask(f"{name}({', '.join(f'?X{number}' for number in range(width))})?")
    if not found.complete or str(found.verdict) in (GAVE_UP, "inconsistent"):
        return None
    return {tuple(_written(value) for value in answer.values()) for answer in found.answers}


def _written(value: Any) -> str:
    """Return a value without the quotes of a text."""
    shown = str(value)
    if len(shown) > 1 and shown[0] == shown[-1] == '"':
        return shown[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return shown


# integrals ----------------------------------------------------------------------------------------------------

DIGITS: Final = 40
PLACES: Final = ("0.317", "1.271", "2.713", "-0.443", "-1.618", "4.137")
LEAST_AGREED: Final = 2
_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "ln": mpmath.log,
    "abs": abs,
    "cbrt": mpmath.cbrt,
    "Ei": mpmath.ei,
    "li": mpmath.li,
    "Si": mpmath.si,
    "Ci": mpmath.ci,
    "atan2": mpmath.atan2,
    "ceiling": mpmath.ceil,
    "min": min,
    "max": max,
    "uppergamma": mpmath.gammainc,
    "lowergamma": lambda order, end: mpmath.gammainc(order, 0, end),
    "fresnels": mpmath.fresnels,
    "fresnelc": mpmath.fresnelc,
    "Shi": mpmath.shi,
    "Chi": mpmath.chi,
    "elliptic_f": mpmath.ellipf,
    "elliptic_e": mpmath.ellipe,
    "loggamma": mpmath.loggamma,
}


def measure_integrals(folder: Path, settings: Settings) -> Measured:
    """Measure integrals: right are those shown as verified, and wrong those of which our own differences say no."""
    return Measured([_integral(one, settings) for one in integrals.read(folder)])


def _integral(one: integrals.Integral, settings: Settings) -> Item:
    return timed(one.name, one.known, lambda: _integrated(one, settings))


def _integrated(one: integrals.Integral, settings: Settings) -> Answered:
    command = read_statement(f"integrate {one.integrand}, {one.variable}")
    assert isinstance(command, Algebra)
    with Engine(timeout_s=settings.timeout_s) as engine:
        found = engine.ask(command)
    more: dict[str, Any] = {"integrand": one.integrand, "variable": one.variable}
    if not found.answers or str(found.checked) != "verified":
        return Answered(GAVE_UP, GAVE_UP, more={**more, "note": found.note})
    result = str(found.answers[0]["result"])
    agrees = derivative_is(result, command, one.variable)
    more |= {"result": result, "note": found.note, "confirmed_again": agrees}
    return Answered("verified", WRONG if agrees is False else RIGHT, more=more)


def derivative_is(result: str, command: Algebra, variable: str) -> bool | None:
    """Tell, without sympy, whether differences of a result are an integrand; None where too few places tell."""
    try:
        read = read_statement(f"integrate {result}, {variable}")
    except ParseError:
        return None  # it has what the language cannot say
    assert isinstance(read, Algebra)
    (inside, *_), (given, *_) = algebra_terms(read), algebra_terms(command)
    names = sorted({part.name for term in (inside, given) for part in _variables(term)} - {variable, "I"})
    agreed = 0
    with mpmath.workdps(DIGITS):
        for number, place in enumerate(PLACES):
            values = {name: mpmath.mpf(3 + 2 * at + number) / (5 + number) for at, name in enumerate(names)}
            at = mpmath.mpf(place)
            slope = _value(lambda: mpmath.diff(lambda x: evaluate(inside, {**values, variable: x}), at))  # noqa: B023
            wanted = _value(lambda: evaluate(given, {**values, variable: at}))  # noqa: B023
            if slope is None or wanted is None:
                continue
            if abs(slope - wanted) > mpmath.mpf(10) ** -12 * max(1, abs(wanted)):
                return False
            agreed += 1
    return True if agreed >= LEAST_AGREED else None


def _value(compute: Callable[[], Any]) -> Any | None:
    try:
        found = mpmath.mpmathify(compute())
    except (ArithmeticError, ValueError, TypeError, NotImplementedError):
        return None
    return found if mpmath.isfinite(found) else None


def _variables(term: Term) -> Sequence[Variable]:
    from abduce.solvers.terms import subterms

    return [part for part in subterms(term) if isinstance(part, Variable)]


def evaluate(term: Term, values: Mapping[str, Any]) -> Any:
    """Return the value of a term of algebra; `I` is the imaginary unit.

    Raises:
        ArithmeticError, ValueError, TypeError: It has none.
    """

    def combine(part: Term, below: tuple[Any, ...]) -> Any:
        if isinstance(part, Number):
            return mpmath.mpf(part.value.numerator) / part.value.denominator
        if isinstance(part, Variable):
            return mpmath.mpc(0, 1) if part.name == "I" and "I" not in values else values[part.name]
        if isinstance(part, Apply):
            if not below:
                return {"pi": mpmath.pi, "e": mpmath.e, "oo": mpmath.inf}[part.symbol.name]
            function = _FUNCTIONS.get(part.symbol.name) or getattr(mpmath, part.symbol.name, None)
            if function is None:
                raise ValueError(f"{part.symbol.name} is unknown here")
            return function(*below)
        assert isinstance(part, Operate)
        return _OPERATIONS[part.op](*below)

    return fold(term, combine)


_OPERATIONS: Final[Mapping[Op, Callable[..., Any]]] = {
    Op.ADD: lambda *parts: mpmath.fsum(parts),
    Op.SUBTRACT: lambda first, *others: first - mpmath.fsum(others),
    Op.NEGATE: lambda one: -one,
    Op.MULTIPLY: lambda *parts: mpmath.fprod(parts),
    Op.DIVIDE: lambda one, other: one / other,
    Op.POWER: mpmath.power,
    Op.ABS: abs,
    Op.TO_REAL: lambda one: one,
    Op.ITE: lambda condition, yes, no: yes if condition else no,
    Op.EQUAL: lambda one, other: one == other,
    Op.DISTINCT: lambda one, other: one != other,
    Op.LESS: lambda one, other: one < other,
    Op.LESS_EQUAL: lambda one, other: one <= other,
    Op.GREATER: lambda one, other: one > other,
    Op.GREATER_EQUAL: lambda one, other: one >= other,
    Op.AND: lambda *parts: all(parts),
    Op.OR: lambda *parts: any(parts),
    Op.NOT: lambda one: not one,
}
