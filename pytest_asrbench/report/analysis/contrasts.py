"""What is measured twice: texts with and without normalisation, the first call of a model and the warm ones."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_asrbench.records import WORDS, Outcome, rate
from pytest_asrbench.report.analysis.findings import Calls, Text
from pytest_asrbench.report.analysis.systems import System


def texts(one: System) -> list[Text]:
    """Both WERs of the snippets that were measured; nothing if there are none, or if the texts have no blanks."""
    sums = one.totals
    telling = sums.measured and sums.leading.name == WORDS
    return [Text(one.model, one.corpus, sums.wer_measured, sums.raw_wer)] if telling else []


def calls(outcomes: Iterable[Outcome]) -> list[Calls]:
    """First and warm calls of each model; `outcomes` in the order in which they were measured.

    The first call is the warm-up on the first snippet that the model's process was given. After a crash there is
    another process with a first call of its own: only the first process is told of here. Without warm-up calls there
    is nothing to tell.
    """
    found: dict[str, Calls] = {}
    for outcome in outcomes:
        first, warm = outcome.first_seconds, outcome.time
        if outcome.model not in found and outcome.measured and first is not None and warm is not None:
            found[outcome.model] = Calls(outcome.model, outcome.corpus, first, warm, rate(first, warm), outcome.snippet)
    return list(found.values())
