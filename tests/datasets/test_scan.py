"""The generated commands against the published files, and what is said where a split cannot be had."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from abduce.datasets import load_task
from abduce.datasets.scan import commands
from abduce.errors import DataError, UsageError

ACTIONS = {
    "jump": "I_JUMP",
    "turn left": "I_TURN_LEFT",
    "look opposite right": "I_TURN_RIGHT I_TURN_RIGHT I_LOOK",
    "turn around left": "I_TURN_LEFT I_TURN_LEFT I_TURN_LEFT I_TURN_LEFT",
    "walk around right": "I_TURN_RIGHT I_WALK I_TURN_RIGHT I_WALK I_TURN_RIGHT I_WALK I_TURN_RIGHT I_WALK",
    "run thrice after look left twice": "I_TURN_LEFT I_LOOK I_TURN_LEFT I_LOOK I_RUN I_RUN I_RUN",
}


def test_there_are_as_many_commands_as_the_paper_says() -> None:
    found = dict(commands())
    assert len(found) == 20910
    assert {words: " ".join(found[tuple(words.split())]) for words in ACTIONS} == ACTIONS


@pytest.mark.parametrize(
    ("split", "train", "test"),
    [("length", 16990, 3920), ("addprim_jump", 14670, 7706), ("template_around_right", 15225, 4476)],
)
def test_generated_splits_have_the_published_sizes(split: str, train: int, test: int) -> None:
    task = load_task("scan", split)
    assert (len(task.train), len(task.test)) == (train, test)
    assert not task.warnings


def test_the_lone_command_is_repeated_in_training() -> None:
    task = load_task("scan", "addprim_jump")
    counts = Counter(example.inputs for example in task.train)
    assert len(counts) == 13204 and counts["jump",] == 1467


@pytest.mark.parametrize("split", ["length", "addprim_jump", "template_around_right"])
def test_generated_equals_published(published_scan: Path, split: str) -> None:
    generated, published = load_task("scan", split), load_task("scan", split, data=published_scan)
    assert Counter(generated.train) == Counter(published.train)
    assert Counter(generated.test) == Counter(published.test)


@pytest.mark.parametrize(("split", "train", "test"), [("simple", 16728, 4182), ("mcd1", 8365, 1045)])
def test_searched_and_random_splits_are_read(published_scan: Path, split: str, train: int, test: int) -> None:
    task = load_task("scan", split, data=published_scan)
    assert (len(task.train), len(task.test)) == (train, test)


def test_a_split_that_needs_files_says_so() -> None:
    with pytest.raises(UsageError, match=r"--split mcd2: .*--data"):
        load_task("scan", "mcd2")


def test_a_folder_without_the_split_names_those_it_has(tmp_path: Path) -> None:
    (tmp_path / "tasks_train_length.txt").write_text("IN: jump OUT: I_JUMP\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"tasks_train_simple\.txt.*the splits in it are length"):
        load_task("scan", "simple", data=tmp_path)
    with pytest.raises(DataError, match="no such folder"):
        load_task("scan", "simple", data=tmp_path / "nowhere")


def test_an_unknown_task_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="there are scan"):
        load_task("scam")
