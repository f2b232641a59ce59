"""What a saved run holds of one measured snippet: written as pytest-benchmark's `extra_info`, and read with distrust.

Saved files are edited, merged and cut short, and other plugins write into the same storage. A benchmark that is not
ours is passed over; one of ours whose values are of the wrong kind is an error, never a figure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_asrbench.records import Outcome, rate, set_name
from pytest_asrbench.support.checks import is_number, is_text, is_whole


@dataclass(frozen=True, slots=True)
class Entry:
    """What a comparison needs of one snippet, of this run or of a saved one; None and "": not known.

    seconds: compute time, the median of `rounds`; cpu_rounds: processor seconds of the same; others: the cores that
    other programs kept busy; cores_allowed: of how many the model could use the time; reference_seconds: what
    the reference workload took in between; asked: what the model was told, by `asked`. A failed snippet has neither
    transcript nor seconds, and its words count as
    deleted.
    """

    model: str
    corpus: str
    snippet: str
    errors: int
    reference_words: int
    normalized_reference: str
    normalized_transcript: str
    transcript: str | None
    seconds: float | None
    audio_seconds: float | None
    normalizer: str | None = None
    task: str | None = None
    timing: str | None = None
    corpus_version: str | None = None
    device: str | None = None
    dtype: str | None = None
    speaker: str | None = None
    unstable: bool | None = None
    cores_allowed: float | None = None
    rounds: tuple[float, ...] = ()
    cpu_rounds: tuple[float, ...] = ()
    others: tuple[float | None, ...] = ()
    reference_seconds: tuple[Mapping[str, float], ...] = ()
    character_errors: int | None = None
    reference_characters: int | None = None
    asked: Mapping[str, Any] | None = None

    @property
    def set_name(self) -> str:
        """What comparisons of it are of; see `records.set_name`."""
        return set_name(self.corpus, self.task)

    @property
    def wer(self) -> float | None:
        """Word error rate; None without reference words."""
        return rate(self.errors, self.reference_words)

    @property
    def device_kind(self) -> str | None:
        """The device without its number: "cuda" of "cuda:1"."""
        return device_kind(self.device)


_COPIED = (
    *("audio_seconds", "first_seconds", "load_seconds", "peak_ram", "peak_vram", "runtime", "device", "dtype"),
    *("versions", "normalizer", "task", "timing", "corpus_version", "reference_seconds", "unstable", "speaker"),
    "cores_allowed",
)


def device_kind(device: str | None) -> str | None:
    """The kind of a device: "cuda" of "cuda:1"; None where the device is not known."""
    return device.partition(":")[0] if device else None


def extra_info(outcome: Outcome) -> dict[str, Any]:
    """What pytest-benchmark's JSON keeps of a measured case; plain values, in the order people look for them."""
    score = outcome.score
    figures: dict[str, Any] = {"model": outcome.model, "corpus": outcome.corpus, "snippet": outcome.snippet}
    if score is not None:
        figures |= {"wer": score.wer, "cer": score.cer, "errors": score.errors, "raw_wer": score.raw_wer}
        figures |= {name: getattr(score, name) for name in ("substitutions", "deletions", "insertions")}
        figures |= {name: getattr(score, name) for name in ("reference_words", "normalized_reference")}
        figures |= {"normalized_transcript": score.normalized_transcript}
        figures |= {name: getattr(score, name) for name in _CHARACTERS}
    figures |= {"rtf": outcome.rtf, "seconds": outcome.time, "transcript": outcome.transcript}
    figures |= {name: getattr(outcome, name) for name in _COPIED}
    figures |= {"rounds": list(outcome.seconds), "cpu_rounds": list(outcome.cpu_seconds)}
    figures |= {"others": list(outcome.others)}
    return figures | {"reference_seconds": list(outcome.reference_seconds), "asked": asked(outcome)}


def asked(outcome: Outcome) -> dict[str, Any] | None:
    """What the model was told, as far as it may differ from run to run: what is not in here was left to it.

    None for an outcome of a version that did not record it.
    """
    if not outcome.task_version:
        return None
    told = {"task version": outcome.task_version, "prompt": outcome.prompt_digest, "language": outcome.language_told}
    return {name: value for name, value in {**told, **outcome.decoding}.items() if value not in (None, "")}


def entry_of(outcome: Outcome) -> Entry | None:
    """What reading the `extra_info` of a measured outcome gives; None if it has no score."""
    score = outcome.score
    if score is None or not outcome.measured:
        return None
    return Entry(
        outcome.model,
        outcome.corpus,
        outcome.snippet,
        errors=score.errors,
        reference_words=score.reference_words,
        normalized_reference=score.normalized_reference,
        normalized_transcript=score.normalized_transcript,
        transcript=outcome.transcript,
        seconds=outcome.time,
        rounds=outcome.seconds,
        cpu_rounds=outcome.cpu_seconds,
        others=outcome.others,
        reference_seconds=outcome.reference_seconds,
        asked=asked(outcome),
        character_errors=score.character_errors,
        reference_characters=score.reference_characters,
        **{name: getattr(outcome, name) for name in ("audio_seconds", *_KNOWN_OR_NOT)},
    )


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


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


_COUNT = (_is_count, "a count")
_STRING = (_is_string, "a text")
_SECONDS = (_optional(_is_seconds), "a number of seconds")
_NEEDED = {
    "errors": _COUNT,
    "reference_words": _COUNT,
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
_CHARACTERS = ("character_errors", "reference_characters")
_COUNTED_OR_NOT = dict.fromkeys(_CHARACTERS, (_optional(_is_count), "a count"))
_NAMES = ("model", "corpus", "snippet")
_NOT_NEEDED = {**_KNOWN_OR_NOT, **_COUNTED_OR_NOT, **_LISTS}
_COPIED_BACK = (*_NAMES, *_NEEDED, *_KNOWN_OR_NOT, *_COUNTED_OR_NOT)


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
    case = f"{info['model']}-{info['corpus']}/{info['snippet']}"
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
    return Entry(**values)


@dataclass(frozen=True, slots=True)
class TotalsEntry:
    """What a saved run holds of the totals of one model × corpus; None: not known.

    failed, skipped: snippets without a transcript; lost_words: the reference words of those.
    """

    model: str
    corpus: str
    wer: float | None
    measured: int | None
    failed: int | None
    skipped: int | None
    lost_words: int | None
    task: str | None = None


def read_totals(info: Mapping[str, Any]) -> TotalsEntry | None:
    """Return the totals in a benchmark's `extra_info`; None if they are none of ours. Raises as `read_entry` does."""
    if "snippet" in info or "wer_measured" not in info or not all(is_text(info.get(n)) for n in ("model", "corpus")):
        return None
    case = f"{info['model']}-{info['corpus']}"
    _check("wer", info.get("wer"), _optional(_is_seconds), "a rate", case)
    counts = ("measured", "failed", "skipped", "lost_words")
    for name in counts:
        _check(name, info.get(name), _optional(_is_count), "a count", case)
    _check("task", info.get("task"), _optional(_is_string), "a text", case)
    found = {name: info.get(name) for name in ("wer", *counts, "task")}
    return TotalsEntry(info["model"], info["corpus"], **found)


def _check(name: str, value: Any, check: Callable[[Any], bool], kind: str, case: str) -> None:
    if not check(value):
        raise ValueError(f"{name} of {case} is {str(value)[:40]!r}, not {kind}")
