"""What two models tell, as one: seconds add up, and memory, where both are there at the same time, does, too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from typing import Any

from pytest_asrbench.adapter import Transcript
from pytest_asrbench.engine.host.answers import Call, LoadReport, Memory

COST = "cost"  # in the details of an answer
JOINT = "+"  # between what differs from stage to stage


def joined(names: Iterable[str]) -> str:
    """Names in order, each once."""
    return JOINT.join(dict.fromkeys(filter(None, names)))


def report(parts: Sequence[LoadReport], *, resident: bool) -> LoadReport:
    """The report of a pipeline; the sample rate is that of the model that listens."""
    return LoadReport(
        load_seconds=sum(one.load_seconds for one in parts),
        device=joined(one.device for one in parts),
        dtype=joined(one.dtype for one in parts),
        runtime=joined(one.runtime for one in parts),
        sample_rate=parts[0].sample_rate,
        versions={name: version for one in parts for name, version in one.versions.items()},
        device_notes=[note for one in parts for note in one.device_notes],
        details={"resident": resident},
        memory=_memory([one.memory for one in parts], sum if resident else max),
        parts=tuple(parts),
    )


def call(heard: Call, rewritten: Call) -> Call:
    """One call of the pipeline, of what each model did in it."""
    pairs = zip(heard.transcripts, rewritten.transcripts, strict=True)
    return replace(
        rewritten,
        transcripts=[_paid(*pair) for pair in pairs],
        number=heard.number,
        warmup=heard.warmup,
        seconds=heard.seconds + rewritten.seconds,
        cpu_seconds=heard.cpu_seconds + rewritten.cpu_seconds,
        parts=(heard, rewritten),
    )


def _paid(heard: Transcript, rewritten: Transcript) -> Transcript:
    """The second model's answer with what both cost, where one does; None where one does not tell."""
    costs = [one.details[COST] for one in (heard, rewritten) if COST in one.details]
    if not costs:
        return rewritten
    return replace(rewritten, details={**rewritten.details, COST: None if None in costs else sum(costs)})


def with_memory(one: Call, *, resident: bool) -> Call:
    """The call with the memory of both models: together, or of the one that took more."""
    return replace(one, memory=_memory([part.memory for part in one.parts], sum if resident else max))


def _memory(parts: Sequence[Memory], together: Callable[[list[Any]], Any]) -> Memory:
    """What is known of both; a model that computes elsewhere takes nothing here."""
    known = {one.name: [v for part in parts if (v := getattr(part, one.name)) is not None] for one in fields(Memory)}
    merged = {name: together(values) if values else None for name, values in known.items()}
    return Memory(**merged | {"unified": any(known["unified"]) if known["unified"] else None})
