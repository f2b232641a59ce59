"""The lock file: what is written, what is read back, and what is said of a file that is none."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from pytest_asrbench.errors import WeightsError
from pytest_asrbench.models import lockfile
from pytest_asrbench.models.lockfile import Locked

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_entries_come_back_sorted_by_name(tmp_path: Path) -> None:
    path = tmp_path / lockfile.NAME
    lockfile.record(path, "voxtral", Locked("mistralai/voxtral", None, COMMIT, {"a.safetensors": 2_000, "b.json": 3}))
    lockfile.record(path, "granite", Locked("ibm/granite", "v3", COMMIT[::-1], {"c.safetensors": 1}))
    entries = lockfile.read(path)
    assert list(entries) == ["granite", "voxtral"]
    assert entries["voxtral"].bytes == 2_003
    assert entries["granite"].revision == "v3"
    assert entries["voxtral"].revision is None
    assert datetime.fromisoformat(entries["voxtral"].date).utcoffset() is not None


def test_an_unchanged_entry_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / lockfile.NAME
    lockfile.record(path, "tiny", Locked("a/tiny", None, COMMIT, {"x": 1}))
    text = path.read_text("utf-8").replace('"date": "20', '"date": "19')
    path.write_text(text, "utf-8")
    lockfile.record(path, "tiny", Locked("a/tiny", None, COMMIT, {"x": 1}))
    assert path.read_text("utf-8") == text
    lockfile.record(path, "tiny", Locked("a/tiny", None, COMMIT[::-1], {"x": 1}))
    assert lockfile.read(path)["tiny"].commit == COMMIT[::-1]
    assert lockfile.read(path)["tiny"].date.startswith("20")


def test_no_file_is_no_entries(tmp_path: Path) -> None:
    assert lockfile.read(tmp_path / lockfile.NAME) == {}
    assert lockfile.pinned(tmp_path / lockfile.NAME, "tiny", "a/tiny", None) is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not json",
        "[]",
        '{"version": 1}',
        '{"version": 1, "models": {"tiny": {"repo": "a/b"}}}',
        '{"version": 1, "models": {"tiny": {"repo": "a/b", "revision": null, "commit": "c", "files": 3, "date": ""}}}',
        '{"version": 1, "models": ["tiny"]}',
    ],
)
def test_another_file_is_named_and_kept(tmp_path: Path, content: str) -> None:
    path = tmp_path / lockfile.NAME
    path.write_text(content, "utf-8")
    with pytest.raises(WeightsError, match="is no lock file of asrbench"):
        lockfile.record(path, "tiny", Locked("a/tiny", None, COMMIT, {"x": 1}))
    assert path.read_text("utf-8") == content


def test_a_later_version_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / lockfile.NAME
    path.write_text(json.dumps({"version": 2, "models": {}}), "utf-8")
    with pytest.raises(WeightsError, match="has version 2, this program writes 1: update it"):
        lockfile.record(path, "tiny", Locked("a/tiny", None, COMMIT, {"x": 1}))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"asrbench\.lock cannot be written"):
        lockfile.record(tmp_path / "absent" / lockfile.NAME, "tiny", Locked("a/tiny", None, COMMIT, {"x": 1}))


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    for name in ("one", "two"):
        lockfile.record(tmp_path / lockfile.NAME, name, Locked(f"a/{name}", None, COMMIT, {"x": 1}))
    assert [path.name for path in tmp_path.iterdir()] == [lockfile.NAME]
