"""What a record says of each model of a pipeline, and what a pipeline cannot be asked."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_asrbench.engine.host.answers import Call, LoadReport
from pytest_asrbench.engine.host.plan import HostPlan
from pytest_asrbench.engine.pipelines.merging import joined
from pytest_asrbench.engine.protocol import Job
from pytest_asrbench.errors import UnsuitedError
from pytest_asrbench.records import REMOTE_TIMING, TIMING, Stage

ASKS = "instruct"  # what a pipeline's second model can be asked for


def check(job: Job) -> None:
    """Raise UnsuitedError for what no pipeline can be asked, before anything is loaded for it."""
    if job.model.chain and job.load is not None:
        raise UnsuitedError(f"{job.model.name}: two models as one take a clip at a time, and no requests at a rate")
    if job.model.chain and job.decoding.task != ASKS:
        raise UnsuitedError(
            f"{job.model.name}: its second model does what a task's prompt says, and the task {job.case.task} has none "
            "for it: choose one that has, --asr-task=NAME"
        )


def timing(report: LoadReport) -> str:
    """Whose clocks measure a model: those of its process, or, where it computes elsewhere, its client's."""
    parts = report.parts or (report,)
    return joined(REMOTE_TIMING if one.remote else TIMING for one in parts)


def told(job: Job, plan: HostPlan, report: LoadReport, calls: Sequence[Call]) -> tuple[Stage, ...]:
    """What is known of each model of a pipeline after these timed calls; () for a model that is none."""
    if not job.model.chain:
        return ()
    names = [one.name for one in job.model.chain]
    if job.heard is not None:  # somebody else has listened
        return Stage(names[0], job.heard), _stage(names[1], plan, report, calls)
    parts = zip(names, plan.stages, report.parts, zip(*(one.parts for one in calls), strict=True), strict=True)
    return tuple(_stage(*part) for part in parts)


def _stage(name: str, plan: HostPlan, report: LoadReport, calls: Sequence[Call]) -> Stage:
    last = calls[-1]
    return Stage(
        name,
        last.transcripts[0].text,
        last.transcripts[0].details,
        seconds=tuple(one.seconds for one in calls),
        cpu_seconds=tuple(one.cpu_seconds for one in calls),
        timing=timing(report),
        load_seconds=report.load_seconds,
        load_details=report.details,
        weights=plan.origin,
        runtime=report.runtime,
        device=report.device,
        dtype=report.dtype,
        versions=report.versions,
        peak_ram=last.memory.peak_ram,
        peak_vram=last.memory.peak_vram,
    )
