"""What is asked of a model's process: how it is brought up, and how long an answer may take."""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from pytest_asrbench.adapter import JSON, Audio, Decoding


@dataclass(frozen=True, slots=True)
class HostPlan:
    """All that is needed to bring a model up in a process of its own.

    adapter: "module:Class". interpreter: path of a Python executable.
    paths: entries appended to the child's sys.path. device and dtype: as the user asked ("auto" included).
    origin: where the weights came from, for the record. env: variables that are set; env_names: those of ours that the
    process gets beyond what every model gets. server: what the child starts for its adapter, see `host.server`; the
    source is then the server's. stages: plans of a pipeline's models, each with a process of its own;
    resident: whether both are there at the same time, not in turn.
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
    env_names: tuple[str, ...] = ()
    server: JSON | None = None
    stages: tuple[HostPlan, ...] = ()
    resident: bool = True


@dataclass(frozen=True, slots=True)
class Limit:
    """How long one answer may take: `seconds`, and not beyond `until`, which is a reading of time.monotonic()."""

    seconds: float
    until: float = math.inf

    def deadline(self) -> float:
        """The reading of time.monotonic() at which an answer that is waited for from now on is too late."""
        return min(time.monotonic() + self.seconds, self.until)


def described(audio: Audio) -> JSON:
    """What is said of a clip whose samples go along."""
    return {"name": audio.name, "sample_rate": audio.sample_rate, "bytes": len(audio.pcm)}


def plain(decoding: Decoding) -> JSON:
    """A decoding as it is sent."""
    return {name: getattr(decoding, name) for name in Decoding.__slots__}
