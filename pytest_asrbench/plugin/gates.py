"""Which limits apply to a case: command line, marker, corpus and snippet, model entry, ini; the first that is set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from pytest_asrbench import verdict
from pytest_asrbench.errors import UsageError
from pytest_asrbench.plugin.session import AsrSession
from pytest_asrbench.records import Outcome
from pytest_asrbench.totals import Totals

Layer = tuple[str, Mapping[str, float | None]]


def breaches(session: AsrSession, item: pytest.Item, result: Outcome | Totals) -> list[str]:
    """Return a sentence for each limit that `result` misses."""
    if isinstance(result, Outcome):
        return verdict.judge_snippet(result, verdict.limit("snippet_max_wer", _snippet_layers(session, item, result)))
    layers = list(_layers(session, item, result.model, result.corpus))
    limits = {name: verdict.limit(name, layers) for name in verdict.LIMITS if name != "snippet_max_wer"}
    return verdict.judge_totals(result, limits) + _against_baseline(session, result)


def _against_baseline(session: AsrSession, totals: Totals) -> list[str]:
    if session.baseline is None:
        return []
    comparison = session.baseline.compare(totals.model, totals.corpus, session.of(totals.model, totals.corpus))
    for reason, snippets in comparison.not_compared.items():
        session.not_compared.setdefault(reason, []).extend(f"{totals.model}-{totals.corpus}/{s}" for s in snippets)
    tolerances = session.settings.tolerances
    return verdict.judge_change(comparison, tolerances) if tolerances is not None else []


def _layers(session: AsrSession, item: pytest.Item, model: str, corpus: str) -> Iterator[Layer]:
    entry = session.entries[model]
    yield from _switches(session)
    yield "marker asr_limits", _marker(item)
    yield f"corpus.toml of {corpus}", session.corpora[corpus].limits
    yield f"model {model}", {name: getattr(entry, name) for name in verdict.LIMITS}
    yield from _ini(session)


def _snippet_layers(session: AsrSession, item: pytest.Item, outcome: Outcome) -> Iterator[Layer]:
    snippet = session.snippets[f"{outcome.corpus}/{outcome.snippet}"][1]
    for origin, values in _layers(session, item, outcome.model, outcome.corpus):
        if origin.startswith("corpus.toml"):  # the snippet's own limit is nearer than its corpus's
            yield f"snippet {outcome.snippet}", {"snippet_max_wer": snippet.max_wer}
        yield origin, values


def _switches(session: AsrSession) -> Iterator[Layer]:
    for name, value in session.settings.command_line_limits.items():
        yield "--asr-" + name.replace("_", "-"), {name: value}


def _ini(session: AsrSession) -> Iterator[Layer]:
    for name, value in session.settings.ini_limits.items():
        yield f"ini asr_{name}", {name: value}


def _marker(item: pytest.Item) -> Mapping[str, float | None]:
    marker = item.get_closest_marker("asr_limits")
    if marker is None:
        return {}
    unknown = set(marker.kwargs) - set(verdict.LIMITS)
    if unknown or marker.args:
        raise UsageError(
            f"the marker asr_limits takes {', '.join(verdict.LIMITS)}, not {', '.join(sorted(unknown)) or 'args'}"
        )
    return marker.kwargs
