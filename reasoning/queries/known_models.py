"""Models of the premises that an evaluator of ours found right: what fails in one of them does not follow.

They come from the solver, and are kept. Where one makes a goal true and another makes it false, nothing follows from
the premises either way, and that is shown by the models themselves, checked by something other than their producer.
Looking at them may take as much time as it spares the solver, and a small share of what the solver takes: where it
does not pay, or the premises are nothing that can be evaluated, it ends by itself.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from statistics import median

from abduce.solvers.base import Model
from abduce.solvers.evaluation import Evaluator
from abduce.solvers.terms import Term

SHARE = 0.1
"""Share of the solver's time that looking at models may take beside what it spares."""
ADVANCE_S = 0.1
"""What it may take before it has spared anything, in seconds."""
MOST = 12
"""How many models are kept."""
MOST_PREMISES = 500
STEPS = 20_000
"""How many steps an evaluation may take."""
LATEST = 15
"""By how many of its latest calls it is judged how long the solver takes."""
REFRESHED = 512
"""After how many goals what was remembered of them is forgotten."""


class KnownModels:
    """The models of premises that grow."""

    def __init__(self) -> None:
        self._models: list[Evaluator] = []
        self._checked = 0
        self._goals = 0
        self._left_s = ADVANCE_S
        self._solver_s: deque[float] = deque(maxlen=LATEST)

    @property
    def is_paying(self) -> bool:
        """Whether there is time to look at them."""
        return self._left_s > 0

    def earned(self, seconds: float) -> None:
        """Note how long the solver worked on one side of a goal."""
        self._solver_s.append(seconds)
        self._left_s += SHARE * seconds

    def sides(self, goal: Term, axioms: Sequence[Term], premises: Sequence[Term]) -> tuple[Model | None, Model | None]:
        """Return a model of the premises in which a goal holds, and one in which it fails, where such are known."""
        if not self.is_paying or not self._models or len(premises) > MOST_PREMISES:
            return None, None
        started = time.perf_counter()
        self._catch_up(premises)
        found: dict[bool, Model] = {}
        for place, one in enumerate(self._models):
            value = one.value(goal)
            if isinstance(value, bool) and value not in found and all(one.value(axiom) is True for axiom in axioms):
                found[value] = one.model
                if place:  # what told something apart is looked at first the next time
                    self._models.insert(0, self._models.pop(place))
                if len(found) == 2:
                    break
        self._goals += 1
        if not self._goals % REFRESHED:
            self._models = [Evaluator(one.model, steps=STEPS) for one in self._models]
        spared_s = len(found) * median(self._solver_s) if found and self._solver_s else 0.0
        self._left_s += spared_s - (time.perf_counter() - started)
        return found.get(True), found.get(False)

    def _catch_up(self, premises: Sequence[Term]) -> None:
        """Drop the models in which what was told since is not true."""
        new = premises[self._checked :]
        if new:
            self._models = [one for one in self._models if all(one.value(premise) is True for premise in new)]
            self._checked = len(premises)

    def add(self, model: Model, formulas: Sequence[Term], premises: Sequence[Term]) -> Model | None:
        """Keep a model of the premises, and return it, if our evaluator finds it one, and of some formulas as well."""
        if not self.is_paying or len(premises) > MOST_PREMISES:
            return None
        started = time.perf_counter()
        self._catch_up(premises)
        evaluator = Evaluator(model, steps=STEPS)
        is_right = all(evaluator.value(formula) is True for formula in (*premises, *formulas))
        if is_right:
            self._models.insert(0, evaluator)
            del self._models[MOST:]
        self._checked = len(premises)
        self._left_s -= time.perf_counter() - started
        return model if is_right else None
