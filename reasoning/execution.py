"""Evaluation of programs by a small stack machine: no Python recursion, and a budget of steps."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from abduce.reasoning.primitives import Library
from abduce.reasoning.programs import Bound, Call, Const, Function, Term, Var
from abduce.values import UNDEFINED, Value

BUDGET = 100_000

Instruction = tuple[str, Any]
Code = tuple[Instruction, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """A function value: a program, waiting for its arguments; equal only to itself.

    Attributes:
        body: The program; where `parameters` is 0 its `Bound(0)` is the argument, else its variables are.
        captured: Arguments and parameters in whose scope it was written.
        name: The symbol that it came from, for printing.
    """

    body: Term
    captured: tuple[tuple[Value, ...], tuple[Value, ...]] | None = None
    name: str = "function"

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
            case Call(name, arguments) if ready:
                code.append(("call", (name, len(arguments))))
            case Call(_, arguments):
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
                function, values = top.send(returned)
            except StopIteration as stop:
                frames.pop()
                returned = stop.value
                if returned is UNDEFINED:
                    return UNDEFINED
                if isinstance(frames[-1], Frame):
                    frames[-1].stack.append(returned)
                continue
            if isinstance(function, Native):
                returned = function.function(*values)
                if returned is UNDEFINED:
                    return UNDEFINED
            else:
                frames.append(_enter(function, values))
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
