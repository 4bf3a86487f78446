"""Small languages of every kind that a learner should manage, each with its own interpreter.

A generator draws a sentence of at most some depth and returns it with its value. Training sentences are shallow, test
sentences deeper, and in most languages longer. None of this is known to the learner, which sees pairs only.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from abduce.values import Example

Words: TypeAlias = list[str]
Drawn: TypeAlias = tuple[Words, Any]
Generator: TypeAlias = Callable[[random.Random, int], Drawn]

NOUNS = {"kip": ("a",), "mul": ("b",), "sor": ("c",), "tev": ("d", "d"), "wob": ("e",)}
DIGITS = {"nul": 0, "uno": 1, "duo": 2, "tri": 3, "kva": 4, "kvi": 5, "ses": 6, "sep": 7, "ok": 8, "nau": 9}
LONGEST_TRAINING = 14


@dataclass(frozen=True)
class Language:
    """A language: how it draws sentences, and how deep they are in training and test."""

    draw: Generator
    train_depth: int
    test_depth: int


def _noun(rng: random.Random) -> Drawn:
    word = rng.choice(sorted(NOUNS))
    return [word], NOUNS[word]


def _digit(rng: random.Random) -> Drawn:
    word = rng.choice(sorted(DIGITS))
    return [word], DIGITS[word]


def prefix(rng: random.Random, depth: int) -> Drawn:
    """`add mul duo tri sep`: operators before both arguments, with truncated subtraction."""
    if depth == 0 or rng.random() < 0.15:
        return _digit(rng)
    (a, x), (b, y) = prefix(rng, depth - 1), prefix(rng, depth - 1)
    word = rng.choice(("add", "mul", "sub", "min"))
    return [word, *a, *b], {"add": x + y, "mul": x * y, "sub": max(0, x - y), "min": min(x, y)}[word]


def postfix(rng: random.Random, depth: int) -> Drawn:
    """`duo tri sum sqr`: operators after their arguments, of one or two."""
    if depth == 0 or rng.random() < 0.15:
        return _digit(rng)
    a, x = postfix(rng, depth - 1)
    if rng.random() < 0.4:
        word = rng.choice(("succ", "dbl"))
        return [*a, word], {"succ": x + 1, "dbl": 2 * x}[word]
    b, y = postfix(rng, depth - 1)
    word = rng.choice(("sum", "prod"))
    return [*a, *b, word], {"sum": x + y, "prod": x * y}[word]


def infix(rng: random.Random, depth: int) -> Drawn:
    """`duo + tri * [ ses - uno ]`: two levels of precedence, to the left, brackets where needed."""

    def draw(depth: int) -> tuple[Words, int, int]:
        if depth == 0 or rng.random() < 0.15:
            words, value = _digit(rng)
            return words, value, 9
        word, level = rng.choice((("+", 1), ("-", 1), ("*", 2)))
        (a, x, p), (b, y, q) = draw(depth - 1), draw(depth - 1)
        a = ["[", *a, "]"] if p < level else a
        b = ["[", *b, "]"] if q <= level else b
        return [*a, word, *b], {"+": x + y, "-": x - y, "*": x * y}[word], level

    words, value, _ = draw(depth)
    return words, value


def rightwards(rng: random.Random, depth: int) -> Drawn:
    """`kip over mul under sor`: to the right, without brackets."""
    a, x = _noun(rng)
    if depth == 0:
        return a, x
    b, y = rightwards(rng, depth - 1)
    word = rng.choice(("over", "under", "amid"))
    return [*a, word, *b], {"over": x + y, "under": y + x, "amid": x + y + x}[word]


def circumfix(rng: random.Random, depth: int) -> Drawn:
    """`do kip od`, `lo kip ; mul ol`: words that come in pairs around their argument."""
    if depth == 0 or rng.random() < 0.1:
        return _noun(rng)
    a, x = circumfix(rng, depth - 1)
    word = rng.choice(("do", "lo", "so"))
    if word == "do":
        return ["do", *a, "od"], x + x
    if word == "lo":
        return ["lo", *a, "ol"], ("(", *x, ")")
    b, y = circumfix(rng, depth - 1)
    return ["so", *a, "os", *b, "end"], y + x


def three_part(rng: random.Random, depth: int) -> Drawn:
    """`put kip between mul and sor`: frames of three arguments."""
    if depth == 0 or rng.random() < 0.2:
        return _noun(rng)
    (a, x), (b, y), (c, z) = (three_part(rng, depth - 1) for _ in range(3))
    if rng.random() < 0.5:
        return ["put", *a, "between", *b, "and", *c], y + x + z
    return ["from", *a, "via", *b, "to", *c], x + y + y + z


def choice(rng: random.Random, depth: int) -> Drawn:
    """`when duo tops tri take ok else nul`: a condition over numbers decides."""

    def number(depth: int) -> Drawn:
        if depth == 0 or rng.random() < 0.3:
            return _digit(rng)
        (a, x), (b, y) = number(depth - 1), number(depth - 1)
        if rng.random() < 0.5:
            return ["add", *a, *b], x + y
        (c, z), (d, w) = number(0), number(0)
        return ["when", *c, "tops", *d, "take", *a, "else", *b], x if z > w else y

    return number(depth)


def functional(rng: random.Random, depth: int) -> Drawn:
    """`thrice loud kip`, `chain loud mirror kip`: words that take a word's function."""
    acts: dict[str, Callable[[tuple[str, ...]], tuple[str, ...]]] = {
        "loud": lambda x: (*x, "!"),
        "mirror": lambda x: x[::-1],
        "echo": lambda x: x + x,
    }
    if depth == 0 or rng.random() < 0.2:
        return _noun(rng)
    a, x = functional(rng, depth - 1)
    name, other = rng.choice(sorted(acts)), rng.choice(sorted(acts))
    kind = rng.choice(("plain", "thrice", "chain", "join"))
    if kind == "plain":
        return [name, *a], acts[name](x)
    if kind == "thrice":
        return ["thrice", name, *a], acts[name](acts[name](acts[name](x)))
    if kind == "chain":
        return ["chain", name, other, *a], acts[other](acts[name](x))
    b, y = functional(rng, depth - 1)
    return ["join", *a, *b], x + y


def homonyms(rng: random.Random, depth: int) -> Drawn:
    """`saw` is a noun, and between two phrases a verb; `fan` is a noun, and before one an adjective."""
    if depth == 0 or rng.random() < 0.2:
        word = rng.choice([*sorted(NOUNS), "saw", "fan"])
        return [word], {**NOUNS, "saw": ("s",), "fan": ("f",)}[word]
    a, x = homonyms(rng, depth - 1)
    if rng.random() < 0.4:
        return ["(", "fan", *a, ")"], x + x
    b, y = homonyms(rng, depth - 1)
    return ["(", *a, "saw", *b, ")"], (*y, "S", *x)


def counted(rng: random.Random, depth: int) -> Drawn:
    """`three kip two mul`: a number word repeats its noun, phrases stand side by side."""
    times = {"two": 2, "three": 3, "four": 4}
    words: Words = []
    value: tuple[str, ...] = ()
    for _ in range(rng.randint(1, depth + 1)):
        a, x = _noun(rng)
        if rng.random() < 0.6:
            word = rng.choice(sorted(times))
            a, x = [word, *a], x * times[word]
        words, value = words + a, value + x
    return words, value


def lists(rng: random.Random, depth: int) -> Drawn:
    """`every echo ( kip mul )`, `back …`, `head …`: a word's function over the elements, reversal, first element."""
    acts: dict[str, Callable[[str], tuple[str, ...]]] = {"echo": lambda x: (x, x), "loud": lambda x: (x, "!")}
    if depth == 0 or rng.random() < 0.2:
        items = [_noun(rng) for _ in range(rng.randint(1, 3))]
        return ["(", *(w for a, _ in items for w in a), ")"], tuple(t for _, x in items for t in x)
    a, x = lists(rng, depth - 1)
    kind = rng.choice(("every", "back", "plain"))
    if kind == "back":
        return ["back", *a], x[::-1]
    name = rng.choice(sorted(acts))
    if kind == "every":
        return ["every", name, *a], tuple(t for item in x for t in acts[name](item))
    return [name, *a], x + x if name == "echo" else (*x, "!")


def quantities(rng: random.Random, depth: int) -> Drawn:
    """`tri week duo day`: numbers with units, side by side, less others."""
    units = {"day": 1, "week": 7, "dozen": 12, "score": 20}

    def phrase() -> Drawn:
        (a, x), unit = _digit(rng), rng.choice(sorted(units))
        return [*a, unit], x * units[unit]

    words, value = phrase()
    for _ in range(rng.randint(0, depth)):
        a, x = phrase()
        word = rng.choice(("plus", "less"))
        words, value = [*words, word, *a], value + x if word == "plus" else value - x
    return words, value


def numerals(rng: random.Random, depth: int) -> Drawn:
    """`tri hundred kvardek du`: number names, written side by side; deeper ones have thousands."""
    tens = {"dudek": 20, "tridek": 30, "kvardek": 40, "kvindek": 50, "sesdek": 60}
    units = {word: value for word, value in DIGITS.items() if value}

    def below_hundred() -> Drawn:
        one = rng.choice(sorted(units))
        if rng.random() < 0.3:
            return [one], units[one]
        ten = rng.choice(sorted(tens))
        return ([ten], tens[ten]) if rng.random() < 0.3 else ([ten, one], tens[ten] + units[one])

    def below_thousand() -> Drawn:
        a, x = below_hundred()
        if rng.random() < 0.4:
            return a, x
        one = rng.choice(sorted(units))
        head = [one, "cent"], 100 * units[one]
        return head if rng.random() < 0.2 else ([*head[0], *a], head[1] + x)

    b, y = below_thousand()
    if depth < 2 or rng.random() < 0.5:
        return b, y
    a, x = below_thousand()
    return [*a, "mil", *b], 1000 * x + y


def judgements(rng: random.Random, depth: int) -> Drawn:
    """`duo tops uno plus uno and not tri is ses`: truth values over numbers, in brackets."""

    def number(depth: int) -> Drawn:
        if depth == 0 or rng.random() < 0.5:
            return _digit(rng)
        (a, x), (b, y) = _digit(rng), number(depth - 1)
        return [*a, "plus", *b], x + y

    if depth <= 1 or rng.random() < 0.2:
        (a, x), (b, y) = number(1), number(1)
        word = rng.choice(("tops", "is"))
        return [*a, word, *b], x > y if word == "tops" else x == y
    a, x = judgements(rng, depth - 1)
    if rng.random() < 0.3:
        return ["not", "[", *a, "]"], not x
    b, y = judgements(rng, depth - 1)
    word = rng.choice(("and", "or"))
    return ["[", *a, word, *b, "]"], (x and y) if word == "and" else (x or y)


def ranks(rng: random.Random, depth: int) -> Drawn:
    """`ann beats bob and not eve beats dan`: truth values over numbers of which only a comparison is seen."""
    places = {name: place for place, name in enumerate(("ann", "bob", "cid", "dan", "eve", "fay", "gus", "hal"))}
    if depth == 0 or rng.random() < 0.2:
        a, b = rng.choice(sorted(places)), rng.choice(sorted(places))
        word = rng.choice(("beats", "ties"))
        return [a, word, b], places[a] < places[b] if word == "beats" else a == b
    a, x = ranks(rng, depth - 1)
    if rng.random() < 0.4:
        return ["deny", *a], not x
    b, y = ranks(rng, depth - 1)
    word = rng.choice(("both", "any"))
    return [word, *a, *b], (x and y) if word == "both" else (x or y)


LANGUAGES = {
    "prefix": Language(prefix, 3, 4),
    "postfix": Language(postfix, 3, 5),
    "infix": Language(infix, 2, 4),
    "rightwards": Language(rightwards, 4, 7),
    "circumfix": Language(circumfix, 3, 5),
    "three_part": Language(three_part, 2, 3),
    "choice": Language(choice, 2, 3),
    "functional": Language(functional, 3, 5),
    "homonyms": Language(homonyms, 2, 4),
    "counted": Language(counted, 3, 7),
    "lists": Language(lists, 3, 5),
    "quantities": Language(quantities, 2, 5),
    "numerals": Language(numerals, 2, 2),
    "judgements": Language(judgements, 2, 3),
    "ranks": Language(ranks, 2, 3),
}


def pairs(name: str, count: int, test_count: int, seed: int = 0) -> tuple[list[Example], list[Example]]:
    """Return distinct training and test examples of a language; no test sentence is in training."""
    language, rng = LANGUAGES[name], random.Random(seed)
    train: dict[tuple[str, ...], Any] = {}
    test: dict[tuple[str, ...], Any] = {}
    for _ in range(40 * count):
        words, value = language.draw(rng, rng.randint(0, language.train_depth))
        if len(train) < count and len(words) <= LONGEST_TRAINING:
            train[tuple(words)] = value
    for _ in range(40 * test_count):
        words, value = language.draw(rng, rng.randint(language.train_depth, language.test_depth))
        if len(test) < test_count and tuple(words) not in train and len(words) <= 2 * LONGEST_TRAINING:
            test[tuple(words)] = value
    return [Example(*pair) for pair in train.items()], [Example(*pair) for pair in test.items()]
