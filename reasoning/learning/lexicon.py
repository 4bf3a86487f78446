"""What symbols mean: meanings, the lexicon that holds them, and its description length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from abduce.parser.signatures import Form, Label, Signature
from abduce.reasoning.learning.execution import Closure, evaluate
from abduce.reasoning.learning.primitives import DIVISIONS, Library
from abduce.reasoning.learning.programs import (
    Call,
    Const,
    Definition,
    Term,
    Use,
    Var,
    argument_names,
    description_bits,
    from_plain,
    show_program,
    show_term,
    subterms,
    to_plain,
    used_names,
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
        closed: A term without loops that has the same value, for natural arguments, wherever it has one; None where
            none is known. It is what is run.
        proof: How that is known, in words; empty where there is nothing to prove.
        running: What is run: the closed form where there is one, else the program.
    """

    signature: Signature
    program: Term
    evidence: int = field(default=0, compare=False)
    share: float = field(default=0.0, compare=False)
    closed: Term | None = field(default=None, compare=False)
    proof: str = field(default="", compare=False)
    running: Term = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = self.program if self.closed is None else as_use("", self)
        object.__setattr__(self, "running", known)

    @property
    def is_mark(self) -> bool:
        return isinstance(self.signature.result, MarkType)

    def show(self) -> str:
        """Return the program as a person reads it."""
        if isinstance(self.signature.result, MarkType):
            return "(a mark)"
        return show_program(self.program, (*self.signature.left, *self.signature.right))

    def show_closed(self) -> str:
        """Return the closed form as a person reads it, empty where there is none or it is the program itself."""
        if self.closed is None or self.closed == self.program:
            return ""
        return show_term(self.closed, self._names())

    def show_condition(self) -> str:
        """Return where the closed form has a value, empty where that is everywhere."""
        parts = () if self.closed is None else subterms(self.closed)
        divisors = [p.arguments[1] for p in parts if isinstance(p, Call) and p.primitive in DIVISIONS]
        shown = {show_term(one, self._names()): None for one in divisors if not isinstance(one, Const)}
        return " and ".join(f"{divisor} > 0" for divisor in shown)

    def _names(self) -> tuple[str, ...]:
        return argument_names((*self.signature.left, *self.signature.right))


def described(meaning: Meaning) -> dict[str, Any]:
    """Return a meaning's program, the closed form that it equals, where it does, and how that is known."""
    return {
        "program": meaning.show(),
        "closed_form": meaning.show_closed(),
        "condition": meaning.show_condition(),
        "proof": meaning.proof,
    }


def as_use(symbol: str, meaning: Meaning) -> Use:
    """Return a program over numbers as used, under a symbol's name, on the variables of its meaning."""
    kinds = (*meaning.signature.left, *meaning.signature.right)
    plain = [index for index, kind in enumerate(kinds) if kind is Basic.INT]
    renamed = {index: Var(n) for n, index in enumerate(plain)}
    closed = None if meaning.closed is None else with_variables(meaning.closed, renamed)
    left = sum(index < len(meaning.signature.left) for index in plain)
    definition = Definition(symbol, left, len(plain), with_variables(meaning.program, renamed), closed)
    return Use(definition, tuple(map(Var, plain)))


def building_blocks(lexicon: Lexicon, without: str) -> tuple[Definition, ...]:
    """Return the programs over numbers that have closed forms, for others to use, but for those that use one symbol."""
    return tuple(
        as_use(symbol, meaning).definition
        for symbol, meanings in sorted(lexicon.items())
        for meaning in meanings
        if symbol not in ("", without)
        and meaning.closed is not None
        and without not in used_names(meaning.program)
        and meaning.signature.result is Basic.INT
        and all(kind is Basic.INT for kind in (*meaning.signature.left, *meaning.signature.right))
    )


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
            return evaluate(self.meaning.running, arguments, self.library)
        inner = evaluate(self.meaning.running, arguments[:-1], self.library)
        if inner is UNDEFINED:
            return UNDEFINED
        return evaluate(self.joiner.running, (inner, arguments[-1]), self.library)


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
    return Closure(with_variables(meaning.running, scope), None, name, kind)


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
                "closed": None if meaning.closed is None else to_plain(meaning.closed),
                "proof": meaning.proof,
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
    closed = data.get("closed")  # files from before there were closed forms have none
    return Meaning(
        signature,
        from_plain(data["program"]),
        data["evidence"],
        data["share"],
        None if closed is None else from_plain(closed),
        data.get("proof", ""),
    )
