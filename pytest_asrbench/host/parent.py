"""Our side of a model's process: start it, give it work, wait with a deadline, kill it.

Waiting is a blocking poll of the channel: it costs no processor time and wakes at once. A call that holds the GIL
inside native code cannot be interrupted from within its process; it ends here, by killing that process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from pytest_asrbench.adapter import JSON, Audio, Request
from pytest_asrbench.errors import AdapterFailedError, HostCrashedError, HostTimeoutError
from pytest_asrbench.host import affinity, process

BOOT = Path(__file__).with_name("boot.py")
TICK_SECONDS = 1.0
EXIT_SECONDS = 5.0
TAIL_LINES = 20
TAIL_BYTES = 8_192
REFERENCE_DEVICES = ("cuda", "rocm", "xpu", "mps")
REFERENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class HostPlan:
    """All that is needed to bring a model up in a process of its own.

    adapter: "module:Class". interpreter: path of a Python executable.
    paths: entries appended to the child's sys.path. device and dtype: as the user asked ("auto" included).
    origin: where the weights came from, for the record.
    """

    name: str
    adapter: str
    source: str | None
    options: JSON
    device: str
    dtype: str
    log: Path
    interpreter: str = sys.executable
    paths: tuple[str, ...] = ()
    origin: str = ""
    env: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What the child said about loading; memory in bytes, None where the system does not tell."""

    load_seconds: float
    device: str
    dtype: str
    runtime: str
    sample_rate: int
    versions: dict[str, str]
    device_notes: list[str]
    details: JSON
    peak_ram: int | None
    empty_ram: int | None
    peak_vram: int | None
    peak_vram_driver: int | None
    unified: bool | None


@dataclass(frozen=True, slots=True)
class Lap:
    """One call of the model: wall and processor seconds by the child's clocks, texts in the batch's order."""

    warmup: bool
    seconds: float
    cpu_seconds: float
    transcripts: list[JSON]
    peak_ram: int | None
    empty_ram: int | None
    peak_vram: int | None
    peak_vram_driver: int | None
    unified: bool | None


def _nothing() -> None:
    return None


class Host:
    """A running child. Every failure ends in a HostError; after a crash or a timeout the host is dead."""

    def __init__(self, plan: HostPlan, on_wait: Callable[[], None] = _nothing) -> None:
        self.plan = plan
        self._on_wait = on_wait
        self._log: IO[bytes] = plan.log.open("ab")
        self._log_start = self._log.tell()
        try:
            env = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1", **plan.env}
            command = [plan.interpreter, str(BOOT)]
            self._process, self._channel = process.start(command, self._log, env, cwd=None)
        except OSError as error:
            self._log.close()
            raise HostCrashedError(
                f"{plan.name}: cannot start {plan.interpreter} ({error.strerror or error}): correct the interpreter "
                "under asr_interpreters, or in the model's table"
            ) from error
        self.alive = True

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._process.pid

    def restrict(self, cores: Sequence[int]) -> None:
        """Let the child's work run on these processor cores alone."""
        affinity.restrict(self.pid, cores)

    def load(self, timeout: float) -> LoadReport:
        """Have the child load its model within `timeout` seconds."""
        plan = self.plan
        self._send(
            {
                "do": "load",
                "adapter": plan.adapter,
                "source": plan.source,
                "options": plan.options,
                "device": plan.device,
                "dtype": plan.dtype,
                "paths": list(plan.paths),
            }
        )
        answer = self._answer(timeout, "loading")
        return LoadReport(**{name: answer[name] for name in LoadReport.__slots__})

    def transcribe(
        self, batch: Sequence[Audio], request: Request, *, rounds: int, warmup: int, timeout: float
    ) -> list[Lap]:
        """Run `warmup` + `rounds` calls on `batch`; each has its own deadline of `timeout` seconds."""
        self._log_start = self._log_size()
        self._send(
            {
                "do": "transcribe",
                "clips": [{"name": a.name, "sample_rate": a.sample_rate, "bytes": len(a.pcm)} for a in batch],
                "request": {name: getattr(request, name) for name in Request.__slots__},
                "rounds": rounds,
                "warmup": warmup,
            },
            batch[0].pcm if len(batch) == 1 else b"".join(audio.pcm for audio in batch),
        )
        laps = []
        for _ in range(warmup + rounds):
            answer = self._answer(timeout, "transcribing")
            laps.append(Lap(**{name: answer[name] for name in Lap.__slots__}))
        return laps

    def reference(self, device: str) -> dict[str, float]:
        """Have the child time the accelerator's reference workload: {"device": seconds}, or nothing on a processor."""
        if device.partition(":")[0] not in REFERENCE_DEVICES:
            return {}
        self._send({"do": "reference", "device": device})
        seconds = self._answer(REFERENCE_SECONDS, "running the reference workload")["seconds"]
        return {} if seconds is None else {"device": seconds}

    def close(self) -> None:
        """Ask the child to stop, then make sure that it has. Its memory is free when this returns. Never raises."""
        if not self.alive:
            return
        try:
            self._channel.send({"do": "stop"})
            self._process.wait(EXIT_SECONDS)
        except Exception as error:  # a model that cannot be closed politely is killed like any other
            self._log.write(f"[asrbench] did not stop by itself: {error}\n".encode())
        self.kill()

    def kill(self) -> None:
        """End the child and everything that it started, now."""
        if self.alive:
            self.alive = False
            process.kill_tree(self._process)
            self._channel.close()
            self._log.close()

    def log_tail(self) -> str:
        """Return the last lines that the child printed since the current request began."""
        try:
            with self.plan.log.open("rb") as log:
                log.seek(max(self._log_start, log.seek(0, os.SEEK_END) - TAIL_BYTES))
                lines = log.read().decode("utf-8", "replace").splitlines()
        except OSError as error:
            return f"(no log: {error})"
        return "\n".join(lines[-TAIL_LINES:])

    def _log_size(self) -> int:
        return os.fstat(self._log.fileno()).st_size

    def _send(self, message: JSON, payload: bytes | memoryview = b"") -> None:
        try:
            self._channel.send(message, payload)
        except OSError as error:
            raise self._crashed("before it took the next request") from error

    def _answer(self, timeout: float, doing: str) -> dict[str, Any]:
        deadline = time.monotonic() + timeout
        while True:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                self.kill()
                raise HostTimeoutError(
                    f"{self.plan.name}: {doing} took longer than {timeout:g} s; the process was killed", self.log_tail()
                )
            if self._channel.poll(min(remaining, TICK_SECONDS)):
                break
            # A helper of the model may hold the other end of the stream open after the model itself is gone.
            if self._process.poll() is not None:
                raise self._crashed(f"while {doing}")
            self._on_wait()
        try:
            answer, _ = self._channel.receive()
        except (EOFError, OSError) as error:
            raise self._crashed(f"while {doing}") from error
        return self._understood(answer, doing)

    def _understood(self, answer: dict[str, Any], doing: str) -> dict[str, Any]:
        if answer["event"] == "failed":
            raise AdapterFailedError(
                f"{self.plan.name}: {answer['message']}"
                if answer["for_user"]
                else f"{self.plan.name}: {answer['kind']} while {doing}: {answer['message']}",
                "" if answer["for_user"] else self.log_tail(),
                "OutOfMemory" if answer["out_of_memory"] else answer["kind"],
                answer["traceback"],
            )
        return answer

    def _crashed(self, when: str) -> HostCrashedError:
        try:
            returncode = self._process.wait(EXIT_SECONDS)
            how = process.describe_exit(returncode)
        except subprocess.TimeoutExpired:
            how = "closed its connection"
        self.kill()
        return HostCrashedError(f"{self.plan.name}: the process {how} {when}", self.log_tail())
