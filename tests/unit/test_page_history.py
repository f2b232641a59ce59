"""The history of a page: what of the storage is read, and what is said of the rest."""

from __future__ import annotations

import os
from pathlib import Path

from pytest_asrbench.report.page.history import history
from pytest_asrbench.store.runs import read_run
from tests.unit.outcomes import measured
from tests.unit.saved_runs import document, save

WANTED = {("model", "corpus")}


def storage(folder: Path, runs: int) -> list[Path]:
    """Save `runs` runs, a second apart."""
    paths = [save(folder, number, document([measured()], day=number)) for number in range(1, runs + 1)]
    for number, path in enumerate(paths):
        os.utime(path, (1_000_000 + number,) * 2)
    return paths


def test_the_newest_runs_that_fit_are_read_and_the_rest_is_told(tmp_path: Path) -> None:
    paths = storage(tmp_path, 3)
    ((course,), notes) = history(tmp_path, WANTED, max_bytes=sum(path.stat().st_size for path in paths[1:]))
    assert [point["run"] for point in course["points"]] == ["0002", "0003"]
    assert notes == ["The history shows the last 2 of 3 saved runs; pytest-asrbench report reads them all."]


def test_a_run_that_is_too_large_is_not_read_not_even_the_newest(tmp_path: Path) -> None:
    storage(tmp_path, 2)
    assert history(tmp_path, WANTED, max_bytes=10) == (
        [],
        ["The history shows none of 2 saved runs; pytest-asrbench report reads them all."],
    )


def test_the_sessions_own_run_is_there_without_being_read(tmp_path: Path) -> None:
    paths = storage(tmp_path, 2)
    own = read_run(paths[-1], tmp_path)
    paths[-1].write_text("not JSON")
    ((course,), notes) = history(tmp_path, WANTED, max_bytes=10, own=own)
    assert [point["run"] for point in course["points"]] == ["0002"]
    assert notes == ["The history shows the last one of 2 saved runs; pytest-asrbench report reads them all."]
    ((course,), notes) = history(tmp_path, WANTED, own=own)
    assert [point["run"] for point in course["points"]] == ["0001", "0002"]
    assert own is not None
    assert course["points"][1]["wer_change"]["against"] == own.file.replace("0002", "0001")
    assert notes == []
