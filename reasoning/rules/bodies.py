"""Queries as bodies of clauses: when they hold and what refutes them, where clauses are read as rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from abduce.parser.clauses import free_variables
from abduce.parser.statements import App, Clause, Expression, Operation, Quantifier, Source, Var
from abduce.reasoning.rules.domain import RANGE

OPPOSITES: Final = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
AUXILIARY: Final = "\0part"
"""Begins the names of predicates that stand for parts of a query; no user's name does."""
Signed: TypeAlias = tuple[Expression, bool]
Combine: TypeAlias = Callable[[Expression, bool, tuple[Expression, ...]], Expression]
Inner: TypeAlias = Callable[[Expression, bool], Iterable[Signed]]
FALSE: Final = Operation("false", ())
TRUE: Final = Operation("true", ())


class Bodies:
    """Makes bodies of clauses from formulas; parts that a body cannot hold become clauses of their own.

    `not` is default negation, `-` strong negation. `forall x. f` holds where no `x` is known for which `f` fails.

    Args:
        source: Where the formula stands.
        over_domain: Whether quantifiers range over what `RANGE` holds for; else atoms must bind their variables.

    Attributes:
        clauses: The clauses of their own.
    """

    def __init__(self, source: Source, *, over_domain: bool = False) -> None:
        self.source, self._over_domain = source, over_domain
        self.clauses: list[Clause] = []

    def holds(self, expression: Expression) -> Expression:
        """Return a body that holds where an expression does."""
        return _folded(expression, _inner, self._combined)

    def _combined(self, part: Expression, negated: bool, parts: tuple[Expression, ...]) -> Expression:
        if isinstance(part, Quantifier):
            body = parts[0]
            if self._over_domain:
                body = Operation("and", (*_ranging(part.variables), body))
            inner = Quantifier("exists", part.variables, body, part.span)
            if (part.kind == "exists") is not negated:
                return inner
            return Operation("not", (self._named(inner),), part.span)
        if isinstance(part, Operation):
            if part.op == "not":
                return parts[0]
            if part.op in ("and", "or", "->"):
                is_and = (part.op == "and") is not negated
                return Operation("and" if is_and else "or", parts, part.span)
            if part.op in ("<->", "xor"):
                return _equivalent(parts, (part.op == "<->") is not negated)
            if negated and part.op in ("true", "false"):
                return FALSE if part.op == "true" else TRUE
            if negated and part.op in OPPOSITES:
                return Operation("not", (part,), part.span)
        return Operation("not", (part,), part.span) if negated else part

    def _named(self, part: Quantifier) -> Expression:
        """Return an atom that a clause of its own concludes from a quantified formula."""
        variables = tuple(Var(variable.name) for variable in free_variables(part))
        atom = App(f"{AUXILIARY}{len(self.clauses)}", variables)
        body = (*_ranging(variables), part) if self._over_domain else (part,)
        self.clauses.append(Clause(atom, body, self.source))
        return atom


def _ranging(variables: Iterable[Var]) -> tuple[Expression, ...]:
    return tuple(App(RANGE, (Var(variable.name),)) for variable in variables)


def opposite(expression: Expression) -> Expression:
    """Return what refutes an expression where clauses are read as rules.

    An atom is refuted by its strong negation, `not f` by `f`, a comparison by its opposite, `forall x. f` by an `x`
    that refutes `f`; nothing that is derived refutes `exists x. f`.
    """
    return _folded(expression, _inner_of_opposite, _opposed)


def _inner(part: Expression, negated: bool) -> Iterable[Signed]:
    """Return the parts that a body is made of, each with whether it is denied."""
    if isinstance(part, Quantifier):
        return ((part.body, part.kind == "forall"),)
    if not isinstance(part, Operation):
        return ()
    if part.op in ("and", "or"):
        return ((one, negated) for one in part.arguments)
    if part.op == "not":
        return ((part.arguments[0], not negated),)
    if part.op == "->":
        return (part.arguments[0], not negated), (part.arguments[1], negated)
    if part.op in ("<->", "xor"):
        left, right = _two(part)
        return (left, False), (right, False), (left, True), (right, True)
    return ()


def _equivalent(parts: tuple[Expression, ...], alike: bool) -> Expression:
    left, right, no_left, no_right = parts
    pairs = ((left, right), (no_left, no_right)) if alike else ((left, no_right), (no_left, right))
    return Operation("or", tuple(Operation("and", pair) for pair in pairs))


def _two(part: Operation) -> tuple[Expression, Expression]:
    """Return the two sides of an equivalence; all but the last side are one where there are more."""
    *others, last = part.arguments
    return others[0] if len(others) == 1 else Operation(part.op, tuple(others), part.span), last


def _inner_of_opposite(part: Expression, negated: bool) -> Iterable[Signed]:
    if isinstance(part, Quantifier):
        return ((part.body, negated),) if part.kind == "forall" else ()
    if not isinstance(part, Operation):
        return ()
    if part.op in ("and", "or"):
        return ((one, negated) for one in part.arguments)
    if part.op == "->":
        return ((part.arguments[1], negated),)
    if part.op in ("<->", "xor"):
        return ((one, negated) for one in _two(part))
    return ()


def _opposed(part: Expression, negated: bool, parts: tuple[Expression, ...]) -> Expression:
    if isinstance(part, App):
        return Operation("strong", (part,), part.span)
    if isinstance(part, Quantifier):
        return Quantifier("exists", part.variables, parts[0], part.span) if part.kind == "forall" else FALSE
    if not isinstance(part, Operation):
        return FALSE
    if part.op in ("strong", "not"):
        return part.arguments[0]
    if part.op in ("and", "or"):
        return Operation("or" if part.op == "and" else "and", parts, part.span)
    if part.op == "->":
        return Operation("and", (part.arguments[0], parts[0]), part.span)
    if part.op in ("<->", "xor"):
        left, right = _two(part)
        return _equivalent((left, right, parts[0], parts[1]), part.op == "xor")
    if part.op in ("true", "false"):
        return FALSE if part.op == "true" else TRUE
    return Operation(OPPOSITES[part.op], part.arguments, part.span) if part.op in OPPOSITES else FALSE


def _folded(expression: Expression, inner: Inner, combine: Combine) -> Expression:
    """Compute something bottom-up over connectives and quantifiers, without recursion."""
    done: list[Expression] = []
    pending: list[tuple[Expression, bool, int]] = [(expression, False, -1)]
    while pending:
        part, negated, count = pending.pop()
        if count < 0:
            below = tuple(inner(part, negated))
            pending.append((part, negated, len(below)))
            pending.extend((one, denied, -1) for one, denied in reversed(below))
            continue
        parts = tuple(done[len(done) - count :])
        del done[len(done) - count :]
        done.append(combine(part, negated, parts))
    return done[0]
