"""Any transformers folder: the right adapter for its config.json, the generic paths, and what cannot be run."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from pytest_asrbench.model_adapters.families import FAMILIES
from pytest_asrbench.model_adapters.transformers_auto import TransformersAuto, choose

from pytest_asrbench.errors import UnsuitedError, UsageError, WeightsError
from tests.adapters.listening import HEARD_WRONG, ask, broken_copy, cut_in_half, errors, hear
from tests.checkpoints import ctc
from tests.checkpoints.common import CONTROLS, Control, audio, clips, wer
from tests.checkpoints.layout import edit_json

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")


def loaded(folder: Path, **options: Any) -> TransformersAuto:
    adapter = TransformersAuto(str(folder), options)
    adapter.load("cpu", "auto")
    return adapter


@pytest.fixture(scope="module")
def speller(ctc_checkpoint: Path) -> TransformersAuto:
    torch.set_num_threads(2)
    return loaded(ctc_checkpoint)


def misheard(adapter: TransformersAuto, control: Control | None = None, batch_size: int = 1) -> float:
    """Word error rate on the clips that the CTC checkpoint knows."""
    heard = [audio(control(clip.samples) if control else clip.samples) for clip in ctc.heard()]
    batches = [heard[first : first + batch_size] for first in range(0, len(heard), batch_size)]
    answers = [answer.text for batch in batches for answer in ask(adapter, batch)]
    return wer([clip.text for clip in ctc.heard()], answers)


def test_whisper_is_run_by_its_adapter(whisper_checkpoint: Path) -> None:
    adapter = TransformersAuto(str(whisper_checkpoint), {"num_beams": "1"})
    assert adapter.load("cpu", "auto").details["adapter"] == "Whisper"
    assert errors(hear(adapter, language="en")) == 0
    adapter.close()
    adapter.close()


def test_granite_is_run_by_its_adapter(granite_checkpoint: Path) -> None:
    pytest.importorskip("peft")
    adapter = TransformersAuto(str(granite_checkpoint), {})
    assert adapter.load("cpu", "auto").details["adapter"] == "Granite"
    assert errors(hear(adapter)) == 0


def test_ctc_hears_every_word(ctc_checkpoint: Path) -> None:
    adapter = TransformersAuto(str(ctc_checkpoint), {})
    report = adapter.load("cpu", "auto")
    assert (report.details["class"], report.details["ctc"]) == ("Wav2Vec2BertForCTC", True)
    assert misheard(adapter) == 0


@pytest.mark.parametrize("control", CONTROLS)
def test_spoiled_audio_is_heard_wrong(speller: TransformersAuto, control: str) -> None:
    if control in ("tiny_gain", "int16_scaled"):
        # Its features are normalised to unit variance, so it hears quiet speech as well as loud.
        assert misheard(speller, CONTROLS[control]) < HEARD_WRONG
    else:
        assert misheard(speller, CONTROLS[control]) >= HEARD_WRONG


def test_a_batch_equals_its_clips(speller: TransformersAuto) -> None:
    assert misheard(speller, batch_size=3) == 0


def test_long_audio_is_cut_into_pieces(ctc_checkpoint: Path) -> None:
    first = ctc.heard()[0]
    adapter = loaded(ctc_checkpoint, max_seconds=2)
    (answer,) = ask(adapter, [audio(first.samples)])
    assert answer.details["pieces"] == 2


def test_an_encoder_decoder_hears_every_word(moonshine_checkpoint: Path) -> None:
    adapter = TransformersAuto(str(moonshine_checkpoint / "transformers"), {})
    report = adapter.load("cpu", "auto")
    assert (report.details["class"], report.details["ctc"]) == ("MoonshineForConditionalGeneration", False)
    known = clips()
    answers = ask(adapter, [audio(clip.samples) for clip in known])
    assert wer([clip.text for clip in known], [answer.text for answer in answers]) == 0
    (cut,) = ask(adapter, [audio(known[0].samples)], max_new_tokens=2)
    assert cut.details["stopped_by_token_limit"] == 1


def test_languages_are_checked_where_they_are_given(ctc_checkpoint: Path) -> None:
    adapter = loaded(ctc_checkpoint, languages="en")
    with pytest.raises(UnsuitedError, match="language 'de'"):
        ask(adapter, [audio(ctc.heard()[0].samples)], language="de")
    with pytest.raises(UnsuitedError, match="cannot be asked to cleanup, only to transcribe"):
        ask(adapter, [audio(ctc.heard()[0].samples)], task="cleanup")


@pytest.mark.parametrize("target", sorted({one.adapter for one in FAMILIES.values()}))
def test_every_family_has_its_adapter(target: str) -> None:
    module, _, name = target.partition(":")
    assert getattr(importlib.import_module(module), name).info.backend == "torch"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"model_type": "bark", "architectures": ["BarkModel"]}, "names the class BarkModel .* cannot run"),
        ({"model_type": "wav2vec2", "architectures": ["Wav2Vec2ForSequenceClassification"]}, "Wav2Vec2ForSequenceC"),
        ({}, "names the class none"),
        ({"model_type": "ultravox", "architectures": ["UltravoxModel"], "auto_map": {}}, "code of its own"),
    ],
)
def test_classes_that_cannot_be_run(config: dict[str, Any], message: str) -> None:
    with pytest.raises(WeightsError, match=message) as caught:
        choose(Path("some/folder"), config, {})
    assert len(str(caught.value).splitlines()) == 1


def test_an_unknown_class_in_a_real_folder(ctc_checkpoint: Path, tmp_path: Path) -> None:
    folder = broken_copy(
        ctc_checkpoint,
        tmp_path / "unknown",
        lambda path: edit_json(path / "config.json", model_type="wav3vec", architectures=["Wav3VecForCTC"]),
    )
    with pytest.raises(WeightsError, match="Wav3VecForCTC"):
        loaded(folder)


REMOTE = """
from transformers import Wav2Vec2BertConfig, Wav2Vec2BertForCTC


class HouseConfig(Wav2Vec2BertConfig):
    model_type = "house_ctc"


class HouseForCTC(Wav2Vec2BertForCTC):
    config_class = HouseConfig
"""


def with_own_code(folder: Path) -> None:
    (folder / "house.py").write_text(REMOTE, "utf-8")
    auto_map = {"AutoConfig": "house.HouseConfig", "AutoModelForCTC": "house.HouseForCTC"}
    edit_json(folder / "config.json", model_type="house_ctc", architectures=["HouseForCTC"], auto_map=auto_map)


def test_code_of_a_checkpoint_runs_for_a_named_revision_only(ctc_checkpoint: Path, tmp_path: Path) -> None:
    folder = broken_copy(ctc_checkpoint, tmp_path / "house", with_own_code)
    with pytest.raises(WeightsError, match="add --asr-trust-remote-code=MODEL@COMMIT"):
        loaded(folder)
    adapter = TransformersAuto(str(folder), {"trust_remote_code": "4f1c2ab9" * 5})
    report = adapter.load("cpu", "auto")
    assert (report.details["class"], report.details["remote_code"]) == ("HouseForCTC", "4f1c2ab9" * 5)
    assert misheard(adapter) == 0


def test_permission_without_need_is_told(ctc_checkpoint: Path) -> None:
    adapter = TransformersAuto(str(ctc_checkpoint), {"trust_remote_code": "4f1c2ab9" * 5})
    with pytest.raises(UsageError, match="needs no code of its own"):
        adapter.load("cpu", "auto")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("model.safetensors", "model.safetensors"),
        ("config.json", "config.json"),
        ("processor_config.json", "processor"),
    ],
)
def test_unusable_files(name: str, message: str, ctc_checkpoint: Path, tmp_path: Path) -> None:
    folder = broken_copy(ctc_checkpoint, tmp_path / "broken", lambda path: cut_in_half(path / name))
    with pytest.raises(WeightsError, match=message) as caught:
        loaded(folder)
    assert str(folder) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("names", [["processor_config.json"], ["tokenizer_config.json", "vocab.json"]])
def test_missing_processor(names: list[str], ctc_checkpoint: Path, tmp_path: Path) -> None:
    def spoil(path: Path) -> None:
        for name in names:
            (path / name).unlink()

    folder = broken_copy(ctc_checkpoint, tmp_path / "broken", spoil)
    with pytest.raises(WeightsError, match=r"processor|tokenizer"):
        loaded(folder)
