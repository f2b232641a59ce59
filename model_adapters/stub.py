"""A scripted model that says, takes and breaks exactly what it is told: the harness is tested against it.

Options, for every clip or (in a script, JSON: `stub:./script.json`) per clip name under "clips":
  text: what it answers ("" if not given); seconds: compute time of a call, by its own clock, spinning;
  compute: units of arithmetic; stream: units of weights to go through on each of `threads` threads (2): `stub_work`;
  fault: "raise", "exit", "sigsegv", "sigkill", "hang-gil" (native code that never releases the GIL), "hang",
         "garbage" (no transcripts), "wrong-count", "surrogate", "noise" (a lot of output, then a good answer), "oom";
  fault_after: calls on this clip that go well before that (0).
For loading: allocate_mib: memory to hold; load_seconds; load_fault: as above.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pytest_asrbench.adapter import AdapterInfo, Audio, Loaded, Request, Transcript
from pytest_asrbench.errors import UsageError, WeightsError

from . import stub_work
from .options import parse_options

_OPTIONS: Mapping[str, Any] = {
    "text": "",
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
}
_FOREVER_SECONDS = 3_600
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
        _break(self._script.get("load_fault"))
        size = int(self._script.get("allocate_mib", 0) * 2**20)
        self._held = bytearray(size)
        for page in range(0, size, _PAGE):  # memory that was never written is not resident
            self._held[page] = 1
        _spin(self._script.get("load_seconds", 0.0))
        return Loaded(device, "float32" if dtype == "auto" else dtype)

    def transcribe(self, batch: Sequence[Audio], request: Request) -> Sequence[Transcript]:
        """Answer as the script says."""
        answers: list[Transcript] = []
        for audio in batch:
            step = {**self._script, **self._script.get("clips", {}).get(audio.name, {})}
            if self._calls[audio.name] < step.get("fault_after", 0):
                step["fault"] = None
            self._calls[audio.name] += 1
            own_seconds = _spin(step.get("seconds", 0.0))
            _work(step)
            answers.extend(_answer(step, own_seconds))
        return answers

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


def _answer(step: Mapping[str, Any], own_seconds: float) -> list[Transcript]:
    fault = step.get("fault")
    transcript = Transcript(step.get("text", ""), {"own_seconds": own_seconds})
    if fault == "garbage":
        return [b"\x00\xff\xfe"]  # type: ignore[list-item]
    if fault == "wrong-count":
        return [transcript, transcript]
    if fault == "surrogate":
        return [Transcript("half a pair \ud800 here")]
    _break(fault)
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


def _break(fault: str | None) -> None:
    if fault is None:
        return
    if fault not in _FAULTS:
        raise UsageError(f"stub: unknown fault {fault!r}; known are {', '.join(_FAULTS)}")
    _FAULTS[fault]()


def _raise() -> None:
    raise ValueError("scripted failure")


def _exit() -> None:
    sys.exit(3)


def _segfault() -> None:
    ctypes.string_at(0)


def _kill() -> None:
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def _hang_with_gil() -> None:
    # A PyDLL keeps the GIL during the call, as much native code does.
    if sys.platform == "win32":
        ctypes.PyDLL("kernel32").Sleep(_FOREVER_SECONDS * 1000)
    else:
        ctypes.PyDLL(None).sleep(_FOREVER_SECONDS)


def _hang() -> None:
    time.sleep(_FOREVER_SECONDS)


def _noise() -> None:
    for number in range(2_000):
        print(f"noise on stdout, line {number}")
        print(f"noise on stderr, line {number}", file=sys.stderr)
    os.write(1, b"\x00\xff straight to the descriptor\n")


def _out_of_memory() -> None:
    raise MemoryError("scripted: out of memory")


_FAULTS: dict[str, Callable[[], None]] = {
    "raise": _raise,
    "exit": _exit,
    "sigsegv": _segfault,
    "sigkill": _kill,
    "hang-gil": _hang_with_gil,
    "hang": _hang,
    "noise": _noise,
    "oom": _out_of_memory,
}
