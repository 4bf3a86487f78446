"""abduce: a neuro-symbolic reasoning engine.

Three lines train a machine and ask it:

    task = abduce.load_task("scan", split="length")
    machine = abduce.Machine(); machine.fit(task.train)
    machine(("jump", "twice")).value

Names are loaded when first used, so that importing abduce is cheap.

Glossary: a *symbol* is what an input is taken to be; a *lattice* holds per-position distributions over symbols; a
*signature* says how many arguments a symbol takes, on which sides and of which types; a *meaning* is a signature and
a program; a *mark* is a symbol whose value is itself; *deduction* evaluates a tree, *abduction* finds the hidden tree
that explains an answer, *induction* finds a program from examples.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from abduce.values import UNDEFINED, Example

if TYPE_CHECKING:
    from abduce.datasets import Task, load_pairs, load_task
    from abduce.reasoning.learning.machine import Machine, Prediction, Report
    from abduce.reasoning.learning.primitives import Primitive
    from abduce.reasoning.queries.engine import Engine
    from abduce.reasoning.queries.verdicts import Result, Verdict

__version__ = "0.1.0"
__all__ = [
    "UNDEFINED",
    "Engine",
    "Example",
    "Machine",
    "Prediction",
    "Primitive",
    "Report",
    "Result",
    "Task",
    "Verdict",
    "load_pairs",
    "load_task",
]

_PLACES = {
    "Engine": "abduce.reasoning.queries.engine",
    "Machine": "abduce.reasoning.learning.machine",
    "Prediction": "abduce.reasoning.learning.machine",
    "Primitive": "abduce.reasoning.learning.primitives",
    "Report": "abduce.reasoning.learning.machine",
    "Result": "abduce.reasoning.queries.verdicts",
    "Task": "abduce.datasets",
    "Verdict": "abduce.reasoning.queries.verdicts",
    "load_pairs": "abduce.datasets",
    "load_task": "abduce.datasets",
}


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module 'abduce' has no attribute {name!r}")
