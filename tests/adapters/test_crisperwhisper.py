"""CrisperWhisper's package on the tiny Whisper, which it takes for its version 1."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_asrbench.model_adapters.crisperwhisper import CrisperWhisper

from pytest_asrbench.errors import DeviceError, UnsuitedError, UsageError, WeightsError
from tests.adapters.listening import HEARD_WRONG, ask, errors, hear
from tests.checkpoints.common import CONTROLS, audio, clips

library = pytest.importorskip("crisperwhisper")
pytest.importorskip("transformers")

# 10 % faster speech is still near enough for some clips.
LEAST = {"sped_up": 0.1}


def loaded(folder: Path, **options: Any) -> CrisperWhisper:
    adapter = CrisperWhisper(str(folder), options)
    adapter.load("cpu", "auto")
    return adapter


@pytest.fixture(scope="module")
def model(whisper_checkpoint: Path) -> CrisperWhisper:
    return loaded(whisper_checkpoint)


def test_hears_every_word_as_the_library_itself(model: CrisperWhisper) -> None:
    texts = hear(model, language="en")
    assert errors(texts) == 0
    itself = [model.model.transcribe(clip.samples, sr=16_000, language="en").text for clip in clips()]
    assert texts == itself


@pytest.mark.parametrize("control", CONTROLS)
def test_spoiled_audio_is_heard_wrong(model: CrisperWhisper, control: str) -> None:
    assert errors(hear(model, CONTROLS[control], language="en")) >= LEAST.get(control, HEARD_WRONG)


def test_what_was_loaded_is_reported(whisper_checkpoint: Path) -> None:
    report = CrisperWhisper(str(whisper_checkpoint), {}).load("cpu", "float32")
    assert (report.device, report.dtype) == ("cpu", "float32")
    assert (report.details["version"], report.details["mode"], report.details["backend"]) == (
        1,
        "verbatim",
        "transformers",
    )


def test_a_language_that_nobody_tells_is_english_and_that_is_recorded(model: CrisperWhisper) -> None:
    (untold,) = ask(model, [audio(clips()[0].samples)])
    (told,) = ask(model, [audio(clips()[0].samples)], language="en-US")
    assert untold.text == told.text
    assert untold.details == {"language": "en", "language_assumed": True}
    assert told.details == {}


def test_a_language_that_it_lacks_is_not_for_it(model: CrisperWhisper, whisper_checkpoint: Path) -> None:
    """The package itself leaves an unknown language out of the prompt, and says nothing."""
    for adapter, language in ((model, "tlh"), (loaded(whisper_checkpoint, languages="en"), "de")):
        with pytest.raises(UnsuitedError, match=f"does not know the language '{language}'"):
            ask(adapter, [audio(clips()[0].samples)], language=language)


@pytest.mark.parametrize("samples", [0, 1, 800])
def test_very_short_audio_is_no_error(model: CrisperWhisper, samples: int) -> None:
    (answer,) = ask(model, [audio(np.zeros(samples, np.float32))], language="en")
    assert isinstance(answer.text, str)


def test_version_one_has_one_mode(whisper_checkpoint: Path) -> None:
    with pytest.raises(UsageError, match="of version 1, which has no mode but verbatim"):
        loaded(whisper_checkpoint, mode="intended")


def test_version_two_is_known_by_its_tokens(whisper_checkpoint: Path, tmp_path: Path) -> None:
    """By the package's own rule: the tokens of the modes in its vocabulary."""
    folder = shutil.copytree(whisper_checkpoint, tmp_path / "two")
    (folder / "added_tokens.json").write_text(json.dumps({"[verbatim_1]": 51_866}), "utf-8")
    adapter = CrisperWhisper(str(folder), {"mode": "intended"})
    assert adapter.load("cpu", "auto").details["version"] == 2


@pytest.mark.parametrize("options", [{"mode": "clean"}, {"backend": "onnx"}, {"modus": "verbatim"}])
def test_options_that_make_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="crisperwhisper"):
        CrisperWhisper(None, options)


def test_a_device_that_it_cannot_use(whisper_checkpoint: Path) -> None:
    with pytest.raises(DeviceError, match="cuda:0 was asked for"):
        CrisperWhisper(str(whisper_checkpoint), {}).load("cuda:0", "auto")


def test_a_file_that_is_cut_short_is_named(whisper_checkpoint: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(whisper_checkpoint, tmp_path / "cut")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(WeightsError, match=r"model\.safetensors has"):
        loaded(folder)
