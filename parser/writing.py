"""What both export formats need: names that a target can write, and terms without what no target has."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from fractions import Fraction

from abduce.errors import UsageError
from abduce.solvers.terms import REAL, Number, Op, Operate, Term, fold, number, operate, with_children

LARGEST_POWER = 64


class Names:
    """Names in a target, each given to one thing only.

    Attributes:
        changed: For each name that could not be kept, the one that stands for it.
    """

    def __init__(self, writable: Callable[[str], str], reserved: Callable[[str], bool]) -> None:
        self.changed: dict[str, str] = {}
        self._writable, self._reserved = writable, reserved
        self._given: dict[Hashable, str] = {}
        self._taken: set[str] = set()

    def of(self, thing: Hashable, name: str) -> str:
        """Return the name of a thing: the wished one or, where it cannot be written or is taken, one like it."""
        found = self._given.get(thing)
        if found is None:
            stem = self._writable(name)
            found, count = stem, 1
            while found in self._taken or self._reserved(found):
                count += 1
                found = f"{stem}_{count}"
            self._taken.add(found)
            self._given[thing] = found
            if found != name:
                self.changed[name] = found
        return found


def plain(term: Term) -> Term:
    """Return a term with products for powers, and choices for absolute values of reals.

    Raises:
        UsageError: It holds a power whose exponent is not a small positive whole number.
    """

    def combine(part: Term, below: tuple[Term, ...]) -> Term:
        part = with_children(part, below)
        if isinstance(part, Operate) and part.op is Op.POWER:
            return _product(part)
        if isinstance(part, Operate) and part.op is Op.ABS and part.sort == REAL:
            (value,) = part.arguments
            return operate(Op.ITE, operate(Op.LESS, value, number(Fraction(0))), operate(Op.NEGATE, value), value)
        return part

    return fold(term, combine)


def _product(power: Operate) -> Term:
    base, *exponents = power.arguments
    for given in exponents:
        exponent = given
        if isinstance(given, Operate) and given.op is Op.TO_REAL:
            (exponent,) = given.arguments
        if not isinstance(exponent, Number) or exponent.value.denominator != 1:
            raise UsageError("a power whose exponent is not a whole number")
        if not 1 <= exponent.value <= LARGEST_POWER:
            raise UsageError(f"a power whose exponent is not between 1 and {LARGEST_POWER}")
        times = int(exponent.value)
        base = operate(Op.MULTIPLY, *([base] * times)) if times > 1 else base
    return base
