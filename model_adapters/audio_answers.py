"""What services answer to audio, in the many forms in which they do, as a transcript; nothing else passes for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pytest_asrbench.adapter import Transcript
from pytest_asrbench.errors import EndpointError, UnsuitedError

from . import chats
from .service_answers import Answer, told

_MARKED = ("{", "[", "<", "WEBVTT", "data:", "event:")  # how what is no plain text begins
_ARROW = "-->"  # between the times of a subtitle


def transcript(answer: Answer, *, timestamps: bool = False) -> Transcript:
    """Read what came of a request for a transcription: JSON with a `text`, or segments, a list of these, plain text.

    timestamps: its segments go into the details. Raises EndpointError for whatever else, UnsuitedError for no times.
    """
    value = _value(answer)
    if isinstance(value, Mapping) and "choices" in value:
        found = chats.transcript(value, None, answer.where)
    else:
        found = Transcript(_text(value, answer), _details(value) if isinstance(value, Mapping) else {})
    if not timestamps:
        return found
    segments = _segments(value)
    if segments is None or not all(_is_span(one) for one in segments):
        raise UnsuitedError(f"{answer.where} tells no times")
    told_times = [{name: one[name] for name in ("start", "end", "text")} for one in segments]
    return replace(found, details={**found.details, "segments": told_times})


def _text(value: Any, answer: Answer) -> str:
    """The words in an answer; raises EndpointError where there are none."""
    text = value.get("text") if isinstance(value, Mapping) else value
    segments = _segments(value)
    if segments is not None and not isinstance(text, str):
        text = "".join(one["text"] if one["text"][:1].isspace() else f" {one['text']}" for one in segments)
    if not isinstance(text, str):
        raise EndpointError(f"{answer.where} gave no transcript: {told(answer)!r}")
    return text.strip()


def _value(answer: Answer) -> Any:
    """The answer as JSON, or the text that it is."""
    text = answer.text.strip()
    plain = "json" not in answer.kind and text and not text.startswith(_MARKED) and _ARROW not in text
    if not plain or answer.is_page:
        return answer.json()
    try:
        value = answer.json()
    except EndpointError:
        return text
    return value if isinstance(value, str) else text  # a lone number is what was said


def _segments(value: Any) -> Sequence[Mapping[str, Any]] | None:
    found = value.get("segments") if isinstance(value, Mapping) else value
    if not isinstance(found, list):
        return None
    complete = all(isinstance(one, Mapping) and isinstance(one.get("text"), str) for one in found)
    return found if complete and (found or found is not value) else None  # nothing at all may be anybody's answer


def _is_span(one: Mapping[str, Any]) -> bool:
    """Whether a segment says when it begins and ends."""
    return all(isinstance(one.get(name), (int, float)) for name in ("start", "end"))


def _details(value: Mapping[str, Any]) -> dict[str, Any]:
    """What an answer tells beside its text: the language that was heard, how many tokens were counted."""
    details: dict[str, Any] = {}
    if isinstance(language := value.get("language"), str):
        details["language"] = language
    if isinstance(usage := value.get("usage"), Mapping):
        counts = {"prompt_tokens": usage.get("input_tokens"), "new_tokens": usage.get("output_tokens")}
        details |= {name: count for name, count in counts.items() if count is not None}
    return details
