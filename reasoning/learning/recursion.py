"""Induction of programs over natural numbers that iterate a function, from argument values and results.

Tried in order of description length: expressions and choices between them; then `iterate(λa. e, count, start)` for
expressions e over the arguments and the loop's state; then loops that count up until a condition holds; then loops
with a general conditional; at last larger expressions and choices. All may use the programs that other symbols were
learned to mean, and iterations of a primitive, as if they were primitives: the library grows.

Source:
    Growing libraries: Ellis et al., DreamCoder, PLDI 2021.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from abduce.parser.signatures import Signature
from abduce.reasoning.learning.closed_forms import closed_form
from abduce.reasoning.learning.evidence import Evidence
from abduce.reasoning.learning.expressions import CONDITIONS, MANY_CONDITIONS, conditionals, expressions, pairs
from abduce.reasoning.learning.goals import Found, Goal, Options, chosen
from abduce.reasoning.learning.loop_search import LoopSearch
from abduce.reasoning.learning.loops import MOST_STATES
from abduce.reasoning.learning.pool import Operation, is_known, of_definition, of_primitive
from abduce.reasoning.learning.primitives import ITERATE, Library, Primitive
from abduce.reasoning.learning.programs import NODE_BITS, Bound, Call, Definition, Function, Term, Var
from abduce.values import Basic, MarkType, Type

INT, BOOL = Basic.INT, Basic.BOOL
LARGEST_NUMBER = 10**6
RESCORED, YIELDED = 40, 6
NEARLY_ALL = 0.97
CONDITIONAL = {"if", "==", "inc"}


def over_numbers(signature: Signature) -> bool:
    """Whether programs of a signature are from numbers, and marks, to a number or a truth value."""
    kinds = (*signature.left, *signature.right)
    return (
        signature.result in (INT, BOOL)
        and INT in kinds
        and all(kind is INT or isinstance(kind, MarkType) for kind in kinds)
    )


def own_primitives(library: Library) -> bool:
    """Whether a library has primitives over numbers that can only be run one value at a time."""
    return any(
        not primitive.higher and not is_known(primitive) and {*primitive.arguments, primitive.result} <= {INT, BOOL}
        for primitive in library.primitives
    )


def recursions(
    types: Sequence[Type],
    result: Basic,
    evidence: Evidence,
    library: Library,
    definitions: Sequence[Definition] = (),
    effort: int = 0,
) -> Iterator[Term]:
    """Yield programs over natural numbers that explain many of some examples, the simpler kinds first.

    It ends with the first kind of program that explains nearly all.

    Args:
        types: Types of the arguments.
        result: Type of the results, numbers or truth values.
        evidence: The examples.
        library: The primitives.
        definitions: Programs that may be used.
        effort: How large programs are looked at, 0 or 1.
    """
    plain = [index for index, kind in enumerate(types) if kind is INT]
    goal = chosen(evidence, plain, examples=40, rows=100, largest=LARGEST_NUMBER)
    small = chosen(evidence, plain, examples=20, rows=48, largest=MOST_STATES - 2)
    if goal is None:
        return
    operations, whole = _operations(library, definitions), Options(evidence)
    for found in _kinds(goal, small if result is INT else None, result, operations, library, effort):
        best = sorted(found, key=lambda one: (-one.right, one.bits))[:RESCORED]
        rescored = [Found(len(whole.explained(one.term)), one.bits, one.term) for one in best]
        rescored.sort(key=lambda one: (-one.right, one.bits))
        yield from (one.term for one in rescored[:YIELDED])
        if rescored and rescored[0].right >= NEARLY_ALL * len(evidence):
            return


def _kinds(
    goal: Goal, small: Goal | None, result: Basic, operations: list[Operation], library: Library, effort: int
) -> Iterator[list[Found]]:
    """Yield the best programs of each kind, the simpler kinds first."""
    short = expressions(goal, operations, effort)
    first = goal.foremost(short.values(result), short.bits(result), lambda n: short.term(result, n))
    yield first
    if "if" in library.by_name:
        yield conditionals(goal, short, result, first, CONDITIONS)
    if small is not None and ITERATE in library.by_name:
        yield from LoopSearch(small, operations, effort).kinds(conditional=library.by_name.keys() >= CONDITIONAL)
    larger = list(pairs(goal, short, result, operations))
    yield larger
    if "if" in library.by_name:
        yield conditionals(goal, short, result, [*first, *larger], MANY_CONDITIONS)


def _operations(library: Library, definitions: Sequence[Definition]) -> list[Operation]:
    """Return what expressions are made with: primitives, their iterations, and programs that are known already."""
    operations = [o for o in map(of_primitive, library.primitives) if o is not None]
    found = [of_definition(definition, round(NODE_BITS)) for definition in definitions]
    if ITERATE in library.by_name:
        steps = [p for p in library.primitives if is_known(p) and p.arguments == (INT,) and p.result is INT]
        found += [_iteration(primitive, library) for primitive in steps]
    return [*operations, *found]


def _iteration(primitive: Primitive, library: Library) -> Operation:
    """Return the iteration of a primitive: how often, and from where, being its arguments."""
    body = Function(Call(primitive.name, (Bound(),)))
    whole = Call(ITERATE, (body, Var(0), Var(1)))
    bits = round(library.by_name[ITERATE].bits + primitive.bits + 3.0)
    operation = of_definition(Definition(primitive.name, 0, 2, whole, closed_form(whole, INT)), bits)
    return replace(operation, build=lambda terms: Call(ITERATE, (body, *terms)))
