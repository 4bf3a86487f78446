"""The greatest or least value of a number, with what shows it; at a limit the best one found, with bounds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from typing import TypeAlias

from abduce.errors import SortError
from abduce.solvers.algebraic import CannotTell, algebraic, compare, exact, multiply, rational_bounds
from abduce.solvers.base import Algebraic, Limits, Model, Reason, Session, Status
from abduce.solvers.cubes import Cube, comes_near, cube_around, cubes_along_one, rises_for_ever
from abduce.solvers.evaluation import Evaluator
from abduce.solvers.numerals import above, simplest
from abduce.solvers.terms import (
    ARITHMETIC,
    INT,
    REAL,
    Op,
    Symbol,
    Term,
    Variable,
    conjunction,
    constant,
    forall,
    implies,
    number,
    operate,
    symbols,
    unused_name,
    with_variables,
)

Numeric: TypeAlias = int | Fraction | Algebraic


class Kind(Enum):
    """What is known of an optimum."""

    OPTIMUM = "optimum"
    LIMIT = "limit"
    UNBOUNDED = "unbounded"
    INFEASIBLE = "infeasible"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Optimum:
    """The answer to an optimisation.

    Attributes:
        kind: `OPTIMUM`: `value` is reached, and nothing is better. `LIMIT`: values come as near to `value` as one
            likes, and none reaches it. `UNBOUNDED`: there is no best value. `INFEASIBLE`: the formulas have no model.
            `UNDECIDED`: `value` is the best one found.
        value: See `kind`; None where nothing was found.
        lower: What the best value is shown to be not less than; None where there is no such bound, or none is known.
        upper: What it is shown to be not greater than.
        model: A model of the best value found.
        reason: Why it is undecided.
    """

    kind: Kind
    value: Numeric | None = None
    lower: Numeric | None = None
    upper: Numeric | None = None
    model: Model | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What someone takes for the supremum.

    Attributes:
        value: The value; None for infinity.
        attained: Whether it is said to be reached.
    """

    value: Fraction | None
    attained: bool


Propose: TypeAlias = Callable[[Sequence[Term], Term, Limits], Proposal | None]

FIRST_STEP = 16
LARGEST_STEP = 1 << 512
CLOSE = Fraction(1, 2**30)
"""How near to each other the bounds of a real optimum are brought, relative to their size."""


def maximise(
    formulas: Sequence[Term],
    objective: Term,
    *,
    limits: Limits,
    session: Callable[[], Session],
    propose: Propose | None = None,
) -> Optimum:
    """Find the greatest value of a number that formulas allow.

    Whoever proposes is not trusted: that nothing is greater is checked by a solver's refutation, that there is no
    greatest value by a direction in which the solutions go on, and that a value is only approached by a point next to
    the solutions.

    Args:
        formulas: Closed formulas.
        objective: A closed integer or real term.
        limits: Bounds on all that is done together.
        session: Makes a new session of the solver to use.
        propose: Proposes a supremum of a real objective.

    Raises:
        SortError: The objective is no number.
    """
    if objective.sort not in ARITHMETIC:
        raise SortError(f"only a number can be maximised, not a term of {objective.sort}")
    return _Search(tuple(formulas), objective, limits, session, propose).run()


def minimise(
    formulas: Sequence[Term],
    objective: Term,
    *,
    limits: Limits,
    session: Callable[[], Session],
    propose: Propose | None = None,
) -> Optimum:
    """Find the least value of a number that formulas allow; see `maximise`."""
    if objective.sort not in ARITHMETIC:
        raise SortError(f"only a number can be minimised, not a term of {objective.sort}")
    found = maximise(formulas, operate(Op.NEGATE, objective), limits=limits, session=session, propose=propose)
    value, lower, upper = (_negative(part) for part in (found.value, found.upper, found.lower))
    return replace(found, value=value, lower=lower, upper=upper)


def _negative(value: Numeric | None) -> Numeric | None:
    if value is None or not isinstance(value, Algebraic):
        return None if value is None else -value
    return algebraic(multiply(Fraction(-1), exact(value)))


LOOK = 256
"""After how many formulas to look at the clock."""


class _Trouble(Exception):
    def __init__(self, reason: Reason) -> None:
        self.reason = reason


class _Search:
    """One search for a greatest value."""

    def __init__(
        self,
        formulas: tuple[Term, ...],
        objective: Term,
        limits: Limits,
        session: Callable[[], Session],
        propose: Propose | None,
    ) -> None:
        self.formulas, self.objective, self.limits = formulas, objective, limits
        self.new_session, self.propose = session, propose
        self.deadline = time.monotonic() + limits.timeout_s
        self.best: Numeric | None = None
        self.model: Model | None = None
        self.upper: Numeric | None = None
        self.trouble: Reason | None = None

    def run(self) -> Optimum:
        with self.new_session() as solver:
            self.solver = solver
            try:
                for place, formula in enumerate(self.formulas):
                    if not place % LOOK:
                        self._left()
                    solver.add(formula)
                if not self._improves(()):
                    return Optimum(Kind.INFEASIBLE)
                return self._integer() if self.objective.sort == INT else self._real()
            except _Trouble as trouble:
                return self._undecided(trouble.reason)
            except CannotTell:
                return self._undecided(Reason.INCOMPLETE)

    def _undecided(self, reason: Reason) -> Optimum:
        return Optimum(Kind.UNDECIDED, self.best, self.best, self.upper, self.model, reason)

    def _optimum(self) -> Optimum:
        return Optimum(Kind.OPTIMUM, self.best, self.best, self.best, self.model)

    def _unbounded(self) -> Optimum:
        return Optimum(Kind.UNBOUNDED, self.best, self.best, None, self.model)

    def _left(self, share: float = 1.0) -> Limits:
        left_s = self.deadline - time.monotonic()
        if left_s <= 0:
            raise _Trouble(Reason.TIMEOUT)
        return Limits(timeout_s=left_s * share, memory_mb=self.limits.memory_mb)

    def _improves(self, conditions: Sequence[Term], share: float = 1.0) -> bool:
        """Whether there is a model that meets conditions; where it is better than the best, it takes its place.

        Raises:
            _Trouble: That was not decided, or the value in the model cannot be told.
        """
        outcome = self.solver.check(conditions, limits=self._left(share))
        if outcome.status is Status.UNKNOWN:
            raise _Trouble(outcome.reason or Reason.INCOMPLETE)
        if outcome.status is Status.UNSAT:
            return False
        value = Evaluator(outcome.model).value(self.objective) if outcome.model is not None else None
        if isinstance(value, bool) or not isinstance(value, int | Fraction | Algebraic):
            raise _Trouble(Reason.INCOMPLETE)
        if self.best is None or compare(exact(value), exact(self.best)) > 0:
            self.best, self.model = value, outcome.model
        return True

    def _at_least(self, value: int | Fraction) -> Term:
        return operate(Op.GREATER_EQUAL, self.objective, number(Fraction(value), self.objective.sort))

    # integers ---------------------------------------------------------------------------------------------------

    def _integer(self) -> Optimum:
        """Double the step until nothing is found, then halve what is left."""
        step = FIRST_STEP
        while self.upper is None:
            best = _whole(self.best)
            if not self._improves((self._at_least(best + step),)):
                self.upper = best + step - 1
            elif step > FIRST_STEP**3 and self._rises_for_ever():
                return self._unbounded()
            elif step > LARGEST_STEP:
                return self._undecided(Reason.INCOMPLETE)
            step *= 4
        while (best := _whole(self.best)) < (upper := _whole(self.upper)):
            middle = (best + upper + 1) // 2
            if not self._improves((self._at_least(middle),)):
                self.upper = middle - 1
        return self._optimum()

    def _rises_for_ever(self) -> bool:
        """Whether the solutions go on in a direction in which the objective rises, or every bound is refuted."""
        assert self.model is not None
        cube = self._cube()
        cubes = [cube] if cube is not None else cubes_along_one(self.formulas, self.objective, self.model)
        for piece in cubes:
            if rises_for_ever(piece, limits=self._left(0.25), session=self.new_session):
                return True
        return self._refutes_every_bound()

    def _cube(self) -> Cube | None:
        return None if self.model is None else cube_around(self.formulas, self.objective, self.model)

    def _refutes_every_bound(self) -> bool:
        """Whether it is refuted that some number is not below any value of the objective."""
        bound = constant(unused_name("bound", (*self.formulas, self.objective)), self.objective.sort)
        bounded = self._for_all_solutions(lambda value: operate(Op.LESS_EQUAL, value, bound))
        if bounded is None:
            return False
        with self.new_session() as solver:
            return solver.check((bounded,), limits=self._left(0.25), want_model=False).status is Status.UNSAT

    def _for_all_solutions(self, claim: Callable[[Term], Term]) -> Term | None:
        """The formula that a claim is true of the objective at all solutions; None where functions occur."""
        whole = conjunction(self.formulas)
        used = sorted(symbols(whole) | symbols(self.objective), key=lambda symbol: symbol.name)
        if any(symbol.arguments for symbol in used):
            return None
        names: dict[Symbol, Variable] = {}
        for symbol in used:
            names[symbol] = Variable(unused_name(f"any {symbol.name}", (*self.formulas, self.objective)), symbol.result)
        formula, objective = (with_variables(term, names) for term in (whole, self.objective))
        return forall(list(names.values()), implies(formula, claim(objective)))

    # reals ------------------------------------------------------------------------------------------------------

    def _real(self) -> Optimum:
        for attempt in (self._by_proposal, self._by_quantifier):
            try:
                found = attempt()
            except _Trouble as trouble:
                if trouble.reason is Reason.INTERRUPTED:
                    raise
                found = None
            if found is not None:
                return found
        return self._by_bisection()

    def _by_proposal(self) -> Optimum | None:
        """Take up what is proposed, where it can be checked."""
        proposal = self.propose(self.formulas, self.objective, self._left(0.4)) if self.propose is not None else None
        if proposal is None:
            return None
        if proposal.value is None:
            return self._unbounded() if self._rises_for_ever() else None
        value = proposal.value
        if self._improves((operate(Op.GREATER, self.objective, number(value)),), 0.5):
            return None
        self.upper = value
        if self._improves((operate(Op.EQUAL, self.objective, number(value)),), 0.5):
            return self._optimum()
        return self._limit_at(value)

    def _limit_at(self, value: Fraction) -> Optimum | None:
        """Show that a value that nothing reaches is approached."""
        if self._improves((self._at_least(value - CLOSE * max(Fraction(1), abs(value))),), 0.5):
            cube = self._cube()
            if cube is not None and comes_near(cube, value, limits=self._left(0.5), session=self.new_session):
                return Optimum(Kind.LIMIT, value, value, value, self.model)
        less = constant(unused_name("bound", (*self.formulas, self.objective)), REAL)
        bounded = self._for_all_solutions(lambda objective: operate(Op.LESS_EQUAL, objective, less))
        if bounded is None:
            return None
        with self.new_session() as solver:
            conditions = (bounded, operate(Op.LESS, less, number(value)))
            if solver.check(conditions, limits=self._left(0.5), want_model=False).status is Status.UNSAT:
                return Optimum(Kind.LIMIT, value, value, value, self.model)
        return None

    def _by_quantifier(self) -> Optimum | None:
        """Ask for a solution that no other exceeds; its value may be irrational."""
        condition = self._for_all_solutions(lambda value: operate(Op.LESS_EQUAL, value, self.objective))
        if condition is None:
            return None
        with self.new_session() as solver:
            outcome = solver.check((*self.formulas, condition), limits=self._left(0.4))
        if outcome.status is Status.UNSAT and self._refutes_every_bound():
            return self._unbounded()
        if outcome.status is not Status.SAT or outcome.model is None:
            return None
        evaluator = Evaluator(outcome.model)
        value = evaluator.value(self.objective)
        if isinstance(value, bool) or not isinstance(value, int | Fraction | Algebraic):
            return None
        if any(evaluator.value(formula) is not True for formula in self.formulas):
            return None
        if self.best is None or compare(exact(value), exact(self.best)) >= 0:
            self.best, self.model = value, outcome.model
        if self._improves((above(self.objective, value),), 0.5):
            return None
        self.upper = value
        return self._optimum()

    def _by_bisection(self) -> Optimum:
        """Narrow the bounds, and try the simplest number between them."""
        step = Fraction(1)
        while self.upper is None:
            reached = self._above_best()
            if not self._improves((self._at_least(reached + step),)):
                self.upper = reached + step
            elif step > 2**16 and self._rises_for_ever():
                return self._unbounded()
            elif step > LARGEST_STEP:
                return self._undecided(Reason.INCOMPLETE)
            step *= 4
        while True:
            low, high = self._above_best(), Fraction(self.upper)  # type: ignore[arg-type]
            if high - low <= CLOSE * max(Fraction(1), abs(high)):
                break
            middle = (low + high) / 2
            if not self._improves((self._at_least(middle),)):
                self.upper = middle
        for value in dict.fromkeys((simplest(low, high), high)):
            if self._improves((operate(Op.GREATER, self.objective, number(value)),)):
                continue
            self.upper = value
            if self._improves((operate(Op.EQUAL, self.objective, number(value)),)):
                return self._optimum()
            found = self._limit_at(value)
            if found is not None:
                return found
        return self._undecided(Reason.INCOMPLETE)

    def _above_best(self) -> Fraction:
        """A rational number that is not above the best value, and next to it."""
        assert self.best is not None
        return rational_bounds(exact(self.best), CLOSE / 4)[0]


def _whole(value: Numeric | None) -> int:
    assert isinstance(value, int)
    return value
