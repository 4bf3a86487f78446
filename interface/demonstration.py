"""`abduce demo`: learns a task before one's eyes, then answers, and shows its reasons."""

from __future__ import annotations

from abduce.datasets import load_task
from abduce.display import Display, lexicon_table, print_table
from abduce.training import prepare_torch

TASK, SPLIT = "scan", "length"
QUESTION = "jump around left twice after walk opposite right"


def demonstrate(seed: int) -> int:
    """Learn, ask, explain; return the exit code."""
    prepare_torch("auto", 1)
    from abduce.reasoning.learning.machine import Machine

    task = load_task(TASK, SPLIT)
    example = task.train[len(task.train) // 2]
    print(f"1. {len(task.train)} pairs to learn from, such as")
    print(f"     {' '.join(example.inputs)}  ->  {' '.join(example.target)}")
    print("   No grammar, no word classes, no programs are given.\n")
    machine = Machine(seed=seed)
    with Display(quiet=False) as display:
        report = machine.fit(task.train, progress=display)
    print(f"2. {100 * machine.evaluate(task.test):.1f}% right on {len(task.test)} sentences, all with longer answers")
    print("   than any seen in training. What each word was learned to mean:\n")
    print_table(lexicon_table(machine.lexicon_table()))
    print(f"\n3. A question: {QUESTION}\n")
    print(machine.explain(tuple(QUESTION.split())))
    print("\nNow your own pairs, as lines of input<TAB>output:")
    print("   abduce train --train my_train.tsv --test my_test.tsv")
    return 0 if report.learned else 1
