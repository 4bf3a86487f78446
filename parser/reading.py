"""From the tokens of one statement to the statement, by the grammar of `query.lark`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final, NoReturn

from lark import Lark, Tree
from lark.exceptions import UnexpectedToken
from lark.lexer import Lexer

from abduce.errors import ParseError
from abduce.parser.building import Builder, Context, Misplaced, claim, is_capitalised, term
from abduce.parser.clauses import clause_body, clause_head
from abduce.parser.hyphens import split_hyphens
from abduce.parser.lexing import Token, fault
from abduce.parser.messages import expected_words, unexpected
from abduce.parser.pausing import without_collections
from abduce.parser.queries import query_of
from abduce.parser.splitting import Chunk, Splitter, check_brackets, is_atom
from abduce.parser.statements import (
    Algebra,
    App,
    Clause,
    Declaration,
    Expression,
    Formula,
    Operation,
    Quantifier,
    Source,
    Statement,
)

DEEPEST: Final = 500
"""How deep an expression may nest, brackets that group not counted: what is deeper would overrun Python's stack."""
STARTS: Final = ("goals", "clause", "query", "declaration", "algebra")


class _Tokens(Lexer):
    """Hands the tokens of the splitter to Lark."""

    def __init__(self, lexer_conf: Any) -> None:
        del lexer_conf

    def lex(self, data: Any) -> Iterator[Any]:  # type: ignore[override]  # Lark's older interface, which it still takes
        return iter(data)


@cache
def _parser() -> Lark:
    grammar = files("abduce.parser").joinpath("query.lark").read_text(encoding="utf-8")
    with without_collections():
        return Lark(grammar, parser="lalr", lexer=_Tokens, transformer=Builder(), start=list(STARTS))


class Reader:
    """Reads the statements of one text."""

    def __init__(self, text: str, *, file: str = "", constants: Collection[str] = ()) -> None:
        self.text, self.file = text, file
        self.constants = set(constants)
        self.splitter = Splitter(text, file=file)
        self.at_end = False
        self._counted, self._line, self._begun = 0, 1, 0

    def statement(self, chunk: Chunk, mode: str = "", *, check: bool = True) -> Statement:
        """Read one statement.

        Args:
            chunk: Its tokens.
            mode: `formula` or `query` to read it as such, empty to go by its looks.
            check: Whether brackets without partner are reported before anything else.

        Raises:
            ParseError: It cannot be read.
        """
        self.at_end = False
        if check:
            check_brackets(self.text, chunk, file=self.file)
        mode = mode or mode_of(chunk)
        if mode == "clause" and chunk.ending == "line":
            self._refuse_without_dot(chunk)
        tokens = chunk.tokens[1:] if chunk.tokens and chunk.tokens[0].type == "ASK" else chunk.tokens
        context = Context(
            chunk.start,
            capitals=mode in ("clause", "fact", "query"),
            commas=mode in ("clause", "query", "algebra"),
            constants=self.constants,
        )
        tokens = split_hyphens(tokens, capitals=context.capitals, always=mode == "algebra", known=self.constants)
        context.names = frozenset(token.value for token in tokens)
        for token in tokens:
            token.context = context
        source = self._source(chunk)
        try:
            found = self._parse(tokens, mode, chunk)
            if len(tokens) > DEEPEST:
                _check_depth(found)
            statement = _statement(found, mode, context, source)
        except Misplaced as error:
            raise self._misplaced(error, chunk) from None
        if context.mentioned:
            self.constants.update(context.mentioned)
        if isinstance(statement, Declaration) and is_capitalised(statement.name):
            self.constants.add(statement.name)
        return statement

    def _refuse_without_dot(self, chunk: Chunk) -> NoReturn:
        written = self.text[chunk.start : chunk.end]
        raise fault(
            self.text,
            chunk.end,
            "this clause is not ended by a dot before the next statement",
            file=self.file,
            expected=("a dot",),
            repairs=(written + ".",),
        )

    def _source(self, chunk: Chunk) -> Source:
        self._line += self.text.count("\n", self._counted, chunk.start)
        self._begun = self.text.rfind("\n", self._counted, chunk.start) + 1 or self._begun
        self._counted = chunk.start
        return Source(self.text[chunk.start : chunk.end], self.file, self._line, chunk.start - self._begun + 1)

    def _parse(self, tokens: list[Token], mode: str, chunk: Chunk) -> Any:
        start = mode if mode in STARTS else "goals"
        try:
            return _parser().parse(tokens, start=start)
        except UnexpectedToken as error:
            raise self._syntax_error(error, tokens, chunk) from None

    def _syntax_error(self, error: UnexpectedToken, tokens: list[Token], chunk: Chunk) -> ParseError:
        state: Any = error.interactive_parser
        accepted: set[str] = state.accepts() if state else set(error.expected)
        token: Token | None = error.token if isinstance(error.token, Token) else None
        place = next((index for index, one in enumerate(tokens) if one is token), len(tokens))
        before = tokens[place - 1] if place else None
        self.at_end = token is None
        message = unexpected(token, before, accepted, self.text)
        offset = token.start if token else tokens[-1].end if tokens else chunk.start
        return fault(self.text, offset, message, file=self.file, expected=expected_words(accepted))

    def _misplaced(self, error: Misplaced, chunk: Chunk) -> ParseError:
        repairs: tuple[str, ...] = ()
        written = self.text[chunk.start : chunk.end]
        if error.edit:
            (start, end), new = error.edit
            if new.startswith("\0"):
                new = f"{written[start:end]} {new.strip(chr(0))} {written[start:end]}"
            repairs = (written[:start] + new + written[end:],)
        expected = (error.expected,) if error.expected else ()
        offset = chunk.start + error.span[0]
        return fault(self.text, offset, error.message, file=self.file, expected=expected, repairs=repairs)


def mode_of(chunk: Chunk) -> str:
    """Return how a statement is read: as an algebra command, query, clause, declaration, fact or formula."""
    tokens = chunk.tokens
    first = tokens[0].type if tokens else ""
    if first == "COMMAND":
        return "algebra"
    if chunk.ending == "query" or first in ("ASK", "OBJECTIVE"):
        return "query"
    if chunk.has_neck:
        return "clause"
    if first == "NAME" and len(tokens) > 1 and tokens[1].type == "_COLON":
        return "declaration"
    return "fact" if chunk.ending == "dot" and is_atom(chunk) else "formula"


def _statement(found: Any, mode: str, context: Context, source: Source) -> Statement:
    if mode == "formula":
        return Formula(claim(found), source)
    if mode == "fact":
        return Clause(clause_head(claim(found)), (), source)
    assert isinstance(found, Tree)
    parts: list[Any] = found.children
    if mode == "clause":
        head = clause_head(claim(parts[0])) if found.data == "rule" else None
        return Clause(head, clause_body(claim(parts[-1])), source)
    if mode == "query":
        return query_of(found, context, source)
    if mode == "declaration":
        arguments = tuple(part.value for part in parts[1].children[::2]) if found.data == "function" else ()
        return Declaration(parts[0].value, arguments, parts[-1].value, source)
    return Algebra(parts[0].value, tuple(_algebraic(part) for part in parts[1::2]), source)


def _algebraic(part: Any) -> Expression:
    if isinstance(part, Operation) and part.op not in ("neg", "strong"):
        return part
    return term(part)


def _check_depth(found: Any) -> None:
    """Refuse what is nested too deep.

    Raises:
        Misplaced: It is.
    """
    level: list[Any] = [found]
    depth = 0
    while level:
        depth += 1
        inner: list[Any] = []
        for part in level:
            if isinstance(part, App | Operation):
                inner.extend(part.arguments)
            elif isinstance(part, Quantifier):
                inner.append(part.body)
            elif isinstance(part, Tree):
                inner.extend(part.children)
            elif hasattr(part, "terms"):
                inner.extend((*part.terms, *part.body))
        if depth > DEEPEST and inner:
            deepest = next((part for part in level if hasattr(part, "span")), None)
            raise Misplaced(
                deepest.span if deepest is not None else (0, 0),
                f"this is nested more than {DEEPEST} deep; name parts of it by definitions of their own",
            )
        level = inner
