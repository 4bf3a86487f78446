"""The benchmark of logic: what its readers read, how it judges, what it prints; on small inputs and some real rows."""

from __future__ import annotations

import itertools
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import logic
import logic_computing
import logic_measuring
import logic_scripts
import pytest
from logic_measuring import Settings
from logic_readers import (
    calls,
    declarations,
    folio,
    integrals,
    logicaldeduction,
    programs,
    prontoqa,
    proofwriter,
    souffle,
)
from logic_readers.questions import Choice, Question, Unread
from logic_readers.souffle_syntax import read as read_source
from logic_readers.souffle_trees import MissingError

from abduce.errors import UsageError
from abduce.parser.statements import Algebra
from abduce.parser.surface import read_statement
from abduce.reasoning.queries.engine import Engine

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = Settings(timeout_s=5.0)
KEYS = ["set", "count", "right", "wrong", "gave_up", "delegated", "unread", "seconds"]


def outcomes(found: dict[str, Any]) -> dict[str, int]:
    return {key: found[key] for key in ("right", "wrong", "gave_up", "unread")}


def write_rows(folder: Path, *rows: dict[str, Any]) -> Path:
    (folder / "any name.json").write_text(json.dumps(list(rows)), encoding="utf-8")
    return folder


# English -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "clause"),
    [
        ("Bob is big", "big(bob)."),
        ("The bald eagle is not big", "-big(bald_eagle)."),
        ("The cat chases the bald eagle", "chase(cat, bald_eagle)."),
        ("The cat does not chase Bob", "-chase(cat, bob)."),
        ("All big, kind people are nice", "nice(X) :- big(X), kind(X)."),
        ("Young things are not red", "-red(X) :- young(X)."),
        ("If someone is big and not red then they are nice", "nice(X) :- big(X), -red(X)."),
        ("If something needs the cow and the cow is red then it is kind", "kind(X) :- need(X, cow), red(cow)."),
        ("If something is red and the cow is big and kind then it sees the cow",
         "see(X, cow) :- red(X), big(cow), kind(cow)."),
        ("If Bob is big and he is red then he is nice", "nice(bob) :- big(bob), red(bob)."),
        ("If someone sees Bob and they like Bob then they chase it", "chase(X, X) :- see(X, bob), like(X, bob)."),
    ],
)  # fmt: skip
def test_sentences_about_animals_and_people(sentence: str, clause: str) -> None:
    assert proofwriter.clause(sentence) == clause


def test_an_unknown_sentence_is_unread_and_named(tmp_path: Path) -> None:
    write_rows(tmp_path, {"id": "q", "context": "Perhaps it rains.", "question": "True? Bob is big.", "answer": "A"})
    (found,) = proofwriter.read(tmp_path)
    assert isinstance(found, Unread) and "not understood: 'Perhaps it rains'" in found.error


@pytest.mark.parametrize(
    ("sentence", "formula"),
    [
        ("Each yumpus is a dumpus", "forall x. (yumpus(x) -> dumpus(x))"),
        ("Yumpuses are not shy", "forall x. (yumpus(x) -> not shy(x))"),
        ("Rompuses are jompuses", "forall x. (rompus(x) -> jompus(x))"),
        ("Polly is not an impus", "not impus(polly)"),
    ],
)
def test_sentences_about_kinds(sentence: str, formula: str) -> None:
    assert prontoqa.formula(sentence) == formula


@pytest.mark.parametrize(
    ("sentence", "formula"),
    [
        ("The owl is to the left of the jay", "owl < jay"),
        ("The owl is the second from the right", "owl = 3"),
        ("The jays are the most expensive", "jay = 4"),
        ("The owl is the third-newest", "owl = 2"),
        ("Owl finished second-to-last", "owl = 3"),
        ("Owl finished last", "owl = 4"),
        ("Owl finished above Jay", "owl < jay"),
    ],
)
def test_sentences_about_places(sentence: str, formula: str) -> None:
    objects = ["owl", "jay", "jays", "crow"] if "jays" in sentence else ["owl", "jay", "crow", "kite"]
    assert logicaldeduction.constraint(sentence, objects) == formula.replace("jay =", "jays =")


def test_sets_in_english_are_answered(tmp_path: Path) -> None:
    animals = {
        "id": "a", "context": "Bob is big. All big people are kind. Ann is not kind.",
        "question": "Is this true, false, or unknown? Bob is kind.", "answer": "A",
    }  # fmt: skip
    write_rows(tmp_path, animals, {**animals, "question": "? Ann is kind.", "answer": "B"},
               {**animals, "question": "? Ann is big.", "answer": "C"}, {"other": 1})  # fmt: skip
    found = logic.measure("proofwriter", tmp_path, SETTINGS)
    assert outcomes(found) == {"right": 3, "wrong": 0, "gave_up": 0, "unread": 0}
    assert list(found)[:8] == KEYS
    assert found["items"][0]["name"] == "any name.json#a"
    assert {"name", "expected", "got", "seconds", "delegated"} <= set(found["items"][0])


def test_cores_are_compared_with_the_gold_premises(tmp_path: Path) -> None:
    row = {
        "context": "Wumpuses are dull. Each dumpus is a wumpus. Each wumpus is big. Rex is a dumpus.",
        "question": "True or false? Rex is not dull.", "answer": "B",
        "explanation": ["Rex is a dumpus.", "Each dumpus is a wumpus.", "Rex is a wumpus.", "Wumpuses are dull."],
    }  # fmt: skip
    found = logic.measure("prontoqa", write_rows(tmp_path, row), SETTINGS)
    assert found["right"] == 1 and found["cores"] == {"count": 1, "equal_to_gold": 1}


def test_a_choice_is_the_option_that_follows(tmp_path: Path) -> None:
    row = {
        "context": "Some rows.\n\nOn a branch, there are three birds: an owl, a jay, and a crow. "
        "The owl is to the left of the jay. The crow is the leftmost.",
        "options": ["A) The owl is the rightmost.", "B) The jay is the rightmost."], "answer": "B",
    }  # fmt: skip
    assert logic.measure("logicaldeduction", write_rows(tmp_path, row), SETTINGS)["right"] == 1


# formulas ------------------------------------------------------------------------------------------------------


def test_formulas_are_read_strictly_or_repaired(tmp_path: Path) -> None:
    row = {
        "premises-FOL": ["∀x (Bird(x) → Flies(x))", "Bird(tweety))"],
        "conclusion-FOL": "Flies(tweety)",
        "label": "True",
    }
    free = {"premises-FOL": ["A(x", "B(c)"], "label": "Unknown"}
    write_rows(tmp_path, row, free)
    strict = logic.measure("folio", tmp_path, SETTINGS)
    assert outcomes(strict) == {"right": 0, "wrong": 0, "gave_up": 0, "unread": 1}
    assert (strict["formulas"]["count"], strict["formulas"]["read"]) == (2, 1)
    repaired = logic.measure("folio", tmp_path, Settings(repair=True))
    assert repaired["right"] == 1 and repaired["items"][0]["repairs"] == ["Bird(tweety)) -> Bird(tweety)"]


def test_a_wrong_annotation_is_shown_with_a_core_and_lint_speaks(tmp_path: Path) -> None:
    row = {"premises-FOL": ["Meeting(a)", "Meetings(b)"], "conclusion-FOL": "Meeting(a)", "label": "False"}
    (item,) = logic.measure("folio", write_rows(tmp_path, row), SETTINGS)["items"]
    assert (item["outcome"], item["got"], item["core"]) == ("wrong", "entailed", ["Meeting(a)"])
    assert any("duplicate" in kind for kind in item["lint"])


# programs ------------------------------------------------------------------------------------------------------

RULES = """Predicates:
Kind($x, bool) ::: Is x kind?

Facts:
Big(Bob, True) ::: Bob is big.

Rules:
Big($x, True) && Old($x, False) >>> Kind($x, False) ::: …
Big($x, True) >>> Old($x, False)

Query:
Kind(Bob, False) ::: Bob is not kind."""
PLACES = """Domain:
1: left
Variables:
owl [IN] [1, 2, 3]
jay [IN] [1, 2, 3]
old_crow [IN] [1, 2, 3]
Constraints:
owl < jay ::: …
old_crow == jay - 2
AllDifferentConstraint([owl, jay, old_crow])
Query:
A) owl == 2
B) owl == 3"""
SORTS = """# Declarations
people = EnumSort([Ann, Bob, Cyd])
days = EnumSort([1, 2, 3])
on = Function([people] -> [days])
late = Function([people] -> [bool])

# Constraints
Distinct([p:people], on(p)) ::: …
on(Ann) == on(Bob) + 1 ::: …
ForAll([p:people], late(p) == (on(p) > 1)) ::: …
Count([p:people], late(p)) == 2

# Options
Question ::: …
is_valid(on(Cyd) == 2) ::: (A)
is_sat(And(on(Ann) == 3, Not(late(Cyd)))) ::: (B)
is_unsat(late(Ann)) ::: (C)
is_exception(is_sat(on(Bob) in [1, 2])) ::: (D)"""


def program(text: str, answer: str) -> dict[str, Any]:
    return {"id": "p", "raw_logic_programs": [text], "answer": answer}


@pytest.mark.parametrize(
    ("text", "answer"),
    [(RULES, "A"), (PLACES, "A"), (SORTS, "B"), ("Premises:\n∀x (P(x) → Q(x))\nP(a)\nConclusion:\n¬Q(a) ::: …", "B")],
)
def test_programs_of_all_kinds_run(tmp_path: Path, text: str, answer: str) -> None:
    found = logic.measure("programs", write_rows(tmp_path, program(text, answer)), SETTINGS)
    assert outcomes(found) == {"right": 1, "wrong": 0, "gave_up": 0, "unread": 0}, found["items"]
    assert found["files"] == {"any name.json": outcomes(found)}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (RULES.replace(">>>", "=>"), "expected a rule with >>>"),
        (RULES.replace("True) >>>", "Maybe) >>>", 1), "expected True or False for the last argument"),
        (PLACES.replace("owl < jay", "owl < cat"), "it uses cat, which it does not declare"),
        (PLACES.replace("owl < jay", "owl < __import__('os').getcwd()"), "not understood from"),
        (SORTS.replace("[p:people], on(p)", "[b:boys], on(b)"), "it uses the sort boys, which it does not declare"),
        (SORTS.replace("on(Ann) ==", "on(2) =="), "on takes an element of people, not of int"),
        (SORTS.replace("on(Ann) ==", "on(Ann, Bob) =="), "on takes 1 arguments; got 2"),
        (SORTS.replace("is_unsat", "is_odd"), "an option is is_valid, is_sat"),
        ("nothing", "it has none of the known forms"),
    ],
)
def test_ill_formed_programs_are_named_with_their_error(tmp_path: Path, text: str, error: str) -> None:
    (found,) = programs.read(write_rows(tmp_path, program(text, "A")))
    assert isinstance(found, Unread) and error in found.error


def test_declared_programs_mean_what_enumeration_says() -> None:
    """Every option of the program above, against all ways to interpret it."""
    people = range(3)
    models = [
        on for on in itertools.permutations((1, 2, 3)) if on[0] == on[1] + 1 and sum(on[p] > 1 for p in people) == 2
    ]
    found = declarations.choice("p", programs.sections_of(SORTS), "B")
    with Engine(reading="classical") as engine:
        engine.tell("\n".join(found.premises))
        verdicts = [str(engine.ask(f"({option.formula})?").verdict) for option in found.options]
    truths = [
        [on[2] == 2 for on in models],
        [on[0] == 3 and not on[2] > 1 for on in models],
        [on[0] > 1 for on in models],
        [on[1] in (1, 2) for on in models],
    ]
    expected = ["entailed" if all(t) else "undetermined" if any(t) else "refuted" for t in truths]
    assert verdicts == expected


def test_expressions_bind_as_in_python() -> None:
    parsed = calls.parse("not a == 1 and b < c + 2 * d")
    assert isinstance(parsed, calls.Call) and parsed.name == "and"
    assert [part.name for part in parsed.arguments if isinstance(part, calls.Call)] == ["not", "<"]
    with pytest.raises(calls.ProgramError, match="nested deeper than"):
        calls.parse("(" * 2000 + "a" + ")" * 2000)


# relations -----------------------------------------------------------------------------------------------------

DATALOG = """
#define LIMIT 4  // a macro
.type Node <: symbol
.decl edge(a: Node, b: Node) .input edge
.decl path(a: Node, b: Node) .output path
path(x, y) :- edge(x, y).
path(x, z) :- path(x, y), edge(y, z).
.decl size(n: number) .output size
size(n) :- n = count : path(_, _).
.decl small(n: number) .output small
small(1). small(n + 1) :- small(n), n < LIMIT.
.decl lonely(n: Node) .output lonely
lonely(x) :- (edge(x, _) ; edge(_, x)), !edge(x, x), c = sum k : { small(k), k != 2 }, c = 8.
.decl most(n: number) .output most
most(max(n, 3)) :- small(n).
.comp Copy<T> { .decl all(x: T) all(x) :- source(x). .decl source(x: T) }
.init c = Copy<number>
c.source(n) :- small(n), n % 2 = 0.
.decl even(n: number) .output even
even(n) :- c.all(n).
"""


def test_datalog_gives_the_expected_relations(tmp_path: Path) -> None:
    home = tmp_path / "some"
    (home / "facts").mkdir(parents=True)
    (home / "prog.dl").write_text(DATALOG, encoding="utf-8")
    (home / "facts" / "edge.facts").write_text('a\tb "q"\nb "q"\tc\n', encoding="utf-8")
    rows = {"path": 'a\tb "q"\nb "q"\tc\na\tc\n', "size": "3\n", "small": "1\n2\n3\n4\n", "lonely": 'a\nb "q"\nc\n',
            "most": "3\n4\n", "even": "2\n4\n"}  # fmt: skip
    for name, text in rows.items():
        (home / f"{name}.csv").write_text(text, encoding="utf-8")
    found = logic.measure("souffle", tmp_path, SETTINGS)
    assert outcomes(found) == {"right": 1, "wrong": 0, "gave_up": 0, "unread": 0}, found["items"]
    assert found["items"][0]["name"] == "some/prog.dl"
    (home / "size.csv").write_text("4\n", encoding="utf-8")
    (item,) = logic.measure("souffle", tmp_path, SETTINGS)["items"]
    assert (item["outcome"], item["relation"], item["surplus"], item["lost"]) == ("wrong", "size", [("3",)], [("4",)])


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (".decl a(x: number) choice-domain x", "choice-domain"),
        (".functor f(x: number): number", ".functor"),
        ('.decl a(x: symbol) a(cat(x, "s")) :- a(x).', "the functor cat"),
        ('#include "other.dl"', "#include"),
    ],
)
def test_what_the_reader_of_datalog_lacks_is_named(text: str, missing: str) -> None:
    with pytest.raises(MissingError, match=missing):
        souffle.Translation(read_source(text))


# integrals -----------------------------------------------------------------------------------------------------


def test_integrals_are_read_and_verified(tmp_path: Path) -> None:
    text = "/* a, [b] */ lst:'[ [x*%e^x,x,1,%e^x*(x-1)], /* two */ [t^n,t,1,f(t,[n])] ]$"
    (tmp_path / "q.mac").write_text(text, encoding="utf-8")
    assert [one.integrand for one in integrals.read(tmp_path)] == ["x*e^x", "t^n"]
    found = logic.measure("integrals", tmp_path, Settings(timeout_s=10))
    assert outcomes(found) == {"right": 2, "wrong": 0, "gave_up": 0, "unread": 0}
    assert [item["got"] for item in found["items"]] == ["verified", "verified"]
    assert all(item["confirmed_again"] for item in found["items"])


def test_a_wrong_integral_would_be_seen() -> None:
    command = read_statement("integrate x*exp(x), x")
    assert isinstance(command, Algebra)
    assert logic_computing.derivative_is("(x - 1)*exp(x)", command, "x") is True
    assert logic_computing.derivative_is("(x - 1)*exp(x) + x/1000000", command, "x") is False


# scripts -------------------------------------------------------------------------------------------------------


def test_problems_are_judged_by_their_status_beside_z3(tmp_path: Path) -> None:
    axiom = "fof(a, axiom, ![X]: (p(X) => q(X))). fof(b, axiom, p(c)).\n"
    (tmp_path / "one.p").write_text(f"% Status   : Theorem\n{axiom}fof(g, conjecture, q(c)).\n", encoding="utf-8")
    text = f"% Status   : CounterSatisfiable\n{axiom}fof(g, conjecture, ![X]: q(X)).\n"
    (tmp_path / "two.p").write_text(text, encoding="utf-8")
    (tmp_path / "three.p").write_text("% Status   : Open\nfof(g, conjecture, r).\n", encoding="utf-8")
    found = logic.measure("tptp", tmp_path, SETTINGS, z3=True)
    assert found["count"] == 2 and outcomes(found) == {"right": 2, "wrong": 0, "gave_up": 0, "unread": 0}
    assert [item["expected"] for item in found["items"]] == ["Theorem", "CounterSatisfiable"]
    assert found["z3"]["right"] + found["z3"]["gave_up"] == 2 and len(found["z3"]["items"]) == 2


def test_scripts_print_their_answers(tmp_path: Path) -> None:
    text = "(declare-const x Int)(assert (> x 1))(check-sat)(assert (< x 1))(check-sat)"
    (tmp_path / "s.smt2").write_text(text, encoding="utf-8")
    (tmp_path / "s.expected.out").write_text("sat\nunsat\n", encoding="utf-8")
    found = logic.measure("smtlib", tmp_path, SETTINGS, z3=True)
    assert found["items"][0]["got"] == found["items"][0]["expected"] == "sat unsat"
    assert (found["right"], found["z3"]["right"], found["delegated"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("got", "expected", "outcome"),
    [
        (["sat"], ["sat"], "right"),
        (["sat"], ["unsat"], "wrong"),
        (["unknown"], ["unsat"], "gave_up"),
        (["sat"], ["sat", "sat"], "gave_up"),
    ],
)
def test_answers_are_compared_one_by_one(got: list[str], expected: list[str], outcome: str) -> None:
    assert logic_scripts._agreement(got, expected) == outcome


@pytest.mark.parametrize(
    ("got", "wanted", "outcome"),
    [
        ("entailed", "entailed", "right"),
        ("entailed", "undetermined", "wrong"),
        ("not_entailed", "undetermined", "gave_up"),
        ("not_entailed", "entailed", "wrong"),
        ("gave_up", "entailed", "gave_up"),
        ("inconsistent", "entailed", "wrong"),
    ],
)
def test_saying_less_is_no_error(got: str, wanted: str, outcome: str) -> None:
    assert logic_measuring.judged(got, wanted) == outcome


# the command ---------------------------------------------------------------------------------------------------


def test_the_command_prints_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(tmp_path, {"premises-FOL": ["P(a)"], "conclusion-FOL": "P(a)", "label": "True"})
    assert logic.run_app(logic.app, ["folio", str(tmp_path), "--timeout", "5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["right"] == 1
    assert logic.run_app(logic.app, ["folio", str(tmp_path)]) == 0
    assert "abduce: 1 right, 0 wrong, 0 gave up, 0 unread" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["folio", "nowhere"], "there is no such folder"),
        (["folio", ".", "--z3"], "the z3 binary does not read folio"),
        (["souffle", "EMPTY"], "nothing of the kind souffle lies there"),
        (["tptp", ".", "--timeout", "0"], "expected a positive number of seconds"),
    ],
)
def test_what_it_refuses(
    tmp_path: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(tmp_path) if one == "EMPTY" else one for one in arguments]
    assert logic.run_app(logic.app, arguments) == 2
    assert message in capsys.readouterr().err


# published rows ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published sets, unpacked from where `ABDUCE_DATA` says, else from beside the project."""
    archive = Path(os.environ.get("ABDUCE_DATA", ROOT.parent / "shared" / "data")) / "logic.tar.xz"
    if not archive.is_file():
        pytest.skip(f"{archive} is not there: it holds the published sets that this test asks")
    folder = tmp_path_factory.mktemp("logic")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder / "logic"


@pytest.mark.parametrize("name", ["proofwriter", "prontoqa", "logicaldeduction"])
def test_published_rows_in_english_are_all_read(published: Path, name: str) -> None:
    reader = {"proofwriter": proofwriter, "prontoqa": prontoqa, "logicaldeduction": logicaldeduction}[name]
    found = reader.read(published / name)
    assert found and not [one for one in found if isinstance(one, Unread)]
    sample = list(logic_measuring.questions(found[:4], SETTINGS))
    assert [item.outcome for item in sample] == ["right"] * len(sample)


def test_published_programs_are_read_or_named(published: Path) -> None:
    found = programs.read(published / "programs")
    by_file: dict[str, list[bool]] = {}
    for one in found:
        by_file.setdefault(one.name.split("_")[0], []).append(isinstance(one, Question | Choice))
    assert all(sum(read) >= 0.98 * len(read) for file, read in by_file.items() if file != "ar-lsat")
    assert all(one.error for one in found if isinstance(one, Unread))


def test_published_datalog_is_read_or_named(published: Path) -> None:
    found = [one for one in souffle.read(published / "souffle") if one.cases]
    missing = []
    for one in found:
        try:
            souffle.Translation(read_source(one.path.read_text(encoding="utf-8")))
        except MissingError as error:
            missing.append(str(error))
    assert len(found) == 31 and len(missing) <= 4, missing


def test_published_formulas_are_read(published: Path) -> None:
    rows = [one for one in folio.read(published / "folio") if isinstance(one, Question)]
    assert len(rows) == 51
    with pytest.raises(UsageError):
        logic.measure("folio", published / "tptp", SETTINGS)
