"""Clauses flattened into rules: bodies multiplied out, terms and calculations taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from abduce.errors import ParseError
from abduce.parser.statements import NOWHERE, Aggregate, App, Clause, Expression, Num, Operation, Quantifier, Text, Var
from abduce.reasoning.rules.alternatives import alternatives, cases
from abduce.reasoning.rules.arithmetic import COMPARISONS, NEGATED, OPERATIONS
from abduce.reasoning.rules.ground import Compound, Name, Predicate, Value, ground, is_absolute
from abduce.reasoning.rules.shapes import VIOLATED, Literal, Rule, Shape, excerpt, fault, head_of, parts

MAXIMUM_LITERALS = 1000


def flatten(clause: Clause, number: int = 0) -> list[Rule]:
    """Return the rules that a clause makes; what its variables are bound by is not looked at.

    Args:
        clause: The clause.
        number: What tells its violation from others, if it is an integrity constraint.

    Raises:
        ParseError: It holds something that is no part of a rule.
    """
    head = () if clause.head is None else (clause.head,)
    written = list(parts((*head, *clause.body)))
    if not any(isinstance(part, Operation) and part.op == "ite" for part in written):
        return [_Flattener(clause, clause.head, body, number).rule() for body in alternatives(clause, clause.body)]
    bodies = [clause.body, *(part.body for part in written if isinstance(part, Aggregate))]
    literals = frozenset(id(one) for body in bodies for plain in alternatives(clause, body) for one in plain)
    return [
        _Flattener(clause, next(iter(shown), None), body, number, literals).rule()
        for shown, body in cases(clause, head, clause.body)
    ]


@dataclass(slots=True)
class _Scope:
    """Names that one level of a clause sees: those of its own and those of the levels around it."""

    numbers: dict[str, int]
    own: list[Expression]
    out: list[Literal] = field(default_factory=list)


class _Flattener:
    """Builds one rule.

    Args:
        clause: Where it comes from.
        head: Its head.
        body: Its literals.
        number: As for `flatten`.
        written: The literals that the clause has without those an `ite` makes, by `id`; None where it has no `ite`.
    """

    def __init__(
        self,
        clause: Clause,
        head: Expression | None,
        body: Sequence[Expression],
        number: int,
        written: frozenset[int] | None = None,
    ) -> None:
        self.clause, self.head, self.body, self.number = clause, head, body, number
        self.names: list[str] = []
        self.predicates: list[Predicate] = []
        self.constants: list[Value] = []
        self.same: dict[str, Expression] = {}
        self.written = written

    def rule(self) -> Rule:
        head = head_of(self.clause if self.head is self.clause.head else replace(self.clause, head=self.head))
        around = [*self.body] if self.head is None else [self.head, *self.body]
        scope = _Scope({}, around)
        kept = self._equated(self.body)
        for item in kept:
            self._literal(item, scope)
        if head is None:
            operands: tuple[int, ...] = (self._constant(self.number),)
            predicate = VIOLATED
        else:
            atom, strong = head
            operands = self._operands(atom.arguments, scope)
            predicate = Predicate(atom.name, len(operands), strong)
        if len(scope.out) > MAXIMUM_LITERALS:
            message = f"the body has more than {MAXIMUM_LITERALS} atoms, comparisons and calculations"
            raise fault(self.clause, NOWHERE, message, expected=("parts as clauses of a predicate of their own",))
        shape = Shape(operands, tuple(scope.out), len(self.names))
        filled = tuple(self.predicates), tuple(self.constants), tuple(self.names)
        return Rule(shape, predicate, *filled, self.clause)

    def _equated(self, body: Sequence[Expression]) -> list[Expression]:
        """Take out the equations that only give a variable another name or a constant.

        Not those that an `ite` makes: who checks a derivation does not see them, and has to be told the values.
        """
        kept: list[Expression] = []
        for item in body:
            if isinstance(item, Operation) and item.op == "=" and (self.written is None or id(item) in self.written):
                left, right = (self._renamed(side) for side in item.arguments)
                if not isinstance(left, Var) or left.name == "_":
                    left, right = right, left
                plain = isinstance(right, Num | Text | Var) or (isinstance(right, App) and not right.arguments)
                if isinstance(left, Var) and left.name != "_" and plain and right != Var("_"):
                    if left != right:
                        self.same[left.name] = right
                    elif isinstance(right, Var):
                        kept.append(item)
                    continue
            kept.append(item)
        return kept

    def _renamed(self, expression: Expression) -> Expression:
        """Follow the equations from a variable to what it stands for."""
        while isinstance(expression, Var) and expression.name in self.same:
            expression = self.same[expression.name]
        return expression

    def _constant(self, value: Value) -> int:
        self.constants.append(value)
        return -len(self.constants)

    def _fresh(self, name: str = "") -> int:
        self.names.append(name)
        return len(self.names) - 1

    def _variable(self, item: Var, scope: _Scope) -> int:
        if item.name == "_":
            return self._fresh("_")
        number = scope.numbers.get(item.name)
        if number is None:
            number = scope.numbers[item.name] = self._fresh(item.name)
        return number

    def _operands(self, items: Sequence[Expression], scope: _Scope) -> tuple[int, ...]:
        return tuple(self._operand(item, scope) for item in items)

    def _operand(self, expression: Expression, scope: _Scope, target: int | None = None) -> int:
        """Return the operand for a term; what has to be computed for it is appended to the scope.

        Args:
            target: The variable that shall hold it, where the term is compound.
        """
        expression = self._renamed(expression)
        if isinstance(expression, Var):
            return self._variable(expression, scope)
        value = ground(expression)
        if value is not None:
            return self._constant(value)
        done: list[int] = []
        pending: list[tuple[Expression, bool]] = [(expression, False)]
        while pending:
            item, ready = pending.pop()
            item = self._renamed(item)
            if isinstance(item, Var):
                done.append(self._variable(item, scope))
            elif isinstance(item, Aggregate):
                done.append(self._aggregate(item, scope, target if item is expression else None))
            elif isinstance(item, App | Operation) and item.arguments:
                if not ready:
                    pending.append((item, True))
                    pending.extend((argument, False) for argument in reversed(item.arguments))
                    continue
                count = len(item.arguments)
                operands = tuple(done[-count:])
                del done[-count:]
                done.append(self._computed(item, operands, scope, target if item is expression else None))
            else:
                done.append(self._constant(self._plain(item)))
        return done[0]

    def _plain(self, item: Expression) -> Value:
        value = ground(item)
        if value is None:
            raise self._misplaced(item, "cannot be an argument in a clause")
        return value

    def _computed(self, item: App | Operation, operands: tuple[int, ...], scope: _Scope, target: int | None) -> int:
        if is_absolute(item):
            item, operands = Operation("abs", item.arguments, item.span), (*operands, self._constant(0))
        if isinstance(item, App):
            if all(operand < 0 for operand in operands):
                return self._constant(Compound(item.name, tuple(self.constants[-1 - o] for o in operands)))
            result = self._fresh() if target is None else target
            scope.out.append(("f", result, self._constant(Name(item.name)), operands))
            return result
        if item.op == "neg" and len(operands) == 1:
            operands = (self._constant(0), *operands)
        op = "-" if item.op == "neg" else item.op
        if op not in OPERATIONS or len(operands) < 2:
            raise self._misplaced(item, "is not an operation on numbers")
        left = operands[0]
        for number, right in enumerate(operands[1:], 2):
            result = target if target is not None and number == len(operands) else self._fresh()
            scope.out.append(("o", op, result, left, right))
            left = result
        return left

    def _aggregate(self, item: Aggregate, scope: _Scope, target: int | None) -> int:
        result = self._fresh() if target is None else target
        numbers = self._visible(scope)
        choices = []
        terms: list[tuple[int, ...]] = []
        for shown, body in cases(self.clause, item.terms, item.body):
            inner = _Scope(dict(numbers), [*shown, *body])
            for literal in body:
                self._literal(literal, inner)
            terms.append(self._operands(shown, inner))
            choices.append(tuple(inner.out))
        outer = {number for name, number in numbers.items() if self._occurs(name, item)}
        scope.out.append(("g", item.kind, result, tuple(sorted(outer)), tuple(zip(terms, choices, strict=True))))
        return result

    def _occurs(self, name: str, item: Aggregate) -> bool:
        inside = (part for part in parts((*item.terms, *item.body)) if isinstance(part, Var))
        return any(part.name == name or self._leads(part, name) for part in inside)

    def _leads(self, part: Var, name: str) -> bool:
        end = self._renamed(part)
        return isinstance(end, Var) and end.name == name

    def _visible(self, scope: _Scope) -> dict[str, int]:
        """Return the numbers of the variables that occur outside the braces, giving numbers to those to come."""
        for name in self._outside(scope.own):
            self._variable(Var(name), scope)
        return scope.numbers

    def _outside(self, expressions: list[Expression]) -> list[str]:
        found: dict[str, None] = {}
        for part in parts(expressions, inside=False):
            end = self._renamed(part)
            if isinstance(part, Var) and isinstance(end, Var) and end.name != "_":
                found[end.name] = None
        return list(found)

    def _literal(self, item: Expression, scope: _Scope) -> None:
        negated = isinstance(item, Operation) and item.op == "not"
        inner = item.arguments[0] if isinstance(item, Operation) and negated else item
        if (
            isinstance(inner, Quantifier)
            and inner.kind == "exists"
            and all(self._anonymous(v) for v in inner.variables)
        ):
            inner = inner.body
        strong = isinstance(inner, Operation) and inner.op == "strong"
        atom = inner.arguments[0] if isinstance(inner, Operation) and strong else inner
        if isinstance(atom, App):
            self._atom(atom, strong, negated, scope)
        elif isinstance(inner, Operation) and inner.op in COMPARISONS and len(inner.arguments) == 2 and not strong:
            self._comparison(NEGATED[inner.op] if negated else inner.op, inner.arguments, scope)
        else:
            raise self._misplaced(item, "cannot stand in the body of a clause")

    def _anonymous(self, item: Expression) -> bool:
        """Say whether this is a variable that stands for any value: `_`, or one that begins so and occurs once."""
        if not isinstance(item, Var) or not item.name.startswith("_"):
            return False
        head = () if self.clause.head is None else (self.clause.head,)
        count = sum(isinstance(p, Var) and p.name == item.name for p in parts((*head, *self.clause.body)))
        return item.name == "_" or count == 1

    def _atom(self, atom: App, strong: bool, negated: bool, scope: _Scope) -> None:
        operands: list[int | None] = []
        for argument in atom.arguments:
            anonymous = negated and self._anonymous(argument)
            operands.append(None if anonymous else self._operand(argument, scope))
        self.predicates.append(Predicate(atom.name, len(operands), strong))
        scope.out.append(("n" if negated else "p", len(self.predicates) - 1, tuple(operands)))

    def _comparison(self, op: str, sides: Sequence[Expression], scope: _Scope) -> None:
        left, right = (self._renamed(side) for side in sides)
        if op == "=":
            if not isinstance(left, Var):
                left, right = right, left
            if isinstance(left, Var) and not isinstance(right, Var) and ground(right) is None:
                target = self._variable(left, scope)
                result = self._operand(right, scope, target)
                if result != target:
                    scope.out.append(("c", "=", target, result))
                return
        scope.out.append(("c", op, self._operand(left, scope), self._operand(right, scope)))

    def _misplaced(self, item: Expression, what: str) -> ParseError:
        written = excerpt(self.clause, item) or getattr(item, "op", type(item).__name__)
        expected = ("an atom", "-atom", "not atom", "a comparison", "X = count { Y : … }", "(… or …)")
        return fault(
            self.clause, item.span, f"`{written}` {what}; what rules cannot say, say as a formula", expected=expected
        )
