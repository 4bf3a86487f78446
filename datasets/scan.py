"""SCAN: navigation commands and the actions they stand for.

Source: B. M. Lake and M. Baroni, Generalization without systematicity, ICML 2018 (the grammar and the interpretation
are those of its supplementary material; *template_around_right* is from J. Loula et al., Rearranging the familiar,
2018). The interpretation below labels the generated commands and is not known to any learner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from abduce.datasets.answers import value_of
from abduce.datasets.files import read_raw
from abduce.datasets.task import Request, Task, checked
from abduce.errors import DataError, UsageError
from abduce.values import Basic, Example, Tokens

Command = tuple[Tokens, Tokens]
"""A command's words and its actions."""

VERBS = ("walk", "look", "run", "jump")
TURNS: Mapping[str, str] = {"left": "I_TURN_LEFT", "right": "I_TURN_RIGHT"}
REPEATS: Mapping[str, int] = {"twice": 2, "thrice": 3}
LONGEST_TRAINING_ACTIONS = 22
LONE_JUMPS = 1467

Rule = Callable[[Command], bool]


def commands() -> Iterator[Command]:
    """Generate the 20,910 commands with their actions."""
    sentences = list(_sentences())
    yield from sentences
    for first, first_actions in sentences:
        for second, second_actions in sentences:
            yield (*first, "and", *second), first_actions + second_actions
            yield (*first, "after", *second), second_actions + first_actions


def _sentences() -> Iterator[Command]:
    for words, actions in _phrases():
        yield words, actions
        for word, times in REPEATS.items():
            yield (*words, word), actions * times


def _phrases() -> Iterator[Command]:
    acts: dict[str, Tokens] = {verb: (f"I_{verb.upper()}",) for verb in VERBS}
    for verb, act in acts.items():
        yield (verb,), act
    for verb, act in {**acts, "turn": ()}.items():
        for side, turn in TURNS.items():
            yield (verb, side), (turn, *act)
            yield (verb, "opposite", side), (turn, turn, *act)
            yield (verb, "around", side), (turn, *act) * 4


def _holds(*words: str) -> Rule:
    size = len(words)
    return lambda command: any(command[0][i : i + size] == words for i in range(len(command[0])))


def _is_long(command: Command) -> bool:
    return len(command[1]) > LONGEST_TRAINING_ACTIONS


def _in_jump_test(command: Command) -> bool:
    return _holds("jump")(command) and command[0] != ("jump",)


def _in_around_right_test(command: Command) -> bool:
    return _holds("around", "right")(command) and not _holds("turn", "around", "right")(command)


DERIVED: Mapping[str, tuple[Rule, Rule]] = {
    "length": (lambda command: not _is_long(command), _is_long),
    "addprim_jump": (lambda command: not _in_jump_test(command), _in_jump_test),
    "template_around_right": (lambda command: not _holds("around", "right")(command), _in_around_right_test),
}
"""For each split that follows from the grammar: what belongs to training, and what to the test."""


def generate(split: str) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Return the training and the test examples of a split that follows from the grammar.

    Raises:
        UsageError: The split is random or searched: its published files are needed.
    """
    if split not in DERIVED:
        raise UsageError(
            f"--split {split}: not derived from the grammar; give the folder of its published files with --data "
            f"(without files: {', '.join(DERIVED)})"
        )
    in_train, in_test = DERIVED[split]
    found = list(commands())
    train = [command for command in found if in_train(command)]
    if split == "addprim_jump":
        train += [(("jump",), ("I_JUMP",))] * (LONE_JUMPS - 1)
    return _examples(train), _examples(command for command in found if in_test(command))


def _examples(found: Iterator[Command] | list[Command]) -> tuple[Example, ...]:
    return tuple(Example(words, actions) for words, actions in found)


def load(request: Request) -> Task:
    """Return a split: from its published files where a folder is given, else generated.

    Raises:
        DataError: The folder does not hold the split, or a file cannot be read.
        UsageError: Without a folder: the split is random or searched; the limit is out of range.
    """
    split, folder = request.split, request.data
    notes: tuple[str, ...] = ()
    if folder is None:
        train, test = generate(split)
    else:
        train, more = _read(_find(folder, split, "train"))
        test, still_more = _read(_find(folder, split, "test"))
        notes = (*more, *still_more)
    task = checked(Task("scan", split, train, test, Basic.TOKENS, warnings=notes))
    return task.limited(request.limit, request.seed)


def _read(path: Path) -> tuple[tuple[Example, ...], list[str]]:
    raws, notes = read_raw(path)
    return tuple(Example(raw.inputs, value_of(raw, Basic.TOKENS, {})) for raw in raws), notes


def _find(folder: Path, split: str, part: str) -> Path:
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; --data names the folder of the published files")
    name = f"tasks_{part}_{split}.txt"
    found = sorted(folder.rglob(name), key=lambda path: (len(path.parts), path))
    if found:
        return found[0]
    there = sorted({path.stem.removeprefix(f"tasks_{part}_") for path in folder.rglob(f"tasks_{part}_*.txt")})
    splits = f"the splits in it are {', '.join(there)}" if there else "it holds no file of that kind"
    raise DataError(f"{folder}: no {name} in or below it; {splits}")
