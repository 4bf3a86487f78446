"""Arities by counting: how many arguments each symbol takes, from which symbols stand in a sentence together.

In a tree every node but the root is somebody's argument. The arities of a sentence's symbols thus sum to one less
than its length, whatever the order of its words and whatever they mean: each sentence is a linear equation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from abduce.values import Tokens

SURPLUSES = np.array([1.0, 0.0, -1.0, -2.0])
"""One less the arities that a symbol may have."""
BEGINNINGS = 24
SWEEPS = 20
LEAST_SENTENCES = 2
"""Sentences there must be for each symbol."""

MOSTLY = 0.9


def brackets(sentences: Sequence[Tokens]) -> set[str]:
    """Return the symbols that come in pairs, one opening and one closing, wherever they stand."""
    holders: dict[str, set[int]] = {}
    for number, tokens in enumerate(sentences):
        for token in tokens:
            holders.setdefault(token, set()).add(number)
    found: set[str] = set()
    for opening, closing in permutations(sorted(holders), 2):
        either = holders[opening] | holders[closing]
        if len(holders[opening] & holders[closing]) >= MOSTLY * len(either):
            balanced = sum(_balanced(sentences[number], opening, closing) for number in either)
            if balanced >= MOSTLY * len(either):
                found |= {opening, closing}
    return found


def _balanced(tokens: Tokens, opening: str, closing: str) -> bool:
    depth = 0
    for token in tokens:
        depth += (token == opening) - (token == closing)
        if depth < 0:
            return False
    return depth == 0


def arities(sentences: Sequence[Tokens]) -> tuple[dict[str, int], float]:
    """Return each symbol's arity, and the share of the sentences that they fit.

    A wrong symbol here and there does no harm. Symbols that only ever occur together cannot be told apart.
    """
    symbols = sorted({token for tokens in sentences for token in tokens})
    if not symbols or len(sentences) < LEAST_SENTENCES * len(symbols):
        return {}, 0.0
    place = {symbol: n for n, symbol in enumerate(symbols)}
    counts = np.zeros((len(sentences), len(symbols)))
    for row, tokens in enumerate(sentences):
        for token in tokens:
            counts[row, place[token]] += 1.0
    surplus, share = np.zeros(len(symbols)), 0.0
    for found in _guesses(counts):
        fitting = float((counts @ found == 1.0).mean())
        if fitting > share:
            surplus, share = found, fitting
        if share >= MOSTLY:
            break
    return {symbol: 1 - int(surplus[n]) for n, symbol in enumerate(symbols)}, share


def _guesses(counts: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Yield guesses at one less each symbol's arity: the least squares', which errors lead astray, then climbs."""
    squares = np.linalg.lstsq(counts, np.ones(len(counts)), rcond=None)[0]
    yield np.clip(np.round(squares), SURPLUSES.min(), SURPLUSES.max())
    for beginning in range(BEGINNINGS):
        yield _climbed(counts, np.random.default_rng(beginning))


def _climbed(counts: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.float64]:
    """Return one less each symbol's arity, changed one at a time for as long as more sentences sum to 1, or nearer."""
    found: NDArray[np.float64] = generator.choice(SURPLUSES, counts.shape[1])
    reached = -1.0
    for _ in range(SWEEPS):
        for symbol in generator.permutation(counts.shape[1]).tolist():
            rest = counts @ found - counts[:, symbol] * found[symbol] - 1.0
            off = np.abs(rest[:, None] + counts[:, symbol, None] * SURPLUSES)
            found[symbol] = SURPLUSES[(1.0 / (1.0 + off * off)).sum(axis=0).argmax()]
        score = float((1.0 / (1.0 + (counts @ found - 1.0) ** 2)).sum())
        if score <= reached:
            break
        reached = score
    return found
