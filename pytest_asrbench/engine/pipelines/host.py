"""The host of a pipeline: that of the model that listens, and that of the one which is given what was heard."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pytest_asrbench.adapter import JSON, Audio, Decoding, Passage, Utterance
from pytest_asrbench.engine.host.answers import Call, Fed, LoadReport, Memory, Served
from pytest_asrbench.engine.host.plan import Limit
from pytest_asrbench.engine.host.protocol import Host
from pytest_asrbench.engine.host.serving import Schedule
from pytest_asrbench.engine.pipelines import merging
from pytest_asrbench.errors import HostCrashedError, HostTimeoutError, UnsuitedError

LISTENS, READS = 0, 1  # the places of the two


@dataclass(frozen=True, slots=True)
class Listening:
    """What the model that listens is told: to write down what is said, whatever the other one makes of that."""

    prompt: str | None = None
    max_new_tokens: int | None = None

    def utterance(self, one: Utterance) -> Utterance:
        """The clip, in its language, without the words that are meant for the other model."""
        return Utterance(one.audio, one.language, self.prompt)


class PipelineHost(Host):
    """Both models together: each call's seconds are the sum of theirs, its parts what each of them took.

    start: what starts the process of each. resident: whether both stay in memory; else one is ended before the other
    is loaded, and each call loads and warms up both anew. A fault of one ends both.
    """

    def __init__(self, start: tuple[Callable[[], Host], Callable[[], Host]], listening: Listening, *, resident: bool):
        self._start = start
        self._listening = listening
        self._resident = resident
        self._hosts: list[Host | None] = [None, None]
        self._load_limit = Limit(math.inf)
        self._warmup = 0
        self._cores: tuple[int, ...] = ()

    @property
    def processes(self) -> tuple[int, ...]:
        """Those that are there."""
        return tuple(process for host in self._hosts if host is not None for process in host.processes)

    def restrict(self, cores: Sequence[int]) -> None:
        """Hold them to these cores, those that are started later, too."""
        self._cores = tuple(cores)
        for host in filter(None, self._hosts):
            host.restrict(cores)

    def load(self, limit: Limit) -> LoadReport:
        """Load each model within `limit`; the one that listens comes last, as it is the first to be asked."""
        self._load_limit = limit
        with self._all_or_none():
            reads = self._loaded(READS, limit.until)
            self._through(READS, limit.until)
            listens = self._loaded(LISTENS, limit.until)
        return merging.report((listens, reads), resident=self._resident)

    def transcribe(
        self, batch: Sequence[Utterance], decoding: Decoding, *, rounds: int, warmup: int, limit: Limit
    ) -> list[Call]:
        """Have the clips heard in all calls, and then rewritten; `limit` is that of each call of each model."""
        self._warmup = max(self._warmup, warmup)
        if not self._resident:
            warmup = self._warmup  # each is new
        told = Decoding(max_new_tokens=self._listening.max_new_tokens)
        with self._all_or_none():
            clips = [self._listening.utterance(one) for one in batch]
            heard = self._up(LISTENS, limit.until).transcribe(clips, told, rounds=rounds, warmup=warmup, limit=limit)
            self._through(LISTENS, limit.until)
            host = self._up(READS, limit.until)
            calls = [merging.call(one, self._rewritten(host, one, batch, decoding, limit)) for one in heard]
            self._through(READS, limit.until)
        return [merging.with_memory(one, resident=self._resident) for one in calls]

    def rewrite(
        self, batch: Sequence[Passage], decoding: Decoding, *, rounds: int, warmup: int, limit: Limit
    ) -> list[Call]:
        """Raise UnsuitedError: it begins with audio."""
        raise UnsuitedError("a pipeline takes audio, no texts")

    def feed(self, piece: Audio, last: bool, number: int, opening: JSON | None, limit: Limit) -> Fed:
        """Raise UnsuitedError: what comes behind needs the whole transcript."""
        raise UnsuitedError("a pipeline takes whole clips only, no streams")

    def serve(
        self,
        batch: Sequence[Utterance],
        decoding: Decoding,
        order: Sequence[int],
        schedule: Schedule,
        tell: Callable[[Served], None],
        limit: Limit,
    ) -> Memory:
        """Raise UnsuitedError: each of the two has a queue of its own."""
        raise UnsuitedError("a pipeline takes one clip at a time, no requests at a rate")

    def reference(self, device: str, until: float = math.inf) -> dict[str, float]:
        """Time the accelerator's reference workload, if both models are on the same one."""
        host = self._hosts[READS]
        return host.reference(device, until) if host is not None and merging.JOINT not in device else {}

    def close(self, until: float = math.inf) -> None:
        """End both politely."""
        for place in (LISTENS, READS):
            self._end(place, until)

    def kill(self) -> None:
        """End both at once."""
        for host in filter(None, self._hosts):
            host.kill()
        self._hosts = [None, None]

    def _rewritten(self, host: Host, heard: Call, batch: Sequence[Utterance], decoding: Decoding, limit: Limit) -> Call:
        """Have what was heard in one call rewritten."""
        passages = [
            Passage(said.text, one.prompt, one.audio.name) for said, one in zip(heard.transcripts, batch, strict=True)
        ]
        (call,) = host.rewrite(passages, decoding, rounds=1, warmup=0, limit=limit)
        return call

    def _loaded(self, place: int, until: float) -> LoadReport:
        """Start a process, and load its model."""
        host = self._start[place]()
        self._hosts[place] = host
        if self._cores:
            host.restrict(self._cores)
        return host.load(Limit(self._load_limit.seconds, until))

    def _up(self, place: int, until: float) -> Host:
        """Return the host of a model, loaded now if there is none."""
        if self._hosts[place] is None:
            self._loaded(place, until)
        host = self._hosts[place]
        assert host is not None
        return host

    def _through(self, place: int, until: float) -> None:
        """A model has done its part: it makes room for the other, unless both may stay."""
        if not self._resident:
            self._end(place, until)

    def _end(self, place: int, until: float) -> None:
        host, self._hosts[place] = self._hosts[place], None
        if host is not None:
            host.close(until)

    @contextmanager
    def _all_or_none(self) -> Iterator[None]:
        """When one of them is gone, the other one goes, too."""
        try:
            yield
        except (HostCrashedError, HostTimeoutError):
            self.kill()
            raise
