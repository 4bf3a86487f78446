"""Reads PrOntoQA's templated English: kinds, what they are and are not, and one individual."""

from __future__ import annotations

import re
from pathlib import Path

from logic_readers.proofwriter import question_of
from logic_readers.questions import TRUE_FALSE, EnglishError, Question, Unread, rows, sentences, word

_KIND = re.compile(r"(?:Each|Every|A|An) ([\w-]+) is (.+)", re.IGNORECASE)
_KINDS = re.compile(r"(?:All )?([\w-]+) are (.+)", re.IGNORECASE)
_ONE = re.compile(r"([\w-]+) is (.+)", re.IGNORECASE)


def read(folder: Path) -> list[Question | Unread]:
    """Read all rows with a context, a question and an answer; premises that an explanation uses are the core."""
    found: list[Question | Unread] = []
    for row in rows(folder, ("context", "question", "answer")):
        expected = str(row.fields["answer"])
        told = sentences(row.fields["context"])
        try:
            premises = tuple(f"{formula(one)}" for one in told)
            query = formula(question_of(row.fields["question"]))
        except EnglishError as error:
            found.append(Unread(row.name, expected, str(error)))
            continue
        given = {one.rstrip(". ") for one in row.fields.get("explanation", ())}
        gold = frozenset(place for place, one in enumerate(told) if one in given) if given else None
        found.append(Question(row.name, premises, query, expected, TRUE_FALSE[expected], "classical", gold))
    return found


def formula(sentence: str) -> str:
    """Return the formula that a sentence states.

    Example:
        >>> formula("Wumpuses are not dull")
        'forall x. (wumpus(x) -> not dull(x))'
        >>> formula("Alex is an impus")
        'impus(alex)'
    """
    kind = _KIND.fullmatch(sentence)
    if kind:
        return f"forall x. ({word(kind[1])}(x) -> {_predicate(kind[2], 'x')})"
    kinds = _KINDS.fullmatch(sentence)
    if kinds:
        return f"forall x. ({singular(kinds[1])}(x) -> {_predicate(kinds[2], 'x', plural=True)})"
    one = _ONE.fullmatch(sentence)
    if one:
        return _predicate(one[2], word(one[1]))
    raise EnglishError(f"not understood: {sentence!r}")


def _predicate(text: str, subject: str, *, plural: bool = False) -> str:
    bare = re.sub(r"^not ", "", text)
    named = singular(bare) if plural and bare.endswith("es") else word(bare)
    return f"{'not ' if text.startswith('not ') else ''}{named}({subject})"


def singular(noun: str) -> str:
    """Return the singular of a regular noun.

    Example:
        >>> singular("Jompuses"), singular("cats"), singular("ponies")
        ('jompus', 'cat', 'pony')
    """
    noun = noun.lower()
    if noun.endswith("ies"):
        return word(f"{noun[:-3]}y")
    if noun.endswith(("ses", "xes", "ches", "shes", "zes")):
        return word(noun[:-2])
    return word(noun.removesuffix("s"))
