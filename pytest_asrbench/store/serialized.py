"""Records as JSON-ready values, and back: the one form for journal and results."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pytest_asrbench.records import Breach, Case, Counts, Fault, Outcome, RunInfo, Status
from pytest_asrbench.support.checks import lacks

_NAMES: Mapping[type, tuple[str, ...]] = {
    c: tuple(f.name for f in fields(c)) for c in (Breach, Case, Counts, Outcome, RunInfo)
}
_SEQUENCES = (
    *("remarks", "tags", "seconds", "cpu_seconds", "others", "waiting", "throttled", "reference_seconds"),
    "device_notes",
)
_COUNTED = ("scores", "lost")


def to_dict(record: Outcome | RunInfo | Counts | Breach) -> dict[str, Any]:
    """Return the record as JSON-ready values, nested records included; a breach's case stands among its values."""
    values = {name: getattr(record, name) for name in _NAMES[type(record)]}
    if isinstance(record, Outcome):
        values |= {kind: {name: to_dict(one) for name, one in values[kind].items()} for kind in _COUNTED}
    if isinstance(record, Breach):
        case = values.pop("case")
        values = {name: getattr(case, name) for name in _NAMES[Case]} | values
    return values


def outcome_from_dict(values: Mapping[str, Any]) -> Outcome:
    """Rebuild an outcome; raises TypeError, KeyError or ValueError when `values` is no such record.

    Its names, its status and the counts of its scores are needed; whatever else is not there has its default.
    """
    given = dict(values)
    _check_kinds(Outcome, given)
    given["status"] = Status(given["status"])
    given["fault"] = Fault(given.get("fault", ""))
    given |= {name: tuple(given[name]) for name in _SEQUENCES if name in given}
    given |= {kind: {name: _counts(one) for name, one in given.get(kind, {}).items()} for kind in _COUNTED}
    outcome = Outcome(**given)
    if outcome.measured and (outcome.transcript is None or not outcome.scores):
        raise ValueError("it has an answer, but no transcript or no scores")
    return outcome


def breach_from_dict(values: Mapping[str, Any]) -> Breach:
    """Rebuild a breach; raises TypeError or ValueError when `values` is no such record."""
    case = Case(**{name: values[name] for name in _NAMES[Case] if name in values})
    others = {name: value for name, value in values.items() if name not in _NAMES[Case]}
    return Breach(case, **{**others, "details": tuple(values.get("details", ()))})


def _counts(values: Mapping[str, Any]) -> Counts:
    _check_kinds(Counts, values)
    return Counts(**values)


def _check_kinds(record: type, values: Mapping[str, Any]) -> None:
    """Raise ValueError for a value that would spoil sums, files or the page later on."""
    for one in fields(record):
        if one.name in values and (wanted := lacks(str(one.type), values[one.name])):
            raise ValueError(f"{one.name} is {reprlib.repr(values[one.name])}, not {wanted}")
