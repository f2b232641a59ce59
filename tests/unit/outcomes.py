"""Outcomes of cases as they come from a run, for the tests of everything that reads them."""

from __future__ import annotations

from typing import Any

from pytest_asrbench.metrics import normalizers, registry
from pytest_asrbench.metrics.normalizers import Normalizer
from pytest_asrbench.metrics.scoring import Judge
from pytest_asrbench.records import Counts, Outcome, RunInfo, Status
from pytest_asrbench.support.languages import Told

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
    outcome = Outcome("model", "corpus", snippet, **{**facts, **more})
    kept = {name: more[name] for name in ("normalizer", "language", "language_source", "remarks") if name in more}
    scored(reference, transcript, normalizer, outcome=outcome)
    outcome.language, outcome.language_source, outcome.remarks = None, "", ()
    outcome.language_told = more.get("language_told")
    for name, value in kept.items():
        setattr(outcome, name, value)
    return outcome


def scored(
    reference: str,
    transcript: str,
    normalizer: Normalizer,
    language: str | None = None,
    outcome: Outcome | None = None,
) -> Outcome:
    """What all metrics count in `transcript`."""
    found = outcome or Outcome("model", "corpus", "a", Status.OK)
    found.reference, found.transcript = reference, transcript
    Judge(found, Told(language, "snippet" if language else ""), normalizer).score()
    return found


def failed(snippet: str = "a", status: Status = Status.CRASH, words: int = 3, **more: Any) -> Outcome:
    """A case of which nothing came."""
    characters = more.pop("characters", 5 * words)
    lost = {"wer": Counts(words, words, {"deletions": words}), "cer": Counts(characters, characters)} if words else {}
    versions = {name: metric.version for name, metric in registry.installed().items()}
    facts: dict[str, Any] = {"error": "it died", "error_kind": "HostCrashed", "reference_words": words}
    facts |= {"lost": lost, "metrics": versions}
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
