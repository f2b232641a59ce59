"""The records that are made of a child's answers, once these are `checked`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pytest_asrbench.adapter import JSON, Partial, Transcript
from pytest_asrbench.errors import AsrBenchError


@dataclass(frozen=True, slots=True)
class Memory:
    """The child's memory by now, in bytes; None where the system does not tell."""

    peak_ram: int | None
    empty_ram: int | None
    peak_vram: int | None
    peak_vram_driver: int | None
    unified: bool | None


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What the child said about loading.

    remote: whether the model is asked in another program, so that the clock of a call is its client's. parts: what the
    stages' children said, of which a pipeline's is made.
    """

    load_seconds: float
    device: str
    dtype: str
    runtime: str
    sample_rate: int
    versions: dict[str, str]
    device_notes: list[str]
    details: JSON
    memory: Memory
    remote: bool = False
    parts: tuple[LoadReport, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the model, the `number`-th of its request: wall and processor seconds by the child's clocks.

    transcripts: those of its utterances, in order; the seconds are those of all of them together. parts: those of the
    stages, in order, of which a pipeline's call is the sum.
    """

    number: int
    warmup: bool
    seconds: float
    cpu_seconds: float
    transcripts: list[Transcript]
    memory: Memory
    parts: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Fed:
    """What a stream made of its `number`-th piece; at: seconds since it was opened, by the child's clock."""

    number: int
    seconds: float
    cpu_seconds: float
    at: float
    partials: list[Partial]
    memory: Memory


@dataclass(frozen=True, slots=True)
class Served:
    """What came of the `number`-th request of a load; times as `records.Request` has them.

    transcript: None where the adapter raised `error`.
    """

    number: int
    due: float
    started: float
    finished: float
    late: float
    transcript: Transcript | None
    error: AsrBenchError | None


@dataclass(frozen=True, slots=True)
class Through:
    """The end of a load."""

    memory: Memory


Event = TypeVar("Event", LoadReport, Call, Fed, Through)


def record(kind: type[Event], answer: Mapping[str, Any]) -> Event:
    """The record of an answer that has been checked."""
    memory = Memory(**{name: answer[name] for name in Memory.__slots__})
    return kind(**{name: answer[name] for name in kind.__slots__ if name in answer}, memory=memory)


def served(answer: Mapping[str, Any], error: AsrBenchError | None) -> Served:
    """The record of what came of a request, of which an adapter's failure has become `error`."""
    return Served(**{name: answer[name] for name in Served.__slots__ if name in answer}, error=error)
