"""What a script in SMT-LIB 2 has declared at some point: sorts, functions, definitions, and levels of all these."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from abduce.errors import ParseError
from abduce.parser.smtlib_operations import CONSTANTS, OPERATIONS
from abduce.parser.smtlib_tokens import Tokens, symbol_of
from abduce.parser.source_text import Delegated
from abduce.solvers.terms import BOOL, INT, REAL, Sort, Symbol, Term, Variable, array, fold, with_children

DEEPEST_SORT = 50
MOST_LEVELS = 10_000
MOST_COMPARED = 5_000

_FOREIGN = {
    "bit-vectors": r"bv.*|.*bv|BitVec|concat|extract|repeat|(zero|sign)_extend|(ext_)?rotate_.*|nat2bv|int2bv",
    "floating point": r"fp|fp\..*|to_fp.*|Float.*|RoundingMode|R(NE|NA|T[PNZ])|round(Nearest|Toward).*|.?(oo|zero)|NaN",
    "strings": r"str\..*|int\.to\.str|char\..*|Char|String|Unicode|re\..*|RegLan|RegEx|ReRegLan",
    "sequences": r"seq\..*|Seq",
    "sets": r"set\..*|Set|union|intersection|setminus|subset|complement|card|member|FiniteSet",
    "datatypes": r"is|is-.*|update-field|match|par",
    "constant and mapped arrays": r"const|map|default|as-array|array-ext",
    "powers and functions of analysis": r"a?(sin|cos|tan)h?|exp|pi|euler|root-obj|rem|\^|\*\*",
    "functions as values": r"lambda|choice|->",
    "pseudo-Boolean constraints": r"pbeq|pble|pbge|at-most|at-least",
    "special relations": r"(linear|partial|piecewise-linear|tree)-order|transitive-closure",
}
FOREIGN = {theory: re.compile(pattern) for theory, pattern in _FOREIGN.items()}
"""Names that scripts for solvers use without declaring them, and what we say they belong to."""


def foreign(name: str) -> str | None:
    """Return which theory that our terms lack a name belongs to, None where it belongs to none."""
    return next((theory for theory, pattern in FOREIGN.items() if pattern.fullmatch(name)), None)


@dataclass(frozen=True)
class Macro:
    """A defined function: what stands for an application of it. Its parameters occur in nothing else."""

    parameters: tuple[Variable, ...]
    body: Term
    _made: dict[tuple[Term, ...], Term] = field(default_factory=dict, repr=False, compare=False)

    @property
    def arguments(self) -> tuple[Sort, ...]:
        return tuple(parameter.sort for parameter in self.parameters)

    def applied(self, arguments: tuple[Term, ...]) -> Term:
        """Return the body with arguments, of the right number and sorts, for the parameters; each time the same one."""
        if not self.parameters:
            return self.body
        if arguments in self._made:
            return self._made[arguments]
        values: Mapping[Term, Term] = dict(zip(self.parameters, arguments, strict=True))

        def replaced(part: Term, below: tuple[Term, ...]) -> Term:
            return values.get(part, part) if isinstance(part, Variable) else with_children(part, below)

        return self._made.setdefault(arguments, fold(self.body, replaced))


@dataclass(frozen=True)
class SortMacro:
    """A defined sort over parameters, or a declared sort, which has neither parameters nor a body.

    Attributes:
        parameters: Names that stand for sorts in the body.
        body: What it is defined as.
        members: For a declared enumeration all that it holds.
    """

    parameters: tuple[str, ...] = ()
    body: Sort | None = None
    members: tuple[Symbol, ...] = ()


@dataclass
class Scope:
    """Everything declared, with the levels that `push` opens.

    Attributes:
        functions: What each name of a function or constant means.
        sorts: What each name of a sort means.
        keeps: Whether declarations outlive their level (`:global-declarations`).
    """

    functions: dict[str, Symbol | Macro] = field(default_factory=dict)
    sorts: dict[str, SortMacro] = field(default_factory=dict)
    keeps: bool = False
    _levels: list[tuple[list[str], list[str]]] = field(default_factory=lambda: [([], [])])

    @property
    def depth(self) -> int:
        """How many levels are open."""
        return len(self._levels) - 1

    def push(self, levels: int) -> None:
        """Open levels."""
        self._levels.extend(([], []) for _ in range(levels))

    def pop(self, levels: int) -> None:
        """Close levels, of which so many are open, and forget what was declared in them."""
        for _ in range(levels):
            functions, sorts = self._levels.pop()
            if self.keeps:
                self._levels[-1][0].extend(functions)
                self._levels[-1][1].extend(sorts)
                continue
            for name in functions:
                del self.functions[name]
            for name in sorts:
                del self.sorts[name]

    def clear(self) -> None:
        """Forget everything."""
        self.functions.clear()
        self.sorts.clear()
        self._levels[:] = [([], [])]

    def define(self, tokens: Tokens, index: int, name: str, meaning: Symbol | Macro) -> None:
        """Give a name, which stands at a token, to a function or constant.

        Raises:
            ParseError: The name has that signature already.
            Delegated: It has another one, or a fixed meaning.
        """
        if name in OPERATIONS or name in CONSTANTS:
            raise Delegated(f"another meaning for {name}")
        before = self.functions.get(name)
        if before is not None:
            if before.arguments == meaning.arguments:
                raise tokens.error(index, f"{name} is declared twice; give the second another name, or open a level")
            raise Delegated(f"several declarations of {name}")
        self.functions[name] = meaning
        self._levels[-1][0].append(name)

    def define_sort(self, tokens: Tokens, index: int, name: str, meaning: SortMacro) -> None:
        """Give a name, which stands at a token, to a sort.

        Raises:
            ParseError: It is a sort already.
        """
        if name in self.sorts or name in ("Bool", "Int", "Real", "Array"):
            raise tokens.error(index, f"{name} is a sort already; give this one another name")
        self.sorts[name] = meaning
        self._levels[-1][1].append(name)

    def unknown(self, tokens: Tokens, index: int, name: str) -> ParseError:
        """Return the error for a name of a function that is nowhere declared."""
        near = get_close_matches(name, self.functions, 1) if len(self.functions) < MOST_COMPARED else []
        asked = f"; did you mean {near[0]}?" if near else ""
        return tokens.error(index, f"{name} is not declared{asked}")

    def member(self, name: str) -> Symbol:
        """Return the member of an enumeration that a name is.

        Raises:
            Delegated: It is something else, of a datatype perhaps.
        """
        symbol = self.functions.get(name)
        declared = self.sorts.get(symbol.result.name) if isinstance(symbol, Symbol) else None
        if declared is None or symbol not in declared.members:
            raise Delegated("datatypes")
        assert isinstance(symbol, Symbol)
        return symbol

    @property
    def enumerates(self) -> bool:
        """Whether an enumeration is declared."""
        return any(meaning.members for meaning in self.sorts.values())

    def symbols(self) -> tuple[Symbol, ...]:
        """Return the declared functions and constants in the order of their declarations."""
        return tuple(meaning for meaning in self.functions.values() if isinstance(meaning, Symbol))


def read_sort(
    tokens: Tokens, index: int, scope: Scope, parameters: Mapping[str, Sort] | None = None, depth: int = 0
) -> tuple[Sort, int]:
    """Read a sort.

    Args:
        tokens: The script.
        index: Its first token.
        scope: What is declared.
        parameters: Names that stand for sorts here.
        depth: How many sorts this one stands in.

    Returns:
        The sort and the index of the token after it.

    Raises:
        ParseError: No sort stands there, or an undeclared one.
        Delegated: It is a sort that our terms lack.
    """
    if depth > DEEPEST_SORT:
        raise tokens.error(index, f"sorts stand in each other more than {DEEPEST_SORT} deep")
    if tokens.texts[index] != "(":
        return _sort(tokens, index, tokens.symbol(index), (), scope, parameters or {}), index + 1
    head = index + 1
    name = tokens.symbol(head)
    if name == "_":
        inner = symbol_of(tokens.texts[head + 1]) or ""
        raise Delegated(foreign(inner) or f"the sort {tokens.written(index, tokens.after(index))}")
    arguments: list[Sort] = []
    index = head + 1
    while tokens.texts[index] != ")":
        argument, index = read_sort(tokens, index, scope, parameters, depth + 1)
        arguments.append(argument)
    return _sort(tokens, head, name, tuple(arguments), scope, parameters or {}), index + 1


def _sort(
    tokens: Tokens,
    index: int,
    name: str,
    arguments: tuple[Sort, ...],
    scope: Scope,
    parameters: Mapping[str, Sort],
) -> Sort:
    if name in parameters and not arguments:
        return parameters[name]
    basic = {"Bool": BOOL, "Int": INT, "Real": REAL}.get(name)
    if basic is not None and not arguments:
        return basic
    if name == "Array" and len(arguments) == 2:
        return array(*arguments)
    meaning = scope.sorts.get(name)
    if meaning is None:
        theory = foreign(name)
        if theory:
            raise Delegated(theory)
        raise tokens.error(
            index, f"{name} is not a declared sort", expected=("Bool", "Int", "Real", *list(scope.sorts)[:5])
        )
    if len(arguments) != len(meaning.parameters):
        raise tokens.error(index, f"{name} takes {len(meaning.parameters)} sorts; got {len(arguments)}")
    if meaning.body is not None:
        return _instance(meaning.body, dict(zip(meaning.parameters, arguments, strict=True)))
    return Sort(name)


def _instance(sort: Sort, values: Mapping[str, Sort]) -> Sort:
    """Put sorts for the parameters of a defined one."""
    if not sort.name and sort.arguments:
        return values[sort.arguments[0].name]
    return Sort(sort.name, tuple(_instance(part, values) for part in sort.arguments))


def parameter(name: str) -> Sort:
    """Return what stands for a parameter in the body of a defined sort: no sort that can be written."""
    return Sort("", (Sort(name),))
