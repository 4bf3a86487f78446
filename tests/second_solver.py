"""A second solver behind the same face, for cross-checking only: cvc5, by a translation of its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from types import TracebackType
from typing import Any, Self

import cvc5
from cvc5 import Kind as K

from abduce.solvers.base import Limits, Outcome, Reason, Status
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

DIRECT = {
    Op.NOT: K.NOT,
    Op.DISTINCT: K.DISTINCT,
    Op.ITE: K.ITE,
    Op.NEGATE: K.NEG,
    Op.ABS: K.ABS,
    Op.LESS: K.LT,
    Op.LESS_EQUAL: K.LEQ,
    Op.GREATER: K.GT,
    Op.GREATER_EQUAL: K.GEQ,
    Op.TO_REAL: K.TO_REAL,
    Op.TO_INT: K.TO_INTEGER,
    Op.IS_INT: K.IS_INTEGER,
    Op.SELECT: K.SELECT,
    Op.STORE: K.STORE,
    Op.EQUAL: K.EQUAL,
    Op.IFF: K.EQUAL,
    Op.IMPLIES: K.IMPLIES,
    Op.XOR: K.XOR,
    Op.AND: K.AND,
    Op.OR: K.OR,
    Op.ADD: K.ADD,
    Op.SUBTRACT: K.SUB,
    Op.MULTIPLY: K.MULT,
    Op.DIVIDE: K.DIVISION,
    Op.DIV: K.INTS_DIVISION,
    Op.MOD: K.INTS_MODULUS,
}
CHAINED = {Op.EQUAL, Op.IFF, Op.LESS, Op.LESS_EQUAL, Op.GREATER, Op.GREATER_EQUAL}
FROM_LEFT = {Op.XOR, Op.SUBTRACT, Op.DIVIDE, Op.DIV, Op.MOD}


class SecondSession:
    """A session of cvc5 without models; each check is made afresh."""

    def __init__(self) -> None:
        self._scopes: list[list[tuple[Term, int | None]]] = [[]]

    def add(self, formula: Term, label: int | None = None) -> None:
        self._scopes[-1].append((formula, label))

    def push(self) -> None:
        self._scopes.append([])

    def pop(self) -> None:
        self._scopes.pop()

    def check(self, formulas: Sequence[Term] = (), *, limits: Limits, want_model: bool = True) -> Outcome:
        started = time.perf_counter()
        manager = cvc5.TermManager()
        solver = cvc5.Solver(manager)
        solver.setLogic("ALL")
        solver.setOption("tlimit-per", str(int(limits.timeout_s * 1000)))
        translation = _Translation(manager)
        for formula in (*(formula for scope in self._scopes for formula, _ in scope), *formulas):
            solver.assertFormula(translation.term(formula))
        result = solver.checkSat()
        status = Status.SAT if result.isSat() else Status.UNSAT if result.isUnsat() else Status.UNKNOWN
        labels = tuple(sorted({label for scope in self._scopes for _, label in scope if label is not None}))
        return Outcome(
            status,
            Reason.INCOMPLETE if status is Status.UNKNOWN else None,
            core=labels if status is Status.UNSAT else (),
            solver="cvc5",
            seconds=time.perf_counter() - started,
        )

    def interrupt(self) -> None:
        """cvc5 has no such thing; its checks here are short."""

    def close(self) -> None:
        self._scopes = [[]]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Translation:
    def __init__(self, manager: Any) -> None:
        self.manager = manager
        self.sorts: dict[Sort, Any] = {}
        self.symbols: dict[Symbol, Any] = {}
        self.variables: dict[Variable, Any] = {}

    def sort(self, sort: Sort) -> Any:
        if sort not in self.sorts:
            basic = {
                BOOL: self.manager.getBooleanSort,
                INT: self.manager.getIntegerSort,
                REAL: self.manager.getRealSort,
            }
            if sort in basic:
                self.sorts[sort] = basic[sort]()
            elif sort.name == "Array":
                self.sorts[sort] = self.manager.mkArraySort(*map(self.sort, sort.arguments))
            else:
                self.sorts[sort] = self.manager.mkUninterpretedSort(sort.name)
        return self.sorts[sort]

    def symbol(self, symbol: Symbol) -> Any:
        if symbol not in self.symbols:
            sort = self.sort(symbol.result)
            if symbol.arguments:
                sort = self.manager.mkFunctionSort([self.sort(argument) for argument in symbol.arguments], sort)
            self.symbols[symbol] = self.manager.mkConst(sort, symbol.name)
        return self.symbols[symbol]

    def variable(self, variable: Variable) -> Any:
        if variable not in self.variables:
            self.variables[variable] = self.manager.mkVar(self.sort(variable.sort), variable.name)
        return self.variables[variable]

    def term(self, term: Term) -> Any:
        parts = [self.term(part) for part in children(term)]
        if isinstance(term, Variable):
            return self.variable(term)
        if isinstance(term, Number):
            text = f"{term.value.numerator}/{term.value.denominator}"
            return self.manager.mkInteger(int(term.value)) if term.sort == INT else self.manager.mkReal(text)
        if isinstance(term, Apply):
            head = self.symbol(term.symbol)
            return self.manager.mkTerm(K.APPLY_UF, head, *parts) if parts else head
        if isinstance(term, Quantified):
            bound = self.manager.mkTerm(K.VARIABLE_LIST, *map(self.variable, term.variables))
            return self.manager.mkTerm(K.FORALL if term.kind is Kind.FORALL else K.EXISTS, bound, parts[0])
        assert isinstance(term, Operate)
        return self.operation(term, parts)

    def operation(self, term: Operate, parts: list[Any]) -> Any:
        make = self.manager.mkTerm
        if term.op in (Op.TRUE, Op.FALSE):
            return self.manager.mkBoolean(term.op is Op.TRUE)
        kind = DIRECT[term.op]
        if term.op in CHAINED and len(parts) > 2:
            return make(K.AND, *[make(kind, *pair) for pair in pairwise(parts)])
        if term.op in FROM_LEFT and len(parts) > 2:
            return reduce(lambda left, right: make(kind, left, right), parts)
        if term.op is Op.IMPLIES and len(parts) > 2:
            return reduce(lambda right, left: make(kind, left, right), reversed(parts))
        if term.op in (Op.AND, Op.OR, Op.ADD, Op.MULTIPLY) and len(parts) == 1:
            return parts[0]
        if term.op is Op.SUBTRACT and len(parts) == 1:
            return make(K.NEG, parts[0])
        return make(kind, *parts)
