"""Teach a machine a small language of your own, from any iterable of examples, and ask it."""

from collections.abc import Iterator

from abduce import Example, Machine

NAMES = {"ann": "a", "bob": "b", "cid": "c", "dee": "d"}


def sentences() -> Iterator[Example]:
    """Yield pairs of a phrase and the beads that it stands for."""
    for name, bead in NAMES.items():
        yield Example((name,), (bead,))
        yield Example(("double", name), (bead, bead))
        for other, second in NAMES.items():
            yield Example((name, "then", other), (bead, second))
            yield Example((name, "behind", other), (second, bead))
            yield Example(("double", name, "then", other), (bead, bead, second))


machine = Machine()
report = machine.fit(sentences())
print("learned:", report.learned)
print(machine.lexicon_text())
print(machine.explain("double ann then bob behind cid"))
