"""Models that run by code of their own, on stand-ins with the surface that their authors publish."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_asrbench.model_adapters.kimi_audio import KimiAudio

from pytest_asrbench.errors import DeviceError, MissingDependencyError, UnsuitedError, WeightsError
from tests.adapters import surfaces
from tests.adapters.listening import HEARD_WRONG, ask, errors, hear, long_clip
from tests.checkpoints import own_code
from tests.checkpoints.common import CONTROLS, audio, clips
from tests.checkpoints.layout import edit_json

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

ADAPTERS = {
    "ultravox": "ultravox:Ultravox",
    "qwen_audio": "qwen_audio:QwenAudio",
    "baichuan_omni": "baichuan_omni:BaichuanOmni",
    "kimi_audio": "kimi_audio:KimiAudio",
}
PROMPT = "Write it down"
CHECK = KimiAudio._check_place
pytestmark = pytest.mark.filterwarnings("ignore")  # the stand-ins' code is as old as theirs


def adapter_class(family: str) -> Any:
    module, _, name = ADAPTERS[family].partition(":")
    return getattr(importlib.import_module(f"pytest_asrbench.model_adapters.{module}"), name)


def loaded(family: str, folder: Path, **options: Any) -> Any:
    adapter = adapter_class(family)(str(folder), {"trust_remote_code": own_code.COMMIT, **options})
    adapter.load("cpu", "float32")
    return adapter


@pytest.fixture(autouse=True, scope="module")
def anywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Kimi-Audio's stand-in computes on the CPU; what transformers copies of their code is not left in the cache."""
    modules = str(tmp_path_factory.getbasetemp() / "modules")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adapter_class("kimi_audio"), "_check_place", lambda *_: None)
        patch.syspath_prepend(str(own_code.CODE))
        patch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", modules)
        yield


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder for one more stand-in; transformers tells their code apart by its name."""
    return tmp_path / f"model_{tmp_path.name}"


@pytest.fixture(params=ADAPTERS, scope="module")
def standin(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    family = str(request.param)
    folder = tmp_path_factory.mktemp(family) / f"{family}_model"
    own_code.make(family, folder)
    return family, folder


@pytest.fixture(scope="module")
def model(standin: tuple[str, Path]) -> Any:
    return loaded(*standin)


def test_hears_every_word_by_its_own_code(model: Any) -> None:
    assert errors(hear(model)) == 0


@pytest.mark.parametrize("control", CONTROLS)
def test_spoiled_audio_is_heard_wrong(model: Any, control: str) -> None:
    assert errors(hear(model, CONTROLS[control])) >= HEARD_WRONG


def test_silence_is_no_clip(model: Any) -> None:
    (answer,) = ask(model, [audio(np.zeros(16_000, np.float32))])
    assert answer.text == own_code.UNKNOWN


def test_nothing_of_its_code_runs_without_permission(standin: tuple[str, Path], place: Path) -> None:
    family, _ = standin
    marker = own_code.make(family, place)
    adapter = adapter_class(family)(str(place), {})
    with pytest.raises(WeightsError, match="add --asr-trust-remote-code=MODEL@COMMIT"):
        adapter.load("cpu", "float32")
    assert not marker.exists()
    loaded(family, place)
    assert marker.exists()


def test_the_record_tells_the_commit_and_what_the_code_was(standin: tuple[str, Path], place: Path) -> None:
    family, folder = standin
    options = {"trust_remote_code": own_code.COMMIT}
    first = adapter_class(family)(str(folder), options).load("cpu", "float32").details
    own_code.make(family, place)
    (place / "more.py").write_text("# one line more\n", "utf-8")
    other = adapter_class(family)(str(place), options).load("cpu", "float32").details
    assert first["remote_code"] == other["remote_code"] == own_code.COMMIT
    assert first["remote_code_sha256"] != other["remote_code_sha256"]


def test_answers_are_bounded(standin: tuple[str, Path], model: Any) -> None:
    family, _ = standin
    (answer,) = ask(model, [audio(clips()[0].samples)], max_new_tokens=2)
    assert answer.text.split() == clips()[0].text.split()[:2]
    # Kimi-Audio's package tells nothing of the tokens.
    assert answer.details == ({} if family == "kimi_audio" else {"stopped_by_token_limit": 1})


def test_long_audio_is_cut_into_pieces(standin: tuple[str, Path]) -> None:
    (answer,) = ask(loaded(*standin, max_seconds=5), [audio(long_clip())])
    assert answer.details["pieces"] > 3


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_it_computes_in_what_is_asked_for(standin: tuple[str, Path], dtype: str) -> None:
    family, folder = standin
    if family == "kimi_audio":
        pytest.skip("its package has one dtype")
    adapter = adapter_class(family)(str(folder), {"trust_remote_code": own_code.COMMIT})
    assert adapter.load("cpu", dtype).dtype == dtype
    model = adapter.model.model if family == "ultravox" else adapter.model
    assert model.dtype == getattr(torch, dtype)


def test_a_prompt_takes_the_place_of_the_question(
    monkeypatch: pytest.MonkeyPatch, standin: tuple[str, Path], model: Any
) -> None:
    (family, _), adapter = standin, model
    if family == "qwen_audio":
        with pytest.raises(UnsuitedError, match="follows no prompt; Qwen-Audio-Chat does"):
            ask(adapter, [audio(clips()[0].samples)], prompt=PROMPT, task="instruct")
        return
    asked: list[str] = []

    def listen(place: Any, name: str) -> None:
        real = getattr(place, name)

        def heard(given: Any, *rest: Any, **options: Any) -> Any:
            asked.append(str(given))
            return real(given, *rest, **options)

        monkeypatch.setattr(place, name, heard)

    if family == "baichuan_omni":
        listen(adapter.model, "processor")
    elif family == "kimi_audio":
        listen(adapter.model, "generate")
    else:
        listen(adapter.model, "preprocess")
    ask(adapter, [audio(clips()[0].samples)], prompt=PROMPT, task="instruct")
    assert PROMPT in asked[0]
    assert adapter.question not in asked[0]


def test_qwen_audio_is_asked_in_its_languages(place: Path) -> None:
    own_code.make("qwen_audio", place)
    adapter = loaded("qwen_audio", place)
    assert errors(hear(adapter, language="en-US")) == 0
    with pytest.raises(UnsuitedError, match="does not know the language 'hi'"):
        ask(adapter, [audio(clips()[0].samples)], language="hi")


def test_qwen_audio_chat_is_asked_in_words(place: Path) -> None:
    own_code.make("qwen_audio", place)
    edit_json(place / "generation_config.json", chat_format="chatml")
    adapter = loaded("qwen_audio", place)
    assert errors(hear(adapter)) == 0
    (other,) = ask(adapter, [audio(clips()[0].samples)], prompt=PROMPT, task="instruct")
    assert other.text == own_code.UNKNOWN  # the stand-in knows one question


def test_a_missing_ffmpeg_is_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_code.make("qwen_audio", place)
    adapter = loaded("qwen_audio", place)

    def absent(text: str) -> None:
        raise FileNotFoundError(2, "No such file or directory", "ffmpeg")

    monkeypatch.setattr(adapter.processor, "process_audio", absent)
    with pytest.raises(MissingDependencyError, match="by the program ffmpeg; install it"):
        ask(adapter, [audio(clips()[0].samples)])


def test_kimi_audio_runs_on_cuda_alone(place: Path) -> None:
    marker = own_code.make("kimi_audio", place)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adapter_class("kimi_audio"), "_check_place", CHECK)
        with pytest.raises(DeviceError, match="kimi-audio runs on CUDA alone, not on cpu"):
            loaded("kimi_audio", place)
    assert not marker.exists()


def test_the_stand_in_for_kimi_audios_package_has_its_surface() -> None:
    names = ("KimiAudio", "KimiAudio.generate")
    pretended = surfaces.signatures("kimia_infer.api.kimia", names)
    with surfaces.without(["kimia_infer"]):
        surfaces.check_alike("kimia_infer.api.kimia", pretended)


def test_a_package_that_is_not_there_names_its_environment(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    own_code.make("kimi_audio", place)
    monkeypatch.setitem(sys.modules, "kimia_infer.api.kimia", None)
    with pytest.raises(MissingDependencyError, match="an environment of its own, the section on Kimi-Audio in docs"):
        loaded("kimi_audio", place)


@pytest.mark.parametrize("key", ["auto_map", "custom_pipelines"])
def test_code_of_another_repository_is_refused(key: str, place: Path) -> None:
    """A name such as "someone/else--modeling.Model" would fetch that repository's code, at no commit at all."""
    marker = own_code.make("ultravox", place)
    elsewhere = {"AutoConfig": "someone/else--ultravox_config.UltravoxConfig"}
    edit_json(place / "config.json", **{key: {"any": elsewhere, **elsewhere}})
    with pytest.raises(WeightsError, match=r"config\.json leads to code of another repository, someone/else--"):
        loaded("ultravox", place)
    assert not marker.exists()


def test_a_folder_of_the_hub_has_to_be_the_commit(tmp_path: Path) -> None:
    other = "1" * 40
    marker = own_code.make("ultravox", tmp_path / "snapshots" / other)
    with pytest.raises(WeightsError, match=f"is the commit {other}, but the code of {own_code.COMMIT} is allowed"):
        loaded("ultravox", tmp_path / "snapshots" / other)
    assert not marker.exists()
