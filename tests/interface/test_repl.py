"""The REPL as a person sees it, through a pseudo-terminal, and as a program sees it, through a pipe."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from terminal import BEGINS, ENDS, Terminal, terminal

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))
KEYS = {"<tab>": "\t", "<enter>": "\r", "<space>": " ", "<ctrl-c>": "\x03", "<ctrl-d>": "\x04"}
MANY = "import sys; from abduce.repl import repl; [repl(()) for _ in range(int(sys.argv[1]))]"
"""One conversation after the other in one process, which saves the time that Python needs to start."""
FILES = {
    "family.pl": "parent(ann, bob). parent(bob, carl).\n"
    "ancestor(X, Y) :- parent(X, Y). ancestor(X, Z) :- parent(X, Y), ancestor(Y, Z).\n",
    "broken.pl": "p(a).\nq(a :- p(a).\n",
    "problem.p": "fof(one, axiom, p(a)).\nfof(goal, conjecture, ? [X] : p(X)).\n",
    "script.smt2": "(declare-const x Int)(assert (> x 2))(assert (< x 3))(check-sat)\n",
}
HARD = "exists x: Int, y: Int, z: Int. x > 1 and y > 1 and z > 1 and x^5 + y^5 = z^5"
"""Nobody's solver decides this one soon."""


@dataclass
class Step:
    """What is typed, and what is printed then."""

    keys: str
    line: int
    expected: list[str] = field(default_factory=list)


def steps(path: Path) -> list[Step]:
    """Read a transcript: `>` is an entry, `|` its next line, `!` single keys; all else is looked for in the output."""
    found: list[Step] = []
    text = path.read_text("utf-8")
    for name, key in KEYS.items():
        text = text.replace(name, key)
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith("> "):
            found.append(Step(line[2:] + "\r", number))
        elif line.startswith("|"):
            found[-1].keys += line[2:] + "\r"
        elif line.startswith("! "):
            found.append(Step(line[2:], number))
        elif found and line:
            found[-1].expected.append(line)
    return found


def replay(at: Terminal, path: Path) -> None:
    for step in steps(path):
        at.send(step.keys)
        said = at.answer()
        while (missing := first_missing(said, step.expected)) is not None:
            try:
                said += at.wait(ENDS, 30.0) and at.wait(BEGINS, 30.0)
            except AssertionError:
                pytest.fail(f"{path.name}:{step.line}: {missing!r} is not in {said!r}")


def first_missing(said: str, expected: list[str]) -> str | None:
    """Return the first fragment that does not follow those before it; None where all are there."""
    position = 0
    for fragment in expected:
        position = said.find(fragment, position)
        if position < 0:
            return fragment
        position += len(fragment)
    return None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("repl")
    for name, text in FILES.items():
        (made / name).write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def conversations(folder: Path) -> Iterator[Terminal]:
    """A terminal at which one conversation follows the other."""
    with terminal(["-c", MANY, str(len(TRANSCRIPTS) + 1)], folder) as at:
        yield at


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(path: Path, conversations: Terminal, folder: Path) -> None:
    conversations.wait(BEGINS)
    replay(conversations, path)
    conversations.send(":quit\r")
    conversations.wait(ENDS)
    assert not (folder / "hacked").exists()


def test_there_are_thirty_transcripts() -> None:
    assert len(TRANSCRIPTS) >= 30


def test_a_hundred_interrupts_leave_the_session_as_it_was(folder: Path) -> None:
    with terminal(["-m", "abduce.cli", "repl", "family.pl"], folder) as at:
        at.wait(BEGINS)
        at.enter("forall x. parent(x, x) -> odd(x)")
        at.enter(":timeout 120")
        for number in range(100):
            at.send(HARD.replace("> 1", f"> {1 + number % 3}") + "?\r")
            at.wait(ENDS)
            time.sleep((0.02, 0.03, 0.08)[number % 3])
            at.interrupt()
            assert "interrupted" in at.wait(BEGINS)
        assert "entailed" in at.enter("ancestor(ann, carl)?")
        assert "undetermined" in at.enter("odd(ann)?")
        facts = at.enter(":facts")
        assert [line.partition("   %")[0] for line in facts.splitlines() if line] == [
            "parent(ann, bob).",
            "parent(bob, carl).",
            "ancestor(X, Y) :- parent(X, Y).",
            "ancestor(X, Z) :- parent(X, Y), ancestor(Y, Z).",
            "forall x. parent(x, x) -> odd(x)",
        ]
        at.send("\x04")
        assert at.end() == 0


def test_an_interrupt_while_a_large_file_is_told_leaves_nothing_half_told(folder: Path) -> None:
    (folder / "large.pl").write_text("".join(f"edge(a{i}, b{i}).\n" for i in range(400_000)), encoding="utf-8")
    with terminal(["-m", "abduce.cli", "repl", "family.pl"], folder) as at:
        at.wait(BEGINS)
        at.enter("ancestor(ann, bob)?")  # all imports are done
        at.send(":load large.pl\r")
        at.wait(ENDS)
        time.sleep(0.3)
        at.interrupt()
        started = time.monotonic()
        assert "interrupted" in at.wait(BEGINS)
        assert time.monotonic() - started < 60.0
        assert "edge" not in at.enter(":facts")
        assert "entailed" in at.enter("ancestor(ann, carl)?")
        at.send("\x04")
        assert at.end() == 0


def test_a_terminal_that_cannot_move_its_cursor_is_served_plainly(folder: Path) -> None:
    with terminal(["-m", "abduce.cli", "repl"], folder, {"TERM": "dumb"}) as at:
        at.wait(b"abduce> ")
        at.send("p(a). p(X)?\n")
        said = at.wait(b"abduce> ")
        assert "  X = a\n1 answer, all there are\n" in said and "\x1b" not in said
        at.send("\x04")
        assert at.end() == 0


def test_what_was_typed_is_remembered_and_a_history_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    state = tmp_path / "state"
    for entry, expected in (("p(a).", b""), ("\x1b[A\x1b[A", b"p(a)")):  # arrows up bring back what was typed
        with terminal(["-m", "abduce.cli", "repl"], tmp_path, {"XDG_STATE_HOME": str(state)}) as at:
            at.wait(BEGINS)
            time.sleep(0.5)  # the history is read beside the prompt
            at.enter(entry)
            assert expected.decode() in at.enter(":facts")
            at.send("\x04")
            assert at.end() == 0
    (state / "abduce" / "history").unlink()
    (state / "abduce" / "history").mkdir()
    with terminal(["-m", "abduce.cli", "repl"], tmp_path, {"XDG_STATE_HOME": str(state)}) as at:
        at.wait(BEGINS)
        at.enter("p(a).")
        assert "entailed" in at.enter("p(a)?")
        at.send("\x04")
        assert at.end() == 0


def test_the_prompt_stands_soon(folder: Path) -> None:
    """Within 0.4 s of the processor's time; the bound is for machines of any speed."""
    best_s = 60.0
    for _ in range(2):
        with terminal(["-m", "abduce.cli", "repl"], folder) as at:
            at.wait(BEGINS)
            stat = Path(f"/proc/{at.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            best_s = min(best_s, (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK"))
            at.send("\x04")
            assert at.end() == 0
    assert best_s < 4.0


def test_nothing_heavy_is_imported_before_the_first_entry() -> None:
    asked = "import sys, abduce.cli, abduce.repl, prompt_toolkit; print([m for m in sys.modules if m in %r])"
    heavy = ("torch", "sympy", "z3", "pandas", "lark", "networkx", "numpy", "rich")
    done = subprocess.run([sys.executable, "-P", "-c", asked % (heavy,)], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# pipes --------------------------------------------------------------------------------------------------------------


def piped(entries: str | bytes, *files: str, folder: Path | None = None) -> tuple[int, str, str]:
    given = entries.encode() if isinstance(entries, str) else entries
    done = subprocess.run(
        [sys.executable, "-P", "-m", "abduce.cli", "repl", *files], input=given, capture_output=True, cwd=folder,
        check=False, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_piped_entries_are_answered_without_a_prompt(folder: Path) -> None:
    code, said, complained = piped(
        "ancestor(ann, X)?\nancestor(carl, ann)?\np(X :- q.\nelder(X, Z) :-\n  parent(X, Y), parent(Y, Z).\n"
        "elder(ann, carl)?\nnobody(knows)?",
        "family.pl",
        folder=folder,
    )
    assert code == 0 and "abduce>" not in said and "\x1b" not in said
    lines = said.splitlines()
    assert [line.strip() for line in lines if line.startswith("  X")] == ["X = bob", "X = carl"]
    assert "2 answers, all there are" in lines
    assert [line.split()[0] for line in lines if line.startswith(("entailed", "undetermined"))] == [
        "undetermined",
        "entailed",
        "undetermined",
    ]
    assert "error: " in complained and "Traceback" not in complained


def test_an_open_question_beside_what_is_assumed_is_answered() -> None:
    """It waited for ever: one thread held what was assumed, another looked for the answers."""
    code, said, complained = piped("p(X) :- q(X).\n:assume q(a).\np(X)?\n:retract q(a).\np(X)?\n:assume q(b)\n:undo\n")
    assert code == 0 and not complained
    assert "  X = a\n1 answer, all there are\n" in said and "no answers" in said


def test_a_long_entry_that_is_never_complete_is_read_in_time_that_grows_with_its_length() -> None:
    code, _, complained = piped("p(X) :- (q(X),\n" + "r(X),\n" * 20_000)
    assert code == 0 and "this bracket is never closed" in complained


def test_piped_input_that_is_not_utf8_or_ends_early_is_no_end(folder: Path) -> None:
    code, said, complained = piped(b"p(a).\n\xff\xfe(b).\np(a)?\np(X) :- q(X")
    assert code == 0 and "entailed" in said
    assert "line 2 is not UTF-8 (byte 0xff)" in complained
    assert "Traceback" not in complained


def test_no_input_is_no_error() -> None:
    assert piped("")[0] == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [("nowhere.pl", "cannot be read (No such file"), ("broken.pl", "broken.pl:2:"), (".", "cannot be read (Is a dir")],
)
def test_a_file_that_cannot_be_read_ends_with_2(name: str, said: str, folder: Path) -> None:
    code, _, complained = piped("p(a)?", name, folder=folder)
    assert code == 2 and said in complained and "Traceback" not in complained


def test_a_pipe_is_served_without_prompt_toolkit() -> None:
    asked = "import sys; from abduce.cli import run; run(['repl']); print('prompt_toolkit' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", asked], input="p(a). p(a)?", capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "False"
