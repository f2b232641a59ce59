"""What a child may answer: each event's fields, checked and cleaned where they enter.

A child may be anything: a library that writes into its descriptors, an adapter whose clock runs backwards. What is not
of the form given here is refused as a whole; text that people will read is cut and freed of control characters and
secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_asrbench.adapter import JSON
from pytest_asrbench.engine.host.wire import GarbledError
from pytest_asrbench.support.checks import is_number, is_whole
from pytest_asrbench.support.plain import printable
from pytest_asrbench.support.redaction import redact, redacted

MAX_SECONDS = 1e8  # three years
MAX_BYTES = 2**60
MAX_NAME = 200  # characters of a device, a runtime, a version
MAX_SENTENCE = 2_000


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What the child said about loading; memory in bytes, None where the system does not tell."""

    load_seconds: float
    device: str
    dtype: str
    runtime: str
    sample_rate: int
    versions: dict[str, str]
    device_notes: list[str]
    details: JSON
    peak_ram: int | None
    empty_ram: int | None
    peak_vram: int | None
    peak_vram_driver: int | None
    unified: bool | None


@dataclass(frozen=True, slots=True)
class Lap:
    """One call of the model, the `lap`-th of its request: wall and processor seconds by the child's clocks.

    transcripts: {"text", "details"} in the batch's order.
    """

    lap: int
    warmup: bool
    seconds: float
    cpu_seconds: float
    transcripts: list[JSON]
    peak_ram: int | None
    empty_ram: int | None
    peak_vram: int | None
    peak_vram_driver: int | None
    unified: bool | None


def checked(answer: Mapping[str, Any], event: str) -> dict[str, Any]:
    """Return the fields of an answer that is `event`, or "failed"; raises GarbledError for any other."""
    kind = answer.get("event")
    if kind not in (event, "failed"):
        raise GarbledError(f"the event {printable(str(kind), MAX_NAME)!r} in place of {event!r}")
    return {"event": kind} | {name: _read(answer, name, read) for name, read in _FIELDS[kind].items()}


def _read(answer: Mapping[str, Any], name: str, read: Callable[[Any], Any]) -> Any:
    try:
        return read(answer[name])
    except (KeyError, TypeError, ValueError):
        shown = printable(repr(answer[name]), MAX_NAME) if name in answer else "missing"
        raise GarbledError(f"the event {answer['event']!r} whose {name} is {shown}") from None


def _must(holds: bool) -> None:
    if not holds:
        raise ValueError


def _seconds(value: Any) -> float:
    _must(is_number(value) and 0 <= value <= MAX_SECONDS)
    return float(value)


def _flag(value: Any) -> bool:
    _must(isinstance(value, bool))
    return bool(value)


def _whole(value: Any) -> int:
    _must(is_whole(value) and 0 <= value <= MAX_BYTES)
    return int(value)


def _object(value: Any) -> JSON:
    _must(isinstance(value, dict))
    return dict(redacted(value))


def _list(value: Any) -> list[Any]:
    _must(isinstance(value, list))
    return list(value)


def _maybe(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


def _text(longest: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        _must(isinstance(value, str))
        return printable(redact(value), longest)  # in this order: half of a secret is not recognised

    return read


_name = _text(MAX_NAME)


def _notes(value: Any) -> list[str]:
    return [_text(MAX_SENTENCE)(note) for note in _list(value)]


def _versions(value: Any) -> dict[str, str]:
    return {_name(package): _name(version) for package, version in _object(value).items()}


def _transcripts(value: Any) -> list[JSON]:
    """The texts stay exactly as the model said them."""
    _must(all(isinstance(one["text"], str) for one in _list(value)))
    return [{"text": one["text"], "details": _object(one["details"])} for one in value]


_MEMORY: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("peak_ram", "empty_ram", "peak_vram", "peak_vram_driver"), _maybe(_whole)),
    "unified": _maybe(_flag),
}
_FIELDS: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    "loaded": {
        "load_seconds": _seconds,
        "device": _name,
        "dtype": _name,
        "runtime": _name,
        "sample_rate": _whole,
        "versions": _versions,
        "device_notes": _notes,
        "details": _object,
        **_MEMORY,
    },
    "lap": {
        "lap": _whole,
        "warmup": _flag,
        "seconds": _seconds,
        "cpu_seconds": _seconds,
        "transcripts": _transcripts,
        **_MEMORY,
    },
    "reference": {"seconds": _maybe(_seconds)},
    "failed": {
        "kind": _name,
        "message": _text(MAX_SENTENCE),
        "for_user": _flag,
        "out_of_memory": _flag,
    },
}
