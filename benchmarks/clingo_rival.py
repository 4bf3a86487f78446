"""clingo, named rival for closures: installed into an environment that is thrown away, run in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

INSTALL_S, RUN_S = 300, 600
_PROGRAM = """
import json, sys, time
import clingo
edges = json.load(sys.stdin)
started = time.perf_counter()
control = clingo.Control()
facts = " ".join(f"edge({a},{b})." for a, b in edges)
control.add("base", [], facts + " path(X,Y) :- edge(X,Y). path(X,Z) :- edge(X,Y), path(Y,Z). #show path/2.")
control.ground([("base", [])])
found = []
with control.solve(yield_=True) as models:
    for model in models:
        found = [(one.arguments[0].number, one.arguments[1].number) for one in model.symbols(shown=True)]
print(json.dumps({"tuples": len(found), "seconds": time.perf_counter() - started, "version": clingo.__version__}))
"""


class UnavailableError(Exception):
    """clingo could not be installed; says why."""


class Clingo:
    """clingo in an environment of its own, from the beginning of a `with` block to its end.

    Raises:
        UnavailableError: It cannot be installed.
    """

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="abduce-rival-")
        try:
            home = Path(self._folder.name)
            venv.EnvBuilder(with_pip=True).create(home)
            self._python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
            self._checked([str(self._python), "-m", "pip", "install", "--quiet", "clingo"], INSTALL_S)
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    @staticmethod
    def _checked(command: list[str], limit_s: float) -> None:
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=limit_s)
        except subprocess.CalledProcessError as error:
            last = (error.stderr or error.stdout or "").strip().splitlines()[-1:]
            raise UnavailableError(f"clingo cannot be installed: {''.join(last) or error}") from error
        except subprocess.TimeoutExpired as error:
            raise UnavailableError(f"clingo was not installed within {limit_s} s") from error

    def closure(self, edges: Sequence[tuple[int, int]]) -> dict[str, Any]:
        """Return how many tuples the closure of some edges has, and the seconds that clingo took."""
        done = subprocess.run(
            [str(self._python), "-c", _PROGRAM],
            input=json.dumps(edges), capture_output=True, text=True, check=True, timeout=RUN_S,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(done.stdout)
        return found
