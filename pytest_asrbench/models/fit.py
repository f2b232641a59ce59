"""Whether a model fits into a memory, and what would: one answer for the table of models, the doctor and a budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from pytest_asrbench.models import footprint
from pytest_asrbench.models.catalog import Runtime
from pytest_asrbench.models.entry import ModelEntry
from pytest_asrbench.models.footprint import SECONDS, Estimate, Working
from pytest_asrbench.models.pipelines import PLUS, RESIDENT
from pytest_asrbench.store.peaks import Peak, Peaks
from pytest_asrbench.support.sizes import GB

# Of a memory, what should stay free: for what runs beside, longer clips, and what a formula does not know.
HEADROOM = 0.2
CARD = "cuda"  # stands for accelerators where none is named
_DEVICES = {"nvidia": "cuda", "amd": "rocm", "intel": "xpu", "apple": "mps"}


class Verdict(StrEnum):
    """FITS: with headroom; TIGHT: without; QUANTISE: only in fewer bits, which its runtime can load; NO: in none."""

    FITS = "fits"
    TIGHT = "tight"
    QUANTISE = "needs quantisation"
    NO = "no"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: whether a model fits into `room` bytes of a kind of device ("cpu", "cuda" ...).

    seconds: of one clip; longest: of one call, longer clips are cut. peaks: of earlier runs, by model and precision.
    """

    kind: str
    room: float
    seconds: float = SECONDS
    longest: float | None = None
    peaks: Mapping[tuple[str, str], Peak] | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """The answer for what is loaded without further words, `usual`, and for what takes less where that is needed.

    instead: how `smaller` is asked for, "--asr-dtype=bfloat16" or "voxtral[quantization=4bit]".
    """

    verdict: Verdict
    usual: Estimate | None = None
    smaller: Estimate | None = None
    instead: str = ""


def packed(entry: ModelEntry) -> str:
    """The precision in which a model's own options have its weights packed; "" if they do not."""
    ways = footprint.runtimes().get(entry.adapter, Runtime()).precisions
    asked = {f"{name}={value}" for name, value in entry.options.items()}
    return next((precision for precision, option in ways.items() if option in asked), "")


def usual_precision(entry: ModelEntry, kind: str) -> str:
    """What is loaded on a kind of device without further words: what the model's options say, or what `auto` takes.

    The smallest that is known where the catalogue does not say.
    """
    if own := packed(entry):
        return own
    sizes, dtypes = entry.facts.memory(), entry.facts.dtype
    others = (dtype for name, dtype in dtypes.items() if name != "cpu")
    chosen = dtypes.get(kind) or (next(others, "") if kind == CARD else "")
    return chosen if chosen in sizes else min(sizes, key=sizes.__getitem__, default="")


def fit(entry: ModelEntry, asked: Question) -> Fit:
    """Return whether a model fits, and in what else it would."""
    usual = _usual(entry, asked)
    if usual is None:
        return Fit(Verdict.UNKNOWN)
    if usual.total <= (1 - HEADROOM) * asked.room:
        return Fit(Verdict.FITS, usual)
    others = [one for one in _smaller(entry, usual, asked) if one[0].total <= asked.room]
    roomy = (one for one in others if one[0].total <= (1 - HEADROOM) * asked.room)
    smaller, instead = next(roomy, min(others, key=lambda one: one[0].total, default=(None, "")))
    if usual.total <= asked.room:
        return Fit(Verdict.TIGHT, usual, smaller, instead)
    return Fit(Verdict.QUANTISE if smaller else Verdict.NO, usual, smaller, instead)


def marks(peaks: Peaks, kind: str) -> dict[tuple[str, str], Peak]:
    """What earlier runs say of a kind of device, by model and precision: those on the CPU, or on any card."""
    return {
        (model, "int8" if precision.startswith("int8_") else precision): peak  # CTranslate2 says what it computes in
        for (model, device, precision), peak in peaks.items()
        if (device == "cpu") == (kind == "cpu")
    }


def misfit(entry: ModelEntry, machine: Mapping[str, Any], peaks: Peaks | None = None) -> tuple[str, str]:
    """Return why a model cannot run here in the dtype that `auto` takes, and the option for what could ("" if none).

    ("", "") if it can, or if that is not known. machine: as `machine.facts()` returns it. peaks: of earlier runs.
    """
    memory = machine["memory"]
    places = {"cpu": memory}
    for one in machine["accelerators"]:
        kind, room = _DEVICES.get(one["vendor"], ""), memory if one["unified"] else one["memory"]
        places[kind] = max(room or 0, places.get(kind, 0))
    if not all(places.values()):
        return "", ""
    asked = [Question(kind, room, peaks=marks(peaks or {}, kind)) for kind, room in places.items()]
    found = [(one.room, fit(entry, one)) for one in asked]
    room, best = max(found, key=lambda one: one[0])
    if best.usual is None or any(one.verdict not in (Verdict.QUANTISE, Verdict.NO) for _, one in found):
        return "", ""
    took = "took" if best.usual.measured is not None else "takes about"
    parts = f"{best.usual.total / GB:.1f} GB in {best.usual.precision} ({best.usual.weights / GB:.1f} of weights)"
    option = f'--asr-models="{best.instead}"' if "[" in best.instead else best.instead
    return f"it {took} {parts}, of the {room / GB:.1f} GB of this machine", option


def _usual(entry: ModelEntry, asked: Question) -> Estimate | None:
    """What a run takes without further words; of a pipeline both of its models, or the larger if they take turns."""
    if not entry.chain:
        return _need(entry, usual_precision(entry, asked.kind), entry.name, asked)
    parts = [one for stage in entry.chain if (one := _usual(stage, asked)) is not None]
    return _together(entry, parts, asked) if len(parts) == len(entry.chain) else None


def _together(entry: ModelEntry, parts: Sequence[Estimate], asked: Question) -> Estimate:
    precision = " + ".join(dict.fromkeys(one.precision for one in parts))
    if not entry.options.get(RESIDENT, True):
        found = replace(max(parts, key=lambda one: one.total), precision=precision, measured=None)
    else:
        found = Estimate(
            precision,
            sum(one.weights for one in parts),
            Working(sum(one.working.cache for one in parts), sum(one.working.activations for one in parts)),
            sum(one.runtime for one in parts),
            assumed=any(one.assumed for one in parts),
        )
    return _measured(found, entry.name, found, asked)


def _need(entry: ModelEntry, precision: str, spec: str, asked: Question) -> Estimate | None:
    """What a run takes: by what an earlier one took, as far as that goes, else by the formula."""
    found = footprint.estimate(entry, asked.kind, precision, asked.seconds, asked.longest)
    peak = (asked.peaks or {}).get((spec, precision))
    if found is None or peak is None:
        return found
    heard = footprint.estimate(entry, asked.kind, precision, peak.seconds, asked.longest)
    return _measured(found, spec, heard or found, asked)


def _measured(found: Estimate, spec: str, heard: Estimate, asked: Question) -> Estimate:
    """The estimate with the peak of an earlier run in its place, if there was one. heard: what the formula gives for
    the longest clip of that run.
    """
    peak = (asked.peaks or {}).get((spec, found.precision))
    if peak is None:
        return found
    return replace(found, measured=peak.size + max(0, found.working.total - heard.working.total))


def _smaller(entry: ModelEntry, usual: Estimate, asked: Question) -> Iterator[tuple[Estimate, str]]:
    """What takes less than the usual precision, and how it is asked for; the most bits first."""
    if entry.chain:
        yield from _smaller_pipelines(entry, usual, asked)
        return
    ways = {dtype: ("", f"--asr-dtype={dtype}") for dtype in entry.facts.dtype.values()}
    for precision, option in footprint.runtimes().get(entry.adapter, Runtime()).precisions.items():
        spec = f"{entry.name}[{option}]"
        ways.setdefault(precision, (spec, spec))
    for precision, (spec, how) in ways.items():
        found = _need(entry, precision, spec or entry.name, asked)
        if found is not None and found.weights < usual.weights:
            yield found, how


def _smaller_pipelines(entry: ModelEntry, usual: Estimate, asked: Question) -> Iterator[tuple[Estimate, str]]:
    """The same of a pipeline: its last model packed."""
    first, last = entry.chain
    before, behind = _usual(first, asked), _usual(last, asked)
    if before is None or behind is None:
        return
    for found, how in _smaller(last, behind, asked):
        if how.startswith(last.name):
            yield _together(entry, (before, found), asked), f"{first.name}{PLUS}{how}"
