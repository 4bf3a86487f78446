"""What is done with one text of a fuzzer; anything but a result or an error that a user can mend is a fault."""

from __future__ import annotations

import fcntl
import os
import pty
import random
import select
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Mapping
from typing import Final

from fuzzing_texts import drawn, entries, keys

from abduce.errors import AbduceError
from abduce.parser.lint import lint, safe_repairs
from abduce.parser.printing import statement_text
from abduce.parser.statements import Algebra
from abduce.parser.surface import is_complete, read, read_all
from abduce.reasoning.queries.engine import Engine
from abduce.solvers.base import Limits

LIMIT_S: Final = 0.4
"""The time limit of a question."""
REPL: Final = [sys.executable, "-P", "-c", "from abduce.cli import main; main()", "repl"]
SESSION_S: Final = 90.0
"""How long a whole session may take, in seconds."""


BEGINS: Final = b"\x1b[?2004h"
"""What is printed when an entry can be typed."""


class Fault(Exception):
    """Something that must not happen."""


def parse(generator: random.Random) -> None:
    """Read a text in every way; what was read prints and reads back."""
    text = drawn(generator)
    is_complete(text)
    statements, _ = read_all(text)
    for statement in statements:
        if isinstance(statement, Algebra):
            continue
        printed = statement_text(statement)
        try:
            (again,) = read(printed)
        except (AbduceError, ValueError) as error:
            raise Fault(
                f"{printed!r} was printed for {statement.source.text!r} and does not read back: {error}"
            ) from error
        if statement_text(again) != printed:
            raise Fault(f"{printed!r} reads back as {statement_text(again)!r}")


def look_over(generator: random.Random) -> None:
    """Lint and repair a text."""
    text = drawn(generator)
    statements, _ = read_all(text)
    [str(finding) for finding in lint(statements)]
    repaired, _ = safe_repairs(text)
    safe_repairs(repaired)


def ask(generator: random.Random) -> None:
    """Tell a text, put its questions in all readings, and look at all evidence."""
    text = drawn(generator)
    reading = generator.choice((None, "classical", "rules", "closed"))
    with Engine(reading=reading, timeout_s=LIMIT_S, memory_mb=512) as engine:
        told = engine.tell(text)
        engine.lint()
        for query in told.queries[:2]:
            _quietly(lambda query=query: _looked_at(engine, query, generator))  # type: ignore[misc]
        for target in ("tptp", "smtlib"):
            _quietly(lambda target=target: engine.export(target))  # type: ignore[misc]
        _quietly(lambda: engine.check_consistency().to_json())


def _looked_at(engine: Engine, query: object, generator: random.Random) -> None:
    found = engine.ask(query, compare=generator.random() < 0.2, explain=True, limit_answers=200)
    str(found), found.to_json()
    if generator.random() < 0.2:
        str(engine.why_not(query))


def _quietly(call: Callable[[], object]) -> None:
    try:
        call()
    except AbduceError as error:
        str(error)


def others(generator: random.Random) -> None:
    """Answer a text as a TPTP problem and as a script."""
    from abduce.query_files import QueryFile
    from abduce.query_problems import answer_problem, read_problem
    from abduce.query_scripts import answer_script

    text, limits = drawn(generator), Limits(LIMIT_S, 512)
    file = QueryFile(name="fuzz", text=text, format="tptp", path=None)
    _quietly(lambda: answer_problem(read_problem(file, ()), limits).to_json())
    _quietly(lambda: answer_script(text, "fuzz", limits))


def pipe(generator: random.Random) -> None:
    """Give a session entries through a pipe: it ends with 0, by itself, without a fault."""
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            REPL, input=b":timeout 0.3\n" + entries(generator),
            capture_output=True, timeout=SESSION_S, cwd=home, env={**os.environ, "HOME": home}, check=False,
        )  # fmt: skip
    _judge(done.returncode, done.stdout + done.stderr)


def terminal(generator: random.Random) -> None:
    """Type into a session at a pseudo-terminal, with interrupts; it ends with 0 at Ctrl-D."""
    master, slave = pty.openpty()
    with tempfile.TemporaryDirectory() as home:
        process = subprocess.Popen(
            REPL, stdin=slave, stdout=slave, stderr=slave, cwd=home,
            env={**os.environ, "HOME": home, "TERM": "xterm"}, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 there are no threads
        )  # fmt: skip
        os.close(slave)
        try:
            _judge(*_typed(process, master, b":timeout 0.3\r" + keys(generator)))
        finally:
            process.kill()
            process.wait()
            os.close(master)


def _typed(process: subprocess.Popen[bytes], master: int, pressed: bytes) -> tuple[int, bytes]:
    """Type keys as fast as they are taken once the prompt stands, then Ctrl-C and Ctrl-D until the session ends.

    Returns:
        The exit code, and what was printed.
    """
    until, seen, last = time.monotonic() + SESSION_S, b"", time.monotonic()
    has_begun = False
    while process.poll() is None:
        if time.monotonic() > until:
            raise Fault(f"the session did not end; it printed last: {seen[-500:]!r}")
        has_begun = has_begun or BEGINS in seen
        readable, writable, _ = select.select([master], [master] if pressed and has_begun else [], [], 0.05)
        if readable:
            try:
                seen += os.read(master, 65536)
            except OSError:
                break
        if writable:
            pressed = pressed[os.write(master, pressed[:64]) :]
            last = time.monotonic()
        elif not pressed and time.monotonic() - last > 1.0:
            pressed, last = b"\x03\x15\x04", time.monotonic()  # drop what is typed, then end
    return process.wait(timeout=10), seen


def _judge(code: int, printed: bytes) -> None:
    text = printed.decode("utf-8", "replace")
    if code != 0:
        raise Fault(f"the session ended with {code}: {text[-500:]}")
    for mark in ("a fault of abduce", "Traceback"):
        if mark in text:
            place = text.index(mark)
            raise Fault(text[max(0, place - 600) : place + 1500])


KINDS: Final[Mapping[str, tuple[Callable[[random.Random], None], int]]] = {
    "parse": (parse, 30), "lint": (look_over, 15), "ask": (ask, 30), "others": (others, 10), "pipe": (pipe, 2),
    "terminal": (terminal, 1),
}  # fmt: skip
"""What is done, and how often beside the others."""
