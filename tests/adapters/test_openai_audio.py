"""Services that take audio as OpenAI's does: what they are sent, and what of their answers is a transcript."""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pytest_asrbench.model_adapters.openai_audio import OpenAIAudio

from pytest_asrbench.adapter import Audio, Decoding, Transcript, Utterance
from pytest_asrbench.errors import BusyError, DeviceError, EndpointError, UnsuitedError, UsageError
from tests.audio_server import TEXT
from tests.chat_server import seen, serving

pytest.importorskip("httpx2")
RATE = 16_000
PCM = (np.sin(np.arange(RATE * 2) * 0.1) * 20_000).astype("<i2")
CLIP = Audio((PCM / np.float32(32768)).astype("float32").tobytes(), RATE, "clips/c0")
PLAIN = Decoding()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving("tests.audio_server") as place:
        yield place


def ask(
    source: str | None,
    decoding: Decoding = PLAIN,
    *,
    clip: Audio = CLIP,
    language: str | None = None,
    prompt: str | None = None,
    **options: Any,
) -> Transcript:
    """The answer of a service to one clip."""
    made = OpenAIAudio(source, options)
    try:
        made.load("cpu", "auto")
        answers: list[Transcript] = made.transcribe([Utterance(clip, language, prompt)], decoding)
    finally:
        made.close()
    return answers[0]


def test_a_clip_goes_as_a_file_into_a_form(address: str) -> None:
    found = ask(f"{address}#good", language="en", prompt="Names: Ada.", body={"seed": 3, "flags": [1]})
    assert (found.text, found.details) == (TEXT, {"prompt_tokens": 20, "new_tokens": 6})
    sent = seen(address)[-1]
    assert (sent["path"], sent["key"], sent["encoding"]) == ("/v1/audio/transcriptions", "", "identity")
    assert sent["body"] == {
        **{"model": "good", "language": "en", "prompt": "Names: Ada.", "response_format": "json", "seed": "3"},
        "flags": "1",
        "file": {"name": "audio.wav", "kind": "audio/wav", "bytes": 44 + 2 * len(PCM), "start": "RIFF"},
    }


def test_the_file_holds_the_samples_bit_by_bit(address: str) -> None:
    ask(f"{address}#chat", chat=True, path="audio/transcriptions")
    (_, part) = seen(address)[-1]["body"]["messages"][0]["content"]
    with wave.open(io.BytesIO(base64.b64decode(part["input_audio"]["data"]))) as file:
        assert file.getparams()[:4] == (1, 2, RATE, len(PCM))
        assert file.readframes(len(PCM)) == PCM.tobytes()


def test_fields_may_have_other_names_or_none(address: str) -> None:
    fields = {"model": "model_name", "response_format": "", "file": "audio"}
    assert ask(f"{address}#good", fields=fields).text == TEXT
    sent = seen(address)[-1]["body"]
    assert sorted(sent) == ["audio", "model_name"]


def test_the_place_of_requests_may_be_another(address: str) -> None:
    ask(None, endpoint=address.removesuffix("/v1"), model="good", path="inference")
    assert seen(address)[-1]["path"] == "/inference"


@pytest.mark.parametrize("kind", ["flac", "mp3"])
def test_other_kinds_of_files(address: str, kind: str) -> None:
    pytest.importorskip("soundfile")
    ask(f"{address}#good", audio=kind)
    file = seen(address)[-1]["body"]["file"]
    assert file["name"] == f"audio.{kind}"
    assert file["bytes"] < len(PCM)


def test_in_a_chat_the_prompt_stands_before_the_audio(address: str) -> None:
    found = ask(f"{address}#parts", Decoding("instruct", max_new_tokens=9), prompt="Summarise.", chat=True)
    assert (found.text, found.details["stopped_by_token_limit"]) == (TEXT, 1)
    sent = seen(address)[-1]
    assert sent["path"] == "/v1/chat/completions"
    body = sent["body"]
    words, audio = body.pop("messages")[0]["content"]
    assert words == {"type": "text", "text": "Summarise."}
    assert (audio["type"], audio["input_audio"]["format"]) == ("input_audio", "wav")
    assert body == {"model": "parts", "temperature": 0.0, "max_tokens": 9}


def test_without_a_prompt_the_words_are_asked_for(address: str) -> None:
    ask(f"{address}#chat", language="de", chat=True, fields={"max_tokens": "max_completion_tokens"})
    body = seen(address)[-1]["body"]
    question = body["messages"][0]["content"][0]["text"]
    assert question == "Transcribe this recording, which is in German. Write down what is said, and nothing else."
    assert body["max_completion_tokens"] == 256 + 40
    ask(f"{address}#chat", Decoding("translate", target_language="fr"), chat=True)
    assert "into French" in seen(address)[-1]["body"]["messages"][0]["content"][0]["text"]


def test_a_translation_has_a_place_of_its_own(address: str) -> None:
    ask(f"{address}#good", Decoding("translate"), language="de")
    sent = seen(address)[-1]
    assert sent["path"] == "/v1/audio/translations"
    assert "language" not in sent["body"]


def test_what_a_form_cannot_be_asked_is_not_asked(address: str) -> None:
    form, chat = OpenAIAudio(f"{address}#good", {}), OpenAIAudio(f"{address}#good", {"chat": True})
    assert "cannot be asked to do what a prompt says" in form.info.refusal(["x"], Decoding("instruct"))
    assert "max_new_tokens = 5" in form.info.refusal([None], Decoding(max_new_tokens=5))
    assert chat.info.refusal(["x"], Decoding("instruct", max_new_tokens=5)) == ""


@pytest.mark.parametrize("form", ["good", "verbose", "segments", "list", "words", "chat", "parts", "plain", "bare"])
def test_forms_of_answers(address: str, form: str) -> None:
    assert ask(f"{address}#{form}").text == TEXT


def test_silence_is_an_answer(address: str) -> None:
    assert ask(f"{address}#silent").text == ""


def test_times_and_the_language_are_kept_where_they_are_told(address: str) -> None:
    found = ask(f"{address}#verbose", Decoding(timestamps=True))
    assert found.details["language"] == "english"
    assert [one["end"] for one in found.details["segments"]] == [1.5, 2]
    assert seen(address)[-1]["body"]["response_format"] == "verbose_json"
    for form in ("good", "plain", "chat", "words"):
        with pytest.raises(UnsuitedError, match="tells no times"):
            ask(f"{address}#{form}", Decoding(timestamps=True))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("none", "gave no transcript"),
        ("other", 'gave no transcript: \'{"answer"'),
        ("empty", "gave no transcript"),
        ("number", "gave no transcript: '5'"),
        ("wrong", "gave no transcript: 'the model is asleep'"),
        ("subtitles", "no JSON"),
        ("events", "no JSON"),
        ("malformed", "no JSON"),
        ("nothing", "no JSON: ''"),
        ("html", "answered with an HTML page: correct the address"),
        ("page", "answered with an HTML page: correct the address"),
    ],
)
@pytest.mark.parametrize("chat", [False, True])
def test_what_is_no_answer(address: str, form: str, words: str, chat: bool) -> None:
    wrong = "(no JSON|HTML page|in the form of OpenAI's chat)" if chat else words
    with pytest.raises(EndpointError, match=wrong) as failed:
        ask(f"{address}#{form}", chat=chat)
    assert not isinstance(failed.value, BusyError)


def test_a_clip_over_the_limit_is_not_sent(address: str) -> None:
    before = len(seen(address))
    words = r"clips/c0 takes 0.1 MB as wav, more than the 0.05 that .* longest_seconds = 600, .* or raise max_mb"
    with pytest.raises(EndpointError, match=words):
        ask(f"{address}#good", max_mb=0.05)
    with pytest.raises(EndpointError, match=r"takes 0\.1 MB"):  # in base64 it is a third more
        ask(f"{address}#good", max_mb=0.07, chat=True)
    assert len(seen(address)) == before
    assert ask(f"{address}#good", max_mb=0.07).text == TEXT


def test_a_long_clip_is_cut_at_pauses_where_that_is_asked_for(address: str) -> None:
    found = ask(f"{address}#verbose", Decoding(timestamps=True), longest_seconds=1.2, max_mb=0.05, price={"minute": 6})
    assert (found.text, found.details["pieces"]) == (f"{TEXT} {TEXT}", 2)
    sizes = [one["body"]["file"]["bytes"] - 44 for one in seen(address)[-2:]]
    assert sum(sizes) == 2 * len(PCM)
    starts = [one["start"] for one in found.details["segments"]]
    assert starts == pytest.approx([0.0, 1.5, sizes[0] / 2 / RATE, sizes[0] / 2 / RATE + 1.5])
    assert found.details["cost"] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("form", "price", "cost"),
    [
        ("good", {"minute": 0.006}, 0.0002),
        ("good", {"million_input_tokens": 5, "million_output_tokens": 10, "currency": "EUR"}, 160e-6),
        ("good", {"million_output_tokens": 10, "minute": 0.6}, 60e-6 + 0.02),
        ("verbose", {"million_output_tokens": 10}, None),  # it counted none
        ("good", {}, None),
    ],
)
def test_what_an_answer_costs(address: str, form: str, price: dict[str, Any], cost: float | None) -> None:
    found = ask(f"{address}#{form}", price=price).details.get("cost")
    assert found == (None if cost is None else pytest.approx(cost))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"price": {"hour": 1}}, "price has no 'hour'; it has minute"),
        ({"price": {"minute": -1}}, "price.minute is -1; it should be a number from 0 up"),
        ({"audio": "ogg"}, "it is one of wav, flac, mp3"),
        ({"api_key": "sk-1\n"}, "^the key holds a blank, a line break"),
        ({"api_key": "schlüssel"}, "^the key holds"),
        ({"max_mb": 0}, "no number above 0"),
    ],
)
def test_options_that_cannot_be(address: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        ask(f"{address}#good", **options)


@pytest.mark.parametrize("source", ["localhost:8000", "ftp://host/v1", "http://", "http://host:port/v1", None])
def test_no_address(source: str | None) -> None:
    with pytest.raises(UsageError, match="write http://HOST:PORT/v1"):
        ask(source)


def test_nobody_listens() -> None:
    with pytest.raises(DeviceError, match=r"http://127\.0\.0\.1:9/v1 cannot be reached .*start the server"):
        ask("http://127.0.0.1:9/v1")


def test_a_key_that_is_refused_is_told_before_a_clip_is_sent(address: str) -> None:
    before = len(seen(address))
    with pytest.raises(EndpointError, match=r'models answered 401: Incorrect API key: \*\*\*; .*api_key_env = "NAME"'):
        ask(f"{address}#good", api_key="refused-from-the-start")
    assert len(seen(address)) == before
