"""Evidence in the classical reading: minimal cores and small models, made when looked at, and checked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from abduce.parser.pausing import unhurried
from abduce.reasoning.queries.budgets import NOT_IN_TIME, Budget
from abduce.reasoning.queries.classical import Labelled
from abduce.reasoning.queries.explanations import Explanation
from abduce.reasoning.queries.lazy_evidence import LazyEvidence
from abduce.reasoning.queries.model_tables import ModelTable
from abduce.reasoning.queries.second_opinions import MOST_PREMISES, SecondOpinion
from abduce.reasoning.queries.stopping import Stopping
from abduce.reasoning.queries.verdicts import NO_EVIDENCE, Checked, CoreItem, Evidence, NoEvidence, Verdict
from abduce.reasoning.rules.bounds import OutOfBounds
from abduce.solvers.base import Limits, Model, Outcome, Reason, Status
from abduce.solvers.cores import Core, minimal_core
from abduce.solvers.evaluation import STEPS, Evaluator
from abduce.solvers.normal_forms import unsuitable
from abduce.solvers.portfolio import decide
from abduce.solvers.terms import Symbol, Term, conjunction, negation, symbols
from abduce.solvers.z3_backend import reprove

SMALL_SHARE = 0.3
"""Share of the time that the search for a small model gets before any model will do."""
MOST_SOLUTIONS = 1_000
"""How many solutions are checked at most."""
STEPS_PER_S = 300_000
"""About how many steps the evaluator takes in a second."""
MOST_WHOLE = 200
"""Up to how many premises are all together named as a core where no smaller one is found."""
NO_CORE = Core(None, False, frozenset(), None, Status.UNKNOWN)
UNFOUND_CORE = "no core was found within the limits"
NO_MODEL = "no model to show was found within the limits"
MOST_SYMBOLS = 30
"""How many symbols a model is shown for; those of the query come first."""
HOLDS, FAILS, PREMISES = "the query holds", "the query fails", "the premises hold"


class ClassicalEvidence(LazyEvidence):
    """What shows a verdict about a goal; models are checked by evaluation, refutations found again.

    Args:
        premises: The premises, as they were.
        axioms: What holds of texts.
        goal: The goal; None where the premises were asked nothing.
        verdict: The verdict.
        query: The query's text.
        budget: What is left of the query's time.
        check: Whether to check.
        not_entailed: Whether a countermodel is known to exist.
        known: Models in which the goal holds, and in which it fails, where the verdict came with them.
        are_right: Whether our own evaluator found these right.
        second: What concludes again.
    """

    def __init__(
        self,
        premises: Sequence[Labelled],
        axioms: Sequence[Term],
        goal: Term | None,
        verdict: Verdict,
        *,
        query: str,
        budget: Budget,
        check: bool,
        not_entailed: bool = False,
        known: tuple[Model | None, Model | None] = (None, None),
        are_right: bool = False,
        second: SecondOpinion | None = None,
    ) -> None:
        super().__init__(budget, check=check, checked=Checked.VERIFIED if are_right and check else None)
        self._premises, self._axioms, self._goal = tuple(premises), tuple(axioms), goal
        self._verdict, self._query, self._not_entailed = verdict, query, not_entailed
        self._stopping, self._known = budget.stopping, known
        self._core: Core | None = None
        self._models: tuple[ModelTable, ...] | None = None
        self._second = second or SecondOpinion()

    def core(self) -> tuple[CoreItem, ...]:
        """Return the premises that the verdict rests on, in the order they were told."""
        labels = self._found_core().labels
        return tuple(CoreItem.of(self._premises[label].source) for label in labels or ())

    def models(self) -> tuple[ModelTable, ...]:
        """Return a model of each side of what is undetermined, or the countermodel to what is not entailed."""
        with self._lock, self._budget:
            if self._models is None:
                try:
                    self._budget.look()
                    self._models = self._found_models()
                except OutOfBounds:
                    self._models = ()
                if len(self._models) < self._wanted_models():
                    self._unmade = self._unmade or NO_MODEL
            return self._models

    def explanation(self) -> Explanation | None:
        """Return the reasons."""
        if self._verdict is Verdict.GAVE_UP and not self.models():
            return None
        core, models, checked = self._found_core(), self.models(), self.checked()
        return Explanation(
            self._query, self._verdict, self.core(), core.minimal, None, models, self._unmade, checked
        )  # fmt: skip

    # making ------------------------------------------------------------------------------------------------------

    def _refuted(self) -> list[Term] | None:
        """Return what has no model together with the premises, None where the verdict claims no such thing."""
        if self._verdict is Verdict.INCONSISTENT:
            return [*self._axioms]
        if self._goal is not None and self._verdict is Verdict.ENTAILED:
            return [*self._axioms, negation(self._goal)]
        if self._goal is not None and self._verdict is Verdict.REFUTED:
            return [*self._axioms, self._goal]
        return None

    def _found_core(self) -> Core:
        with self._lock, self._budget:
            if self._core is None:
                background = self._refuted()
                if background is None:
                    self._core = NO_CORE
                else:
                    self._core = self._minimal(background)
            return self._core

    def _minimal(self, background: Sequence[Term]) -> Core:
        """Return a core; all premises where they are few and none smaller is found in time, else none."""
        reason: Reason | None = Reason.TIMEOUT
        try:
            self._budget.look()
            assertions = {label: one.formula for label, one in enumerate(self._premises)}
            found = minimal_core(
                assertions, background, limits=self._budget.limits(0.7), session=self._stopping.session
            )
            if found.labels is not None:
                return found
            reason = found.reason
        except OutOfBounds as stop:
            reason = stop.reason
        if len(self._premises) <= MOST_WHOLE:
            return Core(tuple(range(len(self._premises))), False, frozenset(), reason, Status.UNKNOWN)
        self._unmade = UNFOUND_CORE
        return Core(None, False, frozenset(), reason, Status.UNKNOWN)

    def _found_models(self) -> tuple[ModelTable, ...]:
        if self._goal is None:
            return self._some_model((), PREMISES) if self._verdict is Verdict.CONSISTENT else ()
        if self._verdict is Verdict.UNDETERMINED:
            return (
                *self._some_model((self._goal,), HOLDS, 0.5),
                *self._some_model((negation(self._goal),), FAILS),
            )
        if self._verdict is Verdict.GAVE_UP and self._not_entailed:
            return self._some_model((negation(self._goal),), FAILS)
        return ()

    def _are_sides_possible(self) -> bool:
        """Tell whether both sides of what is undetermined have models that our evaluator finds right, of any size."""
        if self._verdict is not Verdict.UNDETERMINED or self._goal is None:
            return False
        premises = [one.formula for one in self._premises]
        for side in (self._goal, negation(self._goal)):
            self._budget.look()
            formulas = [*self._axioms, side]
            model = self._second.model(premises, formulas, self._budget)
            if model is None or not self._is_model(model, [*premises, *formulas]):
                return False
        return True

    def _wanted_models(self) -> int:
        """Return how many models there are to show."""
        if self._goal is None:
            return int(self._verdict is Verdict.CONSISTENT)
        if self._verdict is Verdict.GAVE_UP:
            return int(self._not_entailed)
        return 2 * (self._verdict is Verdict.UNDETERMINED)

    def _some_model(self, extra: Sequence[Term], shows: str, share: float = 1.0) -> tuple[ModelTable, ...]:
        self._budget.look()
        formulas = [*(one.formula for one in self._premises), *self._axioms, *extra]
        model = small_model(formulas, self._budget.limits(share), self._stopping).model or self._known[shows == FAILS]
        if model is None:
            return ()
        shown = self._interesting(model, extra)
        return (ModelTable(shows, model, shown, self._check and self._is_model(model, formulas)),)

    def _is_model(self, model: Model, formulas: Sequence[Term]) -> bool:
        try:
            return satisfies(model, formulas, self._budget.limits())
        except OutOfBounds:
            return False

    def _interesting(self, model: Model, extra: Sequence[Term]) -> tuple[Symbol, ...]:
        first = sorted(symbols(conjunction(extra)), key=lambda one: one.name) if extra else []
        rest = [one for one in sorted(model.interpretations, key=lambda one: one.name) if one not in first]
        return tuple([*first, *rest][:MOST_SYMBOLS])

    def _is_refuted_again(self, background: Sequence[Term]) -> bool:
        """Tell whether the premises, or a core of them, are refuted once more."""
        if self._core is None and len(self._premises) > MOST_PREMISES:
            self._found_core()
        if self._core is None or self._core.labels is None:
            return self._second.refutes([one.formula for one in self._premises], background, self._budget)
        formulas = [*(self._premises[label].formula for label in self._core.labels), *background]
        return reprove(formulas, self._budget.limits()).status is Status.UNSAT

    def _found_checked(self) -> Checked:
        background = self._refuted()
        if background is not None and not self._stopping.requested():
            self._budget.look()
            return Checked.REPROVED if self._is_refuted_again(background) else Checked.UNCHECKED
        if self._models is None and self._are_sides_possible():
            return Checked.VERIFIED
        models, wanted = self.models(), self._wanted_models()
        verified = len(models) == wanted > 0 and all(model.is_verified for model in models)
        return Checked.VERIFIED if verified else Checked.UNCHECKED


class SolutionsEvidence(NoEvidence):
    """What shows solutions: each is substituted, and with a model of the premises around it evaluated.

    Args:
        formulas: The premises and what holds of texts.
        instances: The query at each solution; about numbers alone where `formulas` is empty.
        budget: What is left of the query's time.
    """

    def __init__(self, formulas: Sequence[Term], instances: Sequence[Term], budget: Budget) -> None:
        self._formulas, self._instances, self._budget = tuple(formulas), tuple(instances), budget
        self._checked: Checked | None = None

    def checked(self) -> Checked:
        """Return `VERIFIED` where an evaluator of our own finds every solution right."""
        if self._checked is None:
            right = len(self._instances) <= MOST_SOLUTIONS
            try:
                with self._budget:
                    right = right and all(map(self._is_right, self._instances))
            except OutOfBounds:
                right = False
            self._checked = Checked.VERIFIED if right and self._instances else Checked.UNCHECKED
        return self._checked

    def _is_right(self, instance: Term) -> bool:
        self._budget.look()
        if not symbols(instance):
            return satisfies(Model(), [instance], self._budget.limits())
        formulas = [*self._formulas, instance]
        model = decide(formulas, self._budget.limits(0.5), interrupted=self._budget.stopping.requested).model
        return model is not None and satisfies(model, formulas, self._budget.limits())


class Deferred:
    """Evidence of which even the beginning is made when it is looked at first.

    Args:
        make: Makes it.
        budget: What is left of the query's time.
    """

    def __init__(self, make: Callable[[], Evidence], budget: Budget) -> None:
        self._make, self._budget = make, budget
        self._lock = threading.RLock()
        self._evidence: Evidence | None = None
        self._is_late = False

    def _made(self) -> Evidence:
        with self._lock, self._budget:
            if self._evidence is None:
                try:
                    self._evidence = self._make()
                except OutOfBounds:
                    self._evidence, self._is_late = NO_EVIDENCE, True
            return self._evidence

    def core(self) -> tuple[CoreItem, ...]:
        """Return the premises that the verdict rests on."""
        return self._made().core()

    def models(self) -> tuple[ModelTable, ...]:
        """Return models that show what does not follow."""
        return self._made().models()

    def explanation(self) -> Explanation | None:
        """Return the reasons."""
        return self._made().explanation()

    def checked(self) -> Checked:
        """Return how the evidence was checked."""
        return self._made().checked()

    def unmade(self) -> str:
        """Say what was not made within the limits."""
        if self._evidence is None:
            return ""
        return NOT_IN_TIME if self._is_late else self._evidence.unmade()


def small_model(formulas: Sequence[Term], limits: Limits, stopping: Stopping) -> Outcome:
    """Return a model of formulas, a small one where one is found soon."""
    started = time.monotonic()
    if unsuitable(formulas) is None:
        from abduce.solvers.finite_models import FiniteModelSearch

        search = stopping.watched(FiniteModelSearch(formulas))
        found = search.check(Limits(SMALL_SHARE * limits.timeout_s, limits.memory_mb))
        if found.model is not None or stopping.requested():
            return found
    left_s = max(limits.timeout_s - (time.monotonic() - started), 0.001)
    return decide(formulas, Limits(left_s, limits.memory_mb), interrupted=stopping.requested)


def satisfies(model: Model, formulas: Sequence[Term], limits: Limits) -> bool:
    """Tell whether an evaluator of our own finds all formulas true in a model.

    Raises:
        OutOfBounds: Who watches has no time left.
    """
    evaluator = Evaluator(model, steps=min(STEPS, int(limits.timeout_s * STEPS_PER_S) + 1))
    return all(evaluator.value(formula) is True for formula in unhurried(formulas))
