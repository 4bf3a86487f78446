"""What a task is: examples, named subsets of the test, and what there is to say about them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from abduce.errors import UsageError
from abduce.parser.trees import Tree
from abduce.values import Basic, Example, Value, show_value


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of a task's loader.

    Attributes:
        split: Which division into training and test; empty where there is only one.
        data: Where the published files or the images are, None to generate what can be.
        limit: How many training examples are wanted, None for the usual number.
        seed: Everything drawn is drawn from it.
        input: Whether inputs are tokens (`symbol`) or images (`image`).
        glyphs: Which class of images stands for which symbol, as `symbol=class,symbol=class`.
        concept: A new symbol that every example is to hold.
    """

    split: str = ""
    data: Path | None = None
    limit: int | None = None
    seed: int = 0
    input: str = "symbol"
    glyphs: str | None = None
    concept: str | None = None


@dataclass(frozen=True, slots=True)
class Gold:
    """The symbols that a task's images stand for. Reports may look at them; a learner is given examples alone.

    Attributes:
        train: Symbol of each image in the pool of the training inputs; empty where it is not known.
        test: Symbol of each image in the pool of the test inputs.
    """

    train: tuple[str, ...]
    test: tuple[str, ...]


class Reference(Protocol):
    """The truth about a task's language. Reports may ask it; a learner is given examples alone."""

    def tree(self, symbols: Sequence[str | None]) -> Tree | None:
        """Return the true tree of a sentence of symbols, None where it is not well formed."""

    def apply(self, symbol: str, arguments: Sequence[Value | None]) -> Value | None:
        """Return what a symbol comes to with its arguments, None where that is nothing."""


@dataclass(frozen=True, slots=True)
class Task:
    """Examples to learn from and to be tested on.

    Attributes:
        name: The task's name; for own pairs the name of the training file.
        split: Name of the split; empty where there is only one.
        train: Examples to learn from.
        test: Examples to be tested on.
        value_type: Type of the answers.
        dev: Examples to tune on, where the task has them.
        subsets: Named parts of the test, each the indexes of its examples.
        warnings: One line for each thing that the reader of the data should know.
        gold: What the images stand for, where that is known.
        reference: The truth about the language, where that is known.
    """

    name: str
    split: str
    train: tuple[Example, ...]
    test: tuple[Example, ...]
    value_type: Basic
    dev: tuple[Example, ...] = ()
    subsets: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    gold: Gold | None = None
    reference: Reference | None = None

    def limited(self, count: int | None, seed: int) -> Task:
        """Return the task with so many training examples, drawn from the seed whatever their order.

        Raises:
            UsageError: `count` is not positive.
        """
        if count is None:
            return self
        if count < 1:
            raise UsageError(f"--limit {count}: a number of training examples, at least 1")
        if count >= len(self.train):
            said = f"--limit {count}: there are only {len(self.train)} training examples, all are used"
            return self if count == len(self.train) else replace(self, warnings=(*self.warnings, said))
        drawn = random.Random(seed).sample(sorted(self.train, key=sort_key), count)
        return replace(self, train=tuple(drawn))


def sort_key(example: Example) -> tuple[int, str, str]:
    """Return a key that puts examples in an order that depends on their content alone."""
    return len(example.inputs), repr(example.inputs), repr(example.target)


def checked(task: Task) -> Task:
    """Return the task with a warning for each way in which its examples contradict or repeat each other."""
    return replace(task, warnings=(*task.warnings, *_conflicts(task.train), *_overlap(task.train, task.test)))


def _conflicts(examples: Sequence[Example]) -> Iterable[str]:
    answers: dict[Any, dict[str, None]] = {}
    for example in examples:
        answers.setdefault(example.inputs, {})[show_value(example.target)] = None
    clashing = [(inputs, list(found)) for inputs, found in answers.items() if len(found) > 1]
    if clashing:
        inputs, found = clashing[0]
        yield (
            f"{_count(len(clashing), 'training input has', 'training inputs have')} more than one answer, which counts "
            f"as noise; the first is {_shown(inputs)} with {_shortened(found[0])!r} and {_shortened(found[1])!r}"
        )


def _overlap(train: Sequence[Example], test: Sequence[Example]) -> Iterable[str]:
    seen = {example.inputs for example in train}
    both = sum(example.inputs in seen for example in test)
    if both:
        yield (
            f"{both} of {len(test)} test inputs also occur in training ({100 * both / len(test):.1f}%): "
            "the test accuracy is in part memory"
        )


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _shown(inputs: Any) -> str:
    return repr(_shortened(" ".join(inputs))) if isinstance(inputs, tuple) else repr(inputs)


def _shortened(text: str, longest: int = 60) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
