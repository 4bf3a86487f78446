"""What a user already knows: given meanings, as constants, Python functions, sympy or Z3 expressions, or terms."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from abduce.errors import UsageError
from abduce.parser.signatures import Signature
from abduce.reasoning.learning.lexicon import Meaning
from abduce.reasoning.learning.primitives import Primitive, guarded
from abduce.reasoning.learning.programs import Bound, Call, Const, Function, Term, Var, subterms
from abduce.values import UNDEFINED, Basic, Type, Value, type_of

Given = dict[str, tuple[Meaning, ...]]


def given_meanings(knowledge: Mapping[str, Any], kind: Basic) -> tuple[Given, list[Primitive]]:
    """Return the meanings that given knowledge leaves open, and the primitives they call.

    A constant has one; a function of k arguments one for each way to have some of them on the left. All arguments
    are taken to have the type of the answers.

    Args:
        knowledge: For each symbol a constant, a Python function, a sympy or Z3 expression (its free symbols, in
            alphabetical order, being the arguments), a term, or a whole `Meaning`.
        kind: Type of the answers.

    Raises:
        UsageError: A value is none of these.
    """
    given: Given = {}
    primitives: list[Primitive] = []
    for symbol, known in knowledge.items():
        if isinstance(known, Meaning):
            given[symbol] = (known,)
            continue
        if isinstance(known, bool | int | str | tuple | list):
            value = (
                tuple(known.split()) if isinstance(known, str) else tuple(known) if isinstance(known, list) else known
            )
            given[symbol] = (Meaning(Signature((), (), type_of(value)), Const(value)),)
            continue
        term, arity = _as_term(symbol, known, kind, primitives)
        result: Type = _result(symbol, known, kind)
        given[symbol] = tuple(
            Meaning(Signature((kind,) * left, (kind,) * (arity - left), result), term) for left in range(arity + 1)
        )
    return given, primitives


def _as_term(symbol: str, known: Any, kind: Basic, primitives: list[Primitive]) -> tuple[Term, int]:
    if isinstance(known, Var | Bound | Const | Call | Function):
        used = {part.index for part in subterms(known) if isinstance(part, Var)}
        return known, max(used, default=-1) + 1
    function, arity = _as_function(symbol, known)
    name = f"given:{symbol}"
    primitives.append(Primitive(name, (kind,) * arity, kind, function, bits=1.0))
    return Call(name, tuple(map(Var, range(arity)))), arity


def _result(symbol: str, known: Any, kind: Basic) -> Basic:
    annotation = getattr(known, "__annotations__", {}).get("return")
    return {bool: Basic.BOOL, int: Basic.INT, "bool": Basic.BOOL, "int": Basic.INT}.get(annotation, kind)


def _as_function(symbol: str, known: Any) -> tuple[Callable[..., Value], int]:
    module = type(known).__module__
    if module.startswith("sympy") and hasattr(known, "free_symbols"):
        names = sorted(known.free_symbols, key=str)
        return guarded(lambda *values: _plain(known.subs(dict(zip(names, values, strict=True))))), len(names)
    if module.startswith("z3"):
        return _from_z3(known)
    if callable(known):
        parameters = inspect.signature(known).parameters.values()
        if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
            raise UsageError(f"knowledge for {symbol!r}: a function must have a fixed number of arguments")
        return guarded(known), len(parameters)
    raise UsageError(
        f"knowledge for {symbol!r} must be a constant, a function, a sympy or Z3 expression or a term, "
        f"not {type(known).__name__}"
    )


def _plain(value: Any) -> Value:
    if getattr(value, "is_Integer", False):
        return int(value)
    if value in (True, False):
        return bool(value)
    return UNDEFINED


def _from_z3(known: Any) -> tuple[Callable[..., Value], int]:
    import z3

    names = sorted(_z3_variables(known), key=str)

    def compute(*values: int) -> Value:
        pairs = [(name, z3.IntVal(value, known.ctx)) for name, value in zip(names, values, strict=True)]
        result = z3.simplify(z3.substitute(known, *pairs))
        if z3.is_int_value(result):
            return result.as_long()
        return z3.is_true(result) if z3.is_true(result) or z3.is_false(result) else UNDEFINED

    return guarded(compute), len(names)


def _z3_variables(expression: Any) -> list[Any]:
    import z3

    found: dict[str, Any] = {}
    pending = [expression]
    while pending:
        part = pending.pop()
        if z3.is_const(part) and part.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            found[str(part)] = part
        pending.extend(part.children())
    return list(found.values())
