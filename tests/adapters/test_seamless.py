"""SeamlessM4T on its tiny checkpoint: the language it writes in, what it must not hear, and what it is not made for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytest_asrbench.model_adapters.seamless import CODES, Seamless

from pytest_asrbench.errors import UnsuitedError, UsageError
from tests.adapters.listening import HEARD_WRONG, ask, errors, hear
from tests.checkpoints.common import CONTROLS, audio, clips

pytest.importorskip("torch")
pytest.importorskip("transformers")

# Its features are normalised to unit variance, so it hears quiet speech as well as loud.
TELLING = sorted(set(CONTROLS) - {"tiny_gain", "int16_scaled"})


def loaded(folder: Path, **options: Any) -> Seamless:
    adapter = Seamless(str(folder), options)
    adapter.load("cpu", "auto")
    return adapter


@pytest.fixture(scope="module")
def seamless(seamless_checkpoint: Path) -> Seamless:
    return loaded(seamless_checkpoint)


@pytest.mark.parametrize("language", ["en", "en-GB"])
def test_hears_every_word(seamless: Seamless, language: str) -> None:
    assert errors(hear(seamless, language=language)) == 0


@pytest.mark.parametrize("control", TELLING)
def test_spoiled_audio_is_heard_wrong(seamless: Seamless, control: str) -> None:
    assert errors(hear(seamless, CONTROLS[control], language="en")) >= HEARD_WRONG


def test_it_writes_in_the_language_that_it_is_told(seamless: Seamless) -> None:
    heard = [audio(clip.samples) for clip in clips(2)]
    assert [answer.text for answer in ask(seamless, heard, language="fr")] == ["commands", "commands"]
    translated = [answer.text for answer in ask(seamless, heard, language="fr", task="translate")]
    assert translated == [answer.text for answer in ask(seamless, heard, language="en")]
    into = ask(seamless, heard, language="en", task="translate", target_language="fr")
    assert [answer.text for answer in into] == ["commands", "commands"]
    with pytest.raises(UnsuitedError, match=r"language 'de'; it has en, fr"):
        ask(seamless, heard, language="en", task="translate", target_language="de")


def test_languages_are_those_of_the_checkpoint(seamless: Seamless) -> None:
    with pytest.raises(UnsuitedError, match=r"language 'de'; it has en, fr"):
        hear(seamless, language="de")
    with pytest.raises(UnsuitedError, match="has to be told the language"):
        hear(seamless)


def test_every_language_has_one_code() -> None:
    assert len(set(CODES.values())) == len(CODES)
    assert all(len(code) == 3 for code in CODES.values())


def test_an_answer_ended_by_the_token_limit_says_so(seamless: Seamless) -> None:
    (answer,) = ask(seamless, [audio(clips()[0].samples)], language="en", max_new_tokens=2)
    assert answer.details["stopped_by_token_limit"] == 1
    (answer,) = ask(seamless, [audio(clips()[0].samples)], language="en")
    assert not answer.details


def test_an_option_that_it_lacks() -> None:
    with pytest.raises(UsageError, match="has no option 'langages'; did you mean 'languages'"):
        Seamless(None, {"langages": "en"})
