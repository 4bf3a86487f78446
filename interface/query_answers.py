"""What would have to be assumed for a question to follow, beside its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from abduce.query_output import result_text

if TYPE_CHECKING:
    from abduce.parser.statements import Query
    from abduce.reasoning.queries.engine import Engine
    from abduce.reasoning.queries.hypotheses import Hypotheses
    from abduce.reasoning.queries.verdicts import Result


def why_not(
    engine: Engine,
    goal: Query | str,
    hypotheses: Mapping[str, float] | None,
    *,
    reading: str | None = None,
    timeout_s: float | None = None,
    explain: bool = False,
) -> tuple[Result, Hypotheses]:
    """Return the answer to a question with the sets of hypotheses that would make it follow, and these.

    Raises:
        AbduceError: The question or a hypothesis cannot be read, or does not fit the premises.
    """
    found = engine.ask(goal, reading=reading, timeout_s=timeout_s, explain=explain)
    sets = engine.why_not(goal, hypotheses, reading=reading, timeout_s=timeout_s)
    return replace(found, hypotheses=sets.sets), sets


def why_not_text(found: Result, sets: Hypotheses, *, explain: bool = False) -> str:
    """Write an answer with what would have to be assumed."""
    return "\n".join([result_text(found, explain=explain), *(f"  {line}" for line in str(sets).splitlines())])
