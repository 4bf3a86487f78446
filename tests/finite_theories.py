"""Small first-order formulas at random, and all their models in small domains by brute force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from hypothesis import strategies as st

from abduce.solvers.base import Element, Interpretation, Model
from abduce.solvers.terms import (
    BOOL,
    FALSE,
    THING,
    TRUE,
    Apply,
    Kind,
    Op,
    Operate,
    Quantified,
    Sort,
    Symbol,
    Term,
    Variable,
    operate,
)

OTHER = Sort("Other")
P, Q, R = Symbol("p", (THING,), BOOL), Symbol("q", (), BOOL), Symbol("r", (THING, OTHER), BOOL)
F, C, D = Symbol("f", (THING,), THING), Symbol("c", (), THING), Symbol("d", (), THING)
E, G = Symbol("e", (), OTHER), Symbol("g", (THING,), OTHER)
VARIABLES = [Variable("x"), Variable("y"), Variable("z", OTHER)]
CONNECTIVES = [Op.AND, Op.OR, Op.IMPLIES, Op.IFF, Op.XOR]

Structure = tuple[Mapping[Sort, int], Mapping[Symbol, Mapping[tuple[int, ...], int]]]
"""Sizes of sorts, and tables of symbols."""


def terms(sort: Sort) -> st.SearchStrategy[Term]:
    """Terms of a sort, with free variables."""
    leaves: list[Term] = [v for v in VARIABLES if v.sort == sort]
    leaves += [symbol() for symbol in (C, D, E) if symbol.result == sort]
    if sort == OTHER:
        return st.one_of(st.sampled_from(leaves), terms(THING).map(G))
    return st.recursive(
        st.sampled_from(leaves),
        lambda inner: st.one_of(
            inner.map(F),
            st.tuples(inner, inner).map(lambda p: operate(Op.ITE, operate(Op.EQUAL, p[0], C()), p[1], p[0])),
        ),
        max_leaves=2,
    )


def _equation(sort: Sort) -> st.SearchStrategy[Term]:
    return st.tuples(terms(sort), terms(sort)).map(lambda sides: operate(Op.EQUAL, *sides))


def atoms() -> st.SearchStrategy[Term]:
    """Atoms with free variables."""
    return st.one_of(
        terms(THING).map(P),
        st.tuples(terms(THING), terms(OTHER)).map(lambda p: R(*p)),
        _equation(THING),
        _equation(OTHER),
        st.sampled_from([Q(), TRUE, FALSE]),
        st.lists(terms(THING), min_size=2, max_size=3).map(lambda sides: operate(Op.DISTINCT, *sides)),
    )


def formulas() -> st.SearchStrategy[Term]:
    """Closed formulas."""
    kinds, bound = st.sampled_from(list(Kind)), st.lists(st.sampled_from(VARIABLES), min_size=1, unique=True)

    def larger(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
        return st.one_of(
            inner.map(lambda part: operate(Op.NOT, part)),
            st.tuples(st.sampled_from(CONNECTIVES), inner, inner).map(lambda t: operate(*t)),
            st.tuples(inner, inner, inner).map(lambda t: operate(Op.ITE, *t)),
            st.tuples(kinds, bound, inner).map(lambda t: Quantified(t[0], tuple(t[1]), t[2])),
        )

    shapes = st.recursive(atoms(), larger, max_leaves=5)
    outer = st.tuples(kinds, kinds, kinds)
    return st.tuples(outer, shapes).map(lambda t: _closed(t[1], t[0]))


def _closed(formula: Term, kinds: Sequence[Kind]) -> Term:
    for kind, variable in zip(kinds, VARIABLES, strict=True):
        formula = Quantified(kind, (variable,), formula)
    return formula


def value(term: Term, structure: Structure, values: Mapping[Variable, int]) -> int:
    """The value of a term, by recursion over its parts: the plainest reading there is."""
    sizes, tables = structure
    if isinstance(term, Variable):
        return values[term]
    if isinstance(term, Quantified):
        ranges = [range(sizes[v.sort]) for v in term.variables]
        found = (
            value(term.body, structure, {**values, **dict(zip(term.variables, chosen, strict=True))})
            for chosen in product(*ranges)
        )
        return int(all(found)) if term.kind is Kind.FORALL else int(any(found))
    assert isinstance(term, Apply | Operate)
    parts = [value(part, structure, values) for part in term.arguments]
    if isinstance(term, Apply):
        return tables[term.symbol][tuple(parts)]
    return _operated(term.op, parts)


def _operated(op: Op, parts: Sequence[int]) -> int:
    return {
        Op.TRUE: lambda: 1,
        Op.FALSE: lambda: 0,
        Op.NOT: lambda: 1 - parts[0],
        Op.AND: lambda: int(all(parts)),
        Op.OR: lambda: int(any(parts)),
        Op.XOR: lambda: sum(parts) % 2,
        Op.IMPLIES: lambda: int(not all(parts[:-1]) or parts[-1]),
        Op.IFF: lambda: int(len(set(parts)) == 1),
        Op.EQUAL: lambda: int(len(set(parts)) == 1),
        Op.DISTINCT: lambda: int(len(set(parts)) == len(parts)),
        Op.ITE: lambda: parts[1] if parts[0] else parts[2],
    }[op]()


def structures(symbols: Sequence[Symbol], sizes: Mapping[Sort, int]) -> Iterator[Structure]:
    """All ways to interpret symbols in domains of given sizes."""
    tables = []
    for symbol in symbols:
        places = list(product(*(range(sizes[sort]) for sort in symbol.arguments)))
        count = 2 if symbol.result == BOOL else sizes[symbol.result]
        tables.append([dict(zip(places, row, strict=True)) for row in product(range(count), repeat=len(places))])
    for chosen in product(*tables):
        yield sizes, dict(zip(symbols, chosen, strict=True))


def as_model(structure: Structure) -> Model:
    """The same as a model."""
    sizes, tables = structure
    domains = {sort: tuple(Element(sort, number) for number in range(size)) for sort, size in sizes.items()}
    found = {}
    for symbol, table in tables.items():
        entries = {}
        for places, result in table.items():
            key = tuple(domains[sort][place] for sort, place in zip(symbol.arguments, places, strict=True))
            entries[key] = bool(result) if symbol.result == BOOL else domains[symbol.result][result]
        found[symbol] = Interpretation(entries)
    return Model(domains, found)
