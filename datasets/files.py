"""Pairs of input and answer in files: SCAN's format, tab-separated lines and JSON lines, told apart by content."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from abduce.errors import DataError
from abduce.values import Tokens

LONGEST_INPUT = 10_000
FORMATS = """one pair a line, as
  input<TAB>output
  IN: input OUT: output
  {"input": "…", "output": …}"""

_WORDED = re.compile(r"\s*IN:\s*(?P<input>.*?)\s*\bOUT:\s*(?P<output>.*)\Z", re.DOTALL)


Inputs = TypeVar("Inputs")


@dataclass(frozen=True, slots=True)
class Raw(Generic[Inputs]):
    """A pair as it was read, its answer not yet interpreted.

    Attributes:
        inputs: The input's tokens, or names of files.
        answer: A text, a list of texts, a number or a truth value.
        place: File and line.
    """

    inputs: Inputs
    answer: Any
    place: str


def read_raw(path: Path) -> tuple[list[Raw[Tokens]], list[str]]:
    """Read the pairs of a file.

    Returns:
        The pairs in order, and a warning for each kind of line that was left out.

    Raises:
        DataError: The file is missing, not UTF-8, empty, or has a line that cannot be read.
    """
    return read_pairs(path, _tokens_and_answer)


def read_pairs(
    path: Path, interpreted: Callable[[Any, Any, str], Raw[Inputs]], expected: str = FORMATS
) -> tuple[list[Raw[Inputs]], list[str]]:
    """Read the pairs of a file, as another function interprets them.

    Args:
        path: The file.
        interpreted: Called with an input and an answer as they stand there, and the place in the file.
        expected: The formats that there may be, for messages.

    Returns:
        The pairs in order, and a warning for each kind of line that was left out.

    Raises:
        DataError: The file is missing, not UTF-8, empty, or has a line that cannot be read.
    """
    lines = [(number, line) for number, line in enumerate(read_text(path).split("\n"), start=1)]
    if lines and not lines[-1][1]:
        lines.pop()
    filled = [(number, line.removesuffix("\r")) for number, line in lines if line.strip()]
    if not filled:
        raise DataError(f"{path}: no pairs in it; expected {expected}")
    warnings = []
    if len(filled) < len(lines):
        first = next(number for number, line in lines if not line.strip())
        warnings.append(f"{path}: {len(lines) - len(filled)} empty lines left out, the first is line {first}")
    if filled[0][1].strip().lower() in ("input\toutput", "source\ttarget", "question\tanswer"):
        warnings.append(f"{path}:{filled[0][0]}: taken as a header")
        filled = filled[1:]
    reader = _reader(path, *filled[0]) if filled else None
    if reader is None:
        raise DataError(f"{path}: no pairs below the header; expected {expected}")
    return [interpreted(*reader(f"{path}:{number}", line), f"{path}:{number}") for number, line in filled], warnings


def read_inputs(path: Path) -> Iterator[tuple[int, str]]:
    """Return the lines of a file of inputs, with their numbers; empty ones too.

    Raises:
        DataError: The file is missing or not UTF-8.
    """
    lines = read_text(path).split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return ((number, line.removesuffix("\r")) for number, line in enumerate(lines, start=1))


def read_text(path: Path) -> str:
    """Read a text file in UTF-8, with or without a byte order mark.

    Raises:
        DataError: It is missing, a folder, not readable, or not UTF-8.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file") from error
    except IsADirectoryError as error:
        raise DataError(f"{path}: a folder, where a file was expected") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    return decoded(data, str(path))


def decoded(data: bytes, name: str) -> str:
    """Decode UTF-8.

    Raises:
        DataError: It is something else; names the line and the byte.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise DataError(
            f"{name}:{line}: not UTF-8 (byte {data[error.start]:#04x} at column {column}); "
            "convert the file, for example with iconv -f latin1 -t utf-8"
        ) from error


def _reader(path: Path, number: int, line: str) -> Callable[[str, str], tuple[Any, Any]]:
    if line.lstrip().startswith("IN:"):
        return _worded
    if line.lstrip().startswith("{"):
        return _json
    if "\t" in line:
        return _tabbed
    raise DataError(f"{path}:{number}: neither format is recognised in {_shortened(line)!r}; expected {FORMATS}")


def _worded(place: str, line: str) -> tuple[Any, Any]:
    found = _WORDED.match(line)
    if found is None:
        missing = "OUT:" if line.lstrip().startswith("IN:") else "IN:"
        raise DataError(f"{place}: {missing} is missing in {_shortened(line)!r}; expected IN: input OUT: output")
    return found["input"], found["output"]


def _tabbed(place: str, line: str) -> tuple[Any, Any]:
    fields = line.split("\t")
    if len(fields) != 2:
        raise DataError(
            f"{place}: {len(fields)} field{'s' if len(fields) != 1 else ''} in {_shortened(line)!r}; "
            "expected two with one tab between them: input<TAB>output"
        )
    return fields[0], fields[1]


def _json(place: str, line: str) -> tuple[Any, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise DataError(f'{place}: not JSON ({error}); expected {{"input": …, "output": …}} on one line') from error
    except RecursionError as error:
        raise DataError(f'{place}: JSON nested too deep; expected {{"input": …, "output": …}}') from error
    if not isinstance(record, dict) or not {"input", "output"} <= record.keys():
        raise DataError(f'{place}: expected an object with the keys "input" and "output", got {_shortened(line)!r}')
    return record["input"], record["output"]


def _tokens_and_answer(inputs: Any, answer: Any, place: str) -> Raw[Tokens]:
    tokens = tokens_of(inputs, place)
    if not tokens:
        raise DataError(f"{place}: the input is empty; give it at least one token, or take the line out")
    if not all(_is_unicode(token) for token in tokens):
        raise DataError(f"{place}: half of a surrogate pair, which is no character; mend the escape sequence")
    return Raw(tokens, answer_of(answer, place), place)


def answer_of(answer: Any, place: str) -> Any:
    """Return an answer as it was read, a list of texts as a tuple.

    Raises:
        DataError: It is none.
    """
    if not isinstance(answer, (str, int, list)) or (isinstance(answer, list) and not _texts(answer)):
        raise DataError(
            f"{place}: the output is {_shortened(json.dumps(answer, ensure_ascii=False))}; "
            "expected a text, a list of texts, a whole number, true or false"
        )
    if not all(_is_unicode(text) for text in (answer if isinstance(answer, list) else (str(answer),))):
        raise DataError(f"{place}: half of a surrogate pair, which is no character; mend the escape sequence")
    return tuple(answer) if isinstance(answer, list) else answer


def tokens_of(inputs: Any, place: str) -> Tokens:
    """Return an input's tokens: a text is split at white space, a list of texts is taken as it is.

    Raises:
        DataError: It is neither, or too long.
    """
    if not isinstance(inputs, str) and not (isinstance(inputs, list) and _texts(inputs)):
        raise DataError(
            f"{place}: the input is {_shortened(json.dumps(inputs, ensure_ascii=False))}; "
            "expected a text or a list of texts"
        )
    tokens = tuple(inputs.split()) if isinstance(inputs, str) else tuple(inputs)
    if len(tokens) > LONGEST_INPUT:
        raise DataError(
            f"{place}: an input of {len(tokens)} tokens, where at most {LONGEST_INPUT} are read; "
            "is a line end missing? One pair a line"
        )
    return tokens


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _texts(values: list[Any]) -> bool:
    return all(isinstance(value, str) and value for value in values)


def _shortened(text: str, longest: int = 60) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
