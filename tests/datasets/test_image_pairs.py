"""Own pairs of images and answers: files and strips, their names, their faults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import strips
from PIL import Image

from abduce.datasets import Task, load_image_pairs, read_image_examples, read_input
from abduce.datasets.image_pools import digest
from abduce.datasets.pen_strokes import DRAWN, written
from abduce.errors import DataError, UsageError
from abduce.values import Basic

GOOD = '{"input": ["1.png", "+.png"], "output": 1}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for symbol in "123+":
        Image.fromarray(255 - np.pad(written(symbol, 1, 0)[0], 5)).save(tmp_path / f"{symbol}.png")
    signs = [written(symbol, 1, 0)[0] for symbol in "1+2"]
    Image.fromarray(strips.strip(signs, 4, light=True)).save(tmp_path / "strip.png")
    Image.fromarray(np.concatenate([np.full_like(signs[0], 0), *signs], axis=1)).save(tmp_path / "cells.png")
    return tmp_path


def load(folder: Path, train: str, test: str = GOOD, **options: Any) -> Task:
    (folder / "train.jsonl").write_text(train, encoding="utf-8")
    (folder / "test.jsonl").write_text(test, encoding="utf-8")
    return load_image_pairs(folder / "train.jsonl", folder / "test.jsonl", **options)


def test_lists_of_files_and_strips_may_be_mixed(folder: Path) -> None:
    absolute = json.dumps({"input": [str(folder / "1.png"), str(folder / "+.png"), "2.png"], "output": 3})
    task = load(folder, f'{absolute}\n{{"input": "strip.png", "output": 3}}\n{{"input": ["2.png"], "output": 2}}\n')
    assert [example.inputs.shape for example in task.train] == [(3, 28, 28), (3, 28, 28), (1, 28, 28)]
    assert task.value_type is Basic.INT and task.name == "train" and task.gold is None
    listed, cut = (np.asarray(example.inputs).astype(int) for example in task.train[:2])
    assert np.abs(listed - cut).mean() < 12
    assert len({digest(image) for image in task.train[0].inputs.images}) == len(task.train[0].inputs.images)


def test_strips_are_cut_in_cells(folder: Path) -> None:
    task = load(folder, '{"input": "cells.png", "output": 3}\n', cell=28)
    assert len(task.train[0].inputs) == 3


def test_answers_of_other_types(folder: Path) -> None:
    task = load(folder, '{"input": ["1.png"], "output": "a b"}\n', '{"input": ["2.png"], "output": ["c"]}\n')
    assert task.value_type is Basic.TOKENS and task.test[0].target == ("c",)
    assert load(folder, '{"input": ["1.png"], "output": 1}\n', answer="tokens").train[0].target == ("1",)


def test_the_order_of_lines_does_not_matter(folder: Path) -> None:
    lines = [f'{{"input": ["{a}.png", "+.png", "{b}.png"], "output": {a + b}}}\n' for a in (1, 2, 3) for b in (1, 2, 3)]
    task, turned = load(folder, "".join(lines), limit=5), load(folder, "".join(lines[::-1]), limit=5)
    assert len(task.train) == 5 and set(task.train) == set(turned.train)
    assert np.array_equal(task.train[0].inputs.images, turned.train[0].inputs.images)


def test_repeated_and_clashing_inputs_are_told(folder: Path) -> None:
    task = load(folder, GOOD + '{"input": ["1.png", "+.png"], "output": 2}\n')
    assert any("1 training input has more than one answer" in line and "<2 images" in line for line in task.warnings)
    assert any("1 of 1 test inputs also occur in training" in line for line in task.warnings)
    assert any("2 of 2 test images also occur in training" in line for line in task.warnings)


def test_other_pairs_are_read_for_a_test(folder: Path) -> None:
    (folder / "more.jsonl").write_text(GOOD * 2, encoding="utf-8")
    examples, notes = read_image_examples(folder / "more.jsonl", "int")
    assert len(examples) == 2 and not notes


def test_one_input_is_read(folder: Path) -> None:
    assert read_input([folder / "1.png", folder / "+.png"]).shape == (2, 28, 28)
    assert len(read_input([folder / "strip.png"], strip=True)) == 3
    with pytest.raises(DataError, match=r"nothing\.png: no such file"):
        read_input([folder / "nothing.png"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"train\.jsonl: no pairs in it; expected one pair a line, as\n  \{\"input\": \[\"first\.png\""),
        ('{"input": ["1.png"], "output": 1\n', r"train\.jsonl:1: not JSON"),
        ('{"input": [], "output": 1}\n', r"train\.jsonl:1: the input is \[\]; expected the name of a strip, or a list"),
        ('{"input": "", "output": 1}\n', r"train\.jsonl:1: the input is ''"),
        ('{"input": [1], "output": 1}\n', r"train\.jsonl:1: the input is \[1\]"),
        ('{"input": ["1.png"], "output": 1.5}\n', r"train\.jsonl:1: the output is 1\.5"),
        ('{"input": ["9.png"], "output": 1}\n', r"1 of 3 images cannot be used \(.*9\.png: no such file\); at most 1%"),
        ('{"input": "wide.png", "output": 1}\n', r"wide\.png: it has no gap: .*--cell W"),
        ('{"input": "blank.png", "output": 1}\n', r"blank\.png: it is blank"),
        ('{"input": "train.jsonl", "output": 1}\n', r"train\.jsonl: no readable image"),
        ('{"input": ".", "output": 1}\n', r"no readable image|a folder"),
    ],
)
def test_what_cannot_be_used_is_named(folder: Path, text: str, said: str) -> None:
    wide = np.full((20, 200), 255, dtype=np.uint8)
    Image.fromarray(wide).save(folder / "blank.png")
    wide[9:11, 3:190] = 0
    Image.fromarray(wide).save(folder / "wide.png")
    with pytest.raises(DataError, match=said):
        load(folder, text)


def test_one_bad_image_in_a_hundred_is_left_out(folder: Path) -> None:
    lines = []
    for number, image in enumerate(written("3", 120, 7)):
        Image.fromarray(255 - image).save(folder / f"n{number}.png")
        lines.append(f'{{"input": ["n{number}.png", "1.png"], "output": 3}}\n')
    (folder / "n5.png").unlink()
    task = load(folder, "".join(lines))
    assert len(task.train) == 119
    assert any("1 of 122 images cannot be used" in line and "n5.png: no such file" in line for line in task.warnings)


def test_a_cell_has_a_width(folder: Path) -> None:
    with pytest.raises(UsageError, match="--cell 0: the width"):
        load(folder, GOOD, cell=0)


@pytest.mark.parametrize("notation", ["prefix", "postfix"])
def test_strips_of_another_notation_are_read_as_they_were_written(tmp_path: Path, notation: str) -> None:
    """Other signs stand for the digits and operations; ink and ground are either way round."""
    chosen = [sign for sign in DRAWN if sign not in strips.SYMBOLS and sign not in "()%"]
    signs = {
        symbol: (written(sign, 20, 0), written(sign, 10, 1))
        for symbol, sign in zip(strips.SYMBOLS, [*chosen, *"3456789"], strict=False)
    }
    train, test = strips.write_set(tmp_path, signs, notation=notation, train=60, test=20)
    task = load_image_pairs(train, test)
    known = strips.expressions(80, notation, 0)
    assert [(len(e.inputs), e.target) for e in (*task.train, *task.test)] == [(len(s), v) for s, v in known]
    assert min(len(symbols) for symbols, _ in known) == 5


def test_the_other_notations_mean_what_the_task_means() -> None:
    for symbols, value in strips.expressions(50, "postfix", 1):
        stack: list[int] = []
        for symbol in symbols:
            if symbol.isdigit():
                stack.append(int(symbol))
            else:
                right, left = stack.pop(), stack.pop()
                quotient = -(-left // right) if symbol == "/" else 0
                stack.append({"+": left + right, "-": max(0, left - right), "*": left * right, "/": quotient}[symbol])
        assert stack == [value]
