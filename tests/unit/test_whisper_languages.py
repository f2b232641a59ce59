"""Whisper's codes of languages against everybody else's."""

from __future__ import annotations

import pytest
from pytest_asrbench.model_adapters.whisper_languages import iso_code, whisper_code

from pytest_asrbench.errors import UsageError

OPENAI = ("en", "de", "jw")


@pytest.mark.parametrize(("asked", "said"), [("jv", "jw"), ("jw", "jw"), ("de", "de"), (None, None)])
def test_javanese_has_two_codes(asked: str | None, said: str | None) -> None:
    assert whisper_code(asked, OPENAI, "m") == said


def test_a_fine_tune_with_the_iso_code_keeps_it() -> None:
    assert whisper_code("jv", ("en", "jv", "jw"), "m") == "jv"


@pytest.mark.parametrize(
    ("asked", "known", "message"),
    [
        ("xx", OPENAI, "m does not know the language 'xx'; it has de, en, jv."),
        ("jv", ("en", "de"), "m does not know the language 'jv'; it has de, en."),
        ("jv", ("en",), "m does not know the language 'jv'; it is English-only."),
    ],
)
def test_languages_that_a_model_lacks(asked: str, known: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        whisper_code(asked, known, "m")
    assert str(caught.value) == message


def test_records_name_languages_by_iso() -> None:
    assert [iso_code(code) for code in OPENAI] == ["en", "de", "jv"]
