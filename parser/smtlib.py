"""Scripts in SMT-LIB 2: core, integers, reals, arrays, uninterpreted functions and sorts, into commands over terms.

What our terms cannot say (bit-vectors, floating point, strings, datatypes other than enumerations, recursive
definitions, tactics, …) is not read; the script then says what it was. A number where one of the other numeric sort is
wanted is converted with `to_real` or `to_int`, as Z3 reads it. Source: The SMT-LIB Standard, version 2.7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from abduce.errors import UsageError
from abduce.parser.numerals import exact
from abduce.parser.smtlib_commands import (
    Assert,
    AssertSoft,
    CheckSat,
    Command,
    Echo,
    Exit,
    GetInfo,
    GetModel,
    GetUnsatCore,
    GetValue,
    Objective,
    Pop,
    Push,
    Reset,
    SetInfo,
    SetLogic,
    SetOption,
    SmtScript,
)
from abduce.parser.smtlib_enumerations import read_enumeration, read_enumerations
from abduce.parser.smtlib_scope import MOST_LEVELS, Scope, SortMacro, parameter, read_sort
from abduce.parser.smtlib_terms import TermReader
from abduce.parser.smtlib_tokens import NUMERAL, Tokens, tokenize
from abduce.parser.source_text import Delegated, SourceText
from abduce.solvers.terms import ARITHMETIC, Sort, Symbol, Term

_RECURSIVE = ("define-fun-rec", "define-funs-rec")
_TACTICS = ("apply", "simplify", "eval", "display", "help", "help-tactic",
    "get-consequences", "get-interpolant", "get-abduct", "get-qe", "query", "rule", "declare-rel", "declare-var",
    "declare-tactic", "get-objectives", "get-proof", "get-proof-graph", "get-unsat-assumptions", "get-assertions",
    "get-assignment", "get-option", "labels", "poly/factor", "reset-user-timeout", "model-add", "model-del",
    "declare-map", "add-fact", "euf-project", "mbi", "mbp", "include-solver", "set-initial-value",
    "declare-type-var", "define-const-rec", "minimize-all", "block-model", "block-model-values")  # fmt: skip


def read_smtlib(text: str, file: str = "") -> SmtScript:
    """Read a script.

    Args:
        text: The script.
        file: Its name, for errors.

    Returns:
        Its commands up to `(exit)`, or why our terms cannot say it.

    Raises:
        ParseError: It is ill-formed, ill-sorted, or uses what it does not declare.
        UsageError: It includes another file, or redirects its output to one.

    Example:
        >>> script = read_smtlib("(declare-const x Int) (assert (> x 2)) (check-sat)")
        >>> [type(command).__name__ for command in script.commands]
        ['Assert', 'CheckSat']
        >>> read_smtlib("(declare-const s String)").delegated
        'strings'
    """
    reader = _ScriptReader(tokenize(SourceText(text, file)))
    try:
        return SmtScript(tuple(reader.read()), text=text, file=file)
    except Delegated as reason:
        return SmtScript((), str(reason), text=text, file=file)


class _ScriptReader:
    """Reads the commands of one script."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens, self._scope = tokens, Scope()
        self._terms = TermReader(tokens, self._scope)
        self._commands: list[Command] = []
        self._optimises = False
        self._readers: dict[str, Callable[[int], int]] = {
            "assert": self._assert,
            "assert-soft": self._soft,
            "minimize": self._objective,
            "maximize": self._objective,
            "check-sat": self._check,
            "check-sat-using": self._check_using,
            "check-sat-assuming": self._check_assuming,
            "push": self._push,
            "pop": self._pop,
            "declare-fun": self._declare,
            "declare-const": self._declare_constant,
            "define-fun": self._define,
            "define-const": self._define_constant,
            "declare-sort": self._declare_sort,
            "define-sort": self._define_sort,
            "declare-datatype": self._declare_datatype,
            "declare-datatypes": self._declare_datatypes,
            "get-model": self._get_model,
            "get-value": self._get_value,
            "get-unsat-core": self._get_core,
            "get-info": self._get_info,
            "set-logic": self._set_logic,
            "set-option": self._set_option,
            "set-info": self._set_info,
            "echo": self._echo,
            "reset": self._reset,
            "reset-assertions": self._reset,
            "exit": self._exit,
        }

    def read(self) -> list[Command]:
        """Read all commands: each reader is given the index after the name, and returns that of the bracket."""
        tokens, index = self._tokens, 0
        while tokens.texts[index]:
            index = tokens.expect(index, "(")
            name = tokens.symbol(index)
            reader = self._readers.get(name)
            if reader is None:
                raise self._unread(name, index)
            index = tokens.expect(reader(index + 1), ")")
            if name == "exit":
                break
        return self._commands

    def _unread(self, name: str, index: int) -> Exception:
        if name == "include":
            return UsageError(
                f"{self._tokens.source.file or 'input'}:{self._tokens.line(index)}: "
                "(include …) is not followed; put the text of the other file in its place"
            )
        if name == "declare-codatatypes":
            return Delegated("datatypes")
        if name in _RECURSIVE:
            return Delegated("recursive definitions")
        if name in _TACTICS:
            return Delegated(f"the command {name}")
        return self._tokens.error(
            index, f"{name} is not a command", expected=("assert", "check-sat", "declare-fun", "…")
        )

    # what is asked and told -----------------------------------------------------------------------------------

    def _assert(self, index: int) -> int:
        term, after = self._terms.formula(index)
        line = self._tokens.line(index - 1)
        self._commands.append(Assert(term, self._terms.named, line))
        return after

    def _soft(self, index: int) -> int:
        term, index = self._terms.formula(index)
        tokens, values = self._tokens, {":weight": "1", ":id": ""}
        while tokens.texts[index] != ")":
            key = tokens.texts[index]
            if key not in (*values, ":dweight"):
                raise tokens.error(index, f"{tokens.shown(index)} is no attribute of a wish", expected=tuple(values))
            after = tokens.after(index + 1)
            values[":id" if key == ":id" else ":weight"] = tokens.written(index + 1, after)
            index = after
        digits = values[":weight"].strip("() ").replace(" ", "")
        try:
            weight = exact(digits)
        except ValueError as error:
            raise tokens.error(index - 1, f"{digits} is not a weight") from error
        self._commands.append(AssertSoft(term, weight, values[":id"]))
        self._optimises = True
        return index

    def _objective(self, index: int) -> int:
        kind = self._tokens.texts[index - 1]
        term, after = self._terms.read(index)
        if term.sort not in ARITHMETIC:
            raise self._tokens.error(index, f"only numbers can be optimised, not {term.sort}")
        while self._tokens.texts[after].startswith(":"):
            after = self._tokens.after(after + 1)
        self._commands.append(Objective(kind, term))
        self._optimises = True
        return after

    def _check(self, index: int) -> int:
        assumptions = []
        while self._tokens.texts[index] != ")":
            term, index = self._terms.formula(index)
            assumptions.append(term)
        self._commands.append(CheckSat(tuple(assumptions)))
        return index

    def _check_using(self, index: int) -> int:
        after = self._tokens.after(index)
        while self._tokens.texts[after].startswith(":"):
            after = self._tokens.after(after + 1)
        self._commands.append(CheckSat())
        return after

    def _check_assuming(self, index: int) -> int:
        return self._tokens.expect(self._check(self._tokens.expect(index, "(")), ")")

    def _check_models(self) -> None:
        """Make sure that models may be asked for."""
        if self._optimises:
            raise Delegated("the model of an optimisation")
        if self._scope.enumerates:
            raise Delegated("models of datatypes")

    def _get_model(self, index: int) -> int:
        self._check_models()
        self._commands.append(GetModel(self._scope.symbols()))
        return index

    def _get_value(self, index: int) -> int:
        self._check_models()
        tokens, terms, texts = self._tokens, [], []
        index = tokens.expect(index, "(")
        while tokens.texts[index] != ")":
            term, after = self._terms.read(index)
            terms.append(term)
            texts.append(tokens.written(index, after))
            index = after
        self._commands.append(GetValue(tuple(terms), tuple(texts)))
        return index + 1

    def _get_core(self, index: int) -> int:
        self._commands.append(GetUnsatCore())
        return index

    def _get_info(self, index: int) -> int:
        if not self._tokens.texts[index].startswith(":"):
            raise self._tokens.error(index, f"a keyword should stand here, not {self._tokens.shown(index)}")
        self._commands.append(GetInfo(self._tokens.texts[index]))
        return index + 1

    # what is declared -----------------------------------------------------------------------------------------

    def _declare(self, index: int) -> int:
        tokens, name, place = self._tokens, self._tokens.symbol(index), index
        index = tokens.expect(index + 1, "(")
        arguments: list[Sort] = []
        while tokens.texts[index] != ")":
            argument, index = read_sort(tokens, index, self._scope)
            arguments.append(argument)
        result, index = read_sort(tokens, index + 1, self._scope)
        self._scope.define(tokens, place, name, Symbol(name, tuple(arguments), result))
        return index

    def _declare_constant(self, index: int) -> int:
        name = self._tokens.symbol(index)
        sort, after = read_sort(self._tokens, index + 1, self._scope)
        self._scope.define(self._tokens, index, name, Symbol(name, (), sort))
        return after

    def _define(self, index: int) -> int:
        name = self._tokens.symbol(index)
        macro, after = self._terms.macro(index + 1)
        self._scope.define(self._tokens, index, name, macro)
        return after

    def _define_constant(self, index: int) -> int:
        name = self._tokens.symbol(index)
        macro, after = self._terms.definition(index + 1)
        self._scope.define(self._tokens, index, name, macro)
        return after

    def _declare_sort(self, index: int) -> int:
        name, arity = self._tokens.symbol(index), self._tokens.texts[index + 1]
        if arity != ")" and not NUMERAL.fullmatch(arity):
            raise self._tokens.error(index + 1, "a sort is declared with its number of parameters", expected=("0", ")"))
        if arity.strip("0") and arity != ")":
            raise Delegated("families of sorts")
        self._scope.define_sort(self._tokens, index, name, SortMacro())
        return index + (1 if arity == ")" else 2)

    def _define_sort(self, index: int) -> int:
        tokens, name, place = self._tokens, self._tokens.symbol(index), index
        index = tokens.expect(index + 1, "(")
        parameters: list[str] = []
        while tokens.texts[index] != ")":
            parameters.append(tokens.symbol(index))
            index += 1
        body, after = read_sort(tokens, index + 1, self._scope, {name: parameter(name) for name in parameters})
        self._scope.define_sort(tokens, place, name, SortMacro(tuple(parameters), body))
        return after

    def _declare_datatype(self, index: int) -> int:
        formulas, after = read_enumeration(self._tokens, index, self._scope)
        self._tell(index, formulas)
        return after

    def _declare_datatypes(self, index: int) -> int:
        formulas, after = read_enumerations(self._tokens, index, self._scope)
        self._tell(index, formulas)
        return after

    def _tell(self, index: int, formulas: Iterable[Term]) -> None:
        self._commands.extend(Assert(formula, None, self._tokens.line(index)) for formula in formulas)

    # levels and settings --------------------------------------------------------------------------------------

    def _levels(self, index: int) -> tuple[int, int]:
        tokens = self._tokens
        if tokens.texts[index] == ")":
            return 1, index
        if not NUMERAL.fullmatch(tokens.texts[index]) or len(tokens.texts[index]) > 6:
            raise tokens.error(
                index, f"a number of levels should stand here, not {tokens.shown(index)}", expected=("1",)
            )
        return int(tokens.texts[index]), index + 1

    def _push(self, index: int) -> int:
        levels, after = self._levels(index)
        if self._scope.depth + levels > MOST_LEVELS:
            raise self._tokens.error(index, f"more than {MOST_LEVELS} levels are open at a time")
        self._scope.push(levels)
        self._commands.append(Push(levels))
        return after

    def _pop(self, index: int) -> int:
        levels, after = self._levels(index)
        if levels > self._scope.depth:
            raise self._tokens.error(index, f"{levels} levels cannot be closed where {self._scope.depth} are open")
        self._scope.pop(levels)
        self._commands.append(Pop(levels))
        return after

    def _reset(self, index: int) -> int:
        assertions_only = self._tokens.texts[index - 1] == "reset-assertions"
        if assertions_only and self._scope.keeps:
            self._scope.pop(self._scope.depth)
        else:
            self._scope.clear()
            self._scope.keeps &= assertions_only
        self._optimises = False
        self._commands.append(Reset(assertions_only))
        return index

    def _set_logic(self, index: int) -> int:
        self._commands.append(SetLogic(self._tokens.symbol(index)))
        return index + 1

    def _setting(self, index: int) -> tuple[str, str, int]:
        tokens, key = self._tokens, self._tokens.texts[index]
        if not key.startswith(":"):
            raise tokens.error(index, f"a keyword should stand here, not {tokens.shown(index)}", expected=(":name",))
        if tokens.texts[index + 1] == ")":
            return key, "", index + 1
        after = tokens.after(index + 1)
        return key, tokens.written(index + 1, after), after

    def _set_option(self, index: int) -> int:
        key, value, after = self._setting(index)
        if key in (":regular-output-channel", ":diagnostic-output-channel") and value not in ('"stdout"', '"stderr"'):
            raise UsageError(f"{self._tokens.source.file or 'input'}: {key} {value}: output goes to no file")
        if key == ":global-declarations":
            self._scope.keeps = value == "true"
        self._commands.append(SetOption(key, value))
        return after

    def _set_info(self, index: int) -> int:
        key, value, after = self._setting(index)
        self._commands.append(SetInfo(key, value))
        return after

    def _echo(self, index: int) -> int:
        text = self._tokens.texts[index]
        if not text.startswith('"'):
            raise self._tokens.error(index, f"a string should stand here, not {self._tokens.shown(index)}")
        self._commands.append(Echo(text[1:-1].replace('""', '"')))
        return index + 1

    def _exit(self, index: int) -> int:
        self._commands.append(Exit())
        return index
