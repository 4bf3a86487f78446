"""Rivals: other lexicons that give the same answers, and which of them the sentences themselves speak for.

With a silent connective between neighbours, the same can be said in several ways: a word between two phrases may take
both (`x - y`), or one of them and be joined to the other (`0 - y`), or none and mean nothing. The answers are the
same; what differs is which words behave alike, and so how well a parser carries over to longer sentences. Likewise, of
two kinds of number word that only occur side by side, either may be the constant and the other the function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import log2

from abduce.parser.scorers import Inventory
from abduce.parser.signatures import Signature
from abduce.reasoning.learning.abduction import Derivation, explanations
from abduce.reasoning.learning.conventions import grammar_bits
from abduce.reasoning.learning.corpus import Corpus, Pair
from abduce.reasoning.learning.deduction import Chart
from abduce.reasoning.learning.enumeration import expressions
from abduce.reasoning.learning.execution import evaluate
from abduce.reasoning.learning.lexicon import SILENT, Lexicon, Meaning, entries, meaning_bits
from abduce.reasoning.learning.primitives import Library
from abduce.reasoning.learning.programs import Call, Const, Function, Term, Var, with_variables
from abduce.reasoning.learning.training import LONGEST_ENUMERATED, Explained, as_parses, chosen
from abduce.values import UNDEFINED, Basic, FunctionType, Type, Value

SENTENCES = 400
SWEEPS = 3
BETTER = 1.0
EXPRESSIONS = 120
NEUTRAL: Mapping[Type, tuple[Value, ...]] = {Basic.TOKENS: ((),), Basic.INT: (0, 1), Basic.BOOL: (True, False)}
PROBES: Mapping[Type, tuple[Value, ...]] = {
    Basic.TOKENS: ((), ("a",), ("b", "c"), ("d", "b")),
    Basic.INT: (0, 2, 3, 7, 11),
    Basic.BOOL: (True, False),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a lexicon does on some sentences.

    Attributes:
        missed: How many it does not explain.
        bits: Description length of the lexicon, of the sentences under it, and of the answers that it misses; of a
            sentence that it does not explain a word costs as much as in the others.
    """

    missed: int
    bits: float

    def beats(self, other: Standing) -> bool:
        """Whether it is shorter and explains no less."""
        return self.missed <= other.missed and self.bits < other.bits - BETTER


class Bench:
    """Sentences on which lexicons are compared; what stays the same from one lexicon to the next is worked out once.

    Args:
        corpus: The training pairs.
        library: The primitives.
        poll: Called between sentences; may raise.
        count: How many sentences.
    """

    def __init__(
        self, corpus: Corpus, library: Library, poll: Callable[[], None] = lambda: None, count: int = SENTENCES
    ) -> None:
        self.corpus = corpus
        self.library = library
        self.poll = poll
        pairs = [corpus.pairs[i] for i in chosen(corpus, count)]
        self.pairs = [pair for pair in pairs if len(pair.tokens) <= LONGEST_ENUMERATED]
        self.memory: dict[object, tuple[Derivation, ...]] = {}

    def standing(self, lexicon: Lexicon) -> Standing:
        """Return how a lexicon does."""
        found = {symbol: entries(symbol, lexicon, self.library) for symbol in sorted(lexicon) if symbol}
        inventory = Inventory([entry.label for group in found.values() for entry in group])
        chart = Chart(found)
        explained, missed = [], []
        for pair in self.pairs:
            derivations = self._derivations(pair, lexicon, chart)
            if derivations:
                trees = as_parses(pair.tokens, derivations, found, inventory)
                explained.append(Explained(pair.tokens, pair.target, trees, True))
            else:
                missed.append(pair)
        bits = sum(meaning_bits(m, self.corpus.alphabet, self.library) for group in lexicon.values() for m in group)
        written = grammar_bits(explained, inventory)
        words = sum(len(one.tokens) for one in explained)
        each = written / words if words else log2(len(self.corpus.vocabulary) + 1.0)
        return Standing(len(missed), bits + written + sum(pair.bits + each * len(pair.tokens) for pair in missed))

    def _derivations(self, pair: Pair, lexicon: Lexicon, chart: Chart) -> tuple[Derivation, ...]:
        key = (pair.tokens, pair.target, tuple(lexicon.get(token) for token in (SILENT, *pair.tokens)))
        if key not in self.memory:
            self.poll()
            self.memory[key] = explanations(pair.tokens, self.corpus.kind, pair.target, chart).trees
        return self.memory[key]


def preferred(lexicon: Lexicon, bench: Bench) -> dict[str, tuple[Meaning, ...]]:
    """Return the lexicon of least description length among those that give the same answers in other ways."""
    best, stands = _regrouped(dict(lexicon), bench)
    changes = exchanged(best, bench.corpus, bench.library)
    if changes:
        other, rival = _regrouped({**best, **changes}, bench)
        best = other if rival.beats(stands) else best
    return best


def _regrouped(best: dict[str, tuple[Meaning, ...]], bench: Bench) -> tuple[dict[str, tuple[Meaning, ...]], Standing]:
    """Return the best lexicon in which words take neighbours otherwise, and how it does."""
    stands = bench.standing(best)
    for _ in range(SWEEPS if SILENT in best else 0):
        before = stands
        for symbol in sorted(best.keys() - {SILENT}):
            for rival in _rivals(best[symbol], best[SILENT], bench.library):
                found = {**best, symbol: rival}
                other = bench.standing(found)
                if other.beats(stands):
                    best, stands = found, other
        if stands == before:
            break
    return best, stands


def exchanged(lexicon: Lexicon, corpus: Corpus, library: Library) -> dict[str, tuple[Meaning, ...]]:
    """Return the meanings of factors and what they multiply with their parts exchanged; nothing where there are none.

    Exchanged are functions and constants of which none occurs but beside one of the others.
    """
    for left in (True, False) if "*" in library.by_name else ():
        factors = {s: held[0] for s, held in lexicon.items() if len(held) == 1 and _is_factor(held[0], left, library)}
        numbers = {s: held[0] for s, held in lexicon.items() if len(held) == 1 and _is_number(held[0])}
        pairs = _always_beside(set(factors), set(numbers), corpus, 1 if not left else -1)
        if pairs:
            beside = ((), (Basic.INT,)) if left else ((Basic.INT,), ())
            found = {s: _constant(evaluate(factors[s].program, (1,), library)) for s in pairs[0]}
            found |= {s: _factor(evaluate(numbers[s].program, (), library), beside, library) for s in pairs[1]}
            return {symbol: (meaning,) for symbol, meaning in found.items()}
    return {}


def _is_factor(meaning: Meaning, left: bool, library: Library) -> bool:
    """Whether a meaning multiplies the one number on that side."""
    wanted = Signature((Basic.INT,) * left, (Basic.INT,) * (not left), Basic.INT)
    once = evaluate(meaning.program, (1,), library) if meaning.signature == wanted else UNDEFINED
    return once is not UNDEFINED and _same(meaning.program, Call("*", (Var(0), Const(once))), Basic.INT, library)


def _is_number(meaning: Meaning) -> bool:
    return meaning.signature == Signature((), (), Basic.INT)


def _constant(number: Value) -> Meaning:
    return Meaning(Signature((), (), Basic.INT), Const(number))


def _factor(number: Value, beside: tuple[tuple[Type, ...], tuple[Type, ...]], library: Library) -> Meaning:
    program = _shortest(Call("*", (Var(0), Const(number))), (Basic.INT,), library)
    return Meaning(Signature(*beside, Basic.INT), program)


def _always_beside(first: set[str], second: set[str], corpus: Corpus, step: int) -> tuple[set[str], set[str]] | None:
    """Return the largest sets of symbols of two kinds that only occur next to each other, `step` apart."""
    around: dict[str, set[str]] = {symbol: set() for symbol in first | second}
    for pair in corpus.pairs:
        for n, token in enumerate(pair.tokens):
            if token in around:
                place = n + (step if token in first else -step)
                around[token].add(pair.tokens[place] if 0 <= place < len(pair.tokens) else "")
    while first and second:
        kept = {s for s in first if around[s] <= second}, {s for s in second if around[s] <= first}
        if kept == (first, second):
            return kept
        first, second = kept
    return None


def _rivals(
    meanings: tuple[Meaning, ...], joiners: tuple[Meaning, ...], library: Library
) -> Iterator[tuple[Meaning, ...]]:
    for number, joiner in product(range(len(meanings)), joiners):
        others = (*_together(meanings[number]), *otherwise(meanings[number], joiner, library))
        for other in dict.fromkeys(others):
            if other not in meanings:
                yield (*meanings[:number], other, *meanings[number + 1 :])


def _together(meaning: Meaning) -> Iterator[Meaning]:
    """Yield the meaning with a function and its argument, which it takes apart to apply the one, taken as a phrase."""
    signature = meaning.signature
    types = (*signature.left, *signature.right)
    for first in range(len(types) - 1):
        across = first + 1 == len(signature.left)
        for function, argument in () if across else ((first, first + 1), (first + 1, first)):
            if types[function] == FunctionType((types[argument],), types[argument]):
                applied = Call("apply", (Var(function), Var(argument)))
                program = _merged(meaning.program, applied, first)
                kinds = (*types[:first], types[argument], *types[first + 2 :])
                left = len(signature.left) - (first < len(signature.left))
                if program is not None:
                    yield Meaning(Signature(kinds[:left], kinds[left:], signature.result), program)


def _merged(term: Term, applied: Term, first: int) -> Term | None:
    """Return a term with the application of two neighbouring arguments as one; None if they occur outside it."""
    if term == applied:
        return Var(first)
    match term:
        case Var(index):
            return None if index in (first, first + 1) else Var(index if index < first else index - 1)
        case Call(name, arguments):
            parts = [_merged(argument, applied, first) for argument in arguments]
            kept = tuple(part for part in parts if part is not None)
            return Call(name, kept) if len(kept) == len(parts) else None
        case Function(body):
            inner = _merged(body, applied, first)
            return None if inner is None else Function(inner)
    return term


def otherwise(meaning: Meaning, joiner: Meaning, library: Library) -> Iterator[Meaning]:
    """Yield meanings that take one or two neighbours more or less, and come to the same by a silent connective.

    A constant is left as it is, unless it is the connective's neutral element.

    Args:
        meaning: The meaning.
        joiner: The meaning of the silent connective.
        library: The primitives.
    """
    kind, signature = joiner.signature.result, meaning.signature
    neutral = _neutral(joiner.program, kind, library)
    left, right = signature.left, signature.right
    if neutral is None or {*left, *right, signature.result} != {kind} or len(left) > 1 or len(right) > 1:
        return
    x, y, none = Var(0), Var(1), Const(neutral)
    programs: list[tuple[int, int, Term]] = []
    if left and right:
        own = meaning.program
        programs = [(1, 0, _filled(own, x, none)), (0, 1, _filled(own, none, x)), (0, 0, none)]
    elif left:
        programs = [(1, 1, _filled(joiner.program, meaning.program, y)), (0, 1, meaning.program), (0, 0, none)]
    elif right:
        own = _filled(meaning.program, y)
        programs = [(1, 1, _filled(joiner.program, x, own)), (1, 0, meaning.program), (0, 0, none)]
    elif meaning.program == none:
        programs = [(1, 1, joiner.program), (1, 0, x), (0, 1, x)]
    whole = _between(len(left), len(right), meaning.program, joiner.program)
    for before, after, program in programs:
        if _same(_between(before, after, program, joiner.program), whole, kind, library):
            shorter = _shortest(program, (kind,) * (before + after), library)
            yield Meaning(Signature((kind,) * before, (kind,) * after, kind), shorter)


def _between(before: int, after: int, program: Term, joiner: Term) -> Term:
    """Return what comes of a phrase, a word and a phrase side by side, the word taking some of the phrases."""
    taken = [Var(0)] * before + [Var(1)] * after
    term = _filled(program, *taken)
    term = term if before else _filled(joiner, Var(0), term)
    return term if after else _filled(joiner, term, Var(1))


def _filled(program: Term, *arguments: Term) -> Term:
    return with_variables(program, dict(enumerate(arguments)))


def _neutral(joiner: Term, kind: Type, library: Library) -> Value | None:
    """Return the value that changes nothing, joined on either side; None where there is none."""
    x = Var(0)
    for value in NEUTRAL.get(kind, ()):
        sides = (_filled(joiner, x, Const(value)), _filled(joiner, Const(value), x))
        if all(_same(side, x, kind, library) for side in sides):
            return value
    return None


def _same(first: Term, second: Term, kind: Type, library: Library) -> bool:
    """Whether two programs of two arguments agree wherever we look."""
    rows = product(PROBES[kind], repeat=2)
    return all(evaluate(first, row, library) == evaluate(second, row, library) for row in rows)


def _shortest(program: Term, types: tuple[Type, ...], library: Library) -> Term:
    """Return a shortest program that agrees with one wherever we look; itself if none is found."""
    if not types:
        return program
    rows = list(product(PROBES[types[0]], repeat=len(types)))
    wanted = tuple(evaluate(program, row, library) for row in rows)
    longest = max((len(value) for value in wanted if isinstance(value, tuple)), default=0)
    pool = expressions(types, rows, library, most=EXPRESSIONS, longest=2 * longest)
    return next((found.term for found in pool if found.values == wanted), program)
