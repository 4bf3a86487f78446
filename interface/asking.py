"""`abduce predict` and `abduce lexicon`: ask a trained machine, and see what it learned."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abduce.display import Display, lexicon_table, print_table
from abduce.errors import TooLongError, UsageError
from abduce.inputs import Asked, images, texts
from abduce.picture import save_picture
from abduce.runs import METRICS, machine_file, read_metrics
from abduce.sources import Source
from abduce.training import prepare_torch
from abduce.values import UNDEFINED, ImageInput, show_value

if TYPE_CHECKING:
    from abduce.reasoning.learning.machine import Machine, Prediction

ANSWERED, NO_ANSWER, BAD_INPUT = 0, 1, 2
AT_ONCE = 2000
WORDS_LISTED = 12


def predict(
    run: Path,
    inputs: Sequence[str],
    *,
    file: str | None,
    top: int,
    min_confidence: float,
    explain: bool,
    json_wanted: bool,
    cell: int | None = None,
    draw: str | None = None,
) -> int:
    """Answer inputs and print the answers in their order; return the exit code.

    Args:
        run: The run folder, or the file of a machine.
        inputs: Texts; for a machine that reads images the files of one input, or of a strip.
        file: A file of inputs, one a line.
        top: How many answers to give for each.
        min_confidence: The machine abstains below it.
        explain: Whether to print trees and meanings.
        json_wanted: Whether to print JSON.
        cell: Width of each symbol's place in a strip, as it was in training without it.
        draw: A file to draw the only input's tree in.

    Raises:
        AbduceError: The run or an input cannot be read.
        OSError: The drawing cannot be written.
    """
    if not 0.0 <= min_confidence <= 1.0:
        raise UsageError(f"--min-confidence {min_confidence:g}: a probability, from 0 to 1")
    if top < 1:
        raise UsageError(f"--top {top}: a number of answers, at least 1")
    if not inputs and file is None:
        raise UsageError('give an input ("jump twice"), --file FILE, or --file - for standard input')
    if draw is not None and not draw.lower().endswith(".svg"):
        raise UsageError(f"--draw {draw}: a drawing is written as .svg")
    prepare_torch("auto", 1)
    from abduce.reasoning.learning.machine import Machine

    machine = Machine.load(machine_file(run))
    asked = _asked(machine, run, inputs, file, cell)
    if draw is not None and len(asked) != 1:
        raise UsageError(f"--draw {draw}: one input is drawn, {len(asked)} are given")
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
            if draw is not None and found.tree is not None:
                crops = list(one.inputs) if isinstance(one.inputs, ImageInput) else ()
                save_picture(draw, found.tree, crops, glosses(machine))
    if json_wanted:
        print(json.dumps({"predictions": records}, ensure_ascii=False))
    return worst


def _asked(machine: Machine, run: Path, inputs: Sequence[str], file: str | None, cell: int | None) -> list[Asked]:
    """Read the inputs as the machine takes them, strips being cut as they were in training where nothing else is said.

    Raises:
        UsageError: The width of a cell is given for a machine of texts.
    """
    if machine.seen is None:
        if cell is not None:
            raise UsageError("--cell says how strips of images are cut; this machine takes texts")
        return list(texts(inputs, file))
    if cell is None and (run / METRICS).is_file():
        cell = Source.from_plain(read_metrics(run)["source"]).cell
    return list(images(inputs, file, cell))


def glosses(machine: Machine) -> dict[str, str]:
    """Return what each symbol means in short: its first meaning's closed form where it has one, else the program."""
    return {symbol: found[0].show_closed() or found[0].show() for symbol, found in machine.lexicon.items() if found}


def _answered(machine: Machine, asked: Sequence[Asked], top: int) -> list[Prediction]:
    try:
        return machine.predict([one.inputs for one in asked], top=top)
    except TooLongError:
        if len(asked) > 1:
            return [found for one in asked for found in _answered(machine, [one], top)]
        raise TooLongError(
            f"{asked[0].place}: {len(asked[0].inputs)} symbols are more than the parser has memory for; "
            "cut the input into shorter ones"
        ) from None


def _record(one: Asked, found: Prediction, min_confidence: float, top: int) -> dict[str, Any]:
    answered = found.value is not UNDEFINED
    abstained = not answered or found.confidence < min_confidence
    record = {
        "input": list(one.given),
        "output": None if abstained else plain(found.value),
        "confidence": round(found.confidence, 6),
        "abstained": abstained,
        "tree": found.tree.to_text() if found.tree else None,
        "unknown_tokens": list(found.unknown_tokens),
    }
    if isinstance(one.inputs, ImageInput):
        record["read"] = symbols_read(found)
    if top > 1:
        record["alternatives"] = [
            {"output": plain(value), "confidence": round(confidence, 6)} for value, confidence in found.alternatives
        ]
    return record


def symbols_read(found: Prediction) -> list[str] | None:
    """Return the symbols of a prediction's tree in sentence order, None where there is no tree."""
    if found.tree is None:
        return None
    return [node.symbol for node in sorted(found.tree.nodes(), key=lambda node: node.position)]


def plain(value: Any) -> Any:
    """Return a value as JSON holds it."""
    return list(value) if isinstance(value, tuple) else value


def _complain(one: Asked, found: Prediction, record: dict[str, Any], machine: Machine, display: Display) -> int:
    """Say on standard error why there is no answer, if there is none; return the exit code it is worth."""
    if not len(one.inputs):
        display.warn(f"{one.place}: empty, no answer")
        return BAD_INPUT
    if found.unknown_tokens and machine.seen is not None:
        display.warn(f"{one.place}: {', '.join(found.unknown_tokens)} is like no symbol that has a meaning, no answer")
        return NO_ANSWER
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
        if record.get("read"):
            meant = glosses(machine)
            print("read: " + "   ".join(f"{symbol} = {meant[symbol]}" for symbol in record["read"]))
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
