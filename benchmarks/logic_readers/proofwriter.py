"""Reads ProofWriter's templated English: facts and rules about people and animals, with `not`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from logic_readers.questions import TRUE_FALSE, EnglishError, Question, Unread, rows, sentences, word

SOMEONE = {"someone", "something", "somebody", "anyone", "anything", "people", "things"}
PRONOUNS = {"they", "it", "he", "she", "them", "him", "her"}
_RULE = re.compile(r"If (.+?),? then (.+)", re.IGNORECASE)
_ALL = re.compile(r"(?:All |Every |Each )?(.+?) (?:people|things|ones) (?:are|is) (.+)", re.IGNORECASE)
_BE = re.compile(r"(.+?) (?:is|are) (.+)", re.IGNORECASE)
_DENIED = re.compile(r"(.+?) (?:does|do) not (\w+) (.+)", re.IGNORECASE)
_NOUN = r"[Tt]he [a-z ]+?|[A-Z]\w*|(?:[Ss]ome|[Aa]ny)(?:one|thing|body)|[Tt]hey|[Ii]t|[Hh]e|[Ss]he|it|them|him|her"
_DONE = re.compile(rf"({_NOUN}) ([a-z]+) ({_NOUN})")


@dataclass(frozen=True, slots=True)
class Literal:
    """An atom with a sign; the arguments are names or `X`."""

    predicate: str
    arguments: tuple[str, ...]
    holds: bool = True

    def __str__(self) -> str:
        return f"{'' if self.holds else '-'}{self.predicate}({', '.join(self.arguments)})"


def read(folder: Path) -> list[Question | Unread]:
    """Read all rows with a context, a question and an answer."""
    found: list[Question | Unread] = []
    for row in rows(folder, ("context", "question", "answer")):
        expected = str(row.fields["answer"])
        try:
            premises = tuple(clause(one) for one in sentences(row.fields["context"]))
            (literal,) = _conjuncts(question_of(row.fields["question"]), None)
        except EnglishError as error:
            found.append(Unread(row.name, expected, str(error)))
            continue
        found.append(Question(row.name, premises, str(literal), expected, TRUE_FALSE[expected], "rules"))
    return found


def question_of(text: str) -> str:
    """Return the statement that a question is about: its last sentence."""
    return sentences(text.split("?", 1)[-1] or text)[-1]


def clause(sentence: str) -> str:
    """Return the clause that a sentence states.

    Example:
        >>> clause("If someone chases the cow and they are not red then they see the dog")
        'see(X, dog) :- chase(X, cow), -red(X).'
    """
    rule = _RULE.fullmatch(sentence)
    if rule:
        body = _conjuncts(rule[1], None)
        everyone = any("X" in one.arguments for one in body)
        heads = _conjuncts(rule[2], "X" if everyone else body[-1].arguments[0])
        return " ".join(f"{head} :- {', '.join(map(str, body))}." for head in heads)
    general = _ALL.fullmatch(sentence)
    if general and not re.match(r"(?:the )\w+ (?:is|are)", sentence, re.IGNORECASE):
        qualities = [part for part in re.split(r",\s*|\s+and\s+", general[1]) if part]
        body = [_quality(part, "X") for part in qualities]
        heads = [_quality(part, "X") for part in re.split(r"\s+and\s+", general[2])]
        return " ".join(f"{head} :- {', '.join(map(str, body))}." for head in heads)
    return " ".join(f"{fact}." for fact in _conjuncts(sentence, None))


def _conjuncts(text: str, subject: str | None) -> list[Literal]:
    """Read statements joined by `and`; a pronoun stands for someone where there is one, else for the last subject."""
    found: list[Literal] = []
    topic = subject
    for part in re.split(r"\s+and\s+", text.strip()):
        elided = subject if re.fullmatch(r"(?:not )?[\w-]+", part) else None
        literal = _literal(part, elided or topic)
        subject = literal.arguments[0]
        topic = topic if topic == "X" else subject
        found.append(literal)
    return found


def _literal(text: str, subject: str | None) -> Literal:
    """Read one statement; `subject` is what a pronoun, or a subject that is left out, stands for."""
    denied = _DENIED.fullmatch(text)
    if denied:
        return Literal(stem(denied[2], base=True), (_noun(denied[1], subject), _noun(denied[3], subject)), False)
    being = _BE.fullmatch(text)
    if being:
        return _quality(being[2], _noun(being[1], subject))
    done = _DONE.fullmatch(text)
    if done:
        base = done[1].lower() in {"they", "people", "things"}
        if not base and not done[2].endswith("s"):
            raise EnglishError(f"not understood: {text!r}")
        return Literal(stem(done[2], base=base), (_noun(done[1], subject), _noun(done[3], subject)))
    if subject is not None and re.fullmatch(r"(?:not )?[\w-]+", text):
        return _quality(text, subject)
    raise EnglishError(f"not understood: {text!r}")


def _quality(text: str, subject: str) -> Literal:
    text = text.strip()
    return Literal(word(re.sub(r"^not ", "", text)), (subject,), not text.startswith("not "))


def _noun(text: str, subject: str | None) -> str:
    lowered = text.strip().lower()
    if lowered in SOMEONE:
        return "X"
    if lowered in PRONOUNS:
        if subject is None:
            raise EnglishError(f"{text!r} stands for nothing before it")
        return subject
    return word(text)


def stem(verb: str, *, base: bool) -> str:
    """Return a verb without the ending of the third person."""
    verb = verb.lower()
    if base or not verb.endswith("s"):
        return verb
    if verb.endswith(("sses", "ches", "shes", "xes", "zzes")):
        return verb[:-2]
    return f"{verb[:-3]}y" if verb.endswith("ies") else verb[:-1]
