"""What is asked of a model, and how its answers are read, whatever carries the messages to it and back."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Any

from pytest_asrbench.adapter import JSON, Audio, Decoding, Passage, Utterance
from pytest_asrbench.engine.host.answers import Call, Fed, LoadReport, Memory, Served, Through, record, served
from pytest_asrbench.engine.host.log import Log
from pytest_asrbench.engine.host.plan import HostPlan, Limit, described, plain
from pytest_asrbench.engine.host.serving import Schedule
from pytest_asrbench.errors import (
    AdapterFailedError,
    HostCrashedError,
    HostError,
    HostTimeoutError,
    ServerEndedError,
    ServerLateError,
    UnsuitedError,
)
from pytest_asrbench.support.redaction import secrets, with_secrets

REFERENCE_DEVICES = ("cuda", "rocm", "xpu", "mps")
REFERENCE_SECONDS = 60.0
# What the child says of a server that it has started, and what that is to those who asked: the host is of no more use.
_ENDS: Mapping[str, type[HostError]] = {
    ServerEndedError.__name__: HostCrashedError,
    ServerLateError.__name__: HostTimeoutError,
}


class Asking(ABC):
    """A host but for the way of its messages."""

    def __init__(self, plan: HostPlan, log: Log) -> None:
        self.plan = plan
        self.alive = True
        self.secrets: tuple[str, ...] | None = None  # that the child may know; None: those of this moment
        self._log = log

    def load(self, limit: Limit) -> LoadReport:
        """Have the child load its model within `limit`."""
        plan = self.plan
        message = {
            "do": "load",
            "adapter": plan.adapter,
            "source": plan.source,
            "options": with_secrets(plan.options, plan.name),
            "device": plan.device,
            "dtype": plan.dtype,
            "paths": list(plan.paths),
            "server": with_secrets(plan.server, plan.name) if plan.server is not None else None,
            "patience": limit.seconds,
        }
        self.secrets = secrets()  # with those that the options have named just now; it is told of no others
        self._ask(message, b"", limit, "loading")
        return record(LoadReport, self._answer("loaded", limit, "loading"))

    def transcribe(
        self, batch: Sequence[Utterance], decoding: Decoding, *, rounds: int, warmup: int, limit: Limit
    ) -> list[Call]:
        """Make `warmup` + `rounds` calls with all utterances of `batch` in each; `limit` is that of each call."""
        self._log.mark()
        message = {
            "do": "transcribe",
            "utterances": _described(batch),
            "decoding": plain(decoding),
            "rounds": rounds,
            "warmup": warmup,
        }
        pcm = batch[0].audio.pcm if len(batch) == 1 else b"".join(one.audio.pcm for one in batch)
        self._ask(message, pcm, limit, "transcribing")
        return self._calls(rounds, warmup, len(batch), limit, "transcribing")

    def rewrite(
        self, batch: Sequence[Passage], decoding: Decoding, *, rounds: int, warmup: int, limit: Limit
    ) -> list[Call]:
        """Make `warmup` + `rounds` calls with all passages of `batch` in each; `limit` is that of each call."""
        self._log.mark()
        message = {
            "do": "rewrite",
            "passages": [{"text": one.text, "prompt": one.prompt, "name": one.name} for one in batch],
            "decoding": plain(decoding),
            "rounds": rounds,
            "warmup": warmup,
        }
        self._ask(message, b"", limit, "rewriting")
        return self._calls(rounds, warmup, len(batch), limit, "rewriting")

    def feed(self, piece: Audio, last: bool, number: int, opening: JSON | None, limit: Limit) -> Fed:
        """Give the child the `number`-th piece of a stream, which `opening` opens; see `stream.HostStream`."""
        if opening is not None:
            self._log.mark()
        message = {"do": "feed", "open": opening, "number": number, "piece": described(piece), "last": last}
        self._ask(message, piece.pcm, limit, "listening")
        fed = record(Fed, self._answer("fed", limit, "listening"))
        if fed.number != number:
            raise self._garbled(f"what it heard in piece {fed.number} when that of piece {number} was due")
        return fed

    def serve(
        self,
        batch: Sequence[Utterance],
        decoding: Decoding,
        order: Sequence[int],
        schedule: Schedule,
        tell: Callable[[Served], None],
        limit: Limit,
    ) -> Memory:
        """Have the child make the requests of `schedule` for the clips of `batch` that `order` names; see `Host`."""
        self._log.mark()
        message = {
            "do": "serve",
            "utterances": _described(batch),
            "decoding": plain(decoding),
            "order": list(order),
            "arrivals": None if schedule.arrivals is None else list(schedule.arrivals),
            "clients": schedule.clients,
        }
        doing, patience = "serving requests", Limit(limit.seconds + ceil(schedule.longest_silence), limit.until)
        self._ask(message, b"".join(one.audio.pcm for one in batch), patience, doing)
        told: set[int] = set()
        while (answer := self._answer("served", patience, doing, "through"))["event"] == "served":
            failure = answer["failure"]
            request = served(answer, self._failure(failure, "transcribing") if failure is not None else None)
            if request.number in told or request.number >= len(order):
                raise self._garbled(f"what came of request {request.number} when that of another one was due")
            told.add(request.number)
            tell(request)
        if len(told) < len(order):
            raise self._garbled(f"the end of a load of which {len(told)} of {len(order)} requests were told")
        return record(Through, answer).memory

    def reference(self, device: str, until: float = math.inf) -> dict[str, float]:
        """Have the child time the accelerator's reference workload: {"device": seconds}, or nothing on a processor."""
        if device.partition(":")[0] not in REFERENCE_DEVICES:
            return {}
        limit, doing = Limit(REFERENCE_SECONDS, until), "running the reference workload"
        self._ask({"do": "reference", "device": device}, b"", limit, doing)
        seconds = self._answer("reference", limit, doing)["seconds"]
        return {} if seconds is None else {"device": seconds}

    def log_tail(self) -> str:
        """Return the last lines that the child printed since the current request began."""
        return self._log.tail()

    def _calls(self, rounds: int, warmup: int, texts: int, limit: Limit, doing: str) -> list[Call]:
        return [self._call(number, number < warmup, texts, limit, doing) for number in range(warmup + rounds)]

    def _call(self, number: int, warmup: bool, texts: int, limit: Limit, doing: str) -> Call:
        call = record(Call, self._answer("call", limit, doing))
        if (call.number, call.warmup, len(call.transcripts)) != (number, warmup, texts):
            raise self._garbled(
                f"{len(call.transcripts)} texts of call {call.number} when {texts} of call {number} were due"
            )
        return call

    def _understood(self, answer: dict[str, Any], doing: str) -> dict[str, Any]:
        if answer["event"] != "failed":
            return answer
        raise self._failure(answer, doing)

    def _failure(self, told: Mapping[str, Any], doing: str) -> HostError | UnsuitedError:
        """The error of what the adapter raised, as an event tells it."""
        name, kind, message = self.plan.name, told["kind"], told["message"]
        if kind == UnsuitedError.__name__:
            return UnsuitedError(f"{name}: {message}")
        if kind in _ENDS:
            self.kill()
            return _ENDS[kind](f"{name}: {message}", self.log_tail())
        return AdapterFailedError(
            f"{name}: {message}"
            if told["for_user"]
            else f"{name}: {kind} while {doing}" + f": {message}" * bool(message),
            "" if told["for_user"] else self.log_tail(),
            "OutOfMemory" if told["out_of_memory"] else kind,
        )

    @abstractmethod
    def kill(self) -> None:
        """End the model now, whatever it is doing."""

    @abstractmethod
    def _ask(self, message: JSON, payload: bytes | memoryview, limit: Limit, doing: str) -> None:
        """Send a request; raises HostError."""

    @abstractmethod
    def _answer(self, event: str, limit: Limit, doing: str, *others: str) -> dict[str, Any]:
        """Return the next answer, which must be `event` or one of `others`; raises HostError, or UnsuitedError."""

    @abstractmethod
    def _garbled(self, what: str) -> HostError:
        """The error for an answer that is none to what was asked; the host is of no more use."""


def _described(batch: Sequence[Utterance]) -> list[JSON]:
    return [{**described(one.audio), "language": one.language, "prompt": one.prompt} for one in batch]
