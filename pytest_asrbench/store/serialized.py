"""Records as JSON-ready values, and back: the one form for journal and results."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from pytest_asrbench.records import Breach, Case, Counts, Outcome, Request, RunInfo, Stage
from pytest_asrbench.support import strict_json
from pytest_asrbench.support.checks import is_rate

CASE = tuple(one.name for one in fields(Case))  # the fields of one
OUTCOME = frozenset(one.name for one in fields(Outcome))
_COUNTED = ("scores", "lost")
# The fields that hold numbers; what models tell beside their texts may be negative.
_AMOUNTS: Mapping[type, tuple[str, ...]] = {
    Outcome: tuple(f.name for f in fields(Outcome) if re.search(r"\b(int|float|Counts|Request)\b", str(f.type)))
}
Record = TypeVar("Record")


def to_dict(record: Outcome | RunInfo | Counts | Breach | Case | Request | Stage) -> dict[str, Any]:
    """Return the record as JSON-ready values, nested records included; a breach's case stands among its values."""
    import msgspec

    values: dict[str, Any] = msgspec.to_builtins(record, enc_hook=strict_json.plain)
    if isinstance(record, Breach):
        case: dict[str, Any] = values.pop("case")
        return case | values
    for counts in (one for kind in _COUNTED for one in values.get(kind, {}).values()):
        _shorten(counts)
    if isinstance(record, Counts):
        _shorten(values)
    return values


def _shorten(counts: dict[str, Any]) -> None:
    """Leave out what most counts have nothing of."""
    for name in ("parts", "found"):
        if not counts[name]:
            del counts[name]


def outcome_from_dict(values: Mapping[str, Any]) -> Outcome:
    """Rebuild an outcome; raises KeyError or ValueError when `values` is no such record.

    Its names, its status and the counts of its scores are needed; whatever else is not there has its default.
    """
    if unknown := dict(values).keys() - OUTCOME:
        raise ValueError(f"nobody knows {', '.join(sorted(unknown))}")
    values["status"]  # without one, it would be that of a case that was not run
    outcome = _converted(values, Outcome)
    if outcome.measured and (outcome.transcript is None or not outcome.scores):
        raise ValueError("it has an answer, but no transcript or no scores")
    return outcome


def reason(error: Exception) -> str:
    """What is wrong with a record that could not be rebuilt."""
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def breach_from_dict(values: Mapping[str, Any]) -> Breach:
    """Rebuild a breach; raises ValueError when `values` is no such record."""
    return _converted({**values, "case": {name: values[name] for name in CASE if name in values}}, Breach)


def _converted(values: Any, record: type[Record]) -> Record:
    """Make `record` of JSON values, by its annotations. Of numbers none is below 0, and none is no number."""
    import msgspec

    try:
        made = msgspec.convert(values, record)
    except msgspec.ValidationError as error:
        raise ValueError(str(error).replace("`", "").replace("$.", "").replace("$", "the record")) from None
    for name in _AMOUNTS.get(record, ()):
        if not all(map(is_rate, _numbers(getattr(made, name)))):
            raise ValueError(f"{name} is {reprlib.repr(getattr(made, name))}: its numbers should be 0 or above")
    return made


def _numbers(value: Any) -> Iterator[Any]:
    """All numbers in a field."""
    if isinstance(value, Counts):
        yield from (value.errors, value.total, *value.parts.values())
    elif isinstance(value, Request):
        yield from filter(None, (value.due, value.started, value.finished, value.late))
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _numbers(one)
    elif isinstance(value, tuple):
        for one in value:
            yield from _numbers(one)
    elif value is not None:
        yield value
