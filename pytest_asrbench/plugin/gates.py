"""Which limits apply to a case: command line, marker, corpus and snippet, model entry, ini; the first that is set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from pytest_asrbench.gates import changes, limits
from pytest_asrbench.gates.figures import figure
from pytest_asrbench.gates.limits import Limit
from pytest_asrbench.metrics.totals import Totals
from pytest_asrbench.plugin import comparing, properties, speed_gate
from pytest_asrbench.plugin.items import parameters
from pytest_asrbench.plugin.markers import LIMITS_MARKER, limits_of
from pytest_asrbench.plugin.session import AsrSession
from pytest_asrbench.plugin.settings import as_written
from pytest_asrbench.plugin.stash import running
from pytest_asrbench.records import Breach, Case, Outcome
from pytest_asrbench.report import load
from pytest_asrbench.store import Comparison
from pytest_asrbench.store.entries import device_kind

_WITHOUT_MEMORY = {None, "cpu", "remote"}  # kinds of devices that take nothing of a graphics card


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
    applying = _applying(session, item, result)
    if isinstance(result, Outcome):
        return limits.judge_outcome(result, applying)
    session.judged.add(result.case)
    incomplete = limits.judge_coverage(result)
    if result.absent and incomplete:
        return incomplete
    # A comparison knows corpus and task by one name.
    found = [replace(one, case=result.case) for one in _against_baseline(session, item, result)]
    return incomplete + limits.judge_totals(result, applying) + _over_budget(session, result) + found


def _over_budget(session: AsrSession, totals: Totals) -> list[Breach]:
    """The budget of device memory, where it is missed. A model that took none is not judged, which is told."""
    budget, origin = session.settings.vram_budget, as_written("vram_budget")
    if budget is None:
        return []
    devices = {one.device for one in session.of(totals.model, totals.set_name) if one.measured}
    if not devices:
        return []
    if {device_kind(device) for device in devices} <= _WITHOUT_MEMORY:
        where = ", ".join(sorted(filter(None, devices))) or "elsewhere"
        _note(session, f"{origin} does not judge {totals.model}: it ran on no accelerator of this machine, but {where}")
        return []
    return limits.judge_budget(totals, budget, origin)


def in_vain(session: AsrSession, item: pytest.Item, totals: Totals) -> list[Breach]:
    """What is missed by totals of no snippet at all: each limit that they should be held against."""
    origins = [limit.origin for limit in _applying(session, item, totals) if not limit.snippet]
    origins += [session.settings.rules.origin] if session.settings.rules is not None else []
    told = f"no snippet of {totals.set_name} was tried with {totals.model} in this session: select some, too, as"
    return [
        Breach(totals.case, "compared", f"{told} {one} asks for them", value=0, origin=one)
        for one in dict.fromkeys(origins)
    ]


def holding(session: AsrSession, totals: Sequence[Totals]) -> list[dict[str, Any]]:
    """Which rates keep the limits of latency and throughput; see `load.holding`."""
    return list(load.holding(totals, lambda one: limits.applying(_layers(session, one, ())).values()))


def _applying(session: AsrSession, item: pytest.Item, result: Outcome | Totals) -> list[Limit]:
    """The limits that apply to a result of a test."""
    found = limits.applying(_layers(session, result, _marked(item))).values()
    model = result.model
    if session.entries[model].hosted:
        return list(found)
    for limit in (limit for limit in found if figure(limit.figure).hosted):
        _tell_unjudged(session, model, limit.origin, figure(limit.figure).title)
    return [limit for limit in found if not figure(limit.figure).hosted]


def _layers(session: AsrSession, result: Outcome | Totals, marked: Sequence[Limit]) -> tuple[Sequence[Limit], ...]:
    """The limits of the command line, the marker, the snippet, the corpus, the model or the ini file, in this order."""
    model, corpus = result.model, result.corpus
    return (
        session.settings.command_line_limits,
        marked,
        _of_snippet(session, result) if isinstance(result, Outcome) else (),
        limits.all_named(session.corpora[corpus].limits, f"corpus.toml of {corpus}"),
        limits.all_named(session.entries[model].limits, f"model {model}"),
        session.settings.ini_limits,
    )


def _tell_unjudged(session: AsrSession, model: str, origin: str, what: str) -> None:
    _note(session, f"{origin} does not judge {model}: its answers were made elsewhere, and have no {what}")


def _of_snippet(session: AsrSession, outcome: Outcome) -> list[Limit]:
    own = session.snippets[outcome.case.clip][1].max_wer
    return limits.all_named({"snippet_max_wer": own}, f"snippet {outcome.snippet}")


def _marked(item: pytest.Item) -> list[Limit]:
    # A look at the keywords is cheap; walking the markers of an item that has none is not.
    marker = item.get_closest_marker(LIMITS_MARKER) if LIMITS_MARKER in item.keywords else None
    return limits_of(marker) if marker is not None else []


def _against_baseline(session: AsrSession, item: pytest.Item, totals: Totals) -> list[Breach]:
    rules = session.settings.rules
    comparison = session.compare(totals.model, totals.set_name)
    if comparison is not None:
        _tell(session, comparison)
    if rules is not None and not session.entries[totals.model].hosted and rules.without_speed != rules:
        _tell_unjudged(session, totals.model, rules.origin, "speed")
        rules = rules.without_speed
    if rules is None or not rules.any or (comparison is None and session.settings.ab):
        return []
    if comparison is None or comparison.nothing_in_common:
        text = comparing.nothing_held(session, totals.model, totals.set_name)
        return [Breach(totals.case, "compared", text, value=0, origin=rules.origin)]
    judgement = changes.judge(comparison, rules, _judged_together(item) if rules.tests else 1)
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
