"""Which limits apply to a case: command line, marker, corpus and snippet, model entry, ini; the first that is set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from pytest_asrbench.gates import verdict
from pytest_asrbench.metrics.totals import Totals
from pytest_asrbench.plugin import comparing, properties, speed_gate
from pytest_asrbench.plugin.items import parameters
from pytest_asrbench.plugin.markers import LIMITS_MARKER
from pytest_asrbench.plugin.session import AsrSession
from pytest_asrbench.plugin.stash import running
from pytest_asrbench.records import Breach, Case, Outcome
from pytest_asrbench.store import Comparison

_SNIPPET = "snippet_max_wer"


def check(result: Outcome | Totals) -> None:
    """Hold `result` of the running test against every limit that applies; the test fails with all breaches.

    Totals without a figure, which no limit demands, skip it.
    """
    __tracebackhide__ = True
    session = running()
    fail_for(session, result.case, breaches(session, session.running, result))
    if isinstance(result, Totals) and result.absent:
        pytest.skip(f"no figures of {result.model} on {result.set_name} ({result.absent}): its cases say why")


def fail_for(session: AsrSession, judged: Case, found: Sequence[Breach]) -> None:
    """Keep the missed limits of what was `judged`, and fail the running test with all of them, if there are any."""
    __tracebackhide__ = True
    item = session.running
    session.missed.note(item.nodeid, judged, found)
    properties.add_breaches(item, session.missed.of(item.nodeid))
    if found:
        pytest.fail("\n".join(one.message for one in found), pytrace=False)


def breaches(session: AsrSession, item: pytest.Item, result: Outcome | Totals) -> list[Breach]:
    """Return each limit that `result` misses."""
    if isinstance(result, Outcome):
        own = session.snippets[result.case.clip][1].max_wer
        near = (f"snippet {result.snippet}", own)
        bound = _limit(session, _marker(item), result.model, result.corpus, _SNIPPET, near)
        return [replace(one, task=result.task) for one in verdict.judge_snippet(result, bound)]
    return [replace(one, corpus=result.corpus, task=result.task) for one in _of_totals(session, item, result)]


def _of_totals(session: AsrSession, item: pytest.Item, result: Totals) -> list[Breach]:
    session.judged.add(result.case)
    incomplete = verdict.judge_coverage(result)
    if result.absent and incomplete:
        return incomplete
    missed = verdict.judge_totals(result, _limits(session, item, result))
    return incomplete + missed + _against_baseline(session, item, result)


def in_vain(session: AsrSession, item: pytest.Item, totals: Totals) -> list[Breach]:
    """What is missed by totals of no snippet at all: each limit that they should be held against."""
    model, corpus = totals.model, totals.corpus
    origins = [bound.origin for bound in _limits(session, item, totals).values() if bound is not None]
    origins += [session.settings.tolerances.origin] if session.settings.tolerances is not None else []
    text = "no snippet of {} was tried with {} in this session: select some, too, as {} asks for them"
    return [
        Breach(
            "compared", text.format(totals.set_name, model, one), model, corpus, value=0, origin=one, task=totals.task
        )
        for one in dict.fromkeys(origins)
    ]


def _limits(session: AsrSession, item: pytest.Item, totals: Totals) -> dict[str, verdict.Limit | None]:
    marked = _marker(item)
    names = [name for name in verdict.LIMITS if name != _SNIPPET]
    return {name: _limit(session, marked, totals.model, totals.corpus, name) for name in names}


def _against_baseline(session: AsrSession, item: pytest.Item, totals: Totals) -> list[Breach]:
    tolerances = session.settings.tolerances
    comparison = session.compare(totals.model, totals.set_name)
    if comparison is not None:
        _tell(session, comparison)
    if tolerances is None or (comparison is None and session.settings.ab):
        return []
    if comparison is None or comparison.nothing_in_common:
        text = comparing.nothing_held(session, totals.model, totals.set_name)
        return [Breach("compared", text, totals.model, totals.corpus, value=0, origin=tolerances.origin)]
    judgement = verdict.judge_change(comparison, tolerances, _judged_together(item) if tolerances.significant else 1)
    for note in judgement.notes:
        _note(session, note)
    return [*judgement.breaches, *speed_gate.breaches(session, totals.model, totals.set_name)]


def _tell(session: AsrSession, comparison: Comparison) -> None:
    """Keep for the summary what was not compared, and between which devices the rest was."""
    where = f"{comparison.model}-{comparison.corpus}"
    for reason, snippets in comparison.not_compared.items():
        told = dict.fromkeys(session.not_compared.get(reason, ()))
        session.not_compared[reason] = list(told | dict.fromkeys(f"{where}/{snippet}" for snippet in snippets))
    for then, now in comparison.devices:
        _note(session, f"the accuracy of {where} on {now} is held against a baseline ({comparison.source}) on {then}")


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
    marker = item.get_closest_marker(LIMITS_MARKER) if LIMITS_MARKER in item.keywords else None
    return marker.kwargs if marker is not None else {}
