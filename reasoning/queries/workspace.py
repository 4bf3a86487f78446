"""What an engine knows in one state: the premises, and what the readings made of them so far."""

from __future__ import annotations

from collections.abc import Sequence

from abduce.parser.pausing import unhurried
from abduce.reasoning.queries.classical import Classical
from abduce.reasoning.queries.premises import Entry, Knowledge, capitalised_constants
from abduce.reasoning.queries.reading_rules import Rules
from abduce.reasoning.queries.readings import are_definite, chosen, difference_in_premises
from abduce.reasoning.queries.verdicts import Reading


class Workspace:
    """Premises with their translations, made when they are needed first and kept.

    Attributes:
        knowledge: The premises.
        constants: Capitalised names that queries take for constants.
    """

    def __init__(self, knowledge: Knowledge, constants: frozenset[str] | None = None) -> None:
        self.knowledge = knowledge
        self.constants = frozenset(capitalised_constants(knowledge)) if constants is None else constants
        self._classical = Classical()
        self._rules = Rules()
        self._difference, self._compared = "", 0
        self._definite, self._judged = True, 0

    def copy(self) -> Workspace:
        """Return a workspace of the same premises whose translations are its own."""
        return Workspace(self.knowledge, self.constants)

    def told(self, entries: Sequence[Entry], reading: Reading | None) -> Workspace:
        """Return the workspace with more premises; this one is not to be used any more.

        What the session's own reading makes of them is checked at once.

        Raises:
            ParseError, SortError, UsageError: They do not fit; this workspace stays usable then.
        """
        knowledge = self.knowledge.extended(entries)
        wanted = chosen(knowledge, None, reading)
        grown = Workspace(knowledge, self.constants | capitalised_constants(entries))
        grown._classical, grown._rules = self._classical, self._rules
        grown._difference, grown._compared = self._difference, self._compared
        grown._definite, grown._judged = self._definite, self._judged
        try:
            if wanted is Reading.CLASSICAL:
                grown.classical()
            else:
                grown.rules()
        except BaseException:
            self._forget_what_is_beyond()
            raise
        return grown

    def _forget_what_is_beyond(self) -> None:
        """Begin anew with a translation that holds what these premises do not."""
        if self._classical.seen > len(self.knowledge):
            self._classical.close()
            self._classical = Classical()

    def classical(self) -> Classical:
        """Return the premises as terms.

        Raises:
            SortError: They do not fit together.
        """
        self._classical.catch_up(self.knowledge)
        return self._classical

    def rules(self) -> Rules:
        """Return the premises as rules.

        Raises:
            ParseError: One is no rule, or they do not fit together.
            UsageError: One is no clause.
        """
        self._rules.catch_up(self.knowledge)
        return self._rules

    @property
    def has_formulas(self) -> bool:
        """Whether some premise is no clause."""
        return self.knowledge.formula_count > 0

    @property
    def difference(self) -> str:
        """Why the classical reading and the rule reading of the premises could disagree; empty if they cannot."""
        if not self._difference:
            self._difference = difference_in_premises(unhurried(self.knowledge.since(self._compared)))
            self._compared = len(self.knowledge)
        return self._difference

    @property
    def is_definite(self) -> bool:
        """Whether these are definite clauses over names and terms alone."""
        if self._definite:
            self._definite = are_definite(unhurried(self.knowledge.since(self._judged)))
            self._judged = len(self.knowledge)
        return self._definite

    def interrupt(self) -> None:
        """Stop a running check of a solver."""
        self._classical.interrupt()

    def close(self) -> None:
        """Give the solvers back."""
        self._classical.close()
