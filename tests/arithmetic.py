"""Programs over natural numbers for the tests: those that other programs use, evidence for them, random ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from hypothesis import strategies as st

from abduce.parser.signatures import Signature
from abduce.reasoning.learning.closed_forms import closed_form
from abduce.reasoning.learning.evidence import Case
from abduce.reasoning.learning.programs import Bound, Call, Const, Definition, Function, Term, Use, Var
from abduce.values import Basic

INT = Basic.INT
X, Y, A = Var(0), Var(1), Bound(0)


def loop(body: Term, count: Term, start: Term) -> Call:
    return Call("iterate", (Function(body), count, start))


def call(name: str, *parts: Term) -> Call:
    return Call(name, parts)


def define(name: str, program: Term) -> Definition:
    return Definition(name, 1, 2, program, closed_form(program, INT))


PLUS = define("+", loop(call("inc", A), Y, X))
MINUS = define("-", loop(call("dec", A), Y, X))
TIMES = define("*", loop(Use(PLUS, (A, X)), Y, Const(0)))
ENOUGH = call("==", Use(MINUS, (X, Use(TIMES, (A, Y)))), Const(0))
OVER = define("/", loop(call("if", ENOUGH, A, call("inc", A)), X, Const(0)))
FOUR = (PLUS, MINUS, TIMES, OVER)


def examples(
    function: Callable[..., int | None],
    arity: int,
    *,
    count: int = 48,
    largest: int = 9,
    wrong: float = 0.0,
    options: int = 1,
    seed: int = 0,
) -> list[Case]:
    """Return examples of a function, some with a wrong result, each with further arguments and results beside it."""
    rng = random.Random(seed)
    signature = Signature((INT,) * (arity - 1), (INT,), INT)
    cases: list[Case] = []
    while len(cases) < count:
        arguments = tuple(rng.randint(0, largest) for _ in range(arity))
        value = function(*arguments)
        if value is None:
            continue
        rows = [(arguments, rng.randint(0, 50) if rng.random() < wrong else value)]
        rows += [(tuple(rng.randint(0, largest) for _ in range(arity)), rng.randint(0, 50)) for _ in range(options - 1)]
        rng.shuffle(rows)
        cases.append(Case(len(cases), {signature: tuple(rows)}))
    return cases


def closed_terms(names: Sequence[str], variables: int = 2) -> st.SearchStrategy[Term]:
    """Return random terms of operations on two numbers."""
    leaves: st.SearchStrategy[Term] = st.one_of(st.integers(0, 4).map(Const), st.integers(0, variables - 1).map(Var))
    return st.recursive(
        leaves,
        lambda inner: st.builds(lambda name, a, b: Call(name, (a, b)), st.sampled_from(sorted(names)), inner, inner),
        max_leaves=6,
    )


def programs(depth: int = 1) -> st.SearchStrategy[Term]:
    """Return random programs of loops, conditionals and programs used, over two numbers."""

    def inner(bound: int) -> st.SearchStrategy[Term]:
        leaves: list[st.SearchStrategy[Term]] = [st.integers(0, 3).map(Const), st.integers(0, 1).map(Var)]
        if bound:
            leaves.append(st.integers(0, bound - 1).map(Bound))
        return st.recursive(
            st.one_of(leaves),
            lambda part: st.one_of(
                st.builds(lambda name, a: Call(name, (a,)), st.sampled_from(["inc", "dec"]), part),
                st.builds(lambda which, a, b: Use(which, (a, b)), st.sampled_from(FOUR), part, part),
                st.builds(lambda a, b, c, d: call("if", call("==", a, b), c, d), part, part, part, part),
            ),
            max_leaves=4,
        )

    if not depth:
        return inner(0)
    return st.builds(loop, inner(1), inner(0), inner(0))
