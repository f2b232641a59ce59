"""The adapter for any service that speaks OpenAI's chat, against a real one in a process of its own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pytest_asrbench.model_adapters.openai_chat import OpenAIChat

from pytest_asrbench.adapter import Decoding, Passage, Transcript
from pytest_asrbench.engine.host.calls import patiently
from pytest_asrbench.errors import BusyError, DeviceError, EndpointError, UsageError
from tests.chat_server import seen, serving

pytest.importorskip("httpx2")
PASSAGE = Passage("um this is um a clip", "Leave the fillers out.", "clips/c0")
INSTRUCT = Decoding("instruct")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving() as place:
        yield place


@contextmanager
def chat(address: str, model: str, **options: object) -> Iterator[OpenAIChat]:
    made = OpenAIChat(address, {"model": model, **options})
    try:
        made.load("cpu", "auto")
        yield made
    finally:
        made.close()


def answer(address: str, model: str, decoding: Decoding = INSTRUCT, **options: object) -> Transcript:
    with chat(address, model, **options) as asked:
        answers: list[Transcript] = asked.rewrite([PASSAGE], decoding)
    return answers[0]


def test_the_prompt_goes_before_the_text_and_nothing_is_sampled(address: str) -> None:
    found = answer(address, "good", body={"seed": 3})
    assert found.text == "this is a clip"
    assert found.details == {"max_new_tokens": 74, "new_tokens": 4, "prompt_tokens": 10}
    sent = seen(address)[-1]
    assert sent["path"] == "/v1/chat/completions"
    assert sent["body"] == {
        "model": "good",
        "messages": [{"role": "user", "content": "Leave the fillers out.\n\num this is um a clip"}],
        "temperature": 0.0,
        "max_tokens": 74,
        "seed": 3,
    }


def test_a_system_message_is_a_choice(address: str) -> None:
    answer(address, "good", system=True)
    assert seen(address)[-1]["body"]["messages"] == [
        {"role": "system", "content": "Leave the fillers out."},
        {"role": "user", "content": "um this is um a clip"},
    ]


def test_an_answer_at_the_limit_of_tokens_is_told(address: str) -> None:
    found = answer(address, "good", Decoding("instruct", max_new_tokens=2, temperature=0.5))
    assert (found.text, found.details["stopped_by_token_limit"]) == ("this is", 1)
    assert seen(address)[-1]["body"]["temperature"] == 0.5
    assert "stopped_by_token_limit" not in answer(address, "good").details


@pytest.mark.parametrize(
    ("model", "text", "told"),
    [
        ("parts", "in parts", {}),
        ("refuses", "I can't help with that.", {"refusal": "I can't help with that."}),
        ("thinks", "<think>fillers</think> yes", {"reasoning": "which words are fillers?"}),
        ("silent", "", {}),
    ],
)
def test_whatever_a_model_says_is_its_answer(address: str, model: str, text: str, told: dict[str, str]) -> None:
    found = answer(address, model)
    assert found.text == text
    assert {name: found.details.get(name) for name in ("refusal", "reasoning") if name in found.details} == told


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("malformed", "answered with what is no JSON"),
        ("other", "gave no answer in the form of OpenAI's chat: \"{'answer': 'yes'}\""),
        ("locked", 'answered 401.*api_key_env = "NAME"'),
    ],
)
def test_what_is_no_answer(address: str, model: str, words: str) -> None:
    with pytest.raises(EndpointError, match=words) as failed:
        answer(address, model)
    assert not isinstance(failed.value, BusyError)


class Clock:
    """A clock that goes on by 1 s with each call, and by as long as somebody waits."""

    def __init__(self) -> None:
        self.now, self.waits = 0.0, list[float]()

    def perf_counter(self) -> float:
        return self.now

    process_time = perf_counter

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("pytest_asrbench.engine.host.calls.time", made)
    return made


def test_only_the_call_that_is_answered_is_timed(address: str, clock: Clock) -> None:
    """Twice the server asks to wait for half a second; the third call is answered."""
    with chat(address, "busy2") as asked:

        def work(*arguments: Any) -> Any:
            clock.now += 1
            return asked.rewrite(*arguments)

        found, told, retries = patiently(work, [PASSAGE], INSTRUCT)
    assert (found[0].text, told["seconds"], retries) == ("this is a clip", 1.0, 2)
    assert (clock.waits, clock.now) == ([0.5, 0.5], 4.0)
    assert [one["body"]["model"] for one in seen(address)[-3:]] == ["busy2"] * 3


def test_patience_ends(address: str, clock: Clock) -> None:
    with (
        chat(address, "broken") as asked,
        pytest.raises(BusyError, match="answered 500: Traceback: it broke; it was asked 5 times"),
    ):
        patiently(asked.rewrite, [PASSAGE], INSTRUCT)
    assert clock.waits == [0.25, 0.5, 1.0, 2.0]


def test_the_key_is_sent_and_stands_in_no_record(address: str) -> None:
    made = OpenAIChat(address, {"model": "good", "api_key": "a-key-of-somebody"})
    loaded = made.load("cpu", "auto")
    made.rewrite([PASSAGE], INSTRUCT)
    made.close()
    assert seen(address)[-1]["key"] == "Bearer a-key-of-somebody"
    assert "a-key-of-somebody" not in str(loaded)
    assert (loaded.device, loaded.details["endpoint"]) == ("remote", address)


def test_an_address_may_name_the_chat_itself(address: str) -> None:
    assert answer(f"{address}/chat/completions/", "good").text == "this is a clip"


def test_nobody_at_the_address() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = f"http://127.0.0.1:{port}/v1 cannot be reached .*start the server"
    with pytest.raises(DeviceError, match=words), chat(f"http://127.0.0.1:{port}/v1", ""):
        pass


@pytest.mark.parametrize("source", [None, "localhost:8080"])
def test_no_address(source: str | None) -> None:
    with pytest.raises(UsageError, match="write http://HOST:PORT/v1"):
        OpenAIChat(source, {}).load("cpu", "auto")
