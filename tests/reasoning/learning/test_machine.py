"""The machine: what it learns, that it is honest about what it does not, and that its results can be repeated."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import languages
import numpy as np
import pytest
import sympy
import z3

from abduce.errors import DataError, RunError, UsageError
from abduce.perception.lattice import Lattice
from abduce.perception.symbols import Vocabulary
from abduce.reasoning.learning.machine import Machine
from abduce.reasoning.learning.primitives import Primitive
from abduce.values import UNDEFINED, Basic, Example


def examples(name: str, count: int = 400) -> tuple[list[Example], list[Example]]:
    return languages.pairs(name, count, 60)


@pytest.fixture(scope="module")
def machine() -> Machine:
    found = Machine()
    assert found.fit(examples("rightwards")[0]).learned
    return found


def text(machine: Machine) -> str:
    return machine.lexicon_text()


def test_the_result_does_not_depend_on_the_order_of_the_examples(machine: Machine) -> None:
    train, test = examples("rightwards")
    random.Random(5).shuffle(train)
    other = Machine()
    report = other.fit(train)
    assert report.learned and text(other) == text(machine)
    inputs = [example.inputs for example in test]
    assert [(p.value, p.confidence) for p in other.predict(inputs)] == [
        (p.value, p.confidence) for p in machine.predict(inputs)
    ]


def test_learning_goes_on_from_any_state_to_the_same_result(machine: Machine) -> None:
    train, test = examples("rightwards")
    states: list[dict[str, Any]] = []
    Machine().fit(train, save_state=states.append)
    inputs = [example.inputs for example in test]
    expected = [p.confidence for p in machine.predict(inputs)]
    for state in (states[0], *states[-3:]):
        again = Machine()
        assert again.fit(train, state=state).learned
        assert text(again) == text(machine)
        assert [p.confidence for p in again.predict(inputs)] == expected


def test_a_reason_to_stop_ends_learning_with_what_there_is() -> None:
    train, _ = examples("infix")
    calls = iter(range(10**9))
    report = Machine().fit(train, should_stop=lambda: "enough" if next(calls) > 20 else None)
    assert not report.finished and not report.learned and report.stopped == "enough"


def test_the_silent_and_the_unknown_are_told_apart(machine: Machine) -> None:
    found = machine.predict([("kip", "over", "mul"), ("kip", "frob"), ("kip", "kip"), ()])
    assert [p.value for p in found] == [("a", "b"), UNDEFINED, UNDEFINED, UNDEFINED]
    assert found[1].unknown_tokens == ("frob",) and not found[2].unknown_tokens
    assert "no meaning is known for frob" in machine.explain(("kip", "frob"))


def test_an_input_is_a_text_or_its_tokens_and_a_list_of_inputs_is_a_batch(machine: Machine) -> None:
    for one in ("kip over mul", ["kip", "over", "mul"], ("kip", "over", "mul")):
        prediction = machine(one)
        assert not isinstance(prediction, list) and prediction.value == ("a", "b")
    batch = machine([("kip",), ["mul", "under", "kip"]])
    assert isinstance(batch, list) and [p.value for p in batch] == [("a",), ("a", "b")]
    assert machine.evaluate([Example("kip over mul", ("a", "b"))]) == 1.0


def test_the_first_answer_and_its_confidence_are_the_same_however_many_are_asked_for(machine: Machine) -> None:
    _, test = examples("rightwards")
    inputs = [example.inputs for example in test[:20]]
    for one, several in zip(machine.predict(inputs), machine.predict(inputs, top=4), strict=True):
        assert (one.value, one.confidence) == (several.value, several.confidence)
        assert list(several.alternatives) == sorted(several.alternatives, key=lambda found: -found[1])
        assert several.value not in [value for value, _ in several.alternatives]


def test_the_tree_shows_why(machine: Machine) -> None:
    prediction = machine(("kip", "under", "mul", "over", "sor"))
    assert not isinstance(prediction, list) and prediction.tree is not None
    assert prediction.tree.symbol == "under" and prediction.tree.value == ("b", "c", "a")
    assert "λx y. y ++ x" in machine.explain(("kip", "under", "mul"))


def test_a_machine_survives_its_file(machine: Machine, tmp_path: Path) -> None:
    machine.save(tmp_path / "m.pt")
    other = Machine.load(tmp_path / "m.pt")
    inputs = [example.inputs for example in examples("rightwards")[1]]
    assert [(p.value, p.confidence) for p in other.predict(inputs)] == [
        (p.value, p.confidence) for p in machine.predict(inputs)
    ]
    assert text(other) == text(machine)


def test_files_that_are_no_machines_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.pt").write_bytes(b"nonsense")
    with pytest.raises(RunError, match="no file of abduce's"):
        Machine.load(tmp_path / "x.pt")
    with pytest.raises(RunError, match="no such file"):
        Machine.load(tmp_path / "y.pt")


def test_an_untrained_machine_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has not been trained"):
        Machine()(("a",))


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([], "no training examples"),
        ([Example(("a",), 1), Example(("b",), True)], "different types"),
        ([Example((), 1)], "empty input"),
    ],
)
def test_bad_examples_are_refused(pairs: list[Example], said: str) -> None:
    with pytest.raises(DataError, match=said):
        Machine().fit(pairs)


def test_any_iterable_of_examples_will_do() -> None:
    machine = Machine()
    assert machine.fit(example for example in examples("rightwards")[0]).learned


def test_wrong_answers_are_weighed_and_their_share_estimated() -> None:
    train, test = examples("rightwards", 800)
    rng = random.Random(1)
    wrong = set(rng.sample(range(len(train)), 80))
    noisy = [Example(e.inputs, ("z",) * rng.randint(1, 5)) if i in wrong else e for i, e in enumerate(train)]
    machine = Machine()
    report = machine.fit(noisy)
    assert report.learned and machine.evaluate(test) == 1.0
    assert report.noise == pytest.approx(0.1, abs=0.02)


def test_confidence_is_about_the_truth_and_not_about_the_noise() -> None:
    train, test = examples("rightwards", 800)
    rng = random.Random(2)
    noisy = [Example(e.inputs, ("z",)) if rng.random() < 0.1 else e for e in train]
    machine = Machine()
    machine.fit(noisy)
    confidences = [prediction.confidence for prediction in machine.predict([e.inputs for e in test])]
    assert sum(confidences) / len(confidences) > 0.8


def test_what_has_no_rule_is_not_learned() -> None:
    rng = random.Random(0)
    words = [f"w{i}" for i in range(4)]
    train = [Example((*rng.choices(words, k=3),), rng.randint(0, 99)) for _ in range(60)]
    report = Machine().fit(train)
    assert not report.learned and report.finished
    assert report.explained < 0.5 and len(report.not_learned) == 4


def test_what_may_be_noise_or_a_failing_is_not_announced_as_learned() -> None:
    train, _ = examples("rightwards", 400)
    rng = random.Random(2)
    report = Machine().fit([Example(e.inputs, ("z",)) if rng.random() < 0.25 else e for e in train])
    assert not report.learned and report.noise is not None and report.noise > 0.15


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_truth_values_drawn_at_random_are_not_learned(share: float) -> None:
    rng = random.Random(1)
    train = [Example((*rng.choices("abcdefgh", k=4),), rng.random() < share) for _ in range(150)]
    calls = iter(range(10**9))
    report = Machine().fit(train, should_stop=lambda: "enough" if next(calls) > 4000 else None)
    assert not report.learned


def test_few_contradictory_pairs_are_not_learned() -> None:
    pairs = [Example(("a", "b"), ("x",)), Example(("a", "b"), ("y",)), Example(("b", "a"), ("z",))]
    assert not Machine().fit(pairs).learned


def test_a_known_word_that_training_lacks_is_known_all_the_same() -> None:
    train = [*SUMS, *(Example((word,), value) for word, value in languages.DIGITS.items())]
    machine = Machine(knowledge={"dozen": 12})
    machine.fit(train)
    prediction = machine("dozen plus uno")
    assert not isinstance(prediction, list) and prediction.value == 13 and prediction.confidence > 0.3


def test_a_primitive_that_fails_has_no_value() -> None:
    train = [Example((str(n),), n) for n in range(12)] + [Example(("inv", str(n)), 60 // n) for n in (1, 2, 3, 4, 5, 6)]
    machine = Machine(primitives=[Primitive("sixtieth", (Basic.INT,), Basic.INT, lambda x: 60 // x)])
    machine.fit(train)
    assert machine("inv 10").value == 6


def test_a_sentence_too_long_for_the_parser_has_no_answer(machine: Machine) -> None:
    long = Example(("kip", *("over", "mul") * 3000), ("a",))
    assert machine.right([long, Example(("kip",), ("a",))]) == [False, True]


def test_a_word_without_a_meaning_is_named() -> None:
    rng = random.Random(0)
    train, _ = examples("rightwards")
    odd = [
        Example(("kip", "xyzzy", word), tuple(rng.choices("abcde", k=4))) for word in ("mul", "sor", "tev", "wob")
    ] * 5
    report = Machine().fit([*train, *(Example(e.inputs, tuple(rng.choices("abcde", k=4))) for e in odd)])
    assert not report.learned and "xyzzy" in report.not_learned


SUMS = [Example((a, "plus", b), x + y) for a, x in languages.DIGITS.items() for b, y in languages.DIGITS.items()]


@pytest.mark.parametrize(
    "known", [lambda a, b: a + b, sympy.sympify("a + b"), z3.Int("a") + z3.Int("b")], ids=["python", "sympy", "z3"]
)
def test_known_functions_are_used_and_the_rest_is_learned(known: Any) -> None:
    """The numbers come from single words; what `plus` does is given, in every form a user may have it in."""
    train = [*SUMS[::2], *(Example((word,), value) for word, value in languages.DIGITS.items())]
    machine = Machine(knowledge={"plus": known}, primitives="peano")
    assert machine.fit(train).learned
    assert machine(("nau", "plus", "nau", "plus", "ses")).value == 24
    assert "given:plus" in machine.lexicon["plus"][0].show()
    with pytest.raises(UsageError, match="cannot be saved"):
        machine.save("never.pt")


def test_known_constants_need_no_evidence_of_their_own() -> None:
    train = [Example((a, "cup"), 250 * x) for a, x in languages.DIGITS.items()]
    train += [Example((word,), value) for word, value in languages.DIGITS.items()]
    machine = Machine(knowledge={"cup": 250})
    machine.fit(train)
    assert machine.lexicon["cup"][0].program.value == 250  # type: ignore[union-attr]


def test_own_primitives_are_building_blocks() -> None:
    def digits(number: int) -> int:
        return sum(map(int, str(abs(number))))

    train = [Example((str(n),), n) for n in range(10, 60)] + [
        Example(("digits", str(n)), digits(n)) for n in range(10, 60)
    ]
    machine = Machine(primitives=[Primitive("digitsum", (Basic.INT,), Basic.INT, digits, bits=2.0)])
    assert machine.fit(train).learned
    assert machine(("digits", "48")).value == 12
    assert machine.lexicon["digits"][0].show() == "λx. digitsum(x)"


def test_own_perception_takes_the_place_of_tokens() -> None:
    vocabulary = Vocabulary.of([*languages.DIGITS, "plus"])

    def read(line: str) -> Lattice:
        """A word with a question mark may also be `plus`, which is then a little less likely."""
        words = line.split("-")
        rows = np.full((len(words), len(vocabulary)), 1e-9)
        for row, word in zip(rows, words, strict=True):
            index, plus = vocabulary.index(word.rstrip("?")), vocabulary.index("plus")
            assert index is not None and plus is not None
            row[index] = 1.0
            row[plus] += 0.8 * word.endswith("?")
        return Lattice(np.log(rows / rows.sum(1, keepdims=True)), vocabulary)

    train = [Example("-".join(e.inputs), e.target) for e in SUMS]
    train += [Example(word, value) for word, value in languages.DIGITS.items()]
    machine = Machine(perception=read)
    assert machine.fit(train).learned
    assert machine("nau-plus-ok-plus-uno").value == 18
    assert machine("nau-uno?-ok").value == 17, "two numbers side by side are no sentence, a sum is one"
    assert machine.evaluate(train) == 1.0


def test_abduction_says_how_an_answer_could_have_come_about(machine: Machine) -> None:
    words = ("kip", "over", "mul", "under", "sor")
    found = machine.abduce(words, ("a", "c", "b"))
    assert found.trees[0].symbol == "over" and found.probabilities == (1.0,) and found.exact
    found = machine.abduce(words, ("c", "a", "b"))
    assert found.trees[0].symbol == "under", "not the parser's tree, but the only one with this answer"
    found = machine.abduce(words, ("b", "a", "c"))
    assert not found.trees and found.exact


def sums(count: int, seed: int = 0) -> list[Example]:
    """Return digits, and sums of the four operations on two of them."""
    rng = random.Random(seed)
    found = [Example((str(digit),), digit) for digit in range(10) for _ in range(3)]
    while len(found) < count:
        (x, y), sign = (rng.randint(0, 9) for _ in range(2)), rng.choice("+-*/")
        if sign != "/" or y:
            value = {"+": x + y, "-": max(0, x - y), "*": x * y, "/": -(-x // max(1, y))}[sign]
            found.append(Example((str(x), sign, str(y)), value))
    return found


@pytest.fixture(scope="module")
def arithmetic() -> Machine:
    found = Machine(primitives="peano")
    assert found.fit(sums(300)).learned
    return found


def test_operations_are_induced_from_next_to_nothing_and_proved(arithmetic: Machine) -> None:
    rows = {row["symbol"]: row for row in arithmetic.lexicon_table()}
    assert [rows[str(digit)]["program"] for digit in range(10)] == list("0123456789")
    found = {sign: (rows[sign]["closed_form"], rows[sign]["condition"], rows[sign]["proof"]) for sign in "+-*/"}
    assert found == {
        "+": ("x + y", "", "proved by induction"),
        "-": ("x ∸ y", "", "proved by induction"),
        "*": ("x * y", "", "proved by induction"),
        "/": ("⌈x / y⌉", "y > 0", "proved by induction"),
    }
    assert "= ⌈x / y⌉ for y > 0, proved by induction" in text(arithmetic)


def test_proved_programs_are_exact_on_numbers_of_any_size(arithmetic: Machine, tmp_path: Path) -> None:
    arithmetic.save(tmp_path / "machine.pt")
    loaded = Machine.load(tmp_path / "machine.pt")
    assert text(loaded) == text(arithmetic)
    for machine in (arithmetic, loaded):
        found = machine(["9", *["*", "9"] * 40])
        assert found.value == 9**41
        assert machine("7 / 0").value is UNDEFINED
