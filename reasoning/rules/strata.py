"""Strata: which predicates must be complete before which, and the cycle to show where that cannot be."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from abduce.errors import ParseError
from abduce.parser.statements import NOWHERE, Aggregate, App, Operation
from abduce.reasoning.rules.ground import Predicate
from abduce.reasoning.rules.shapes import Conjunction, Rule, fault, parts


def negative_slots(body: Conjunction) -> set[int]:
    """Return the slots of predicates under default negation or inside aggregates."""
    found: set[int] = set()
    pending = [(literal, False) for literal in body]
    while pending:
        literal, inside = pending.pop()
        if literal[0] == "n" or (literal[0] == "p" and inside):
            found.add(literal[1])
        elif literal[0] == "g":
            pending.extend((part, True) for _, choice in literal[4] for part in choice)
    return found


@dataclass(slots=True)
class Dependencies:
    """Which predicate depends on which.

    Attributes:
        positive: From a head to the predicates of plain atoms, each with a rule that says so.
        negative: From a head to those under default negation or in aggregates, each with a rule that says so.
    """

    positive: dict[Predicate, dict[Predicate, Rule]] = field(default_factory=lambda: defaultdict(dict))
    negative: dict[Predicate, dict[Predicate, Rule]] = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> Dependencies:
        """Return the dependencies of rules."""
        result = cls()
        for rule in rules:
            slots = negative_slots(rule.shape.body)
            result.positive[rule.head]
            for slot, predicate in enumerate(rule.predicates):
                side = result.negative if slot in slots else result.positive
                side[rule.head].setdefault(predicate, rule)
        return result

    def all(self, predicate: Predicate) -> Iterator[Predicate]:
        """Yield what a predicate depends on directly."""
        yield from self.positive.get(predicate, ())
        yield from self.negative.get(predicate, ())


def levels(dependencies: Dependencies) -> Mapping[Predicate, int]:
    """Return the stratum of each predicate that is concluded: one more than that of any it needs the absence of.

    Raises:
        ParseError: A predicate depends on its own negation; the cycle is shown.
    """
    if not dependencies.negative:
        return {}
    level: dict[Predicate, int] = {}
    for component in components(dependencies):
        members = set(component)
        height = 0
        for predicate in component:
            for below in dependencies.positive.get(predicate, ()):
                height = max(height, level.get(below, 0))
            for below, rule in dependencies.negative.get(predicate, {}).items():
                if below in members:
                    raise _cyclic(dependencies, rule, below, members)
                height = max(height, level.get(below, 0) + 1)
        for predicate in component:
            level[predicate] = height
    return level


def components(dependencies: Dependencies) -> Iterator[list[Predicate]]:
    """Yield the strongly connected components, each after those it depends on.

    Source:
        R. Tarjan, SIAM Journal on Computing 1(2), 1972, without recursion.
    """
    number: dict[Predicate, int] = {}
    low: dict[Predicate, int] = {}
    stack: list[Predicate] = []
    on_stack: set[Predicate] = set()
    for root in list(dependencies.positive):
        if root in number:
            continue
        work = [(root, dependencies.all(root))]
        number[root] = low[root] = len(number)
        stack.append(root)
        on_stack.add(root)
        while work:
            predicate, following = work[-1]
            for successor in following:
                if successor not in number:
                    number[successor] = low[successor] = len(number)
                    stack.append(successor)
                    on_stack.add(successor)
                    work.append((successor, dependencies.all(successor)))
                    break
                if successor in on_stack:
                    low[predicate] = min(low[predicate], number[successor])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[predicate])
                if low[predicate] == number[predicate]:
                    component: list[Predicate] = []
                    while not component or component[-1] != predicate:
                        component.append(stack.pop())
                        on_stack.discard(component[-1])
                    yield component


def _cyclic(dependencies: Dependencies, rule: Rule, start: Predicate, members: set[Predicate]) -> ParseError:
    """Return the error about a cycle through a negation, with the rule of each of its steps."""
    steps = _path(dependencies, start, rule.head, members)
    link = "an aggregate over" if not _negates(rule, start) else "not"
    shown = [f"{_named(rule.head)} needs {link} {_named(start)} ({rule.clause.source})"]
    for above, below, by in steps:
        sign = (
            "not "
            if below in dependencies.negative.get(above, {}) and by is dependencies.negative[above][below]
            else ""
        )
        shown.append(f"{_named(above)} needs {sign}{_named(below)} ({by.clause.source})")
    message = f"{_named(rule.head)} depends on its own absence: " + "; ".join(shown)
    places = (p for p in parts(rule.clause.body) if isinstance(p, Aggregate | Operation) and _is(p, start))
    span = next((p.span for p in places), NOWHERE)
    expected = ("rules in which no predicate needs `not` of itself",)
    return fault(rule.clause, span, message, expected=expected)


def _is(part: Aggregate | Operation, predicate: Predicate) -> bool:
    """Say whether a part of a body is a negation or aggregate of this predicate."""
    if isinstance(part, Operation) and part.op != "not":
        return False
    return any(isinstance(p, App) and p.name == predicate.name for p in parts([part]))


def _negates(rule: Rule, predicate: Predicate) -> bool:
    body = rule.shape.body
    return any(literal[0] == "n" and rule.predicates[literal[1]] == predicate for literal in body)


def _named(predicate: Predicate) -> str:
    return f"{'-' if predicate.strong else ''}{predicate.name}"


def _path(
    dependencies: Dependencies, start: Predicate, goal: Predicate, members: set[Predicate]
) -> list[tuple[Predicate, Predicate, Rule]]:
    """Return a shortest way from one predicate to another inside a component."""
    came: dict[Predicate, tuple[Predicate, Rule]] = {}
    queue = deque([start])
    while queue and goal not in came and start != goal:
        predicate = queue.popleft()
        for side in (dependencies.positive, dependencies.negative):
            for below, rule in side.get(predicate, {}).items():
                if below in members and below not in came and below != start:
                    came[below] = predicate, rule
                    queue.append(below)
    steps: list[tuple[Predicate, Predicate, Rule]] = []
    while goal != start:
        above, rule = came[goal]
        steps.append((above, goal, rule))
        goal = above
    return steps[::-1]
