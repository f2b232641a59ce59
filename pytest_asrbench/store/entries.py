"""What a saved run holds of one measured snippet, written as pytest-benchmark's `extra_info`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_asrbench.metrics import registry
from pytest_asrbench.metrics.metric import flat_names
from pytest_asrbench.metrics.totals import Totals
from pytest_asrbench.records import SCENARIO, Case, Counts, Outcome, Worded, set_name
from pytest_asrbench.store.serialized import CASE, to_dict
from pytest_asrbench.support import strict_json


@dataclass(frozen=True, slots=True)
class Entry(Worded):
    """What a comparison needs of one snippet, of this run or of a saved one; None and "": not known.

    seconds: compute time, the median of `rounds`; cpu_rounds: processor seconds of the same; others: the cores that
    other programs kept busy; cores_allowed: of how many the model could use the time; reference_seconds: what
    the reference workload took in between; asked: what the model was told, by `asked`. scores: what the metrics
    counted, metrics: their versions. A failed snippet has neither transcript nor seconds, and its scores are what that
    costs.
    """

    model: str
    corpus: str
    snippet: str
    normalized_reference: str
    normalized_transcript: str
    transcript: str | None
    seconds: float | None
    audio_seconds: float | None
    normalizer: str | None = None
    task: str | None = None
    scenario: str = SCENARIO
    timing: str | None = None
    corpus_version: str | None = None
    device: str | None = None
    dtype: str | None = None
    speaker: str | None = None
    unstable: bool | None = None
    cores_allowed: float | None = None
    rounds: tuple[float, ...] = ()
    cpu_rounds: tuple[float, ...] = ()
    others: tuple[float | None, ...] = ()
    reference_seconds: tuple[Mapping[str, float], ...] = ()
    asked: Mapping[str, Any] | None = None
    scores: Mapping[str, Counts] = field(default_factory=dict)
    metrics: Mapping[str, int | str] = field(default_factory=dict)

    @property
    def set_name(self) -> str:
        """What comparisons of it are of; see `records.set_name`."""
        return set_name(self.corpus, self.task, self.scenario)

    @property
    def device_kind(self) -> str | None:
        """The device without its number: "cuda" of "cuda:1"."""
        return device_kind(self.device)


_EMPTY = {name: value for name, value in to_dict(Outcome("", "", "")).items() if not value}
_TOLD = ("transcript", "device", "dtype", "normalizer", "peak_ram")
# Facts of an outcome that a saved run may lack.
KNOWN_OR_NOT = (
    *("normalizer", "task", "timing", "corpus_version", "device", "dtype", "speaker", "unstable", "cores_allowed"),
)


def device_kind(device: str | None) -> str | None:
    """The kind of a device: "cuda" of "cuda:1"; None where the device is not known."""
    return device.partition(":")[0] if device else None


RECORD = "outcome"


def extra_info(outcome: Outcome) -> dict[str, Any]:
    """What people look for in pytest-benchmark's JSON of a measured case; programs read the whole outcome, `record`."""
    figures: dict[str, Any] = {name: getattr(outcome, name) for name in CASE}
    figures |= {metric.name: outcome.scores[metric.name].rate for metric in registry.known(outcome.scores)}
    return figures | {"seconds": outcome.time, **{name: getattr(outcome, name) for name in _TOLD}}


def record(outcome: Outcome) -> str:
    """The outcome as the journal has it, in one line: pytest-benchmark's writer takes long for each value.

    What is empty is left out: the writer has the whole file in memory, several times. What says something by default,
    the definition of its seconds for one, is told: another version's default may be another.
    """
    values = to_dict(outcome).items()
    return strict_json.dumps({name: value for name, value in values if name not in _EMPTY or value != _EMPTY[name]})


def case_of(info: Mapping[str, Any]) -> Case:
    """The case in a benchmark's `extra_info`, of whose values nothing is known."""
    return Case(*(str(info.get(name, "")) for name in CASE))


def add_records(benchmarks: Iterable[Mapping[str, Any]], outcomes: Mapping[Case, Outcome]) -> None:
    """Put the outcome of each measured case among `benchmarks`, which are about to be saved, into its `extra_info`."""
    for info in (one["extra_info"] for one in benchmarks):
        outcome = outcomes.get(case_of(info))
        if outcome is not None:
            info[RECORD] = record(outcome)


def saved_info(outcome: Outcome) -> dict[str, Any]:
    """All that is saved of a measured case."""
    return {**extra_info(outcome), RECORD: record(outcome)}


def asked(outcome: Outcome) -> dict[str, Any] | None:
    """What the model was told, as far as it may differ from run to run: what is not in here was left to it.

    None for an outcome of a version that did not record it.
    """
    if not outcome.task_version:
        return None
    told = {"task version": outcome.task_version, "prompt": outcome.prompt_digest, "language": outcome.language_told}
    return {name: value for name, value in {**told, **outcome.decoding}.items() if value not in (None, "")}


def totals_info(totals: Totals) -> dict[str, Any]:
    """The same of the totals of a corpus: rates with what failures cost, and how much that is."""
    names = ("model", "corpus", "task", "scenario", "wer_measured", "measured", "failed", "skipped")
    lost = {metric.name: totals.lost[metric.name].total for metric in registry.known(totals.lost)}
    return {
        **{name: getattr(totals, name) for name in names},
        **{name: totals.rate(name) for name in registry.installed()},
        **{flat_names(registry.get(name)).get("lost", f"{name}_lost"): total for name, total in lost.items()},
        "lost_words": totals.lost_words,
    }


def entry_of(outcome: Outcome) -> Entry | None:
    """What a comparison needs of an outcome; None if that is not measured, or has no scores."""
    if not outcome.scores or not outcome.measured:
        return None
    return Entry(
        outcome.model,
        outcome.corpus,
        outcome.snippet,
        normalized_reference=outcome.normalized_reference or "",
        normalized_transcript=outcome.normalized_transcript or "",
        transcript=outcome.transcript,
        seconds=outcome.time,
        rounds=outcome.seconds,
        cpu_rounds=outcome.cpu_seconds,
        others=outcome.others,
        reference_seconds=outcome.reference_seconds,
        asked=asked(outcome),
        scores=outcome.scores,
        metrics=outcome.metrics,
        **{name: getattr(outcome, name) for name in ("audio_seconds", "scenario", *KNOWN_OR_NOT)},
    )
