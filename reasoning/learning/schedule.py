"""The order of the search for a lexicon: restarts, juxtaposition, several meanings; each step can be resumed.

First every symbol gets one meaning. If something stays unexplained, some symbols may get two; a silent connective
between neighbours is tried; then one meaning again, from other footholds. If something still is, symbols get several
meanings from larger programs. At last all is tidied. The lexicon of least description length is kept throughout. Of
those that give the same answers the one is taken under which the sentences themselves are shortest to write down.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from abduce.reasoning.learning.fillers import mark_fillers
from abduce.reasoning.learning.footholds import Meanings, joiners
from abduce.reasoning.learning.lexicon import SILENT, lexicon_from_plain, lexicon_to_plain
from abduce.reasoning.learning.rivals import Bench, preferred
from abduce.reasoning.learning.search import MOST_MEANINGS, Searcher
from abduce.reasoning.learning.second_thoughts import reconsider
from abduce.reasoning.learning.training import MOST_SENTENCES
from abduce.values import Basic

RESTARTS = 16
RETRIES = 4
BETTER = 0.01
LESS = 0.005
MOSTLY = 0.5
ENOUGH = 0.75
WHOLLY = 0.999
MEANINGS = ((2, 0), *((most, 1) for most in range(1, MOST_MEANINGS + 1)))
"""How many meanings a symbol may get, and how large programs are looked at, step by step."""
LAST = ("tidying", "rivals", "done")


@dataclass(frozen=True, slots=True)
class SearchState:
    """How far the search has come; all that is needed to go on from here.

    Attributes:
        phase: `restarts`, `early joiners`, `early meanings`, `joiners`, `meanings`, `tidying`,
            `rivals` or `done`.
        queue: Phases to come before the restarts go on.
        reach: Largest share of the examples looked at that a whole lexicon explained.
        widest: That lexicon, where it is not the best.
        step: Number of the next step within the phase.
        bits: Description length of the best lexicon so far.
        lexicon: That lexicon.
        barred: Symbols that the next restart must not take a foothold on.
    """

    phase: str = "restarts"
    step: int = 0
    bits: float = float("inf")
    lexicon: Meanings = field(default_factory=dict)
    barred: tuple[str, ...] = ()
    queue: tuple[str, ...] = ()
    reach: float = 0.0
    widest: Meanings = field(default_factory=dict)

    def to_plain(self) -> dict[str, Any]:
        """Return the progress as plain data, for files."""
        return {
            "phase": self.phase,
            "step": self.step,
            "bits": self.bits,
            "lexicon": lexicon_to_plain(self.lexicon),
            "barred": list(self.barred),
            "queue": list(self.queue),
            "reach": self.reach,
            "widest": lexicon_to_plain(self.widest),
        }

    @classmethod
    def from_plain(cls, data: dict[str, Any]) -> SearchState:
        """Read back what `to_plain` wrote."""
        lexicon, widest = lexicon_from_plain(data["lexicon"]), lexicon_from_plain(data.get("widest", {}))
        barred, queue = tuple(data["barred"]), tuple(data.get("queue", ()))
        return cls(data["phase"], data["step"], data["bits"], lexicon, barred, queue, data.get("reach", 0.0), widest)

    def next(self) -> SearchState:
        """Return the progress at the beginning of the next phase in the queue, or of the next restart."""
        if self.queue:
            return replace(self, phase=self.queue[0], step=0, queue=self.queue[1:])
        return replace(self, phase="restarts", step=1)


def search(searcher: Searcher, progress: SearchState) -> Iterator[SearchState]:
    """Go on from some progress, yielding what has been reached after each step, up to the phase `done`."""
    steps = {
        "restarts": _restart,
        "early joiners": _join,
        "early meanings": _double,
        "joiners": _join,
        "meanings": _multiply,
        "tidying": _tidy,
        "rivals": _compare,
    }
    while progress.phase != "done":
        before = progress
        progress = steps[progress.phase](searcher, progress)
        if progress.phase not in LAST and progress.bits < before.bits:
            searcher.replace(progress.lexicon)
            if searcher.looks_noisy():
                progress = replace(progress, phase="tidying", step=0)
        yield progress
    searcher.replace(progress.lexicon)


def _restart(searcher: Searcher, progress: SearchState) -> SearchState:
    """Settle with one meaning a symbol, some symbols being barred from footholds."""
    searcher.replace({})
    searcher.begin(progress.step, progress.barred)
    if not progress.step and _few_alone(searcher):
        searcher.anchor_jointly()
    searcher.settle(1)
    while _retry(searcher, 1, 0):
        pass
    done = replace(_better(searcher, progress), step=progress.step + 1)
    if _complete(searcher):
        return replace(done, phase="tidying", step=0)
    # truth values: each restart takes another order of what is compared, and many come out right by chance
    ordering = searcher.corpus.kind is Basic.BOOL and bool(searcher.footholds)
    settled = not searcher.unknown and (searcher.explained() == 1.0 or not (ordering or searcher.doubtful()))
    if done.step == RESTARTS or settled or not searcher.footholds:
        return replace(done, **_after_restarts(searcher), barred=())
    draw = random.Random(progress.step)
    again = () if ordering else tuple(s for s in sorted(searcher.footholds) if draw.random() < 0.5)
    done = replace(done, barred=again)
    if progress.step:
        return done
    early = ("early meanings",) if searcher.held else ("early meanings", "early joiners")
    return replace(done, queue=early if searcher.explained() >= MOSTLY else early[::-1]).next()


def _after_restarts(searcher: Searcher) -> dict[str, Any]:
    """Return the phase to go on with: where some meanings are held, what they say about neighbours is held as well."""
    return {"phase": "meanings", "step": 1} if searcher.held else {"phase": "joiners", "step": 0}


def _join(searcher: Searcher, progress: SearchState) -> SearchState:
    """Try one silent connective, the symbols in doubt being learned anew with it."""
    searcher.begin(progress.step)
    options = joiners(searcher.corpus.kind, searcher.library)
    searcher.replace(progress.lexicon)
    doubtful = [s for s in searcher.lexicon if searcher.share(s) < WHOLLY]
    searcher.assign({SILENT: options[progress.step][SILENT], **{symbol: () for symbol in doubtful}})
    searcher.settle(1)
    while _retry(searcher, 1, 0):
        pass
    done = replace(_better(searcher, progress), step=progress.step + 1)
    if done.bits < progress.bits and _explains_all(searcher):
        return replace(done, phase="tidying", step=0)
    mostly = done.bits < progress.bits and not searcher.unknown and searcher.explained() >= ENOUGH
    if done.step < len(options) and not mostly:
        return done
    return done.next() if progress.phase == "early joiners" else replace(done, phase="meanings", step=0)


def _double(searcher: Searcher, progress: SearchState) -> SearchState:
    """Allow two meanings for a symbol, without a silent connective; where most need two, something else is amiss."""
    searcher.begin(progress.step)
    searcher.replace({symbol: meanings for symbol, meanings in progress.lexicon.items() if symbol != SILENT})
    searcher.settle(2, effort=1)
    while _retry(searcher, 2, 1):
        pass
    done = _better(searcher, progress)
    several = sum(len(meanings) > 1 for meanings in searcher.lexicon.values())
    if done.bits < progress.bits and _explains_all(searcher) and several <= len(searcher.lexicon) / 2:
        return replace(done, phase="tidying", step=0)
    return done.next()


def _multiply(searcher: Searcher, progress: SearchState) -> SearchState:
    """Allow two meanings for a symbol; then look at larger programs, with more and more meanings."""
    most, effort = MEANINGS[progress.step]
    searcher.begin(progress.step)
    searcher.replace(progress.lexicon)
    searcher.settle(most, effort)
    for _ in range(RETRIES):
        if not _retry(searcher, most, effort):
            break
    done = replace(_better(searcher, progress), step=progress.step + 1)
    if _complete(searcher) or (most > 1 and _explains_all(searcher)) or done.step == len(MEANINGS):
        return replace(done, phase="tidying", step=0)
    return done


def _tidy(searcher: Searcher, progress: SearchState) -> SearchState:
    """Shorten what was learned when less was known; do without the silent connective where one can."""
    searcher.begin(progress.step)
    searcher.replace(progress.lexicon)
    if SILENT in progress.lexicon and SILENT not in searcher.held:
        explained, shares = searcher.explained(), {s: searcher.share(s) for s in searcher.lexicon}
        searcher.assign({SILENT: ()})
        searcher.assign({s: () for s, share in shares.items() if s and searcher.share(s) < share - LESS})
        searcher.settle(1, footholds=False)
        if searcher.explained() >= explained - LESS and not searcher.unknown:
            progress = replace(progress, bits=searcher.total_bits(), lexicon=dict(searcher.lexicon))
        searcher.replace(progress.lexicon)
    reconsider(searcher)
    searcher.tidy(0)
    progress = _better(searcher, progress)
    searcher.replace(progress.lexicon)
    mark_fillers(searcher)
    done = replace(progress, bits=searcher.total_bits(), lexicon=dict(searcher.lexicon))
    return replace(done, phase="rivals", step=0)


def _compare(searcher: Searcher, progress: SearchState) -> SearchState:
    """Take of the lexicons that give the same answers the one under which the sentences are shortest to write down."""
    if searcher.held:
        return replace(progress, phase="done", step=0)
    bench = Bench(searcher.corpus, searcher.library, searcher.watch)
    found = [preferred(lexicon, bench) for lexicon in (progress.lexicon, progress.widest) if lexicon]
    if len(found) > 1:  # a rare second meaning shows on all sentences only
        whole = Bench(searcher.corpus, searcher.library, searcher.watch, MOST_SENTENCES)
        found.sort(key=lambda lexicon: whole.standing(lexicon).bits)
    return replace(progress, lexicon=found[0] if found else {}, phase="done", step=0)


def _few_alone(searcher: Searcher) -> bool:
    """Whether most symbols never stand by themselves."""
    alone = {pair.tokens[0] for pair in searcher.corpus.pairs if len(pair.tokens) == 1}
    return len(alone) < MOSTLY * len(searcher.corpus.vocabulary)


def _complete(searcher: Searcher) -> bool:
    return not searcher.unknown and searcher.explained() == 1.0 and not searcher.doubtful()


def _explains_all(searcher: Searcher) -> bool:
    """Whether every symbol is known and all that was looked at is explained, with however many meanings."""
    if searcher.unknown or searcher.explained() < 1.0:
        return False
    return all(searcher.share(symbol) >= WHOLLY for symbol in searcher.lexicon)


def _better(searcher: Searcher, progress: SearchState) -> SearchState:
    """Keep a lexicon if it is the shortest so far, or explains most.

    What makes sentences ambiguous counts against a lexicon here as if nobody could learn to tell its trees apart.
    """
    bits, reach = searcher.total_bits(), 0.0 if searcher.unknown else searcher.explained()
    if bits < progress.bits - BETTER:
        widest = {} if reach >= progress.reach - LESS else progress.widest or progress.lexicon
        reach = reach if not widest else progress.reach
        return replace(progress, bits=bits, lexicon=dict(searcher.lexicon), widest=widest, reach=reach)
    if reach > progress.reach + LESS:
        return replace(progress, widest=dict(searcher.lexicon), reach=reach)
    return progress


def _retry(searcher: Searcher, most: int, effort: int) -> bool:
    """Forget what is doubtful and learn it anew; keep the result if it is better, and say whether."""
    doubtful, before, bits = searcher.doubtful(), dict(searcher.lexicon), searcher.total_bits()
    if not doubtful:
        return False
    searcher.assign({symbol: () for symbol in doubtful})
    searcher.settle(most, effort)
    if searcher.total_bits() < bits - BETTER:
        return True
    searcher.replace(before)
    return False
