"""`pytest-asrbench catalog refresh`: a hub's list of models, its exports, and what is new since the last one."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.models.entry import catalogue
from tests.hub.server import Fault, LocalHub
from tests.unit.commands import typed

SIZES = {"parameters": {"F32": 12_000}, "total": 12_000}
OTHER = {"license": "other", "license_name": "qwen-research"}
SPEECH, CHAT, ANY = "automatic-speech-recognition", "audio-text-to-text", "any-to-any"


def told(repo: str, task: str = SPEECH, downloads: int = 10, **more: Any) -> dict[str, Any]:
    """A model as the hub's API tells of it."""
    dates = {"createdAt": "2026-10-01T08:00:00.000Z", "lastModified": "2026-11-02T09:30:00.000Z"}
    return {"id": repo, "pipeline_tag": task, "downloads": downloads, "likes": 3, "tags": [], **dates, **more}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command is typed."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def listed(hub: LocalHub, no_sleep: None) -> LocalHub:
    """A hub with five models of three tasks."""
    hub.listed = [
        told("openai/whisper-large-v3", downloads=5_000_000, tags=["license:apache-2.0"]),
        told("owner/new", downloads=900, tags=["license:cc-by-nc-4.0"], safetensors=SIZES),
        told("owner/packed", downloads=5, gguf={"total": 34_000}, gated="manual", library_name="gguf"),
        told("owner/chat", CHAT, tags=["license:other"], cardData=OTHER),
        told("=1+1/any", ANY, downloads=1),
    ]
    return hub


def exports(folder: Path) -> list[Path]:
    return sorted(folder.glob("catalog/models-*"))


def processed(folder: Path) -> list[dict[str, Any]]:
    newest = max(one for one in exports(folder) if one.suffix == ".json" and "raw" not in one.name)
    rows: list[dict[str, Any]] = json.loads(newest.read_text("utf-8"))["models"]
    return rows


def test_all_pages_of_all_tasks_are_read(listed: LocalHub, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = typed(capsys, "catalog", "refresh")
    assert (code, err) == (0, "")
    assert f"5 models of {listed.endpoint}, 1 of them in the catalogue here." in out
    rows = {row["repo"]: row for row in processed(project)}
    assert list(rows)[:2] == ["openai/whisper-large-v3", "owner/new"], "the most downloaded first"
    assert rows["openai/whisper-large-v3"]["in_catalogue"] == "whisper-large-v3"
    new = rows["owner/new"]
    assert (new["parameters"], new["licence"], new["restriction"]) == (12_000, "cc-by-nc-4.0", "non-commercial")
    assert (new["created"], new["modified"]) == ("2026-10-01T08:00:00+00:00", "2026-11-02T09:30:00+00:00")
    assert (rows["owner/packed"]["parameters"], rows["owner/packed"]["gated"]) == (34_000, True)
    chat = rows["owner/chat"]
    assert (chat["task"], chat["licence"], chat["restriction"]) == (CHAT, "qwen-research", "research only")


def test_raw_and_processed_exports_have_a_time_stamp(
    listed: LocalHub, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = typed(capsys, "catalog", "refresh")
    names = [path.name for path in exports(project)]
    (stamp,) = {re.sub(r"(-raw)?\.(json|csv)$", "", name) for name in names}
    assert re.fullmatch(r"models-\d{8}T\d{6}Z", stamp)
    assert names == [f"{stamp}{kind}" for kind in ("-raw.csv", "-raw.json", ".csv", ".json")]
    assert all(str(Path("catalog") / name) in out for name in names)
    raw = json.loads((project / "catalog" / f"{stamp}-raw.json").read_text("utf-8"))
    assert raw["where"] == listed.endpoint
    assert raw["models"][1]["safetensors"]["total"] == 12_000
    with (project / "catalog" / f"{stamp}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["repo"] for row in rows][-1] == "'=1+1/any", "no formula"
    assert rows[0]["downloads"] == "5000000"


def test_what_is_new_is_told_against_the_catalogue_and_then_against_the_last_export(
    listed: LocalHub, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, first, _ = typed(capsys, "catalog", "refresh")
    assert "4 of them not in the catalogue." in first
    assert "owner/new" in first
    assert "cc-by-nc-4.0 (non-commercial)" in first
    for path in exports(project):  # as if it had been made a year ago
        path.rename(path.with_name(path.name.replace("models-2", "models-1")))
    listed.listed.append(told("owner/newest"))
    _, second, _ = typed(capsys, "catalog", "refresh")
    assert re.search(r"1 of them new since models-1\d{7}T\d{6}Z\.json\.", second)
    assert "owner/newest" in second
    assert "owner/new " not in second


def test_the_most_downloaded_of_each_task_are_asked_for(
    listed: LocalHub, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(capsys, "catalog", "refresh", "--limit=1", "--output=elsewhere")
    (newest,) = list((project / "elsewhere").glob("*Z.json"))
    assert {row["repo"] for row in json.loads(newest.read_text("utf-8"))["models"]} == {
        *("openai/whisper-large-v3", "owner/chat", "=1+1/any")
    }


@pytest.mark.parametrize("how", ["option", "variable"])
def test_offline_the_catalogue_is_exported_and_nobody_is_asked(
    listed: LocalHub, project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how == "variable":
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    code, out, _ = typed(capsys, "catalog", "refresh", *(["--offline"] if how == "option" else []))
    assert code == 0
    assert "models of the catalogue of pytest-asrbench" in out
    assert listed.requests == []
    rows = {row["repo"]: row for row in processed(project)}
    repos = {one.hub.repo: one for one in catalogue().values() if one.hub is not None}
    assert rows.keys() == repos.keys()
    voxtral = rows["mistralai/Voxtral-Mini-3B-2507"]
    assert (voxtral["parameters"], voxtral["downloads"], voxtral["in_catalogue"]) == (4_676_271_104, None, "voxtral")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("/api/models", status=500), "answered HTTP 500 for the list of models"),
        (Fault("/api/models", status=429, headers={"Retry-After": "900"}), "limits requests (HTTP 429); try again in"),
        (Fault("/api/models", status=200, body=b"<html>"), "the list of models could not be"),
        (Fault("/api/models", status=200, body=b'[{"name": "x"}]'), "the list of models could not be"),
    ],
)
def test_a_hub_that_does_not_answer_is_one_sentence_and_no_export(
    listed: LocalHub, project: Path, capsys: pytest.CaptureFixture[str], fault: Fault, said: str
) -> None:
    listed.faults.append(fault)
    code, out, err = typed(capsys, "catalog", "refresh")
    assert (code, out) == (2, "")
    assert said in err
    assert "With --offline the catalogue itself is exported." in err
    assert err.count("\n") == 1
    assert not (project / "catalog").exists()


def test_a_hub_that_is_busy_is_asked_again(listed: LocalHub, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed.faults.append(Fault("/api/models", times=1, status=503))
    assert typed(capsys, "catalog", "refresh")[0] == 0
    assert len(processed(project)) == 5


def test_a_damaged_export_and_a_wrong_limit_are_named(
    listed: LocalHub, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "catalog").mkdir()
    damaged = project / "catalog" / "models-20260101T000000Z.json"
    damaged.write_text('{"models": 5}', "utf-8")
    code, _, err = typed(capsys, "catalog", "refresh")
    assert code == 2
    assert "models-20260101T000000Z.json is no export of models: move it away" in err
    code, _, err = typed(capsys, "catalog", "refresh", "--limit=0")
    assert (code, err) == (2, "pytest-asrbench: --limit=0: write a whole number of at least 1\n")
