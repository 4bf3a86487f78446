"""Machines in files: tensors and plain data, no code."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

from abduce.errors import RunError, UsageError
from abduce.perception.calibration import Calibration
from abduce.perception.reading import ImagePerception
from abduce.reasoning.learning.lexicon import lexicon_from_plain, lexicon_to_plain
from abduce.reasoning.learning.loop import Grounding
from abduce.reasoning.learning.predicting import Perception, Predictor
from abduce.reasoning.learning.primitives import Library
from abduce.values import Basic

FORMAT = 1


def write_predictor(path: str | Path, predictor: Predictor, *, seen: bool, primitives: list[str], seed: int) -> None:
    """Write a predictor, and what it was learned with.

    Args:
        path: The file.
        predictor: The predictor.
        seen: Whether its perception was learned; one of the user's own is code, and not written.
        primitives: Names of the sets of primitives.
        seed: The seed.
    """
    perception = predictor.perception
    data = {
        "format": FORMAT,
        "primitives": primitives,
        "seed": seed,
        "kind": predictor.grounding.kind.value,
        "lexicon": lexicon_to_plain(predictor.grounding.lexicon),
        "parser": predictor.grounding.parser.state_dict(),
        "calibration": [list(predictor.calibration.thresholds), list(predictor.calibration.probabilities)],
        "reliability": dict(predictor.reliability),
        "support": dict(predictor.support),
        "own_perception": perception is not None and not seen,
        "seen": perception.state() if seen and isinstance(perception, ImagePerception) else None,
        "sharpness": predictor.sharpness,
    }
    buffer = io.BytesIO()  # torch reports a full disk in words of its own, a file in those of the system
    torch.save(data, buffer)
    Path(path).write_bytes(buffer.getvalue())


def read_machine_data(path: str | Path) -> dict[str, Any]:
    """Read what `write_predictor` wrote.

    Raises:
        RunError: The file is missing, truncated, no machine, or of a newer version.
    """
    data = read_plain(path)
    version = data.get("format")
    if not isinstance(version, int) or version > FORMAT:
        raise RunError(
            f"{path}: written by a newer version of abduce (format {version}, this one reads up to {FORMAT}); "
            "update abduce"
        )
    return data


def predictor_of(path: str | Path, data: dict[str, Any], library: Library, perception: Perception | None) -> Predictor:
    """Return the predictor in what was read from a file.

    Args:
        path: The file, for messages.
        data: What was read.
        library: The primitives that its programs call.
        perception: The perception that it was trained with, where that was the user's own.

    Raises:
        UsageError: It was trained with a perception of its own, and none is given.
        KeyError, ValueError, TypeError, RuntimeError: Something is missing, or of another form.
    """
    if data["own_perception"] and perception is None:
        raise UsageError(f"{path}: trained with a perception of its own; give it: load(path, perception=…)")
    lexicon = lexicon_from_plain(data["lexicon"])
    grounding = Grounding.of(lexicon, library, Basic(data["kind"]), data["seed"])
    grounding.parser.load_state_dict(data["parser"])
    grounding.parser.eval()
    return Predictor(
        grounding,
        ImagePerception.from_state(data["seen"]) if data.get("seen") else perception,
        data.get("sharpness", 1.0),
        Calibration(*(tuple(part) for part in data["calibration"])),
        dict(data["reliability"]),
        dict(data.get("support", {})),
    )


def read_plain(path: str | Path) -> dict[str, Any]:
    """Read a file of tensors and plain data, running no code in it.

    Raises:
        RunError: The file is missing, truncated or something else.
    """
    try:
        data = torch.load(path, weights_only=True, map_location="cpu")
    except FileNotFoundError as error:
        raise RunError(f"{path}: no such file; is this a run folder?") from error
    except (RuntimeError, EOFError, OSError, pickle.UnpicklingError, zipfile.BadZipFile, ValueError) as error:
        raise RunError(f"{path}: cannot be read, it is truncated or no file of abduce's; train it again") from error
    if not isinstance(data, dict):
        raise RunError(f"{path}: not a file of abduce's")
    return data
