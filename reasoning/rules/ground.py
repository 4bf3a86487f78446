"""Ground values and atoms: what rules are about.

A value is a name, a text, a number (an int, or a Fraction that is not integral) or a compound term. Names and texts
are strings of their own kinds, so that rows of them hash and compare at the speed of Python's strings.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple, NoReturn, TypeAlias, TypeGuard

from abduce.errors import UsageError
from abduce.parser.printing import whole_text
from abduce.parser.statements import App, Expression, Num, Operation, Text


def _no_arithmetic(self: str, other: object) -> NoReturn:
    raise TypeError("a name is not a number")


class Name(str):
    """A name such as `ann`; equal to the plain string. It cannot be calculated with."""

    __slots__ = ()
    __add__ = __radd__ = __mul__ = __rmul__ = __mod__ = __rmod__ = _no_arithmetic

    def __repr__(self) -> str:
        return f"Name({str(self)!r})"


class TextValue(Name):
    """A text such as `"two words"`; the string holds the quotes, so a text never equals a name."""

    __slots__ = ()

    @property
    def value(self) -> str:
        """The text without its quotes."""
        return self[1:-1]

    def __repr__(self) -> str:
        return f"TextValue({str(self)!r})"


@dataclass(frozen=True, slots=True, eq=False)
class Compound:
    """A function applied to values, such as `s(0)`; nothing about it recurses, so it may be deep.

    Attributes:
        name: The function's name.
        arguments: Values, at least one.
    """

    name: str
    arguments: tuple[Value, ...]
    _hash: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.name, self.arguments)))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Compound):
            return NotImplemented
        pending = [(self, other)]
        while pending:
            left, right = pending.pop()
            if left._hash != right._hash or left.name != right.name or len(left.arguments) != len(right.arguments):
                return False
            for a, b in zip(left.arguments, right.arguments, strict=True):
                if a is b:
                    continue
                if isinstance(a, Compound) and isinstance(b, Compound):
                    pending.append((a, b))
                elif isinstance(a, Compound) or isinstance(b, Compound) or a != b:
                    return False
        return True

    def __str__(self) -> str:
        return shown(self)

    def __repr__(self) -> str:
        return f"<{shown(self)}>"


Value: TypeAlias = Name | int | Fraction | Compound
Row: TypeAlias = tuple[Any, ...]
"""The values of an atom's arguments."""


class Predicate(NamedTuple):
    """A predicate.

    Attributes:
        name: Its name.
        arity: Number of its arguments.
        strong: Whether it is the strong negation `-p` of the predicate of this name.
    """

    name: str
    arity: int
    strong: bool = False

    @property
    def opposite(self) -> Predicate:
        """The strong negation of this predicate, and the other way round."""
        return Predicate(self.name, self.arity, not self.strong)

    def __str__(self) -> str:
        return f"{'-' if self.strong else ''}{self.name}/{self.arity}"


class Atom(NamedTuple):
    """A predicate at values: `parent(ann, bob)` or `-parent(ann, bob)`."""

    predicate: Predicate
    row: Row = ()

    @property
    def opposite(self) -> Atom:
        """Its strong negation."""
        return Atom(self.predicate.opposite, self.row)

    def __str__(self) -> str:
        sign = "-" if self.predicate.strong else ""
        arguments = f"({', '.join(map(shown, self.row))})" if self.row else ""
        return f"{sign}{self.predicate.name}{arguments}"


def shown(value: Value, *, most: int | None = None) -> str:
    """Write a value in the query language, without recursion; of a compound term's parts `most`, where that is given.

    Example:
        >>> shown(Compound("s", (Compound("s", (Name("z"),)),)))
        's(s(z))'
        >>> shown(Compound("s", (Compound("s", (Name("z"),)),)), most=2)
        's(s(…'
    """
    if not isinstance(value, Compound):
        return _plain(value)
    parts: list[str] = []
    pending: list[Value | _Literal] = [value]
    while pending:
        if len(parts) == most:
            return "".join([*parts, "…"])
        item = pending.pop()
        if isinstance(item, Compound):
            parts.append(f"{item.name}(")
            pending.append(_Literal(")"))
            for position in range(len(item.arguments) - 1, -1, -1):
                pending.append(item.arguments[position])
                if position:
                    pending.append(_Literal(", "))
        else:
            parts.append(item.text if isinstance(item, _Literal) else _plain(item))
    return "".join(parts)


def _plain(value: Name | int | Fraction) -> str:
    """Write a value that is no compound term."""
    if isinstance(value, int):
        return whole_text(value)
    if isinstance(value, Fraction):
        return f"{_plain(value.numerator)}/{_plain(value.denominator)}"
    return str(value)


def expression_of(value: Value) -> Expression:
    """Return the expression that says a value: the other way round than `ground`."""
    done: list[Expression] = []
    pending: list[Value | tuple[str, int]] = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, tuple):
            function, count = item
            arguments = tuple(done[-count:])
            del done[-count:]
            done.append(App(function, arguments))
        elif isinstance(item, Compound):
            pending.append((item.name, len(item.arguments)))
            pending.extend(reversed(item.arguments))
        elif isinstance(item, TextValue):
            done.append(Text(item.value))
        else:
            done.append(Num(item) if isinstance(item, int | Fraction) else App(str(item)))
    return done[0]


@dataclass(frozen=True, slots=True)
class _Literal:
    text: str


def name(text: str) -> Name:
    """Return the name of this spelling.

    Raises:
        UsageError: It begins with a double quote, as only texts do.
    """
    if text[:1] == '"':
        raise UsageError(f"a name cannot begin with a double quote: {text!r}; give a text as TextValue or Text")
    return Name(text)


def text(characters: str) -> TextValue:
    """Return the text of these characters."""
    return TextValue(f'"{characters}"')


def value_of(given: object) -> Value:
    """Return the value that a Python object stands for.

    Args:
        given: A string (a name), an int, a Fraction, a float (taken exactly), a `Text`, or a value.

    Raises:
        UsageError: Anything else, truth values, infinities and NaN among them.
    """
    if isinstance(given, Name | Compound):
        return given
    if isinstance(given, str):
        return name(given)
    if isinstance(given, bool):
        raise UsageError(f"{given} cannot be an argument: use a name such as yes, or a predicate and its negation")
    if isinstance(given, int):
        return int(given)
    if isinstance(given, Text):
        return text(given.value)
    if isinstance(given, float | Fraction):
        try:
            exact = Fraction(given)
        except (OverflowError, ValueError) as error:
            raise UsageError(f"{given} is not a number that rules can hold") from error
        return exact.numerator if exact.denominator == 1 else exact
    raise UsageError(f"a {type(given).__name__} cannot be an argument: use a string, a number or a compound term")


def is_absolute(expression: Expression) -> TypeGuard[App]:
    """Tell whether a term is `abs(x)`, which is calculated."""
    return isinstance(expression, App) and expression.name == "abs" and len(expression.arguments) == 1


def ground(expression: Expression) -> Value | None:
    """Return the value of an expression without variables and calculations, None if it has any."""
    done: list[Value] = []
    pending: list[Expression | tuple[str, int]] = [expression]
    while pending:
        item = pending.pop()
        if isinstance(item, tuple):
            function, count = item
            arguments = tuple(done[-count:])
            del done[-count:]
            done.append(Compound(function, arguments))
        elif is_absolute(item):
            return None
        elif isinstance(item, App):
            if item.arguments:
                pending.append((item.name, len(item.arguments)))
                pending.extend(reversed(item.arguments))
            else:
                done.append(Name(item.name))
        elif isinstance(item, Num):
            done.append(_number(item.value))
        elif isinstance(item, Text):
            done.append(text(item.value))
        elif isinstance(item, Operation) and item.op == "neg" and isinstance(item.arguments[0], Num):
            done.append(_number(-item.arguments[0].value))
        else:
            return None
    return done[0]


def _number(value: int | Fraction) -> int | Fraction:
    """Return an integral Fraction as an int."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def atom(expression: Expression) -> Atom:
    """Return the ground atom, or strong negation of one, that an expression says.

    Raises:
        UsageError: It is neither.
    """
    strong = isinstance(expression, Operation) and expression.op == "strong"
    inner = expression.arguments[0] if isinstance(expression, Operation) and strong else expression
    if not isinstance(inner, App):
        raise UsageError("expected an atom such as p(a), or its strong negation -p(a)")
    row = tuple(ground(argument) for argument in inner.arguments)
    if None in row:
        raise UsageError(f"expected {inner.name} at names, numbers or terms without variables")
    return Atom(Predicate(inner.name, len(row), strong), row)
