"""Finite models of first-order formulas, searched in domains of 1, 2, 3, … elements.

Each size is a propositional problem. Where a model needs no more elements than there are closed terms, and all sizes
up to that have none, the formulas have no model at all (as in the Bernays-Schönfinkel class); else the search never
says so. Every model is evaluated on all formulas before it is returned.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod

from abduce.solvers.base import Limits, Model, Outcome, Reason, Status
from abduce.solvers.clausal import ClausalForm, UnsuitableError, clausify
from abduce.solvers.clauses import StoppedError, TooManyClausesError
from abduce.solvers.finite_evaluation import TooLargeError, satisfies
from abduce.solvers.grounding import Grounding, effective_sizes
from abduce.solvers.terms import Sort, Term
from abduce.solvers.z3_grounding import ClauseSolver

NAME = "finite models"
LARGEST = 1_000
"""Largest domain that is tried."""
MOST_COMBINATIONS = 100
"""How many combinations of sizes of different sorts are tried for each largest size."""
BYTES_PER_CLAUSE = 1_300
"""Memory of a clause of three literals at most, in the SAT solver and on the way into it, as measured."""
SHARE = 0.4
"""Share of the time that is left which one size may take, so that a larger and easier one is reached."""


@dataclass(frozen=True, slots=True)
class _Size:
    sizes: dict[Sort, int]
    effective: tuple[int, ...]

    def __str__(self) -> str:
        counts = [str(size) for size in self.sizes.values()]
        return f"size {counts[0]}" if len(set(counts)) == 1 else f"sizes {', '.join(counts)}"


class FiniteModelSearch:
    """One search; can be interrupted from another thread.

    Args:
        formulas: Closed formulas.
    """

    def __init__(self, formulas: Sequence[Term]) -> None:
        self.formulas = tuple(formulas)
        self._solver = ClauseSolver()

    def interrupt(self) -> None:
        """Stop; a running check answers `INTERRUPTED`."""
        self._solver.interrupt()

    def check(self, limits: Limits) -> Outcome:
        """Decide whether the formulas have a model.

        Returns:
            A model, which all formulas were evaluated in; or that there is none; or why that is not known:
            `INCOMPLETE` where finite model search does not apply, or the models that are left are infinite or large.
        """
        started = time.monotonic()
        until = started + limits.timeout_s
        try:
            form = clausify(self.formulas, lambda: self._solver.interrupted or time.monotonic() > until)
        except (UnsuitableError, TooManyClausesError):
            outcome = Outcome(Status.UNKNOWN, Reason.INCOMPLETE)
        except StoppedError:
            reason = Reason.INTERRUPTED if self._solver.interrupted else Reason.TIMEOUT
            outcome = Outcome(Status.UNKNOWN, reason)
        else:
            outcome = self._search(form, started, limits)
        return replace(outcome, solver=outcome.solver or NAME, seconds=time.monotonic() - started)

    def _search(self, form: ClausalForm, started: float, limits: Limits) -> Outcome:
        reason: Reason | None = None
        for size in _schedule(form):
            if size is None:
                reason = reason or Reason.INCOMPLETE
                continue
            left_s = limits.timeout_s - (time.monotonic() - started)
            if left_s <= 0:
                return Outcome(Status.UNKNOWN, Reason.TIMEOUT)
            grounding = Grounding(form, size.sizes)
            if grounding.clause_count() * BYTES_PER_CLAUSE > limits.memory_mb * 2**20:
                return Outcome(Status.UNKNOWN, Reason.MEMORY)
            bounds = Limits(timeout_s=left_s * SHARE, memory_mb=limits.memory_mb)
            found = self._solver.decide(grounding.dimacs(), grounding.atom_count, bounds)
            if found.reason is Reason.INTERRUPTED:
                return Outcome(Status.UNKNOWN, Reason.INTERRUPTED)
            if found.values is not None:
                model = self._checked(grounding.model(found.values))
                if model is not None:
                    return Outcome(Status.SAT, model=model, solver=f"{NAME} ({size})")
            if found.status is not Status.UNSAT:
                reason = found.reason or Reason.INCOMPLETE
        if reason is None and all(bound is not None for bound in form.bounds.values()):
            return Outcome(Status.UNSAT)
        return Outcome(Status.UNKNOWN, reason or Reason.INCOMPLETE)

    def _checked(self, model: Model) -> Model | None:
        """Return a model if all formulas hold in it, None if that cannot be told.

        Raises:
            AssertionError: One does not hold.
        """
        try:
            sound = satisfies(model, self.formulas)
        except TooLargeError:
            return None
        if not sound:
            raise AssertionError("the model that was found is none; please report these formulas")
        return model


def _schedule(form: ClausalForm) -> Iterator[_Size | None]:
    """Yield the sizes to try, the smallest first, none that says no more than others before it.

    A sort all of whose parts can be enlarged takes the size of the largest; for the others all sizes are combined,
    as long as they are few. None is yielded where some are left out.
    """
    sorts = sorted(form.bounds, key=lambda sort: (sort.name, len(sort.arguments)))
    rigid = {part.origin for part in form.sorts if not part.extendable}
    tried: set[tuple[int, ...]] = set()
    most = [bound for bound in form.bounds.values() if bound is not None]
    last = max(most) if len(most) == len(sorts) else LARGEST
    for largest in range(1, last + 1):
        tops = [min(largest, form.bounds[sort] or largest) for sort in sorts]
        choices = [range(1, top + 1) if sort in rigid else (top,) for sort, top in zip(sorts, tops, strict=True)]
        few = prod(map(len, choices)) <= MOST_COMBINATIONS
        if not few:
            yield None
        for sizes in sorted(product(*choices), key=sum) if few else (tuple(tops),):
            given = dict(zip(sorts, sizes, strict=True))
            effective = effective_sizes(form, given)
            if effective not in tried:
                tried.add(effective)
                yield _Size(given, effective)
