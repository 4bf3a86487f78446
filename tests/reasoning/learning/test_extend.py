"""Extending: a new symbol is learned from few examples, and what was known is answered as before."""

from __future__ import annotations

from pathlib import Path

import languages
import pytest

from abduce.errors import DataError, UsageError
from abduce.reasoning.learning.machine import Machine
from abduce.values import Example


def divided(name: str, new: str, count: int = 400) -> tuple[list[Example], list[Example], list[Example], list[Example]]:
    """Return training and test examples of a language without a symbol, and those with it."""
    train, test = languages.pairs(name, count, 200)
    return (
        [e for e in train if new not in e.inputs],
        [e for e in test if new not in e.inputs],
        [e for e in train if new in e.inputs][:100],
        [e for e in test if new in e.inputs],
    )


def answers(machine: Machine, examples: list[Example]) -> list[tuple[object, float]]:
    return [(found.value, found.confidence) for found in machine.predict([e.inputs for e in examples])]


def trained(examples: list[Example]) -> Machine:
    machine = Machine()
    assert machine.fit(examples).learned
    return machine


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("rightwards", "amid"),  # combines as a known word does
        ("infix", "nau"),  # a constant, which shares what the known ones have
        ("infix", "*"),  # binds as no known word does, so that the parser has to be trained
    ],
)
def test_a_new_symbol_is_learned_and_nothing_is_forgotten(name: str, new: str) -> None:
    old, old_test, novel, novel_test = divided(name, new)
    machine = trained(old)
    before, lexicon = answers(machine, old_test), dict(machine.lexicon)
    report = machine.extend(novel)
    assert report.learned
    assert report.not_learned == ()
    assert machine.evaluate(novel_test) >= 0.9
    assert answers(machine, old_test) == before
    assert {symbol: machine.lexicon[symbol] for symbol in lexicon} == lexicon
    assert [meaning.evidence for meaning in machine.lexicon[new]] > [0]


def test_an_extended_machine_is_saved_whole_and_can_be_extended_again(tmp_path: Path) -> None:
    train, test = languages.pairs("rightwards", 400, 100)
    machine = trained([e for e in train if not {"amid", "under"} & set(e.inputs)])
    for new, later in (("amid", {"under"}), ("under", set())):
        assert machine.extend([e for e in train if new in e.inputs and not later & set(e.inputs)][:60]).learned
    machine.save(tmp_path / "machine.pt")
    again = Machine.load(tmp_path / "machine.pt")
    assert answers(again, test) == answers(machine, test)
    assert again.evaluate(test) >= 0.95


def test_two_new_symbols_are_learned_at_once() -> None:
    train, test = languages.pairs("rightwards", 400, 100)
    machine = trained([e for e in train if not {"amid", "kip"} & set(e.inputs)])
    assert machine.extend([e for e in train if {"amid", "kip"} & set(e.inputs)][:120]).learned
    assert machine.evaluate(test) >= 0.95


def test_what_cannot_be_learned_is_said_and_harms_nothing() -> None:
    old, old_test, novel, _ = divided("rightwards", "amid")
    machine = trained(old)
    before = answers(machine, old_test)
    answered = [e.target for e in novel]
    report = machine.extend([Example(e.inputs, t) for e, t in zip(novel, answered[7:] + answered[:7], strict=True)])
    assert not report.learned
    assert "amid" in report.not_learned
    assert answers(machine, old_test) == before


def test_a_few_wrong_answers_are_borne() -> None:
    old, _, novel, novel_test = divided("rightwards", "amid")
    machine = trained(old)
    machine.extend([Example(e.inputs, ("x",)) if n % 25 == 3 else e for n, e in enumerate(novel)])
    assert machine.evaluate(novel_test) >= 0.95


def test_stopping_leaves_the_machine_as_it_was() -> None:
    old, old_test, novel, _ = divided("rightwards", "amid")
    machine = trained(old)
    before = answers(machine, old_test)
    report = machine.extend(novel, should_stop=lambda: "enough")
    assert (report.finished, report.stopped) == (False, "enough")
    assert answers(machine, old_test) == before
    assert "amid" not in machine.lexicon


def test_errors_say_what_is_wrong() -> None:
    old, _, novel, _ = divided("rightwards", "amid")
    with pytest.raises(UsageError, match="not been trained"):
        Machine().extend(novel)
    machine = trained(old)
    with pytest.raises(UsageError, match="no symbol in the examples is new"):
        machine.extend(old[:20])
    with pytest.raises(DataError, match="answers with values of type tokens, these examples with int"):
        machine.extend([Example(("kip", "amid", "mul"), 3)])
