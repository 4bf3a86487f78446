"""Evaluation of programs by a small stack machine: no Python recursion, and a budget of steps."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeAlias

from abduce.reasoning.learning.primitives import CLOSED_FORMS, Library
from abduce.reasoning.learning.programs import Bound, Call, Const, Definition, Function, Term, Use, Var, subterms
from abduce.values import UNDEFINED, FunctionType, Value

BUDGET = 100_000
DEEPEST_DIRECT = 60

Instruction = tuple[str, Any]
Code = tuple[Instruction, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """A function value: a program, waiting for its arguments; equal only to itself.

    Attributes:
        body: The program; where `parameters` is 0 its `Bound(0)` is the argument, else its variables are.
        captured: Arguments and parameters in whose scope it was written.
        name: The symbol that it came from, for printing.
        kind: Its type, where it is the value of a constituent.
    """

    body: Term
    captured: tuple[tuple[Value, ...], tuple[Value, ...]] | None = None
    name: str = "function"
    kind: FunctionType | None = None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, eq=False)
class Native:
    """A function value written in Python, by the user."""

    function: Callable[..., Value]
    name: str = "function"

    def __str__(self) -> str:
        return self.name


@lru_cache(maxsize=65536)
def compile_term(term: Term) -> Code:
    """Return a term as postfix instructions."""
    code: list[Instruction] = []
    pending: list[tuple[Term, bool]] = [(term, False)]
    while pending:
        current, ready = pending.pop()
        match current:
            case Call("if", (_, first, second)) if ready:
                code.append(("choose", (first, second)))
            case Call("if", (condition, _, _)):
                pending.extend(((current, True), (condition, False)))
            case Use(definition, arguments) if ready:
                code.append(("use", (definition, len(arguments))))
            case Call(name, arguments) if ready:
                code.append(("call", (name, len(arguments))))
            case Call(_, arguments) | Use(_, arguments):
                pending.append((current, True))
                pending.extend((part, False) for part in reversed(arguments))
            case Const(value):
                code.append(("push", value))
            case Var(index):
                code.append(("var", index))
            case Bound(depth):
                code.append(("bound", depth))
            case Function(body):
                code.append(("function", body))
    return tuple(code)


Direct: TypeAlias = Callable[[tuple[Value, ...]], Value]


@lru_cache(maxsize=65536)
def direct(term: Term, library: Library) -> Direct | None:
    """Return a program as a Python function of its arguments; None where it calls functions or is too deep.

    Such a program is as long as it is large, and needs no budget. Programs that it uses run as their closed forms.
    """
    built: dict[int, tuple[Direct, int]] = {}
    for part in reversed(list(subterms(term))):
        found = _direct(part, built, library)
        if found is None or found[1] > DEEPEST_DIRECT:
            return None
        built[id(part)] = found
    return built[id(term)][0]


def _direct(part: Term, built: dict[int, tuple[Direct, int]], library: Library) -> tuple[Direct, int] | None:
    match part:
        case Const(value):
            return (lambda arguments: value), 1
        case Var(index):
            return itemgetter(index), 1
        case Call("if", parts):
            below = [built[id(argument)] for argument in parts]
            return _chosen(*(function for function, _ in below)), 1 + max(depth for _, depth in below)
        case Call(name, parts) if len(parts) in (1, 2, 3) and not library.by_name[name].higher:
            below = [built[id(argument)] for argument in parts]
            functions = tuple(function for function, _ in below)
            return _called(library.by_name[name].compute, functions), 1 + max(depth for _, depth in below)
        case Use(Definition(closed=closed), parts) if closed is not None and len(parts) in (1, 2, 3):
            below = [built[id(argument)] for argument in parts]
            function = direct(closed, CLOSED_FORMS)
            if function is not None:
                used = _called(_of_naturals(function), tuple(inner for inner, _ in below))
                return used, 2 + max(depth for _, depth in below)
    return None


def _chosen(condition: Direct, first: Direct, second: Direct) -> Direct:
    """Return a conditional; only the branch that is chosen need have a value."""

    def chosen(arguments: tuple[Value, ...]) -> Value:
        holds = condition(arguments)
        return holds if holds is UNDEFINED else first(arguments) if holds else second(arguments)

    return chosen


def _of_naturals(function: Direct) -> Callable[..., Value]:
    """Return a closed form as a function of its arguments: it says nothing about negative ones."""

    def used(*values: int) -> Value:
        return function(values) if min(values) >= 0 else UNDEFINED

    return used


def _called(compute: Callable[..., Value], functions: tuple[Direct, ...]) -> Direct:
    """Return a call of a primitive on computed arguments; undefined where one of them is."""
    if len(functions) == 1:
        (only,) = functions

        def unary(arguments: tuple[Value, ...]) -> Value:
            value = only(arguments)
            return UNDEFINED if value is UNDEFINED else compute(value)

        return unary
    if len(functions) == 2:
        first, second = functions

        def binary(arguments: tuple[Value, ...]) -> Value:
            left = first(arguments)
            if left is UNDEFINED:
                return UNDEFINED
            right = second(arguments)
            return UNDEFINED if right is UNDEFINED else compute(left, right)

        return binary

    def several(arguments: tuple[Value, ...]) -> Value:
        values = [function(arguments) for function in functions]
        return UNDEFINED if UNDEFINED in values else compute(*values)

    return several


@dataclass(slots=True)
class Frame:
    """A program under evaluation."""

    code: Code
    arguments: tuple[Value, ...]
    bound: tuple[Value, ...]
    at: int
    stack: list[Value]


def evaluate(term: Term, arguments: tuple[Value, ...], library: Library, *, budget: int = BUDGET) -> Value:
    """Return the value of a program, or `UNDEFINED`.

    Args:
        term: The program.
        arguments: Values of its variables.
        library: The primitives it may call.
        budget: How many instructions may run; after that the value is `UNDEFINED`.
    """
    function = direct(term, library)
    if function is not None:
        return function(arguments)
    frames: list[Frame | Generator[Any, Value, Value]] = [Frame(compile_term(term), arguments, (), 0, [])]
    returned: Value = None
    steps = 0
    while frames:
        top = frames[-1]
        steps += 1
        if steps > budget:
            return UNDEFINED
        if isinstance(top, Frame):
            finished, returned, request, taken = _run(top, library)
            steps += taken
            if finished:
                frames.pop()
                if returned is UNDEFINED:
                    return UNDEFINED
                if frames and isinstance(frames[-1], Frame):
                    frames[-1].stack.append(returned)
            else:
                frames.append(request)
                returned = None
        else:
            try:
                called, values = top.send(returned)
            except StopIteration as stop:
                frames.pop()
                returned = stop.value
                if returned is UNDEFINED:
                    return UNDEFINED
                if isinstance(frames[-1], Frame):
                    frames[-1].stack.append(returned)
                continue
            if isinstance(called, Native):
                returned = called.function(*values)
                if returned is UNDEFINED:
                    return UNDEFINED
            else:
                frames.append(_enter(called, values))
    return returned


def _enter(function: Closure, values: tuple[Value, ...]) -> Frame:
    if function.captured is None:
        return Frame(compile_term(function.body), values, (), 0, [])
    arguments, bound = function.captured
    return Frame(compile_term(function.body), arguments, (*reversed(values), *bound), 0, [])


def _run(frame: Frame, library: Library) -> tuple[bool, Value, Any, int]:
    """Run one program until it ends or needs a function called: (ended, value, generator, steps)."""
    code, stack, start = frame.code, frame.stack, frame.at
    for at in range(start, len(code)):
        kind, data = code[at]
        if kind == "push":
            stack.append(data)
        elif kind == "var":
            stack.append(frame.arguments[data])
        elif kind == "bound":
            stack.append(frame.bound[data])
        elif kind == "function":
            stack.append(Closure(data, (frame.arguments, frame.bound)))
        elif kind == "choose":
            branch = data[0] if stack.pop() else data[1]
            frame.at = at + 1
            return False, None, Frame(compile_term(branch), frame.arguments, frame.bound, 0, []), at - start
        elif kind == "use":
            definition, count = data
            taken = tuple(stack[len(stack) - count :])
            del stack[len(stack) - count :]
            if definition.closed is None:
                frame.at = at + 1
                return False, None, Frame(compile_term(definition.program), taken, (), 0, []), at - start
            value = evaluate(definition.closed, taken, CLOSED_FORMS) if min(taken) >= 0 else UNDEFINED
            if value is UNDEFINED:
                return True, UNDEFINED, None, at - start
            stack.append(value)
        else:
            name, count = data
            values = stack[len(stack) - count :]
            del stack[len(stack) - count :]
            primitive = library.by_name[name]
            if primitive.higher:
                frame.at = at + 1
                return False, None, primitive.compute(*values), at - start
            value = primitive.compute(*values)
            if value is UNDEFINED:
                return True, UNDEFINED, None, at - start
            stack.append(value)
    return True, stack.pop(), None, len(code) - start
