"""Machines that read images, by the command line: asked, drawn, measured part by part, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from abduce.cli import run
from abduce.datasets import Gold, Task
from abduce.datasets.hint_notation import HINT
from abduce.datasets.hint_reference import Reference
from abduce.datasets.pen_strokes import written
from abduce.metrics import Measured
from abduce.parts import budget, matched
from abduce.perception.encoders import ImageEncoder, Schedule
from abduce.perception.images import normalised
from abduce.perception.reading import ImagePerception
from abduce.reasoning.learning.machine import Machine
from abduce.values import UNDEFINED, Basic, Example, ImageInput

SYMBOLS = ("0", "1", "2", "3", "+")
NAMES = dict(zip(SYMBOLS, ("s4", "s2", "s5", "s1", "s3"), strict=True))
"""What a learner may have called them."""
EACH = 40


def pool(seed: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return images of all symbols, ink light on a dark ground, and which each is."""
    images = np.concatenate([written(symbol, EACH, seed) for symbol in SYMBOLS])
    return images, tuple(symbol for symbol in SYMBOLS for _ in range(EACH))


def sums(seed: int, count: int) -> list[tuple[tuple[str, ...], int]]:
    """Return different sums of one to four digits, and what they come to."""
    generator = np.random.default_rng(seed)
    found: dict[tuple[str, ...], int] = {}
    while len(found) < count:
        digits = generator.integers(4, size=int(generator.integers(1, 5))).tolist()
        found[tuple("+".join(map(str, digits)))] = sum(digits)
    return list(found.items())


def drawn(sentences: list[tuple[tuple[str, ...], int]], seed: int) -> tuple[tuple[Example, ...], tuple[str, ...]]:
    """Put images for symbols."""
    images, symbols = pool(seed)
    generator = np.random.default_rng(seed)
    examples = []
    for sentence, value in sentences:
        places = [SYMBOLS.index(symbol) * EACH + int(generator.integers(EACH)) for symbol in sentence]
        examples.append(Example(ImageInput(images, np.array(places, dtype=np.int64)), value))
    return tuple(examples), symbols


@pytest.fixture(scope="module")
def task() -> Task:
    train, of_train = drawn(sums(0, 60), 1)
    test, of_test = drawn(sums(1, 60), 2)
    even = tuple(range(0, 60, 2))
    gold = Gold(of_train, of_test)
    return Task("sums", "image", train, test, Basic.INT, subsets={"even": even}, gold=gold, reference=Reference(HINT))


@pytest.fixture(scope="module")
def machine() -> Machine:
    """A machine put together by hand: the language learned from symbols, the images from what they are."""
    made = Machine()
    assert made.fit([Example(tuple(map(NAMES.get, inputs)), value) for inputs, value in sums(0, 90)]).learned
    images, symbols = pool(1)
    encoder = ImageEncoder(len(SYMBOLS))
    truth = np.eye(len(SYMBOLS))[[SYMBOLS.index(symbol) for symbol in symbols]]
    encoder.fit_to_posteriors(normalised(images), truth, schedule=Schedule(epochs=10))
    return with_perception(made, ImagePerception(encoder, tuple(NAMES.values())))


def with_perception(made: Machine, perception: ImagePerception | None) -> Machine:
    assert made.predictor is not None
    made.predictor = replace(made.predictor, perception=perception)
    return made


@pytest.fixture(scope="module")
def saved(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("run")
    machine.save(folder / "machine.pt")
    return str(folder)


@pytest.fixture
def written_files(tmp_path: Path) -> list[str]:
    """Files of 3 + 2, dark on light, one for each symbol; the last is a strip of all."""
    images = [written(symbol, 1, 7)[0] for symbol in ("3", "+", "2")]
    empty = np.zeros((images[0].shape[0], 6), dtype=np.uint8)
    strip = np.concatenate([part for image in images for part in (empty, image)] + [empty], axis=1)
    names = []
    for name, image in zip(("three", "plus", "two", "strip"), [*images, strip], strict=True):
        Image.fromarray(255 - image).save(tmp_path / f"{name}.png")
        names.append(str(tmp_path / f"{name}.png"))
    return names


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(capsys.readouterr().out)
    return data


def test_files_are_one_input_and_one_file_is_a_strip(
    saved: str, written_files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    *symbols, strip = written_files
    for given in (symbols, [strip]):
        assert run(["predict", saved, *given, "--json"]) == 0
        (found,) = printed(capsys)["predictions"]
        assert found["output"] == 5 and found["input"] == given
        assert found["read"] == [NAMES["3"], NAMES["+"], NAMES["2"]]


def test_what_was_read_is_explained_with_what_it_means(
    saved: str, written_files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["predict", saved, written_files[-1], "--explain"]) == 0
    shown = capsys.readouterr().out
    assert f"read: {NAMES['3']} = 3   {NAMES['+']} = λx y. x + y   {NAMES['2']} = 2" in shown
    assert f"└─ {NAMES['2']} = 2" in shown


def test_a_file_of_inputs_names_files_relative_to_itself(
    saved: str, written_files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["strip.png", '["two.png", "plus.png", "two.png"]', '{"input": "three.png"}']
    (tmp_path / "asked.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert run(["predict", saved, "--file", str(tmp_path / "asked.txt"), "--json"]) == 0
    assert [found["output"] for found in printed(capsys)["predictions"]] == [5, 4, 3]


def test_the_drawing_holds_every_image_and_the_tree(saved: str, written_files: list[str], tmp_path: Path) -> None:
    picture = tmp_path / "read.svg"
    assert run(["predict", saved, written_files[-1], "--draw", str(picture)]) == 0
    text = picture.read_text(encoding="utf-8")
    assert text.count("<image ") == 3 and text.count("<title>") == 3
    assert run(["predict", saved, written_files[-1], "--draw", str(tmp_path / "read.bmp")]) == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.png", None, "missing.png: no such file"),
        ("corrupt.png", b"\x89PNG nonsense", "corrupt.png: no readable image"),
        ("empty.png", b"", "empty.png: an empty file"),
        ("blank.png", 255, "blank.png: it is blank"),
    ],
)
def test_bad_images_are_one_clear_error(
    saved: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: Any, said: str
) -> None:
    if isinstance(content, int):
        Image.fromarray(np.full((30, 30), content, dtype=np.uint8)).save(tmp_path / name)
    elif content is not None:
        (tmp_path / name).write_bytes(content)
    for given in ([str(tmp_path / name)], [str(tmp_path / name)] * 2):
        assert run(["predict", saved, *given]) == 2
        told = capsys.readouterr().err
        assert said in told and told.count("error:") == 1 and "Traceback" not in told


def test_cells_that_do_not_fit_are_refused(
    saved: str, written_files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["predict", saved, written_files[-1], "--cell", "0"]) == 2
    assert "--cell 0" in capsys.readouterr().err
    assert run(["predict", saved, written_files[-1], "--cell", "25"]) == 2
    assert "no whole number of cells" in capsys.readouterr().err


def test_symbols_are_matched_and_every_part_is_measured(machine: Machine, task: Task) -> None:
    found = matched(machine, task)
    assert found is not None and found.known == {name: symbol for symbol, name in NAMES.items()}
    assert found.accuracy >= 0.9
    parts = budget(machine, task, found, task.test)
    assert parts is not None and parts.syntax == parts.semantics == 0.0
    assert parts.perception is not None and parts.perception <= 0.3


def test_a_meaning_that_is_wrong_is_charged_to_semantics(machine: Machine, task: Task) -> None:
    found = matched(machine, task)
    wrong = Machine()
    wrong.fit([Example(tuple(map(NAMES.get, inputs)), value + 2 * inputs.count("3")) for inputs, value in sums(0, 90)])
    with_perception(wrong, machine.seen)
    parts = budget(wrong, task, found, task.test)
    assert parts is not None and parts.semantics > 0.1 and parts.syntax == 0.0


def test_figures_of_images_are_measured_and_without_gold_are_none(machine: Machine, task: Task) -> None:
    measured = Measured()
    measured.test(machine, task, lambda: False)
    measured.figures(machine, task, 0, lambda: False)
    assert measured.accuracy is not None and measured.accuracy_symbol_by_symbol is not None
    assert measured.accuracy >= measured.accuracy_symbol_by_symbol
    assert measured.subsets_symbol_by_symbol["even"]["count"] == 30
    assert measured.symbol_accuracy is not None and measured.confusion is not None
    assert measured.error_budget is not None and measured.error_budget["syntax"] == 0.0
    plain = Task(task.name, "", task.train, task.test, task.value_type)
    unknown = Measured()
    unknown.figures(machine, plain, 0, lambda: False)
    assert unknown.symbol_accuracy is None and unknown.error_budget is None
    assert unknown.accuracy_symbol_by_symbol == measured.accuracy_symbol_by_symbol


def test_where_the_best_reading_has_no_value_another_symbol_is_taken(tmp_path: Path) -> None:
    language = [((str(n),), n) for n in range(5)] + [
        ((str(a), "/", str(b)), a // b) for a in range(5) for b in range(1, 5) if a % b == 0
    ]
    made = Machine(knowledge={"/": lambda a, b: a // b if b else UNDEFINED})
    made.fit([Example(inputs, value) for inputs, value in language])
    sentence = ((("4", 0.0),), (("/", 0.0),), (("0", -0.1), ("2", -2.4)))
    assert made.grounding is not None and made.grounding.answers([sentence]) == [2]
