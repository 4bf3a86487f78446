"""What `abduce ask` prints: answers as they come, or one JSON object at the end."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from abduce.query_output import Printer, consistency_text, result_text

if TYPE_CHECKING:
    from abduce.parser.lint import Finding, Repair
    from abduce.query_scripts import Answered
    from abduce.reasoning.queries.hypotheses import Hypotheses
    from abduce.reasoning.queries.verdicts import Consistency, Result

BAD_INPUT: Final = 2
GAVE_UP: Final = 3


class Report:
    """Prints what was found, and remembers the exit code.

    Args:
        as_json: Whether to print one JSON object at the end instead.
    """

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._printer = Printer()
        self._complaints = Printer(sys.stderr)
        self.exit_code = 0
        self._found: dict[str, Any] = {
            "queries": [],
            "consistency": None,
            "script": [],
            "lint": [],
            "repairs": [],
            "delegated": False,
        }

    def heading(self, text: str) -> None:
        """Say what the next answers are about."""
        if not self._as_json:
            self._printer.show(f"% {text}")

    def answer(self, result: Result, *, explain: bool = False, limit: int | None = None) -> None:
        """Print the answer to a question, of which so many answers were asked for at most."""
        self._worst(result.exit_code)
        self._found["delegated"] |= result.delegated
        if self._as_json:
            self._found["queries"].append(result.to_json())
            return
        self._printer.show(result.query)
        self._printer.show(result_text(result, explain=explain, limit=limit))

    def why_not(self, found: Result, sets: Hypotheses) -> None:
        """Print the answer to a question, and what would have to be assumed for it to follow."""
        self._worst(found.exit_code if sets.complete or sets.reason is None else GAVE_UP)
        if self._as_json:
            self._found["queries"].append(found.to_json() | {"hypotheses_complete": sets.complete})
            return
        from abduce.query_answers import why_not_text

        self._printer.show(found.query)
        self._printer.show(why_not_text(found, sets, explain=found.explain))

    def consistency(self, found: Consistency, *, explain: bool = False, delegated: str | None = None) -> None:
        """Print whether the premises have a model."""
        self._worst(found.exit_code)
        self._found["delegated"] |= delegated is not None
        if self._as_json:
            self._found["consistency"] = found.to_json()
        else:
            self._printer.show(consistency_text(found, explain=explain))
            if delegated is not None:
                self._printer.show(f"  delegated: Z3's own reader read this ({delegated})")

    def script(self, answered: Answered) -> None:
        """Print what a script printed."""
        from abduce.query_scripts import script_text

        self._worst(answered.exit_code)
        if self._as_json:
            self._found["script"] += answered.output.answers
            self._found.setdefault("printed", []).extend(answered.output.printed)
            self._found["delegated"] |= answered.delegated is not None
            self._found["seconds"] = round(self._found.get("seconds", 0.0) + answered.seconds, 6)
        elif text := script_text(answered):
            self._printer.show(text)
        for line in answered.misread:
            self._complaints.show(f"error: {line}")

    def exported(self, text: str) -> None:
        """Print premises and question in another language."""
        if self._as_json:
            self._found["export"] = self._found.get("export", "") + text
        else:
            self._printer.show(text, end="" if text.endswith("\n") else "\n")

    def findings(self, findings: Iterable[Finding], *, shown: bool) -> None:
        """Print what looks like a slip; or only say how much does, where nobody asked."""
        listed = list(findings)
        self._found["lint"] += [
            {key: getattr(one, key) for key in ("file", "line", "column", "kind", "message", "repair")}
            | {"other": None if one.other is None else {"file": one.other.file, "line": one.other.line}}
            for one in listed
        ]
        if self._as_json:
            return
        if shown:
            for finding in listed:
                self._printer.show(str(finding))
            if not listed:
                self._complaints.show("lint: nothing looks like a slip")
        elif count := sum(finding.kind != "never-concluded" or finding.repair is not None for finding in listed):
            said = "1 thing looks" if count == 1 else f"{count} things look"
            self._complaints.show(f"note: {said} like a slip; --lint says what")

    def repairs(self, repairs: Iterable[Repair]) -> None:
        """List what was mended."""
        for repair in repairs:
            self._found["repairs"].append(
                {"file": repair.file, "line": repair.line, "from": repair.before, "to": repair.after}
                | {"message": repair.message}
            )
            if not self._as_json:
                self._complaints.show(
                    f"repaired {repair.file}:{repair.line}: {repair.message}\n"
                    f"  from: {repair.before.strip()}\n  to:   {repair.after.strip()}"
                )

    def error(self, error: Exception) -> None:
        """Print an error that the questions after it survive."""
        self._worst(BAD_INPUT)
        self._found.setdefault("errors", []).append(str(error))
        self._complaints.show(f"error: {error}")

    def finish(self) -> int:
        """Print the JSON, if that is wanted, and return the exit code."""
        if self._as_json:
            print(json.dumps(self._found, ensure_ascii=False))
        return self.exit_code

    def _worst(self, code: int) -> None:
        self.exit_code = max(self.exit_code, code)
