"""Images in classes: folders and .npz files, which class is which symbol, the division, and all that can be wrong."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from abduce.datasets import Task, hint, image_sources, load_task
from abduce.datasets.glyphs import glyphs
from abduce.datasets.hint_expressions import Expression, hint_test
from abduce.datasets.hint_notation import HINT
from abduce.datasets.image_pools import digest, divided
from abduce.datasets.image_sources import image_classes
from abduce.datasets.pen_strokes import DRAWN, written
from abduce.errors import DataError, UsageError
from abduce.values import ImageInput

ROOT = Path(__file__).resolve().parents[2]
HANDWRITTEN_GLYPHS = "+=plus,-=minus,*=x,/=slash,(=w,)=z"
NAMES = {"+": "plus", "-": "minus", "*": "times", "/": "divide", "(": "open", ")": "close"}
GLYPHS = ",".join(f"{symbol}={name}" for symbol, name in NAMES.items())
EACH = 6


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Class folders of dark strokes on light, in pictures of several sizes and formats."""
    root = tmp_path_factory.mktemp("symbols")
    for symbol in HINT.symbols:
        home = root / NAMES.get(symbol, symbol)
        home.mkdir()
        for number, image in enumerate(written(symbol, EACH, 0)):
            picture = Image.fromarray(255 - np.pad(image, 2 + number))
            size = 30 + 7 * number
            ending = ("png", "jpg", "bmp")[number % 3]
            picture.resize((size, size + number)).convert("RGB" if number % 2 else "L").save(
                home / f"{number}.{ending}"
            )
    return root


@pytest.fixture(scope="session")
def arrays() -> dict[str, Any]:
    images = np.stack([image for symbol in HINT.symbols for image in written(symbol, EACH, 0)])
    return {"images": images, "labels": np.repeat(np.arange(16), EACH), "classes": np.array(HINT.symbols)}


@pytest.fixture(autouse=True)
def smaller_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fortieth of the test's expressions, which other tests look at in full."""
    monkeypatch.setattr(hint, "hint_test", _thinned)


@cache
def _thinned(seed: int) -> dict[str, list[Expression]]:
    return {name: part[::40] for name, part in hint_test(seed).items()}


def load(data: Path | None, glyphs: str | None = None, **options: Any) -> Task:
    return load_task("hint", input="image", data=data, glyphs=glyphs, limit=options.pop("limit", 300), **options)


def read(task: Task, examples: Any, symbols: tuple[str, ...]) -> list[str]:
    return ["".join(symbols[place] for place in example.inputs.indexes) for example in examples]


def test_images_say_what_the_symbols_would(folder: Path) -> None:
    """The same expressions in the same order as with symbols; an image for every symbol, of the class that it has."""
    task, text = load(folder, GLYPHS), load_task("hint", limit=300)
    assert task.gold is not None and task.split == "image" and task.subsets == text.subsets
    assert read(task, task.train, task.gold.train) == ["".join(example.inputs) for example in text.train]
    assert read(task, task.test, task.gold.test) == ["".join(example.inputs) for example in text.test]
    assert [example.target for example in task.train] == [example.target for example in text.train]
    inputs = task.train[0].inputs
    assert isinstance(inputs, ImageInput) and inputs.shape[1:] == (28, 28)


def test_no_image_is_on_both_sides(folder: Path) -> None:
    task = load(folder, GLYPHS)
    sides = [{digest(image) for example in part for image in example.inputs} for part in (task.train, task.test)]
    assert not sides[0] & sides[1] and len(sides[0]) == 16 * 5 and len(sides[1]) == 16


def test_what_is_alike_goes_to_one_side() -> None:
    many = {symbol: written(symbol, 40, 0) for symbol in "12"}
    many["1"] += many["1"][:30] + many["2"][:3]
    training, test = divided(many, "here", 0)
    assert not training.pool.places.keys() & test.pool.places.keys()
    assert len(training.pool.images) + len(test.pool.images) == 80
    assert len(training.places["2"]) == 32


def test_names_of_classes_and_files_change_nothing(folder: Path, tmp_path: Path) -> None:
    """What is learned from must not depend on what folders are called, nor on the order of the files in them."""
    symbols = list(HINT.symbols)
    moved = {symbol: f"class{(7 * place) % 16:02}" for place, symbol in enumerate(symbols)}
    for symbol, name in moved.items():
        (tmp_path / name).mkdir()
        for file in (folder / NAMES.get(symbol, symbol)).iterdir():
            shutil.copy(file, tmp_path / name / f"{9 - int(file.stem)}{file.suffix}")
    renamed = load(tmp_path, ",".join(f"{symbol}={name}" for symbol, name in moved.items()))
    task = load(folder, GLYPHS)
    for part, other in ((task.train, renamed.train), (task.test, renamed.test)):
        assert [example.inputs for example in part] == [example.inputs for example in other]
        assert all(np.array_equal(a.inputs.indexes, b.inputs.indexes) for a, b in zip(part, other, strict=True))


def test_the_order_of_the_pool_tells_nothing(folder: Path) -> None:
    task = load(folder, GLYPHS)
    assert task.gold is not None
    neighbours = sum(a == b for a, b in zip(task.gold.train, task.gold.train[1:], strict=False))
    assert neighbours < 0.2 * len(task.gold.train)


def test_seeds_draw_and_divide_differently(folder: Path) -> None:
    first, again, other = load(folder, GLYPHS), load(folder, GLYPHS), load(folder, GLYPHS, seed=1)
    assert first.train == again.train and first.test == again.test
    assert first.train != other.train


def test_an_npz_file_is_read(arrays: dict[str, Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "symbols.npz", **arrays)
    task = load(tmp_path / "symbols.npz")
    assert task.gold is not None and set(task.gold.train) == set(HINT.symbols)
    np.savez(tmp_path / "inverted.npz", **{**arrays, "images": 255 - arrays["images"]})
    assert load(tmp_path / "inverted.npz").train == task.train
    colour = np.repeat(arrays["images"][:, :, :, None], 3, axis=3)
    np.savez(tmp_path / "colour.npz", **{**arrays, "images": colour})
    assert load(tmp_path / "colour.npz").train == task.train


def test_everything_runs_without_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_sources, "RENDERED_EACH", 50)
    task = load(None, limit=50, concept="max")
    assert task.gold is not None and "max" in task.gold.train and task.split == "image-max"
    assert all(len(example.inputs) >= 3 for example in task.train)
    assert set(HINT.symbols) <= set(DRAWN)


def test_a_concept_divides_the_other_images_as_before(folder: Path, tmp_path: Path) -> None:
    """What the test of a run has seen, few-shot training on top of it must not see, and the other way round."""
    shutil.copytree(folder, tmp_path / "all")
    (tmp_path / "all" / "max").mkdir()
    for number, image in enumerate(written("max", EACH, 0)):
        Image.fromarray(255 - image).save(tmp_path / "all" / "max" / f"{number}.png")
    before, after = (load(tmp_path / "all", GLYPHS, concept=concept) for concept in (None, "max"))
    learned, tested = ({digest(image) for e in part for image in e.inputs} for part in (after.train, before.test))
    assert not learned & tested


def test_the_real_symbols_are_read_as_they_are() -> None:
    path = Path(os.environ.get("ABDUCE_DATA", ROOT.parent / "shared" / "data")) / "handwritten_symbols.npz"
    if not path.is_file():
        pytest.skip(f"{path} is not there: it holds the real handwriting that this test reads")
    task = load_task("hint", input="image", data=path, glyphs=HANDWRITTEN_GLYPHS, limit=15_000)
    assert task.gold is not None and not task.warnings
    counts = {symbol: (task.gold.train.count(symbol), task.gold.test.count(symbol)) for symbol in HINT.symbols}
    assert all(train >= 780 and test >= 150 for train, test in counts.values())
    with np.load(path) as file:
        raw = {image.tobytes() for image in np.where(file["images"] < 32, 0, file["images"]).astype(np.uint8)}
    inputs = task.train[0].inputs.images
    assert np.mean([np.where(image < 32, 0, image).tobytes() in raw for image in inputs[:500]]) > 0.9


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("+=plus,*", UsageError, r"--glyphs: '\*' is not of the form symbol=class"),
        ("+=", UsageError, r"--glyphs: '\+=' is not of the form"),
        ("%=plus", UsageError, r"--glyphs: there is no symbol '%'; the symbols are 0 1 "),
        ("+=plus,+=minus", UsageError, r"--glyphs: the symbol '\+' occurs twice"),
        ("+=plus,-=plus,*=x,/=s,(=o,)=c", UsageError, r"the class 'plus' would stand for both '\+' and '-'"),
        ("+=3,-=minus,*=x,/=s,(=o,)=c", UsageError, r"the class '3' would stand for both '3' and '\+'"),
        ("+=plus,-=dash", UsageError, r"--glyphs: here has no class 'dash'; the classes are 0 1 "),
        ("+=plus", DataError, r"here: no class '-' for the symbol '-'; the classes are 0 1 .*--glyphs '-=0'"),
    ],
)
def test_glyphs_that_cannot_be(text: str, error: type[Exception], said: str) -> None:
    classes = [*"0123456789", "plus", "minus", "x", "s", "o", "c"]
    with pytest.raises(error, match=said):
        glyphs(text, HINT.symbols, classes, "here")


def test_the_sign_between_symbol_and_class_may_be_a_symbol() -> None:
    assert glyphs("==eq", ["="], ["eq"], "here") == {"=": "eq"}


def _without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda arrays: {key: array for key, array in arrays.items() if key != name}


def _with(name: str, change: Callable[[Any], Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda arrays: {**arrays, name: change(arrays[name])}


def _labelled(labels: Any, place: int, label: int) -> Any:
    changed = labels.copy()
    changed[place] = label
    return changed


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_without("labels"), r"no array 'labels' in it; expected images \(N, h, w\) uint8"),
        (_with("labels", lambda x: _labelled(x, 5, 16)), r"the first is 16 at image 5; expected 0 to 15"),
        (_with("labels", lambda x: _labelled(x, 2, -1)), r"1 labels out of range, the first is -1 at image 2"),
        (_with("labels", lambda x: x[:-1]), r"labels is \(95,\) int64; expected an integer for each of 96 images"),
        (_with("labels", lambda x: x + 0.5), r"labels is \(96,\) float64"),
        (_with("images", lambda x: x / 255), r"images is \(96, 28, 28\) float64; expected \(N, h, w\) uint8"),
        (_with("images", lambda x: x.reshape(96, -1)), r"images is \(96, 784\) uint8"),
        (_with("classes", lambda x: np.array(["1"] * 16)), r"classes is \(16,\) <U1; .*all different"),
        (_with("images", lambda x: x.astype(object)), r"cannot be read \(Object arrays"),
        (_with("images", lambda x: x * (np.arange(96) > 2)[:, None, None].astype(np.uint8)), r"3 of 96 .*it is blank"),
        (_with("images", lambda x: np.repeat(x[:1], 96, axis=0)), r"too few different images for the symbol '\d'"),
    ],
)  # fmt: skip
def test_npz_files_that_cannot_be_used(
    arrays: dict[str, Any], tmp_path: Path, change: Callable[[dict[str, Any]], dict[str, Any]], said: str
) -> None:
    np.savez(tmp_path / "symbols.npz", **change(arrays))
    with pytest.raises(DataError, match=said):
        load(tmp_path / "symbols.npz")


def test_other_files_are_refused(tmp_path: Path, arrays: dict[str, Any]) -> None:
    (tmp_path / "text.npz").write_text("no archive", encoding="utf-8")
    with pytest.raises(DataError, match=r"text\.npz: expected a folder with one folder for each class, or an \.npz"):
        load(tmp_path / "text.npz")
    np.savez(tmp_path / "cut.npz", **arrays)
    whole = (tmp_path / "cut.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[:500] + b"\0" * 50 + whole[550:])
    with pytest.raises(DataError, match=r"cut\.npz: cannot be read"):
        load(tmp_path / "cut.npz")
    with pytest.raises(DataError, match="nowhere: no such file or folder"):
        load(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty: no folders in it; expected one for each class"):
        load(tmp_path / "empty")


def test_unreadable_images_are_counted_and_named(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "symbols")
    seven = tmp_path / "symbols" / "7"
    (seven / "0.png").write_bytes(b"")
    (seven / "1.jpg").write_bytes(b"no image")
    whole = (seven / "3.png").read_bytes()
    (seven / "3.png").write_bytes(whole[: len(whole) // 2])
    Image.fromarray(np.full((30, 30), 255, dtype=np.uint8)).save(seven / "4.png")
    said = r"symbols: 4 of 97 images .*0\.png: an empty file; .*1\.jpg: no readable image .*; and 1 more\); at most 1%"
    with pytest.raises(DataError, match=said):
        load(tmp_path / "symbols", GLYPHS)


def test_a_few_unreadable_images_are_left_out(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "symbols")
    (tmp_path / "symbols" / "7" / "broken.png").write_bytes(b"no image")
    for number, image in enumerate(written("7", 10, 9)):
        Image.fromarray(255 - image).save(tmp_path / "symbols" / "7" / f"more{number}.png")
    task = load(tmp_path / "symbols", GLYPHS)
    assert any("1 of 107 images cannot be used" in line and "broken.png" in line for line in task.warnings)


def test_a_class_without_images_is_named(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "symbols")
    shutil.rmtree(tmp_path / "symbols" / "times")
    (tmp_path / "symbols" / "times").mkdir()
    (tmp_path / "symbols" / "times" / "notes.txt").write_text("nothing", encoding="utf-8")
    with pytest.raises(DataError, match=r"too few different images for the symbol '\*'"):
        load(tmp_path / "symbols", GLYPHS)


def test_huge_images_are_refused_before_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    Image.new("1", (9000, 9000)).save(tmp_path / "a" / "huge.png")
    with pytest.raises(DataError, match=r"huge\.png: 9000 x 9000 pixels, where at most 16,777,216 are read"):
        image_classes(tmp_path, 0).read(["a"])


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
def test_images_of_every_mode_are_read(tmp_path: Path, mode: str) -> None:
    image = written("3", 1, 0)[0]
    (tmp_path / "a").mkdir()
    if mode in ("LA", "RGBA"):
        picture = Image.new(mode, (28, 28))
        picture.putalpha(Image.fromarray(image))  # black ink on nothing
    elif mode in ("I;16", "I", "F"):
        deep = 60_000 - image.astype(np.int32) * 200
        picture = Image.fromarray(deep.astype(np.uint16) if mode == "I;16" else deep)
        picture = picture.convert("F") if mode == "F" else picture
    else:
        picture = Image.fromarray(255 - image).convert(mode)
    picture.save(tmp_path / "a" / f"x.{'tif' if mode in ('CMYK', 'F', 'I') else 'png'}")
    found = image_classes(tmp_path, 0).read(["a"])[0]["a"][0]
    assert np.abs(found.astype(int) - image).mean() < 16
