"""Abduction as a query: the least sets of hypotheses that make a goal follow, each shown consistent.

Sets are found in rising order of weight, none of them contains another, and `complete` says whether they are all.
Where more premises can only make more follow, the search alternates between two sides: the lightest set that hits
every collection known to be needed is tried; where the goal does not follow, the set is enlarged as far as it still
does not, and what is left out of it is a new collection, of which every solution has a member. Under default negation
and aggregates, sets are tried one by one.

Source:
    A. Ignatiev, A. Morgado and J. Marques-Silva, Propositional abduction with implicit hitting sets, ECAI 2016.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol, TypeAlias

from abduce.errors import UsageError
from abduce.parser.pausing import watched
from abduce.parser.statements import Query
from abduce.reasoning.queries.hypothesis_oracles import ClassicalOracle, RulesOracle, Unknown
from abduce.reasoning.queries.stopping import Stopping
from abduce.reasoning.queries.verdicts import Hypothesis, Reading
from abduce.reasoning.queries.workspace import Workspace
from abduce.reasoning.rules.bounds import OutOfBounds
from abduce.solvers.base import Limits, Reason

Chosen: TypeAlias = frozenset[int]


class Oracle(Protocol):
    """Says what follows from premises with some hypotheses.

    Attributes:
        candidates: The hypotheses.
        is_monotone: Whether more hypotheses can only make more follow.
    """

    candidates: tuple[Hypothesis, ...]
    is_monotone: bool

    def follows(self, chosen: Chosen) -> bool:
        """Tell whether the goal follows; raises `Unknown` where that is not decided."""
        ...

    def is_consistent(self, chosen: Chosen) -> bool:
        """Tell whether the premises have a model with some hypotheses; raises `Unknown`."""
        ...

    def enlarged(self, chosen: Chosen) -> Chosen:
        """Return a superset from which the goal does not follow either, as large as is found."""
        ...

    def close(self) -> None:
        """Give solvers back."""
        ...


@dataclass(frozen=True, slots=True)
class Hypotheses:
    """What could be assumed.

    Attributes:
        goal: The goal's text.
        sets: Minimal sets, the lightest first; the empty one alone where the goal follows as it is.
        complete: Whether these are all of what is allowed.
        reason: Why they may not be all.
        allowed: The hypotheses that were allowed.
        seconds: Wall time.
        inconsistent: Whether the premises contradict each other, so that no set is consistent with them.
    """

    goal: str
    sets: tuple[tuple[Hypothesis, ...], ...]
    complete: bool
    reason: Reason | None
    allowed: tuple[Hypothesis, ...]
    seconds: float
    inconsistent: bool = False

    def __iter__(self) -> Iterator[tuple[Hypothesis, ...]]:
        return iter(self.sets)

    def __len__(self) -> int:
        return len(self.sets)

    def __getitem__(self, place: int) -> tuple[Hypothesis, ...]:
        return self.sets[place]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "goal": self.goal,
            "hypotheses": [[one.to_json() for one in chosen] for chosen in self.sets],
            "complete": self.complete,
            "reason": self.reason.value if self.reason else None,
            "seconds": round(self.seconds, 6),
            "inconsistent": self.inconsistent,
        }

    def __str__(self) -> str:
        goal = self.goal.strip().rstrip("?")
        if self.sets == ((),):
            return f"{goal} follows already"
        if self.inconsistent:
            return "the premises contradict each other, so anything follows already; explain says why"
        if not self.sets:
            said = "nothing that may be assumed makes" if self.complete else "nothing was found that makes"
            return f"{said} {goal} follow"
        lines = [f"{goal} would follow with"]
        for chosen in self.sets:
            weight = sum(one.weight for one in chosen)
            lines.append(f"  {' and '.join(one.add for one in chosen)}   (weight {weight:g})")
        if not self.complete:
            lines.append(f"  there may be others ({self.reason.value if self.reason else 'more were not asked for'})")
        return "\n".join(lines)

    def __rich__(self) -> str:
        return str(self).replace("[", r"\[")


def abduce(
    workspace: Workspace,
    goal: Query,
    hypotheses: Iterable[str] | Mapping[str, float] | None,
    reading: Reading,
    *,
    limits: Limits,
    stopping: Stopping,
    limit: int | None = None,
) -> Hypotheses:
    """Return the minimal sets of hypotheses that make a goal follow; see `Engine.why_not`.

    By default the allowed hypotheses are ground atoms over the constants of premises and goal, of weight 1 each: in
    the rule readings, of predicates that the goal depends on and no rule concludes (where there is none, of all that
    it depends on); in the classical reading, atoms that premises have as conditions, and negations of those that they
    have as conclusions. The goal itself is not among them.

    Raises:
        UsageError: A weight is not positive.
        ParseError, SortError: A hypothesis cannot be read, or does not fit.
    """
    started = time.perf_counter()
    weights = _weights(hypotheses)
    clock = _Clock(limits, stopping)
    oracle: Oracle
    try:
        with watched(clock.look):
            if reading is Reading.CLASSICAL:
                oracle = ClassicalOracle(workspace, goal, weights, clock)
            else:
                oracle = RulesOracle(workspace, goal, weights, clock)
    except OutOfBounds as stop:
        return Hypotheses(goal.source.text, (), False, stop.reason, (), time.perf_counter() - started)
    try:
        search = _Search(oracle, clock, limit)
        with watched(clock.look):
            found = search.run()
            inconsistent = not found and search.is_contradictory()
    finally:
        oracle.close()
    sets = tuple(tuple(oracle.candidates[one] for one in sorted(chosen)) for chosen in found)
    seconds = time.perf_counter() - started
    complete = search.complete and not oracle_is_cut(oracle)
    reason = search.reason or (None if complete or search.enough else Reason.INCOMPLETE)
    return Hypotheses(goal.source.text, sets, complete, reason, oracle.candidates, seconds, inconsistent)


def oracle_is_cut(oracle: Oracle) -> bool:
    """Tell whether there were more default hypotheses than were allowed."""
    return bool(getattr(oracle, "is_cut", False))


def _weights(hypotheses: Iterable[str] | Mapping[str, float] | None) -> dict[str, float] | None:
    if hypotheses is None:
        return None
    if isinstance(hypotheses, str):
        hypotheses = [hypotheses]
    weights = dict(hypotheses) if isinstance(hypotheses, Mapping) else dict.fromkeys(hypotheses, 1)
    for text, weight in weights.items():
        if not weight > 0 or weight == float("inf"):
            raise UsageError(f"a weight must be a positive number; {text!r} has {weight}")
    return weights


class _Clock:
    """The time that is left, and a wish to stop."""

    def __init__(self, limits: Limits, stopping: Stopping) -> None:
        self._until = time.monotonic() + limits.timeout_s
        self._memory_mb, self.stopping = limits.memory_mb, stopping

    def look(self) -> None:
        """Go on where there is time.

        Raises:
            OutOfBounds: There is none.
        """
        try:
            self.limits()
        except Unknown as stop:
            raise OutOfBounds(stop.reason) from None

    def limits(self) -> Limits:
        """Return the limits on what comes next.

        Raises:
            Unknown: The time is up.
        """
        left_s = self._until - time.monotonic()
        if self.stopping.requested():
            raise Unknown(Reason.INTERRUPTED)
        if left_s <= 0:
            raise Unknown(Reason.TIMEOUT)
        return Limits(left_s, self._memory_mb)


class _Search:
    """Sets of hypotheses in rising order of weight."""

    def __init__(self, oracle: Oracle, clock: _Clock, limit: int | None) -> None:
        self.oracle, self.clock, self.limit = oracle, clock, limit
        self.complete, self.enough = True, False
        self.reason: Reason | None = None
        self._found: list[Chosen] = []
        self._barred: list[Chosen] = []
        self._needed: list[Chosen] = []
        self._order = count()
        self._pending: list[tuple[float, int, int, Chosen, Chosen]] = []
        weights = [one.weight for one in oracle.candidates]
        self._ranked = sorted(range(len(weights)), key=lambda one: (weights[one], one))

    def run(self) -> list[Chosen]:
        try:
            self._push(frozenset(), frozenset())
            while self._pending:
                _, _, _, chosen, without = heapq.heappop(self._pending)
                self.clock.limits()
                if any(one <= chosen for one in (*self._found, *self._barred)):
                    continue
                open_one = next((needed for needed in self._needed if not needed & chosen), None)
                if open_one is not None:
                    self._branch(chosen, without, open_one)
                    continue
                if self._try(chosen, without) and self.limit is not None and len(self._found) >= self.limit:
                    self.complete, self.enough = not self._pending, True
                    break
        except (Unknown, OutOfBounds) as stop:
            self.complete, self.reason = False, stop.reason
        return self._found

    def is_contradictory(self) -> bool:
        """Tell whether the premises alone are known to have no model."""
        try:
            return not self.oracle.is_consistent(frozenset())
        except (Unknown, OutOfBounds):
            return False

    def _push(self, chosen: Chosen, without: Chosen) -> None:
        weight = sum(self.oracle.candidates[one].weight for one in chosen)
        heapq.heappush(self._pending, (weight, len(chosen), next(self._order), chosen, without))

    def _branch(self, chosen: Chosen, without: Chosen, needed: Chosen) -> None:
        """Go on with each member of what is needed, the later ones without the earlier ones."""
        for one in self._ranked:
            if one in needed and one not in without:
                self._push(chosen | {one}, without)
                without |= {one}

    def _try(self, chosen: Chosen, without: Chosen) -> bool:
        """Try a set; tell whether it is a solution."""
        everything = frozenset(range(len(self.oracle.candidates)))
        try:
            follows = self.oracle.follows(chosen)
            if (follows or not self.oracle.is_monotone) and not self.oracle.is_consistent(chosen):
                self._bar(chosen, without, everything)
                return False
            if follows:
                self._found.append(chosen)
                return True
            larger = self.oracle.enlarged(chosen) if self.oracle.is_monotone else chosen
        except Unknown as trouble:
            if trouble.reason is not Reason.INCOMPLETE:
                raise
            self.complete, self.reason = False, trouble.reason
            larger = chosen
        if self.oracle.is_monotone and larger != chosen:
            self._needed.append(everything - larger)
            self._push(chosen, without)
        else:
            self._branch(chosen, without, everything - chosen)
        return False

    def _bar(self, chosen: Chosen, without: Chosen, everything: Chosen) -> None:
        """No superset of a contradictory set is consistent; where defaults may give way, only the set itself is out."""
        if self.oracle.is_monotone:
            self._barred.append(chosen)
        else:
            self._branch(chosen, without, everything - chosen)
