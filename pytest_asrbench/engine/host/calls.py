"""What a request hands to the adapter, and the stop-watch around the adapter's work. Runs in the model's process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pytest_asrbench.adapter import JSON, Audio, Utterance

Result = TypeVar("Result")


def timed(work: Callable[..., Result], *arguments: Any) -> tuple[Result, JSON]:
    """Return what `work` returns, and how long it took: {"seconds", "cpu_seconds"}."""
    cpu_start = time.process_time()
    start = time.perf_counter()
    result = work(*arguments)
    seconds = time.perf_counter() - start
    return result, {"seconds": seconds, "cpu_seconds": time.process_time() - cpu_start}


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
