"""Only what a query needs: the demand (magic sets) transformation of a program for one question.

For each predicate and each pattern of bound arguments there is a predicate of what is demanded of it. A value that
arithmetic or a function makes is not passed on as a demand within a recursion, so that demands stay finite wherever
the program's model is. Default negation is demanded too where the result is stratified; where it is not, and inside
aggregates, predicates are evaluated in full.

Source:
    C. Beeri and R. Ramakrishnan, On the power of magic, Journal of Logic Programming 10, 1991.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic

from abduce.errors import ParseError
from abduce.parser.pausing import LOOK, unhurried, without_collections
from abduce.parser.statements import App, Clause, Expression, Source, Var
from abduce.reasoning.rules.bounds import never
from abduce.reasoning.rules.fixpoint import Evaluation, evaluate
from abduce.reasoning.rules.ground import Predicate, Value
from abduce.reasoning.rules.joins import ordered, variables
from abduce.reasoning.rules.programs import QUERY, Program
from abduce.reasoning.rules.shapes import Conjunction, Literal, Rule
from abduce.reasoning.rules.strata import Dependencies, components, levels, negative_slots
from abduce.solvers.base import Limits, Reason

READING_SHARE = 0.85
"""Share of the time after which the answers to an open query are read off, and no more of them derived."""
ROW_S = 1e-6
"""What is done with an answer once it is read off, in seconds."""
MARK = "\0"
"""Parts the name of a predicate from the pattern of its demand; no user's name has it."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a query has for answers.

    Attributes:
        rows: Values of the wanted variables, each once.
        complete: Whether these are all.
        reason: Why not, where they are not; None where no more were wanted.
        evaluation: What was evaluated for it.
    """

    rows: tuple[Mapping[str, Value], ...]
    complete: bool
    reason: Reason | None
    evaluation: Evaluation


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """A program for one question.

    Attributes:
        program: Its rules derive what the question needs of the original program's model, and no more than that model.
        answer: The predicate whose rows are the answers.
        variables: Names of its columns.
    """

    program: Program
    answer: Predicate
    variables: tuple[str, ...]


def demanded(
    program: Program,
    body: Expression | Sequence[Expression],
    variables: Sequence[Var | str],
    source: Source | None = None,
) -> Demand:
    """Transform a program for a query; the arguments are those of `Evaluation.query`.

    Raises:
        ParseError: A variable of the query is not bound, or a predicate has another arity in it.
    """
    literals = tuple(body) if isinstance(body, Sequence) else (body,)
    wanted = tuple(v if isinstance(v, Var) else Var(v) for v in variables)
    clause = Clause(App(QUERY, wanted), literals, source or Source(""))
    questions = program.questions(clause)
    try:
        rules = _Transformer(program, through_negation=True).rules(questions)
        level = levels(Dependencies.of(rules))
    except ParseError:
        rules = _Transformer(program, through_negation=False).rules(questions)
        level = levels(Dependencies.of(rules))
    used = {predicate for rule in rules for predicate in rule.predicates} | {rule.head for rule in rules}
    facts = {predicate: rows for predicate, rows in program.facts.items() if predicate in used}
    transformed = Program(tuple(rules), facts, level, program.arities)
    return Demand(transformed, Predicate(QUERY, len(wanted)), tuple(v.name for v in wanted))


def ask(
    program: Program,
    body: Expression | Sequence[Expression],
    variables: Sequence[Var | str] = (),
    *,
    limits: Limits | None = None,
    interrupted: Callable[[], bool] = never,
    shared: Evaluation | None = None,
    source: Source | None = None,
    limit: int | None = None,
) -> Answers:
    """Answer a query by evaluating what it needs only.

    Args:
        program: The rules and facts.
        body: As in `Evaluation.query`.
        variables: Whose values are wanted; none for a closed query, which has one empty answer or none.
        limits: On time and memory.
        interrupted: Asked now and then whether to stop.
        shared: An evaluation of any program with the same facts, for its indexes.
        source: The query's text, for errors.
        limit: Most answers to give; where there are more, no more of them is derived than tells so.

    Raises:
        ParseError: A variable of the query is not bound, or a predicate has another arity in it.
    """
    bounds = limits or Limits()
    until = monotonic() + bounds.timeout_s
    demand = demanded(program, body, variables, source)
    if variables:
        bounds = Limits(max(READING_SHARE * (until - monotonic()), 0.0), bounds.memory_mb)
    most = 1 if not variables else None if limit is None else limit + 1
    wanted = None if most is None else (demand.answer, most)
    found = evaluate(demand.program, bounds, interrupted, shared=shared, wanted=wanted)
    if not variables and next(found.facts(demand.answer), None) is not None:
        return Answers(({},), True, None, found)  # it holds, whatever else could be derived
    rows: list[Mapping[str, Value]] = []
    with without_collections():
        for number, row in enumerate(found.facts(demand.answer)):
            if number == limit:
                return Answers(tuple(rows), False, None, found)
            if number and not number % LOOK and monotonic() + ROW_S * number > until:
                return Answers(tuple(rows), False, Reason.TIMEOUT, found)
            rows.append(dict(zip(demand.variables, row, strict=True)))
    return Answers(tuple(rows), found.complete, found.reason, found)


@lru_cache(maxsize=2)
def _structure(program: Program) -> tuple[Mapping[Predicate, Sequence[Rule]], Mapping[Predicate, int]]:
    """Return the rules of each predicate, and which predicates depend on each other; kept for the next query."""
    by_head: dict[Predicate, list[Rule]] = {}
    for rule in unhurried(program.rules):
        by_head.setdefault(rule.head, []).append(rule)
    component: dict[Predicate, int] = {}
    for number, members in enumerate(components(Dependencies.of(unhurried(program.rules)))):
        component.update(dict.fromkeys(members, number))
    return by_head, component


class _Transformer:
    """Collects the rules for what is demanded."""

    def __init__(self, program: Program, *, through_negation: bool) -> None:
        self.program, self.through_negation = program, through_negation
        self.by_head, self.component = _structure(program)
        self.made: list[Rule] = []
        self.pending: list[tuple[Predicate, str]] = []
        self.seen: set[tuple[Predicate, str]] = set()
        self.full: set[Predicate] = set()

    def rules(self, questions: Iterable[Rule]) -> list[Rule]:
        """Return the rules that answer some questions."""
        for question in questions:
            self._rule(question, None, "")
        while self.pending:
            predicate, pattern = self.pending.pop()
            demand = _demand(predicate, pattern)
            for rule in self.by_head[predicate]:
                self._rule(rule, demand, pattern)
            if predicate in self.program.facts:
                self.made.append(_told(self.by_head[predicate][0], predicate, pattern))
        return self.made

    def _rule(self, rule: Rule, demand: Predicate | None, pattern: str) -> None:
        """Make the demands that a rule has of the atoms of its body, and the rule that waits for its own."""
        head = rule.shape.head
        bound = [operand for operand, sign in zip(head, pattern, strict=False) if sign == "b"]
        steps, _, _ = ordered(rule.shape.body, [o for o in bound if o >= 0], head)
        predicates = list(rule.predicates)
        start: list[Literal] = []
        if demand is not None:
            predicates.append(demand)
            start.append(("p", len(predicates) - 1, tuple(bound)))
        body = list(start)
        known, invented = {o for o in bound if o >= 0}, set[int]()
        for step in steps:
            self._demands(step, body, predicates, rule, known, invented)
            fresh = {v for v in variables(step) if v not in known} if step[0] != "n" else set()
            made = step[0] in "og" or (step[0] == "f" and step[1] in fresh)
            if made or (step[0] in "cf" and invented.intersection(variables(step))):
                invented |= fresh
            known |= fresh
            body.append(step)
        name = _adorned(rule.head, pattern) if demand is not None else rule.head
        self.made.append(_compact(rule, name, head, body, predicates, len(start)))

    def _demands(
        self,
        step: Literal,
        body: list[Literal],
        predicates: list[Predicate],
        rule: Rule,
        known: set[int],
        invented: set[int],
    ) -> None:
        """Demand what one literal is about; its predicate is replaced by that of the pattern."""
        if step[0] == "g":
            for slot in negative_slots((step,)):
                self._in_full(predicates[slot])
        if step[0] not in "pn" or predicates[step[1]] not in self.by_head:
            return
        _, slot, operands = step
        predicate = predicates[slot]
        if step[0] == "n" and not self.through_negation:
            return self._in_full(predicate)
        recursive = self.component[predicate] == self.component.get(rule.head, -1)
        barred = invented if recursive else set()
        signs = ["b" if o is not None and (o < 0 or o in known - barred) else "f" for o in operands]
        pattern = "".join(signs)
        demand = _demand(predicate, pattern)
        wanted = tuple(o for o, sign in zip(operands, signs, strict=True) if sign == "b")
        self.made.append(_compact(rule, demand, wanted, body, predicates, 0))
        predicates[slot] = _adorned(predicate, pattern)
        if (predicate, pattern) not in self.seen:
            self.seen.add((predicate, pattern))
            self.pending.append((predicate, pattern))

    def _in_full(self, predicate: Predicate) -> None:
        """Take over all rules that a predicate depends on as they are."""
        pending = [predicate]
        while pending:
            wanted = pending.pop()
            if wanted in self.full:
                continue
            self.full.add(wanted)
            for rule in self.by_head.get(wanted, ()):
                self.made.append(rule)
                pending.extend(rule.predicates)


def _adorned(predicate: Predicate, pattern: str) -> Predicate:
    """Return the predicate of what is derived for a pattern of demands."""
    return Predicate(f"{predicate.name}{MARK}{pattern}", predicate.arity, predicate.strong)


def _demand(predicate: Predicate, pattern: str) -> Predicate:
    """Return the predicate of the demands themselves."""
    return Predicate(f"{predicate.name}{MARK}{pattern}?", pattern.count("b"), predicate.strong)


def _told(like: Rule, predicate: Predicate, pattern: str) -> Rule:
    """Return the rule that gives the told facts of a predicate to a pattern of demands."""
    operands = tuple(range(predicate.arity))
    bound = tuple(o for o, sign in zip(operands, pattern, strict=True) if sign == "b")
    body: Conjunction = (("p", 0, bound), ("p", 1, operands))
    shape = like.shape._replace(head=operands, body=body, variables=predicate.arity)
    names = ("",) * predicate.arity
    return Rule(
        shape, _adorned(predicate, pattern), (_demand(predicate, pattern), predicate), (), names, like.clause, 1
    )


def _compact(
    rule: Rule,
    head: Predicate,
    operands: tuple[int, ...],
    body: Sequence[Literal],
    predicates: Sequence[Predicate],
    hidden: int,
) -> Rule:
    """Return a rule with another head and body, without slots that the body does not use."""
    slots: dict[int, int] = {}
    renumbered = tuple(_renumbered(literal, slots) for literal in body)
    kept = tuple(predicates[slot] for slot in slots)
    shape = rule.shape._replace(head=operands, body=renumbered)
    return Rule(shape, head, kept, rule.constants, rule.names, rule.clause, hidden)


def _renumbered(literal: Literal, slots: dict[int, int]) -> Literal:
    """Return a literal with its slots numbered as they come."""
    if literal[0] in "pn":
        return (literal[0], slots.setdefault(literal[1], len(slots)), literal[2])
    if literal[0] == "g":
        choices = tuple((terms, tuple(_renumbered(part, slots) for part in body)) for terms, body in literal[4])
        return (*literal[:4], choices)
    return literal
