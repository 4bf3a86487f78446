"""HINT's published files: `expr_train.json`, `expr_val.json`, `expr_test.json`, `fewshot_dataset.json`, and images.

A file is a list of records, `{"img_paths": ["3/a1.jpg", ...], "expr": "3+4", "res": 7, "eval": "I", ...}`, its paths
relative to `symbol_images/`. With images as inputs `img_paths` and `res` are all that training rests on: `expr` only
says afterwards which image was which symbol, and the folder of an image, `head` and `res_all` are never looked at.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from abduce.datasets.files import read_text
from abduce.datasets.hint_notation import CONCEPTS, with_concept
from abduce.datasets.hint_reference import Reference
from abduce.datasets.image_files import Fault, read_all, read_candidate, tolerated
from abduce.datasets.image_pools import Pool, digest, overlap
from abduce.datasets.images import Plane, settled
from abduce.datasets.task import Gold, Request, Task
from abduce.errors import DataError, UsageError
from abduce.values import Basic, Example, ImageInput, Tokens

TRAINING, TUNING, TEST, FEW = "expr_train.json", "expr_val.json", "expr_test.json", "fewshot_dataset.json"
IMAGES = "symbol_images"
SUBSETS = ("I", "SS", "LS", "SL", "LL")

Record: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Published:
    """The records of a task.

    Attributes:
        train: To learn from.
        dev: To tune on.
        test: To be tested on.
    """

    train: Sequence[Record]
    dev: Sequence[Record]
    test: Sequence[Record]


def is_published(folder: Path) -> bool:
    """Return whether a folder has the published layout."""
    return (folder / TRAINING).is_file()


def load(request: Request) -> Task:
    """Read the task from its published files.

    Raises:
        UsageError: The limit is out of range, or the concept is not among those in the files.
        DataError: A file cannot be read, or more than one image in a hundred.
    """
    folder = request.data
    assert folder is not None
    if request.glyphs is not None:
        raise UsageError(f"--glyphs: in {folder} every record names its images; leave it out")
    records = _usual(folder, request.input) if request.concept is None else _few(folder, request.concept, request.input)
    records = replace(records, train=_limited(records.train, request.limit, request.seed))
    task = _as_text(records) if request.input == "symbol" else _as_images(records, folder)
    if request.concept not in (None, *CONCEPTS):
        return replace(task, split=f"{task.split}-{request.concept}")
    split = task.split if request.concept is None else f"{task.split}-{request.concept}"
    return replace(task, split=split, reference=Reference(with_concept(request.concept)))


def _usual(folder: Path, kind: str) -> Published:
    train, dev, test = (
        _records(_json(folder / name), str(folder / name), kind) if name != TUNING or (folder / name).exists() else []
        for name in (TRAINING, TUNING, TEST)
    )
    return Published(train, dev, test)


def _few(folder: Path, concept: str, kind: str) -> Published:
    path = folder / FEW
    content = _json(path)
    expected = f'expected {{"{concept}": {{"train": [records], "test": [records]}}, …}}'
    if not isinstance(content, dict):
        raise DataError(f"{path}: {expected}")
    if concept not in content:
        raise UsageError(f"--concept {concept}: {path} has {', '.join(content) or 'none'}")
    parts = content[concept]
    if not isinstance(parts, dict) or not {"train", "test"} <= parts.keys():
        raise DataError(f"{path}: {expected}")
    train, test = (_records(parts[name], f"{path}: {concept}: {name}", kind) for name in ("train", "test"))
    return Published(train, [], test)


def _json(path: Path) -> Any:
    text = read_text(path)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: not JSON ({error})") from error


def _records(content: Any, place: str, kind: str) -> Sequence[Record]:
    """Check that records have what the kind of input needs, and nothing else of them."""
    if not isinstance(content, list) or not content:
        raise DataError(f"{place}: expected a list of records, at least one")
    name, expected = ("expr", "a text or a list of texts") if kind == "symbol" else ("img_paths", "a list of texts")
    for number, record in enumerate(content, start=1):
        fields = record if isinstance(record, dict) else {}
        inputs, result = fields.get(name), fields.get("res")
        if not isinstance(result, int) or isinstance(result, bool):
            raise DataError(
                f'{place}: record {number}: expected an object with a whole number "res", got {_short(record)}'
            )
        if not _is_texts(inputs) and not (kind == "symbol" and isinstance(inputs, str) and inputs.strip()):
            raise DataError(f'{place}: record {number}: expected "{name}", {expected}, got {_short(inputs)}')
    return content


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) and item for item in value)


def _short(value: Any, longest: int = 60) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _limited(records: Sequence[Record], limit: int | None, seed: int) -> Sequence[Record]:
    """Draw records, whatever their order, before their images are read."""
    if limit is None or limit >= len(records):
        return records
    if limit < 1:
        raise UsageError(f"--limit {limit}: a number of training examples, at least 1")
    return random.Random(seed).sample(sorted(records, key=_sort_key), limit)


def _sort_key(record: Record) -> tuple[int, str]:
    """Return what puts records in an order that does not rest on the names of folders."""
    names = record.get("img_paths")
    shown = [Path(name).name for name in names] if names is not None and _is_texts(names) else record.get("expr")
    return record["res"], repr(shown)


def _symbols(record: Record) -> Tokens:
    found = record.get("expr")
    if isinstance(found, str):
        return tuple(symbol for symbol in found if not symbol.isspace())
    return tuple(found) if found is not None and _is_texts(found) else ()


def _as_text(records: Published) -> Task:
    train, dev, test = (
        tuple(Example(_symbols(record), record["res"]) for record in part)
        for part in (records.train, records.dev, records.test)
    )
    return Task("hint", "symbol", train, test, Basic.INT, dev=dev, subsets=_subsets(records.test))


def _subsets(records: Sequence[Record]) -> dict[str, tuple[int, ...]]:
    """Return the places of each subset that the records name, the usual ones first."""
    names = dict.fromkeys((*SUBSETS, *(str(record["eval"]) for record in records if "eval" in record)))
    places = {name: tuple(i for i, record in enumerate(records) if str(record.get("eval")) == name) for name in names}
    return {name: found for name, found in places.items() if found}


def _as_images(records: Published, folder: Path) -> Task:
    parts = (records.train, records.dev, records.test)
    names = dict.fromkeys(name for part in parts for record in part for name in record["img_paths"])
    outside = next((name for name in names if Path(name).is_absolute() or ".." in Path(name).parts), None)
    if outside is not None:
        raise DataError(f"{folder}: img_paths names {outside!r}; expected a file below {IMAGES}/")
    faults: list[Fault] = []
    candidates = read_all([folder / IMAGES / name for name in names], read_candidate, faults)
    notes = tolerated(faults, len(names), str(folder / IMAGES))
    images = dict(zip(candidates, settled(candidates.values()), strict=True))
    of_name = {name: images[folder / IMAGES / name] for name in names if folder / IMAGES / name in images}
    kept = [[record for record in part if of_name.keys() >= set(record["img_paths"])] for part in parts]
    train, dev, test = (_pooled(part, of_name) for part in kept)
    return Task(
        "hint",
        "image",
        train.examples,
        test.examples,
        Basic.INT,
        dev=dev.examples,
        subsets=_subsets(kept[2]),
        warnings=(*notes, *overlap(train.pool, test.pool)),
        gold=Gold(train.symbols, test.symbols),
    )


@dataclass(frozen=True, slots=True)
class Pooled:
    """Records as examples over one pool of images, and the symbol of each of these where the records say it."""

    examples: tuple[Example, ...]
    pool: Pool
    symbols: tuple[str, ...]


def _pooled(records: Sequence[Record], images: Mapping[str, Plane]) -> Pooled:
    keys = {name: digest(images[name]) for record in records for name in record["img_paths"]}
    pool = Pool.of(images[name] for name in keys)
    places = {name: pool.places[key] for name, key in keys.items()}
    symbols = [""] * len(pool.images)
    examples = []
    for record in records:
        indexes = [places[name] for name in record["img_paths"]]
        examples.append(Example(ImageInput(pool.images, np.array(indexes, dtype=np.int64)), record["res"]))
        said = _symbols(record)
        if len(said) == len(indexes):
            for place, symbol in zip(indexes, said, strict=True):
                symbols[place] = symbols[place] or symbol
    return Pooled(tuple(examples), pool, tuple(symbols))
