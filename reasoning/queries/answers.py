"""Answers to queries with free variables in the classical reading, found one at a time.

Where a query's variables are numbers and truth values, and so are all the names it speaks of, the names are unknowns:
an answer is a solution, values for which the premises and the query can be true together. Else an answer is an
instance that the premises entail: variables over things take the constants of the premises and the query, those over
numbers any value.

Models guide the search for entailed instances: what fails in one model of the premises is not entailed, so each
countermodel excludes many candidates at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice, product
from math import prod

from abduce.parser.elaboration import Question
from abduce.parser.pausing import LOOK, unhurried, watched, without_collections
from abduce.reasoning.queries.answer_terms import Row, are_unknowns, named, numbers_of, opened, without_arithmetic
from abduce.reasoning.queries.classical import Classical
from abduce.reasoning.queries.narrowing import narrowed
from abduce.reasoning.queries.stopping import Stopping
from abduce.reasoning.rules.bounds import OutOfBounds
from abduce.solvers.base import Element, Limits, Model, ModelValue, Reason, Status
from abduce.solvers.enumeration import Answers as Solutions
from abduce.solvers.evaluation import Evaluator
from abduce.solvers.numerals import equals
from abduce.solvers.terms import (
    ARITHMETIC,
    BOOL,
    FALSE,
    REAL,
    TRUE,
    Apply,
    Number,
    Symbol,
    Term,
    Variable,
    conjunction,
    constant,
    disjunction,
    equal,
    exists,
    forall,
    free_variables,
    implies,
    negation,
    substitute,
    subterms,
    symbols,
)
from abduce.solvers.z3_backend import Z3Session

GROUP = 64
"""How many candidates are tried to be entailed together."""
MOST_MODELS = 24
MOST_WRITTEN, MOST_TRIED = 200, 5_000
"""How many numbers of premises and query, and how many combinations of them, are tried as answers at most."""
MOST_IN_VAIN = 24
"""After how many values in vain a search among numbers that models do not guide is given up."""


class ClassicalAnswers:
    """The answers to a query, found as they are asked for.

    The time limit is on what the search takes, not on what its caller does between two answers.

    Attributes:
        complete: Whether the answers given are all; None while there may be more.
        reason: Why they may not be all.
        are_solutions: Whether they are solutions and not entailed instances.
        are_possible: Whether they are solutions about unknowns of the premises: possible, and maybe not entailed.
    """

    def __init__(
        self, classical: Classical, question: Question, limits: Limits, stopping: Stopping | None = None
    ) -> None:
        self.complete: bool | None = None
        self.reason: Reason | None = None
        self.are_solutions = are_unknowns(question)
        self.are_possible = self.are_solutions and bool(symbols(question.formula))
        self._classical, self._question = classical, question
        self._limits, self._stopping = limits, stopping or Stopping()
        self._left_s, self._until = limits.timeout_s, 0.0
        self._trouble: Reason | None = None
        self._axioms = classical.axioms(question.formula)
        self._models: list[Evaluator] = []
        self._solutions: Solutions | None = None
        self._found = self._solved() if self.are_solutions else self._entailed()

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        if self._left_s <= 0 and self.complete is None:
            self.complete, self.reason = False, Reason.TIMEOUT
        if self.complete is not None:
            raise StopIteration
        started = time.monotonic()
        self._until = started + self._left_s
        try:
            with watched(self._look):
                return next(self._found)
        except StopIteration:
            self.complete, self.reason = self._trouble is None, self._trouble
            raise
        except OutOfBounds as stop:
            self.complete, self.reason = False, stop.reason
            raise StopIteration from None
        finally:
            self._left_s -= time.monotonic() - started

    def _look(self) -> None:
        if self._stopping.requested():
            raise OutOfBounds(Reason.INTERRUPTED)
        if time.monotonic() >= self._until:
            raise OutOfBounds(Reason.TIMEOUT)

    def until(self, limit: int | None, look: Callable[[], None]) -> list[Row]:
        """Return answers until there are so many, all were given, or who looks has no time left."""
        rows: list[Row] = []
        try:
            with without_collections():
                for row in islice(self, limit):
                    rows.append(row)
                    if not len(rows) % LOOK:
                        look()
        except OutOfBounds as stop:
            self.complete, self.reason = False, stop.reason
        return rows

    def close(self) -> None:
        """Give solvers back."""
        self._found.close()  # type: ignore[attr-defined]
        if self._solutions is not None:
            self._solutions.close()

    # solutions ---------------------------------------------------------------------------------------------------

    def _solved(self) -> Iterator[Row]:
        values = opened(self._question)
        formula = substitute(self._question.formula, values)
        premises = self._classical.terms if symbols(self._question.formula) else []
        terms = [values[variable] for variable in self._question.variables]
        bounds = Limits(self._left_s, self._limits.memory_mb)
        self._solutions = Solutions(
            [*premises, *self._axioms, formula], terms, limits=bounds, session=self._stopping.session
        )
        names = [variable.name for variable in self._question.variables]
        with self._solutions as solutions:
            for answer in solutions:
                yield dict(zip(names, answer, strict=True))
                if self._stopping.requested():
                    raise OutOfBounds(Reason.INTERRUPTED)
        completeness = solutions.completeness
        if completeness is not None and not completeness.complete:
            self._trouble = completeness.reason or Reason.INCOMPLETE

    # entailed instances ------------------------------------------------------------------------------------------

    def _entailed(self) -> Iterator[Row]:
        formula, variables = self._question.formula, self._question.variables
        hidden = free_variables(formula).difference(variables)
        if hidden:
            formula = exists(sorted(hidden, key=lambda one: one.name), formula)
        finite = [variable for variable in variables if variable.sort not in ARITHMETIC]
        numeric = [variable for variable in variables if variable.sort in ARITHMETIC]
        self._first_model()
        choices = [self._choices(variable) for variable in finite]
        candidates = iter(product(*choices))
        while group := list(islice(candidates, GROUP)):
            if not numeric:
                yield from self._of_group(formula, finite, group)
                continue
            for chosen in group:
                instance = substitute(formula, dict(zip(finite, chosen, strict=True)))
                for row in self._numbers(instance, numeric):
                    found = {**named(finite, chosen), **row}
                    yield {variable.name: found[variable.name] for variable in variables}

    def _choices(self, variable: Variable) -> list[Term]:
        if variable.sort == BOOL:
            return [TRUE, FALSE]
        found: dict[Symbol, None] = {}
        for term in unhurried((self._question.formula, *self._classical.terms)):
            for part in subterms(term):
                if not isinstance(part, Apply) or part.sort != variable.sort:
                    continue
                if part.arguments:  # its values may have no name
                    self._trouble = Reason.INCOMPLETE
                else:
                    found.setdefault(part.symbol)
        return [Apply(symbol) for symbol in sorted(found, key=lambda one: one.name)]

    def _first_model(self) -> None:
        outcome = self._check([])
        if outcome[1] is not None:
            self._models.append(Evaluator(outcome[1]))

    def _check(self, formulas: Sequence[Term], share: float = 0.5) -> tuple[Status, Model | None, Reason | None]:
        """Decide whether the premises and formulas have a model.

        Raises:
            OutOfBounds: A limit was reached.
        """
        self._look()
        left_s = self._until - time.monotonic()
        bounds = Limits(left_s if not formulas else max(share * left_s, 0.01), self._limits.memory_mb)
        asked = [*self._axioms, *formulas]
        found = self._classical.check(asked, bounds, self._stopping.requested, want_model=True)
        if found.reason is Reason.INTERRUPTED:
            raise OutOfBounds(Reason.INTERRUPTED)
        return found.status, found.model, found.reason

    def _of_group(
        self, formula: Term, variables: Sequence[Variable], group: Sequence[tuple[Term, ...]]
    ) -> Iterator[Row]:
        """Yield those of a group of candidates that are entailed, in order."""
        left = [chosen for chosen in group if not self._fails_somewhere(formula, variables, chosen)]
        entailed: set[int] = set()
        parts = [left] if left else []
        while parts:
            part = parts.pop()
            instances = [substitute(formula, dict(zip(variables, chosen, strict=True))) for chosen in part]
            status, model, reason = self._check([disjunction([negation(one) for one in instances])])
            if status is Status.UNSAT:
                entailed.update(map(id, part))
                continue
            kept = part
            if model is not None:
                self._remember(model)
                kept = [chosen for chosen in part if not self._fails_somewhere(formula, variables, chosen)]
            if len(kept) < len(part):
                parts += [kept] if kept else []
            elif len(part) > 1:
                middle = len(part) // 2
                parts += [part[:middle], part[middle:]]
            elif status is Status.UNKNOWN:
                self._trouble = self._trouble or reason or Reason.INCOMPLETE
        for chosen in left:
            if id(chosen) in entailed:
                yield named(variables, chosen)

    def _remember(self, model: Model) -> None:
        self._models.insert(0, Evaluator(model))
        del self._models[MOST_MODELS:]

    def _fails_somewhere(self, formula: Term, variables: Sequence[Variable], chosen: Sequence[Term]) -> bool:
        """Tell whether an instance is false in a model at hand."""
        self._look()
        for evaluator in self._models:
            values: dict[Variable, ModelValue] = {}
            for variable, term in zip(variables, chosen, strict=True):
                value = evaluator.value(term)
                if isinstance(value, bool | int | Fraction | Element):
                    values[variable] = value
            if len(values) == len(variables) and evaluator.value(formula, values) is False:
                return True
        return False

    def _numbers(self, instance: Term, numeric: Sequence[Variable]) -> Iterator[Row]:
        """Yield the numbers for which the premises entail a formula.

        Where in some model it holds of none but numbers that somebody wrote, those are tried. Else what they are is
        narrowed by models: in each the formula must hold of them.
        """
        written = self._written(numeric)
        if written and self._has_no_others(instance, numeric, written):
            candidates = product(*written)
            while group := list(islice(candidates, GROUP)):
                yield from self._of_group(instance, numeric, group)
            return
        values = {variable: constant(f"{variable.name}?", variable.sort) for variable in numeric}
        opened_up = substitute(instance, values)
        with self._stopping.session() as session:
            guided = False
            for evaluator in self._models:
                here = narrowed(instance, evaluator, values)
                if here is not None:
                    session.add(here)
                    guided = True
            if not guided:
                for formula in unhurried((*self._classical.terms, *self._axioms, opened_up)):
                    session.add(formula)
            yield from self._in(session, instance, values)

    def _written(self, numeric: Sequence[Variable]) -> list[list[Number]]:
        """Return for each variable the numbers that occur in premises and query; nothing where they are too many."""
        found: dict[Fraction, None] = {}
        for term in unhurried((self._question.formula, *self._classical.terms)):
            found.update((part.value, None) for part in subterms(term) if isinstance(part, Number))
            if len(found) > MOST_WRITTEN:
                return []
        choices = [
            [Number(value, one.sort) for value in found if one.sort == REAL or value.denominator == 1]
            for one in numeric
        ]  # fmt: skip
        return choices if prod(map(len, choices)) <= MOST_TRIED else []

    def _has_no_others(self, instance: Term, numeric: Sequence[Variable], written: Sequence[Sequence[Number]]) -> bool:
        """Tell whether in some model of the premises a formula holds of no numbers but written ones."""
        other = disjunction(
            [conjunction([negation(equal(one, number)) for number in numbers])
             for one, numbers in zip(numeric, written, strict=True)]
        )  # fmt: skip
        status, model, _ = self._check(
            [forall(numeric, implies(other, negation(without_arithmetic(instance))))], share=0.3
        )
        if model is not None:
            self._remember(model)
        return status is Status.SAT

    def _in(self, session: Z3Session, instance: Term, values: Mapping[Variable, Apply]) -> Iterator[Row]:
        in_vain = 0
        while True:
            self._look()
            outcome = session.check(limits=Limits(self._until - time.monotonic(), self._limits.memory_mb))
            if outcome.status is Status.UNSAT:
                return
            found = numbers_of(outcome.model, values)
            if found is None:
                self._trouble = self._trouble or outcome.reason or Reason.INCOMPLETE
                return
            same = conjunction([equals(values[variable], value) for variable, value in found.items()])
            chosen = substitute(instance, values)
            status, model, reason = self._check([same, negation(chosen)])
            if status is Status.UNSAT:
                yield {variable.name: value for variable, value in found.items()}
                in_vain = 0
            elif status is Status.UNKNOWN:
                self._trouble = self._trouble or reason or Reason.INCOMPLETE
            here = narrowed(instance, Evaluator(model), values) if model is not None else None
            if here is not None:
                session.add(here)
            elif status is not Status.UNSAT:
                in_vain += 1
                if in_vain >= MOST_IN_VAIN:
                    self._trouble = self._trouble or Reason.INCOMPLETE
                    return
            session.add(negation(same))
