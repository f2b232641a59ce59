"""The seam of an engine: what it is asked to measure, and what it tells. What it tells is judged by others."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pytest_asrbench.adapter import Decoding
from pytest_asrbench.corpus.snippet import Snippet
from pytest_asrbench.engine.load import Load
from pytest_asrbench.models.entry import ModelEntry
from pytest_asrbench.records import Case, Measurement


@dataclass(frozen=True, slots=True)
class Job:
    """One case to be measured, with all that an engine must know of it. Portable: it can be pickled and sent away.

    recording: the snippet, of which an engine needs the audio alone. language, prompt, decoding: what the model is
    told, see `adapter`. rounds: timed calls. heard: the recording's transcript, where the model is asked to go on from
    one that was made elsewhere: it is given that in place of the audio. load: in the scenario `server`, that of all
    jobs of its set (`Case.whole`), which are measured in one run; None: the clip is asked for by itself.
    """

    case: Case
    model: ModelEntry
    recording: Snippet
    decoding: Decoding
    language: str | None = None
    prompt: str | None = None
    rounds: int = 1
    heard: str | None = None
    load: Load | None = None


class Engine(Protocol):
    """Who measures. Whatever goes wrong with a case is told in its measurement, and costs no other case.

    exclusive: whether a model that is measured has the machine to itself. Only then its speed may be judged. Times are
    readings of time.monotonic().
    """

    exclusive: bool

    def submit(self, jobs: Iterable[Job]) -> None:
        """Take notice of what will be asked for, in order; a later job of the same case takes the place of the first.

        An engine that has several machines may begin at once.
        """

    def result(self, case: Case, until: float = math.inf) -> Measurement:
        """Measure a submitted case, or wait for it; all of it must be done at `until`. Asked again, measure it anew."""

    def repeat(
        self, case: Case, until: float = math.inf, *, beat: bool = True, cores: Sequence[int] = ()
    ) -> Measurement:
        """Measure one more round of a submitted case, and that alone; raises AsrBenchError where nothing came of it.

        beat: whether the reference workload may follow. cores: the processor cores that it must run on, () for any.
        """

    def start(self, models: Sequence[str], until: float = math.inf) -> None:
        """Have these models loaded beside one another, in this order; raises AsrBenchError.

        What an engine that is not exclusive does here is its own affair: nothing, as a rule.
        """

    def close(self, model: str = "", until: float = math.inf) -> None:
        """End what is at work for `model` ("": for any); its memory is free when this returns. Never raises.

        Whatever is asked for later is begun anew.
        """


class Events(Protocol):
    """Who is told how far the measuring is, for people who watch."""

    def case(self, model: str, name: str) -> None:
        """`model` starts on `name`."""

    def step(self, doing: str) -> None:
        """The current case has got to something that may take long: "loading", "first call"."""

    def tick(self) -> None:
        """A second has gone by."""


class Silent:
    """Nobody watches."""

    def case(self, model: str, name: str) -> None:
        """Nothing."""

    def step(self, doing: str) -> None:
        """Nothing."""

    def tick(self) -> None:
        """Nothing."""
