"""Whole scripts run by Z3's own reader."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from abduce.errors import UsageError
from abduce.solvers.base import Limits, Reason
from abduce.solvers.z3_delegation import run_script

LIMITS = Limits(60.0)


def test_answers_and_models() -> None:
    output = run_script('(declare-const s String)(assert (= (str.len s) 2))(check-sat)(get-model)(echo "a (b")', LIMITS)
    assert output.answers == ("sat",)
    assert output.printed[1].startswith("(\n  (define-fun s () String")
    assert output.printed[2] == "a (b"
    assert output.reason is None


def test_complaints_are_printed() -> None:
    output = run_script("(declare-const v (_ BitVec 4))(assert (= v x))(check-sat)", LIMITS)
    assert output.printed[0].startswith('(error "line 1 column')
    assert output.complaints == output.printed[:1]


def test_time_limit() -> None:
    hard = """(declare-const x Int)(declare-const y Int)(declare-const z Int)(assert true)(check-sat)
    (assert (and (> x 0) (> y 0) (> z 0) (= (+ (* x x x) (* y y y)) (* z z z))))(check-sat)"""
    started = time.perf_counter()
    output = run_script(hard, Limits(0.5))
    assert time.perf_counter() - started < 60.0
    assert output.answers == ("sat", "unknown")
    assert output.reason is Reason.TIMEOUT


def test_memory_limit() -> None:
    pigeons = 11
    lines = [f"(declare-const p{i}_{j} Bool)" for i in range(pigeons + 1) for j in range(pigeons)]
    output = run_script("".join(lines) + "(declare-const b (_ BitVec 100000))(assert (= (bvmul b b) b))(check-sat)",
                        Limits(10.0, memory_mb=64))  # fmt: skip
    assert output.reason is Reason.MEMORY
    assert output.answers == ("unknown",)


def test_no_file_is_read_or_written(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    text = f"""(set-option :regular-output-channel "{target}")(set-option :solver.smtlib2_log |{target}|)
    (set-option :trace true)(set-option :trace_file_name {target})(declare-const p Bool)(assert p)(check-sat)"""
    assert run_script(text, LIMITS).printed == ("sat",)
    assert list(tmp_path.iterdir()) == []
    for include in ('(include "a.smt2")', '( ; a comment\n |include| "a.smt2")'):
        with pytest.raises(UsageError, match="is not followed"):
            run_script(include, LIMITS)


def test_unfinished_scripts_end() -> None:
    assert run_script("(check-sat) (assert", LIMITS).answers == ("sat",)
    assert run_script("", LIMITS).printed == ()
