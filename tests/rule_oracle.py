"""A naive least fixpoint over all substitutions, and random programs for it: the slow twin of the rule reading."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from abduce.parser.statements import Aggregate, App, Clause, Num, Operation, Var
from abduce.parser.surface import read

DOMAIN: list[Any] = ["a", "b", 0, 1, 2, 3]
Fact = tuple[bool, str, tuple[Any, ...]]


OPPOSITES = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def value(term: Any, binding: dict[str, Any], model: set[Fact] = frozenset()) -> Any:  # type: ignore[assignment]
    """The value of a term; None where it is undefined."""
    if isinstance(term, Var):
        return binding[term.name]
    if isinstance(term, Num):
        return term.value
    if isinstance(term, App) and not term.arguments:
        return term.name
    if isinstance(term, Operation) and term.op == "ite":
        condition, yes, no = term.arguments
        holding = truth(condition, binding, model)
        return None if holding is None else value(yes if holding else no, binding, model)
    sides = [value(part, binding, model) for part in term.arguments]
    if not all(isinstance(side, int | Fraction) for side in sides):
        return None
    if isinstance(term, App):
        return abs(sides[0])
    left, right = sides
    if term.op == "/":
        return None if right == 0 else Fraction(left) / right
    if term.op == "^":
        return next(root for root in range(100) if root**right.denominator == left**right.numerator)
    return {"+": lambda: left + right, "-": lambda: left - right, "*": lambda: left * right}[term.op]()


def truth(condition: Any, binding: dict[str, Any], model: set[Fact]) -> bool | None:
    """Whether a condition holds; None where it has no truth value."""
    if isinstance(condition, Operation) and condition.op == "not":
        inner = truth(condition.arguments[0], binding, model)
        return None if inner is None else not inner
    if isinstance(condition, Operation) and condition.op in ("and", "or"):
        sides = [truth(part, binding, model) for part in condition.arguments]
        strong = condition.op == "or"
        return strong if strong in sides else None if None in sides else not strong
    if isinstance(condition, Operation) and condition.op in OPPOSITES:
        opposite = Operation(OPPOSITES[condition.op], condition.arguments)
        return True if holds(condition, binding, model) else False if holds(opposite, binding, model) else None
    return holds(condition, binding, model)


def names(term: Any, *, inside: bool = True) -> set[str]:
    """The variables of an expression."""
    if isinstance(term, Var):
        return {term.name}
    if isinstance(term, Aggregate):
        return set().union(*(names(part) for part in (*term.terms, *term.body))) if inside else set()
    found = (names(part, inside=inside) for part in getattr(term, "arguments", ()))
    return set().union(*found)


def aggregate(item: Aggregate, binding: dict[str, Any], model: set[Fact]) -> Any:
    """The value of an aggregate; None where it has none."""
    local = sorted(set().union(*(names(part) for part in (*item.terms, *item.body))) - binding.keys())
    rows = set()
    for values in itertools.product(DOMAIN, repeat=len(local)):
        inner = binding | dict(zip(local, values, strict=True))
        if all(holds(literal, inner, model) for literal in item.body):
            rows.add(tuple(value(term, inner, model) for term in item.terms))
    if item.kind == "count":
        return len(rows)
    firsts = [row[0] for row in rows]
    numbers = all(isinstance(first, int) for first in firsts)
    if item.kind == "sum":
        return sum(firsts) if numbers else None
    if not firsts or not (numbers or all(isinstance(first, str) for first in firsts)):
        return None
    return min(firsts) if item.kind == "min" else max(firsts)


def holds(literal: Any, binding: dict[str, Any], model: set[Fact]) -> bool:
    """Whether a literal holds in a model."""
    if isinstance(literal, App):
        row = tuple(value(term, binding, model) for term in literal.arguments)
        return (False, literal.name, row) in model
    if literal.op == "strong":
        atom = literal.arguments[0]
        return (True, atom.name, tuple(value(term, binding, model) for term in atom.arguments)) in model
    if literal.op == "not":
        inner = literal.arguments[0]
        free = sorted(name for name in names(inner) if name not in binding)
        atom = inner.arguments[0] if getattr(inner, "op", "") == "strong" else inner
        fixed = [term for term in getattr(atom, "arguments", ()) if not names(term) & set(free)]
        if isinstance(atom, App) and None in (value(term, binding, model) for term in fixed):
            return False
        choices = itertools.product(DOMAIN, repeat=len(free))
        return not any(holds(inner, binding | dict(zip(free, v, strict=True)), model) for v in choices)
    if literal.op == "or":
        return any(holds(part, binding, model) for part in literal.arguments)
    if literal.op == "and":
        return all(holds(part, binding, model) for part in literal.arguments)
    left, right = literal.arguments
    one, other = (
        value(left, binding, model),
        aggregate(right, binding, model) if isinstance(right, Aggregate) else value(right, binding, model),
    )
    if one is None or other is None:
        return False
    if literal.op in ("=", "!="):
        return (one == other) == (literal.op == "=")
    if isinstance(one, str) != isinstance(other, str):
        return False
    return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[literal.op]


def variables(clause: Clause) -> list[str]:
    """The variables that a substitution must give values to: those outside aggregates and not `_`."""
    parts = (*clause.body,) if clause.head is None else (clause.head, *clause.body)
    found = set().union(*(names(part, inside=False) for part in parts))
    return sorted(name for name in found if not name.startswith("_"))


def least_model(strata: list[list[Clause]]) -> set[Fact]:
    """The least model, stratum by stratum, by trying every substitution again and again."""
    model: set[Fact] = set()
    for clauses in strata:
        while True:
            new = set()
            for clause in clauses:
                free = variables(clause)
                for values in itertools.product(DOMAIN, repeat=len(free)):
                    binding = dict(zip(free, values, strict=True))
                    if not all(holds(literal, binding, model) for literal in clause.body):
                        continue
                    head: Any = clause.head
                    atom = head.arguments[0] if isinstance(head, Operation) else head
                    row = tuple(value(term, binding, model) for term in atom.arguments)
                    if None not in row:
                        new.add((isinstance(head, Operation), atom.name, row))
            if new <= model:
                break
            model |= new
    return model


# random programs --------------------------------------------------------------------------------------------

ARITIES = {"p": 1, "q": 2, "r": 1, "s": 2, "t": 1, "u": 2}
LEVELS = [["p", "q"], ["r", "s"], ["t", "u"]]
VARIABLES = ["X", "Y", "Z"]
CONSTANTS = ["a", "b", "0", "1", "2", "3"]


@st.composite
def atoms(draw: st.DrawFn, names: list[str], terms: list[str]) -> str:
    name = draw(st.sampled_from(names))
    arguments = [draw(st.sampled_from(terms)) for _ in range(ARITIES[name])]
    return f"{draw(st.sampled_from(['', '', '', '', '', '', '-']))}{name}({', '.join(arguments)})"


@st.composite
def calculations(draw: st.DrawFn, lower: list[str], bound: list[str]) -> str:
    """A term that is calculated; its values are in the domain wherever those of the variables are."""
    variable, other = (draw(st.sampled_from(bound or ["1"])) for _ in range(2))
    kind = draw(st.sampled_from(["abs", "root", "ite", "ite", "nested"]))
    if kind == "abs":
        return f"abs({variable} - {draw(st.sampled_from(['1', '2', other]))})"
    if kind == "root":
        return f"({variable} * {variable})^(1/2)"
    less, same = f"{variable} < 2", f"{variable} = {other}"
    conditions = [less, same, f"not {less}", f"not {same}", f"({less} or {other} != a)", f"1/{variable} < 1"]
    if lower:
        atom = draw(atoms(lower, [*bound, *CONSTANTS]))
        conditions += [atom, f"not {atom}", f"({atom} and {variable} != 1)"]
    condition = draw(st.sampled_from(conditions))
    if kind == "nested":
        return f"ite({condition}, abs({variable} - 3), ite({other} > 1, {other}, 0))"
    return f"ite({condition}, {variable}, {draw(st.sampled_from(['a', '2', other]))})"


@st.composite
def tests(draw: st.DrawFn, lower: list[str], bound: list[str]) -> str:
    terms = [*bound, *CONSTANTS, draw(calculations(lower, bound))]
    kinds = ["compare", "compare", "or"] + ["not", "not", "any", "count", "fold"] * bool(lower)
    kind = draw(st.sampled_from(kinds))
    pick = st.sampled_from(terms)
    if kind == "compare":
        return f"{draw(pick)} {draw(st.sampled_from(['<', '<=', '!=', '=', '>', '>=']))} {draw(pick)}"
    if kind == "or":
        return f"({draw(pick)} = {draw(pick)} or {draw(pick)} < {draw(pick)})"
    if kind == "not":
        return f"not {draw(atoms(lower, terms))}"
    name = draw(st.sampled_from([n for n in lower if ARITIES[n] == 2]))
    if kind == "any":
        return f"not {name}({draw(pick)}, _)"
    if kind == "count":
        return f"{draw(pick)} = count {{ W : {name}({draw(pick)}, W) }}"
    which = draw(st.sampled_from(["sum", "min", "max"]))
    return (
        f"{draw(pick)} {draw(st.sampled_from(['=', '<', '>=']))} {which} {{ W, V : {name}(V, W), W != {draw(pick)} }}"
    )


@st.composite
def rules(draw: st.DrawFn, level: int) -> str:
    here = [name for names in LEVELS[: level + 1] for name in names]
    lower = [name for names in LEVELS[:level] for name in names]
    body = draw(st.lists(atoms(here, [*VARIABLES * 3, "a", "1"]), min_size=1, max_size=3))
    bound = [name for name in VARIABLES if any(name in literal for literal in body)]
    body += draw(st.lists(tests(lower, bound), max_size=draw(st.sampled_from([0, 1, 1, 2]))))
    grown = draw(st.booleans()) and bound
    if grown:
        body.append(f"{bound[0]} < 3")
    calculated = [draw(calculations(lower, bound)) for _ in range(2)]
    terms = [*bound, *bound, *CONSTANTS, *calculated * draw(st.sampled_from([0, 0, 2]))]
    head = draw(atoms(LEVELS[level], terms))
    if grown and not any(one in head for one in calculated):
        head = head.replace(bound[0], f"{bound[0]} + 1")
    body = draw(st.permutations(body))
    return f"{head} :- {', '.join(body)}."


@st.composite
def programs(draw: st.DrawFn) -> tuple[str, list[list[Clause]]]:
    """A stratified program, as text and as the clauses of its strata."""
    facts = draw(
        st.lists(atoms([n for names in (*LEVELS, *LEVELS[:1] * 2) for n in names], CONSTANTS), min_size=10, max_size=16)
    )
    written = [[f"{fact}." for fact in facts]]
    strata: list[list[Clause]] = [[statement for text in written[0] for statement in read(text)]]
    for level in range(len(LEVELS)):
        texts = draw(st.lists(rules(level), min_size=2, max_size=4))
        written.append(texts)
        strata.append([statement for text in texts for statement in read(text)])
    strata = [strata[0] + strata[1], strata[2], strata[3]]
    return "\n".join(text for texts in written for text in texts), strata
