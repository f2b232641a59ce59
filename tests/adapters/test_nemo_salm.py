"""NeMo's SALM on a tiny checkpoint in the layout of Canary-Qwen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_asrbench.model_adapters.nemo_salm import NemoSalm

from pytest_asrbench.errors import UnsuitedError, WeightsError
from tests.adapters.listening import HEARD_WRONG, ask, broken_copy, errors, hear, long_clip
from tests.checkpoints import nemo_salm
from tests.checkpoints.common import CONTROLS, audio, cached, clips
from tests.checkpoints.layout import edit_json, rename_tensors

library = pytest.importorskip("nemo.collections.speechlm2.models", exc_type=ImportError)
# NeMo, and what it imports, warn of much that is none of our business.
pytestmark = pytest.mark.filterwarnings("ignore")
# 10 % faster speech is still near enough for some clips.
LEAST = {"sped_up": 0.1}


@pytest.fixture(scope="module")
def checkpoint() -> Path:
    return cached("nemo_salm", nemo_salm.make, *nemo_salm.SOURCES)


def loaded(folder: Path, **options: Any) -> NemoSalm:
    adapter = NemoSalm(str(folder), {"processor": str(folder / "llm"), **options})
    adapter.load("cpu", "float32")
    return adapter


@pytest.fixture(scope="module")
def model(checkpoint: Path) -> NemoSalm:
    return loaded(checkpoint)


def test_hears_every_word(model: NemoSalm) -> None:
    assert errors(hear(model)) == 0


def test_a_batch_equals_its_clips(model: NemoSalm) -> None:
    assert errors(hear(model, batch_size=4)) == 0


@pytest.mark.parametrize("control", CONTROLS)
def test_spoiled_audio_is_heard_wrong(model: NemoSalm, control: str) -> None:
    wrong = errors(hear(model, CONTROLS[control]))
    if control == "int16_scaled":  # features are normalised clip by clip, so that louder speech is heard as well
        assert wrong == 0
    else:
        assert wrong >= LEAST.get(control, HEARD_WRONG)


def test_what_was_loaded_is_reported(checkpoint: Path) -> None:
    report = NemoSalm(str(checkpoint), {"processor": str(checkpoint / "llm")}).load("cpu", "bfloat16")
    assert (report.dtype, report.details["class"]) == ("bfloat16", "SALM")
    assert report.details["llm"] == str(checkpoint / "llm")


def test_the_library_itself_says_the_same(model: NemoSalm, checkpoint: Path, tmp_path: Path) -> None:
    """`from_pretrained` reads the folder of newer releases, which have all of it."""
    folder = broken_copy(checkpoint, tmp_path / "newer", lambda path: (path / "llm").rename(path / "llm_backbone"))
    for file in (folder / "llm_backbone").glob("*token*"):
        file.rename(folder / file.name)
    itself = library.SALM.from_pretrained(str(folder), local_files_only=True).float().eval()
    clip = clips()[0]
    tokens = itself.generate(
        prompts=[[{"role": "user", "content": f"Transcribe the following: {itself.audio_locator_tag}"}]],
        **nemo_salm._heard(itself, clip.samples),
        max_new_tokens=64,
        do_sample=False,
    )[0]
    text = itself.tokenizer.ids_to_text([token for token in tokens.tolist() if token != itself.text_eos_id])
    ours = NemoSalm(str(folder), {})
    ours.load("cpu", "float32")
    for adapter in (model, ours):
        assert ask(adapter, [audio(clip.samples)])[0].text == text == clip.text


def test_answers_are_bounded(model: NemoSalm) -> None:
    (answer,) = ask(model, [audio(clips()[0].samples)], max_new_tokens=2)
    assert answer.details == {"stopped_by_token_limit": 1}
    assert clips()[0].text.startswith(answer.text)


def test_long_audio_is_cut_into_pieces(checkpoint: Path) -> None:
    (answer,) = ask(loaded(checkpoint, max_seconds=5), [audio(long_clip())])
    assert answer.details["pieces"] > 3


def test_a_prompt_takes_the_place_of_the_question(model: NemoSalm, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    real = model.model.generate

    def generate(**given: Any) -> Any:
        asked.append(given["prompts"])
        return real(**given)

    monkeypatch.setattr(model.model, "generate", generate)
    ask(model, [audio(clips()[0].samples)] * 2)
    ask(model, [audio(clips()[0].samples)], prompt="Write it down:", task="instruct")
    usual = [{"role": "user", "content": f"Transcribe the following: {nemo_salm.AUDIO}"}]
    assert asked == [[usual, usual], [[{"role": "user", "content": f"Write it down: {nemo_salm.AUDIO}"}]]]


@pytest.mark.parametrize("samples", [0, 1, 800])
def test_very_short_audio_is_no_error(model: NemoSalm, samples: int) -> None:
    (answer,) = ask(model, [audio(np.zeros(samples, np.float32))])
    assert isinstance(answer.text, str)


def test_other_languages_are_not_for_it(model: NemoSalm) -> None:
    with pytest.raises(UnsuitedError, match="English-only"):
        ask(model, [audio(clips()[0].samples)], language="de")


def test_a_missing_language_model_is_told(checkpoint: Path) -> None:
    with pytest.raises(WeightsError, match=r"processor=hf:Qwen/Qwen3-1\.7B"):
        NemoSalm(str(checkpoint), {}).load("cpu", "float32")


def test_missing_weights_are_told(checkpoint: Path, tmp_path: Path) -> None:
    folder = broken_copy(
        checkpoint,
        tmp_path / "less",
        lambda path: rename_tensors(path / "model.safetensors", lambda name: None if "lm_head" in name else name),
    )
    with pytest.raises(WeightsError, match="lacks 1 weights of its model"):
        loaded(folder)


def test_code_of_the_language_model_is_never_run(checkpoint: Path, tmp_path: Path) -> None:
    """A release may ask NeMo to trust it."""
    marker = tmp_path / "ran"

    def spoil(path: Path) -> None:
        edit_json(path / "config.json", trust_remote_code=True)
        (path / "llm" / "own.py").write_text(f"from pathlib import Path\nPath({str(marker)!r}).touch()\n", "utf-8")
        edit_json(path / "llm" / "config.json", model_type="own", auto_map={"AutoConfig": "own.Config"})

    with pytest.raises(WeightsError):
        loaded(broken_copy(checkpoint, tmp_path / "own", spoil))
    assert not marker.exists()
