"""Downloads from a hub on this machine, by real requests: what comes, what is kept, what is said on failure."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_asrbench.errors import MissingDependencyError, WeightsError
from pytest_asrbench.models import hub as hub_module
from pytest_asrbench.models import lockfile, weights
from tests.hub.server import Fault, LocalHub, Repo

constants = pytest.importorskip("huggingface_hub.constants")

REPO = "speech/tiny"
MIB = 2**20
ROOT = Path(__file__).resolve().parents[2]
SMALL = {"config.json": b'{"model_type": "whisper"}', "tokenizer.json": b"{}", "README.md": b"# tiny"}


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LocalHub]:
    """A hub with one repository, which HF_ENDPOINT names; no token, an own cache, short waits."""
    with LocalHub().running() as running:
        running.repos[REPO] = Repo({**SMALL, "model.safetensors": noise(3 * MIB)})
        monkeypatch.setenv("HF_ENDPOINT", running.endpoint)
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
        monkeypatch.setattr(hub_module, "WAITS", (0.01, 0.01))
        yield running


@pytest.fixture
def big(hub: LocalHub) -> bytes:
    """The content of a file of several of the library's 10 MiB blocks."""
    hub.repos[REPO].files["model.safetensors"] = noise(32 * MIB)
    return hub.repos[REPO].files["model.safetensors"]


def fetch(*files: str, **options: Any) -> weights.Fetched:
    return weights.fetch("tiny", REPO, files or ("*.json", "*.safetensors"), **{"progress": False, **options})


def one_sentence(message: str) -> str:
    assert "\n" not in message
    assert message.startswith("tiny: ")
    assert message.endswith(".")
    return message


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


# Refusals


@pytest.fixture
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's own waits between attempts, which are long, pass at once."""
    monkeypatch.setattr("huggingface_hub.file_download.time", SimpleNamespace(sleep=lambda _: None))
    monkeypatch.setattr("huggingface_hub.utils._http.time", SimpleNamespace(sleep=lambda _: None, time=time.time))


def gate(hub: LocalHub) -> None:
    hub.repos[REPO].gated = True


def unknown(hub: LocalHub) -> None:
    hub.repos.clear()


def failing(*faults: Fault) -> Callable[[LocalHub], None]:
    return lambda hub: hub.faults.extend(faults)


API, HEAD, BODY = f"GET /api/models/{REPO}", f"HEAD /{REPO}", "GET /content/"
REFUSALS: dict[str, tuple[Callable[[LocalHub], None], str]] = {
    "gated": (gate, r"is gated: open http://\S+/speech/tiny in a browser, accept its terms, then run `hf auth login`"),
    "unknown": (unknown, r"knows no repository speech/tiny \(HTTP 40\d\); check its name"),
    "401": (
        failing(Fault(API, status=401, headers={"X-Error-Message": "Invalid credentials in Authorization header"})),
        r"does not accept the token \(HTTP 401\); renew it with `hf auth login`",
    ),
    "403": (failing(Fault(API, status=403)), r"forbids access to speech/tiny \(HTTP 403\)"),
    "404": (failing(Fault(API, status=404)), r"knows no repository speech/tiny \(HTTP 404\)"),
    "429": (failing(Fault(API, status=429)), r"limits requests \(HTTP 429\); try again in a few minutes"),
    "429-long": (
        failing(Fault(API, status=429, headers={"Retry-After": "3600"})),
        r"limits requests \(HTTP 429\); try again in 3600 seconds",
    ),
    "429-body": (failing(Fault(BODY, status=429)), r"limits requests \(HTTP 429\)"),
    "500": (
        failing(Fault(API, status=500)),
        r"answered HTTP 500 for speech/tiny; the fault is the hub's, try again later",
    ),
    "500-head": (failing(Fault(HEAD, status=500)), r"answered HTTP 500 for speech/tiny"),
    "503-body": (failing(Fault(BODY, status=503)), r"answered HTTP 503 for speech/tiny"),
    "404-body": (failing(Fault(BODY, status=404)), r"HTTP 404"),
    "hang": (failing(Fault(API, hang=30)), r"stopped answering when asked for speech/tiny.*HF_HUB_ETAG_TIMEOUT"),
    "hang-head": (failing(Fault(HEAD, hang=30)), r"stopped answering while speech/tiny was downloaded"),
    "hang-body": (
        failing(Fault(BODY, cut=MIB, stall=30)),
        r"stopped answering while speech/tiny was downloaded.*HF_HUB_DOWNLOAD_TIMEOUT",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_is_one_sentence_with_a_remedy(
    hub: LocalHub, monkeypatch: pytest.MonkeyPatch, no_sleep: None, case: str
) -> None:
    arrange, expected = REFUSALS[case]
    arrange(hub)
    monkeypatch.setattr(constants, "HF_HUB_ETAG_TIMEOUT", 0.3)
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.3)
    monkeypatch.setattr("huggingface_hub.file_download._ETAG_RETRY_TIMEOUT", 0.3, raising=False)
    with pytest.raises(WeightsError, match=expected) as failure:
        fetch()
    one_sentence(str(failure.value))


def test_a_busy_hub_is_asked_again(hub: LocalHub) -> None:
    hub.faults = [
        Fault(API, times=1, status=429, headers={"Retry-After": "0"}),
        Fault(API, times=1, status=503),
        Fault(HEAD, times=2, status=500),
        Fault(BODY, times=2, status=502),
    ]
    assert fetch().downloaded == 3 * MIB + 27


def test_a_hub_that_is_not_there(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(WeightsError, match=r"http://127\.0\.0\.1:9 cannot be reached.*HF_ENDPOINT") as failure:
        fetch()
    one_sentence(str(failure.value))


def test_an_unknown_revision_is_named(hub: LocalHub) -> None:
    with pytest.raises(WeightsError, match=r"speech/tiny has no revision 'v9'; \S+/tree/main lists") as failure:
        fetch(revision="v9")
    one_sentence(str(failure.value))


@pytest.mark.parametrize("file", ["model.onnx", "*.gguf"])
def test_an_unknown_file_is_named(hub: LocalHub, file: str) -> None:
    with pytest.raises(WeightsError) as failure:
        fetch("config.json", file)
    assert f"speech/tiny has no file {file!r}" in one_sentence(str(failure.value))
    assert not weights.default_cache().exists()


def test_a_senseless_name_is_refused(hub: LocalHub) -> None:
    with pytest.raises(WeightsError, match="should look like owner/name") as failure:
        weights.fetch("tiny", "no/such/name", ["*"], progress=False)
    one_sentence(str(failure.value))


def test_without_huggingface_hub_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "pytest-asrbench\[hub\]"'):
        fetch()


# Disk


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


# Offline


def test_offline_takes_what_is_there(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = fetch()
    hub.requests.clear()
    assert fetch(offline=True).path == fetched.path
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert fetch().path == fetched.path
    assert not hub.requests


def test_offline_and_not_there(hub: LocalHub) -> None:
    fetch("config.json")
    hub.requests.clear()
    with pytest.raises(WeightsError, match=r"not complete in .*run `pytest-asrbench download tiny`") as failure:
        fetch(offline=True)
    one_sentence(str(failure.value))
    assert not hub.requests


# Pickles


@pytest.mark.parametrize("file", ["model.pt", "pytorch_model.bin", "deep/weights.ckpt", "a.pkl", "b.pth", "*.pt"])
def test_pickles_are_refused_by_name(hub: LocalHub, file: str) -> None:
    hub.repos[REPO].files |= {file.replace("*", "model"): noise(100)}
    with pytest.raises(WeightsError, match="is a pickle, which runs code when it is loaded") as failure:
        fetch(file)
    one_sentence(str(failure.value))
    assert not hub.body_requests(file)


def test_a_pattern_leaves_pickles_out(hub: LocalHub) -> None:
    hub.repos[REPO].files |= {"model.pt": noise(100), "training_args.bin": noise(101), "ggml-base.bin": noise(102)}
    assert set(fetch("*").files) == {*SMALL, "model.safetensors", "ggml-base.bin"}


def test_a_bin_is_judged_by_its_content(hub: LocalHub, tmp_path: Path) -> None:
    import pickle

    hub.repos[REPO].files |= {"ggml-tiny.bin": b"lmgg" + noise(MIB), "model.bin": pickle.dumps(noise(MIB))}
    assert fetch("ggml-tiny.bin").downloaded == MIB + 4
    with pytest.raises(WeightsError, match=r"speech/tiny/model\.bin is a pickle"):
        fetch("model.bin")
    assert {one.range for one in hub.body_requests("model.bin")} == {"bytes=0-3"}
    assert weights.locate(REPO, ["model.bin"]) is None


def test_a_torch_archive_is_a_pickle(hub: LocalHub, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save({"weight": torch.zeros(3)}, tmp_path / "model.bin")
    hub.repos[REPO].files["model.bin"] = (tmp_path / "model.bin").read_bytes()
    with pytest.raises(WeightsError, match="is a pickle"):
        fetch("model.bin")


def test_a_pickle_comes_if_it_is_trusted_at_a_revision(hub: LocalHub) -> None:
    hub.repos[REPO].files["model.pt"] = noise(100)
    with pytest.raises(WeightsError, match="name the revision of speech/tiny that you trust") as failure:
        fetch("model.pt", allow_pickle=True)
    one_sentence(str(failure.value))
    commit = hub.repos[REPO].commit
    fetched = fetch("model.pt", allow_pickle=True, revision=commit)
    assert weights.locate(REPO, ["model.pt"], commit) is None
    located = weights.locate(REPO, ["model.pt"], commit, allow_pickle=True)
    assert located is not None
    assert located.path == fetched.path


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
