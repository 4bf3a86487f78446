"""Problems in TPTP: CNF, FOF and TFF (monomorphic, with arithmetic) into premises and a conjecture.

`$i` is `THING`, `$o` is `BOOL`; rationals are read as reals where that makes no difference. What our terms cannot say
(polymorphism, higher order, tuples, modalities, …) is not read; the problem then says what it was.
Source: G. Sutcliffe, The TPTP Problem Library and Associated Infrastructure, J. Automated Reasoning 59(4), 2017.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from abduce.parser.source_text import Delegated, SourceText, read_text
from abduce.parser.tptp_arithmetic import is_numeral
from abduce.parser.tptp_statements import Folders, Statement, statements
from abduce.parser.tptp_terms import FormulaReader
from abduce.parser.tptp_types import Declarations
from abduce.solvers.terms import (
    REAL,
    Apply,
    Number,
    Op,
    Operate,
    Quantified,
    Term,
    conjunction,
    operate,
    subterms,
)

_STATUS = re.compile(r"^%\s*Status\s*:\s*(\w+)", re.MULTILINE)
_LANGUAGES = {"cnf", "fof", "tff", "tcf"}
_PREMISES = {
    *("axiom", "hypothesis", "definition", "assumption", "lemma", "theorem", "corollary"),
    *("negated_conjecture", "plain"),
}
_CONJECTURES = {"conjecture", "question"}


@dataclass(frozen=True, slots=True)
class Named:
    """A premise with its name.

    Attributes:
        name: Its name.
        role: What it is in the problem (`axiom`, `hypothesis`, `negated_conjecture`, …).
        formula: What it says; closed.
        line: Line on which it begins, from 1; 0 where it stands in no text.
        text: The statement as it is written.
        file: The file that it stands in.
    """

    name: str
    role: str
    formula: Term
    line: int = 0
    text: str = field(default="", compare=False)
    file: str = ""


@dataclass(frozen=True, slots=True)
class TptpProblem:
    """A problem.

    Attributes:
        premises: What is assumed; that distinct objects differ is the last of them, where there are any.
        conjecture: What is asked to follow, the conjunction where there are several; None where it is only asked
            whether the premises have a model.
        status: What the file says the answer is (`Theorem`, `CounterSatisfiable`, …), None where it does not say.
        delegated: What in it our terms cannot say; there are no premises then. None where they can.
    """

    premises: tuple[Named, ...]
    conjecture: Term | None
    status: str | None = None
    delegated: str | None = None


def read_tptp(source: Path | str, *, include_dirs: Iterable[Path] = (), file: str = "") -> TptpProblem:
    """Read a problem.

    Args:
        source: The path of a file, or a text.
        include_dirs: Folders below which included files may lie, beside the file's own folder.
        file: What errors call the text; a path is called by itself.

    Returns:
        The problem, or why our terms cannot say it.

    Raises:
        ParseError: It is ill-formed or ill-typed: names the place and what could stand there.
        UsageError: An include leads outside the allowed folders.
        DataError: A file is not there, or is not UTF-8.

    Example:
        >>> problem = read_tptp("fof(a, axiom, p(c)). fof(b, conjecture, ? [X] : p(X)).")
        >>> [premise.name for premise in problem.premises], problem.conjecture is None
        (['a'], False)
    """
    if isinstance(source, Path):
        text, own = SourceText(read_text(source), file or str(source)), source.parent
    else:
        text, own = SourceText(source, file), None
    status = _STATUS.search(text.text)
    found = status.group(1) if status else None
    listed = list(statements(text, Folders(own, tuple(include_dirs))))
    try:
        premises, conjecture = _read(listed)
    except Delegated as reason:
        return TptpProblem((), None, found, str(reason))
    return TptpProblem(premises, conjecture, found)


def _read(listed: Sequence[Statement]) -> tuple[tuple[Named, ...], Term | None]:
    known = _declared(listed)
    premises: list[Named] = []
    conjectures: list[Term] = []
    readers: dict[int, FormulaReader] = {}
    for statement in listed:
        if statement.role == "type":
            continue
        if statement.role not in _PREMISES and statement.role not in _CONJECTURES:
            if statement.role.startswith("fi_"):
                raise Delegated("interpretations as formulas")
            raise statement.tokens.error(
                statement.start + 4,
                f"{statement.role} is not a role",
                expected=("axiom", "conjecture", "hypothesis", "…"),
            )
        reader = readers.setdefault(id(statement.tokens), FormulaReader(statement.tokens, known))
        named = _formula(statement, reader)
        if statement.role in _CONJECTURES:
            conjectures.append(named.formula)
        else:
            premises.append(named)
    if known.rational:
        _check_rationals([*(premise.formula for premise in premises), *conjectures])
    if len(known.objects) > 1:
        objects = operate(Op.DISTINCT, *map(Apply, known.objects.values()))
        premises.append(Named("distinct objects", "axiom", objects))
    return tuple(premises), conjunction(conjectures) if conjectures else None


def _formula(statement: Statement, reader: FormulaReader) -> Named:
    reader.typed = statement.language in ("tff", "tcf")
    reader.implicit = statement.language == "cnf"
    tokens = statement.tokens
    formula, after = reader.read(statement.first)
    if after != statement.last:
        raise tokens.error(after, f"{tokens.shown(after)} is not expected here", expected=("&", "|", "=>", ")"))
    text = tokens.written(statement.start, statement.end)
    return Named(statement.name, statement.role, formula, tokens.line(statement.start), text, tokens.source.file)


def _declared(listed: Sequence[Statement]) -> Declarations:
    """Read all declarations: first those of types, then those of symbols."""
    known = Declarations()
    typed: list[Statement] = []
    seen: set[int] = set()
    for statement in listed:
        if statement.language not in _LANGUAGES:
            raise Delegated(f"the language {statement.language.upper()}")
        if statement.role == "type":
            typed.append(statement)
        if id(statement.tokens) not in seen:
            seen.add(id(statement.tokens))
            _notice_numbers(statement.tokens.texts, known)
    typed.sort(key=lambda statement: "$tType" not in statement.tokens.texts[statement.first : statement.last])
    for statement in typed:
        known.declare(statement.tokens, statement.first, statement.last)
    return known


def _notice_numbers(texts: Sequence[str], known: Declarations) -> None:
    for text in set(texts):
        if text in ("$rat", "$to_rat", "$is_rat") or (
            text[-1:].isdigit() and text[0] in "+-0123456789" and "/" in text
        ):
            known.rational = True
        elif text in ("$real", "$to_real") or (text[:1] in tuple("+-0123456789") and not text.lstrip("+-").isdigit()):
            known.real = True


def _check_rationals(formulas: Sequence[Term]) -> None:
    """Make sure that it makes no difference that rationals are read as reals.

    It makes none for linear formulas without uninterpreted functions or predicates of such numbers: quantifiers over
    both can be eliminated in the same way, down to the rounding function. It makes none either where nothing is
    quantified, since a linear system with rational coefficients that has a real solution has a rational one.
    """
    quantified = applied = False
    for formula in formulas:
        for part in subterms(formula):
            quantified |= isinstance(part, Quantified)
            if isinstance(part, Apply) and part.arguments:
                applied |= REAL in (part.sort, *part.symbol.arguments)
            if isinstance(part, Operate) and part.op in (Op.MULTIPLY, Op.DIVIDE) and part.sort == REAL:
                left, right = part.arguments
                if part.op is Op.DIVIDE:
                    linear = isinstance(right, Number) and right.value != 0
                else:
                    linear = is_numeral(left) or is_numeral(right)
                if not linear:
                    raise Delegated("products of rationals")
    if quantified and applied:
        raise Delegated("functions and predicates of rationals under quantifiers")
