"""Every further family of transformers, on random weights: the same text as the library called directly."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pytest_asrbench.model_adapters.families import FAMILIES
from pytest_asrbench.model_adapters.transformers_auto import TransformersAuto

from pytest_asrbench.adapter import Audio, Decoding
from pytest_asrbench.errors import AudioError, UnsuitedError
from tests.adapters.listening import ask
from tests.checkpoints import untrained
from tests.checkpoints.common import RATE, clips

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("mistral_common")

# The library warns of a bound that it has just computed itself, from the audio.
pytestmark = pytest.mark.filterwarnings("ignore:Using the model-agnostic default:UserWarning")
LIMIT = 24
# What the library's own call is given besides the audio, where it is given anything.
TOLD: Mapping[str, Mapping[str, str]] = {
    "cohere_asr": {"language": "en"},
    "canary": {"source_language": "en"},
    "qwen3_asr": {"language": "en"},
    "fun_asr_nano": {"language": "en"},
}
QUIETLY: Mapping[str, Mapping[str, bool]] = {"vibevoice_asr": {"sample": False}}  # without noise on the audio
TRANSDUCERS = {"parakeet_tdt": "AutoModelForTDT", "parakeet_ctc": "AutoModelForCTC"}
BOUND_BY_THE_AUDIO = ("parakeet_ctc", "parakeet_tdt", "kyutai_stt", "voxtral_realtime")


def samples(number: int, rate: int) -> Any:
    import numpy
    import soxr

    return numpy.ascontiguousarray(soxr.resample(clips()[number].samples, RATE, rate), dtype="float32")


def by_the_library(name: str, folder: Path, wave: Any) -> str:
    """What transformers makes of the audio, called as its documentation does."""
    processor = transformers.AutoProcessor.from_pretrained(folder)
    auto = getattr(transformers, TRANSDUCERS.get(name, "AutoModelForSpeechSeq2Seq"))
    model = auto.from_pretrained(folder).eval()
    told, bound = TOLD.get(name, {}), {} if name in BOUND_BY_THE_AUDIO else {"max_new_tokens": LIMIT}
    if hasattr(processor, "apply_transcription_request"):
        inputs = processor.apply_transcription_request(wave, **told)
    else:
        rate = processor.feature_extractor.sampling_rate
        inputs = processor(audio=wave, sampling_rate=rate, return_tensors="pt", **told)
    with torch.inference_mode():
        answer = model.generate(**inputs, do_sample=False, **bound, **QUIETLY.get(name, {}))
    tokens = getattr(answer, "sequences", answer)
    if "input_ids" in inputs:
        tokens = tokens[:, inputs["input_ids"].shape[1] :]
    if name in ("qwen3_asr", "vibevoice_asr"):
        (text,) = processor.decode(tokens, return_format="transcription_only")
    else:
        (text,) = processor.batch_decode(tokens, skip_special_tokens=True)
    return str(text).strip()


@pytest.fixture(scope="module", params=untrained.FAMILIES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def folder(name: str, untrained_checkpoints: Path) -> Path:
    return untrained_checkpoints / name


@pytest.fixture(scope="module")
def model(folder: Path) -> TransformersAuto:
    adapter = TransformersAuto(str(folder), {})
    adapter.load("cpu", "auto")
    return adapter


def heard(model: TransformersAuto, numbers: tuple[int, ...], **asked: Any) -> list[str]:
    rate = model.info.sample_rate
    batch = [Audio(samples(number, rate).tobytes(), rate, clips()[number].id) for number in numbers]
    answers = ask(model, batch, language="en", max_new_tokens=LIMIT, **asked)
    return [answer.text for answer in answers]


def test_the_text_is_that_of_the_library(name: str, folder: Path, model: TransformersAuto) -> None:
    texts = heard(model, (0, 4))
    assert texts == [by_the_library(name, folder, samples(number, model.info.sample_rate)) for number in (0, 4)]
    assert len(set(texts)) == 2, "what it says depends on what it hears"


def test_a_batch_equals_its_clips(model: TransformersAuto) -> None:
    assert heard(model, (0, 4)) == heard(model, (0,)) + heard(model, (4,))


def test_the_family_is_known_by_its_config(name: str, folder: Path) -> None:
    from pytest_asrbench.model_adapters.checkpoint_files import read_json

    assert read_json(folder / "config.json")["model_type"] in FAMILIES


@pytest.mark.parametrize(("family", "rate"), [("kyutai_stt", 24_000), ("vibevoice_asr", 24_000), ("canary", 16_000)])
def test_a_model_listens_at_its_own_rate(family: str, rate: int, untrained_checkpoints: Path) -> None:
    adapter = TransformersAuto(str(untrained_checkpoints / family), {})
    adapter.load("cpu", "auto")
    assert adapter.info.sample_rate == rate
    with pytest.raises(AudioError, match=f"8000 Hz; transformers needs {rate} Hz"):
        ask(adapter, [Audio(b"\0" * 16_000, 8_000, "a/b")], language="en")


@pytest.mark.parametrize(("family", "known"), [("canary", "bg"), ("cohere_asr", "ar"), ("qwen3_asr", "yue")])
def test_languages_are_those_that_the_processor_names(family: str, known: str, untrained_checkpoints: Path) -> None:
    adapter = TransformersAuto(str(untrained_checkpoints / family), {})
    adapter.load("cpu", "auto")
    clip = Audio(clips()[0].samples.tobytes(), RATE)
    with pytest.raises(UnsuitedError, match=f"language 'xx'; it has .*{known}"):
        ask(adapter, [clip], language="xx")


@pytest.mark.parametrize("family", ["canary", "cohere_asr"])
def test_some_have_to_be_told_the_language(family: str, untrained_checkpoints: Path) -> None:
    adapter = TransformersAuto(str(untrained_checkpoints / family), {})
    adapter.load("cpu", "auto")
    with pytest.raises(UnsuitedError, match="has to be told the language: name it by --asr-language"):
        ask(adapter, [Audio(clips()[0].samples.tobytes(), RATE)])


def test_context_goes_with_a_request_and_is_no_instruction(untrained_checkpoints: Path) -> None:
    adapter = TransformersAuto(str(untrained_checkpoints / "qwen3_asr"), {})
    adapter.load("cpu", "auto")
    clip = Audio(clips()[0].samples.tobytes(), RATE)
    with_context = ask(adapter, [clip], language="en", prompt="Ace of spades.", max_new_tokens=LIMIT)
    assert with_context[0].text != ask(adapter, [clip], language="en", max_new_tokens=LIMIT)[0].text
    refusal = adapter.info.refusal(["Write it in capitals."], Decoding(task="instruct"))
    assert refusal == "it cannot be asked to do what a prompt says, only to transcribe"
