"""Reads Datalog as Soufflé writes it, into plain trees: declarations, clauses, components put in their places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from logic_readers.souffle_trees import (
    Aggregate,
    Applied,
    Clause,
    Conjunction,
    Constant,
    Expression,
    Literal,
    MissingError,
    Relation,
    Source,
    Variable,
)

_TOKEN = re.compile(
    r'("(?:[^"\\]|\\.)*")|(0x[0-9a-fA-F]+|0b[01]+|\d+(?:\.\d+)?u?)|([A-Za-z_?][\w?]*(?:(?:\.|::)[A-Za-z_?][\w?]*)*)'
    r"|(:-|<=|>=|!=|<:|[-+*/%^=<>!().,;:{}\[\]|@$~&])"
)
_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(\w+)[ \t]*([^\n]*)$", re.MULTILINE)
_DEFINE = re.compile(r"([A-Za-z_]\w*)\s+(.+)")
AGGREGATES = {"count", "sum", "min", "max", "mean"}
COMPARISONS = {"=", "!=", "<", "<=", ">", ">="}
_QUALIFIERS = {"inline", "no_inline", "magic", "no_magic", "brie", "btree", "btree_delete", "eqrel", "overridable",
               "output", "input", "printsize"}  # fmt: skip
_LEVELS = (frozenset("+-"), frozenset("*/%"), frozenset("^"))


@dataclass(frozen=True, slots=True)
class Component:
    """`.comp Name<parameters> : bases { body }`."""

    parameters: tuple[str, ...]
    bases: tuple[tuple[str, tuple[str, ...]], ...]
    tokens: tuple[str, ...]


def read(text: str) -> Source:
    """Read a program.

    Raises:
        MissingError: It has a construct that is not known here.
    """
    reader = _Reader(tokens(text))
    reader.statements(Source())
    return reader.source


def tokens(text: str) -> list[str]:
    """Return the tokens of a program, with comments gone and plain macros put in."""
    text = _COMMENT.sub(lambda found: found.group(1) or " ", text)
    macros: dict[str, list[str]] = {}
    for directive in _DIRECTIVE.finditer(text):
        define = _DEFINE.fullmatch(directive[2].strip())
        if directive[1] != "define" or define is None:
            raise MissingError(f"#{directive[1]}")
        macros[define[1]] = _plain_tokens(define[2])
    found = []
    for token in _plain_tokens(_DIRECTIVE.sub("", text)):
        found += macros.get(token, [token])
    return found


def _plain_tokens(text: str) -> list[str]:
    found, place = [], 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        token = _TOKEN.match(text, place)
        if token is None:
            raise MissingError(f"the character {text[place]!r}")
        found.append(token.group())
        place = token.end()
    return found


class _Reader:
    """Reads tokens.

    Args:
        found: The tokens.
        prefix: What stands before the names of relations inside a component.
        components: The components that can be used.
    """

    def __init__(self, found: Sequence[str], prefix: str = "", components: dict[str, Component] | None = None) -> None:
        self.tokens, self.place, self.prefix = found, 0, prefix
        self.components: dict[str, Component] = {} if components is None else components
        self.source = Source()
        self.local: set[str] = set()
        self._known: set[str] = set()

    def peek(self, ahead: int = 0) -> str:
        place = self.place + ahead
        return self.tokens[place] if place < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        found = self.peek()
        if not found or (wanted and found != wanted):
            near = " ".join(self.tokens[max(0, self.place - 4) : self.place + 3])
            raise MissingError(f"expected {wanted or 'more'}, got {found or 'the end'} near {near!r}")
        self.place += 1
        return found

    def accept(self, wanted: str) -> bool:
        if self.peek() != wanted:
            return False
        self.place += 1
        return True

    # statements ------------------------------------------------------------------------------------------------

    def statements(self, source: Source) -> None:
        """Read all statements into a program."""
        self.source = source
        while self.peek():
            if self.accept("."):
                self.directive(self.take())
            else:
                self.clause()

    def directive(self, word: str) -> None:
        simple = {"decl": self.declaration, "type": self.type, "comp": self.component, "init": self.instance}
        if word in simple:
            simple[word]()
        elif word in ("input", "output", "printsize", "limitsize"):
            self.wires(word)
        elif word == "pragma":
            while self.peek().startswith('"'):
                self.take()
        else:
            raise MissingError(f".{word}")

    def declaration(self) -> None:
        names = [self.take()]
        while self.accept(","):
            names.append(self.take())
        self.take("(")
        types = []
        while not self.accept(")"):
            self.take()
            self.take(":")
            types.append(self.take())
            self.accept(",")
        is_equivalence = False
        while self.peek() in _QUALIFIERS or self.peek() == "choice-domain" or self.peek() == "choice":
            word = self.take()
            if word.startswith("choice"):
                raise MissingError("choice-domain")
            is_equivalence |= word == "eqrel"
        for name in names:
            self.local.add(name)
            full = self.prefix + name
            self.source.relations[full] = Relation(full, tuple(types), is_equivalence)

    def type(self) -> None:
        name = self.take()
        if self.accept("<:"):
            self.source.types[name] = self.take()
        elif self.accept("="):
            if self.accept("["):
                while not self.accept("]"):
                    self.take()
                self.source.types[name] = "["
            else:
                first = self.take()
                if self.peek() == "{" or not first[0].isalpha():
                    raise MissingError("algebraic data types")
                while self.accept("|"):
                    self.take()
                self.source.types[name] = first
        else:
            raise MissingError(f".type {name} in this form")

    def wires(self, word: str) -> None:
        names = [self.qualified(self.take())]
        while self.accept(","):
            names.append(self.qualified(self.take()))
        options: dict[str, str] = {}
        if self.accept("("):
            while not self.accept(")"):
                key = self.take()
                if self.accept("="):
                    options[key.lower()] = self.take().strip('"')
                self.accept(",")
        for name in names:
            if word == "input":
                self.source.inputs[name] = options
            elif word == "output":
                self.source.outputs.append(name)

    def component(self) -> None:
        name, parameters = self.take(), self.parameters()
        bases: list[tuple[str, tuple[str, ...]]] = []
        if self.accept(":"):
            bases.append((self.take(), self.parameters()))
            while self.accept(","):
                bases.append((self.take(), self.parameters()))
        self.take("{")
        start, depth = self.place, 1
        while depth:
            depth += {"{": 1, "}": -1}.get(self.take(), 0)
        self.components[name] = Component(parameters, tuple(bases), tuple(self.tokens[start : self.place - 1]))

    def parameters(self) -> tuple[str, ...]:
        found: list[str] = []
        if self.accept("<"):
            while not self.accept(">"):
                found.append(self.take())
                self.accept(",")
        return tuple(found)

    def instance(self) -> None:
        name = self.take()
        self.take("=")
        kind, arguments = self.take(), self.parameters()
        inner = _Reader(self.expanded(kind, arguments), f"{self.prefix}{name}.", dict(self.components))
        inner.statements(self.source)
        self.local.update(f"{name}.{one}" for one in inner.local)

    def expanded(self, kind: str, arguments: Sequence[str], depth: int = 0) -> list[str]:
        """Return the tokens of a component and its bases, with its parameters put in."""
        if kind not in self.components or depth > 20:
            raise MissingError(f"the component {kind}")
        component = self.components[kind]
        values = dict(zip(component.parameters, arguments, strict=False))
        found = []
        for base, given in component.bases:
            found += self.expanded(values.get(base, base), [values.get(one, one) for one in given], depth + 1)
        return found + [values.get(token, token) for token in component.tokens]

    def qualified(self, name: str) -> str:
        """Return the whole name of a relation as it is named here."""
        return self.prefix + name if name in self.local else name

    # clauses ---------------------------------------------------------------------------------------------------

    def clause(self) -> None:
        heads = [self.atom()]
        while self.accept(","):
            heads.append(self.atom())
        body: tuple[Conjunction, ...] = ((),)
        if self.accept(":-"):
            body = self.disjunction()
        self.take(".")
        self.source.clauses.append(Clause(tuple(heads), body))

    def disjunction(self) -> tuple[Conjunction, ...]:
        found = list(self.conjunction())
        while self.accept(";"):
            found += self.conjunction()
        return tuple(found)

    def conjunction(self) -> list[Conjunction]:
        found: list[Conjunction] = [()]
        while True:
            either = self.condition()
            found = [(*before, *more) for before in found for more in either]
            if not self.accept(","):
                return found

    def condition(self) -> list[Conjunction]:
        if self.peek() == "(" and self.is_group():
            self.take()
            found = self.disjunction()
            self.take(")")
            return list(found)
        if self.accept("!"):
            if self.peek() == "(":
                raise MissingError("a negated group")
            return [(replace(self.atom(), holds=False),)]
        if self.peek() in ("true", "false") and self.peek(1) != "(":
            return [()] if self.take() == "true" else []
        if re.match(r"[A-Za-z_?]", self.peek()) and self.peek(1) == "(" and self.qualified(self.peek()) in self.known():
            return [(self.atom(),)]
        left = self.expression()
        sign = self.take()
        if sign not in COMPARISONS:
            raise MissingError(f"the condition with {sign}")
        return [(Literal(sign, (left, self.expression())),)]

    def known(self) -> set[str]:
        """Return the relations declared anywhere in these tokens."""
        if not self._known:
            self._known = {
                self.prefix + self.tokens[place + 2]
                for place, token in enumerate(self.tokens[:-2])
                if token == "." and self.tokens[place + 1] == "decl"
            }
            self.local |= {name.removeprefix(self.prefix) for name in self._known}
        return self._known | set(self.source.relations)

    def is_group(self) -> bool:
        """Tell whether a bracket holds conditions rather than an expression."""
        depth = 0
        for place in range(self.place, len(self.tokens)):
            token = self.tokens[place]
            depth += {"(": 1, ")": -1}.get(token, 0)
            if depth == 1 and token in (";", "=", "!=", "<", "<=", ">", ">=", "!"):
                return True
            if depth == 1 and self.qualified(token) in self.known() and self.tokens[place + 1] == "(":
                return True
            if not depth:
                return False
        return False

    def atom(self) -> Literal:
        name = self.take()
        if name == "[" or not (name[0].isalpha() or name[0] in "_?"):
            raise MissingError(f"the head or atom that begins with {name}")
        self.known()
        self.take("(")
        return Literal(self.qualified(name), self.arguments(")"))

    def arguments(self, closing: str) -> tuple[Expression, ...]:
        found: list[Expression] = []
        while not self.accept(closing):
            found.append(self.expression())
            if self.peek() != closing:
                self.take(",")
        return tuple(found)

    def expression(self, level: int = 0) -> Expression:
        if level == len(_LEVELS):
            return self.single()
        found = self.expression(level + 1)
        while self.peek() in _LEVELS[level]:
            found = Applied(self.take(), (found, self.expression(level + 1)))
        return found

    def single(self) -> Expression:
        token = self.take()
        if token == "-":
            return Applied("neg", (self.single(),))
        if token == "(":
            found = self.expression()
            self.take(")")
            return found
        if token == "[":
            return Applied("[", self.arguments("]"))
        if token.startswith('"'):
            return Constant(token)
        if token[0].isdigit():
            return Constant(str(int(token, 0)) if token[:2] in ("0x", "0b") else token.rstrip("u"))
        if token == "nil":
            return Applied("nil", ())
        if token in AGGREGATES and self.peek() != "(":
            return self.aggregate(token)
        if not (token[0].isalpha() or token[0] in "_?"):
            raise MissingError(f"the expression that begins with {token}")
        if self.accept("("):
            return Applied(token, self.arguments(")"))
        return Variable(token)

    def aggregate(self, kind: str) -> Aggregate:
        term = None if self.peek() == ":" else self.expression()
        self.take(":")
        if self.accept("{"):
            body = self.disjunction()
            self.take("}")
        else:
            body = tuple(self.condition())
        return Aggregate(kind, term, body)
