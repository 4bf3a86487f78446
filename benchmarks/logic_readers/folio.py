"""Reads rows of FOLIO: premises and, where there is one, a conclusion in first-order logic, with a label."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from logic_readers.questions import Question, rows

LABELS = {"True": "entailed", "False": "refuted", "Uncertain": "undetermined", "Unknown": "undetermined"}


@dataclass(frozen=True, slots=True)
class Premises:
    """A row without a conclusion in logic: nothing is asked, but its formulas can be read.

    Attributes:
        name: Where it stands.
        formulas: Its formulas.
    """

    name: str
    formulas: tuple[str, ...]


def read(folder: Path) -> list[Question | Premises]:
    """Read all rows with premises in logic; those with a conclusion in logic and a label are questions."""
    found: list[Question | Premises] = []
    for row in rows(folder, ("premises-FOL",)):
        formulas = tuple(str(one).strip() for one in row.fields["premises-FOL"])
        conclusion, label = row.fields.get("conclusion-FOL"), str(row.fields.get("label", ""))
        if isinstance(conclusion, str) and label in LABELS:
            found.append(Question(row.name, formulas, conclusion.strip(), label, LABELS[label]))
        else:
            found.append(Premises(row.name, formulas))
    return found
