"""Downloads for which there is no room, or no place."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from pytest_asrbench.errors import WeightsError
from tests.hub.downloads import MIB, REPO, ROOT, fetch, noise, one_sentence
from tests.hub.server import LocalHub

pytest.importorskip("huggingface_hub")


def test_space_is_checked_before_anything_comes(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=3 * MIB))
    with pytest.raises(WeightsError, match=r"needs 3\.3 MB more, but the disk of \S+ has 3\.1 MB free") as failure:
        fetch()
    one_sentence(str(failure.value))
    assert not [one for one in hub.requests if one.content_network]
    assert fetch("config.json").downloaded == 25


def test_what_came_before_counts_when_space_is_checked(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch("model.safetensors")
    hub.repos[REPO].files["other.safetensors"] = noise(12 * MIB)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=13 * MIB))
    assert fetch("*.safetensors").downloaded == 12 * MIB


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("a file system can be mounted by root on Linux only")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_fills_up_on_the_way(
    hub: LocalHub, big: bytes, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There was room when it was checked, but somebody else took it."""
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**12))
        with pytest.raises(WeightsError, match=r"the disk became full while speech/tiny.*make room") as failure:
            fetch("model.safetensors", cache=small_disk)
    one_sentence(str(failure.value))
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    fetched = fetch("model.safetensors", cache=small_disk)
    assert (fetched.path / "model.safetensors").read_bytes() == big


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of file size on Windows")
def test_a_limit_of_the_file_system_is_explained(hub: LocalHub, big: bytes) -> None:
    """A real refusal by the kernel, in the middle of a file, that needs no rights to arrange."""
    script = (
        "import resource, signal\n"
        "from pytest_asrbench import errors\nfrom pytest_asrbench.models import weights\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({25 * MIB}, {25 * MIB}))\n"
        "try:\n"
        f"    weights.fetch('tiny', {REPO!r}, ['model.safetensors'], progress=False)\n"
        "except errors.WeightsError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "the disk became full while speech/tiny" in one_sentence(done.stdout.strip())
    assert (fetch("model.safetensors").path / "model.safetensors").read_bytes() == big


def test_a_cache_that_cannot_be_written(hub: LocalHub, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WeightsError, match=r"cache cannot be written.*HF_HUB_CACHE") as failure:
        fetch(cache=tmp_path / "file" / "cache")
    one_sentence(str(failure.value))
