"""A hub that answers oddly, or with ill intent: nothing is written outside the cache, and one sentence says why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_asrbench.errors import WeightsError
from pytest_asrbench.models import hub as hub_module
from pytest_asrbench.models import weights
from pytest_asrbench.support.checks import is_commit, is_path_below
from tests.hub.server import Fault, LocalHub, Repo

constants = pytest.importorskip("huggingface_hub.constants")

REPO = "speech/tiny"
API = f"GET /api/models/{REPO}"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LocalHub]:
    with LocalHub().running() as running:
        running.repos[REPO] = Repo({"config.json": b"{}", "model.safetensors": b"x" * 5_000})
        monkeypatch.setenv("HF_ENDPOINT", running.endpoint)
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "deep" / "cache"))
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
        monkeypatch.setattr(hub_module, "WAITS", (0.01, 0.01))
        yield running


def refusal() -> str:
    with pytest.raises(WeightsError) as failure:
        weights.fetch("tiny", REPO, ("*.json", "*.safetensors"), progress=False)
    message = str(failure.value)
    assert message.startswith("tiny: ")
    assert "\n" not in message
    assert len(message) < 600
    return message


def listing(**changes: Any) -> bytes:
    whole = {"id": REPO, "modelId": REPO, "sha": "a" * 40, "private": False, "siblings": []}
    return json.dumps({**whole, **changes}).encode()


def file(name: Any, size: Any = 2) -> dict[str, Any]:
    return {"rfilename": name, "size": size, "blobId": "b" * 40}


LISTINGS = {
    "null": b"null",
    "a number": b"7",
    "a list": b"[]",
    "no JSON": b"<html>",
    "nothing": b"",
    "deep": b"[" * 100_000,
    "deep inside": listing()[:-1] + b', "config": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
    "5,000 characters": json.dumps("x" * 5_000).encode(),
    "a commit of 5,000 characters": listing(sha="a" * 5_000),
    "a commit that leads away": listing(sha="../../../x"),
    "no commit": listing(sha=None),
    "a commit that is a table": listing(sha={"a": 1}),
    "siblings null": listing(siblings=None),
    "siblings of odd shape": listing(siblings=[None, 3]),
    "a name that leads away": listing(siblings=[file("../../../x.json")]),
    "an absolute name": listing(siblings=[file("/tmp/x.json")]),
    "a drive": listing(siblings=[file("C:/x.json")]),
    "backslashes": listing(siblings=[file("..\\..\\x.json")]),
    "a name of 5,000 characters": listing(siblings=[file("x" * 5_000 + ".json")]),
    "a name that is a number": listing(siblings=[file(5)]),
    "a size that is text": listing(siblings=[file("config.json", "big")]),
    "a negative size": listing(siblings=[file("config.json", -5)]),
}


@pytest.mark.parametrize("case", LISTINGS)
def test_an_odd_listing_is_one_sentence(case: str, hub: LocalHub, tmp_path: Path) -> None:
    hub.faults = [Fault(API, status=200, headers={"Content-Type": "application/json"}, body=LISTINGS[case])]
    refusal()
    assert not any(tmp_path.rglob("*")), "nothing is written"


def test_without_links_the_snapshot_has_copies(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.file_download.are_symlinks_supported", lambda _: False)
    fetched = weights.fetch("tiny", REPO, ("*.json", "*.safetensors"), progress=False)
    entry = fetched.path / "config.json"
    assert (entry.is_symlink(), entry.read_bytes()) == (False, b"{}")
    assert weights.locate(REPO, ["*.json", "*.safetensors"]) is not None


@pytest.mark.parametrize("noted", ["../../../x", "a" * 5_000, "", "a" * 39])
def test_a_note_in_the_cache_that_is_no_commit_is_none(noted: str, hub: LocalHub) -> None:
    place = hub_module.storage(weights.default_cache(), REPO) / "refs"
    place.mkdir(parents=True)
    (place / "main").write_text(noted, "utf-8")
    assert weights.locate(REPO, ["config.json"]) is None


def test_names_that_stay_below_their_folder() -> None:
    good = ("config.json", "onnx/merged/base/float/a.onnx", ".gitattributes", "a..b/c", "ä.json")
    assert all(map(is_path_below, good))
    odd = ("", ".", "..", "a/../b", "/a", "a//b", "a/", "./a", "C:a", "a\\b", "a\x00b", "\ud800", "x" * 256, None, 3)
    assert [name for name in odd if is_path_below(name)] == []


def test_commits() -> None:
    assert is_commit("0123456789abcdef" * 2 + "01234567")
    assert not any(map(is_commit, ("main", "A" * 40, "a" * 41, None, 7, "a" * 40 + "\n")))
