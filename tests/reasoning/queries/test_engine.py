"""The face of the engine: telling, taking back, scopes, limits, threads."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from abduce.errors import AbduceError, DataError, ParseError, SortError, UsageError
from abduce.parser.surface import read
from abduce.reasoning.queries.engine import Engine
from abduce.reasoning.queries.verdicts import Verdict

FAMILY = "parent(ann, bob).\nparent(bob, carl).\nelder(X, Z) :- parent(X, Y), parent(Y, Z).\n"


def test_telling_takes_texts_files_tuples_tables_and_sympy(tmp_path: Path) -> None:
    import sympy

    file = tmp_path / "family.abduce"
    file.write_text(FAMILY, encoding="utf-8")
    engine = Engine()
    told = engine.tell(file)
    assert [premise.line for premise in engine.premises] == [1, 2, 3]
    assert len(told) == 3
    engine.tell(("parent", "carl", "Dora"), [("parent", "Dora", "eve"), ("age", "eve", 3)])
    assert engine.ask("elder(carl, X)?").answers == ({"X": "eve"},)
    assert engine.ask("parent(carl, Dora)?").verdict is Verdict.ENTAILED
    engine.tell(likes=[("eve", "figs"), ("eve", "tea")])
    assert len(engine.ask("likes(eve, X)?").answers) == 2
    other = Engine()
    x = sympy.Symbol("x", integer=True)
    other.tell(sympy.Gt(x, 3), sympy.Lt(x, 6))
    assert {row["X"] for row in other.ask("x = X?").answers} == {4, 5}


def test_telling_takes_data_frames() -> None:
    pandas = pytest.importorskip("pandas")
    engine = Engine()
    engine.tell(stock=pandas.DataFrame({"item": ["figs", "tea"], "count": [3, 10]}))
    assert engine.ask("stock(X, N), N > 5?").answers == ({"X": "tea", "N": 10},)
    with pytest.raises(DataError, match="stock2, row 1, column count"):
        engine.tell(stock2=pandas.DataFrame({"item": ["figs"], "count": [float("nan")]}))


def test_a_text_that_fails_leaves_nothing_behind() -> None:
    engine = Engine()
    engine.tell(FAMILY)
    for bad in ("parent(x, y). parent(a).", "p(X) :- q(Y).", "parent(a, b). p(a", "p(X) :- not q(X). q(a) :- p(a)."):
        with pytest.raises(ParseError):
            engine.tell(bad)
    assert len(engine.premises) == 3
    assert engine.ask("elder(ann, X)?").answers == ({"X": "carl"},)
    with pytest.raises(SortError):
        engine.tell("forall x: Int. x > 3 -> parent(x, bob)\nforall x. parent(x) -> parent(x, x)\n")
    assert len(engine.premises) == 3


def test_retract_undo_and_scopes() -> None:
    engine = Engine()
    engine.tell(FAMILY)
    with engine.assume("parent(carl, dora)."):
        assert engine.ask("elder(bob, dora)?").verdict is Verdict.ENTAILED
        engine.tell("parent(dora, eve).")
        assert engine.ask("elder(carl, eve)?").verdict is Verdict.ENTAILED
    assert len(engine.premises) == 3
    assert engine.ask("elder(bob, dora)?").verdict is Verdict.UNDETERMINED
    assert engine.ask("elder(bob, dora)?", assume=["parent(carl, dora)."]).verdict is Verdict.ENTAILED
    assert engine.undo().text == "elder(X, Z) :- parent(X, Y), parent(Y, Z)."
    engine.retract("parent(ann,bob).")
    assert [premise.text for premise in engine.premises] == ["parent(bob, carl)."]
    with pytest.raises(UsageError, match=r"parent\(bob, karl\)\. was not told.*did you mean: parent\(bob, carl\)\."):
        engine.retract("parent(bob, karl).")
    engine.undo()
    with pytest.raises(UsageError, match="nothing was told"):
        engine.undo()


def test_a_scope_of_formulas_ends_where_an_error_is_raised() -> None:
    engine = Engine()
    engine.tell("forall x. man(x) -> mortal(x)")
    with pytest.raises(ZeroDivisionError), engine.assume("man(plato)"):
        assert engine.ask("mortal(plato)?").verdict is Verdict.ENTAILED
        _ = 1 // 0
    assert engine.ask("mortal(plato)?").verdict is Verdict.UNDETERMINED


def test_a_question_makes_no_reals_of_integers_that_were_told() -> None:
    engine = Engine()
    engine.tell("age(bob) > 3\n")
    assert engine.ask("age(bob) >= 4?").verdict is Verdict.ENTAILED
    assert engine.ask("age(bob) > 3.5?").verdict is Verdict.ENTAILED
    assert engine.ask("exists y: Real. y = age(bob)?").verdict is Verdict.ENTAILED
    engine.tell("age(ann) = 2.5\n")
    assert engine.ask("age(bob) >= 4?").verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize(
    ("premises", "questions", "verdict"),
    [
        ("2*x = 1.", ("x > 0?", "x > 0.0?", "y = 2.5?", "x + 0.5 = y?"), "inconsistent"),
        ("2*x = 1. y = 2.5.", ("x = y?", "x < y?", "x + y = 3?"), "inconsistent"),
        ("x > 3. x < 5.", ("x = 4?", "x = 4.0?", "x != 4.5?"), "entailed"),
        ("x: Real. 2*x = 1.", ("x > 0?", "x > 0.0?", "x = 1/2?"), "entailed"),
    ],
)
def test_no_question_changes_what_the_premises_say(premises: str, questions: tuple[str, ...], verdict: str) -> None:
    engine = Engine()
    engine.tell(premises)
    assert [str(engine.ask(question).verdict) for question in questions] == [verdict] * len(questions)


def test_what_is_no_number_to_the_premises_may_be_one_to_a_question() -> None:
    engine = Engine()
    engine.tell("p(x) | p(z)\nq(3)\n")
    assert engine.ask("x > 2.5 or x <= 2.5?").verdict is Verdict.ENTAILED
    assert engine.ask("q(3.0)?").verdict is Verdict.ENTAILED
    assert engine.ask("q(2.5)?").verdict is Verdict.UNDETERMINED


DECIMAL = "reals are asked for with a decimal, such as `1.0` for `1`"


@pytest.mark.parametrize(
    ("premises", "question", "note"),
    [
        ("2*x = 1.", "x > 0?", "x is taken to be an integer; `x: Real.` makes it real"),
        ("2*x = 1. 3*y > 1.", "p?", "x, y are taken to be integers; `x: Real.` makes it real"),
        ("x > 3. x < 5.", "x = 4?", "x is taken to be an integer; `x: Real.` makes it real"),
        ("", "?x*2 = 1?", f"x is taken to be an integer; {DECIMAL}"),
        ("", "exists y. 2*y = 1?", f"y is taken to be an integer; {DECIMAL}"),
        ("", "?x*2 = 1.0?", ""),
        ("x: Int. 2*x = 1.", "x > 0?", ""),
        ("x: Real. 2*x = 1.", "x > 0?", ""),
        ("x = 3.", "x > 2?", ""),
        ("x > 2. forall y. p(y) -> q(y).", "p(a)?", ""),
        ("x > 2. y mod x = 1.", "x mod 2 = 1?", ""),
        ("age(ann, 3). forall x y. age(x, y) -> p(x)", "age(X, Y), Y > 2?", ""),
    ],
)
def test_integers_that_nobody_declared_are_said(premises: str, question: str, note: str) -> None:
    engine = Engine()
    engine.tell(premises)
    found = engine.ask(question)
    assert found.note == note
    assert found.to_json()["note"] == (note or None)


def test_texts_differ() -> None:
    engine = Engine()
    engine.tell('title(b) = "Emma"\n')
    assert engine.ask('title(b) = "Persuasion"?').verdict is Verdict.REFUTED
    assert engine.ask('title(b) = "Emma"?').verdict is Verdict.ENTAILED


def test_saved_sessions_load_as_they_were(tmp_path: Path) -> None:
    engine = Engine(timeout_s=2.0, check="full")
    engine.tell(FAMILY, file="family")
    engine.tell(("age", "Zoë", 3), likes=[("x y", 2)])
    file = tmp_path / "session.json"
    engine.save(file)
    again = Engine.load(file)
    assert again.premises == engine.premises
    assert (again.timeout_s, again.check, again.reading) == (2.0, "full", None)
    assert again.ask("elder(ann, X)?").answers == ({"X": "carl"},)
    assert again.ask("age(Zoë, X)?").answers == ({"X": 3},)
    assert again.ask("likes(X, 2)?").answers == ({"X": "x y"},)
    file.write_text('{"format": "abduce session", "version": 99}', encoding="utf-8")
    with pytest.raises(DataError, match="newer"):
        Engine.load(file)
    file.write_text("import os", encoding="utf-8")
    with pytest.raises(DataError, match="no JSON"):
        Engine.load(file)


def test_export_comes_back_with_the_same_verdicts() -> None:
    engine = Engine()
    engine.tell("forall x. man(x) -> mortal(x)\nman(socrates)\n")
    assert "conjecture" in engine.export("tptp", "mortal(socrates)?")
    assert "(check-sat)" in engine.export("smtlib", "mortal(socrates)?")
    with pytest.raises(UsageError, match="tptp or smtlib"):
        engine.export("prolog")


HARD = "x: Int. y: Int. z: Int.\nx^3 + y^3 + z^3 = 114. x > 1000. y < 0 - 1000.\n"


def test_a_query_stops_at_its_limit_and_the_engine_goes_on() -> None:
    engine = Engine(timeout_s=0.6)
    engine.tell(HARD)
    started = time.monotonic()
    found = engine.ask("x = 5000 | y*y = 17*x?")
    assert time.monotonic() - started < 60.0
    assert found.verdict is Verdict.GAVE_UP
    assert found.reason is not None and found.exit_code == 3
    assert engine.ask("x > 10?", timeout_s=10).verdict is Verdict.ENTAILED


def test_an_interrupt_stops_a_query_and_the_engine_goes_on() -> None:
    engine = Engine(timeout_s=120)
    engine.tell(HARD)
    timer = threading.Timer(0.3, engine.interrupt)
    timer.start()
    found = engine.ask("x = 5000 | y*y = 17*x?")
    timer.join()
    assert found.verdict is Verdict.GAVE_UP
    assert found.reason is not None and found.reason.value == "interrupted"
    assert engine.ask("x > 10?", timeout_s=10).verdict is Verdict.ENTAILED


def test_rules_without_end_stop_at_the_limit() -> None:
    engine = Engine(timeout_s=3.0)
    engine.tell("n(z). n(s(X)) :- n(X). even(z). even(s(s(X))) :- even(X).")
    assert engine.ask("n(s(s(z)))?").verdict is Verdict.ENTAILED
    found = engine.ask("n(X), even(s(X))?")
    assert found.complete is False
    assert found.reason is not None


def test_several_threads_use_one_engine() -> None:
    engine = Engine()
    engine.tell("forall x. man(x) -> mortal(x)\n" + "\n".join(f"man(m{n})" for n in range(6)) + "\n")
    verdicts: list[str] = []

    def work(start: int) -> None:
        for number in range(start, start + 12):
            verdicts.append(engine.ask(f"mortal(m{number % 6})?").verdict.value)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdicts == ["entailed"] * 48


def test_scopes_of_several_threads_do_not_mix() -> None:
    """A scope that ended within another thread's left that one's premises behind."""
    engine = Engine()
    engine.tell("p(a).")
    inside, verdicts = threading.Event(), []

    def hold() -> None:
        with engine.assume("q(a)."):
            inside.set()
            time.sleep(0.05)

    def ask() -> None:
        inside.wait()
        with engine.assume("r(a)."):
            verdicts.extend(engine.ask(query).verdict for query in ("q(a)?", "r(a)?"))

    threads = [threading.Thread(target=one) for one in (hold, ask)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdicts == [Verdict.UNDETERMINED, Verdict.ENTAILED]
    assert len(engine.premises) == 1


def test_wrong_settings_are_named() -> None:
    with pytest.raises(UsageError, match="check is one of none, fast, full; got 'maybe'"):
        Engine(check="maybe")
    with pytest.raises(UsageError, match="reading is one of classical, rules, closed; got 'prolog'"):
        Engine(reading="prolog")
    with pytest.raises(UsageError, match="positive"):
        Engine(timeout_s=0)
    with pytest.raises(UsageError, match="a bytes cannot be told"):
        Engine().tell(b"p(a).")
    with pytest.raises(UsageError, match="the rule readings take clauses alone"):
        engine = Engine()
        engine.tell("forall x. p(x)\n")
        engine.ask("p(a)?", reading="rules")


def test_errors_are_errors_of_abduce() -> None:
    engine = Engine()
    for bad in ("p(", "p(a)? q(b)?", "solve x +", "", "p(X) :- ?"):
        with pytest.raises(AbduceError):
            engine.ask(bad)


def test_many_facts_are_told_and_asked() -> None:
    engine = Engine(timeout_s=60)
    engine.tell("\n".join(f"edge(n{n}, n{n + 1})." for n in range(20_000)) + "\npath(X, Y) :- edge(X, Y).\n")
    found = engine.ask("path(n77, X)?")
    assert found.answers == ({"X": "n78"},)
    assert found.solver == "rules on demand"  # and no model of twenty thousand paths was made


def test_importing_abduce_loads_neither_torch_nor_z3() -> None:
    script = (
        "import sys, abduce; from abduce import Engine; e = Engine(); e.tell('p(a).'); "
        "assert e.ask('p(a)?').verdict.value == 'entailed'; print('torch' in sys.modules, 'sympy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["False", "False"], done.stderr


def test_statements_in_a_text_that_ask_are_returned() -> None:
    told = Engine().tell("p(a). p(X)? solve x^2 = 4\n")
    assert [query.source.text.strip() for query in told.queries] == ["p(X)?", "solve x^2 = 4"]
    assert len(read("p(a).")) == 1


def test_a_formula_beside_many_facts_is_decided_from_those_near_the_goal() -> None:
    engine = Engine()
    engine.tell("\n".join(f"edge(a{n}, b{n % 97})." for n in range(11_000)) + "\nforall x y. edge(x, y) -> node(x)\n")
    assert engine.ask("node(a5)?").verdict is Verdict.ENTAILED
    assert engine.ask("not node(a5)?").verdict is Verdict.REFUTED


BIRDS = "flies(X) :- bird(X), not penguin(X). bird(tweety). wet :- rain."


@pytest.mark.parametrize("dot", ["", "."])
def test_an_assumed_atom_is_a_fact_with_and_without_a_dot(dot: str) -> None:
    """Without one it was a formula, which made the reading classical, and what followed by default followed no more."""
    engine = Engine()
    engine.tell(BIRDS)
    for atom, query, verdict in (
        ("rain", "flies(tweety)?", Verdict.ENTAILED),
        ("rain", "wet?", Verdict.ENTAILED),
        ("-rain", "-rain?", Verdict.ENTAILED),
        ("penguin(tweety)", "flies(tweety)?", Verdict.UNDETERMINED),
        ("bird(X)", "flies(tom)?", Verdict.ENTAILED),  # as in any fact
    ):
        found = engine.ask(query, assume=[atom + dot])
        assert (found.verdict, found.reading.value) == (verdict, "rules"), (atom, query)
        with engine.assume(atom + dot):
            assert engine.ask(query).verdict is verdict
    assert engine.why_not("wet?", [f"rain{dot}"]).sets


def test_an_assumed_atom_beside_formulas_stays_a_formula() -> None:
    engine = Engine()
    engine.tell("∀x (Human(x) → Mortal(x))")
    assert engine.ask("Mortal(Socrates)?", assume=["Human(Socrates)"]).verdict is Verdict.ENTAILED
    assert engine.ask("Mortal(plato)?", assume=["Human(Socrates)"]).verdict is Verdict.UNDETERMINED


def test_an_assumed_term_is_a_fact_beside_clauses() -> None:
    from abduce.solvers.terms import BOOL, constant

    engine = Engine()
    engine.tell(BIRDS)
    assert engine.ask("flies(tweety)?", assume=[constant("rain", BOOL)]).verdict is Verdict.ENTAILED


def test_no_full_collection_holds_up_a_query() -> None:
    """A pass over a hundred thousand facts takes half a second, in which no limit is looked at."""
    engine, passes, before = Engine(), [], gc.get_threshold()
    engine.tell("\n".join(f"p(n{n}, n{n * 7 % 12_000})." for n in range(12_000)))

    def note(phase: str, about: dict[str, int]) -> None:
        passes.append(about["generation"])

    gc.set_threshold(50, 1, 1)
    gc.callbacks.append(note)
    try:
        engine.ask("n1 = n2?", reading="classical", timeout_s=0.5)
    finally:
        gc.callbacks.remove(note)
        restored = gc.get_threshold()
        gc.set_threshold(*before)
    assert restored == (50, 1, 1) and 2 not in passes and passes


def test_a_time_limit_holds_while_premises_are_elaborated() -> None:
    engine = Engine()
    engine.tell("\n".join(f"p(n{n}, n{n * 7 % 60_000})." for n in range(60_000)))
    began = time.process_time()
    assert engine.ask("n1 = n2?", reading="classical", timeout_s=0.3).verdict is Verdict.GAVE_UP
    assert time.process_time() - began < 0.3 + 0.2
