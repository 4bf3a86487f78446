"""`abduce predict` and `abduce lexicon`: ask a trained machine, and see what it learned."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abduce.datasets.files import decoded, read_inputs, tokens_of
from abduce.display import Display, lexicon_table, print_table
from abduce.errors import DataError, TooLongError, UsageError
from abduce.runs import machine_file
from abduce.training import prepare_torch
from abduce.values import UNDEFINED, Tokens, show_value

if TYPE_CHECKING:
    from abduce.reasoning.learning.machine import Machine, Prediction

ANSWERED, NO_ANSWER, BAD_INPUT = 0, 1, 2
AT_ONCE = 2000
WORDS_LISTED = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """One input, and where it was given."""

    tokens: Tokens
    text: str
    place: str


def predict(
    run: Path,
    inputs: Sequence[str],
    *,
    file: str | None,
    top: int,
    min_confidence: float,
    explain: bool,
    json_wanted: bool,
) -> int:
    """Answer inputs and print the answers in their order; return the exit code.

    Raises:
        AbduceError: The run or an input cannot be read.
    """
    if not 0.0 <= min_confidence <= 1.0:
        raise UsageError(f"--min-confidence {min_confidence:g}: a probability, from 0 to 1")
    if top < 1:
        raise UsageError(f"--top {top}: a number of answers, at least 1")
    if not inputs and file is None:
        raise UsageError('give an input ("jump twice"), --file FILE, or --file - for standard input')
    asked = list(_asked(inputs, file))
    prepare_torch("auto", 1)
    from abduce.reasoning.learning.machine import Machine

    machine = Machine.load(machine_file(run))
    display = Display(quiet=False)
    records: list[dict[str, Any]] = []
    worst = ANSWERED
    for start in range(0, len(asked), AT_ONCE):
        part = asked[start : start + AT_ONCE]
        for one, found in zip(part, _answered(machine, part, top), strict=True):
            record = _record(one, found, min_confidence, top)
            worst = max(worst, _complain(one, found, record, machine, display))
            if json_wanted:
                records.append(record)
            else:
                _show(one, found, record, machine, explain=explain, several=len(asked) > 1)
    if json_wanted:
        print(json.dumps({"predictions": records}, ensure_ascii=False))
    return worst


def _asked(inputs: Sequence[str], file: str | None) -> Iterator[Asked]:
    for number, text in enumerate(inputs, start=1):
        yield _input(text, f"input {number}")
    if file == "-":
        text = decoded(sys.stdin.buffer.read(), "standard input")
        lines: Iterable[tuple[int, str]] = enumerate(text.removesuffix("\n").split("\n") if text else (), start=1)
    elif file is not None:
        lines = read_inputs(Path(file))
    else:
        return
    name = "standard input" if file == "-" else file
    for number, line in lines:
        yield _input(line, f"{name}:{number}")


def _input(text: str, place: str) -> Asked:
    """Read an input: a text to split at white space, a JSON list of texts, or a JSON object with such an input."""
    value: Any = text
    if text.lstrip().startswith(("[", "{")):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = text
    if isinstance(value, dict):
        if "input" not in value:
            raise DataError(f'{place}: an object without the key "input"')
        value = value["input"]
    return Asked(tokens_of(value, place), text.strip(), place)


def _answered(machine: Machine, asked: Sequence[Asked], top: int) -> list[Prediction]:
    try:
        return machine.predict([one.tokens for one in asked], top=top)
    except TooLongError:
        if len(asked) > 1:
            return [found for one in asked for found in _answered(machine, [one], top)]
        raise TooLongError(
            f"{asked[0].place}: {len(asked[0].tokens)} tokens are more than the parser has memory for; "
            "cut the input into shorter ones"
        ) from None


def _record(one: Asked, found: Prediction, min_confidence: float, top: int) -> dict[str, Any]:
    answered = found.value is not UNDEFINED
    abstained = not answered or found.confidence < min_confidence
    record = {
        "input": list(one.tokens),
        "output": None if abstained else plain(found.value),
        "confidence": round(found.confidence, 6),
        "abstained": abstained,
        "tree": found.tree.to_text() if found.tree else None,
        "unknown_tokens": list(found.unknown_tokens),
    }
    if top > 1:
        record["alternatives"] = [
            {"output": plain(value), "confidence": round(confidence, 6)} for value, confidence in found.alternatives
        ]
    return record


def plain(value: Any) -> Any:
    """Return a value as JSON holds it."""
    return list(value) if isinstance(value, tuple) else value


def _complain(one: Asked, found: Prediction, record: dict[str, Any], machine: Machine, display: Display) -> int:
    """Say on standard error why there is no answer, if there is none; return the exit code it is worth."""
    if not one.tokens:
        display.warn(f"{one.place}: empty, no answer")
        return BAD_INPUT
    if found.unknown_tokens:
        display.error(f"{one.place}: {_unknown(found.unknown_tokens, machine)}")
        return BAD_INPUT
    if found.value is UNDEFINED:
        display.warn(f"{one.place}: no tree over these words has a value; `abduce lexicon` shows what each word takes")
    return NO_ANSWER if record["abstained"] else ANSWERED


def _unknown(tokens: Sequence[str], machine: Machine) -> str:
    known = sorted(symbol for symbol in machine.lexicon if symbol)
    said = []
    for token in tokens:
        near = difflib.get_close_matches(token, known, n=1)
        said.append(f"{token!r}" + (f" (did you mean {near[0]!r}?)" if near else ""))
    listed = ", ".join(known[:WORDS_LISTED]) + (", …" if len(known) > WORDS_LISTED else "")
    return f"no meaning was learned for {', '.join(said)}; expected words of the training data: {listed}"


def _show(
    one: Asked, found: Prediction, record: dict[str, Any], machine: Machine, *, explain: bool, several: bool
) -> None:
    if explain:
        if several:
            print(f"{one.text}")
        print(machine.explained(found))
        if record["abstained"] and found.tree is not None:
            print("abstained: the confidence is below --min-confidence")
        if several:
            print()
        return
    print("abstained" if record["abstained"] else show_value(found.value))
    for alternative in record.get("alternatives", ()):
        value = alternative["output"]
        shown = show_value(tuple(value) if isinstance(value, list) else value)
        print(f"  or, with confidence {alternative['confidence']:.3f}: {shown}")


def lexicon(run: Path, *, json_wanted: bool) -> int:
    """Print what each symbol was learned to mean; return the exit code.

    Raises:
        AbduceError: The run cannot be read.
    """
    prepare_torch("auto", 1)
    from abduce.reasoning.learning.machine import Machine

    rows = Machine.load(machine_file(run)).lexicon_table()
    if json_wanted:
        print(json.dumps({"lexicon": rows}, ensure_ascii=False))
    else:
        print_table(lexicon_table(rows))
    return ANSWERED
