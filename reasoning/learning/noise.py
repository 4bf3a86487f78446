"""Noise: whether wrong answers are spread as chance spreads them, or keep to some words and so have a cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from math import log, sqrt

from abduce.values import Tokens

CHANCE = 1e-4
TELLING = 12
UNUSUAL = 2.0
DOUBT = 0.01

Sign = tuple[str, tuple[str, ...]]
"""What a sentence may have in common with others: the kind of thing, and the tokens concerned."""


def uneven(sentences: Sequence[Tokens], right: Sequence[bool], least: float = 0.0) -> list[tuple[str, ...]]:
    """Return the tokens, pairs of them, neighbours and ranges of length in which more goes wrong than chance allows.

    The likelihood ratio of "with and without them, errors are as frequent" bounds the chance, shared out over all that
    is looked at.

    Args:
        sentences: The sentences.
        right: For each whether the answer is right.
        least: How many more errors than expected there must be to matter, a share of the sentences.

    Returns:
        The tokens concerned; of a length none.
    """
    total, errors = len(right), len(right) - sum(right)
    if not 0 < errors < total:
        return []
    rate = errors / total
    wrong: Counter[Sign] = Counter()
    count: Counter[Sign] = Counter()
    lengths = sorted({len(tokens) for tokens in sentences})
    for tokens, ok in zip(sentences, right, strict=True):
        signs = tuple(dict.fromkeys((*_signs(tokens), *_ranges(len(tokens), lengths))))
        count.update(signs)
        if not ok:
            wrong.update(signs)
    found: list[tuple[str, ...]] = []
    for sign, bad in wrong.items():
        n = count[sign]
        ratio = n * _divergence(bad / n, rate)
        if n < total:
            ratio += (total - n) * _divergence((errors - bad) / (total - n), rate)
        if bad - rate * n > least * total and ratio > log(len(count) / CHANCE):
            found.append(sign[1])
    return found


def looks_random(sentences: Sequence[Tokens], right: Sequence[bool]) -> bool:
    """Whether there are errors enough to say how they are spread, and they are spread as chance spreads them."""
    return len(right) - sum(right) >= TELLING and not uneven(sentences, right)


def reliability(share: float, count: int, noise: float) -> float:
    """Return how far answers with a symbol can be relied upon: wholly, unless more go wrong than noise explains.

    Args:
        share: Share of the training pairs with the symbol that come out right.
        count: How many there are.
        noise: Estimated share of wrong answers among all.
    """
    wrong = 1.0 - share
    if wrong <= noise + UNUSUAL * sqrt(noise * (1.0 - noise) / max(count, 1)):
        return 1.0
    return min(1.0, (share * count + 1.0) / (count + 1.5) / (1.0 - min(noise, 0.9)))


def support(evidence: int, noise: float) -> float:
    """Return how likely it is that not all of the pairs that speak for a meaning are wrong ones."""
    return 1.0 - max(noise, DOUBT) ** max(1, evidence)


def _signs(tokens: Tokens) -> Iterator[Sign]:
    present = sorted(set(tokens))
    for token in present:
        yield "token", (token,)
    for pair in combinations(present, 2):
        yield "pair", pair
    for first, second in pairwise(("", *tokens, "")):
        yield f"neighbours {first} {second}", tuple(token for token in (first, second) if token)


def _ranges(length: int, lengths: Sequence[int]) -> Iterator[Sign]:
    """Yield the ranges of length that a sentence is in, each with one end."""
    for bound in lengths:
        yield f"{'at most' if length <= bound else 'more than'} {bound}", ()


def _divergence(share: float, rate: float) -> float:
    """Return the Kullback-Leibler divergence of two coins, in nats."""
    heads = share * log(share / rate) if share else 0.0
    tails = (1.0 - share) * log((1.0 - share) / (1.0 - rate)) if share < 1.0 else 0.0
    return heads + tails
