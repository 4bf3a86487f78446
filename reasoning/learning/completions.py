"""Completions: from short expressions to the programs that give the answers wanted.

Token lists are put together from expressions and constants by dynamic programming over the wanted value; numbers get
their constants by solving for them; conditionals join what is right on different rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from heapq import nlargest, nsmallest
from itertools import product

from abduce.reasoning.learning.enumeration import Expression
from abduce.reasoning.learning.evidence import Option
from abduce.reasoning.learning.primitives import Library
from abduce.reasoning.learning.programs import Call, Const, Term, concatenation, constant_bits, subterms
from abduce.values import UNDEFINED, Basic, Value

BRANCHES = 30
SEEDS = 6
SPELLINGS = 6
FOREMOST = 40
SOLVED = 150
TARGETS = 3


def lists(pool: list[Expression], rows: list[Option], alphabet: int) -> Iterator[Term]:
    """Yield programs for token lists: spellings of some rows' values by expressions and constants."""
    seeds: dict[int, None] = {}
    examples: set[int] = set()
    for number, row in enumerate(rows):
        if row.index not in examples or len(rows) < SEEDS:
            examples.add(row.index)
            seeds[number] = None
    for seed in list(seeds)[:SEEDS]:
        target = rows[seed].values[0]
        pieces: dict[Value, Expression] = {}
        for expression in pool:
            value = expression.values[seed]
            if value is not UNDEFINED and value and value not in pieces:
                pieces[value] = expression
        yield from spellings(target, pieces, alphabet)
        simple = {v: e for v, e in pieces.items() if not any(_joins(part) for part in subterms(e.term))}
        yield from spellings(target, simple, alphabet)


def tables(pool: list[Expression], rows: list[Option]) -> Iterator[Term]:
    """Yield programs that replace each token of an expression by another, always the same one."""

    def relabelled() -> Iterator[tuple[int, float, Term]]:
        for expression in pool[:BRANCHES]:
            votes: dict[str, Counter[str]] = {}
            for value, row in zip(expression.values, rows, strict=True):
                for target in () if value is UNDEFINED else row.values[:TARGETS]:
                    for token, image in zip(value, target, strict=True) if len(value) == len(target) else ():
                        votes.setdefault(token, Counter())[image] += 1
            images = {token: max(sorted(found), key=found.__getitem__) for token, found in votes.items()}
            table = tuple(part for token, image in sorted(images.items()) if image != token for part in (token, image))
            if table:
                term = Call("relabel", (Const(table), expression.term))
                values = [v if v is UNDEFINED else tuple(images.get(t, t) for t in v) for v in expression.values]
                yield examples_right(values, rows), expression.bits + len(table), term

    yield from foremost(relabelled())


def _joins(term: Term) -> bool:
    return isinstance(term, Call) and term.primitive == "++"


def spellings(target: tuple[str, ...], pieces: dict[Value, Expression], alphabet: int) -> list[Term]:
    """Return the shortest ways to write a token list as pieces and constants one after the other."""
    token_bits = 2.0 + constant_bits(("",), alphabet)
    best: list[list[tuple[float, tuple[Term, ...]]]] = [[(0.0, ())]]
    usable = [(value, e) for value, e in pieces.items() if len(value) <= len(target)]
    for end in range(1, len(target) + 1):
        options = [(bits + token_bits, (*parts, Const(target[end - 1 : end]))) for bits, parts in best[end - 1]]
        for value, expression in usable:
            start = end - len(value)
            if start >= 0 and target[start:end] == value:
                options.extend((bits + expression.bits + 2.0, (*parts, expression.term)) for bits, parts in best[start])
        best.append(nsmallest(SPELLINGS, options, key=lambda option: option[0]))
    return [concatenation(parts) for _, parts in best[-1]]


def choices(pool: list[Expression], matching: list[Expression], rows: list[Option]) -> Iterator[Term]:
    """Yield conditionals whose branches are right on different rows, as the condition says."""
    right = [
        (e, frozenset(i for i, (v, row) in enumerate(zip(e.values, rows, strict=True)) if v in row.accepted))
        for e in matching[:BRANCHES]
    ]
    least = 0.7 * len({row.index for row in rows})
    conditions = [(e, {i for i, v in enumerate(e.values) if v is True}) for e in pool if e.kind is Basic.BOOL][
        :BRANCHES
    ]

    def chosen() -> Iterator[tuple[int, float, Term]]:
        for (first, a), (second, b) in product(right, right):
            if first is second or not a - b or not b - a or len({rows[i].index for i in a | b}) < least:
                continue
            for condition, holds in conditions:
                good = len({rows[i].index for i in (a & holds) | (b - holds)})
                if good >= least:
                    bits = condition.bits + first.bits + second.bits
                    yield good, bits, Call("if", (condition.term, first.term, second.term))

    yield from foremost(chosen())


def numbers(pool: list[Expression], rows: list[Option], library: Library) -> Iterator[Term]:
    """Yield programs for numbers that end in a constant: the one that is right in most examples."""

    solved: list[tuple[int, Expression, tuple[str, int, bool]]] = []
    for expression in pool[:SOLVED]:
        tally: dict[tuple[str, int, bool], set[int]] = {}
        for value, row in zip(expression.values, rows, strict=True):
            for target in () if value is UNDEFINED else row.values[:TARGETS]:
                for solution in _constants(value, target):
                    tally.setdefault(solution, set()).add(row.index)
        solved.extend((len(e), expression, found) for found, e in tally.items() if found[0] in library.by_name)
    least = min(nlargest(FOREMOST, (count for count, _, _ in solved)), default=0)

    def programs() -> Iterator[tuple[int, float, Term]]:
        for count, expression, (form, number, first) in solved:
            if count >= least:  # most solve one example alone, and are not worth making
                parts = (Const(number), expression.term) if first else (expression.term, Const(number))
                yield count, expression.bits + constant_bits(number, 1), Call(form, parts)

    yield from foremost(programs())


def _constants(value: int, target: int) -> Iterator[tuple[str, int, bool]]:
    """Yield operations with the constants that lead from a value to the target, and whether the constant is first."""
    if target != value:
        yield ("+", target - value, False) if target > value else ("-", value - target, False)
    yield "-", target + value, True
    if value and target % value == 0 and target // value not in (0, 1):
        yield "*", target // value, False
    if target and value % target == 0 and value // target > 1:
        yield "div", value // target, False


def examples_right(values: Sequence[Value], rows: list[Option]) -> int:
    """Return in how many examples some values are those wanted."""
    return len({row.index for value, row in zip(values, rows, strict=True) if value in row.accepted})


def foremost(scored: Iterable[tuple[int, float, Term]]) -> Iterator[Term]:
    """Yield the terms that are right in most examples of a sample, the shorter ones first among equals."""
    useful = (one for one in scored if one[0])
    yield from (term for _, _, term in nsmallest(FOREMOST, useful, key=lambda one: (-one[0], one[1])))
