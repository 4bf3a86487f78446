"""Induction: the shortest programs that compute the right values from the argument values at hand.

Expressions are built bottom-up in order of description length, keeping one of those that agree on all rows
(observational equivalence). Token lists are then put together from such expressions and constants by dynamic
programming over the wanted value; numbers get their constants by solving for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest, nsmallest
from itertools import product

from abduce.parser.signatures import Signature
from abduce.reasoning.learning.closed_forms import closed_form, has_loops, runs_on_columns
from abduce.reasoning.learning.evidence import Case, Evidence, Option, Row
from abduce.reasoning.learning.execution import evaluate
from abduce.reasoning.learning.goals import Options
from abduce.reasoning.learning.lexicon import Meaning, meaning_bits
from abduce.reasoning.learning.primitives import ITERATE, Library, Primitive
from abduce.reasoning.learning.programs import (
    Bound,
    Call,
    Const,
    Definition,
    Function,
    Term,
    Var,
    concatenation,
    constant_bits,
    description_bits,
    subterms,
)
from abduce.reasoning.learning.recursion import over_numbers, own_primitives, recursions
from abduce.values import UNDEFINED, Basic, MarkType, Type, Value

MOST_EXPRESSIONS = (120, 1200)
LARGEST_BITS = 17.0
BRANCHES = 30
SEEDS = 6
SPELLINGS = 6
FOREMOST = 40
SOLVED = 150
TARGETS = 3
ROWS = 36


@dataclass(frozen=True, slots=True)
class Expression:
    """A term with its values on all rows."""

    term: Term
    kind: Type
    values: tuple[Value, ...]
    bits: float


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
        yield from _lists(matching, rows, alphabet)
        if "relabel" in library.by_name:
            yield from _tables(matching, rows)
    elif signature.result is Basic.INT:
        yield from _numbers(matching, rows, library)
    if "if" in library.by_name:
        yield from _choices(pool, matching, rows)
    yield from _foremost((_examples(e.values, rows), e.bits, e.term) for e in matching)


def _examples(values: Sequence[Value], rows: list[Option]) -> int:
    """Return in how many examples some values are those wanted."""
    return len({row.index for value, row in zip(values, rows, strict=True) if value in row.accepted})


def _foremost(scored: Iterable[tuple[int, float, Term]]) -> Iterator[Term]:
    """Yield the terms that are right in most examples of a sample, the shorter ones first among equals."""
    useful = (one for one in scored if one[0])
    yield from (term for _, _, term in nsmallest(FOREMOST, useful, key=lambda one: (-one[0], one[1])))


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


def expressions(
    types: tuple[Type, ...], rows: Sequence[tuple[Value, ...]], library: Library, *, most: int, longest: int
) -> list[Expression]:
    """Return expressions over the arguments in order of description length, one for each tuple of values.

    Args:
        types: Types of the arguments.
        rows: Values of the arguments.
        library: The primitives.
        most: How many expressions to return.
        longest: Length beyond which token lists are of no use.
    """
    pool: list[Expression] = []
    seen: set[tuple[Type, tuple[Value, ...]]] = set()
    layers: dict[int, list[Expression]] = {}

    def add(expression: Expression) -> None:
        key = (expression.kind, expression.values)
        if key not in seen and len(pool) < most and not _useless(expression, longest):
            seen.add(key)
            pool.append(expression)
            layers.setdefault(round(expression.bits), []).append(expression)

    for leaf in _leaves(types, rows, library):
        add(leaf)
    usable = _usable({e.kind for e in pool}, library)
    for total in range(4, round(LARGEST_BITS) + 1):
        for primitive in usable:
            for expression in _applications(primitive, total, layers, rows, library):
                add(expression)
                if len(pool) >= most:
                    return pool
    return pool


def _usable(kinds: set[Type], library: Library) -> list[Primitive]:
    """Return the primitives whose arguments can be had, starting from some types."""
    while True:
        usable = [p for p in library.primitives if p.searched and kinds.issuperset(p.arguments)]
        wider = kinds | {p.result for p in usable}
        if wider == kinds:
            return usable
        kinds = wider


def _useless(expression: Expression, longest: int) -> bool:
    """Whether an expression is a token list that is too long on all rows, or empty on most."""
    if expression.kind is not Basic.TOKENS:
        return False
    values = [value for value in expression.values if value is not UNDEFINED]
    return all(len(value) > longest for value in values) or 2 * sum(not value for value in values) > len(values)


def _leaves(types: tuple[Type, ...], rows: Sequence[tuple[Value, ...]], library: Library) -> Iterator[Expression]:
    for index, kind in enumerate(types):
        if not isinstance(kind, MarkType):
            yield Expression(Var(index), kind, tuple(row[index] for row in rows), 2.0)
    if any(kind is Basic.INT for kind in types):
        for number in (0, 1, 2):
            bits = constant_bits(number, 1)
            yield Expression(Const(number), Basic.INT, (number,) * len(rows), bits)
    if any(isinstance(kind, Basic) for kind in types) and Basic.TOKENS in types:
        double = Function(Call("++", (Bound(), Bound())))
        if "map" in library.by_name:
            yield from _mapped(double, types, rows, library)


def _mapped(
    function: Function, types: tuple[Type, ...], rows: Sequence[tuple[Value, ...]], library: Library
) -> Iterator[Expression]:
    for index, kind in enumerate(types):
        if kind is Basic.TOKENS:
            term = Call("map", (function, Var(index)))
            values = tuple(evaluate(term, row, library) for row in rows)
            yield Expression(term, Basic.TOKENS, values, description_bits(term, 1, library.costs))


def _applications(
    primitive: Primitive,
    total: int,
    layers: dict[int, list[Expression]],
    rows: Sequence[tuple[Value, ...]],
    library: Library,
) -> Iterator[Expression]:
    """Yield all calls of a primitive whose description length rounds to `total`."""
    budget = total - round(primitive.bits)
    for split in _splits(budget, len(primitive.arguments)):
        if primitive.commutative and len(split) == 2 and split[0] > split[1]:
            continue
        options = [
            [e for e in layers.get(bits, ()) if e.kind == kind]
            for bits, kind in zip(split, primitive.arguments, strict=True)
        ]
        if not all(options):
            continue
        for choice in product(*options):
            values = _compute(primitive, choice, rows, library)
            if values is not None:
                term = Call(primitive.name, tuple(e.term for e in choice))
                yield Expression(term, primitive.result, values, float(total))


def _splits(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (total,)
        return
    for first in range(2, total - 2 * (parts - 1) + 1):
        for rest in _splits(total - first, parts - 1):
            yield (first, *rest)


def _compute(
    primitive: Primitive, choice: Sequence[Expression], rows: Sequence[tuple[Value, ...]], library: Library
) -> tuple[Value, ...] | None:
    """Return a call's values on all rows; None where it is undefined on all of them."""
    if primitive.higher:
        term = Call(primitive.name, tuple(e.term for e in choice))
        values = tuple(evaluate(term, row, library) for row in rows)
    else:
        values = _applied(primitive.compute, [e.values for e in choice])
    return None if values.count(UNDEFINED) == len(values) else values


def _applied(compute: Callable[..., Value], columns: Sequence[Sequence[Value]]) -> tuple[Value, ...]:
    """Return what a function makes of each row of its arguments, undefined where one of them is."""
    if len(columns) == 1:
        return tuple([UNDEFINED if a is UNDEFINED else compute(a) for a in columns[0]])
    if len(columns) == 2:  # nearly all there are, and most of what induction computes
        rows = zip(*columns, strict=True)
        return tuple([UNDEFINED if a is UNDEFINED or b is UNDEFINED else compute(a, b) for a, b in rows])
    return tuple([UNDEFINED if UNDEFINED in row else compute(*row) for row in zip(*columns, strict=True)])


def _lists(pool: list[Expression], rows: list[Option], alphabet: int) -> Iterator[Term]:
    """Yield programs for token lists: spellings of some rows' values by expressions and constants."""
    seeds: dict[int, None] = {}
    examples: set[int] = set()
    for number, row in enumerate(rows):
        if row.index not in examples or len(rows) < SEEDS:
            examples.add(row.index)
            seeds[number] = None
    for seed in list(seeds)[:SEEDS]:
        target = rows[seed].values[0]
        pieces: dict[Value, Expression] = {}
        for expression in pool:
            value = expression.values[seed]
            if value is not UNDEFINED and value and value not in pieces:
                pieces[value] = expression
        yield from spellings(target, pieces, alphabet)
        simple = {v: e for v, e in pieces.items() if not any(_joins(part) for part in subterms(e.term))}
        yield from spellings(target, simple, alphabet)


def _tables(pool: list[Expression], rows: list[Option]) -> Iterator[Term]:
    """Yield programs that replace each token of an expression by another, always the same one."""

    def relabelled() -> Iterator[tuple[int, float, Term]]:
        for expression in pool[:BRANCHES]:
            votes: dict[str, Counter[str]] = {}
            for value, row in zip(expression.values, rows, strict=True):
                for target in () if value is UNDEFINED else row.values[:TARGETS]:
                    for token, image in zip(value, target, strict=True) if len(value) == len(target) else ():
                        votes.setdefault(token, Counter())[image] += 1
            images = {token: max(sorted(found), key=found.__getitem__) for token, found in votes.items()}
            table = tuple(part for token, image in sorted(images.items()) if image != token for part in (token, image))
            if table:
                term = Call("relabel", (Const(table), expression.term))
                values = [v if v is UNDEFINED else tuple(images.get(t, t) for t in v) for v in expression.values]
                yield _examples(values, rows), expression.bits + len(table), term

    yield from _foremost(relabelled())


def _joins(term: Term) -> bool:
    return isinstance(term, Call) and term.primitive == "++"


def spellings(target: tuple[str, ...], pieces: dict[Value, Expression], alphabet: int) -> list[Term]:
    """Return the shortest ways to write a token list as pieces and constants one after the other."""
    token_bits = 2.0 + constant_bits(("",), alphabet)
    best: list[list[tuple[float, tuple[Term, ...]]]] = [[(0.0, ())]]
    usable = [(value, e) for value, e in pieces.items() if len(value) <= len(target)]
    for end in range(1, len(target) + 1):
        options = [(bits + token_bits, (*parts, Const(target[end - 1 : end]))) for bits, parts in best[end - 1]]
        for value, expression in usable:
            start = end - len(value)
            if start >= 0 and target[start:end] == value:
                options.extend((bits + expression.bits + 2.0, (*parts, expression.term)) for bits, parts in best[start])
        best.append(nsmallest(SPELLINGS, options, key=lambda option: option[0]))
    return [concatenation(parts) for _, parts in best[-1]]


def _choices(pool: list[Expression], matching: list[Expression], rows: list[Option]) -> Iterator[Term]:
    """Yield conditionals whose branches are right on different rows, as the condition says."""
    right = [
        (e, frozenset(i for i, (v, row) in enumerate(zip(e.values, rows, strict=True)) if v in row.accepted))
        for e in matching[:BRANCHES]
    ]
    least = 0.7 * len({row.index for row in rows})
    conditions = [(e, {i for i, v in enumerate(e.values) if v is True}) for e in pool if e.kind is Basic.BOOL][
        :BRANCHES
    ]

    def chosen() -> Iterator[tuple[int, float, Term]]:
        for (first, a), (second, b) in product(right, right):
            if first is second or not a - b or not b - a or len({rows[i].index for i in a | b}) < least:
                continue
            for condition, holds in conditions:
                good = len({rows[i].index for i in (a & holds) | (b - holds)})
                if good >= least:
                    bits = condition.bits + first.bits + second.bits
                    yield good, bits, Call("if", (condition.term, first.term, second.term))

    yield from _foremost(chosen())


def _numbers(pool: list[Expression], rows: list[Option], library: Library) -> Iterator[Term]:
    """Yield programs for numbers that end in a constant: the one that is right in most examples."""

    solved: list[tuple[int, Expression, tuple[str, int, bool]]] = []
    for expression in pool[:SOLVED]:
        tally: dict[tuple[str, int, bool], set[int]] = {}
        for value, row in zip(expression.values, rows, strict=True):
            for target in () if value is UNDEFINED else row.values[:TARGETS]:
                for solution in _constants(value, target):
                    tally.setdefault(solution, set()).add(row.index)
        solved.extend((len(e), expression, found) for found, e in tally.items() if found[0] in library.by_name)
    least = min(nlargest(FOREMOST, (count for count, _, _ in solved)), default=0)

    def programs() -> Iterator[tuple[int, float, Term]]:
        for count, expression, (form, number, first) in solved:
            if count >= least:  # most solve one example alone, and are not worth making
                parts = (Const(number), expression.term) if first else (expression.term, Const(number))
                yield count, expression.bits + constant_bits(number, 1), Call(form, parts)

    yield from _foremost(programs())


def _constants(value: int, target: int) -> Iterator[tuple[str, int, bool]]:
    """Yield operations with the constants that lead from a value to the target, and whether the constant is first."""
    if target != value:
        yield ("+", target - value, False) if target > value else ("-", value - target, False)
    yield "-", target + value, True
    if value and target % value == 0 and target // value not in (0, 1):
        yield "*", target // value, False
    if target and value % target == 0 and value // target > 1:
        yield "div", value // target, False
