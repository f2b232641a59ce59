"""Voxtral on its tiny checkpoint: what it hears, what it must not hear, and what it says about unusable files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_asrbench.model_adapters.speech_llm import Asked
from pytest_asrbench.model_adapters.voxtral import Voxtral

from pytest_asrbench.adapter import Audio, Decoding
from pytest_asrbench.errors import AudioError, UnsuitedError, WeightsError
from tests.adapters.listening import HEARD_WRONG, ask, broken_copy, cut_in_half, errors, hear, long_clip
from tests.checkpoints.common import CONTROLS, audio, clips
from tests.checkpoints.layout import edit_json, rename_tensors

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("mistral_common")

# Eight memorised sentences are told apart at a slightly higher speed too: `sped_up` proves nothing here.
TELLING = sorted(set(CONTROLS) - {"sped_up"})


def loaded(folder: Path, **options: Any) -> Voxtral:
    adapter = Voxtral(str(folder), options)
    adapter.load("cpu", "auto")
    return adapter


@pytest.fixture(scope="module")
def voxtral(voxtral_checkpoint: Path) -> Voxtral:
    return loaded(voxtral_checkpoint)


@pytest.mark.parametrize("language", ["en", None])
def test_hears_every_word(voxtral: Voxtral, language: str | None) -> None:
    assert errors(hear(voxtral, language=language)) == 0


def test_bfloat16_hears_every_word(voxtral_checkpoint: Path) -> None:
    adapter = Voxtral(str(voxtral_checkpoint), {})
    assert adapter.load("cpu", "bfloat16").dtype == "bfloat16"
    assert errors(hear(adapter)) == 0


@pytest.mark.parametrize("control", TELLING)
def test_spoiled_audio_is_heard_wrong(voxtral: Voxtral, control: str) -> None:
    assert errors(hear(voxtral, CONTROLS[control])) >= HEARD_WRONG


@pytest.mark.parametrize("batch_size", [3, 8])
def test_a_batch_equals_its_clips(voxtral: Voxtral, batch_size: int) -> None:
    assert hear(voxtral, batch_size=batch_size) == hear(voxtral)


def test_the_language_stands_in_the_request(voxtral: Voxtral) -> None:
    prompts = {}
    for language in ("en", "pt", None):
        inputs = voxtral._encode([clips()[0].samples], Asked(language))
        text = voxtral.processor.tokenizer.decode(inputs["input_ids"][0])
        prompts[language] = text.rpartition("[/INST]")[2]
    assert prompts == {"en": "lang:en[TRANSCRIBE]", "pt": "lang:pt[TRANSCRIBE]", None: "[TRANSCRIBE]"}


def test_audio_of_several_windows_goes_into_one_call(voxtral: Voxtral) -> None:
    import numpy

    longer = numpy.concatenate([long_clip(), long_clip()])
    inputs = voxtral._encode([longer], Asked())
    windows = -(-len(longer) // 480_000)
    assert inputs["input_features"].shape == (windows, 128, 3000)
    assert windows > 1
    (answer,) = ask(voxtral, [audio(longer)], max_new_tokens=8)
    assert "pieces" not in answer.details


def test_longer_audio_than_its_limit_is_cut(voxtral_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter, samples = loaded(voxtral_checkpoint, max_seconds=10), long_clip()
    lengths: list[int] = []
    encode = adapter._encode

    def counted(waves: Any, asked: Asked) -> Any:
        lengths.extend(map(len, waves))
        return encode(waves, asked)

    monkeypatch.setattr(adapter, "_encode", counted)
    (answer,) = ask(adapter, [audio(samples)])
    assert sum(lengths) == len(samples)
    assert answer.details["pieces"] == len(lengths) > 2
    assert Voxtral.info.max_seconds == 30 * 60


@pytest.mark.parametrize("samples", [0, 1, 160])
def test_audio_too_short_for_a_word(samples: int, voxtral: Voxtral) -> None:
    (answer,) = ask(voxtral, [audio(clips()[0].samples[:samples])], max_new_tokens=4)
    assert isinstance(answer.text, str)


@pytest.mark.parametrize("language", ["sv", "english", "xx"])
def test_a_language_it_lacks(voxtral: Voxtral, language: str) -> None:
    with pytest.raises(UnsuitedError, match=f"language '{language}'"):
        hear(voxtral, language=language)


def test_a_prompt_is_followed_and_never_stands_beside_a_transcription(voxtral: Voxtral) -> None:
    assert voxtral.info.refusal(["Write down what you hear"], Decoding("instruct")) == ""
    with pytest.raises(UnsuitedError, match="takes no words beside what it transcribes"):
        ask(voxtral, [audio(clips()[0].samples)], prompt="Ann, Bob")


def test_a_chat_has_the_audio_of_a_transcription_and_the_words_behind_it(voxtral: Voxtral) -> None:
    import torch

    waves = [clip.samples for clip in clips()[:2]]
    asked = voxtral._encode(waves, Asked(None, "Leave the fillers out.", Decoding("instruct")))
    usual = voxtral._encode(waves, Asked())
    assert torch.equal(asked["input_features"], usual["input_features"])
    for row in asked["input_ids"]:
        before, _, text = voxtral.processor.tokenizer.decode(row).replace("[AUDIO]", "").partition("<s>")
        assert text == "[INST][BEGIN_AUDIO]Leave the fillers out.[/INST]"
        assert before.replace("<pad>", "") == ""


def test_audio_at_another_rate_is_refused(voxtral: Voxtral) -> None:
    with pytest.raises(AudioError, match="8000 Hz"):
        ask(voxtral, [Audio(clips()[0].samples.tobytes(), 8000, "a/b")])


def test_works_without_a_network(voxtral_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refused(*_: Any, **__: Any) -> Any:
        raise AssertionError("a local folder needs no network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    assert errors(hear(loaded(voxtral_checkpoint))) == 0


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "truncated weights": (lambda folder: cut_in_half(folder / "model.safetensors"), "model.safetensors"),
    "no processor": (lambda folder: (folder / "preprocessor_config.json").unlink(), "processor"),
    "no tokenizer": (lambda folder: (folder / "tekken.json").unlink(), "tekken.json"),
    "damaged tokenizer": (lambda folder: cut_in_half(folder / "tekken.json"), "tekken.json cannot be read"),
    "missing weights": (
        lambda folder: rename_tensors(folder / "model.safetensors", lambda name: None if "v_proj" in name else name),
        "lacks",
    ),
    "another class": (lambda folder: edit_json(folder / "config.json", model_type="glmasr"), "glmasr checkpoint"),
    "other mel bands": (
        lambda folder: edit_json(folder / "preprocessor_config.json", feature_size=80),
        "80 mel bands",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_unusable_files(fault: str, voxtral_checkpoint: Path, tmp_path: Path) -> None:
    spoil, message = FAULTS[fault]
    folder = broken_copy(voxtral_checkpoint, tmp_path / "voxtral", spoil)
    with pytest.raises(WeightsError, match=message) as caught:
        loaded(folder)
    assert str(folder) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
