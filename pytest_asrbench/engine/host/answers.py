"""What a child may answer: each event's fields, checked and cleaned where they enter.

A child may be anything: a library that writes into its descriptors, an adapter whose clock runs backwards. What is not
of the form given here is refused as a whole; text that people will read is cut and freed of control characters and
secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pytest_asrbench.adapter import JSON, Partial, Transcript
from pytest_asrbench.engine.host.wire import GarbledError
from pytest_asrbench.errors import AsrBenchError
from pytest_asrbench.support.checks import is_number, is_whole
from pytest_asrbench.support.plain import printable
from pytest_asrbench.support.redaction import redact, redacted

MAX_SECONDS = 1e8  # three years
MAX_BYTES = 2**60
MAX_NAME = 200  # characters of a device, a runtime, a version
MAX_SENTENCE = 2_000


@dataclass(frozen=True, slots=True)
class Memory:
    """The child's memory by now, in bytes; None where the system does not tell."""

    peak_ram: int | None
    empty_ram: int | None
    peak_vram: int | None
    peak_vram_driver: int | None
    unified: bool | None


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What the child said about loading.

    remote: whether the model is asked in another program, so that the clock of a call is its client's. parts: what the
    stages' children said, of which a pipeline's is made.
    """

    load_seconds: float
    device: str
    dtype: str
    runtime: str
    sample_rate: int
    versions: dict[str, str]
    device_notes: list[str]
    details: JSON
    memory: Memory
    remote: bool = False
    parts: tuple[LoadReport, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the model, the `number`-th of its request: wall and processor seconds by the child's clocks.

    transcripts: those of its utterances, in order; the seconds are those of all of them together. parts: those of the
    stages, in order, of which a pipeline's call is the sum.
    """

    number: int
    warmup: bool
    seconds: float
    cpu_seconds: float
    transcripts: list[Transcript]
    memory: Memory
    parts: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Fed:
    """What a stream made of its `number`-th piece; at: seconds since it was opened, by the child's clock."""

    number: int
    seconds: float
    cpu_seconds: float
    at: float
    partials: list[Partial]
    memory: Memory


@dataclass(frozen=True, slots=True)
class Served:
    """What came of the `number`-th request of a load; times as `records.Request` has them.

    transcript: None where the adapter raised `error`.
    """

    number: int
    due: float
    started: float
    finished: float
    late: float
    transcript: Transcript | None
    error: AsrBenchError | None


@dataclass(frozen=True, slots=True)
class Through:
    """The end of a load."""

    memory: Memory


Event = TypeVar("Event", LoadReport, Call, Fed, Through)


def record(kind: type[Event], answer: Mapping[str, Any]) -> Event:
    """The record of an answer that has been checked."""
    memory = Memory(**{name: answer[name] for name in Memory.__slots__})
    return kind(**{name: answer[name] for name in kind.__slots__ if name in answer}, memory=memory)


def served(answer: Mapping[str, Any], error: AsrBenchError | None) -> Served:
    """The record of what came of a request, of which an adapter's failure has become `error`."""
    return Served(**{name: answer[name] for name in Served.__slots__ if name in answer}, error=error)


def checked(answer: Mapping[str, Any], *events: str) -> dict[str, Any]:
    """Return the fields of an answer that is one of `events`, or "failed"; raises GarbledError for any other."""
    kind = answer.get("event")
    if kind not in (*events, "failed"):
        raise GarbledError(f"the event {printable(str(kind), MAX_NAME)!r} in place of {' or '.join(map(repr, events))}")
    found, name = {"event": kind}, ""
    try:
        for name, read in _FIELDS[kind].items():
            found[name] = read(answer[name])
    except (KeyError, TypeError, ValueError):
        shown = printable(repr(answer[name]), MAX_NAME) if name in answer else "missing"
        raise GarbledError(f"the event {kind!r} whose {name} is {shown}") from None
    return found


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


def _said(value: Any) -> str:
    """A text stays exactly as the model said it."""
    _must(isinstance(value, str))
    return str(value)


def _transcripts(value: Any) -> list[Transcript]:
    return [Transcript(_said(one["text"]), _object(one["details"])) for one in _list(value)]


def _partials(value: Any) -> list[Partial]:
    return [Partial(_said(one["text"]), _flag(one["final"])) for one in _list(value)]


def _failure(value: Any) -> JSON:
    _must(isinstance(value, dict))
    return {name: read(value[name]) for name, read in _FAILURE.items()}


_MEMORY: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("peak_ram", "empty_ram", "peak_vram", "peak_vram_driver"), _maybe(_whole)),
    "unified": _maybe(_flag),
}
_FAILURE: Mapping[str, Callable[[Any], Any]] = {
    "kind": _name,
    "message": _text(MAX_SENTENCE),
    "for_user": _flag,
    "out_of_memory": _flag,
}
_CLOCK: Mapping[str, Callable[[Any], Any]] = dict.fromkeys(("seconds", "cpu_seconds"), _seconds)
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
        "remote": _flag,
        **_MEMORY,
    },
    "call": {"number": _whole, "warmup": _flag, **_CLOCK, "transcripts": _transcripts, **_MEMORY},
    "fed": {"number": _whole, **_CLOCK, "at": _seconds, "partials": _partials, **_MEMORY},
    "served": {
        "number": _whole,
        **dict.fromkeys(("due", "started", "finished", "late"), _seconds),
        "transcript": _maybe(lambda value: _transcripts([value])[0]),
        "failure": _maybe(_failure),
    },
    "through": {**_MEMORY},
    "reference": {"seconds": _maybe(_seconds)},
    "failed": _FAILURE,
}
