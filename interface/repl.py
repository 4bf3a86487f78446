"""`abduce repl`: a conversation at a prompt, or through a pipe."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from types import FrameType
from typing import TypeVar

import abduce
from abduce.errors import AbduceError
from abduce.query_output import Printer
from abduce.repl_input import PROMPT, Terminal, is_command
from abduce.repl_pipe import Piped
from abduce.repl_session import Conversation
from abduce.repl_worker import Interrupted, Worker

T = TypeVar("T")


def repl(files: Sequence[str]) -> int:
    """Converse until the input ends, and return the exit code: 0, whatever was answered.

    Raises:
        AbduceError: A file that is to be loaded first cannot be read.
    """
    if sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") not in ("dumb", "unknown"):
        screen: _Screen = _TerminalScreen()
        print(f"abduce {abduce.__version__}; :help helps, :quit ends", flush=True)  # without rich, which takes time
    else:
        screen = _PipedScreen()
    conversation = Conversation(screen)
    for name in files:
        conversation.load(name)
    screen.converse(conversation)
    return 0


class _Screen:
    """What terminals and pipes have in common."""

    is_interactive = False

    def __init__(self) -> None:
        self._printer = Printer()
        self._errors = Printer(sys.stderr)
        self._worker = Worker()

    def show(self, text: str, *, end: str = "\n") -> None:
        """Print something."""
        self._printer.show(text, end=end)

    def note(self, text: str) -> None:
        """Print something by the way."""
        self._errors.show(f"note: {text}")

    def error(self, text: str) -> None:
        """Print what went wrong."""
        self._errors.show(f"error: {text}")

    def wants_next(self) -> bool:
        """Tell whether to show the next answer."""
        return True

    def run(self, call: Callable[[], T], stop: Callable[[], None]) -> T:
        """Do what may take long.

        Raises:
            Interrupted: Ctrl-C was pressed.
        """
        return self._worker.run(call, stop)

    def converse(self, conversation: Conversation) -> None:
        """Take entries until there is no more."""
        while True:
            self._worker.is_pressed = False
            try:
                entry = self._entry(conversation)
                if is_command(entry):
                    from abduce.repl_commands import run_command

                    run_command(conversation, entry)
                elif entry.strip():
                    conversation.take(entry)
            except EOFError:
                return
            except Interrupted as stopped:
                self.show("interrupted")
                if stopped.is_left_behind:
                    conversation.move_on()
            except AbduceError as error:
                self.error(str(error))
            except BrokenPipeError:
                raise
            except Exception as error:
                self.error(f"{type(error).__name__}: {error}\n  this is a fault of abduce; the session goes on")

    def _entry(self, conversation: Conversation) -> str:
        raise NotImplementedError


class _PipedScreen(_Screen):
    """Entries from standard input, all answers at once; errors on standard error, so that answers stand alone.

    Terminals that cannot move a cursor are served so, too, with a prompt.
    """

    def __init__(self) -> None:
        super().__init__()
        self._source = Piped(sys.stdin.buffer)

    def _entry(self, conversation: Conversation) -> str:
        if sys.stdin.isatty():
            self.show(PROMPT, end="")
        return self._source.entry()


class _TerminalScreen(_Screen):
    """Entries from a person; everything is printed where they are typed."""

    is_interactive = True

    def __init__(self) -> None:
        super().__init__()
        self._errors = self._printer
        self._source: Terminal | None = None

    def converse(self, conversation: Conversation) -> None:
        """Take entries until there is no more; Ctrl-C ends nothing but what it is pressed for."""
        source = self._source = Terminal(conversation.names, _choices, ready=_prepare)

        def press(number: int, frame: FrameType | None) -> None:
            if not source.press():
                self._worker.press()

        previous = signal.signal(signal.SIGINT, press)
        try:
            super().converse(conversation)
        finally:
            signal.signal(signal.SIGINT, previous)

    def _entry(self, conversation: Conversation) -> str:
        assert self._source is not None
        while True:
            try:
                return self._source.entry()
            except KeyboardInterrupt:
                self._worker.is_pressed = False

    def wants_next(self) -> bool:
        """Ask whether to show the next answer."""
        return self._source is None or self._source.wants_next()

    def run(self, call: Callable[[], T], stop: Callable[[], None]) -> T:
        """Do what may take long, unless Ctrl-C was typed right behind it.

        Raises:
            Interrupted: Ctrl-C was pressed.
        """
        if self._source is not None and self._source.was_interrupted():
            self._worker.press()
        return super().run(call, stop)


def _prepare() -> None:
    """Import what the first statement needs while somebody types it."""
    threading.Thread(target=_import_engine, daemon=True, name="imports").start()


def _import_engine() -> None:
    from abduce.parser.surface import read_query
    from abduce.reasoning.queries.engine import Engine

    Engine().close()
    read_query("p | q?")  # makes the parser from its grammar


def _choices() -> dict[str, tuple[str, ...]]:
    """Return the commands, with what may follow each."""
    from abduce.repl_commands import COMMANDS

    return {name: command.choices for name, command in COMMANDS.items()}
