"""Random small theories, and all their models by brute force."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from hypothesis import strategies as st

from abduce.solvers.base import Element, Interpretation, Model
from abduce.solvers.terms import (
    BOOL,
    INT,
    REAL,
    THING,
    Op,
    Symbol,
    Term,
    Variable,
    apply,
    constant,
    equal,
    exists,
    forall,
    number,
    operate,
)

PROPOSITIONS = [constant(name, BOOL) for name in "pqrs"]
X, Y = Variable("x"), Variable("y")
A, B = constant("a"), constant("b")
F, P, R = Symbol("f", (THING,), THING), Symbol("P", (THING,), BOOL), Symbol("R", (THING, THING), BOOL)
I1, I2, I3 = (constant(name, INT) for name in "ijk")
U, V = constant("u", REAL), constant("v", REAL)


def connected(atoms: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    """Formulas over atoms."""

    def extend(below: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
        binary = st.sampled_from([Op.AND, Op.OR, Op.XOR, Op.IMPLIES, Op.IFF])
        return st.one_of(
            st.builds(lambda part: operate(Op.NOT, part), below),
            st.builds(operate, binary, below, below),
            st.builds(lambda a, b, c: operate(Op.ITE, a, b, c), below, below, below),
        )

    return st.recursive(atoms, extend, max_leaves=6)


propositional = st.lists(connected(st.sampled_from(PROPOSITIONS)), min_size=1, max_size=4)


def _closed(matrix: Term, kinds: Sequence[bool]) -> Term:
    for variable, universal in zip((X, Y), kinds, strict=True):
        matrix = forall([variable], matrix) if universal else exists([variable], matrix)
    return matrix


_things = st.recursive(
    st.sampled_from([X, Y, A, B]), lambda below: st.builds(lambda t: apply(F, t), below), max_leaves=2
)
_first_order_atoms = st.one_of(
    st.builds(lambda t: apply(P, t), _things),
    st.builds(lambda s, t: apply(R, s, t), _things, _things),
    st.builds(equal, _things, _things),
)
first_order = st.lists(
    st.builds(_closed, connected(_first_order_atoms), st.tuples(st.booleans(), st.booleans())), min_size=1, max_size=3
)


def _linear(unknowns: Sequence[Term], *, whole: bool) -> st.SearchStrategy[Term]:
    sort = INT if whole else REAL
    coefficients = st.integers(-3, 3)

    def combination(factors: Sequence[int], rest: int) -> Term:
        products = [
            operate(Op.MULTIPLY, number(factor, sort), unknown)
            for factor, unknown in zip(factors, unknowns, strict=True)
        ]
        return operate(Op.ADD, *products, number(rest, sort))

    plain = st.builds(combination, st.tuples(*[coefficients] * len(unknowns)), st.integers(-6, 6))
    if not whole:
        return plain
    divided = st.builds(
        lambda op, term, divisor: operate(op, term, number(divisor)),
        st.sampled_from([Op.DIV, Op.MOD]),
        plain,
        st.sampled_from([-3, -2, 2, 3]),
    )
    return st.one_of(plain, plain, divided, st.builds(lambda term: operate(Op.ABS, term), plain))


_relations = st.sampled_from([Op.LESS, Op.LESS_EQUAL, Op.GREATER, Op.GREATER_EQUAL, Op.EQUAL, Op.DISTINCT])


def compared(terms: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    """Comparisons of numbers."""
    return st.builds(operate, _relations, terms, terms)


integer_arithmetic = st.lists(connected(compared(_linear([I1, I2, I3], whole=True))), min_size=1, max_size=3)
real_arithmetic = st.lists(connected(compared(_linear([U, V], whole=False))), min_size=1, max_size=3)

M, N = Variable("m", INT), Variable("n", INT)


def _bound(matrix: Term, kinds: Sequence[bool]) -> Term:
    for variable, universal in zip((M, N), kinds, strict=True):
        matrix = forall([variable], matrix) if universal else exists([variable], matrix)
    return matrix


presburger = st.builds(
    _bound, connected(compared(_linear([M, N, I1], whole=True))), st.tuples(st.booleans(), st.booleans())
)


def truth_models() -> Iterator[Model]:
    """All models of the propositions."""
    for values in product((False, True), repeat=len(PROPOSITIONS)):
        yield Model({}, {p.symbol: Interpretation({(): value}) for p, value in zip(PROPOSITIONS, values, strict=True)})


def finite_models(size: int) -> Iterator[Model]:
    """All models of `a`, `b`, `f`, `P`, `R` over a domain of some size."""
    domain = tuple(Element(THING, at) for at in range(size))
    pairs = list(product(domain, repeat=2))
    for a, b, images, ps, rs in product(
        domain,
        domain,
        product(domain, repeat=size),
        product((False, True), repeat=size),
        product((False, True), repeat=size * size),
    ):
        yield Model(
            {THING: domain},
            {
                A.symbol: Interpretation({(): a}),
                B.symbol: Interpretation({(): b}),
                F: Interpretation({(x,): y for x, y in zip(domain, images, strict=True)}),
                P: Interpretation({(x,): value for x, value in zip(domain, ps, strict=True)}),
                R: Interpretation(dict(zip(pairs, rs, strict=True))),
            },
        )


def box_models(bound: int) -> Iterator[Model]:
    """All models of the integers in a box."""
    for values in product(range(-bound, bound + 1), repeat=3):
        yield Model(
            {}, {unknown.symbol: Interpretation({(): v}) for unknown, v in zip((I1, I2, I3), values, strict=True)}
        )


def boxed(bound: int) -> list[Term]:
    """The formulas that the integers are in the box."""
    return [
        operate(Op.AND, operate(Op.LESS_EQUAL, number(-bound), t), operate(Op.LESS_EQUAL, t, number(bound)))
        for t in (I1, I2, I3)
    ]
