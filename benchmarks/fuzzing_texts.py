"""Random texts that are nearly right, and some that are nothing at all: what a fuzzer throws at readers and engines."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final

TEXTS: Final = (
    "parent(ann, bob). parent(bob, carl).\nancestor(X, Y) :- parent(X, Y).\n"
    "ancestor(X, Z) :- parent(X, Y), ancestor(Y, Z).\nancestor(ann, X)?\n",
    "likes(Ann, bob). -likes(bob, ann). happy(X) :- likes(X, Y), not sad(X).\nsad(carl).\nhappy(carl)?\n",
    "children(X, N) :- person(X), N = count { Y : parent(X, Y) }. person(ann). total(S) :- S = sum { N, X : "
    "children(X, N) }.\ntotal(S)?\n",
    "forall x. human(x) -> mortal(x)\nhuman(socrates)\nmortal(socrates)?\n",
    "∀x (Human(x) → Mortal(x))\nHuman(socrates) ∧ ¬Mortal(zeus)\n∃x (Mortal(x) ⊕ Human(x))?\n",
    "age: Thing -> Int.\nage(ann) = 3\nage(bob) >= age(ann) + 2\nage(bob) > 4?\nmaximize age(X)?\n",
    "x: Int. y: Real.\n0 <= x & x <= 10\ny = x / 2\nx*x + y > 30?\nmaximize x + y subject to x < 7.5?\n",
    "n(0). n(Y) :- n(X), Y = X + 1, Y < 20.\nn(X), X mod 3 = 1, X > 4?\n:- n(30).\n",
    "p(X) :- q(X), (r(X) ; X > 2). q(1). q(3). r(\"two words\"). r('New York'). p(X)?\n",
    "solve x^2 - 5*x + 6 = 0\n", "integrate sin(x)^2, x\n", "simplify (x^2 - 1)/(x - 1)\n", "limit sin(x)/x, x, 0\n",
    "fof(a, axiom, ! [X] : (p(X) => q(X))).\nfof(b, axiom, p(c)).\nfof(g, conjecture, q(c)).\n",
    "tff(t, type, f: $int > $int). tff(a, axiom, ! [X: $int] : $greater(f(X), X)).\n"
    "tff(g, conjecture, $less(1, f(1))).\n",
    "(set-logic QF_LIA)\n(declare-const x Int)\n(assert (and (> x 3) (< x 5)))\n(check-sat)\n(get-value (x))\n",
    "(declare-sort S 0)(declare-fun f (S) S)(declare-const a S)(push 1)(assert (not (= (f a) a)))(check-sat)(pop 1)\n",
)  # fmt: skip
WORDS: Final = (
    "p", "q", "parent", "ann", "X", "Y", "_", "Ann", "0", "1", "2.5", "-3", "1/2", "(", ")", "{", "}", "[", "]", ",",
    ";", ".", ". ", "?", "?-", ":-", ":", "->", "<->", "=>", "<=>", "∀", "∃", "forall", "exists", "not", "~", "¬",
    "and", "or", "xor", "&", "|", "∧", "∨", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "^", "mod", "div",
    "count", "sum", "min", "max", "maximize", "minimize", "subject to", "solve", "integrate", "simplify", "ite", "abs",
    "true", "false", "Int", "Real", "Bool", "%", "/*", "*/", "'", '"', "\\", "\n", "\t", " ", "\r\n", "é", "⊕", "\0",
    "\ufeff", "𝔸", "!", "$", "#", "@", "`", "…", "fof(", "include('x')", "(assert", "(check-sat)", "?x", "x: Int.",
)  # fmt: skip
COMMANDS: Final = (
    ":help", ":facts", ":facts p", ":check", ":check full", ":compare", ":explain", ":why-not", ":undo", ":assume",
    ":assume p(a).", ":assume forall x. p(x)", ":retract p(a).", ":reading rules", ":reading auto", ":timeout 0.3",
    ":load nowhere.txt", ":save /nowhere/file", ":undo", ":why-not p(b) from p(a), q @ 2", ":bogus", ":", ": :", ":q x",
)  # fmt: skip


KEYS: Final = (b"\x03", b"\t", b"\x1b[A", b"\x1b[D", b"\x7f", b"\x1b", b";", b"q", b"\x12")
"""Ctrl-C, Tab, arrows, Backspace, Escape, what answers `more`, Ctrl-R."""


def drawn(generator: random.Random) -> str:
    """Return a text: a good one changed a little, or words thrown together, or something very long or deep."""
    kind = generator.random()
    if kind < 0.65:
        text = generator.choice(TEXTS)
        if generator.random() < 0.3:
            text += generator.choice(TEXTS)
        for _ in range(generator.choice((0, 1, 1, 2, 3, 8))):
            text = _changed(text, generator)
        return text
    if kind < 0.9:
        return "".join(generator.choice(WORDS) + generator.choice(("", " ")) for _ in range(generator.randint(1, 60)))
    if kind < 0.95:
        return "".join(map(chr, (generator.choice((generator.randint(1, 127), generator.randint(128, 0x2FFF))) for _ in
            range(generator.randint(1, 200)))))  # fmt: skip
    return _large(generator)


def _changed(text: str, generator: random.Random) -> str:
    """Return a text with one small change."""
    if not text:
        return generator.choice(WORDS)
    start = generator.randrange(len(text))
    end = min(len(text), start + generator.choice((1, 1, 2, 5, 20)))
    changes: Sequence[Callable[[], str]] = (
        lambda: text[:start] + text[end:],
        lambda: text[:start] + generator.choice(WORDS) + text[start:],
        lambda: text[:start] + generator.choice(WORDS) + text[end:],
        lambda: text[:end] + text[start:end] + text[end:],
        lambda: text[:start] + text[start:end][::-1] + text[end:],
        lambda: text[:start],
        lambda: text[start:] + text[:start],
        lambda: text.replace(text[start:end], generator.choice(WORDS), 3),
    )
    return generator.choice(changes)()


def _large(generator: random.Random) -> str:
    count = generator.choice((50, 400, 600, 3000))
    piece = generator.choice(
        ("(", "not ", "p(", "-", "~", "forall x. ", "p & ", "1 + ", "'", "{", "x^", "p(a). ", "/*")
    )
    closing = generator.choice(("", ")", " p", "1"))
    return piece * count + generator.choice(("p", "x", "1", "")) + closing * generator.choice((0, 1, count))


def entries(generator: random.Random) -> bytes:
    """Return what is typed into a session: statements, questions, commands, and bytes that are no text."""
    lines: list[bytes] = []
    for _ in range(generator.randint(3, 25)):
        if generator.random() < 0.4:
            lines.append(generator.choice(COMMANDS).encode())
        elif generator.random() < 0.05:
            lines.append(bytes(generator.randrange(256) for _ in range(generator.randint(1, 30))))
        else:
            lines.append(drawn(generator).encode("utf-8", "surrogatepass"))
    return b"\n".join(lines) + b"\n"


def keys(generator: random.Random) -> bytes:
    """Return keys pressed at a terminal: entries with Ctrl-C, Tab, arrows and the like among them."""
    pressed: list[bytes] = []
    for line in entries(generator).replace(b"\n", b"\r").split(b"\r"):
        pressed += [line[:300], b"\r"]
        if generator.random() < 0.3:
            pressed.append(
                generator.choice((b"\x03", b"\t", b"\x1b[A", b"\x1b[D", b"\x7f", b"\x1b", b";", b"q", b"\x12"))
            )
    return b"".join(pressed)
