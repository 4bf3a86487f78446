"""Learning to see: from sequences of images and their answers alone to a network that reads symbols.

Images alike are clustered, and the language is first learned from the sequences whose clusters are beyond doubt. From
then on each answer says, through the posterior over symbols and trees, what its images may be; the network is trained
on what they are expected to be, and reads them anew. Symbols that the language cannot tell apart are one.

Source:
    Expectation maximisation with the symbols as what is hidden: A. Dempster, N. Laird & D. Rubin, JRSS B 39(1), 1977.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import log
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from abduce.errors import DataError
from abduce.perception.clustering import MOST_SYMBOLS, cluster
from abduce.perception.contexts import Contexts, settled
from abduce.perception.contexts import divided as context_divided
from abduce.perception.encoders import ImageEncoder, Schedule
from abduce.perception.images import Images
from abduce.perception.pools import content_of
from abduce.perception.reading import ImagePerception
from abduce.perception.symbols import Vocabulary
from abduce.reasoning.learning.corpus import Corpus
from abduce.reasoning.learning.lexicon import Lexicon
from abduce.reasoning.learning.loop import HELD_OUT, MOST_HELD_OUT, Grounding, learn_lexicon, train_parser
from abduce.reasoning.learning.primitives import Library
from abduce.reasoning.learning.reporting import Watch
from abduce.reasoning.learning.synonyms import merged, synonyms, unmixed
from abduce.reasoning.learning.uncertain import Abducer, Beliefs, Uncertain
from abduce.values import Basic, Example, Tokens, Value

CERTAIN = (0.9, 0.75, 0.5)
"""How likely all symbols of a sequence must be right for the language to be learned from it; the first that gives
enough sequences."""
ENOUGH = 400
RARE = 24
"""Sequences that each symbol should occur in, where there are so many that are halfway certain."""
HALFWAY = 0.5
LONGEST = 11
MOST_SEQUENCES = 8000
ROUNDS = ((48_000, 1), (72_000, 1), (120_000, 1), (240_000, 5))
"""For each round the images that a network is shown, counting each as often as it is shown, and how many networks.
Several begin anew; one goes on where it was, as long as the symbols are the same."""
MOST_EPOCHS = 60
BEYOND_DOUBT = 0.9
"""How likely a symbol must be, given the answer, to be taken for certain."""
HELD_OUT_EVERY = 20
DOUBT = 0.03
LEAST_IMAGES = 2.0
"""Expected images under which a cluster is dropped."""
LEAST_PROBABILITY = 1e-3
MOST_OPTIONS = 5
AT_ONCE = 200

Places: TypeAlias = NDArray[np.int64]
"""Places in a pool of the images of one sequence."""
Parts: TypeAlias = Mapping[str, tuple[str, ...]]
"""For a symbol those that take its place: the first of its synonyms, or of a mixture all that it holds."""


@dataclass(frozen=True, slots=True)
class Sequences:
    """Sequences of images with their answers.

    Attributes:
        images: The different images, normalised.
        places: For each sequence its images.
        targets: The answers.
        ground: Grey level of the ground that the images share, if they do.
    """

    images: Images
    places: Sequence[Places]
    targets: Sequence[Value]
    ground: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What is believed of the images.

    Attributes:
        vocabulary: The symbols there may be.
        log_probs: For each image those of the symbols, `(images, symbols)` nats.
    """

    vocabulary: Vocabulary
    log_probs: NDArray[np.floating]

    def tokens(self, places: Places) -> Tokens:
        """Return the likeliest symbol of each image by itself."""
        return tuple(self.vocabulary.symbols[k] for k in self.log_probs[places].argmax(1).tolist())

    def certainty(self, places: Places) -> float:
        """Return how likely it is that all of these are right."""
        return float(np.exp(self.log_probs[places].max(1).sum()))

    def options(self, places: Places, known: Mapping[str, Any]) -> Uncertain | None:
        """Return for each image the known symbols it may be, None where there is none for one of them."""
        rows = []
        for row in self.log_probs[places]:
            likeliest = np.argsort(-row, kind="stable")[:MOST_OPTIONS].tolist()
            found = [(self.vocabulary.symbols[k], float(row[k])) for k in likeliest if row[k] > log(LEAST_PROBABILITY)]
            found = [(symbol, p) for symbol, p in found if symbol in known]
            if not found:
                return None
            rows.append(found)
        return rows

    def doubted(self) -> Reading:
        """Return the reading with a little of every other symbol in each image: nothing is beyond doubt."""
        mixed = (1.0 - DOUBT) * np.exp(self.log_probs) + DOUBT / len(self.vocabulary)
        return Reading(self.vocabulary, np.log(mixed))

    def merged(self, parts: Parts) -> Reading:
        """Return the reading with each symbol's images among those of the symbols that take its place."""
        taken = [parts.get(symbol, (symbol,)) for symbol in self.vocabulary.symbols]
        new = tuple(dict.fromkeys(part for one in taken for part in one))
        table = np.zeros((len(self.vocabulary), len(new)))
        for place, one in enumerate(taken):
            for part in one:
                table[place, new.index(part)] = 1.0 / len(one)
        return Reading(Vocabulary(new), np.log(np.maximum(np.exp(self.log_probs) @ table, 1e-30)))


def certain_pairs(sequences: Sequences, reading: Reading) -> list[tuple[Tokens, Value]]:
    """Return the sequences that can be read with certainty, as symbols with their answers.

    Of symbols that are rare among them, the most certain others are added.
    """
    certainty = np.array([reading.certainty(places) for places in sequences.places])
    least = next((p for p in CERTAIN if (certainty >= p).sum() >= ENOUGH), CERTAIN[-1])
    order = np.argsort(-certainty, kind="stable").tolist()
    count: Counter[str] = Counter()
    found = []
    for index in order:
        tokens = reading.tokens(sequences.places[index])
        wanted = any(count[token] < RARE for token in tokens) and certainty[index] >= HALFWAY
        if certainty[index] >= least or wanted:
            count.update(set(tokens))
            found.append((tokens, sequences.targets[index]))
    return found


def see(
    sequences: Sequences, kind: Basic, library: Library, seed: int, watch: Watch, state: dict[str, Any] | None
) -> tuple[ImagePerception, list[tuple[Tokens, Value]]]:
    """Return a perception learned from sequences of images and their answers, and what these are found to be.

    The language is learned anew before each round, so that going on from a saved state comes to the same.

    Args:
        sequences: The training sequences.
        kind: Type of the answers.
        library: What programs may be built from.
        seed: Everything that is drawn is drawn from it.
        watch: Told of the progress.
        state: What was saved earlier, to go on from.

    Raises:
        DataError: There is nothing that symbols could be learned from.
        Stopped: The watch said so.
    """
    kept, held_out = _divided(len(sequences.images))
    seen = Seen.from_plain(state, sequences.images) if state else Seen(0, _clusters(sequences, seed, watch))
    for turn in range(seen.turn, len(ROUNDS)):
        language = Language.of(sequences, seen.reading, kind, library, seed, watch, grouped=seen.encoder is None)
        reading = seen.reading.merged(language.parts)
        believed = reading if seen.encoder else reading.doubted()
        found = abduced(sequences, believed, language.grounding, watch)
        if not found.explained:
            raise DataError(
                "no answer follows from what the images may be: give more images of each symbol, or answers"
            )
        watch.words = len(reading.vocabulary)
        shown, members = ROUNDS[turn]
        same = seen.encoder is not None and reading.vocabulary == seen.reading.vocabulary
        encoder = seen.encoder if seen.encoder and same and members == 1 else None
        encoder = encoder or ImageEncoder(len(reading.vocabulary), seed=seed, members=members)
        encoder.fit_to_posteriors(
            sequences.images[kept],
            found.counts[kept],
            schedule=Schedule(epochs=min(MOST_EPOCHS, -(-shown // len(kept)))),
            after_epoch=partial(_tell, watch, turn, len(language.grounding.lexicon), found.explained),
        )
        encoder.calibrate(sequences.images[held_out], found.counts[held_out])
        seen = Seen(turn + 1, Reading(reading.vocabulary, encoder.log_probs(sequences.images)), encoder)
        watch.point("symbols", len(language.grounding.lexicon), found.explained)
        done = f"round {turn + 1} of {len(ROUNDS)}: {len(reading.vocabulary)} symbols"
        watch.tell("symbols", turn + 1, len(language.grounding.lexicon), found.explained, done)
        watch.save(seen.to_plain())
    assert seen.encoder is not None
    language = Language.of(sequences, seen.reading, kind, library, seed, watch)
    parts = [language.parts.get(symbol, (symbol,)) for symbol in seen.reading.vocabulary.symbols]
    names = tuple(one[0] if len(one) == 1 else s for s, one in zip(seen.reading.vocabulary.symbols, parts, strict=True))
    reading = seen.reading.merged(language.parts)
    return ImagePerception(seen.encoder, names, sequences.ground), abduced(
        sequences, reading, language.grounding, watch
    ).pairs


@dataclass(frozen=True, slots=True)
class Seen:
    """How far learning to see has come.

    Attributes:
        turn: Number of the next round.
        reading: What is believed of the training images.
        encoder: The network, once there is one.
    """

    turn: int
    reading: Reading
    encoder: ImageEncoder | None = None

    def to_plain(self) -> dict[str, Any]:
        """Return the progress as tensors and plain data, for files."""
        assert self.encoder is not None
        symbols = list(self.reading.vocabulary.symbols)
        return {"stage": "symbols", "round": self.turn, "symbols": symbols, "encoder": self.encoder.state()}

    @classmethod
    def from_plain(cls, data: Mapping[str, Any], images: Images) -> Seen:
        """Read back what `to_plain` wrote."""
        encoder = ImageEncoder.from_state(data["encoder"])
        return cls(data["round"], Reading(Vocabulary(tuple(data["symbols"])), encoder.log_probs(images)), encoder)


def _clusters(sequences: Sequences, seed: int, watch: Watch) -> Reading:
    """Return what is believed of the images before anything is known but which look alike, and where they stand."""
    watch.tell("clusters", 0, 0, None, f"{len(sequences.images)} different images")
    looks = cluster(sequences.images, seed=seed).posteriors
    watch.poll()
    contexts = Contexts.of(sequences.places, len(sequences.images))
    found = settled(context_divided(looks, contexts, most=MOST_SYMBOLS, seed=seed), contexts)
    sizes = found.sum(axis=0)
    found = found[:, sizes >= min(LEAST_IMAGES, sizes.max())] + 1e-9
    names = Vocabulary(tuple(f"s{k + 1}" for k in range(found.shape[1])))
    return Reading(names, np.log(np.maximum(found / found.sum(axis=1, keepdims=True), 1e-30)))


@dataclass(frozen=True, slots=True)
class Language:
    """What the sequences that can be read with certainty mean.

    Attributes:
        grounding: Lexicon and trained parser.
        parts: What takes the place of symbols that are none of their own.
    """

    grounding: Grounding
    parts: Parts

    @classmethod
    def of(
        cls,
        sequences: Sequences,
        reading: Reading,
        kind: Basic,
        library: Library,
        seed: int,
        watch: Watch,
        *,
        grouped: bool = False,
    ) -> Language:
        """Learn it; where symbols are mere groups of what looks alike, take mixtures apart.

        Raises:
            DataError: Nothing can be read, or nothing learned from it.
            Stopped: The watch said so.
        """
        pairs = certain_pairs(sequences, reading)
        if not pairs:
            raise DataError(
                "no sequence of images can be read with any certainty: give more images of each symbol, or clearer ones"
            )
        lexicon: Lexicon = learn_lexicon(Corpus.of(pairs), library, {}, watch.unsaved(), None)
        names = synonyms(lexicon)
        different = merged(lexicon, names)
        pure, mixed = unmixed(different) if grouped else (different, {})
        grounding = Grounding.of(pure, library, kind, seed)
        if not grounding.entries:
            raise DataError("nothing can be learned from these images and answers: no symbol's meaning was found")
        renamed = [(tuple(names.get(token, token) for token in tokens), target) for tokens, target in pairs]
        readable = [pair for pair in renamed if mixed.keys().isdisjoint(pair[0])]
        train_parser(grounding, Corpus.of(readable or renamed), seed, watch.unsaved(), None)
        return cls(grounding, {symbol: mixed.get(name, (name,)) for symbol, name in names.items()})


@dataclass(frozen=True, slots=True)
class Abduced:
    """What the answers say about the images.

    Attributes:
        counts: How often each image is expected to stand for each symbol, `(images, symbols)`.
        pairs: The sequences of which no symbol is left in doubt, as symbols with their answers.
        explained: Share of the sequences looked at whose answer some reading yields.
    """

    counts: NDArray[np.float64]
    pairs: list[tuple[Tokens, Value]]
    explained: float


def abduced(sequences: Sequences, reading: Reading, grounding: Grounding, watch: Watch) -> Abduced:
    """Find out from their answers what the images of sequences are, under a machine and a reading.

    Sequences of at most `LONGEST` images are looked at (the shortest, where all are longer), not more than
    `MOST_SEQUENCES` of them.
    """
    longest = max(LONGEST, min(map(len, sequences.places)))
    short = [i for i, places in enumerate(sequences.places) if len(places) <= longest]
    chosen = short[:: max(1, -(-len(short) // MOST_SEQUENCES))]
    abducer = Abducer(grounding)
    found = Abduced(np.zeros(reading.log_probs.shape), [], 0.0)
    explained = 0
    for start in range(0, len(chosen), AT_ONCE):
        watch.poll()
        offered = [
            (i, reading.options(sequences.places[i], grounding.lexicon)) for i in chosen[start : start + AT_ONCE]
        ]
        readable = [(i, sentence) for i, sentence in offered if sentence is not None]
        beliefs = abducer.beliefs([sentence for _, sentence in readable], [sequences.targets[i] for i, _ in readable])
        for (i, sentence), belief in zip(readable, beliefs, strict=True):
            if belief is not None:
                explained += 1
                _count(sequences.places[i], sentence, belief, reading.vocabulary, found.counts)
                if all(max(shares) >= BEYOND_DOUBT for shares in belief.symbols):
                    tokens = tuple(
                        item[shares.index(max(shares))][0]
                        for item, shares in zip(sentence, belief.symbols, strict=True)
                    )
                    found.pairs.append((tokens, sequences.targets[i]))
    return Abduced(found.counts, found.pairs, explained / max(1, len(chosen)))


def _count(
    places: Places, sentence: Uncertain, belief: Beliefs, vocabulary: Vocabulary, counts: NDArray[np.float64]
) -> None:
    for place, options, shares in zip(places.tolist(), sentence, belief.symbols, strict=True):
        for (symbol, _), share in zip(options, shares, strict=True):
            column = vocabulary.index(symbol)
            assert column is not None
            counts[place, column] += share


def _tell(watch: Watch, turn: int, known: int, explained: float, done: int, of: int) -> None:
    watch.poll()
    watch.tell("symbols", turn, known, explained, f"round {turn + 1} of {len(ROUNDS)}: pass {done} of {of}")


def divided(examples: Sequence[Example], seed: int) -> tuple[list[Example], list[Example]]:
    """Return the examples to learn from and those held out, in an order that depends on their content alone."""
    contents = [content_of(example.inputs) + repr(example.target).encode() for example in examples]
    ordered = [examples[i] for i in sorted(range(len(examples)), key=contents.__getitem__)]
    out = set(random.Random(seed).sample(range(len(ordered)), min(MOST_HELD_OUT, round(HELD_OUT * len(ordered)))))
    return [e for i, e in enumerate(ordered) if i not in out], [e for i, e in enumerate(ordered) if i in out]


def _divided(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places of the images to train on, and of those to calibrate on."""
    places = np.arange(count)
    held_out = places % HELD_OUT_EVERY == HELD_OUT_EVERY - 1
    return places[~held_out], places[held_out] if held_out.any() else places
