"""All values that terms can take together, one after the other, with a truthful word on whether these are all.

The space is cut into regions. In a region answers are found one by one, each excluded by a clause; once there are
many, the region is cut in two at a value in their middle and each half goes on with its own, so that no check carries
more than a constant number of clauses. Along an integer, blocks are tried: where no value in a block falsifies the
formulas, all of them are answers, found in one check.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from abduce.errors import UsageError
from abduce.solvers.algebraic import CannotTell
from abduce.solvers.answer_regions import Answer, Given, Region, cut
from abduce.solvers.base import Algebraic, Element, Limits, Model, ModelValue, Reason, Session, Status
from abduce.solvers.evaluation import Evaluator, Undecided
from abduce.solvers.numerals import equals
from abduce.solvers.terms import (
    INT,
    Apply,
    Op,
    Sort,
    Term,
    conjunction,
    disjunction,
    equal,
    negation,
    number,
    operate,
)

MOST_CLAUSES = 48
"""How many answers a region may exclude before it is cut."""
FIRST_BLOCK, LARGEST_BLOCK = 16, 1 << 14
LOOK = 256
"""After how many formulas to look at the clock."""
FAILURES = 3
"""After how many blocks in vain that is given up."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """Whether all answers were given.

    Attributes:
        complete: Whether it was shown that there are no others.
        reason: Why not.
    """

    complete: bool
    reason: Reason | None = None


class Answers:
    """The answers, found as they are asked for.

    The time limit is on what the search takes, not on what its caller does between two answers.

    Args:
        formulas: Closed formulas.
        terms: Closed terms of truth values, numbers, or uninterpreted sorts.
        limits: Bounds on all that is done together.
        session: Makes a new session of the solver to use.

    Attributes:
        completeness: Whether the answers given are all; None while there may be more.

    Raises:
        UsageError: A term is an array.
    """

    def __init__(
        self, formulas: Sequence[Term], terms: Sequence[Term], *, limits: Limits, session: Callable[[], Session]
    ) -> None:
        self.terms = tuple(terms)
        self.completeness: Completeness | None = None
        for term in terms:
            if term.sort.name == "Array":
                raise UsageError(f"all values of a term of sort {term.sort} cannot be enumerated; select its elements")
        self._formulas, self._limits = tuple(formulas), limits
        self._left_s, self._until = limits.timeout_s, 0.0
        self._trouble: Reason | None = None
        self._stop = False
        self._failures = 0
        self._axis = _axis(self.terms)
        self._new_session = session
        self._session: Session | None = session()
        self._refutation: Session | None = None
        self._found = self._search()

    def __iter__(self) -> Iterator[Answer]:
        return self

    def __next__(self) -> Answer:
        if self._left_s <= 0 and self.completeness is None:
            self._end(Completeness(False, Reason.TIMEOUT))
        if self.completeness is not None:
            raise StopIteration
        started = time.perf_counter()
        self._until = started + self._left_s
        try:
            return next(self._found)
        except StopIteration:
            self._end(Completeness(self._trouble is None, self._trouble))
            raise
        except CannotTell:
            self._end(Completeness(False, Reason.INCOMPLETE))
            raise StopIteration from None
        finally:
            self._left_s -= time.perf_counter() - started

    def interrupt(self) -> None:
        """Stop a running search, from another thread or a signal handler; it ends as not complete."""
        self._trouble, self._stop = Reason.INTERRUPTED, True
        for session in (self._session, self._refutation):
            if session is not None:
                session.interrupt()

    def close(self) -> None:
        """Stop, and give everything back; what was given is then not said to be complete."""
        if self.completeness is None:
            self._end(Completeness(False, Reason.INTERRUPTED))

    def __enter__(self) -> Answers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _end(self, completeness: Completeness) -> None:
        self.completeness = completeness
        for session in (self._session, self._refutation):
            if session is not None:
                session.close()
        self._session = self._refutation = None

    # searching --------------------------------------------------------------------------------------------------

    def _search(self) -> Iterator[Answer]:
        self._assert()
        pending = [Region()]
        while pending and not self._stop:
            region = pending.pop()
            session = self._living(self._session)
            session.push()
            for bound in region.bounds:
                session.add(bound)
            for given in region.given:
                session.add(self._excluded(given))
            halves = yield from self._in_region(region)
            session.pop()
            pending.extend(reversed(halves))

    def _assert(self) -> None:
        """Assert the formulas, as far as there is time."""
        session = self._living(self._session)
        for place, formula in enumerate(self._formulas):
            if not place % LOOK and time.perf_counter() >= self._until:
                self._note(Reason.TIMEOUT)
            if self._stop:
                return
            session.add(formula)

    def _in_region(self, region: Region) -> Generator[Answer, None, tuple[Region, ...]]:
        """Give the answers of a region; return regions to go on with, where it has too many."""
        given = list(region.given)
        while not self._stop:
            session = self._living(self._session)
            outcome = session.check(limits=self._remaining())
            if outcome.status is Status.UNSAT:
                break
            answer = self._answer(outcome.model) if outcome.model is not None else None
            if answer is None:
                self._note(outcome.reason or Reason.INCOMPLETE)
                break
            yield answer
            latest = Given(answer)
            if self._axis is not None and self._failures < FAILURES:
                latest = yield from self._block(answer, region, given)
            given.append(latest)
            if len(given) > MOST_CLAUSES:
                halves = cut(self.terms, self._axis, region, given)
                if halves:
                    return halves
            session.add(self._excluded(latest))
        return ()

    def _note(self, reason: Reason) -> None:
        """A part of the space was not decided; only where nothing else could be, the search stops."""
        self._trouble = self._trouble or reason
        self._stop = self._stop or reason is not Reason.INCOMPLETE

    def _remaining(self) -> Limits:
        return Limits(timeout_s=max(self._until - time.perf_counter(), 0.001), memory_mb=self._limits.memory_mb)

    @staticmethod
    def _living(session: Session | None) -> Session:
        assert session is not None
        return session

    def _answer(self, model: Model) -> Answer | None:
        """The values of the terms; None where one cannot be told."""
        evaluator = Evaluator(model)
        numbers: dict[Element, Element] = {}
        counts: dict[Sort, int] = {}
        found: list[ModelValue] = []
        for term in self.terms:
            value = evaluator.value(term)
            if isinstance(value, Undecided):
                return None
            if isinstance(value, Element) and value not in numbers:
                numbers[value] = Element(value.sort, counts.get(value.sort, 0))
                counts[value.sort] = counts.get(value.sort, 0) + 1
            found.append(numbers[value] if isinstance(value, Element) else value)
        return tuple(found)

    # what was given ---------------------------------------------------------------------------------------------

    def _excluded(self, given: Given) -> Term:
        """What holds of all answers but those given."""
        if given.last is None:
            return disjunction(self._differences(given.answer))
        axis = self.terms[self._living_axis()]
        first = given.answer[self._living_axis()]
        assert isinstance(first, int)
        outside = (operate(Op.LESS, axis, number(first)), operate(Op.GREATER, axis, number(given.last)))
        return disjunction((*outside, *self._differences(given.answer, skip=self._axis)))

    def _differences(self, answer: Answer, skip: int | None = None) -> list[Term]:
        """Formulas one of which holds where the terms do not have these values."""
        found: list[Term] = []
        firsts: dict[ModelValue, Term] = {}
        for place, (term, value) in enumerate(zip(self.terms, answer, strict=True)):
            if place == skip:
                continue
            if isinstance(value, bool):
                found.append(negation(term) if value else term)
            elif isinstance(value, Element):
                same_sort = {one: first for one, first in firsts.items() if first.sort == term.sort}
                if value in firsts:
                    found.append(negation(equal(term, firsts[value])))
                else:
                    found.extend(equal(term, first) for first in same_sort.values())
                    firsts[value] = term
            else:
                assert isinstance(value, int | Fraction | Algebraic)
                found.append(negation(equals(term, value)))
        return found

    # blocks -----------------------------------------------------------------------------------------------------

    def _living_axis(self) -> int:
        assert self._axis is not None
        return self._axis

    def _block(self, answer: Answer, region: Region, given: Sequence[Given]) -> Generator[Answer, None, Given]:
        """Go up and down from an answer along the axis, as far as whole blocks are answers."""
        place = self._living_axis()
        start = answer[place]
        assert isinstance(start, int)
        ends = {1: start, -1: start}
        walls = {1: region.high, -1: region.low}
        for other in given:
            self._wall(walls, other, answer)
        sizes = {1: FIRST_BLOCK, -1: FIRST_BLOCK}
        going = [1, -1]
        while going and not self._stop:
            for way in tuple(going):
                wall = walls[way]
                size = sizes[way] if wall is None else min(sizes[way], (wall - ends[way]) * way)
                if size <= 0:
                    going.remove(way)
                    continue
                near, far = ends[way] + way, ends[way] + way * size
                counterexample = self._counterexample(answer, min(near, far), max(near, far))
                if counterexample is None:
                    ends[way], sizes[way] = far, min(2 * sizes[way], LARGEST_BLOCK)
                    for value in range(near, far + way, way):
                        yield (*answer[:place], value, *answer[place + 1 :])
                elif isinstance(counterexample, int):
                    walls[way], sizes[way] = counterexample - way, max(size // 2, 1)
                else:
                    going.remove(way)
        self._failures = 0 if ends[1] > ends[-1] else self._failures + 1
        return Given((*answer[:place], ends[-1], *answer[place + 1 :]), ends[1])

    def _wall(self, walls: dict[int, int | None], other: Given, answer: Answer) -> None:
        """Stop blocks before answers that were given already."""
        place = self._living_axis()
        if (*other.answer[:place], *other.answer[place + 1 :]) != (*answer[:place], *answer[place + 1 :]):
            return
        first, start = other.answer[place], answer[place]
        assert isinstance(first, int) and isinstance(start, int)
        last = first if other.last is None else other.last
        if first > start:
            walls[1] = first - 1 if walls[1] is None else min(walls[1], first - 1)
        else:
            walls[-1] = last + 1 if walls[-1] is None else max(walls[-1], last + 1)

    def _counterexample(self, answer: Answer, low: int, high: int) -> int | Undecided | None:
        """A value along the axis in a block where the formulas may be false; None where there is none."""
        place = self._living_axis()
        if self._refutation is None:
            self._refutation = self._new_session()
            self._refutation.add(negation(conjunction(self._formulas)))
        axis = self.terms[place]
        others = [negation(difference) for difference in self._differences(answer, skip=place)]
        inside = [operate(Op.LESS_EQUAL, number(low), axis), operate(Op.LESS_EQUAL, axis, number(high))]
        limits = self._remaining()
        bounds = Limits(timeout_s=min(limits.timeout_s, max(limits.timeout_s / 16, 0.25)), memory_mb=limits.memory_mb)
        outcome = self._refutation.check([*others, *inside], limits=bounds)
        if outcome.status is Status.UNSAT:
            return None
        if outcome.reason is Reason.INTERRUPTED:
            self._note(Reason.INTERRUPTED)
        value = Evaluator(outcome.model).value(axis) if outcome.model is not None else None
        return value if isinstance(value, int) else Undecided("no block")

    # cutting ----------------------------------------------------------------------------------------------------


def _axis(terms: Sequence[Term]) -> int | None:
    """The last integer; only where all terms are different constants can one change alone."""
    if len(set(terms)) < len(terms) or not all(isinstance(term, Apply) and not term.arguments for term in terms):
        return None
    return next((place for place in reversed(range(len(terms))) if terms[place].sort == INT), None)
