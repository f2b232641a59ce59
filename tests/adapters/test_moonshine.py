"""Moonshine through useful-moonshine-onnx, on a tiny checkpoint of the release's layout and real speech."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pytest_asrbench.model_adapters import onnx_support
from pytest_asrbench.model_adapters.moonshine import DECODER, ENCODER, VARIANTS, Moonshine, variant

from pytest_asrbench.errors import DeviceError, UnsuitedError, UsageError, WeightsError
from tests.adapters.listening import ask
from tests.checkpoints.common import CONTROLS, Clip, audio, clips, wer

for package in ("onnxruntime", "moonshine_onnx"):
    pytest.importorskip(package)


def loaded(folder: Path, **options: Any) -> Moonshine:
    adapter = Moonshine(str(folder), options)
    adapter.load("cpu", "auto")
    return adapter


@pytest.fixture(scope="module")
def model(moonshine_checkpoint: Path) -> Iterator[Moonshine]:
    adapter = loaded(moonshine_checkpoint)
    yield adapter
    adapter.close()


def heard(adapter: Moonshine, spoken: Sequence[Clip]) -> list[str]:
    return [one.text for one in ask(adapter, [audio(clip.samples, clip.id) for clip in spoken])]


def test_transcribes_without_an_error(model: Moonshine) -> None:
    assert wer([clip.text for clip in clips()], heard(model, clips())) == 0


def test_answers_as_the_library_itself(model: Moonshine, moonshine_checkpoint: Path) -> None:
    import moonshine_onnx

    itself = moonshine_onnx.MoonshineOnnxModel(models_dir=str(moonshine_checkpoint), model_name="moonshine/base")
    answers = [moonshine_onnx.transcribe(clip.samples, itself)[0] for clip in clips()]
    assert answers == heard(model, clips())


@pytest.mark.parametrize("control", CONTROLS)
def test_spoilt_audio_is_not_understood(model: Moonshine, control: str) -> None:
    spoilt = [Clip(clip.id, CONTROLS[control](clip.samples), clip.text) for clip in clips()]
    rate = wer([clip.text for clip in clips()], heard(model, spoilt))
    print(f"moonshine {control}: WER {rate:.2f}")
    assert rate >= 0.3


def test_a_batch_is_answered_as_its_clips_alone(model: Moonshine) -> None:
    three = clips(3)
    assert heard(model, three) == [heard(model, [clip])[0] for clip in three]


def test_what_was_loaded_is_reported(moonshine_checkpoint: Path) -> None:
    adapter = Moonshine(str(moonshine_checkpoint), {"threads": 1})
    report = adapter.load("cpu", "float32")
    assert (report.device, report.dtype) == ("cpu", "float32")
    assert report.details == {"variant": "base", "providers": ["CPUExecutionProvider"], "threads": 1}
    assert adapter._model.encoder.get_session_options().intra_op_num_threads == 1
    assert heard(adapter, clips(1)) == [clips(1)[0].text]


def test_the_folder_may_have_any_name(moonshine_checkpoint: Path, tmp_path: Path) -> None:
    folder = tmp_path / "moonshine-tiny"
    shutil.copytree(moonshine_checkpoint, folder, ignore=shutil.ignore_patterns("transformers"))
    assert Moonshine(str(folder), {}).load("cpu", "auto").details["variant"] == "base"


def test_long_audio_goes_in_pieces_and_none_is_lost(model: Moonshine) -> None:
    pause = np.zeros(16_000, np.float32)
    long = np.concatenate([part for clip in clips() for part in (clip.samples, pause)] * 2)
    assert len(long) / 16_000 > 60
    [answer] = ask(model, [audio(long)])
    assert answer.details["pieces"] >= 3
    assert answer.text


def test_a_piece_is_heard_to_its_end(model: Moonshine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two known clips, cut where they meet, give both texts: the joint is exactly the chunker's."""
    first, second = clips(2)
    both = np.concatenate([first.samples, second.samples])
    monkeypatch.setattr(
        "pytest_asrbench.model_adapters.chunking.split", lambda samples, *_: np.split(samples, [len(first.samples)])
    )
    [answer] = ask(model, [audio(both)])
    assert answer.text == f"{first.text} {second.text}"
    assert answer.details == {"pieces": 2}


@pytest.mark.parametrize("samples", [0, 1, 800, 1_600])
def test_a_clip_shorter_than_the_convolutions_is_no_error(model: Moonshine, samples: int) -> None:
    [answer] = ask(model, [audio(np.zeros(samples, np.float32))])
    assert isinstance(answer.text, str)


def test_a_limit_of_tokens_is_kept_and_reported(model: Moonshine, moonshine_checkpoint: Path) -> None:
    [whole] = ask(model, [audio(clips(1)[0].samples)])
    [part] = ask(model, [audio(clips(1)[0].samples)], max_new_tokens=3)
    assert whole.text.startswith(part.text)
    assert len(part.text) < len(whole.text)
    assert part.details == {"cut_off_by_token_limit": 1}
    assert whole.details == {}


def test_no_other_dtype(moonshine_checkpoint: Path) -> None:
    with pytest.raises(DeviceError, match="float32"):
        Moonshine(str(moonshine_checkpoint), {}).load("cpu", "float16")


@pytest.mark.parametrize(
    ("device", "provider"),
    [
        ("cuda:0", "CUDAExecutionProvider"),
        ("rocm:0", "MIGraphXExecutionProvider"),
        ("directml:0", "DmlExecutionProvider"),
        ("mps", "CoreMLExecutionProvider"),
        ("xpu:0", "OpenVINOExecutionProvider"),
    ],
)
def test_an_absent_provider_is_an_error(moonshine_checkpoint: Path, device: str, provider: str) -> None:
    import onnxruntime

    if provider in onnxruntime.get_available_providers():
        pytest.skip(f"{provider} is there")
    with pytest.raises(DeviceError, match=rf"{device} was asked for.*{provider}"):
        Moonshine(str(moonshine_checkpoint), {}).load(device, "auto")


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        ("cpu", ("CPUExecutionProvider", {})),
        ("cuda:1", ("CUDAExecutionProvider", {"device_id": 1})),
        ("rocm:0", ("ROCMExecutionProvider", {"device_id": 0})),
        ("directml:0", ("DmlExecutionProvider", {"device_id": 0})),
    ],
)
def test_the_device_chooses_the_provider(device: str, expected: tuple[str, dict[str, int]]) -> None:
    available = ["CUDAExecutionProvider", "ROCMExecutionProvider", "DmlExecutionProvider", "CPUExecutionProvider"]
    runtime = SimpleNamespace(get_available_providers=lambda: available, __version__="1.0")
    assert onnx_support.provider(runtime, device, {}) == expected


def test_a_provider_that_does_not_start_is_not_replaced(moonshine_checkpoint: Path) -> None:
    """ONNX Runtime drops a provider that cannot start and goes on with the CPU; here that must not pass."""
    import onnxruntime

    runtime = SimpleNamespace(
        SessionOptions=onnxruntime.SessionOptions,
        InferenceSession=lambda file, settings, providers: onnxruntime.InferenceSession(
            file, settings, providers=["CPUExecutionProvider"]
        ),
    )
    with pytest.raises(DeviceError, match="CUDAExecutionProvider could not start"):
        onnx_support.open_session(runtime, moonshine_checkpoint / ENCODER, ("CUDAExecutionProvider", {}))


def test_an_unknown_device_is_named() -> None:
    import onnxruntime

    with pytest.raises(DeviceError, match="'tpu:0' is no device of ONNX Runtime"):
        onnx_support.provider(onnxruntime, "tpu:0", {})


@pytest.mark.parametrize("name", [ENCODER, DECODER])
def test_a_missing_file_is_named(moonshine_checkpoint: Path, tmp_path: Path, name: str) -> None:
    other = {ENCODER: DECODER, DECODER: ENCODER}[name]
    shutil.copy(moonshine_checkpoint / other, tmp_path)
    with pytest.raises(WeightsError, match=f"has no {name}"):
        loaded(tmp_path)


@pytest.mark.parametrize("name", [ENCODER, DECODER])
@pytest.mark.parametrize("kept", [0.0, 0.5, 0.99])
def test_a_truncated_file_is_named(moonshine_checkpoint: Path, tmp_path: Path, name: str, kept: float) -> None:
    for file in (ENCODER, DECODER):
        shutil.copy(moonshine_checkpoint / file, tmp_path)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(WeightsError, match=f"{name}.*download it again"):
        loaded(tmp_path)


def test_files_of_another_model_are_told_apart(moonshine_checkpoint: Path, tmp_path: Path) -> None:
    shutil.copy(moonshine_checkpoint / ENCODER, tmp_path / ENCODER)
    shutil.copy(moonshine_checkpoint / ENCODER, tmp_path / DECODER)
    with pytest.raises(WeightsError, match="no input encoder_hidden_states"):
        loaded(tmp_path)


def test_a_depth_that_the_library_lacks_is_named(moonshine_checkpoint: Path, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    shutil.copy(moonshine_checkpoint / ENCODER, tmp_path)
    decoder = onnx.load(moonshine_checkpoint / DECODER)
    for side in ("decoder", "encoder"):
        for part in ("key", "value"):
            name = f"past_key_values.8.{side}.{part}"
            decoder.graph.input.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [0, 8, 1, 4]))
    onnx.save(decoder, tmp_path / DECODER)
    with pytest.raises(WeightsError, match=r"has 9 layers.*6 \(tiny\) or 8 \(base\)"):
        loaded(tmp_path)


@pytest.mark.parametrize(("layers", "name"), VARIANTS.items())
def test_the_variant_is_read_from_the_decoder(layers: int, name: str) -> None:
    caches = {f"past_key_values.{layer}.{side}.key" for layer in range(layers) for side in ("decoder", "encoder")}
    decoder = {"input_ids", "encoder_hidden_states", "use_cache_branch"} | caches
    assert variant(Path(), {"input_values"}, decoder) == name


@pytest.mark.parametrize("option", ["threads", "tokens_per_second"])
def test_a_senseless_option_is_named(moonshine_checkpoint: Path, option: str) -> None:
    with pytest.raises(UsageError, match=rf"moonshine\[{option}=many\]: that is no (whole )?number"):
        loaded(moonshine_checkpoint, **{option: "many"})


def test_an_unknown_option_names_the_one_that_was_meant() -> None:
    with pytest.raises(UsageError, match="moonshine has no option 'thread'; did you mean 'threads'"):
        Moonshine(None, {"thread": 2})


@pytest.mark.parametrize("language", ["de", "pt-BR"])
def test_another_language_is_not_for_it(model: Moonshine, language: str) -> None:
    with pytest.raises(UnsuitedError, match=f"moonshine does not know the language '{language}'; it is English-only"):
        ask(model, [audio(clips()[0].samples)], language=language)


@pytest.mark.parametrize("language", ["en", "en-US", "EN"])
def test_english_by_any_of_its_tags(model: Moonshine, language: str) -> None:
    (answer,) = ask(model, [audio(clips()[0].samples)], language=language)
    assert answer.text == clips()[0].text


def session(pytester: pytest.Pytester, models: str) -> tuple[pytest.RunResult, list[dict[str, str]]]:
    """Run the plugin's own suite on the clips; return its result and the rows of results.csv."""
    chosen = " or ".join(clip.id for clip in clips())
    result = pytester.runpytest_subprocess(f"--asr-models={models}", "--benchmark-quiet", "-k", chosen)
    with (pytester.path / "reports" / "results.csv").open(encoding="utf-8", newline="") as file:
        return result, list(csv.DictReader(file))


def test_a_session_on_a_local_folder(pytester: pytest.Pytester, moonshine_checkpoint: Path) -> None:
    result, rows = session(pytester, f"moonshine:{moonshine_checkpoint}")
    assert result.parseoutcomes()["passed"] == len(clips())
    assert {row["Snippet"]: float(row["WER"]) for row in rows} == {clip.id: 0.0 for clip in clips()}
    assert {(row["Device"], row["Dtype"]) for row in rows} == {("cpu", "float32")}


def test_a_session_goes_on_after_a_truncated_file(
    pytester: pytest.Pytester, moonshine_checkpoint: Path, tmp_path: Path
) -> None:
    for file in (ENCODER, DECODER):
        shutil.copy(moonshine_checkpoint / file, tmp_path)
    (tmp_path / DECODER).write_bytes((tmp_path / DECODER).read_bytes()[:100_000])
    result, rows = session(pytester, f"moonshine:{tmp_path},moonshine:{moonshine_checkpoint}")
    outcomes = result.parseoutcomes()
    assert (outcomes["errors"], outcomes["passed"]) == (1, len(clips()))
    errors = {row["Error"] for row in rows if str(tmp_path) in row["Model"] and row["Status"] == "ERROR"}
    assert all(f"{DECODER} (100000 bytes) is no whole ONNX model; download it again" in error for error in errors)
    assert errors
