"""Which limits apply to a case: command line, marker, corpus and snippet, model entry, ini; the first that is set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from pytest_asrbench import verdict
from pytest_asrbench.errors import UsageError
from pytest_asrbench.plugin import speed_gate
from pytest_asrbench.plugin.items import parameters
from pytest_asrbench.plugin.session import AsrSession
from pytest_asrbench.plugin.stash import running
from pytest_asrbench.records import Outcome
from pytest_asrbench.totals import Totals

_SNIPPET = "snippet_max_wer"


def check(result: Outcome | Totals) -> None:
    """Hold `result` of the running test against every limit that applies; the test fails with all breaches.

    Totals without a figure, which no limit demands, skip it.
    """
    __tracebackhide__ = True
    session = running()
    fail_for(breaches(session, session.running, result))
    if isinstance(result, Totals) and result.absent:
        pytest.skip(f"no figures of {result.model} on {result.corpus} ({result.absent}): its cases say why")


def fail_for(missed: Sequence[str]) -> None:
    """Fail the running test if there are sentences on missed limits, with all of them."""
    __tracebackhide__ = True
    if missed:
        pytest.fail("\n".join(missed), pytrace=False)


def breaches(session: AsrSession, item: pytest.Item, result: Outcome | Totals) -> list[str]:
    """Return a sentence for each limit that `result` misses."""
    marked = _marker(item)
    if isinstance(result, Outcome):
        own = session.snippets[f"{result.corpus}/{result.snippet}"][1].max_wer
        bound = _limit(session, marked, result.model, result.corpus, _SNIPPET, (f"snippet {result.snippet}", own))
        return verdict.judge_snippet(result, bound)
    incomplete = [breach.text for breach in verdict.judge_coverage(result)]
    if result.absent and incomplete:
        return incomplete
    names = [name for name in verdict.LIMITS if name != _SNIPPET]
    limits = {name: _limit(session, marked, result.model, result.corpus, name) for name in names}
    return incomplete + verdict.judge_totals(result, limits) + _against_baseline(session, item, result)


def _against_baseline(session: AsrSession, item: pytest.Item, totals: Totals) -> list[str]:
    if session.baseline is None:
        return []
    comparison = session.baseline.compare(totals.model, totals.corpus, session.of(totals.model, totals.corpus))
    where = f"{totals.model}-{totals.corpus}"
    for reason, snippets in comparison.not_compared.items():
        told = dict.fromkeys(session.not_compared.get(reason, ()))
        session.not_compared[reason] = list(told | dict.fromkeys(f"{where}/{snippet}" for snippet in snippets))
    for then, now in comparison.devices:
        _note(session, f"the accuracy of {where} on {now} is held against a baseline ({comparison.source}) on {then}")
    tolerances = session.settings.tolerances
    if tolerances is None:
        return []
    judgement = verdict.judge_change(comparison, tolerances, _judged_together(item) if tolerances.significant else 1)
    for note in judgement.notes:
        _note(session, note)
    return [*judgement.breaches, *speed_gate.breaches(session, totals.model, totals.corpus)]


def _note(session: AsrSession, text: str) -> None:
    if text not in session.notes:
        session.notes.append(text)


def _judged_together(item: pytest.Item) -> int:
    """How many totals (model × corpus) the cases of this session judge."""
    asked = [parameters(one) for one in item.session.items if "asr_totals" in one.fixturenames]  # type: ignore[attr-defined]
    judged = {(one.get("asr_model"), one.get("asr_corpus")) for one in asked}
    return max(1, len(judged))


def _limit(
    session: AsrSession,
    marked: Mapping[str, float | None],
    model: str,
    corpus: str,
    name: str,
    nearest: tuple[str, float | None] = ("", None),
) -> verdict.Limit | None:
    """Return the limit `name`: of the command line, the marker, `nearest`, the corpus, the model or the ini file."""
    settings = session.settings
    layers = (
        ("--asr-" + name.replace("_", "-"), settings.command_line_limits),
        ("marker asr_limits", marked),
        (nearest[0], {name: nearest[1]}),
        (f"corpus.toml of {corpus}", session.corpora[corpus].limits),
        (f"model {model}", {name: getattr(session.entries[model], name)}),
        (f"ini asr_{name}", settings.ini_limits),
    )
    return verdict.limit(name, layers)


def _marker(item: pytest.Item) -> Mapping[str, float | None]:
    # A look at the keywords is cheap; walking the markers of an item that has none is not.
    marker = item.get_closest_marker("asr_limits") if "asr_limits" in item.keywords else None
    if marker is None:
        return {}
    unknown = set(marker.kwargs) - set(verdict.LIMITS)
    if unknown or marker.args:
        known = ", ".join(verdict.LIMITS)
        raise UsageError(f"the marker asr_limits takes {known}, not {', '.join(sorted(unknown)) or 'bare values'}")
    return marker.kwargs
