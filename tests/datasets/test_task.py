"""Limits and corruption: exact counts, and draws that depend on seed and content, not on order."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abduce.datasets.corruption import corrupted
from abduce.datasets.task import Task
from abduce.errors import UsageError
from abduce.values import Basic, Example, same_value

TOKENS = st.lists(st.sampled_from("pqrs"), max_size=4).map(tuple)


def task_of(targets: list[object], kind: Basic = Basic.TOKENS) -> Task:
    train = tuple(Example((f"w{i}",), target) for i, target in enumerate(targets))
    return Task("t", "", train, (), kind)


def shuffled(task: Task, seed: int) -> Task:
    train = list(task.train)
    random.Random(seed).shuffle(train)
    return Task(task.name, task.split, tuple(train), task.test, task.value_type)


@settings(max_examples=50)
@given(
    st.lists(TOKENS, min_size=2, max_size=30).filter(lambda x: len(set(x)) > 1),
    st.integers(0, 100).map(lambda percent: percent / 100),
    st.sampled_from(["swap", "edit"]),
    st.integers(0, 99),
)
def test_exactly_the_share_is_changed(targets: list[object], share: float, kind: str, seed: int) -> None:
    task = task_of([*targets, ("p", "q")])
    wrong = {example.inputs: example.target for example in corrupted(task, share, kind, seed).train}
    changed = sum(not same_value(wrong[example.inputs], example.target) for example in task.train)
    assert changed == round(share * len(task.train))


@pytest.mark.parametrize("kind", ["swap", "edit"])
@pytest.mark.parametrize(
    ("targets", "basic"),
    [([1, 2, 3, 4] * 5, Basic.INT), ([True, False] * 10, Basic.BOOL), ([("a",), ()], Basic.TOKENS)],
)
def test_answers_of_every_type_are_changed_within_their_type(targets: list[object], basic: Basic, kind: str) -> None:
    task = task_of(targets, basic)
    found = corrupted(task, 1.0, kind, 0)
    assert all(type(e.target) is type(targets[0]) for e in found.train)
    pairs = zip(sorted(found.train, key=repr), sorted(task.train, key=repr), strict=True)
    assert not any(same_value(a.target, b.target) for a, b in pairs)


def test_an_edit_changes_one_token() -> None:
    task = task_of([("a", "b", "c")] * 30 + [("b", "d")])
    for example in corrupted(task, 1.0, "edit", 3).train:
        assert abs(len(example.target) - (2 if example.inputs == ("w30",) else 3)) <= 1


def test_draws_do_not_depend_on_order_but_on_the_seed() -> None:
    task = task_of([(str(i % 7),) for i in range(60)])
    mixed = shuffled(task, 1)
    assert Counter(task.limited(20, 5).train) == Counter(mixed.limited(20, 5).train)
    assert Counter(task.limited(20, 5).train) != Counter(task.limited(20, 6).train)
    assert Counter(corrupted(task, 0.3, "swap", 2).train) == Counter(corrupted(mixed, 0.3, "swap", 2).train)


def test_limits_out_of_range() -> None:
    task = task_of([("a",), ("b",)])
    with pytest.raises(UsageError, match="--limit 0"):
        task.limited(0, 0)
    assert len(task.limited(2, 0).train) == 2
    assert "only 2 training examples" in task.limited(3, 0).warnings[0]


def test_corruption_out_of_range() -> None:
    with pytest.raises(UsageError, match=r"--corrupt 1\.5"):
        corrupted(task_of([("a",)]), 1.5, "swap", 0)
    with pytest.raises(UsageError, match="swap, edit"):
        corrupted(task_of([("a",)]), 0.5, "drop", 0)
    with pytest.raises(UsageError, match="all answers are the same"):
        corrupted(task_of([("a",), ("a",)]), 0.5, "swap", 0)
