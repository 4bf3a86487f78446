"""The statements of TPTP files: annotated formulas, cut out but not yet read, with the files that they include."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from abduce.errors import DataError, UsageError
from abduce.parser.source_text import SourceText, read_text
from abduce.parser.tptp_tokens import Tokens, tokenize

MOST_NESTED = 50
LANGUAGES = ("cnf", "fof", "tff", "tcf", "thf", "tpi", "nxf", "txf")


@dataclass(frozen=True, slots=True)
class Statement:
    """An annotated formula.

    Attributes:
        tokens: The tokens of its file.
        language: `cnf`, `fof`, `tff`, ….
        name: Its name.
        role: Its role, without what follows a `-` in it.
        start: Its first token.
        first: The first token of its formula.
        last: The token after its formula, a comma or closing bracket.
        end: The token after its dot.
    """

    tokens: Tokens
    language: str
    name: str
    role: str
    start: int
    first: int
    last: int
    end: int


@dataclass(frozen=True)
class Folders:
    """Where included files are looked for, and the only folders below which they are read.

    Attributes:
        own: Folder of the file that was asked for; None where it is a text.
        given: Folders that the user gave.
    """

    own: Path | None
    given: tuple[Path, ...] = ()

    def find(self, name: str, beside: Path | None, place: str) -> Path:
        """Return the file that an include names.

        Args:
            name: What is written in the include.
            beside: Folder of the file that it stands in.
            place: That file and line, for errors.

        Raises:
            UsageError: It is outside the allowed folders.
            DataError: It is in none of them.
        """
        allowed = [folder.resolve() for folder in (self.own, *self.given) if folder is not None]
        outside = False
        for folder in dict.fromkeys(folder for folder in (beside, self.own, *self.given) if folder is not None):
            path = (folder / name).resolve()
            if any(path.is_relative_to(root) for root in allowed):
                if path.is_file():
                    return path
            else:
                outside = True
        where = ", ".join(map(str, allowed)) or "no folder"
        if outside or not allowed:
            raise UsageError(
                f"{place}: include('{name}') leads outside the folders that may be read ({where}); "
                "give its folder with --include"
            )
        raise DataError(
            f"{place}: include('{name}'): there is no such file below {where}; give its folder with --include"
        )


def statements(source: SourceText, folders: Folders) -> Iterator[Statement]:
    """Yield the statements of a text and of what it includes, where it includes it; each file once.

    Raises:
        ParseError: A statement is ill-formed outside its formula.
        UsageError: An include leads outside the allowed folders.
        DataError: An included file is not there, or is not UTF-8.
    """
    read: set[tuple[Path, frozenset[str] | None]] = set()
    pending = [_Reading(_of_file(tokenize(source)), folders.own)]
    while pending:
        top = pending[-1]
        item = next(top.items, None)
        if item is None:
            pending.pop()
            if top.missing:
                raise DataError(f"{top.place}: the included file has no formula named {', '.join(sorted(top.missing))}")
        elif isinstance(item, Statement):
            for reading in pending:
                reading.missing.discard(item.name)
            if top.chosen is None or item.name in top.chosen:
                yield item
        else:
            tokens, index, name, wanted = item
            place = f"{tokens.source.file or 'input'}:{tokens.line(index)}"
            path = folders.find(name, top.folder, place)
            if len(pending) > MOST_NESTED:
                raise UsageError(f"{place}: files include each other more than {MOST_NESTED} deep")
            chosen = wanted if top.chosen is None or wanted is None else wanted & top.chosen
            chosen = top.chosen if chosen is None else chosen
            if (path, chosen) not in read:
                read.add((path, chosen))
                inner = tokenize(SourceText(read_text(path), str(path)))
                pending.append(_Reading(_of_file(inner), path.parent, chosen, place, set(wanted or ())))


_Include = tuple[Tokens, int, str, frozenset[str] | None]


@dataclass
class _Reading:
    """A file that is being read.

    Attributes:
        items: What it still holds.
        folder: Its folder.
        chosen: Names of the formulas that are taken from it and what it includes; None for all.
        place: The include that it is read for.
        missing: Names that this include chooses and that have not occurred.
    """

    items: Iterator[Statement | _Include]
    folder: Path | None
    chosen: frozenset[str] | None = None
    place: str = ""
    missing: set[str] = field(default_factory=set)


def _of_file(tokens: Tokens) -> Iterator[Statement | _Include]:
    index, texts = 0, tokens.texts
    while texts[index]:
        start, language = index, texts[index]
        if language == "include":
            name = tokens.name(tokens.expect(index + 1, "("))
            if name is None:
                raise tokens.error(index + 2, "the name of a file in quotes should stand here", expected=("'file'",))
            index = index + 3
            wanted: frozenset[str] | None = None
            if texts[index] == ",":
                wanted, index = _selection(tokens, index + 1)
            index = tokens.expect(tokens.expect(index, ")"), ".")
            yield tokens, start, name, wanted
            continue
        if language not in LANGUAGES:
            raise tokens.error(
                index,
                f"{tokens.shown(index)} does not begin a statement",
                expected=("fof(", "cnf(", "tff(", "include("),
            )
        yield (statement := _statement(tokens, index))
        index = statement.end


def _selection(tokens: Tokens, index: int) -> tuple[frozenset[str] | None, int]:
    """Read `[name, …]`, or `*` for all, and perhaps a comma and another name, which has no meaning for us."""
    names: list[str] | None = None
    if tokens.texts[index] == "[":
        names = []
        while tokens.texts[index] in ("[", ","):
            names.append(_label(tokens, index + 1))
            index += 2
        index = tokens.expect(index, "]")
    else:
        index = tokens.expect(index, "*")
    if tokens.texts[index] == ",":
        index += 2
    return None if names is None else frozenset(names), index


def _label(tokens: Tokens, index: int) -> str:
    name = tokens.name(index)
    if name is not None:
        return name
    if tokens.texts[index].lstrip("+-").isdigit():
        return tokens.texts[index]
    raise tokens.error(index, f"a name should stand here, not {tokens.shown(index)}", expected=("a name",))


def _statement(tokens: Tokens, start: int) -> Statement:
    texts = tokens.texts
    name = _label(tokens, tokens.expect(start + 1, "("))
    index = tokens.expect(start + 3, ",")
    role = _label(tokens, index)
    index += 1
    if texts[index] == "-":
        index += 1
        index = _balanced(tokens, index, (",",))
    first = tokens.expect(index, ",")
    last = _balanced(tokens, first, (",", ")"))
    end = last if texts[last] == ")" else _balanced(tokens, last + 1, (")",))
    if first == last:
        raise tokens.error(first, "a formula should stand here", expected=("a formula",))
    return Statement(tokens, texts[start], name, role, start, first, last, tokens.expect(end + 1, "."))


def _balanced(tokens: Tokens, index: int, stops: Sequence[str]) -> int:
    """Return the index of the first of some tokens that stands outside brackets."""
    depth, texts = 0, tokens.texts
    while True:
        text = texts[index]
        if depth == 0 and text in stops:
            return index
        if text in ("(", "[", "{"):
            depth += 1
        elif text in (")", "]", "}"):
            depth -= 1
            if depth < 0:
                raise tokens.error(index, f"{text} closes nothing", expected=tuple(stops))
        elif not text or (text == "." and texts[index + 1] in LANGUAGES):
            raise tokens.error(index, f"{depth + 1} brackets are not closed where the statement ends", expected=(")",))
        index += 1
