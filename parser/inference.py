"""The first pass over a statement: what each name is, and what its place says about sorts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from abduce.errors import SortError
from abduce.parser.entries import FUNCTION, PREDICATE, TEXT, Entry, Key, count_words, role_words, spot
from abduce.parser.places import sort_error
from abduce.parser.sorting import Classes, Reason, Shape, sort_named
from abduce.parser.statements import (
    Aggregate,
    App,
    Declaration,
    Expression,
    Num,
    Operation,
    Quantifier,
    Source,
    Span,
    Text,
    Var,
)
from abduce.solvers.terms import BOOL, INT, REAL, Sort, Symbol

Scope: TypeAlias = Mapping[str, Shape]
_ORDER: Final = frozenset({"<", "<=", ">", ">="})
COMPUTED: Final = "is computed with as a number"
"""Why something is a number that nobody said to be an integer or a real."""
EQUATED: Final = "is equated with an integer"
_FORMULAS: Final = frozenset({"not", "and", "or", "xor", "->", "<->", "strong"})


@dataclass(slots=True)
class Inference:
    """What a session's names are, and the classes of their places.

    Attributes:
        entries: The names.
        classes: The classes of their arguments and values.
        touched: Names that occurred since the last `start`.
        binders: For each quantifier (by identity) the shapes of its variables.
    """

    entries: dict[Key, Entry] = field(default_factory=dict)
    classes: Classes = field(default_factory=Classes)
    touched: dict[Key, None] = field(default_factory=dict)
    binders: dict[int, tuple[Shape, ...]] = field(default_factory=dict)
    added: list[Key] = field(default_factory=list)
    source: Source = field(default_factory=lambda: Source(""))

    def start(self) -> tuple[tuple[int, int, int, int], int]:
        """Begin a batch; give what is returned to `back` to forget it."""
        self.touched.clear()
        return self.classes.mark(), len(self.added)

    def back(self, mark: tuple[tuple[int, int, int, int], int]) -> None:
        """Forget all since a mark."""
        self.classes.undo(mark[0])
        while len(self.added) > mark[1]:
            del self.entries[self.added.pop()]

    def symbol(self, entry: Entry) -> Symbol:
        """Return a name as a symbol, with its sorts as far as they are known."""
        name = f'"{entry.name}"' if entry.role == TEXT else entry.name
        return Symbol(name, tuple(map(self.sort, entry.arguments)), self.sort(entry.result))

    def sort(self, shape: Shape) -> Sort:
        """Return the sort that a shape has come to."""
        if shape.sort is not None:
            return shape.sort
        if shape.node is not None:
            return self.classes.sort(shape.node)
        is_real = shape.is_real or any(self.classes.sort(leaf) == REAL for leaf in shape.leaves)
        return REAL if is_real else INT

    # names -------------------------------------------------------------------------------------------------------

    def declare(self, declaration: Declaration) -> None:
        """Take in a declaration.

        Raises:
            SortError: The name is in use otherwise.
        """
        result = sort_named(declaration.result)
        role = PREDICATE if result == BOOL else FUNCTION
        reason = Reason(declaration.source, (0, 0), "is declared")
        arguments = tuple(Shape(sort=sort_named(name)) for name in declaration.arguments)
        known = self.entries.get((role, declaration.name))
        if known is None:
            self._check_name(declaration.name, role, len(arguments), reason)
            entry = Entry(declaration.name, role, arguments, Shape(sort=result), reason, True)
            self.entries[role, declaration.name] = entry
            self.added.append((role, declaration.name))
            return
        self.touched[role, declaration.name] = None
        if len(known.arguments) != len(arguments):
            raise self._arity_clash(known, len(arguments), reason)
        pairs = zip((*known.arguments, known.result), (*arguments, Shape(sort=result)), strict=True)
        for place, (shape, declared) in enumerate(pairs, start=1):
            where = "value" if place > len(arguments) else f"argument {place}"
            why = Reason(declaration.source, (0, 0), f"declares the {where} of {known.name} as {declared.sort}")
            if shape.sort is not None and shape.sort != declared.sort:
                raise self._error(f"sorts clash: {known.first}, but {why}", why)
            self._fix(shape, declared.sort, why)

    def _fix(self, shape: Shape, sort: Sort | None, why: Reason) -> None:
        if shape.node is not None and sort is not None:
            name = "integral" if sort == INT else "real" if sort == REAL else "other"
            self.classes.learn(shape.node, name, (sort, why) if name == "other" else why)

    def entry(self, name: str, role: str, arity: int, span: Span, result: Shape | None = None) -> Entry:
        """Return a name in a role, new if need be; a new one then has its values in the given class.

        Raises:
            SortError: It has another number of arguments, or another role, elsewhere.
        """
        key = (role, name)
        known = self.entries.get(key)
        if known is None:
            reason = Reason(self.source, span, "stands first")
            self._check_name(name, role, arity, reason)
            node = self.classes.node
            result = Shape(sort=BOOL) if role == PREDICATE else result or Shape(node=node())
            known = Entry(name, role, tuple([Shape(node=node()) for _ in range(arity)]), result, reason)
            self.entries[key] = known
            self.added.append(key)
        elif len(known.arguments) != arity:
            raise self._arity_clash(known, arity, Reason(self.source, span, ""))
        self.touched[key] = None
        return known

    def _check_name(self, name: str, role: str, arity: int, reason: Reason) -> None:
        """Refuse one name for a predicate and a function, unless the function is a constant beside a predicate."""
        other = self.entries.get((FUNCTION if role == PREDICATE else PREDICATE, name))
        if role == TEXT or other is None:
            return
        constant = arity if role == FUNCTION else len(other.arguments)
        predicate = len(other.arguments) if role == FUNCTION else arity
        if constant == 0 and predicate > 0:
            return
        roles = {
            role: role_words(role, arity),
            other.role: role_words(other.role, len(other.arguments)),
        }
        raise self._error(
            f"{name} is {roles[other.role]} in {spot(other.first)} and {roles[role]} in {spot(reason)}; "
            "give one of them another name",
            reason,
        )

    @staticmethod
    def _arity_clash(known: Entry, arity: int, reason: Reason) -> SortError:
        return Inference._error(
            f"{known.name} has {count_words(len(known.arguments))} in {spot(known.first)} "
            f"and {count_words(arity)} in {spot(reason)}; give it the same number everywhere, or another name",
            reason,
        )

    @staticmethod
    def _error(message: str, reason: Reason) -> SortError:
        return sort_error(message, reason.source, reason.span)

    def _refused(self, part: Expression, why: str) -> SortError:
        reason = Reason(self.source, part.span, why)
        return self._error(str(reason), reason)

    # expressions -------------------------------------------------------------------------------------------------

    def scope_of(self, variables: Sequence[Var], scope: Scope | None = None) -> dict[str, Shape]:
        """Return what names mean where variables are bound."""
        inner = dict(scope or {})
        for variable in variables:
            fixed = Shape(sort=sort_named(variable.sort)) if variable.sort else Shape(node=self.classes.node())
            inner[variable.name] = fixed
        return inner

    def claim(self, expression: Expression, scope: Scope) -> None:
        """Take in a formula.

        Raises:
            SortError: Its sorts do not fit together, or with what is known.
        """
        self._walk(expression, True, scope)

    def fact(self, atom: App) -> bool:
        """Take in an atom between constants, and return whether it was one; a short way for the bulk of large texts.

        Raises:
            SortError: It does not fit.
        """
        arguments = atom.arguments
        for argument in arguments:
            if type(argument) is not App or argument.arguments:
                return False
        entry = self.entry(atom.name, PREDICATE, len(arguments), atom.span)
        for place, (argument, wanted) in enumerate(zip(arguments, entry.arguments, strict=True)):
            assert isinstance(argument, App)
            expected = wanted if wanted.node is not None else None
            shape = self.entry(argument.name, FUNCTION, 0, argument.span, expected).result
            if shape is not wanted:
                self._flow(shape, wanted, argument, f"is argument {place + 1} of {atom.name}")
        return True

    def objective(self, expression: Expression, scope: Scope) -> None:
        """Take in a number.

        Raises:
            SortError: It is none.
        """
        self._numeric(self._walk(expression, False, scope), expression)

    def _walk(self, expression: Expression, is_claim: bool, scope: Scope) -> Shape:
        """Visit an expression, parts before wholes, without recursion."""
        results: list[Shape] = []
        pending: list[tuple[Expression, bool, Scope, bool]] = [(expression, is_claim, scope, False)]
        while pending:
            part, claims, names, ready = pending.pop()
            if ready:
                count = len(_parts(part))
                shapes = results[len(results) - count :]
                del results[len(results) - count :]
                results.append(self._combine(part, claims, shapes))
            elif isinstance(part, Quantifier):
                inner = self.scope_of(part.variables, names)
                self.binders[id(part)] = tuple(inner[variable.name] for variable in part.variables)
                pending += [(part, claims, names, True), (part.body, True, inner, False)]
            elif isinstance(part, App | Operation):
                pending.append((part, claims, names, True))
                wanted = self.claims_of(part)
                pairs = list(zip(part.arguments, wanted, strict=True))
                pending.extend((argument, want, names, False) for argument, want in reversed(pairs))
            else:
                results.append(self._leaf(part, claims, names))
        return results[0]

    def claims_of(self, part: App | Operation) -> tuple[bool, ...]:
        """Tell which arguments are formulas."""
        if isinstance(part, App):
            return (False,) * len(part.arguments)
        if part.op == "ite":
            return (True, False, False)
        if part.op in ("=", "!=") and all(self._is_declared_claim(side) for side in part.arguments):
            return (True, True)
        return (part.op in _FORMULAS,) * len(part.arguments)

    def _is_declared_claim(self, side: Expression) -> bool:
        return isinstance(side, App) and (
            (entry := self.entries.get((PREDICATE, side.name))) is not None and entry.declared
        )

    def _leaf(self, part: Expression, claims: bool, scope: Scope) -> Shape:
        if isinstance(part, Aggregate):
            raise self._refused(part, "has a meaning in the rule readings only: ask with --reading rules")
        if claims:
            raise self._refused(part, "is no formula")
        if isinstance(part, Var):
            if part.name not in scope:
                raise self._refused(part, "is a variable that nothing binds")
            return scope[part.name]
        if isinstance(part, Num):
            return Shape(sort=INT if isinstance(part.value, int) else REAL)
        assert isinstance(part, Text)
        entry = self.entry(part.value, TEXT, 0, part.span)
        assert entry.result.node is not None
        self.classes.learn(entry.result.node, "symbolic", Reason(self.source, part.span, "is a text"))
        return entry.result

    def _combine(self, part: Expression, claims: bool, shapes: list[Shape]) -> Shape:
        if isinstance(part, App):
            return self._application(part, claims, shapes)
        if isinstance(part, Quantifier) or part.op in _FORMULAS or part.op in ("true", "false"):  # type: ignore[union-attr]
            return Shape(sort=BOOL)
        assert isinstance(part, Operation)
        sides = list(zip(shapes, part.arguments, strict=True))
        if part.op == "ite":
            self._equate(sides[1], sides[2], part)
            return self.classes.meet(shapes[1:]) if self._is_arithmetic(shapes[1:]) else shapes[1]
        if part.op in ("=", "!="):
            self._equate(sides[0], sides[1], part)
            return Shape(sort=BOOL)
        if claims and part.op not in _ORDER:
            raise self._refused(part, "is no formula")
        for shape, argument in sides:
            self._numeric(shape, argument)
        if part.op in ("div", "mod"):
            for shape, argument in sides:
                self._integral(shape, argument, part.op)
            return Shape(sort=INT)
        if part.op == "/" or (part.op == "^" and not is_counted(part.arguments[1])):
            self.classes.meet(shapes)
            return Shape(sort=REAL)
        found = self.classes.meet(shapes)
        return Shape(sort=BOOL) if part.op in _ORDER else found

    def _application(self, part: App, claims: bool, shapes: list[Shape]) -> Shape:
        if part.name == "abs" and len(shapes) == 1 and not claims and (FUNCTION, "abs") not in self.entries:
            self._numeric(shapes[0], part.arguments[0])
            return shapes[0]
        entry = self.entry(part.name, PREDICATE if claims else FUNCTION, len(shapes), part.span)
        for place, (shape, wanted) in enumerate(zip(shapes, entry.arguments, strict=True)):
            self._flow(shape, wanted, part.arguments[place], f"is argument {place + 1} of {part.name}")
        return entry.result

    @staticmethod
    def _is_arithmetic(shapes: Sequence[Shape]) -> bool:
        return any(shape.node is None and (shape.sort is None or shape.sort in (INT, REAL)) for shape in shapes)

    def _flow(self, shape: Shape, wanted: Shape, part: Expression, why: str) -> None:
        """Let the values of a term be those of a place."""
        classes, reason = self.classes, Reason(self.source, part.span, why)
        if wanted.node is None:
            self._into_declared(shape, wanted, reason)
        elif shape.node is not None:
            try:
                classes.unite(shape.node, wanted.node)
            except SortError as error:
                raise self._error(f"{error.message}; they meet where {reason}", reason) from None
        elif shape.sort is None:
            classes.learn(wanted.node, "numeric", reason)
            if shape.is_real:
                classes.learn(wanted.node, "real", reason)
            classes.groups.append((shape.leaves, shape.is_real, wanted.node))
        elif shape.sort == INT:
            classes.learn(wanted.node, "numeric", reason)
        elif shape.sort == REAL:
            classes.learn(wanted.node, "real", reason)
        else:
            classes.learn(wanted.node, "other", (shape.sort, reason))

    def _into_declared(self, shape: Shape, wanted: Shape, reason: Reason) -> None:
        sort = wanted.sort
        assert sort is not None
        if shape.node is not None:
            name = {INT: "integral", REAL: "wide"}.get(sort, "other")
            why = Reason(reason.source, reason.span, f"{reason.why}, declared {sort}")
            self.classes.learn(shape.node, name, (sort, why) if name == "other" else why)
            return
        fits = shape.sort == sort or (sort == REAL and shape.sort in (INT, None))
        if not fits and not (sort == INT and shape.sort is None and not shape.is_real):
            raise self._error(f"sorts clash: {reason}, which is declared {sort}, not {shape.sort or REAL}", reason)

    def _numeric(self, shape: Shape, part: Expression, why: str = COMPUTED) -> None:
        reason = Reason(self.source, part.span, why)
        if shape.node is not None:
            self.classes.learn(shape.node, "numeric", reason)
        elif shape.sort is not None and shape.sort not in (INT, REAL):
            raise self._error(f"sorts clash: {reason}, but it is {shape.sort}", reason)

    def _integral(self, shape: Shape, part: Expression, op: str) -> None:
        reason = Reason(self.source, part.span, f"is an operand of {op}, which takes integers")
        for node in shape.leaves if shape.node is None else (shape.node,):
            self.classes.learn(node, "integral", reason)
        if shape.is_real or shape.sort == REAL:
            raise self._error(f"sorts clash: {reason}, but it is Real", reason)

    def _equate(self, left: tuple[Shape, Expression], right: tuple[Shape, Expression], whole: Operation) -> None:
        """Let two sides be of one sort; between numbers, of either."""
        (a, first), (b, second) = left, right
        if a.node is not None and b.node is not None:
            if not self._is_told_beside_real(a.node, b.node) and not self._is_told_beside_real(b.node, a.node):
                self._flow(a, b, whole, "makes its sides equal")
        elif self._is_arithmetic((a, b)):
            self._numeric(a, first, EQUATED if _is_integer(second) else COMPUTED)
            self._numeric(b, second, EQUATED if _is_integer(first) else COMPUTED)
            self.classes.meet((a, b))
        elif a.node is not None:
            self.classes.learn(a.node, "other", (b.sort, Reason(self.source, second.span, f"is {b.sort}")))
        elif b.node is not None:
            self.classes.learn(b.node, "other", (a.sort, Reason(self.source, first.span, f"is {a.sort}")))
        elif a.sort != b.sort:
            raise self._refused(whole, f"is between {a.sort} and {b.sort}")

    def _is_told_beside_real(self, one: int, other: int) -> bool:
        """Tell whether a question compares an integer that was told with a real: they need not be of one sort."""
        return self.classes.is_told_integer(one) and self.classes.sort(other) == REAL


def is_counted(exponent: Expression) -> bool:
    """Tell whether an exponent is a number of factors: only then is a power of integers surely an integer."""
    return isinstance(exponent, Num) and isinstance(exponent.value, int) and exponent.value >= 0


def _is_integer(part: Expression) -> bool:
    return isinstance(part, Num) and isinstance(part.value, int)


def _parts(part: Expression) -> tuple[Expression, ...]:
    if isinstance(part, App | Operation):
        return part.arguments
    return (part.body,) if isinstance(part, Quantifier) else ()
