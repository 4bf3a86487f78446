"""HINT: arithmetic to be learned from results alone, its symbols as text or as images.

Source: Q. Li et al., A minimalist dataset for systematic generalization of perception, syntax, and semantics,
ICLR 2023. The arithmetic here labels the examples and is not known to any learner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from abduce.datasets import hint_published
from abduce.datasets.glyphs import glyphs
from abduce.datasets.hint_concepts import concept_test, concept_training
from abduce.datasets.hint_expressions import FULL_SIZE, Expression, hint_test, training_expressions
from abduce.datasets.hint_notation import with_concept
from abduce.datasets.hint_reference import Reference
from abduce.datasets.image_pools import TEST_DRAW, TRAINING_DRAW, SymbolPool, divided
from abduce.datasets.image_sources import image_classes
from abduce.datasets.seeding import seeded
from abduce.datasets.task import Gold, Request, Task
from abduce.errors import UsageError
from abduce.values import Basic, Example

USUAL_SIZE = 20_000


def load(request: Request) -> Task:
    """Generate the task, or read its published files.

    Raises:
        UsageError: An option is out of range, or contradicts another.
        DataError: The data cannot be read, or lack a class.
    """
    if request.data is not None and hint_published.is_published(request.data):
        return hint_published.load(request)
    if request.data is not None and request.input == "symbol":
        lacking = f"no {hint_published.TRAINING} in it" if request.data.exists() else "no such file or folder"
        raise UsageError(f"--data {request.data}: {lacking}; for images of the symbols add --input image")
    images = _images(request) if request.input == "image" else None
    train, subsets, notes = expressions(request)
    test = [expression for part in subsets.values() for expression in part]
    task = Task(
        name="hint",
        split=request.input if request.concept is None else f"{request.input}-{request.concept}",
        train=tuple(Example(*expression) for expression in train),
        test=tuple(Example(*expression) for expression in test),
        value_type=Basic.INT,
        subsets=_places(subsets),
        warnings=notes,
        reference=Reference(with_concept(request.concept)),
    )
    return task if images is None else _in_images(task, images, request.seed)


@dataclass(frozen=True, slots=True)
class Images:
    """Images of all symbols, different ones for training and test, and warnings."""

    training: SymbolPool
    test: SymbolPool
    warnings: tuple[str, ...]


def _images(request: Request) -> Images:
    source = image_classes(request.data, request.seed)
    symbols = with_concept(request.concept).symbols
    stands_for = glyphs(request.glyphs, symbols, source.classes, source.name)
    found, notes = source.read(list(stands_for.values()))
    images = {symbol: found[name] for symbol, name in stands_for.items()}
    return Images(*divided(images, source.name, request.seed), notes)


def _in_images(task: Task, images: Images, seed: int) -> Task:
    """Put an image in the place of every symbol."""
    learned, learned_symbols = _drawn(task.train, images.training, seed, TRAINING_DRAW)
    tested, tested_symbols = _drawn(task.test, images.test, seed, TEST_DRAW)
    gold = Gold(learned_symbols, tested_symbols)
    return replace(task, train=learned, test=tested, warnings=(*task.warnings, *images.warnings), gold=gold)


def _drawn(
    examples: Sequence[Example], pool: SymbolPool, seed: int, purpose: int
) -> tuple[tuple[Example, ...], tuple[str, ...]]:
    inputs, symbols = pool.drawn([example.inputs for example in examples], seeded(seed, purpose))
    drawn = (Example(images, example.target) for images, example in zip(inputs, examples, strict=True))
    return tuple(drawn), symbols


def expressions(request: Request) -> tuple[list[Expression], dict[str, list[Expression]], tuple[str, ...]]:
    """Return the training expressions, those of each subset of the test, and warnings.

    Raises:
        UsageError: The limit is out of range.
    """
    if request.limit is not None and request.limit < 1:
        raise UsageError(f"--limit {request.limit}: a number of training examples, at least 1")
    if request.concept is not None:
        train = concept_training(request.concept, request.limit, request.seed)
        return train, concept_test(request.concept, train, request.seed), ()
    wanted = request.limit or USUAL_SIZE
    notes = () if wanted <= FULL_SIZE else (f"--limit {wanted}: the full set has {FULL_SIZE}, all are used",)
    return training_expressions(min(wanted, FULL_SIZE), request.seed), hint_test(request.seed), notes


def _places(subsets: Mapping[str, Sequence[Expression]]) -> dict[str, tuple[int, ...]]:
    places, start = {}, 0
    for name, part in subsets.items():
        places[name] = tuple(range(start, start + len(part)))
        start += len(part)
    return places
