"""Lint: what in a session's statements is probably a slip, with both places and the repair."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from abduce.errors import ParseError
from abduce.parser.building import is_capitalised
from abduce.parser.clauses import free_variables, quantifiers
from abduce.parser.lexing import escaped
from abduce.parser.printing import expression_text
from abduce.parser.statements import (
    App,
    Clause,
    Declaration,
    Expression,
    Formula,
    Operation,
    Quantifier,
    Query,
    Source,
    Span,
    Statement,
    Var,
)
from abduce.parser.suggestions import alike, renamed, safe_repair
from abduce.parser.surface import read_all, read_with_places
from abduce.parser.vocabulary import Use, Vocabulary, are_variants, bound_names, may_be_typo, vocabulary_of

MOST_NAMES: Final = 5_000
"""How many names of one role are compared with one another; beyond that near-duplicates are not looked for."""
_VARIABLE_LIKE: Final = re.compile(r"[u-z]\d?'*")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is probably a slip.

    Attributes:
        kind: `near-duplicate`, `arity`, `free-variable`, `unused-variable`, `capitalised`, `never-concluded`,
            `brackets` or `unreadable`.
        message: What is odd, and where else to look.
        file: Name of the file.
        line: Line, from 1.
        column: Column, from 1.
        other: The other place, where there is one.
        repair: The statement as it was probably meant, where that can be told.
        is_safe: Whether `safe_repairs` applies the repair.
        spelling: Of two names that are close, the one found here and the one to write.
    """

    kind: str
    message: str
    file: str
    line: int
    column: int
    other: Source | None = None
    repair: str | None = None
    is_safe: bool = False
    spelling: tuple[str, str] | None = None

    def __str__(self) -> str:
        repair = f"\n  did you mean: {self.repair}" if self.repair else ""
        return f"{self.file or 'input'}:{self.line}:{self.column}: {self.kind}: {self.message}{repair}"


@dataclass(frozen=True, slots=True)
class Repair:
    """A change of a text.

    Attributes:
        file: Name of the file.
        line: Line of the text as it was, from 1.
        before: The statement as it was.
        after: The statement now.
        message: Why.
    """

    file: str
    line: int
    before: str
    after: str
    message: str


def lint(statements: Sequence[Statement], errors: Iterable[ParseError] = ()) -> list[Finding]:
    """Return what is odd about statements, and what could not be read, in the order of the text."""
    vocabulary = vocabulary_of(statements)
    found = [
        *_unreadable(errors),
        *_near_duplicates(vocabulary),
        *_arities(vocabulary),
        *_free_variables(statements),
        *_unused_variables(statements),
        *_capitalised(statements, vocabulary),
        *_never_concluded(statements, vocabulary),
    ]
    return sorted(found, key=lambda finding: (finding.file, finding.line, finding.column))


def _finding(
    kind: str,
    message: str,
    source: Source,
    span: Span = (0, 0),
    *,
    other: Source | None = None,
    repair: str | None = None,
    is_safe: bool = False,
    spelling: tuple[str, str] | None = None,
) -> Finding:
    before = source.text[: span[0]]
    line = source.line + before.count("\n")
    column = span[0] - before.rfind("\n") if "\n" in before else source.column + span[0]
    return Finding(kind, message, source.file, line, column, other, repair, is_safe, spelling)


def _unreadable(errors: Iterable[ParseError]) -> Iterator[Finding]:
    for error in errors:
        kind = "brackets" if "bracket" in error.message else "unreadable"
        repair = error.repairs[0] if error.repairs else None
        yield Finding(kind, error.message, error.file, error.line, error.column, repair=repair)


def _place(use: Use) -> Span:
    """Return where a name stands in its statement, by the text where its place was not kept."""
    if use.span != (0, 0):
        return use.span
    found = re.search(rf"(?<!\w){re.escape(use.name)}(?!\w)", use.source.text)
    return found.span() if found else (0, 0)


# names --------------------------------------------------------------------------------------------------------------


def _near_duplicates(vocabulary: Vocabulary) -> Iterator[Finding]:
    groups: dict[tuple[bool, int], list[str]] = {}
    for name, roles in vocabulary.roles().items():
        groups.setdefault(roles.most_common(1)[0][0], []).append(name)
    for names in groups.values():
        if len(names) > MOST_NAMES:
            continue
        for left, right in _close_pairs(names):
            variants = are_variants(left, right)
            if variants or may_be_typo(left, right):
                yield _duplicate(vocabulary, left, right, variants)


def _close_pairs(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of names that agree when a letter of each is dropped, or without case, dividers and plurals."""
    keys: dict[str, list[int]] = {}
    seen: set[tuple[int, int]] = set()
    for place, name in enumerate(names):
        plain = re.sub(r"[\s_.\-'’]+", "", name).casefold()
        own = {plain, *(plain[:cut] + plain[cut + 1 :] for cut in range(min(len(plain), 40)))}
        own.update(plain.removesuffix(ending) for ending in ("s", "es", "ies", "y"))
        for key in own:
            for other in keys.setdefault(key, []):
                if (other, place) not in seen:
                    seen.add((other, place))
                    yield names[other], name
            keys[key].append(place)


def _duplicate(vocabulary: Vocabulary, left: str, right: str, variants: bool) -> Finding:
    kept, rare = (left, right) if len(vocabulary.uses[left]) >= len(vocabulary.uses[right]) else (right, left)
    use, other = vocabulary.uses[rare][0], vocabulary.uses[kept][0]
    together = {id(one.source) for one in vocabulary.uses[kept]} & {id(one.source) for one in vocabulary.uses[rare]}
    return _finding(
        "near-duplicate",
        f"{rare} is close to {kept} ({other.source}); if they are one, write {kept}",
        use.source,
        _place(use),
        other=other.source,
        repair=renamed(use.source.text, rare, kept),
        is_safe=variants and not together,
        spelling=(rare, kept),
    )


def _arities(vocabulary: Vocabulary) -> Iterator[Finding]:
    for name, uses in vocabulary.uses.items():
        first = uses[0]
        clash = next((use for use in uses if use.role != first.role and (use.arity or first.arity)), None)
        if clash is not None:
            yield _finding(
                "arity",
                f"{name} is {_role(clash)} here and {_role(first)} in `{_snippet(first)}` ({first.source})",
                clash.source,
                _place(clash),
                other=first.source,
            )


def _role(use: Use) -> str:
    if not use.is_claim and not use.arity:
        return "a constant"
    kind = "predicate" if use.is_claim else "function"
    count = {0: "no arguments", 1: "one argument"}.get(use.arity, f"{use.arity} arguments")
    return f"a {kind} with {count}"


def _snippet(use: Use) -> str:
    start, end = _place(use)
    return use.source.text[start:end] or use.source.text[:60]


def _never_concluded(statements: Sequence[Statement], vocabulary: Vocabulary) -> Iterator[Finding]:
    """Yield predicates that bodies of clauses ask for and nothing can derive."""
    if not any(isinstance(statement, Clause) for statement in statements):
        return
    for name, uses in vocabulary.uses.items():
        claims = [use for use in uses if use.is_claim]
        if not claims or any(use.concludes for use in claims):
            continue
        others = Vocabulary({other: found for other, found in vocabulary.uses.items() if other != name})
        near = [other for other, _ in alike(claims[0], (others,))]
        hint = f"; did you mean {near[0]}?" if near else ""
        repair = renamed(claims[0].source.text, name, near[0]) if near else None
        yield _finding(
            "never-concluded",
            f"{name} is used, but no fact, rule or formula concludes it{hint}",
            claims[0].source,
            _place(claims[0]),
            other=vocabulary.uses[near[0]][0].source if near else None,
            repair=repair,
        )


# variables ----------------------------------------------------------------------------------------------------------


def _free_variables(statements: Sequence[Statement]) -> Iterator[Finding]:
    declared = {statement.name for statement in statements if isinstance(statement, Declaration)}
    for statement in statements:
        if not isinstance(statement, Formula | Query):
            continue
        bound = {variable.name: variable for variable in bound_names(statement.expression)}
        reported: set[str] = set()
        for constant in _constants(statement.expression):
            name = constant.name
            if name in reported or name in declared or not (name in bound or _VARIABLE_LIKE.fullmatch(name)):
                continue
            reported.add(name)
            why = (
                f"{name} stands outside the reach of the quantifier that binds {name}, and is a constant here"
                if name in bound
                else f"{name} is bound by no quantifier, and is a constant here"
            )
            yield _finding(
                "free-variable", why, statement.source, constant.span, repair=_with_wider_reach(statement, name)
            )


def _unused_variables(statements: Sequence[Statement]) -> Iterator[Finding]:
    """Yield the variables of quantifiers that nothing in their reach speaks of."""
    asked = [one for one in statements if isinstance(one, Formula | Query)]
    for statement, quantifier in ((one, each) for one in asked for each in quantifiers(one.expression)):
        used = {variable.name for variable in free_variables(quantifier.body)}
        for name, span in ((variable.name, variable.span) for variable in quantifier.variables):
            if name not in used and not name.startswith("_"):
                why = f"{quantifier.kind} binds {name}, and nothing in its reach speaks of {name}"
                yield _finding("unused-variable", why, statement.source, span)


def _constants(expression: Expression) -> Iterator[App]:
    pending: list[tuple[Expression, bool]] = [(expression, True)]
    while pending:
        part, is_claim = pending.pop()
        if isinstance(part, App):
            if not is_claim and not part.arguments:
                yield part
            pending.extend((argument, False) for argument in reversed(part.arguments))
        elif isinstance(part, Operation):
            inner = part.op in ("not", "and", "or", "xor", "->", "<->", "strong")
            pending.extend((argument, inner) for argument in reversed(part.arguments))
        elif isinstance(part, Quantifier):
            pending.append((part.body, True))


def _with_wider_reach(statement: Formula | Query, name: str) -> str | None:
    """Return a formula whose leading quantifier reaches over all of it, where that binds the name."""
    whole = statement.expression
    unicode = "∀" in statement.source.text or "∃" in statement.source.text
    if not isinstance(whole, Operation) or not isinstance(statement, Formula):
        return None
    binders: list[Quantifier] = []
    first = whole.arguments[0] if whole.arguments else whole
    while isinstance(first, Quantifier):
        binders.append(first)
        first = first.body
    if name not in {variable.name for binder in binders for variable in binder.variables}:
        return None
    variables = {variable.name: variable for binder in binders for variable in binder.variables}
    body: Expression = Operation(whole.op, (first, *(_bind(part, variables) for part in whole.arguments[1:])))
    for binder in reversed(binders):
        body = Quantifier(binder.kind, binder.variables, body)
    return expression_text(body, unicode=unicode)


def _bind(expression: Expression, variables: dict[str, Var]) -> Expression:
    """Return an expression with constants of some names made variables."""
    done: list[Expression] = []
    pending: list[tuple[Expression, bool]] = [(expression, False)]
    while pending:
        part, ready = pending.pop()
        if isinstance(part, App) and not part.arguments:
            done.append(variables.get(part.name, part))
        elif isinstance(part, App | Operation | Quantifier):
            inner = (part.body,) if isinstance(part, Quantifier) else part.arguments
            if not ready:
                pending.append((part, True))
                pending.extend((one, False) for one in reversed(inner))
                continue
            parts = tuple(done[len(done) - len(inner) :])
            del done[len(done) - len(inner) :]
            if isinstance(part, Quantifier):
                done.append(Quantifier(part.kind, part.variables, parts[0]))
            else:
                done.append(App(part.name, parts) if isinstance(part, App) else Operation(part.op, parts))
        else:
            done.append(part)
    return done[0]


def _capitalised(statements: Sequence[Statement], vocabulary: Vocabulary) -> Iterator[Finding]:
    for statement in statements:
        if not isinstance(statement, Clause) or statement.body or statement.head is None:
            continue
        for variable in free_variables(statement.head):
            name = variable.name
            if len(name) < 2 or not is_capitalised(name) or not name[1:].strip("0123456789_"):
                continue
            lower = name[:1].lower() + name[1:]
            constant = lower if lower in vocabulary.uses else escaped(name, "'")
            yield _finding(
                "capitalised",
                f"{name} is a variable in this fact, which says something about everyone; a name is written "
                f"{lower} or {escaped(name, chr(39))}",
                statement.source,
                _place(Use(name, 0, False, statement.source, variable.span)),
                repair=renamed(statement.source.text, name, constant),
            )


# repairing ----------------------------------------------------------------------------------------------------------


def safe_repairs(text: str, *, file: str = "") -> tuple[str, list[Repair]]:
    """Return a text with its safe repairs made, and a list of them.

    Safe are a lost or surplus bracket whose place is clear, and one spelling for names that differ by case, dividers
    or a plural only and never stand in one statement.
    """
    repairs: list[Repair] = []
    statements, failures = read_with_places(text, file=file)
    known = vocabulary_of(statements)
    edits: list[tuple[Span, str]] = []
    for error, span in failures:
        before = text[span[0] : span[1]]
        after = safe_repair(before, known=known)
        if after is not None:
            edits.append((span, after))
            line = text.count("\n", 0, span[0]) + 1
            repairs.append(Repair(file, line, before, after, error.message))
    text = _edited(text, edits)
    statements, _ = read_all(text, file=file)
    for finding in lint(statements):
        if finding.spelling is not None and finding.is_safe:
            text = _one_spelling(text, *finding.spelling, repairs, file)
    return text, repairs


def _edited(text: str, edits: Sequence[tuple[Span, str]]) -> str:
    for (start, end), after in sorted(edits, reverse=True):
        text = text[:start] + after + text[end:]
    return text


def _one_spelling(text: str, rare: str, kept: str, repairs: list[Repair], file: str) -> str:
    """Rename a name throughout, and list each statement that this changes."""
    for statement in read_all(text, file=file)[0]:
        before = statement.source.text
        after = renamed(before, rare, kept)
        if after != before:
            repairs.append(Repair(file, statement.source.line, before, after, f"{rare} is written {kept} elsewhere"))
    return renamed(text, rare, kept)
