"""Programs driven through a pseudo-terminal, as a person at a keyboard would."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

BEGINS, ENDS = b"\x1b[?2004h", b"\x1b[?2004l"
"""What is printed when an entry can be typed, and when it was taken: prompt_toolkit switches how text is pasted."""
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")
LONGEST_S = 120.0


class Terminal:
    """A program at a pseudo-terminal."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process, self._master = process, master
        self._seen = b""

    def wait(self, mark: bytes, longest_s: float = LONGEST_S) -> str:
        """Read until a mark was printed, and return what came before it."""
        until = time.monotonic() + longest_s
        while mark not in self._seen:
            left_s = until - time.monotonic()
            ready, _, _ = select.select([self._master], [], [], max(left_s, 0))
            assert ready, f"{mark!r} did not come; there was {self._seen!r}"
            try:
                read = os.read(self._master, 65536)
            except OSError:  # Linux says so when the other end is closed
                read = b""
            assert read, f"the program ended before {mark!r}; there was {self._seen!r}"
            self._seen += read
        before, self._seen = self._seen.split(mark, 1)
        return plain(before)

    def send(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def enter(self, entry: str) -> str:
        """Type an entry and Enter, and return what is printed until the next can be typed."""
        self.send(entry.replace("\n", "\r") + "\r")
        return self.answer()

    def answer(self) -> str:
        """Return what is printed between the entry that is being typed and the next."""
        self.wait(ENDS)
        return self.wait(BEGINS)

    def interrupt(self) -> None:
        """Press Ctrl-C while something runs."""
        self.send("\x03")

    def end(self) -> int:
        """Wait until the program has ended, and return its exit code; what it prints is thrown away."""
        until = time.monotonic() + LONGEST_S
        while self.process.poll() is None and time.monotonic() < until:
            ready, _, _ = select.select([self._master], [], [], 0.05)
            if ready:
                try:
                    os.read(self._master, 65536)
                except OSError:
                    break
        return self.process.wait(timeout=LONGEST_S)


def plain(printed: bytes) -> str:
    """Return what was printed without what moves the cursor and sets colours."""
    return _ESCAPES.sub("", printed.decode("utf-8", "replace"))


@contextmanager
def terminal(command: Sequence[str], folder: Path, environment: dict[str, str] | None = None) -> Iterator[Terminal]:
    """Start a Python program at a pseudo-terminal of its own.

    Args:
        command: Arguments of Python.
        folder: Where it runs; also its home.
        environment: More of its environment.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    given = {**os.environ, "TERM": "xterm", "COLUMNS": "200", "LINES": "50", "HOME": str(folder)}
    given.pop("XDG_STATE_HOME", None)
    given.update(environment or {})
    process = subprocess.Popen(
        [sys.executable, "-P", *command], stdin=slave, stdout=slave, stderr=slave, cwd=folder, env=given,
        start_new_session=True, close_fds=True, preexec_fn=_take_terminal,  # noqa: PLW1509 no threads yet
    )  # fmt: skip
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
        os.close(master)


def _take_terminal() -> None:
    """Make the terminal on standard input the one whose Ctrl-C reaches the program."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
