"""Growing a trained parser: more labels beside those it knows, whose scores stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

from abduce.parser.model import NeuralParser
from abduce.parser.signatures import Label


def grown(parser: NeuralParser, labels: Sequence[Label], seed: int) -> NeuralParser:
    """Return a parser over more labels that scores every tree of the old ones as the parser given does.

    A new label without arguments in a category of old ones shares what these have; all else about it is untrained.

    Args:
        parser: The parser to start from; it is not changed.
        labels: All labels of the new one, those of the old one among them.
        seed: Seed of the weights that are new.

    Raises:
        ValueError: A label of the old parser is missing.
    """
    old = parser.inventory
    if not set(old.labels) <= set(labels):
        raise ValueError("a grown parser has all the labels of the old one")
    other = NeuralParser(labels, width=parser.width, seed=seed)
    new, scorer, source = other.inventory, other.scorer, parser.scorer
    places = torch.tensor([new.labels.index(label) for label in old.labels])
    categories = torch.tensor([new.categories.index(category) for category in old.categories])
    units = torch.zeros(len(old.unit_category), dtype=torch.long).index_copy(0, old.unit_of, new.unit_of[places])
    slots = torch.tensor([*range(old.most), *range(new.most, new.most + old.most)])
    with torch.no_grad():
        for name, index in (("category", categories), ("beside_category", categories), ("root", categories)):
            getattr(scorer, name)[index] = getattr(source, name)
        for name, index in (("unit", units), ("root_unit", units), ("beside_label", places), ("prior", places)):
            getattr(scorer, name)[index] = getattr(source, name)
        scorer.fit[_block(categories, slots)] = source.fit
        scorer.pair[_block(units, slots)] = source.pair
        scorer.context.copy_(source.context)
        scorer.edge.copy_(source.edge)
    return other.eval()


def _block(rows: Tensor, slots: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    return rows[:, None, None], slots[None, :, None], rows[None, None, :]


def likened(parser: NeuralParser, new: Label, old: Label) -> None:
    """Let a label stand in trees as another of its category does, in place: with the same arcs, roots and company."""
    inventory, scorer = parser.inventory, parser.scorer
    first, second = (inventory.labels.index(label) for label in (new, old))
    unit, model = int(inventory.unit_of[first]), int(inventory.unit_of[second])
    with torch.no_grad():
        scorer.beside_label[first] = scorer.beside_label[second]
        scorer.prior[first] = scorer.prior[second]
        if unit != model:
            scorer.unit[unit] = scorer.unit[model]
            scorer.root_unit[unit] = scorer.root_unit[model]
            scorer.pair[unit] = scorer.pair[model]
            scorer.pair[:, :, unit] = scorer.pair[:, :, model]


def train_only(parser: NeuralParser, labels: Iterable[Label]) -> None:
    """Let training change only what is particular to some labels, so that trees without them keep their scores.

    What is the labels' own are their rows in the tables of units and labels, and in those of categories that no other
    label has. The gradients of all else are zero from then on.
    """
    inventory, scorer = parser.inventory, parser.scorer
    chosen = torch.tensor(sorted({inventory.labels.index(label) for label in labels}), dtype=torch.long)
    others = torch.ones(len(inventory.labels), dtype=torch.bool)
    others[chosen] = False
    own_labels = ~others
    own_units = _own(inventory.unit_of, others, len(inventory.unit_category))
    own_categories = _own(inventory.category_of, others, len(inventory.categories))
    masks = {
        "category": own_categories[:, None],
        "beside_category": own_categories[:, None],
        "root": own_categories,
        "unit": own_units[:, None],
        "root_unit": own_units,
        "beside_label": own_labels[:, None],
        "prior": own_labels,
        "fit": own_categories[:, None, None] | own_categories[None, None, :],
        "pair": own_units[:, None, None] | own_units[None, None, :],
    }
    for name, parameter in scorer.named_parameters():
        mask = masks.get(name)
        if mask is None:
            parameter.requires_grad_(False)
        else:
            parameter.register_hook(_masked(mask))  # type: ignore[no-untyped-call]


def _own(number_of: Tensor, others: Tensor, count: int) -> Tensor:
    """Return which numbers no other label has."""
    own = torch.ones(count, dtype=torch.bool)
    own[number_of[others]] = False
    return own


def _masked(mask: Tensor) -> Callable[[Tensor], Tensor]:
    return lambda gradient: gradient * mask
