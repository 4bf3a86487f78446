"""The command line."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Annotated, Any, Final, Optional

import typer

import abduce
from abduce.errors import AbduceError

STARTED = time.monotonic()
BAD_INPUT, WAS_INTERRUPTED = 2, 130
UsageFault: Final[Any] = typer.BadParameter.__mro__[2]
"""What typer raises for a command line that it cannot read: click's class, or that of its own copy of click."""

app = typer.Typer(
    name="abduce",
    help="Learns what symbols mean and how they combine, from pairs of input and answer alone; answers with reasons.",
    epilog="Start with: abduce demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output, and nothing else.")]
Run = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, as `abduce train` makes it.")]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"abduce {abduce.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command(epilog="Exit codes: 0 learned, 1 not learned, 2 bad input, 3 time limit reached, 130 interrupted.")
def train(
    context: typer.Context,
    task: Annotated[Optional[str], typer.Argument(metavar="[TASK]", help="A task; `abduce tasks` lists them.")] = None,
    train_file: Annotated[
        Optional[str],
        typer.Option(
            "--train",
            metavar="FILE",
            help="Own pairs: input<TAB>output, IN: … OUT: …, or JSON lines with input, output; with --input image the "
            "input is a list of image files, or one strip of symbols.",
        ),
    ] = None,
    test_file: Annotated[
        Optional[str], typer.Option("--test", metavar="FILE", help="Own pairs to be tested on.")
    ] = None,
    split: Annotated[Optional[str], typer.Option(help="Which division of the task into training and test.")] = None,
    data: Annotated[
        Optional[str],
        typer.Option(metavar="FILE|DIR", help="The task's published files, or images of its symbols in classes."),
    ] = None,
    input_kind: Annotated[
        str, typer.Option("--input", metavar="symbol|image", help="What inputs are: tokens, or images of symbols.")
    ] = "symbol",
    glyphs: Annotated[
        Optional[str],
        typer.Option(metavar="'+=plus,…'", help="Which class of images stands for which symbol of the task."),
    ] = None,
    cell: Annotated[
        Optional[int],
        typer.Option(metavar="W", help="Own strips: each symbol's place is W pixels wide. Default: cut at gaps."),
    ] = None,
    concept: Annotated[
        Optional[str], typer.Option(metavar="NAME", help="Few-shot: every example holds this new symbol.")
    ] = None,
    extend: Annotated[
        Optional[str],
        typer.Option(
            metavar="RUN", help="Start from this run's machine, and learn the symbols that are new to it; it is kept."
        ),
    ] = None,
    limit: Annotated[Optional[int], typer.Option(metavar="N", help="Draw N of the training examples.")] = None,
    seed: Annotated[int, typer.Option(help="Everything drawn is drawn from it.")] = 0,
    time_limit: Annotated[
        Optional[float], typer.Option(metavar="S", help="Wall seconds for the whole command; keeps what was done.")
    ] = None,
    out: Annotated[
        Optional[str], typer.Option(metavar="RUN", help="The run folder. Default: runs/TASK-SPLIT-SEED.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the checkpoint of a run that was stopped.")
    ] = False,
    answer: Annotated[
        str, typer.Option(metavar="auto|tokens|int|bool", help="What the answers of own pairs are.")
    ] = "auto",
    primitives: Annotated[
        Optional[str],
        typer.Option(
            metavar="arithmetic|peano",
            help="What programs over numbers may be built from. Default: peano for hint, else arithmetic.",
        ),
    ] = None,
    corrupt: Annotated[
        float, typer.Option(metavar="P", help="For experiments: make this share of the training answers wrong.")
    ] = 0.0,
    corrupt_kind: Annotated[
        str, typer.Option(metavar="swap|edit", help="Wrong how: another pair's answer, or one random edit.")
    ] = "swap",
    device: Annotated[
        str,
        typer.Option(metavar="auto|cpu|cuda", help="Where networks run; so far all are small: on the CPU."),
    ] = "auto",
    threads: Annotated[int, typer.Option(metavar="N", help="Threads of torch; one is fastest for small networks.")] = 1,
    json_wanted: Json = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> int:
    """Learn a task, or your own pairs; test; and leave a run folder.

    abduce train scan --split length

    abduce train --train pairs.tsv --test more.tsv
    """
    from abduce.sources import Source
    from abduce.training import Options
    from abduce.training import train as run

    source = Source(
        task=task,
        split=split,
        data=data,
        input=input_kind,
        glyphs=glyphs,
        cell=cell,
        concept=concept,
        train=train_file,
        test=test_file,
        answer=answer,
        limit=limit,
        corrupt=corrupt,
        corrupt_kind=corrupt_kind,
        seed=seed,
    )
    options = Options(
        seed=seed,
        out=out,
        extend=extend,
        resume=resume,
        time_limit=time_limit,
        primitives=primitives,
        device=device,
        threads=threads,
        as_json=json_wanted,
        quiet=quiet,
    )
    return run(source, options, context.obj)


@app.command("eval")
def evaluate(
    context: typer.Context,
    run: Run,
    data: Annotated[
        Optional[str], typer.Option(metavar="FILE|DIR", help="Other pairs to test on. Default: the run's own test.")
    ] = None,
    json_wanted: Json = False,
) -> int:
    """Test a trained machine again."""
    from abduce.training import evaluate as test_again

    return test_again(run, data, json_wanted=json_wanted, started=context.obj)


@app.command(epilog="Exit codes: 0 all answered, 1 some not answered, 2 unknown words or bad input.")
def predict(
    run: Run,
    inputs: Annotated[
        Optional[list[str]],
        typer.Argument(
            metavar="[INPUT]...",
            help="Texts, or JSON lists of texts. Where images were learned: a file for each symbol, or a strip.",
        ),
    ] = None,
    file: Annotated[
        Optional[str], typer.Option(metavar="FILE|-", help="One input a line; - is standard input.")
    ] = None,
    top: Annotated[int, typer.Option(metavar="K", help="Show the K most probable answers.")] = 1,
    min_confidence: Annotated[float, typer.Option(metavar="P", help="Abstain where the confidence is lower.")] = 0.0,
    explain: Annotated[bool, typer.Option("--explain", help="Show the tree and each word's meaning.")] = False,
    cell: Annotated[
        Optional[int],
        typer.Option(metavar="W", help="A strip: each symbol's place is W pixels wide. Default: as in training."),
    ] = None,
    draw: Annotated[
        Optional[str], typer.Option(metavar="FILE.svg", help="Draw the tree, below the images if there are any.")
    ] = None,
    json_wanted: Json = False,
) -> int:
    """Ask a trained machine.

    abduce predict runs/scan-length-0 "jump around left twice after walk opposite right" --explain

    abduce predict runs/hint-image-0 three.png plus.png four.png --explain

    abduce predict runs/hint-image-0 strip.png --draw read.svg
    """
    from abduce.asking import predict as ask

    return ask(
        run,
        inputs or [],
        file=file,
        top=top,
        min_confidence=min_confidence,
        explain=explain,
        json_wanted=json_wanted,
        cell=cell,
        draw=draw,
    )


@app.command()
def lexicon(run: Run, json_wanted: Json = False) -> int:
    """Show what each symbol was learned to mean, with the evidence."""
    from abduce.asking import lexicon as show

    return show(run, json_wanted=json_wanted)


@app.command(
    epilog="Exit codes: 0 entailed, consistent, at least one answer, every check-sat decided; 1 refuted, undetermined, "
    "inconsistent, no answers; 2 bad input; 3 gave up, or a limit was reached; 130 interrupted. With several "
    "questions, the highest."
)
def ask(
    files: Annotated[
        Optional[list[str]],
        typer.Argument(
            metavar="[FILE|-]...",
            help="Premises in abduce's own language, TPTP problems, or scripts in SMT-LIB 2; - is standard input.",
            show_default=False,
        ),
    ] = None,
    query: Annotated[
        Optional[list[str]],
        typer.Option(
            "-q", "--query", metavar="QUERY", help="A question; may be given again. Those in files are answered too."
        ),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show all reasons: derivation, core, models, how they were checked.")
    ] = False,
    all_answers: Annotated[bool, typer.Option("--all", help="Give all answers, not the first 100 alone.")] = False,
    limit_answers: Annotated[
        Optional[int],
        typer.Option("--limit-answers", metavar="N", help="Give N answers at most; 100 unless this or --all is given."),
    ] = None,
    reading: Annotated[
        str,
        typer.Option(
            metavar="auto|classical|rules|closed",
            help="How clauses are understood: what holds in every model; what can be derived; and the rest is false. "
            "auto: rules where there are clauses alone, else classical.",
        ),
    ] = "auto",
    compare: Annotated[bool, typer.Option("--compare", help="Answer in all readings, and say if they differ.")] = False,
    check: Annotated[
        str, typer.Option(metavar="none|fast|full", help="How thoroughly the evidence of answers is checked.")
    ] = "fast",
    timeout: Annotated[float, typer.Option(metavar="S", help="Seconds for each question.")] = 5.0,
    memory: Annotated[int, typer.Option(metavar="MB", help="Megabytes for each question.")] = 2048,
    assume: Annotated[
        Optional[list[str]],
        typer.Option(
            metavar="FORMULA",
            help="Assume it for the questions; may be given again. With --why-not: what may be assumed, with a weight "
            "if it has one ('rain @ 2').",
        ),
    ] = None,
    why_not: Annotated[
        bool, typer.Option("--why-not", help="Say what would have to be assumed for the question to follow.")
    ] = False,
    lint: Annotated[bool, typer.Option("--lint", help="Say what looks like a slip, with the repair.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Mend what is clear, and list each repair.")] = False,
    export: Annotated[
        Optional[str],
        typer.Option(metavar="tptp|smtlib", help="Answer nothing; write premises and question in this language."),
    ] = None,
    file_format: Annotated[
        str, typer.Option("--format", metavar="auto|abduce|tptp|smtlib", help="What the files are written in.")
    ] = "auto",
    include: Annotated[
        Optional[list[Path]],
        typer.Option(metavar="DIR", help="Files below DIR may be included, beside those below a file's own folder."),
    ] = None,
    json_wanted: Json = False,
) -> int:
    """Ask what follows from premises, which values satisfy them, which is best, and why.

    abduce ask family.pl -q "ancestor(ann, X)?"

    abduce ask -q "maximize 3*X + Y subject to X + 2*Y <= 14, X >= 0, Y >= 0?"

    echo "∀x (Human(x) → Mortal(x))" | abduce ask - --assume "Human(Socrates)" -q "Mortal(Socrates)?" --explain

    abduce ask problem.p --timeout 20          abduce ask script.smt2

    abduce ask garden.pl -q "wet(grass)?" --why-not
    """
    from abduce.query_options import QueryOptions
    from abduce.querying import ask as answer

    return answer(
        QueryOptions(
            files=files or (),
            queries=query or (),
            format=file_format,
            include=include or (),
            reading=reading,
            timeout_s=timeout,
            memory_mb=memory,
            check=check,
            assume=assume or (),
            why_not=why_not,
            explain=explain,
            compare=compare,
            all_answers=all_answers,
            limit_answers=limit_answers,
            lint=lint,
            repair=repair,
            export=export,
            as_json=json_wanted,
        )
    )


@app.command(epilog="Exit codes: 0 at the end of the input, 2 if a file cannot be read.")
def repl(
    files: Annotated[
        Optional[list[str]], typer.Argument(metavar="[FILE]...", help="What to load first.", show_default=False)
    ] = None,
) -> int:
    """Tell and ask in a conversation: statements end with a dot, questions with a question mark, :help helps.

    abduce repl family.pl

    echo "p(a). p(X)?" | abduce repl
    """
    from abduce.repl import repl as converse

    return converse(files or ())


@app.command()
def tasks(json_wanted: Json = False) -> int:
    """List the tasks that are known by name."""
    from abduce.display import show_tasks

    show_tasks(json_wanted=json_wanted)
    return 0


@app.command()
def demo(seed: Annotated[int, typer.Option(help="Everything drawn is drawn from it.")] = 0) -> int:
    """Watch a task being learned from pairs alone, then asked and explained; takes some seconds."""
    from abduce.demonstration import demonstrate

    return demonstrate(seed)


def main() -> None:
    """Run a command; end with its exit code."""
    sys.exit(run(sys.argv[1:], STARTED))


def run(arguments: list[str], started: float | None = None) -> int:
    """Run a command and return its exit code; what a user can mend is said in one line on standard error.

    Args:
        arguments: What follows `abduce` on the command line.
        started: When the command began, on the monotonic clock; now, without it.
    """
    try:
        code = int(app(arguments, standalone_mode=False, obj=time.monotonic() if started is None else started) or 0)
        if code == WAS_INTERRUPTED:  # some versions of typer make this of the interrupt
            print("interrupted", file=sys.stderr)
        return code
    except UsageFault as error:
        error.show()
        return BAD_INPUT
    except (AbduceError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        print(f"error: {_said(error)}", file=sys.stderr)
        return BAD_INPUT
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted", file=sys.stderr)
        return WAS_INTERRUPTED


def _said(error: Exception) -> str:
    if isinstance(error, OSError) and not isinstance(error, AbduceError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}cannot be written or read ({error.strerror or error}); nothing that was there is lost"
    return str(error)


if __name__ == "__main__":
    main()
