"""Outcomes of cases as they come from a run, for the tests of everything that reads them."""

from __future__ import annotations

from typing import Any

from pytest_asrbench.metrics import normalizers
from pytest_asrbench.metrics.wer import score
from pytest_asrbench.records import Outcome, RunInfo, Status

MIB = 2**20


def measured(
    snippet: str = "a", reference: str = "one two three", transcript: str = "one two three", **more: Any
) -> Outcome:
    """A case that went well: 2 s of audio in 0.1 s."""
    normalizer = normalizers.load("none")
    facts: dict[str, Any] = {
        "status": Status.OK,
        "reference": reference,
        "reference_words": len(reference.split()),
        "transcript": transcript,
        "score": score(reference, transcript, normalizer),
        "normalizer": normalizer.stamp,
        "audio_seconds": 2.0,
        "seconds": (0.1,),
        "first_seconds": 0.3,
        "load_seconds": 1.5,
        "peak_ram": 300 * MIB,
        "empty_ram": 20 * MIB,
        "runtime": "stub",
        "device": "cpu",
        "dtype": "float32",
    }
    return Outcome("model", "corpus", snippet, **{**facts, **more})


def failed(snippet: str = "a", status: Status = Status.CRASH, words: int = 3, **more: Any) -> Outcome:
    """A case of which nothing came."""
    facts: dict[str, Any] = {"error": "it died", "error_kind": "HostCrashed", "reference_words": words}
    return Outcome("model", "corpus", snippet, status=status, **{**facts, **more})


def run_info(**more: Any) -> RunInfo:
    """A run."""
    facts: dict[str, Any] = {
        "run": "20250101-120000-abcdef",
        "started": "2025-01-01T12:00:00+00:00",
        "version": "0.1.0",
        "normalizers": {"corpus": "none-1-12345678"},
        "settings": {"device": "auto"},
        "machine": {"cpu": "a processor"},
        "command": "pytest --asr-models=model",
    }
    return RunInfo(**{**facts, **more})


# What transcripts may hold, and files must give back.
ODD_TEXTS = {
    "plain": "hello world",
    "empty": "",
    "formula": '=HYPERLINK("http://example.org";"x")',
    "lines": "one\ntwo\r\nthree\rfour",
    "quotes": "she said \"no\", twice; 'yes'",
    "tabs": "\tone\ttwo",
    "right to left": "\u202eשלום עולם\u202c مرحبا",  # noqa: RUF001
    "emoji": "👩‍👩‍👧‍👦 🇩🇪 ☕️",
    "astral": "𝒶𝓈𝓇 𠜎",  # noqa: RUF001
    "combining": "e\u0301 นี้ हिन्दी",
    "separators": "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg",
    "controls": "a\x01b\x1bc\x7fd",
    "no-break": "10\u00a0000\u3000km",
    "byte order mark": "\ufeffhello",
    "JSON": '{"event": "end"}\n',
    "backslashes": r"\n \u0041 \ud800 C:\new",
}
NUL = "a\0b"
LONE_SURROGATES = "\ud800 a \udfff"
