"""The highest marks of memory in earlier runs, wherever these lie, and that they stand in for estimates."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.machine import facts
from pytest_asrbench.records import Outcome
from pytest_asrbench.report.results import write_json
from pytest_asrbench.store.peaks import Peak, peak_of, read_peaks
from tests.unit import saved_runs
from tests.unit.commands import stand_in, typed
from tests.unit.outcomes import failed, measured, run_info

MB = 10**6
_FACTS = facts.facts()


def of(model: str, seconds: float, ram: int, empty: int | None = 20, **more: Any) -> Outcome:
    """A case on the CPU with these peaks, in MB."""
    empty_ram = None if empty is None else empty * MB
    outcome = measured(audio_seconds=seconds, peak_ram=ram * MB, empty_ram=empty_ram, **more)
    outcome.model = model
    return outcome


def report(folder: Path, *outcomes: Outcome) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder, run_info(), outcomes, [])


def test_of_a_cpu_it_is_what_the_process_took_beyond_an_empty_one() -> None:
    assert peak_of(of("m", 3.0, 320)) == Peak(300 * MB, 3.0)
    assert peak_of(of("m", 3.0, 320, empty=None)) == Peak(320 * MB, 3.0)
    assert peak_of(failed()) is None
    assert peak_of(measured(peak_ram=None)) is None


def test_of_an_accelerator_it_is_the_larger_mark() -> None:
    card = measured(device="cuda:0", peak_vram=3 * MB, peak_vram_driver=5 * MB)
    assert peak_of(card) == Peak(5 * MB, 2.0)
    assert peak_of(measured(device="cuda:0", peak_vram=3 * MB)) == Peak(3 * MB, 2.0)
    assert peak_of(measured(device="vulkan:0")) is None, "the process's own memory is none of a card's"


def test_the_largest_mark_of_all_runs_counts(tmp_path: Path) -> None:
    report(tmp_path / "reports", of("a", 2.0, 320), of("a", 9.0, 420), of("b", 1.0, 120))
    report(tmp_path / "reports" / "runs" / "earlier", of("a", 30.0, 370))
    saved = saved_runs.document([of("a", 4.0, 520), of("c", 5.0, 60, dtype="int8")])
    saved_runs.save(tmp_path / "storage", 1, saved)
    found, problems = read_peaks(tmp_path / "reports", tmp_path / "storage")
    assert problems == []
    assert found == {
        ("a", "cpu", "float32"): Peak(500 * MB, 30.0),
        ("b", "cpu", "float32"): Peak(100 * MB, 1.0),
        ("c", "cpu", "int8"): Peak(40 * MB, 5.0),
    }


def test_what_cannot_be_read_is_named_and_the_rest_counts(tmp_path: Path) -> None:
    report(tmp_path / "reports", of("a", 2.0, 320))
    damaged = tmp_path / "reports" / "runs" / "x" / "results.json"
    damaged.parent.mkdir(parents=True)
    damaged.write_text("{", "utf-8")
    saved_runs.save(tmp_path / "storage", 1, b"nothing")
    content = saved_runs.document([of("b", 2.0, 220)])
    content["benchmarks"][0]["extra_info"]["outcome"] = "{}"
    saved_runs.save(tmp_path / "storage", 2, content)
    found, problems = read_peaks(tmp_path / "reports", tmp_path / "storage")
    assert list(found) == [("a", "cpu", "float32")]
    assert len(problems) == 3
    assert all(name in " ".join(problems) for name in (str(damaged), "0001_run.json", "0002_run.json"))


def test_without_any_run_there_is_nothing(tmp_path: Path) -> None:
    assert read_peaks(tmp_path / "reports", tmp_path / "storage") == ({}, [])


def test_a_measured_peak_replaces_the_estimate_and_is_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(tmp_path, monkeypatch)
    before = json.loads(typed(capsys, "models", "whisper-base", "--ram=2GB", "--format=json")[1])[0]
    report(tmp_path / "reports", of("whisper-base", 30.0, 1_720))
    after = json.loads(typed(capsys, "models", "whisper-base", "--ram=2GB", "--format=json")[1])[0]
    assert (before["by"], before["verdict"]) == ("formula", "fits")
    assert (after["by"], after["memory"], after["verdict"]) == ("measurement", 1_700 * MB, "tight")
    assert "1.70 measured" in typed(capsys, "models", "whisper-base", "--ram=2GB")[1]
    on_card = json.loads(typed(capsys, "models", "whisper-base", "--vram=2GB", "--format=json")[1])[0]
    assert on_card["by"] == "formula", "main memory says nothing of a card's"
    saved_runs.save(tmp_path / ".benchmarks", 1, b"nothing")
    assert "0001_run.json is damaged" in typed(capsys, "models", "whisper-base", "--ram=2GB")[2]


def test_doctor_and_the_table_of_models_have_one_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(tmp_path, monkeypatch)
    monkeypatch.setattr(facts, "facts", lambda: {**_FACTS, "memory": 2 * 10**9, "accelerators": []})

    def told() -> tuple[str, str, bool]:
        (row,) = json.loads(typed(capsys, "models", "whisper-base", "--ram=2GB", "--format=json")[1])
        found = json.loads(typed(capsys, "doctor", "--json")[1])
        (state,) = [one for one in found["models"] if one["name"] == "whisper-base"]
        advised = " ".join(f"{hint['command']} {hint['reason']}" for hint in found["hints"])
        return row["verdict"], state["reason"], "whisper-base" in re.split("[ ,]+", advised)

    verdict, reason, offered = told()
    assert (verdict, offered) == ("fits", True)
    assert "of this machine" not in reason
    report(tmp_path / "reports", of("whisper-base", 30.0, 2_520))
    verdict, reason, offered = told()
    assert (verdict, offered) == ("needs quantisation", False)
    assert reason.startswith("it took 2.5 GB in float32 (0.3 of weights), of the 2.0 GB of this machine")
    elsewhere = json.loads(typed(capsys, "doctor", "--json", "--report-dir=none")[1])
    assert not [one for one in elsewhere["models"] if one["reason"].startswith("it took")]
