"""Absolute limits: how they are written, which of them apply, and what misses them. Pure functions.

A limit is `NAME<=VALUE`, or `NAME>=VALUE` where more is better, of a corpus, or with `snippet:` before it of each of
its snippets. `max_NAME`, `min_NAME` and `snippet_max_NAME` with a number are the short forms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_asrbench.errors import UsageError
from pytest_asrbench.gates import sentences, told
from pytest_asrbench.gates.figures import MIB, PEAKS, WHOLE, figure
from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.totals import Totals
from pytest_asrbench.records import Breach, Case, Outcome, rate
from pytest_asrbench.support.checks import hint, is_rate

SHORT = ("max_wer", "max_cer", "max_rtf", "max_ram_mb", "max_vram_mb", "snippet_max_wer")  # options of their own
_WRITTEN = re.compile(r"\s*(snippet\s*:)?\s*([a-z][a-z0-9_]*)\s*(<=|>=)\s*(.+?)\s*")
_SHORT = re.compile(r"(snippet_)?(max|min)_([a-z][a-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound of a figure, and who set it: "--asr-max-wer", "corpus.toml of NAME" ... snippet: of each snippet."""

    figure: str
    bound: float
    origin: str
    snippet: bool = False

    def missed_by(self, value: float) -> bool:
        """Whether `value` is on the wrong side."""
        return value < self.bound if figure(self.figure).higher else value > self.bound


Applying = Mapping[tuple[str, bool], Limit]


def parse(text: str, origin: str) -> Limit:
    """Read `cer<=3%` or `snippet:wer<=0.3`; raises UsageError that begins with `origin`."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise UsageError(f'{origin}: {text!r} is no limit; write "wer<=5%", "rtf<=0.5" or "snippet:wer<=30%"')
    try:
        what = figure(found[2])
        bound = what.unit.read(found[4])
    except UsageError as error:
        raise UsageError(f"{origin}: {error}") from None
    if (found[3] == ">=") != what.higher:
        right = ">=" if what.higher else "<="
        raise UsageError(f"{origin}: {text!r} limits {what.title} on the wrong side; write {found[2]}{right}{found[4]}")
    return _checked(Limit(what.name, bound, origin, bool(found[1])), text)


def named(key: str, value: Any, origin: str) -> Limit:
    """Read a short form, `max_wer` with 0.1; raises UsageError that begins with `origin`."""
    found = _SHORT.fullmatch(key)
    name = found[3] if found is not None else ""
    name = f"peak_{name}" if f"peak_{name}" in PEAKS else name
    if found is None or name not in (*registry.installed(), *WHOLE):
        raise UsageError(f"{origin} has no limit {key!r}; {hint(key, short_forms())}")
    if not is_rate(value):
        raise UsageError(f"{origin}: {key} is {value!r}; it should be a number such as 0.1")
    if (found[2] == "min") != figure(name).higher:
        raise UsageError(f"{origin} has no limit {key!r}; {hint(key, short_forms())}")
    return _checked(Limit(name, value, origin, bool(found[1])), key)


def is_short(key: str) -> bool:
    """Whether `key` is written like a short form; whether there is such a metric, `named` says."""
    return _SHORT.fullmatch(key) is not None


def short_forms() -> list[str]:
    """All short forms."""
    names = [f"{'min' if one.better == 'higher' else 'max'}_{one.name}" for one in registry.installed().values()]
    whole = (f"{'min' if one.higher else 'max'}_{name.removeprefix('peak_')}" for name, one in WHOLE.items())
    return [*names, *(f"snippet_{name}" for name in names), *whole]


def all_named(values: Mapping[str, Any], origin: str) -> list[Limit]:
    """Those of `values`, short forms, that are set."""
    return [named(key, value, origin) for key, value in values.items() if value is not None]


def applying(layers: Iterable[Iterable[Limit]]) -> Applying:
    """Of each figure the limit that counts: that of the first of `layers`, the strongest first, that sets one.

    Raises UsageError where one layer sets two.
    """
    chosen: dict[tuple[str, bool], Limit] = {}
    for layer in layers:
        here: dict[tuple[str, bool], Limit] = {}
        for limit in layer:
            other = here.setdefault((limit.figure, limit.snippet), limit)
            if other.bound != limit.bound:
                origins = list(dict.fromkeys((other.origin, limit.origin)))
                sets = f"{' and '.join(origins)} set{'s' * (len(origins) == 1)} two limits of {limit.figure}"
                raise UsageError(f"{sets}: leave one out")
        chosen = here | chosen
    return chosen


def judge_outcome(outcome: Outcome, limits: Iterable[Limit]) -> list[Breach]:
    """Hold one snippet against its own limits. A figure that a case does not have is no miss of its limit."""
    found = []
    for limit in limits:
        value = figure(limit.figure).of_outcome(outcome) if limit.snippet else None
        if value is not None and limit.missed_by(value):
            counts = outcome.scores.get(limit.figure)
            words = [(outcome.snippet, counts.found)] if counts is not None and counts.found else []
            found.append(_missed(limit, outcome.case, value, outcome.case.clip, words))
    return found


def judge_totals(totals: Totals, limits: Iterable[Limit]) -> list[Breach]:
    """Hold the totals of a corpus against its limits. What cannot be judged is a breach, never a pass."""
    found = []
    for limit in limits:
        if limit.snippet:
            continue
        what = figure(limit.figure)
        value = what.of_totals(totals)
        if value is None:
            text = sentences.without_figure(what, totals, limit.origin)
            found.append(Breach(totals.case, what.name, text, limit=limit.bound, origin=limit.origin))
        elif limit.missed_by(value):
            found.append(
                _missed(limit, totals.case, value, sentences.whole(totals), totals.found.get(limit.figure, ()))
            )
    return found


def judge_budget(totals: Totals, budget: int, origin: str) -> list[Breach]:
    """Hold the device memory that a model took against `budget` bytes: the larger of the driver's and the allocator's.

    The driver's figure holds what other libraries took, the allocator's misses no peak: a card has to have both.
    """
    what, bound = PEAKS["peak_vram_mb"], budget / MIB
    marks = [size for size in (totals.peak_vram, totals.peak_vram_driver) if size is not None]
    if not marks:
        text = sentences.without_figure(what, totals, origin)
        return [Breach(totals.case, what.name, text, limit=bound, origin=origin)]
    limit, value = Limit(what.name, bound, origin), max(marks) / MIB
    return [_missed(limit, totals.case, value, sentences.whole(totals), ())] if limit.missed_by(value) else []


def judge_coverage(totals: Totals) -> list[Breach]:
    """Hold the totals against the corpus: they fail, limits or not, where they lack a part of it by anyone's fault."""
    share = rate(totals.counted, totals.snippets)
    return [Breach(totals.case, "coverage", text, value=share, limit=1.0) for text in sentences.lacking(totals)]


def _missed(limit: Limit, case: Case, value: float, where: str, found: Sequence[tuple[str, Sequence[str]]]) -> Breach:
    """found: what the metric found wrong in the words of which snippets."""
    what = figure(limit.figure)
    text = sentences.missed(what, value, limit.bound, where, limit.origin)
    return Breach(case, what.name, text, value, limit.bound, limit.origin, tuple(told.found(found)))


def _checked(limit: Limit, text: str) -> Limit:
    if limit.snippet and limit.figure in WHOLE:
        raise UsageError(f"{limit.origin}: {text!r} cannot be: {limit.figure} is one mark for the whole corpus")
    return limit
