"""Rules evaluated bottom-up to their least model: semi-naive, in strata, in rounds.

In each round every rule is applied to what was new in the round before, so the round in which a fact is first
derived is the least height that a derivation of it can have within its stratum. Strata are told apart by default
negation and aggregates only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from abduce.errors import UsageError
from abduce.parser.statements import App, Clause, Expression, Operation, Source, Var
from abduce.reasoning.rules.arithmetic import InexactPower, NumberTooLarge
from abduce.reasoning.rules.bounds import Meter, OutOfBounds, never
from abduce.reasoning.rules.emission import Table as Wanted
from abduce.reasoning.rules.emission import answering, inserting
from abduce.reasoning.rules.ground import Atom, Predicate, Row, Value, atom
from abduce.reasoning.rules.levels import Level, Rows, Variant, drivers
from abduce.reasoning.rules.programs import QUERY, Program, Table
from abduce.reasoning.rules.relations import Relation
from abduce.reasoning.rules.shapes import VIOLATED, Rule, inexact
from abduce.solvers.base import Limits, Reason

CHUNK, MANY, LOOK = 20_000, 100, 16


class _Enough(Exception):
    """As many rows as were wanted are derived."""


class Evaluation:
    """The least model of a program, or what of it was derived within the limits.

    Attributes:
        program: What was evaluated.
        complete: Whether everything that can be derived was.
        reason: Why not, where it was not; None where it stopped because as much was derived as was wanted.
        rounds: How many rounds it took.
        version: Grows whenever the model changes.
    """

    def __init__(
        self,
        program: Program,
        limits: Limits,
        interrupted: Callable[[], bool],
        shared: Evaluation | None = None,
        wanted: tuple[Predicate, int] | None = None,
    ) -> None:
        self._shared, self._wanted = shared, wanted
        self.program = program
        self.version = 0
        self._start(program, limits, interrupted)

    # what was found --------------------------------------------------------------------------------------

    def facts(self, predicate: Predicate | str, arity: int | None = None) -> Iterator[Row]:
        """Yield the rows of a predicate in the order of their derivation.

        Args:
            predicate: The predicate, or its name (with `-` in front for its strong negation).
            arity: Its arity, where only the name is given and several are in use.
        """
        if isinstance(predicate, str):
            strong, plain = predicate.startswith("-"), predicate.removeprefix("-")
            known = self.program.arities.get(plain)
            count = arity if arity is not None else known[0] if known else 0
            predicate = Predicate(plain, count, strong)
        relation = self.relations.get(predicate)
        yield from list(relation.rows) if relation else ()  # a copy: facts may be told while it is read

    def holds(self, wanted: Atom | Expression) -> bool:
        """Say whether an atom is derived; where the evaluation is not complete, False means "not yet"."""
        wanted = wanted if isinstance(wanted, Atom) else atom(wanted)
        relation = self.relations.get(wanted.predicate)
        return relation is not None and wanted.row in relation.rows

    def round(self, wanted: Atom) -> int | None:
        """Return the round in which an atom was derived, 0 where it was told, None where it is not derived."""
        relation = self.relations.get(wanted.predicate)
        return relation.rows.get(wanted.row) if relation else None

    @property
    def inconsistent(self) -> bool:
        """Whether an atom and its strong negation are derived, or an integrity constraint is violated."""
        return next(self.conflicts(), None) is not None

    def conflicts(self) -> Iterator[tuple[Atom, ...]]:
        """Yield what shows inconsistency: an atom and its strong negation, or one atom that stands for a constraint.

        The predicate of the latter is `VIOLATED`; its derivation ends in the constraint's clause.
        """
        for row in self.facts(VIOLATED):
            yield (Atom(VIOLATED, row),)
        for predicate in [p for p in self.relations if p.strong]:
            plain = self.relations.get(predicate.opposite)
            if plain is not None and plain.rows:
                for row in self.relations[predicate].rows:
                    if row in plain.rows:
                        yield Atom(predicate.opposite, row), Atom(predicate, row)

    def query(
        self,
        body: Expression | Sequence[Expression],
        variables: Sequence[Var | str],
        *,
        limits: Limits | None = None,
        interrupted: Callable[[], bool] = never,
        source: Source | None = None,
    ) -> Iterator[dict[str, Value]]:
        """Yield the values of some variables for which a conjunction holds, each once, as they are found.

        Args:
            body: Atoms, `-atom`, `not` of one, comparisons, aggregates, and `or` of those.
            variables: Whose values are wanted; none for a closed query, which yields one empty answer or nothing.
            limits: On the time spent looking; none are set where this is None.
            interrupted: Asked now and then whether to stop.
            source: The query's text, for errors.

        Raises:
            ParseError: A variable is not bound, something is no literal, or a predicate has another arity.
            OutOfBounds: A limit was reached.
            UsageError: The model changed while answers were being read.
        """
        literals = (body,) if isinstance(body, App | Operation) or not isinstance(body, Sequence) else tuple(body)
        wanted = tuple(v if isinstance(v, Var) else Var(v) for v in variables)
        asked = Clause(App(QUERY, wanted), literals, source or Source(""))
        rules = self.program.questions(asked)
        meter = Meter(limits or Limits(timeout_s=float("inf")), interrupted)
        return self._answers(rules, [v.name for v in wanted], meter)

    def _answers(self, rules: Sequence[Rule], names: Sequence[str], meter: Meter) -> Iterator[dict[str, Value]]:
        seen: set[Row] = set()
        version = self.version
        for rule in rules:
            try:
                for row in self.solutions(rule, (), rule.shape.head, meter)():
                    if row in seen:
                        continue
                    seen.add(row)
                    meter.pause()
                    yield dict(zip(names, row, strict=True))
                    if version != self.version:
                        raise UsageError("what is known changed while answers were being read: ask again")
                    meter.resume()
            except NumberTooLarge:
                raise OutOfBounds(Reason.MEMORY) from None
            except InexactPower as power:
                raise inexact(rule.clause, power) from None

    def solutions(
        self, rule: Rule, given: tuple[int, ...], emitted: tuple[int, ...], meter: Meter
    ) -> Callable[..., Iterator[Row]]:
        """Return a function from values of the given variables to the values of operands for which the body holds."""
        unit = answering(rule.shape.body, given, emitted, len(rule.constants))
        tables = [self._table(rule, wanted) for wanted in unit.tables]
        return unit.make(meter.check, meter.charge, tables, rule.constants)

    # evaluation ------------------------------------------------------------------------------------------

    def extend(
        self,
        clauses: Iterable[Clause],
        tables: Iterable[Table] = (),
        *,
        limits: Limits,
        interrupted: Callable[[], bool] = never,
    ) -> None:
        """Add clauses; new facts continue from the model, but for strata that negate what changed.

        Raises:
            ParseError: As `compile_program` does; nothing is changed then.
        """
        program = self.program.extended(clauses, tables)
        if not self.complete or len(program.rules) != len(self.program.rules):
            self._start(program, limits, interrupted)
            return
        before, self.program = self.program, program
        self.version += 1
        changed: dict[Predicate, Rows] = {}
        for predicate, rows in program.facts.items():
            known = before.facts.get(predicate, {})
            if rows is not known and len(rows) != len(known):
                changed[predicate] = self._told(predicate, islice(rows, len(known), None))
        self._guarded(lambda: self._continue({p: rows for p, rows in changed.items() if rows}), limits, interrupted)

    def _start(self, program: Program, limits: Limits, interrupted: Callable[[], bool]) -> None:
        """Evaluate everything."""
        self.program = program
        self.version += 1
        self.rounds = 0
        self.relations: dict[Predicate, Relation] = {}
        grouped: dict[int, list[Rule]] = defaultdict(list)
        for rule in program.rules:
            grouped[program.level.get(rule.head, 0)].append(rule)
        self._levels = [Level(grouped[number]) for number in sorted(grouped)]
        given: dict[Predicate, Relation] = {}
        if self._shared is not None:
            derived = program.heads | self._shared.program.heads
            given = {p: relation for p, relation in self._shared.relations.items() if p not in derived}
        for predicate, rows in program.facts.items():
            known = given.get(predicate)
            self.relations[predicate] = known or Relation(predicate.arity, dict.fromkeys(rows, 0))
        self._guarded(self._run, limits, interrupted)

    def _guarded(self, work: Callable[[], None], limits: Limits, interrupted: Callable[[], bool]) -> None:
        """Work within limits, and note whether that sufficed."""
        self.complete, self.reason = False, None
        self._meter = Meter(limits, interrupted)
        self._meter.stored = sum(r.measure(r.rows) for r in self.relations.values())
        for level in self._levels:
            level.forget()
        try:
            work()
            self.complete = True
        except OutOfBounds as stop:
            self.reason = stop.reason
        except _Enough:
            pass
        except (NumberTooLarge, MemoryError):
            self.reason = Reason.MEMORY

    def _run(self) -> None:
        for level in self._levels:
            self._rounds(level, self._first(level))

    def _relation(self, predicate: Predicate) -> Relation:
        found = self.relations.get(predicate)
        if found is None:
            found = self.relations[predicate] = Relation(predicate.arity, {})
        return found

    def _first(self, level: Level) -> dict[Predicate, Rows]:
        """Apply each rule of a stratum to all there is."""
        pending: dict[Predicate, Rows] = defaultdict(dict)
        try:
            for rule in level.rules:
                variants = level.variants[rule]
                if not variants:
                    self._apply(Variant(rule, None), ((),), pending)
                    continue
                tables = [self._relation(rule.predicates[slot]).rows for _, slot in drivers(rule.shape)]
                smallest = min(range(len(tables)), key=[len(table) for table in tables].__getitem__)
                if tables[smallest]:
                    self._apply(variants[smallest], tables[smallest], pending)
        except (OutOfBounds, _Enough):
            self._keep(pending)
            raise
        return pending

    def _keep(self, pending: dict[Predicate, Rows]) -> None:
        """Keep what a round derived before it was stopped."""
        for predicate, rows in pending.items():
            known = self._relation(predicate).rows
            known.update((row, number) for row, number in rows.items() if row not in known)

    def _check(self, head: Predicate) -> Callable[[int], int]:
        """Return what code asks now and then whether to go on, given how many rows of a predicate it derived."""
        meter, wanted = self._meter, self._wanted
        if wanted is None or wanted[0] != head:
            return meter.check
        known, count = self._relation(head).rows, wanted[1]

        def check(pending: int = 0) -> int:
            if len(known) + pending >= count:
                raise _Enough
            return meter.check(pending)

        return check

    def _apply(self, variant: Variant, delta: Any, pending: dict[Predicate, Rows]) -> None:
        """Apply a rule to new rows of the atom that drives it."""
        rule = variant.rule
        run = variant.run
        if run is None:
            for _, slot in drivers(rule.shape):
                if not self._relation(rule.predicates[slot]).rows:
                    return
            unit = inserting(rule.shape, variant.driver, len(rule.constants))
            tables = [self._table(rule, wanted) for wanted in unit.tables]
            run = variant.run = unit.make(self._check(rule.head), self._meter.charge, tables, rule.constants)
        out = pending[rule.head]
        try:
            if len(delta) <= CHUNK:
                run(delta, out, self.rounds + 1)
                return
            rows = iter(delta)
            while chunk := list(islice(rows, CHUNK)):
                run(chunk, out, self.rounds + 1)
                self._check(rule.head)(len(out))
        except InexactPower as power:
            raise inexact(rule.clause, power) from None

    def _table(self, rule: Rule, wanted: Wanted) -> Any:
        """Return what code wants of a relation."""
        relation = self._relation(rule.head if wanted.slot < 0 else rule.predicates[wanted.slot])
        if wanted.slot < 0 or wanted.plain:
            return relation.rows
        return relation.index(wanted.key, wanted.values)

    def _rounds(
        self, level: Level, pending: dict[Predicate, Rows], gained: dict[Predicate, Rows] | None = None
    ) -> None:
        """Go on until nothing new is derived; what is goes into `gained` as well, where that is given."""
        meter = self._meter
        while True:
            new = [(self.relations[p], rows, p) for p, rows in pending.items() if rows]
            if not new:
                return
            self.rounds += 1
            look = not self.rounds % LOOK
            for relation, rows, predicate in new:
                relation.rows.update(rows)
                relation.waiting = True
                many = look or len(rows) > MANY  # a million rounds of one row each are best not measured each time
                meter.stored += relation.measure(rows) if many else len(rows) * relation.row_bytes
                look = look or many
                if gained is not None:
                    gained.setdefault(predicate, {}).update(rows)
            if look:
                meter.check()
            if self._wanted is not None and len(self._relation(self._wanted[0]).rows) >= self._wanted[1]:
                raise _Enough
            pending = defaultdict(dict)
            try:
                for relation, rows, predicate in new:
                    if predicate in level.before:
                        self._set_off(level.before[predicate], rows, pending)
                    relation.enter(rows)
                    if predicate in level.within:
                        self._set_off(level.within[predicate], rows, pending)
            except (OutOfBounds, _Enough):
                self._keep(pending)
                raise

    def _set_off(self, variants: Iterable[Variant], rows: Rows, pending: dict[Predicate, Rows]) -> None:
        """Apply rules to new rows."""
        now, few = self.rounds + 1, len(rows) <= CHUNK
        for variant in variants:
            if few and variant.run is not None:
                try:
                    variant.run(rows, pending[variant.rule.head], now)
                except InexactPower as power:
                    raise inexact(variant.rule.clause, power) from None
            else:
                self._apply(variant, rows, pending)

    # more facts ------------------------------------------------------------------------------------------

    def _told(self, predicate: Predicate, rows: Iterable[Row]) -> Rows:
        """Store told rows and return those that are new."""
        relation = self._relation(predicate)
        new: Rows = {}
        for row in rows:
            if row in relation.rows:
                relation.rows[row] = 0
            else:
                new[row] = 0
        relation.rows.update(new)
        relation.enter(new)
        return new

    def _continue(self, changed: dict[Predicate, Rows]) -> None:
        """Bring every stratum up to date with new rows; one that negates what changed is evaluated again."""
        rebuilt: set[Predicate] = set()
        for level in self._levels:
            if level.negative & (changed.keys() | rebuilt) or level.positive & rebuilt:
                for predicate in level.heads:
                    told = self.program.facts.get(predicate, {})
                    self._relation(predicate).reset(dict.fromkeys(told, 0))
                rebuilt |= level.heads
                self._rounds(level, self._first(level))
                continue
            pending: dict[Predicate, Rows] = defaultdict(dict)
            for predicate, rows in list(changed.items()):
                for variants in (level.before, level.within):
                    for variant in variants.get(predicate, ()):
                        self._apply(variant, rows, pending)
            self._rounds(level, pending, changed)


def evaluate(
    program: Program,
    limits: Limits | None = None,
    interrupted: Callable[[], bool] = never,
    *,
    shared: Evaluation | None = None,
    wanted: tuple[Predicate, int] | None = None,
) -> Evaluation:
    """Evaluate a program to its least model, or as far as the limits let it.

    Args:
        program: The rules and facts.
        limits: On time and memory.
        interrupted: Asked now and then whether to stop.
        shared: An evaluation whose relations and indexes of told facts are used where no rule adds to them; it must
            be of a program with the same facts.
        wanted: A predicate, and of how many of its rows on nothing more is derived; not to be extended then.

    Raises:
        ParseError: A rule needs a power that is no rational number.
    """
    return Evaluation(program, limits or Limits(), interrupted, shared, wanted)
