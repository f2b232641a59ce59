"""whisper.cpp on the tiny Whisper: the same words as transformers, in half precision and in five bits."""

from __future__ import annotations

import struct
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pytest_asrbench.model_adapters import guards
from pytest_asrbench.model_adapters.cpu import physical_cores
from pytest_asrbench.model_adapters.ggml_file import inspect
from pytest_asrbench.model_adapters.languages import code_for
from pytest_asrbench.model_adapters.whisper import Whisper
from pytest_asrbench.model_adapters.whisper_cpp import WhisperCpp

from pytest_asrbench.adapter import Audio, Decoding, Utterance
from pytest_asrbench.errors import AudioError, DeviceError, UnsuitedError, UsageError, WeightsError
from tests.adapters.listening import HEARD_WRONG, ask, errors, hear
from tests.bench import Bench, text
from tests.checkpoints.common import CONTROLS, RATE, ROOT, audio, clips, wer
from tests.checkpoints.ggml import BLOCK, quantise_q5_0
from tests.checkpoints.whisper import long_clip

pytest.importorskip("pywhispercpp")

PRECISIONS = {"q5_0": "q5_0", "f16": "float16"}
# 10 % faster speech is still near enough for some clips.
LEAST = {"sped_up": 0.1}


def loaded(file: Path, **options: Any) -> WhisperCpp:
    adapter = WhisperCpp(str(file), options)
    adapter.load("cpu", "auto")
    return adapter


@pytest.fixture(scope="module", params=PRECISIONS)
def whisper_cpp(request: pytest.FixtureRequest, whisper_ggml: Path) -> WhisperCpp:
    return loaded(whisper_ggml / f"ggml-{request.param}.bin")


@pytest.fixture(scope="module")
def five_bits(whisper_ggml: Path) -> WhisperCpp:
    return loaded(whisper_ggml / "ggml-q5_0.bin")


@pytest.mark.parametrize("language", ["en", None])
def test_hears_every_word(whisper_cpp: WhisperCpp, language: str | None) -> None:
    assert errors(hear(whisper_cpp, language=language)) == 0


def test_says_the_same_as_transformers(whisper_cpp: WhisperCpp, whisper_checkpoint: Path) -> None:
    pytest.importorskip("transformers")
    reference = Whisper(str(whisper_checkpoint), {})
    reference.load("cpu", "auto")
    assert hear(whisper_cpp, language="en") == hear(reference, language="en")
    whole = [audio(long_clip().samples)]
    ours, theirs = (ask(adapter, whole, language="en") for adapter in (whisper_cpp, reference))
    assert ours[0].text == theirs[0].text


@pytest.mark.parametrize("control", CONTROLS)
def test_spoiled_audio_is_heard_wrong(five_bits: WhisperCpp, control: str) -> None:
    assert errors(hear(five_bits, CONTROLS[control], language="en")) >= LEAST.get(control, HEARD_WRONG)


@pytest.mark.parametrize("batch_size", [3, 8])
def test_a_batch_equals_its_clips(five_bits: WhisperCpp, batch_size: int) -> None:
    assert hear(five_bits, batch_size=batch_size, language="en") == hear(five_bits, language="en")


def test_long_form_is_heard_to_its_end(whisper_cpp: WhisperCpp) -> None:
    whole = long_clip()
    assert len(whole.samples) > 30 * RATE
    (answer,) = ask(whisper_cpp, [audio(whole.samples)], language="en")
    assert wer([whole.text], [answer.text]) == 0
    assert answer.details["long_form"]


@pytest.mark.parametrize("options", [{"threads": "1"}, {"num_beams": 2}, {"flash_attention": "false"}])
def test_options_hear_every_word(whisper_ggml: Path, options: dict[str, Any]) -> None:
    assert errors(hear(loaded(whisper_ggml / "ggml-f16.bin", **options), language="en")) == 0


def test_reports_what_it_loaded(whisper_ggml: Path) -> None:
    for name, precision in PRECISIONS.items():
        report = WhisperCpp(str(whisper_ggml / f"ggml-{name}.bin"), {"threads": 3}).load("cpu", "auto")
        assert (report.device, report.dtype) == ("cpu", precision)
        assert report.details["threads"] == 3
        assert report.details["backend"] == "CPU"
        assert "CPU" in report.details["system_info"]


def test_as_many_threads_as_cores_unless_told(whisper_ggml: Path) -> None:
    report = WhisperCpp(str(whisper_ggml / "ggml-q5_0.bin"), {}).load("cpu", "auto")
    assert report.details["threads"] == physical_cores() >= 1


def test_the_detected_language_is_recorded(five_bits: WhisperCpp) -> None:
    (answer,) = ask(five_bits, [audio(clips()[0].samples)])
    assert answer.details["language"] == "en"


def test_new_tokens_are_bounded(five_bits: WhisperCpp) -> None:
    (answer,) = ask(five_bits, [audio(clips()[1].samples)], language="en", max_new_tokens=2)
    assert 1 <= len(answer.text.split()) <= 3


def test_very_short_audio(five_bits: WhisperCpp) -> None:
    answers = ask(five_bits, [audio(np.zeros(count, np.float32)) for count in (0, 1, 800)])
    assert [answer.text for answer in answers] == ["", "", ""]


def test_tasks_that_it_cannot_serve(five_bits: WhisperCpp) -> None:
    with pytest.raises(UnsuitedError, match="cannot do the task 'cleanup'"):
        ask(five_bits, [audio(clips()[0].samples)], task="cleanup")


@pytest.mark.parametrize("language", ["tlh", "de"])
def test_a_language_that_it_lacks_is_not_for_it(whisper_ggml: Path, language: str) -> None:
    adapter = loaded(whisper_ggml / "ggml-q5_0.bin", languages="en fr")
    with pytest.raises(UnsuitedError, match=f"does not know the language '{language}'; it has en, fr"):
        ask(adapter, [audio(clips()[0].samples)], language=language)
    with pytest.raises(UsageError, match="option languages"):
        loaded(whisper_ggml / "ggml-q5_0.bin", languages=["tlh"])


@pytest.mark.parametrize("language", ["en-US", "EN", "en_GB"])
def test_regional_tags_mean_the_language(five_bits: WhisperCpp, language: str) -> None:
    (answer,) = ask(five_bits, [audio(clips()[0].samples)], language=language)
    assert (answer.text, dict(answer.details)) == (clips()[0].text, {})


def test_a_model_for_one_language_need_not_detect_it(whisper_ggml: Path) -> None:
    adapter = loaded(whisper_ggml / "ggml-q5_0.bin", languages="fr")
    (answer,) = ask(adapter, [audio(clips()[0].samples)])
    assert answer.details["language"] == "fr", "detection would have said en"


@pytest.mark.parametrize("on", [True, False])
def test_guards_are_switched_and_recorded(whisper_ggml: Path, on: bool) -> None:
    adapter = WhisperCpp(str(whisper_ggml / "ggml-q5_0.bin"), {"guards": "on" if on else "off"})
    recorded = adapter.load("cpu", "auto").details["guards"]
    params = adapter._parameters(Utterance(audio(clips()[0].samples), "en"), Decoding())
    assert (params.suppress_nst, recorded["suppressed_sounds"]) == (on, on)
    assert params.no_speech_thold == pytest.approx(guards.NO_SPEECH if on else 1.0)
    assert recorded["no_speech_threshold"] == (guards.NO_SPEECH if on else None)
    assert params.temperature_inc == 0
    assert errors(hear(adapter, language="en")) == 0


def test_only_a_beam_is_not_repeatable_and_that_is_recorded(whisper_ggml: Path) -> None:
    for beams, repeatable in ((1, True), (4, False)):
        adapter = WhisperCpp(str(whisper_ggml / "ggml-q5_0.bin"), {"num_beams": beams})
        assert adapter.load("cpu", "auto").details["repeatable"] is repeatable


def test_greedy_decoding_repeats_itself_on_what_it_cannot_understand(five_bits: WhisperCpp) -> None:
    noise = np.random.default_rng(0).normal(size=4 * RATE).astype(np.float32)
    said = {ask(five_bits, [audio(noise)], language="en")[0].text for _ in range(4)}
    assert len(said) == 1


def test_languages_by_vocabulary(five_bits: WhisperCpp) -> None:
    assert len(five_bits.languages) == 100
    assert {"en", "de", "yue"} <= five_bits.languages


@pytest.mark.parametrize("language", ["jv", "jw"])
def test_javanese_by_either_code(five_bits: WhisperCpp, language: str) -> None:
    ask(five_bits, [audio(clips()[0].samples)], language=language)
    number = five_bits.library.whisper_full_lang_id(five_bits.context)
    assert number == five_bits.library.whisper_lang_id("javanese") == five_bits.library.whisper_lang_id("jw")


def test_every_language_of_the_catalogue_is_known(five_bits: WhisperCpp) -> None:
    catalogue = tomllib.loads((ROOT / "model_adapters" / "catalog.toml").read_text("utf-8"))
    asked = {code_for(code, five_bits.languages, "it") for code in catalogue["languages"]["whisper"]}
    assert len(asked) == len(catalogue["languages"]["whisper"]) == 99
    assert asked | {"yue"} == five_bits.languages


def test_audio_at_another_rate_is_refused(five_bits: WhisperCpp) -> None:
    clip = Audio(clips()[0].samples.tobytes(), 8000, "corpus/eight")
    with pytest.raises(AudioError, match="corpus/eight has 8000 Hz"):
        ask(five_bits, [clip])


def test_a_failure_inside_is_no_silence(five_bits: WhisperCpp, monkeypatch: pytest.MonkeyPatch) -> None:
    library = five_bits.library
    names: tuple[str, ...] = ("whisper_sampling_strategy", "whisper_full_default_params", "whisper_full_n_segments")
    broken = SimpleNamespace(whisper_full=lambda *_: -6, **{name: getattr(library, name) for name in names})
    monkeypatch.setattr(five_bits, "library", broken)
    with pytest.raises(RuntimeError, match="code -6 on corpus/one"):
        ask(five_bits, [audio(clips()[0].samples, "corpus/one")], language="en")


@pytest.mark.parametrize("device", ["cuda:0", "rocm:0", "mps", "directml:0"])
def test_devices_that_are_not_there(whisper_ggml: Path, device: str) -> None:
    with pytest.raises(DeviceError, match=device):
        WhisperCpp(str(whisper_ggml / "ggml-q5_0.bin"), {}).load(device, "auto")


def test_the_precision_is_the_files(whisper_ggml: Path) -> None:
    with pytest.raises(DeviceError, match="q5_0; float32 needs another file"):
        WhisperCpp(str(whisper_ggml / "ggml-q5_0.bin"), {}).load("cpu", "float32")
    assert WhisperCpp(str(whisper_ggml / "ggml-f16.bin"), {}).load("cpu", "fp16").dtype == "float16"


@pytest.mark.parametrize("options", [{"thread": 2}, {"threads": "many"}, {"num_beams": 0}])
def test_options_that_make_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="whisper-cpp"):
        WhisperCpp(None, options)


def with_number(place: int, value: int) -> Callable[[bytes], bytes]:
    """Change the 32-bit number at `place` of the header: 0 magic, 1 vocabulary, 5 audio layers, 10 mels, 11 type."""
    return lambda content: content[: 4 * place] + struct.pack("<i", value) + content[4 * place + 4 :]


FAULTS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a vocabulary of 2000": (with_number(1, 2000), "vocabulary of 2000 tokens"),
    "a vocabulary of 51000": (with_number(1, 51_000), "vocabulary of 51000 tokens"),
    "a vocabulary of 51867": (with_number(1, 51_867), "vocabulary of 51867 tokens"),
    "another format": (lambda content: b"OggS" + content[4:], "no ggml file"),
    "a format of other programs": (lambda content: b"GGUF" + content[4:], "is a GGUF file"),
    "a web page": (lambda content: b"<html>not found</html>", "too early"),
    "no content": (lambda content: b"", "too early"),
    "40 mel bands": (with_number(10, 40), "sizes that no Whisper has"),
    "other filters": (with_number(10, 80), "128 mel filters"),
    "an unknown type": (with_number(11, 99), "unknown"),
    "only a head": (lambda content: content[:100], "too early"),
    "half the words": (lambda content: content[:300_000], "too early"),
    "the last byte missing": (lambda content: content[:-1], "too early"),
    "a whole tensor missing": (lambda content: content[: content.rindex(b"decoder.ln.bias") - 16], "tensors"),
    "more layers than tensors": (with_number(5, 12), "tensors"),
    "garbage behind it": (lambda content: content + b"\xff" * 100, "damaged"),
    "fewer layers than tensors": (with_number(5, 1), "cannot load"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_unusable_files(fault: str, whisper_ggml: Path, tmp_path: Path) -> None:
    """whisper.cpp would abort the process on some of these: the check comes first, or this session would end here."""
    spoil, message = FAULTS[fault]
    file = tmp_path / "ggml.bin"
    file.write_bytes(spoil((whisper_ggml / "ggml-q5_0.bin").read_bytes()))
    with pytest.raises(WeightsError, match=message) as caught:
        loaded(file)
    assert str(file) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("source", [None, "/no/such/file.bin"])
def test_no_file_at_all(source: str | None) -> None:
    with pytest.raises(WeightsError, match="ggml file"):
        WhisperCpp(source, {}).load("cpu", "auto")


def small_vocabulary(content: bytes, tokens: int = 2000) -> bytes:
    """A consistent half-precision file with fewer tokens: header, embedding and its data agree."""
    name = b"decoder.token_embedding.weight"
    place, width = content.index(name), struct.unpack("<i", content[12:16])[0]
    begin = place + len(name)
    end = begin + 2 * width * struct.unpack("<i", content[4:8])[0]
    shape = struct.pack("<2i", width, tokens)
    smaller = content[: place - 8] + shape + name + content[begin : begin + 2 * width * tokens] + content[end:]
    return with_number(1, tokens)(smaller)


def test_whisper_cpp_itself_dies_of_a_wrong_vocabulary(whisper_ggml: Path, tmp_path: Path) -> None:
    """The reason for reading the header first: where this begins to fail, the check may go."""
    file = tmp_path / "ggml.bin"
    file.write_bytes(small_vocabulary((whisper_ggml / "ggml-f16.bin").read_bytes()))
    with pytest.raises(WeightsError, match="vocabulary of 2000 tokens"):
        loaded(file)
    code = (
        "import sys, numpy, _pywhispercpp as library\n"
        "model = library.whisper_init_from_file_with_params(sys.argv[1], library.whisper_context_default_params())\n"
        "greedy = library.whisper_full_default_params(library.whisper_sampling_strategy.WHISPER_SAMPLING_GREEDY)\n"
        "library.whisper_full(model, greedy, numpy.zeros(32000, numpy.float32), 32000)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, timeout=120, check=False)
    assert done.returncode < 0, "killed by a signal"


def test_the_header_tells_what_the_model_is(whisper_ggml: Path) -> None:
    header = inspect(whisper_ggml / "ggml-q5_0.bin")
    assert (header.vocabulary, header.mels, header.precision, header.multilingual) == (51_866, 128, "q5_0", True)
    assert header.tensors == 11 + 15 * header.audio_layers + 24 * header.text_layers


def test_quantised_weights_are_near_the_original() -> None:
    weights = np.random.default_rng(0).normal(size=(8, 4 * BLOCK)).astype(np.float32)
    weights[0, :BLOCK] = 0
    packed = np.frombuffer(quantise_q5_0(weights), [("scale", "<f2"), ("high", "<u4"), ("low", "u1", BLOCK // 2)])
    high = (packed["high"][:, None] >> np.arange(BLOCK, dtype=np.uint32)) & 1
    low = np.concatenate([packed["low"] & 15, packed["low"] >> 4], axis=1)
    back = ((low + 16 * high).astype(np.int32) - 16) * packed["scale"].astype(np.float32)[:, None]
    largest = np.abs(weights.reshape(-1, BLOCK)).max(axis=1, keepdims=True)
    assert (np.abs(back - weights.reshape(-1, BLOCK)) <= largest / 16 * 1.01).all()


def test_both_runtimes_in_one_session(whisper_ggml: Path, whisper_checkpoint: Path, pytester: pytest.Pytester) -> None:
    import soundfile

    pytest.importorskip("transformers")
    bench = Bench(pytester)
    (bench.path / "clips").mkdir()
    for clip in clips(3):
        soundfile.write(bench.path / "clips" / f"{clip.id}.wav", clip.samples, RATE, subtype="FLOAT")
        (bench.path / "clips" / f"{clip.id}.txt").write_text(clip.text, "utf-8")
    wrong = bench.path / "wrong.bin"
    wrong.write_bytes(small_vocabulary((whisper_ggml / "ggml-f16.bin").read_bytes()))
    models = f"whisper-cpp:{wrong},whisper-cpp:{whisper_ggml / 'ggml-q5_0.bin'},whisper:{whisper_checkpoint}"
    result = bench.run(f"--asr-models={models}", "--asr-max-wer=0")
    rows = bench.rows()
    said = {row["Model"]: [r["Transcript"] for r in rows if r["Model"] == row["Model"]] for row in rows}
    assert len(said) == 3, text(result)
    broken, ours, theirs = said.values()
    assert ours == theirs
    assert wer([clip.text for clip in clips(3)], ours) == 0
    assert not any(broken)
    assert "vocabulary of 2000 tokens" in text(result)


def test_timestamps_come_where_they_are_wanted(five_bits: WhisperCpp) -> None:
    clip = audio(clips()[0].samples)
    (answer,) = ask(five_bits, [clip], language="en", timestamps=True)
    segments = answer.details["segments"]
    assert segments
    assert all(0 <= one["start"] <= one["end"] <= clip.seconds + 30 for one in segments)
    assert " ".join(one["text"] for one in segments) == answer.text
    (plain,) = ask(five_bits, [clip], language="en")
    assert "segments" not in plain.details
