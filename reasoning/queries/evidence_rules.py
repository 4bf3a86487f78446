"""Evidence in the rule readings: derivations, checked step by step, and the premises that they need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from abduce.errors import ParseError
from abduce.parser.clauses import aggregates
from abduce.parser.statements import App, Clause, Expression, Operation, Query, Source, Var
from abduce.reasoning.queries.budgets import Budget
from abduce.reasoning.queries.explanations import Explanation
from abduce.reasoning.queries.lazy_evidence import LazyEvidence
from abduce.reasoning.queries.model_tables import ModelTable
from abduce.reasoning.queries.reading_rules import RuleJudgement
from abduce.reasoning.queries.verdicts import Checked, CoreItem, NoEvidence, Reading, Verdict
from abduce.reasoning.rules.bodies import AUXILIARY, Bodies, opposite
from abduce.reasoning.rules.bounds import OutOfBounds
from abduce.reasoning.rules.checking import check_all
from abduce.reasoning.rules.demand import ask
from abduce.reasoning.rules.derivations import Absence, Derivation, derivations
from abduce.reasoning.rules.domain import RANGE
from abduce.reasoning.rules.fixpoint import Evaluation, evaluate
from abduce.reasoning.rules.ground import Atom, Predicate, Value, expression_of, shown
from abduce.reasoning.rules.programs import Program, Table, compile_program
from abduce.reasoning.rules.shapes import parts

WHY = Predicate("\0why", 0)
"""What is concluded from the body of a query; no user's predicate has this name."""
NO_DERIVATION = "no derivation was made within the limits"
GROWTH = 8
"""How many times more rows are derived each time that those wanted were not among them."""
MOST_ROWS = 200
"""Up to how many answers have their derivations made and checked."""
MOST_MINIMISED = 60
"""Up to how many premises it is tried to leave out each."""


class RulesEvidence(LazyEvidence):
    """What shows a verdict in a rule reading; derivations are checked step by step, absences derived from again.

    Args:
        program: The program, as it was.
        judgement: What was found out.
        reading: The reading.
        query: The query; None where the premises were asked nothing.
        budget: What is left of the query's time.
        check: Whether to check.
    """

    def __init__(
        self,
        program: Program,
        judgement: RuleJudgement,
        reading: Reading,
        *,
        query: Query | None,
        budget: Budget,
        check: bool,
    ) -> None:
        super().__init__(budget, check=check)
        self._program, self._judgement, self._reading = program, judgement, reading
        self._query = query.source.text if query else ""
        self._asked = query
        self._free = tuple(variable.name for variable in query.free) if query else ()
        self._derived: tuple[Derivation | None, Program, Evaluation | None] | None = None
        self._core: tuple[tuple[Clause | Source, ...], bool] | None = None

    def core(self) -> tuple[CoreItem, ...]:
        """Return the premises that the derivation uses; none can go where no negation or aggregate is used."""
        return tuple(CoreItem.of(_source(one)) for one in self._minimal()[0])

    def models(self) -> tuple[ModelTable, ...]:
        """Return nothing: what is not derivable is shown by no model."""
        return ()

    def explanation(self) -> Explanation | None:
        """Return the reasons."""
        verdict = self._judgement.verdict
        if verdict is Verdict.GAVE_UP:
            return None
        tree, _, _ = self._tree()
        core, minimal = self._minimal()
        items = tuple(CoreItem.of(_source(one)) for one in core)
        note = "" if tree is not None else self._absence()
        shown = None if tree is None else _presented(tree, self._query)
        return Explanation(self._query, verdict, items, minimal, shown, (), note, self.checked())

    def _absence(self) -> str:
        asked = self._query.removeprefix("?-").strip().rstrip("?.").strip()
        if self._judgement.verdict is Verdict.REFUTED:
            return f"{asked} is not derivable, and what is not derivable is false in the closed reading"
        if self._judgement.verdict is Verdict.UNDETERMINED:
            return f"neither {asked} nor its opposite is derivable"
        return NO_DERIVATION

    # making ------------------------------------------------------------------------------------------------------

    def _tree(self) -> tuple[Derivation | None, Program, Evaluation | None]:
        with self._lock, self._budget:
            if self._derived is None:
                try:
                    self._budget.look()
                    self._derived = self._found_tree()
                except OutOfBounds:
                    self._derived = None, self._program, None
                if self._derived[0] is None and self._is_derived():
                    self._unmade = NO_DERIVATION
            return self._derived

    def _is_derived(self) -> bool:
        """Tell whether the verdict claims that something is derived."""
        return self._judgement.verdict is Verdict.INCONSISTENT or self._judgement.held is not None

    def _found_tree(self) -> tuple[Derivation | None, Program, Evaluation | None]:
        judgement = self._judgement
        if judgement.verdict is Verdict.INCONSISTENT:
            model = evaluate(self._program, self._budget.limits())
            conflict = next(model.conflicts(), ())
            trees = derivations(model, conflict, limits=self._budget.limits())
            if len(trees) == 1:
                return trees[0], self._program, model
            tree = Derivation("rule", None, "a contradiction", None, (), tuple(trees)) if trees else None
            return tree, self._program, model
        if judgement.held is None:
            return None, self._program, None
        goal = Clause(App(WHY.name, tuple(map(Var, self._free))), (judgement.held,), Source(self._query, "query"))
        why = WHY._replace(arity=len(self._free))
        program = self._program.extended([*judgement.clauses, goal], judgement.tables)
        sliced = relevant(program, why)
        model = self._as_far_as_wanted(sliced, why)
        wanted = [atom for row in self._rows() if model.holds(atom := Atom(why, row))]
        if not wanted:
            return None, program, model
        trees = derivations(model, wanted, limits=self._budget.limits())
        if len(trees) == 1:
            return trees[0], sliced, model
        return Derivation("rule", None, self._query.strip(), None, (), tuple(trees)), sliced, model

    def _as_far_as_wanted(self, program: Program, why: Predicate) -> Evaluation:
        """Return a model that holds the wanted rows, where they are derived; the rest of it may be endless."""
        rows = self._rows()
        most = len(rows)
        while True:
            model = evaluate(program, self._budget.limits(), wanted=(why, most))
            if model.complete or model.reason is not None or all(model.holds(Atom(why, row)) for row in rows):
                return model
            most *= GROWTH

    def _rows(self) -> list[tuple[Value, ...]]:
        """Return the rows whose derivations are made."""
        if not self._free:
            return [()]
        return [tuple(row[name] for name in self._free) for row in self._judgement.rows[:MOST_ROWS]]

    def _minimal(self) -> tuple[tuple[Clause | Source, ...], bool]:
        with self._lock, self._budget:
            if self._core is None:
                tree, _, _ = self._tree()
                used = self._used(tree) if tree is not None else []
                try:
                    self._core = self._found_minimal(used, tree) if tree is not None else ((), False)
                except OutOfBounds:
                    self._core = self._ordered(used), False
            return self._core

    def _used(self, tree: Derivation) -> list[Clause | Source]:
        """Return the premises that a derivation uses."""
        own = {id(one) for one in (*self._judgement.clauses, *(table.source for table in self._judgement.tables))}
        return [one for one in tree.clauses() if id(one) not in own and not _is_why(one)]

    def _found_minimal(self, used: list[Clause | Source], tree: Derivation) -> tuple[tuple[Clause | Source, ...], bool]:
        """Return what a derivation uses, without what can be left out."""
        many = len(self._judgement.rows) > MOST_ROWS
        facts = {id(step.clause): step for step in tree.steps() if step.kind == "told"}
        if many or len(used) > MOST_MINIMISED or not all(map(_is_positive, used)):
            return self._ordered(used), False
        kept = list(used)
        for one in used:
            self._budget.look()
            fewer = [other for other in kept if other is not one]
            if self._derives(fewer, facts):
                kept = fewer
        return self._ordered(kept), True

    def _ordered(self, used: Sequence[Clause | Source]) -> tuple[Clause | Source, ...]:
        return tuple(sorted(used, key=lambda one: (_source(one).file, _source(one).line, _source(one).column)))

    def _derives(self, used: Iterable[Clause | Source], facts: dict[int, Derivation]) -> bool:
        """Tell whether some premises suffice for the conclusion.

        Raises:
            OutOfBounds: It cannot be told in time.
        """
        clauses: list[Clause] = []
        tables: list[Table] = []
        for one in used:
            if isinstance(one, Clause):
                clauses.append(one)
            else:
                atom = facts[id(one)].conclusion
                assert atom is not None
                tables.append(Table(atom.predicate.name, (atom.row,), one))
        judgement = self._judgement
        if judgement.held is not None:
            head = App(WHY.name, tuple(map(Var, self._free)))
            clauses += [*judgement.clauses, Clause(head, (judgement.held,), Source("", "query"))]
            tables += judgement.tables
        why = WHY._replace(arity=len(self._free))
        try:
            program = compile_program(clauses, tables)
        except ParseError:
            return False
        if judgement.verdict is Verdict.INCONSISTENT:
            return evaluate(program, self._budget.limits()).inconsistent
        model = self._as_far_as_wanted(relevant(program, why), why)
        derived = all(model.holds(Atom(why, row)) for row in self._rows())
        if not derived and model.reason is not None:
            raise OutOfBounds(model.reason)
        return derived

    def _found_checked(self) -> Checked:
        tree, program, model = self._tree()
        if tree is None and self._is_absence_of_the_model() and self._is_absent_on_demand():
            return Checked.REPROVED
        if tree is None or model is None:
            return Checked.UNCHECKED
        trees = tree.children if tree.conclusion is None else (tree,)
        found = check_all(trees, program)
        if not found.ok:
            raise AssertionError("a derivation does not pass its check; please report it: " + "; ".join(found.problems))
        if len(trees) < len(self._judgement.rows):
            return Checked.UNCHECKED
        if not found.assumed:
            return Checked.VERIFIED
        again = all(self._is_absent(step, program) for step in found.assumed) or self._is_derived_on_demand()
        return Checked.REPROVED if again else Checked.UNCHECKED

    def _is_derived_on_demand(self) -> bool:
        """Tell whether what was read off the whole model is derived, too, where only what it needs is."""
        judgement = self._judgement
        if judgement.evaluation is None or not judgement.evaluation.complete or judgement.held is None:
            return False
        program = self._program.extended(judgement.clauses, judgement.tables)
        return set(_keys(judgement.rows)) <= set(
            rows_on_demand(program, judgement.held, self._free, self._budget) or ()
        )

    def _is_absence_of_the_model(self) -> bool:
        """Tell whether the verdict is that the whole model holds neither what was asked nor, where it counts, its
        opposite."""
        judgement = self._judgement
        absent = judgement.verdict in (Verdict.REFUTED, Verdict.UNDETERMINED) and judgement.held is None
        return absent and judgement.evaluation is not None and judgement.evaluation.complete

    def _is_absent_on_demand(self) -> bool:
        """Tell whether what was asked is not derived either where only what it needs is."""
        assert self._asked is not None
        bodies = Bodies(self._asked.source)
        asked = [bodies.holds(self._asked.expression)]
        if self._reading is Reading.RULES and not self._free:
            asked.append(bodies.holds(opposite(self._asked.expression)))
        program = self._program.extended(bodies.clauses, self._judgement.tables)
        return all(rows_on_demand(program, body, self._free, self._budget) == [] for body in asked)

    def _is_absent(self, step: Derivation, program: Program) -> bool:
        """Tell whether what a derivation takes for absent is not derivable on demand either."""
        if not isinstance(step.stated, Absence):
            return False
        predicate, row = step.stated
        values = tuple(Var("_") if value is None else expression_of(value) for value in row)
        atom: Expression = App(predicate.name, values)
        found = ask(program, Operation("strong", (atom,)) if predicate.strong else atom, limits=self._budget.limits())
        return found.complete and not found.rows


class BestEvidence(LazyEvidence, NoEvidence):
    """What shows which answers are the best: that the answers are these is found once more, on demand.

    Args:
        program: The program, as it was.
        judgement: What was found out.
        query: The query.
        budget: What is left of the query's time.
        check: Whether to check.
    """

    def __init__(
        self, program: Program, judgement: RuleJudgement, query: Query, *, budget: Budget, check: bool
    ) -> None:
        super().__init__(budget, check=check)
        self._program, self._judgement = program, judgement
        self._free = tuple(variable.name for variable in query.free)

    def _found_checked(self) -> Checked:
        judgement = self._judgement
        if judgement.evaluation is None or not judgement.complete or judgement.held is None:
            return Checked.UNCHECKED
        program = self._program.extended(judgement.clauses, judgement.tables)
        again = rows_on_demand(program, judgement.held, self._free, self._budget)
        same = again is not None and set(again) == set(_keys(judgement.rows))
        return Checked.REPROVED if same else Checked.UNCHECKED


def rows_on_demand(
    program: Program, body: Expression, variables: Sequence[str], budget: Budget
) -> list[tuple[tuple[str, Value], ...]] | None:
    """Return what holds of variables where only what a body needs is derived; None where that may not be all."""
    found = ask(program, body, variables, limits=budget.limits())
    return _keys(found.rows) if found.complete else None


def _keys(rows: Iterable[Mapping[str, Value]]) -> list[tuple[tuple[str, Value], ...]]:
    return [tuple(sorted(row.items())) for row in rows]


def _source(one: Clause | Source) -> Source:
    return one.source if isinstance(one, Clause) else one


def _is_why(one: Clause | Source) -> bool:
    """Tell whether a clause stands for the query itself."""
    return isinstance(one, Clause) and isinstance(one.head, App) and one.head.name == WHY.name


def _is_positive(one: Clause | Source) -> bool:
    """Tell whether a clause can only add to what follows."""
    if not isinstance(one, Clause):
        return True
    for part in parts((*one.body, *(() if one.head is None else (one.head,)))):
        if isinstance(part, Operation) and part.op in ("not", "ite"):
            return False
        if next(aggregates(part), None) is not None:
            return False
    return True


def relevant(program: Program, goal: Predicate) -> Program:
    """Return the part of a program that a predicate depends on."""
    by_head: dict[Predicate, list[int]] = {}
    for number, rule in enumerate(program.rules):
        by_head.setdefault(rule.head, []).append(number)
    wanted, pending = {goal}, [goal]
    while pending:
        for number in by_head.get(pending.pop(), ()):
            for predicate in program.rules[number].predicates:
                if predicate not in wanted:
                    wanted.add(predicate)
                    pending.append(predicate)
    rules = tuple(rule for rule in program.rules if rule.head in wanted)
    facts = {predicate: rows for predicate, rows in program.facts.items() if predicate in wanted}
    return replace(program, rules=rules, facts=facts)


def _presented(tree: Derivation, query: str) -> Derivation:
    """Return a derivation whose root is the query itself instead of what was made of it."""
    if isinstance(tree.stated, Absence) and tree.stated.predicate.name.startswith(AUXILIARY):
        return replace(tree, text="a case to the contrary")
    if tree.conclusion is not None and tree.conclusion.predicate.name == RANGE:
        return replace(tree, text=f"{shown(tree.conclusion.row[0])} is named or derived", clause=None)
    if tree.conclusion is None:
        return replace(tree, children=tuple(_presented(child, query) for child in tree.children))
    if tree.conclusion.predicate.name != WHY.name:
        return tree
    if len(tree.children) == 1 and tree.children[0].kind in ("told", "rule"):
        return tree.children[0]
    asked = query.removeprefix("?-").strip().rstrip("?.").strip()
    values = ", ".join(f"{name} = {shown(value)}" for name, value in tree.bindings)
    text = f"{asked}   ({values})" if values and tree.conclusion.row else asked
    children = tuple(_presented(child, query) for child in tree.children)
    return Derivation("rule", None, text, None, tree.bindings, children)
