"""A scripted model that says, takes and breaks exactly what it is told: the harness is tested against it.

Options, for every clip or (in a script, JSON: `stub:./script.json`) per clip name under "clips":
  text: what it answers ("" if not given); language: what it detects where it is not told;
  seconds: compute time of a call, by its own clock, spinning;
  compute: units of arithmetic; stream: units of weights to go through on each of `threads` threads (2): `stub_work`;
  fault: "garbage" (no transcripts), "wrong-count", "surrogate", or one of `stub_faults`;
  fault_after: calls on this clip that go well before that (0).
For loading: allocate_mib: memory to hold; load_seconds; load_fault: as above.
For all clips: languages: those that it has, "en|de" (any).
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo, Audio, Loaded, Request, Transcript
from pytest_asrbench.errors import UnsuitedError, UsageError, WeightsError

from . import stub_faults, stub_work
from .options import parse_options

_OPTIONS: Mapping[str, Any] = {
    "text": "",
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

    info: ClassVar[AdapterInfo] = AdapterInfo(runtime="stub")

    def __init__(self, source: str | None, options: Mapping[str, Any]) -> None:
        self._source = source
        self._script = parse_options("stub", options, _OPTIONS)
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

    def transcribe(self, batch: Sequence[Audio], request: Request) -> Sequence[Transcript]:
        """Answer as the script says, in the languages that it has."""
        self._check_language(request.language)
        answers: list[Transcript] = []
        for audio in batch:
            step = {**self._script, **self._script.get("clips", {}).get(audio.name, {})}
            if self._calls[audio.name] < step.get("fault_after", 0):
                step["fault"] = None
            self._calls[audio.name] += 1
            own_seconds = _spin(step.get("seconds", 0.0))
            _work(step)
            answers.extend(_answer(step, own_seconds, request.language))
        return answers

    def _check_language(self, language: str | None) -> None:
        known = self._script.get("languages")
        if known and language and language not in known.split("|"):
            raise UnsuitedError(f"it has no {language!r}, only {known.replace('|', ', ')}")

    def close(self) -> None:
        """Free what is held."""
        self._held = None


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


def _answer(step: Mapping[str, Any], own_seconds: float, told: str | None) -> list[Transcript]:
    fault = step.get("fault")
    heard = {"language": step["language"]} if told is None and "language" in step else {}
    transcript = Transcript(step.get("text", ""), {"own_seconds": own_seconds, **heard})
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
