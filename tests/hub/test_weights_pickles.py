"""Files that run code when they are loaded come only if they are trusted."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_asrbench.errors import WeightsError
from pytest_asrbench.models import weights
from tests.hub.downloads import MIB, REPO, SMALL, fetch, noise, one_sentence
from tests.hub.server import LocalHub

pytest.importorskip("huggingface_hub")


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
