"""The seam of a host: where a model lives, and how it is asked."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol

from pytest_asrbench.adapter import JSON, Audio, Decoding, Passage, Utterance
from pytest_asrbench.engine.host.answers import Call, Fed, LoadReport, Memory, Served
from pytest_asrbench.engine.host.plan import Limit
from pytest_asrbench.engine.host.serving import Schedule


class Host(Protocol):
    """A place where one model is loaded once and asked often. Every failure is a HostError or an UnsuitedError.

    After a HostCrashedError or a HostTimeoutError it is gone, and another one takes its place.
    """

    @property
    def processes(self) -> tuple[int, ...]:
        """The processes in which the model computes: one, or those of a pipeline's stages."""

    def restrict(self, cores: Sequence[int]) -> None:
        """Let the model work on these processor cores alone."""

    def load(self, limit: Limit) -> LoadReport:
        """Load the model within `limit`."""

    def transcribe(
        self, batch: Sequence[Utterance], decoding: Decoding, *, rounds: int, warmup: int, limit: Limit
    ) -> list[Call]:
        """Make `warmup` + `rounds` calls with all utterances of `batch` in each; `limit` is that of each call."""

    def rewrite(
        self, batch: Sequence[Passage], decoding: Decoding, *, rounds: int, warmup: int, limit: Limit
    ) -> list[Call]:
        """As `transcribe`, of a model that takes texts."""

    def feed(self, piece: Audio, last: bool, number: int, opening: JSON | None, limit: Limit) -> Fed:
        """Give the `number`-th piece of a stream, which `opening` opens; see `stream.HostStream`."""

    def serve(
        self,
        batch: Sequence[Utterance],
        decoding: Decoding,
        order: Sequence[int],
        schedule: Schedule,
        tell: Callable[[Served], None],
        limit: Limit,
    ) -> Memory:
        """Make a request for the clip of `batch` that `order` names, in turn, by the schedule.

        tell: is given what came of each, as soon as that is known. limit: how long the next one may take from its
        arrival, or from when the model was free. Returns the memory when all are through.
        """

    def reference(self, device: str, until: float = math.inf) -> dict[str, float]:
        """Time the accelerator's reference workload: {"device": seconds}, or nothing on a processor."""

    def close(self, until: float = math.inf) -> None:
        """End the model politely, and at `until` at once; its memory is free when this returns. Never raises."""

    def kill(self) -> None:
        """End the model now, whatever it is doing."""
