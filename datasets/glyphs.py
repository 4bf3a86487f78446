"""Which class of images stands for which symbol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from abduce.errors import DataError, UsageError


def glyphs(text: str | None, symbols: Sequence[str], classes: Sequence[str], source: str) -> Mapping[str, str]:
    """Return the class of images that stands for each symbol.

    Args:
        text: `symbol=class,symbol=class`; symbols that it leaves out use the class of their own name.
        symbols: The task's symbols.
        classes: The classes that there are.
        source: Where these are, for messages.

    Raises:
        UsageError: The text cannot be read, names an unknown symbol or class, or one of them twice.
        DataError: A symbol that it leaves out has no class of its own name.

    Example:
        >>> dict(glyphs("*=x,(=w", ["1", "*", "("], ["1", "w", "x"], "here"))
        {'1': '1', '*': 'x', '(': 'w'}
    """
    said = _said(text, symbols, classes, source)
    found: dict[str, str] = {}
    used: dict[str, str] = {}
    for symbol in symbols:
        name = said.get(symbol, symbol)
        if name not in classes:
            raise DataError(
                f"{source}: no class {name!r} for the symbol {symbol!r}; the classes are {_listed(classes)}: "
                f"say which stands for it, as in --glyphs '{symbol}={classes[0]}'"
            )
        if name in used:
            raise UsageError(
                f"--glyphs: the class {name!r} would stand for both {used[name]!r} and {symbol!r}; "
                "give each symbol a class of its own"
            )
        found[symbol] = name
        used[name] = symbol
    return found


def _said(text: str | None, symbols: Sequence[str], classes: Sequence[str], source: str) -> dict[str, str]:
    said: dict[str, str] = {}
    for item in text.split(",") if text else ():
        middle = item.find("=", 1)
        symbol, name = item[:middle].strip(), item[middle + 1 :].strip()
        if middle < 1 or not symbol or not name:
            raise UsageError(f"--glyphs: {item!r} is not of the form symbol=class, as in '+=plus,*=x'")
        if symbol not in symbols:
            raise UsageError(f"--glyphs: there is no symbol {symbol!r}; the symbols are {_listed(symbols)}")
        if symbol in said:
            raise UsageError(f"--glyphs: the symbol {symbol!r} occurs twice")
        if name not in classes:
            raise UsageError(f"--glyphs: {source} has no class {name!r}; the classes are {_listed(classes)}")
        said[symbol] = name
    return said


def _listed(names: Sequence[str], most: int = 40) -> str:
    return " ".join(names[:most]) + (" …" if len(names) > most else "")
