"""The language of meanings: typed terms, their printing, their description length, their plain form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import log2
from typing import Any, TypeAlias

from abduce.values import FunctionType, MarkType, Type, Value, show_value


@dataclass(frozen=True, slots=True)
class Var:
    """The argument with this index: those left of the symbol first, each side in sentence order."""

    index: int


@dataclass(frozen=True, slots=True)
class Bound:
    """The parameter of an enclosing function, 0 being the innermost (de Bruijn)."""

    depth: int = 0


@dataclass(frozen=True, slots=True)
class Const:
    """A constant: an int, a bool, or a tuple of output tokens."""

    value: Value


@dataclass(frozen=True, slots=True)
class Call:
    """A primitive, by name, applied to terms."""

    primitive: str
    arguments: tuple[Term, ...]
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.primitive, self.arguments)))

    def __hash__(self) -> int:  # once per node, so that deep terms need no recursion
        return self._hash


@dataclass(frozen=True, slots=True)
class Function:
    """A function of one parameter, `Bound(0)` in its body."""

    body: Term
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash(("function", self.body)))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True)
class Definition:
    """A program under a name, whole in itself, that other programs may use.

    Attributes:
        name: The symbol that means it.
        left: How many of its arguments are written before the name.
        arity: How many arguments it takes, natural numbers; they are its variables.
        program: The program.
        closed: A term without loops over closed forms that has the same value wherever it has one; None where none
            is known. It is what is run.
    """

    name: str
    left: int
    arity: int
    program: Term
    closed: Term | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """A defined program applied to terms."""

    definition: Definition
    arguments: tuple[Term, ...]
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.definition, self.arguments)))

    def __hash__(self) -> int:
        return self._hash


Term: TypeAlias = Var | Bound | Const | Call | Function | Use

VARIABLE_NAMES = "xyzuvw"
FUNCTION_NAMES = "fgh"
BOUND_NAMES = "abcde"
INFIX = {"++", "+", "-", "∸", "*", "^", "<", "<=", "==", "and", "or", "max", "min", "div", "mod", "xor"}
NODE_BITS = 3.0
VARIABLE_BITS = 2.0
REFERENCE_BITS = 1.5


def subterms(term: Term) -> Iterator[Term]:
    """Yield a term and everything inside it, without recursion; the programs that it uses are not inside it."""
    pending = [term]
    while pending:
        current = pending.pop()
        yield current
        if isinstance(current, Call | Use):
            pending.extend(current.arguments)
        elif isinstance(current, Function):
            pending.append(current.body)


def with_variables(term: Term, values: Mapping[int, Term]) -> Term:
    """Return a term with other terms, closed ones or variables, in the place of some of its variables."""
    built: dict[int, Term] = {}
    for part in reversed(list(subterms(term))):
        match part:
            case Var(index):
                built[id(part)] = values.get(index, part)
            case Call(name, arguments):
                built[id(part)] = Call(name, tuple(built[id(argument)] for argument in arguments))
            case Use(definition, arguments):
                built[id(part)] = Use(definition, tuple(built[id(argument)] for argument in arguments))
            case Function(body):
                built[id(part)] = Function(built[id(body)])
            case _:
                built[id(part)] = part
    return built[id(term)]


def used_names(term: Term) -> frozenset[str]:
    """Return the names of the programs that a term uses, and of those that they use in turn."""
    definitions = [part.definition for part in subterms(term) if isinstance(part, Use)]
    return frozenset(d.name for d in definitions).union(*(used_names(d.program) for d in definitions))


def constant_bits(value: Value, alphabet: int) -> float:
    """Return the description length of a constant in bits, `alphabet` being the number of output tokens."""
    if isinstance(value, bool):
        return 2.0
    if isinstance(value, int):
        return 2.0 + 2.0 * log2(abs(value) + 1.0)
    return 1.0 + len(value) * (1.0 + log2(alphabet + 1.0))


def description_bits(term: Term, alphabet: int, costs: Mapping[str, float]) -> float:
    """Return the description length of a term in bits; what occurs again is paid once and then referred to.

    To use a program that another symbol means costs as much as to call a primitive.

    Args:
        term: The term.
        alphabet: How many different output tokens there are.
        costs: Bits per primitive name; a primitive that is not there costs `NODE_BITS`.
    """
    total = 0.0
    seen: set[Term] = set()
    pending = [term]
    while pending:
        part = pending.pop()
        if part in seen and not isinstance(part, Var | Bound):
            total += REFERENCE_BITS
            continue
        seen.add(part)
        match part:
            case Const(value):
                total += constant_bits(value, alphabet)
            case Call(name, arguments):
                total += costs.get(name, NODE_BITS)
                pending.extend(arguments)
            case Use(_, arguments):
                total += NODE_BITS
                pending.extend(arguments)
            case Function(body):
                total += 1.0
                pending.append(body)
            case _:
                total += VARIABLE_BITS
    return total


def concatenation(parts: tuple[Term, ...]) -> Term:
    """Return the terms joined by `++`, neighbouring constants merged, nested to the right."""
    merged: list[Term] = []
    for part in parts:
        last = merged[-1] if merged else None
        if isinstance(part, Const) and isinstance(last, Const):
            merged[-1] = Const(last.value + part.value)
        else:
            merged.append(part)
    if not merged:
        return Const(())
    term = merged[-1]
    for part in reversed(merged[:-1]):
        term = Call("++", (part, term))
    return term


def argument_names(types: tuple[Type, ...]) -> tuple[str, ...]:
    """Return readable names for arguments: f g h for functions, x y z for the rest, marks as themselves."""
    names: list[str] = []
    plain, functions = iter(VARIABLE_NAMES), iter(FUNCTION_NAMES)
    for kind in types:
        if isinstance(kind, MarkType):
            names.append(f"'{kind.symbol}'")
        elif isinstance(kind, FunctionType):
            names.append(next(functions, "f_"))
        else:
            names.append(next(plain, "x_"))
    return tuple(names)


def show_term(term: Term, names: tuple[str, ...] = tuple(VARIABLE_NAMES), depth: int = 0) -> str:
    """Return a term as a person reads it: `x ++ x`, `f(f(x))`, `if x < y then x else y`."""
    match term:
        case Var(index):
            return names[index] if index < len(names) else f"x{index}"
        case Bound(level):
            return BOUND_NAMES[(depth - 1 - level) % len(BOUND_NAMES)]
        case Const(value):
            return f"[{show_value(value) if value else ''}]" if isinstance(value, tuple) else show_value(value)
        case Function(body):
            return f"(λ{BOUND_NAMES[depth % len(BOUND_NAMES)]}. {show_term(body, names, depth + 1)})"
        case Call(name, arguments):
            return _show_call(name, tuple(show_term(part, names, depth) for part in arguments), arguments)
        case Use(definition, arguments):
            return _show_use(definition, tuple(show_term(part, names, depth) for part in arguments), arguments)


def _show_call(name: str, shown: tuple[str, ...], arguments: tuple[Term, ...]) -> str:
    if name == "if":
        return f"if {shown[0]} then {shown[1]} else {shown[2]}"
    if name == "relabel" and isinstance(arguments[0], Const):
        table = arguments[0].value
        pairs = ", ".join(f"{old}→{new}" for old, new in zip(table[::2], table[1::2], strict=True))
        inner = f"({shown[1]})" if isinstance(arguments[1], Call) and arguments[1].primitive in INFIX else shown[1]
        return f"{inner}[{pairs}]"
    if name == "apply":
        return f"{shown[0]}({', '.join(shown[1:])})"
    if name == "cdiv":
        return f"⌈{' / '.join(map(_bracketed, shown, arguments))}⌉"
    if name in INFIX and len(shown) == 2:
        associative = name in {"++", "+", "*", "and", "or"}
        left, right = (
            text if associative and isinstance(part, Call) and part.primitive == name else _bracketed(text, part)
            for text, part in zip(shown, arguments, strict=True)
        )
        return f"{left} {name} {right}"
    return f"{name}({', '.join(shown)})"


def _show_use(definition: Definition, shown: tuple[str, ...], arguments: tuple[Term, ...]) -> str:
    if definition.left == 1 and definition.arity == 2:
        left, right = map(_bracketed, shown, arguments)
        return f"{left} {definition.name} {right}"
    return f"{definition.name}({', '.join(shown)})"


def _bracketed(text: str, part: Term) -> str:
    """Return what an operand of an infix operation is written as."""
    infix = isinstance(part, Call) and (part.primitive in INFIX or part.primitive == "if")
    return f"({text})" if infix or (isinstance(part, Use) and part.definition.left == 1) else text


def show_program(term: Term, types: tuple[Type, ...]) -> str:
    """Return a program with its arguments, as in `λx. x ++ x`; marks are not listed."""
    names = argument_names(types)
    shown = [name for name, kind in zip(names, types, strict=True) if not isinstance(kind, MarkType)]
    body = show_term(term, names)
    return f"λ{' '.join(shown)}. {body}" if shown else body


def to_plain(term: Term) -> list[Any]:
    """Return a term as nested lists of plain data, for files."""
    match term:
        case Var(index):
            return ["var", index]
        case Bound(depth):
            return ["bound", depth]
        case Const(value):
            return ["tokens", *value] if isinstance(value, tuple) else ["const", value]
        case Function(body):
            return ["function", to_plain(body)]
        case Call(name, arguments):
            return ["call", name, *map(to_plain, arguments)]
        case Use(definition, arguments):
            closed = None if definition.closed is None else to_plain(definition.closed)
            about = [definition.name, definition.left, definition.arity, to_plain(definition.program), closed]
            return ["use", about, *map(to_plain, arguments)]


def from_plain(data: list[Any]) -> Term:
    """Read back what `to_plain` wrote.

    Raises:
        ValueError: The data are not a term.
    """
    match data:
        case ["var", int(index)]:
            return Var(index)
        case ["bound", int(depth)]:
            return Bound(depth)
        case ["tokens", *tokens]:
            return Const(tuple(tokens))
        case ["const", value]:
            return Const(value)
        case ["function", body]:
            return Function(from_plain(body))
        case ["call", str(name), *arguments]:
            return Call(name, tuple(map(from_plain, arguments)))
        case ["use", [str(name), int(left), int(arity), program, closed], *arguments]:
            known = None if closed is None else from_plain(closed)
            definition = Definition(name, left, arity, from_plain(program), known)
            return Use(definition, tuple(map(from_plain, arguments)))
    raise ValueError(f"not a term: {data!r}")
