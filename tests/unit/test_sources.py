"""Where a model's weights are looked for: at the locked commit, by whatever name the model was called."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_asrbench.errors import WeightsError
from pytest_asrbench.models import lockfile, sources, weights
from pytest_asrbench.models.hub import storage
from pytest_asrbench.models.registry import Registry

OLD, NEW = "a" * 40, "b" * 40
PROJECT = """
[models.ours]
adapter = "whisper"
aliases = ["theirs", "its"]
[models.ours.hub]
repo = "team/ours"
files = ["model.safetensors"]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose model has two commits in the cache, the older of which is locked."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "asrbench.toml").write_text(PROJECT, "utf-8")
    place = storage(tmp_path / "cache", "team/ours")
    for commit in (OLD, NEW):
        (place / "snapshots" / commit).mkdir(parents=True)
        (place / "snapshots" / commit / "model.safetensors").write_bytes(b"x")
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text(NEW, "utf-8")
    lock = lockfile.Locked("team/ours", "main", OLD, {"model.safetensors": 1})
    lockfile.record(tmp_path / lockfile.NAME, "ours", lock)
    return tmp_path


@pytest.mark.parametrize("spec", ["ours", "theirs", "its", "ours[num_beams=2]", "theirs[num_beams=2]"])
def test_the_lock_holds_by_every_name(project: Path, spec: str) -> None:
    found = sources.resolve(Registry(project).resolve(spec), project)
    assert found.origin == f"team/ours@{OLD}"


@pytest.mark.parametrize("spec", ["ours", "theirs"])
def test_without_a_lock_the_branch_counts(project: Path, spec: str) -> None:
    (project / lockfile.NAME).unlink()
    assert sources.resolve(Registry(project).resolve(spec), project).origin == f"team/ours@{NEW}"


def test_what_is_downloaded_by_an_alias_is_locked_under_the_models_name(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / lockfile.NAME).unlink()
    sources.resolve(Registry(project).resolve("theirs"), project, download=True)
    assert {name: locked.commit for name, locked in lockfile.read(project / lockfile.NAME).items()} == {"ours": NEW}


def test_absent_weights_are_asked_for_under_the_models_name(project: Path) -> None:
    (project / "cache").rename(project / "elsewhere")
    with pytest.raises(WeightsError, match=r"^theirs: .*run `pytest-asrbench download ours`"):
        sources.resolve(Registry(project).resolve("theirs"), project)


@pytest.mark.parametrize(
    "content",
    [
        "[" * 100_000,
        '{"version": 1, "models": ' + '{"a":' * 50_000 + "1" + "}" * 50_001,
        '{"version": 1, "models": {"ours": {"repo": "team/ours", "revision": "main", "commit": "../../x", "files": {}, '
        '"date": ""}}}',
        '{"version": 1, "models": {"ours": {"repo": "team/ours", "revision": "main", "commit": "' + "a" * 5_000 + '", '
        '"files": {}, "date": ""}}}',
        '{"version": 1, "models": {"ours": {"repo": "r", "revision": null, "commit": "' + OLD + '", '
        '"files": {"x": 1e999}, "date": ""}}}',
        '{"version": 1, "models": {"ours": {"repo": 5, "revision": null, "commit": "'
        + OLD
        + '", "files": {}, "date": ""}}}',
        '{"version": "' + "1" * 5_000 + '", "models": {}}',
        "null",
    ],
)
def test_an_odd_lock_file_is_one_sentence(project: Path, content: str) -> None:
    (project / lockfile.NAME).write_text(content, "utf-8")
    with pytest.raises(WeightsError, match=r"asrbench\.lock (is no lock file|has version)") as caught:
        sources.resolve(Registry(project).resolve("ours"), project)
    assert len(str(caught.value)) < 400 + len(str(project))


def test_weights_at_hand_need_no_lock(project: Path) -> None:
    (project / lockfile.NAME).write_text("nonsense", "utf-8")
    assert sources.resolve(Registry().resolve("whisper:./here"), project).path == "./here"
    assert weights.locate("team/ours", ["model.safetensors"], OLD) is not None
