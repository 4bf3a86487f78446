"""Terms as SMT-LIB 2 writes them; shared parts are written once, under `let`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction

from abduce.errors import UsageError
from abduce.parser.numerals import decimal
from abduce.parser.smtlib_operations import CONSTANTS, OPERATIONS
from abduce.parser.writing import Names
from abduce.solvers.terms import (
    BOOL,
    INT,
    REAL,
    Apply,
    Number,
    Op,
    Operate,
    Quantified,
    Sort,
    Symbol,
    Term,
    Variable,
    children,
    free_variables,
    subterms,
)

_SIMPLE = re.compile(r"[A-Za-z~!$%^&*_+=<>?/-][A-Za-z0-9~!@$%^&*_+=<>.?/-]*")
_WORDS = {"let", "forall", "exists", "as", "par", "match", "_", "!", "lambda", "BINARY", "DECIMAL", "HEXADECIMAL",
    "NUMERAL", "STRING"}  # fmt: skip
_THEORIES = re.compile(
    r"bv\w+|concat|extract|repeat|(zero|sign)_extend|rotate_(left|right)|a?(sin|cos|tan)h?|(arc)?(sin|cos|tan|csc|sec|cot)"
    r"|exp|sqrt|iand|tuple|bag|choice|fp|NaN|R(NE|NA|TP|TN|TZ)|(str|re|fp|seq|set|bag|int|real|ff|rel|sep|tuple|char)\..*"
)
"""Names that theories beyond ours give a meaning to, and solvers do not let a script declare."""
_SORTS = {BOOL: "Bool", INT: "Int", REAL: "Real"}
_WRITTEN = {Op.IFF: "=", Op.NEGATE: "-"}


def quoted(name: str) -> str:
    """Return a name as SMT-LIB writes it: in bars where it must."""
    return name if _SIMPLE.fullmatch(name) and name not in _WORDS else f"|{name}|"


def reserved(name: str) -> bool:
    """Tell whether a name already means something to solvers, or is a word of the language."""
    return name in OPERATIONS or name in CONSTANTS or name in _WORDS or bool(_THEORIES.fullmatch(name))


def number_text(value: Fraction, sort: Sort) -> str:
    """Return a number as a term."""
    if value < 0:
        return f"(- {number_text(-value, sort)})"
    if sort == INT:
        return str(value.numerator)
    return decimal(value) or f"(/ {value.numerator}.0 {value.denominator}.0)"


class TermWriter:
    """Writes terms, each symbol, sort and variable under a name of its own."""

    def __init__(self) -> None:
        writable = re.compile(r"[|\\\x00-\x1f\x7f]")
        self.names = Names(lambda name: writable.sub("_", name), reserved)
        self.sorts = Names(lambda name: writable.sub("_", name), lambda name: name in ("Array", "Bool", "Int", "Real"))
        self._shared = 0

    def sort(self, sort: Sort) -> str:
        """Return a sort."""
        if sort in _SORTS:
            return _SORTS[sort]
        if sort.name == "Array" and len(sort.arguments) == 2:
            return f"(Array {self.sort(sort.arguments[0])} {self.sort(sort.arguments[1])})"
        if sort.arguments:
            raise UsageError(f"the sort {sort}")
        return quoted(self.sorts.of(sort, sort.name))

    def symbol(self, symbol: Symbol) -> str:
        """Return the name of a symbol."""
        return quoted(self.names.of(symbol, symbol.name))

    def variable(self, variable: Variable) -> str:
        """Return the name of a variable."""
        return quoted(self.names.of(variable, variable.name))

    def term(self, term: Term) -> str:
        """Return a term.

        What is shared and closed is bound by `let` around the whole; what is shared and has free variables, at the
        beginning of the body of the quantifier that it stands in.
        """
        closed = self._shared_in(term, across=True)
        closed = [part for part in closed if not free_variables(part)]
        return "".join(self._pieces(term, closed))

    def _shared_in(self, root: Term, *, across: bool, known: Mapping[Term, str] | None = None) -> list[Term]:
        """Return what occurs more than once in a term, parts before wholes.

        Args:
            root: The term.
            across: Whether to look into the bodies of quantifiers as well.
            known: Parts that have a name already; they are not looked into.
        """
        uses: Counter[Term] = Counter()
        order: list[Term] = []
        done: set[Term] = set()
        pending: list[tuple[Term, bool]] = [(root, False)]
        while pending:
            part, ready = pending.pop()
            if ready:
                order.append(part)
            elif part not in done:
                done.add(part)
                pending.append((part, True))
                if (across or not isinstance(part, Quantified)) and part not in (known or {}):
                    uses.update(children(part))
                    pending.extend((child, False) for child in reversed(children(part)))
        return [part for part in order if uses[part] > 1 and children(part) and part not in (known or {})]

    def _pieces(self, term: Term, closed: list[Term]) -> list[str]:
        out: list[str] = []
        top: dict[Term, str] = {}
        pending: list[str | tuple[Term, dict[Term, str], bool]] = []
        self._push_lets(term, closed, top, pending)
        while pending:
            item = pending.pop()
            if isinstance(item, str):
                out.append(item)
                continue
            part, local, binds = item
            name = None if binds else local.get(part, top.get(part))
            if name is not None:
                out.append(name)
            elif isinstance(part, Quantified):
                bound = " ".join(f"({self.variable(v)} {self.sort(v.sort)})" for v in part.variables)
                out.append(f"({part.kind.value} ({bound}) ")
                pending.append(")")
                self._push_lets(part.body, self._shared_in(part.body, across=False, known=top), {}, pending)
            elif isinstance(part, Apply | Operate) and part.arguments:
                out.append(f"({self._head(part)}")
                pending.append(")")
                for argument in reversed(part.arguments):
                    pending.extend(((argument, local, False), " "))
            else:
                out.append(self._leaf(part))
        return out

    def _push_lets(
        self,
        body: Term,
        shared: list[Term],
        local: dict[Term, str],
        pending: list[str | tuple[Term, dict[Term, str], bool]],
    ) -> None:
        """Put a body on the stack, below a `let` for each shared part; a part's name is known from its `let` on."""
        items: list[str | tuple[Term, dict[Term, str], bool]] = []
        for part in shared:
            self._shared += 1
            local[part] = quoted(self.names.of(("shared", self._shared), f"s!{self._shared}"))
            items.extend((f"(let (({local[part]} ", (part, local, True), ")) "))
        items.append((body, local, False))
        items.append(")" * len(shared))
        pending.extend(reversed(items))

    def _head(self, part: Apply | Operate) -> str:
        if isinstance(part, Apply):
            return self.symbol(part.symbol)
        return _WRITTEN.get(part.op, part.op.value)

    def _leaf(self, part: Term) -> str:
        if isinstance(part, Number):
            return number_text(part.value, part.sort)
        if isinstance(part, Variable):
            return self.variable(part)
        if isinstance(part, Apply):
            return self.symbol(part.symbol)
        assert isinstance(part, Operate)
        return "false" if part.op in (Op.FALSE, Op.OR) else "true"


def sorts_of(terms: Iterable[Term]) -> list[Sort]:
    """Return the sorts that a user declared which occur in terms, in the order of their occurrence."""
    found: dict[Sort, None] = {}

    def note(sort: Sort) -> None:
        if sort.arguments:
            for part in sort.arguments:
                note(part)
        elif sort not in _SORTS:
            found[sort] = None

    for term in terms:
        for part in subterms(term):
            if isinstance(part, Apply):
                for sort in (*part.symbol.arguments, part.sort):
                    note(sort)
            elif isinstance(part, Variable):
                note(part.sort)
            elif isinstance(part, Quantified):
                for variable in part.variables:
                    note(variable.sort)
    return list(found)


def symbols_of(terms: Iterable[Term]) -> list[Symbol]:
    """Return the symbols of terms in the order of their occurrence."""
    return list(dict.fromkeys(p.symbol for term in terms for p in subterms(term) if isinstance(p, Apply)))
