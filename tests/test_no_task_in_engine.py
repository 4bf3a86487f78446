"""Nothing outside `datasets/` knows the words, the actions or the names of a task; and the test would notice."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from abduce.datasets import TASKS, load_task

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ("perception", "parser", "reasoning", "solvers")
COMMON = {"and", "left", "right", "run", "look", "simple", "length", "max", "min", "mean"}
"""Words of plain English that the engine may have uses of its own for."""
PUBLISHED = {"addprim_jump", "template_around_right", "mcd1", "mcd2", "mcd3"}


@cache
def forbidden() -> set[str]:
    """Return the words, actions and names of every task that is known."""
    found = {*PUBLISHED, *TASKS}
    for name, known in TASKS.items():
        found.update(known.splits, known.concepts)
        for example in load_task(name).train:
            found.update(token for token in example.inputs if token.isidentifier())
            if isinstance(example.target, tuple):
                found.update(example.target)
    return found - COMMON


def literals(source: str) -> Iterator[tuple[int, str]]:
    """Yield every string literal of a program, with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def test_the_engine_knows_no_word_and_no_name_of_a_task() -> None:
    words = forbidden()
    places = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for folder in ENGINE
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line, text in literals(path.read_text(encoding="utf-8"))
        if text in words
    ]
    assert not places, "\n".join(places)


@pytest.mark.parametrize("word", ["jump", "twice", "I_TURN_LEFT", "scan", "harmonic", "template_around_right"])
def test_a_word_of_a_task_would_be_noticed(word: str) -> None:
    program = f"def meaning(symbol: str) -> bool:\n    return symbol == {word!r}\n"
    assert [text for _, text in literals(program) if text in forbidden()] == [word]
