"""A hub on this machine, for the tests that download from it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from pytest_asrbench.models import hub as hub_module
from tests.hub.downloads import MIB, REPO, SMALL, noise
from tests.hub.server import LocalHub, Repo


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LocalHub]:
    """A hub with one repository, which HF_ENDPOINT names; no token, an own cache, short waits."""
    with LocalHub().running() as running:
        running.repos[REPO] = Repo({**SMALL, "model.safetensors": noise(3 * MIB)})
        monkeypatch.setenv("HF_ENDPOINT", running.endpoint)
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "no-token"))
        monkeypatch.setattr(hub_module, "WAITS", (0.01, 0.01))
        # Its own handler writes to the standard error of whichever test has loaded the library first.
        monkeypatch.setattr(logging.getLogger("huggingface_hub"), "handlers", [logging.NullHandler()])
        yield running


@pytest.fixture
def big(hub: LocalHub) -> bytes:
    """The content of a file of several of the library's 10 MiB blocks."""
    hub.repos[REPO].files["model.safetensors"] = noise(32 * MIB)
    return hub.repos[REPO].files["model.safetensors"]


@pytest.fixture
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's own waits between attempts, which are long, pass at once."""
    monkeypatch.setattr("huggingface_hub.file_download.time", SimpleNamespace(sleep=lambda _: None))
    monkeypatch.setattr("huggingface_hub.utils._http.time", SimpleNamespace(sleep=lambda _: None, time=time.time))
