"""Premises written in TPTP and SMT-LIB 2, and read back."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abduce.errors import UsageError
from abduce.parser.export import to_smtlib, to_tptp
from abduce.parser.smtlib import read_smtlib
from abduce.parser.smtlib_commands import Assert
from abduce.parser.tptp import Named, read_tptp
from abduce.solvers.base import Limits, Status
from abduce.solvers.terms import (
    BOOL,
    INT,
    REAL,
    THING,
    Apply,
    Number,
    Op,
    Sort,
    Symbol,
    Term,
    Variable,
    array,
    conjunction,
    constant,
    equal,
    exists,
    forall,
    implies,
    negation,
    number,
    operate,
)
from abduce.solvers.z3_backend import Z3Session
from abduce.solvers.z3_delegation import run_script

COLOUR = Sort("Colour")
X, Y = Variable("X"), Variable("Y")
P = Symbol("p", (THING,), BOOL)


def smt_terms(text: str) -> list[Term]:
    script = read_smtlib(text)
    assert script.delegated is None, script.delegated
    return [command.term for command in script.commands if isinstance(command, Assert)]


def named(*formulas: Term) -> list[Named]:
    return [Named(f"premise {place}", "axiom", formula, place) for place, formula in enumerate(formulas, start=1)]


def status(premises: list[Term], goal: Term) -> Status:
    with Z3Session() as session:
        for premise in premises:
            session.add(premise)
        return session.check([negation(goal)], limits=Limits(5.0), want_model=False).status


def test_untyped_problems_are_fof() -> None:
    text = to_tptp(named(forall([X], implies(P(X), P(constant("Bob's")))), P(constant("bob"))), exists([X], P(X)))
    assert text == (
        "fof('premise 1',axiom,\n    ! [X] : ((p(X) => p('Bob\\'s'))) ).\n"
        "fof('premise 2',axiom,\n    p(bob) ).\n"
        "fof(goal,conjecture,\n    ? [X] : (p(X)) ).\n"
    )


def test_typed_problems_declare() -> None:
    red = constant("red", COLOUR)
    age = Symbol("age", (COLOUR, THING), INT)
    text = to_tptp(named(equal(age(red, constant("a")), number(3))))
    assert "tff('type of Colour',type,\n    'Colour': $tType )." in text
    assert "tff('type of age',type,\n    age: ( 'Colour' * $i ) > $int )." in text
    assert "age(red,a) = 3" in text


def test_scripts_declare_and_share() -> None:
    twice = operate(Op.ADD, constant("x", INT), number(1))
    text = to_smtlib(named(operate(Op.LESS, twice, operate(Op.MULTIPLY, twice, twice))), equal(twice, number(-2)))
    assert text == (
        "(set-logic ALL)\n(declare-fun x () Int)\n; premise 1\n"
        "(assert (let ((s!1 (+ x 1))) (< s!1 (* s!1 s!1))))\n"
        "; the goal, negated\n(assert (not (= (+ x 1) (- 2))))\n(check-sat)\n"
    )


def test_names_that_the_target_takes_otherwise() -> None:
    """A name with a meaning in the target, one it cannot write, and one name for two symbols."""
    odd = [constant(name, BOOL) for name in ("and", "a|b", "a b", "let", "x", "héllo", "")]
    formula = conjunction([*odd, Symbol("x", (INT,), BOOL)(number(1))])
    text = to_smtlib(named(formula))
    assert "; 'and' is written as and_2" in text
    assert "(declare-fun |a b| () Bool)" in text
    assert "(declare-fun x_2 (Int) Bool)" in text
    assert len({part for part in smt_terms(text)[0].arguments}) == len(odd) + 1  # type: ignore[union-attr]
    text = to_tptp(named(formula))
    assert "% 'héllo' is written as h_llo" in text
    assert len({part for part in read_tptp(text).premises[0].formula.arguments}) == len(odd) + 1  # type: ignore[union-attr]


def test_what_tptp_cannot_say_names_the_premise() -> None:
    held = constant("a", array(INT, INT))
    with pytest.raises(UsageError, match="line:2 premise 2: TPTP cannot say the sort Array"):
        to_tptp(named(P(constant("a")), equal(held, held)))
    with pytest.raises(UsageError, match="TPTP cannot say t, which takes a truth value as an argument"):
        to_tptp(named(Symbol("t", (BOOL,), BOOL)(operate(Op.TRUE))))
    x = constant("x", REAL)
    power = equal(operate(Op.POWER, x, number(Fraction(1, 2))), x)
    for write in (to_tptp, to_smtlib):
        with pytest.raises(UsageError, match=r"the goal: .* cannot say a power whose exponent is not a whole number"):
            write([], power)
        with pytest.raises(UsageError, match="line:1 premise 1: X must be bound by a quantifier"):
            write(named(P(X)))
        with pytest.raises(UsageError, match="a number of more than 4000 digits"):
            write(named(equal(number(10**5000), number(0))))


def test_powers_and_absolute_values_keep_their_meaning() -> None:
    x = constant("x", REAL)
    formula = operate(Op.LESS, operate(Op.POWER, x, number(3, REAL)), operate(Op.ABS, operate(Op.NEGATE, x)))
    for again in (smt_terms(to_smtlib(named(formula)))[0], read_tptp(to_tptp(named(formula))).premises[0].formula):
        assert status([], operate(Op.IFF, formula, again)) is Status.UNSAT


def test_closed_parts_are_shared_across_quantifiers() -> None:
    formula: Term = P(constant("a"))
    for place in range(60):
        x, y = Variable(f"X{place}"), Variable(f"Y{place}")
        formula = conjunction([forall([x], implies(P(x), formula)), exists([y], conjunction([P(y), formula]))])
    text = to_smtlib(named(formula))
    assert len(text) < 20_000
    assert smt_terms(text) == [formula]


def test_a_variable_bound_again_is_not_confused() -> None:
    """A shared part below a quantifier that binds its variable again is another one there."""
    part = P(X)
    formula = forall([X], conjunction([part, negation(part), exists([X], conjunction([part, negation(part)]))]))
    (again,) = smt_terms(to_smtlib(named(formula)))
    assert status([], operate(Op.IFF, formula, again)) is Status.UNSAT


def test_deep_terms() -> None:
    term: Term = constant("a")
    f = Symbol("f", (THING,), THING)
    for _ in range(5_000):
        term = f(term)
    formula = P(term)
    assert smt_terms(to_smtlib(named(formula))) == [formula]
    assert read_tptp(to_tptp(named(formula))).premises[0].formula == formula


# random terms -------------------------------------------------------------------------------------------------

VARIABLES = {sort: [Variable(f"{name}{sort.name}", sort) for name in "VW"] for sort in (THING, INT, REAL, COLOUR)}


@st.composite
def formulas(draw: st.DrawFn, arrays: bool = False) -> Term:
    """A closed formula without operations on numbers alone, which the readers would compute."""
    bound: list[Variable] = []

    def leaf(sort: Sort) -> Term:
        choices: list[Term] = [constant(f"c{sort.name}", sort), *(v for v in bound if v.sort == sort)]
        if sort in (INT, REAL):
            value = Fraction(draw(st.integers(-9, 9)), 1 if sort == INT else draw(st.sampled_from([1, 4, 3])))
            choices.append(Number(value, sort))
        return draw(st.sampled_from(choices))

    def term(sort: Sort, depth: int) -> Term:
        if depth == 0 or draw(st.booleans()):
            return leaf(sort)
        kind = draw(st.integers(0, 3))
        if kind == 0:
            other = draw(st.sampled_from([THING, INT, COLOUR]))
            return Symbol(f"f {other.name}", (other, sort), sort)(term(other, depth - 1), term(sort, depth - 1))
        if kind == 1:
            return operate(Op.ITE, formula(depth - 1), term(sort, depth - 1), term(sort, depth - 1))
        if sort in (INT, REAL):
            op = draw(st.sampled_from([Op.ADD, Op.SUBTRACT, Op.MULTIPLY]))
            first = Symbol("g", (), sort)() if kind == 2 else constant(f"k{sort.name}", sort)
            return operate(op, first, term(sort, depth - 1))
        if arrays and kind == 2:
            return operate(Op.SELECT, constant(f"a{sort.name}", array(INT, sort)), term(INT, depth - 1))
        return leaf(sort)

    def formula(depth: int) -> Term:
        kind = draw(st.integers(0, 6)) if depth else 0
        sort = draw(st.sampled_from([THING, INT, REAL, COLOUR]))
        if kind == 0:
            return Symbol(f"P{sort.name}", (sort,), BOOL)(term(sort, depth))
        if kind == 1:
            return equal(term(sort, depth), term(sort, depth))
        if kind == 2:
            return operate(Op.LESS, term(INT, depth), term(INT, depth))
        if kind == 3:
            return operate(Op.NOT, formula(depth - 1))
        if kind == 4:
            op = draw(st.sampled_from([Op.AND, Op.OR, Op.IMPLIES, Op.IFF, Op.XOR]))
            return operate(op, formula(depth - 1), formula(depth - 1))
        free = [v for v in VARIABLES[sort] if v not in bound]
        if not free:
            return formula(depth - 1)
        bound.append(free[0])
        body = formula(depth - 1)
        bound.pop()
        return draw(st.sampled_from([forall, exists]))([free[0]], body)

    return formula(draw(st.integers(0, 4)))


def unified(term: Term) -> str:
    """Return what a term says with its names in one form, as the same term has up to renaming."""
    renamed: dict[object, str] = {}
    shown: list[object] = []
    pending: list[object] = [term]
    while pending:
        part = pending.pop()
        if isinstance(part, Variable | Symbol):
            shown.append(renamed.setdefault(part, f"n{len(renamed)}"))
        elif isinstance(part, Apply):
            shown.append("apply")
            pending.extend([*reversed(part.arguments), part.symbol])
        elif isinstance(part, Number):
            shown.append((part.value, part.sort))
        elif hasattr(part, "op"):
            shown.append((part.op, len(part.arguments)))
            pending.extend(reversed(part.arguments))
        else:
            shown.append(part.kind)  # type: ignore[attr-defined]
            pending.extend([part.body, *reversed(part.variables)])  # type: ignore[attr-defined]
    return repr(shown)


@settings(max_examples=150, deadline=None)
@given(st.lists(formulas(), min_size=1, max_size=3))
def test_tptp_comes_back(terms: list[Term]) -> None:
    problem = read_tptp(to_tptp(named(*terms), terms[-1]))
    assert problem.delegated is None
    assert problem.conjecture is not None
    again = [*(premise.formula for premise in problem.premises), problem.conjecture]
    assert [unified(term) for term in again] == [unified(term) for term in [*terms, terms[-1]]]


@settings(max_examples=150, deadline=None)
@given(st.lists(formulas(arrays=True), min_size=1, max_size=3))
def test_smtlib_comes_back(terms: list[Term]) -> None:
    again = smt_terms(to_smtlib(named(*terms)))
    assert [unified(term) for term in again] == [unified(term) for term in terms]


@settings(max_examples=30, deadline=None)
@given(formulas(arrays=True), formulas(arrays=True))
def test_another_reader_gives_the_same_verdict(premise: Term, goal: Term) -> None:
    theirs = run_script(to_smtlib(named(premise), goal), Limits(2.0))
    assert not [line for line in theirs.printed if "error" in line]
    ours = status([premise], goal)
    if Status.UNKNOWN is not ours and "unknown" not in theirs.answers:
        assert theirs.answers == (ours.value,)
