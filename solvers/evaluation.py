"""The value of a term in a model, by an evaluator of our own: exact, and honest where it cannot tell.

Quantifiers over finite domains are tried exhaustively within a budget of steps; over numbers, where finitely many
values can be shown to decide them (see `regions`), where bounds leave few enough integers, where one value shows a
counterexample or a witness, or where the variable does not matter. Else the answer is `Undecided`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from abduce.solvers.algebraic import CannotTell, Irrational
from abduce.solvers.base import Algebraic, ArrayValue, Element, Interpretation, Model, ModelValue
from abduce.solvers.compiling import UNSET, Node, Scope
from abduce.solvers.operations import (
    BY_ZERO,
    Undecided,
    Value,
    default,
    finished,
    is_zero,
    normal_array,
    operation,
    same,
    working,
)
from abduce.solvers.regions import regions
from abduce.solvers.terms import ARITHMETIC, BOOL, INT, Kind, Op, Operate, Quantified, Sort, Symbol, Term, Variable
from abduce.solvers.trials import Trial, around, between

__all__ = ["BY_ZERO", "Undecided", "evaluate", "holds"]

STEPS = 1_000_000
MOST_VALUES = 100_000
OUT_OF_STEPS = Undecided("the budget of steps ran out")
ANY_VALUE = Undecided("it depends on a variable over infinitely many values")


def evaluate(
    term: Term, model: Model, values: Mapping[Variable, ModelValue] | None = None, *, steps: int = STEPS
) -> ModelValue | Undecided:
    """Return the value of a term in a model.

    Args:
        term: The term.
        model: The model; symbols that it does not interpret get some value, the same one each time.
        values: Values of the term's free variables.
        steps: Most steps to take; a step looks once at a part of the term.

    Returns:
        The value, or `Undecided` with the reason.

    Raises:
        KeyError: A free variable has no value.

    Example:
        >>> from abduce.solvers.terms import Op, constant, number, operate
        >>> from abduce.solvers.terms import INT
        >>> x = constant("x", INT)
        >>> model = Model({}, {x.symbol: Interpretation({(): 6})})
        >>> evaluate(operate(Op.MULTIPLY, x, number(7)), model)
        42
    """
    return Evaluator(model, steps=steps).value(term, values)


def holds(formula: Term, model: Model, *, steps: int = STEPS) -> bool | Undecided:
    """Return whether a closed formula holds in a model, or `Undecided` with the reason."""
    found = evaluate(formula, model, steps=steps)
    assert isinstance(found, bool | Undecided)
    return found


class _OutOfSteps(Exception):
    pass


class Evaluator:
    """A model that terms are evaluated in; what is shared between them is evaluated once.

    Args:
        model: The model.
        steps: Most steps to take for each term.
    """

    def __init__(self, model: Model, *, steps: int = STEPS) -> None:
        self.model, self.steps = model, steps
        self._left = 0
        self._top = Scope()
        self._definitions: dict[Symbol, tuple[Scope, Node]] = {}
        self._active: set[Symbol] = set()
        self._tables: dict[Symbol, Mapping[tuple[object, ...], Value]] = {}

    def value(self, term: Term, values: Mapping[Variable, ModelValue] | None = None) -> ModelValue | Undecided:
        """Return the value of a term; see `evaluate`."""
        self._left = self.steps
        scope = self._top if not values else Scope(tuple(values))
        for variable, value in (values or {}).items():
            scope.node(variable).value = working(value)
        root = scope.node(term)
        try:
            return finished(self._run(root))
        except _OutOfSteps:
            self._reset()
            return OUT_OF_STEPS
        except CannotTell as error:
            self._reset()
            return Undecided(str(error))

    def _reset(self) -> None:
        """Forget everything: what was broken off in the middle is in no state to go on from."""
        self._top = Scope()
        self._definitions.clear()
        self._active.clear()

    def _run(self, root: Node) -> Value:
        stack = [root]
        while stack:
            node = stack[-1]
            if node.value is not UNSET:
                stack.pop()
                continue
            self._left -= 1
            if self._left < 0:
                raise _OutOfSteps
            needed = self._step(node)
            if needed is None:
                stack.pop()
            else:
                stack.append(needed)
        value: Value = root.value
        return value

    def _step(self, node: Node) -> Node | None:
        """Set a node's value, or return the part whose value is needed first."""
        term = node.term
        if isinstance(term, Operate):
            if term.op in (Op.AND, Op.OR, Op.IMPLIES):
                return self._connective(node, term.op)
            return self._choice(node) if term.op is Op.ITE else self._strict(node)
        if isinstance(term, Quantified):
            return self._quantifier(node, term)
        if isinstance(term, Variable):
            raise KeyError(f"the variable {term.name} has no value")
        return self._strict(node)

    def _connective(self, node: Node, op: Op) -> Node | None:
        """Kleene's connectives: decided as soon as one part decides."""
        last = len(node.parts) - 1
        while node.position <= last:
            part = node.parts[node.position]
            if part.value is UNSET:
                return part
            value = part.value
            if isinstance(value, Undecided):
                node.doubt = value
            else:
                holds = value if op is not Op.IMPLIES or node.position == last else not value
                if holds is (op is not Op.AND):
                    node.value = holds
                    return None
            node.position += 1
        node.value = node.doubt if node.doubt is not None else op is Op.AND
        return None

    @staticmethod
    def _choice(node: Node) -> Node | None:
        condition, left, right = node.parts
        if condition.value is UNSET:
            return condition
        if isinstance(condition.value, Undecided):
            for branch in (left, right):
                if branch.value is UNSET:
                    return branch
            agree = not isinstance(left.value, Undecided) and left.value == right.value
            node.value = left.value if agree else condition.value
            return None
        chosen = left if condition.value else right
        if chosen.value is UNSET:
            return chosen
        node.value = chosen.value
        return None

    def _strict(self, node: Node) -> Node | None:
        while node.position < len(node.parts):
            part = node.parts[node.position]
            if part.value is UNSET:
                return part
            node.position += 1
        values: list[Value] = [part.value for part in node.parts]
        for value in values:
            if isinstance(value, Undecided):
                node.value = value
                return None
        term = node.term
        if isinstance(term, Operate):
            return self._operation(node, term, values)
        return self._application(node, term.symbol, values)  # type: ignore[union-attr]

    def _operation(self, node: Node, term: Operate, values: list[Value]) -> Node | None:
        op = term.op
        if op is Op.STORE:
            array, index, value = values
            assert isinstance(array, ArrayValue)
            entries = tuple(entry for entry in array.entries if not same(working(entry[0]), index))
            node.value = ArrayValue(((finished(index), finished(value)), *entries), array.otherwise)  # type: ignore[arg-type]
            return None
        if op in BY_ZERO:
            return self._division(node, term, values)
        if op in (Op.EQUAL, Op.DISTINCT) and term.arguments[0].sort.name == "Array":
            domain = self._domain(term.arguments[0].sort.arguments[0])
            values = [normal_array(value, domain) for value in values]  # type: ignore[arg-type]
        node.value = operation(term, values)
        return None

    def _division(self, node: Node, term: Operate, values: list[Value]) -> Node | None:
        """Division from left to right; by zero it is a function of the dividend."""
        while len(values) > 1:
            left, right = values[:2]
            if is_zero(right):
                symbol = BY_ZERO[term.op]
                if self._defined(symbol) is not None and len(values) > 2:
                    node.value = Undecided("a division by zero inside a longer one")
                    return None
                needed = self._application(node, symbol, [left])
                if needed is not None or len(values) == 2:
                    return needed
                values = [node.value, *values[2:]]
                node.value = UNSET
            else:
                values = [operation(term, values[:2]), *values[2:]]
        node.value = values[0]
        return None

    # symbols ----------------------------------------------------------------------------------------------------

    def _application(self, node: Node, symbol: Symbol, values: list[Value]) -> Node | None:
        if node.state is not None:
            self._leave_definition(node, symbol)
            return None
        table = self.model.interpretations.get(symbol)
        if table is None:
            node.value = default(symbol.result, self._first)
            return None
        found = self._look_up(symbol, table, values)
        if found is not None:
            node.value = found
        elif table.otherwise is not None:
            node.value = working(table.otherwise)
        elif table.definition is not None:
            return self._enter(node, symbol, values)
        else:
            node.value = default(symbol.result, self._first)
        return None

    def _look_up(self, symbol: Symbol, table: Interpretation, values: Sequence[Value]) -> Value | None:
        """The entry at some arguments, None where there is none."""
        plain = all(not isinstance(value, Irrational | ArrayValue) for value in values)
        if symbol not in self._tables:
            irrational = any(isinstance(part, Algebraic | ArrayValue) for key in table.entries for part in key)
            self._tables[symbol] = {} if irrational else {k: working(v) for k, v in table.entries.items()}
        quick = self._tables[symbol]
        if plain and (quick or not table.entries):
            return quick.get(tuple(values))
        for key, value in table.entries.items():
            pairs = zip(key, values, symbol.arguments, strict=True)
            if all(self._equal(working(part), given, sort) for part, given, sort in pairs):
                return working(value)
        return None

    def _equal(self, left: Value, right: Value, sort: Sort) -> bool:
        if isinstance(left, ArrayValue) and isinstance(right, ArrayValue):
            domain = self._domain(sort.arguments[0])
            return normal_array(left, domain) == normal_array(right, domain)
        return same(left, right)

    def _defined(self, symbol: Symbol) -> Term | None:
        table = self.model.interpretations.get(symbol)
        return table.definition if table is not None else None

    def _enter(self, node: Node, symbol: Symbol, values: list[Value]) -> Node | None:
        """Begin to evaluate a definition, in a scope of its own."""
        if symbol in self._active:
            node.value = Undecided(f"the definition of {symbol.name} uses itself")
            return None
        if symbol not in self._definitions:
            table = self.model.interpretations[symbol]
            assert table.definition is not None
            scope = Scope(table.parameters)  # type: ignore[arg-type]
            self._definitions[symbol] = (scope, scope.node(table.definition))
        scope, body = self._definitions[symbol]
        scope.bind(values)
        self._active.add(symbol)
        node.state = body
        return body

    def _leave_definition(self, node: Node, symbol: Symbol) -> None:
        body = node.state
        assert isinstance(body, Node)
        self._active.discard(symbol)
        node.value, node.state = body.value, None

    def _first(self, sort: Sort) -> Element:
        return self._members(sort)[0]

    def _members(self, sort: Sort) -> tuple[Element, ...]:
        return tuple(self.model.domains.get(sort) or (Element(sort, 0),))

    def _domain(self, sort: Sort) -> Sequence[Value] | None:
        """The values of a sort, None where they are infinitely many (or arrays)."""
        if sort == BOOL:
            return (False, True)
        return None if sort in ARITHMETIC or sort.name == "Array" else self._members(sort)

    # quantifiers ------------------------------------------------------------------------------------------------

    def _quantifier(self, node: Node, term: Quantified) -> Node | None:
        if node.state is None:
            domain: Iterable[Value] | None = self._domain(node.variable.sort)
            if domain is None:
                needed = self._plan(node, term)
                if needed is not None:
                    return needed
                domain = self._candidates(node)
            node.enter()
            node.state = Trial(iter(domain), exhaustive=node.plan is None or node.plan.exhaustive)
        else:
            self._judge(node, term.kind)
        return None if node.value is not UNSET else self._next(node, term.kind)

    def _judge(self, node: Node, kind: Kind) -> None:
        """Take in what the body was at the last value tried."""
        trial, value = node.state, node.body.value
        assert isinstance(trial, Trial)
        if isinstance(value, Undecided):
            trial.doubt = value
        elif trial.last or value is (kind is Kind.EXISTS):
            self._leave(node, value)

    def _next(self, node: Node, kind: Kind) -> Node | None:
        trial = node.state
        assert isinstance(trial, Trial)
        value = next(trial.values, UNSET)
        if value is UNSET:
            if trial.last or (trial.exhaustive and trial.doubt is not None):
                self._leave(node, ANY_VALUE if trial.doubt is None else trial.doubt)
                return None
            if trial.exhaustive:
                self._leave(node, kind is Kind.FORALL)
                return None
            trial.last, value = True, ANY_VALUE
        self._left -= node.rebind(value)
        return node.body

    @staticmethod
    def _leave(node: Node, value: Value) -> None:
        node.rebind(node.saved)
        node.state, node.value = None, value

    def _plan(self, node: Node, term: Quantified) -> Node | None:
        """Make the plan for a numeric variable once, and return a part of it whose value is needed first."""
        if node.plan is None and node.variable.sort not in ARITHMETIC:
            node.plan = node.scope.plan(node)
        if node.plan is None:
            negated = term.kind is Kind.FORALL
            found = regions(node.variable, node.body.term, self.model, outer=node.free, negated=negated)
            node.plan = node.scope.plan(
                node,
                thresholds=found.thresholds,
                bounds=(found.lower, found.upper),
                period=found.period,
                argued=found.exhaustive,
            )
        for part in node.plan.parts():
            if part.value is UNSET:
                return part
        return None

    def _candidates(self, node: Node) -> Iterable[Value]:
        """The values to try; whether they decide is put into the plan."""
        plan = node.plan
        assert plan is not None
        places = [part.value for part in plan.thresholds]
        plan.exhaustive = plan.argued and all(isinstance(place, int | Fraction) for place in places)
        exact = {Fraction(place) for place in places if isinstance(place, int | Fraction)}
        if node.variable.sort not in ARITHMETIC:
            return ()
        if not plan.exhaustive:
            exact.update(plan.literals)
        if node.variable.sort != INT:
            return between(sorted(exact))
        low, high = (part.value if part is not None else None for part in plan.bounds)
        if not plan.exhaustive and isinstance(low, int) and isinstance(high, int) and high - low < MOST_VALUES:
            plan.exhaustive = True
            return range(low, high + 1)
        if len(exact) * plan.period > MOST_VALUES:
            plan.exhaustive = False
            return around(exact, 1)
        return around(exact, plan.period)
