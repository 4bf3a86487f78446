"""Footholds: first guesses at meanings where no example has a single unknown symbol.

Each is tentative. What it makes learnable decides, by description length, whether it stays.
"""

from __future__ import annotations

import operator
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from itertools import combinations
from math import gcd, log2

from abduce.parser.signatures import Signature
from abduce.reasoning.learning.closed_forms import closed_form, has_loops
from abduce.reasoning.learning.corpus import Corpus, Pair
from abduce.reasoning.learning.lexicon import SILENT, Meaning, mark
from abduce.reasoning.learning.primitives import ITERATE, Library
from abduce.reasoning.learning.programs import Bound, Call, Const, Function, Term, Var
from abduce.values import Basic, MarkType, Tokens, Type, Value

ASSOCIATED = 2000
SMALL_NUMBERS = (1, 2, 3, 0, 5)
LEAST_MULTIPLES = 3
LEAST_COMPARISONS = 12
LEAST_ORDERED = 0.9
LONGEST_FRAME = 7

Meanings = dict[str, tuple[Meaning, ...]]


def constant(value: Value, kind: Type) -> Meaning:
    """Return the meaning of a symbol that stands for a value."""
    return Meaning(Signature((), (), kind), Const(value))


def company(corpus: Corpus, symbols: Collection[str]) -> Iterator[tuple[float, str, Meaning]]:
    """Yield for each symbol the parts of answers that keep it company, as constants.

    The score is the share of the symbol's entropy that the part's presence tells (1 where each occurs exactly
    with the other).
    """
    pairs = corpus.pairs[:ASSOCIATED]
    parts = [frozenset(p.target[i : i + n] for n in (1, 2) for i in range(len(p.target) - n + 1)) for p in pairs]
    tally = Counter(part for found in parts for part in found)
    for symbol in symbols:
        inside: Counter[Tokens] = Counter()
        holders = 0
        for pair, found in zip(pairs, parts, strict=True):
            if symbol in pair.tokens:
                holders += 1
                inside.update(found)
        entropy = _information(holders, holders, holders, len(pairs))
        for part, count in sorted(inside.items()):
            told = _information(count, holders, tally[part], len(pairs)) / max(entropy, 1e-9)
            yield told - 0.01 * len(part), symbol, constant(part, Basic.TOKENS)


def _information(both: int, first: int, second: int, total: int) -> float:
    """Return the mutual information in bits between two events, negative where they avoid each other."""
    bits = 0.0
    for joint, a, b in (
        (both, first, second),
        (first - both, first, total - second),
        (second - both, total - first, second),
        (total - first - second + both, total - first, total - second),
    ):
        if joint > 0:
            bits += joint / total * log2(joint * total / (a * b))
    return bits if both * total >= first * second else -bits


def numbers(corpus: Corpus, symbols: Collection[str]) -> list[tuple[str, Meaning]]:
    """Return guesses at a symbol's number, the likeliest first.

    These are what divides all answers of its shortest examples (as a unit does), then the smallest of these answers,
    then small numbers.
    """
    smallest: dict[str, int] = {}
    shortest: dict[str, int] = {}
    divisor: dict[str, tuple[int, int]] = {}
    frequency: Counter[str] = Counter()
    for pair in corpus.pairs[: max(50, len(corpus.pairs) // 10)]:
        for symbol in set(pair.tokens).intersection(symbols):
            frequency[symbol] += 1
            if len(pair.tokens) > shortest.setdefault(symbol, len(pair.tokens)):
                continue
            common_divisor, count = divisor.get(symbol, (0, 0))
            divisor[symbol] = (gcd(common_divisor, pair.target), count + 1)
            if pair.target and abs(pair.target) < abs(smallest.get(symbol, pair.target + 1)):
                smallest[symbol] = pair.target
    common = sorted(frequency, key=lambda s: (-frequency[s], s))
    units = [s for s in common if divisor[s][0] > 1 and divisor[s][1] >= LEAST_MULTIPLES]
    units.sort(key=lambda s: -divisor[s][1] * log2(divisor[s][0]))
    found = [(s, constant(divisor[s][0], Basic.INT)) for s in units]
    found += [(s, constant(smallest[s], Basic.INT)) for s in common if s in smallest]
    found += [(s, constant(n, Basic.INT)) for n in SMALL_NUMBERS for s in common[:3]]
    return found


def comparisons(corpus: Corpus, unknown: Collection[str], library: Library) -> Iterator[Meanings]:
    """Yield orders of unknown symbols under which one of them compares the others, with that one's meaning.

    Examples are grouped by frame: two places that vary, all other tokens fixed. In the frame with most examples
    symbols are ranked by how often they come out on the upper side.
    """
    if corpus.kind is not Basic.BOOL or "<" not in library.by_name:
        return
    frames: dict[tuple[int, int, Tokens], list[Pair]] = defaultdict(list)
    for pair in corpus.pairs:
        if len(pair.tokens) > LONGEST_FRAME:
            break
        if len(pair.tokens) >= 3 and set(pair.tokens) <= set(unknown):
            for i, j in combinations(range(len(pair.tokens)), 2):
                rest = tuple("" if k in (i, j) else token for k, token in enumerate(pair.tokens))
                frames[i, j, rest].append(pair)
    ranked = sorted(frames, key=lambda frame: (-len(frames[frame]), len(frame[2]), frame))
    for frame in ranked[:12]:
        if len(frames[frame]) >= LEAST_COMPARISONS:
            yield from _ordered(frame, frames[frame])


def _ordered(frame: tuple[int, int, Tokens], pairs: list[Pair]) -> Iterator[Meanings]:
    i, j, _ = frame
    wins: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for pair in pairs:
        first, second = pair.tokens[i], pair.tokens[j]
        if first != second:
            for symbol, won in ((first, pair.target), (second, not pair.target)):
                wins[symbol][0] += won
                wins[symbol][1] += 1
    order = sorted(wins, key=lambda s: ((wins[s][0] + 0.5) / (wins[s][1] + 1), s))
    order = _settled(order, [(p.tokens[i], p.tokens[j], p.target) for p in pairs])
    rank = {symbol: place for place, symbol in enumerate(order)}
    for relation, holds in (("<", operator.gt), ("<=", operator.ge)):
        right = sum(
            holds(rank[p.tokens[i]], rank[p.tokens[j]]) == p.target
            for p in pairs
            if p.tokens[i] in rank and p.tokens[j] in rank
        )
        if right >= LEAST_ORDERED * len(pairs):
            for direction in (1, -1):
                for offset in (0, 1):
                    yield _comparing(frame, order[::direction], offset, relation, direction)


def _settled(order: list[str], outcomes: list[tuple[str, str, bool]]) -> list[str]:
    """Return the order after moving each symbol, in turn, to the place that fits most outcomes."""

    def fit(candidate: list[str]) -> int:
        place = {symbol: n for n, symbol in enumerate(candidate)}
        return sum((place[a] > place[b]) == won for a, b, won in outcomes if a != b)

    for _ in range(3):
        before = list(order)
        for symbol in before:
            others = [s for s in order if s != symbol]
            order = max(([*others[:n], symbol, *others[n:]] for n in range(len(order))), key=fit)
        if order == before:
            break
    return order


def _comparing(
    frame: tuple[int, int, Tokens], order: list[str], offset: int, relation: str, direction: int
) -> Meanings:
    i, j, rest = frame
    head = next(k for k, token in enumerate(rest) if token)
    kinds: list[Type] = [Basic.INT if k in (i, j) else MarkType(token) for k, token in enumerate(rest)]
    places = [k for k in range(len(rest)) if k != head]
    first, second = (Var(places.index(k)) for k in (i, j))
    arguments: tuple[Term, ...] = (second, first) if direction > 0 else (first, second)
    signature = Signature(tuple(kinds[:head]), tuple(kinds[head + 1 :]), Basic.BOOL)
    found: Meanings = {symbol: (constant(n + offset, Basic.INT),) for n, symbol in enumerate(order)}
    found.update(
        {kind.symbol: (mark(kind.symbol),) for k, kind in enumerate(kinds) if k != head and isinstance(kind, MarkType)}
    )
    found[rest[head]] = (Meaning(signature, Call(relation, arguments)),)
    return found


def joiners(kind: Basic, library: Library) -> list[Meanings]:
    """Return the ways in which constituents may be combined that stand side by side without a connective."""
    x, y = Var(0), Var(1)
    programs: dict[Basic, tuple[Term, ...]] = {
        Basic.TOKENS: (Call("++", (x, y)), Call("++", (y, x))),
        Basic.INT: (Call("+", (x, y)), Call("*", (x, y))) if "+" in library.by_name else (_sum(x, y), _product(x, y)),
        Basic.BOOL: (Call("and", (x, y)), Call("or", (x, y))),
    }
    signature = Signature((kind,), (kind,), kind)
    return [
        {SILENT: (Meaning(signature, program, closed=closed_form(program, kind) if has_loops(program) else None),)}
        for program in programs[kind]
    ]


def loop_of(name: str, first: Term, second: Term, library: Library) -> Term | None:
    """Return an operation on two numbers as a loop, None where there is none or the library has no loops."""
    loops = {"+": _sum, "∸": _difference, "*": _product}
    return loops[name](first, second) if name in loops and ITERATE in library.by_name else None


def _sum(first: Term, second: Term) -> Term:
    return Call(ITERATE, (Function(Call("inc", (Bound(0),))), second, first))


def _difference(first: Term, second: Term) -> Term:
    return Call(ITERATE, (Function(Call("dec", (Bound(0),))), second, first))


def _product(first: Term, second: Term) -> Term:
    return Call(ITERATE, (Function(_sum(Bound(0), first)), second, Const(0)))
