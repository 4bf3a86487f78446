"""Evidence for the meaning of one symbol: what it must compute, from which arguments, in each example.

For each way of reading an example, the answer is carried down from the root to the constituent that the symbol
heads (by witness functions), and the values of its arguments come up from the chart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from abduce.parser.signatures import Signature
from abduce.reasoning.learning.deduction import Chart, segmentations
from abduce.reasoning.learning.execution import evaluate
from abduce.reasoning.learning.lexicon import Entry, Meaning
from abduce.reasoning.learning.primitives import Library
from abduce.reasoning.learning.witness import witnesses
from abduce.values import UNDEFINED, FunctionType, MarkType, Tokens, Type, Value

MOST_ARGUMENTS = 4
MOST_MARKS = 3
MOST_REQUIRED = 65
MOST_ROWS = 400

Row = tuple[tuple[Value, ...], Value]
"""Argument values, and the value that they must give."""
Span = tuple[int, int]
Required = dict[Span, dict[Type, list[Value]]]


@dataclass(frozen=True, slots=True)
class Case:
    """One example in which the symbol occurs, with all that the symbol might be there.

    Attributes:
        index: Which example.
        rows: For each signature the alternatives of which one must hold.
    """

    index: int
    rows: dict[Signature, tuple[Row, ...]]


@dataclass(frozen=True, slots=True)
class Option:
    """One way of reading an example: argument values, and the values of which they must give one.

    Attributes:
        index: The example's number.
        arguments: The argument values.
        values: What may come of them, in a fixed order.
        accepted: The same, as a set.
    """

    index: int
    arguments: tuple[Value, ...]
    values: tuple[Value, ...]
    accepted: frozenset[Value]


Evidence: TypeAlias = list[tuple[int, tuple[Option, ...]]]
"""Examples by number, each with the options of which one must hold."""


def gather(
    index: int,
    tokens: Tokens,
    kind: Type,
    target: Value,
    position: int,
    chart: Chart,
    library: Library,
    joiners: Sequence[Meaning] = (),
) -> Case:
    """Return what the symbol at a position might be, all other symbols being as the chart has them.

    Args:
        index: The example's number, handed on.
        tokens: The sentence.
        kind: Type of the answer.
        target: The answer.
        position: Where the symbol stands; the chart's cells must not know it.
        chart: Values of all spans without the symbol.
        library: The primitives.
        joiners: Meanings of the silent connective between neighbours.
    """
    rows: dict[Signature, dict[Row, None]] = defaultdict(dict)
    required = required_values(tokens, kind, target, position, chart, library)
    _before_joining(tokens, position, joiners, chart, library, required)
    for (start, end), by_type in required.items():
        lefts = list(_argument_lists(tokens, start, position, chart))
        rights = list(_argument_lists(tokens, position + 1, end, chart))
        for (left_types, left), (right_types, right) in product(lefts, rights):
            types = (*left_types, *right_types)
            if not _allowed(types):
                continue
            for result, values in by_type.items():
                if not values:
                    continue
                group = rows[Signature(left_types, right_types, result)]
                for value in values:
                    if len(group) < MOST_ROWS:
                        group[(left + right, value)] = None
    return Case(index, {signature: tuple(group) for signature, group in rows.items()})


def _allowed(types: tuple[Type, ...]) -> bool:
    marks = sum(isinstance(kind, MarkType) for kind in types)
    plain = len(types) - marks
    return (
        marks <= MOST_MARKS and plain <= (MOST_ARGUMENTS if marks else MOST_ARGUMENTS - 1) and (plain > 0 or not marks)
    )


def _argument_lists(
    tokens: Tokens, start: int, end: int, chart: Chart
) -> Iterator[tuple[tuple[Type, ...], tuple[Value, ...]]]:
    """Yield every way in which a range can be arguments, as their types and values."""
    if start == end:
        yield (), ()
        return
    for parts in range(1, min(MOST_ARGUMENTS + MOST_MARKS, end - start) + 1):
        for cut in segmentations(start, end, parts):
            options = [
                [(kind, value) for kind, values in chart.cell(tokens[a:b]).items() for value in values] for a, b in cut
            ]
            if all(options):
                for choice in product(*options):
                    yield tuple(kind for kind, _ in choice), tuple(value for _, value in choice)


def required_values(
    tokens: Tokens, kind: Type, target: Value, position: int, chart: Chart, library: Library
) -> Required:
    """Return for each span around a position the values that would give the sentence its answer."""
    length = len(tokens)
    required: Required = {(0, length): {kind: [target]}}
    for width in range(length, 1, -1):
        for start in range(max(0, position - width + 1), min(position, length - width) + 1):
            outer = (start, start + width)
            if outer in required:
                _descend(tokens, outer, required[outer], position, chart, library, required)
    return required


def _descend(
    tokens: Tokens,
    outer: Span,
    wanted: dict[Type, list[Value]],
    position: int,
    chart: Chart,
    library: Library,
    required: Required,
) -> None:
    start, end = outer
    for head in range(start, end):
        if head == position:
            continue
        for entry in chart.entries.get(tokens[head], ()):
            signature = entry.label.signature
            values = wanted.get(signature.result)
            if not values or not signature.arity:
                continue
            for left in segmentations(start, head, len(signature.left)):
                for right in segmentations(head + 1, end, len(signature.right)):
                    _descend_into(tokens, (*left, *right), entry, values, position, chart, library, required)


def _descend_into(
    tokens: Tokens,
    spans: tuple[Span, ...],
    entry: Entry,
    wanted: list[Value],
    position: int,
    chart: Chart,
    library: Library,
    required: Required,
) -> None:
    """Add what the argument that holds the position must be for the entry to give one of the wanted values."""
    types = (*entry.label.signature.left, *entry.label.signature.right)
    hole = next(i for i, (a, b) in enumerate(spans) if a <= position < b)
    kind = types[hole]
    if isinstance(kind, FunctionType | MarkType):
        return
    others = [
        [None] if i == hole else list(chart.cell(tokens[a:b]).get(types[i], ()))[:8] for i, (a, b) in enumerate(spans)
    ]
    found = required.setdefault(spans[hole], {}).setdefault(kind, [])
    for arguments in product(*others):
        for target in wanted:
            if len(found) >= MOST_REQUIRED:
                return
            for value in _inverted(entry, arguments, hole, kind, target, library):
                if value not in found:
                    found.append(value)


def _inverted(
    entry: Entry, arguments: tuple[Value, ...], hole: int, kind: Type, target: Value, library: Library
) -> Iterator[Value]:
    """Yield what one argument of an entry must be for its value to be the target."""
    program, joiner = entry.meaning.running, entry.joiner
    if joiner is None:
        yield from witnesses(program, arguments, hole, kind, target, library)
        return
    own, beside = arguments[:-1], arguments[-1]
    if hole == len(own):
        inner = evaluate(program, own, library)
        if inner is not UNDEFINED:
            yield from witnesses(joiner.running, (inner, None), 1, kind, target, library)
        return
    for inner in witnesses(joiner.running, (None, beside), 0, joiner.signature.left[0], target, library):
        yield from witnesses(program, own, hole, kind, inner, library)


def _before_joining(
    tokens: Tokens,
    position: int,
    joiners: Sequence[Meaning],
    chart: Chart,
    library: Library,
    required: Required,
) -> None:
    """Add what a constituent around the position must be before something beside it is joined to it."""
    for (start, end), by_type in list(required.items()):
        for joiner, middle in product(joiners, range(position + 1, end)):
            first, second = joiner.signature.left[0], joiner.signature.right[0]
            wanted = by_type.get(joiner.signature.result, ())
            found = required.setdefault((start, middle), {}).setdefault(first, [])
            for beside, target in product(list(chart.cell(tokens[middle:end]).get(second, ()))[:8], wanted):
                for value in witnesses(joiner.running, (None, beside), 0, first, target, library):
                    if value not in found and len(found) < MOST_REQUIRED:
                        found.append(value)
