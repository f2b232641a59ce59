"""Downloads that a hub refuses or that are asked for offline: one sentence with a remedy each."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from pytest_asrbench.errors import MissingDependencyError, WeightsError
from pytest_asrbench.models import weights
from tests.hub.downloads import MIB, REPO, fetch, one_sentence
from tests.hub.server import Fault, LocalHub

pytest.importorskip("huggingface_hub")


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
    patience = 0.3 if "hang" in case else 10.0  # on a busy machine a hub that does answer takes its time, too
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_ETAG_TIMEOUT", patience)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DOWNLOAD_TIMEOUT", patience)
    monkeypatch.setattr("huggingface_hub.file_download._ETAG_RETRY_TIMEOUT", patience, raising=False)
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
