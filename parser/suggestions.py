"""Repairs for texts that cannot be read, or that hold names nobody knows.

A lost or surplus bracket is looked for by trying each place; what then reads is ranked by how people write: variables
are bound, predicates keep their number of arguments, brackets stand around something that needs them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from abduce.errors import ParseError
from abduce.parser.building import is_capitalised
from abduce.parser.lexing import KEYWORDS, LETTER, TOKEN
from abduce.parser.reading import Reader
from abduce.parser.statements import App, Clause, Expression, Formula, Operation, Quantifier, Query, Statement, Var
from abduce.parser.vocabulary import Use, Vocabulary, are_variants, distance, uses_of

MOST_TRIED: Final = 400
"""How many texts are tried for one repair."""
MOST_LETTERS: Final = 80_000
"""How long they may be together, in letters."""
_MARGIN: Final = 0.4
"""How much dearer any other meaning must be for a repair to be safe."""
LONGEST: Final = 2_000
"""Length of a statement, in letters, beyond which no repair is looked for."""
_WORD: Final = re.compile(rf"{LETTER}+(?:[.\-'’]{LETTER}+)*'*")


@dataclass(frozen=True, slots=True)
class _Known:
    """What names mean elsewhere: in the session, and in the text itself."""

    arities: dict[str, frozenset[int]] = field(default_factory=dict)
    constants: frozenset[str] = frozenset()

    @staticmethod
    def of(vocabulary: Vocabulary | None) -> _Known:
        uses = [use for found in (vocabulary.uses.values() if vocabulary else ()) for use in found]
        arities: dict[str, set[int]] = {}
        for use in uses:
            if use.is_claim or use.arity:
                arities.setdefault(use.name, set()).add(use.arity)
        constants = frozenset(use.name for use in uses if not use.is_claim and not use.arity)
        return _Known({name: frozenset(found) for name, found in arities.items()}, constants)


def with_repairs(error: ParseError, text: str, *, known: Vocabulary | None = None) -> ParseError:
    """Return an error with suggested repairs, its own first.

    Args:
        error: An error that reading a text raised.
        text: The statement that has the error.
        known: The names of the session.
    """
    if error.repairs:
        return error
    repairs = bracket_repairs(text.strip(), known=known)
    if not repairs:
        return error
    return ParseError(
        error.message,
        file=error.file,
        line=error.line,
        column=error.column,
        excerpt=error.excerpt,
        expected=error.expected,
        repairs=repairs[:3],
    )


def bracket_repairs(text: str, *, known: Vocabulary | None = None) -> tuple[str, ...]:
    """Return texts that read, one bracket (or one space in a name) away from a text that does not, likeliest first."""
    ranked = _ranked(text, known)
    return tuple(sorted(ranked, key=lambda candidate: ranked[candidate][0]))


def safe_repair(text: str, *, known: Vocabulary | None = None) -> str | None:
    """Return the repair of one statement that cannot be read, None where what was meant is not clear.

    It is clear where one meaning is reached at a lower price, or by more edits, than any other.
    """
    for candidate in _own_repairs(text):
        if _readable(candidate) is not None:
            return candidate
    prices: dict[object, list[tuple[float, str]]] = {}
    for candidate, (cost, statement) in _ranked(text, known).items():
        prices.setdefault(_meaning(statement), []).append((cost, candidate))
    totals = sorted((min(found)[0] - 0.25 * min(len(found) - 1, 2), min(found)[1]) for found in prices.values())
    if not totals or (len(totals) > 1 and totals[1][0] - totals[0][0] < _MARGIN):
        return None
    return totals[0][1]


def _meaning(statement: Statement) -> object:
    """Return a statement without its place."""
    if isinstance(statement, Clause):
        return statement.head, statement.body
    return statement.expression if isinstance(statement, Formula | Query) else statement


def _ranked(text: str, known: Vocabulary | None) -> dict[str, tuple[float, Statement]]:
    if not text or len(text) > LONGEST:
        return {}
    meant = _Known.of(known)
    most = min(MOST_TRIED, MOST_LETTERS // len(text))
    found: dict[str, tuple[float, Statement]] = {}
    for tried, (candidate, cost) in enumerate(_edits(text, meant)):
        if tried >= most:
            break
        statement = _readable(candidate)
        if statement is not None and candidate not in found:
            found[candidate] = cost + _oddity(statement, candidate, meant), statement
    return found


def _own_repairs(text: str) -> tuple[str, ...]:
    """Return the repairs that the reader itself knows."""
    reader = Reader(text)
    try:
        chunk = reader.splitter.next_chunk()
        if chunk is not None:
            reader.statement(chunk)
    except ParseError as error:
        return error.repairs
    return ()


def _readable(text: str) -> Statement | None:
    reader = Reader(text)
    try:
        chunk = reader.splitter.next_chunk()
        if chunk is None:
            return None
        statement = reader.statement(chunk)
        return statement if reader.splitter.skip_space() >= len(text) else None
    except ParseError:
        return None


def _edits(text: str, known: _Known) -> Iterator[tuple[str, float]]:
    """Yield texts one edit away, with what the edit itself costs."""
    opening, closing = _balance(text)
    excess = opening - closing
    starts, ends = _boundaries(text)
    if excess <= 0:
        for place in starts:
            yield text[:place] + "(" + text[place:], 1.0
        for place, cost in _name_cuts(text, known):
            yield text[:place] + "(" + text[place:], cost
    if excess >= 0:
        for place in ends:
            yield text[:place] + ")" + text[place:], 1.0
    if excess:
        wrong = "(" if excess > 0 else ")"
        for place, char in enumerate(text):
            if char == wrong:
                yield text[:place] + text[place + 1 :], 1.5
    if not excess:
        yield from _joined_names(text)


def _balance(text: str) -> tuple[int, int]:
    found = [match["symbol"] for match in TOKEN.finditer(text) if match["symbol"] in ("(", ")")]
    return found.count("("), found.count(")")


def _boundaries(text: str) -> tuple[list[int], list[int]]:
    """Return where tokens begin, and where they end."""
    tokens = [found.span() for found in TOKEN.finditer(text) if found.lastgroup != "space"]
    return [start for start, _ in tokens], [end for _, end in tokens]


def _name_cuts(text: str, known: _Known) -> Iterator[tuple[int, float]]:
    """Yield places inside names at which a bracket may be lost: `Humanx)` for `Human(x)`, likeliest first."""
    whole = {found[0] for found in _WORD.finditer(text)}
    followers = known.constants | {word for word in whole if not is_capitalised(word) or len(word) == 1} | {"x", "y"}
    for found in _WORD.finditer(text):
        word = found[0]
        if word in KEYWORDS or not re.match(r"\s*[,)]", text[found.end() :]):
            continue
        for cut in range(1, len(word)):
            head, tail = word[:cut], word[cut:]
            cost = 4.0
            if head in known.arities or head in whole:
                cost -= 2.0
            if tail in followers:
                cost -= 2.0 if tail in known.constants or tail in whole else 1.0
            if head[-1].isupper() and tail[0].islower():
                cost += 0.5
            yield found.start() + cut, cost


def _joined_names(text: str) -> Iterator[tuple[str, float]]:
    """Yield texts in which names that stand side by side are one: `new york` as `new_york`."""
    joined = re.sub(rf"(?<=[(,])\s*({LETTER}+(?:[ ]+{LETTER}+)+)(?=\s*[,)])", _with_underscores, text)
    if joined != text:
        yield joined, 0.5


def _with_underscores(found: re.Match[str]) -> str:
    words = found[1].split()
    if any(word in KEYWORDS for word in words):
        return found[0]
    return found[0].replace(found[1], "_".join(words))


# plausibility -------------------------------------------------------------------------------------------------------


def _oddity(statement: Statement, text: str, known: _Known) -> float:
    """Return how unlike to what people write a statement is."""
    uses = list(uses_of(statement))
    arities: dict[str, set[int]] = {}
    odd = 0.0
    for use in uses:
        if use.is_claim or use.arity:
            arities.setdefault(use.name, set()).add(use.arity)
        if use.is_claim and not use.arity:
            odd += 2.0
        if use.is_claim and not use.name[:1].isupper() and any(one.name[:1].isupper() for one in uses if one.is_claim):
            odd += 1.0
        if not use.is_claim and use.arity and (use.name in known.arities or use.name[:1].isupper()):
            odd += 2.0
        if use.is_claim and use.arity and known.arities and use.name not in known.arities:
            odd += 0.5
    for name, found in arities.items():
        expected = known.arities.get(name, frozenset()) | found
        odd += 3.0 * (len(expected) - 1)
    expression = statement.expression if isinstance(statement, Formula | Query) else None
    if expression is not None:
        odd += _unbound(expression) + _unused(expression)
    odd += 2.0 * len(re.findall(r"\(\s*\)", text))
    return odd + _idle_brackets(text)


def _unbound(expression: Expression) -> float:
    """Count names that some quantifier binds and that stand outside its reach."""
    bound = {
        variable.name for part in _parts(expression) if isinstance(part, Quantifier) for variable in part.variables
    }
    return 4.0 * sum(
        1 for part in _parts(expression) if isinstance(part, App) and not part.arguments and part.name in bound
    )


def _unused(expression: Expression) -> float:
    """Count variables that a quantifier binds for nothing."""
    count = 0
    for part in _parts(expression):
        if isinstance(part, Quantifier):
            used = {inner.name for inner in _parts(part.body) if isinstance(inner, Var)}
            count += sum(variable.name not in used for variable in part.variables)
    return 2.0 * count


def _parts(expression: Expression) -> Iterator[Expression]:
    pending = [expression]
    while pending:
        part = pending.pop()
        yield part
        if isinstance(part, App | Operation):
            pending.extend(part.arguments)
        elif isinstance(part, Quantifier):
            pending.append(part.body)


def _idle_brackets(text: str) -> float:
    """Return a price for brackets around nothing that needs them: one atom, or a whole statement; and double ones."""
    pairs: dict[int, int] = {}
    stack: list[int] = []
    for found in TOKEN.finditer(text):
        if found["symbol"] == "(":
            stack.append(found.start())
        elif found["symbol"] == ")" and stack:
            pairs[stack.pop()] = found.start()
    price = 0.0
    for start, end in pairs.items():
        before = text[:start].rstrip()[-1:]
        applied = bool(before) and re.match(LETTER, before) is not None and not _is_bound_before(text, start)
        if applied:
            continue
        inner = text[start + 1 : end]
        if pairs.get(start + 1) == end - 1:
            price += 2.0
        if not re.search(r"[∧∨⊕→↔&|]|<?->|=|\b(?:and|or|xor|implies|iff)\b", inner):
            price += 1.5
        if not text[:start].strip() and not text[end + 1 :].strip(" ."):
            price += 1.5
    return price


def _is_bound_before(text: str, start: int) -> bool:
    """Tell whether a bracket follows the variable of a quantifier."""
    return re.search(rf"(?:∀|∃|\bforall\s|\bexists\s)\s*{LETTER}+\s*$", text[:start]) is not None


# names --------------------------------------------------------------------------------------------------------------


def alike(use: Use, vocabularies: Iterable[Vocabulary]) -> list[tuple[str, float]]:
    """Return names that one may be meant for, likeliest first, each with a cost."""
    found: dict[str, float] = {}
    most = 1 if len(use.name) < 5 else 2 if len(use.name) < 9 else 3
    for place, vocabulary in enumerate(vocabularies):
        for name, uses in vocabulary.uses.items():
            if name == use.name or use.role not in {other.role for other in uses}:
                continue
            apart = 0.5 if are_variants(name, use.name) else float(distance(use.name, name, most=most))
            if apart <= most:
                cost = apart + 0.5 * place - min(len(uses), 20) / 100
                found[name] = min(cost, found.get(name, cost))
    return sorted(found.items(), key=lambda pair: pair[1])


def renamed(text: str, old: str, new: str) -> str:
    """Return a text in which one name stands for another; comments and quotes are left alone."""
    pieces: list[str] = []
    position = 0
    for found in TOKEN.finditer(text):
        if found.lastgroup == "name" and found[0] == old:
            pieces += [text[position : found.start()], new]
            position = found.end()
    return "".join(pieces) + text[position:]
