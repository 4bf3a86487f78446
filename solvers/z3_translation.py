"""From our terms to Z3's expressions, in one Z3 context: each shared part once, without recursion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import z3
from z3 import z3core

from abduce.errors import SortError
from abduce.solvers.terms import (
    BOOL,
    INT,
    REAL,
    Apply,
    Kind,
    Number,
    Op,
    Operate,
    Quantified,
    Sort,
    Symbol,
    Term,
    Variable,
    children,
)

Ast = Any
"""A raw handle of Z3: an expression, sort or declaration that lives as long as the translation holds it."""

POLL_EVERY = 512
_DECIMAL_BITS = 8192
_FIRST_TRUTH = 2**29
"""Where the numbers of Boolean constants begin that are no variables; Z3 takes numbers below 2**30."""


class Stopped(Exception):
    """The translation was told to stop."""


class Translation:
    """The expressions that one context has for terms; not shared between threads.

    Handles stay alive until `release`. Z3's low-level calls are used throughout: they cost half of what the
    wrappers do, and leave no objects whose collection, in whatever thread, would touch the context.

    Attributes:
        symbols: For each declaration, by its id in Z3, the symbol that it stands for.
        sorts: For each sort, by its id in Z3, ours.
        nonlinear: Whether products, quotients or powers of unknowns occurred.
        quantified: Whether a quantifier occurred.
    """

    def __init__(self, context: z3.Context) -> None:
        self.context = context
        self.ref = context.ref()
        self.symbols: dict[int, Symbol] = {}
        self.sorts: dict[int, Sort] = {}
        self.nonlinear = self.quantified = False
        self._kept = z3core.Z3_mk_ast_vector(self.ref)
        z3core.Z3_ast_vector_inc_ref(self.ref, self._kept)
        self._sorts: dict[Sort, Ast] = {}
        self._declarations: dict[Symbol, Ast] = {}
        self._made: dict[Term, Ast] = {}
        self._open: dict[Term, frozenset[Variable]] = {}
        self._variable_numbers: dict[Variable, int] = {}

    @property
    def size(self) -> int:
        """How many terms it holds."""
        return len(self._made)

    def formula(self, formula: Term, stop: Callable[[], bool] = bool) -> Ast:
        """Return the expression of a closed formula.

        Args:
            formula: The formula.
            stop: Asked now and then whether to give up.

        Raises:
            SortError: It is not a formula, or has free variables, or holds a number that its sort has not.
            Stopped: `stop` said so.
        """
        if formula.sort != BOOL:
            raise SortError(f"a formula was expected, not a term of {formula.sort}")
        made = self.term(formula, stop)
        if formula in self._open:
            names = ", ".join(sorted(variable.name for variable in self._open[formula]))
            raise SortError(f"a closed formula was expected; free in it: {names} (bind them with a quantifier)")
        return made

    def term(self, term: Term, stop: Callable[[], bool] = bool) -> Ast:
        """Return the expression of any term; free variables become constants that no symbol shares.

        Raises:
            SortError: It holds a number that its sort has not.
            Stopped: `stop` said so.
        """
        made = self._made
        if term in made:
            return made[term]
        pending, steps = [term], 0
        while pending:
            current = pending[-1]
            if current in made:
                pending.pop()
                continue
            parts = children(current)
            missing = [part for part in parts if part not in made]
            if missing:
                pending.extend(missing)
                continue
            pending.pop()
            made[current] = self._keep(self._make(current, [made[part] for part in parts]))
            self._note_free(current, parts)
            steps += 1
            if steps % POLL_EVERY == 0 and stop():
                raise Stopped
        return made[term]

    def sort(self, sort: Sort) -> Ast:
        """Return Z3's sort."""
        found = self._sorts.get(sort)
        if found is not None:
            return found
        for part in _parts_first(sort):
            if part not in self._sorts:
                self._sorts[part] = self._new_sort(part)
        return self._sorts[sort]

    def declaration(self, symbol: Symbol) -> Ast:
        """Return Z3's declaration of a symbol."""
        found = self._declarations.get(symbol)
        if found is None:
            domain = [self.sort(sort) for sort in symbol.arguments]
            name = z3core.Z3_mk_string_symbol(self.ref, symbol.name)
            count = len(domain)
            found = z3core.Z3_mk_func_decl(self.ref, name, count, (z3.Sort * count)(*domain), self.sort(symbol.result))
            self._keep(z3core.Z3_func_decl_to_ast(self.ref, found))
            self._declarations[symbol] = found
            self.symbols[z3core.Z3_get_func_decl_id(self.ref, found)] = symbol
        return found

    def fresh_truth(self, number: int) -> Ast:
        """Return a Boolean constant that nothing else shares, the same one for the same number."""
        name = z3core.Z3_mk_int_symbol(self.ref, _FIRST_TRUTH + number)
        return self._keep(z3core.Z3_mk_const(self.ref, name, self.sort(BOOL)))

    def release(self) -> None:
        """Let go of all handles; a context that goes while some are held takes long over it."""
        z3core.Z3_ast_vector_dec_ref(self.ref, self._kept)

    def _keep(self, made: Ast) -> Ast:
        z3core.Z3_ast_vector_push(self.ref, self._kept, made)
        return made

    def _new_sort(self, sort: Sort) -> Ast:
        if sort == BOOL:
            made = z3core.Z3_mk_bool_sort(self.ref)
        elif sort == INT:
            made = z3core.Z3_mk_int_sort(self.ref)
        elif sort == REAL:
            made = z3core.Z3_mk_real_sort(self.ref)
        elif sort.name == "Array":
            index, element = sort.arguments
            made = z3core.Z3_mk_array_sort(self.ref, self._sorts[index], self._sorts[element])
        else:
            made = z3core.Z3_mk_uninterpreted_sort(self.ref, z3core.Z3_mk_string_symbol(self.ref, str(sort)))
        self._keep(z3core.Z3_sort_to_ast(self.ref, made))
        self.sorts[z3core.Z3_get_sort_id(self.ref, made)] = sort
        return made

    def _note_free(self, term: Term, parts: Sequence[Term]) -> None:
        if isinstance(term, Variable):
            self._open[term] = frozenset((term,))
            return
        if not self._open:
            return
        free = frozenset[Variable]().union(*(self._open[part] for part in parts if part in self._open))
        if isinstance(term, Quantified):
            free = free.difference(term.variables)
        if free:
            self._open[term] = free

    def _make(self, term: Term, parts: list[Ast]) -> Ast:
        if isinstance(term, Apply):
            return z3core.Z3_mk_app(self.ref, self.declaration(term.symbol), len(parts), _array(parts))
        if isinstance(term, Operate):
            return self._operation(term, parts)
        if isinstance(term, Number):
            return self._number(term)
        if isinstance(term, Quantified):
            return self._quantifier(term, parts[0])
        return self._variable(term)

    def _variable(self, variable: Variable) -> Ast:
        """A numbered constant: Z3 keeps numbered names apart from those of symbols, so nothing is captured."""
        number = self._variable_numbers.setdefault(variable, len(self._variable_numbers))
        return z3core.Z3_mk_const(self.ref, z3core.Z3_mk_int_symbol(self.ref, number), self.sort(variable.sort))

    def _quantifier(self, term: Quantified, body: Ast) -> Ast:
        self.quantified = True
        bound = [self.term(variable) for variable in dict.fromkeys(term.variables)]
        nothing = z3core.Z3_mk_string_symbol(self.ref, "")
        count, none = len(bound), (z3.Pattern * 0)()
        apps = (z3.Ast * count)(*bound)
        is_forall = term.kind is Kind.FORALL
        return z3core.Z3_mk_quantifier_const_ex(
            self.ref, is_forall, 1, nothing, nothing, count, apps, 0, none, 0, _array(()), body
        )

    def _number(self, term: Number) -> Ast:
        if term.sort not in (INT, REAL) or (term.sort == INT and term.value.denominator != 1):
            raise SortError(f"{term.value} is not a number of sort {term.sort}")
        return z3core.Z3_mk_numeral(self.ref, numeral_text(term.value), self.sort(term.sort))

    def _operation(self, term: Operate, parts: list[Ast]) -> Ast:
        if not self.nonlinear and term.op in _MAYBE_NONLINEAR:
            self.nonlinear = _is_nonlinear(term)
        single = _ONE_CALL.get(term.op)
        if single is not None:
            return single(self.ref, *parts)
        joined = _ONE_LIST.get(term.op)
        if joined is not None:
            return joined(self.ref, len(parts), _array(parts))
        chained = _CHAINED.get(term.op)
        if chained is not None:
            links = [self._keep(chained(self.ref, left, right)) for left, right in pairwise(parts)]
            return links[0] if len(links) == 1 else z3core.Z3_mk_and(self.ref, len(links), _array(links))
        return self._other_operation(term, parts)

    def _other_operation(self, term: Operate, parts: list[Ast]) -> Ast:
        if term.op is Op.IMPLIES:
            made = parts[-1]
            for premise in reversed(parts[:-1]):
                made = self._keep(z3core.Z3_mk_implies(self.ref, premise, made))
            return made
        if term.op is Op.SUBTRACT and len(parts) == 1:
            return z3core.Z3_mk_unary_minus(self.ref, parts[0])
        if term.op is Op.ABS:
            zero = self.term(Number(Fraction(0), term.sort))
            opposite = self._keep(z3core.Z3_mk_unary_minus(self.ref, parts[0]))
            positive = self._keep(z3core.Z3_mk_ge(self.ref, parts[0], zero))
            return z3core.Z3_mk_ite(self.ref, positive, parts[0], opposite)
        step = _LEFT[term.op]
        made = parts[0]
        for part in parts[1:]:
            made = self._keep(step(self.ref, made, part))
        return made


_ONE_CALL: dict[Op, Callable[..., Ast]] = {
    Op.TRUE: z3core.Z3_mk_true,
    Op.FALSE: z3core.Z3_mk_false,
    Op.NOT: z3core.Z3_mk_not,
    Op.ITE: z3core.Z3_mk_ite,
    Op.NEGATE: z3core.Z3_mk_unary_minus,
    Op.TO_REAL: z3core.Z3_mk_int2real,
    Op.TO_INT: z3core.Z3_mk_real2int,
    Op.IS_INT: z3core.Z3_mk_is_int,
    Op.SELECT: z3core.Z3_mk_select,
    Op.STORE: z3core.Z3_mk_store,
}


def _subtract(ref: Ast, left: Ast, right: Ast) -> Ast:
    return z3core.Z3_mk_sub(ref, 2, _array((left, right)))


_ONE_LIST: dict[Op, Callable[..., Ast]] = {
    Op.AND: z3core.Z3_mk_and,
    Op.OR: z3core.Z3_mk_or,
    Op.ADD: z3core.Z3_mk_add,
    Op.MULTIPLY: z3core.Z3_mk_mul,
    Op.DISTINCT: z3core.Z3_mk_distinct,
}
_CHAINED: dict[Op, Callable[..., Ast]] = {
    Op.EQUAL: z3core.Z3_mk_eq,
    Op.IFF: z3core.Z3_mk_eq,
    Op.LESS: z3core.Z3_mk_lt,
    Op.LESS_EQUAL: z3core.Z3_mk_le,
    Op.GREATER: z3core.Z3_mk_gt,
    Op.GREATER_EQUAL: z3core.Z3_mk_ge,
}
_LEFT: dict[Op, Callable[..., Ast]] = {
    Op.XOR: z3core.Z3_mk_xor,
    Op.SUBTRACT: _subtract,
    Op.DIVIDE: z3core.Z3_mk_div,
    Op.DIV: z3core.Z3_mk_div,
    Op.MOD: z3core.Z3_mk_mod,
    Op.POWER: z3core.Z3_mk_power,
}
_MAYBE_NONLINEAR = {Op.MULTIPLY, Op.DIVIDE, Op.DIV, Op.MOD, Op.POWER}


def _is_nonlinear(term: Operate) -> bool:
    if term.op is Op.MULTIPLY:
        return sum(not is_numeral(part) for part in term.arguments) > 1
    if term.op is Op.POWER:
        return not all(is_numeral(part) for part in term.arguments)
    return not all(is_numeral(part) for part in term.arguments[1:])


def is_numeral(term: Term) -> bool:
    """Whether a term is a number, perhaps negated or made real."""
    while isinstance(term, Operate) and term.op in (Op.NEGATE, Op.TO_REAL):
        term = term.arguments[0]
    return isinstance(term, Number)


def _array(parts: Sequence[Ast]) -> Any:
    return (z3.Ast * len(parts))(*parts)


def _parts_first(sort: Sort) -> list[Sort]:
    """Return a sort and all inside it, parts before wholes."""
    found = [sort]
    for current in found:
        found.extend(current.arguments)
    return found[::-1]


def numeral_text(value: Fraction) -> str:
    """Return a number in decimal, as Z3 reads it."""
    top = _decimal(value.numerator)
    return top if value.denominator == 1 else f"{top}/{_decimal(value.denominator)}"


def _decimal(value: int) -> str:
    """Return an integer of any length in decimal: Python itself refuses more than some thousands of digits."""
    if value.bit_length() <= _DECIMAL_BITS:
        return str(value)
    sign, rest = ("-" if value < 0 else ""), abs(value)
    powers = [10**2048]
    while powers[-1] <= rest:
        powers.append(powers[-1] ** 2)
    chunks = [rest]
    for power in reversed(powers):
        chunks = [part for chunk in chunks for part in divmod(chunk, power)]
    return sign + "".join(str(chunk).zfill(2048) for chunk in chunks).lstrip("0")


def read_numeral(text: str) -> Fraction:
    """Return the number that Z3 wrote in decimal, of any length."""
    top, _, bottom = text.partition("/")
    return Fraction(_integer(top), _integer(bottom) if bottom else 1)


def _integer(text: str) -> int:
    if len(text) <= 2048:
        return int(text)
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    width = 2048
    digits = digits.zfill(-(-len(digits) // width) * width)
    chunks = [int(digits[at : at + width]) for at in range(0, len(digits), width)]
    while len(chunks) > 1:
        if len(chunks) % 2:
            chunks.insert(0, 0)
        chunks = [high * 10**width + low for high, low in zip(chunks[::2], chunks[1::2], strict=True)]
        width *= 2
    return sign * chunks[0]
