"""Fillers: symbols that only ever stand where a program ignores its argument are marks, as closing brackets are."""

from __future__ import annotations

from collections import Counter

from abduce.reasoning.learning.abduction import Derivation, explanations
from abduce.reasoning.learning.lexicon import ignored_arguments, mark, with_mark
from abduce.reasoning.learning.search import MOST_MEANINGS, Searcher

FILLED = 0.8
"""Share of an argument's occurrences that marks must fill, and of a mark's that must fill it."""
EXCEPTIONS = 0.03
"""Share of the examples that may be left unexplained: misread ones."""


def mark_fillers(searcher: Searcher) -> None:
    """Take symbols that only ever stand where a program ignores its argument for what they are: marks."""
    for symbol in sorted(s for s in searcher.free() if s):
        places = [(n, slot) for n, held in enumerate(searcher.lexicon[symbol]) for slot in ignored_arguments(held)]
        for sense, slot in reversed(places):
            fillers = _fillers(searcher, symbol, sense, slot)
            if 0 < len(fillers) <= MOST_MEANINGS:
                _take_as_marks(searcher, symbol, sense, slot, fillers)


def _fillers(searcher: Searcher, symbol: str, sense: int, slot: int) -> tuple[str, ...]:
    """Return the single symbols that mostly fill an argument and stand hardly anywhere else, or none."""
    fillings: Counter[str | None] = Counter()
    for index in searcher.reviewed(symbol):
        ways = [_filling(searcher, index, tree, symbol, sense, slot) for tree in _trees(searcher, index)]
        if ways:
            fewest = min(way.count(None) for way in ways)
            fillings.update(next(way for way in ways if way.count(None) == fewest))
    free = (filler for filler in fillings if filler and filler not in searcher.held)
    found = sorted(filler for filler in free if _stands_there(searcher, filler, symbol, sense, slot) >= FILLED)
    return tuple(found) if sum(fillings[s] for s in found) >= FILLED * fillings.total() else ()


def _stands_there(searcher: Searcher, filler: str, symbol: str, sense: int, slot: int) -> float:
    """Return the share of a symbol's examples in which it only fills some argument."""
    found = [
        any(_filling(searcher, i, tree, symbol, sense, slot).count(filler) == tokens.count(filler) for tree in trees)
        for i in searcher.reviewed(filler)
        for tokens, trees in ((searcher.corpus.pairs[i].tokens, _trees(searcher, i)),)
        if trees
    ]
    return sum(found) / max(1, len(found))


def _trees(searcher: Searcher, index: int) -> tuple[Derivation, ...]:
    pair = searcher.corpus.pairs[index]
    return explanations(pair.tokens, searcher.corpus.kind, pair.target, searcher.chart).trees


def _filling(searcher: Searcher, index: int, tree: Derivation, symbol: str, sense: int, slot: int) -> list[str | None]:
    """Return what fills an argument of a symbol in a tree, None for more than a single symbol."""
    tokens = searcher.corpus.pairs[index].tokens
    heads = {arc.head for arc in tree}
    owners = {
        arc.position
        for arc in tree
        if tokens[arc.position] == symbol and searcher.chart.entries[symbol][arc.label].label.sense == sense
    }
    return [
        None if arc.position in heads else tokens[arc.position]
        for arc in tree
        if arc.head in owners and arc.slot == slot
    ]


def _take_as_marks(searcher: Searcher, symbol: str, sense: int, slot: int, fillers: tuple[str, ...]) -> None:
    """Change an argument to marks, unless that leaves more than exceptions unexplained."""
    before, explained, share = dict(searcher.lexicon), searcher.explained(), searcher.share(symbol)
    held = list(searcher.lexicon[symbol])
    held[sense : sense + 1] = [with_mark(held[sense], slot, filler) for filler in fillers]
    searcher.assign({symbol: tuple(held), **{filler: (mark(filler),) for filler in fillers}})
    if searcher.explained() < explained - EXCEPTIONS or searcher.share(symbol) < FILLED * share:
        searcher.replace(before)
