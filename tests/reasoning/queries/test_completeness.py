"""Whether answers are said to be all there are, on two hundred queries with finitely, endlessly or unknowably many."""

from __future__ import annotations

import random
from itertools import product

import pytest

from abduce.reasoning.queries.engine import Engine
from abduce.reasoning.queries.verdicts import Verdict

BOX = range(-40, 41)


def numbers(row: dict[str, object]) -> tuple[object, ...]:
    return tuple(row[name] for name in ("X", "Y"))


def finite_numbers(seed: int) -> tuple[str, str, set[tuple[object, ...]]]:
    """A condition on two integers in a box, and all pairs that satisfy it."""
    draw = random.Random(seed)
    a, b, c, left, low = (draw.randint(-4, 4) for _ in range(5))
    width, relation = draw.randint(0, 4), draw.choice(("<=", "=", "!="))
    holds = {"<=": int.__le__, "=": int.__eq__, "!=": int.__ne__}[relation]
    box = f"{left} <= X, X <= {left} + {width}, {low} <= Y, Y <= {low} + {width}"
    pairs = product(range(left, left + width + 1), range(low, low + width + 1))
    return "", f"{box}, {a}*X + {b}*Y {relation} {c}?", {(x, y) for x, y in pairs if holds(a * x + b * y, c)}


def finite_facts(seed: int) -> tuple[str, str, set[tuple[object, ...]]]:
    """A random graph, and the pairs of its closure."""
    draw = random.Random(seed)
    edges = {(draw.choice("abcde"), draw.choice("abcde")) for _ in range(draw.randint(1, 7))}
    closure = set(edges)
    while more := {(a, d) for (a, b), (c, d) in product(closure, repeat=2) if b == c} - closure:
        closure |= more
    facts = " ".join(f"edge({a}, {b})." for a, b in sorted(edges))
    return f"{facts} path(X, Y) :- edge(X, Y). path(X, Z) :- edge(X, Y), path(Y, Z).", "path(X, Y)?", set(closure)


@pytest.mark.parametrize("make", [finite_numbers, finite_facts])
def test_finitely_many(make: object) -> None:
    """A hundred queries; with a limit, the flag says whether it cut something off."""
    for seed in range(50):
        premises, query, expected = make(seed)  # type: ignore[operator]
        most = random.Random(seed).randint(1, 12)
        with Engine(timeout_s=60) as engine:
            engine.tell(premises)
            every, some = engine.ask(query), engine.ask(query, limit_answers=most)
        assert {numbers(dict(row)) for row in every.answers} == expected, query
        assert every.complete is True and len(every.answers) == len(expected), query
        assert {numbers(dict(row)) for row in some.answers} <= expected, query
        assert (len(some.answers), some.complete) == (min(most, len(expected)), len(expected) <= most), query


ENDLESS = [
    ("", "X > {k}?"),
    ("", "X != {k}?"),
    ("", "X mod 7 = {k} mod 7?"),
    ("", "X + Y = {k}?"),
    ("", "X*X > {k}, Y = X?"),
    ("r: Real. s: Real.", "r = X, X > {k}?"),
    ("n({k}). n(X + 1) :- n(X).", "n(X)?"),
    ("n({k}). n(s(X)) :- n(X).", "n(X)?"),
    ("n({k}, z). n(Y, s(X)) :- n(Y, X).", "n(X, Y)?"),
    ("n({k}). n(X + 2) :- n(X). n(X + 3) :- n(X).", "n(X), n(Y)?"),
]


@pytest.mark.parametrize(("premises", "query"), ENDLESS)
def test_endlessly_many(premises: str, query: str) -> None:
    """Sixty queries, six for each kind."""
    for k in range(6):
        with Engine(timeout_s=60) as engine:
            engine.tell(premises.replace("{k}", str(k)))
            found = engine.ask(query.replace("{k}", str(k)), limit_answers=5 + k)
        assert found.complete is False, query
        assert len({str(row) for row in found.answers}) == len(found.answers) <= 5 + k
        assert found.answers, query


@pytest.mark.parametrize(
    "query", ["X*X*X = Y*Y + {k}?", "X*X*X + Y*Y*Y = {k}?", "X*X = Y*Y*Y*Y + {k}?", "X^5 = Y^3 + {k}?"]
)
def test_unknowably_many(query: str) -> None:
    """Forty queries: none given is wrong or given twice; where all are said to be there, none is missing in a box.

    Where they are not, that shows: in the reason, in the exit code, and no answers are not taken for none there are.
    """
    for k in range(1, 11):
        equation = query.replace("{k}", str(k))
        equal = compile(equation.rstrip("?").replace("^", "**").replace("=", "=="), "<equation>", "eval")
        found = Engine(timeout_s=0.2).ask(equation)
        given = {numbers(dict(row)) for row in found.answers}
        assert len(given) == len(found.answers), equation
        assert all(eval(equal, {"X": x, "Y": y}) for x, y in given), equation
        inside = {(x, y) for x, y in product(BOX, BOX) if eval(equal, {"X": x, "Y": y})}
        if found.complete:
            assert inside <= given, equation
            assert (found.reason, found.exit_code) == (None, 0 if given else 1), equation
        else:
            assert found.reason is not None and found.exit_code == 3, equation
            assert given or found.verdict in (Verdict.GAVE_UP, Verdict.ENTAILED), equation
