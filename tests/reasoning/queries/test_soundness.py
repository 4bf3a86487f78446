"""Verdicts of the engine against brute force: truth tables, all small models, and a naive fixpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from abduce.reasoning.queries.engine import Engine
from abduce.reasoning.queries.verdicts import Checked, Premises, Reading, Verdict

# the five verdicts against brute force ------------------------------------------------------------------------------

NAMES = ("p", "q", "r")


def propositions(depth: int = 3) -> st.SearchStrategy[str]:
    atoms = st.sampled_from(NAMES)
    if not depth:
        return atoms
    smaller = propositions(depth - 1)
    return st.one_of(
        atoms,
        st.builds("(not {})".format, smaller),
        st.builds("({} {} {})".format, smaller, st.sampled_from(["&", "|", "->", "<->", "xor"]), smaller),
    )


def truth(text: str, world: dict[str, bool]) -> bool:
    """Evaluate a proposition by Python itself: nothing of the engine is used."""
    python = text.replace("not", " not ").replace("->", "<=").replace("<<=", "==").replace("<->", "==")
    python = python.replace("&", " and ").replace("|", " or ").replace("xor", "!=")
    return bool(eval(python, {}, dict(world)))


def expected(premises: Sequence[str], goal: str) -> str:
    worlds = [dict(zip(NAMES, values, strict=True)) for values in product([False, True], repeat=len(NAMES))]
    models = [world for world in worlds if all(truth(premise, world) for premise in premises)]
    if not models:
        return "inconsistent"
    held = {truth(goal, world) for world in models}
    return "undetermined" if len(held) == 2 else "entailed" if True in held else "refuted"


@settings(max_examples=40, deadline=None)
@given(st.lists(propositions(), max_size=4), propositions())
def test_verdicts_of_propositions_are_those_of_truth_tables(premises: list[str], goal: str) -> None:
    with Engine(reading="classical") as engine:
        for premise in premises:
            engine.tell(f"({premise}).")
        found = engine.ask(f"({goal})?")
    assert found.verdict.value == expected(premises, goal)
    if found.verdict is not Verdict.INCONSISTENT:
        assert found.premises is Premises.CONSISTENT
    if found.verdict in (Verdict.ENTAILED, Verdict.REFUTED, Verdict.INCONSISTENT):
        core = [item.text.rstrip(".") for item in found.core]
        assert expected(core, goal) in (found.verdict.value, "inconsistent")
        for left_out in range(len(core)):
            fewer = expected(core[:left_out] + core[left_out + 1 :], goal)
            assert fewer not in (found.verdict.value, "inconsistent")
        assert found.checked is Checked.REPROVED
    else:
        assert len(found.models) == 2
        assert found.checked is Checked.VERIFIED


FIRST_ORDER = (
    "forall x. {}(x) -> {}(x)",
    "exists x. {}(x) & not {}(x)",
    "forall x. not ({}(x) & {}(x))",
    "forall x. {}(x) | {}(x)",
    "{}(a) | {}(b)",
    "not {}(a) & {}(b)",
    "(exists x. {}(x)) -> (forall y. {}(y))",
)


def monadic() -> st.SearchStrategy[str]:
    letters = st.sampled_from("PQ")
    return st.builds(str.format, st.sampled_from(FIRST_ORDER), letters, letters)


def monadic_models() -> Iterator[dict[str, object]]:
    """Yield all that tells models of monadic logic with two constants apart: which kinds of things there are."""
    kinds = list(product([False, True], repeat=2))
    for there in range(1, 2 ** len(kinds)):
        world = [kind for number, kind in enumerate(kinds) if there >> number & 1]
        for a, b in product(world, repeat=2):
            yield {"world": world, "a": a, "b": b}


def monadic_truth(text: str, model: dict[str, object]) -> bool:
    """Evaluate one of the patterns above."""
    import re

    def letter(match: re.Match[str]) -> str:
        return f"{match[2]}[{'PQR'.index(match[1])}]"

    python = re.sub(r"([PQR])\((\w)\)", letter, text)
    python = re.sub(
        r"\(exists x\. (.*?)\) -> \(forall y\. (.*)\)", r"any(\1 for x in world) <= all(\2 for y in world)", python
    )
    python = re.sub(r"^forall x\. (.*) -> (.*)$", r"all(\1 <= \2 for x in world)", python)
    python = re.sub(r"^forall x\. (.*)$", r"all(\1 for x in world)", python)
    python = re.sub(r"^exists x\. (.*)$", r"any(\1 for x in world)", python)
    python = python.replace("&", " and ").replace("|", " or ")
    return bool(eval(python, {"any": any, "all": all}, dict(model)))


MODELS = tuple(monadic_models())


def verdict_of(held: set[bool]) -> str:
    """Return what is to be said of a goal that has these truth values in the models of the premises."""
    if not held:
        return "inconsistent"
    return "undetermined" if len(held) == 2 else "entailed" if True in held else "refuted"


@settings(max_examples=40, deadline=None)
@given(st.lists(monadic(), max_size=4), monadic())
def test_verdicts_of_monadic_theories_are_those_of_all_models(premises: list[str], goal: str) -> None:
    models = [model for model in MODELS if all(monadic_truth(premise, model) for premise in premises)]
    held = {monadic_truth(goal, model) for model in models}
    with Engine() as engine:
        engine.tell("\n".join(premises) + "\nP(a) | not P(a)\nP(b) | not P(b)\n")
        assert engine.ask(f"{goal}?").verdict.value == verdict_of(held)


# rules against a naive fixpoint -------------------------------------------------------------------------------------

CONSTANTS = ("a", "b")


@st.composite
def programs(draw: st.DrawFn) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Draw positive programs with strong negation: clauses of (predicate, argument) with bodies of such."""
    literals = st.sampled_from(["p", "q", "r", "-p", "-q", "-r"])
    clauses = []
    for _ in range(draw(st.integers(1, 7))):
        body = draw(st.lists(st.tuples(literals, st.just("X")), max_size=2))
        head = draw(literals)
        argument = "X" if body else draw(st.sampled_from(CONSTANTS))
        clauses.append((head, argument, body))
    return clauses


def naive(clauses: list[tuple[str, str, list[tuple[str, str]]]]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    while True:
        new = set()
        for head, argument, body in clauses:
            for value in CONSTANTS:
                if all((name, value if at == "X" else at) in found for name, at in body):
                    new.add((head, value if argument == "X" else argument))
        if new <= found:
            return found
        found |= new


def opposite(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def clause_text(clause: tuple[str, str, list[tuple[str, str]]]) -> str:
    head, argument, body = clause
    right = ", ".join(f"{name}({at})" for name, at in body)
    return f"{head}({argument}){' :- ' + right if right else ''}."


@settings(max_examples=80, deadline=None)
@given(programs(), st.sampled_from(["p", "q", "-r"]), st.sampled_from(CONSTANTS))
def test_rule_readings_are_those_of_a_naive_fixpoint(
    clauses: list[tuple[str, str, list[tuple[str, str]]]], name: str, value: str
) -> None:
    model = naive(clauses)
    engine = Engine()
    engine.tell("\n".join(map(clause_text, clauses)))
    broken = any((opposite(known), at) in model for known, at in model)
    wanted = {
        Reading.RULES: "entailed"
        if (name, value) in model
        else "refuted"
        if (opposite(name), value) in model
        else "undetermined",
        Reading.CLOSED: "entailed" if (name, value) in model else "refuted",
    }
    for reading, verdict in wanted.items():
        found = engine.ask(f"{name}({value})?", reading=reading)
        assert found.verdict.value == ("inconsistent" if broken else verdict)
        if found.verdict in (Verdict.ENTAILED, Verdict.INCONSISTENT):
            assert found.checked is Checked.VERIFIED
            assert set(item.text for item in found.core) <= set(map(clause_text, clauses))
    if not broken:
        answers = engine.ask(f"{name}(X)?").answers
        assert {row["X"] for row in answers} == {at for known, at in model if known == name}


@settings(max_examples=40, deadline=None)
@given(programs(), st.sampled_from(["p", "q", "-r"]), st.sampled_from(CONSTANTS))
def test_classical_reading_of_clauses_is_that_of_all_models(
    clauses: list[tuple[str, str, list[tuple[str, str]]]], name: str, value: str
) -> None:
    predicates = [(letter, constant) for letter in "pqr" for constant in CONSTANTS]

    def holds(world: dict[tuple[str, str], bool], literal: str, at: str) -> bool:
        return not world[literal[1:], at] if literal.startswith("-") else world[literal, at]

    worlds = [dict(zip(predicates, values, strict=True)) for values in product([False, True], repeat=6)]
    models = [
        world
        for world in worlds
        if all(
            holds(world, head, value_of(argument, one)) or not all(holds(world, n, one) for n, _ in body)
            for head, argument, body in clauses
            for one in CONSTANTS
        )
    ]
    held = {holds(world, name, value) for world in models}
    engine = Engine(reading="classical")
    engine.tell("\n".join(map(clause_text, clauses)))
    assert engine.ask(f"{name}({value})?").verdict.value == verdict_of(held)
    engine.close()


def value_of(argument: str, one: str) -> str:
    return one if argument == "X" else argument
