"""Reads the logic programs that a language model wrote in four notations, which are told apart by their sections.

Rules (`Facts: … Rules: … Query:`), formulas (`Premises: … Conclusion:`), constraints over numbered places (`Variables:
… Constraints: … Query:`) and declarations of finite sorts and functions (`# Declarations … # Constraints … # Options`).
"""

from __future__ import annotations

import re
from pathlib import Path

from logic_readers import declarations
from logic_readers.calls import Call, Named, Names, Numeral, ProgramError, Several, Tree, parse
from logic_readers.questions import TRUE_FALSE, Choice, Option, Question, Row, Unread, rows

COMMENT = ":::"
_SECTION = re.compile(r"^\s*(?:#\s*)?([A-Z][A-Za-z ]*?)\s*:?\s*$")
_TITLES = {"Predicates", "Facts", "Rules", "Query", "Premises", "Conclusion", "Domain", "Variables", "Constraints",
           "Declarations", "Options"}  # fmt: skip
_MARK = re.compile(r"^\s*\(?([A-Z])\)\s*(.+)$")
_SIGNS = {"==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "+": "+", "-": "-", "*": "*"}

Sections = dict[str, list[str]]


def read(folder: Path) -> list[Question | Choice | Unread]:
    """Read all rows with programs; an ill-formed one is `Unread`, with what is wrong."""
    found: list[Question | Choice | Unread] = []
    for row in rows(folder, ("raw_logic_programs", "answer")):
        expected = str(row.fields["answer"])
        try:
            found.append(_program(row, expected))
        except ProgramError as error:
            found.append(Unread(row.name, expected, str(error)))
    return found


def _program(row: Row, expected: str) -> Question | Choice:
    programs = row.fields["raw_logic_programs"]
    if not programs or not isinstance(programs[0], str):
        raise ProgramError("there is no program")
    sections = sections_of(programs[0])
    if "Declarations" in sections:
        return declarations.choice(row.name, sections, expected)
    if "Variables" in sections:
        return _constraints(row.name, sections, expected)
    if "Conclusion" in sections:
        return _formulas(row.name, sections, expected)
    if "Query" in sections:
        return _rules(row.name, sections, expected)
    raise ProgramError(f"it has none of the known forms, but the sections {', '.join(sections) or 'of nothing'}")


def sections_of(program: str) -> Sections:
    """Return the lines of each section, without empty ones."""
    found: Sections = {}
    current: list[str] = []
    for line in program.splitlines():
        title = _SECTION.match(line)
        if title and title[1] in _TITLES:
            current = found.setdefault(title[1], [])
        elif line.strip():
            current.append(line.strip())
    return found


def without_comment(line: str) -> str:
    """Return what stands before the comment of a line."""
    return line.split(COMMENT, 1)[0].strip()


def _verdict(expected: str) -> str:
    if expected not in TRUE_FALSE:
        raise ProgramError(f"the answer is {expected}, none of {', '.join(TRUE_FALSE)}")
    return TRUE_FALSE[expected]


def _formulas(name: str, sections: Sections, expected: str) -> Question:
    conclusion = [without_comment(line) for line in sections["Conclusion"]]
    if not conclusion:
        raise ProgramError("it has no conclusion")
    premises = tuple(without_comment(line) for line in sections.get("Premises", ()))
    return Question(name, premises, conclusion[0], expected, _verdict(expected))


def _rules(name: str, sections: Sections, expected: str) -> Question:
    names = Names()
    premises = []
    for line in sections.get("Facts", ()):
        premises += [f"{one}." for one in _literals(without_comment(line), names)]
    for line in sections.get("Rules", ()):
        body, arrow, head = without_comment(line).partition(">>>")
        if not arrow:
            raise ProgramError(f"expected a rule with >>>, not: {line}")
        conditions = ", ".join(_literals(body, names))
        premises += [f"{one} :- {conditions}." for one in _literals(head, names)]
    if not sections["Query"]:
        raise ProgramError("it has no query")
    (query, *others) = _literals(without_comment(sections["Query"][0]), names)
    if others:
        raise ProgramError(f"expected one atom for a query, not: {sections['Query'][0]}")
    return Question(name, tuple(premises), query, expected, _verdict(expected), "rules")


def _literals(text: str, names: Names) -> list[str]:
    return [_literal(parse(part), names) for part in text.split("&&")]


def _literal(tree: Tree, names: Names) -> str:
    """Return an atom whose last argument says whether it holds."""
    if not isinstance(tree, Call) or not tree.arguments:
        raise ProgramError(f"expected an atom such as Kind(Bob, True), not: {tree}")
    *arguments, truth = tree.arguments
    if not isinstance(truth, Named) or truth.name not in ("True", "False"):
        raise ProgramError(f"expected True or False for the last argument of {tree.name}")
    shown = []
    for argument in arguments:
        if not isinstance(argument, Named | Numeral):
            raise ProgramError(f"expected names for the arguments of {tree.name}")
        text = argument.name if isinstance(argument, Named) else argument.value
        shown.append(f"V{names(text)}" if text.startswith("$") else names(f"constant {text}"))
    predicate = names(f"is {tree.name}")
    return f"{'' if truth.name == 'True' else '-'}{predicate}({', '.join(shown)})" if shown else predicate


def _constraints(name: str, sections: Sections, expected: str) -> Choice:
    names, premises = Names(), []
    declared: set[str] = set()
    for line in sections["Variables"]:
        variable, found, domain = without_comment(line).partition("[IN]")
        values = parse(domain) if found else None
        if not isinstance(values, Several) or not all(isinstance(one, Numeral) for one in values.items):
            raise ProgramError(f"expected a variable with its values such as x [IN] [1, 2, 3], not: {line}")
        declared.add(variable.strip())
        shown = names(variable.strip())
        either = " or ".join(f"{shown} = {one.value}" for one in values.items if isinstance(one, Numeral))
        premises += [f"{shown}: Int.", either]
    told = [parse(without_comment(line)) for line in sections.get("Constraints", ())]
    premises += [_constraint(one, names, declared) for one in told]
    options = []
    for line in sections.get("Query", ()):
        parts = _MARK.match(without_comment(line))
        if parts is None:
            raise ProgramError(f"expected an option such as A) x == 1, not: {line}")
        options.append(Option(parts[1], _constraint(parse(parts[2]), names, declared)))
    return Choice(name, tuple(premises), tuple(options), expected)


def _constraint(tree: Tree, names: Names, declared: set[str]) -> str:
    if isinstance(tree, Numeral):
        return tree.value
    if isinstance(tree, Named):
        if tree.name not in declared:
            raise ProgramError(f"it uses {tree.name}, which it does not declare")
        return names(tree.name)
    if not isinstance(tree, Call):
        raise ProgramError(f"expected a comparison or AllDifferentConstraint, not: {tree}")
    if tree.name in ("AllDifferentConstraint", "AllDifferent"):
        return _all_different(tree, names, declared)
    parts = [_constraint(one, names, declared) for one in tree.arguments]
    if tree.name in ("and", "or", "not", "neg", "abs"):
        return {"not": "not ({})", "neg": "-({})", "abs": "ite({0} >= 0, {0}, -({0}))"}.get(
            tree.name, f" {tree.name} ".join(f"({one})" for one in parts)
        ).format(*parts)
    if tree.name not in _SIGNS or len(parts) != 2:
        raise ProgramError(f"{tree.name} is no known constraint")
    return f"({parts[0]} {_SIGNS[tree.name]} {parts[1]})"


def _all_different(tree: Call, names: Names, declared: set[str]) -> str:
    (listed,) = tree.arguments if len(tree.arguments) == 1 else (Several(tree.arguments),)
    if not isinstance(listed, Several):
        raise ProgramError(f"{tree.name} takes a list")
    parts = [_constraint(one, names, declared) for one in listed.items]
    pairs = [f"{one} != {other}" for place, one in enumerate(parts) for other in parts[place + 1 :]]
    return " and ".join(pairs) or "true"
