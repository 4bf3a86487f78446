"""Induction: the shortest meanings that compute the right values from the argument values at hand.

Programs come from `abduce.reasoning.learning.enumeration` and `completions`, those of numbers that loop from
`recursion`; each is weighed by the examples that it explains and by its length.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nsmallest

from abduce.parser.signatures import Signature
from abduce.reasoning.learning.closed_forms import closed_form, has_loops, runs_on_columns
from abduce.reasoning.learning.completions import choices, examples_right, foremost, lists, numbers, tables
from abduce.reasoning.learning.enumeration import expressions
from abduce.reasoning.learning.evidence import Case, Evidence, Option, Row
from abduce.reasoning.learning.execution import evaluate
from abduce.reasoning.learning.goals import Options
from abduce.reasoning.learning.lexicon import Meaning, meaning_bits
from abduce.reasoning.learning.primitives import ITERATE, Library
from abduce.reasoning.learning.programs import Const, Definition, Term
from abduce.reasoning.learning.recursion import over_numbers, own_primitives, recursions
from abduce.values import Basic, MarkType, Value

MOST_EXPRESSIONS = (120, 1200)
ROWS = 36


@dataclass(frozen=True, slots=True)
class Candidate:
    """A meaning that would explain some of the cases.

    Attributes:
        meaning: Signature and program.
        explains: Indexes of the examples for which one of the alternatives holds.
        bits: Description length of the meaning.
    """

    meaning: Meaning
    explains: frozenset[int]
    bits: float


def induce(
    cases: Sequence[Case],
    library: Library,
    alphabet: int,
    *,
    most: int = 8,
    least_share: float = 0.1,
    effort: int = 0,
    definitions: Sequence[Definition] = (),
) -> list[Candidate]:
    """Return the meanings that explain most for their length, best first.

    Args:
        cases: The examples, with what the symbol might be in each.
        library: The primitives.
        alphabet: Number of different output tokens.
        most: How many candidates to return for each signature.
        least_share: Signatures that fit fewer of the cases than this share are left out.
        effort: How large expressions are looked at, 0 or 1.
        definitions: Programs over numbers that others may use.
    """
    by_signature: dict[Signature, Evidence] = {}
    for case in cases:
        for signature, rows in case.rows.items():
            by_signature.setdefault(signature, []).append((case.index, _options(case.index, rows)))
    found: list[Candidate] = []
    for signature, evidence in by_signature.items():
        if len(evidence) >= max(1.0, least_share * len(cases)):
            programs = _programs(signature, evidence, _sample(evidence), library, alphabet, effort, definitions)
            found.extend(_candidates(signature, programs, evidence, library, alphabet, most))
    if found:
        best = max(found, key=lambda c: (len(c.explains), -c.bits))
        signature = best.meaning.signature
        missed = _with_missed(by_signature[signature], best.explains)
        if missed:
            evidence = by_signature[signature]
            programs = _programs(signature, evidence, missed, library, alphabet, effort, definitions)
            found.extend(_candidates(signature, programs, evidence, library, alphabet, most))
    return found


def _options(index: int, rows: Sequence[Row]) -> tuple[Option, ...]:
    by_arguments: dict[tuple[Value, ...], list[Value]] = {}
    for arguments, value in rows:
        by_arguments.setdefault(arguments, []).append(value)
    return tuple(Option(index, a, tuple(values), frozenset(values)) for a, values in by_arguments.items())


def _with_missed(evidence: Evidence, explained: frozenset[int]) -> list[Option]:
    """Return rows of which half are from examples that a meaning does not explain, where it explains most of them.

    What a meaning misses may be rare (a condition that seldom holds), and then no program for it shows on a sample.
    """
    missed = [(index, options) for index, options in evidence if index not in explained]
    known = [(index, options) for index, options in evidence if index in explained]
    if not missed or len(missed) > len(known):
        return []
    first = _sample(missed)[: ROWS // 2]
    return [*first, *_sample(known)[: len(first)]]


def _candidates(
    signature: Signature, programs: Iterable[Term], evidence: Evidence, library: Library, alphabet: int, most: int
) -> list[Candidate]:
    found: dict[frozenset[int], Candidate] = {}
    for program in dict.fromkeys(programs):
        closed = closed_form(program, signature.result) if has_loops(program) else None
        meaning = Meaning(signature, program, closed=closed)
        if closed is None and has_loops(program) and over_numbers(signature) and runs_on_columns(program):
            explains = Options(evidence).explained(program)
        else:
            explains = frozenset(index for index, options in evidence if _holds(meaning.running, options, library))
        if not explains:
            continue
        candidate = Candidate(meaning, explains, meaning_bits(meaning, alphabet, library))
        known = found.get(explains)
        if known is None or candidate.bits < known.bits:
            found[explains] = candidate
    return nsmallest(most, found.values(), key=lambda c: (-len(c.explains), c.bits))


def _holds(program: Term, options: tuple[Option, ...], library: Library) -> bool:
    return any(evaluate(program, option.arguments, library) in option.accepted for option in options)


def _programs(
    signature: Signature,
    evidence: Evidence,
    rows: list[Option],
    library: Library,
    alphabet: int,
    effort: int,
    definitions: Sequence[Definition],
) -> Iterator[Term]:
    types = (*signature.left, *signature.right)
    if not any(not isinstance(kind, MarkType) for kind in types):
        yield from dict.fromkeys(Const(v) for _, options in evidence for option in options for v in option.values)
        return
    result = signature.result
    if ITERATE in library.by_name and isinstance(result, Basic) and over_numbers(signature):
        yield from recursions(types, result, evidence, library, definitions, effort)
        if not own_primitives(library):
            return
    longest = max((len(value) for row in rows for value in row.values if isinstance(value, tuple)), default=0)
    arguments = [row.arguments for row in rows]
    pool = expressions(types, arguments, library, most=MOST_EXPRESSIONS[effort], longest=2 * longest)
    matching = [e for e in pool if e.kind == signature.result]
    if signature.result is Basic.TOKENS:
        yield from lists(matching, rows, alphabet)
        if "relabel" in library.by_name:
            yield from tables(matching, rows)
    elif signature.result is Basic.INT:
        yield from numbers(matching, rows, library)
    if "if" in library.by_name:
        yield from choices(pool, matching, rows)
    yield from foremost((examples_right(e.values, rows), e.bits, e.term) for e in matching)


def _sample(evidence: Evidence) -> list[Option]:
    """Return at most `ROWS` options: of each example in turn one, those with telling arguments first."""
    queues = [sorted(options, key=_dullness) for _, options in evidence]
    queues.sort(key=lambda queue: _dullness(queue[0]))
    rows: list[Option] = []
    depth = 0
    while len(rows) < ROWS and any(depth < len(queue) for queue in queues):
        rows.extend(queue[depth] for queue in queues if depth < len(queue))
        depth += 1
    return rows[:ROWS]


def _dullness(option: Option) -> tuple[int, int, int]:
    """Order options by how little they tell: empty or equal arguments last, then many or long values."""
    plain = [argument for argument in option.arguments if isinstance(argument, tuple | int)]
    dull = sum(not argument for argument in plain) + len(plain) - len(set(plain))
    first = option.values[0]
    return dull, len(option.values), len(first) if isinstance(first, tuple) else 0
