"""Extending what was learned: new symbols from a few examples, all that is known staying as it is.

The search for meanings holds those of known symbols. The parser grows by the new labels: each first stands in trees as
that known label of its category does under which most examples come out right. Where more than exceptions do not, what
is the new labels' own is also trained from scratch, and nothing else, and the better parser is taken. So a sentence of
known symbols alone is read as it was before.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

from abduce.errors import DataError, UsageError
from abduce.parser.growing import grown, likened, train_only
from abduce.parser.signatures import Label
from abduce.reasoning.learning.answering import answer_of
from abduce.reasoning.learning.conventions import conventional
from abduce.reasoning.learning.corpus import Corpus
from abduce.reasoning.learning.lexicon import Lexicon
from abduce.reasoning.learning.loop import Grounding, Pairs
from abduce.reasoning.learning.primitives import Library
from abduce.reasoning.learning.reporting import Watch
from abduce.reasoning.learning.training import EPOCHS, Trainer, chosen, explain_all
from abduce.values import Basic, Tokens, Value, same_value

Sentences = Sequence[tuple[Tokens, Value]]
MOST_COMPARED = 300
"""On how many sentences the ways in which a new symbol may stand are compared."""
EXCEPTIONS = 0.03
"""To stand as a known symbol does is the shorter description: training has to explain more than this share more."""


@dataclass(frozen=True, slots=True, order=True)
class Standing:
    """How well sentences are read: how many are right, and how sure the parser is of those, in nats."""

    right: int
    certainty: float


def new_symbols(known: Iterable[str], pairs: Pairs, kind: Basic, expected: Basic) -> tuple[str, ...]:
    """Return the symbols of some pairs that a machine does not know yet, in alphabetical order.

    Args:
        known: The symbols that it knows.
        pairs: The pairs.
        kind: Type of their answers.
        expected: Type of the machine's answers.

    Raises:
        DataError: The answers are of another type.
        UsageError: There is no such symbol.
    """
    if kind is not expected:
        raise DataError(
            f"the machine to extend answers with values of type {expected}, these examples with {kind}; extend one "
            "that was trained on such answers, or train anew"
        )
    found = tuple(sorted({token for tokens, _ in pairs for token in tokens} - set(known)))
    if not found:
        raise UsageError(
            "no symbol in the examples is new to the machine, so there is nothing to extend it by; give examples that "
            "hold the new symbol"
        )
    return found


def with_symbols(
    old: Grounding, lexicon: Lexicon, library: Library, corpus: Corpus, seed: int, watch: Watch
) -> Grounding:
    """Return a grounding of a larger lexicon that reads sentences of known symbols as the old one does.

    Args:
        old: The grounding to start from.
        lexicon: The old meanings and new ones.
        library: The primitives that their programs call.
        corpus: Examples that hold the new symbols.
        seed: Seed of the weights that are new, and of training.
        watch: Polled and told.

    Raises:
        Stopped: The watch said so.
    """
    untrained = Grounding.of(lexicon, library, old.kind, seed)
    labels = [entry.label for entry in untrained.entries]
    grounding = replace(untrained, parser=grown(old.parser, labels, seed))
    new = [label for label in labels if label not in set(old.parser.inventory.labels)]
    sentences = [(pair.tokens, pair.target) for pair in corpus.pairs]
    compared = sentences[:: max(1, -(-len(sentences) // MOST_COMPARED))]
    standing = _liken(grounding, new, old.parser.inventory.labels, compared, watch)
    exceptions = EXCEPTIONS * len(compared)
    if len(compared) - standing.right <= exceptions:
        return grounding
    fresh = replace(untrained, parser=grown(old.parser, labels, seed))
    trained = _trained(fresh, new, corpus, seed, watch)
    return trained if _standing(trained, compared).right > standing.right + exceptions else grounding


def _liken(
    grounding: Grounding, new: Sequence[Label], old: Sequence[Label], sentences: Sentences, watch: Watch
) -> Standing:
    """Let each new label stand as that old one does under which most is right, in place; return how much that is."""
    parser = grounding.parser
    best = _standing(grounding, sentences)
    for label in new:
        models = [o for o in old if (o.form, o.signature) == (label.form, label.signature) and o.signature.arity]
        kept = deepcopy(parser.state_dict())
        for model in models:
            watch.poll()
            likened(parser, label, model)
            found = _standing(grounding, sentences)
            if found > best:
                best, kept = found, deepcopy(parser.state_dict())
        parser.load_state_dict(kept)
        share = best.right / max(1, len(sentences))
        watch.point("parser", len(grounding.lexicon), share)
        watch.tell("parser", 0, len(grounding.lexicon), share, f"how {label.symbol} stands among the others")
    return best


def _standing(grounding: Grounding, sentences: Sentences) -> Standing:
    """Return how well some sentences are read."""
    readable = [(s, target) for s, target in sentences if grounding.knows(s) and grounding.parser.fits(s)]
    best, totals = grounding.parser.best_with_partition([s for s, _ in readable], grounding.kind)
    certainties = [
        min(0.0, parse.score - total)
        for parse, total, (_, target) in zip(best, totals, readable, strict=True)
        if parse is not None and same_value(answer_of(parse, grounding.entries), target)
    ]
    return Standing(len(certainties), math.fsum(certainties))


def _trained(grounding: Grounding, new: Sequence[Label], corpus: Corpus, seed: int, watch: Watch) -> Grounding:
    """Return a grounding, what is the new labels' own having been trained on the trees that explain the answers."""
    inventory = grounding.parser.inventory
    explained = explain_all(corpus, chosen(corpus), grounding.chart(), inventory, watch.poll)
    if not explained:
        return grounding
    train_only(grounding.parser, new)
    trainer = Trainer(grounding.parser, conventional(explained, inventory), seed, decay=0.0)
    for epoch in range(EPOCHS):
        watch.poll()
        loss = trainer.epoch(epoch)
        watch.tell("parser", epoch + 1, len(grounding.lexicon), None, f"epoch {epoch + 1}, loss {loss:.4f}")
    return grounding
