"""What facts about everything, and quantifiers that no atom binds, range over.

`likes(X, bob).` says something of everything. Read as a rule, everything is what has a name: the values in facts, the
names in rules, and those of a query. Values that rules only compute are not among them: such facts are among what the
model is derived from. A quantifier is asked of the model, and ranges over its values too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from abduce.reasoning.rules.ground import Name, Predicate, Value
from abduce.reasoning.rules.shapes import Conjunction, Rule

KNOWN: Final = "\0known"
"""The predicate of what is named; no user's predicate has this name."""
RANGE: Final = "\0range"
"""The predicate of what quantifiers range over; no user's predicate has this name."""
EVERYTHING: Final = Predicate(KNOWN, 1)


def over_everything(rule: Rule) -> Rule:
    """Return the rule of a fact with its variables bound to what is named; a fact without any stays as it is."""
    open_ones = [number for number, name in enumerate(rule.names) if name]
    if not open_ones:
        return rule
    slot = len(rule.predicates)
    bound: Conjunction = tuple(("p", slot, (number,)) for number in open_ones)
    shape = rule.shape._replace(body=(*bound, *rule.shape.body))
    predicates = (*rule.predicates, EVERYTHING)
    return Rule(shape, rule.head, predicates, rule.constants, rule.names, rule.clause, len(bound))


def is_about_everything(rule: Rule) -> bool:
    """Tell whether a rule ranges over what is named."""
    return EVERYTHING in rule.predicates


def names_in(rules: Iterable[Rule]) -> Iterator[Value]:
    """Yield the names and texts that rules speak of, some repeatedly."""
    for rule in rules:
        functions = _function_slots(rule.shape.body)
        for slot, value in enumerate(rule.constants):
            if isinstance(value, Name) and slot not in functions:
                yield value


def _function_slots(body: Conjunction) -> set[int]:
    """Return the slots of constants that are names of functions."""
    found: set[int] = set()
    pending = list(body)
    while pending:
        literal = pending.pop()
        if literal[0] == "f":
            found.add(-1 - literal[2])
        elif literal[0] == "g":
            pending.extend(part for _, choice in literal[4] for part in choice)
    return found
