"""The network behind the parser: scores of labels, arcs and roots from what the symbols are and stand beside.

Labels are grouped into units: a label with arguments, or with a rival of its own kind, is one of its own; all other
labels of a category (form and signature) share one, so that a word seen only alone in training behaves as the
others of its signature do. An arc's score is that of its categories plus that of its units; what is particular to
units starts at zero and is dropped at random in training, so that categories carry what they can. Nothing depends
on absolute positions, so that scores carry over to longer sentences.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from abduce.parser.chart import IMPOSSIBLE, Scores
from abduce.parser.signatures import Form, Label, Signature
from abduce.values import Type

WINDOW = 1
DROPOUT = 0.1

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
        category_index = {category: i for i, category in enumerate(self.categories)}
        self.of_symbol: dict[str, tuple[int, ...]] = {symbol: () for symbol in self.symbols}
        for number, label in enumerate(self.labels):
            self.of_symbol[label.symbol] += (number,)
        self.category_of = _whole(category_index[x.form, x.signature] for x in self.labels)
        units = list(map(self._unit, self.labels))
        unit_index = {unit: i for i, unit in enumerate(dict.fromkeys(units))}
        self.unit_of = _whole(unit_index[unit] for unit in units)
        self.unit_category = torch.zeros(len(unit_index), dtype=torch.long)
        self.unit_category[self.unit_of] = self.category_of
        self.left = _whole(len(x.signature.left) for x in self.labels)
        self.right = _whole(len(x.signature.right) for x in self.labels)
        self.most = max((1, *self.left.tolist(), *self.right.tolist()))
        self.allowed = self._allowed()

    def _unit(self, label: Label) -> Label | Category:
        """Return what shares its attachments: the label itself, or all plain labels of its category."""
        category = (label.form, label.signature)
        rivals = [self.labels[n] for n in self.of_symbol[label.symbol]]
        if label.signature.arity or sum((x.form, x.signature) == category for x in rivals) > 1:
            return label
        return category

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

    def inward(self, labels: Tensor, slots: Tensor) -> Tensor:
        """Return the arguments in sentence order for the chart's slots of some labels."""
        left = self.left[labels]
        return torch.where(slots < self.most, left - 1 - slots, slots - self.most + left)


def _whole(numbers: Iterable[int]) -> Tensor:
    return torch.tensor(list(numbers), dtype=torch.long)


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
        categories, units, slots = len(inventory.categories), len(inventory.unit_category), 2 * inventory.most

        def draw(*shape: int, scale: float) -> nn.Parameter:
            return nn.Parameter(torch.randn(*shape, generator=self.generator) * scale)

        self.category = draw(categories, width, scale=0.5)
        self.unit = nn.Parameter(torch.zeros(units, width))
        self.fit = draw(categories, slots, categories, scale=0.5)
        self.pair = nn.Parameter(torch.zeros(units, slots, units))
        self.context = draw(2 * WINDOW * width, width, scale=(2 * WINDOW * width) ** -0.5)
        self.beside_category = nn.Parameter(torch.zeros(categories, width))
        self.beside_label = nn.Parameter(torch.zeros(len(inventory.labels), width))
        self.prior = nn.Parameter(torch.zeros(len(inventory.labels)))
        self.root = draw(categories, scale=0.5)
        self.root_unit = nn.Parameter(torch.zeros(units))
        self.edge = draw(2, width, scale=0.5)

    def forward(self, labels: Tensor, present: Tensor, log_probs: Tensor, root_type: Type | None) -> Scores:
        """Return the scores of a batch of sentences of one length.

        Args:
            labels: `(batch, n, k)` numbers of the labels each position may take.
            present: `(batch, n, k)`, which of these are real (the rest pads).
            log_probs: `(batch, n, k)` nats, perception's belief in the label's symbol.
            root_type: Where given, only trees whose types fit and whose root has this type are possible.
        """
        unit_rows, pairs, unit_roots = self._dropped()
        node = self._nodes(labels, present, log_probs, unit_rows)
        return self._attached(labels, node, *self._tables(pairs, unit_roots, root_type), root_type)

    def attached(self, labels: Tensor, node: Tensor, root_type: Type | None) -> Scores:
        """Return the scores of a batch whose labels' own scores are known, `node` `(batch, n, k)` nats."""
        return self._attached(labels, node, *self.tables(root_type), root_type)

    def _attached(self, labels: Tensor, node: Tensor, table: Tensor, roots: Tensor, root_type: Type | None) -> Scores:
        inventory = self.inventory
        units = inventory.unit_of[labels]
        root = roots[units]
        if root_type is not None:
            root = root.masked_fill(~inventory.roots(root_type)[labels], IMPOSSIBLE)
        slots = torch.arange(table.shape[1])
        arc = table[units[..., None, None, None], slots[:, None, None], units[:, None, None, None]]
        return Scores(node, arc, root, inventory.left[labels], inventory.right[labels])

    def nodes(self, labels: Tensor, present: Tensor, log_probs: Tensor) -> Tensor:
        """Return the scores of the labels alone, `(batch, n, k)` nats; arguments as for a call."""
        return self._nodes(labels, present, log_probs, self.unit)

    def tables(self, root_type: Type | None) -> tuple[Tensor, Tensor]:
        """Return the scores of arcs `(units, slots, units)` and of roots `(units,)`, in nats."""
        return self._tables(self.pair, self.root_unit, root_type)

    def _nodes(self, labels: Tensor, present: Tensor, log_probs: Tensor, unit_rows: Tensor) -> Tensor:
        categories = self.inventory.category_of[labels]
        vectors = self.category[categories] + unit_rows[self.inventory.unit_of[labels]]
        beside = self._beside(vectors, log_probs.masked_fill(~present, IMPOSSIBLE))
        own = self.beside_category[categories] + self.beside_label[labels]
        node = self.prior[labels] + torch.einsum("bnw,bnkw->bnk", beside, own) + log_probs
        return node.masked_fill(~present, IMPOSSIBLE)

    def _tables(self, pairs: Tensor, unit_roots: Tensor, root_type: Type | None) -> tuple[Tensor, Tensor]:
        of = self.inventory.unit_category
        table = self.fit[of][:, :, of] + pairs
        if root_type is not None:
            table = table.masked_fill(~self.inventory.allowed[of][:, :, of], IMPOSSIBLE)
        return table, self.root[of] + unit_roots

    def _dropped(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return what is particular to units; in training some units, drawn at random, do without it."""
        if not self.training:
            return self.unit, self.pair, self.root_unit
        kept = (torch.rand(self.unit.shape[0], generator=self.generator) >= DROPOUT).to(self.unit.dtype)
        both = kept[:, None, None] * kept[None, None, :]
        return self.unit * kept[:, None], self.pair * both, self.root_unit * kept

    def _beside(self, vectors: Tensor, log_probs: Tensor) -> Tensor:
        """Return what stands beside each position, as perception expects it: `(batch, n, width)`."""
        means = torch.einsum("bnkw,bnk->bnw", vectors, log_probs.softmax(-1))
        batch, length, width = means.shape
        before = self.edge[0].expand(batch, WINDOW, width)
        after = self.edge[1].expand(batch, WINDOW, width)
        padded = torch.cat([before, means, after], dim=1)
        offsets = [o for o in range(2 * WINDOW + 1) if o != WINDOW]
        neighbours = torch.cat([padded[:, o : o + length] for o in offsets], dim=-1)
        return torch.tanh(neighbours @ self.context)
