"""Symbols are learned from images and answers alone, whatever they are called and in whatever order they come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from abduce.datasets.pen_strokes import written
from abduce.perception.symbols import Vocabulary
from abduce.reasoning.learning import seeing
from abduce.reasoning.learning.machine import Machine
from abduce.values import Example, ImageInput

SIGNS = "0237+"
NUMBERS = {"0": 0, "2": 2, "3": 3, "7": 7}
EACH = 20


def examples(count: int, seed: int, first: int) -> list[Example]:
    """Return sums of one to three numbers, drawn from a pool of images of which no two sets share any."""
    generator = np.random.default_rng(seed)
    pool = np.concatenate([written(sign, EACH, first + place) for place, sign in enumerate(SIGNS)])
    found = []
    for _ in range(count):
        numbers = [str(number) for number in generator.choice(list(NUMBERS), generator.integers(1, 4))]
        signs = "+".join(numbers)
        places = [SIGNS.index(sign) * EACH + generator.integers(EACH) for sign in signs]
        found.append(Example(ImageInput(pool, np.array(places)), sum(NUMBERS[number] for number in numbers)))
    return found


@pytest.fixture(scope="module", autouse=True)
def fewer_rounds() -> Iterator[None]:
    """Signs as easy as these need no more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seeing, "ROUNDS", ((4_000, 1), (4_000, 2)))
        yield


@pytest.fixture(scope="module")
def training() -> Sequence[Example]:
    return examples(250, 0, 0)


@pytest.fixture(scope="module")
def machine(training: Sequence[Example]) -> Machine:
    machine = Machine()
    machine.fit(training)
    return machine


def test_sums_are_learned_from_images(machine: Machine) -> None:
    assert machine.evaluate(examples(200, 1, 100)) >= 0.9


def test_there_are_as_many_symbols_as_signs(machine: Machine) -> None:
    assert len([symbol for symbol in machine.lexicon if symbol]) == len(SIGNS)


def test_the_order_of_the_examples_does_not_matter(training: Sequence[Example], machine: Machine) -> None:
    again = Machine()
    again.fit(list(reversed(training)))
    assert again.lexicon_text() == machine.lexicon_text()


def test_a_saved_machine_sees_as_before(machine: Machine, tmp_path: object) -> None:
    machine.save(f"{tmp_path}/machine.pt")
    loaded = Machine.load(f"{tmp_path}/machine.pt")
    some = [example.inputs for example in examples(20, 2, 200)]
    assert [p.value for p in loaded.predict(some)] == [p.value for p in machine.predict(some)]


def long_ones(count: int, seed: int, first: int) -> list[Example]:
    """Return expressions of three or four numbers, each operation behind what it works on."""
    generator = np.random.default_rng(seed)
    signs = [*SIGNS, "*"]
    pool = np.concatenate([written(sign, EACH, first + place) for place, sign in enumerate(signs)])

    def expression(size: int) -> tuple[str, int]:
        if size == 1:
            number = str(generator.choice(list(NUMBERS)))
            return number, NUMBERS[number]
        cut = int(generator.integers(1, size))
        (left, x), (right, y) = expression(cut), expression(size - cut)
        return (left + right + "+", x + y) if generator.random() < 0.6 else (left + right + "*", x * y)

    found = []
    for _ in range(count):
        text, value = expression(int(generator.integers(3, 5)))
        places = [signs.index(sign) * EACH + generator.integers(EACH) for sign in text]
        found.append(Example(ImageInput(pool, np.array(places)), value))
    return found


def test_what_no_image_tells_by_itself_is_learned_from_long_sequences_alone() -> None:
    machine = Machine()
    machine.fit(long_ones(300, 0, 0))
    assert machine.evaluate(long_ones(100, 1, 100)) >= 0.9
    assert {meaning.show() for meanings in machine.lexicon.values() for meaning in meanings} >= {"0", "2", "3", "7"}


def test_which_examples_are_held_out_depends_on_what_is_on_their_images_alone() -> None:
    generator = np.random.default_rng(0)
    made = [Example(generator.integers(0, 255, (3, 28, 28), dtype=np.uint8), n % 4) for n in range(100)]
    turned = list(reversed(made))
    for first, second in zip(seeing.divided(made, 1), seeing.divided(turned, 1), strict=True):
        assert [id(example) for example in first] == [id(example) for example in second]


def test_a_mixture_is_read_as_what_it_holds_in_equal_shares() -> None:
    before = seeing.Reading(Vocabulary(("a", "b", "c")), np.log([[0.5, 0.2, 0.3], [0.1, 0.1, 0.8]]))
    after = before.merged({"a": ("a",), "b": ("b",), "c": ("a", "b")})
    assert after.vocabulary.symbols == ("a", "b")
    assert np.allclose(np.exp(after.log_probs), [[0.65, 0.35], [0.5, 0.5]])
