"""What a saved run holds, read with distrust.

Saved files are edited, merged and cut short, and other plugins write into the same storage. A benchmark that is not
ours is passed over; one of ours whose values are of the wrong kind is an error, never a figure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.metric import Metric, flat_names
from pytest_asrbench.records import Counts, Outcome
from pytest_asrbench.store.earlier import current
from pytest_asrbench.store.entries import RECORD, Entry, entry_of
from pytest_asrbench.store.serialized import outcome_from_dict, reason
from pytest_asrbench.support.checks import is_number, is_text, is_whole


def _optional(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or check(value)


def _is_string(value: Any) -> bool:
    return isinstance(value, str)


def _is_count(value: Any) -> bool:
    return is_whole(value) and 0 <= value < 2**53


def _is_seconds(value: Any) -> bool:
    return is_number(value) and value >= 0


def _is_rounds(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_seconds, value))


def _is_loads(value: Any) -> bool:
    return isinstance(value, list) and all(one is None or _is_seconds(one) for one in value)


def _is_beats(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) and _is_rounds(list(one.values())) for one in value)


def _is_versions(value: Any) -> bool:
    return isinstance(value, Mapping) and all(is_whole(one) or is_text(one) for one in value.values())


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


_STRING = (_is_string, "a text")
_SECONDS = (_optional(_is_seconds), "a number of seconds")
_NEEDED = {
    "normalized_reference": _STRING,
    "normalized_transcript": _STRING,
    "transcript": (_optional(_is_string), "a text"),
    "seconds": _SECONDS,
    "audio_seconds": _SECONDS,
}
_KNOWN_OR_NOT = {
    **dict.fromkeys(
        ("normalizer", "task", "timing", "corpus_version", "device", "dtype", "speaker"),
        (_optional(_is_string), "a text"),
    ),
    "unstable": (_optional(_is_bool), "true or false"),
    "cores_allowed": (_optional(_is_seconds), "a number of cores"),
}
_LISTS = {
    **dict.fromkeys(("rounds", "cpu_rounds"), (_optional(_is_rounds), "a list of seconds")),
    "others": (_optional(_is_loads), "a list of numbers"),
    "asked": (_optional(lambda value: isinstance(value, dict)), "a table"),
    "reference_seconds": (_optional(_is_beats), "a list of seconds by workload"),
}
_NAMES = ("model", "corpus", "snippet")
_NOT_NEEDED = {**_KNOWN_OR_NOT, **_LISTS}
_COPIED_BACK = (*_NAMES, *_NEEDED, *_KNOWN_OR_NOT)


def is_ours(info: Mapping[str, Any]) -> bool:
    """Whether a benchmark's `extra_info` was written here: of a measured snippet, or of totals."""
    return all(is_text(info.get(name)) for name in ("model", "corpus")) and bool(
        {"normalizer", "wer_measured"} & set(info)
    )


def read_entry(info: Mapping[str, Any]) -> Entry | None:
    """Return the entry in a benchmark's `extra_info`; None if it is none of ours.

    Raises ValueError, saying what of which case is wrong, if a value is missing or of the wrong kind.
    """
    if not all(is_text(info.get(name)) for name in _NAMES) or "normalizer" not in info:
        return None
    outcome = read_outcome(info)
    return entry_of(outcome) if outcome is not None else _flat(info, _case(info))


def read_outcome(info: Mapping[str, Any]) -> Outcome | None:
    """Return the whole outcome in a benchmark's `extra_info`; None where there is none. Raises ValueError."""
    if RECORD not in info:
        return None
    case = _case(info)
    try:
        values = json.loads(info[RECORD])
        if not isinstance(values, dict):
            raise ValueError("it is no object")
        return outcome_from_dict(current(values))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"the outcome of {case} is none: {reason(error)}") from None


def _case(info: Mapping[str, Any]) -> str:
    return f"{info.get('model')}-{info.get('corpus')}/{info.get('snippet')}"


def _flat(info: Mapping[str, Any], case: str) -> Entry:
    """An entry as earlier versions have saved it, value by value."""
    for name, (check, kind) in _NEEDED.items():
        if name not in info:
            raise ValueError(f"{name} of {case} is missing")
        _check(name, info[name], check, kind, case)
    for name, (check, kind) in _NOT_NEEDED.items():
        _check(name, info.get(name), check, kind, case)
    values: dict[str, Any] = {name: info.get(name) for name in _COPIED_BACK}
    # A run saved before rounds were kept one by one has their median.
    values["rounds"] = tuple(info.get("rounds") or ([info["seconds"]] if info["seconds"] else ()))
    values |= {name: tuple(info.get(name) or ()) for name in ("cpu_rounds", "others")}
    values["asked"] = info.get("asked")
    values["reference_seconds"] = tuple(info.get("reference_seconds") or ())
    values["metrics"] = _versions(info, case)
    values["scores"] = {metric.name: counts for metric, counts in _counted(info, values["metrics"], case)}
    return Entry(**values)


def _versions(info: Mapping[str, Any], case: str) -> dict[str, int | str]:
    """The version of each metric that counted. A run that does not tell was saved when there was one of each."""
    versions = info.get("metrics")
    if versions is None:
        return {name: 1 for name, metric in registry.installed().items() if _is_known(metric, info)}
    _check("metrics", versions, _is_versions, "a table of versions", case)
    return dict(versions)


def _is_known(metric: Metric, info: Mapping[str, Any]) -> bool:
    names = flat_names(metric)
    return any(info.get(names[part]) is not None for part in ("errors", "total") if part in names) or not names


def _counted(info: Mapping[str, Any], versions: Mapping[str, int], case: str) -> Iterator[tuple[Metric, Counts]]:
    """What each metric counted; counts that are none, or half of them, are damage."""
    for metric in registry.known(versions):
        names = flat_names(metric)
        sums = [names[part] for part in ("errors", "total") if part in names]
        for name in names.values():
            _check(name, info.get(name), _optional(_is_count if metric.whole else _is_seconds), "a count", case)
        given = [info.get(name) is not None for name in sums]
        if any(given) and not all(given):
            raise ValueError(f"{sums[given.index(False)]} of {case} is missing")
        counts = metric.restored(info)
        if counts is not None:
            yield metric, counts


@dataclass(frozen=True, slots=True)
class TotalsEntry:
    """What a saved run holds of the totals of one model × corpus; None: not known.

    failed, skipped: snippets without a transcript; rates, lost: of each metric its rate, and the total of those.
    """

    model: str
    corpus: str
    measured: int | None
    failed: int | None
    skipped: int | None
    rates: Mapping[str, float | None]
    lost: Mapping[str, float]
    task: str | None = None
    scenario: str | None = None


def read_totals(info: Mapping[str, Any]) -> TotalsEntry | None:
    """Return the totals in a benchmark's `extra_info`; None if they are none of ours. Raises as `read_entry` does."""
    if "snippet" in info or "wer_measured" not in info or not all(is_text(info.get(n)) for n in ("model", "corpus")):
        return None
    case = f"{info['model']}-{info['corpus']}"
    counts = ("measured", "failed", "skipped")
    for name in counts:
        _check(name, info.get(name), _optional(_is_count), "a count", case)
    for name in ("task", "scenario"):
        _check(name, info.get(name), _optional(_is_string), "a text", case)
    lost = {}
    for name, metric in registry.installed().items():
        field = flat_names(metric).get("lost", f"{name}_lost")
        _check(name, info.get(name), _optional(_is_seconds), "a rate", case)
        _check(field, info.get(field), _optional(_is_count if metric.whole else _is_seconds), "a count", case)
        if info.get(field) is not None:
            lost[name] = info[field]
    rates = {name: info.get(name) for name in registry.installed()}
    told = {name: info.get(name) for name in (*counts, "task", "scenario")}
    return TotalsEntry(info["model"], info["corpus"], **told, rates=rates, lost=lost)


def _check(name: str, value: Any, check: Callable[[Any], bool], kind: str, case: str) -> None:
    if not check(value):
        raise ValueError(f"{name} of {case} is {str(value)[:40]!r}, not {kind}")
