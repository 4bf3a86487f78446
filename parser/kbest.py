"""The k best trees of a sentence, read off a chart that is filled with the best one.

The chart knows how good the best completion of every part is. So a tree that is built from the root, part by part, is
never begun in vain: of all ways in which the trees found so far could have gone on otherwise, the best is completed
next, by the best choices from there on. Each tree costs no more than its own parts.

Source:
    E. Lawler, A Procedure for Computing the K Best Solutions to Discrete Optimization Problems, Management Science
    18(7), 1972. A chart as the heuristic that is exact: A. Pauls & D. Klein, K-Best A* Parsing, ACL 2009.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from abduce.parser.chart import IMPOSSIBLE, Filled
from abduce.parser.readout import Chosen


class _Half(NamedTuple):
    """A head with arguments on one side, as in the chart: the last of them is still to be chosen."""

    side: int
    head: int
    label: int
    arguments: int
    width: int


class _Hook(NamedTuple):
    """A head and its last argument, chosen: how far the argument reaches towards the head is open."""

    head: _Half
    distance: int
    below: int


_Part: TypeAlias = "_Half | _Hook | None"
"""What is still to be chosen; None is the root."""


class _Open(NamedTuple):
    """A tree begun: the part chosen next, the rank of the way it is to go on, and the parts after it."""

    part: _Part
    rank: int
    after: tuple[_Half | _Hook, ...]
    arcs: tuple[tuple[int, int, int, int], ...]


class _Ways(NamedTuple):
    """How a part can go on, best first: scores in nats, and which way each is."""

    scores: list[float]
    which: list[int]


def k_best(chart: Filled, member: int, k: int) -> Chosen:
    """Return the k best trees of one sentence, best first; fewer where there are no more.

    Args:
        chart: Filled with the best tree.
        member: Which sentence of the batch.
        k: How many trees at most.
    """
    one = _Sentence(chart, member)
    found: list[Sequence[tuple[int, int, int, int]]] = []
    order = count()
    waiting: list[tuple[float, int, _Open]] = []

    def wait(score: float, begun: _Open) -> None:
        if score > IMPOSSIBLE / 2:
            heappush(waiting, (-score, next(order), begun))

    wait(one.ways(None).scores[0], _Open(None, 0, (), ()))
    while waiting and len(found) < k:
        cost, _, (part, rank, after, arcs) = heappop(waiting)
        while True:
            ways = one.ways(part)
            if rank + 1 < len(ways.scores):
                wait(ways.scores[rank + 1] - ways.scores[rank] - cost, _Open(part, rank + 1, after, arcs))
            parts, arc = one.chosen(part, ways.which[rank])
            arcs = (*arcs, arc) if arc else arcs
            after = (*(half for half in parts if isinstance(half, _Hook) or half.width), *after)
            if not after:
                break
            part, after, rank = after[0], after[1:], 0
        found.append(arcs)
    return one.trees(found)


class _Sentence:
    """The chart of one sentence, with the ways to go on that were asked for."""

    def __init__(self, chart: Filled, member: int) -> None:
        def of(scores: torch.Tensor) -> NDArray[np.float32]:
            found: NDArray[np.float32] = scores[..., member].detach().numpy()
            return found

        self._half, self._hook, self._near, self._far = of(chart.half), of(chart.hook), of(chart.near), of(chart.far)
        self._root, self._valencies = of(chart.root), of(chart.valencies)
        self._length, self._labels = self._root.shape
        self._steps = self._hook.shape[3]
        self._known: dict[_Part, _Ways] = {}

    def ways(self, part: _Part) -> _Ways:
        """Return how a part can go on."""
        found = self._known.get(part)
        if found is None:
            scores = self._scores(part).astype(np.float64).ravel()
            which = np.argsort(-scores, kind="stable")
            which = which[: max(1, int((scores > IMPOSSIBLE / 2).sum()))]
            found = self._known[part] = _Ways(scores[which].tolist(), which.tolist())
        return found

    def _scores(self, part: _Part) -> NDArray[np.float32]:
        last = self._length - 1
        if part is None:
            return self._root
        if isinstance(part, _Half):
            distances = np.arange(1, part.width + 1)
            attached = self._hook[part.side, distances, :, part.arguments - 1, part.head, part.label]
            outer = self._far[part.side, last - part.width + distances, part.head - part.width]
            return _sum(attached, outer)
        head = part.head
        splits = np.arange(part.distance)
        towards = self._near[head.side, splits, head.head - part.distance, part.below]
        rest = self._half[head.side, last - part.distance + 1 + splits, head.arguments - 1, head.head, head.label]
        return _sum(towards, rest)

    def chosen(self, part: _Part, way: int) -> tuple[tuple[_Half | _Hook, ...], tuple[int, int, int, int] | None]:
        """Return the parts that a way leaves open, and the node it adds: position, label, head, place."""
        last = self._length - 1
        if part is None:
            head, label = divmod(way, self._labels)
            halves = (self._whole(0, head, label, head), self._whole(1, last - head, label, last - head))
            return halves, (head, label, -1, -1)
        if isinstance(part, _Half):
            distance, label = way // self._labels + 1, way % self._labels
            side, argument = part.side, part.head - distance
            outer = self._whole(side, argument, label, part.width - distance)
            at, head = (argument, part.head) if side == 0 else (last - argument, last - part.head)
            return (_Hook(part, distance, label), outer), (at, label, head, part.arguments - 1 + side * self._steps)
        side, head, label, arguments, _ = part.head
        rest = _Half(side, head, label, arguments - 1, part.distance - 1 - way)
        return (rest, self._whole(1 - side, last - head + part.distance, part.below, way)), None

    def _whole(self, side: int, head: int, label: int, width: int) -> _Half:
        return _Half(side, head, label, int(self._valencies[side, head, label]), width)

    def trees(self, found: Sequence[Sequence[tuple[int, int, int, int]]]) -> Chosen:
        """Return trees given by their nodes."""
        table = torch.zeros(len(found), self._length, 3, dtype=torch.long)
        for row, nodes in enumerate(found):
            for at, *node in nodes:
                table[row, at] = torch.tensor(node)
        return Chosen(*table.unbind(-1))


def _sum(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    total: NDArray[np.float32] = left + right
    return total
