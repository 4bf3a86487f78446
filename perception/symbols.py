"""Symbols: what an input is taken to be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from abduce.errors import UsageError


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The symbols that a machine knows, in a fixed order.

    Attributes:
        symbols: The symbols, each once; the order is that of a lattice's columns.

    Example:
        >>> words = Vocabulary.of(["b", "a", "b"])
        >>> words.symbols, words.index("a"), words.index("z")
        (('a', 'b'), 0, None)
    """

    symbols: tuple[str, ...]
    _places: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        places = {symbol: place for place, symbol in enumerate(self.symbols)}
        if len(places) != len(self.symbols):
            twice = sorted({symbol for symbol in self.symbols if self.symbols.count(symbol) > 1})
            raise UsageError(f"a vocabulary lists each symbol once; given more than once: {', '.join(twice)}")
        object.__setattr__(self, "_places", places)

    @classmethod
    def of(cls, symbols: Iterable[str]) -> Vocabulary:
        """Return the vocabulary of all symbols that occur, sorted, so that their order does not matter."""
        return cls(tuple(sorted(set(symbols))))

    def index(self, symbol: str) -> int | None:
        """Return a symbol's place, None for one that is unknown."""
        return self._places.get(symbol)

    def unknown(self, symbols: Iterable[str]) -> tuple[str, ...]:
        """Return those symbols that are not in the vocabulary, each once, in the order given."""
        return tuple(dict.fromkeys(symbol for symbol in symbols if symbol not in self._places))

    def __len__(self) -> int:
        return len(self.symbols)

    def __iter__(self) -> Iterator[str]:
        return iter(self.symbols)

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._places
