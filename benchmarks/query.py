"""Measures what the query engine costs: beside hand-written z3py, beside clingo, and by how many answers there are.

    python benchmarks/query.py --json

It prints the overhead over z3py of entailment queries at each level of checking, closures of a chain and of random
graphs, all solutions in short and long ranges, and the queens.
"""

from __future__ import annotations

import gc
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Annotated, Any

import typer
from clingo_rival import Clingo, UnavailableError
from command_line import run_app
from costs import surroundings
from query_theories import Theory, by_hand, theories
from rich.console import Console
from rich.table import Table

from abduce.reasoning.queries.engine import Engine

app = typer.Typer(add_completion=False)
LEVELS = ("none", "fast", "looked at", "full")
"""How evidence is checked; `looked at` is `fast` with the evidence of every answer asked for."""
CHAIN, QUEENS, SOLUTIONS = 200, 8, (1000, 10_000)
CLOSURE = "path(X, Y) :- edge(X, Y). path(X, Z) :- edge(X, Y), path(Y, Z)."
GRAPHS = (100, 200, 400, 800, 1250)
DEGREE = 2.0
LONG_S = 600.0


@app.command()
def main(
    queries: Annotated[int, typer.Option(help="how many entailment queries")] = 1000,
    timeout: Annotated[float, typer.Option(help="most wall time for one of them, in seconds")] = 5.0,
    repeats: Annotated[int, typer.Option(help="passes of which the fastest counts")] = 3,
    graphs: Annotated[int, typer.Option(help="how many sizes of random graphs")] = len(GRAPHS),
    rivals: Annotated[bool, typer.Option(help="install clingo into an environment that is thrown away")] = True,
    seed: Annotated[int, typer.Option(help="of the queries and the graphs")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> int:
    """Measure the query engine."""
    found = {
        "surroundings": surroundings(),
        "entailment": [overhead(one, timeout, repeats) for one in theories(queries, seed)],
        **closures(graphs, seed, repeats, rivals=rivals),
        "solutions": [solutions(most, repeats) for most in SOLUTIONS],
        "queens": queens(QUEENS),
    }
    found["overhead"] = total_overhead(found["entailment"])
    short, long = (one["seconds"] for one in found["solutions"])
    found["solutions_ratio"] = round(long / short, 2)
    if as_json:
        print(json.dumps(found))
    else:
        show(found)
    return 0


def fastest(action: Callable[[], tuple[Any, float]], repeats: int) -> tuple[Any, float]:
    """Return what the fastest of some passes gave, and its seconds; an action times itself."""
    best: tuple[Any, float] | None = None
    for _ in range(max(1, repeats)):
        gc.collect()
        got = action()
        if best is None or got[1] < best[1]:
            best = got
    assert best is not None
    return best


# entailment ---------------------------------------------------------------------------------------------------


def overhead(theory: Theory, timeout_s: float, repeats: int) -> dict[str, Any]:
    """Return the seconds of all queries by hand and at each level, with the verdicts that differ; passes alternate."""
    best: dict[str, tuple[list[str], list[float]]] = {}
    for _ in range(max(1, repeats)):
        for name in ("z3py", *LEVELS):
            gc.collect()
            got = by_hand(theory, timeout_s) if name == "z3py" else _by_engine(theory, timeout_s, name)
            if name not in best or sum(got[1]) < sum(best[name][1]):
                best[name] = got
    expected = best["z3py"][0]
    levels = {}
    for level in LEVELS:
        verdicts, seconds = best[level]
        levels[level] = {
            "seconds": round(sum(seconds), 4),
            "median_ms": round(median(seconds) * 1000, 3),
            "ratio": round(sum(seconds) / sum(best["z3py"][1]), 3),
            "other_verdicts": sum(one != other for one, other in zip(verdicts, expected, strict=True)),
        }
    hand = {"seconds": round(sum(best["z3py"][1]), 4), "median_ms": round(median(best["z3py"][1]) * 1000, 3)}
    counts = {verdict: expected.count(verdict) for verdict in sorted(set(expected))}
    return {"kind": theory.name, "queries": len(expected), "verdicts": counts, "z3py": hand, **levels}


def _by_engine(theory: Theory, timeout_s: float, check: str) -> tuple[list[str], list[float]]:
    verdicts, seconds = [], []
    level = "fast" if check == "looked at" else check
    with Engine(reading="classical", timeout_s=timeout_s, check=level) as engine:
        engine.tell(theory.premises)
        for query in theory.queries:
            started = time.perf_counter()
            found = engine.ask(query)
            if check == "looked at":
                _ = found.checked
            seconds.append(time.perf_counter() - started)
            verdicts.append(str(found.verdict))
    return verdicts, seconds


def total_overhead(kinds: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return for each level how many times as long all queries took as by hand."""
    by_z3 = sum(one["z3py"]["seconds"] for one in kinds)
    return {level: round(sum(one[level]["seconds"] for one in kinds) / by_z3, 3) for level in LEVELS}


# closures -----------------------------------------------------------------------------------------------------


def closures(graphs: int, seed: int, repeats: int, *, rivals: bool) -> dict[str, Any]:
    """Return the seconds of closures, and clingo's beside them where it can be installed."""
    chain = [(place, place + 1) for place in range(CHAIN)]
    drawn = [_random_graph(nodes, seed) for nodes in GRAPHS[:graphs]]
    found: dict[str, Any] = {"chain": _closure(chain, repeats)}
    found["graphs"] = [{"nodes": n, **_closure(g, 1)} for n, g in zip(GRAPHS, drawn, strict=False)]
    if not rivals:
        return {**found, "clingo": "not asked for"}
    try:
        with Clingo() as clingo:
            found["chain"]["clingo"] = fastest(lambda: _by_clingo(clingo, chain), repeats)[0]
            for one, graph in zip(found["graphs"], drawn, strict=True):
                one["clingo"] = clingo.closure(graph)
    except (UnavailableError, OSError) as error:
        return {**found, "clingo": str(error)}
    return {**found, "clingo": found["chain"]["clingo"]["version"]}


def _by_clingo(clingo: Clingo, edges: Sequence[tuple[int, int]]) -> tuple[dict[str, Any], float]:
    got = clingo.closure(edges)
    return got, got["seconds"]


def _random_graph(nodes: int, seed: int) -> list[tuple[int, int]]:
    generator = random.Random(seed + nodes)
    edges = {(generator.randrange(nodes), generator.randrange(nodes)) for _ in range(int(DEGREE * nodes))}
    return sorted(edges)


def _closure(edges: Sequence[tuple[int, int]], repeats: int) -> dict[str, Any]:
    """Return the tuples of a closure and the seconds from the edges as text to all answers in hand."""

    def action() -> tuple[int, float]:
        started = time.perf_counter()
        text = " ".join(f"edge({a}, {b})." for a, b in edges)
        with Engine(reading="rules", timeout_s=LONG_S) as engine:
            engine.tell(f"{text}\n{CLOSURE}")
            found = engine.ask("path(X, Y)?")
        if not found.complete:
            raise RuntimeError(f"the closure was not completed: {found.reason}")
        return len(found.answers), time.perf_counter() - started

    tuples, seconds = fastest(action, repeats)
    return {"edges": len(edges), "tuples": tuples, "seconds": round(seconds, 4), "us_per_tuple": _each(seconds, tuples)}


def _each(seconds: float, count: int) -> float:
    return round(seconds / max(count, 1) * 1e6, 2)


# all solutions ------------------------------------------------------------------------------------------------


def solutions(most: int, repeats: int) -> dict[str, Any]:
    """Return the seconds of all integers from 1 to some number."""

    def action() -> tuple[Any, float]:
        started = time.perf_counter()
        with Engine(reading="classical", timeout_s=LONG_S) as engine:
            found = engine.ask(f"1 <= ?X, ?X <= {most}?")
        return found, time.perf_counter() - started

    found, seconds = fastest(action, repeats)
    return {"count": len(found.answers), "complete": found.complete, "seconds": round(seconds, 4)}


def queens(size: int) -> dict[str, Any]:
    """Return the seconds of all ways to place queens that do not attack each other, as one query."""
    names = [f"?Q{row}" for row in range(size)]
    goals = [f"1 <= {name}, {name} <= {size}" for name in names]
    for row, name in enumerate(names):
        for before in range(row):
            other, gap = names[before], row - before
            goals += [f"{name} != {other}", f"{name} - {other} != {gap}", f"{other} - {name} != {gap}"]
    started = time.perf_counter()
    with Engine(reading="classical", timeout_s=LONG_S) as engine:
        found = engine.ask(", ".join(goals) + "?")
    seconds = time.perf_counter() - started
    return {"size": size, "count": len(found.answers), "complete": found.complete, "seconds": round(seconds, 4)}


# showing ------------------------------------------------------------------------------------------------------


def show(found: dict[str, Any]) -> None:
    """Print tables."""
    table = Table(title="entailment queries: seconds (times as long as z3py written by hand)")
    for name in ("kind", "queries", "z3py", *LEVELS, "other verdicts"):
        table.add_column(name, justify="left" if name == "kind" else "right")
    for one in found["entailment"]:
        levels = [f"{one[level]['seconds']:.3f} ({one[level]['ratio']:.2f}×)" for level in LEVELS]
        other = str(sum(one[level]["other_verdicts"] for level in LEVELS))
        table.add_row(one["kind"], str(one["queries"]), f"{one['z3py']['seconds']:.3f}", *levels, other)
    table.add_row("all", "", "", *(f"{found['overhead'][level]:.2f}×" for level in LEVELS), "")
    closed = Table(title=f"closures (clingo: {found['clingo']})")
    for name in ("graph", "edges", "tuples", "abduce s", "µs a tuple", "clingo s"):
        closed.add_column(name, justify="left" if name == "graph" else "right")
    for name, one in [("chain", found["chain"]), *((f"random, {g['nodes']} nodes", g) for g in found["graphs"])]:
        rival = f"{one['clingo']['seconds']:.3f}" if "clingo" in one else "-"
        counts = f"{one['edges']:,}", f"{one['tuples']:,}"
        closed.add_row(name, *counts, f"{one['seconds']:.3f}", f"{one['us_per_tuple']:.2f}", rival)
    console = Console()
    console.print(table, closed)
    for one in found["solutions"]:
        console.print(f"all solutions: {one['count']:,} in {one['seconds']} s, complete: {one['complete']}")
    console.print(f"ten times as many solutions take {found['solutions_ratio']} times as long")
    console.print(
        f"{found['queens']['size']} queens: {found['queens']['count']} ways in {found['queens']['seconds']} s"
    )


if __name__ == "__main__":
    sys.exit(run_app(app, sys.argv[1:]))
