"""transcribe.cpp on the tiny Whisper: the same words as transformers, in half precision and in eight bits."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_asrbench.model_adapters import guards
from pytest_asrbench.model_adapters.transcribe_cpp import TranscribeCpp
from pytest_asrbench.model_adapters.whisper import Whisper

from pytest_asrbench.adapter import Decoding
from pytest_asrbench.errors import DeviceError, UnsuitedError, UsageError, WeightsError
from tests.adapters.listening import HEARD_WRONG, ask, errors, hear
from tests.checkpoints.common import CONTROLS, RATE, audio, clips, wer
from tests.checkpoints.whisper import long_clip

library = pytest.importorskip("transcribe_cpp")

PRECISIONS = {"F16": "float16", "Q8_0": "q8_0"}
# 10 % faster speech is still near enough for some clips.
LEAST = {"sped_up": 0.1}


def loaded(file: Path, **options: Any) -> TranscribeCpp:
    adapter = TranscribeCpp(str(file), options)
    adapter.load("cpu", "auto")
    return adapter


@pytest.fixture(scope="module", params=PRECISIONS)
def model(request: pytest.FixtureRequest, whisper_gguf: Path) -> TranscribeCpp:
    return loaded(whisper_gguf / f"whisper-{request.param}.gguf")


@pytest.fixture(scope="module")
def eight_bits(whisper_gguf: Path) -> TranscribeCpp:
    return loaded(whisper_gguf / "whisper-Q8_0.gguf")


@pytest.mark.parametrize("language", ["en", "en-US", None])
def test_hears_every_word(model: TranscribeCpp, language: str | None) -> None:
    assert errors(hear(model, language=language)) == 0


def test_says_the_same_as_the_library_itself(model: TranscribeCpp) -> None:
    itself = [
        model.session.run(clip.samples, language="en", timestamps="none", family=model._whisper_options()).text
        for clip in clips()
    ]
    assert hear(model, language="en") == itself


def test_says_the_same_as_transformers(eight_bits: TranscribeCpp, whisper_checkpoint: Path) -> None:
    pytest.importorskip("transformers")
    reference = Whisper(str(whisper_checkpoint), {})
    reference.load("cpu", "auto")
    assert hear(eight_bits, batch_size=8, language="en") == hear(reference, batch_size=8, language="en")


@pytest.mark.parametrize("control", CONTROLS)
def test_spoiled_audio_is_heard_wrong(eight_bits: TranscribeCpp, control: str) -> None:
    assert errors(hear(eight_bits, CONTROLS[control], language="en")) >= LEAST.get(control, HEARD_WRONG)


@pytest.mark.parametrize("batch_size", [3, 8])
def test_a_batch_equals_its_clips(eight_bits: TranscribeCpp, batch_size: int) -> None:
    assert hear(eight_bits, batch_size=batch_size, language="en") == hear(eight_bits, language="en")


def test_long_form_is_heard_to_its_end(model: TranscribeCpp) -> None:
    whole = long_clip()
    assert len(whole.samples) > 30 * RATE
    (answer,) = ask(model, [audio(whole.samples)], language="en", timestamps=True)
    assert wer([whole.text], [answer.text]) == 0
    segments = answer.details["segments"]
    assert segments[0]["start"] == 0
    assert all(one["start"] <= one["end"] <= len(whole.samples) / RATE + 1 for one in segments)
    assert wer([whole.text], [" ".join(one["text"] for one in segments)]) == 0


def test_a_whisper_cpp_file_runs_too(whisper_ggml: Path) -> None:
    adapter = TranscribeCpp(str(whisper_ggml / "ggml-f16.bin"), {})
    assert adapter.load("cpu", "auto").dtype == "float16"
    assert errors(hear(adapter, language="en")) == 0


def test_reports_what_it_loaded(whisper_gguf: Path) -> None:
    for name, precision in PRECISIONS.items():
        report = TranscribeCpp(str(whisper_gguf / f"whisper-{name}.gguf"), {"threads": "1"}).load("cpu", "auto")
        assert (report.device, report.dtype) == ("cpu", precision)
        assert (report.details["family"], report.details["threads"]) == ("whisper", 1)
        assert report.details["longest_seconds"] is None
        assert report.details["streams"] is False
        assert report.details["library"].startswith(library.native_version())


def test_the_detected_language_is_recorded(eight_bits: TranscribeCpp) -> None:
    (answer,) = ask(eight_bits, [audio(clips()[0].samples)])
    assert answer.details["language"] == "en"


@pytest.mark.parametrize("on", [True, False])
def test_guards_are_recorded(whisper_gguf: Path, on: bool) -> None:
    adapter = TranscribeCpp(str(whisper_gguf / "whisper-Q8_0.gguf"), {"guards": on})
    recorded = adapter.load("cpu", "auto").details["guards"]
    assert recorded["no_speech_threshold"] == (guards.NO_SPEECH if on else None)
    assert recorded["suppressed_sounds"] is True
    assert errors(hear(adapter, language="en")) == 0


def test_noise_gives_the_same_text_each_time(eight_bits: TranscribeCpp) -> None:
    """Without fallback to temperatures, which draw by chance."""
    noise = np.random.default_rng(0).normal(size=4 * RATE).astype(np.float32)
    assert len({ask(eight_bits, [audio(noise)], language="en")[0].text for _ in range(3)}) == 1


@pytest.mark.parametrize("samples", [0, 1, 800])
def test_very_short_audio_is_no_error(eight_bits: TranscribeCpp, samples: int) -> None:
    (answer,) = ask(eight_bits, [audio(np.zeros(samples, np.float32))], language="en")
    assert isinstance(answer.text, str)


@pytest.mark.parametrize("language", ["tlh", "de"])
def test_a_language_that_it_lacks_is_not_for_it(whisper_gguf: Path, language: str) -> None:
    adapter = loaded(whisper_gguf / "whisper-Q8_0.gguf", languages="en fr")
    with pytest.raises(UnsuitedError, match=f"does not know the language '{language}'; it has en, fr"):
        ask(adapter, [audio(clips()[0].samples)], language=language)


def test_what_whisper_has_not_is_not_for_it(eight_bits: TranscribeCpp) -> None:
    with pytest.raises(UnsuitedError, match="follows no instructions"):
        ask(eight_bits, [audio(clips()[0].samples)], task="instruct", prompt="Write it down.")
    with pytest.raises(UnsuitedError, match="takes whole clips only"):
        eight_bits.open_stream(Decoding(), language="en", prompt=None)


def test_a_switch_that_the_model_lacks_is_an_error(whisper_gguf: Path) -> None:
    with pytest.raises(UsageError, match=r"transcribe-cpp\[numbers=on\]: whisper has no such switch"):
        loaded(whisper_gguf / "whisper-Q8_0.gguf", numbers="on")
    with pytest.raises(UsageError, match="default, on or off"):
        loaded(whisper_gguf / "whisper-Q8_0.gguf", punctuation="never")


@pytest.mark.parametrize("options", [{"thread": 2}, {"threads": "many"}, {"context": -1}])
def test_options_that_make_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="transcribe-cpp"):
        TranscribeCpp(None, options)


@pytest.mark.parametrize("device", ["cuda:0", "vulkan:0", "rocm:1", "mps", "xpu:0"])
def test_devices_that_are_not_there(whisper_gguf: Path, device: str) -> None:
    if any(one.kind != "cpu" for one in library.backends()):
        pytest.skip("this machine has more than a CPU")
    with pytest.raises(DeviceError, match=rf"{device} was asked for, but transcribe\.cpp finds only cpu \("):
        TranscribeCpp(str(whisper_gguf / "whisper-Q8_0.gguf"), {}).load(device, "auto")


@pytest.mark.parametrize("device", ["directml:0", "cpu:first", "tpu:0"])
def test_devices_that_it_does_not_know(whisper_gguf: Path, device: str) -> None:
    with pytest.raises(DeviceError, match=f"'{device}' is no device of transcribe.cpp"):
        TranscribeCpp(str(whisper_gguf / "whisper-Q8_0.gguf"), {}).load(device, "auto")


def test_the_precision_is_the_files(whisper_gguf: Path) -> None:
    with pytest.raises(DeviceError, match="q8_0; float32 needs another file"):
        TranscribeCpp(str(whisper_gguf / "whisper-Q8_0.gguf"), {}).load("cpu", "float32")
    assert TranscribeCpp(str(whisper_gguf / "whisper-F16.gguf"), {}).load("cpu", "fp16").dtype == "float16"


FAULTS = {
    "no content": (0, "is no GGUF file"),
    "the magic alone": (4, "in its head"),
    "half its head": (100, "in its head"),
    "half its vocabulary": (100_000, "cut short, damaged"),
    "the last byte missing": (-1, "cut short, damaged"),
    "half its weights": (-600_000, "cut short, damaged"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_is_cut_short_is_named(fault: str, whisper_gguf: Path, tmp_path: Path) -> None:
    kept, message = FAULTS[fault]
    file = tmp_path / "cut.gguf"
    file.write_bytes((whisper_gguf / "whisper-Q8_0.gguf").read_bytes()[:kept])
    with pytest.raises(WeightsError, match=message) as caught:
        loaded(file)
    assert str(file) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def language_model(file: Path) -> Path:
    """A GGUF file as those of language models are, less its weights."""
    gguf = pytest.importorskip("gguf")
    writer = gguf.GGUFWriter(str(file), "llama")
    writer.add_array("tokenizer.ggml.tokens", ["<s>", "a"])
    writer.add_uint32("general.file_type", 2)
    writer.add_tensor("token_embd.weight", np.zeros((2, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def test_a_language_model_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"model of the family 'llama', which transcribe\.cpp does not run"):
        loaded(language_model(tmp_path / "llm.gguf"))


@pytest.mark.parametrize("source", [None, "/no/such/file.gguf"])
def test_no_file_at_all(source: str | None) -> None:
    with pytest.raises(WeightsError, match="GGUF file"):
        TranscribeCpp(source, {}).load("cpu", "auto")


def test_a_process_ends_well_with_a_model_that_nobody_closed(whisper_gguf: Path) -> None:
    """The library keeps a way to call Python for its log."""
    code = (
        "import sys; from pytest_asrbench.model_adapters.transcribe_cpp import TranscribeCpp\n"
        "model = TranscribeCpp(sys.argv[1], {}); model.load('cpu', 'auto')\n"
    )
    file = str(whisper_gguf / "whisper-Q8_0.gguf")
    done = subprocess.run([sys.executable, "-c", code, file], capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def session(pytester: pytest.Pytester, models: Sequence[object], *options: str) -> tuple[Any, list[dict[str, str]]]:
    names = ",".join(f"transcribe-cpp:{model}" for model in models)
    chosen = " or ".join(clip.id for clip in clips(2))
    result = pytester.runpytest_subprocess(f"--asr-models={names}", "--benchmark-quiet", "-k", chosen, *options)
    with (pytester.path / "reports" / "results.csv").open(encoding="utf-8", newline="") as file:
        return result, list(csv.DictReader(file))


def test_a_session_goes_on_after_files_that_do_not_run(
    pytester: pytest.Pytester, whisper_gguf: Path, tmp_path: Path
) -> None:
    good, cut = whisper_gguf / "whisper-Q8_0.gguf", tmp_path / "cut.gguf"
    cut.write_bytes(good.read_bytes()[:-1])
    result, rows = session(pytester, [language_model(tmp_path / "llm.gguf"), cut, good])
    outcomes = result.parseoutcomes()
    assert (outcomes["errors"], outcomes["passed"]) == (2, 2)
    told = {row["Error"].splitlines()[0] for row in rows if row["Status"] == "ERROR"}
    assert any("family 'llama'" in error for error in told)
    assert any("cut short" in error for error in told)
    assert {row["WER"] for row in rows if row["Status"] == "OK"} == {"0.0"}


def test_a_session_on_a_device_that_is_not_there_says_so(pytester: pytest.Pytester, whisper_gguf: Path) -> None:
    if any(one.kind == "vulkan" for one in library.backends()):
        pytest.skip("this machine has Vulkan")
    result, rows = session(pytester, [whisper_gguf / "whisper-Q8_0.gguf"], "--asr-device=vulkan:0")
    assert "passed" not in result.parseoutcomes()
    assert any("vulkan:0 was asked for, but transcribe.cpp finds only cpu" in row["Error"] for row in rows)
