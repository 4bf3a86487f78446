"""Python code for one shape: nested loops over rows and indexes, written once and filled for every rule of the shape.

No text of a user is ever part of the code: names and constants are values that it is given, and what it is made of
are the numbers of a shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from abduce.reasoning.rules import arithmetic
from abduce.reasoning.rules.ground import Compound
from abduce.reasoning.rules.joins import needed_variables, ordered, solvable, variables
from abduce.reasoning.rules.shapes import Conjunction, Literal, Shape

BUDGET = 20_000
"""How many rows are looked at between two looks at the clock."""
MAXIMUM_LOOPS = 12
"""Python nests no more than 20 blocks in one function."""
CALL_COST = 20


class Table(NamedTuple):
    """What code needs of a relation: an index, or all its rows.

    Attributes:
        slot: The predicate's slot in the rule; -1 for the head.
        arity: Number of columns.
        key: Positions that are looked up.
        values: Positions that are wanted; with no key and all values, or the other way round, the rows themselves.
    """

    slot: int
    arity: int
    key: tuple[int, ...] = ()
    values: tuple[int, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether the rows themselves will do."""
        count = max(len(self.key), len(self.values))
        return (not self.key or not self.values) and (count == self.arity or (not self.key and not self.values))


class Unit(NamedTuple):
    """Code for a shape.

    Attributes:
        make: Called with a check of limits, a meter, tables and constants; returns the function.
        tables: The tables that it wants, in order.
    """

    make: Callable[..., Callable[..., Any]]
    tables: tuple[Table, ...]


@dataclass(slots=True)
class _Block:
    """A function under construction.

    Attributes:
        kind: `insert` adds conclusions to `out`, `answers` yields, `exists` returns a truth value, `collect` adds to
            the set of an aggregate.
        emitted: Operands of what it adds or yields.
    """

    kind: str
    header: str
    emitted: tuple[int, ...]
    needed: set[int]
    bound: set[int]
    lines: list[str] = field(default_factory=list)
    loops: int = 0

    def add(self, line: str) -> None:
        self.lines.append("    " * (self.loops + 2) + line)

    @property
    def skip(self) -> str:
        """How to go on with the next row."""
        return "continue" if self.loops else ("return False" if self.kind == "exists" else "return")

    @property
    def extra(self) -> str:
        """Parameters that functions carved out of this one need as well."""
        return {"insert": "out, now", "collect": "found"}.get(self.kind, "")


def _name(operand: int) -> str:
    return f"v{operand}" if operand >= 0 else f"k{-1 - operand}"


def _tuple(names: Iterable[str]) -> str:
    listed = list(names)
    return f"({', '.join(listed)}{',' if len(listed) == 1 else ''})"


def _key(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else _tuple(names)


class _Emitter:
    """Writes the functions of one unit."""

    def __init__(self) -> None:
        self.tables: dict[Table, str] = {}
        self.functions: list[str] = []
        self.count = 0

    def fresh(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def table(self, slot: int, arity: int, key: Sequence[int] = (), values: Sequence[int] = ()) -> str:
        return self.tables.setdefault(Table(slot, arity, tuple(key), tuple(values)), f"t{len(self.tables)}")

    def conjunction(self, block: _Block, steps: Sequence[Literal], driven: bool = False) -> None:
        """Write the steps and what follows them; every loop goes one level deeper."""
        for number, step in enumerate(steps):
            if driven and number == 0:
                self._drive(block, step)
                continue
            if step[0] == "p" and self._carved(block, steps[number:]):
                return self._close(block)
            getattr(self, f"_step_{step[0]}")(block, step)
        self._finish(block)
        self._close(block)

    def _close(self, block: _Block) -> None:
        if block.kind == "exists":
            block.lines.append("        return False")
        start = ["        left = BUDGET"] if block.kind in ("insert", "answers") else []
        self.functions.append("\n".join([f"    def {block.header}:", *start, *block.lines]))

    def _finish(self, block: _Block) -> None:
        row = _tuple(_name(operand) for operand in block.emitted)
        if block.kind == "insert":
            block.add(f"row = {row}")
            block.add(f"if row not in {self.table(-1, len(block.emitted))}: out[row] = now")
        else:
            block.add({"answers": f"yield {row}", "exists": "return True"}.get(block.kind, f"found[{row}] = None"))

    def _carved(self, block: _Block, rest: Sequence[Literal]) -> bool:
        """Put the rest into a function of its own where only its existence matters, or where loops are too many."""
        literal = rest[0]
        if all(v in block.bound or v not in block.needed for v in variables(literal)):
            return False
        existential = block.kind != "exists" and all(o < 0 or o in block.bound for o in block.emitted)
        if not existential and block.loops < MAXIMUM_LOOPS:
            return False
        used = {v for step in rest for v in variables(step)} | (set() if existential else set(block.emitted))
        names = [_name(v) for v in sorted(used & block.bound) if v >= 0]
        kind = "exists" if existential else block.kind
        parameters = ", ".join(filter(None, [*names, "" if existential else block.extra]))
        function = f"{self.fresh('part')}({parameters})"
        inner = _Block(kind, function, () if existential else block.emitted, block.needed, set(block.bound))
        self.conjunction(inner, rest)
        if kind == "exists":
            block.add(f"if not {function}: {block.skip}")
            if existential:
                self._finish(block)
            else:
                block.add("return True")
        else:
            block.add(f"yield from {function}" if kind == "answers" else function)
        return True

    def _drive(self, block: _Block, literal: Literal) -> None:
        names, tests = self._targets(block, literal[2], range(len(literal[2])))
        block.add(f"for {_tuple(names) if names else '_'} in delta:")
        self._loop(block, tests)

    def _loop(self, block: _Block, tests: Sequence[str]) -> None:
        block.loops += 1
        for test in tests:
            block.add(f"if {test}: continue")

    def _targets(self, block: _Block, operands: Sequence[int], positions: Iterable[int]) -> tuple[list[str], list[str]]:
        """Return names to unpack columns into, and tests that must fail; binds the variables."""
        names, tests = [], []
        for position in positions:
            operand = operands[position]
            if operand >= 0 and operand not in block.needed:
                names.append("_")
            elif operand < 0 or operand in block.bound:
                temporary = self.fresh("x")
                names.append(temporary)
                tests.append(f"{temporary} != {_name(operand)}")
            else:
                names.append(_name(operand))
                block.bound.add(operand)
        return names, tests

    def _charge(self, block: _Block, rows: str) -> None:
        if block.kind in ("insert", "answers"):
            block.add(f"left -= len({rows}) + 1")
            block.add(f"if left < 0: left = check({'len(out)' if block.kind == 'insert' else '0'})")
        else:
            block.add(f"meter(len({rows}) + 1)")

    def _step_p(self, block: _Block, literal: Literal) -> None:
        _, slot, operands = literal
        arity = len(operands)
        key = [i for i, o in enumerate(operands) if o < 0 or o in block.bound]
        values = [i for i, o in enumerate(operands) if i not in set(key) and o in block.needed]
        table = self.table(slot, arity, key, values)
        found = _key([_name(operands[i]) for i in key]) if key else ""
        if not values:
            whole = Table(slot, arity, tuple(key)).plain and key
            wanted = _tuple(_name(operands[i]) for i in key) if whole else found
            block.add(f"if {wanted} not in {table}: {block.skip}" if key else f"if not {table}: {block.skip}")
            return
        names, tests = self._targets(block, operands, values)
        rows = table
        if key:
            rows = self.fresh("b")
            block.add(f"{rows} = {table}.get({found})")
            block.add(f"if not {rows}: {block.skip}")
        self._charge(block, rows)
        single = len(values) == 1 and not (not key and arity == 1)
        block.add(f"for {names[0] if single else _tuple(names)} in {rows}:")
        self._loop(block, tests)

    def _step_n(self, block: _Block, literal: Literal) -> None:
        _, slot, operands = literal
        key = [i for i, o in enumerate(operands) if o is not None]
        table = self.table(slot, len(operands), key)
        names = [_name(operands[i]) for i in key]
        whole = len(key) == len(operands)
        block.add(f"if {(_tuple(names) if whole else _key(names)) + ' in ' if key else ''}{table}: {block.skip}")

    def _step_c(self, block: _Block, literal: Literal) -> None:
        _, op, left, right = literal
        unbound = [o for o in (left, right) if o >= 0 and o not in block.bound]
        if unbound:
            other = right if unbound[0] == left else left
            block.add(f"{_name(unbound[0])} = {_name(other)}")
            block.bound.add(unbound[0])
        elif op in ("=", "!="):
            block.add(f"if {_name(left)} {'!=' if op == '=' else '=='} {_name(right)}: {block.skip}")
        else:
            block.add("try:")
            block.add(f"    if not {_name(left)} {op} {_name(right)}: {block.skip}")
            block.add(f"except TypeError: {block.skip}")

    def _step_o(self, block: _Block, literal: Literal) -> None:
        _, op, result, left, right = literal
        target = solvable(literal, block.bound)
        names = [_name(left), _name(right)]
        if target is not None and target != result:
            if op == "+":
                op, names = "-", [_name(result), names[1] if target == left else names[0]]
            elif target == left:
                op, names = "+", [_name(result), names[1]]
            else:
                names = [names[0], _name(result)]
        value = self.fresh("x") if target is None else _name(target)
        self._calculated(block, op, value, names)
        if target is None:
            block.add(f"if {value} != {_name(result)}: {block.skip}")
        else:
            block.bound.add(target)

    def _calculated(self, block: _Block, op: str, value: str, names: Sequence[str]) -> None:
        block.add("try:")
        if op in "+-":
            block.add(f"    {value} = {names[0]} {op} {names[1]}")
            block.add(f"    if {value}.__class__ is not int: {value} = settle({value})")
        else:
            block.add(f"    {value} = OPERATIONS[{op!r}]({names[0]}, {names[1]})")
        block.add(f"except UNDEFINED: {block.skip}")
        if op not in "+-" and block.kind in ("insert", "answers"):
            block.add(f"left -= {CALL_COST}")
            block.add(f"if left < 0: left = check({'len(out)' if block.kind == 'insert' else '0'})")
        elif op not in "+-":
            block.add(f"meter({CALL_COST})")

    def _step_f(self, block: _Block, literal: Literal) -> None:
        _, result, function, operands = literal
        if result >= 0 and result not in block.bound:
            block.add(f"{_name(result)} = Compound({_name(function)}, {_tuple(map(_name, operands))})")
            block.bound.add(result)
            return
        name = _name(result)
        same = f"{name}.__class__ is Compound and {name}.name == {_name(function)}"
        block.add(f"if not ({same} and len({name}.arguments) == {len(operands)}): {block.skip}")
        names, tests = self._targets(block, operands, range(len(operands)))
        block.add(f"{_tuple(names)} = {name}.arguments")
        for test in tests:
            block.add(f"if {test}: {block.skip}")

    def _step_g(self, block: _Block, literal: Literal) -> None:
        _, kind, result, outer, choices = literal
        names = [_name(v) for v in outer]
        memo, function = self.fresh("memo"), self.fresh("aggregate")
        inner = [self._collector(outer, terms, body) for terms, body in choices]
        lines = [f"    {memo} = {{}}", f"    def {function}{_tuple(names)}:", "        found = {}"]
        lines += [f"        {call}" for call in inner]
        lines += [
            f"        try: return AGGREGATES[{kind!r}]({'found' if kind == 'count' else '[r[0] for r in found]'})"
        ]
        lines += ["        except UNDEFINED: return None"]
        self.functions.append("\n".join(lines))
        value = self.fresh("x")
        block.add(f"key = {_tuple(names)}")
        block.add(f"{value} = {memo}.get(key, {memo})")
        block.add(f"if {value} is {memo}: {value} = {memo}[key] = {function}(*key)")
        block.add(f"if {value} is None: {block.skip}")
        if result >= 0 and result not in block.bound:
            block.add(f"{_name(result)} = {value}")
            block.bound.add(result)
        else:
            block.add(f"if {value} != {_name(result)}: {block.skip}")

    def _collector(self, outer: Sequence[int], terms: tuple[int, ...], body: Conjunction) -> str:
        call = f"{self.fresh('collect')}({', '.join([*map(_name, outer), 'found'])})"
        steps, _, _ = ordered(body, outer, terms)
        needed = needed_variables(body, terms) | set(outer)
        self.conjunction(_Block("collect", call, terms, needed, set(outer)), steps)
        return call


_GIVEN: dict[str, Any] = {
    "BUDGET": BUDGET,
    "Compound": Compound,
    "settle": arithmetic.settle,
    "OPERATIONS": arithmetic.OPERATIONS,
    "UNDEFINED": arithmetic.UNDEFINED,
    "AGGREGATES": arithmetic.AGGREGATES,
}


def _compiled(emitter: _Emitter, constants: int) -> Unit:
    tables = _tuple(emitter.tables.values()) if emitter.tables else "()"
    names = _tuple(f"k{number}" for number in range(constants)) if constants else "()"
    lines = ["def make(check, meter, tables, constants):"]
    lines += [f"    {tables} = tables"] if emitter.tables else []
    lines += [f"    {names} = constants"] if constants else []
    lines += [*emitter.functions, "    return run"]
    space: dict[str, Any] = {"__builtins__": {"len": len, "int": int, "TypeError": TypeError}, **_GIVEN}
    exec(compile("\n".join(lines), "<rule>", "exec"), space)  # only numbers of a shape are in this text
    return Unit(space["make"], tuple(emitter.tables))


@lru_cache(maxsize=4096)
def inserting(shape: Shape, driver: int | None, constants: int) -> Unit:
    """Return code that adds the conclusions of a rule: `run(delta, out, now)`.

    Args:
        shape: The rule's shape; every variable of it must be bound by its body.
        driver: Number of the literal whose new rows are given as `delta`; None where no atom drives the rule.
        constants: How many constants rules of the shape have.
    """
    steps, _, _ = ordered(shape.body, (), shape.head, driver)
    emitter = _Emitter()
    block = _Block("insert", "run(delta, out, now)", shape.head, needed_variables(shape.body, shape.head), set())
    emitter.conjunction(block, steps, driver is not None)
    return _compiled(emitter, constants)


@lru_cache(maxsize=4096)
def answering(body: Conjunction, given: tuple[int, ...], emitted: tuple[int, ...], constants: int) -> Unit:
    """Return code that yields tuples of operands for which a body holds: `run(*values of the given variables)`."""
    steps, _, _ = ordered(body, given, emitted)
    emitter = _Emitter()
    header = f"run({', '.join(map(_name, given))})"
    block = _Block("answers", header, emitted, needed_variables(body, emitted) | set(given), set(given))
    emitter.conjunction(block, steps)
    return _compiled(emitter, constants)
