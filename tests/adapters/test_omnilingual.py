"""Omnilingual ASR on a stand-in for its package, which has the same surface as far as it is called."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_asrbench.model_adapters.omnilingual import Omnilingual
from pytest_asrbench.model_adapters.omnilingual_codes import CODES

from pytest_asrbench.errors import MissingDependencyError, UnsuitedError, WeightsError
from tests.adapters import surfaces
from tests.adapters.listening import HEARD_WRONG, ask, errors, hear
from tests.checkpoints import own_code
from tests.checkpoints.common import CONTROLS, ROOT, audio, clips

torch = pytest.importorskip("torch")
STANDIN = ROOT / "tests" / "packages" / "omnilingual"
PACKAGES = ("omnilingual_asr", "fairseq2", "hearing")
PIPELINE = "omnilingual_asr.models.inference.pipeline"
CALLED = {
    PIPELINE: ("ASRInferencePipeline", "ASRInferencePipeline.transcribe"),
    "fairseq2.assets": ("AssetCard", "get_asset_store"),
    "fairseq2.models.hub": ("load_model",),
    "fairseq2.data.tokenizers.hub": ("load_tokenizer",),
}


@pytest.fixture(scope="module")
def package() -> Iterator[None]:
    with surfaces.without(PACKAGES):
        sys.path.insert(0, str(STANDIN))
        yield


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("omnilingual")
    texts = [*(clip.text for clip in clips()), own_code.UNKNOWN]
    (folder / "omniASR_tokenizer_written_v2.model").write_text("\n".join(texts), "utf-8")
    torch.save({"keys": own_code.keys()}, folder / "omniASR-CTC-300M-v2.pt")
    return folder


@pytest.fixture
def talker(weights: Path, tmp_path: Path, package: None) -> Omnilingual:
    """A model of the kind that can be told the language."""
    for file in weights.iterdir():
        (tmp_path / file.name.replace("CTC", "LLM")).write_bytes(file.read_bytes())
    return loaded(tmp_path)


def loaded(folder: Path, **options: Any) -> Omnilingual:
    adapter = Omnilingual(str(folder), options)
    adapter.load("cpu", "float32")
    return adapter


def test_hears_every_word(package: None, weights: Path) -> None:
    adapter = Omnilingual(str(weights), {})
    report = adapter.load("cpu", "float32")
    assert report.details == {"card": "omniASR_CTC_300M_v2", "class": "Wav2Vec2AsrModel"}
    assert errors(hear(adapter)) == 0
    assert errors(hear(adapter, batch_size=3)) == 0


@pytest.mark.parametrize("control", CONTROLS)
def test_spoiled_audio_is_heard_wrong(package: None, weights: Path, control: str) -> None:
    assert errors(hear(loaded(weights), CONTROLS[control])) >= HEARD_WRONG


def test_what_is_longer_than_its_limit_comes_in_pieces(package: None, weights: Path) -> None:
    (answer,) = ask(loaded(weights), [audio(np.zeros(41 * 16_000, np.float32))])
    assert answer.details == {"pieces": 2}
    with pytest.raises(ValueError, match="capped at 40s"):
        ask(loaded(weights, max_seconds=50), [audio(np.zeros(41 * 16_000, np.float32))])


@pytest.mark.parametrize(("language", "code"), [("en-US", "eng_Latn"), ("de", "deu_Latn"), ("lij", "lij_Latn")])
def test_a_language_is_told_by_its_own_code(talker: Omnilingual, language: str, code: str) -> None:
    ask(talker, [audio(clips()[0].samples)] * 2, language=language)
    ask(talker, [audio(clips()[0].samples)])
    assert talker.model.languages == [code, code, None]


@pytest.mark.parametrize(
    ("language", "why"), [("tlh", "not at all"), ("uig", "in several scripts: uig_Arab, uig_Latn")]
)
def test_a_language_that_it_cannot_be_told_is_not_for_it(talker: Omnilingual, language: str, why: str) -> None:
    with pytest.raises(UnsuitedError, match=f"'{language}' {why}"):
        ask(talker, [audio(clips()[0].samples)], language=language)


def test_a_model_that_finds_it_out_is_told_no_language(package: None, weights: Path) -> None:
    adapter = loaded(weights)
    ask(adapter, [audio(clips()[0].samples)], language="tlh")
    assert adapter.model.languages == [None]


def test_weights_that_are_not_there_are_told_with_their_host(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"take them from https://dl\.fbaipublicfiles\.com/mms"):
        Omnilingual(str(tmp_path), {}).load("cpu", "float32")
    with pytest.raises(WeightsError, match="needs a folder"):
        Omnilingual(None, {}).load("cpu", "float32")


def test_a_pickle_that_names_code_is_refused_by_the_restricted_reader(
    package: None, weights: Path, tmp_path: Path
) -> None:
    """As fairseq2 reads it: what would run a program is no tensor."""

    class Harm:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return Path.touch, (tmp_path / "ran",)  # type: ignore[return-value]

    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "omniASR_tokenizer_written_v2.model").write_text("x", "utf-8")
    torch.save({"keys": Harm()}, folder / "omniASR-CTC-300M-v2.pt")
    with pytest.raises(WeightsError, match="cannot be loaded"):
        loaded(folder)
    assert not (tmp_path / "ran").exists()


def test_the_package_that_is_missing_names_its_environment(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fairseq2.assets", None)
    with pytest.raises(MissingDependencyError, match="the section on Omnilingual ASR in docs/environments"):
        loaded(weights)


@pytest.mark.parametrize("module", CALLED)
def test_the_stand_in_has_the_surface_of_the_package(module: str, package: None) -> None:
    pretended = surfaces.signatures(module, CALLED[module])
    with surfaces.without(PACKAGES, str(STANDIN)):
        surfaces.check_alike(module, pretended)


def test_every_code_is_one_of_the_package(package: None) -> None:
    """A table of 150 rows: each is a language of three letters and a script of four."""
    assert len(CODES) > 140
    assert all(len(code) == 8 and code[3] == "_" and code[4].isupper() for code in CODES.values())
