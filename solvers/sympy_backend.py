"""Exact algebra by sympy, in a process of its own, as a computation in sympy can be neither bounded nor stopped."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import selectors
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from types import TracebackType
from typing import Any, Final, Self

from abduce.errors import UsageError
from abduce.solvers.algebra import DEFAULT_LIMITS, AlgebraOutcome, Problem, marks
from abduce.solvers.base import Algebraic, Limits, Reason

_SERVE: Final = "from abduce.solvers.sympy_worker import serve; serve()"
_LESS_S: Final = 0.05
"""How much earlier than the limit the other process is to answer by itself, in seconds."""
_POLL_S: Final = 0.03
"""How often to ask whether to stop, in seconds."""
_CLOSE: Final = Fraction(1, 10**25)


class SympyBackend:
    """A process that computes with sympy: started when it is first needed, ended where it takes too long.

    It may be shared between threads; problems are solved one after another.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()
        self._interrupted = False
        _ALL.add(self)

    def run(
        self,
        problem: Problem,
        limits: Limits = DEFAULT_LIMITS,
        *,
        interrupted: Callable[[], bool] | None = None,
    ) -> AlgebraOutcome:
        """Solve a problem; what a check refuted or could not confirm is not given.

        Args:
            problem: The problem.
            limits: Bounds on time and memory, the start of the process included.
            interrupted: Asked every few hundredths of a second whether to stop.

        Raises:
            UsageError: The problem makes no sense.

        Example:
            >>> from abduce.solvers.algebra import problem
            >>> from abduce.solvers.terms import Op, REAL, Variable, number, operate
            >>> square = operate(Op.POWER, Variable("x", REAL), number(2))
            >>> with SympyBackend() as algebra:
            ...     algebra.run(problem("integrate", [square])).results
            ('x^3/3',)
        """
        answer, seconds = self._ask(
            {
                "command": problem.command,
                "arguments": [marks(argument) for argument in problem.arguments],
                "unknowns": problem.unknowns,
            },
            limits,
            interrupted,
        )
        return _outcome(answer, seconds)

    def radicals(self, value: Algebraic, limits: Limits = DEFAULT_LIMITS) -> str | None:
        """Return an algebraic number in radicals; None where there are none, or they are not found in time.

        What sympy finds is compared with bounds on the root that our own arithmetic computes.
        """
        from abduce.solvers.algebraic import exact, rational_bounds

        asked = {"command": "radicals", "coefficients": value.coefficients, "index": value.index}
        answer, _ = self._ask(asked, limits)
        if "results" not in answer:
            return None
        shown, decimals = answer["results"]
        low, high = rational_bounds(exact(value), _CLOSE)
        return str(shown) if low - _CLOSE <= Fraction(decimals) <= high + _CLOSE else None

    def interrupt(self) -> None:
        """Stop what is being computed, from another thread; it answers `INTERRUPTED`."""
        self._interrupted = True
        process = self._process
        if process is not None and self._turn.locked():
            process.kill()

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(
        self, problem: Mapping[str, Any], limits: Limits, interrupted: Callable[[], bool] | None = None
    ) -> tuple[Mapping[str, Any], float]:
        started = time.monotonic()
        until = started + limits.timeout_s
        if not self._turn.acquire(timeout=max(limits.timeout_s, 0)):
            return {"reason": "timeout"}, time.monotonic() - started
        try:
            self._interrupted = False
            process = self._running()
            left_s = max(until - time.monotonic() - _LESS_S, _LESS_S)
            sent = {**problem, "timeout_s": left_s, "memory_mb": limits.memory_mb}
            answer = self._exchange(process, json.dumps(sent).encode() + b"\n", until, interrupted)
        except BaseException:  # a signal handler raised in the wait: whatever runs there is of no use any more
            self.close()
            raise
        finally:
            self._turn.release()
        return answer, time.monotonic() - started

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            places = os.pathsep.join(place for place in sys.path if place)
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _SERVE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": places},
                bufsize=0,
            )
        return self._process

    def _exchange(
        self, process: subprocess.Popen[bytes], line: bytes, until: float, interrupted: Callable[[], bool] | None
    ) -> Mapping[str, Any]:
        assert process.stdin is not None and process.stdout is not None
        found = bytearray()
        with contextlib.suppress(BrokenPipeError):  # it has ended: the end of its output says so
            process.stdin.write(line)
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not found.endswith(b"\n"):
                left_s = until - time.monotonic()
                if left_s <= 0 or (interrupted is not None and interrupted()):
                    self.close()
                    return {"reason": "timeout" if left_s <= 0 else "interrupted"}
                if not selector.select(min(left_s, _POLL_S)):
                    continue
                chunk = os.read(process.stdout.fileno(), 65536)
                if not chunk:
                    self.close()
                    return {"reason": "interrupted" if self._interrupted else "memory"}
                found += chunk
        answer: Mapping[str, Any] = json.loads(found)
        return answer


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    process.wait()


def _outcome(answer: Mapping[str, Any], seconds: float) -> AlgebraOutcome:
    if "problem" in answer:
        raise UsageError(answer["problem"])
    reason = answer.get("reason")
    return replace(
        AlgebraOutcome(),
        results=tuple(answer.get("results", ())),
        solutions=tuple(answer.get("solutions", ())),
        note=answer.get("note", ""),
        complete=answer.get("complete"),
        verified=answer.get("verified", False),
        reason=None if reason is None else Reason(reason),
        refuted=answer.get("refuted", False),
        method=answer.get("method", ""),
        checked_by=answer.get("checked_by", ""),
        seconds=seconds,
    )


_ALL: weakref.WeakSet[SympyBackend] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for backend in list(_ALL):
        backend.close()
