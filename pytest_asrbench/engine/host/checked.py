"""What a child may answer: each event's fields, checked and cleaned where they enter.

A child may be anything: a library that writes into its descriptors, an adapter whose clock runs backwards. What is not
of the form given here is refused as a whole; text that people will read is cut and freed of control characters and
secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from pytest_asrbench.adapter import JSON, Partial, Transcript
from pytest_asrbench.engine.host.wire import GarbledError
from pytest_asrbench.support.checks import is_number, is_whole
from pytest_asrbench.support.plain import printable
from pytest_asrbench.support.redaction import redact, redacted

MAX_SECONDS = 1e8  # three years
MAX_BYTES = 2**60
MAX_NAME = 200  # characters of a device, a runtime, a version
MAX_SENTENCE = 2_000


def checked(answer: Mapping[str, Any], *events: str, secrets: tuple[str, ...] | None = None) -> dict[str, Any]:
    """Return the fields of an answer that is one of `events`, or "failed"; raises GarbledError for any other.

    secrets: those that the child may know; None: those of this environment as it is now.
    """
    kind = answer.get("event")
    if kind not in (*events, "failed"):
        raise GarbledError(f"the event {printable(str(kind), MAX_NAME)!r} in place of {' or '.join(map(repr, events))}")
    found, name = {"event": kind}, ""
    try:
        for name, read in _fields(secrets)[kind].items():
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


def _list(value: Any) -> list[Any]:
    _must(isinstance(value, list))
    return list(value)


def _maybe(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


def _said(value: Any) -> str:
    """A text that stays exactly as the model said it."""
    _must(isinstance(value, str))
    return str(value)


def _partials(value: Any) -> list[Partial]:
    return [Partial(_said(one["text"]), _flag(one["final"])) for one in _list(value)]


class _Cleaned:
    """What stands in records and on screens: without secrets, and free of control characters where people read it."""

    def __init__(self, secrets: tuple[str, ...] | None) -> None:
        self._secrets = secrets

    def object(self, value: Any) -> JSON:
        _must(isinstance(value, dict))
        return dict(redacted(value, self._secrets))

    def name(self, value: Any) -> str:
        return self._text(value, MAX_NAME)

    def sentence(self, value: Any) -> str:
        return self._text(value, MAX_SENTENCE)

    def notes(self, value: Any) -> list[str]:
        return [self.sentence(note) for note in _list(value)]

    def versions(self, value: Any) -> dict[str, str]:
        return {self.name(package): self.name(version) for package, version in self.object(value).items()}

    def transcripts(self, value: Any) -> list[Transcript]:
        return [Transcript(_said(one["text"]), self.object(one["details"])) for one in _list(value)]

    def transcript(self, value: Any) -> Transcript:
        return self.transcripts([value])[0]

    def _text(self, value: Any, longest: int) -> str:
        _must(isinstance(value, str))
        return printable(redact(value, self._secrets), longest)  # in this order: half of a secret is not recognised


_Fields = Mapping[str, Callable[[Any], Any]]
_MEMORY: _Fields = {
    **dict.fromkeys(("peak_ram", "empty_ram", "peak_vram", "peak_vram_driver"), _maybe(_whole)),
    "unified": _maybe(_flag),
}
_CLOCK: _Fields = dict.fromkeys(("seconds", "cpu_seconds"), _seconds)


@lru_cache(8)
def _fields(secrets: tuple[str, ...] | None) -> Mapping[str, _Fields]:
    """How each field of each event is read."""
    clean = _Cleaned(secrets)
    failed: _Fields = {
        "kind": clean.name,
        "message": clean.sentence,
        "for_user": _flag,
        "out_of_memory": _flag,
    }

    def failure(value: Any) -> JSON:
        _must(isinstance(value, dict))
        return {name: read(value[name]) for name, read in failed.items()}

    return {
        "loaded": {
            "load_seconds": _seconds,
            "device": clean.name,
            "dtype": clean.name,
            "runtime": clean.name,
            "sample_rate": _whole,
            "versions": clean.versions,
            "device_notes": clean.notes,
            "details": clean.object,
            "remote": _flag,
            **_MEMORY,
        },
        "call": {"number": _whole, "warmup": _flag, **_CLOCK, "transcripts": clean.transcripts, **_MEMORY},
        "fed": {"number": _whole, **_CLOCK, "at": _seconds, "partials": _partials, **_MEMORY},
        "served": {
            "number": _whole,
            **dict.fromkeys(("due", "started", "finished", "late"), _seconds),
            "transcript": _maybe(clean.transcript),
            "failure": _maybe(failure),
        },
        "through": _MEMORY,
        "reference": {"seconds": _maybe(_seconds)},
        "failed": failed,
    }
