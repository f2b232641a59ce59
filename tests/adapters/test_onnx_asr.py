"""onnx-asr on the tiny Whisper in onnx-community's layout, and on a tiny CTC model in NeMo's."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pytest_asrbench.model_adapters.onnx_asr import OnnxAsr, _providers
from pytest_asrbench.model_adapters.onnx_asr_languages import spoken

from pytest_asrbench.errors import DeviceError, UnsuitedError, UsageError, WeightsError
from tests.adapters.listening import HEARD_WRONG, ask, errors, hear
from tests.checkpoints.common import CONTROLS, audio, clips, wer

library = pytest.importorskip("onnx_asr")

# What Whisper still hears at 10 % more speed; NeMo's front end makes all clips equally loud.
WHISPER_LEAST = {"sped_up": 0.1}
NEMO_CONTROLS = [name for name in CONTROLS if name not in ("tiny_gain", "int16_scaled")]


def loaded(folder: Path, **options: Any) -> OnnxAsr:
    adapter = OnnxAsr(str(folder), options)
    adapter.load("cpu", "auto")
    return adapter


@pytest.fixture(scope="module", params=["", "int8"])
def whisper(request: pytest.FixtureRequest, whisper_onnx: Path) -> OnnxAsr:
    return loaded(whisper_onnx, quantization=request.param)


@pytest.fixture(scope="module", params=["", "int8"])
def nemo(request: pytest.FixtureRequest, nemo_ctc: Path) -> OnnxAsr:
    return loaded(nemo_ctc, quantization=request.param)


@pytest.mark.parametrize("language", ["en", "en-US", None])
def test_whisper_hears_every_word(whisper: OnnxAsr, language: str | None) -> None:
    assert errors(hear(whisper, language=language)) == 0


def test_ctc_hears_every_word(nemo: OnnxAsr) -> None:
    assert errors(hear(nemo)) == 0


def test_answers_as_the_library_itself(whisper_onnx: Path, nemo_ctc: Path) -> None:
    for kind, folder in (("whisper", whisper_onnx), ("nemo-conformer-ctc", nemo_ctc)):
        itself = library.load_model(kind, folder, providers=["CPUExecutionProvider"])
        said = [itself.recognize(clip.samples, language="en") for clip in clips()]
        assert hear(loaded(folder), language="en") == said


@pytest.mark.parametrize("control", CONTROLS)
def test_whisper_hears_spoiled_audio_wrong(whisper_onnx: Path, control: str) -> None:
    spoiled = hear(loaded(whisper_onnx), CONTROLS[control], batch_size=8, language="en")
    assert errors(spoiled) >= WHISPER_LEAST.get(control, HEARD_WRONG)


@pytest.mark.parametrize("control", NEMO_CONTROLS)
def test_ctc_hears_spoiled_audio_wrong(nemo_ctc: Path, control: str) -> None:
    assert errors(hear(loaded(nemo_ctc), CONTROLS[control], batch_size=8)) >= HEARD_WRONG


@pytest.mark.parametrize("batch_size", [3, 8])
def test_a_batch_equals_its_clips(whisper: OnnxAsr, nemo: OnnxAsr, batch_size: int) -> None:
    assert hear(whisper, batch_size=batch_size, language="en") == hear(whisper, language="en")
    assert hear(nemo, batch_size=batch_size) == hear(nemo)


def test_the_library_itself_mixes_the_clips_of_a_batch(whisper_onnx: Path) -> None:
    """Why each clip's features are made alone: where this begins to fail, `max_concurrent_workers` may go."""
    itself = library.load_model("whisper", whisper_onnx, providers=["CPUExecutionProvider"])
    together = itself.recognize([clip.samples for clip in clips()], language="en")
    assert wer([clip.text for clip in clips()], together) > 0.3


def test_long_audio_goes_in_pieces_and_none_is_lost(nemo_ctc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two known clips, cut where they meet, give both texts."""
    first, second = clips(2)
    both = audio(np.concatenate([first.samples, second.samples]))
    (cut_at_pauses,) = ask(loaded(nemo_ctc, longest_seconds=4), [both])
    assert cut_at_pauses.details == {"pieces": 2}
    split = "pytest_asrbench.model_adapters.chunking.split"
    monkeypatch.setattr(split, lambda samples, *_: np.split(samples, [len(first.samples)]))
    (answer,) = ask(loaded(nemo_ctc), [both])
    assert wer([f"{first.text} {second.text}"], [answer.text]) == 0


@pytest.mark.parametrize("samples", [0, 1, 800])
def test_very_short_audio_is_no_error(whisper: OnnxAsr, nemo: OnnxAsr, samples: int) -> None:
    for adapter in (whisper, nemo):
        (answer,) = ask(adapter, [audio(np.zeros(samples, np.float32))])
        assert isinstance(answer.text, str)


def test_what_was_loaded_is_reported(whisper_onnx: Path, nemo_ctc: Path) -> None:
    report = OnnxAsr(str(whisper_onnx), {"quantization": "int8", "threads": "1"}).load("cpu", "int8")
    assert (report.device, report.dtype) == ("cpu", "int8")
    assert report.details["family"] == "WhisperHf"
    assert report.details["providers"] == ["CPUExecutionProvider"]
    assert "encoder_model_int8.onnx" in report.details["files"]
    adapter = OnnxAsr(str(nemo_ctc), {"threads": 1})
    assert adapter.load("cpu", "auto").dtype == "float32"
    assert adapter.model.asr._model.get_session_options().intra_op_num_threads == 1


def test_the_type_may_be_told(nemo_ctc: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(nemo_ctc, tmp_path / "model")
    (folder / "config.json").unlink()
    with pytest.raises(WeightsError, match=r"names no type in its config\.json; tell onnx-asr with \[model=\.\.\.\]"):
        loaded(folder)
    assert errors(hear(loaded(folder, model="nemo-conformer-ctc"))) == 0


@pytest.mark.parametrize(
    ("config", "said"), [({"model_type": "wav2vec2"}, "names 'wav2vec2'; tell onnx-asr with"), ({}, "names no type")]
)
def test_a_type_that_it_does_not_know_is_named(nemo_ctc: Path, tmp_path: Path, config: object, said: str) -> None:
    folder = shutil.copytree(nemo_ctc, tmp_path / "model")
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(WeightsError, match=said):
        loaded(folder)


def cut(name: str, kept: float) -> Callable[[Path], object]:
    def spoil(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(len(content) * kept)])

    return spoil


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (cut("model.onnx", 0.5), "is no whole ONNX model; download it again"),
        (cut("model.onnx", 0.0), "is no whole ONNX model; download it again"),
        (lambda folder: (folder / "model.onnx").unlink(), "'model.onnx' not found"),
        (lambda folder: (folder / "vocab.txt").unlink(), "'vocab.txt' not found"),
        (cut("config.json", 0.5), "cannot be read as JSON"),
    ],
)
def test_a_folder_that_is_not_whole_is_named(
    nemo_ctc: Path, tmp_path: Path, spoil: Callable[[Path], object], said: str
) -> None:
    folder = shutil.copytree(nemo_ctc, tmp_path / "model")
    spoil(folder)
    with pytest.raises(WeightsError, match=said) as caught:
        loaded(folder)
    assert str(folder) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_files_of_a_precision_that_is_not_there(nemo_ctc: Path) -> None:
    with pytest.raises(WeightsError, match=r"model\?fp16\.onnx"):
        loaded(nemo_ctc, quantization="fp16")
    with pytest.raises(DeviceError, match=r"taken in float32; int8 needs other files: \[quantization=\.\.\.\]"):
        OnnxAsr(str(nemo_ctc), {}).load("cpu", "int8")


@pytest.mark.parametrize("source", [None, "/no/such/folder"])
def test_no_folder_at_all(source: str | None) -> None:
    with pytest.raises(WeightsError, match="folder"):
        OnnxAsr(source, {}).load("cpu", "auto")


def test_weights_of_another_kind_are_named(whisper_checkpoint: Path) -> None:
    with pytest.raises(WeightsError, match="a checkpoint for transformers, which the adapter onnx-asr cannot run"):
        loaded(whisper_checkpoint)


@pytest.mark.parametrize("language", ["tlh", "de"])
def test_a_language_that_it_lacks_is_not_for_it(whisper_onnx: Path, nemo_ctc: Path, language: str) -> None:
    for folder in (whisper_onnx, nemo_ctc):
        with pytest.raises(UnsuitedError, match=f"does not know the language '{language}'; it is English-only"):
            ask(loaded(folder, languages="en"), [audio(clips()[0].samples)], language=language)


def test_what_a_family_has_not_is_not_for_it(nemo: OnnxAsr, whisper_onnx: Path) -> None:
    with pytest.raises(UnsuitedError, match="Canary alone does"):
        ask(nemo, [audio(clips()[0].samples)], task="translate")
    with pytest.raises(UsageError, match="Canary alone has this switch"):
        loaded(whisper_onnx, punctuation="off")
    with pytest.raises(UsageError, match="no more than 30 s"):
        loaded(whisper_onnx, longest_seconds=60)


@pytest.mark.parametrize("options", [{"quantisation": "int8"}, {"threads": "many"}, {"longest_seconds": 0}])
def test_options_that_make_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="onnx-asr"):
        OnnxAsr(None, options)


@pytest.mark.parametrize("device", ["cuda:0", "directml:0", "rocm:0"])
def test_a_provider_that_is_not_there(nemo_ctc: Path, device: str) -> None:
    import onnxruntime

    if len(onnxruntime.get_available_providers()) > 2:
        pytest.skip("this ONNX Runtime has more than a CPU")
    with pytest.raises(DeviceError, match=f"{device} was asked for"):
        OnnxAsr(str(nemo_ctc), {}).load(device, "auto")


def test_a_provider_that_does_not_start_is_not_replaced() -> None:
    session = SimpleNamespace(get_providers=lambda: ["CPUExecutionProvider"], disable_fallback=lambda: None)
    asr = SimpleNamespace(_encoder=session, config={})
    assert _providers(asr, "CPUExecutionProvider") == ["CPUExecutionProvider"]
    with pytest.raises(DeviceError, match="CUDAExecutionProvider does not run"):
        _providers(asr, "CUDAExecutionProvider")


def test_english_only_whispers_are_told_no_language(tmp_path: Path) -> None:
    tokens, config = tmp_path / "added_tokens.json", tmp_path / "config.json"
    tokens.write_text(json.dumps({"<|en|>": 1, "<|haw|>": 2, "<|nospeech|>": 3, "<|0.00|>": 4}), "utf-8")
    for size, told in ((51_864, (frozenset({"en"}), False)), (51_865, (frozenset({"en", "haw"}), True))):
        config.write_text(json.dumps({"vocab_size": size}), "utf-8")
        assert spoken({"added_tokens": tokens, "config": config}, canary=False) == told


def test_canarys_languages_are_those_of_its_vocabulary(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("<|en|> 4\n<|de|> 5\n<|pnc|> 6\n<|itn|> 7\nhallo 8\n", "utf-8")
    assert spoken({"vocab": tmp_path / "vocab.txt"}, canary=True) == (frozenset({"en", "de"}), True)


def test_a_session_goes_on_after_a_folder_that_is_cut_short(
    pytester: pytest.Pytester, nemo_ctc: Path, tmp_path: Path
) -> None:
    broken = shutil.copytree(nemo_ctc, tmp_path / "broken")
    cut("model.onnx", 0.5)(broken)
    chosen = " or ".join(clip.id for clip in clips(2))
    result = pytester.runpytest_subprocess(
        f"--asr-models=onnx-asr:{broken},onnx-asr:{nemo_ctc},onnx-asr:{nemo_ctc}[quantization=int8]",
        "--benchmark-quiet",
        "-k",
        chosen,
    )
    outcomes = result.parseoutcomes()
    assert (outcomes["errors"], outcomes["passed"]) == (1, 4)
    with (pytester.path / "reports" / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["WER"] for row in rows if row["Status"] == "OK"} == {"0.0"}
    assert {row["Dtype"] for row in rows if row["Status"] == "OK"} == {"float32", "int8"}
