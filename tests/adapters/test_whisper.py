"""Whisper by transformers on its tiny checkpoint: short clips, long form, and what it says about unusable files."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_asrbench.model_adapters import guards
from pytest_asrbench.model_adapters.whisper import Whisper

from pytest_asrbench.adapter import Audio
from pytest_asrbench.errors import AudioError, DeviceError, UnsuitedError, UsageError, WeightsError
from tests.adapters.listening import HEARD_WRONG, ask, broken_copy, cut_in_half, errors, hear
from tests.checkpoints.common import CONTROLS, RATE, audio, clips, wer
from tests.checkpoints.layout import edit_json, rename_tensors
from tests.checkpoints.whisper import long_clip

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

# 10 % faster speech is still near enough for some clips.
LEAST = {"sped_up": 0.1}
# transformers' own generate() passes itself arguments in a way that it calls deprecated; nobody else can.
THEIR_OWN = "Passing `generation_config` together with generation-related arguments"


def loaded(folder: Path, dtype: str = "auto", **options: Any) -> Whisper:
    adapter = Whisper(str(folder), options)
    adapter.load("cpu", dtype)
    return adapter


@pytest.fixture(scope="module")
def whisper(whisper_checkpoint: Path) -> Whisper:
    torch.set_num_threads(2)
    return loaded(whisper_checkpoint)


@pytest.mark.parametrize("language", ["en", None])
def test_hears_every_word(whisper: Whisper, language: str | None) -> None:
    assert errors(hear(whisper, language=language)) == 0


def test_reports_what_it_loaded(whisper_checkpoint: Path) -> None:
    report = Whisper(str(whisper_checkpoint), {"num_beams": "2"}).load("cpu", "bf16")
    assert (report.device, report.dtype) == ("cpu", "bfloat16")
    assert report.details["num_beams"] == 2
    assert report.details["multilingual"] is True


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_hears_every_word(whisper_checkpoint: Path, dtype: str) -> None:
    assert errors(hear(loaded(whisper_checkpoint, dtype), language="en")) == 0


@pytest.mark.parametrize("options", [{"num_beams": 2}, {"attention": "eager"}])
def test_options_hear_every_word(whisper_checkpoint: Path, options: dict[str, Any]) -> None:
    assert errors(hear(loaded(whisper_checkpoint, **options), language="en")) == 0


@pytest.mark.parametrize("control", CONTROLS)
def test_spoiled_audio_is_heard_wrong(whisper: Whisper, control: str) -> None:
    assert errors(hear(whisper, CONTROLS[control], language="en")) >= LEAST.get(control, HEARD_WRONG)


@pytest.mark.parametrize("batch_size", [3, 8])
def test_a_batch_equals_its_clips(whisper: Whisper, batch_size: int) -> None:
    assert hear(whisper, batch_size=batch_size, language="en") == hear(whisper, language="en")


@pytest.mark.parametrize("language", ["en", None])
def test_long_form_is_heard_to_its_end(whisper: Whisper, language: str | None) -> None:
    whole = long_clip()
    assert len(whole.samples) > 30 * RATE
    (answer,) = ask(whisper, [audio(whole.samples)], language=language)
    assert wer([whole.text], [answer.text]) == 0
    assert answer.details["long_form"]


def test_cut_at_thirty_seconds_the_end_would_be_missing(whisper: Whisper) -> None:
    (answer,) = ask(whisper, [audio(long_clip().samples[: 30 * RATE])], language="en")
    assert wer([long_clip().text], [answer.text]) > 0.1
    assert not answer.details


def test_long_and_short_clips_in_one_batch(whisper: Whisper) -> None:
    whole, short = long_clip(), clips()[2]
    batch = [audio(samples) for samples in (whole.samples, short.samples, np.tile(whole.samples, 1)[: 33 * RATE])]
    answers = ask(whisper, batch, language="en")
    alone = [ask(whisper, [clip], language="en")[0] for clip in batch]
    assert [answer.text for answer in answers] == [answer.text for answer in alone]
    assert [bool(answer.details) for answer in answers] == [True, False, True]
    assert wer([whole.text, short.text], [answer.text for answer in answers[:2]]) == 0


def test_conditioned_on_previous_text_it_still_answers(whisper_checkpoint: Path) -> None:
    adapter = loaded(whisper_checkpoint, condition_on_previous_text="true")
    (answer,) = ask(adapter, [audio(long_clip().samples)], language="en", max_new_tokens=300)
    assert answer.text.startswith(clips()[0].text)


def test_new_tokens_are_bounded(whisper: Whisper) -> None:
    (answer,) = ask(whisper, [audio(clips()[1].samples)], language="en", max_new_tokens=3)
    assert answer.text == "And he walked"
    (answer,) = ask(whisper, [audio(clips()[1].samples)], language="en", max_new_tokens=9999)
    assert wer([clips()[1].text], [answer.text]) == 0


def test_the_prompt_is_not_part_of_the_answer(whisper: Whisper) -> None:
    prompt = "Zanzibar quartz"
    (answer,) = ask(whisper, [audio(clips()[0].samples)], language="en", prompt=prompt)
    assert answer.text
    assert "Zanzibar" not in answer.text


def test_no_deprecated_calls(whisper_checkpoint: Path, caplog: pytest.LogCaptureFixture) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        warnings.simplefilter("error", FutureWarning)
        logging.getLogger("transformers").addHandler(caplog.handler)
        adapter = loaded(whisper_checkpoint)
        for language, samples in (("en", clips()[0].samples), (None, long_clip().samples)):
            ask(adapter, [audio(samples)] * 2, language=language, max_new_tokens=200)
        logging.getLogger("transformers").removeHandler(caplog.handler)
    worried = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert [message for message in worried if THEIR_OWN not in message] == []


def test_tasks_that_it_cannot_serve(whisper: Whisper) -> None:
    with pytest.raises(UsageError, match="cannot do the task 'cleanup'"):
        ask(whisper, [audio(clips()[0].samples)], task="cleanup")


def test_a_language_that_it_lacks_is_not_for_it(whisper: Whisper, whisper_checkpoint: Path) -> None:
    with pytest.raises(UnsuitedError, match="does not know the language 'tlh'"):
        ask(whisper, [audio(clips()[0].samples)], language="tlh")
    english = loaded(whisper_checkpoint, languages=["en"])
    with pytest.raises(UnsuitedError, match="'de-CH'; it is English-only"):
        ask(english, [audio(clips()[0].samples)], language="de-CH")
    with pytest.raises(UsageError, match="option languages"):
        loaded(whisper_checkpoint, languages=["tlh"])


@pytest.mark.parametrize("language", ["en-US", "EN", "en_GB"])
def test_regional_tags_mean_the_language(whisper: Whisper, language: str) -> None:
    (answer,) = ask(whisper, [audio(clips()[0].samples)], language=language)
    assert (answer.text, dict(answer.details)) == (clips()[0].text, {})


@pytest.mark.parametrize("beams", [1, 2])
def test_the_detected_language_is_recorded_and_the_clip_encoded_once(whisper_checkpoint: Path, beams: int) -> None:
    adapter = loaded(whisper_checkpoint, num_beams=beams)
    encoded: list[int] = []
    adapter.model.get_encoder().register_forward_hook(lambda *_: encoded.append(1))
    answers = ask(adapter, [audio(clip.samples) for clip in clips(3)])
    assert [answer.details["language"] for answer in answers] == ["en"] * 3
    assert [answer.text for answer in answers] == [clip.text for clip in clips(3)]
    assert len(encoded) == 1
    (whole,) = ask(adapter, [audio(long_clip().samples)])
    assert dict(whole.details) == {"long_form": True, "language": "en"}


def test_a_model_for_one_language_need_not_detect_it(whisper_checkpoint: Path) -> None:
    (answer,) = ask(loaded(whisper_checkpoint, languages="fr"), [audio(clips()[0].samples)])
    assert answer.details["language"] == "fr", "detection would have said en"


def suppressing(word: str) -> Callable[[Path], object]:
    """Make a release's list of tokens that cannot be said of the tokens of one word."""

    def change(folder: Path) -> None:
        tokens = WhisperTokenizer.from_pretrained(folder).encode(f" {word}", add_special_tokens=False)
        edit_json(folder / "generation_config.json", suppress_tokens=tokens)

    from transformers import WhisperTokenizer

    return change


@pytest.mark.parametrize("on", [True, False])
def test_guards_are_switched_and_recorded(whisper_checkpoint: Path, tmp_path: Path, on: bool) -> None:
    first = clips()[0].text.split()[0]
    folder = broken_copy(whisper_checkpoint, tmp_path / "release", suppressing(first))
    adapter = Whisper(str(folder), {"guards": "on" if on else "off"})
    recorded = adapter.load("cpu", "auto").details["guards"]
    assert recorded["suppressed_sounds"] is on
    assert recorded["no_speech_threshold"] == (guards.NO_SPEECH if on else None)
    (answer,) = ask(adapter, [audio(clips()[0].samples)], language="en")
    assert (first in answer.text) is not on


@pytest.mark.parametrize("long", [False, True])
def test_a_window_that_the_guards_take_for_no_speech_is_left_out(
    whisper_checkpoint: Path, monkeypatch: pytest.MonkeyPatch, long: bool
) -> None:
    samples = long_clip().samples if long else clips()[0].samples
    guarded = loaded(whisper_checkpoint, guards="on")
    assert ask(guarded, [audio(samples)], language="en")[0].text, "speech passes"
    monkeypatch.setattr(guards, "NO_SPEECH", -1.0)
    monkeypatch.setattr(guards, "LOG_PROBABILITY", 1.0)
    assert ask(guarded, [audio(samples)], language="en")[0].text == ""
    assert ask(loaded(whisper_checkpoint), [audio(samples)], language="en")[0].text


@pytest.mark.parametrize("language", ["jv", "jw"])
def test_javanese_by_either_code(whisper: Whisper, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    generate = whisper.model.generate

    def spied(*arguments: Any, **choices: Any) -> Any:
        asked.append(choices["language"])
        return generate(*arguments, **choices)

    monkeypatch.setattr(whisper.model, "generate", spied)
    (answer,) = ask(whisper, [audio(clips()[0].samples)], language=language)
    assert answer.text
    assert asked == ["jw"]


def test_english_only_checkpoints(whisper_checkpoint: Path, tmp_path: Path) -> None:
    def english(folder: Path) -> None:
        edit_json(folder / "generation_config.json", is_multilingual=False, lang_to_id=None, task_to_id=None)

    adapter = loaded(broken_copy(whisper_checkpoint, tmp_path / "english", english))
    with pytest.raises(UnsuitedError, match="'de'; it is English-only"):
        ask(adapter, [audio(clips()[0].samples)], language="de")
    with pytest.raises(UsageError, match="task 'translate'"):
        ask(adapter, [audio(clips()[0].samples)], task="translate")
    assert len(hear(adapter, language="en")) == len(clips())  # neither language nor task token is asked for


def test_old_fine_tunes_without_a_generation_config(whisper_checkpoint: Path, tmp_path: Path) -> None:
    def old(folder: Path) -> None:
        (folder / "generation_config.json").unlink()
        edit_json(folder / "config.json", forced_decoder_ids=[[1, 50259], [2, 50360], [3, 50364]], max_length=448)

    adapter = loaded(broken_copy(whisper_checkpoint, tmp_path / "old", old))
    assert errors(hear(adapter)) == 0
    assert errors(hear(adapter, language="en")) == 0
    (answer,) = ask(adapter, [audio(long_clip().samples)])
    assert wer([long_clip().text], [answer.text]) == 0
    assert len(adapter.languages) == 100


def test_audio_at_another_rate_is_refused(whisper: Whisper) -> None:
    clip = Audio(clips()[0].samples.tobytes(), 8000, "corpus/eight")
    with pytest.raises(AudioError, match="corpus/eight has 8000 Hz"):
        ask(whisper, [clip])


@pytest.mark.parametrize(("device", "dtype"), [("cuda:77", "auto"), ("tpu:0", "auto"), ("directml:0", "auto")])
def test_devices_that_are_not_there(whisper_checkpoint: Path, device: str, dtype: str) -> None:
    with pytest.raises(DeviceError, match=device):
        Whisper(str(whisper_checkpoint), {}).load(device, dtype)


@pytest.mark.parametrize(
    "options", [{"beams": 2}, {"num_beams": "many"}, {"num_beams": 0}, {"condition_on_previous_text": "perhaps"}]
)
def test_options_that_make_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="whisper"):
        Whisper(None, options)


def drop(*names: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return spoil


def resize_mels(folder: Path) -> None:
    for name in ("preprocessor_config.json", "processor_config.json"):
        edit_json(folder / name, feature_size=80, feature_extractor={"feature_size": 80})


LORA = '{"peft_type": "LORA", "base_model_name_or_path": "x", "target_modules": ["q_proj"], "r": 2}'


def pickle_named_by_the_config(folder: Path) -> None:
    edit_json(folder / "config.json", transformers_weights="adapter_model.bin")
    torch.save({}, folder / "adapter_model.bin")


def pickled_lora(folder: Path) -> None:
    (folder / "adapter_config.json").write_text(LORA, "utf-8")
    torch.save({}, folder / "adapter_model.bin")


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "truncated weights": (lambda folder: cut_in_half(folder / "model.safetensors"), "model.safetensors"),
    "weights that are none": (lambda folder: (folder / "model.safetensors").write_bytes(b"<html>"), "truncated or no"),
    "no weights": (drop("model.safetensors"), "no \\*.safetensors"),
    "no config": (drop("config.json"), "config.json"),
    "damaged config": (lambda folder: cut_in_half(folder / "config.json"), "config.json cannot be read"),
    "no processor": (drop("processor_config.json", "preprocessor_config.json"), "processor"),
    "no tokenizer": (drop("tokenizer.json"), "processor|tokenizer"),
    "missing weights": (
        lambda folder: rename_tensors(folder / "model.safetensors", lambda name: None if "fc2" in name else name),
        "lacks 8 weights",
    ),
    "other sizes": (lambda folder: edit_json(folder / "config.json", encoder_ffn_dim=64), "another shape|mismatch"),
    "another class": (lambda folder: edit_json(folder / "config.json", model_type="wav2vec2"), "wav2vec2 checkpoint"),
    "damaged tokenizer": (lambda folder: cut_in_half(folder / "tokenizer.json"), "tokenizer.json cannot be read"),
    "damaged generation config": (
        lambda folder: cut_in_half(folder / "generation_config.json"),
        "generation_config.json cannot be read",
    ),
    "a config of senseless values": (
        lambda folder: edit_json(folder / "config.json", encoder_layers="many"),
        "cannot be loaded.*check its config.json",
    ),
    "no heads": (lambda folder: edit_json(folder / "config.json", encoder_attention_heads=0), "cannot be loaded"),
    "a pickle named by the config": (pickle_named_by_the_config, r"adapter_model\.bin is a pickle, which runs code"),
    "a pickled LoRA beside the weights": (pickled_lora, r"adapter_model\.bin is a pickle, which runs code"),
    "an index that names a pickle": (
        lambda folder: (folder / "model.safetensors.index.json").write_text(
            '{"weight_map": {"a": "pytorch_model.bin"}}', "utf-8"
        ),
        r"names 'pytorch_model\.bin', but weights are loaded from safetensors",
    ),
    "other mel bands": (resize_mels, "80 mel bands, but the encoder needs 128"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_unusable_files(fault: str, whisper_checkpoint: Path, tmp_path: Path) -> None:
    spoil, message = FAULTS[fault]
    folder = broken_copy(whisper_checkpoint, tmp_path / "whisper", spoil)
    with pytest.raises(WeightsError, match=message) as caught:
        loaded(folder)
    assert str(folder) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("source", [None, "/no/such/folder"])
def test_no_folder_at_all(source: str | None) -> None:
    with pytest.raises(WeightsError, match="folder"):
        Whisper(source, {}).load("cpu", "auto")
