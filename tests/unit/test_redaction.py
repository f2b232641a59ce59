"""What is a secret, by its name or its form, and text without it."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_asrbench.errors import UsageError
from pytest_asrbench.machine import variables
from pytest_asrbench.support.redaction import is_secret_name, redact, redacted, refuse_secrets, with_secrets

TOKEN = "hf_" + "aB3" * 8


@pytest.fixture(autouse=True)
def _no_secrets_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.environ", {"PATH": "/usr/bin", "SERVICE_TOKEN": "swordfish-1", "PIN_KEY": "abc"})


SECRETS = """api_key api-key apiKey OPENAI_API_KEY token hf_token access_token password db_password2 secret
    client_secret Authorization authorization_header credentials auth"""
ALIKE = """token_timestamps max_new_tokens tokenizer eos_token pad_token start_token keyboard monkey key_frames
    tokens_per_second text_key PWD secretary author num_beams"""


def test_names_of_secrets_are_known_by_their_last_words() -> None:
    assert [name for name in SECRETS.split() if not is_secret_name(name)] == []
    assert [name for name in ALIKE.split() if is_secret_name(name)] == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:pa@ss@hub.example/x is down", "https://***@hub.example/x is down"),
        ("http://tok3n@proxy:3128", "http://***@proxy:3128"),
        (f"HTTP 401 for {TOKEN}!", "HTTP 401 for ***!"),
        ("pytest --api-key s3cr3t -k x", "pytest --api-key *** -k x"),
        ("x[api_key=abc,beams=5]", "x[api_key=***,beams=5]"),
        ("{'token': 'abc', 'b': 2}", "{'token': ***, 'b': 2}"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("it said swordfish-1 twice: swordfish-1", "it said *** twice: ***"),
    ],
)
def test_secrets_in_text_are_hidden(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "see https://huggingface.co/org/model and write to me@example.org",
        "hf_transfer and hf_hub_download of sk-learn",
        "missing key: 'encoder.weight'; unexpected token: x",
        "stub[eos_token=3,use_token=true] abc",
        "--asr-models=whisper-cpp:./ggml-base.bin --asr-max-wer=5%",
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("part", ["x", "sk-", "eyJ-", "--a", "hf_", "://", "'a': ", "a=", "ghp_", "password "])
def test_no_text_takes_more_than_its_length(part: str) -> None:
    text = part * 50_000  # with a pattern that starts anew at each place this would be minutes
    assert len(redact(text)) <= len(text) + 3


def test_whole_records_are_redacted() -> None:
    given = {"options": {"api_key": "x", "beams": 5}, "urls": ["https://a:b@c"], "none": None}
    assert redacted(given) == {"options": {"api_key": "***", "beams": 5}, "urls": ["https://***@c"], "none": None}


@pytest.mark.parametrize(
    "options",
    [
        {"api_key": "abc"},
        {"password": 1234},
        {"headers": {"Authorization": "Basic abc"}},
        {"servers": [{"token": "abc"}]},
        {"url": "https://user:pass@host/"},
        {"note": TOKEN},
    ],
)
def test_a_secret_option_is_refused_and_not_repeated(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"the model 'x': the option .* (is|holds) a secret.*env = ") as caught:
        refuse_secrets(options, "the model 'x'")
    for secret in ("abc", "1234", "pass@", TOKEN):
        assert secret not in str(caught.value)


def test_options_without_secrets_are_taken() -> None:
    refuse_secrets({"beams": 5, "token": True, "api_key": "", "api_key_env": "NAME", "url": "https://host/"}, "x")


def test_an_option_that_names_a_variable_gets_its_value() -> None:
    given = {"api_key_env": "SERVICE_TOKEN", "conda_env": "base", "headers": {"Authorization_env": "PIN_KEY"}}
    complete = {"api_key": "swordfish-1", "conda_env": "base", "headers": {"Authorization": "abc"}}
    assert with_secrets(given, "x") == complete
    with pytest.raises(UsageError, match="names the environment variable NOWHERE, which is not set"):
        with_secrets({"api_key_env": "NOWHERE"}, "x")


KEPT = {
    "PATH": "/usr/bin",
    "LD_LIBRARY_PATH": "/opt/rocm/lib",
    "OMP_NUM_THREADS": "2",
    "CUDA_VISIBLE_DEVICES": "0",
    "HSA_OVERRIDE_GFX_VERSION": "11.0.0",
    "HF_HOME": "/data/hf",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONPATH": "/project",
    "LC_ALL": "C.UTF-8",
}
OUT = {
    "AWS_SECRET_ACCESS_KEY": "x",
    "AWS_PROFILE": "x",
    "GITHUB_TOKEN": "x",
    "HF_TOKEN": "x",
    "CI_JOB_TOKEN": "x",
    "OPENAI_API_KEY": "x",
    "SSH_AUTH_SOCK": "x",
    "GOOGLE_APPLICATION_CREDENTIALS": "x",
    "DATABASE_URL": "x",
    "HF_ENDPOINT": "https://user:pass@hub",
}


def test_a_models_process_gets_what_runtimes_read_and_what_its_entry_names() -> None:
    assert variables.kept(KEPT | OUT) == KEPT
    assert variables.kept(KEPT | OUT, ("DATABASE_URL", "HF_TOKEN", "UNSET")) == KEPT | {
        "DATABASE_URL": "x",
        "HF_TOKEN": "x",
    }


def test_a_secret_of_ours_in_another_option_is_refused_with_another_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "swordfish-of-the-house")
    with pytest.raises(UsageError, match=r"model x: the option text holds a secret .* env = "):
        refuse_secrets({"text": "say swordfish-of-the-house"}, "model x")
    refuse_secrets({"text": "say swordfish"}, "model x")


def test_what_an_option_names_as_a_secret_is_hidden_whatever_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_VALUE", "swordfish-2")
    assert redact("it said swordfish-2") == "it said swordfish-2"
    with_secrets({"api_key_env": "OUR_VALUE"}, "model x")
    assert redacted({"swordfish-2": "it said swordfish-2"}) == {"***": "it said ***"}
