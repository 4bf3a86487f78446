"""The network behind the parser: scores of labels, arcs and roots from what the symbols are and stand beside.

A label's vector is the sum of one for its category (form and signature), one for its symbol and one for itself. The
last two start at zero and are dropped at random in training, so that categories carry what they can: a word seen
only alone in training then behaves as other words of its signature do. Nothing depends on absolute positions, so
that scores carry over to longer sentences.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from abduce.parser.chart import Scores
from abduce.parser.semirings import IMPOSSIBLE
from abduce.parser.signatures import Form, Label, Signature
from abduce.values import Type

WINDOW = 1
DROPOUT = 0.3

Category = tuple[Form, Signature]


class Inventory:
    """All labels of a lexicon, as tables of numbers.

    Args:
        labels: Every way in which every symbol may stand in a tree.
    """

    def __init__(self, labels: Sequence[Label]) -> None:
        self.labels = tuple(labels)
        self.symbols = tuple(dict.fromkeys(label.symbol for label in self.labels))
        self.categories: tuple[Category, ...] = tuple(dict.fromkeys((x.form, x.signature) for x in self.labels))
        symbol_index = {symbol: i for i, symbol in enumerate(self.symbols)}
        category_index = {category: i for i, category in enumerate(self.categories)}
        self.of_symbol: dict[str, tuple[int, ...]] = {symbol: () for symbol in self.symbols}
        for number, label in enumerate(self.labels):
            self.of_symbol[label.symbol] += (number,)
        self.symbol_of = torch.tensor([symbol_index[x.symbol] for x in self.labels])
        self.category_of = torch.tensor([category_index[x.form, x.signature] for x in self.labels])
        self.left = torch.tensor([len(x.signature.left) for x in self.labels])
        self.right = torch.tensor([len(x.signature.right) for x in self.labels])
        self.most = max(1, int(self.left.max()), int(self.right.max()))
        self.allowed = self._allowed()

    def _allowed(self) -> Tensor:
        """Return which categories fit which slots of which others: `(categories, slots, categories)`."""
        results = [signature.result for _, signature in self.categories]
        table = torch.zeros(len(results), 2 * self.most, len(results), dtype=torch.bool)
        for head, (_, signature) in enumerate(self.categories):
            outward = (*enumerate(reversed(signature.left)), *enumerate(signature.right, self.most))
            for slot, kind in outward:
                table[head, slot] = torch.tensor([result == kind for result in results])
        return table

    def roots(self, kind: Type) -> Tensor:
        """Return which labels give a value of a type: `(labels,)`."""
        return torch.tensor([label.signature.result == kind for label in self.labels])

    def outward(self, label: int, slot: int) -> int:
        """Return the chart's slot for an argument counted in sentence order."""
        left = len(self.labels[label].signature.left)
        return left - 1 - slot if slot < left else self.most + slot - left

    def inward(self, label: int, slot: int) -> int:
        """Return the argument in sentence order for the chart's slot."""
        left = len(self.labels[label].signature.left)
        return left - 1 - slot if slot < self.most else slot - self.most + left


class Scorer(nn.Module):
    """Scores labels, arcs and roots of sentences.

    Args:
        inventory: The labels.
        width: Length of a label's vector.
        seed: Seed of the initial weights and of the dropout.
    """

    def __init__(self, inventory: Inventory, width: int = 24, seed: int = 0) -> None:
        super().__init__()
        self.inventory = inventory
        self.generator = torch.Generator().manual_seed(seed)
        categories, slots = len(inventory.categories), 2 * inventory.most

        def draw(*shape: int, scale: float) -> nn.Parameter:
            return nn.Parameter(torch.randn(*shape, generator=self.generator) * scale)

        self.category = draw(categories, width, scale=0.5)
        self.symbol = nn.Parameter(torch.zeros(len(inventory.symbols), width))
        self.label = nn.Parameter(torch.zeros(len(inventory.labels), width))
        self.arc = draw(slots, width, width, scale=width**-0.5)
        self.fit = draw(categories, slots, categories, scale=0.5)
        self.context = draw(2 * WINDOW * width, width, scale=(2 * WINDOW * width) ** -0.5)
        self.beside_category = nn.Parameter(torch.zeros(categories, width))
        self.beside_label = nn.Parameter(torch.zeros(len(inventory.labels), width))
        self.prior = nn.Parameter(torch.zeros(len(inventory.labels)))
        self.root = draw(width, scale=width**-0.5)
        self.edge = draw(2, width, scale=0.5)

    def forward(
        self, labels: Tensor, present: Tensor, log_probs: Tensor, root_type: Type | None
    ) -> Scores:
        """Return the scores of a batch of sentences of one length.

        Args:
            labels: `(batch, n, k)` numbers of the labels each position may take.
            present: `(batch, n, k)`, which of these are real (the rest pads).
            log_probs: `(batch, n, k)` nats, perception's belief in the label's symbol.
            root_type: Where given, only trees whose types fit and whose root has this type are possible.
        """
        inventory = self.inventory
        categories = inventory.category_of[labels]
        vectors = self.category[categories] + self._kept(inventory.symbol_of[labels], self.symbol)
        vectors = vectors + self._kept(labels, self.label)
        beside = self._beside(vectors, present)
        own = self.beside_category[categories] + self._kept(labels, self.beside_label)
        node = self.prior[labels] + torch.einsum("bnw,bnkw->bnk", beside, own) + log_probs
        root = torch.einsum("bnkw,w->bnk", vectors, self.root)
        one_hot = nn.functional.one_hot(categories, len(inventory.categories)).to(vectors.dtype)
        heads = torch.cat([torch.einsum("bnkv,svw->bnksw", vectors, self.arc), self.fit[categories]], dim=-1)
        arc = torch.einsum("bnksw,bmjw->bnksmj", heads, torch.cat([vectors, one_hot], dim=-1))
        node = node.masked_fill(~present, IMPOSSIBLE)
        if root_type is not None:
            fits = inventory.allowed.to(vectors.dtype)[categories]
            wrong = torch.einsum("bnksc,bmjc->bnksmj", fits, one_hot) < 0.5
            arc = arc.masked_fill(wrong, IMPOSSIBLE)
            root = root.masked_fill(~inventory.roots(root_type)[labels], IMPOSSIBLE)
        return Scores(node, arc, root, inventory.left[labels], inventory.right[labels])

    def _kept(self, rows: Tensor, table: Tensor) -> Tensor:
        """Look rows up; in training each row of the table is dropped at random."""
        if self.training:
            kept = torch.rand(table.shape[0], 1, generator=self.generator) >= DROPOUT
            table = table * kept
        return table[rows]

    def _beside(self, vectors: Tensor, present: Tensor) -> Tensor:
        """Return what stands beside each position: `(batch, n, width)`."""
        shares = present / present.sum(-1, keepdim=True).clamp(min=1)
        means = torch.einsum("bnkw,bnk->bnw", vectors, shares)
        batch, length, width = means.shape
        before = self.edge[0].expand(batch, WINDOW, width)
        after = self.edge[1].expand(batch, WINDOW, width)
        padded = torch.cat([before, means, after], dim=1)
        offsets = [o for o in range(2 * WINDOW + 1) if o != WINDOW]
        neighbours = torch.cat([padded[:, o : o + length] for o in offsets], dim=-1)
        return torch.tanh(neighbours @ self.context)
