"""Symbols learned against symbols known: the best one-to-one match, for reports only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abduce.errors import UsageError

Counts = NDArray[np.integer] | NDArray[np.floating]
LARGEST_PICTURE = 14.0


def confusions(learned: NDArray[np.integer], known: NDArray[np.integer], shape: tuple[int, int]) -> NDArray[np.int64]:
    """Return how often each learned symbol was read where each known one stood, `shape`: learned by known."""
    table = np.zeros(shape, dtype=np.int64)
    np.add.at(table, (np.asarray(learned), np.asarray(known)), 1)
    return table


def best_match(counts: Counts) -> tuple[int | None, ...]:
    """Return for each learned symbol the known one it stands for, each at most once, so that most counts agree.

    Args:
        counts: `(learned, known)`, as `confusions` returns.

    Returns:
        The place of a known symbol for each learned one; None for those that are left over.

    Example:
        >>> best_match(np.array([[5, 4], [6, 1], [0, 1]]))
        (1, 0, None)

    Source:
        Shortest augmenting paths: Jonker & Volgenant, Computing 38, 1987.
    """
    wide = counts.shape[0] <= counts.shape[1]
    costs = -np.asarray(counts if wide else counts.T, dtype=np.float64)
    rows, columns = costs.shape
    row_of = np.full(columns, -1)
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    for row in range(rows):
        _augment(row, costs, row_of, row_price, column_price)
    pairs = [(int(row), column) if wide else (column, int(row)) for column, row in enumerate(row_of) if row >= 0]
    match: list[int | None] = [None] * counts.shape[0]
    for learned, known in pairs:
        match[learned] = known
    return tuple(match)


def _augment(
    row: int,
    costs: NDArray[np.float64],
    row_of: NDArray[np.int64],
    row_price: NDArray[np.float64],
    column_price: NDArray[np.float64],
) -> None:
    """Give a row its column along the cheapest alternating path, in place, keeping all prices feasible."""
    columns = len(row_of)
    distance, came_from = np.full(columns, np.inf), np.full(columns, -1)
    settled = np.zeros(columns, dtype=bool)
    here, last, reached = row, -1, 0.0
    visited = [(row, 0.0)]
    while True:
        offer = reached + costs[here] - row_price[here] - column_price
        closer = ~settled & (offer < distance)
        distance[closer], came_from[closer] = offer[closer], last
        last = int(np.where(settled, np.inf, distance).argmin())
        reached = float(distance[last])
        if row_of[last] < 0:
            break
        settled[last] = True
        here = int(row_of[last])
        visited.append((here, reached))
    for one, depth in visited:
        row_price[one] += reached - depth
    column_price[settled] -= reached - distance[settled]
    while last >= 0:
        previous = int(came_from[last])
        row_of[last] = row_of[previous] if previous >= 0 else row
        last = previous


def symbol_accuracy(counts: Counts, match: tuple[int | None, ...]) -> float:
    """Return the share of symbols that were read as what they are, under a match that was fixed before.

    Raises:
        UsageError: The match is of another number of learned symbols.
    """
    if len(match) != counts.shape[0]:
        raise UsageError(f"a match of {len(match)} symbols for counts of {counts.shape[0]}")
    right = sum(float(counts[learned, known]) for learned, known in enumerate(match) if known is not None)
    total = float(counts.sum())
    return right / total if total else 0.0


@dataclass(frozen=True, slots=True)
class ConfusionMatrix:
    """What was read where what stood.

    Attributes:
        counts: `(learned, known)`.
        learned: Names of the rows.
        known: Names of the columns.
    """

    counts: Counts
    learned: tuple[str, ...]
    known: tuple[str, ...]

    def draw(self, path: str | Path) -> None:
        """Write the matrix as a picture: known symbols across, learned ones down, each column as shares of 1."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        rows, columns = self.counts.shape
        sides = (min(LARGEST_PICTURE, 2 + 0.35 * columns), min(LARGEST_PICTURE, 1.5 + 0.35 * rows))
        figure = Figure(figsize=sides, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        shares = self.counts / np.maximum(self.counts.sum(axis=0, keepdims=True), 1)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        axes.set_xticks(range(columns), self.known, rotation=90 if max(map(len, self.known), default=0) > 2 else 0)
        axes.set_yticks(range(rows), self.learned)
        axes.set_xlabel("stood")
        axes.set_ylabel("was read")
        for row, column in zip(*np.nonzero(self.counts), strict=True):
            colour = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, f"{self.counts[row, column]:g}", ha="center", va="center", color=colour, size=6)
        figure.savefig(path, dpi=120)
