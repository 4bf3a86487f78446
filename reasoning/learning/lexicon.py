"""What symbols mean: meanings, the lexicon that holds them, and its description length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from abduce.parser.signatures import Form, Label, Signature
from abduce.reasoning.learning.execution import Closure, evaluate
from abduce.reasoning.learning.primitives import Library
from abduce.reasoning.learning.programs import (
    Const,
    Term,
    Var,
    description_bits,
    from_plain,
    show_program,
    subterms,
    to_plain,
    with_variables,
)
from abduce.values import UNDEFINED, Basic, FunctionType, MarkType, Type, Value

ARGUMENT_BITS = 2.0
FUNCTION_BITS = 3.0
MARK_BITS = 4.0
MEANING_BITS = 2.0
MOST_REMEMBERED = 200_000
SILENT = ""
"""The symbol of juxtaposition: its meaning combines constituents that stand side by side."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A signature and the program that computes the value from the arguments.

    Attributes:
        signature: Number, side and type of the arguments.
        program: The program; for a mark, any (it is not run).
        evidence: How many training examples are explained with it.
        share: Share of the training examples with this symbol that are explained.
    """

    signature: Signature
    program: Term
    evidence: int = field(default=0, compare=False)
    share: float = field(default=0.0, compare=False)

    @property
    def is_mark(self) -> bool:
        return isinstance(self.signature.result, MarkType)

    def show(self) -> str:
        """Return the program as a person reads it."""
        if isinstance(self.signature.result, MarkType):
            return "(a mark)"
        return show_program(self.program, (*self.signature.left, *self.signature.right))


def mark(symbol: str) -> Meaning:
    """Return the meaning of a symbol that is a mark."""
    return Meaning(Signature((), (), MarkType(symbol)), Const(()))


def ignored_arguments(meaning: Meaning) -> tuple[int, ...]:
    """Return the plain arguments that a meaning's program does not look at, where it looks at others."""
    used = {part.index for part in subterms(meaning.program) if isinstance(part, Var)}
    kinds = (*meaning.signature.left, *meaning.signature.right)
    return tuple(i for i, kind in enumerate(kinds) if used and i not in used and isinstance(kind, Basic))


def with_mark(meaning: Meaning, slot: int, symbol: str) -> Meaning:
    """Return a meaning with a mark in the place of one of its arguments."""
    kinds: list[Type] = [*meaning.signature.left, *meaning.signature.right]
    kinds[slot] = MarkType(symbol)
    left = len(meaning.signature.left)
    signature = Signature(tuple(kinds[:left]), tuple(kinds[left:]), meaning.signature.result)
    return Meaning(signature, meaning.program)


def type_bits(kind: Type) -> float:
    """Return the description length of an argument's type in bits."""
    if isinstance(kind, MarkType):
        return MARK_BITS
    return ARGUMENT_BITS + (FUNCTION_BITS if isinstance(kind, FunctionType) else 0.0)


def meaning_bits(meaning: Meaning, alphabet: int, library: Library) -> float:
    """Return the description length of a meaning in bits."""
    if meaning.is_mark:
        return MEANING_BITS
    signature = sum(type_bits(kind) for kind in (*meaning.signature.left, *meaning.signature.right))
    return MEANING_BITS + signature + description_bits(meaning.program, alphabet, library.costs)


Lexicon = Mapping[str, tuple[Meaning, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A label together with the means to compute its value; what charts are made of."""

    label: Label
    meaning: Meaning
    joiner: Meaning | None
    value: Value
    library: Library
    memory: dict[tuple[Value, ...], Value]

    def apply(self, arguments: tuple[Value, ...]) -> Value:
        """Return the value of the constituent, or `UNDEFINED`."""
        known = self.memory.get(arguments)
        if known is None:
            if len(self.memory) >= MOST_REMEMBERED:
                self.memory.clear()
            known = self.memory[arguments] = self._compute(arguments)
        return known

    def _compute(self, arguments: tuple[Value, ...]) -> Value:
        if self.label.form is Form.QUOTED:
            return _function(self.label, self.meaning, arguments)
        if self.meaning.is_mark:
            return self.value
        if self.joiner is None:
            return evaluate(self.meaning.program, arguments, self.library)
        inner = evaluate(self.meaning.program, arguments[:-1], self.library)
        if inner is UNDEFINED:
            return UNDEFINED
        return evaluate(self.joiner.program, (inner, arguments[-1]), self.library)


def entries(symbol: str, lexicon: Lexicon, library: Library) -> tuple[Entry, ...]:
    """Return all the ways in which a symbol may stand in a tree, in a fixed order."""
    found: list[Entry] = []
    for sense, meaning in enumerate(lexicon.get(symbol, ())):
        found.extend(_uses(symbol, sense, meaning, lexicon.get(SILENT, ()), library))
    return tuple(found)


def _uses(symbol: str, sense: int, meaning: Meaning, joiners: tuple[Meaning, ...], library: Library) -> Iterator[Entry]:
    signature = meaning.signature
    if isinstance(signature.result, MarkType):
        yield Entry(Label(symbol, sense, Form.PLAIN, signature), meaning, None, symbol, library, {})
        return
    yield Entry(Label(symbol, sense, Form.PLAIN, signature), meaning, None, None, library, {})
    quoted = quoted_signature(signature)
    if quoted is not None and quoted.result in library.callable:
        yield Entry(Label(symbol, sense, Form.QUOTED, quoted), meaning, None, None, library, {})
    for joiner in joiners:
        first, second = joiner.signature.left[0], joiner.signature.right[0]
        if signature.result == first:
            wider = Signature(signature.left, (*signature.right, second), joiner.signature.result)
            yield Entry(Label(symbol, sense, Form.JOINED, wider), meaning, joiner, None, library, {})


def quoted_signature(signature: Signature) -> Signature | None:
    """Return the signature of a meaning used as a function value, or None where it takes no plain arguments.

    It keeps the functions that the meaning takes, and stands without its plain arguments and marks.
    """
    left, right = (
        tuple(kind for kind in side if isinstance(kind, FunctionType)) for side in (signature.left, signature.right)
    )
    plain = tuple(kind for kind in (*signature.left, *signature.right) if isinstance(kind, Basic))
    if not plain or not isinstance(signature.result, Basic):
        return None
    return Signature(left, right, FunctionType(plain, signature.result))


def _function(label: Label, meaning: Meaning, functions: tuple[Value, ...]) -> Closure:
    """Return a meaning as a function of its plain arguments, the functions that it takes being given."""
    given, place = iter(functions), iter(range(len(functions) + meaning.signature.arity))
    scope: dict[int, Term] = {}
    for index, kind in enumerate((*meaning.signature.left, *meaning.signature.right)):
        if isinstance(kind, FunctionType):
            scope[index] = Const(next(given))
        elif isinstance(kind, Basic):
            scope[index] = Var(next(place))
    name = f"{label.symbol}({', '.join(map(str, functions))})" if functions else label.symbol
    kind = label.signature.result
    assert isinstance(kind, FunctionType)
    return Closure(with_variables(meaning.program, scope), None, name, kind)


def plain_type(kind: Type) -> list[Any]:
    """Return a type as plain data, for files."""
    if isinstance(kind, Basic):
        return ["basic", kind.value]
    if isinstance(kind, MarkType):
        return ["mark", kind.symbol]
    return ["function", plain_type(kind.result), *map(plain_type, kind.arguments)]


def type_from_plain(data: list[Any]) -> Type:
    """Read back what `plain_type` wrote.

    Raises:
        ValueError: The data are not a type.
    """
    match data:
        case ["basic", name]:
            return Basic(name)
        case ["mark", str(symbol)]:
            return MarkType(symbol)
        case ["function", result, *arguments]:
            return FunctionType(tuple(map(type_from_plain, arguments)), type_from_plain(result))
    raise ValueError(f"not a type: {data!r}")


def lexicon_to_plain(lexicon: Lexicon) -> dict[str, list[dict[str, Any]]]:
    """Return a lexicon as plain data, for files."""
    return {
        symbol: [
            {
                "left": [plain_type(kind) for kind in meaning.signature.left],
                "right": [plain_type(kind) for kind in meaning.signature.right],
                "result": plain_type(meaning.signature.result),
                "program": to_plain(meaning.program),
                "evidence": meaning.evidence,
                "share": meaning.share,
            }
            for meaning in meanings
        ]
        for symbol, meanings in lexicon.items()
    }


def lexicon_from_plain(data: Mapping[str, list[dict[str, Any]]]) -> dict[str, tuple[Meaning, ...]]:
    """Read back what `lexicon_to_plain` wrote.

    Raises:
        ValueError: The data are not a lexicon.
    """
    return {symbol: tuple(map(_meaning_from_plain, meanings)) for symbol, meanings in data.items()}


def _meaning_from_plain(data: dict[str, Any]) -> Meaning:
    signature = Signature(
        tuple(map(type_from_plain, data["left"])),
        tuple(map(type_from_plain, data["right"])),
        type_from_plain(data["result"]),
    )
    return Meaning(signature, from_plain(data["program"]), data["evidence"], data["share"])
