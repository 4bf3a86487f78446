"""The benchmark of the query engine: what it measures, on few queries and small graphs."""

from __future__ import annotations

import json
from typing import Any

import pytest
import query
import query_theories
from clingo_rival import Clingo, UnavailableError


def test_by_hand_and_by_the_engine_the_verdicts_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "LEVELS", ("none", "fast"))
    for theory in query_theories.theories(6, seed=1):
        found = query.overhead(theory, 5.0, 1)
        assert found["queries"] == 2 and sum(found["verdicts"].values()) == 2
        assert [found[level]["other_verdicts"] for level in query.LEVELS] == [0, 0], theory.name


def test_the_same_seed_makes_the_same_queries() -> None:
    one, other = ([t.queries for t in query_theories.theories(30, seed)] for seed in (3, 3))
    assert one == other
    assert one != [t.queries for t in query_theories.theories(30, 4)]


def test_a_closure_has_the_tuples_of_a_chain() -> None:
    found = query.closures(1, 0, 1, rivals=False)
    assert found["chain"]["tuples"] == 20_100 and found["clingo"] == "not asked for"
    edges = query._random_graph(query.GRAPHS[0], 0)
    assert found["graphs"][0]["tuples"] == len(_closed(edges))


def _closed(edges: list[tuple[int, int]]) -> set[tuple[int, int]]:
    after: dict[int, set[int]] = {}
    for a, b in edges:
        after.setdefault(a, set()).add(b)
    found: set[tuple[int, int]] = set()
    for start, first in after.items():
        pending = list(first)
        while pending:
            end = pending.pop()
            if (start, end) not in found:
                found.add((start, end))
                pending += after.get(end, ())
    return found


def test_all_solutions_are_counted() -> None:
    assert query.solutions(50, 1)["count"] == 50
    assert query.queens(5)["count"] == 10


def test_a_rival_that_cannot_be_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise UnavailableError("clingo cannot be installed: no network")

    monkeypatch.setattr(Clingo, "__enter__", refuse)
    found = query.closures(0, 0, 1, rivals=True)
    assert found["clingo"] == "clingo cannot be installed: no network" and "clingo" not in found["chain"]


def test_the_command_prints_one_object(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name, small in (("CHAIN", 20), ("QUEENS", 6), ("SOLUTIONS", (10, 100))):
        monkeypatch.setattr(query, name, small)
    arguments = ["--queries", "3", "--repeats", "1", "--graphs", "0", "--no-rivals"]
    assert query.run_app(query.app, [*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["queens"]["count"] == 4 and set(found["overhead"]) == set(query.LEVELS)
    assert [one["count"] for one in found["solutions"]] == [10, 100]
