"""What was concluded from premises, concluded again: in another context, by other procedures of the solver."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from abduce.parser.pausing import unhurried
from abduce.reasoning.queries.budgets import Budget
from abduce.solvers.base import Model, Outcome, Status
from abduce.solvers.terms import Term
from abduce.solvers.z3_backend import Z3Session, other_session, reprove

MOST_PREMISES = 1_000
"""Up to how many premises are kept in a second context."""


class SecondOpinion:
    """A second context that is told the same premises when it is first asked; each question is decided anew in it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._session: Z3Session | None = None
        self._told = 0

    def refutes(self, premises: Sequence[Term], formulas: Sequence[Term], budget: Budget) -> bool:
        """Tell whether premises and formulas are found to have no model.

        Args:
            premises: The first so many of all that were ever told.
            formulas: What is beside them.
            budget: The time there is.
        """
        found = self._decided(premises, formulas, budget, want_model=False)
        if found is not None and found.status is not Status.UNKNOWN:
            return found.status is Status.UNSAT
        return reprove([*premises, *formulas], budget.limits()).status is Status.UNSAT

    def model(self, premises: Sequence[Term], formulas: Sequence[Term], budget: Budget) -> Model | None:
        """Return a model of premises and formulas, where one is found."""
        found = self._decided(premises, formulas, budget, want_model=True)
        return None if found is None else found.model

    def _decided(
        self, premises: Sequence[Term], formulas: Sequence[Term], budget: Budget, *, want_model: bool
    ) -> Outcome | None:
        """Decide by what is kept; None where the premises are too many, or are not the last that were told."""
        with self._lock:
            if not self._told <= len(premises) <= MOST_PREMISES:
                return None
            session = self._caught_up(premises, budget)
            return session.check(formulas, limits=budget.limits(0.4), want_model=want_model, want_core=False)

    def _caught_up(self, premises: Sequence[Term], budget: Budget) -> Z3Session:
        if self._session is None:
            self._session, self._told = other_session(), 0
        session = budget.stopping.watched(self._session)
        for premise in unhurried(premises[self._told :]):
            session.add(premise)
            self._told += 1
        return session

    def close(self) -> None:
        """Give the context back."""
        with self._lock:
            if self._session is not None:
                self._session.close()
            self._session, self._told = None, 0
