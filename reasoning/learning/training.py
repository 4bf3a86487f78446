"""Training the neural parser from abduced trees: the posterior over trees that yield the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch

from abduce.parser.model import NeuralParser, Parse
from abduce.parser.scorers import Inventory
from abduce.reasoning.learning.abduction import Derivation, explanations
from abduce.reasoning.learning.corpus import Corpus
from abduce.reasoning.learning.deduction import Chart
from abduce.reasoning.learning.lexicon import Entry
from abduce.values import Tokens, Value

MOST_SENTENCES = 1200
LONGEST_ENUMERATED = 14
BATCH = 64
EPOCHS = 10
RATE = 0.03
LAST_RATE = 0.002
DECAY = 1e-3


@dataclass(frozen=True, slots=True)
class Explained:
    """A sentence, its answer, and the trees that explain it; `exact` where these are all there are."""

    tokens: Tokens
    target: Value
    trees: tuple[Parse, ...]
    exact: bool


def as_parses(
    tokens: Tokens,
    trees: Iterable[Derivation],
    entries: Mapping[str, tuple[Entry, ...]],
    inventory: Inventory,
) -> tuple[Parse, ...]:
    """Return abduced trees as a parser has them: labels by their numbers in its inventory."""
    number = {label: n for n, label in enumerate(inventory.labels)}
    numbers = {token: [number[entry.label] for entry in entries[token]] for token in tokens}
    return tuple(
        Parse(
            tuple(numbers[tokens[arc.position]][arc.label] for arc in tree),
            tuple(arc.head for arc in tree),
            tuple(arc.slot for arc in tree),
        )
        for tree in trees
    )


def explain_all(
    corpus: Corpus,
    indexes: Sequence[int],
    chart: Chart,
    inventory: Inventory,
    poll: Callable[[], None] = lambda: None,
) -> list[Explained]:
    """Return the sentences among some that the lexicon explains, with their trees; `poll` is called between them."""
    found = []
    for index in indexes:
        poll()
        pair = corpus.pairs[index]
        if len(pair.tokens) > LONGEST_ENUMERATED:
            continue
        result = explanations(pair.tokens, corpus.kind, pair.target, chart)
        if result.trees:
            trees = as_parses(pair.tokens, result.trees, chart.entries, inventory)
            found.append(Explained(pair.tokens, pair.target, trees, result.exact))
    return found


def restricted(explained: Sequence[Explained], kept: Sequence[Sequence[int]]) -> list[Explained]:
    """Return the sentences with some of their trees, by number."""
    return [
        replace(one, trees=tuple(one.trees[n] for n in numbers)) for one, numbers in zip(explained, kept, strict=True)
    ]


def chosen(corpus: Corpus, count: int = MOST_SENTENCES) -> list[int]:
    """Return the examples to train the parser on: the shortest half of the quota, the rest spread over all."""
    total = len(corpus.pairs)
    if total <= count:
        return list(range(total))
    half = count // 2
    step = (total - half) / (count - half)
    return [*range(half), *(half + int(n * step) for n in range(count - half))]


class Trainer:
    """Minimises the parser's loss on explained sentences, an epoch at a time; `decay` is that of the weights."""

    def __init__(
        self, parser: NeuralParser, explained: Sequence[Explained], seed: int, *, decay: float = DECAY
    ) -> None:
        self.parser = parser
        self.explained = explained
        self.seed = seed
        self.optimiser = torch.optim.AdamW(parser.parameters(), lr=RATE, weight_decay=decay)

    def epoch(self, number: int) -> float:
        """Go once through the sentences in an order drawn from the seed and the epoch; return the mean loss."""
        generator = torch.Generator().manual_seed(self.seed * 7919 + number)
        for group in self.optimiser.param_groups:
            group["lr"] = RATE * (LAST_RATE / RATE) ** min(1.0, number / (EPOCHS - 1))
        self.parser.scorer.generator.manual_seed(self.seed * 104729 + number)
        self.parser.train()
        losses = []
        for members in _buckets(self.explained, generator):
            loss = self.parser.loss(
                [self.explained[m].tokens for m in members], [self.explained[m].trees for m in members]
            )
            self.optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self.parser.parameters(), 5.0)
            self.optimiser.step()
            losses.append(float(loss.detach()))
        self.parser.eval()
        return sum(losses) / max(1, len(losses))


def _buckets(explained: Sequence[Explained], generator: torch.Generator) -> list[list[int]]:
    """Return mini-batches of sentences of like length, in a random order."""
    shuffled = torch.randperm(len(explained), generator=generator).tolist()
    by_length: dict[int, list[int]] = {}
    for member in shuffled:
        by_length.setdefault(len(explained[member].tokens), []).append(member)
    batches = [m[i : i + BATCH] for m in by_length.values() for i in range(0, len(m), BATCH)]
    return [batches[i] for i in torch.randperm(len(batches), generator=generator).tolist()]
