"""The corpus sources that are installed: ours and others', by the entry points of one group."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from pytest_asrbench.corpus.corpus import Corpus
from pytest_asrbench.corpus.locator import Locator
from pytest_asrbench.errors import CorpusError, UsageError
from pytest_asrbench.support import entry_points
from pytest_asrbench.support.checks import hint

GROUP = "pytest_asrbench.corpora"

Source = Callable[[Locator], Corpus]


def load(locator: Locator) -> Corpus:
    """Return the corpus, made by the source of the locator's scheme.

    Raises UsageError for a scheme that nobody offers, CorpusError if nothing can be made of the place.
    """
    made: Any = source(locator.scheme)(locator)
    if not isinstance(made, Corpus):
        raise CorpusError(f"{locator.text}: the source {locator.scheme!r} gave {type(made).__name__}, and no Corpus")
    return made


@cache
def source(scheme: str) -> Source:
    """Return the source that is registered under `scheme`; raises UsageError."""
    installed = entry_points.offered(GROUP)
    if scheme not in installed:
        raise UsageError(f"unknown corpus source {scheme!r}: {hint(scheme, installed)}")
    point = installed[scheme]
    with entry_points.loading(f"the corpus source {scheme!r} of {entry_points.package(point)}"):
        loaded: Source = point.load()
    return loaded
