"""HINT's published layout: what is read of it, what is never looked at, and what is said of files at fault."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from abduce.datasets import Task, load_task
from abduce.datasets.hint_concepts import concept_training
from abduce.datasets.hint_expressions import Expression, training_expressions
from abduce.datasets.hint_notation import HINT
from abduce.datasets.pen_strokes import written
from abduce.errors import DataError, UsageError

FOLDERS = {"+": "add", "*": "3x", "/": "div", "(": "left", ")": "right", "max": "a"}
EACH = 5
Record = dict[str, Any]


def path_of(symbol: str, number: int) -> str:
    return f"{FOLDERS.get(symbol, symbol)}/{symbol.encode().hex()}_{number}.jpg"


def record(expression: Expression, subset: str, generator: random.Random, *, as_list: bool, test: bool) -> Record:
    tokens, value = expression
    numbers = (generator.randrange(EACH) + (EACH if test else 0) for _ in tokens)
    return {
        "img_paths": [path_of(symbol, number) for symbol, number in zip(tokens, numbers, strict=False)],
        "expr": list(tokens) if as_list else "".join(tokens),
        "head": [-1] * len(tokens),
        "res_all": [value] * len(tokens),
        "res": value,
        "eval": subset,
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    generator = random.Random(0)
    known = training_expressions(260, 0)
    parts = {"train": known[:200], "val": known[200:220], "test": known[220:]}
    for name, part in parts.items():
        records = [
            record(one, ("LL", "I", "SS")[n % 3], generator, as_list=n % 2 == 0, test=name == "test")
            for n, one in enumerate(part)
        ]
        (tmp_path / f"expr_{name}.json").write_text(json.dumps(records), encoding="utf-8")
    few = [record(one, "I", generator, as_list=True, test=False) for one in concept_training("max", 30, 0)]
    (tmp_path / "fewshot_dataset.json").write_text(json.dumps({"max": {"train": few[:20], "test": few[20:]}}), "utf-8")
    for symbol in (*HINT.symbols, "max"):
        home = tmp_path / "symbol_images" / FOLDERS.get(symbol, symbol)
        home.mkdir(parents=True, exist_ok=True)
        for number, image in enumerate(written(symbol, 2 * EACH, 0)):
            ink = image[image.any(axis=1)][:, image.any(axis=0)]
            picture = Image.fromarray(255 - np.pad(ink, 1 + number % 3))
            picture.resize((picture.width * 2, picture.height * 2)).save(home / Path(path_of(symbol, number)).name)
    return tmp_path


def change(path: Path, edit: Callable[[Record], object]) -> None:
    records = json.loads(path.read_text(encoding="utf-8"))
    for each in records:
        edit(each)
    path.write_text(json.dumps(records), encoding="utf-8")


def load(folder: Path, kind: str = "image", **options: Any) -> Task:
    return load_task("hint", data=folder, input=kind, **options)


def test_symbols_are_read_from_texts_and_lists(folder: Path) -> None:
    task = load(folder, "symbol")
    assert [(e.inputs, e.target) for e in task.train] == training_expressions(260, 0)[:200]
    assert (len(task.dev), len(task.test)) == (20, 40)
    assert list(task.subsets) == ["I", "SS", "LL"] and sum(map(len, task.subsets.values())) == 40
    assert task.subsets["LL"][:2] == (0, 3) and not task.warnings


def test_images_are_read_and_their_symbols_kept_for_reports(folder: Path) -> None:
    task, text = load(folder), load(folder, "symbol")
    assert task.gold is not None and task.subsets == text.subsets and not task.warnings
    for part, same, symbols in ((task.train, text.train, task.gold.train), (task.test, text.test, task.gold.test)):
        assert [tuple(symbols[i] for i in e.inputs.indexes) for e in part] == [e.inputs for e in same]
        assert [e.target for e in part] == [e.target for e in same]
    assert task.train[0].inputs.images.mean() < 110  # light ink on a dark ground


def test_no_gold_field_and_no_name_of_a_folder_is_used(folder: Path) -> None:
    before = load(folder, limit=100)

    def poison(each: Record) -> None:
        each.update(expr="9" * 3, head=None, res_all="none")
        each["img_paths"] = [
            f"class{int(name.split('/')[1][:2], 16) * 7 % 31}/{name.split('/')[1]}" for name in each["img_paths"]
        ]

    images = folder / "symbol_images"
    for file in sorted(images.rglob("*.jpg")):
        home = images / f"class{int(file.name[:2], 16) * 7 % 31}"
        home.mkdir(exist_ok=True)
        file.rename(home / file.name)
    for part in ("train", "val", "test"):
        change(folder / f"expr_{part}.json", poison)
    after = load(folder, limit=100)
    assert after.train == before.train and after.test == before.test and after.dev == before.dev
    assert np.array_equal(after.train[0].inputs.images, before.train[0].inputs.images)
    assert [list(e.inputs.indexes) for e in after.train] == [list(e.inputs.indexes) for e in before.train]


def test_records_need_no_more_than_images_and_result(folder: Path) -> None:
    def strip(each: Record) -> None:
        for name in ("expr", "head", "res_all", "eval"):
            each.pop(name)

    for part in ("train", "val", "test"):
        change(folder / f"expr_{part}.json", strip)
    task = load(folder)
    assert task.gold is not None and set(task.gold.train) == {""} and task.subsets == {}


def test_a_limit_draws_and_leaves_the_test_alone(folder: Path) -> None:
    small = load(folder, limit=50, seed=2)
    assert len(small.train) == 50 and small.test == load(folder).test
    assert small.train == load(folder, limit=50, seed=2).train != load(folder, limit=50, seed=3).train
    records = json.loads((folder / "expr_train.json").read_text("utf-8"))
    (folder / "expr_train.json").write_text(json.dumps(records[::-1]), encoding="utf-8")
    assert set(load(folder, limit=50, seed=2).train) == set(small.train)


def test_few_shot_examples_are_read(folder: Path) -> None:
    task = load(folder, "symbol", concept="max")
    assert (len(task.train), len(task.test)) == (20, 10) and task.split == "symbol-max"
    assert all("max" in example.inputs for example in task.train)
    in_images = load(folder, concept="max")
    assert [len(e.inputs) for e in in_images.train] == [len(e.inputs) for e in task.train]
    with pytest.raises(UsageError, match=r"--concept mean: .*fewshot_dataset\.json has max"):
        load(folder, concept="mean")


def test_numbers_beyond_a_machine_word_are_exact(folder: Path) -> None:
    change(folder / "expr_train.json", lambda each: each.update(res=10**40 + 1))
    assert load(folder, "symbol").train[0].target == 10**40 + 1


def test_images_on_both_sides_are_counted(folder: Path) -> None:
    change(folder / "expr_test.json", lambda each: each["img_paths"].__setitem__(0, path_of("3", 0)))
    assert any("1 of " in line and "test images also occur in training" in line for line in load(folder).warnings)


def test_missing_images_are_counted_named_and_refused_above_one_percent(folder: Path) -> None:
    for number in range(2):
        (folder / "symbol_images" / path_of("7", number)).unlink()
    with pytest.raises(DataError, match=r"symbol_images: 2 of 16\d images .*37_\d\.jpg: no such file; .*at most 1%"):
        load(folder)


def test_one_missing_image_in_a_hundred_is_left_out(folder: Path) -> None:
    name = path_of("7", 0)
    (folder / "symbol_images" / name).unlink()
    task = load(folder)
    holding = [
        each for each in json.loads((folder / "expr_train.json").read_text("utf-8")) if name in each["img_paths"]
    ]
    assert holding and len(task.train) == 200 - len(holding)
    assert any("1 of 16" in line and "37_0.jpg: no such file" in line for line in task.warnings)


@pytest.mark.parametrize("name", ["../secret.png", "/etc/secret.png", "3/../../secret.png"])
def test_images_elsewhere_are_not_read(folder: Path, name: str) -> None:
    change(folder / "expr_train.json", lambda each: each.update(img_paths=[name] * len(each["img_paths"])))
    with pytest.raises(DataError, match="expected a file below symbol_images"):
        load(folder)


def test_glyphs_are_for_other_sources(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"--glyphs: in .* every record names its images"):
        load(folder, glyphs="+=plus")


@pytest.mark.parametrize(
    ("name", "text", "kind", "said"),
    [
        ("expr_train.json", "[{", "symbol", r"expr_train\.json: not JSON"),
        ("expr_train.json", "{}", "symbol", r"expr_train\.json: expected a list of records"),
        ("expr_test.json", "[]", "symbol", r"expr_test\.json: expected a list of records, at least one"),
        (
            "expr_val.json",
            "[7]",
            "symbol",
            r'expr_val\.json: record 1: expected an object .*"res", got 7',
        ),
        (
            "expr_train.json",
            '[{"expr": "3", "res": "3"}]',
            "symbol",
            r'record 1: .* whole number "res"',
        ),
        (
            "expr_train.json",
            '[{"expr": "3", "res": true}]',
            "symbol",
            r'record 1: .* whole number "res"',
        ),
        ("expr_train.json", '[{"expr": 3, "res": 3}]', "symbol", r'record 1: expected "expr", a text or a list'),
        ("expr_train.json", '[{"img_paths": [], "res": 3}]', "image", r'record 1: expected "img_paths", a list of'),
        ("expr_train.json", '[{"img_paths": "a", "res": 3}]', "image", r'expected "img_paths", .*got "a"'),
        ("fewshot_dataset.json", "[]", "max", r'fewshot_dataset\.json: expected \{"max": \{"train"'),
        ("fewshot_dataset.json", '{"max": []}', "max", r'fewshot_dataset\.json: expected \{"max": \{"train"'),
    ],
)
def test_files_at_fault_say_where(folder: Path, name: str, text: str, kind: str, said: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        load(folder, "symbol" if kind == "max" else kind, concept="max" if kind == "max" else None)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "expr_val.json").unlink()
    assert load(folder, "symbol").dev == ()
    (folder / "expr_test.json").unlink()
    with pytest.raises(DataError, match=r"expr_test\.json: no such file"):
        load(folder, "symbol")
    with pytest.raises(UsageError, match=r"no expr_train\.json in it; for images of the symbols add --input image"):
        load_task("hint", data=folder / "symbol_images")
