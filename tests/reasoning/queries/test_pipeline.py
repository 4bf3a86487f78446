"""Pipelines: values through stages, and conditions checked by a solver."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

import pytest

from abduce.errors import UsageError
from abduce.reasoning.queries.engine import Engine
from abduce.reasoning.queries.pipeline import ConditionError, Pipeline
from abduce.reasoning.queries.verdicts import Verdict
from abduce.values import UNDEFINED


@dataclass
class Predicted:
    value: object
    confidence: float = 1.0


class Counting:
    """Looks like a machine: has `fit` and `explain`, and predicts."""

    def fit(self) -> None: ...

    def explain(self) -> None: ...

    def __call__(self, words: tuple[str, ...]) -> Predicted:
        return Predicted(len(words) if words else UNDEFINED)


def prices() -> Engine:
    engine = Engine()
    engine.tell("price(1, 3). price(2, 10). cheap(X) :- price(X, P), P < 5.")
    return engine


def test_machine_engine_and_function_chain() -> None:
    chain = (
        Pipeline()
        .then(Counting(), name="count", ensures="y >= 1")
        .then(prices(), query="price({x}, P)?", name="look up", requires="x > 0")
        .then(lambda price: 2 * price, name="double", ensures=["y = 2*x", "y > x | x <= 0"])
    )
    run = chain.run(("a", "b"))
    assert run.value == 20
    assert chain(("a",)) == 6
    assert [(one.stage, one.kind, one.solver) for one in run.stages] == [
        ("count", "machine", ""),
        ("look up", "engine", "rules"),
        ("double", "function", ""),
    ]
    assert "2 > 0: entailed (z3)" in str(run)
    graph = run.as_graph()
    assert graph.number_of_nodes() == 7
    assert graph.nodes["stage 1"]["verdict"] == "entailed"
    assert graph.nodes["stage 2"]["output"] == 20
    assert ElementTree.fromstring(run.as_svg()).tag.endswith("svg")


def test_a_condition_that_fails_stops_the_run() -> None:
    chain = Pipeline().then(abs, name="size").then(lambda n: n - 5, name="less", ensures="y >= 0")
    with pytest.raises(
        ConditionError, match="stage less: y >= 0 must hold, and at x = 3, y = -2 it is refuted"
    ) as caught:
        chain.run(-3)
    assert [one.stage for one in caught.value.run.stages] == ["size", "less"]
    assert caught.value.run.stages[-1].checks[0].verdict is Verdict.REFUTED


def test_conditions_may_use_what_the_checking_engine_was_told() -> None:
    known = Engine()
    known.tell("forall n: Int. even(n) <-> n mod 2 = 0\n")
    chain = Pipeline(engine=known).then(lambda n: n + n, name="twice", ensures="even(y)")
    assert chain(3) == 6
    with pytest.raises(ConditionError, match="refuted"):
        Pipeline(engine=known).then(lambda n: n + 1, name="next", ensures="even(y)").run(2)


def test_closed_queries_give_truth_values_and_several_answers_a_list() -> None:
    assert Pipeline().then(prices(), query="cheap({x})?")(1) is True
    assert Pipeline().then(prices(), query="cheap({x})?")(2) is False
    assert Pipeline().then(prices(), query="price(N, P), P > {x}?", name="pair").stages[0].name == "pair"
    assert Pipeline().then(prices(), query="price(N, _), N >= {x}?")(1) == [1, 2]


def test_mistakes_are_named() -> None:
    with pytest.raises(UsageError, match="a query goes with an engine"):
        Pipeline().then(abs, query="p({x})?")
    with pytest.raises(UsageError, match="without stages"):
        Pipeline().run(1)
    with pytest.raises(UsageError, match="one variable"):
        Pipeline().then(prices(), query="price(N, P), N > {x}?").run(0)
    with pytest.raises(UsageError, match="no value"):
        Pipeline().then(Counting()).run(())
    with pytest.raises(UsageError, match="cannot speak of a list"):
        Pipeline().then(list, ensures="y > 0").run("ab")
