"""What follows from premises with some hypotheses, in each reading; and which hypotheses are allowed by default."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Protocol

from abduce.errors import UsageError
from abduce.parser.clauses import free_variables
from abduce.parser.pausing import unhurried
from abduce.parser.printing import expression_text
from abduce.parser.statements import (
    Aggregate,
    App,
    Clause,
    Expression,
    Formula,
    Operation,
    Quantifier,
    Query,
    Source,
)
from abduce.parser.surface import read_statement
from abduce.parser.term_printing import term_text
from abduce.reasoning.queries.classical import closed
from abduce.reasoning.queries.evidence_rules import WHY, relevant
from abduce.reasoning.queries.facts import as_fact
from abduce.reasoning.queries.stopping import Stopping
from abduce.reasoning.queries.verdicts import Hypothesis
from abduce.reasoning.queries.workspace import Workspace
from abduce.reasoning.rules.bodies import Bodies
from abduce.reasoning.rules.fixpoint import evaluate
from abduce.reasoning.rules.ground import Atom, Name, Predicate, Value, expression_of, ground
from abduce.reasoning.rules.programs import Program
from abduce.reasoning.rules.shapes import parts
from abduce.solvers.base import Limits, Model, Reason, Status
from abduce.solvers.evaluation import Evaluator
from abduce.solvers.terms import BOOL, Apply, Op, Operate, Quantified, Sort, Symbol, Term, exists, negation, subterms

MOST_CANDIDATES = 400
"""How many hypotheses are allowed by default at most."""
ASSUMED = "hypothesis"
Chosen = frozenset[int]


class Unknown(Exception):
    """Something was not decided."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Clock(Protocol):
    """The time that is left."""

    stopping: Stopping

    def limits(self) -> Limits:
        """Return the limits on what comes next."""
        ...


class ClassicalOracle:
    """The classical reading: hypotheses are formulas, and more of them only make more follow."""

    is_monotone = True

    def __init__(self, workspace: Workspace, goal: Query, weights: Mapping[str, float] | None, clock: Clock) -> None:
        self._clock = clock
        self.is_cut = False
        if weights is None:
            classical, question = workspace.classical().question(goal)
            self._goal = exists(question.variables, question.formula)
            found = _literals(classical.terms, self._goal)
            self.is_cut = len(found) > MOST_CANDIDATES
            self._terms = found[:MOST_CANDIDATES]
            self.candidates = tuple(Hypothesis(term_text(term)) for term in self._terms)
        else:
            self.candidates = tuple(Hypothesis(text.strip(), weight) for text, weight in weights.items())
            # All at once: a name has one sort in premises, goal and hypotheses.
            claims = [Formula(_claimed(text), Source(text, ASSUMED)) for text in weights]
            classical, terms = workspace.classical().together([Formula(closed(goal), goal.source), *claims])
            self._goal, *self._terms = terms
        self._session = clock.stopping.session()
        axioms = classical.axioms(self._goal, *self._terms)
        for formula in unhurried((*classical.terms, *axioms)):
            self._session.add(formula)
        self._counter: Model | None = None

    def follows(self, chosen: Chosen) -> bool:
        """Tell whether the goal follows; the countermodel is kept for `enlarged`."""
        self._counter = None
        return self._refuted(chosen, [negation(self._goal)])

    def is_consistent(self, chosen: Chosen) -> bool:
        """Tell whether the premises have a model with some hypotheses."""
        return not self._refuted(chosen, [])

    def _refuted(self, chosen: Chosen, others: Sequence[Term]) -> bool:
        formulas = [*(self._terms[one] for one in sorted(chosen)), *others]
        limits = self._clock.limits()
        found = self._session.check(formulas, limits=limits, want_core=False)
        if found.status is Status.UNKNOWN:
            raise Unknown(found.reason or Reason.INCOMPLETE)
        self._counter = found.model
        return found.status is Status.UNSAT

    def enlarged(self, chosen: Chosen) -> Chosen:
        """Add what is true in the countermodel, then what else can be added."""
        found = chosen | self._true_in_counter()
        for one in range(len(self._terms)):
            if one not in found:
                try:
                    if not self.follows(found | {one}):
                        found = found | {one} | self._true_in_counter(found)
                except Unknown as trouble:
                    if trouble.reason is not Reason.INCOMPLETE:
                        raise
        return found

    def _true_in_counter(self, needed: Chosen = frozenset()) -> Chosen:
        if self._counter is None:
            return frozenset()
        evaluator = Evaluator(self._counter)
        true = frozenset(one for one, term in enumerate(self._terms) if evaluator.value(term) is True)
        return true if needed <= true else frozenset()

    def close(self) -> None:
        """Give the session back."""
        self._session.close()


class RulesOracle:
    """The rule readings: hypotheses are clauses."""

    def __init__(self, workspace: Workspace, goal: Query, weights: Mapping[str, float] | None, clock: Clock) -> None:
        self._clock = clock
        self._program = workspace.rules().program
        bodies = Bodies(goal.source)
        body = bodies.holds(goal.expression)
        self._asked = [*bodies.clauses, Clause(App(WHY.name), (body,), goal.source)]
        whole = self._program.extended(self._asked)
        self.is_cut = False
        if weights is None:
            atoms = _abducible(relevant(whole, WHY), self._program, goal)
            found = list(atoms(MOST_CANDIDATES + 1))
            self.is_cut = len(found) > MOST_CANDIDATES
            self._clauses = [_fact(atom) for atom in found[:MOST_CANDIDATES]]
            self.candidates = tuple(Hypothesis(str(clause.source.text)) for clause in self._clauses)
        else:
            self._clauses = [_as_clause(text) for text in weights]
            self.candidates = tuple(Hypothesis(text.strip(), weight) for text, weight in weights.items())
        everything = self._program.extended([*self._asked, *self._clauses])
        self.is_monotone = not any(map(_gives_way, _clauses(everything)))

    def follows(self, chosen: Chosen) -> bool:
        """Tell whether the goal follows."""
        program = relevant(self._with(chosen), WHY)
        found = evaluate(program, self._clock.limits(), self._clock.stopping.requested)
        if found.holds(Atom(WHY)):
            return True
        if not found.complete:
            raise Unknown(found.reason or Reason.INCOMPLETE)
        return False

    def is_consistent(self, chosen: Chosen) -> bool:
        """Tell whether nothing contradicts anything."""
        found = evaluate(self._with(chosen), self._clock.limits(), self._clock.stopping.requested)
        if found.inconsistent:
            return False
        if not found.complete:
            raise Unknown(found.reason or Reason.INCOMPLETE)
        return True

    def enlarged(self, chosen: Chosen) -> Chosen:
        """Add what can be added while the goal does not follow: halves at a time, where they can."""
        found = chosen
        pending = [tuple(one for one in range(len(self._clauses)) if one not in chosen)]
        while pending:
            part = pending.pop()
            if not part:
                continue
            if not self.follows(found | set(part)):
                found = found | set(part)
            elif len(part) > 1:
                middle = len(part) // 2
                pending += [part[middle:], part[:middle]]
        return found

    def _with(self, chosen: Chosen) -> Program:
        return self._program.extended([*self._asked, *(self._clauses[one] for one in sorted(chosen))])

    def close(self) -> None:
        """Nothing is to be given back."""


# hypotheses as users write them -------------------------------------------------------------------------------------


def _as_clause(text: str) -> Clause:
    """Return a hypothesis for the rule readings."""
    statement = as_fact(read_statement(text, file=ASSUMED))
    if isinstance(statement, Clause):
        return statement
    raise UsageError(f"in the rule readings a hypothesis is an atom, its strong negation or a clause; got {text!r}")


def _claimed(text: str) -> Expression:
    """Return a hypothesis for the classical reading."""
    statement = read_statement(text, file=ASSUMED)
    if isinstance(statement, Formula):
        return statement.expression
    if not isinstance(statement, Clause):
        raise UsageError(f"a hypothesis is a formula or a clause; got {text!r}")
    head: Expression = Operation("false", ()) if statement.head is None else statement.head
    expression = head
    if statement.body:
        body = statement.body[0] if len(statement.body) == 1 else Operation("and", statement.body)
        expression = Operation("->", (body, head))
    variables = free_variables(expression)
    return Quantifier("forall", variables, expression) if variables else expression


def _fact(atom: Atom) -> Clause:
    head: Expression = App(atom.predicate.name, tuple(map(expression_of, atom.row)))
    if atom.predicate.strong:
        head = Operation("strong", (head,))
    return Clause(head, (), Source(f"{expression_text(head, mode='clause')}.", ASSUMED))


def _clauses(program: Program) -> Iterator[Clause]:
    for rule in program.rules:
        yield rule.clause


def _gives_way(clause: Clause) -> bool:
    """Tell whether a clause may cease to apply when more is known."""
    for part in parts((*clause.body, *(() if clause.head is None else (clause.head,)))):
        if isinstance(part, Aggregate) or (isinstance(part, Operation) and part.op in ("not", "ite")):
            return True
    return False


# what is allowed by default -----------------------------------------------------------------------------------------


def _abducible(sliced: Program, program: Program, goal: Query) -> Callable[[int], Iterator[Atom]]:
    """Return a function that yields ground atoms which could help derive a goal, those about its constants first."""
    heads = {rule.head for rule in sliced.rules}
    used = {predicate for rule in sliced.rules for predicate in rule.predicates}
    used = {one for one in used if not one.name.startswith("\0")}
    asked = set(_atoms_of(goal.expression))
    basic = sorted(used - heads) or sorted(used)
    own = _constants(goal.expression)
    others = _values(program)
    values: list[Value] = list(dict.fromkeys([*own, *others]))

    def found(most: int) -> Iterator[Atom]:
        given = 0
        for predicate in basic:
            known = program.facts.get(predicate, {})
            for row in product(values, repeat=predicate.arity):
                atom = Atom(predicate, row)
                if row in known or atom in asked:
                    continue
                yield atom
                given += 1
                if given >= most:
                    return

    return found


def _atoms_of(expression: Expression) -> Iterator[Atom]:
    """Yield the ground atoms of a goal, which are no hypotheses for it."""
    for part in parts((expression,)):
        if isinstance(part, App):
            row = tuple(value for one in part.arguments if (value := ground(one)) is not None)
            if len(row) == len(part.arguments):
                yield Atom(Predicate(part.name, len(row)), row)


def _constants(expression: Expression) -> Iterator[Value]:
    """Yield the names, numbers and texts that atoms have as arguments."""
    for part in parts((expression,)):
        if isinstance(part, App):
            for one in part.arguments:
                if not getattr(one, "arguments", ()) and (value := ground(one)) is not None:
                    yield value


def _values(program: Program) -> Iterator[Value]:
    for rows in program.facts.values():
        for row in rows:
            yield from row
    for rule in program.rules:
        yield from (value for value in rule.constants if isinstance(value, Name))


def _literals(premises: Sequence[Term], goal: Term) -> list[Term]:
    """Return ground literals that could help: what premises have as conditions, and the negation of what they claim."""
    polarities: dict[tuple[Symbol, bool], None] = {}
    for premise in unhurried(premises):
        for symbol, positive in _occurrences(premise):
            polarities.setdefault((symbol, not positive))
    constants: dict[Sort, dict[Term, None]] = {}
    for term in unhurried((goal, *premises)):
        for part in subterms(term):
            if isinstance(part, Apply) and not part.arguments and part.sort != BOOL:
                constants.setdefault(part.sort, {}).setdefault(part)
    found: list[Term] = []
    barred = {goal, *premises}
    for symbol, positive in sorted(polarities, key=lambda one: (not one[1], one[0].name)):
        for row in unhurried(product(*(tuple(constants.get(sort, ())) for sort in symbol.arguments))):
            atom = Apply(symbol, row)
            literal: Term = atom if positive else negation(atom)
            if literal not in barred:
                found.append(literal)
            if len(found) > MOST_CANDIDATES:
                return found
    return found


def _occurrences(formula: Term) -> Iterator[tuple[Symbol, bool]]:
    """Yield the predicates of a formula with the signs they occur with; both under an equivalence."""
    pending: list[tuple[Term, tuple[bool, ...]]] = [(formula, (True,))]
    while pending:
        part, signs = pending.pop()
        if isinstance(part, Apply):
            if part.sort == BOOL:
                for sign in signs:
                    yield part.symbol, sign
        elif isinstance(part, Quantified):
            pending.append((part.body, signs))
        elif isinstance(part, Operate) and part.sort == BOOL:
            other = tuple(not sign for sign in signs)
            if part.op is Op.NOT:
                pending.append((part.arguments[0], other))
            elif part.op is Op.IMPLIES:
                pending.extend((one, other) for one in part.arguments[:-1])
                pending.append((part.arguments[-1], signs))
            elif part.op in (Op.AND, Op.OR):
                pending.extend((one, signs) for one in part.arguments)
            else:
                pending.extend((one, (True, False)) for one in part.arguments)
