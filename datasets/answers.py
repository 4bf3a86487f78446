"""What the answers of a file are: token sequences, integers or truth values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from abduce.datasets.files import Raw
from abduce.errors import DataError, UsageError
from abduce.values import Basic, Value

KINDS = ("auto", *(kind.value for kind in Basic))
FEW = 0.05

_INTEGER = re.compile(r"[+-]?[0-9]+\Z")
_LONGEST_INTEGER = 4000
_TRUTHS = ({"true": True, "false": False}, {"yes": True, "no": False}, {"1": True, "0": False})


def value_type(raws: Sequence[Raw[Any]], answer: str) -> tuple[Basic, dict[str, bool], str]:
    """Return the type of some answers, the words that stand for truth values, and a line that says what was found.

    Args:
        raws: The pairs; there is at least one.
        answer: `auto`, or the name of a type.

    Raises:
        UsageError: `answer` is none of these.
        DataError: The answers are of different types, or not of the one asked for.
    """
    if answer not in KINDS:
        raise UsageError(f"--answer {answer}: expected one of {', '.join(KINDS)}")
    truths = _truths(raws, every=answer == "bool")
    kind = Basic(answer) if answer != "auto" else _found(raws, truths)
    if kind is Basic.BOOL:
        truths = truths or _TRUTHS[0] | _TRUTHS[1] | _TRUTHS[2]
        words = sorted({_text(raw) for raw in raws} & set(truths)) or ["true", "false"]
        return kind, truths, f"answers are truth values ({', '.join(words)})"
    said = "integers" if kind is Basic.INT else "token sequences"
    return kind, {}, f"answers are {said}"


def value_of(raw: Raw[Any], kind: Basic, truths: dict[str, bool]) -> Value:
    """Return an answer as a value of a type.

    Raises:
        DataError: It is none.
    """
    text = _text(raw)
    if kind is Basic.BOOL and not isinstance(raw.answer, tuple) and text in truths:
        return truths[text]
    if kind is Basic.INT and _is_integer(raw):
        return int(text)
    if kind is Basic.TOKENS:
        return raw.answer if isinstance(raw.answer, tuple) else tuple(str(raw.answer).split())
    wanted = "an integer" if kind is Basic.INT else f"a truth value ({' or '.join(truths)})"
    raise DataError(f"{raw.place}: the answer is {_shown(raw)}; expected {wanted}")


def _truths(raws: Sequence[Raw[Any]], *, every: bool) -> dict[str, bool]:
    texts = {_text(raw) for raw in raws if not isinstance(raw.answer, tuple)}
    for words in _TRUTHS:
        if texts <= words.keys() and (len(texts) == 2 or every or words is not _TRUTHS[2]):
            return dict(words)
    return {}


def _found(raws: Sequence[Raw[Any]], truths: dict[str, bool]) -> Basic:
    lists = [raw for raw in raws if isinstance(raw.answer, tuple)]
    others = [raw for raw in raws if not isinstance(raw.answer, tuple)]
    if lists and others and any(not isinstance(raw.answer, str) for raw in others):
        odd = next(raw for raw in others if not isinstance(raw.answer, str))
        raise _mixed(odd, "a list", len(lists), len(raws))
    if lists:
        return Basic.TOKENS
    if truths:
        return Basic.BOOL
    tests: tuple[tuple[Basic, str, Callable[[Raw[Any]], bool]], ...] = (
        (Basic.INT, "an integer", _is_integer),
        (Basic.BOOL, "a truth value", lambda raw: any(_text(raw) in words for words in _TRUTHS[:2])),
    )
    for kind, name, fits in tests:
        odd_ones = [raw for raw in raws if not fits(raw)]
        if not odd_ones:
            return kind
        typed = any(not isinstance(raw.answer, str) for raw in raws if fits(raw))
        if typed or (len(odd_ones) <= FEW * len(raws) and all(len(_text(raw).split()) <= 1 for raw in odd_ones)):
            raise _mixed(odd_ones[0], name, len(raws) - len(odd_ones), len(raws))
    return Basic.TOKENS


def _mixed(odd: Raw[Any], name: str, count: int, total: int) -> DataError:
    return DataError(
        f"{odd.place}: mixed types of answers: the answer is {_shown(odd)}, where {count} of {total} are {name}; "
        "mend the line, or say with --answer what all of them are"
    )


def _is_integer(raw: Raw[Any]) -> bool:
    if isinstance(raw.answer, str):
        text = raw.answer.strip()
        return len(text) <= _LONGEST_INTEGER and _INTEGER.match(text) is not None
    return isinstance(raw.answer, int) and not isinstance(raw.answer, bool)


def _text(raw: Raw[Any]) -> str:
    return " ".join(raw.answer) if isinstance(raw.answer, tuple) else str(raw.answer).strip().lower()


def _shown(raw: Raw[Any]) -> str:
    text = repr(list(raw.answer) if isinstance(raw.answer, tuple) else raw.answer)
    return text if len(text) <= 60 else text[:59] + "…"
