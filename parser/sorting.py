"""Sort inference: which of the things, numbers and declared sorts each place of a theory holds.

Places that must hold the same values are united; what is known about a class of places is kept with the reason, so
that a clash can name both. Integers widen to reals: a class that something real flows into is real, and so are
undeclared names that meet reals in sums, orders and equations, unless they must be integers. The result does not
depend on the order of the statements; but what a question meets does not make reals of integers that were told. Every
change is journalled, so that a statement that clashes leaves no trace.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from abduce.errors import SortError
from abduce.parser.places import sort_error, written
from abduce.parser.statements import Source, Span
from abduce.solvers.terms import BOOL, INT, REAL, THING, Sort

SORTS: Final = {"Int": INT, "Real": REAL, "Bool": BOOL, "Thing": THING}


def sort_named(name: str) -> Sort:
    """Return the sort of a name; one that is not built in is a sort of its own."""
    return SORTS.get(name) or Sort(name)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is known about a class: a piece of a statement, and what that piece says."""

    source: Source
    span: Span
    why: str

    def __str__(self) -> str:
        return f"`{written(self.source, self.span)}` {self.why} ({self.source})"


@dataclass(slots=True)
class Known:
    """What is known about a class of places.

    Attributes:
        other: A sort that is no number's, and why.
        symbolic: Why its values are no numbers, whatever their sort.
        numeric: Why its values are numbers.
        integral: Why they must be integers.
        real: Why some of them are reals.
        wide: Why they flow into a place for reals, which takes integers as well.
        touched: Whether they meet reals in arithmetic.
    """

    other: tuple[Sort, Reason] | None = None
    symbolic: Reason | None = None
    numeric: Reason | None = None
    integral: Reason | None = None
    real: Reason | None = None
    wide: Reason | None = None
    touched: bool = False


PROPERTIES: Final = ("other", "symbolic", "numeric", "integral", "real", "wide")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a term's sort is known to be before all is read.

    Attributes:
        node: Its class, for a variable or application that nobody declared.
        sort: Its sort, where that is fixed.
        leaves: For arithmetic, the undeclared parts that it computes with.
        is_real: Whether a part of the arithmetic is real for certain.
    """

    node: int | None = None
    sort: Sort | None = None
    leaves: tuple[int, ...] = ()
    is_real: bool = False


@dataclass(slots=True)
class Classes:
    """Classes of places, by union and find, with a journal.

    Attributes:
        groups: What meets in arithmetic: places, whether something real is among them, and the place for the result.
        told: How many places the premises have, while a question is read; 0 while premises are.
    """

    parents: list[int] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)
    groups: list[tuple[tuple[int, ...], bool, int | None]] = field(default_factory=list)
    journal: list[tuple[Any, ...]] = field(default_factory=list)
    told: int = 0
    _settled: int = 0
    _asked: tuple[Source, ...] = ()

    def begin_question(self, *sources: Source) -> None:
        """Keep the integers that were told from here on, until `end_question`."""
        self.settle()
        self.told, self._asked = len(self.parents), sources

    def end_question(self) -> None:
        """Read premises again."""
        self.told, self._asked = 0, ()

    def is_told_integer(self, node: int) -> bool:
        """Tell whether a question is read, and a place is one of the premises' that holds integers by their word."""
        root = self.root(node)  # the oldest place of a class
        reasons = (self.known[root].numeric, self.known[root].integral, self.known[root].wide)
        by_premises = any(why is not None and why.source not in self._asked for why in reasons)
        return root < self.told and by_premises and self.sort(root) == INT

    def node(self) -> int:
        """Return a new place."""
        self.parents.append(len(self.parents))
        self.known.append(Known())
        return len(self.parents) - 1

    def root(self, node: int) -> int:
        """Return the representative of a place's class."""
        parents = self.parents
        while parents[node] != node:
            node = parents[node]
        return node

    def mark(self) -> tuple[int, int, int, int]:
        """Return a point that `undo` can go back to."""
        return len(self.journal), len(self.parents), len(self.groups), self._settled

    def undo(self, mark: tuple[int, int, int, int]) -> None:
        """Forget everything since a mark."""
        changes, places, groups, self._settled = mark
        while len(self.journal) > changes:
            target, name, old = self.journal.pop()
            if name is None:
                self.parents[target] = target
            else:
                setattr(target, name, old)
        del self.parents[places:], self.known[places:], self.groups[groups:]

    def learn(self, node: int, name: str, value: Any) -> None:
        """Note a property of a class, with its reason, unless it is known already.

        Raises:
            SortError: It contradicts what is known.
        """
        known = self.known[self.root(node)]
        old = getattr(known, name)
        if old is None:
            self._set(known, name, value)
            _check(known, value[1] if name == "other" else value)
        elif name == "other" and old[0] != value[0]:
            raise _clash(old[1], value[1], value[1])

    def _set(self, known: Known, name: str, value: Any) -> None:
        self.journal.append((known, name, getattr(known, name)))
        setattr(known, name, value)

    def unite(self, left: int, right: int) -> None:
        """Make two places hold values of one sort.

        Raises:
            SortError: What is known about them does not fit.
        """
        left, right = self.root(left), self.root(right)
        if left == right:
            return
        if right > left:
            left, right = right, left
        self.parents[left] = right
        self.journal.append((left, None, None))
        for name in PROPERTIES:
            value = getattr(self.known[left], name)
            if value is not None:
                self.learn(right, name, value)
        if self.known[left].touched and not self.known[right].touched:
            self._set(self.known[right], "touched", True)

    def meet(self, shapes: Iterable[Shape]) -> Shape:
        """Return the shape of arithmetic on terms, whose undeclared parts become real where one part is."""
        leaves: list[int] = []
        is_real = False
        for shape in shapes:
            is_real = is_real or shape.is_real or shape.sort == REAL
            leaves += shape.leaves if shape.node is None else (shape.node,)
        if leaves and (is_real or len(leaves) > 1):
            self.groups.append((tuple(leaves), is_real, None))
        return Shape(leaves=tuple(dict.fromkeys(leaves)), is_real=is_real)

    def sort(self, node: int) -> Sort:
        """Return the sort of a place as far as is known; things where nothing is."""
        known = self.known[self.root(node)]
        if known.other is not None:
            return known.other[0]
        if not (known.numeric or known.integral or known.real or known.wide):
            return THING
        return REAL if not known.integral and (known.real or known.wide or known.touched) else INT

    def settle(self) -> None:
        """Spread reals through sums, orders and equations: to be called when all of a batch is read."""
        fresh = self.groups[self._settled :]
        self._settled = len(self.groups)
        if self._spread(fresh):
            while self._spread(self.groups):
                pass

    def _spread(self, groups: list[tuple[tuple[int, ...], bool, int | None]]) -> bool:
        changed = False
        for nodes, is_real, place in groups:
            whole = nodes if place is None else (*nodes, place)
            if is_real or any(self.sort(node) == REAL for node in whole):
                for node in whole:
                    known = self.known[self.root(node)]
                    if known.touched or known.integral or (node != place and self.is_told_integer(node)):
                        continue
                    changed = changed or self.sort(node) != REAL
                    self._set(known, "touched", True)
        return changed


def _check(known: Known, latest: Reason) -> None:
    numeric = known.numeric or known.integral or known.real or known.wide
    if known.other is not None:
        if numeric is not None:
            raise _clash(known.other[1], numeric, latest)
        if known.symbolic is not None and known.other[0] == BOOL:
            raise _clash(known.other[1], known.symbolic, latest)
    if known.symbolic is not None and numeric is not None:
        raise _clash(known.symbolic, numeric, latest)
    if known.integral is not None and known.real is not None:
        raise _clash(known.integral, known.real, latest)


def _clash(first: Reason, second: Reason, latest: Reason) -> SortError:
    """Return an error that names both reasons and points at the one that came last."""
    return sort_error(f"sorts clash: {first}, but {second}", latest.source, latest.span)
