"""Five hundred published formulas with one slip each: what is said of them, and whether the slip is found."""

from __future__ import annotations

import json
import os
import random
import tarfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from abduce.errors import ParseError, SortError
from abduce.parser.elaboration import elaborate
from abduce.parser.lint import lint
from abduce.parser.statements import Formula
from abduce.parser.suggestions import bracket_repairs
from abduce.parser.surface import read_formula
from abduce.parser.vocabulary import Use, uses_of, vocabulary_of

ROOT = Path(__file__).resolve().parents[2]
COUNT = 500
LETTERS = "bdgklmv"


@dataclass(frozen=True)
class Story:
    """Formulas that are told together, and one of them."""

    formula: Formula
    others: tuple[Formula, ...]

    @property
    def text(self) -> str:
        return self.formula.source.text.strip()


@pytest.fixture(scope="module")
def stories() -> list[Story]:
    """Formulas of FOLIO drawn at random, from where `ABDUCE_DATA` says, else from beside the project."""
    archive = Path(os.environ.get("ABDUCE_DATA", ROOT.parent / "shared" / "data")) / "logic.tar.xz"
    if not archive.is_file():
        pytest.skip(f"{archive} is not there: it holds the published formulas that this test changes")
    found: list[Story] = []
    with tarfile.open(archive) as packed:
        for name in ("train", "validation_part"):
            file = packed.extractfile(f"logic/folio/{name}.jsonl")
            assert file is not None
            for line in file.read().decode("utf-8").splitlines():
                told = readable(json.loads(line)["premises-FOL"])
                found += [Story(one, (*told[:at], *told[at + 1 :])) for at, one in enumerate(told)]
    return random.Random(0).sample(found, 3 * COUNT)


def readable(texts: Sequence[str]) -> list[Formula]:
    found = []
    for text in texts:
        try:
            found.append(read_formula(text.strip(), file="story"))
        except ParseError:
            continue
    return found


def elsewhere(story: Story, *, arguments: int = 0) -> list[Use]:
    """Return where predicates stand that other formulas use with as many arguments."""
    known = {use.name: use.arity for other in story.others for use in uses_of(other) if use.is_claim}
    return [
        use
        for use in uses_of(story.formula)
        if use.is_claim and known.get(use.name) == use.arity >= arguments and use.span[1] > use.span[0]
    ]


def test_lost_brackets(stories: list[Story]) -> None:
    generator, counted = random.Random(1), Counter[bool]()
    for story in stories:
        places = [place for place, character in enumerate(story.text) if character in "()"]
        if not places or counted.total() == COUNT // 3:
            continue
        place = generator.choice(places)
        slip = story.text[:place] + story.text[place + 1 :]
        try:
            read_formula(slip)
        except ParseError as error:
            assert error.line == 1 and error.column is not None and str(error).strip()
        else:
            continue
        known = vocabulary_of(story.others)
        counted[story.text in bracket_repairs(slip, known=known)[:3]] += 1
    assert counted.total() == COUNT // 3
    assert counted[True] >= 0.75 * counted.total(), counted


def test_misspelled_predicates(stories: list[Story]) -> None:
    generator, counted = random.Random(2), Counter[bool]()
    for story in stories:
        uses = [use for use in elsewhere(story) if len(use.name) > 3]
        if not uses or counted.total() == COUNT // 3:
            continue
        use = generator.choice(uses)
        cut, letter = generator.randrange(1, len(use.name) - 1), generator.choice(LETTERS)
        slip = use.name[:cut] + generator.choice(["", letter, letter + use.name[cut]]) + use.name[cut + 1 :]
        if slip in vocabulary_of(story.others).uses or slip == use.name:
            continue
        start = use.span[0]
        mutated = read_formula(story.text[:start] + slip + story.text[start + len(use.name) :], file="slip")
        repairs = [one.repair for one in lint([*story.others, mutated]) if one.file == "slip" and one.repair]
        counted[repairs[:1] == [story.text]] += 1
    assert counted.total() == COUNT // 3
    assert counted[True] >= 0.9 * counted.total(), counted


def test_lost_arguments(stories: list[Story]) -> None:
    generator, count = random.Random(3), 0
    for story in stories:
        uses = elsewhere(story, arguments=1)
        if not uses or count == COUNT - 2 * (COUNT // 3):
            continue
        use = generator.choice(uses)
        start, end = use.span
        written = story.text[start:end]
        inside = written[written.index("(") + 1 : written.rindex(")")].split(",")
        inside.pop(generator.randrange(len(inside)))
        slip = story.text[:start] + written[: written.index("(") + 1] + ",".join(inside) + ")" + story.text[end:]
        count += 1
        try:
            mutated = read_formula(slip, file="slip")
            elaborate([*story.others, mutated])
        except ParseError as error:
            assert error.line == 1 and error.column is not None and str(error).strip()
        except SortError as error:
            assert use.name in str(error) and "slip:1" in str(error) and "story:" in str(error), error
        else:
            pytest.fail(f"nothing was said of {slip}")
    assert count == COUNT - 2 * (COUNT // 3)
