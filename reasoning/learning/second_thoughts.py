"""Second thoughts about symbols with several meanings: what many need two for may be one more of their neighbour.

`twice` and `thrice`, each with a second meaning for what ends in `right`, are `twice` and `thrice` of what `right`
makes of it. A lexicon is changed where it gets shorter by that, both by itself and together with the answers under it,
and explains no less.
"""

from __future__ import annotations

from dataclasses import dataclass

from abduce.reasoning.learning.lexicon import Meaning, mark
from abduce.reasoning.learning.search import MOST_MEANINGS, Proposal, Searcher
from abduce.values import MarkType

BETTER = 0.01


@dataclass(frozen=True, slots=True)
class Standing:
    """How good a lexicon is.

    Attributes:
        explained: Share of the examples looked at that some tree explains.
        own: Its description length.
        whole: That of it and of the answers under it.
    """

    explained: float
    own: float
    whole: float

    @classmethod
    def of(cls, searcher: Searcher) -> Standing:
        return cls(searcher.explained(), searcher.lexicon_bits(), searcher.total_bits())

    def beats(self, other: Standing) -> bool:
        shorter = self.own < other.own - BETTER and self.whole < other.whole - BETTER
        return shorter and self.explained >= other.explained


def reconsider(searcher: Searcher) -> None:
    """Change the lexicon of a searcher where it gets shorter."""
    for symbol in sorted(s for s in searcher.free() if any(m.is_mark for m in searcher.lexicon[s])):
        _beside_the_mark(searcher, symbol)
    for symbol in sorted(searcher.free()):
        _first_in_turn(searcher, symbol)


def _beside_the_mark(searcher: Searcher, symbol: str) -> None:
    """Give a mark a meaning of its own in the place of the further meanings that other symbols have with it."""
    kept = {s: tuple(m for m in searcher.lexicon[s] if not _takes(m, symbol)) for s in searcher.free()}
    fewer = {s: meanings for s, meanings in kept.items() if meanings and meanings != searcher.lexicon[s]}
    if not fewer:
        return
    before, standing = dict(searcher.lexicon), Standing.of(searcher)
    shares, indexes = {s: searcher.share(s) for s in fewer}, searcher.reviewed(symbol)
    searcher.assign(fewer)
    found = searcher.further(symbol, indexes)
    if found is not None:
        _take(searcher, found)
        searcher.assign({s: before[s] for s in fewer if searcher.share(s) < shares[s]})
    if found is None or not Standing.of(searcher).beats(standing):
        searcher.replace(before)


def _first_in_turn(searcher: Searcher, symbol: str) -> None:
    """Where several symbols have several meanings, learn the further ones anew, those of one symbol first.

    Where most symbols have several, something else is amiss, and another order only hides it.
    """
    several = [s for s in searcher.free() if len(searcher.lexicon[s]) > 1]
    if not 2 <= len(several) <= len(searcher.lexicon) / 2 or not symbol:
        return
    before, standing = dict(searcher.lexicon), Standing.of(searcher)
    searcher.assign({s: before[s][:1] for s in several})
    found = searcher.propose(symbol, searcher.reviewed(symbol), MOST_MEANINGS)
    if found is not None and len(found.meanings) > 1:
        _take(searcher, found)
        searcher.settle(MOST_MEANINGS, footholds=False)
        if not searcher.unknown and Standing.of(searcher).beats(standing):
            return
    searcher.replace(before)


def _take(searcher: Searcher, proposal: Proposal) -> None:
    searcher.assign({proposal.symbol: proposal.meanings, **{m: (mark(m),) for m in proposal.marks}})


def _takes(meaning: Meaning, symbol: str) -> bool:
    return MarkType(symbol) in (*meaning.signature.left, *meaning.signature.right)
