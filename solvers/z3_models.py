"""From Z3's models to ours: plain data that outlives the solver."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from z3 import z3consts, z3core

from abduce.solvers.base import Algebraic, ArrayValue, Element, Interpretation, Model, ModelValue
from abduce.solvers.operations import BY_ZERO
from abduce.solvers.terms import (
    BOOL,
    INT,
    REAL,
    Apply,
    Number,
    Op,
    Sort,
    Symbol,
    Term,
    Variable,
    number,
    operate,
    substitute,
)
from abduce.solvers.z3_translation import Ast, Translation, read_numeral

_OPERATIONS: Mapping[int, Op] = {
    z3consts.Z3_OP_TRUE: Op.TRUE,
    z3consts.Z3_OP_FALSE: Op.FALSE,
    z3consts.Z3_OP_EQ: Op.EQUAL,
    z3consts.Z3_OP_DISTINCT: Op.DISTINCT,
    z3consts.Z3_OP_ITE: Op.ITE,
    z3consts.Z3_OP_AND: Op.AND,
    z3consts.Z3_OP_OR: Op.OR,
    z3consts.Z3_OP_IFF: Op.IFF,
    z3consts.Z3_OP_XOR: Op.XOR,
    z3consts.Z3_OP_NOT: Op.NOT,
    z3consts.Z3_OP_IMPLIES: Op.IMPLIES,
    z3consts.Z3_OP_LE: Op.LESS_EQUAL,
    z3consts.Z3_OP_GE: Op.GREATER_EQUAL,
    z3consts.Z3_OP_LT: Op.LESS,
    z3consts.Z3_OP_GT: Op.GREATER,
    z3consts.Z3_OP_ADD: Op.ADD,
    z3consts.Z3_OP_SUB: Op.SUBTRACT,
    z3consts.Z3_OP_UMINUS: Op.NEGATE,
    z3consts.Z3_OP_MUL: Op.MULTIPLY,
    z3consts.Z3_OP_DIV: Op.DIVIDE,
    z3consts.Z3_OP_IDIV: Op.DIV,
    z3consts.Z3_OP_MOD: Op.MOD,
    z3consts.Z3_OP_POWER: Op.POWER,
    z3consts.Z3_OP_ABS: Op.ABS,
    z3consts.Z3_OP_TO_REAL: Op.TO_REAL,
    z3consts.Z3_OP_TO_INT: Op.TO_INT,
    z3consts.Z3_OP_IS_INT: Op.IS_INT,
    z3consts.Z3_OP_SELECT: Op.SELECT,
    z3consts.Z3_OP_STORE: Op.STORE,
}
_DIVISIONS = {"/0": Op.DIVIDE, "div0": Op.DIV, "mod0": Op.MOD}


class CannotTell(Exception):
    """The model holds something that our models cannot."""


def extract(translation: Translation, model: Ast) -> Model:
    """Return Z3's model as ours.

    Args:
        translation: What the formulas were translated with.
        model: The raw model; the caller holds a reference to it.

    Raises:
        CannotTell: It holds something that our models cannot, such as an array that only a formula describes.
    """
    return _Extraction(translation, model).run()


class _Extraction:
    """One model on its way."""

    def __init__(self, translation: Translation, model: Ast) -> None:
        self.translation, self.model, self.ref = translation, model, translation.ref
        self.domains: dict[Sort, list[Element]] = {}
        self.elements: dict[int, Element] = {}
        self.interpretations: dict[Symbol, Interpretation] = {}
        self.taken = {symbol.name for symbol in translation.symbols.values()}
        self.invented: dict[ModelValue, Apply] = {}
        self.inner: dict[int, Symbol] = {}
        self.tables: dict[int, Interpretation] = {}

    def run(self) -> Model:
        ref, model = self.ref, self.model
        for at in range(z3core.Z3_model_get_num_sorts(ref, model)):
            self._universe(z3core.Z3_model_get_sort(ref, model, at))
        for at in range(z3core.Z3_model_get_num_consts(ref, model)):
            declaration = z3core.Z3_model_get_const_decl(ref, model, at)
            symbol = self._symbol(declaration)
            value = z3core.Z3_model_get_const_interp(ref, model, declaration)
            if symbol is not None and value:
                self.interpretations[symbol] = self._constant(value)
        for at in range(z3core.Z3_model_get_num_funcs(ref, model)):
            declaration = z3core.Z3_model_get_func_decl(ref, model, at)
            division = self._division(declaration)
            if division is not None:
                self.interpretations[BY_ZERO[division]] = self._dividends(self._table(declaration), division)
                continue
            symbol = self._symbol(declaration)
            if symbol is not None:
                self.interpretations[symbol] = self._table(declaration)
        domains = {sort: tuple(elements) for sort, elements in self.domains.items() if elements}
        return Model(domains, self.interpretations)

    def _universe(self, sort: Ast) -> None:
        ref = self.ref
        if z3core.Z3_get_sort_id(ref, sort) not in self.translation.sorts:
            return
        universe = z3core.Z3_model_get_sort_universe(ref, self.model, sort)
        if not universe:
            return
        z3core.Z3_ast_vector_inc_ref(ref, universe)
        try:
            for at in range(z3core.Z3_ast_vector_size(ref, universe)):
                self._element(z3core.Z3_ast_vector_get(ref, universe, at))
        finally:
            z3core.Z3_ast_vector_dec_ref(ref, universe)

    def _element(self, value: Ast) -> Element:
        number = z3core.Z3_get_ast_id(self.ref, value)
        found = self.elements.get(number)
        if found is None:
            sort = self._sort(value)
            members = self.domains.setdefault(sort, [])
            found = self.elements[number] = Element(sort, len(members))
            members.append(found)
        return found

    def _sort(self, value: Ast) -> Sort:
        return self._known_sort(z3core.Z3_get_sort(self.ref, value))

    def _known_sort(self, sort: Ast) -> Sort:
        found = self.translation.sorts.get(z3core.Z3_get_sort_id(self.ref, sort))
        if found is None:
            kind = z3core.Z3_get_sort_kind(self.ref, sort)
            basic = {z3consts.Z3_BOOL_SORT: BOOL, z3consts.Z3_INT_SORT: INT, z3consts.Z3_REAL_SORT: REAL}
            found = basic.get(kind)
        if found is None:
            raise CannotTell(z3core.Z3_sort_to_string(self.ref, sort))
        return found

    def _symbol(self, declaration: Ast) -> Symbol | None:
        """The symbol of a declaration; one of Z3's own gets a name that no symbol of the user has."""
        number = z3core.Z3_get_func_decl_id(self.ref, declaration)
        return self.translation.symbols.get(number) or self.inner.get(number)

    def _inner_symbol(self, declaration: Ast) -> Symbol:
        """Take up a function of Z3's own that a definition mentions, with its meaning."""
        ref, number = self.ref, z3core.Z3_get_func_decl_id(self.ref, declaration)
        count = z3core.Z3_get_domain_size(ref, declaration)
        sorts = tuple(self._known_sort(z3core.Z3_get_domain(ref, declaration, at)) for at in range(count))
        result = self._known_sort(z3core.Z3_get_range(ref, declaration))
        symbol = self.inner[number] = Symbol(self._name("inner"), sorts, result)
        if not z3core.Z3_model_has_interp(ref, self.model, declaration):
            return symbol
        if count:
            self.interpretations[symbol] = self._table(declaration)
        else:
            value = z3core.Z3_model_get_const_interp(ref, self.model, declaration)
            self.interpretations[symbol] = self._constant(value)
        return symbol

    def _name(self, stem: str) -> str:
        number = len(self.taken)
        while f"{stem}!{number}" in self.taken:
            number += 1
        self.taken.add(f"{stem}!{number}")
        return f"{stem}!{number}"

    def _division(self, declaration: Ast) -> Op | None:
        if z3core.Z3_get_func_decl_id(self.ref, declaration) in self.translation.symbols:
            return None
        name = z3core.Z3_get_decl_name(self.ref, declaration)
        if z3core.Z3_get_symbol_kind(self.ref, name) != z3consts.Z3_STRING_SYMBOL:
            return None
        return _DIVISIONS.get(z3core.Z3_get_symbol_string(self.ref, name))

    @staticmethod
    def _dividends(table: Interpretation, op: Op) -> Interpretation:
        """Z3's functions for division by zero take the zero too; ours take the dividend alone."""
        entries = {arguments[:1]: value for arguments, value in table.entries.items() if arguments[1] == 0}
        if table.definition is None:
            return Interpretation(entries, table.otherwise)
        first, second = table.parameters
        assert isinstance(second, Variable)
        definition = substitute(table.definition, {second: number(0, REAL if op is Op.DIVIDE else INT)})
        return Interpretation(entries, None, definition, (first,))

    # values and definitions -------------------------------------------------------------------------------------

    def _constant(self, value: Ast) -> Interpretation:
        return Interpretation({(): self.value(value)})

    def _table(self, declaration: Ast) -> Interpretation:
        """The interpretation of a function, made once."""
        ref, number = self.ref, z3core.Z3_get_func_decl_id(self.ref, declaration)
        if number in self.tables:
            return self.tables[number]
        table = z3core.Z3_model_get_func_interp(ref, self.model, declaration)
        z3core.Z3_func_interp_inc_ref(ref, table)
        try:
            entries: dict[tuple[ModelValue, ...], ModelValue] = {}
            for at in range(z3core.Z3_func_interp_get_num_entries(ref, table)):
                entry = z3core.Z3_func_interp_get_entry(ref, table, at)
                z3core.Z3_func_entry_inc_ref(ref, entry)
                count = z3core.Z3_func_entry_get_num_args(ref, entry)
                key = tuple(self.value(z3core.Z3_func_entry_get_arg(ref, entry, place)) for place in range(count))
                entries[key] = self.value(z3core.Z3_func_entry_get_value(ref, entry))
                z3core.Z3_func_entry_dec_ref(ref, entry)
            rest = z3core.Z3_func_interp_get_else(ref, table)
            made = self._with_rest(entries, rest, declaration)
        finally:
            z3core.Z3_func_interp_dec_ref(ref, table)
        self.tables[number] = made
        return made

    def _with_rest(
        self, entries: dict[tuple[ModelValue, ...], ModelValue], rest: Ast, declaration: Ast
    ) -> Interpretation:
        if not rest:
            return Interpretation(entries)
        try:
            return Interpretation(entries, self.value(rest))
        except CannotTell:
            count = z3core.Z3_get_domain_size(self.ref, declaration)
            parameters = tuple(
                Variable(f"x{at}", self._known_sort(z3core.Z3_get_domain(self.ref, declaration, at)))
                for at in range(count)
            )
            return Interpretation(entries, None, self._term(rest, parameters), parameters)

    def value(self, ast: Ast) -> ModelValue:
        """Return a value.

        Raises:
            CannotTell: It is none of ours.
        """
        ref = self.ref
        kind = z3core.Z3_get_ast_kind(ref, ast)
        if kind == z3consts.Z3_NUMERAL_AST:
            found = read_numeral(z3core.Z3_get_numeral_string(ref, ast))
            return int(found) if self._sort(ast) == INT else found
        if kind != z3consts.Z3_APP_AST:
            raise CannotTell(z3core.Z3_ast_to_string(ref, ast))
        if z3core.Z3_is_algebraic_number(ref, ast):
            return self._algebraic(ast)
        declaration = z3core.Z3_get_app_decl(ref, ast)
        op = z3core.Z3_get_decl_kind(ref, declaration)
        if op in (z3consts.Z3_OP_TRUE, z3consts.Z3_OP_FALSE):
            return bool(op == z3consts.Z3_OP_TRUE)
        sort = z3core.Z3_get_sort_kind(ref, z3core.Z3_get_sort(ref, ast))
        if sort == z3consts.Z3_UNINTERPRETED_SORT and not z3core.Z3_get_app_num_args(ref, ast):
            known = z3core.Z3_get_func_decl_id(ref, declaration) in self.translation.symbols
            if not known:
                return self._element(ast)
        if sort == z3consts.Z3_ARRAY_SORT:
            return self._array(ast)
        raise CannotTell(z3core.Z3_ast_to_string(ref, ast))

    def _algebraic(self, ast: Ast) -> Algebraic:
        """A root of a polynomial; Z3 counts roots from 1."""
        ref = self.ref
        found = z3core.Z3_algebraic_get_poly(ref, ast)
        z3core.Z3_ast_vector_inc_ref(ref, found)
        try:
            size = z3core.Z3_ast_vector_size(ref, found)
            texts = [z3core.Z3_get_numeral_string(ref, z3core.Z3_ast_vector_get(ref, found, at)) for at in range(size)]
        finally:
            z3core.Z3_ast_vector_dec_ref(ref, found)
        return Algebraic(tuple(int(read_numeral(text)) for text in texts), z3core.Z3_algebraic_get_i(ref, ast) - 1)

    def _array(self, ast: Ast) -> ArrayValue:
        """Stores on a constant array; of two entries at one index the outer one counts."""
        ref = self.ref
        entries: dict[ModelValue, ModelValue] = {}
        while True:
            if z3core.Z3_get_ast_kind(ref, ast) != z3consts.Z3_APP_AST:
                raise CannotTell(z3core.Z3_ast_to_string(ref, ast))
            declaration = z3core.Z3_get_app_decl(ref, ast)
            kind = z3core.Z3_get_decl_kind(ref, declaration)
            if kind == z3consts.Z3_OP_CONST_ARRAY:
                otherwise = self.value(z3core.Z3_get_app_arg(ref, ast, 0))
                return ArrayValue(tuple(entries.items()), otherwise)
            if kind == z3consts.Z3_OP_AS_ARRAY:
                return self._from_function(declaration, entries)
            if kind != z3consts.Z3_OP_STORE:
                raise CannotTell(z3core.Z3_ast_to_string(ref, ast))
            index = self.value(z3core.Z3_get_app_arg(ref, ast, 1))
            entries.setdefault(index, self.value(z3core.Z3_get_app_arg(ref, ast, 2)))
            ast = z3core.Z3_get_app_arg(ref, ast, 0)

    def _from_function(self, declaration: Ast, entries: dict[ModelValue, ModelValue]) -> ArrayValue:
        table = self._table(z3core.Z3_get_decl_func_decl_parameter(self.ref, declaration, 0))
        if table.otherwise is None:
            raise CannotTell("an array that a formula describes")
        for key, value in table.entries.items():
            entries.setdefault(key[0], value)
        return ArrayValue(tuple(entries.items()), table.otherwise)

    def _term(self, ast: Ast, parameters: tuple[Variable, ...]) -> Term:
        """The term that an expression stands for, parts before wholes."""
        ref = self.ref
        made: dict[int, Term] = {}
        pending = [ast]
        while pending:
            current = pending[-1]
            number = z3core.Z3_get_ast_id(ref, current)
            if number in made:
                pending.pop()
                continue
            leaf = self._leaf(current, parameters)
            if leaf is not None:
                made[number] = leaf
                continue
            count = z3core.Z3_get_app_num_args(ref, current)
            parts = [z3core.Z3_get_app_arg(ref, current, at) for at in range(count)]
            missing = [part for part in parts if z3core.Z3_get_ast_id(ref, part) not in made]
            if missing:
                pending.extend(missing)
                continue
            below = [made[z3core.Z3_get_ast_id(ref, part)] for part in parts]
            made[number] = self._applied(z3core.Z3_get_app_decl(ref, current), below)
        return made[z3core.Z3_get_ast_id(ref, ast)]

    def _leaf(self, ast: Ast, parameters: tuple[Variable, ...]) -> Term | None:
        """The term of a variable or value; None where it has parts."""
        kind = z3core.Z3_get_ast_kind(self.ref, ast)
        if kind == z3consts.Z3_VAR_AST:
            return parameters[int(z3core.Z3_get_index_value(self.ref, ast))]
        try:
            value = self.value(ast)
        except CannotTell:
            if kind == z3consts.Z3_APP_AST:
                return None
            raise
        sort = self._sort(ast)
        if sort in (INT, REAL) and not isinstance(value, Algebraic):
            assert isinstance(value, int | Fraction)
            return Number(Fraction(value), sort)
        if isinstance(value, bool):
            return operate(Op.TRUE if value else Op.FALSE)
        return self._named(value, sort)

    def _named(self, value: ModelValue, sort: Sort) -> Term:
        """A constant invented to stand for a value that no term can say."""
        if value not in self.invented:
            symbol = Symbol(self._name("value"), (), sort)
            self.interpretations[symbol] = Interpretation({(): value})
            self.invented[value] = Apply(symbol)
        return self.invented[value]

    def _applied(self, declaration: Ast, parts: list[Term]) -> Term:
        kind = z3core.Z3_get_decl_kind(self.ref, declaration)
        if kind in _OPERATIONS:
            return operate(_OPERATIONS[kind], *parts)
        division = self._division(declaration)
        if division is not None:
            if not (isinstance(parts[1], Number) and parts[1].value == 0):
                raise CannotTell("a division by zero whose divisor is not plainly zero")
            return Apply(BY_ZERO[division], tuple(parts[:1]))
        symbol = self._symbol(declaration)
        if symbol is None:
            if kind != z3consts.Z3_OP_UNINTERPRETED:
                raise CannotTell(z3core.Z3_func_decl_to_string(self.ref, declaration))
            symbol = self._inner_symbol(declaration)
        return Apply(symbol, tuple(parts))
