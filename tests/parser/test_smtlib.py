"""Scripts in SMT-LIB 2, read into commands over terms."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abduce.errors import ParseError, UsageError
from abduce.parser.smtlib import read_smtlib
from abduce.parser.smtlib_commands import (
    Assert,
    AssertSoft,
    CheckSat,
    Echo,
    GetModel,
    GetValue,
    Objective,
    Pop,
    Push,
    SetInfo,
    SetLogic,
    SetOption,
)
from abduce.reasoning.queries.scripts import run_smtlib
from abduce.solvers.base import Limits
from abduce.solvers.terms import (
    BOOL,
    INT,
    REAL,
    Op,
    Quantified,
    Sort,
    Symbol,
    Term,
    Variable,
    array,
    constant,
    equal,
    exists,
    forall,
    number,
    operate,
)
from abduce.solvers.z3_backend import Z3Session
from abduce.solvers.z3_delegation import run_script

DECLARED = """(declare-const x Int) (declare-const y Int) (declare-const r Real) (declare-const p Bool)
(declare-const q Bool) (declare-fun f (Int Real) Int) (declare-sort S 0) (declare-const s S) (declare-fun g (S) Bool)
(declare-const a (Array Int Real))"""
X, Y, R = constant("x", INT), constant("y", INT), constant("r", REAL)
P, Q = constant("p", BOOL), constant("q", BOOL)


def term(text: str, more: str = "") -> Term:
    """Read one formula over the declared names."""
    script = read_smtlib(f"{DECLARED}{more}(assert {text})")
    assert script.delegated is None, script.delegated
    command = script.commands[-1]
    assert isinstance(command, Assert)
    return command.term


def test_core() -> None:
    assert term("(and p (or q (not p)))") == operate(Op.AND, P, operate(Op.OR, Q, operate(Op.NOT, P)))
    assert term("(=> p q p)") == operate(Op.IMPLIES, P, operate(Op.IMPLIES, Q, P))
    assert term("(xor p q p)") == operate(Op.XOR, operate(Op.XOR, P, Q), P)
    assert term("(= p q)") == operate(Op.IFF, P, Q)
    assert term("(= x y 1)") == operate(Op.AND, equal(X, Y), equal(Y, number(1)))
    assert term("(distinct x y 1)") == operate(Op.DISTINCT, X, Y, number(1))
    assert term("(ite p q (or p))") == operate(Op.ITE, P, Q, P)


def test_arithmetic() -> None:
    assert term("(< x y 3)") == operate(Op.AND, operate(Op.LESS, X, Y), operate(Op.LESS, Y, number(3)))
    assert term("(= (- 3) (- x y 1))") == equal(number(-3), operate(Op.SUBTRACT, operate(Op.SUBTRACT, X, Y), number(1)))
    assert term("(= (/ 1 4) r)") == equal(number((0.25).as_integer_ratio()[0] / number(4).value), R)
    assert term("(= r (/ r 0))") == equal(R, operate(Op.DIVIDE, R, number(0, REAL)))
    assert term("(= x (div x y 2))") == equal(X, operate(Op.DIV, operate(Op.DIV, X, Y), number(2)))
    assert term("((_ divisible 3) x)") == equal(operate(Op.MOD, X, number(3)), number(0))
    assert term("(= (^ x 3) (abs x))") == equal(operate(Op.POWER, X, number(3)), operate(Op.ABS, X))


def test_numbers_are_converted() -> None:
    f = Symbol("f", (INT, REAL), INT)
    assert term("(= 0 (f x y))") == equal(number(0), f(X, operate(Op.TO_REAL, Y)))
    assert term("(= x r)") == equal(operate(Op.TO_REAL, X), R)
    assert term("(= 1 (mod r 2))") == equal(number(1), operate(Op.MOD, operate(Op.TO_INT, R), number(2)))
    assert term("(= (select a 1) 2)") == equal(
        operate(Op.SELECT, constant("a", array(INT, REAL)), number(1)), number(2, REAL)
    )


def test_quantifiers_and_declared_sorts() -> None:
    s, g = Sort("S"), Symbol("g", (Sort("S"),), BOOL)
    v = Variable("v", s)
    assert term("(forall ((v S)) (exists ((w Int)) (g v)))") == forall([v], exists([Variable("w", INT)], g(v)))
    assert term("(! (g (as s S)) :pattern ((g s)) :weight 3)") == g(constant("s", s))


def test_let_binds_at_once_and_shares() -> None:
    assert term("(let ((x y) (y x)) (< x y))") == operate(Op.LESS, Y, X)
    assert term("(let ((x (+ x x))) (let ((x (+ x x))) (= x 0)))") == equal(
        operate(Op.ADD, operate(Op.ADD, X, X), operate(Op.ADD, X, X)), number(0)
    )


def test_nothing_is_captured() -> None:
    """What `let` or a macro puts below a quantifier keeps its variables apart from the quantifier's."""
    v, w = Variable("v", INT), Variable("v!1", INT)
    assert term("(forall ((v Int)) (let ((u v)) (exists ((v Int)) (< u v))))") == forall(
        [v], exists([w], operate(Op.LESS, v, w))
    )
    macro = "(define-fun above ((u Int)) Bool (exists ((v Int)) (< u v)))"
    found = term("(forall ((v Int)) (above v))", macro)
    assert isinstance(found, Quantified)
    assert isinstance(found.body, Quantified)
    (inner,) = found.body.variables
    assert found == forall([v], exists([inner], operate(Op.LESS, v, inner)))
    assert inner != v


def test_macros_and_sorts() -> None:
    more = "(define-sort Pair (X) (Array X X)) (declare-const b (Pair Int)) (define-fun two () Real 2)"
    more += "(define-fun double ((x Int)) Int (* 2 x)) (define-const three Int 3)"
    assert term("(= (select b (double 4)) three)", more) == equal(
        operate(Op.SELECT, constant("b", array(INT, INT)), operate(Op.MULTIPLY, number(2), number(4))), number(3)
    )
    assert term("(= two r)", more) == equal(number(2, REAL), R)


def test_names_in_bars() -> None:
    script = read_smtlib(
        "(declare-const |a b| Int) (declare-const || Bool) (declare-const |c| Bool) (assert (or || c))"
    )
    (command,) = script.commands
    assert isinstance(command, Assert)
    assert command.term == operate(Op.OR, constant("", BOOL), constant("c", BOOL))


def test_commands() -> None:
    script = read_smtlib(
        '(set-logic QF_LIA) ; a comment\n(set-option :produce-models true) (set-info :source |a (b|) (echo "a ""b""")'
        "(declare-const x Int) (push) (assert (! (> x 0) :named pos)) (assert-soft (> x 5) :weight 0.5 :id g)"
        "(minimize x) (check-sat) (check-sat-assuming (pos (not pos))) (check-sat-using (then simplify smt)) (pop 1)"
        "(exit) (nonsense"
    )
    kinds = [SetLogic, SetOption, SetInfo, Echo, Push, Assert, AssertSoft, Objective, CheckSat, CheckSat, CheckSat, Pop]
    assert [type(command) for command in script.commands[:-1]] == kinds
    assert script.commands[5] == Assert(operate(Op.GREATER, X, number(0)), "pos", 2)
    assert script.commands[3] == Echo('a "b"')
    assert len(script.commands[9].assumptions) == 2  # type: ignore[union-attr]


def test_models_and_values() -> None:
    script = read_smtlib("(declare-const x Int)(declare-fun h (Int) Int)(check-sat)(get-model)(get-value (x (+ x 1)))")
    assert script.commands[1] == GetModel((Symbol("x", (), INT), Symbol("h", (INT,), INT)))
    assert script.commands[2] == GetValue((X, operate(Op.ADD, X, number(1))), ("x", "(+ x 1)"))


@pytest.mark.parametrize(
    "declared",
    ["(declare-datatypes () ((T A B C) (U D)))", "(declare-datatypes ((T 0) (U 0)) (((A) (B) (C)) ((D))))",
     "(declare-datatype T ((A) (B) (C)))(declare-datatype U ((D)))"],
)  # fmt: skip
def test_enumerations(declared: str) -> None:
    text = f"""{declared}(declare-const x T)(declare-const u U)(assert (and (not ((_ is A) x)) (distinct x B)))
    (check-sat)(push 1)(assert (distinct x C))(check-sat)(pop 1)(assert (distinct u D))(check-sat)"""
    script = read_smtlib(text)
    assert script.delegated is None
    assert run_smtlib(script, Z3Session, Limits(5.0)).answers == ("sat", "unsat", "unsat")
    assert run_script(text, Limits(5.0)).answers == ("sat", "unsat", "unsat")


def test_levels_hold_declarations() -> None:
    read_smtlib("(push 1)(declare-const x Int)(declare-sort S)(pop 1)(declare-const x Real)(declare-sort S)")
    with pytest.raises(ParseError, match="x is not declared"):
        read_smtlib("(push 1)(declare-const x Int)(pop 1)(assert (= x 0))")
    read_smtlib("(set-option :global-declarations true)(push 1)(declare-const x Int)(pop 1)(assert (= x 0))")
    with pytest.raises(ParseError, match="2 levels cannot be closed where 1 are open"):
        read_smtlib("(push 1)(pop 2)")
    with pytest.raises(ParseError, match="more than 10000 levels"):
        read_smtlib("(push 100000)")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(declare-const v (_ BitVec 8))", "bit-vectors"),
        ("(assert (= #b01 #b01))", "bit-vectors"),
        ("(declare-const v Float32)", "floating point"),
        ("(declare-const v String)", "strings"),
        ('(assert (= "a" "b"))', "strings"),
        ("(declare-const v (Seq Int))", "sequences"),
        ("(declare-datatypes () ((T A (B (b Int)))))", "datatypes"),
        ("(declare-datatypes (X) ((T A B)))", "datatypes"),
        ("(declare-datatype T ((A) (B)))(check-sat)(get-model)", "models of datatypes"),
        ("(define-fun-rec f ((x Int)) Int (f x))", "recursive definitions"),
        ("(declare-const a (Array Int Int))(assert (= a ((as const (Array Int Int)) 0)))", "constant"),
        ("(declare-const r Real)(assert (= (^ r 0.5) 1))", "powers"),
        ("(declare-sort F 1)", "families of sorts"),
        ("(declare-const abs Int)", "another meaning for abs"),
        ("(declare-fun h (Int) Int)(declare-fun h (Real) Int)", "several declarations of h"),
        ("(apply simplify)", "the command apply"),
        ("(declare-const x Int)(minimize x)(check-sat)(get-model)", "the model of an optimisation"),
    ],
)
def test_delegated(text: str, reason: str) -> None:
    script = read_smtlib(text)
    assert script.delegated is not None
    assert reason in script.delegated
    assert script.commands == ()
    assert script.text == text


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("(assert (> z 0))", 1, 12, "z is not declared"),
        ("(declare-const hour Int)\n(assert (> huor 0))", 2, 12, "huor is not declared; did you mean hour?"),
        ("(assert", 1, 8, "a term should stand before the end of the text"),
        ("(assert true", 1, 13, ") is missing before the end of the text"),
        ("(assert true))", 1, 14, "( is missing before )"),
        ("(asert true)", 1, 2, "asert is not a command"),
        ("(declare-const x Int)(assert x)", 1, 30, "a formula is wanted here, not a term of Int"),
        ("(declare-const x Int)(assert (and x true))", 1, 31, "truth values are wanted here, not Int"),
        ("(declare-fun f (Int) Bool)(assert (f 1 2))", 1, 36, "f takes 1 arguments; got 2"),
        ("(declare-fun f (Int) Bool)(assert f)", 1, 35, "f takes 1 arguments, and has none here"),
        ("(declare-const x Thing)", 1, 18, "Thing is not a declared sort"),
        ("(declare-const x Int)(declare-const x Int)", 1, 37, "x is declared twice"),
        ("(declare-sort Int 0)", 1, 15, "Int is a sort already"),
        ("(assert (forall ((v Int) (v Int)) true))", 1, 27, "v is bound twice in one list"),
        ("(assert (let ((v 1)) (v 2)))", 1, 23, "v is a variable here"),
        ('(echo "never ends)', 1, 7, "this string does not end"),
        ("(declare-const |x Int)", 1, 16, "this quoted name does not end"),
        ("(assert (forall ((v Int)) (! (= v 0) :named n)))", 1, 28, "n names a term with variables"),
        (f"(assert (= {'9' * 4500} 0))", 1, 12, "a number of 4500 characters"),
        (f"(declare-const x {'(Array Int ' * 60}Int{')' * 60})", 1, 575, "sorts stand in each other more than 50 deep"),
    ],
)
def test_errors(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        read_smtlib(text, "it.smt2")
    assert message in caught.value.message
    assert (caught.value.file, caught.value.line, caught.value.column) == ("it.smt2", line, column)


def test_files_are_neither_read_nor_written() -> None:
    with pytest.raises(UsageError, match=r"it\.smt2:1: \(include"):
        read_smtlib('(include "other.smt2")', "it.smt2")
    with pytest.raises(UsageError, match="output goes to no file"):
        read_smtlib('(set-option :regular-output-channel "trace.out")')


def test_deep_terms() -> None:
    depth = 5_000
    texts = (
        f"(assert (= 0 {'(f ' * depth}x{' 0)' * depth}))",
        f"(assert {'(let ((x (+ x x))) ' * depth}(= x 0){')' * depth})",
        f"(assert {'(forall ((x Int)) ' * depth}(= x 0){')' * depth})",
        f"(assert {'(! ' * depth}true{')' * depth})",
    )
    for text in texts:
        assert read_smtlib(DECLARED + text).delegated is None


def test_macros_share() -> None:
    steps = "".join(f"(define-fun m{i} ((v Int)) Int (+ (m{i - 1} v) (m{i - 1} v)))" for i in range(1, 200))
    assert term("(= (m199 x) 0)", f"(define-fun m0 ((v Int)) Int (+ v v)){steps}").sort == BOOL


class Scripts:
    """Random scripts that shadow names as much as they can."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def number(self, depth: int) -> str:
        if depth == 0:
            return self.random.choice(["x", "y", "0", "1", "2"])
        a, b = self.number(depth - 1), self.number(depth - 1)
        return self.random.choice(
            [
                f"(+ {a} {b})", f"(- {a})", f"(- {a} {b})", f"(* 2 {a})", f"(f {a})", f"(m {a} {b})", f"(mod {a} 3)",
                f"(let ((x {a}) (y {b})) {self.number(depth - 1)})", f"(ite {self.truth(depth - 1)} {a} {b})",
            ]
        )  # fmt: skip

    def truth(self, depth: int) -> str:
        if depth == 0:
            return self.random.choice(["p", "q", "true", "(< x y)"])
        a, b = self.truth(depth - 1), self.truth(depth - 1)
        name, kind = self.random.choice("pq"), self.random.choice(["forall", "exists"])
        return self.random.choice(
            [
                f"(and {a} {b})", f"(or {a} {b} p)", f"(not {a})", f"(=> {a} {b} q)", f"(xor {a} {b})", f"(= {a} {b})",
                f"(let ((p {a}) (q {b})) {self.truth(depth - 1)})", f"(n {a})", f"({kind} (({name} Bool)) {a})",
                f"(let ((q (and p q))) ({kind} (({name} Bool)) {b}))", f"(distinct {a} {b})",
                f"(<= {self.number(depth - 1)} {self.number(depth - 1)} 5)", f"(! {a} :note (p))",
                f"(= {self.number(depth - 1)} {self.number(depth - 1)})",
            ]
        )  # fmt: skip

    def script(self) -> str:
        lines = [
            "(declare-const x Int)(declare-const y Int)(declare-const p Bool)(declare-const q Bool)",
            "(declare-fun f (Int) Int)(define-fun m ((x Int) (q Int)) Int (ite (< x q) (+ x y) (f q)))",
            "(define-fun n ((q Bool)) Bool (exists ((p Bool)) (= p (and q (< x y)))))",
        ]
        for _ in range(3):
            lines.append(f"(push 1)(assert {self.truth(4)})(assert {self.truth(3)})(check-sat)")
        return "\n".join([*lines, "(pop 2)(check-sat)"])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_same_answers_as_another_reader(seed: int) -> None:
    text = Scripts(seed).script()
    script, limits = read_smtlib(text), Limits(2.0)
    ours, theirs = run_smtlib(script, Z3Session, limits).answers, run_script(text, limits).answers
    if "unknown" not in (*ours, *theirs):
        assert ours == theirs, text


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9), st.data())
def test_broken_scripts_give_places(seed: int, data: st.DataObject) -> None:
    """Scripts that lost or gained a character are read, or refused with a place; nothing else happens."""
    text = Scripts(seed).script()
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.sampled_from(["", "(", ")", "|", '"', "#", ":", "z", "0"])) + text[at + 1 :]
    try:
        read_smtlib(changed)
    except ParseError as error:
        assert 1 <= error.line <= text.count("\n") + 1
