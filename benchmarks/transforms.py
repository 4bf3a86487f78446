"""Changes to a task after which it should be as easy to learn: nothing may hang on names, on a word order or on lines.

Each is a function from a task and a seed to a task; names are drawn from the seed.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from abduce import Example, Task

LETTERS = 6

Transform = Callable[[Task, int], Task]


def renaming(words: Iterable[str], seed: int) -> dict[str, str]:
    """Return a new name for each word, drawn from the seed; all differ, from each other and from the words.

    Example:
        >>> found = renaming(["walk", "run"], seed=0)
        >>> sorted(found), len(set(found.values()))
        (['run', 'walk'], 2)
    """
    old = sorted(set(words))
    generator = random.Random(seed)
    names: dict[str, None] = {}
    while len(names) < len(old):
        name = "".join(generator.choice(string.ascii_lowercase) for _ in range(LETTERS))
        if name not in old:
            names[name] = None
    return dict(zip(old, names, strict=True))


def rename(task: Task, seed: int) -> Task:
    """Give every input word another name."""
    names = renaming((word for example in _all(task) for word in example.inputs), seed)
    return _each(task, lambda example: Example(_renamed(example.inputs, names), example.target))


def outputs(task: Task, seed: int) -> Task:
    """Give every output token another name; answers that are no tokens stay as they are."""
    answers = (example.target for example in _all(task) if isinstance(example.target, tuple))
    names = renaming((token for answer in answers for token in answer), seed)
    return _each(
        task,
        lambda example: Example(
            example.inputs, _renamed(example.target, names) if isinstance(example.target, tuple) else example.target
        ),
    )


def reverse(task: Task, seed: int) -> Task:
    """Turn every input round, its last word first; the seed has no part in it."""
    return _each(task, lambda example: Example(example.inputs[::-1], example.target))


def shuffle(task: Task, seed: int) -> Task:
    """Put the training examples in another order."""
    return replace(task, train=tuple(random.Random(seed).sample(task.train, len(task.train))))


TRANSFORMS: Mapping[str, Transform] = {"rename": rename, "reverse": reverse, "outputs": outputs, "shuffle": shuffle}


def _all(task: Task) -> Iterable[Example]:
    return (*task.train, *task.dev, *task.test)


def _each(task: Task, change: Callable[[Example], Example]) -> Task:
    train, dev, test = (tuple(map(change, part)) for part in (task.train, task.dev, task.test))
    return replace(task, train=train, dev=dev, test=test)


def _renamed(tokens: tuple[str, ...], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(names[token] for token in tokens)
