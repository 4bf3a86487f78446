"""A rival that knows nothing of trees: an LSTM reads the input, another with attention writes the output.

Teacher forcing, Adam, batches of inputs of like length; the whole target goes through the decoder at once, attention
comes after it, so that as many pairs as possible are seen in the time given.

Source: M.-T. Luong et al., Effective approaches to attention-based neural machine translation, EMNLP 2015 (the dot
product as the score); sizes as in B. M. Lake and M. Baroni, Generalization without systematicity, ICML 2018.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from costs import peak_mb, warm_torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

Tokens = tuple[str, ...]
Pair = tuple[Tokens, Tokens]

PAD, START, END, UNKNOWN = range(4)
SPECIAL = 4
WIDTH = 128
BATCH = 64
POOL = 20
TEST_BATCH = 256
LEARNING_RATE = 3e-3
CLIPPED_AT = 5.0
LONGER = 1.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rival came to.

    Attributes:
        accuracy: Share of the tested inputs whose output is right as a whole, decoded greedily.
        tested: How many were tested.
        train_cpu_s: CPU seconds of training.
        test_cpu_s: CPU seconds of testing these.
        epochs: How often it has seen each training pair.
        loss: Mean loss per token over its last batches, in nats.
        parameters: How many weights it has.
        peak_mb: Most memory held.
    """

    accuracy: float
    tested: int
    train_cpu_s: float
    test_cpu_s: float
    epochs: float
    loss: float
    parameters: int
    peak_mb: float

    def plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def compete(train: Sequence[Pair], test: Sequence[Pair], cpu_s: float, *, sample: int, seed: int) -> Outcome:
    """Train a model for so many CPU seconds on one thread, and test it on a sample.

    Args:
        train: Pairs to learn from.
        test: Pairs to be tested on.
        cpu_s: How long to train; no step is begun after it.
        sample: How many test pairs to draw at most.
        seed: Of the weights, the batches and the sample.
    """
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    warm_torch()
    torch.manual_seed(seed)
    generator = random.Random(seed)
    inputs, outputs = Coder(words for words, _ in train), Coder(tokens for _, tokens in train)
    model = Seq2Seq(len(inputs), len(outputs))
    encoded = [(inputs.encode(words), outputs.encode(tokens, ends=True)) for words, tokens in train]
    started = time.process_time()
    seen, loss = _train(model, encoded, started + cpu_s, generator)
    trained = time.process_time()
    asked = generator.sample(list(test), min(sample, len(test)))
    longest = int(LONGER * max(len(tokens) for _, tokens in (*train, *asked))) + 1
    found = model.write([inputs.encode(words) for words, _ in asked], longest)
    right = sum(written == outputs.names(tokens) for written, (_, tokens) in zip(found, asked, strict=True))
    tested = time.process_time()
    weights = sum(weight.numel() for weight in model.parameters())
    return Outcome(
        right / len(asked),
        len(asked),
        round(trained - started, 3),
        round(tested - trained, 3),
        round(seen / len(train), 2),
        round(loss, 4),
        weights,
        peak_mb(),
    )


class Coder:
    """Numbers for tokens; those not seen in training share one number."""

    def __init__(self, sequences: Any) -> None:
        known = sorted({token for tokens in sequences for token in tokens})
        self.numbers = {token: SPECIAL + n for n, token in enumerate(known)}

    def __len__(self) -> int:
        return SPECIAL + len(self.numbers)

    def names(self, tokens: Tokens) -> list[int]:
        """Return the numbers of tokens."""
        return [self.numbers.get(token, UNKNOWN) for token in tokens]

    def encode(self, tokens: Tokens, *, ends: bool = False) -> Tensor:
        """Return the numbers as a tensor, between marks of start and end where these are wanted."""
        names = self.names(tokens)
        return torch.tensor([START, *names, END] if ends else names)


class Seq2Seq(nn.Module):
    """Encoder, decoder and attention; shapes are (batch, place, width)."""

    def __init__(self, words: int, tokens: int, width: int = WIDTH) -> None:
        super().__init__()
        self.read_embedding = nn.Embedding(words, width, padding_idx=PAD)
        self.write_embedding = nn.Embedding(tokens, width, padding_idx=PAD)
        self.encoder = nn.LSTM(width, width // 2, batch_first=True, bidirectional=True)
        self.decoder = nn.LSTM(width, width, batch_first=True)
        self.mixed = nn.Linear(2 * width, width)
        self.scores = nn.Linear(width, tokens)

    def read(self, inputs: Sequence[Tensor]) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
        """Return the states of the encoder, where they are padding, and the decoder's first state."""
        lengths = torch.tensor([len(row) for row in inputs])
        padded = pad_sequence(list(inputs), batch_first=True, padding_value=PAD)
        packed = nn.utils.rnn.pack_padded_sequence(
            self.read_embedding(padded), lengths, batch_first=True, enforce_sorted=False
        )
        states, (hidden, cell) = self.encoder(packed)
        memory, _ = nn.utils.rnn.pad_packed_sequence(states, batch_first=True)
        first = tuple(torch.cat((half[0], half[1]), dim=-1)[None] for half in (hidden, cell))
        return memory, padded == PAD, (first[0], first[1])

    def step(
        self, tokens: Tensor, state: tuple[Tensor, Tensor], memory: Tensor, padding: Tensor
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Return scores of the token after each of these, and the decoder's state after them."""
        states, state = self.decoder(self.write_embedding(tokens), state)
        match = (states @ memory.transpose(1, 2)).masked_fill(padding[:, None], float("-inf"))
        seen = torch.softmax(match, dim=-1) @ memory
        return self.scores(torch.tanh(self.mixed(torch.cat((states, seen), dim=-1)))), state

    def loss(self, pairs: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        """Return the mean loss per token of a batch, in nats."""
        memory, padding, state = self.read([words for words, _ in pairs])
        target = pad_sequence([tokens for _, tokens in pairs], batch_first=True, padding_value=PAD)
        scores, _ = self.step(target[:, :-1], state, memory, padding)
        return nn.functional.cross_entropy(scores.flatten(0, 1), target[:, 1:].flatten(), ignore_index=PAD)

    @torch.inference_mode()
    def write(self, inputs: Sequence[Tensor], longest: int) -> list[list[int]]:
        """Return an output for each input: the likeliest token at each step, up to the mark of the end."""
        self.eval()
        return [
            row for n in range(0, len(inputs), TEST_BATCH) for row in self._write(inputs[n : n + TEST_BATCH], longest)
        ]

    def _write(self, inputs: Sequence[Tensor], longest: int) -> list[list[int]]:
        memory, padding, state = self.read(inputs)
        last = torch.full((len(inputs), 1), START)
        ended = torch.zeros(len(inputs), dtype=torch.bool)
        columns = []
        for _ in range(longest):
            scores, state = self.step(last, state, memory, padding)
            last = scores[:, -1].argmax(dim=-1, keepdim=True)
            ended |= last[:, 0] == END
            columns.append(last)
            if bool(ended.all()):
                break
        rows: list[list[int]] = torch.cat(columns, dim=1).tolist()
        return [row[: row.index(END)] if END in row else row for row in rows]


def _train(
    model: Seq2Seq, pairs: Sequence[tuple[Tensor, Tensor]], until: float, generator: random.Random
) -> tuple[int, float]:
    """Train until the CPU clock says so; return how many pairs were seen, and the mean of the last losses."""
    model.train()
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    seen, losses = 0, [float("inf")]
    while True:
        for batch in _batches(pairs, generator):
            if time.process_time() >= until:
                return seen, sum(losses[-POOL:]) / len(losses[-POOL:])
            loss = model.loss(batch)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(model.parameters(), CLIPPED_AT)
            optimiser.step()
            losses = [*losses[-POOL + 1 :], float(loss.detach())] if seen else [float(loss.detach())]
            seen += len(batch)


def _batches(pairs: Sequence[tuple[Tensor, Tensor]], generator: random.Random) -> list[Sequence[tuple[Tensor, Tensor]]]:
    """Return one pass over the pairs in random order, the outputs within a batch of like length."""
    drawn = generator.sample(list(pairs), len(pairs))
    found: list[Sequence[tuple[Tensor, Tensor]]] = []
    for start in range(0, len(drawn), POOL * BATCH):
        pool = sorted(drawn[start : start + POOL * BATCH], key=lambda pair: len(pair[1]))
        batches = [pool[n : n + BATCH] for n in range(0, len(pool), BATCH)]
        found += generator.sample(batches, len(batches))
    return found
