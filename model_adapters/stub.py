"""A scripted model that says, takes and breaks exactly what it is told: the harness is tested against it.

Options, for every clip or (in a script, JSON: `stub:./script.json`) per clip name under "clips":
  text: what it answers ("" if not given); instructed: what it answers to the task "instruct", and to a passage (the
    same, and the passage itself);
  language: what it detects where it is not told;
  seconds: compute time of a call, by its own clock, spinning;
  compute: units of arithmetic; stream: units of weights to go through on each of `threads` threads (2): `stub_work`;
  fault: "garbage" (no transcripts), "wrong-count", "surrogate", or one of `stub_faults`;
  fault_after: calls on this clip that go well before that (0).
For loading: allocate_mib: memory to hold; load_seconds; load_fault: as above.
For all clips: languages: those that it has, "en|de" (any).

To each piece of a stream it says one word more; a fault and its `fault_after` are of pieces there.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.adapter import (
    SETTINGS,
    TASKS,
    AdapterInfo,
    Audio,
    Decoding,
    Loaded,
    Partial,
    Passage,
    Transcript,
    Utterance,
)
from pytest_asrbench.errors import UnsuitedError, UsageError, WeightsError

from . import stub_faults, stub_work
from .options import parse_options

_OPTIONS: Mapping[str, Any] = {
    "text": "",
    "instructed": "",
    "language": "",
    "seconds": 0.0,
    "compute": 0,
    "stream": 0,
    "threads": 2,
    "fault": "",
    "fault_after": 0,
    "clips": {},
    "allocate_mib": 0.0,
    "load_seconds": 0.0,
    "load_fault": "",
    "languages": "",
}
_PAGE = 4_096


class Stub:
    """See the module's text for the options."""

    info: ClassVar[AdapterInfo] = AdapterInfo(
        runtime="stub",
        tasks=TASKS,
        follows=("prompt", *SETTINGS),
        modes=("batch", "stream", "text"),
        options=_OPTIONS,
    )

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        self._source = source
        self._script = parse_options("stub", options, self.info.options)
        self._held: bytearray | None = None
        self._calls: Counter[str] = Counter()

    def load(self, device: str, dtype: str) -> Loaded:
        """Read the script, hold `allocate_mib` of memory and take `load_seconds`."""
        if self._source is not None:
            self._script = {**_read_script(self._source), **self._script}
        stub_faults.commit(self._script.get("load_fault"))
        size = int(self._script.get("allocate_mib", 0) * 2**20)
        self._held = bytearray(size)
        for page in range(0, size, _PAGE):  # memory that was never written is not resident
            self._held[page] = 1
        _spin(self._script.get("load_seconds", 0.0))
        return Loaded(device, "float32" if dtype == "auto" else dtype)

    def transcribe(self, batch: Sequence[Utterance], decoding: Decoding) -> Sequence[Transcript]:
        """Answer as the script says, in the languages that it has."""
        answers: list[Transcript] = []
        for utterance in batch:
            self.check_language(utterance.language)
            step, own_seconds = self.work(utterance.audio.name)
            details = _details(own_seconds, utterance.prompt)
            if utterance.language is None and "language" in step:
                details["language"] = step["language"]
            text = (decoding.task == "instruct" and step.get("instructed")) or step.get("text", "")
            if decoding.timestamps:
                details["segments"] = [{"start": 0.0, "end": utterance.audio.seconds, "text": text}]
            answers.extend(_answer(step, Transcript(text, details)))
        return answers

    def rewrite(self, batch: Sequence[Passage], decoding: Decoding) -> Sequence[Transcript]:
        """Answer as the script says, or with the passages themselves."""
        answers: list[Transcript] = []
        for passage in batch:
            step, own_seconds = self.work(passage.name)
            text = step.get("instructed") or passage.text
            answers.extend(_answer(step, Transcript(text, _details(own_seconds, passage.prompt))))
        return answers

    def open_stream(self, decoding: Decoding, *, language: str | None, prompt: str | None) -> StubStream:
        """Listen to an utterance that comes in pieces."""
        self.check_language(language)
        return StubStream(self)

    def work(self, name: str) -> tuple[dict[str, Any], float]:
        """Take the time that the script says, and return the clip's part of it and the seconds by the stub's clock."""
        step = {**self._script, **self._script.get("clips", {}).get(name, {})}
        if self._calls[name] < step.get("fault_after", 0):
            step["fault"] = None
        self._calls[name] += 1
        own_seconds = _spin(step.get("seconds", 0.0))
        _work(step)
        return step, own_seconds

    def check_language(self, language: str | None) -> None:
        """Raise UnsuitedError for a language that it does not have."""
        known = self._script.get("languages")
        if known and language and language not in known.split("|"):
            raise UnsuitedError(f"it has no {language!r}, only {known.replace('|', ', ')}")

    def close(self) -> None:
        """Free what is held."""
        self._held = None


class StubStream:
    """Says the first word of its text to the first piece, and all of it to the last one."""

    def __init__(self, stub: Stub) -> None:
        self._stub = stub
        self._pieces = 0

    def feed(self, audio: Audio, last: bool) -> Sequence[Partial]:
        """Say the words so far, for good with the last piece."""
        step, _ = self._stub.work(audio.name)
        self._pieces += 1
        words = step.get("text", "").split()
        if step.get("fault") == "garbage":
            return [b"\x00\xff\xfe"]  # type: ignore[list-item]
        stub_faults.commit(step.get("fault"))
        return [Partial(" ".join(words if last else words[: self._pieces]), final=last)]

    def close(self) -> None:
        """Nothing is held."""


def _read_script(source: str) -> dict[str, Any]:
    """Read a script and check the options in it, those of each clip included."""
    try:
        script = json.loads(Path(source).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(f"stub: {source} is no readable JSON script: {error}") from error
    if not isinstance(script, dict):
        raise WeightsError(f"stub: {source} is no script: it should hold a JSON object.")
    checked = parse_options("stub", script, _OPTIONS)
    clips = {}
    for name, step in checked.get("clips", {}).items():
        if not isinstance(step, dict):
            raise UsageError(f"stub: {source} says {step!r} of the clip {name!r}; it should be a table of options.")
        clips[name] = parse_options("stub", step, _OPTIONS)
    return {**checked, "clips": clips}


def _details(own_seconds: float, prompt: str | None) -> dict[str, Any]:
    return {"own_seconds": own_seconds, **({"prompt": prompt} if prompt is not None else {})}


def _answer(step: Mapping[str, Any], transcript: Transcript) -> list[Transcript]:
    """The answer, or what its fault makes of it."""
    fault = step.get("fault")
    if fault == "garbage":
        return [b"\x00\xff\xfe"]  # type: ignore[list-item]
    if fault == "wrong-count":
        return [transcript, transcript]
    if fault == "surrogate":
        return [Transcript("half a pair \ud800 here")]
    stub_faults.commit(fault)
    return [transcript]


def _spin(seconds: float) -> float:
    """Compute for `seconds` and return how long it took by the same clock."""
    start = time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        pass
    return elapsed


def _work(step: Mapping[str, Any]) -> None:
    if units := step.get("compute"):
        stub_work.compute(units)
    if units := step.get("stream"):
        stub_work.stream(units, step.get("threads", 2))
