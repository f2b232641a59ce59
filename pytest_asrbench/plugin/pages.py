"""The run's page, report.html: written when pytest-benchmark has saved the run, so that its history is complete."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_asrbench.adapter import Audio
from pytest_asrbench.errors import HistoryError
from pytest_asrbench.plugin.stash import FINDINGS, SAVED
from pytest_asrbench.store.files import storage_folder
from pytest_asrbench.store.serialized import to_dict

if TYPE_CHECKING:
    from pytest_asrbench.plugin.session import AsrSession
    from pytest_asrbench.report.page.document import AudioPlan

# A page must not make a session long: so much of its time for audio, and more for so few clips that all of them fit.
AUDIO_SHARE = 0.01
FEW_CLIPS = 32
FEW_CLIPS_SECONDS = 1.5
HISTORY_BYTES = 8_000_000  # of earlier saved runs to read, the newest; pytest-asrbench report reads them all


def write(asr: AsrSession) -> Path:
    """Write report.html into the run's folder and return its path; raises ReportError."""
    from pytest_asrbench.report.page.data import gather
    from pytest_asrbench.report.page.document import PAGE, write_page
    from pytest_asrbench.report.page.findings import add_findings
    from pytest_asrbench.report.page.history import history
    from pytest_asrbench.store.results import Run

    findings = asr.config.stash.get(FINDINGS, None)
    found = {} if findings is None else findings.to_dict()
    outcomes = asr.outcomes.values()
    run = Run(str(asr.folder.root), to_dict(asr.info), lambda: outcomes, found, asr.missed.all(), asr.speed)
    data = gather([run])
    add_findings(data)
    wanted, own = {(m, c) for m in asr.entries for c in asr.plan.sets}, asr.config.stash.get(SAVED, None)
    courses, notes = history(_storage(asr.config), wanted, HISTORY_BYTES, own)
    data.notes.extend(notes)
    remedy = "make room or name another folder with --asr-report-dir; the results are in results.json beside it"
    return write_page(asr.folder.run / PAGE, data, courses, _audio(asr), remedy)


def _audio(asr: AsrSession) -> AudioPlan | None:
    from pytest_asrbench.report.page.audio import RATE
    from pytest_asrbench.report.page.document import AudioPlan

    def find(run: int, corpus: str, name: str) -> Callable[[], Audio] | None:
        clip = f"{corpus}/{name}"
        return (lambda: asr.snippets[clip][1].read(RATE, name)) if clip in asr.snippets else None

    if asr.settings.report_audio == "none":
        return None
    seconds = AUDIO_SHARE * _seconds(asr)
    return AudioPlan(find, patience=max(seconds, FEW_CLIPS_SECONDS) if len(asr.snippets) <= FEW_CLIPS else seconds)


def _seconds(asr: AsrSession) -> float:
    """How long the session has taken."""
    started, finished = (
        datetime.fromisoformat(text) for text in (asr.info.started, asr.info.finished or asr.info.started)
    )
    return (finished - started).total_seconds()


def _storage(config: pytest.Config) -> Path:
    try:
        return storage_folder(str(config.option.benchmark_storage))
    except HistoryError:
        return Path("nowhere")  # saved elsewhere than in files: the page has no history
