"""Downloads from a hub on this machine, by real requests: what comes, and what is kept when they are cut short."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pytest_asrbench.errors import WeightsError
from pytest_asrbench.models import hub as hub_module
from pytest_asrbench.models import lockfile, weights
from tests.hub.downloads import MIB, REPO, ROOT, SMALL, fetch, noise, one_sentence
from tests.hub.server import Fault, LocalHub

pytest.importorskip("huggingface_hub")


# What is fetched


def test_only_the_files_asked_for_come(hub: LocalHub) -> None:
    fetched = fetch()
    assert fetched.files == {"config.json": 25, "model.safetensors": 3 * MIB, "tokenizer.json": 2}
    assert fetched.bytes == fetched.downloaded == 3 * MIB + 27
    assert fetched.commit == hub.repos[REPO].commit
    for file in fetched.files:
        assert (fetched.path / file).read_bytes() == hub.repos[REPO].files[file]
    assert not (fetched.path / "README.md").exists()
    assert not hub.body_requests("README.md")


def test_what_is_there_is_not_fetched_again(hub: LocalHub) -> None:
    first = fetch()
    hub.requests.clear()
    second = fetch()
    assert (second.path, second.files, second.downloaded) == (first.path, first.files, 0)
    assert [one.path for one in hub.requests] == [f"/api/models/{REPO}"]


def test_a_new_commit_brings_only_what_changed(hub: LocalHub) -> None:
    first = fetch()
    hub.repos[REPO].files["config.json"] = b'{"model_type": "voxtral"}'
    second = fetch()
    assert second.commit != first.commit
    assert second.downloaded == 25
    assert (second.path / "config.json").read_bytes() == b'{"model_type": "voxtral"}'
    assert (first.path / "config.json").read_bytes() == SMALL["config.json"]


def test_a_revision_is_taken_at_its_word(hub: LocalHub) -> None:
    hub.repos[REPO].revisions = ("main", "v1.0", "refs/pr/1")
    for revision in ("v1.0", "refs/pr/1", hub.repos[REPO].commit):
        assert fetch(revision=revision).commit == hub.repos[REPO].commit
        assert weights.locate(REPO, ["*.json"], revision) is not None


def test_files_in_folders(hub: LocalHub) -> None:
    hub.repos[REPO].files |= {"onnx/merged/base/float/encoder_model.onnx": noise(99), "onnx/other.onnx": noise(98)}
    fetched = fetch("onnx/merged/base/float/*.onnx")
    assert list(fetched.files) == ["onnx/merged/base/float/encoder_model.onnx"]
    assert (fetched.path / "onnx/merged/base/float/encoder_model.onnx").read_bytes() == noise(99)


def test_other_programs_find_the_files_in_the_cache(hub: LocalHub) -> None:
    from huggingface_hub import hf_hub_download, snapshot_download

    fetched = fetch()
    options = {"cache_dir": weights.default_cache(), "local_files_only": True}
    assert Path(hf_hub_download(REPO, "config.json", **options)) == fetched.path / "config.json"
    assert Path(snapshot_download(REPO, allow_patterns=["*.json"], **options)) == fetched.path


def test_what_other_programs_left_in_the_cache_is_used(hub: LocalHub) -> None:
    from huggingface_hub import snapshot_download

    snapshot_download(REPO, cache_dir=weights.default_cache(), endpoint=hub.endpoint, allow_patterns=["model.*"])
    assert fetch().downloaded == 27


def test_progress_bars_are_shown_unless_unwanted(
    hub: LocalHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TQDM_POSITION", "-1")  # the library shows them to terminals; this shows them to a file too
    fetch("model.safetensors")
    assert capsys.readouterr().err == ""
    hub.repos[REPO].files["model.safetensors"] = noise(2 * MIB)
    fetch("model.safetensors", progress=True)
    assert "2.10M" in capsys.readouterr().err


def test_the_token_goes_to_the_hub_and_nowhere_else(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    fetch()
    assert all(one.authorization == "Bearer hf_secret" for one in hub.requests if not one.content_network)
    assert [one.authorization for one in hub.requests if one.content_network] == [""]


# Locating


def test_locate_asks_nobody(hub: LocalHub) -> None:
    assert weights.locate(REPO, ["config.json"]) is None
    fetched = fetch()
    hub.requests.clear()
    located = weights.locate(REPO, ["*.json", "*.safetensors"])
    assert located == weights.Fetched(fetched.path, fetched.commit, fetched.files)
    assert weights.locate(REPO, ["*.json", "*.onnx"]) is None
    assert weights.locate(REPO, ["config.json"], "v9") is None
    assert not hub.requests


def test_a_snapshot_without_one_of_its_shards_is_not_complete(hub: LocalHub) -> None:
    index = b'{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}'
    hub.repos[REPO].files = {
        "model.safetensors.index.json": index,
        "model-1.safetensors": noise(10),
        "model-2.safetensors": noise(11),
    }
    fetch("*.json", "model-1.safetensors")
    assert weights.locate(REPO, ["*.json", "*.safetensors"]) is None
    fetch()
    assert weights.locate(REPO, ["*.json", "*.safetensors"]) is not None


def test_the_cache_is_where_huggingface_hub_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    script = "from huggingface_hub import constants; print(constants.HF_HUB_CACHE)"
    settings: list[dict[str, str]] = [
        {},
        {"XDG_CACHE_HOME": "/tmp/xdg"},
        {"HF_HOME": "/tmp/hf"},
        {"HF_HOME": "/tmp/hf", "HF_HUB_CACHE": "/tmp/hub"},
        {"HUGGINGFACE_HUB_CACHE": "/tmp/legacy"},
    ]
    names = {name for setting in settings for name in setting}
    plain = {name: value for name, value in os.environ.items() if name not in names}
    for setting in settings:
        command = [sys.executable, "-c", script]
        theirs = subprocess.run(command, env={**plain, **setting}, capture_output=True, text=True, check=True)
        for name in names:
            monkeypatch.delenv(name, raising=False)
        for name, value in setting.items():
            monkeypatch.setenv(name, value)
        assert str(weights.default_cache()) == theirs.stdout.strip()


# Interruptions


def test_a_broken_connection_is_mended_in_passing(hub: LocalHub, big: bytes) -> None:
    hub.faults = [Fault("GET /content/", times=1, cut=25 * MIB)]
    fetched = fetch("model.safetensors")
    assert (fetched.path / "model.safetensors").read_bytes() == big
    assert len(hub.body_requests("model.safetensors")) == 2


def test_a_killed_download_goes_on_with_what_is_not_complete(hub: LocalHub, big: bytes) -> None:
    """The first process is killed in mid-file; the second asks for no file that had come."""
    hub.faults = [Fault("GET /content/", times=1, cut=25 * MIB, stall=60)]
    files = ["config.json", "model.safetensors"]
    script = f"from pytest_asrbench.models import weights\nweights.fetch('tiny', {REPO!r}, {files}, progress=False)"
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    place = hub_module.storage(weights.default_cache(), REPO)
    deadline = time.monotonic() + 60
    while not (
        any(path.stat().st_size >= 20 * MIB for path in place.glob("blobs/*.incomplete"))
        and any(place.glob("snapshots/*/config.json"))
    ):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait(30)
    assert weights.locate(REPO, files) is None
    hub.requests.clear()

    fetched = fetch(*files)
    assert not hub.body_requests("config.json")
    assert fetched.downloaded == len(big)
    assert (fetched.path / "model.safetensors").read_bytes() == big


def test_what_is_required_comes_after_what_is_not(hub: LocalHub) -> None:
    """Whoever finds the required files, after an interruption, finds all."""
    hub.faults = [Fault("GET /content/", status=404)]
    with pytest.raises(WeightsError):
        fetch("model.safetensors", optional=["*.json"])
    place = hub_module.storage(weights.default_cache(), REPO)
    assert {path.name for path in place.glob("snapshots/*/*")} == {"config.json", "tokenizer.json"}


def test_a_connection_that_keeps_breaking_is_explained(hub: LocalHub, big: bytes, no_sleep: None) -> None:
    hub.faults = [Fault("GET /content/", times=1, cut=25 * MIB), Fault("GET /content/", cut=0)]
    with pytest.raises(
        WeightsError, match=r"broke while speech/tiny was downloaded; try again \(files that"
    ) as failure:
        fetch("model.safetensors")
    one_sentence(str(failure.value))
    hub.faults.clear()
    assert (fetch("model.safetensors").path / "model.safetensors").read_bytes() == big


def test_two_processes_share_one_download(hub: LocalHub, big: bytes) -> None:
    script = (
        "from pytest_asrbench.models import weights\n"
        f"print(weights.fetch('tiny', {REPO!r}, ['model.safetensors'], progress=False).downloaded)"
    )
    command = [sys.executable, "-c", script]
    pair = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    came = sorted(int(process.communicate(timeout=60)[0]) for process in pair)
    assert came == [0, len(big)]
    assert len(hub.body_requests("model.safetensors")) == 1


# The lock file


def test_the_commit_is_recorded(hub: LocalHub, tmp_path: Path) -> None:
    lock = tmp_path / lockfile.NAME
    fetched = fetch(lock=lock, revision="main")
    locked = lockfile.read(lock)["tiny"]
    assert (locked.repo, locked.revision, locked.commit) == (REPO, "main", fetched.commit)
    assert (locked.files, locked.bytes) == (fetched.files, fetched.bytes)
    assert lockfile.pinned(lock, "tiny", REPO, "main") == fetched.commit
    assert lockfile.pinned(lock, "tiny", REPO, None) is None
    assert lockfile.pinned(lock, "tiny", "speech/other", "main") is None


def test_heavy_libraries_stay_out() -> None:
    script = "import sys, pytest_asrbench.models.weights; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"huggingface_hub", "pytest", "numpy", "torch"} & set(done.stdout.split())
