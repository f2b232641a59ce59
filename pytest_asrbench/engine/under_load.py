"""One run at a rate: all clips of a corpus, of which each gets its part of what came of it.

A run that is cut off, by a crash or a deadline, keeps what was answered until then: the requests that were not are
failures like those that the model refused. Nothing is asked again, as that would be another load.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pytest_asrbench.adapter import Audio, Utterance
from pytest_asrbench.engine.host.answers import Memory, Served
from pytest_asrbench.engine.host.plan import Limit
from pytest_asrbench.engine.host.protocol import Host
from pytest_asrbench.engine.hosting import Hosting, Policy
from pytest_asrbench.engine.protocol import Job
from pytest_asrbench.errors import (
    AdapterFailedError,
    AsrBenchError,
    CorpusError,
    HostCrashedError,
    HostTimeoutError,
    UnsuitedError,
)
from pytest_asrbench.records import Measurement, Request, variants

MOST_BYTES = 2**29  # of samples that a model's process holds for a run: 2.3 hours at 16 kHz


@dataclass(slots=True)
class Part:
    """A clip of a run: what is asked, where that is written down, the samples, and the numbers of its requests."""

    job: Job
    measured: Measurement
    audio: Audio
    numbers: list[int] = field(default_factory=list)

    @property
    def utterance(self) -> Utterance:
        """What the model is given."""
        return Utterance(self.audio, self.job.language, self.job.prompt)


@dataclass(slots=True)
class Run:
    """What came of a run: the requests by number, the memory at its end, and what has cut it off, if anything has.

    arrivals: those of the schedule; () of clients who wait for their answers. first_seconds: of the first warm-up call,
    where the host had just been started.
    """

    arrivals: Sequence[float] = ()
    served: dict[int, Served] = field(default_factory=dict)
    memory: Memory | None = None
    cut_off: AsrBenchError | None = None
    first_seconds: float | None = None


def run(
    parts: Sequence[Part], hosting: Hosting, policy: Policy, on_step: Callable[[str], None], until: float = math.inf
) -> Run:
    """Make the requests of the load that the jobs of `parts` name, and note in these which are theirs.

    Warm-up calls come before, if the host has just been started. It is loaded.
    """
    load = parts[0].job.load
    assert load is not None
    order = load.order(len(parts))
    for number, place in enumerate(order):
        parts[place].numbers.append(number)
    schedule, (host, _) = load.schedule(len(order)), hosting.loaded(until)
    found, limit = Run(schedule.arrivals or ()), Limit(policy.timeout, until)

    def take(served: Served) -> None:
        found.served[served.number] = served
        on_step(f"request {len(found.served)} of {len(order)} answered")

    try:
        if hosting.cold and policy.warmup:
            found.first_seconds = _warm_up(host, parts[0], policy.warmup, limit)
        batch = [part.utterance for part in parts]
        found.memory = host.serve(batch, parts[0].job.decoding, order, schedule, take, limit)
        hosting.answered()
    except (HostCrashedError, HostTimeoutError) as error:
        hosting.gone(error)
        found.cut_off = error
    except AsrBenchError as error:
        found.cut_off = error
    return found


def too_large(job: Job) -> CorpusError:
    """The error for more samples than a model's process is to hold."""
    return CorpusError(
        f"the recordings of {job.case.corpus} are more than {MOST_BYTES / 2**20:.0f} MB of samples, which is what a "
        "run at a rate holds in memory (2.3 hours at 16 kHz): take a part of the corpus, with -k for one"
    )


def _warm_up(host: Host, part: Part, calls: int, limit: Limit) -> float | None:
    """Make the untimed calls, of one clip, and return the seconds of the first.

    What the model refuses there, it will refuse in the run.
    """
    try:
        return host.transcribe([part.utterance], part.job.decoding, rounds=0, warmup=calls, limit=limit)[0].seconds
    except (AdapterFailedError, UnsuitedError):
        return None


def fill(part: Part, run: Run) -> None:
    """Write down what came of a clip's requests; raises the first one's error where not all of them were answered."""
    measured, served = part.measured, [run.served.get(number) for number in part.numbers]
    errors = [run.cut_off if one is None else one.error for one in served]
    asked = zip(part.numbers, served, errors, strict=True)
    measured.requests = tuple(_request(run, number, one, error) for number, one, error in asked)
    for error in filter(None, errors):
        raise error
    answered = [one for one in served if one is not None and one.transcript is not None]
    texts = [one.transcript for one in answered if one.transcript is not None]
    measured.transcript, measured.transcript_details = texts[-1].text, texts[-1].details
    measured.variants = variants([one.text for one in texts])
    measured.unstable = bool(measured.variants)
    measured.seconds = tuple(one.finished - one.started for one in answered)


def tell_share(measured: Measurement) -> None:
    """Say how many of a clip's requests failed, where that is more than its error says."""
    failed = sum(bool(one.error) for one in measured.requests)
    if failed and len(measured.requests) > 1:
        measured.error = (
            f"{failed} of {len(measured.requests)} requests for it failed, the first one so: {measured.error}"
        )


def _request(run: Run, number: int, served: Served | None, error: AsrBenchError | None) -> Request:
    text = str(error) if error is not None else ""
    if served is not None:
        return Request(served.due, served.started, served.finished, served.late, text)
    last = max((one.finished for one in run.served.values()), default=0.0)
    return Request(run.arrivals[number] if run.arrivals else last, error=text)
