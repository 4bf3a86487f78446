"""Terms made ready for repeated evaluation: one node for each part, and for each variable the nodes it moves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from abduce.solvers.operations import Undecided
from abduce.solvers.regions import one_variable
from abduce.solvers.terms import INT, Number, Quantified, Term, Variable, children, subterms

UNSET = object()
MOST_LITERALS = 16


class Node:
    """A part of a term, with its value while that is known.

    Attributes:
        term: The part; a quantifier has one variable here.
        parts: Its parts; none for a quantifier, whose body stands apart.
        scope: The scope that it is in.
        free: The variables that its value depends on.
        value: Its value, or `UNSET`.
        position: How many parts were looked at.
        doubt: An undecided part, where there was one.
        state: What a definition or quantifier is at.
        body: The body of a quantifier.
        place: The node of a quantifier's variable.
        plan: How values of a quantifier's variable are chosen, where they are not simply a domain's.
        saved: What a quantifier's variable was outside.
    """

    __slots__ = (
        "_moved",
        "_version",
        "body",
        "doubt",
        "free",
        "parts",
        "place",
        "plan",
        "position",
        "saved",
        "scope",
        "state",
        "term",
        "value",
    )

    def __init__(self, term: Term, parts: tuple[Node, ...], scope: Scope) -> None:
        self.term, self.parts, self.scope = term, parts, scope
        self.value: Any = UNSET
        if isinstance(term, Number):
            self.value = int(term.value) if term.sort == INT else term.value
        self.position = 0
        self.doubt: Undecided | None = None
        self.state: Any = None
        self.body = self.place = self
        self.plan: Plan | None = None
        self.saved: Any = UNSET
        self._moved: list[Node] = []
        self._version = -1
        if isinstance(term, Variable):
            self.free = frozenset((term,))
        else:
            self.free = frozenset[Variable]().union(*(part.free for part in parts))

    @property
    def variable(self) -> Variable:
        """The variable of a quantifier."""
        assert isinstance(self.place.term, Variable)
        return self.place.term

    def below(self) -> Iterator[Node]:
        """Yield the nodes that this one's value is made from."""
        yield from self.parts
        if self.body is not self:
            yield self.body
            if self.plan is not None:
                yield from self.plan.parts()

    def forget(self) -> None:
        """Make the value unknown again."""
        self.value, self.position, self.doubt, self.state = UNSET, 0, None, None

    def enter(self) -> None:
        """Remember what the variable of a quantifier is outside."""
        self.saved = self.place.value

    def rebind(self, value: Any) -> int:
        """Give the variable of a quantifier another value; return how many nodes that moved."""
        if self._version != self.scope.version:
            self._moved, self._version = self._find_moved(), self.scope.version
        for node in self._moved:
            node.forget()
        self.place.value = value
        return len(self._moved)

    def _find_moved(self) -> list[Node]:
        variable, found, seen = self.variable, [self.body], {id(self.body), id(self.place)}
        if variable not in self.body.free:
            return []
        for node in found:
            for part in node.below():
                if id(part) not in seen and variable in part.free:
                    seen.add(id(part))
                    found.append(part)
        return [node for node in found if node is not self.place]


class Plan:
    """How the values of a numeric variable are chosen.

    Attributes:
        thresholds: Where the truth may change.
        bounds: Between which values it must lie, where that is known.
        period: How many neighbouring integers must be tried.
        argued: Whether the truth changes nowhere but at the thresholds.
        exhaustive: Whether the values being tried decide.
        literals: Numbers in the body, worth trying where nothing is exhaustive.
    """

    __slots__ = ("argued", "bounds", "exhaustive", "literals", "period", "thresholds")

    def __init__(
        self,
        thresholds: Sequence[Node],
        bounds: tuple[Node | None, Node | None],
        *,
        period: int,
        argued: bool,
        literals: Sequence[Fraction],
    ) -> None:
        self.thresholds, self.bounds, self.period, self.argued = tuple(thresholds), bounds, period, argued
        self.exhaustive, self.literals = argued, tuple(literals)

    def parts(self) -> Iterator[Node]:
        """Yield the nodes whose values the plan needs."""
        yield from self.thresholds
        yield from (bound for bound in self.bounds if bound is not None)


class Scope:
    """Nodes that share the values of variables: those of the formulas at the top, or of one definition.

    Args:
        parameters: Variables that have values from outside.
    """

    def __init__(self, parameters: Sequence[Variable] = ()) -> None:
        self.version = 0
        self._nodes: dict[Term, Node] = {}
        self._parameters = [self.node(parameter) for parameter in parameters]

    def bind(self, values: Sequence[Any]) -> None:
        """Give the parameters values and forget all that depends on them."""
        for node in self._nodes.values():
            if node.free:
                node.forget()
        for parameter, value in zip(self._parameters, values, strict=True):
            parameter.value = value

    def node(self, term: Term) -> Node:
        """Return the node of a term, made with all below it where it is new."""
        nodes = self._nodes
        pending = [term]
        while pending:
            current = pending[-1]
            if current in nodes:
                pending.pop()
                continue
            if isinstance(current, Quantified):
                current = one_variable(current)
                below: tuple[Term, ...] = (current.body, current.variables[0])
            else:
                below = children(current)
            missing = [part for part in below if part not in nodes]
            if missing:
                pending.extend(missing)
                continue
            nodes[pending.pop()] = self._made(current, below)
            self.version += 1
        return nodes[term]

    def _made(self, term: Term, below: tuple[Term, ...]) -> Node:
        if not isinstance(term, Quantified):
            return Node(term, tuple(self._nodes[part] for part in below), self)
        made = Node(term, (), self)
        made.body, made.place = self._nodes[below[0]], self._nodes[below[1]]
        made.free = made.body.free.difference((made.variable,))
        return made

    def plan(
        self,
        quantifier: Node,
        *,
        thresholds: Sequence[Term] = (),
        bounds: tuple[Term | None, Term | None] = (None, None),
        period: int = 1,
        argued: bool = False,
    ) -> Plan:
        """Return a plan for a quantifier, made of terms in this scope."""
        numbers = dict.fromkeys(part.value for part in subterms(quantifier.body.term) if isinstance(part, Number))
        low, high = (None if bound is None else self.node(bound) for bound in bounds)
        places = [self.node(threshold) for threshold in dict.fromkeys(thresholds)]
        self.version += 1
        return Plan(places, (low, high), period=period, argued=argued, literals=list(numbers)[:MOST_LITERALS])
