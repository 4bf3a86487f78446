"""One Z3 context with its solvers, and how it decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import z3
from z3 import z3consts, z3core

from abduce.solvers.base import Model, Reason, Status
from abduce.solvers.terms import Term
from abduce.solvers.z3_models import CannotTell, extract
from abduce.solvers.z3_translation import Ast, Translation

SURPLUS = 500_000


class Assertion:
    """A formula that was asserted, and what it became in the latest context."""

    __slots__ = ("formula", "label", "made", "made_by")

    def __init__(self, formula: Term, label: int | None) -> None:
        self.formula, self.label = formula, label
        self.made: Ast = None
        self.made_by: Translation | None = None

    def translate(self, translation: Translation, stop: Callable[[], bool] = bool) -> Ast:
        """Return its expression; see `Translation.formula`."""
        if self.made_by is not translation:
            self.made, self.made_by = translation.formula(self.formula, stop), translation
        return self.made


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be decided.

    Attributes:
        scopes: What was asserted, by scope, the outermost first.
        formulas: What is asserted beside that for once.
        want_model: Whether to give a model.
        want_core: Whether to give a core.
    """

    scopes: Sequence[Sequence[Assertion]]
    formulas: tuple[Term, ...]
    want_model: bool
    want_core: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Z3 found out; see `base.Outcome`."""

    status: Status
    reason: Reason | None = None
    model: Model | None = None
    core: tuple[int, ...] = ()


class Engine:
    """A context, the translation into it, and three ways to decide.

    The first check of a context goes to a fresh solver with all formulas at once: Z3 then chooses its strategy by what
    it sees. Later ones go to a solver that keeps what it learned, and to a fresh one where that one cannot tell, or
    first where the arithmetic is nonlinear. Cores come from a third solver in which each label is an assumption,
    so that no other check pays for them.
    """

    def __init__(self, *, seed: int, tactic: str | None, parameters: Mapping[str, int | bool | str]) -> None:
        self.context = z3.Context()
        self.translation = Translation(self.context)
        self._seed, self._tactic, self._parameters = seed, tactic, parameters
        self._kept: _Solver | None = None
        self._tracked: _Solver | None = None
        self._translated: list[int] = []
        self._checks = 0

    def interrupt(self) -> None:
        """Tell a running check to stop."""
        z3core.Z3_interrupt(self.context.ref())

    def __del__(self) -> None:
        """Give everything back before the context goes, in whichever thread holds the engine last."""
        for solver in (self._kept, self._tracked):
            if solver is not None:
                solver.close()
        self.translation.release()

    def is_stale(self, assertions: int) -> bool:
        """Whether most of what it holds are terms of checks long past."""
        return self.translation.size > 64 * assertions + SURPLUS

    def close_scopes(self, depth: int) -> None:
        """Forget all scopes beyond a depth."""
        del self._translated[depth:]
        for solver in (self._kept, self._tracked):
            if solver is not None:
                solver.close_scopes(depth)

    def decide(self, request: Request, stop: Callable[[], bool]) -> Verdict:
        """Decide a request.

        Raises:
            Stopped: `stop` said so while formulas were translated.
            SortError: A formula is not closed.
        """
        extra = [self.translation.formula(formula, stop) for formula in request.formulas]
        for depth, scope in enumerate(request.scopes):
            if depth == len(self._translated):
                self._translated.append(0)
            for at in range(self._translated[depth], len(scope)):
                scope[at].translate(self.translation, stop)
            self._translated[depth] = len(scope)
        first = self._checks == 0
        self._checks += 1
        nonlinear = self.translation.nonlinear and not self.translation.quantified
        verdict = self._fresh(request, extra) if first or nonlinear else self._incremental(request, extra)
        if verdict.reason is Reason.INCOMPLETE and not stop():
            again = self._incremental(request, extra) if first or nonlinear else self._fresh(request, extra)
            verdict = again if again.status is not Status.UNKNOWN else verdict
        if verdict.status is Status.UNSAT and request.want_core:
            return Verdict(Status.UNSAT, core=self._core(request, extra, stop))
        return verdict

    def _fresh(self, request: Request, extra: Sequence[Ast]) -> Verdict:
        solver = self._new_solver(tracked=False)
        solver.synchronise([[assertion for scope in request.scopes for assertion in scope]])
        for formula in extra:
            solver.add(formula)
        verdict = solver.check(want_model=request.want_model)
        solver.close()
        return verdict

    def _incremental(self, request: Request, extra: Sequence[Ast]) -> Verdict:
        if self._kept is None:
            self._kept = self._new_solver(tracked=False)
        self._kept.synchronise(request.scopes)
        return self._kept.check_with(extra, want_model=request.want_model)

    def _core(self, request: Request, extra: Sequence[Ast], stop: Callable[[], bool]) -> tuple[int, ...]:
        """A core; all labels where the solver that tracks them does not arrive at the same verdict."""
        labels = {one.label for scope in request.scopes for one in scope if one.label is not None}
        if stop():
            return tuple(sorted(labels))
        if self._tracked is None:
            self._tracked = self._new_solver(tracked=True)
        self._tracked.synchronise(request.scopes, tracked=True)
        return self._tracked.core_with(extra, sorted(labels))

    def _new_solver(self, *, tracked: bool) -> _Solver:
        ref = self.context.ref()
        if self._tactic is None or tracked:
            raw = z3core.Z3_mk_solver(ref)
        else:
            tactic = z3core.Z3_mk_tactic(ref, self._tactic)
            z3core.Z3_tactic_inc_ref(ref, tactic)
            raw = z3core.Z3_mk_solver_from_tactic(ref, tactic)
            z3core.Z3_tactic_dec_ref(ref, tactic)
        solver = _Solver(self.translation, raw)
        solver.configure({"ctrl_c": False, "random_seed": self._seed, **self._parameters})
        return solver


class _Solver:
    """One raw solver, with what was asserted in it so far."""

    def __init__(self, translation: Translation, raw: Any) -> None:
        self.translation, self.ref, self.raw = translation, translation.ref, raw
        z3core.Z3_solver_inc_ref(self.ref, raw)
        self._asserted = [0]
        self._labels: dict[int, Ast] = {}

    def configure(self, parameters: Mapping[str, int | bool | str]) -> None:
        params = z3.ParamsRef(ctx=self.translation.context)
        for name, value in parameters.items():
            params.set(name, value)
        z3core.Z3_solver_set_params(self.ref, self.raw, params.params)

    def close(self) -> None:
        z3core.Z3_solver_dec_ref(self.ref, self.raw)

    def close_scopes(self, depth: int) -> None:
        surplus = len(self._asserted) - depth
        if surplus > 0:
            z3core.Z3_solver_pop(self.ref, self.raw, surplus)
            del self._asserted[depth:]

    def add(self, formula: Ast) -> None:
        z3core.Z3_solver_assert(self.ref, self.raw, formula)

    def synchronise(self, scopes: Sequence[Sequence[Assertion]], *, tracked: bool = False) -> None:
        """Assert what was asserted in the session since."""
        for depth, scope in enumerate(scopes):
            if depth == len(self._asserted):
                z3core.Z3_solver_push(self.ref, self.raw)
                self._asserted.append(0)
            for at in range(self._asserted[depth], len(scope)):
                assertion = scope[at]
                made = assertion.translate(self.translation)
                if tracked and assertion.label is not None:
                    made = z3core.Z3_mk_implies(self.ref, self._label(assertion.label), made)
                self.add(made)
            self._asserted[depth] = len(scope)

    def check_with(self, formulas: Sequence[Ast], *, want_model: bool) -> Verdict:
        if not formulas:
            return self.check(want_model=want_model)
        z3core.Z3_solver_push(self.ref, self.raw)
        for formula in formulas:
            self.add(formula)
        verdict = self.check(want_model=want_model)
        z3core.Z3_solver_pop(self.ref, self.raw, 1)
        return verdict

    def check(self, *, want_model: bool) -> Verdict:
        found = z3core.Z3_solver_check(self.ref, self.raw)
        if found == z3consts.Z3_L_FALSE:
            return Verdict(Status.UNSAT)
        if found == z3consts.Z3_L_TRUE:
            return Verdict(Status.SAT, model=self._model() if want_model else None)
        return Verdict(Status.UNKNOWN, self._reason())

    def core_with(self, formulas: Sequence[Ast], labels: Sequence[int]) -> tuple[int, ...]:
        z3core.Z3_solver_push(self.ref, self.raw)
        for formula in formulas:
            self.add(formula)
        names = [self._label(label) for label in labels]
        found = z3core.Z3_solver_check_assumptions(self.ref, self.raw, len(names), (z3.Ast * len(names))(*names))
        core = self._read_core(dict(zip(map(self._id, names), labels, strict=True)))
        z3core.Z3_solver_pop(self.ref, self.raw, 1)
        return core if found == z3consts.Z3_L_FALSE else tuple(labels)

    def _id(self, ast: Ast) -> int:
        return int(z3core.Z3_get_ast_id(self.ref, ast))

    def _read_core(self, labels: Mapping[int, int]) -> tuple[int, ...]:
        vector = z3core.Z3_solver_get_unsat_core(self.ref, self.raw)
        z3core.Z3_ast_vector_inc_ref(self.ref, vector)
        try:
            size = z3core.Z3_ast_vector_size(self.ref, vector)
            found = [labels[self._id(z3core.Z3_ast_vector_get(self.ref, vector, at))] for at in range(size)]
        finally:
            z3core.Z3_ast_vector_dec_ref(self.ref, vector)
        return tuple(sorted(found))

    def _label(self, label: int) -> Ast:
        if label not in self._labels:
            self._labels[label] = self.translation.fresh_truth(len(self._labels))
        return self._labels[label]

    def _model(self) -> Model | None:
        """The model, where ours can say it."""
        model = z3core.Z3_solver_get_model(self.ref, self.raw)
        z3core.Z3_model_inc_ref(self.ref, model)
        try:
            return extract(self.translation, model)
        except CannotTell:
            return None
        finally:
            z3core.Z3_model_dec_ref(self.ref, model)

    def _reason(self) -> Reason:
        text = z3core.Z3_solver_get_reason_unknown(self.ref, self.raw)
        if "memory" in text or "memout" in text:
            return Reason.MEMORY
        return Reason.TIMEOUT if text in ("timeout", "canceled", "max. resource limit exceeded") else Reason.INCOMPLETE
