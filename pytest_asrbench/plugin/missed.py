"""The limits that a session's cases have missed, as the results, the page and a JUnit file tell them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from pytest_asrbench.records import Breach, Case


class Missed:
    """Every missed limit once, by the test that found it and by what was judged."""

    def __init__(self) -> None:
        self._found: dict[str, dict[Case, Sequence[Breach]]] = {}

    def note(self, test: str, case: Case, found: Sequence[Breach]) -> None:
        """`test` has judged `case`; if it does so again, the last time stands."""
        if found:
            self._found.setdefault(test, {})[case] = found
        elif test in self._found:
            self._found[test].pop(case, None)

    def of(self, test: str) -> list[Breach]:
        """What a test has found."""
        return list(chain.from_iterable(self._found.get(test, {}).values()))

    def all(self) -> list[Breach]:
        """What the session has found, in order."""
        return [breach for test in self._found for breach in self.of(test)]
