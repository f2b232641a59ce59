"""What a request hands to the adapter, and the stop-watch around the adapter's work. Runs in the model's process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pytest_asrbench.adapter import JSON, Audio, Passage, Utterance
from pytest_asrbench.errors import BusyError

Result = TypeVar("Result")
RETRIES = 4
FIRST_WAIT, LONGEST_WAIT = 0.25, 60.0  # seconds before a served model is asked again, where it does not say


def timed(work: Callable[..., Result], *arguments: Any) -> tuple[Result, JSON]:
    """Return what `work` returns, and how long it took: {"seconds", "cpu_seconds"}."""
    cpu_start = time.process_time()
    start = time.perf_counter()
    result = work(*arguments)
    seconds = time.perf_counter() - start
    return result, {"seconds": seconds, "cpu_seconds": time.process_time() - cpu_start}


def patiently(work: Callable[..., Result], *arguments: Any) -> tuple[Result, JSON, int]:
    """Return as `timed` does, and how often a served model had to be asked again: only the last time is timed.

    Raises BusyError when it cannot take the call after all.
    """
    for retries in range(RETRIES + 1):
        try:
            return *timed(work, *arguments), retries
        except BusyError as error:
            if retries == RETRIES:
                raise BusyError(f"{error}; it was asked {retries + 1} times") from error
            time.sleep(min(error.seconds or FIRST_WAIT * 2**retries, LONGEST_WAIT))
    raise AssertionError("the last try returns or raises")


def passages(descriptions: Sequence[Mapping[str, Any]]) -> list[Passage]:
    """The passages of a request."""
    return [Passage(one["text"], one["prompt"], one["name"]) for one in descriptions]


def utterances(descriptions: Sequence[Mapping[str, Any]], pcm: memoryview) -> list[Utterance]:
    """The utterances of a request, whose samples lie one after the other in `pcm`."""
    audio = clips(descriptions, pcm)
    return [Utterance(clip, one["language"], one["prompt"]) for one, clip in zip(descriptions, audio, strict=True)]


def clips(descriptions: Sequence[Mapping[str, Any]], pcm: memoryview) -> Iterator[Audio]:
    """The clips of a request, without a copy of their samples."""
    start = 0
    for description in descriptions:
        end = start + description["bytes"]
        yield Audio(pcm[start:end], description["sample_rate"], description["name"])
        start = end
