"""Why a query has its verdict: derivations, cores in the user's own words, models; as text, JSON, graph and picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from abduce.reasoning.queries.model_tables import ModelTable
from abduce.reasoning.queries.verdicts import Checked, CoreItem, Verdict
from abduce.reasoning.rules.derivations import Derivation

if TYPE_CHECKING:
    from networkx import DiGraph

_LEAD = {
    Verdict.ENTAILED: "follows from",
    Verdict.REFUTED: "is contradicted by",
    Verdict.INCONSISTENT: "cannot all be true:",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The reasons for a verdict.

    Attributes:
        query: The query's text; empty where the premises were asked nothing.
        verdict: What is explained.
        core: The premises that it rests on.
        core_is_minimal: Whether it was shown that none of them can go.
        derivation: Where rules derived it, how.
        models: Models that show what does not follow.
        note: What else is to be said.
        checked: How all this was checked.
    """

    query: str
    verdict: Verdict
    core: tuple[CoreItem, ...] = ()
    core_is_minimal: bool = False
    derivation: Derivation | None = None
    models: tuple[ModelTable, ...] = ()
    note: str = ""
    checked: Checked = Checked.UNCHECKED

    def as_text(self) -> str:
        """Write it for a person."""
        lines: list[str] = []
        if self.derivation is not None:
            lines.append(self.derivation.as_text())
        elif self.verdict in _LEAD:
            lines.append(self._core_text())
        lines.extend(model.as_text() for model in self.models)
        if self.note:
            lines.append(self.note)
        if self.checked is not Checked.UNCHECKED:
            lines.append(f"({self.checked.value})")
        return "\n".join(line for line in lines if line)

    def _core_text(self) -> str:
        lead = _LEAD[self.verdict]
        subject = "these premises" if self.verdict is Verdict.INCONSISTENT else self.query.rstrip("?").strip()
        if not self.core and not self.core_is_minimal:
            return ""
        if not self.core:
            logic = "the premises contradict each other" if self.verdict is Verdict.INCONSISTENT else ""
            return logic or f"{subject} is {'true' if self.verdict is Verdict.ENTAILED else 'false'} by logic alone"
        rest = "" if self.core_is_minimal else "\n  (perhaps not all of these are needed)"
        return "\n".join([f"{subject} {lead}", *(f"  {item}" for item in self.core)]) + rest

    def __str__(self) -> str:
        return self.as_text()

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "query": self.query,
            "verdict": self.verdict.value,
            "core": [item.to_json() for item in self.core],
            "core_is_minimal": self.core_is_minimal,
            "derivation": self.derivation.as_json() if self.derivation else None,
            "models": [model.to_json() for model in self.models],
            "note": self.note or None,
            "checked": self.checked.value,
            "text": self.as_text(),
        }

    def as_graph(self) -> DiGraph:
        """Return a networkx graph from the conclusion to what it rests on; each node has a `statement`."""
        from networkx import DiGraph

        if self.derivation is not None:
            return self.derivation.as_graph()
        graph: DiGraph = DiGraph()
        graph.add_node(0, kind="conclusion", statement=f"{self.query.strip() or 'premises'} {self.verdict.value}")
        for number, item in enumerate(self.core, start=1):
            graph.add_node(number, kind="told", statement=item.text, file=item.file, line=item.line)
            graph.add_edge(0, number)
        for number, model in enumerate(self.models, start=len(self.core) + 1):
            graph.add_node(number, kind="model", statement=model.as_text())
            graph.add_edge(0, number)
        return graph

    def as_svg(self) -> str:
        """Return a drawing of the graph as an SVG document."""
        from abduce.reasoning.queries.pictures import svg

        return svg(self.as_graph())

    def _repr_svg_(self) -> str:
        """Return the drawing for a notebook."""
        return self.as_svg()
