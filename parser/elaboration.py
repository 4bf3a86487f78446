"""From untyped statements to typed terms: sorts are inferred over the whole session, clauses become implications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from abduce.parser.building import COMPARISONS
from abduce.parser.clauses import free_occurrences
from abduce.parser.defaults import integers_by_default, variables_by_default
from abduce.parser.definedness import guarded
from abduce.parser.entries import FUNCTION, PREDICATE, TEXT, Key
from abduce.parser.inference import Inference, Scope
from abduce.parser.operating import fitted, operation, power
from abduce.parser.pausing import unhurried, without_collections
from abduce.parser.sorting import Shape
from abduce.parser.statements import (
    App,
    Clause,
    Declaration,
    Expression,
    Formula,
    Num,
    Operation,
    Quantifier,
    Query,
    Statement,
    Text,
    Var,
)
from abduce.solvers.terms import (
    Op,
    Operate,
    Sort,
    Symbol,
    Term,
    Variable,
    apply,
    conjunction,
    exists,
    forall,
    implies,
    negation,
    number,
    operate,
)


@dataclass(frozen=True, slots=True)
class Question:
    """A query as terms.

    Attributes:
        formula: What is asked; its free variables are the query's.
        variables: The free variables to be shown, in order.
        objective: What is to be made best, where asked for.
        fits: Whether the session's names keep their sorts; where not, elaborate premises and query together.
        integers: The query's constants that are taken to be integers because they are computed with, as nobody
            declared them.
        integer_variables: Its variables of that kind.
    """

    formula: Term
    variables: tuple[Variable, ...]
    objective: tuple[str, Term] | None
    fits: bool
    integers: tuple[str, ...] = ()
    integer_variables: tuple[str, ...] = ()


class Elaborator:
    """Turns the statements of a session into terms, and knows what its names are.

    Attributes:
        generation: Grows whenever a statement changes the sort of a name that earlier terms hold: integers that turn
            out to be reals, things that turn out to be numbers. Terms of an earlier generation are stale.
    """

    def __init__(self) -> None:
        self.generation = 0
        self._inference = Inference()
        self._symbols: dict[Key, Symbol] = {}
        self._cache: dict[Key, Symbol] = {}
        self._constants: dict[str, Term] = {}

    def add(self, statements: Sequence[Statement], told: int | None = None) -> list[Term | None]:
        """Take in statements and return a closed formula for each, None for what claims nothing.

        Args:
            statements: The statements.
            told: How many of them are premises, where what follows is a question about them: what it meets does not
                make reals of integers.

        Raises:
            SortError: They do not fit together or with the session; none of them is taken in.
        """
        with without_collections():
            return self._add(statements, len(statements) if told is None else told)

    def _add(self, statements: Sequence[Statement], told: int) -> list[Term | None]:
        inference = self._inference
        mark = inference.start()
        try:
            scopes = [self._infer(statement) for statement in unhurried(statements[:told])]
            if told < len(statements):
                inference.classes.begin_question(*(statement.source for statement in statements[told:]))
                scopes += [self._infer(statement) for statement in statements[told:]]
            inference.classes.settle()
            terms = [self._term(one, scope) for one, scope in zip(unhurried(statements), scopes, strict=True)]
            changed = self._note_changes()
        except BaseException:  # an interrupt leaves no half of a batch either
            inference.back(mark)
            raise
        finally:
            inference.classes.end_question()
            self._forget()
        self.generation += changed
        inference.classes.journal.clear()
        inference.added.clear()
        return terms

    def ask(self, query: Query) -> Question:
        """Return a query as terms; the session's names stay as they are.

        Raises:
            SortError: The query does not fit together or with the session.
        """
        inference = self._inference
        mark = inference.start()
        try:
            inference.classes.begin_question(query.source)
            scope = self._query_scope(query)
            inference.source = query.source
            inference.claim(query.expression, scope)
            if query.objective:
                inference.objective(query.objective[1], scope)
            inference.classes.settle()
            variables = {name: Variable(name, inference.sort(shape)) for name, shape in scope.items()}
            formula = self._built(query.expression, True, variables)
            objective = None
            if query.objective:
                objective = query.objective[0], self._built(query.objective[1], False, variables)
                formula = guarded(formula, (objective[1],))
            fits = not self._changed()
            integers = integers_by_default(inference, inference.touched)
            integer_variables = variables_by_default(inference, query.expression, scope)
        finally:
            inference.classes.end_question()
            inference.back(mark)
            self._forget()
        shown = tuple(variables[variable.name] for variable in query.free)
        return Question(formula, shown, objective, fits, integers, integer_variables)

    def integers(self) -> tuple[str, ...]:
        """Return the session's constants that are taken to be integers only because they are computed with."""
        return integers_by_default(self._inference, self._inference.entries)

    def axioms(self) -> list[Term]:
        """Return what holds of texts: those of one sort are pairwise distinct."""
        found: dict[Sort, list[Term]] = {}
        for (role, _), entry in self._inference.entries.items():
            if role == TEXT:
                symbol = self._inference.symbol(entry)
                found.setdefault(symbol.result, []).append(apply(symbol))
        return [operate(Op.DISTINCT, *texts) for texts in found.values() if len(texts) > 1]

    def symbols(self) -> dict[str, Symbol]:
        """Return the session's names; a predicate hides a constant of the same name."""
        found = {entry.name: self._inference.symbol(entry) for entry in self._inference.entries.values()}
        predicates = [entry for (role, _), entry in self._inference.entries.items() if role == PREDICATE]
        found.update((entry.name, self._inference.symbol(entry)) for entry in predicates)
        return found

    # inference ---------------------------------------------------------------------------------------------------

    def _infer(self, statement: Statement) -> Scope:
        inference = self._inference
        inference.source = statement.source
        if isinstance(statement, Declaration):
            inference.declare(statement)
        elif isinstance(statement, Formula):
            inference.claim(statement.expression, {})
        elif isinstance(statement, Clause):
            if not statement.body and isinstance(statement.head, App) and inference.fact(statement.head):
                return {}
            scope = inference.scope_of(_clause_variables(statement))
            if statement.head is not None:
                inference.claim(statement.head, scope)
            for literal in statement.body:
                inference.claim(literal, scope)
            return scope
        return {}

    def _query_scope(self, query: Query) -> dict[str, Shape]:
        variables = {variable.name: variable for variable in query.free}
        for expression in (query.expression, *(query.objective or ("",))[1:]):
            assert not isinstance(expression, str)
            for variable, _ in free_occurrences(expression):
                variables.setdefault(variable.name, variable)
        return self._inference.scope_of(tuple(variables.values()))

    def _changed(self) -> bool:
        inference, symbols = self._inference, self._symbols
        return any(
            key in symbols and inference.symbol(inference.entries[key]) != symbols[key] for key in inference.touched
        )

    def _note_changes(self) -> bool:
        changed = self._changed()
        if changed:
            self._symbols = {key: self._inference.symbol(entry) for key, entry in self._inference.entries.items()}
        else:
            for key in self._inference.touched:
                if key not in self._symbols:
                    self._symbols[key] = self._symbol(key)
        return changed

    # building ----------------------------------------------------------------------------------------------------

    def _term(self, statement: Statement, scope: Scope) -> Term | None:
        self._inference.source = statement.source
        if isinstance(statement, Formula):
            return self._built(statement.expression, True, {})
        if not isinstance(statement, Clause):
            return None
        variables = {name: Variable(name, self._inference.sort(shape)) for name, shape in scope.items()}
        if not statement.body and not scope and isinstance(statement.head, App):
            fact = self._fact(statement.head)
            if fact is not None:
                return fact
        head = operate(Op.FALSE) if statement.head is None else self._built(statement.head, True, variables)
        local = _local_to_negations(statement)
        body = [self._literal(literal, variables, local) for literal in statement.body]
        if isinstance(statement.head, App) and isinstance(head, Operate):  # a head without a value concludes nothing
            *conditions, head = head.arguments
            body += conditions
        formula = implies(conjunction(body), head) if body else head
        return forall([variable for name, variable in variables.items() if name not in local], formula)

    def _fact(self, atom: App) -> Term | None:
        """Return an atom between constants, or None where it is more than that."""
        parts: list[Term] = []
        for argument in atom.arguments:
            if type(argument) is not App or argument.arguments:
                return None
            known = self._constants.get(argument.name)
            if known is None:
                known = self._constants[argument.name] = apply(self._symbol((FUNCTION, argument.name)))
            parts.append(known)
        symbol = self._symbol((PREDICATE, atom.name))
        sorts = symbol.arguments
        return apply(symbol, *(fitted(one, sort) for one, sort in zip(parts, sorts, strict=True)))

    def _literal(self, literal: Expression, variables: dict[str, Variable], local: frozenset[str]) -> Term:
        built = self._built(literal, True, variables)
        if not local or not isinstance(literal, Operation) or literal.op != "not":
            return built
        hidden = {variable.name for variable, _ in free_occurrences(literal)} & local
        return negation(exists([variables[name] for name in sorted(hidden)], negation(built)))

    def _built(self, expression: Expression, is_claim: bool, names: dict[str, Variable]) -> Term:
        """Build a term, parts before wholes, without recursion."""
        inference = self._inference
        results: list[Term] = []
        pending: list[tuple[Expression, bool, dict[str, Variable], bool]] = [(expression, is_claim, names, False)]
        while pending:
            part, claims, scope, ready = pending.pop()
            if ready:
                count = 1 if isinstance(part, Quantifier) else len(part.arguments)  # type: ignore[union-attr]
                parts = results[len(results) - count :]
                del results[len(results) - count :]
                results.append(self._combined(part, claims, parts))
            elif isinstance(part, Quantifier):
                shapes = zip(part.variables, inference.binders[id(part)], strict=True)
                inner = {**scope, **{v.name: Variable(v.name, inference.sort(shape)) for v, shape in shapes}}
                pending += [(part, claims, scope, True), (part.body, True, inner, False)]
            elif isinstance(part, App | Operation):
                pending.append((part, claims, scope, True))
                pairs = list(zip(part.arguments, inference.claims_of(part), strict=True))
                pending.extend((argument, want, scope, False) for argument, want in reversed(pairs))
            elif isinstance(part, Var):
                results.append(scope[part.name])
            elif isinstance(part, Num):
                results.append(number(part.value))
            else:
                assert isinstance(part, Text)
                results.append(apply(inference.symbol(inference.entries[TEXT, part.value])))
        return results[0]

    def _combined(self, part: Expression, claims: bool, parts: list[Term]) -> Term:
        inference = self._inference
        if isinstance(part, Quantifier):
            shapes = zip(part.variables, inference.binders[id(part)], strict=True)
            variables = [Variable(variable.name, inference.sort(shape)) for variable, shape in shapes]
            return (forall if part.kind == "forall" else exists)(variables, parts[0])
        if isinstance(part, App):
            key = (PREDICATE if claims else FUNCTION, part.name)
            if key == (FUNCTION, "abs") and key not in inference.entries:
                return operate(Op.ABS, *parts)
            symbol = self._symbol(key)
            found = apply(symbol, *(fitted(one, sort) for one, sort in zip(parts, symbol.arguments, strict=True)))
            return guarded(found, parts) if claims else found
        assert isinstance(part, Operation)
        if part.op == "^":
            return power(part.arguments[1], *parts)
        return guarded(operation(part.op, parts), parts) if part.op in COMPARISONS else operation(part.op, parts)

    def _symbol(self, key: Key) -> Symbol:
        known = self._cache.get(key)
        if known is None:
            known = self._cache[key] = self._inference.symbol(self._inference.entries[key])
        return known

    def _forget(self) -> None:
        """Clear what belongs to one batch."""
        self._inference.binders.clear()
        self._cache.clear()
        self._constants.clear()


def _clause_variables(clause: Clause) -> tuple[Var, ...]:
    found: dict[str, Var] = {}
    for part in (*(() if clause.head is None else (clause.head,)), *clause.body):
        for variable, _ in free_occurrences(part):
            found.setdefault(variable.name, variable)
    return tuple(found.values())


def _local_to_negations(clause: Clause) -> frozenset[str]:
    """Return the anonymous variables under a `not`: `not p(X, _)` says that there is none."""
    found: set[str] = set()
    for literal in clause.body:
        if isinstance(literal, Operation) and literal.op == "not":
            found |= {variable.name for variable, _ in free_occurrences(literal) if variable.name.startswith("_")}
    if not found:
        return frozenset()
    elsewhere = [one for one in clause.body if not (isinstance(one, Operation) and one.op == "not")]
    for part in (*elsewhere, *(() if clause.head is None else (clause.head,))):
        found -= {variable.name for variable, _ in free_occurrences(part)}
    return frozenset(found)


def elaborate(statements: Sequence[Statement]) -> list[Term]:
    """Return the closed formulas that statements claim, with what holds of their texts at the end.

    Raises:
        SortError: Sorts or numbers of arguments clash; both places are named.
    """
    elaborator = Elaborator()
    return [term for term in elaborator.add(statements) if term is not None] + elaborator.axioms()
