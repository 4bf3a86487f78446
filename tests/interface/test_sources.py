"""Where the pairs of a run come from: images beside text, and options that do not go together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from abduce.datasets.pen_strokes import written
from abduce.errors import UsageError
from abduce.sources import Source
from abduce.values import ImageInput


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    for symbol in "12":
        Image.fromarray(written(symbol, 1, 0)[0]).save(tmp_path / f"{symbol}.png")
    (tmp_path / "pairs.jsonl").write_text(
        '{"input": ["1.png", "2.png"], "output": 3}\n{"input": ["2.png"], "output": 2}\n', encoding="utf-8"
    )
    return str(tmp_path / "pairs.jsonl")


def test_own_images_are_loaded_kept_and_tested_again(pairs: str) -> None:
    source = Source(train=pairs, test=pairs, input="image")
    again = Source.from_plain(source.to_plain())
    assert again.load().train == source.load().train
    assert isinstance(source.load().train[0].inputs, ImageInput)
    _, examples = again.test_examples(pairs, "int")
    assert np.asarray(examples[0].inputs).shape == (2, 28, 28)


def test_wrong_answers_can_be_put_on_images(pairs: str) -> None:
    task = Source(train=pairs, test=pairs, input="image", corrupt=0.5, corrupt_kind="edit").load()
    right = {example.inputs: example.target for example in task.test}
    assert sum(example.target != right[example.inputs] for example in task.train) == 1


def test_a_record_of_an_older_version_is_read() -> None:
    older = {"task": "scan", "split": "length", "data": None, "train": None, "test": None, "answer": "auto"}
    assert Source.from_plain({**older, "limit": 5, "corrupt": 0.0, "corrupt_kind": "swap", "seed": 0}).input == "symbol"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"input": "sound"}, "--input sound: expected symbol or image"),
        ({"cell": 28}, "--cell says how strips of images are cut; add --input image"),
        ({"input": "image", "glyphs": "+=plus"}, "--glyphs and --concept belong to a task"),
        ({"input": "image", "concept": "max"}, "--glyphs and --concept belong to a task"),
        ({"train": None, "test": None, "task": "hint", "input": "image", "cell": 28}, "--cell is for own strips"),
    ],
)
def test_options_that_do_not_go_together(pairs: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Source(**{"train": pairs, "test": pairs, **options}).load()
