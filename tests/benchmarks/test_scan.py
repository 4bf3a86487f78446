"""The benchmark of SCAN on a tiny split: what it measures, what its changes to the data are, what it refuses."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch
from command_line import INTERRUPTED, numbers
from costs import FailedError, fresh, least_cpu_seconds
from records import name_of, remarks
from rich.console import Console
from rival import LEARNING_RATE, UNKNOWN, Coder, Seq2Seq
from scan import Options, Run, measure_all, planned, run_command, splits_in
from transforms import TRANSFORMS, outputs, rename, renaming, reverse, shuffle

from abduce import Example, Task
from abduce.datasets import load_task
from abduce.datasets.scan import commands
from abduce.errors import UsageError
from abduce.values import Basic

PHRASES = 102


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of files like the published ones, with one small split: commands without a conjunction."""
    made = tmp_path_factory.mktemp("files")
    lines = [f"IN: {' '.join(c)} OUT: {' '.join(a)}\n" for c, a in itertools.islice(commands(), PHRASES)]
    (made / "tasks_train_small.txt").write_text("".join(lines[n] for n in range(PHRASES) if n % 5), encoding="utf-8")
    (made / "tasks_test_small.txt").write_text("".join(lines[::5]), encoding="utf-8")
    (made / "tasks_train_lone.txt").write_text(lines[0], encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def task(folder: Path) -> Task:
    return Run(split="small", data=str(folder)).load()


def test_one_object_is_printed_with_bound_and_rival(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("scan.fresh", lambda action, *arguments: action(*arguments))
    arguments = ["--data", str(folder), "--rival-seconds", "0.1", "--rival-sample", "5", "--json", "--quiet"]
    assert run_command(arguments) == 0
    printed = capsys.readouterr()
    (record,) = json.loads(printed.out)["runs"]
    assert not printed.err
    assert record["split"] == "small" and record["data"] == "published" and record["seed"] == 0
    assert record["accuracy"] == record["accuracy_predicted"] == 1.0 and record["learned"]
    assert (record["train_count"], record["test_count"]) == (81, 21)
    assert 0 < record["bound_train_s"] < record["train_cpu_s"] and record["train_per_bound"] > 1
    assert record["sentences_per_s"] > 0 and record["peak_mb"] > 0
    assert record["rival"]["tested"] == 5 and record["rival"]["epochs"] > 0
    assert not remarks([record])


def stub(run: Run, options: Options) -> dict[str, Any]:
    """Stand in for a measurement; the third is interrupted."""
    if run.seed == 2:
        raise KeyboardInterrupt
    measured = {"accuracy": 1.0 - run.seed / 10, "accuracy_predicted": 1.0 - run.seed / 10, "train_cpu_s": 1.0}
    costs = {"train_per_bound": 9.0, "sentences_per_s": 9.0, "peak_mb": 9.0, "train_count": run.limit or 81}
    verdict = {"learned": not run.seed, "not_learned": ["jump"] if run.seed else [], "stopped": None, "noise": 0.0}
    return {**run.plain(), **measured, **costs, **verdict, "rival": None}


def test_what_was_done_is_printed_when_interrupted_and_taken_over_later(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("scan.measured", stub)
    sweep = ["--data", str(folder), "--split", "small", "--limit", "40,60", "--quiet"]
    curve = tmp_path / "curve.svg"
    assert run_command([*sweep, "--seeds", "0-4", "--json", "--plot", str(curve)]) == INTERRUPTED
    found = json.loads(text := capsys.readouterr().out)
    assert found["interrupted"] and [run["seed"] for run in found["runs"]] == [0, 1]
    assert curve.read_text(encoding="utf-8").startswith("<?xml")
    earlier = tmp_path / "earlier.json"
    earlier.write_text(text, encoding="utf-8")
    monkeypatch.setattr("scan.measured", lambda *_, **__: pytest.fail("measured again"))
    one = ["--data", str(folder), "--split", "small", "--limit", "40", "--quiet"]
    assert run_command([*one, "--seeds", "0,1", "--earlier", str(earlier)]) == 0
    shown = capsys.readouterr().out
    assert "95.00%" in shown and "1 of 2" in shown
    assert "small, 40 pairs, seed 1: accuracy 90.00%, not learned: jump" in shown


def test_a_run_that_breaks_down_is_recorded_and_the_rest_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any) -> Any:
        raise FailedError("out of luck")

    monkeypatch.setattr("scan.fresh", broken)
    assert run_command(["--data", str(folder), "--seeds", "0-1", "--quiet"]) == 1
    assert capsys.readouterr().out.count("failed: out of luck") == 2


def test_renaming_is_a_bijection_onto_new_names() -> None:
    words = [f"w{n}" for n in range(200)]
    names = renaming(words, seed=3)
    assert list(names) == sorted(words) and len(set(names.values())) == len(words)
    assert not set(names.values()) & set(words)
    assert names == renaming(reversed(words), seed=3) != renaming(words, seed=4)


def test_rename_changes_inputs_alone_and_alike_in_training_and_test(task: Task) -> None:
    changed = rename(task, 0)
    pairs = [*zip((*task.train, *task.test), (*changed.train, *changed.test), strict=True)]
    names = {old: new for before, after in pairs for old, new in zip(before.inputs, after.inputs, strict=True)}
    assert len(set(names.values())) == len(names) == 11
    assert all(tuple(names[word] for word in before.inputs) == after.inputs for before, after in pairs)
    assert all(before.target == after.target for before, after in pairs)


def test_outputs_changes_answers_alone(task: Task) -> None:
    changed = outputs(task, 0)
    pairs = [*zip((*task.train, *task.test), (*changed.train, *changed.test), strict=True)]
    names = {old: new for before, after in pairs for old, new in zip(before.target, after.target, strict=True)}
    assert len(set(names.values())) == len(names) == 6
    assert all(tuple(names[token] for token in before.target) == after.target for before, after in pairs)
    assert all(before.inputs == after.inputs for before, after in pairs)
    numbers = Task("t", "", (Example(("a",), 7),), (Example(("a",), 7),), Basic.INT)
    assert outputs(numbers, 0) == numbers


def test_reverse_is_an_involution(task: Task) -> None:
    changed = reverse(task, 0)
    assert changed != task and reverse(changed, 0) == task
    assert changed.train[-1].inputs == tuple(reversed(task.train[-1].inputs))
    assert changed.train[-1].target == task.train[-1].target


def test_shuffle_keeps_every_training_pair_and_the_test(task: Task) -> None:
    changed = shuffle(task, 0)
    assert changed.train != task.train and Counter(changed.train) == Counter(task.train)
    assert changed.test == task.test and changed == shuffle(task, 0) != shuffle(task, 1)


def test_every_combination_is_planned(folder: Path) -> None:
    runs = list(planned(["a", "b"], None, ["all"], [10, 20], [], ["swap"], [0, 1]))
    assert len(runs) == len(set(runs)) == 2 * len(TRANSFORMS) * 2 * 2
    wrong = list(planned(["a"], None, [], [], [0.0, 0.1], ["swap", "edit"], [0]))
    assert [(run.corrupt, run.corrupt_kind) for run in wrong] == [(0.0, "swap"), (0.1, "swap"), (0.1, "edit")]
    assert splits_in(str(folder)) == ["small"] and len(splits_in(None)) == 3


def test_runs_are_named_and_said(folder: Path) -> None:
    run = Run(split="small", data=str(folder), transform="reverse", limit=40, corrupt=0.05, seed=7)
    assert name_of(run.plain()) == "small, reverse, 40 pairs, 5% by swap, seed 7"
    assert len(run.load().train) == 40
    assert measure_all([], Options(), Console(quiet=True)) == ([], False)


def test_the_rival_learns_to_copy() -> None:
    pairs = [((a, b), (a.upper(), b.upper())) for a in "abcd" for b in "abcd"]
    inputs, outputs = Coder(words for words, _ in pairs), Coder(tokens for _, tokens in pairs)
    torch.manual_seed(0)
    model = Seq2Seq(len(inputs), len(outputs))
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    batch = [(inputs.encode(words), outputs.encode(tokens, ends=True)) for words, tokens in pairs]
    for _ in range(80):
        optimiser.zero_grad()
        torch.autograd.backward(model.loss(batch))
        optimiser.step()
    found = model.write([words for words, _ in batch], longest=5)
    assert sum(row == outputs.names(tokens) for row, (_, tokens) in zip(found, pairs, strict=True)) >= 12
    assert outputs.names(("A", "never")) == [outputs.numbers["A"], UNKNOWN]


def test_a_fresh_process_answers_or_says_why_not() -> None:
    assert fresh(divmod, 7, 2) == (3, 1)
    with pytest.raises(FailedError, match="ZeroDivisionError"):
        fresh(divmod, 7, 0)
    with pytest.raises(UsageError, match="there are scan"):
        fresh(load_task, "scam")


def test_numbers_come_singly_in_lists_and_ranges() -> None:
    assert numbers(["0-2", "7,9", "1_000", "1"], "--seeds") == [0, 1, 2, 7, 9, 1000]
    assert least_cpu_seconds(lambda: None) >= 0.0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--transform", "mirror"], "--transform mirror: expected rename, reverse, outputs, shuffle or all"),
        (["--seeds", "many"], "--seeds many: expected numbers such as 3, 0-4 or 100,200,400"),
        (["--split", "simple"], "--split simple: not derived from the grammar"),
        (["--data", "nowhere"], "--data nowhere: no tasks_train_SPLIT.txt"),
        (["--corrupt", "2"], "--corrupt 2.0: a share"),
        (["--earlier", __file__], "not what an earlier run of this benchmark printed with --json"),
        (["--plot", "curve.doc"], "--plot curve.doc: expected a file that ends in .svg, .png, .pdf"),
    ],
)
def test_bad_input_is_said_in_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(arguments) == 2
    assert said in capsys.readouterr().err
