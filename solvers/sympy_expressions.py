"""Between marks and sympy's expressions, and from those to texts of the query language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import sympy
from sympy.printing.str import StrPrinter

_RENAMED: Final = {"ln": "log", "abs": "Abs", "min": "Min", "max": "Max", "e": "E"}
_RELATIONS: Final[dict[str, Callable[..., Any]]] = {
    "=": sympy.Eq,
    "distinct": sympy.Ne,
    "<": sympy.StrictLessThan,
    "<=": sympy.LessThan,
    ">": sympy.StrictGreaterThan,
    ">=": sympy.GreaterThan,
    "and": sympy.And,
    "or": sympy.Or,
    "not": sympy.Not,
}
_ARITHMETIC: Final[dict[str, Callable[..., Any]]] = {
    "+": sympy.Add,
    "-": lambda first, *others: sympy.Add(first, *(-other for other in others)),
    "neg": lambda one: -one,
    "*": sympy.Mul,
    "/": lambda first, *others: sympy.Mul(first, *(sympy.Pow(other, -1) for other in others)),
    "^": sympy.Pow,
    "abs": sympy.Abs,
    "ite": lambda condition, yes, no: sympy.Piecewise((yes, condition), (no, True)),
}


def expression(marks: Sequence[Sequence[Any]]) -> Any:
    """Return what marks say; every variable is a symbol about which nothing is assumed.

    Raises:
        ValueError: The marks are no expression.
    """
    results: list[Any] = []
    for kind, name, count in marks:
        parts = results[len(results) - count :] if count else []
        del results[len(results) - len(parts) :]
        results.append(combined(kind, name, parts))
    if len(results) != 1:
        raise ValueError(f"the marks leave {len(results)} expressions")
    return results[0]


def combined(kind: str, name: str, parts: list[Any]) -> Any:
    """Return what one mark makes of its parts."""
    if kind == "n":
        return sympy.Rational(name)
    if kind == "v":
        return sympy.Symbol(name)
    return _applied(name, parts) if kind == "f" else (_ARITHMETIC.get(name) or _RELATIONS[name])(*parts)


def _applied(name: str, parts: list[Any]) -> Any:
    meant = getattr(sympy, _RENAMED.get(name, name))
    return meant(*parts) if parts else meant


class _Printer(StrPrinter):  # type: ignore[misc]
    """Writes as the query language does."""

    def _print_Exp1(self, _: Any) -> str:
        return "e"

    def _print_Abs(self, expr: Any) -> str:
        return f"abs({self._print(expr.args[0])})"

    def _print_Piecewise(self, expr: Any) -> str:
        *cases, last = expr.args
        text: str = self._print(last.expr)
        for case in reversed([*cases, *([last] if last.cond != True else [])]):  # noqa: E712 - sympy's truth
            text = f"ite({self._print(case.cond)}, {self._print(case.expr)}, {'undefined' if case is last else text})"
        return text

    def _print_Relational(self, expr: Any) -> str:
        op = {"==": "=", "!=": "!="}.get(expr.rel_op, expr.rel_op)
        return f"{self._print(expr.lhs)} {op} {self._print(expr.rhs)}"

    def _joined(self, word: str, expr: Any) -> str:
        return f" {word} ".join(f"({self._print(arg)})" for arg in sorted(expr.args, key=sympy.default_sort_key))

    def _print_And(self, expr: Any) -> str:
        return self._joined("and", expr)

    def _print_Or(self, expr: Any) -> str:
        return self._joined("or", expr)

    def _print_Not(self, expr: Any) -> str:
        return f"not ({self._print(expr.args[0])})"


def text(expr: Any) -> str:
    """Return an expression as the query language writes it; what that lacks, as sympy does (`I`, `CRootOf`)."""
    return str(_Printer().doprint(expr)).replace("**", "^")
