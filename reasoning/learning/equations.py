"""Whole answers as equations: what symbols mean, found for all of them together.

Where no example is short enough to tell one symbol's meaning by itself, a first guess at all meanings comes from the
sentences whose symbols take no argument or two, brackets aside. Arities are counted first; they tell in which order
the sentences are written. Then numbers and operations are changed one symbol at a time, from several random
beginnings, for as long as more sentences come out right, or nearer to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from abduce.parser.signatures import Signature
from abduce.reasoning.learning.closed_forms import closed_form, has_loops
from abduce.reasoning.learning.corpus import Corpus
from abduce.reasoning.learning.footholds import Meanings, constant, loop_of
from abduce.reasoning.learning.lexicon import Meaning
from abduce.reasoning.learning.primitives import Library
from abduce.reasoning.learning.programs import Call, Term, Var
from abduce.reasoning.learning.valences import arities, brackets
from abduce.values import Basic, Tokens, Value

Numbers: TypeAlias = NDArray[np.float64]
Compute: TypeAlias = Callable[[Numbers, Numbers], Numbers]
Node: TypeAlias = tuple[str, int, int]
"""A symbol and the places of its two arguments further left in the list of nodes; -1 without arguments."""

LEAST_FITTING = 0.5
MOST_SENTENCES = 400
LONGEST_AMBIGUOUS = 7
HIGHEST = 99
FIRST = 12
"""Numbers that a climb begins with are below this."""
BEGINNINGS = 16
SWEEPS = 30
EXACT = 3.0
"""What a sentence that comes out right counts; one that is off by d counts 1 / (1 + d)."""
GOOD = 0.9
LEAST_RIGHT = 0.5

SIDES = {"before": (0, 2), "between": (1, 1), "behind": (2, 0)}
"""Where an operation may stand, and how many of its arguments are to its left and right then."""


def _over(divide: Compute) -> Compute:
    return lambda x, y: np.where(y == 0, np.nan, divide(x, np.where(y == 0, 1.0, y)))


COMPUTED: Mapping[str, Compute] = {
    "+": np.add,
    "∸": lambda x, y: np.maximum(x - y, 0.0),
    "-": np.subtract,
    "*": np.multiply,
    "max": np.maximum,
    "min": np.minimum,
    "div": _over(lambda x, y: np.floor(x / y)),
    "cdiv": _over(lambda x, y: np.ceil(x / y)),
}
COMMUTATIVE = {"+", "*", "max", "min"}


@dataclass(frozen=True, slots=True)
class Operation:
    """What a symbol with two arguments may do.

    Attributes:
        program: As a term of the library, on the first and the second argument.
        compute: The same on many numbers at once; NaN where it has no value.
    """

    program: Term
    compute: Compute


def operations(library: Library) -> list[Operation]:
    """Return the operations on two numbers that a library has, or has loops for."""
    found = []
    for name, compute in COMPUTED.items():
        for arguments in ((Var(0), Var(1)),) if name in COMMUTATIVE else ((Var(0), Var(1)), (Var(1), Var(0))):
            program = Call(name, arguments) if name in library.by_name else loop_of(name, *arguments, library)
            if program is not None:
                swapped = arguments[0] != Var(0)
                found.append(Operation(program, _swapped(compute) if swapped else compute))
    return found


def _swapped(compute: Compute) -> Compute:
    return lambda x, y: compute(y, x)


def jointly(corpus: Corpus, library: Library, seed: int) -> Meanings:
    """Return meanings under which most sentences of numbers and operations come out right; empty where none do.

    Args:
        corpus: Sentences whose answers are integers.
        library: What the programs are built from.
        seed: Of the random beginnings.
    """
    if corpus.kind is not Basic.INT:
        return {}
    left_out = brackets([pair.tokens for pair in corpus.pairs])
    bare = [(tuple(token for token in pair.tokens if token not in left_out), pair.target) for pair in corpus.pairs]
    found, share = arities([tokens for tokens, _ in bare])
    plain = [(tokens, target) for tokens, target in bare if tokens and all(found.get(t) in (0, 2) for t in tokens)]
    if share < LEAST_FITTING or len(plain) < len(found):
        return {}
    side = max(SIDES, key=lambda side: sum(any(readings(tokens, found, side)) for tokens, _ in plain))
    equations, known = Equations.of(plain, found, side), operations(library)
    if not known or len(equations.targets) < LEAST_FITTING * min(MOST_SENTENCES, len(plain)):
        return {}
    best = max(_climbs(equations, known, seed), key=lambda state: state.score)
    return _meanings(equations, known, best, SIDES[side]) if best.right.mean() >= LEAST_RIGHT else {}


def _climbs(equations: Equations, known: Sequence[Operation], seed: int) -> Iterator[State]:
    for beginning in range(BEGINNINGS):
        found = climbed(equations, known, np.random.default_rng((seed, beginning)))
        yield found
        if found.right.mean() >= GOOD:
            return


def _meanings(equations: Equations, known: Sequence[Operation], best: State, sides: tuple[int, int]) -> Meanings:
    """Return the meanings of the symbols most of whose sentences come out right."""
    found: Meanings = {}
    kinds = (Basic.INT,) * sides[0], (Basic.INT,) * sides[1]
    for symbol, name in enumerate(equations.symbols):
        inside = equations.holds[:, symbol]
        if not inside.any() or best.right[inside].mean() < LEAST_RIGHT:
            continue
        value = int(best.assigned[symbol])
        if equations.takes[symbol]:
            program = known[value].program
            closed = closed_form(program, Basic.INT) if has_loops(program) else None
            found[name] = (Meaning(Signature(*kinds, Basic.INT), program, closed=closed),)
        else:
            found[name] = (constant(value, Basic.INT),)
    return found


# sentences as equations --------------------------------------------------------------------------------------


def readings(tokens: Tokens, takes: Mapping[str, int], side: str) -> Iterator[list[Node]]:
    """Yield the trees of a sentence, each as nodes in which arguments come before what takes them.

    Args:
        tokens: The sentence.
        takes: Each symbol's arity, 0 or 2.
        side: Where the operations stand.
    """
    if side == "between":
        if len(tokens) % 2 and all(takes[token] == n % 2 * 2 for n, token in enumerate(tokens)):
            yield from _between(tokens) if len(tokens) <= LONGEST_AMBIGUOUS else ()
        return
    nodes: list[Node] = []
    waiting: list[int] = []
    for token in tokens if side == "behind" else reversed(tokens):
        if takes[token]:
            if len(waiting) < 2:
                return
            last, other = waiting.pop(), waiting.pop()
            nodes.append((token, other, last) if side == "behind" else (token, last, other))
        else:
            nodes.append((token, -1, -1))
        waiting.append(len(nodes) - 1)
    if len(waiting) == 1:
        yield nodes


def _between(tokens: Tokens) -> Iterator[list[Node]]:
    if len(tokens) == 1:
        yield [(tokens[0], -1, -1)]
    for place in range(1, len(tokens), 2):
        for left in _between(tokens[:place]):
            for right in _between(tokens[place + 1 :]):
                moved = [(s, a + len(left), b + len(left)) if a >= 0 else (s, a, b) for s, a, b in right]
                yield [*left, *moved, (tokens[place], len(left) - 1, len(left) + len(right) - 1)]


@dataclass(frozen=True, slots=True, eq=False)
class Equations:
    """Sentences as arrays; each reading is a row.

    Attributes:
        symbols: The symbols.
        takes: Whether each symbol is an operation, `(symbols,)`.
        nodes: Symbol of each node, -1 beyond the root, `(rows, nodes)`.
        first: Place of each node's first argument, `(rows, nodes)`.
        second: Place of its second.
        roots: Place of each row's root, `(rows,)`.
        sentence: Which sentence each row reads, in order, `(rows,)`.
        targets: The answers, `(sentences,)`.
        holds: Whether each sentence holds each symbol, `(sentences, symbols)`.
    """

    symbols: tuple[str, ...]
    takes: NDArray[np.bool_]
    nodes: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    roots: NDArray[np.int64]
    sentence: NDArray[np.int64]
    targets: Numbers
    holds: NDArray[np.bool_]
    rows_of: tuple[NDArray[np.int64], ...] = field(init=False)

    def __post_init__(self) -> None:
        held = self.holds[self.sentence]
        object.__setattr__(self, "rows_of", tuple(np.flatnonzero(held[:, n]) for n in range(len(self.symbols))))

    @classmethod
    def of(cls, pairs: Sequence[tuple[Tokens, Value]], takes: Mapping[str, int], side: str) -> Equations:
        """Return the shortest sentences that can be read, at most `MOST_SENTENCES`."""
        read = [(list(readings(tokens, takes, side)), target) for tokens, target in pairs]
        kept = [(trees, target) for trees, target in read if trees][:MOST_SENTENCES]
        rows = [(number, tree) for number, (trees, _) in enumerate(kept) for tree in trees]
        symbols = tuple(sorted({symbol for _, tree in rows for symbol, _, _ in tree}))
        place = {symbol: n for n, symbol in enumerate(symbols)}
        table = np.full((3, len(rows), max((len(tree) for _, tree in rows), default=0)), -1)
        holds = np.zeros((len(kept), len(symbols)), dtype=bool)
        for row, (number, tree) in enumerate(rows):
            for node, (symbol, first, second) in enumerate(tree):
                table[:, row, node] = place[symbol], first, second
                holds[number, place[symbol]] = True
        return cls(
            symbols=symbols,
            takes=np.array([takes[symbol] > 0 for symbol in symbols], dtype=bool),
            nodes=table[0],
            first=table[1],
            second=table[2],
            roots=np.array([len(tree) - 1 for _, tree in rows], dtype=np.int64),
            sentence=np.array([number for number, _ in rows], dtype=np.int64),
            targets=np.array([target for _, target in kept], dtype=np.float64),
            holds=holds,
        )

    def values(self, rows: NDArray[np.int64], assigned: NDArray[np.int64], known: Sequence[Operation]) -> Numbers:
        """Return the values of some rows under several assignments, `(rows, assignments)`; NaN where there is none.

        Args:
            rows: Their numbers.
            assigned: For each symbol its number or that of its operation, `(symbols, assignments)`.
            known: The operations.
        """
        nodes, first, second = self.nodes[rows], self.first[rows], self.second[rows]
        found = np.zeros((*nodes.shape, assigned.shape[1]))
        for node in range(nodes.shape[1]):
            symbols = nodes[:, node]
            plain = (symbols >= 0) & ~self.takes[symbols]
            found[plain, node] = assigned[symbols[plain]]
            compound = np.flatnonzero((symbols >= 0) & self.takes[symbols])
            left, right = found[compound, first[compound, node]], found[compound, second[compound, node]]
            chosen, results = assigned[symbols[compound]], np.full(left.shape, np.nan)
            for number, operation in enumerate(known):
                where = chosen == number
                results[where] = operation.compute(left[where], right[where])
            found[compound, node] = results
        values: Numbers = found[np.arange(len(rows)), self.roots[rows]]
        return values

    def scores(self, rows: NDArray[np.int64], values: Numbers) -> Numbers:
        """Return how well the sentences of some rows come out, the best reading of each, `(sentences, assignments)`."""
        sentences, place = np.unique(self.sentence[rows], return_inverse=True)
        off = np.abs(values - self.targets[self.sentence[rows], None])
        scores = np.nan_to_num(np.where(off == 0.0, EXACT, 1.0 / (1.0 + off)), nan=0.0)
        if len(sentences) == len(rows):
            return scores
        found = np.zeros((len(sentences), values.shape[1]))
        np.maximum.at(found, place, scores)
        return found


# climbing ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Where a climb ended.

    Attributes:
        assigned: For each symbol its number or that of its operation, `(symbols,)`.
        score: The sum over sentences.
        right: Whether each sentence comes out right, `(sentences,)`.
    """

    assigned: NDArray[np.int64]
    score: float
    right: NDArray[np.bool_]


def climbed(equations: Equations, known: Sequence[Operation], generator: np.random.Generator) -> State:
    """Return what is reached from a random beginning by changing one symbol at a time for the better."""
    highest = int(min(HIGHEST, equations.targets.max(initial=0.0)))
    options = np.where(equations.takes, len(known), highest + 1)
    assigned = generator.integers(0, np.where(equations.takes, len(known), min(FIRST, highest + 1)))
    everything = np.arange(len(equations.sentence))
    state = State(assigned, -1.0, np.zeros(len(equations.targets), dtype=bool))
    for _ in range(SWEEPS):
        for symbol in generator.permutation(len(equations.symbols)).tolist():
            rows = equations.rows_of[symbol]
            tried = np.repeat(assigned[:, None], options[symbol], axis=1)
            tried[symbol] = np.arange(options[symbol])
            assigned[symbol] = equations.scores(rows, equations.values(rows, tried, known)).sum(axis=0).argmax()
        scores = equations.scores(everything, equations.values(everything, assigned[:, None], known))
        if scores.sum() <= state.score:
            break
        state = State(assigned.copy(), float(scores.sum()), scores[:, 0] == EXACT)
    return state
