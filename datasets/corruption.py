"""Wrong answers put into training data on purpose, to see what a learner makes of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from abduce.datasets.task import Task, sort_key
from abduce.errors import UsageError
from abduce.values import Example, Value, same_value

KINDS = ("swap", "edit")
TRIES = 1000


def corrupted(task: Task, share: float, kind: str, seed: int) -> Task:
    """Return the task with a share of its training answers made wrong.

    Args:
        task: The task.
        share: Between 0 and 1; `round(share * n)` answers are changed, each to another one than it was.
        kind: `swap` takes another pair's answer, `edit` puts in, takes out or replaces one token at random
            (of a number: changes it by at most 3; of a truth value: turns it round).
        seed: The draw depends on it and on the examples, not on their order.

    Raises:
        UsageError: `share` or `kind` is out of range, or all answers are the same.
    """
    if not 0.0 <= share <= 1.0:
        raise UsageError(f"--corrupt {share}: a share of the training answers, from 0 to 1")
    if kind not in KINDS:
        raise UsageError(f"--corrupt-kind {kind}: expected one of {', '.join(KINDS)}")
    examples = sorted(task.train, key=sort_key)
    generator = random.Random(seed + 1)
    chosen = generator.sample(range(len(examples)), round(share * len(examples)))
    answers = [example.target for example in examples]
    alphabet = sorted({token for answer in answers if isinstance(answer, tuple) for token in answer})
    found = list(examples)
    for index in chosen:
        old = examples[index]
        new = _other(old.target, answers, generator) if kind == "swap" else _edited(old.target, alphabet, generator)
        found[index] = Example(old.inputs, new)
    return replace(task, train=tuple(found))


def _other(answer: Value, answers: Sequence[Value], generator: random.Random) -> Value:
    for _ in range(TRIES):
        other = generator.choice(answers)
        if not same_value(other, answer):
            return other
    raise UsageError("--corrupt-kind swap: (nearly) all answers are the same, there is nothing to swap")


def _edited(answer: Value, alphabet: Sequence[str], generator: random.Random) -> Value:
    if isinstance(answer, bool):
        return not answer
    if isinstance(answer, int):
        return answer + generator.choice((-3, -2, -1, 1, 2, 3))
    edit = generator.choice(("insert", "remove", "replace")) if answer else "insert"
    if edit == "insert":
        place = generator.randint(0, len(answer))
        return (*answer[:place], generator.choice(alphabet), *answer[place:])
    place = generator.randrange(len(answer))
    others = [token for token in alphabet if token != answer[place]]
    if edit == "remove" or not others:
        return (*answer[:place], *answer[place + 1 :])
    return (*answer[:place], generator.choice(others), *answer[place + 1 :])
