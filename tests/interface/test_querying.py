"""`abduce ask`: what it prints, its JSON, its exit codes, and what it says about bad input."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from abduce.cli import run
from abduce.query_files import format_of
from abduce.query_options import weighted

QUERY_KEYS = {
    *("query", "verdict", "reason", "premises", "not_entailed", "reading", "checked", "answers", "complete", "core"),
    *("models", "explanation", "hypotheses", "optimum", "solver", "delegated", "seconds"),
}
FAMILY = """\
parent(ann, bob). parent(bob, carl).  % two facts
ancestor(X, Y) :- parent(X, Y).
ancestor(X, Z) :- parent(X, Y), ancestor(Y, Z).
"""
SYLLOGISM = "∀x (Human(x) → Mortal(x))\nHuman(Socrates)\n"
THEOREM = "fof(one, axiom, p(a)).\nfof(goal, conjecture, ? [X] : p(X)).\n"
SCRIPT = "(declare-const x Int)\n(assert (> x 2))\n(check-sat)\n(assert (< x 3))\n(check-sat)\n"
BITS = "(declare-const x (_ BitVec 8))(assert (bvult x #x02))(check-sat)"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, content: str | bytes) -> str:
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return name


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run(["ask", *arguments])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return code, said.out, said.err


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code, out, _ = asked(capsys, *arguments, "--json")
    assert out.count("\n") == 1
    return code, json.loads(out)


# answers ------------------------------------------------------------------------------------------------------------


def test_answers_verdicts_and_reasons_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = asked(capsys, write("family.pl", FAMILY), "-q", "ancestor(ann, X)?", "-q", "ancestor(ann, carl)?")
    assert code == 0 and err == ""
    assert out == (
        "ancestor(ann, X)?\n2 answers, all there are\n  X = bob\n  X = carl\n"
        "ancestor(ann, carl)?\nentailed (rules reading)\n  from\n"
        "    parent(ann, bob).   (family.pl:1)\n    parent(bob, carl).   (family.pl:1)\n"
        "    ancestor(X, Y) :- parent(X, Y).   (family.pl:2)\n"
        "    ancestor(X, Z) :- parent(X, Y), ancestor(Y, Z).   (family.pl:3)\n"
    )


def test_json_has_all_keys_and_nothing_else_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = told(capsys, write("socrates.fol", SYLLOGISM), "-q", "Mortal(Socrates)?", "--explain")
    assert code == 0
    assert found.keys() >= {"queries", "consistency", "script", "lint", "repairs"}
    (query,) = found["queries"]
    assert query.keys() >= QUERY_KEYS
    assert (query["verdict"], query["reading"], query["premises"]) == ("entailed", "classical", "consistent")
    assert query["core"] == [
        {"text": "∀x (Human(x) → Mortal(x))", "file": "socrates.fol", "line": 1},
        {"text": "Human(Socrates)", "file": "socrates.fol", "line": 2},
    ]
    assert query["checked"] in ("verified", "reproved") and "follows from" in query["explanation"]["text"]
    assert found["consistency"] is None


@pytest.mark.parametrize(
    ("text", "query", "code", "verdict"),
    [
        (FAMILY, "ancestor(ann, carl)?", 0, "entailed"),
        (FAMILY, "ancestor(carl, ann)?", 1, "undetermined"),
        (FAMILY, "ancestor(carl, X)?", 1, "undetermined"),
        (FAMILY, "nobody(knows, this)?", 1, "undetermined"),
        (SYLLOGISM, "not Mortal(Socrates)?", 1, "refuted"),
        (SYLLOGISM, "?- Mortal(Socrates)", 0, "entailed"),
        ("rain\nnot rain\n", "snow?", 1, "inconsistent"),
    ],
)
def test_verdicts_have_their_exit_codes(
    text: str, query: str, code: int, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    got, found = told(capsys, write("premises", text), "-q", query)
    assert (got, found["queries"][0]["verdict"]) == (code, verdict)


def test_the_highest_exit_code_counts(capsys: pytest.CaptureFixture[str]) -> None:
    file = write("family.pl", FAMILY)
    assert asked(capsys, file, "-q", "ancestor(ann, bob)?", "-q", "ancestor(bob, ann)?")[0] == 1
    formula = write("age.fol", "age: Thing -> Int.\nage(ann) = 3\n")
    code, out, err = asked(capsys, formula, "-q", "age(ann) = 3?", "-q", "age(ann, bob) = 3?", "-q", "age(ann) > 2?")
    assert (
        code == 2
        and out.count("entailed") == 2
        and "age has one argument in `age: Thing -> Int.` (age.fol:1) and 2 arguments" in err
    )


@pytest.mark.parametrize(
    ("text", "code", "verdict"), [(FAMILY, 0, "consistent"), ("", 0, "consistent"), ("p\nnot p\n", 1, "inconsistent")]
)
def test_premises_that_are_asked_nothing_are_checked(
    text: str, code: int, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    got, found = told(capsys, write("premises", text))
    assert (got, found["consistency"]["verdict"], found["queries"]) == (code, verdict, [])
    assert len(found["consistency"]["core"]) == (2 if code else 0)


def test_questions_in_files_are_answered_when_all_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = asked(capsys, write("one", "?- p(X).\np(Ann)?\n"), write("two", "p('Ann')."), "-q", "q?")
    assert code == 1
    assert out.startswith("?- p(X).\n1 answer, all there are\n  X = Ann\np(Ann)?\nentailed") and "q?\n" in out


def test_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(FAMILY.encode())))
    assert asked(capsys, "-", "-q", "ancestor(ann, X)?")[0] == 0


def test_answers_are_limited_and_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    file = write("many", "".join(f"p({number}).\n" for number in range(120)))
    code, found = told(capsys, file, "-q", "p(X)?")
    assert (code, len(found["queries"][0]["answers"]), found["queries"][0]["complete"]) == (0, 100, False)
    code, out, _ = asked(capsys, file, "-q", "p(X)?", "--limit-answers", "2")
    assert code == 0 and "2 answers; there may be more (the first 2; --all gives all)" in out
    code, found = told(capsys, file, "-q", "p(X)?", "--all")
    assert (code, len(found["queries"][0]["answers"]), found["queries"][0]["complete"]) == (0, 120, True)


def test_readings_and_their_comparison(capsys: pytest.CaptureFixture[str]) -> None:
    file = write("family.pl", FAMILY)
    query = ("-q", "parent(carl, ann)?")
    verdicts = [told(capsys, file, *query, "--reading", name)[1]["queries"][0] for name in ("rules", "closed")]
    assert [(one["reading"], one["verdict"]) for one in verdicts] == [("rules", "undetermined"), ("closed", "refuted")]
    (found,) = told(capsys, file, *query, "--compare")[1]["queries"]
    assert found["readings_differ"] is True
    assert found["compared"] == {"rules": "undetermined", "classical": "undetermined", "closed": "refuted"}


def test_algebra_and_optima(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = told(capsys, "-q", "maximize 3*X + Y subject to X + 2*Y <= 14, X <= 4, X >= 0, Y >= 0?")
    assert code == 0 and found["queries"][0]["optimum"]["value"] == 17
    code, out, _ = asked(capsys, "-q", "solve x^2 - 5*x + 6 = 0")
    assert code == 0 and "x = 2\n" in out and "x = 3\n" in out


def test_what_is_assumed_and_what_would_have_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    file = write("wet.pl", "wet(X) :- rained_on(X). wet(X) :- sprinkled(X).")
    query = ("-q", "wet(grass)?")
    assert asked(capsys, file, *query)[0] == 1
    assert asked(capsys, file, *query, "--assume", "rained_on(grass).")[0] == 0
    code, found = told(capsys, file, *query, "--why-not")
    sets = [[one["add"].rstrip(".") for one in chosen] for chosen in found["queries"][0]["hypotheses"]]
    assert code == 1 and sorted(sets) == [["rained_on(grass)"], ["sprinkled(grass)"]]
    _, found = told(
        capsys, file, *query, "--why-not", "--assume", "rained_on(grass) @ 3", "--assume", "sprinkled(grass)"
    )
    assert found["queries"][0]["hypotheses"] == [
        [{"add": "sprinkled(grass)", "weight": 1}],
        [{"add": "rained_on(grass)", "weight": 3}],
    ]
    assert "wet(grass) would follow with" in asked(capsys, file, *query, "--why-not")[1]


def test_weights_of_hypotheses() -> None:
    assert weighted(["p(a)", "q @ 2", "r(X, Y)@0.5"]) == {"p(a)": 1, "q": 2, "r(X, Y)": 0.5}


# other languages ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("% a comment\n/* and\nanother */ fof(a, axiom, p).", "x.txt", "tptp"),
        ("include('Axioms/SET001.ax').", "-", "tptp"),
        ("tff(a, type, p: $i > $o).", "-", "tptp"),
        ("; a comment\n(set-logic QF_LIA)", "x.txt", "smtlib"),
        ("(assert (> 1 0))", "-", "smtlib"),
        ("(p and q) -> r", "x.smt2", "smtlib"),
        ("(p and q) -> r", "x.txt", "abduce"),
        ("fof(a, b).", "x.pl", "abduce"),
        ("", "x.p", "tptp"),
        ("", "-", "abduce"),
    ],
)
def test_formats_are_told_by_content_then_by_name(text: str, name: str, expected: str) -> None:
    assert format_of(text, name) == expected


def test_tptp_problems_carry_their_question(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = told(capsys, write("problem.p", THEOREM))
    assert (code, found["queries"][0]["verdict"]) == (0, "entailed")
    assert found["queries"][0]["core"] == [{"text": "fof(one, axiom, p(a)).", "file": "problem.p", "line": 1}]
    code, found = told(capsys, write("sat.p", "cnf(a, axiom, p(X))."))
    assert (code, found["consistency"]["verdict"], found["queries"]) == (0, "consistent", [])
    code, found = told(capsys, write("unsat.p", "cnf(a, axiom, p(X)). cnf(b, axiom, ~ p(c))."))
    assert (code, found["consistency"]["verdict"], len(found["consistency"]["core"])) == (1, "inconsistent", 2)
    code, found = told(capsys, write("open.p", "fof(a, axiom, p(a)). fof(b, conjecture, p(b))."))
    assert (code, found["queries"][0]["verdict"], found["queries"][0]["checked"]) == (1, "undetermined", "verified")


def test_what_our_terms_cannot_say_is_delegated_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = told(capsys, write("bits.smt2", BITS))
    assert (code, found["script"], found["delegated"]) == (0, ["sat"], True)
    code, out, _ = asked(capsys, "bits.smt2")
    assert code == 0 and out == "sat\n; delegated to Z3's own reader: bit-vectors\n"
    higher = "thf(a, axiom, ! [X: $i] : (X = X)). thf(b, conjecture, ! [X: $i] : (X = X))."
    code, found = told(capsys, write("higher.p", higher))
    assert (code, found["queries"][0]["verdict"], found["queries"][0]["delegated"]) == (0, "entailed", True)
    code, found = told(capsys, write("not.p", "thf(b, conjecture, $false)."))
    assert (code, found["queries"][0]["verdict"], found["queries"][0]["not_entailed"]) == (3, "gave_up", True)


def test_scripts_print_their_own_answers(capsys: pytest.CaptureFixture[str]) -> None:
    file = write("script.smt2", SCRIPT)
    assert asked(capsys, file) == (0, "sat\nunsat\n", "")
    code, found = told(capsys, file)
    assert (code, found["script"], found["delegated"], found["consistency"]) == (0, ["sat", "unsat"], False, None)
    model = write("model.smt2", "(declare-const x Int)(assert (= x 3))(check-sat)(get-value (x))")
    assert asked(capsys, model)[1] == "sat\n((x 3))\n"
    undecided = "(declare-fun x () Int)(declare-fun y () Int)(assert (and (> x 1) (> y 1) (= (* x x x) (+ 7 (* y y)))))"
    assert asked(
        capsys, write("hard.smt2", undecided + "(assert (> (* y y y) 99999999))(check-sat)"), "--timeout", "0.3"
    )[0] in (0, 3)


@pytest.mark.parametrize("target", ["tptp", "smtlib"])
def test_exports_come_back_with_the_same_verdict(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = asked(
        capsys, write("socrates.fol", SYLLOGISM), "-q", "Mortal(Socrates)?", "--export", target, "--assume", "q"
    )
    assert code == 0
    code, found = told(capsys, write("exported", out))
    if target == "tptp":
        assert (code, found["queries"][0]["verdict"]) == (0, "entailed")
    else:
        assert (code, found["script"]) == (0, ["unsat"])
    code, out, _ = asked(capsys, write("problem.p", THEOREM), "--export", target)
    assert code == 0 and asked(capsys, write("exported2", out))[0] == 0
    code, out, _ = asked(capsys, write("script.smt2", SCRIPT.rsplit("(assert", 1)[0]), "--export", target)
    assert code == 0 and asked(capsys, write("exported3", out))[0] == 0


def test_files_of_several_languages_are_answered_each_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = asked(
        capsys,
        write("family.pl", FAMILY),
        write("problem.p", THEOREM),
        write("s.smt2", SCRIPT),
        "-q",
        "parent(ann, X)?",
    )
    assert code == 0
    assert [line for line in out.splitlines() if line.startswith("% ")] == ["% problem.p", "% s.smt2", "% family.pl"]


def test_included_files(capsys: pytest.CaptureFixture[str]) -> None:
    Path("axioms").mkdir()
    write("axioms/one.ax", "fof(one, axiom, p(a)).")
    Path("problems").mkdir()
    file = write("problems/x.p", "include('one.ax'). fof(goal, conjecture, p(a)).")
    code, _, err = asked(capsys, file)
    assert code == 2 and "--include" in err
    assert asked(capsys, file, "--include", "axioms")[0] == 0


# lint and repair ----------------------------------------------------------------------------------------------------

SLIPS = "Meeting(monday)\nforall x. Meetings(x) -> Long(x)\n∀x (Long(x) → Dull(x)\n"


def test_lint_names_slips_with_both_places_and_the_repair(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = asked(capsys, write("slips", SLIPS), "--lint")
    assert code == 2  # a statement cannot be read
    assert "slips:2:11: near-duplicate: Meetings is close to Meeting (slips:1)" in out
    assert "slips:3:4: brackets:" in out and "did you mean: ∀x (Long(x) → Dull(x))" in out
    code, found = told(capsys, write("readable", SLIPS.split("∀", maxsplit=1)[0]), "--lint")
    assert code == 0
    assert found["lint"][0] == {
        "file": "readable", "line": 2, "column": 11, "kind": "near-duplicate",
        "message": "Meetings is close to Meeting (readable:1); if they are one, write Meeting",
        "repair": "forall x. Meeting(x) -> Long(x)", "other": {"file": "readable", "line": 1},
    }  # fmt: skip
    assert "note: 1 thing looks like a slip; --lint says what" in asked(capsys, "readable")[2]


def test_repairs_are_made_and_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = told(capsys, write("slips", SLIPS), "--repair", "-q", "Dull(monday")
    assert code == 0 and found["queries"][0]["verdict"] == "entailed"
    assert [(one["file"], one["line"], one["to"]) for one in found["repairs"]] == [
        ("slips", 3, "∀x (Long(x) → Dull(x))"),
        ("slips", 2, "forall x. Meeting(x) -> Long(x)"),
        ("query 1", 1, "Dull(monday)"),
    ]
    _, out, err = asked(capsys, "slips", "--repair")
    assert "repaired slips:3: this bracket is never closed" in err and "repaired" not in out
    assert asked(capsys, "slips")[0] == 2


# bad input ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        ("p(a.\n", [], "bad:1:2: this bracket is never closed"),
        ("p(a). q(b)) :- p(a).\n", [], "bad:1:"),
        ("p(a).\np(a, b).\n", [], "p has 2 arguments here, but 1 at bad:1"),
        ("p(a, X) :- q(a).\n", [], "bad:1:6: X in the head is a variable that nothing in the body binds"),
        (
            "p(X) :- q(X), not r(X).\nr(X) :- q(X), not p(X).\nq(a).\n",
            [],
            "r needs not p (bad:2); p needs not r (bad:1)",
        ),
        ("x: Int\np(x)\nx = a\na: Colour\n", [], "bad:"),
        (b"p(a).\np(\xff).\n", [], "bad:2: byte 0xff is not UTF-8"),
        (b"\x00\x01\x02", [], "bad:1:1:"),
        ("import os\nos.system('touch hacked')\n", [], "bad:1:8:"),
        ("include('/etc/passwd').\nfof(a, axiom, p).\n", [], "leads outside the folders that may be read"),
        ("include('../x.ax').\nfof(a, axiom, p).\n", [], "leads outside the folders that may be read"),
        ("fof(a, axiom, p(.\n", [], "bad:"),
        ("(declare-const x Int)(assert (> x y))", [], "bad:1:35: y is not declared"),
        ("(assert (", [], "bad:1:"),
        (BITS.replace("x #x02", "x y"), [], "unknown constant y"),
        ("p(a).", ["-q", "p(a"], "query 1:1:2: this bracket is never closed"),
        ("p(a).", ["-q", "p(a)?", "-q", "p(?"], "query 2:1:"),
        ("p(a)\n", ["-q", "p(a, b)?"], "p has one argument in `p(a)` (bad:1) and 2 arguments"),
        ("p(a).", ["-q", ""], "there is nothing to read"),
        ("p(a).", ["-q", "p(a)?", "--assume", "p(b"], "assumed:1:2: this bracket is never closed"),
        ("p(a).", ["--why-not"], "--why-not needs a goal"),
        ("p(a).", ["--reading", "open"], "--reading open: expected one of auto, classical, rules, closed"),
        ("p(a).", ["--check", "some"], "--check some: expected one of none, fast, full"),
        ("p(a).", ["--format", "prolog"], "--format prolog: expected one of auto, abduce, tptp, smtlib"),
        ("p(a).", ["--export", "latex"], "--export latex: expected one of tptp, smtlib"),
        ("p(a).", ["--timeout", "0"], "--timeout 0: a number of seconds, above 0"),
        ("p(a).", ["--timeout", "nan"], "--timeout nan: a number of seconds, above 0"),
        ("p(a).", ["--memory", "0"], "--memory 0: a number of megabytes"),
        ("p(a).", ["--limit-answers", "0"], "--limit-answers 0: a number of answers"),
        ("p(a).", ["--all", "--limit-answers", "3"], "contradict each other"),
        ("p(a).", ["--include", "nowhere"], "--include nowhere: there is no such folder"),
        ("p(a).", ["--nonsense"], "No such option"),
        ("p(a).", ["-q", "p(X)?", "-q", "p(a)?", "--export", "tptp"], "--export writes one question, and 2 were asked"),
        (SCRIPT, ["-q", "p?"], "carries its own question"),
        (SCRIPT, ["--export", "tptp"], "asks several things"),
        (BITS, ["--export", "tptp"], "our terms cannot say bit-vectors"),
    ],
)
def test_bad_input_is_one_clear_error(
    content: str | bytes, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = asked(capsys, write("bad", content), *arguments)
    assert code == 2 and said in err
    assert err.count("error: ") + err.count("Error: ") + out.count("error: ") >= 1
    assert not Path("hacked").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.pl"], "nowhere.pl: cannot be read (No such file or directory)"),
        (["."], ".: cannot be read (Is a directory)"),
        (["a\0b"], "cannot be the name of a file"),
        (["-", "-"], "- is standard input, and can be read once only"),
        ([], "nothing to ask: give a file, - for standard input, or a question with -q"),
    ],
)
def test_files_that_cannot_be_read(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = asked(capsys, *arguments)
    assert code == 2 and said in err


def test_a_saved_session_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    from abduce.reasoning.queries.engine import Engine

    engine = Engine()
    engine.tell(FAMILY)
    engine.save("session.json")
    assert asked(capsys, "session.json", "-q", "ancestor(ann, carl)?")[0] == 0
    write("broken.json", Path("session.json").read_text("utf-8").replace('"premises": [', '"premises": [3, '))
    code, _, err = asked(capsys, "broken.json")
    assert code == 2 and "premise 1" in err


def test_a_hundred_thousand_lines_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    file = write("many", "".join(f"edge(n{number}, n{number + 1}).\n" for number in range(100_000)))
    code, out, _ = asked(capsys, file, "-q", "edge(n99999, X)?", "--timeout", "120")
    assert code == 0 and "X = n100000" in out


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", "exists x: Int, y: Int, z: Int. x > 1 and y > 1 and z > 1 and x^5 + y^5 = z^5?"),
        ("n(0). n(Y) :- n(X), Y = X + 1.", "n(-1)?"),
        ("n(0). n(Y) :- n(X), Y = X + 1.", "n(X), X < 0?"),
    ],
)
def test_a_query_that_would_run_for_ever_stops(text: str, query: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = told(capsys, write("premises", text), "-q", query, "--timeout", "0.5")
    (result,) = found["queries"]
    assert code == 3 and result["reason"] == "timeout"
    assert result["seconds"] < 60.0  # for machines of any speed; `benchmarks/fuzz.py` measures how well limits are kept


def test_division_by_zero_satisfies_nothing_in_rules(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = told(capsys, write("ages", "age(ann, 3). old(X) :- age(X, A), A / 0 > 2."), "-q", "old(X)?")
    assert (code, found["queries"][0]["answers"]) == (1, [])
    zero = "(declare-const x Int)(assert (distinct (div x 0) (div x 0)))(check-sat)"
    assert asked(capsys, write("zero.smt2", zero))[1] == "unsat\n"


def test_ctrl_c_ends_with_130() -> None:
    hard = "exists x: Int, y: Int, z: Int. x > 1 and y > 1 and z > 1 and x^5 + y^5 = z^5?"
    # jobs in the background are started with the signal ignored
    code = "import signal as s; s.signal(s.SIGINT, s.default_int_handler); from abduce.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", code, "ask", "-q", hard, "--timeout", "120"],
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ},
    )  # fmt: skip
    try:
        while "libz3" not in Path(f"/proc/{process.pid}/maps").read_text():
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=100)
    finally:
        process.kill()
    assert process.returncode == 130 and "interrupted" in err and "Traceback" not in err and out == ""


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ask", "--help"]) == 0
    said = capsys.readouterr().out
    for word in ("--why-not", "--explain", "ancestor(ann, X)?", "Exit codes", "100 unless"):
        assert word in said
    assert run(["repl", "--help"]) == 0
    assert ":help" in capsys.readouterr().out


def test_a_long_number_is_text_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    """It was a ValueError with a traceback."""
    code, found = told(capsys, write("long.pl", "n(1). q(Y) :- n(X), Y = 10^5000.\n"), "-q", "q(X)?")
    assert code == 0 and found["queries"][0]["answers"] == [{"X": "1" + "0" * 5000}]


def test_a_dot_is_not_missed_in_what_is_assumed(capsys: pytest.CaptureFixture[str]) -> None:
    name = write("birds.pl", "flies(X) :- bird(X), not penguin(X). bird(tweety).\n")
    for assumed in ("rain", "rain."):
        code, found = told(capsys, name, "--assume", assumed, "-q", "flies(tweety)?")
        assert (code, found["queries"][0]["verdict"], found["queries"][0]["reading"]) == (0, "entailed", "rules")


def test_an_open_question_whose_answers_are_not_found_is_given_up(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = told(capsys, write("p.pl", "p(a).\n"), "-q", "?x = 2^20000?")
    assert found["queries"][0]["answers"] or (code, found["queries"][0]["complete"]) == (3, False)
