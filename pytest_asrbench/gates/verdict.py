"""Gates: measurement × limit × baseline -> breaches. Pure functions; nothing here knows pytest.

Each breach has the measured value, the limit, where the limit came from, and a sentence with all of them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pytest_asrbench.errors import UsageError
from pytest_asrbench.metrics.totals import Counts, Totals
from pytest_asrbench.records import Breach, Outcome, rate
from pytest_asrbench.store import Comparison
from pytest_asrbench.store.comparison import GONE
from pytest_asrbench.support.checks import is_number

LIMITS = ("max_wer", "max_cer", "max_rtf", "max_ram_mb", "max_vram_mb", "snippet_max_wer")
MIB = 2**20
MAX_NAMES = 5  # of snippets in one sentence


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit and who set it: "--asr-max-wer", "corpus.toml" ..."""

    value: float
    origin: str


@dataclass(frozen=True, slots=True)
class Tolerances:
    """How much worse than the baseline is still accepted: WER and CER as differences, RTF as a fraction.

    significant: no significant loss of WER is. transcripts: no changed transcript is.
    """

    wer: float | None = None
    rtf: float | None = None
    significant: bool = False
    transcripts: bool = False
    cer: float | None = None
    origin: str = "--asr-compare-fail"


def limit(name: str, layers: Iterable[tuple[str, Mapping[str, float | None]]]) -> Limit | None:
    """Return the first `name` that is set in `layers` (pairs of origin and values, strongest first).

    Raises UsageError for a value that is no number.
    """
    for origin, values in layers:
        value = values.get(name)
        if value is not None:
            if not is_number(value):
                raise UsageError(f"{origin}: {name} is {value!r}; it should be a number such as 0.1")
            return Limit(value, origin)
    return None


def parse_fraction(text: str) -> float:
    """Read `0.1` or `10%` as 0.1; raises UsageError for anything else."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?|\.\d+)\s*(%?)\s*", text)
    if match is None:
        raise UsageError(f"{text!r} is no rate: write a fraction (0.1) or a percentage (10%)")
    value = float(match[1]) / (100 if match[2] else 1)
    if value > 1 and not match[2]:
        raise UsageError(f"{text} would be {value:.0%}: write {text}% if that many per cent are meant, or a fraction")
    return value


_RULES = {"wer:significant": "significant", "transcripts:changed": "transcripts"}
_SIZES = {**dict.fromkeys(("wer", "cer"), r"(\d+(?:\.\d+)?)\s*pp"), "rtf": r"(\d+(?:\.\d+)?)\s*%"}


def parse_tolerances(texts: Sequence[str], origin: str = "--asr-compare-fail") -> Tolerances:
    """Read `wer:0.5pp`, `cer:0.5pp`, `wer:significant`, `transcripts:changed` and `rtf:10%`; raises UsageError."""
    sizes: dict[str, float] = {}
    rules: dict[str, bool] = {}
    for text in texts:
        name, _, value = (part.strip() for part in text.partition(":"))
        size = re.fullmatch(_SIZES.get(name, r"(?!)"), value)
        if size is not None:
            sizes[name] = float(size[1]) / 100
        elif rule := _RULES.get(f"{name}:{value}"):
            rules[rule] = True
        else:
            close = difflib.get_close_matches(text, _RULES, 1)
            meant = f"did you mean {close[0]}? Else " if close else ""
            raise UsageError(
                f"{origin}: {text!r} is not understood; {meant}write wer:0.5pp or cer:0.5pp (percentage points), "
                "wer:significant, transcripts:changed or rtf:10%"
            )
    return Tolerances(sizes.get("wer"), sizes.get("rtf"), cer=sizes.get("cer"), **rules, origin=origin)


def judge_snippet(outcome: Outcome, snippet_max_wer: Limit | None) -> list[Breach]:
    """Hold one snippet against its own limit. A clip without reference words has no WER to judge."""
    wer = outcome.score.wer if outcome.score is not None else None
    if snippet_max_wer is None or wer is None or wer <= snippet_max_wer.value:
        return []
    bound, origin = snippet_max_wer.value, snippet_max_wer.origin
    name = f"{outcome.corpus}/{outcome.snippet}"
    text = f"WER {percent(wer)} of {name} exceeds the limit of {percent(bound)} ({origin})"
    return [Breach("wer", text, outcome.model, outcome.corpus, outcome.snippet, value=wer, limit=bound, origin=origin)]


def judge_coverage(totals: Totals) -> list[Breach]:
    """Hold the totals against the corpus: they fail, limits or not, where they lack a part of it by anyone's fault."""
    where, t = f"{totals.model} on {totals.set_name}", totals
    told = []
    if t.absent is Counts.NOT_RUN and t.failed:
        told.append(f"there are no figures of {where}: the model could not be loaded, so nothing was run")
    elif t.not_run and t.failed:
        told.append(
            f"{t.not_run} of {t.snippets} snippets were not run with {where}: the model could not be loaded then"
        )
    if t.left_out and t.absent is not Counts.NOT_RUN:
        told.append(
            f"the figures of {where} are not those of the corpus: {t.left_out} of {t.snippets} snippets are left out, "
            "because their recordings or references cannot be used: mend them, or take them out of the corpus"
        )
    return [Breach("coverage", text, t.model, t.corpus, value=rate(t.counted, t.snippets), limit=1.0) for text in told]


def judge_totals(totals: Totals, limits: Mapping[str, Limit | None]) -> list[Breach]:
    """Hold the totals of a corpus against the absolute limits. What cannot be judged is a breach, never a pass."""
    measured: dict[str, tuple[str, float | None, str]] = {
        "max_wer": ("WER", totals.wer, _NO_WER.get(totals.absent, "the references hold no words")),
        "max_cer": ("CER", totals.cer, _NO_WER.get(totals.absent, "the references hold no characters")),
        "max_rtf": ("RTF", totals.rtf, "nothing was measured"),
        "max_ram_mb": ("peak RAM", _mib(totals.peak_ram), "this system keeps no high-water mark"),
        "max_vram_mb": ("peak VRAM", _mib(_vram(totals)), "the runtime reports no device memory"),
    }
    breaches = []
    for name, (what, value, why_not) in measured.items():
        bound = limits.get(name)
        if bound is None:
            continue
        where, write = f"of {totals.model} on {totals.set_name}", _WRITERS[name]
        if value is None:
            text = f"{what} {where} cannot be judged ({why_not}), and {bound.origin} demands it"
        elif value > bound.value:
            text = f"{what} {write(value)} {where} exceeds the limit of {write(bound.value)} ({bound.origin})"
        else:
            continue
        metric = name.removeprefix("max_") if name in ("max_wer", "max_rtf") else name.replace("max", "peak")
        place = (totals.model, totals.corpus)
        breaches.append(Breach(metric, text, *place, value=value, limit=bound.value, origin=bound.origin))
    return breaches


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of a comparison: breaches, and notes on what could not be judged."""

    breaches: Sequence[Breach] = ()
    notes: Sequence[str] = ()


def judge_change(comparison: Comparison, tolerances: Tolerances, together: int = 1) -> Judgement:
    """Hold a corpus against its baseline, on the snippets that both runs hold; those that should be comparable must be.

    together: how many totals are judged in this session, for which significance is adjusted. Speed is judged where
    further rounds can be measured, by the plugin's speed gate.
    """
    from pytest_asrbench.gates import accuracy

    breaches = _not_comparable(comparison, tolerances)
    losses, notes = accuracy.judge_wer(
        comparison, tolerances.wer, tolerances.origin, significant=tolerances.significant, together=together
    )
    breaches += losses
    if tolerances.cer is not None:
        breaches += accuracy.judge_cer(comparison, tolerances.cer, tolerances.origin)
    if tolerances.transcripts:
        breaches += accuracy.judge_transcripts(comparison, tolerances.origin)
    return Judgement(breaches, notes)


def _not_comparable(comparison: Comparison, tolerances: Tolerances) -> list[Breach]:
    """A breach for each reason why figures that are to be judged are not comparable, or not on all snippets.

    Snippets that are new, or whose own case has failed, are no such reason as long as others are compared.
    """
    asked = {
        "WER": (comparison.wer, tolerances.wer is not None or tolerances.significant),
        "CER": (comparison.wer, tolerances.cer is not None),
        "RTF": (comparison.speed, tolerances.rtf is not None),
        "transcripts": (comparison.transcripts, tolerances.transcripts),
    }
    judged = {name: paired for name, (paired, wanted) in asked.items() if wanted}
    if not judged or comparison.unsuited:
        return []
    missed: dict[tuple[str, int, int], list[str]] = {}  # why, compared, of so many -> figures
    for name, paired in judged.items():
        compared, left = len(paired.pairs), sum(map(len, paired.obstacles.values()))
        if not compared:
            missed.setdefault(("; ".join(paired.not_compared) or "nothing was measured", 0, left), []).append(name)
        elif left:
            why = "; ".join(f"{reason}: {_some(names)}" for reason, names in paired.obstacles.items())
            missed.setdefault((why, compared, compared + left), []).append(name)
    breaches = [_uncompared(comparison, *key, " and ".join(names), tolerances.origin) for key, names in missed.items()]
    return [*breaches, *_gone(comparison, tolerances.origin)]


def _uncompared(comparison: Comparison, why: str, compared: int, of: int, figures: str, origin: str) -> Breach:
    what = f"{of - compared} of {of} snippets of" if compared else "nothing of"
    text = (
        f"{what} {comparison.model} on {comparison.corpus} can{'not' if compared else ''} be held against the baseline "
        f"{comparison.source} ({why}), as {origin} asks for {figures}: measure under the same conditions, or save a "
        "new baseline"
    )
    return Breach("compared", text, comparison.model, comparison.corpus, value=compared, limit=of, origin=origin)


def _gone(comparison: Comparison, origin: str) -> list[Breach]:
    """A corpus that has lost snippets is another one: what they were wrong in is wrong no more."""
    gone, compared = comparison.missing.get(GONE, ()), len(comparison.wer.pairs)
    if not gone or not compared:
        return []
    text = (
        f"{len(gone)} of the snippets that the baseline {comparison.source} has of {comparison.model} are no longer in "
        f"{comparison.corpus} ({_some(gone)}), and {origin} asks for all: put them back, or save a new baseline"
    )
    of = compared + len(gone)
    return [Breach("compared", text, comparison.model, comparison.corpus, value=compared, limit=of, origin=origin)]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more


def percent(fraction: float) -> str:
    """A rate as people read it: 0.0312 -> "3.12 %"."""
    return f"{fraction * 100:.2f} %"


def _vram(totals: Totals) -> int | None:
    """The allocator's mark where there is one, as it misses no peak; else what the driver was seen to hold."""
    return totals.peak_vram if totals.peak_vram is not None else totals.peak_vram_driver


def _mib(size: int | None) -> float | None:
    return size / MIB if size is not None else None


def _number(value: float) -> str:
    return f"{value:.4g}"


def _megabytes(value: float) -> str:
    return f"{value:.0f} MB"


_NO_WER: Mapping[Counts | None, str] = {
    Counts.NOT_RUN: "nothing was run",
    Counts.LEFT_OUT: "no recording can be used",
    Counts.UNSUITED: "the model is not made for these recordings",
}
_WRITERS = {
    "max_wer": percent,
    "max_cer": percent,
    "max_rtf": _number,
    "max_ram_mb": _megabytes,
    "max_vram_mb": _megabytes,
}
