"""Scripts in SMT-LIB 2, run over a session."""

from __future__ import annotations

import time

import pytest

from abduce.parser.smtlib import read_smtlib
from abduce.reasoning.queries.scripts import run_smtlib
from abduce.solvers.base import Limits, Reason
from abduce.solvers.z3_backend import Z3Session
from abduce.solvers.z3_delegation import ScriptOutput, run_script

LIMITS = Limits(10.0)


def run(text: str, limits: Limits = LIMITS) -> ScriptOutput:
    return run_smtlib(read_smtlib(text), Z3Session, limits)


def test_levels() -> None:
    text = (
        "(declare-const x Int)(assert (> x 0))(push 2)(assert (< x 0))(check-sat)(pop 1)(check-sat)(pop 1)(check-sat)"
    )
    assert run(text).answers == ("unsat", "sat", "sat")
    again = "(push 1)(declare-const y Int)(assert (= y 1))(pop 1)(declare-const y Real)(assert (= y 0.5))(check-sat)"
    assert run(again).answers == ("sat",)


def test_assumptions_last_for_one_check() -> None:
    text = "(declare-const p Bool)(assert p)(check-sat-assuming ((not p)))(check-sat)"
    assert run(text).answers == ("unsat", "sat")


def test_wishes_and_objectives_do_not_bear_on_answers() -> None:
    text = "(declare-const x Int)(assert (> x 0))(assert-soft (< x 0))(minimize x)(maximize x)(check-sat)"
    assert run(text).printed == ("sat",)


def test_reset_and_exit() -> None:
    text = "(declare-const p Bool)(assert p)(assert (not p))(check-sat)(reset)(declare-const p Int)(assert (= p 0))"
    assert run(f"{text}(check-sat)(exit)(check-sat)").answers == ("unsat", "sat")
    assert run("(push 1)(assert false)(reset-assertions)(check-sat)").answers == ("sat",)


def test_cores_are_named() -> None:
    text = """(set-option :produce-unsat-cores true)(declare-const x Int)(assert (! (> x 1) :named |at least|))
    (push 1)(assert (! (= x 7) :named seven))(pop 1)
    (assert (! (< x 9) :named most))(assert (! (< x 0) :named less))(check-sat)(get-unsat-core)"""
    printed = run(text).printed
    assert printed[0] == "unsat"
    assert set(printed[1].strip("()").replace("|at least|", "at-least").split()) == {"at-least", "less"}


def test_values() -> None:
    text = """(declare-const x Int)(declare-const r Real)(declare-fun f (Int) Int)(declare-const a (Array Int Bool))
    (assert (and (= x (- 3)) (= r 0.25) (= (f x) 4) (select a 1)))(check-sat)
    (get-value (x (+ x 1) r (f x) (f (- 0 3)) (select a 1) (> x 0)))(echo "done")"""
    assert run(text).printed == (
        "sat",
        "((x (- 3)) ((+ x 1) (- 2)) (r 0.25) ((f x) 4) ((f (- 0 3)) 4) ((select a 1) true) ((> x 0) false))",
        "done",
    )


def test_models_are_models() -> None:
    """The definitions that are printed make the assertions true for Z3's own reader."""
    declared = """(declare-sort S 0)(declare-const x Int)(declare-fun f (Int Int) Int)(declare-const r Real)
    (declare-const a (Array Int Int))"""
    told = """(assert (and (> x 2) (= (f x 1) 7) (= (f 0 0) (f 1 1)) (distinct (f 2 2) (f 1 1))
    (= (* r 4.0) (- 1.0)) (= (select a 3) 5) (= (select a 4) x)))"""
    printed = run(f"{declared}{told}(check-sat)(get-model)").printed
    assert printed[0] == "sat"
    definitions = printed[1].removeprefix("(").removesuffix(")")
    assert run_script(f"{definitions}{told}(check-sat)", LIMITS).printed == ("sat",)


def test_complaints_without_a_model() -> None:
    assert run("(get-model)").printed == ('(error "no model: the last check was not answered sat")',)
    assert "no core" in run("(check-sat)(get-unsat-core)").printed[1]
    assert "no model" in run("(check-sat)(assert false)(get-model)").printed[1]


def test_time_is_for_the_whole_script() -> None:
    hard = """(declare-const x Int)(declare-const y Int)(declare-const z Int)
    (assert (and (> x 0) (> y 0) (> z 0) (= (+ (* x x x) (* y y y)) (* z z z))))(check-sat)(check-sat)(check-sat)
    (get-info :reason-unknown)"""
    started = time.perf_counter()
    output = run(hard, Limits(0.4))
    assert time.perf_counter() - started < 60.0
    assert output.printed == ("unknown", "unknown", "unknown", "(:reason-unknown timeout)")
    assert output.reason is Reason.TIMEOUT


def test_delegated_scripts_are_not_run_here() -> None:
    with pytest.raises(ValueError, match="strings must be run by run_script"):
        run("(declare-const s String)")
