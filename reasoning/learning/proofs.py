"""Proofs that programs over natural numbers equal their closed forms, wherever these have a value.

The innermost loops come first. For a loop that runs n times a closed form of its state after n turns is conjectured
from small cases and proved by induction on n; then it takes the loop's place. What is left has no loops, and is
shortened where a solver finds a shorter term equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from abduce.reasoning.learning.closed_forms import SIDES, NoClosedForm, closed_form, has_loops, table, without_loops
from abduce.reasoning.learning.columns import evaluate
from abduce.reasoning.learning.formulas import formula, variable
from abduce.reasoning.learning.lexicon import Lexicon, Meaning
from abduce.reasoning.learning.primitives import CLOSED_FORMS
from abduce.reasoning.learning.programs import (
    Bound,
    Call,
    Const,
    Definition,
    Function,
    Term,
    Use,
    Var,
    description_bits,
    subterms,
    with_variables,
)
from abduce.solvers import terms as solver
from abduce.solvers.base import Limits, Status
from abduce.solvers.induction import Recurrence, Verdict, prove_by_induction
from abduce.solvers.terms import INT, TRUE, Op, Variable, conjunction, equal, implies, negation, number, operate
from abduce.solvers.z3_backend import Z3Session
from abduce.values import Basic

PROVED, UNPROVED = "proved by induction", "unproved"
LIMITS = Limits(timeout_s=5.0)
"""Bounds on each claim."""


def proved(lexicon: Lexicon) -> dict[str, tuple[Meaning, ...]]:
    """Return a lexicon whose closed forms are proved; meanings without a proof run as the loops they are."""
    return {symbol: tuple(map(with_proof, meanings)) for symbol, meanings in lexicon.items()}


def with_proof(meaning: Meaning) -> Meaning:
    """Return a meaning with a closed form that is proved, or with none."""
    kind = meaning.signature.result
    if kind not in (Basic.INT, Basic.BOOL) or not isinstance(kind, Basic) or not has_loops(meaning.program):
        return meaning
    program = settled(meaning.program)
    closed = proved_form(program, kind)
    return replace(meaning, program=program, closed=closed, proof=UNPROVED if closed is None else PROVED)


def settled(term: Term) -> Term:
    """Return a program in which the programs that it uses have proved closed forms, or none."""
    match term:
        case Call(name, parts):
            return Call(name, tuple(map(settled, parts)))
        case Function(body):
            return Function(settled(body))
        case Use(definition, parts):
            program = settled(definition.program)
            known = replace(definition, program=program, closed=proved_form(program, Basic.INT))
            return Use(known, tuple(map(settled, parts)))
    return term


@lru_cache(maxsize=1024)
def proved_form(program: Term, kind: Basic) -> Term | None:
    """Return a term without loops that is proved to have a program's value wherever it has one; None if there is none.

    Args:
        program: A program over natural numbers.
        kind: Type of its value.
    """
    try:
        found = _proved(program)
    except (NoClosedForm, KeyError):
        return None
    shorter = closed_form(program, kind)
    if shorter is not None and _bits(shorter) <= _bits(found) and _equal(found, shorter):
        return shorter
    return found


def _bits(term: Term) -> float:
    return description_bits(term, 1, CLOSED_FORMS.costs)


def _proved_loop(loop: Call) -> Term:
    """Return the proved closed form of a loop: of any number of turns from any state where that can be had."""
    function, *others = loop.arguments
    if not isinstance(function, Function):
        raise NoClosedForm
    count, start = map(_proved, others)
    first = max(_variables(loop), default=-1) + 1
    state, turns, begin = Var(first), Var(first + 1), Var(first + 2)
    body = _proved(_with_state(function.body, state))
    if not isinstance(start, Var | Const):
        try:
            found = _invariant(body, state, turns, begin)
            return with_variables(found, {turns.index: count, begin.index: start})
        except NoClosedForm:
            pass  # what holds from any state may be harder to say than what holds from this one
    return with_variables(_invariant(body, state, turns, start), {turns.index: count})


def _proved_definition(definition: Definition) -> Term:
    closed = proved_form(definition.program, Basic.INT)
    if closed is None:
        raise NoClosedForm
    return closed


def _proved(term: Term) -> Term:
    return without_loops(term, _proved_loop, _proved_definition)


def _variables(term: Term) -> set[int]:
    return {part.index for part in subterms(term) if isinstance(part, Var)}


def _with_state(term: Term, state: Term, depth: int = 0) -> Term:
    """Return a function's body with a variable in the place of its parameter."""
    match term:
        case Bound(level):
            return state if level == depth else Bound(level - 1) if level > depth else term
        case Function(body):
            return Function(_with_state(body, state, depth + 1))
        case Call(name, parts):
            return Call(name, tuple(_with_state(part, state, depth) for part in parts))
        case Use(definition, parts):
            return Use(definition, tuple(_with_state(part, state, depth) for part in parts))
    return term


def _invariant(body: Term, state: Var, turns: Var, start: Term) -> Term:
    """Return a closed form of a loop's state after so many turns.

    Args:
        body: What one turn makes of the state, without loops.
        state: The variable for the state.
        turns: The variable for the number of turns.
        start: The state at 0.

    Raises:
        NoClosedForm: None is found that can be proved.
    """
    loop = Call("iterate", (Function(with_variables(body, {state.index: Bound()})), turns, start))
    used = sorted(_variables(loop))
    if len(used) not in SIDES:
        raise NoClosedForm
    renamed = {index: Var(n) for n, index in enumerate(used)}
    known = table(len(used))
    values = evaluate(with_variables(loop, renamed), list(known.grid))
    found = known.find(np.ascontiguousarray(values), Basic.INT)
    if found is None:
        raise NoClosedForm
    guess = with_variables(found, {n: Var(index) for n, index in enumerate(used)})
    if not _holds(guess, body, state, turns, start):
        raise NoClosedForm
    return guess


def _holds(guess: Term, body: Term, state: Var, turns: Var, start: Term) -> bool:
    """Prove that a loop's state after so many turns is a guess, and that its body has a value at all these states."""
    n, s = variable(turns.index), variable(state.index)
    powers = _Powers.of(guess, turns)
    claimed, step, begin = formula(guess, powers.names), formula(body), formula(start)
    unchanged = (_variables(guess) | _variables(body) | _variables(start)) - {state.index, turns.index}
    conditions = list(_naturals(unchanged))
    conditions += [part for part in (claimed.defined, begin.defined) if part != TRUE]
    if any(solver.free_variables(part) - {variable(index) for index in unchanged} for part in conditions):
        return False
    recurrences = [Recurrence(s, begin.value, step.value), *powers.recurrences]
    claim = equal(s, claimed.value)
    proof = prove_by_induction(claim, n, LIMITS, recurrences=recurrences, conditions=conditions)
    if proof.verdict is not Verdict.PROVED:
        return False
    at = operate(Op.GREATER_EQUAL, n, number(0))
    return step.defined == TRUE or _valid(implies(conjunction([*conditions, at, claim]), step.defined))


@dataclass(frozen=True, slots=True)
class _Powers:
    """Powers with the number of turns as exponent, as what they are: sequences that grow by a factor.

    Attributes:
        names: For each power the variable that stands for it.
        recurrences: The sequences.
    """

    names: dict[Term, solver.Term]
    recurrences: list[Recurrence]

    @classmethod
    def of(cls, term: Term, turns: Var) -> _Powers:
        names: dict[Term, solver.Term] = {}
        recurrences: list[Recurrence] = []
        for part in dict.fromkeys(subterms(term)):
            match part:
                case Call("^", (base, exponent)) if exponent == turns and turns.index not in _variables(base):
                    state = Variable(f"power{len(names)}", INT)
                    names[part] = state
                    step = operate(Op.MULTIPLY, state, formula(base).value)
                    recurrences.append(Recurrence(state, number(1), step))
        return cls(names, recurrences)


def _naturals(indexes: Iterable[int]) -> Iterator[solver.Term]:
    for index in sorted(indexes):
        yield operate(Op.GREATER_EQUAL, variable(index), number(0))


def _equal(term: Term, other: Term) -> bool:
    """Prove that a term has a value wherever another has one, and the same."""
    one, two = formula(term), formula(other)
    conditions = [*_naturals(_variables(term) | _variables(other)), two.defined]
    return _valid(implies(conjunction(conditions), conjunction([one.defined, equal(one.value, two.value)])))


def _valid(claim: solver.Term) -> bool:
    """Whether a formula is shown to hold for all values of its variables."""
    constants = {v: solver.constant(v.name, v.sort) for v in solver.free_variables(claim)}
    with Z3Session() as session:
        outcome = session.check([negation(solver.substitute(claim, constants))], limits=LIMITS, want_model=False)
    return outcome.status is Status.UNSAT
