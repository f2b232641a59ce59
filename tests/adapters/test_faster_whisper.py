"""faster-whisper on the tiny Whisper: the words of transformers, in float32 and in eight bits, alone and batched."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pytest_asrbench.model_adapters import guards
from pytest_asrbench.model_adapters.cpu import physical_cores
from pytest_asrbench.model_adapters.faster_whisper import FasterWhisper
from pytest_asrbench.model_adapters.whisper import Whisper

from pytest_asrbench.adapter import Audio, Decoding, Utterance
from pytest_asrbench.errors import AudioError, DeviceError, UnsuitedError, UsageError, WeightsError
from tests.adapters.listening import HEARD_WRONG, ask, broken_copy, cut_in_half, errors, hear
from tests.bench import Bench, text
from tests.checkpoints.common import CONTROLS, RATE, audio, clips, wer
from tests.checkpoints.whisper import long_clip
from tests.hub.server import LocalHub, Repo

pytest.importorskip("faster_whisper")

COMPUTED = {"": "float32", "float32": "float32", "int8": "int8_float32"}


def loaded(folder: Path, **options: Any) -> FasterWhisper:
    adapter = FasterWhisper(str(folder), options)
    adapter.load("cpu", "auto")
    return adapter


@pytest.fixture(scope="module", params=["float32", "int8"])
def either(request: pytest.FixtureRequest, whisper_ct2: Path) -> FasterWhisper:
    return loaded(whisper_ct2, compute_type=request.param)


@pytest.fixture(scope="module")
def eight_bits(whisper_ct2: Path) -> FasterWhisper:
    return loaded(whisper_ct2, compute_type="int8")


@pytest.mark.parametrize("language", ["en", None])
def test_hears_every_word(either: FasterWhisper, language: str | None) -> None:
    assert errors(hear(either, language=language)) == 0


def test_says_the_same_as_transformers_and_as_the_library_itself(whisper_ct2: Path, whisper_checkpoint: Path) -> None:
    pytest.importorskip("transformers")
    import faster_whisper

    ours = hear(loaded(whisper_ct2), language="en")
    reference = Whisper(str(whisper_checkpoint), {})
    reference.load("cpu", "auto")
    assert ours == hear(reference, language="en")
    library = faster_whisper.WhisperModel(str(whisper_ct2), device="cpu")
    plain = {"beam_size": 1, "temperature": 0.0, "without_timestamps": True, "suppress_tokens": [], "language": "en"}
    said = [library.transcribe(clip.samples, **plain)[0] for clip in clips()]
    assert ours == ["".join(part.text for part in parts).strip() for parts in said]


@pytest.mark.parametrize("control", CONTROLS)
def test_spoiled_audio_is_heard_wrong(eight_bits: FasterWhisper, control: str) -> None:
    assert errors(hear(eight_bits, CONTROLS[control], language="en")) >= HEARD_WRONG


@pytest.mark.parametrize("batch_size", [3, 8])
@pytest.mark.parametrize("language", ["en", None])
def test_a_batch_equals_its_clips(either: FasterWhisper, batch_size: int, language: str | None) -> None:
    assert hear(either, batch_size=batch_size, language=language) == hear(either, language=language)


def test_clips_that_differ_in_length_and_language_in_one_call(eight_bits: FasterWhisper) -> None:
    one, whole = clips()[0], long_clip()
    batch = [
        Utterance(audio(one.samples), "en"),
        Utterance(audio(whole.samples), "en"),
        Utterance(audio(np.zeros(100, np.float32))),
        Utterance(audio(clips()[2].samples)),
        Utterance(audio(clips()[3].samples), "en"),
    ]
    answers = eight_bits.transcribe(batch, Decoding())
    assert [answer.text for answer in answers] == [one.text, answers[1].text, "", clips()[2].text, clips()[3].text]
    assert wer([whole.text], [answers[1].text]) == 0
    assert [dict(answer.details) for answer in answers] == [
        {},
        {"long_form": True},
        {"too_short": True},
        {"language": "en"},
        {},
    ]


def test_long_form_is_heard_to_its_end(either: FasterWhisper) -> None:
    whole = long_clip()
    assert len(whole.samples) > 30 * RATE
    (answer,) = ask(either, [audio(whole.samples)], language="en")
    assert wer([whole.text], [answer.text]) == 0
    assert answer.details["long_form"]


def test_the_batched_pipeline_is_the_librarys_own(whisper_ct2: Path) -> None:
    """The tiny model has not learned the pieces that are cut where nobody speaks: its words are not what counts."""
    import faster_whisper

    adapter, whole = loaded(whisper_ct2, batch_size=4), long_clip()
    (ours,) = ask(adapter, [audio(whole.samples)], language="en")
    pipeline = faster_whisper.BatchedInferencePipeline(adapter.model)
    plain = {"beam_size": 1, "temperature": 0.0, "suppress_tokens": [], "language": "en", "batch_size": 4}
    theirs = pipeline.transcribe(whole.samples, **plain)[0]
    assert ours.text == "".join(part.text for part in theirs).strip()
    assert ours.text.startswith(clips()[0].text)
    assert ours.details["long_form"]


@pytest.mark.parametrize("ignored", ["guards", "condition_on_previous_text"])
def test_what_the_batched_pipeline_would_ignore_is_refused(ignored: str) -> None:
    with pytest.raises(UsageError, match=f"takes no notice of {ignored}; leave that out, or batch_size=4"):
        FasterWhisper("x", {"batch_size": "4", ignored: "on"})


@pytest.mark.parametrize("options", [{"threads": "1"}, {"beam_size": 3}, {"vad_filter": "true"}, {"guards": "on"}])
@pytest.mark.parametrize("batch_size", [1, 3])
def test_options_hear_every_word(whisper_ct2: Path, options: dict[str, Any], batch_size: int) -> None:
    assert errors(hear(loaded(whisper_ct2, **options), language="en", batch_size=batch_size)) == 0


def test_what_the_options_do_to_the_librarys_own_call(whisper_ct2: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def call(samples: object, **choices: Any) -> tuple[list[Any], Any]:
        given.update(choices)
        return [], SimpleNamespace(language="en")

    options = {"beam_size": 4, "guards": True, "condition_on_previous_text": True, "vad_filter": True}
    adapter = loaded(whisper_ct2, **options)
    monkeypatch.setattr(adapter.model, "transcribe", call)
    ask(adapter, [audio(clips()[0].samples)], language="en", prompt="a hint", max_new_tokens=7)
    assert {name: given[name] for name in options if name != "guards"} == {
        name: value for name, value in options.items() if name != "guards"
    }
    assert (given["no_speech_threshold"], given["suppress_tokens"]) == (guards.NO_SPEECH, [-1])
    assert (given["initial_prompt"], given["max_new_tokens"], given["temperature"]) == ("a hint", 7, 0.0)
    assert (given["without_timestamps"], given["word_timestamps"]) == (True, False)
    ask(adapter, [audio(clips()[0].samples)], num_beams=2)
    assert (given["beam_size"], given["language"]) == (2, None)


def test_words_are_timed_only_where_that_was_asked_for(whisper_ct2: Path) -> None:
    clip = audio(clips()[0].samples)
    plain, timed = loaded(whisper_ct2), loaded(whisper_ct2, word_timestamps=True)
    for batch in ([clip], [audio(clips()[1].samples), clip]):
        assert "segments" not in ask(plain, batch, language="en")[-1].details
        segments = ask(plain, batch, language="en", timestamps=True)[-1].details["segments"]
        assert all(0 <= one["start"] <= one["end"] <= 30 and "words" not in one for one in segments)
        assert " ".join(one["text"] for one in segments) == clips()[0].text
        words = ask(timed, batch, language="en")[-1].details["segments"][0]["words"]
        assert [word["text"] for word in words] == clips()[0].text.split()
        assert all(0 <= word["start"] <= word["end"] <= 30 for word in words)
        assert json.dumps(words)


def test_reports_what_it_loaded(whisper_ct2: Path) -> None:
    for asked, computed in COMPUTED.items():
        report = FasterWhisper(str(whisper_ct2), {"compute_type": asked, "threads": 3}).load("cpu", "auto")
        assert (report.device, report.dtype, report.details["compute_type"]) == ("cpu", computed, computed)
        assert (report.details["threads"], report.details["multilingual"]) == (3, True)
    assert FasterWhisper(str(whisper_ct2), {}).load("cpu", "int8").dtype == "int8_float32"
    assert loaded(whisper_ct2).options["threads"] == physical_cores()


@pytest.mark.parametrize(("dtype", "option"), [("float16", ""), ("auto", "int8_float16"), ("auto", "int4")])
def test_a_precision_that_the_device_lacks(whisper_ct2: Path, dtype: str, option: str) -> None:
    with pytest.raises(DeviceError, match=f"cannot compute in {option or dtype} on this cpu; it can in float32"):
        FasterWhisper(str(whisper_ct2), {"compute_type": option}).load("cpu", dtype)


def test_two_precisions_at_once(whisper_ct2: Path) -> None:
    with pytest.raises(UsageError, match="compute_type=int8 and the dtype float32 contradict each other"):
        FasterWhisper(str(whisper_ct2), {"compute_type": "int8"}).load("cpu", "float32")
    assert FasterWhisper(str(whisper_ct2), {"compute_type": "float32"}).load("cpu", "float32").dtype == "float32"


@pytest.mark.parametrize("device", ["cuda:0", "cuda:7", "cuda:x", "rocm:0", "mps", "vulkan:0"])
def test_devices_that_are_not_there(whisper_ct2: Path, device: str) -> None:
    with pytest.raises(DeviceError, match=device):
        FasterWhisper(str(whisper_ct2), {}).load(device, "auto")


def test_a_cuda_device_that_is_there_is_the_one_that_is_used(
    whisper_ct2: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ctranslate2
    import faster_whisper

    given: dict[str, Any] = {}
    real = faster_whisper.WhisperModel

    def on_cpu(path: str, **choices: Any) -> Any:
        given.update(choices)
        return real(path, **{**choices, "device": "cpu", "device_index": 0, "compute_type": "float32"})

    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 2)
    monkeypatch.setattr(ctranslate2, "get_supported_compute_types", lambda kind, index: {"float16", "int8_float16"})
    monkeypatch.setattr(faster_whisper, "WhisperModel", on_cpu)
    assert FasterWhisper(str(whisper_ct2), {}).load("cuda:1", "auto").device == "cuda:1"
    assert (given["device"], given["device_index"], given["compute_type"]) == ("cuda", 1, "default")
    with pytest.raises(DeviceError, match="float16 was asked for, and CTranslate2 computes in float32"):
        FasterWhisper(str(whisper_ct2), {}).load("cuda:1", "float16")
    with pytest.raises(DeviceError, match=r"cuda:2 was asked for, but CTranslate2 .* finds 2"):
        FasterWhisper(str(whisper_ct2), {}).load("cuda:2", "auto")


def spoiled(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a newer version": (spoiled("model.bin", lambda data: b"\x63" + data[1:]), r"cannot load .*version"),
    "another kind of model": (
        spoiled("model.bin", lambda data: data.replace(b"WhisperSpec", b"TransfmSpec", 1)),
        r"another kind \(TransfmSpec\), no WhisperSpec",
    ),
    "half the weights": (lambda folder: cut_in_half(folder / "model.bin"), r"cannot load .*; convert or download"),
    "no weights": (lambda folder: (folder / "model.bin").unlink(), r"has no model\.bin"),
    "no tokenizer": (lambda folder: (folder / "tokenizer.json").unlink(), r"has no tokenizer\.json; take the whole"),
    "half a tokenizer": (
        lambda folder: cut_in_half(folder / "tokenizer.json"),
        r"tokenizer\.json cannot be read as JSON",
    ),
    "no configuration": (lambda folder: (folder / "config.json").unlink(), r"has no config\.json"),
    "no vocabulary": (lambda folder: (folder / "vocabulary.json").unlink(), "cannot load .*vocabulary"),
    "no word on features": (
        lambda folder: (folder / "preprocessor_config.json").unlink(),
        "features of 80 mel bands are made, but the model needs 128",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_unusable_folders(fault: str, whisper_ct2: Path, tmp_path: Path) -> None:
    spoil, message = FAULTS[fault]
    folder = broken_copy(whisper_ct2, tmp_path / "broken", spoil)
    with pytest.raises(WeightsError, match=message) as caught:
        loaded(folder)
    assert str(folder) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_what_is_no_folder_of_its_kind(whisper_ct2: Path, whisper_checkpoint: Path) -> None:
    with pytest.raises(WeightsError, match="needs a CTranslate2 folder"):
        FasterWhisper(None, {}).load("cpu", "auto")
    with pytest.raises(WeightsError, match="is no folder; faster-whisper needs one"):
        loaded(Path("/no/such/folder"))
    with pytest.raises(WeightsError, match="is one file of a model; name the folder"):
        loaded(whisper_ct2 / "model.bin")
    with pytest.raises(WeightsError, match=r"a checkpoint for transformers, .*: name it as transformers:"):
        loaded(whisper_checkpoint)


def test_languages(eight_bits: FasterWhisper, whisper_ct2: Path) -> None:
    assert len(eight_bits.languages) == 100
    assert {"en", "de", "jw", "yue"} <= eight_bits.languages
    only = loaded(whisper_ct2, languages="en fr")
    with pytest.raises(UnsuitedError, match="does not know the language 'de'; it has en, fr"):
        ask(only, [audio(clips()[0].samples)], language="de")
    (answer,) = ask(loaded(whisper_ct2, languages="fr"), [audio(clips()[0].samples)])
    assert answer.details["language"] == "fr", "detection would have said en"


def test_a_model_of_fewer_tokens_has_fewer_languages(eight_bits: FasterWhisper) -> None:
    without = SimpleNamespace(token_to_id=lambda token: None if token == "<|yue|>" else 1)
    smaller = FasterWhisper("x", {})
    smaller.model = SimpleNamespace(
        supported_languages=eight_bits.model.supported_languages,
        hf_tokenizer=without,
        model=SimpleNamespace(is_multilingual=True),
    )
    assert smaller._languages() == eight_bits.languages - {"yue"}


def test_audio_at_another_rate_is_refused(eight_bits: FasterWhisper) -> None:
    with pytest.raises(AudioError, match="corpus/eight has 8000 Hz"):
        ask(eight_bits, [Audio(clips()[0].samples.tobytes(), 8000, "corpus/eight")])


@pytest.mark.parametrize("options", [{"beams": 2}, {"beam_size": 0}, {"batch_size": "many"}, {"vad_filter": "perhaps"}])
def test_options_that_make_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="faster-whisper"):
        FasterWhisper(None, options)


def test_in_a_session_a_broken_folder_costs_only_its_own(whisper_ct2: Path, pytester: pytest.Pytester) -> None:
    import soundfile

    bench = Bench(pytester)
    (bench.path / "clips").mkdir()
    for clip in clips(3):
        soundfile.write(bench.path / "clips" / f"{clip.id}.wav", clip.samples, RATE, subtype="FLOAT")
        (bench.path / "clips" / f"{clip.id}.txt").write_text(clip.text, "utf-8")
    shutil.copytree(whisper_ct2, bench.path / "broken")
    (bench.path / "broken" / "tokenizer.json").unlink()
    models = f"faster-whisper:./broken,faster-whisper:{whisper_ct2}[compute_type=int8]"
    result = bench.run(f"--asr-models={models}", "--asr-max-wer=0")
    rows = bench.rows()
    good = [row for row in rows if row["Model"].endswith("[compute_type=int8]")]
    assert wer([clip.text for clip in clips(3)], [row["Transcript"] for row in good]) == 0
    assert {row["Dtype"] for row in good} == {"int8_float32"}, text(result)
    assert not any(row["Transcript"] for row in rows if row not in good)
    assert "has no tokenizer.json" in text(result)


def test_a_repository_is_run_by_its_name(
    whisper_ct2: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {path.name: path.read_bytes() for path in whisper_ct2.iterdir()}
    server = LocalHub()
    server.repos = {"team/ct2": Repo({**files, "README.md": b"not needed"})}
    monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
    monkeypatch.setenv("HF_HOME", str(pytester.path / "hf"))
    model, bench = "faster-whisper:hf:team/ct2[compute_type=int8]", Bench(pytester)
    chosen = " or ".join(clip.id for clip in clips(2))
    with server.running():
        result = bench.run(f"--asr-models={model}", "--asr-download", "--asr-corpus=quickstart", "-k", chosen)
    assert [(row["WER"], row["Weights"]) for row in bench.rows()] == [
        ("0.0", f"team/ct2@{server.repos['team/ct2'].commit}")
    ] * 2, text(result)
    assert not server.body_requests("README.md")
