"""What the operations mean on values: the evaluator's arithmetic, equality and arrays, exact."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from abduce.solvers import algebraic
from abduce.solvers.algebraic import CannotTell, Irrational
from abduce.solvers.base import Algebraic, ArrayValue, Element, ModelValue
from abduce.solvers.terms import BOOL, INT, REAL, Op, Operate, Sort, Symbol

BY_ZERO: Mapping[Op, Symbol] = {
    Op.DIVIDE: Symbol("divided by zero", (REAL,), REAL),
    Op.DIV: Symbol("div by zero", (INT,), INT),
    Op.MOD: Symbol("mod by zero", (INT,), INT),
}
"""The functions of the dividend that division by zero is; a model may interpret them like any symbol."""
LARGEST_BITS = 1 << 20


@dataclass(frozen=True, slots=True)
class Undecided:
    """What the evaluator answers where it cannot tell, with the reason; never a guess."""

    why: str

    def __bool__(self) -> bool:
        raise TypeError("an undecided value is neither true nor false; test with isinstance")


Value: TypeAlias = bool | int | Fraction | Irrational | Element | ArrayValue | Undecided
"""A value while it is worked with: as a model's, but roots as `Irrational`."""

TOO_LARGE = Undecided("a number grew too large")
UNSPECIFIED_POWER = Undecided("a power that has no fixed value")


def working(value: ModelValue) -> Value:
    """Return a model's value to work with.

    Raises:
        CannotTell: A root of a polynomial of too high a degree.
    """
    return algebraic.exact(value) if isinstance(value, Algebraic) else value


def finished(value: Value) -> ModelValue | Undecided:
    """Return a value as a model holds it.

    Raises:
        CannotTell: Its own polynomial could not be found.
    """
    return algebraic.algebraic(value) if isinstance(value, Irrational) else value


def same(left: Value, right: Value) -> bool:
    """Whether two values of one sort are equal; arrays must be in normal form.

    Raises:
        CannotTell: Two irrational numbers could not be told apart.
    """
    if isinstance(left, Irrational) or isinstance(right, Irrational):
        return algebraic.compare(_number(left), _number(right)) == 0
    return left == right


def _number(value: Value) -> algebraic.Exact:
    return value if isinstance(value, Irrational) else Fraction(value)  # type: ignore[arg-type]


def operation(term: Operate, values: Sequence[Value]) -> Value:
    """Return the value of a strict operation on decided values; division by zero is not among them.

    Raises:
        CannotTell: The arithmetic of two irrational numbers.
    """
    found = _COMPUTE[term.op](values)
    if isinstance(found, bool):
        return found
    if term.sort == INT and isinstance(found, Fraction):
        return int(found)
    if isinstance(found, int | Fraction) and _bits(found) > LARGEST_BITS:
        return TOO_LARGE
    return found


def _bits(value: int | Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _equal(values: Sequence[Value]) -> Value:
    return all(same(left, right) for left, right in pairwise(values))


def _distinct(values: Sequence[Value]) -> Value:
    if any(isinstance(value, Irrational) for value in values):
        return not any(same(values[i], values[j]) for i in range(len(values)) for j in range(i))
    return len(set(values)) == len(values)


def _xor(values: Sequence[Value]) -> Value:
    return sum(value is True for value in values) % 2 == 1


def _add(values: Sequence[Value]) -> Value:
    if any(isinstance(value, Irrational) for value in values):
        total: algebraic.Exact = Fraction(0)
        for value in values:
            total = algebraic.add(total, _number(value))
        return total
    return sum(values[1:], values[0])  # type: ignore[arg-type]


def _negate(values: Sequence[Value]) -> Value:
    value = values[0]
    if isinstance(value, Irrational):
        return algebraic.multiply(Fraction(-1), value)
    return -value  # type: ignore[operator]


def _subtract(values: Sequence[Value]) -> Value:
    if len(values) == 1:
        return _negate(values)
    return _add((values[0], *(_negate((value,)) for value in values[1:])))


def _multiply(values: Sequence[Value]) -> Value:
    product: Value = values[0]
    for value in values[1:]:
        if isinstance(product, Irrational) or isinstance(value, Irrational):
            product = algebraic.multiply(_number(product), _number(value))
        elif _bits(product) + _bits(value) > LARGEST_BITS:  # type: ignore[arg-type]
            return TOO_LARGE
        else:
            product = product * value  # type: ignore[operator]
    return product


def _divide(values: Sequence[Value]) -> Value:
    left, right = _number(values[0]), _number(values[1])
    return algebraic.multiply(left, algebraic.inverse(right))


def is_zero(value: Value) -> bool:
    """Whether a number is zero.

    Raises:
        CannotTell: It could not be told.
    """
    return algebraic.sign(value) == 0 if isinstance(value, Irrational) else value == 0


def _div(values: Sequence[Value]) -> Value:
    left, right = values
    assert isinstance(left, int) and isinstance(right, int)
    return left // right if right > 0 else -(left // -right)


def _mod(values: Sequence[Value]) -> Value:
    left, right = values
    assert isinstance(left, int) and isinstance(right, int)
    return left % abs(right)


def _power(values: Sequence[Value]) -> Value:
    base, exponent = values
    if isinstance(exponent, Irrational):
        return Undecided("an irrational exponent")
    assert isinstance(exponent, int | Fraction)
    if isinstance(exponent, Fraction) and exponent.denominator != 1:
        return _root(base, exponent)
    count = int(exponent)
    if is_zero(base) and count < 0:
        return UNSPECIFIED_POWER
    if isinstance(base, int) and isinstance(exponent, int) and count < 0:
        return UNSPECIFIED_POWER
    if isinstance(base, Irrational):
        if abs(count) > algebraic.LARGEST_DEGREE:
            return TOO_LARGE
        power: algebraic.Exact = Fraction(1)
        for _ in range(abs(count)):
            power = algebraic.multiply(power, base)
        return algebraic.inverse(power) if count < 0 else power
    if _bits(base) * abs(count) > LARGEST_BITS:  # type: ignore[arg-type]
        return TOO_LARGE
    assert isinstance(base, int | Fraction)
    power_of: Fraction = Fraction(base) ** count
    return int(power_of) if isinstance(base, int) else power_of


def _root(base: Value, exponent: Fraction) -> Value:
    """A rational power of a rational number: the greatest real root of `t^q - base^p`; of zero, zero."""
    if isinstance(base, Irrational):
        return Undecided("a root of an irrational number")
    if base < 0 or (base == 0 and exponent < 0):  # type: ignore[operator]
        return UNSPECIFIED_POWER
    degree = exponent.denominator
    if degree > algebraic.LARGEST_DEGREE or _bits(base) * abs(exponent.numerator) > LARGEST_BITS:  # type: ignore[arg-type]
        return TOO_LARGE
    power = Fraction(base) ** exponent.numerator  # type: ignore[arg-type]
    above, below = _whole_root(power.numerator, degree), _whole_root(power.denominator, degree)
    if above is not None and below is not None:
        return Fraction(above, below)
    coefficients = (-power.numerator, *[0] * (degree - 1), power.denominator)
    return algebraic.exact(Algebraic(coefficients, 1 if degree % 2 == 0 else 0))


def _whole_root(value: int, degree: int) -> int | None:
    low, high = 0, 1 << (value.bit_length() // degree + 1)
    while low < high:
        middle = (low + high + 1) // 2
        if middle**degree <= value:
            low = middle
        else:
            high = middle - 1
    return low if low**degree == value else None


def _absolute(values: Sequence[Value]) -> Value:
    value = values[0]
    if isinstance(value, Irrational):
        return value if algebraic.sign(value) >= 0 else algebraic.multiply(Fraction(-1), value)
    assert isinstance(value, int | Fraction)
    return -value if value < 0 else value


def _comparison(accepts: Callable[[int], bool]) -> Callable[[Sequence[Value]], Value]:
    def compute(values: Sequence[Value]) -> Value:
        for left, right in pairwise(values):
            if isinstance(left, Irrational) or isinstance(right, Irrational):
                order = algebraic.compare(_number(left), _number(right))
            else:
                order = (left > right) - (left < right)  # type: ignore[operator]
            if not accepts(order):
                return False
        return True

    return compute


def _to_real(values: Sequence[Value]) -> Value:
    return Fraction(values[0])  # type: ignore[arg-type]


def _to_int(values: Sequence[Value]) -> Value:
    return algebraic.whole_part(_number(values[0]))


def _is_int(values: Sequence[Value]) -> Value:
    value = _number(values[0])
    if isinstance(value, Fraction):
        return value.denominator == 1
    return algebraic.compare(value, Fraction(algebraic.whole_part(value))) == 0


def look_up(array: ArrayValue, index: Value) -> Value:
    """Return what an array holds at an index.

    Raises:
        CannotTell: Two irrational indexes could not be told apart.
    """
    for place, value in array.entries:
        if same(working(place), index):
            return working(value)
    return working(array.otherwise)


def _select(values: Sequence[Value]) -> Value:
    array, index = values
    assert isinstance(array, ArrayValue)
    return look_up(array, index)


_COMPUTE: Mapping[Op, Callable[[Sequence[Value]], Value]] = {
    Op.TRUE: lambda _: True,
    Op.FALSE: lambda _: False,
    Op.NOT: lambda values: not values[0],
    Op.XOR: _xor,
    Op.IFF: _equal,
    Op.EQUAL: _equal,
    Op.DISTINCT: _distinct,
    Op.ADD: _add,
    Op.SUBTRACT: _subtract,
    Op.NEGATE: _negate,
    Op.MULTIPLY: _multiply,
    Op.DIVIDE: _divide,
    Op.DIV: _div,
    Op.MOD: _mod,
    Op.POWER: _power,
    Op.ABS: _absolute,
    Op.LESS: _comparison(lambda order: order < 0),
    Op.LESS_EQUAL: _comparison(lambda order: order <= 0),
    Op.GREATER: _comparison(lambda order: order > 0),
    Op.GREATER_EQUAL: _comparison(lambda order: order >= 0),
    Op.TO_REAL: _to_real,
    Op.TO_INT: _to_int,
    Op.IS_INT: _is_int,
    Op.SELECT: _select,
}


def normal_array(array: ArrayValue, domain: Sequence[Value] | None) -> ArrayValue:
    """Return the one form in which equal arrays are equal.

    Args:
        array: An array; of two entries at one index the first counts.
        domain: The indexes, where they are finitely many.

    Raises:
        CannotTell: It holds irrational numbers.
    """
    if domain is not None:
        values = {index: finished(look_up(array, index)) for index in domain}
        otherwise = values[domain[0]]
        entries = [(index, value) for index, value in values.items() if value != otherwise]
        return ArrayValue(tuple(entries), otherwise)  # type: ignore[arg-type]
    kept: dict[ModelValue, ModelValue] = {}
    for index, value in array.entries:
        kept.setdefault(index, value)
    if any(isinstance(value, Algebraic) for value in (array.otherwise, *kept, *kept.values())):
        raise CannotTell("whether arrays that hold irrational numbers are equal")
    different = [(index, value) for index, value in kept.items() if value != array.otherwise]
    return ArrayValue(tuple(sorted(different, key=repr)), array.otherwise)


def default(sort: Sort, first: Callable[[Sort], Element]) -> Value:
    """Return some value of a sort, the same one each time.

    Args:
        sort: The sort.
        first: Gives the first element of an uninterpreted sort.
    """
    chain = [sort]
    while chain[-1].name == "Array":
        chain.append(chain[-1].arguments[1])
    innermost = chain.pop()
    value: Value
    if innermost == BOOL:
        value = False
    elif innermost in (INT, REAL):
        value = 0 if innermost == INT else Fraction(0)
    else:
        value = first(innermost)
    for _ in chain:
        assert not isinstance(value, Irrational | Undecided)
        value = ArrayValue((), value)
    return value
