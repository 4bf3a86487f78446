"""Numbers that are integers for want of a word: computed with, and neither declared nor said to be any number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from abduce.parser.clauses import quantifiers
from abduce.parser.entries import FUNCTION, Key
from abduce.parser.inference import COMPUTED, Inference
from abduce.parser.sorting import Shape
from abduce.parser.statements import Expression
from abduce.solvers.terms import INT


def integers_by_default(inference: Inference, keys: Iterable[Key]) -> tuple[str, ...]:
    """Return the constants among names that are integers by default, sorted."""
    entries = [inference.entries[key] for key in keys if key[0] == FUNCTION]
    return tuple(sorted(one.name for one in entries if not one.arguments and _is_by_default(inference, one.result)))


def variables_by_default(inference: Inference, question: Expression, free: Mapping[str, Shape]) -> tuple[str, ...]:
    """Return the variables of a question, free or bound, that are integers by default, sorted."""
    shapes = list(free.items())
    for quantifier in quantifiers(question):
        bound = inference.binders[id(quantifier)]
        shapes += [(variable.name, shape) for variable, shape in zip(quantifier.variables, bound, strict=True)]
    return tuple(sorted({name for name, shape in shapes if _is_by_default(inference, shape)}))


def _is_by_default(inference: Inference, shape: Shape) -> bool:
    if shape.node is None or inference.classes.sort(shape.node) != INT:
        return False
    known = inference.classes.known[inference.classes.root(shape.node)]
    return known.integral is None and known.numeric is not None and known.numeric.why == COMPUTED
