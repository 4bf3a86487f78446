"""The sessions that the README shows of the query engine run as printed."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
ABDUCE = [sys.executable, "-P", "-m", "abduce.cli"]


def block(start: str) -> int:
    """Return the number of the block that begins so."""
    return next(n for n, (_, text) in enumerate(BLOCKS) if text.startswith(start))


def printed(command: list[str], folder: Path, text: str = "") -> str:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_python_session_runs_as_printed(tmp_path: Path) -> None:
    number = block("from abduce import Engine")
    assert printed([sys.executable, "-P", "-c", BLOCKS[number][1]], tmp_path) == BLOCKS[number + 1][1]


def test_the_question_to_a_file_is_answered_as_printed(tmp_path: Path) -> None:
    told, asked = BLOCKS[block("$ cat club.abd")][1].split("\n\n", 1)
    (tmp_path / "club.abd").write_text(told.split("\n", 1)[1] + "\n", encoding="utf-8")
    command, answer = asked.split("\n", 1)
    assert printed([*ABDUCE, *shlex.split(command)[2:]], tmp_path) == answer


def test_the_conversation_runs_as_printed(tmp_path: Path) -> None:
    lines = BLOCKS[block("$ abduce repl")][1].splitlines()[1:]
    entries = "".join(f"{line[2:]}\n" for line in lines if line.startswith("> "))
    answers = [line for line in lines if not line.startswith("> ")]
    assert printed([*ABDUCE, "repl"], tmp_path, entries).splitlines() == answers
