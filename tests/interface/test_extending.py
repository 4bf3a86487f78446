"""`--extend RUN`: a new symbol on top of a run, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import languages
import pytest

from abduce.cli import run
from abduce.values import Example, show_value


def write(path: Path, examples: list[Example]) -> str:
    lines = (f"{' '.join(example.inputs)}\t{show_value(example.target)}\n" for example in examples)
    path.write_text("".join(lines), encoding="utf-8")
    return str(path)


def test_a_run_is_extended_and_what_cannot_be_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train, test = languages.pairs("rightwards", 300, 60)
    old, new = ([e for e in train if ("amid" in e.inputs) is novel] for novel in (False, True))
    first, more, held = (write(tmp_path / f"{n}.tsv", e) for n, e in (("a", old), ("b", new[:80]), ("c", test)))
    known = write(tmp_path / "d.tsv", [e for e in test if "amid" not in e.inputs])
    numbers = write(tmp_path / "e.tsv", [Example(("kip", "new"), 3), Example(("new",), 4)])
    base, out = str(tmp_path / "base"), str(tmp_path / "out")
    assert run(["train", "--train", first, "--test", known, "--out", base, "--quiet"]) == 0
    capsys.readouterr()
    assert run(["train", "--train", more, "--test", held, "--extend", base, "--out", out, "--json"]) == 0
    metrics = json.loads(capsys.readouterr().out)
    assert metrics["accuracy"] >= 0.95
    assert metrics["extended"] == base
    assert metrics["accuracy_before"] == metrics["accuracy_after"] == 1.0
    assert "amid" in (tmp_path / "out" / "lexicon.txt").read_text(encoding="utf-8")
    for pairs, options, said in (
        (more, ["--extend", str(tmp_path / "none")], "no such run folder"),
        (first, ["--extend", base], "no symbol in the examples is new"),
        (numbers, ["--extend", base], "its answers are of type tokens, those of these examples of type int"),
        (more, ["--extend", base, "--primitives", "peano"], "with --extend programs are built from"),
    ):
        assert run(["train", "--train", pairs, "--test", pairs, "--out", str(tmp_path / "bad"), *options]) == 2
        assert said in capsys.readouterr().err
