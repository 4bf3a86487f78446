"""Minimal unsatisfiable cores: which assertions together have no model, and none of them can go."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from abduce.solvers.base import Limits, Outcome, Reason, Session, Status
from abduce.solvers.terms import Term

LOOK = 256
"""After how many assertions to look at the clock."""


@dataclass(frozen=True, slots=True)
class Core:
    """Assertions that have no model together with the background.

    Attributes:
        labels: Their labels in rising order; None where it was not shown that all together have no model.
        minimal: Whether it was shown that without any one of them there is a model.
        needed: Those of which that was shown.
        reason: Why it is not known to be minimal, or no core was found.
        status: What all together are: `UNSAT` where there is a core.
    """

    labels: tuple[int, ...] | None
    minimal: bool
    needed: frozenset[int]
    reason: Reason | None
    status: Status


def minimal_core(
    assertions: Mapping[int, Term],
    background: Sequence[Term] = (),
    *,
    limits: Limits,
    session: Callable[[], Session],
) -> Core:
    """Find a minimal unsatisfiable core.

    The solver's own core is where it starts; then each assertion is left out in turn. Where the rest still has no
    model, the solver's core of the rest takes its place; where it has one, the assertion is needed. A first-order
    rest that is not decided keeps its assertion, and the core is then not called minimal.

    Args:
        assertions: Closed formulas by label; a core is made of these.
        background: Closed formulas that hold in any case.
        limits: Bounds on all that is done together.
        session: Makes a new session of the solver to use.

    Source:
        Deletion with clause-set refinement: J. Marques-Silva, Minimal unsatisfiability, ISMVL 2010.
    """
    deadline = time.monotonic() + limits.timeout_s
    with session() as solver:
        for formula in background:
            solver.add(formula)
        first = _refute(solver, assertions, sorted(assertions), deadline, limits)
        if first.status is not Status.UNSAT:
            return Core(None, False, frozenset(), first.reason, first.status)
        return _shrink(solver, assertions, list(first.core), deadline, limits)


def _shrink(solver: Session, assertions: Mapping[int, Term], core: list[int], deadline: float, limits: Limits) -> Core:
    needed: set[int] = set()
    doubtful: Reason | None = None
    tried: set[int] = set()
    while (label := next((one for one in core if one not in tried), None)) is not None:
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            return Core(tuple(sorted(core)), False, frozenset(needed), Reason.TIMEOUT, Status.UNSAT)
        # One test that never ends must not keep the others from being made.
        share_s = max(left_s / 4, left_s / sum(one not in tried for one in core))
        tried.add(label)
        until = min(deadline, time.monotonic() + share_s)
        found = _refute(solver, assertions, [one for one in core if one != label], until, limits)
        if found.status is Status.UNSAT:
            core = list(found.core)
        elif found.status is Status.SAT:
            needed.add(label)
        elif found.reason is Reason.INTERRUPTED:
            return Core(tuple(sorted(core)), False, frozenset(needed), found.reason, Status.UNSAT)
        else:
            doubtful = found.reason
    minimal = needed.issuperset(core)
    return Core(tuple(sorted(core)), minimal, frozenset(needed), None if minimal else doubtful, Status.UNSAT)


def _refute(
    solver: Session, assertions: Mapping[int, Term], labels: Sequence[int], deadline: float, limits: Limits
) -> Outcome:
    """Decide some of the assertions with the background; the core is among them."""
    bounds = Limits(timeout_s=max(deadline - time.monotonic(), 0.001), memory_mb=limits.memory_mb)
    solver.push()
    try:
        for number, label in enumerate(labels):
            if not number % LOOK and time.monotonic() >= deadline:
                return Outcome(Status.UNKNOWN, Reason.TIMEOUT)
            solver.add(assertions[label], label)
        return solver.check(limits=bounds, want_model=False)
    finally:
        solver.pop()
