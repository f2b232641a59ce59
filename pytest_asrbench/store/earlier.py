"""Records of earlier schemas, brought to today's: an outcome of schema 1 has its counts in a table `score`."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.metric import flat_names
from pytest_asrbench.records import Counts
from pytest_asrbench.store.serialized import to_dict
from pytest_asrbench.support.checks import is_rate

_TEXTS = ("normalized_reference", "normalized_transcript")
_REMOVED = ("score", "reference_characters")


def current(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return an outcome's record as this version writes it; one that is of this schema stays as it is.

    Raises ValueError for counts that are none. What that version did not count is not known.
    """
    if "scores" in values:
        return dict(values)
    given = {name: value for name, value in values.items() if name not in _REMOVED}
    score = values.get("score")
    if score is not None:
        given |= {name: score[name] for name in _TEXTS if name in score}
        seconds = values.get("seconds") or ()
        flat = {**score, "seconds": median(seconds) if seconds else None, "audio_seconds": values.get("audio_seconds")}
        found = registry.restored(_checked(flat))
    else:
        found = {}
    lost = {} if score is not None else _lost(_checked(values))
    versions = dict.fromkeys((*found, *lost), 1)  # each metric had one then
    return given | {
        "scores": {name: to_dict(counts) for name, counts in found.items()},
        "lost": {name: to_dict(counts) for name, counts in lost.items()},
        "metrics": versions,
    }


def _lost(values: Mapping[str, Any]) -> dict[str, Counts]:
    """What a failed case cost, by the totals of its reference."""
    found = {}
    for name, metric in registry.installed().items():
        total = values.get(flat_names(metric).get("total", ""))
        if total is not None and (counts := metric.cost(total)) is not None:
            found[name] = counts
    return found


def _checked(flat: Mapping[str, Any]) -> Mapping[str, Any]:
    for metric in registry.installed().values():
        for name in flat_names(metric).values():
            if flat.get(name) is not None and not is_rate(flat[name]):
                raise ValueError(f"{name} is {flat[name]!r}, not a number of at least 0")
    return flat
