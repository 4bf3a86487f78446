"""Reads programs that declare finite sorts and functions between them, by putting every element for every variable.

An element is a number: its own, or one that stands for its name and for nothing else. A function becomes a function
from numbers to numbers that has values of its range at the elements of its domain; with several ranges, one for each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product

from logic_readers.calls import Arrow, Bound, Call, Named, Names, Numeral, ProgramError, Several, Tree, parse
from logic_readers.questions import Choice, Option

FIRST_CODE = 1001
MOST_CASES = 200_000
"""How many cases all quantifiers of one formula may have."""
_MODES = {"is_valid": "entailed", "is_sat": "possible", "is_unsat": "excluded", "is_invalid": "not entailed"}
_OPPOSITES = {"entailed": "not entailed", "possible": "excluded", "excluded": "possible", "not entailed": "entailed"}
_SIGNS = {"==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_DECLARATION = re.compile(r"^([^\W\d]\w*)\s*=\s*((?:EnumSort|IntSort|Function|Array)\b.*)$")
_OPTION = re.compile(r"\(?([A-Z])\)")
BOOL, INT = "bool", "int"


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression is in the query language.

    Attributes:
        texts: Its parts: one, but for a tuple.
        sorts: The sort of each.
    """

    texts: tuple[str, ...]
    sorts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A declared function."""

    domain: tuple[str, ...]
    ranges: tuple[str, ...]


@dataclass(slots=True)
class Declared:
    """What a program declares.

    Attributes:
        sorts: For each sort the numbers of its elements.
        numeric: The sorts whose elements are numbers.
        elements: For each element with a name its number and its sort.
        functions: The functions.
        names: Their names in the query language.
        cases: How many cases quantifiers have had in the formula at hand.
    """

    sorts: dict[str, list[str]] = field(default_factory=dict)
    numeric: set[str] = field(default_factory=lambda: {INT})
    elements: dict[str, tuple[str, str]] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    cases: int = 0

    def declare(self, name: str, tree: Tree) -> None:
        """Take in one declaration."""
        if isinstance(tree, Call) and tree.name in ("EnumSort", "IntSort") and len(tree.arguments) == 1:
            self._sort(name, tree.arguments[0])
        elif isinstance(tree, Call) and tree.name == "Function" and len(tree.arguments) == 1:
            (arrow,) = tree.arguments
            if not isinstance(arrow, Arrow):
                raise ProgramError(f"expected Function([sorts] -> [sorts]) for {name}")
            self.functions[name] = Function(self._sorts(arrow.domain), self._sorts(arrow.range))
        else:
            raise ProgramError(f"expected EnumSort([…]) or Function([…] -> […]) for {name}")

    def _sort(self, name: str, listed: Tree) -> None:
        if not isinstance(listed, Several):
            raise ProgramError(f"expected a list of the elements of {name}")
        self.sorts[name] = []
        if all(isinstance(one, Numeral) for one in listed.items):
            self.numeric.add(name)
        for one in listed.items:
            if isinstance(one, Numeral) and name in self.numeric:
                self.sorts[name].append(one.value)
                continue
            if not isinstance(one, Named):
                raise ProgramError(f"the elements of {name} must be all numbers or all names")
            code, _ = self.elements.setdefault(one.name, (str(FIRST_CODE + len(self.elements)), name))
            self.sorts[name].append(code)

    def _sorts(self, tree: Tree) -> tuple[str, ...]:
        items = tree.items if isinstance(tree, Several) else (tree,)
        found = []
        for one in items:
            if not isinstance(one, Named) or one.name not in (*self.sorts, BOOL, INT):
                shown = one.name if isinstance(one, Named) else "something else"
                raise ProgramError(f"it uses the sort {shown}, which it does not declare")
            found.append(one.name)
        return tuple(found)

    def premises(self) -> list[str]:
        """Return what the declarations say: sorts of functions, and that their values are in their ranges."""
        found = []
        for name, function in self.functions.items():
            for place, sort in enumerate(function.ranges):
                symbol = self.symbol(name, place)
                domain = " * ".join(["Int"] * len(function.domain))
                result = "Bool" if sort == BOOL else "Int"
                found.append(f"{symbol}: {domain} -> {result}." if domain else f"{symbol}: {result}.")
                if sort not in (BOOL, INT):
                    found += self._ranged(symbol, function, sort)
        return found

    def _ranged(self, symbol: str, function: Function, sort: str) -> list[str]:
        if any(domain not in self.sorts for domain in function.domain):
            raise ProgramError(f"the domain of {symbol} has no elements to list")
        found = []
        for elements in product(*(self.sorts[domain] for domain in function.domain)):
            term = f"{symbol}({', '.join(elements)})" if elements else symbol
            found.append(" or ".join(f"{term} = {value}" for value in self.sorts[sort]))
        return found

    def symbol(self, name: str, place: int) -> str:
        """Return the name in the query language for one of the values of a function."""
        return self.names(name if len(self.functions[name].ranges) == 1 else f"{name} {place + 1}")


def choice(name: str, sections: Mapping[str, Sequence[str]], expected: str) -> Choice:
    """Return the choice that a program states.

    Raises:
        ProgramError: The program is ill-formed.
    """
    declared, formulas = Declared(), []
    for line in sections["Declarations"]:
        text = line.split(":::", 1)[0].split(" #", 1)[0].strip()
        declaration = _DECLARATION.match(text)
        if declaration:
            declared.declare(declaration[1], parse(declaration[2]))
        else:
            formulas.append(text)
    formulas += [line.split(":::", 1)[0].strip() for line in sections.get("Constraints", ())]
    premises = [formula(parse(text), declared) for text in formulas]
    options = [
        _option(line, declared) for line in sections.get("Options", ()) if not line.lower().startswith("question")
    ]
    if not options:
        raise ProgramError("it has no options")
    return Choice(name, (*declared.premises(), *premises), tuple(options), expected)


def _option(line: str, declared: Declared) -> Option:
    text, _, comment = line.partition(":::")
    label = _OPTION.search(comment)
    if label is None:
        raise ProgramError(f"the option has no letter: {line}")
    tree = parse(text.strip())
    if isinstance(tree, Call) and tree.name == "is_accurate_list" and len(tree.arguments) == 1:
        return _accurate_list(label[1], tree.arguments[0], declared)
    negated = isinstance(tree, Call) and tree.name == "is_exception" and len(tree.arguments) == 1
    inner = tree.arguments[0] if negated and isinstance(tree, Call) else tree
    if not isinstance(inner, Call) or inner.name not in _MODES or len(inner.arguments) != 1:
        shown = inner.name if isinstance(inner, Call) else text
        raise ProgramError(f"an option is {', '.join(_MODES)} of a formula; got {shown}")
    mode = _MODES[inner.name]
    return Option(label[1], formula(inner.arguments[0], declared), _OPPOSITES[mode] if negated else mode)


def _accurate_list(label: str, listed: Tree, declared: Declared) -> Option:
    """Return the option that one of some formulas must hold, and each of them can."""
    if not isinstance(listed, Several) or not listed.items:
        raise ProgramError("is_accurate_list takes a list of formulas")
    formulas = [formula(one, declared) for one in listed.items]
    return Option(label, " or ".join(f"({one})" for one in formulas), more=tuple((one, "possible") for one in formulas))


def formula(tree: Tree, declared: Declared) -> str:
    """Return a formula in the query language."""
    declared.cases = 0
    return _truth(tree, declared, {})


Scope = Mapping[str, "tuple[str, str]"]


def _truth(tree: Tree, declared: Declared, scope: Scope) -> str:
    value = _value(tree, declared, scope)
    if value.sorts != (BOOL,):
        raise ProgramError(f"expected a formula, not a value of {' and '.join(value.sorts)}")
    return value.texts[0]


def _value(tree: Tree, declared: Declared, scope: Scope) -> Value:
    if isinstance(tree, Numeral):
        return Value((tree.value,), (INT,))
    if isinstance(tree, Named):
        return _named(tree.name, declared, scope)
    if isinstance(tree, Several) and tree.is_tuple:
        parts = [_value(one, declared, scope) for one in tree.items]
        return Value(tuple(t for p in parts for t in p.texts), tuple(s for p in parts for s in p.sorts))
    if isinstance(tree, Call):
        return _call(tree, declared, scope)
    raise ProgramError("a list or a declaration stands where a value is expected")


def _named(name: str, declared: Declared, scope: Scope) -> Value:
    if name in scope:
        text, sort = scope[name]
        return Value((text,), (sort,))
    if name in ("True", "False"):
        return Value((name.lower(),), (BOOL,))
    if name in declared.elements:
        text, sort = declared.elements[name]
        return Value((text,), (sort,))
    if name in declared.functions and not declared.functions[name].domain:
        return _applied(name, (), declared)
    raise ProgramError(f"it uses {name}, which it does not declare")


def _call(tree: Call, declared: Declared, scope: Scope) -> Value:
    name = tree.name
    if name in ("ForAll", "Exists", "Count", "Distinct", "Sum"):
        return _quantified(tree, declared, scope)
    if name in _SIGNS:
        left, right = (_value(one, declared, scope) for one in tree.arguments)
        return _compared(name, left, right, declared)
    if name in ("And", "Or", "and", "or", "Xor", "Implies", "Iff", "Not", "not"):
        return _connected(name, [_truth(one, declared, scope) for one in tree.arguments])
    if name in ("If", "IfThenElse", "ite"):
        return _conditional(tree, declared, scope)
    if name == "[]":
        return _part(tree, declared, scope)
    if name == "in":
        return _member(tree, declared, scope)
    if name in ("+", "-", "*", "neg", "Abs", "abs"):
        return _arithmetic(name, [_value(one, declared, scope) for one in tree.arguments], declared)
    if name not in declared.functions:
        raise ProgramError(f"it uses {name}, which it does not declare")
    return _applied(name, tuple(_value(one, declared, scope) for one in tree.arguments), declared)


def _applied(name: str, arguments: Sequence[Value], declared: Declared) -> Value:
    function = declared.functions[name]
    texts = [text for value in arguments for text in value.texts]
    sorts = [sort for value in arguments for sort in value.sorts]
    if len(sorts) != len(function.domain):
        raise ProgramError(f"{name} takes {len(function.domain)} arguments; got {len(sorts)}")
    for got, wanted in zip(sorts, function.domain, strict=True):
        if not _fits(got, wanted, declared):
            raise ProgramError(f"{name} takes an element of {wanted}, not of {got}")
    inner = f"({', '.join(texts)})" if texts else ""
    found = tuple(f"{declared.symbol(name, place)}{inner}" for place in range(len(function.ranges)))
    return Value(found, function.ranges)


def _fits(got: str, wanted: str, declared: Declared) -> bool:
    if got == wanted or (got in declared.numeric and wanted in declared.numeric):
        return True
    return (
        got in declared.sorts
        and wanted in declared.sorts
        and bool(set(declared.sorts[got]) & set(declared.sorts[wanted]))
    )  # sorts that share elements


def _compared(sign: str, left: Value, right: Value, declared: Declared) -> Value:
    if len(left.sorts) != len(right.sorts):
        raise ProgramError(f"{len(left.sorts)} values are compared with {len(right.sorts)}")
    for one, other in zip(left.sorts, right.sorts, strict=True):
        if not _fits(one, other, declared) or (sign not in ("==", "!=") and one not in declared.numeric):
            raise ProgramError(f"{sign} stands between an element of {one} and one of {other}")
    pairs = []
    for one, other, sort in zip(left.texts, right.texts, left.sorts, strict=True):
        equals = "<->" if sort == BOOL else "="
        pairs.append(f"({one} {equals if sign in ('==', '!=') else _SIGNS[sign]} {other})")
    if sign not in ("==", "!=") and len(pairs) > 1:
        raise ProgramError(f"{sign} stands between tuples")
    both = " and ".join(pairs)
    return Value((f"not ({both})" if sign == "!=" else f"({both})",), (BOOL,))


def _connected(name: str, parts: Sequence[str]) -> Value:
    sign = {"And": "and", "Or": "or", "Xor": "xor", "Implies": "->", "Iff": "<->"}.get(name, name)
    if sign in ("Not", "not"):
        if len(parts) != 1:
            raise ProgramError(f"Not takes one formula; got {len(parts)}")
        return Value((f"not ({parts[0]})",), (BOOL,))
    if sign in ("->", "<->") and len(parts) != 2:
        raise ProgramError(f"{name} takes two formulas; got {len(parts)}")
    return Value((f"({f' {sign} '.join(parts)})" if parts else ("true" if sign == "and" else "false"),), (BOOL,))


def _conditional(tree: Call, declared: Declared, scope: Scope) -> Value:
    if len(tree.arguments) != 3:
        raise ProgramError(f"If takes three parts; got {len(tree.arguments)}")
    condition = _truth(tree.arguments[0], declared, scope)
    yes, no = (_value(one, declared, scope) for one in tree.arguments[1:])
    if len(yes.sorts) != 1 or len(no.sorts) != 1 or not _fits(yes.sorts[0], no.sorts[0], declared):
        raise ProgramError("the two branches of If are of different sorts")
    if yes.sorts == (BOOL,):
        return Value((f"(({condition} -> {yes.texts[0]}) and (not ({condition}) -> {no.texts[0]}))",), (BOOL,))
    return Value((f"ite({condition}, {yes.texts[0]}, {no.texts[0]})",), yes.sorts)


def _part(tree: Call, declared: Declared, scope: Scope) -> Value:
    whole, place = _value(tree.arguments[0], declared, scope), tree.arguments[1]
    if not isinstance(place, Numeral) or not place.value.isdigit() or int(place.value) >= len(whole.texts):
        raise ProgramError(f"expected the number of one of {len(whole.texts)} parts in square brackets")
    number = int(place.value)
    return Value((whole.texts[number],), (whole.sorts[number],))


def _member(tree: Call, declared: Declared, scope: Scope) -> Value:
    one = _value(tree.arguments[0], declared, scope)
    listed = tree.arguments[1]
    if not isinstance(listed, Several):
        raise ProgramError("expected a list after in")
    cases = [_compared("==", one, _value(item, declared, scope), declared).texts[0] for item in listed.items]
    return _connected("Or", cases)


def _arithmetic(name: str, values: Sequence[Value], declared: Declared) -> Value:
    for value in values:
        if len(value.sorts) != 1 or value.sorts[0] not in declared.numeric:
            raise ProgramError(f"{name} takes numbers, not elements of {' and '.join(value.sorts)}")
    parts = [value.texts[0] for value in values]
    if name == "neg":
        return Value((f"(-{parts[0]})",), (INT,))
    if name in ("Abs", "abs"):
        return Value((f"ite({parts[0]} >= 0, {parts[0]}, -({parts[0]}))",), (INT,))
    return Value((f"({f' {name} '.join(parts)})",), (INT,))


def _quantified(tree: Call, declared: Declared, scope: Scope) -> Value:
    if tree.name == "Distinct" and len(tree.arguments) == 1 and isinstance(tree.arguments[0], Several):
        return _distinct([_value(one, declared, scope) for one in tree.arguments[0].items], declared)
    bounds = tree.arguments[0] if len(tree.arguments) == 2 else None
    if not isinstance(bounds, Several):
        raise ProgramError(f"{tree.name} takes a list of variables with sorts, and a formula")
    body = tree.arguments[1]
    values = [_value(body, declared, inner) for inner in _scopes(bounds, declared, scope)]
    if tree.name == "Distinct":
        return _distinct(values, declared)
    wanted = BOOL if tree.name in ("ForAll", "Exists", "Count") else INT
    for value in values:
        fitting = {BOOL} if wanted == BOOL else declared.numeric
        if len(value.sorts) != 1 or value.sorts[0] not in fitting:
            raise ProgramError(f"{tree.name} is over {' and '.join(value.sorts)}, not over {wanted}")
    parts = [value.texts[0] for value in values]
    if tree.name == "Count":
        parts = [f"ite({part}, 1, 0)" for part in parts]
    if tree.name in ("Count", "Sum"):
        return Value((f"({' + '.join(parts) or '0'})",), (INT,))
    return _connected("And" if tree.name == "ForAll" else "Or", parts)


def _scopes(bounds: Several, declared: Declared, scope: Scope) -> list[Scope]:
    """Return the scopes in which each variable stands for one element of its sort."""
    names, choices = [], []
    for one in bounds.items:
        if not isinstance(one, Bound):
            raise ProgramError("expected variables with their sorts, such as [x:people]")
        if one.sort not in declared.sorts:
            raise ProgramError(f"it uses the sort {one.sort}, which it does not declare")
        names.append(one.variable)
        choices.append([(element, one.sort) for element in declared.sorts[one.sort]])
    found: list[Scope] = []
    for elements in product(*choices):
        declared.cases += 1
        if declared.cases > MOST_CASES:
            raise ProgramError(f"a formula has more than {MOST_CASES} cases")
        found.append({**scope, **dict(zip(names, elements, strict=True))})
    return found


def _distinct(values: Sequence[Value], declared: Declared) -> Value:
    pairs = [_compared("!=", one, other, declared).texts[0] for one, other in combinations(values, 2)]
    return _connected("And", pairs)
