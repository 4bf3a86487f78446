"""The command line, end to end on a small language: what it prints, leaves behind, and refuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import languages
import pytest
import torch

from abduce.cli import run
from abduce.values import Example, show_value

TIMES = ("train_cpu_s", "eval_cpu_s", "figures_cpu_s", "wall_s", "peak_mb", "versions")
KEYS = {
    *("task", "split", "seed", "accuracy", "subsets", "learned", "not_learned", "explained", "held_out_accuracy"),
    *("noise", "accuracy_random_parser", "accuracy_parser_only", "train_count", "test_count", "parameters"),
    *TIMES,
}


def write(path: Path, examples: list[Example]) -> Path:
    lines = (f"{' '.join(example.inputs)}\t{show_value(example.target)}\n" for example in examples)
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("pairs")
    train, test = languages.pairs("rightwards", 500, 60)
    return str(write(folder / "train.tsv", train)), str(write(folder / "test.tsv", test))


@pytest.fixture(scope="module")
def trained(files: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    assert run(["train", "--train", files[0], "--test", files[1], "--out", str(folder), "--quiet"]) == 0
    return folder


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(capsys.readouterr().out)
    return data


def test_json_has_every_key_and_nothing_else_is_printed(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert run(["train", "--train", files[0], "--test", files[1], "--out", str(out), "--json"]) == 0
    metrics = printed(capsys)
    assert metrics.keys() >= KEYS
    assert metrics["accuracy"] == 1.0 and metrics["learned"] and metrics["not_learned"] == []
    assert metrics["accuracy_parser_only"] >= 0.99 and metrics["accuracy_random_parser"] <= 0.85
    assert metrics == json.loads((out / "metrics.json").read_text(encoding="utf-8"))


def test_a_run_folder_holds_what_it_should(trained: Path) -> None:
    names = {path.name for path in trained.iterdir()}
    assert {"metrics.json", "lexicon.txt", "machine.pt", "log.jsonl", "checkpoint.pt", "learning_curve.svg"} <= names
    assert list((trained / "trees").glob("*.svg"))
    assert "over" in (trained / "lexicon.txt").read_text(encoding="utf-8")
    for line in (trained / "log.jsonl").read_text(encoding="utf-8").splitlines():
        json.loads(line)
    torch.load(trained / "machine.pt", weights_only=True)
    assert not [path for path in trained.parent.iterdir() if "partial" in path.name]


def test_a_run_is_never_overwritten_and_two_runs_agree(
    files: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert run(["train", "--train", files[0], "--test", files[1], "--quiet"]) == 0
    runs = [json.loads((tmp_path / "runs" / n / "metrics.json").read_text("utf-8")) for n in ("train-0", "train-0.1")]
    for metrics in runs:
        for name in TIMES:
            metrics.pop(name)
    assert runs[0] == runs[1]
    lexicons = [(tmp_path / "runs" / name / "lexicon.txt").read_text("utf-8") for name in ("train-0", "train-0.1")]
    assert lexicons[0] == lexicons[1]


def test_eval_tests_again_on_the_same_or_other_pairs(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eval", str(trained), "--json"]) == 0
    metrics = printed(capsys)
    assert metrics["accuracy"] == 1.0 and metrics["test_count"] == 60
    wrong = tmp_path / "other.tsv"
    wrong.write_text("kip over mul\ta b\nkip under mul\tz\n", encoding="utf-8")
    assert run(["eval", str(trained), "--data", str(wrong), "--json"]) == 0
    assert printed(capsys)["accuracy"] == 0.5


def test_predict_prints_one_answer_a_line(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["predict", str(trained), "kip over mul", '["kip", "under", "mul"]']) == 0
    assert capsys.readouterr().out.splitlines() == ["a b", "b a"]


def test_predict_explains_with_tree_and_meanings(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["predict", str(trained), "kip amid mul over sor", "--explain"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("a b c a ") and "├─ kip = a" in text and "λx y. x ++ y ++ x" in text


def test_predict_reads_files_and_standard_input(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.txt").write_text("kip\n\nkip nonsense\nmul under kip\n", encoding="utf-8")
    assert run(["predict", str(trained), "--file", str(tmp_path / "in.txt"), "--json"]) == 2
    out, err = capsys.readouterr()
    found = json.loads(out)["predictions"]
    assert [one["output"] for one in found] == [["a"], None, None, ["a", "b"]]
    assert [one["abstained"] for one in found] == [False, True, True, False]
    assert found[2]["unknown_tokens"] == ["nonsense"]
    assert "in.txt:2: empty" in err and "in.txt:3: no meaning was learned for 'nonsense'" in err
    done = subprocess.run(
        [sys.executable, "-m", "abduce.cli", "predict", str(trained), "--file", "-"],
        input="kip\nmul\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "a\nb\n")


def test_predict_suggests_the_word_meant(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["predict", str(trained), "kip ovr mul"]) == 2
    assert "'ovr' (did you mean 'over'?)" in capsys.readouterr().err


def test_predict_abstains_below_the_confidence_asked_for(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["predict", str(trained), "kip over", "--json"]) == 1
    found = printed(capsys)["predictions"][0]
    assert found["output"] is None and found["abstained"]
    assert run(["predict", str(trained), "kip amid mul over sor amid tev", "--top", "3", "--json"]) == 0
    found = printed(capsys)["predictions"][0]
    assert 1 <= len(found["alternatives"]) <= 2
    assert all(other["confidence"] <= found["confidence"] for other in found["alternatives"])


def test_lexicon_lists_every_word(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lexicon", str(trained), "--json"]) == 0
    rows = printed(capsys)["lexicon"]
    assert {row["symbol"] for row in rows} == {*languages.NOUNS, "over", "under", "amid"}
    assert all(row["evidence"] > 0 and row["share"] == 1.0 for row in rows)
    assert run(["lexicon", str(trained)]) == 0
    assert "λx y. y ++ x" in capsys.readouterr().out


def test_tasks_lists_what_works(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tasks", "--json"]) == 0
    assert [row["task"] for row in printed(capsys)["tasks"]] == ["scan", "hint"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train"], "give a task"),
        (["train", "nonesuch"], "no task of that name"),
        (["train", "scan", "--split", "mcd1"], "--data"),
        (["train", "scan", "--train", "x"], "not both"),
        (["train", "--train", "nowhere.tsv", "--test", "nowhere.tsv"], "nowhere.tsv: no such file"),
        (["train", "scan", "--limit", "0"], "--limit 0"),
        (["train", "scan", "--time-limit", "-1"], "--time-limit -1"),
        (["train", "scan", "--corrupt", "2"], "--corrupt 2"),
        (["train", "scan", "--answer", "int"], "--answer is for own pairs"),
        (["train", "scan", "--device", "tpu"], "--device tpu: expected"),
        (["train", "scan", "--primitives", "algebra"], "no set of primitives"),
        (["eval", "nowhere"], "nowhere: no such run folder"),
        (["predict", "nowhere", "x"], "nowhere: no such run folder"),
        (["lexicon", "nowhere"], "nowhere: no such run folder"),
        (["predict", "nowhere"], "give an input"),
    ],
)
def test_bad_usage_is_one_clear_error(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 2
    err = capsys.readouterr().err
    assert said in err and "Traceback" not in err
    assert not list(tmp_path.iterdir())


def test_run_folders_that_cannot_be_read(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    whole = (trained / "machine.pt").read_bytes()
    (broken / "machine.pt").write_bytes(whole[: len(whole) // 2])
    assert run(["lexicon", str(broken)]) == 2
    assert "truncated" in capsys.readouterr().err
    data = torch.load(trained / "machine.pt", weights_only=True)
    torch.save({**data, "format": 99}, broken / "machine.pt")
    assert run(["lexicon", str(broken)]) == 2
    assert "newer version of abduce (format 99" in capsys.readouterr().err
    (broken / "metrics.json").write_text('{"task": "x', encoding="utf-8")
    assert run(["eval", str(broken)]) == 2
    assert "missing or truncated" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["{}", "[]", "null", '{"source": {"new": 1}, "value_type": "int", "seed": 0}'])
def test_metrics_of_another_kind_are_refused(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "metrics.json").write_text(text, encoding="utf-8")
    assert run(["eval", str(tmp_path)]) == 2
    assert "not the metrics of a run of this version" in capsys.readouterr().err


def test_a_full_disk_is_reported_and_leaves_nothing_half_written(
    files: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    assert run(["train", "--train", files[0], "--test", files[1], "--out", str(tmp_path / "run"), "--quiet"]) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_what_is_not_learned_is_announced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Answers drawn at random have no rule; a machine that shows one would be lying."""
    import random

    rng = random.Random(0)
    words = [f"w{i}" for i in range(8)]
    rows = {(" ".join(rng.choices(words, k=3))): rng.choice("abcdefgh") for _ in range(300)}
    lines = [f"{words}\t{answer}\n" for words, answer in rows.items()]
    (tmp_path / "train.tsv").write_text("".join(lines[:200]), encoding="utf-8")
    (tmp_path / "test.tsv").write_text("".join(lines[200:]), encoding="utf-8")
    arguments = ["train", "--train", str(tmp_path / "train.tsv"), "--test", str(tmp_path / "test.tsv")]
    assert run([*arguments, "--out", str(tmp_path / "run"), "--answer", "tokens"]) == 1
    assert "not learned: " in capsys.readouterr().err


def test_a_time_limit_keeps_what_was_done_and_can_be_resumed(tmp_path: Path) -> None:
    out = str(tmp_path / "run")
    command = [sys.executable, "-m", "abduce.cli", "train", "scan", "--out", out, "--json"]
    done = subprocess.run([*command, "--time-limit", "3.5"], capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    metrics = json.loads(done.stdout)
    assert metrics["learned"] is False and metrics.keys() >= KEYS and metrics["wall_s"] < 4.0
    done = subprocess.run([*command, "--resume"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and json.loads(done.stdout)["accuracy"] == 1.0


def test_a_time_limit_may_be_over_while_libraries_are_loaded(files: tuple[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "abduce.cli", "train", "--train", files[0], "--test", files[1], "--json"]
    command += ["--time-limit", "0.5", "--out", str(tmp_path / "run")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 3 and json.loads(done.stdout)["stopped"] == "time limit"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_run_killed_halfway_goes_on_to_the_same_result(
    number: signal.Signals, files: tuple[str, str], trained: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-m", "abduce.cli", "train", "--train", files[0], "--test", files[1], "--out", str(out)]
    process = subprocess.Popen(
        [*command, "--quiet"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    partial = tmp_path / ".run.partial"
    while not (partial / "log.jsonl").exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(number)
    process.wait(timeout=60)
    assert process.stderr is not None and b"Traceback" not in process.stderr.read()
    process.stderr.close()
    if number is signal.SIGINT:
        assert process.returncode == 130
    else:
        assert not out.exists()
    assert run([*command[3:], "--resume", "--quiet", "--seed", "7"]) == 2, "other options, another run"
    assert run([*command[3:], "--resume", "--quiet"]) == 0
    assert (out / "lexicon.txt").read_text("utf-8") == (trained / "lexicon.txt").read_text("utf-8")
    assert json.loads((out / "metrics.json").read_text("utf-8"))["accuracy"] == 1.0
