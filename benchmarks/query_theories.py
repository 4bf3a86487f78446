"""Entailment queries in three kinds, each as a text for the engine and as z3py that a person would write for it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

KINDS = ("numbers", "kinds", "people")
TASKS, CLASSES, PEOPLE = 12, 16, 10


@dataclass(frozen=True, slots=True)
class Theory:
    """Premises and queries in both forms.

    Attributes:
        name: Its kind.
        premises: The premises for the engine.
        queries: The queries for the engine.
        build: Given the z3 module, what a person would write: the assertions, and for each query a function that
            makes its formula.
    """

    name: str
    premises: str
    queries: tuple[str, ...]
    build: Callable[[Any], tuple[list[Any], list[Callable[[], Any]]]]


def theories(count: int, seed: int) -> list[Theory]:
    """Return theories of all kinds with so many queries together."""
    share = [count // len(KINDS) + (place < count % len(KINDS)) for place in range(len(KINDS))]
    makers = (_numbers, _kinds, _people)
    return [make(size, random.Random(seed + at)) for at, (make, size) in enumerate(zip(makers, share, strict=True))]


def _numbers(count: int, generator: random.Random) -> Theory:
    """Starting times with durations, an order and some exclusions: linear arithmetic."""
    edges = [
        (i, j, generator.randint(1, 4)) for i in range(TASKS) for j in range(i + 1, TASKS) if generator.random() < 0.2
    ]
    apart = [
        (i, j, generator.randint(1, 3)) for i in range(TASKS) for j in range(i + 1, TASKS) if generator.random() < 0.1
    ]
    lines = [f"s{i}: Int." for i in range(TASKS)] + [f"0 <= s{i} and s{i} <= 40" for i in range(TASKS)]
    lines += [f"s{i} + {d} <= s{j}" for i, j, d in edges]
    lines += [f"s{i} + {d} <= s{j} or s{j} + {d} <= s{i}" for i, j, d in apart]
    asked = [(*generator.sample(range(TASKS), 3), generator.randint(-3, 6)) for _ in range(count)]
    queries = [f"s{i} + {d} <= s{j} or s{k} > {d + 6}?" for i, j, k, d in asked]

    def build(z3: Any) -> tuple[list[Any], list[Callable[[], Any]]]:
        s = [z3.Int(f"s{i}") for i in range(TASKS)]
        told = [z3.And(one >= 0, one <= 40) for one in s] + [s[i] + d <= s[j] for i, j, d in edges]
        told += [z3.Or(s[i] + d <= s[j], s[j] + d <= s[i]) for i, j, d in apart]

        def formula(i: int, j: int, k: int, d: int) -> Any:
            return z3.Or(s[i] + d <= s[j], s[k] > d + 6)

        return told, [partial(formula, *q) for q in asked]

    return Theory("numbers", "\n".join(lines), tuple(queries), build)


def _kinds(count: int, generator: random.Random) -> Theory:
    """Classes below classes, some that exclude each other, and individuals: monadic logic with quantifiers."""
    below = [(i, generator.randrange(i)) for i in range(1, CLASSES)]
    apart = [tuple(generator.sample(range(CLASSES), 2)) for _ in range(3)]
    members = [(p, generator.randrange(CLASSES)) for p in range(PEOPLE)]
    lines = [f"forall x. (c{i}(x) -> c{j}(x))" for i, j in below]
    lines += [f"forall x. not (c{i}(x) and d{j}(x))" for i, j in apart] + [f"c{c}(m{p})" for p, c in members]
    asked: list[tuple[int, int, int, bool]] = []
    for _ in range(count):
        lower, upper = generator.sample(range(CLASSES), 2)
        asked.append((generator.randrange(PEOPLE), lower, upper, generator.random() < 0.3))
    queries = [
        f"forall x. (c{i}(x) -> c{j}(x))?" if general else f"c{i}(m{p}) and not d{j}(m{p})?"
        for p, i, j, general in asked
    ]

    def build(z3: Any) -> tuple[list[Any], list[Callable[[], Any]]]:
        thing = z3.DeclareSort("Thing")
        x = z3.Const("x", thing)
        c = [z3.Function(f"c{i}", thing, z3.BoolSort()) for i in range(CLASSES)]
        d = [z3.Function(f"d{i}", thing, z3.BoolSort()) for i in range(CLASSES)]
        m = [z3.Const(f"m{p}", thing) for p in range(PEOPLE)]
        told = [z3.ForAll([x], z3.Implies(c[i](x), c[j](x))) for i, j in below]
        told += [z3.ForAll([x], z3.Not(z3.And(c[i](x), d[j](x)))) for i, j in apart] + [c[k](m[p]) for p, k in members]

        def formula(p: int, i: int, j: int, general: bool) -> Any:
            if general:
                return z3.ForAll([x], z3.Implies(c[i](x), c[j](x)))
            return z3.And(c[i](m[p]), z3.Not(d[j](m[p])))

        return told, [partial(formula, *q) for q in asked]

    return Theory("kinds", "\n".join(lines), tuple(queries), build)


def _people(count: int, generator: random.Random) -> Theory:
    """Ages as a function of people, a relation that respects them, and sums: quantifiers beside arithmetic."""
    older = [tuple(generator.sample(range(PEOPLE), 2)) for _ in range(12)]
    older = [(max(pair), min(pair)) for pair in older]
    lines = ["age: Thing -> Int.", "forall x, y. (parent(x, y) -> age(x) >= age(y) + 15)", "forall x. age(x) >= 0"]
    lines += [f"parent(h{i}, h{j})" for i, j in older]
    asked = [(*generator.sample(range(PEOPLE), 2), generator.choice((0, 5, 15, 20, 30))) for _ in range(count)]
    queries = [f"age(h{i}) - age(h{j}) >= {d}?" for i, j, d in asked]

    def build(z3: Any) -> tuple[list[Any], list[Callable[[], Any]]]:
        thing = z3.DeclareSort("Thing")
        x, y = z3.Consts("x y", thing)
        age, parent = z3.Function("age", thing, z3.IntSort()), z3.Function("parent", thing, thing, z3.BoolSort())
        h = [z3.Const(f"h{i}", thing) for i in range(PEOPLE)]
        told = [z3.ForAll([x, y], z3.Implies(parent(x, y), age(x) >= age(y) + 15)), z3.ForAll([x], age(x) >= 0)]
        told += [parent(h[i], h[j]) for i, j in older]

        def formula(i: int, j: int, d: int) -> Any:
            return age(h[i]) - age(h[j]) >= d

        return told, [partial(formula, *q) for q in asked]

    return Theory("people", "\n".join(lines), tuple(queries), build)


def by_hand(theory: Theory, timeout_s: float) -> tuple[list[str], list[float]]:
    """Return the verdicts and times of z3py: a solver with the premises, two checks in a scope of their own a query."""
    import z3

    told, asked = theory.build(z3)
    solver = z3.Solver()
    solver.set("timeout", int(timeout_s * 1000))
    solver.add(told)
    verdicts, seconds = [], []
    for make in asked:
        started = time.perf_counter()
        formula = make()
        verdicts.append(_verdict(z3, solver, formula))
        seconds.append(time.perf_counter() - started)
    return verdicts, seconds


def _verdict(z3: Any, solver: Any, formula: Any) -> str:
    denied = _check(solver, z3.Not(formula))
    if denied == z3.unsat:
        return "entailed"
    affirmed = _check(solver, formula)
    if affirmed == z3.unsat:
        return "refuted"
    return "undetermined" if denied == affirmed == z3.sat else "gave_up"


def _check(solver: Any, formula: Any) -> Any:
    solver.push()
    solver.add(formula)
    found = solver.check()
    solver.pop()
    return found
