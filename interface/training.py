"""`abduce train` and `abduce eval`: learn, test, and leave a run folder."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abduce.datasets import TASKS, Task
from abduce.display import Display, print_table, summary
from abduce.errors import UsageError
from abduce.extending import Base
from abduce.metrics import IMAGE_FIGURES, Measured, as_json, costs
from abduce.reasoning.learning.reporting import MOST_NOISE
from abduce.runs import (
    CONFUSION,
    LEXICON,
    MACHINE,
    METRICS,
    RunWriter,
    draw_curve,
    fingerprint,
    free,
    machine_file,
    read_metrics,
    unfinished,
)
from abduce.sources import Source
from abduce.stopping import INTERRUPTED, TIME_LIMIT, OutOfTime, Stopper

if TYPE_CHECKING:
    from abduce.reasoning.learning.machine import Machine, Report

LEARNED, NOT_LEARNED, LIMIT_REACHED, WAS_INTERRUPTED = 0, 1, 3, 130
TREES_DRAWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to train: what the command line's flags say, beside where the data come from."""

    seed: int = 0
    out: str | None = None
    extend: str | None = None
    resume: bool = False
    time_limit: float | None = None
    primitives: str | None = None
    device: str = "auto"
    threads: int = 1
    as_json: bool = False
    quiet: bool = False


@dataclass(slots=True)
class Reached:
    """What a training run has come to, at whatever point it may be stopped."""

    task: Task | None = None
    writer: RunWriter | None = None
    machine: Machine | None = None
    report: Report | None = None
    train_cpu_s: float | None = None
    measured: Measured = field(default_factory=Measured)
    extended: dict[str, Any] = field(default_factory=dict)
    stopped: str | None = None


def train(source: Source, options: Options, started: float) -> int:
    """Train a machine, test it, write the run folder, and return the exit code.

    Args:
        source: Where the pairs come from.
        options: How to train.
        started: When the command began, on the monotonic clock.

    Raises:
        AbduceError: The data, the options or the run to resume are at fault.
        OSError: The run folder cannot be written.
    """
    reached = Reached()
    display = Display(quiet=options.quiet or options.as_json)
    if options.time_limit is not None and options.time_limit <= 0:
        raise UsageError(f"--time-limit {options.time_limit:g}: a number of seconds above 0")
    with Stopper(options.time_limit, started) as stopper:
        try:
            _run(reached, source, options, stopper, display)
            if stopper.interrupted:
                reached.stopped = INTERRUPTED
        except OutOfTime:
            reached.stopped = TIME_LIMIT
        finally:
            stopper.rest()
        metrics = _metrics(reached, source, started)
        folder = _leave(reached, metrics, source)
    _tell(metrics, reached.report, folder, options, display)
    return _code(metrics)


def _run(reached: Reached, source: Source, options: Options, stopper: Stopper, display: Display) -> None:
    reached.task = task = source.load()
    for line in task.warnings:
        display.warn(line)
    prepare_torch(options.device, options.threads)
    if options.device == "cuda":
        display.warn("--device cuda: this task's networks are small and run on the CPU, where they are fastest")
    base = Base.of(options.extend, options.primitives) if options.extend else None
    machine = base.machine(task.value_type) if base else _new_machine(source, options)
    reached.writer = writer = _writer(task, source, options, display)
    learn = machine.extend if base else machine.fit
    writer.begin()
    began = time.process_time()

    def save_state(state: dict[str, Any]) -> None:
        writer.checkpoint(state)
        writer.log({"cpu_s": round(time.process_time() - began, 3), **state["curve"][-1]} if state["curve"] else {})

    with display:
        report = learn(task.train, progress=display, should_stop=stopper, state=writer.state, save_state=save_state)
        reached.train_cpu_s = time.process_time() - began
        reached.report, reached.stopped = report, report.stopped
        if machine.grounding is None:
            return
        reached.machine = machine
        if not stopper.interrupted:
            _measure(reached, task, options.seed, lambda: stopper.interrupted, display)
        if base:
            reached.extended = base.compared(machine, options.seed, lambda: stopper.interrupted)


def _new_machine(source: Source, options: Options) -> Machine:
    from abduce.reasoning.learning.machine import Machine

    return Machine(primitives=_primitives(source, options), seed=options.seed)


def _measure(reached: Reached, task: Task, seed: int, should_stop: Callable[[], bool], display: Display) -> None:
    assert reached.machine is not None
    reached.measured.test(reached.machine, task, should_stop, display.testing)
    reached.measured.figures(reached.machine, task, seed, should_stop)


def _primitives(source: Source, options: Options) -> str:
    """Return what programs over numbers may be built from: what is asked for, else what suits the task."""
    known = TASKS.get(source.task or "")
    return options.primitives or (known.primitives if known else "arithmetic")


def _writer(task: Task, source: Source, options: Options, display: Display) -> RunWriter:
    basis = Base.of(options.extend).mark() if options.extend else _primitives(source, options)
    mark = fingerprint(task.train, {"seed": options.seed, "primitives": basis})
    split = f"-{task.split}" if task.split else ""
    folder = Path(options.out) if options.out else Path("runs") / f"{task.name}{split}-{options.seed}"
    found = unfinished(folder) if options.resume else None
    if found is not None:
        display.say(f"{found}: going on from its checkpoint")
        return RunWriter(found, mark, resume=True)
    if options.resume:
        display.say(f"{folder}: no run that was stopped, nothing to go on from; training from the beginning")
    return RunWriter(free(folder), mark, resume=False)


def prepare_torch(device: str, threads: int) -> None:
    """Set torch up: one thread is fastest for small networks, and denormal numbers only cost time.

    Raises:
        UsageError: The device is unknown or not there, or the number of threads is not positive.
    """
    import torch

    if device not in ("auto", "cpu", "cuda"):
        raise UsageError(f"--device {device}: expected auto, cpu or cuda")
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device cuda: torch finds no CUDA device here; leave the flag out to run on the CPU")
    if threads < 1:
        raise UsageError(f"--threads {threads}: a number of threads, at least 1")
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)


def _metrics(reached: Reached, source: Source, started: float) -> dict[str, Any]:
    report = reached.report
    if report and reached.stopped:
        report = replace(report, finished=False, learned=False, stopped=reached.stopped)
    task = reached.task
    name = task.name if task else source.task or Path(source.train or "").stem
    split = task.split if task else source.split or ""
    metrics = as_json(name, split, source.seed, task, report, reached.measured)
    metrics["stopped"] = reached.stopped
    metrics["source"] = source.to_plain()
    return {**metrics, **reached.extended, **costs(reached.measured, reached.train_cpu_s, started)}


def _leave(reached: Reached, metrics: dict[str, Any], source: Source) -> Path | None:
    """Write the run folder and give it its name; return it, None where there was nothing to write yet."""
    writer = reached.writer
    if writer is None:
        return None
    try:
        if reached.machine is not None and reached.report is not None and reached.task is not None:
            machine, curve, task = reached.machine, list(reached.report.curve), reached.task
            writer.write(MACHINE, machine.save)
            writer.text(LEXICON, machine.lexicon_text())
            title = f"{task.name} {task.split}".strip()
            writer.write("learning_curve.svg", lambda path: draw_curve(curve, title, path))
            if reached.measured.confusion is not None:
                writer.write(CONFUSION, reached.measured.confusion.draw)
            if not reached.stopped:
                _draw_trees(machine, task, writer)
        writer.text(METRICS, json.dumps(metrics, indent=1) + "\n")
        return writer.publish()
    except OSError:
        writer.discard()
        raise


def _draw_trees(machine: Machine, task: Task, writer: RunWriter) -> None:
    """Draw the trees of a few test sentences, from the shortest to the longest."""
    ordered = sorted(task.test, key=lambda example: (len(example.inputs), repr(example.inputs)))
    step = max(1, (len(ordered) - 1) // max(1, TREES_DRAWN - 1))
    chosen = ordered[::step][:TREES_DRAWN]
    for number, prediction in enumerate(machine.predict([example.inputs for example in chosen]), start=1):
        if prediction.tree is not None:
            writer.write(f"trees/{number}.svg", prediction.tree.save)


def _tell(
    metrics: dict[str, Any], report: Report | None, folder: Path | None, options: Options, display: Display
) -> None:
    if options.as_json:
        print(json.dumps(metrics))
        if folder is not None:
            display.say(f"run folder: {folder}")
        return
    if metrics["accuracy"] is not None:
        print_table(summary(metrics))
    for line in verdict(metrics):
        display.say(line)
    if folder is not None:
        display.say(f"run folder: {folder}")
        if metrics["stopped"]:
            display.say("go on with the same command and --resume")
        else:
            display.say(f'ask it: abduce predict {folder} "…" --explain; what it learned: abduce lexicon {folder}')


def verdict(metrics: dict[str, Any]) -> list[str]:
    """Return lines that announce what was learned, and what is missing where something is."""
    if metrics["stopped"]:
        return [f"stopped ({metrics['stopped']}): not learned yet"]
    if metrics["learned"]:
        if metrics["held_out_accuracy"] is None:
            return ["learned: every word has a meaning, and all pairs come out right; too few to hold any out"]
        if metrics.get("doubt"):
            share, doubt = 100 * metrics["held_out_accuracy"], 100 * metrics["doubt"]
            return [f"learned: {share:.1f}% of the held-out pairs are right; {doubt:.1f}% may be misread images"]
        return ["learned: every word has a meaning, and the held-out pairs confirm it"]
    found = [f"not learned: {100 * (metrics['explained'] or 0.0):.1f}% of the training pairs explained"]
    if metrics["not_learned"]:
        found.append("  without a (sufficient) meaning: " + ", ".join(metrics["not_learned"]))
    if metrics["held_out_accuracy"] is not None:
        found.append(f"  right on {100 * metrics['held_out_accuracy']:.1f}% of the pairs held out")
    if (metrics["noise"] or 0.0) > MOST_NOISE:
        share, most = 100 * metrics["noise"], 100 * MOST_NOISE
        found.append(f"  {share:.1f}% of the answers seem wrong: beyond {most:.0f}% what was learned may as well be")
    if metrics["held_out_accuracy"] is None:
        found.append("  too few pairs to hold any out, so nothing confirms what the others seem to show")
    return found


def _code(metrics: dict[str, Any]) -> int:
    if metrics["stopped"] == INTERRUPTED:
        return WAS_INTERRUPTED
    if metrics["stopped"] == TIME_LIMIT:
        return LIMIT_REACHED
    return LEARNED if metrics["learned"] else NOT_LEARNED


def evaluate(run: Path, data: str | None, *, json_wanted: bool, started: float) -> int:
    """Test the machine of a run again, on its own test or on other data, and return the exit code.

    Raises:
        AbduceError: The run or the data cannot be read.
    """
    before = read_metrics(run)
    source = Source.from_plain(before["source"])
    task, _ = source.test_examples(data, before["value_type"])
    display = Display(quiet=json_wanted)
    for line in task.warnings:
        display.warn(line)
    prepare_torch("auto", 1)
    from abduce.reasoning.learning.machine import Machine

    machine = Machine.load(machine_file(run))
    measured = Measured()
    with Stopper(None, started) as stopper, display:
        measured.test(machine, task, lambda: stopper.interrupted, display.testing)
        measured.figures(machine, task, before["seed"], lambda: stopper.interrupted)
        interrupted = stopper.interrupted
    figures = ("accuracy", "subsets", "accuracy_random_parser", "accuracy_parser_only", *IMAGE_FIGURES)
    metrics = {
        **before,
        **{name: getattr(measured, name) for name in figures},
        "test_count": len(task.test),
        **costs(measured, before["train_cpu_s"], started),
    }
    if json_wanted:
        print(json.dumps(metrics))
    else:
        print_table(summary(metrics))
    return WAS_INTERRUPTED if interrupted else _code(metrics)
