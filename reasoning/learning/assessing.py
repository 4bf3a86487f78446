"""What came of learning: how sure a machine may be of its answers, and a report on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from abduce.parser.model import Parse
from abduce.perception.calibration import Calibration
from abduce.perception.reading import ImagePerception
from abduce.reasoning.learning.corpus import Corpus
from abduce.reasoning.learning.loop import Grounding, Verdict, check, learned_from, with_evidence
from abduce.reasoning.learning.noise import reliability, support
from abduce.reasoning.learning.predicting import Predictor, Sentences
from abduce.reasoning.learning.reporting import Report, Watch
from abduce.values import Example, same_value

LEAST_CALIBRATED = 200
MOSTLY_RIGHT = 0.5
SHARPNESSES = (1.0, 1.5, 2.0, 3.0)
"""How much more than the parser perception may count, where the two decide together."""


def assessed(
    predictor: Predictor, corpus: Corpus, held_out: Sequence[Example], watch: Watch
) -> tuple[Predictor, Report]:
    """Return a predictor that knows how sure it may be, and the report on it.

    Args:
        predictor: Grounding and perception, as learned.
        corpus: What it was learned from.
        held_out: Examples that were held out: as tokens, or where the perception is of images as these.
        watch: Told of the progress.
    """
    grounding = predictor.grounding
    if not grounding.entries:
        curve = tuple(watch.curve)
        return predictor, Report(True, not_learned=corpus.vocabulary, noise=None, train_count=watch.total, curve=curve)
    verdict = check(grounding, corpus)
    sees = isinstance(predictor.perception, ImagePerception)
    outside: Sentences = [(e.inputs, e.target) for e in held_out]
    doubt = None
    if sees:
        predictor, outside = _sharpened(predictor, predictor.sentences(held_out))
        doubt = _doubt(predictor, outside)
    right = grounding.right(outside) if outside else []
    accuracy = sum(right) / len(right) if right else None
    known = _trusting(predictor, corpus, verdict)
    known = replace(known, calibration=_calibration(known, corpus, outside, verdict.noise))
    lexicon = known.grounding.lexicon
    not_learned = tuple(sorted({*(s for s in corpus.vocabulary if s not in lexicon), *verdict.suspects}))
    learned = not not_learned and learned_from(corpus, verdict, accuracy, len(right), doubt=doubt or 0.0)
    if not learned:
        failing = {s for s, (share, n) in verdict.shares.items() if n and share < MOSTLY_RIGHT}
        not_learned = tuple(sorted({*not_learned, *failing}))
    watch.point("checking", len(lexicon), verdict.explained, accuracy)
    watch.tell("checking", 1, len(lexicon), verdict.explained, "checked on training and held-out pairs")
    return known, Report(
        True,
        learned=learned,
        not_learned=not_learned,
        explained=verdict.explained,
        held_out_accuracy=accuracy,
        noise=verdict.noise,
        doubt=doubt,
        train_count=watch.total,
        parameters=_parameters(predictor),
        curve=tuple(watch.curve),
    )


def _trusting(predictor: Predictor, corpus: Corpus, verdict: Verdict) -> Predictor:
    """Return the predictor with the evidence for each meaning, and how far each symbol is to be relied on."""
    lexicon = with_evidence(predictor.grounding, corpus, verdict.shares)
    reliable = {symbol: reliability(share, n, verdict.noise) for symbol, (share, n) in verdict.shares.items()}
    supported = {
        symbol: min(support(meaning.evidence, verdict.noise) for meaning in meanings)
        for symbol, meanings in lexicon.items()
        if symbol in corpus.by_symbol
    }
    return replace(
        predictor,
        grounding=replace(predictor.grounding, lexicon=lexicon),
        reliability=dict.fromkeys(lexicon, 1.0) | reliable,
        support=dict.fromkeys(lexicon, 1.0) | supported,
    )


def _sharpened(predictor: Predictor, sentences: Sentences) -> tuple[Predictor, Sentences]:
    """Choose how much perception counts by how many sentences come out right; return the sentences with that."""

    def scaled(by: float) -> Sentences:
        return [(tuple(tuple((s, p * by) for s, p in row) for row in rows), target) for rows, target in sentences]

    right = {by: sum(predictor.grounding.right(scaled(by))) for by in SHARPNESSES}
    best = max(SHARPNESSES, key=lambda by: right[by])
    return replace(predictor, sharpness=best), scaled(best)


def _doubt(predictor: Predictor, sentences: Sentences) -> float:
    """Return how likely some symbol is another than what it is taken for, the mean of sentences."""
    grounding, sharpness = predictor.grounding, predictor.sharpness
    shares = [
        0.0 if parse is None else math.exp(sum(map(_log_prob, sentence, _symbols(grounding, parse))) / sharpness)
        for (sentence, _), parse in zip(sentences, grounding.parses([s for s, _ in sentences]), strict=True)
    ]
    return 1.0 - sum(shares) / max(1, len(shares))


def _symbols(grounding: Grounding, parse: Parse) -> list[str]:
    return [grounding.entries[n].label.symbol for n in parse.labels]


def _log_prob(options: Sequence[tuple[str, float]], symbol: str) -> float:
    return dict(options)[symbol]


def _calibration(predictor: Predictor, corpus: Corpus, held_out: Sentences, noise: float) -> Calibration:
    """Return the calibration fitted on the held-out pairs; where these are few, on training pairs beside them."""
    missing = max(0, LEAST_CALIBRATED - len(held_out))
    seen = corpus.pairs[:: max(1, -(-len(corpus.pairs) // missing))] if missing else ()
    sample = [*held_out, *((pair.tokens, pair.target) for pair in seen)]
    grounding = predictor.grounding
    sample = [(one, target) for one, target in sample if grounding.knows(one) and grounding.parser.fits(one)]
    found = replace(predictor, calibration=Calibration()).answers([(one, ()) for one, _ in sample])
    scored = [(p.confidence, same_value(p.value, t)) for p, (_, t) in zip(found, sample, strict=True) if p.tree]
    return Calibration.fit([s for s, _ in scored], [ok for _, ok in scored], noise=noise)


def _parameters(predictor: Predictor) -> int:
    parser = sum(weight.numel() for weight in predictor.grounding.parser.parameters())
    perception = predictor.perception
    return parser + (perception.encoder.parameters if isinstance(perception, ImagePerception) else 0)
